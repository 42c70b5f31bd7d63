#include "audit/log/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include "audit/log/bundle.h"
#include "audit/log/records.h"
#include "audit/log/state.h"
#include "audit/spool.h"
#include "base/file.h"
#include "base/own.h"
#include "policy/value/json.h"

enum { PROOF_TEXT_MAX = 128 * 1024 };
#define PROOF_HEAD "c2sp.org/tlog-proof@v1\n"

/* --- integrate ------------------------------------------------------------------------------- */

struct run {
    struct edge edge;
    struct log_state from, to;
};

static int take(void *ctx, const struct spool_entry *entry, struct err *err)
{
    struct run *const r = ctx;

    if (entry->is_blob)
        return 0;
    if (edge_add(&r->edge, entry->json, entry->len, err) < 0)
        return err_ctx(err, "%s line %llu", entry->segment, (unsigned long long)entry->line);
    return 0;
}

/* Does the published checkpoint already say this, signed by all of these keys? */
static bool says_so(int dirfd, const struct checkpoint *c, const struct note_key *keys,
                    size_t keys_n)
{
    AUTO_FREE char *note = NULL;
    struct checkpoint now;
    struct err ignored = ERR_INIT;
    size_t len = 0;

    if (file_read_at(dirfd, "checkpoint", NOTE_MAX, &note, &len, NULL, &ignored) < 0)
        return false;
    for (size_t i = 0; i < keys_n; i++)
        if (note_verify(note, len, &keys[i], &now, &ignored) < 0)
            return false;
    return keys_n > 0 && strcmp(now.origin, c->origin) == 0 && now.size == c->size &&
           merkle_equal(&now.root, &c->root);
}

static int publish(int dirfd, const char *origin, uint64_t size, const struct note_key *keys,
                   size_t keys_n, struct err *err)
{
    AUTO_FREE struct tiles *t = malloc(sizeof(*t));
    AUTO_BUF struct buf note = BUF_INIT;
    struct checkpoint c = {.size = size};

    if (!t)
        return err_nomem(err);
    if (strlen(origin) == 0 || strlen(origin) > NOTE_NAME_MAX || strchr(origin, '\n'))
        return err_set(err, ERR_INVALID, "origin: must be one line of 1 to %d bytes",
                       NOTE_NAME_MAX);
    memcpy(c.origin, origin, strlen(origin) + 1);
    tiles_init(t, dirfd, size);
    if (tiles_root(t, &c.root, err) < 0)
        return -1;
    if (says_so(dirfd, &c, keys, keys_n))
        return 0;
    checkpoint_print(&note, &c);
    buf_putc(&note, '\n');
    for (size_t i = 0; i < keys_n; i++)
        if (note_sign(&note, &c, &keys[i], err) < 0)
            return -1;
    if (file_replace_at(dirfd, "checkpoint", note.data, note.len, NULL, 0644, 1, err) < 0)
        return err_ctx(err, "checkpoint");
    return 0;
}

static int integrate(int dirfd, const char *dir, struct run *r, struct log_summary *out,
                     struct err *err)
{
    struct spool_report report = {0};

    if (state_read(dirfd, &r->from, err) < 0 || edge_open(&r->edge, dirfd, r->from.size, err) < 0)
        return -1;
    r->to = r->from;
    if (spool_walk_on(dir, &r->to.place, take, r, &report, err) < 0)
        return -1;
    r->to.size = r->edge.size;
    *out = (struct log_summary){
        .size = r->to.size, .added = r->to.size - r->from.size, .intact = report.intact};
    (void)snprintf(out->fault, sizeof(out->fault), "%s", report.first_fault);
    if (out->added == 0) /* nothing new: nothing is written; lines without a record are few */
        return 0;
    return edge_write(&r->edge, err) < 0 ? -1 : state_write(dirfd, &r->to, err);
}

