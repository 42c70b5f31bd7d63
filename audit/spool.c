#include "audit/spool.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "audit/chain.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/own.h"
#include "policy/value/json.h"

/* --- opening ------------------------------------------------------------------------------- */

/* Nearly always it is there; DIR itself may be a link, spool may not. */
static int find_directory(const char *dir, struct err *err)
{
    char path[PATH_MAX];
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

    if ((size_t)snprintf(path, sizeof(path), "%s/spool", dir) >= sizeof(path))
        return err_set(err, ERR_LIMIT, "path too long");
    const int fd = open(path, flags);
    if (fd >= 0 || errno != ENOENT)
        return fd < 0 ? err_sys(err, "spool") : fd;
    if (mkdir(dir, 0700) < 0 && errno != EEXIST)
        return err_sys(err, "log directory");
    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return err_sys(err, "spool");
    const int made = open(path, flags);
    return made < 0 ? err_sys(err, "spool") : made;
}

static int open_directory(const char *dir, struct err *err)
{
    AUTO_FD int inner = find_directory(dir, err);
    struct stat st;

    if (inner < 0)
        return -1;
    if (fstat(inner, &st) < 0)
        return err_sys(err, "spool");
    if (st.st_uid != geteuid() || (st.st_mode & 022) != 0)
        return err_set(err, ERR_TRUST, "spool: another user can change it");
    return fd_take(&inner);
}

/* Keep some bytes of the disk for the refusals of a full one. Where that is not possible, records
 * are written all the same: no failure. */
