#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "audit/chain.h"
#include "audit/spool.h"
#include "base/file.h"
#include "base/own.h"
#include "base/str.h"

/* A list of segment names, oldest first: their fixed width makes the order of bytes the order of
 * numbers. */
struct names {
    char (*name)[32];
    size_t n, cap;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

static int list_segments(int dirfd, struct names *out, struct err *err)
{
    const int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *const d = fd < 0 ? NULL : fdopendir(fd);

    if (!d) {
        err_sys(err, "spool");
        if (fd >= 0)
            (void)close(fd);
        return -1;
    }
    for (const struct dirent *e = readdir(d); e; e = readdir(d)) {
        unsigned long long number;

        if (!chain_segment_number(e->d_name, &number))
            continue;
        if (out->n == out->cap) {
            const size_t cap = out->cap ? out->cap * 2 : 16;
            void *const grown = realloc(out->name, cap * sizeof(out->name[0]));

            if (!grown) {
                (void)closedir(d);
                return err_nomem(err);
            }
            out->name = grown;
            out->cap = cap;
        }
        (void)str_copy(out->name[out->n++], 32, e->d_name);
    }
    (void)closedir(d);
    if (out->n > 1)
        qsort(out->name, out->n, sizeof(out->name[0]), by_name);
    return 0;
}

struct walk {
    const char *segment;
    uint64_t line;
    char hash[CHAIN_HASH + 1];
    char previous[32]; /* segment before, "" ahead of the first that is left */
    spool_visit *visit;
    void *ctx;
    struct spool_report *report;
    struct spool_place *place; /* of spool_walk_on, else NULL */
};

static void fault(struct walk *w, const char *what)
{
    if (!w->report->intact)
        return;
    w->report->intact = false;
    (void)snprintf(w->report->first_fault, sizeof(w->report->first_fault), "%s line %llu: %s",
                   w->segment, (unsigned long long)w->line, what);
}

/* The first line names where the chain comes from. Ahead of the oldest segment that is left (its
 * elders were integrated and dropped) there is nothing to compare it with. */
static void begin_segment(struct walk *w, const struct chain_entry *e)
{
    char want[160];
    const bool first = w->previous[0] == '\0';

    (void)snprintf(want, sizeof(want), "{\"kind\":\"segment\",\"previous\":\"%s\",\"hash\":\"%s\"}",
                   w->previous, w->hash);
    if (!str_starts(e->json, "{\"kind\":\"segment\",\"previous\":\"")) {
        fault(w, "does not name the segment before");
        return;
    }
    if (!first && (e->len != strlen(want) || memcmp(e->json, want, e->len) != 0))
        fault(w, "does not follow the segment before");
    if (first && e->len >= CHAIN_HASH + 2)
        memcpy(w->hash, e->json + e->len - 2 - CHAIN_HASH, CHAIN_HASH);
}

static int see_line(struct walk *w, const char *line, size_t len, struct err *err)
{
    char computed[CHAIN_HASH + 1];
    struct chain_entry e;

    w->line++;
    const char *const wrong = chain_parse(line, len, &e);
    if (wrong) {
        fault(w, wrong);
        return 0;
    }
    if (w->line == 1)
        begin_segment(w, &e);
    chain_hash(w->hash, e.json, e.len, computed);
    const bool good = memcmp(computed, e.hash, CHAIN_HASH) == 0;
    memcpy(w->hash, e.hash, CHAIN_HASH); /* go on from what it says: one fault is told once */
    if (!good) {
        fault(w, "hash differs: this entry or the one before was changed");
        return 0;
    }
    if (str_starts(e.json, "{\"kind\":\"segment\""))
        return 0;

    const struct spool_entry entry = {
        .segment = w->segment,
        .line = w->line,
        .json = e.json,
        .len = e.len,
        .is_blob = str_starts(e.json, "{\"kind\":\"blob\","),
        .redacted = chain_is_redacted(e.json, e.len),
    };
    /* The chain holds the digest, the digest the document. */
    if (entry.is_blob && !chain_document_holds(e.json, e.len)) {
        fault(w, "the document was changed: its digest differs");
        return 0;
    }
    w->report->redacted += entry.redacted;
    if (entry.is_blob)
        w->report->blobs++;
    else
        w->report->records++;
    return w->visit ? w->visit(w->ctx, &entry, err) : 0;
}

/* Start in the middle of the segment where the last walk stood. */
static int resume(struct walk *w, int fd, struct err *err)
{
    const struct spool_place *const p = w->place;

    if (fdatasync(fd) < 0)
        return err_sys(err, "%s: sync", w->segment);
    if (strcmp(p->segment, w->segment) != 0 || p->offset == 0)
        return 0;
    if (lseek(fd, 0, SEEK_END) < (off_t)p->offset) {
        w->line = p->line;
        fault(w, "shorter than it was");
        return 0;
    }
    if (lseek(fd, (off_t)p->offset, SEEK_SET) < 0)
        return err_sys(err, "%s", w->segment);
    w->line = p->line;
    memcpy(w->hash, p->hash, sizeof(w->hash));
    return 0;
}

static void leave_place(struct walk *w, uint64_t offset)
{
    struct spool_place *const p = w->place;

    if (!p || !w->report->intact)
        return;
    (void)str_copy(p->segment, sizeof(p->segment), w->segment);
    memcpy(p->hash, w->hash, sizeof(p->hash));
    p->line = w->line;
    p->offset = offset;
}

static int see_segment(struct walk *w, int dirfd, bool last, struct err *err)
{
    AUTO_FREE char *text = NULL;
    size_t len = 0;

    AUTO_FD int fd = openat(dirfd, w->segment, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return err_sys(err, "%s", w->segment);
    w->line = 0;
    if (w->place && resume(w, fd, err) < 0)
        return -1;
    const uint64_t start = w->line == 0 ? 0 : w->place->offset;
    if (file_read_fd(fd, SPOOL_SEGMENT_MAX + 4ul * SPOOL_ENTRY_MAX, &text, &len, err) < 0)
        return err_ctx(err, "%s", w->segment);

    for (size_t at = 0; at < len && (w->report->intact || !w->place);) {
        const char *const stop = memchr(text + at, '\n', len - at);

        if (!stop) {
            w->line++;
            if (!last)
                fault(w, "torn");
            break;
        }
        if (see_line(w, text + at, (size_t)(stop - text) - at, err) < 0)
            return -1;
        at = (size_t)(stop - text) + 1;
        leave_place(w, start + at);
    }
    return 0;
}

static int see_all(struct walk *w, int dirfd, const struct names *names, struct err *err)
{
    for (size_t i = 0; i < names->n; i++) {
        w->segment = names->name[i];
        if (w->place && strcmp(w->segment, w->place->segment) < 0) {
            (void)str_copy(w->previous, sizeof(w->previous), names->name[i]);
            continue;
        }
        if (see_segment(w, dirfd, i + 1 == names->n, err) < 0)
            return -1;
        (void)str_copy(w->previous, sizeof(w->previous), names->name[i]);
        w->report->segments++;
    }
    return 0;
}

static int open_spool(const char *dir, struct err *err)
{
    char path[4096];
    const int n = snprintf(path, sizeof(path), "%s/spool", dir);

    if (n < 0 || (size_t)n >= sizeof(path))
        return err_set(err, ERR_LIMIT, "path too long");
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? err_sys(err, "%s", path) : fd;
}

int spool_segments(const char *dir, char (**out)[32], size_t *n, struct err *err)
{
    AUTO_FD int dirfd = open_spool(dir, err);
    struct names names = {0};

    if (dirfd < 0)
        return -1;
    if (list_segments(dirfd, &names, err) < 0) {
        free(names.name);
        return -1;
    }
    *out = names.name;
    *n = names.n;
    return 0;
}

static int walk(const char *dir, struct walk *w, struct err *err)
{
    AUTO_FD int dirfd = open_spool(dir, err);
    struct names names = {0};

    *w->report = (struct spool_report){.intact = true};
    if (dirfd < 0)
        return -1;
    int status = list_segments(dirfd, &names, err);
    if (status == 0)
        status = see_all(w, dirfd, &names, err);
    free(names.name);
    return status;
}

int spool_walk(const char *dir, spool_visit *visit, void *ctx, struct spool_report *report,
               struct err *err)
{
    struct walk w = {.hash = CHAIN_ZERO, .visit = visit, .ctx = ctx, .report = report};

    return walk(dir, &w, err);
}

/* After the last line of a full segment the next one must follow it; with the segment gone, there
 * is nothing to go on from. */
/* Is there a spool in this directory, or anything else than none? */
static bool begun(const char *dir)
{
    AUTO_FD int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct stat st;

    return fd < 0 || fstatat(fd, "spool", &st, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT;
}

int spool_walk_on(const char *dir, struct spool_place *place, spool_visit *visit, void *ctx,
                  struct spool_report *report, struct err *err)
{
    struct walk w = {
        .hash = CHAIN_ZERO, .visit = visit, .ctx = ctx, .report = report, .place = place};

    if (place->offset > 0)
        (void)str_copy(w.previous, sizeof(w.previous), place->segment);
    memcpy(w.hash, place->offset > 0 ? place->hash : CHAIN_ZERO, sizeof(w.hash));
    if (place->offset == 0 && !begun(dir)) {
        report->intact = true;
        return 0;
    }
    return walk(dir, &w, err);
}

bool spool_blob(const struct spool_entry *e, char digest[65], const char **value, size_t *len)
{
    const size_t head = chain_blob_head(e->json, e->len);

    if (!e->is_blob || head == 0)
        return false;
    memcpy(digest, e->json + head - 1 - CHAIN_HASH, CHAIN_HASH);
    digest[CHAIN_HASH] = '\0';
    *value = chain_blob_value(e->json, e->len, len);
    return *value && !e->redacted;
}