/* Partial tiles go once a checkpoint names the full ones; the state says when that is done. */
static int collect(int dirfd, struct log_state *s, struct err *err)
{
    if (s->collected / TILE_WIDTH == s->size / TILE_WIDTH)
        return 0;
    if (edge_collect(dirfd, s->collected, s->size, err) < 0)
        return -1;
    s->collected = s->size;
    return state_write(dirfd, s, err);
}

int log_integrate(const char *dir, const char *origin, const struct note_key *keys, size_t keys_n,
                  struct log_summary *out, struct err *err)
{
    AUTO_FREE struct run *r = calloc(1, sizeof(*r));
    AUTO_FD int dirfd = log_open(dir, 1, err);
    AUTO_FD int lock = -1;

    if (!r)
        return err_nomem(err);
    if (dirfd < 0)
        return -1;
    lock = log_lock(dirfd, LOCK_EX, err);
    if (lock < 0)
        return -1;

    const int status = integrate(dirfd, dir, r, out, err);
    edge_done(&r->edge);
    if (status < 0)
        return -1;
    if (publish(dirfd, origin, out->size, keys, keys_n, err) < 0 || collect(dirfd, &r->to, err) < 0)
        return -1;
    if (!out->intact)
        return err_set(err, ERR_INVALID, "the spool is broken, taken up to there: %s", out->fault);
    return 0;
}

/* --- reading --------------------------------------------------------------------------------- */

/* The published checkpoint, its text and the tree it names. Signatures are not looked at. */
static int published(int dirfd, struct checkpoint *c, char **text, size_t *len, struct err *err)
{
    if (file_read_at(dirfd, "checkpoint", NOTE_MAX, text, len, NULL, err) < 0 ||
        checkpoint_parse(*text, *len, c, err) < 0)
        return err_ctx(err, "checkpoint");
    return 0;
}

struct pick {
    uint64_t index;
    const char *id; /* look for this decision_id, or NULL: for the index */
    char *bytes;
    size_t len;
    bool found;
};

static int is_id(const char *entry, size_t len, const char *id)
{
    AUTO_ARENA struct arena a = ARENA_INIT(1 << 20);
    const struct value *v = NULL;
    struct err ignored = ERR_INIT;

    return memmem(entry, len, id, strlen(id)) &&
           json_parse(&a, entry, len, JSON_LAST_WINS, &v, NULL, &ignored) == 0 &&
           value_is_str(value_field(v, "decision_id"), id);
}

static int pick_entry(void *ctx, uint64_t index, const char *entry, size_t len, struct err *err)
{
    struct pick *const p = ctx;

    if (p->found || (p->id ? !is_id(entry, len, p->id) : index != p->index))
        return 0;
    p->found = true;
    p->index = index;
    p->bytes = malloc(len + 1);
    if (!p->bytes)
        return err_nomem(err);
    memcpy(p->bytes, entry, len);
    p->bytes[len] = '\0';
    p->len = len;
    return 0;
}

static int read_tree(const char *dir, int *dirfd, struct tiles **t, struct checkpoint *c,
                     char **text, size_t *len, struct err *err)
{
    *dirfd = log_open(dir, 0, err);
    if (*dirfd < 0 || published(*dirfd, c, text, len, err) < 0)
        return -1;
    *t = malloc(sizeof(**t));
    if (!*t)
        return err_nomem(err);
    tiles_init(*t, *dirfd, c->size);
    return 0;
}

/* The entry is neither to come nor pruned. */
static int held(int dirfd, uint64_t index, uint64_t size, struct err *err)
{
    struct log_state s;

    if (state_read(dirfd, &s, err) < 0)
        return -1;
    if (index < size && index >= s.pruned)
        return 0;
    return err_set(err, ERR_INVALID, "the log holds entries %llu to %lld, not %llu%s",
                   (unsigned long long)s.pruned, (long long)size - 1, (unsigned long long)index,
                   index < s.pruned ? ": it was pruned" : "");
}

