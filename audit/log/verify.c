/* log_verify: everything the log claims, computed again. */
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include "audit/log/bundle.h"
#include "audit/log/log.h"
#include "audit/log/state.h"
#include "audit/spool.h"
#include "base/file.h"
#include "base/own.h"

struct check {
    struct tiles *tiles;
    struct log_summary *out;
    struct log_state state;
    uint64_t in_spool; /* records of the spool that the log should hold */
    uint64_t seen;     /* of them, compared so far */
};

static void fault(struct log_summary *out, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The first fault stays. */
static void fault(struct log_summary *out, const char *fmt, ...)
{
    va_list ap;

    if (!out->intact)
        return;
    out->intact = false;
    va_start(ap, fmt);
    (void)vsnprintf(out->fault, sizeof(out->fault), fmt, ap);
    va_end(ap);
}

static int check_leaf(void *ctx, uint64_t index, const char *entry, size_t len, struct err *err)
{
    struct check *const c = ctx;
    const struct merkle_hash leaf = merkle_leaf(entry, len);
    struct merkle_hash tile;

    if (tiles_leaf(c->tiles, index, &tile, err) < 0)
        return -1;
    if (!merkle_equal(&leaf, &tile))
        fault(c->out, "entry %llu was changed: its hash is not the tile's",
              (unsigned long long)index);
    return 0;
}

static int check_entries(struct check *c, struct err *err)
{
    for (uint64_t n = c->state.pruned / TILE_WIDTH; n * TILE_WIDTH < c->tiles->size; n++)
        if (bundle_each(c->tiles, n, check_leaf, c, err) < 0)
            return -1;
    return 0;
}

/* Every hash above the leaves is the root of the full tile below it. */
static int check_levels(struct check *c, struct err *err)
{
    for (int level = 1; level < TILE_LEVELS; level++) {
        const uint64_t hashes = c->tiles->size >> (level * TILE_BITS);

        /* Of what was pruned nothing is left to compute it from. */
        for (uint64_t i = c->state.pruned >> (level * TILE_BITS); i < hashes; i++) {
            struct tiles *const t = c->tiles;
            struct merkle_hash fold[TILE_WIDTH], up;

            for (uint64_t k = 0; k < TILE_WIDTH; k++)
                if (tiles_hash(t, level - 1, i * TILE_WIDTH + k, &fold[k], err) < 0)
                    return -1;
            for (size_t n = TILE_WIDTH; n > 1; n /= 2)
                for (size_t k = 0; k < n / 2; k++)
                    fold[k] = merkle_node(&fold[2 * k], &fold[2 * k + 1]);
            if (tiles_hash(t, level, i, &up, err) < 0)
                return -1;
            if (!merkle_equal(&fold[0], &up))
                fault(c->out, "tile level %d hash %llu is not the root of the tile below", level,
                      (unsigned long long)i);
        }
    }
    return 0;
}

static int count(void *ctx, const struct spool_entry *entry, struct err *err)
{
    struct check *const c = ctx;

    (void)err;
    if (entry->is_blob)
        return 0;
    if (state_after(&c->state, entry->segment, entry->line))
        c->out->pending++;
    else
        c->in_spool++;
    return 0;
}

static int compare(void *ctx, const struct spool_entry *entry, struct err *err)
{
    struct check *const c = ctx;
    const struct merkle_hash leaf = merkle_leaf(entry->json, entry->len);
    struct merkle_hash tile;

    if (entry->is_blob || state_after(&c->state, entry->segment, entry->line))
        return 0;
    if (c->in_spool > c->tiles->size) {
        fault(c->out, "the spool holds %llu integrated records, the log only %llu",
              (unsigned long long)c->in_spool, (unsigned long long)c->tiles->size);
        return 0;
    }
    const uint64_t index = c->tiles->size - c->in_spool + c->seen++;
    if (tiles_leaf(c->tiles, index, &tile, err) < 0)
        return -1;
    if (!merkle_equal(&leaf, &tile))
        fault(c->out, "spool %s line %llu is not entry %llu of the log", entry->segment,
              (unsigned long long)entry->line, (unsigned long long)index);
    return 0;
}

static int check_spool(struct check *c, const char *dir, struct err *err)
{
    struct spool_report report = {0};

    if (spool_walk(dir, count, c, &report, err) < 0)
        return -1;
    if (!report.intact)
        fault(c->out, "spool: %s", report.first_fault);
    c->out->first = c->state.size - (c->in_spool < c->state.size ? c->in_spool : c->state.size);
    if (c->out->first > c->state.minimum)
        fault(c->out, "spool: records %llu to %llu are gone, and were not rotated away",
              (unsigned long long)c->state.minimum, (unsigned long long)c->out->first - 1);
    return spool_walk(dir, compare, c, &report, err);
}

static int check_known(struct check *c, const struct checkpoint *now, const struct note_key *key,
                       const char *known, size_t known_len, struct err *err)
{
    struct checkpoint old;
    struct merkle_proof proof;

    if (note_verify(known, known_len, key, &old, err) < 0)
        return err_ctx(err, "known checkpoint");
    if (strcmp(old.origin, now->origin) != 0)
        return err_set(err, ERR_INVALID, "known checkpoint: of log '%s', not '%s'", old.origin,
                       now->origin);
    if (old.size > now->size) {
        fault(c->out, "rolled back: the log had %llu entries, now %llu",
              (unsigned long long)old.size, (unsigned long long)now->size);
        return 0;
    }
    if (tiles_consistency(c->tiles, old.size, &proof, err) < 0)
        return -1;
    if (!merkle_consistent(&proof, old.size, now->size, &old.root, &now->root))
        fault(c->out, "forked: the log of %llu entries does not begin with the known one of %llu",
              (unsigned long long)now->size, (unsigned long long)old.size);
    return 0;
}

static int check_all(struct check *c, const char *dir, const struct checkpoint *now,
                     struct err *err)
{
    struct merkle_hash root;

    if (check_entries(c, err) < 0 || check_levels(c, err) < 0 ||
        tiles_root(c->tiles, &root, err) < 0)
        return -1;
    if (!merkle_equal(&root, &now->root))
        fault(c->out, "the tiles' root is not the checkpoint's");
    if (c->state.size > now->size)
        fault(c->out,
              "the checkpoint names %llu entries, %llu were integrated: it was rolled back, or "
              "integrate must run again",
              (unsigned long long)now->size, (unsigned long long)c->state.size);
    return check_spool(c, dir, err);
}

int log_verify(const char *dir, const struct note_key *key, const char *known, size_t known_len,
               struct log_summary *out, struct err *err)
{
    AUTO_FREE struct tiles *t = malloc(sizeof(*t));
    AUTO_FD int dirfd = log_open(dir, 0, err);
    AUTO_FD int lock = -1;
    AUTO_FREE char *note = NULL;
    struct check c = {.tiles = t, .out = out};
    struct checkpoint now;
    size_t len = 0;

    if (!t)
        return err_nomem(err);
    if (dirfd < 0)
        return -1;
    lock = log_lock(dirfd, LOCK_SH, err); /* between two runs of integrate, not within one */
    if (lock < 0 || file_read_at(dirfd, "checkpoint", NOTE_MAX, &note, &len, NULL, err) < 0)
        return -1;
    *out = (struct log_summary){.intact = true};
    if (note_verify(note, len, key, &now, err) < 0) {
        fault(out, "checkpoint: %s", err->text);
        return 0;
    }
    out->size = now.size;
    tiles_init(t, dirfd, now.size);
    if (state_read(dirfd, &c.state, err) < 0)
        return -1;
    out->pruned = c.state.pruned;
    /* What cannot be read of the log is a fault of the log, not of this run. */
    if (check_all(&c, dir, &now, err) < 0)
        fault(out, "%s", err->text);
    else if (known && check_known(&c, &now, key, known, known_len, err) < 0)
        return -1;
    return 0;
}
