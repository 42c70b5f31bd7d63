/* log_prune: what a retention rule lets go leaves the log as well, from its beginning on. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "audit/log/bundle.h"
#include "audit/log/log.h"
#include "audit/log/state.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/own.h"
#include "policy/value/json.h"

struct newest {
    char time[40]; /* of the bundle's last record; "" where it has none */
};

static int note_time(void *ctx, uint64_t index, const char *entry, size_t len, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(1 << 20);
    struct newest *const n = ctx;
    const struct value *v = NULL;

    if (index % TILE_WIDTH != TILE_WIDTH - 1)
        return 0;
    if (json_parse(&a, entry, len, JSON_LAST_WINS, &v, NULL, err) < 0)
        return err_ctx(err, "entry %llu", (unsigned long long)index);
    const char *const time = value_cstr(value_field(v, "timestamp"));
    (void)snprintf(n->time, sizeof(n->time), "%s", time ? time : "");
    return 0;
}

/* The first entry that stays: whole bundles alone go, whose records are older and out of the spool,
 * and never the last one. */
static int choose(const struct tiles *t, const struct log_state *s, int64_t before, uint64_t *out,
                  struct err *err)
{
    char limit[CLOCK_TEXT_MAX];
    uint64_t n = s->pruned / TILE_WIDTH;

    clock_rfc3339(before * 1000000000, 0, limit);
    limit[strlen(limit) - 1] = '\0'; /* without its Z it is a beginning of later fractions */
    for (; (n + 1) * TILE_WIDTH <= s->minimum && (n + 1) * TILE_WIDTH < t->size; n++) {
        struct newest last = {.time = ""};

        if (bundle_each(t, n, note_time, &last, err) < 0)
            return -1;
        if (!last.time[0] || strcmp(last.time, limit) >= 0)
            break;
    }
    *out = n * TILE_WIDTH;
    return 0;
}

/* 1: gone now; 0: was not there. */
static int drop_tile(int dirfd, int level, uint64_t n, struct err *err)
{
    char path[TILE_PATH_MAX];

    tile_path(level, n, TILE_WIDTH, path);
    if (unlinkat(dirfd, path, 0) == 0)
        return 1;
    return errno == ENOENT ? 0 : err_sys(err, "%s", path);
}

/* A tile goes when every entry below it does: what proofs of later entries need stands in tiles
 * that also cover later ones. Upwards, so that what a crash leaves lies next to the minimum, where
 * the next run looks first. */
static int drop_below(int dirfd, uint64_t from, uint64_t to, struct err *err)
{
    for (int level = TILE_ENTRIES; level < TILE_LEVELS; level++) {
        const int shift = (level == TILE_ENTRIES ? 1 : level + 1) * TILE_BITS;
        const uint64_t had = shift < 64 ? from >> shift : 0, has = shift < 64 ? to >> shift : 0;
        int left = 1;

        for (uint64_t n = had; n > 0 && left == 1; n--)
            left = drop_tile(dirfd, level, n - 1, err);
        if (left < 0)
            return -1;
        for (uint64_t n = had; n < has; n++)
            if (drop_tile(dirfd, level, n, err) < 0)
                return -1;
    }
    return 0;
}

int log_prune(const char *dir, int64_t before, bool dry, struct log_pruning *out, struct err *err)
{
    AUTO_FREE struct tiles *t = malloc(sizeof(*t));
    AUTO_FD int dirfd = log_open(dir, 0, err);
    AUTO_FD int lock = -1;
    AUTO_FREE char *text = NULL;
    struct log_state s;
    struct checkpoint c;
    uint64_t minimum = 0;
    size_t len = 0;

    if (!t)
        return err_nomem(err);
    if (dirfd < 0)
        return -1;
    lock = log_lock(dirfd, LOCK_EX, err);
    if (lock < 0 || state_read(dirfd, &s, err) < 0)
        return -1;
    if (file_read_at(dirfd, "checkpoint", NOTE_MAX, &text, &len, NULL, err) < 0 ||
        checkpoint_parse(text, len, &c, err) < 0)
        return err_ctx(err, "checkpoint");
    tiles_init(t, dirfd, c.size);
    if (choose(t, &s, before, &minimum, err) < 0)
        return -1;
    *out = (struct log_pruning){.entries = minimum - s.pruned, .minimum = minimum};
    if (dry)
        return 0;
    const uint64_t had = s.pruned;
    s.pruned = minimum;
    /* Said first, done after: a crash between leaves more than must be there. */
    if (minimum > had && state_write(dirfd, &s, err) < 0)
        return -1;
    return drop_below(dirfd, had, minimum, err);
}
