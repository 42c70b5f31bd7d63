#include "facts/bolt.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
    PAGE_HEAD = 16, /* id u64, flags u16, count u16, overflow u32 */
    ELEMENT = 16,   /* branch: pos u32, ksize u32, pgid u64; leaf: flags, pos, ksize, vsize u32 */
    BRANCH = 0x01,
    LEAF = 0x02,
    META = 0x04,
    BUCKET_LEAF = 0x01,
    BUCKET_HEAD = 16, /* root u64, sequence u64 */
    META_LEN = 64,    /* the checksum is its last 8 bytes */
    META_VERSION = 2,
    PAGE_MIN = 512,
    PAGE_MAX = 65536,
};

#define META_MAGIC 0xED0CDAEDu

/* A page with its overflow, or the one inside a value. */
struct page {
    const uint8_t *bytes;
    size_t len;
    unsigned flags, count;
};

struct element {
    struct bolt_bytes key, value;
    unsigned flags;
    uint64_t page; /* of a branch */
};

static uint16_t get16(const uint8_t *p)
{
    uint16_t v;

    memcpy(&v, p, sizeof(v));
    return v;
}

static uint32_t get32(const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof(v));
    return v;
}

static uint64_t get64(const uint8_t *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof(v));
    return v;
}

/* --- the file -----------------------------------------------------------------------------------
 */

static int read_at(int fd, void *to, size_t len, uint64_t at, struct err *err)
{
    if (at > INT64_MAX - len)
        return err_set(err, ERR_INVALID, "bolt: page beyond any file");
    for (size_t done = 0; done < len;) {
        const ssize_t n = pread(fd, (uint8_t *)to + done, len - done, (off_t)(at + done));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_sys(err, "bolt");
        if (n == 0)
            return err_set(err, ERR_INVALID, "bolt: page beyond the end");
        done += (size_t)n;
    }
    return 0;
}

static uint64_t fnv1a(const uint8_t *p, size_t n)
{
    uint64_t h = 0xcbf29ce484222325u;

    for (size_t i = 0; i < n; i++)
        h = (h ^ p[i]) * 0x100000001b3u;
    return h;
}

struct meta {
    uint32_t page_size;
    uint64_t root, txid;
};

/* The meta page at `at`; false when it is torn or none. */
static bool read_meta(int fd, uint64_t at, struct meta *m)
{
    uint8_t bytes[PAGE_HEAD + META_LEN];
    const uint8_t *const p = bytes + PAGE_HEAD;
    struct err ignored = ERR_INIT;

    if (read_at(fd, bytes, sizeof(bytes), at, &ignored) < 0)
        return false;
    if (!(get16(bytes + 8) & META) || get32(p) != META_MAGIC || get32(p + 4) != META_VERSION ||
        get64(p + 56) != fnv1a(p, 56))
        return false;
    *m = (struct meta){.page_size = get32(p + 8), .root = get64(p + 16), .txid = get64(p + 48)};
    return m->page_size >= PAGE_MIN && m->page_size <= PAGE_MAX &&
           (m->page_size & (m->page_size - 1)) == 0;
}

/* The newer of the two. The first one may be the torn one, and then nothing says how long pages
 * are: the usual lengths are tried. */
static bool newest_meta(int fd, struct meta *best)
{
    struct meta m;
    bool found = read_meta(fd, 0, best);
    const uint32_t from = found ? best->page_size : PAGE_MIN;
    const uint32_t to = found ? best->page_size : PAGE_MAX;

    for (uint32_t size = from; size <= to; size *= 2) {
        if (read_meta(fd, size, &m) && m.page_size == size && (!found || m.txid > best->txid)) {
            *best = m;
            return true;
        }
    }
    return found;
}

int bolt_open(struct bolt *b, int fd, struct arena *a, struct err *err)
{
    struct meta m;

    if (!newest_meta(fd, &m))
        return err_set(err, ERR_INVALID, "no bolt database");
    *b = (struct bolt){.fd = fd, .a = a, .page_size = m.page_size, .txid = m.txid, .root = m.root};
    return 0;
}

bool bolt_same(const struct bolt *b)
{
    struct meta m;

    return newest_meta(b->fd, &m) && m.txid == b->txid;
}

struct bolt_bucket bolt_top(const struct bolt *b)
{
    return (struct bolt_bucket){.root = b->root};
}

static int page_read(struct bolt *b, uint64_t id, struct page *out, struct err *err)
{
    uint8_t head[PAGE_HEAD];

    if (id < 2 || id > UINT64_MAX / b->page_size)
        return err_set(err, ERR_INVALID, "bolt: page number");
    if (read_at(b->fd, head, sizeof(head), id * b->page_size, err) < 0)
        return -1;
    const uint64_t len = ((uint64_t)get32(head + 12) + 1) * b->page_size;
    if (get64(head) != id)
        return err_set(err, ERR_INVALID, "bolt: a page names another");
    if (len > BOLT_RUN || b->read + len > BOLT_READ)
        return err_set(err, ERR_LIMIT, "bolt: too much to read");
    uint8_t *const bytes = arena_alloc(b->a, (size_t)len);
    if (!bytes)
        return err_nomem(err);
    if (read_at(b->fd, bytes, (size_t)len, id * b->page_size, err) < 0)
        return -1;
    b->read += (size_t)len;
    *out = (struct page){
        .bytes = bytes, .len = (size_t)len, .flags = get16(bytes + 8), .count = get16(bytes + 10)};
    return 0;
}

