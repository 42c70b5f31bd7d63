#include "audit/log/records.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "audit/log/state.h"
#include "base/file.h"
#include "base/own.h"

struct waiting {
    struct log_state state;
    uint64_t published; /* entries that the checkpoint names */
    uint64_t in_spool;  /* integrated records that the spool holds */
    uint64_t seen;
    log_visit *visit;
    void *ctx;
};

static int count(void *ctx, const struct spool_entry *entry, struct err *err)
{
    struct waiting *const w = ctx;

    (void)err;
    if (!entry->is_blob && !state_after(&w->state, entry->segment, entry->line))
        w->in_spool++;
    return 0;
}

static int pass(void *ctx, const struct spool_entry *entry, struct err *err)
{
    struct waiting *const w = ctx;

    if (entry->is_blob)
        return 0;
    if (!state_after(&w->state, entry->segment, entry->line) &&
        w->state.size - w->in_spool + w->seen++ < w->published)
        return 0;
    return w->visit(w->ctx, RECORD_PENDING, entry->json, entry->len, err);
}

int records_logged(const char *dir, struct err *err)
{
    AUTO_FD int outer = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (outer < 0)
        return err_sys(err, "%s", dir);
    if (faccessat(outer, "log/checkpoint", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return 1;
    return errno == ENOENT || errno == ENOTDIR ? 0 : err_sys(err, "%s/log/checkpoint", dir);
}

/* What the log holds and how far it went, between two runs of integrate. */
static int read_state(const char *dir, struct waiting *w, struct err *err)
{
    AUTO_FD int dirfd = log_open(dir, 0, err);
    AUTO_FD int lock = -1;
    AUTO_FREE char *text = NULL;
    struct checkpoint c;
    size_t len = 0;

    if (dirfd < 0)
        return -1;
    lock = log_lock(dirfd, LOCK_SH, err);
    if (lock < 0 || state_read(dirfd, &w->state, err) < 0 ||
        file_read_at(dirfd, "checkpoint", NOTE_MAX, &text, &len, NULL, err) < 0 ||
        checkpoint_parse(text, len, &c, err) < 0)
        return err_ctx(err, "%s/log", dir);
    w->published = c.size;
    return 0;
}

struct upto {
    uint64_t size;
    log_visit *visit;
    void *ctx;
};

/* The log may have grown since its state was read. */
static int bounded(void *ctx, uint64_t index, const char *entry, size_t len, struct err *err)
{
    const struct upto *const u = ctx;

    return index < u->size ? u->visit(u->ctx, index, entry, len, err) : 0;
}

int records_each(const char *dir, log_visit *visit, void *ctx, struct spool_report *report,
                 struct err *err)
{
    struct waiting w = {.visit = visit, .ctx = ctx};
    const int logged = records_logged(dir, err);

    *report = (struct spool_report){.intact = true};
    if (logged < 0)
        return -1;
    if (logged) {
        struct upto u = {.visit = visit, .ctx = ctx};

        if (read_state(dir, &w, err) < 0)
            return -1;
        u.size = w.published;
        if (log_each(dir, 0, bounded, &u, err) < 0 || spool_walk(dir, count, &w, report, err) < 0)
            return -1;
    }
    return spool_walk(dir, pass, &w, report, err);
}