static void keep_reserve(int dirfd)
{
    struct statvfs fs;

    if (faccessat(dirfd, "reserve", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return;
    if (fstatvfs(dirfd, &fs) < 0 || fs.f_bavail * fs.f_frsize < 8ul * SPOOL_RESERVE)
        return;
    AUTO_FD int fd = openat(dirfd, "reserve", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0 && fallocate(fd, 0, 0, SPOOL_RESERVE) < 0)
        (void)unlinkat(dirfd, "reserve", 0);
}

int spool_open(struct spool *s, const char *dir, struct err *err)
{
    AUTO_FD int dirfd = open_directory(dir, err);
    AUTO_FD int lock = -1;

    if (dirfd < 0)
        return err_ctx(err, "%s", dir);
    lock = openat(dirfd, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (lock < 0) {
        err_sys(err, "lock");
        return err_ctx(err, "%s", dir);
    }
    keep_reserve(dirfd);
    *s = SPOOL_INIT;
    s->dirfd = fd_take(&dirfd);
    s->lock = fd_take(&lock);
    return 0;
}

void spool_close(struct spool *s)
{
    own_close(&s->dirfd);
    own_close(&s->lock);
}

int spool_release_reserve(struct spool *s, struct err *err)
{
    if (unlinkat(s->dirfd, "reserve", 0) < 0 && errno != ENOENT)
        return err_sys(err, "reserve");
    return 0;
}

/* flock has no time limit of its own. Short naps: a holder keeps it for one write. */
int spool_lock(struct spool *s, int wait_ms, struct err *err)
{
    const int64_t until = clock_steady_ns() + (int64_t)wait_ms * 1000000;
    struct timespec nap = {.tv_nsec = 50 * 1000};

    while (flock(s->lock, LOCK_EX | LOCK_NB) < 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return err_sys(err, "lock");
        if (clock_steady_ns() > until)
            return err_set(err, ERR_LIMIT, "lock: held by another for %d ms", wait_ms);
        (void)nanosleep(&nap, NULL);
        if (nap.tv_nsec < 2000 * 1000)
            nap.tv_nsec *= 2;
    }
    return 0;
}

/* --- the segment --------------------------------------------------------------------------- */

struct segment {
    int fd;
    char name[32];
    char hash[CHAIN_HASH + 1]; /* the hash the next entry builds on */
    off_t size;                /* where it is written */
    bool fresh;
};

/* The newest segment's number, 0 when there is none. */
static int newest(int dirfd, unsigned long long *out, struct err *err)
{
    struct file_entries entries = {.dir = dirfd};

    *out = 0;
    if (lseek(dirfd, 0, SEEK_SET) < 0)
        return err_sys(err, "spool");
    for (const struct dirent64 *e; (e = file_next_entry(&entries));) {
        unsigned long long n = 0;

        if (chain_segment_number(e->d_name, &n) && n > *out)
            *out = n;
    }
    errno = entries.error;
    return entries.error ? err_sys(err, "spool") : 0;
}

/* Where the last whole line ends and the hash it carries. Sound: the line is what its length and
 * hash say. Bytes after the last newline were never synced, hence never admitted anything. */
static int find_end(int fd, off_t size, off_t *end, char hash[CHAIN_HASH + 1], bool *sound,
                    struct err *err)
{
    size_t window = 32 * 1024;

    for (;;) {
        const size_t n = (uint64_t)size < window ? (size_t)size : window;
        const off_t start = size - (off_t)n;
        AUTO_FREE char *text = malloc(n + 1);

        if (!text)
            return err_nomem(err);
        if (pread(fd, text, n, start) != (ssize_t)n)
            return err_sys(err, "read");
        const enum chain_tail found = chain_tail(text, n, start == 0, end, hash, sound);
        if (found == CHAIN_TAIL_FOUND) {
            *end += start;
            return 0;
        }
        if (found == CHAIN_TAIL_EMPTY) {
            *end = 0;
            return 0;
        }
        if (n > 4ul * SPOOL_ENTRY_MAX)
            return err_set(err, ERR_INVALID, "no entry ends within %zu bytes", n);
        window *= 4;
    }
}

static int open_fresh(int dirfd, unsigned long long number, struct segment *g, struct err *err)
{
    (void)snprintf(g->name, sizeof(g->name), "%020llu.log", number);
    g->fd =
        openat(dirfd, g->name, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (g->fd < 0)
        return err_sys(err, "%s", g->name);
    g->size = 0;
    g->fresh = true;
    return 0;
}

/* Open segment `number` to append: false in *usable when it is full, sealed or unsound. */
static int open_existing(int dirfd, unsigned long long number, struct segment *g, bool *usable,
                         struct err *err)
{
    bool sound = false;
    struct stat st;

    (void)snprintf(g->name, sizeof(g->name), "%020llu.log", number);
    g->fd = openat(dirfd, g->name, O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
    if (g->fd < 0 || fstat(g->fd, &st) < 0)
        return err_sys(err, "%s", g->name);
    if (!S_ISREG(st.st_mode) || st.st_uid != geteuid())
        return err_set(err, ERR_TRUST, "%s: not a plain file of ours", g->name);

    off_t end = 0;
    if (find_end(g->fd, st.st_size, &end, g->hash, &sound, err) < 0)
        return err_ctx(err, "%s", g->name);
    *usable = sound && (st.st_mode & 0200) != 0 && end < SPOOL_SEGMENT_MAX;
    g->size = end;
    g->fresh = false;
    if (*usable && end < st.st_size && ftruncate(g->fd, end) < 0)
        return err_sys(err, "%s: cut the torn tail", g->name);
    return 0;
}

/* The segment to append to, under the lock. A fresh one gets its first line into `text`. */
static int open_segment(int dirfd, struct segment *g, struct buf *text, struct err *err)
{
    unsigned long long number = 0;
    char previous[32] = "";
    bool usable = false;

    memcpy(g->hash, CHAIN_ZERO, sizeof(CHAIN_ZERO));
    if (newest(dirfd, &number, err) < 0)
        return -1;
    if (number > 0) {
        if (open_existing(dirfd, number, g, &usable, err) < 0)
            return -1;
        if (usable && g->size > 0)
            return 0;
        if (usable) { /* created, but its first write never came */
            own_close(&g->fd);
            if (unlinkat(dirfd, g->name, 0) < 0)
                return err_sys(err, "%s", g->name);
            number--;
            if (number > 0 && open_existing(dirfd, number, g, &usable, err) < 0)
                return -1;
        }
        /* What a fresh segment's first line names must not be lost after it. */
        if (number > 0 && fdatasync(g->fd) < 0)
            return err_sys(err, "%s: sync", g->name);
        if (number > 0)
            memcpy(previous, g->name, sizeof(previous));
        own_close(&g->fd);
    }

    AUTO_BUF struct buf head = BUF_INIT;
    buf_printf(&head, "{\"kind\":\"segment\",\"previous\":\"%s\",\"hash\":\"%s\"}", previous,
               g->hash);
    if (buf_check(&head, err) < 0 || open_fresh(dirfd, number + 1, g, err) < 0)
        return -1;
    chain_line(text, head.data, head.len, g->hash);
    return 0;
}

/* --- blobs, once each ---------------------------------------------------------------------- */

enum { INDEX_LINE = 64 + 1 + 16 + 1, INDEX_TAIL = 200 * INDEX_LINE };

static void index_name(const char *segment, char out[40])
{
    (void)snprintf(out, 40, "%.20s.blobs", segment);
}

/* The index's newest lines: whole ones, bytes of them, or nothing. */
static size_t index_tail(int dirfd, const struct segment *g, char *out)
{
    char name[40];
    struct stat st;

    index_name(g->name, name);
    AUTO_FD int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return 0;
    const off_t whole = st.st_size - st.st_size % INDEX_LINE;
    const off_t start = whole > INDEX_TAIL ? whole - INDEX_TAIL : 0;
    const ssize_t n = pread(fd, out, (size_t)(whole - start), start);

    return n < 0 ? 0 : (size_t)n;
}

/* Does the segment hold this blob already? The index is a hint that was never synced: what it says
 * is looked up in the segment. Only its newest lines are read, so that a start costs the same
 * however long the segment is; an older blob is written once more. */
static bool blob_known(int dirfd, const struct segment *g, const char *digest)
{
    char index[INDEX_TAIL];
    const size_t len = index_tail(dirfd, g, index);

    for (size_t at = 0; at + INDEX_LINE <= len; at += INDEX_LINE) {
        char want[96], got[CHAIN_HASH + 1 + 20 + 1 + 96];

        if (memcmp(index + at, digest, 64) != 0)
            continue;
        off_t offset = 0;
        for (size_t i = 65; i < 65 + 16; i++) {
            const char c = index[at + i];
            offset = offset * 16 + (c >= 'a' ? c - 'a' + 10 : c - '0');
        }
        const ssize_t n = offset < g->size ? pread(g->fd, got, sizeof(got) - 1, offset) : -1;
        if (n <= 0)
            continue;
        got[n] = '\0';
        (void)snprintf(want, sizeof(want), "{\"kind\":\"blob\",\"digest\":\"%s\"", digest);
        if (strstr(got, want))
            return true;
    }
    return false;
}

static void blob_remember(int dirfd, const char *segment, const char *digest, off_t offset)
{
    char name[40], line[INDEX_LINE + 1];
    struct err ignored = ERR_INIT;

    index_name(segment, name);
    AUTO_FD int fd =
        openat(dirfd, name, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    (void)snprintf(line, sizeof(line), "%s %016llx\n", digest, (unsigned long long)offset);
    if (fd >= 0 && file_write_all(fd, line, INDEX_LINE, &ignored) < 0)
        (void)unlinkat(dirfd, name, 0); /* a torn index would hide what follows */
}

/* --- how much of them a day ----------------------------------------------------------------- */

enum { DAY_LINE = 10 + 1 + 20 + 1, DAY_S = 24 * 60 * 60 };

/* Bytes of blobs appended on that day. The file is a hint: whatever else it holds counts nothing.
 */
static uint64_t bytes_of_day(int lock, int64_t day)
{
    char text[DAY_LINE + 1];
    long long of = -1;
    unsigned long long bytes = 0;
    const ssize_t n = pread(lock, text, DAY_LINE, 0);

    if (n != DAY_LINE)
        return 0;
    text[n] = '\0';
    return sscanf(text, "%10lld %20llu\n", &of, &bytes) == 2 && of == day ? bytes : 0;
}

/* Under the lock. On a full disk it stays as it was: then nothing was appended either. */
static void count_bytes(int lock, int64_t now_ns, size_t more)
{
    const int64_t day = now_ns / 1000000000 / DAY_S;
    char text[DAY_LINE + 1];

    (void)snprintf(text, sizeof(text), "%010lld %020llu\n", (long long)day,
                   (unsigned long long)(bytes_of_day(lock, day) + more));
    if (pwrite(lock, text, DAY_LINE, 0) != DAY_LINE)
        return; /* a torn line counts nothing: the hint begins anew */
}

bool spool_room(const struct spool *s, uint64_t quota, int64_t now_ns)
{
    struct statvfs fs;

    if (bytes_of_day(s->lock, now_ns / 1000000000 / DAY_S) >= quota)
        return false;
    if (fstatvfs(s->dirfd, &fs) < 0)
        return true;
    const uint64_t part = (uint64_t)fs.f_blocks * fs.f_frsize / SPOOL_FREE_PART;
    return (uint64_t)fs.f_bavail * fs.f_frsize >= (part < SPOOL_FREE_MAX ? part : SPOOL_FREE_MAX);
}

/* --- appending ----------------------------------------------------------------------------- */

static int print_bounded(struct buf *b, const char *before, const struct value *v,
                         const char *after, struct err *err)
{
    b->max = SPOOL_ENTRY_MAX;
    buf_puts(b, before);
    json_print(b, v, JSON_COMPACT);
    buf_puts(b, after);
    return b->failed ? err_set(err, ERR_LIMIT, "entry larger than %d bytes", SPOOL_ENTRY_MAX) : 0;
}

int spool_document_print(struct spool_document *d, const struct value *v, struct err *err)
{
    static const char head[] = "{\"kind\":\"blob\",\"digest\":\"" CHAIN_ZERO "\",\"value\":";
    const size_t at = sizeof(head) - 1;

    if (print_bounded(&d->json, head, v, "}", err) < 0)
        return err_ctx(err, "input");
    /* The digest takes the place that was kept for it. */
    digest_hex(d->json.data + at, d->json.len - at - 1, d->digest);
    memcpy(d->json.data + (strstr(head, CHAIN_ZERO) - head), d->digest, CHAIN_HASH);
    return 0;
}

void spool_document_done(struct spool_document *d)
{
    buf_done(&d->json);
}

static int write_entries(struct segment *g, const struct buf *text, struct err *err)
{
    if (file_write_all(g->fd, text->data, text->len, err) == 0)
        return 0;
    /* Cut what a full disk left of it; the next writer would, too. */
    if (ftruncate(g->fd, g->size) < 0)
        return err_ctx(err, "cut after a failed write");
    return -1;
}

/* Under the lock: all lines in one write. */
static int append_locked(struct spool *s, struct segment *g, const struct spool_document *blob,
                         const struct buf *record, struct err *err)
{
    AUTO_BUF struct buf text = BUF_INIT;

    if (open_segment(s->dirfd, g, &text, err) < 0)
        return -1;
    off_t blob_at = -1;
    if (blob && (g->fresh || !blob_known(s->dirfd, g, blob->digest))) {
        blob_at = g->size + (off_t)text.len;
        chain_line(&text, blob->json.data, blob->json.len, g->hash);
    }
    chain_line(&text, record->data, record->len, g->hash);
    if (buf_check(&text, err) < 0 || write_entries(g, &text, err) < 0) {
        if (g->fresh)
            (void)unlinkat(s->dirfd, g->name, 0);
        return err_ctx(err, "%s", g->name);
    }
    if (blob_at >= 0) {
        blob_remember(s->dirfd, g->name, blob->digest, blob_at);
        count_bytes(s->lock, clock_wall_ns(), blob->json.len);
    }
    return 0;
}

static int make_durable(struct spool *s, const struct segment *g, struct err *err)
{
    if (fdatasync(g->fd) < 0) {
        err_sys(err, "%s: sync", g->name);
        /* What reached the disk is unknown from here on: nothing is appended to it any more. */
        if (fchmod(g->fd, 0400) < 0)
            return err_ctx(err, "could not be sealed");
        return -1;
    }
    if (g->fresh && fsync(s->dirfd) < 0)
        return err_sys(err, "spool: sync of the directory");
    return 0;
}

/* How an append goes about it. */
struct manner {
    int lock_ms;
    bool sync;
};

static int append(struct spool *s, const struct spool_document *blob, const struct value *record,
                  struct manner how, struct err *err)
{
    AUTO_BUF struct buf record_text = BUF_INIT;
    struct segment g = {.fd = -1};

    if (print_bounded(&record_text, "", record, "", err) < 0)
        return err_ctx(err, "record");

    if (spool_lock(s, how.lock_ms, err) < 0)
        return err_ctx(err, "spool");
    int status = append_locked(s, &g, blob, &record_text, err);
    (void)flock(s->lock, LOCK_UN);
    if (status == 0) {
        memcpy(s->segment, g.name, sizeof(s->segment));
        status = how.sync || g.fresh ? make_durable(s, &g, err) : 0;
    }
    own_close(&g.fd);
    return status < 0 ? err_ctx(err, "spool") : 0;
}

int spool_append(struct spool *s, const struct spool_document *blob, const struct value *record,
                 struct err *err)
{
    const struct manner how = {.lock_ms = SPOOL_LOCK_MS, .sync = true};

    return append(s, blob, record, how, err);
}

int spool_note(struct spool *s, const struct value *record, struct err *err)
{
    const struct manner how = {.lock_ms = SPOOL_NOTE_LOCK_MS};

    return append(s, NULL, record, how, err);
}