/* A bucket's first page. */
static int bucket_page(struct bolt *b, const struct bolt_bucket *in, struct page *out,
                       struct err *err)
{
    if (in->root != 0)
        return page_read(b, in->root, out, err);
    if (in->inside_len < PAGE_HEAD)
        return err_set(err, ERR_INVALID, "bolt: bucket without a page");
    *out = (struct page){.bytes = in->inside,
                         .len = in->inside_len,
                         .flags = get16(in->inside + 8),
                         .count = get16(in->inside + 10)};
    return 0;
}

/* --- a page's elements --------------------------------------------------------------------------
 */

/* Element i; false when it does not lie in its page. */
static bool element_at(const struct page *p, size_t i, struct element *e)
{
    const size_t at = PAGE_HEAD + i * ELEMENT;
    const bool leaf = (p->flags & LEAF) != 0;

    if (i >= p->count || at + ELEMENT > p->len)
        return false;
    const uint8_t *const x = p->bytes + at;
    const uint64_t pos = at + (uint64_t)get32(leaf ? x + 4 : x);
    const uint64_t ksize = get32(leaf ? x + 8 : x + 4), vsize = leaf ? get32(x + 12) : 0;

    if (pos + ksize + vsize > p->len)
        return false;
    *e = (struct element){
        .key = {(const char *)p->bytes + pos, (size_t)ksize},
        .value = {(const char *)p->bytes + pos + ksize, (size_t)vsize},
        .flags = leaf ? get32(x) : 0,
        .page = leaf ? 0 : get64(x + 8),
    };
    return true;
}

static int compare(struct bolt_bytes key, const char *want, size_t len)
{
    const int c = memcmp(key.at, want, key.len < len ? key.len : len);

    return c ? c : key.len < len ? -1 : key.len > len;
}

static int bad_page(struct err *err)
{
    return err_set(err, ERR_INVALID, "bolt: a page contradicts itself");
}

/* The child that would hold the key: the last one whose first key is not after it. */
static int descend(struct bolt *b, struct page *p, const char *key, size_t len, struct err *err)
{
    struct element e, next;

    if (!element_at(p, 0, &e))
        return bad_page(err);
    for (size_t i = 1; i < p->count; i++) {
        if (!element_at(p, i, &next))
            return bad_page(err);
        if (compare(next.key, key, len) > 0)
            break;
        e = next;
    }
    return page_read(b, e.page, p, err);
}

static int lookup(struct bolt *b, const struct bolt_bucket *in, const char *key,
                  struct element *out, struct err *err)
{
    const size_t len = strlen(key);
    struct page p;

    if (bucket_page(b, in, &p, err) < 0)
        return -1;
    for (int depth = 0; p.flags & BRANCH; depth++) {
        if (depth == BOLT_DEPTH)
            return err_set(err, ERR_LIMIT, "bolt: too deep");
        if (descend(b, &p, key, len, err) < 0)
            return -1;
    }
    if (!(p.flags & LEAF))
        return bad_page(err);
    for (size_t i = 0; i < p.count; i++) {
        if (!element_at(&p, i, out))
            return bad_page(err);
        if (compare(out->key, key, len) == 0)
            return 1;
    }
    return 0;
}

int bolt_find(struct bolt *b, const struct bolt_bucket *in, const char *name,
              struct bolt_bucket *out, struct err *err)
{
    struct element e;
    const int found = lookup(b, in, name, &e, err);

    if (found <= 0 || !(e.flags & BUCKET_LEAF))
        return found < 0 ? -1 : 0;
    if (e.value.len < BUCKET_HEAD)
        return bad_page(err);
    const uint8_t *const at = (const uint8_t *)e.value.at;
    *out = (struct bolt_bucket){
        .root = get64(at), .inside = at + BUCKET_HEAD, .inside_len = e.value.len - BUCKET_HEAD};
    return 1;
}

int bolt_value(struct bolt *b, const struct bolt_bucket *in, const char *key,
               struct bolt_bytes *out, struct err *err)
{
    struct element e;
    const int found = lookup(b, in, key, &e, err);

    if (found <= 0 || (e.flags & BUCKET_LEAF))
        return found < 0 ? -1 : 0;
    *out = e.value;
    return 1;
}

int bolt_each(struct bolt *b, const struct bolt_bucket *in, bolt_visit *fn, void *ctx,
              struct err *err)
{
    struct element e;
    struct page p;

    if (bucket_page(b, in, &p, err) < 0)
        return -1;
    if (p.flags & BRANCH)
        return err_set(err, ERR_LIMIT, "bolt: a bucket of many pages");
    if (!(p.flags & LEAF))
        return bad_page(err);
    for (size_t i = 0; i < p.count; i++) {
        if (!element_at(&p, i, &e))
            return bad_page(err);
        if (!(e.flags & BUCKET_LEAF) && !fn(ctx, e.key, e.value))
            break;
    }
    return 0;
}