int log_entry(const char *dir, uint64_t index, char **out, size_t *len, struct err *err)
{
    AUTO_FD int dirfd = -1;
    AUTO_FREE struct tiles *t = NULL;
    AUTO_FREE char *text = NULL;
    struct pick p = {.index = index};
    struct checkpoint c;

    if (read_tree(dir, &dirfd, &t, &c, &text, len, err) < 0)
        return -1;
    if (held(dirfd, index, c.size, err) < 0)
        return -1;
    if (bundle_each(t, index / TILE_WIDTH, pick_entry, &p, err) < 0)
        return -1;
    *out = p.bytes;
    *len = p.len;
    return 0;
}

struct from {
    uint64_t index;
    log_visit *visit;
    void *ctx;
};

static int pass_on(void *ctx, uint64_t index, const char *entry, size_t len, struct err *err)
{
    const struct from *const f = ctx;

    return index < f->index ? 0 : f->visit(f->ctx, index, entry, len, err);
}

int log_each(const char *dir, uint64_t from, log_visit *visit, void *ctx, struct err *err)
{
    AUTO_FD int dirfd = -1;
    AUTO_FREE struct tiles *t = NULL;
    AUTO_FREE char *text = NULL;
    struct from f = {.index = from, .visit = visit, .ctx = ctx};
    struct log_state s;
    struct checkpoint c;
    size_t len = 0;

    if (read_tree(dir, &dirfd, &t, &c, &text, &len, err) < 0 || state_read(dirfd, &s, err) < 0)
        return -1;
    for (uint64_t n = (from > s.pruned ? from : s.pruned) / TILE_WIDTH; n * TILE_WIDTH < c.size;
         n++)
        if (bundle_each(t, n, pass_on, &f, err) < 0)
            return -1;
    return 0;
}

int log_find(const char *dir, const char *decision_id, uint64_t *index, struct err *err)
{
    AUTO_FD int dirfd = -1;
    AUTO_FREE struct tiles *t = NULL;
    AUTO_FREE char *text = NULL;
    struct pick p = {.id = decision_id};
    struct log_state s;
    struct checkpoint c;
    size_t len = 0;

    if (read_tree(dir, &dirfd, &t, &c, &text, &len, err) < 0 || state_read(dirfd, &s, err) < 0)
        return -1;
    for (uint64_t n = s.pruned / TILE_WIDTH; !p.found && n * TILE_WIDTH < c.size; n++)
        if (bundle_each(t, n, pick_entry, &p, err) < 0)
            return -1;
    own_free(&p.bytes);
    if (!p.found)
        return err_set(err, ERR_INVALID, "the log does not hold a record '%s'", decision_id);
    *index = p.index;
    return 0;
}

int log_prove(const char *dir, uint64_t index, struct buf *out, struct err *err)
{
    AUTO_FD int dirfd = -1;
    AUTO_FREE struct tiles *t = NULL;
    AUTO_FREE char *text = NULL;
    struct merkle_proof proof;
    struct checkpoint c;
    size_t len = 0;

    if (read_tree(dir, &dirfd, &t, &c, &text, &len, err) < 0 ||
        held(dirfd, index, c.size, err) < 0 || tiles_inclusion(t, index, &proof, err) < 0)
        return -1;
    buf_printf(out, PROOF_HEAD "index %llu\n", (unsigned long long)index);
    for (size_t i = 0; i < proof.n; i++) {
        note_base64(out, proof.at[i].b, DIGEST_LEN);
        buf_putc(out, '\n');
    }
    buf_putc(out, '\n');
    buf_add(out, text, len);
    return buf_check(out, err);
}

