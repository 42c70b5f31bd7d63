/* log_rotate: what the log holds need not stay in the spool for ever. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "audit/log/log.h"
#include "audit/log/place.h"
#include "audit/log/state.h"
#include "base/file.h"
#include "base/own.h"

struct old {
    struct tiles *tiles;
    uint64_t size;       /* of the checkpoint */
    uint64_t in_spool;   /* integrated records that the spool holds */
    uint64_t seen;       /* of them, passed so far */
    const char *segment; /* the newest that may go */
    uint64_t leaving;    /* records in those that may go */
    struct log_state state;
};

static int count(void *ctx, const struct spool_entry *entry, struct err *err)
{
    struct old *const o = ctx;

    (void)err;
    if (!entry->is_blob && !state_after(&o->state, entry->segment, entry->line))
        o->in_spool++;
    return 0;
}

/* A record may leave the spool when its leaf stands in the log. */
static int compare(void *ctx, const struct spool_entry *entry, struct err *err)
{
    struct old *const o = ctx;
    const struct merkle_hash leaf = merkle_leaf(entry->json, entry->len);
    struct merkle_hash tile;

    if (entry->is_blob || strcmp(entry->segment, o->segment) > 0)
        return 0;
    const uint64_t index = o->state.size - o->in_spool + o->seen++;
    if (index >= o->size)
        return err_set(err, ERR_TRUST, "%s line %llu is not below the checkpoint", entry->segment,
                       (unsigned long long)entry->line);
    if (tiles_leaf(o->tiles, index, &tile, err) < 0)
        return -1;
    if (!merkle_equal(&leaf, &tile))
        return err_set(err, ERR_TRUST, "%s line %llu is not entry %llu of the log: nothing dropped",
                       entry->segment, (unsigned long long)entry->line, (unsigned long long)index);
    o->leaving++;
    return 0;
}

/* How many segments, oldest first, are old, taken whole, and read by every forwarder. The one where
 * integration stands stays: the next entry is linked to it. */
static int choose(int spool, char (*names)[32], size_t n, const struct log_state *state,
                  const char *forwarded, int64_t before, size_t *out, uint64_t *bytes,
                  struct err *err)
{
    size_t i = 0;

    *bytes = 0;
    for (; i < n && strcmp(names[i], state->place.segment) < 0; i++) {
        struct stat st;

        if (fstatat(spool, names[i], &st, AT_SYMLINK_NOFOLLOW) < 0)
            return err_sys(err, "%s", names[i]);
        if (st.st_mtim.tv_sec >= before || (forwarded && strcmp(names[i], forwarded) >= 0))
            break;
        *bytes += (uint64_t)st.st_size;
    }
    *out = i;
    return 0;
}

static int check_leaving(const char *dir, int dirfd, struct old *o, struct err *err)
{
    struct spool_report report;
    AUTO_FREE char *text = NULL;
    struct checkpoint c;
    size_t len = 0;

    if (file_read_at(dirfd, "checkpoint", NOTE_MAX, &text, &len, NULL, err) < 0 ||
        checkpoint_parse(text, len, &c, err) < 0)
        return err_ctx(err, "checkpoint");
    o->size = c.size;
    tiles_init(o->tiles, dirfd, c.size);
    if (spool_walk(dir, count, o, &report, err) < 0)
        return -1;
    if (!report.intact)
        return err_set(err, ERR_TRUST, "the spool is broken, nothing is dropped: %s",
                       report.first_fault);
    if (o->in_spool > o->state.size)
        return err_set(err, ERR_TRUST, "the spool holds more than the log: nothing is dropped");
    return spool_walk(dir, compare, o, &report, err);
}

static int drop(int spool, char (*names)[32], size_t n, struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        char blobs[48];

        (void)snprintf(blobs, sizeof(blobs), "%.20s.blobs", names[i]);
        if (unlinkat(spool, names[i], 0) < 0)
            return err_sys(err, "%s", names[i]);
        if (unlinkat(spool, blobs, 0) < 0 && errno != ENOENT)
            return err_sys(err, "%s", blobs);
    }
    return fsync(spool) < 0 ? err_sys(err, "spool: sync") : 0;
}

int log_rotate(const char *dir, int64_t before, bool dry, struct log_rotation *out, struct err *err)
{
    AUTO_FREE struct tiles *t = malloc(sizeof(*t));
    AUTO_FD int dirfd = log_open(dir, 0, err);
    AUTO_FD int lock = -1;
    AUTO_FD int spool = -1;
    AUTO_FREE char(*names)[32] = NULL;
    struct old o = {.tiles = t};
    size_t n = 0, going = 0;
    char forwarded[32];
    bool any = false;
    uint64_t bytes = 0;

    if (!t)
        return err_nomem(err);
    if (dirfd < 0)
        return -1;
    lock = log_lock(dirfd, LOCK_EX, err);
    if (lock < 0 || state_read(dirfd, &o.state, err) < 0)
        return -1;
    spool = openat(dirfd, "../spool", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (spool < 0)
        return err_sys(err, "%s/spool", dir);
    if (spool_segments(dir, &names, &n, err) < 0 || place_oldest(dir, forwarded, &any, err) < 0 ||
        choose(spool, names, n, &o.state, any ? forwarded : NULL, before, &going, &bytes, err) < 0)
        return -1;
    *out = (struct log_rotation){.minimum = o.state.minimum};
    if (going == 0)
        return 0;
    o.segment = names[going - 1];
    if (check_leaving(dir, dirfd, &o, err) < 0)
        return -1;
    out->segments = going;
    out->records = o.leaving;
    out->bytes = bytes;
    out->minimum = o.state.minimum = o.state.size - o.in_spool + o.leaving;
    if (dry)
        return 0;
    /* Said first, done after: a crash between leaves more in the spool than must be there. */
    return state_write(dirfd, &o.state, err) < 0 ? -1 : drop(spool, names, going, err);
}