/* "index N\n", hashes, an empty line: then the note follows at *at. */
static int parse_proof(const char *text, size_t len, uint64_t *index, struct merkle_proof *p,
                       const char **note, struct err *err)
{
    const char *at = text + strlen(PROOF_HEAD), *nl;
    const char *const end = text + len;
    char *stop;

    if (len > PROOF_TEXT_MAX || len < strlen(PROOF_HEAD) ||
        memcmp(text, PROOF_HEAD, strlen(PROOF_HEAD)) != 0)
        return err_set(err, ERR_INVALID, "not a tlog-proof: want the line " PROOF_HEAD);
    if (end - at > 6 && memcmp(at, "extra ", 6) == 0) { /* of use to nobody here */
        nl = memchr(at, '\n', (size_t)(end - at));
        at = nl ? nl + 1 : end;
    }
    if ((size_t)(end - at) < 7 || memcmp(at, "index ", 6) != 0 || at[6] < '0' || at[6] > '9')
        return err_set(err, ERR_INVALID, "tlog-proof line 2: no index");
    errno = 0;
    *index = strtoull(at + 6, &stop, 10);
    if (errno != 0 || stop >= end || *stop != '\n')
        return err_set(err, ERR_INVALID, "tlog-proof line 2: no index");
    p->n = 0;
    for (at = stop + 1; (nl = memchr(at, '\n', (size_t)(end - at))); at = nl + 1) {
        if (nl == at) {
            *note = nl + 1;
            return 0;
        }
        if (p->n == PROOF_MAX ||
            note_unbase64(at, (size_t)(nl - at), p->at[p->n].b, DIGEST_LEN) != DIGEST_LEN)
            return err_set(err, ERR_INVALID, "tlog-proof: hash %zu is malformed", p->n + 1);
        p->n++;
    }
    return err_set(err, ERR_INVALID, "tlog-proof: ends before its checkpoint");
}

int log_check_proof(const char *proof, size_t proof_len, const char *entry, size_t entry_len,
                    const struct note_key *key, const struct trust *trust, struct err *err)
{
    struct merkle_proof p;
    struct checkpoint c;
    uint64_t index = 0;
    const char *note = NULL;

    if (parse_proof(proof, proof_len, &index, &p, &note, err) < 0 ||
        note_verify(note, proof_len - (size_t)(note - proof), key, &c, err) < 0)
        return -1;
    if (trust && trust_verify(trust, note, proof_len - (size_t)(note - proof), &c, err) < 0)
        return -1;
    const struct merkle_hash leaf = merkle_leaf(entry, entry_len);
    if (!merkle_included(&p, index, c.size, &leaf, &c.root))
        return err_set(err, ERR_TRUST, "this entry is not entry %llu of the log",
                       (unsigned long long)index);
    return 0;
}

int log_trusted(const char *dir, const struct trust *trust, struct err *err)
{
    AUTO_FD int dirfd = log_open(dir, 0, err);
    AUTO_FREE char *text = NULL;
    struct checkpoint c;
    size_t len = 0;

    if (dirfd < 0 || published(dirfd, &c, &text, &len, err) < 0)
        return -1;
    return trust_verify(trust, text, len, &c, err);
}

static int tally(void *ctx, const struct spool_entry *entry, struct err *err)
{
    (void)err;
    *(uint64_t *)ctx += !entry->is_blob;
    return 0;
}

int log_status(const char *dir, uint64_t *size, uint64_t *pending, int64_t *signed_at,
               struct err *err)
{
    AUTO_FD int dirfd = -1;
    struct spool_report report = {0};
    struct log_state s = {0};
    struct stat st;

    *size = *pending = 0;
    *signed_at = 0;
    const int logged = records_logged(dir, err);
    if (logged < 0)
        return -1;
    if (logged) {
        dirfd = log_open(dir, 0, err);
        if (dirfd < 0 || state_read(dirfd, &s, err) < 0)
            return -1;
        if (fstatat(dirfd, "checkpoint", &st, AT_SYMLINK_NOFOLLOW) < 0)
            return err_sys(err, "checkpoint");
        *signed_at = st.st_mtim.tv_sec;
    }
    *size = s.size;
    return spool_walk_on(dir, &s.place, tally, pending, &report, err);
}
