#include "audit/forward/forward.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include "audit/log/place.h"
#include "audit/spool.h"
#include "base/own.h"
#include "policy/value/json.h"

enum { BATCH_ARENA = 256 << 20, NAME_LEN = 100 };

struct batch {
    struct arena *arena;
    struct spool_place place;              /* where the walk stands */
    struct spool_place before[SINK_BATCH]; /* where it stood ahead of each item */
    struct sink_item items[SINK_BATCH];
    size_t n;
    bool full;
};

static int gather(void *ctx, const struct spool_entry *entry, struct err *err)
{
    struct batch *const b = ctx;
    struct sink_item *const item = &b->items[b->n];

    if (entry->is_blob)
        return 0;
    if (b->n == SINK_BATCH) {
        b->full = true;
        return err_set(err, ERR_LIMIT, "the batch is full");
    }
    char *const copy = arena_alloc(b->arena, entry->len + 1);
    if (!copy)
        return err_nomem(err);
    memcpy(copy, entry->json, entry->len);
    copy[entry->len] = '\0';
    if (json_parse(b->arena, copy, entry->len, JSON_LAST_WINS, &item->record, NULL, err) < 0)
        return err_ctx(err, "%s line %llu", entry->segment, (unsigned long long)entry->line);
    item->json = copy;
    item->len = entry->len;
    b->before[b->n++] = b->place;
    return 0;
}

/* One batch. Returns 1 when there may be more, 0 when that was all. */
static int forward_batch(const char *dir, int dirfd, const char *file, struct sink *sink,
                         struct batch *b, uint64_t *sent, struct err *err)
{
    struct spool_report report = {0};
    size_t arrived = 0;

    b->n = 0;
    b->full = false;
    const int walked = spool_walk_on(dir, &b->place, gather, b, &report, err);
    if (walked < 0 && !b->full)
        return -1;
    if (b->n > 0) {
        const int status = sink_send(sink, b->items, b->n, &arrived, err);

        *sent += arrived;
        if (arrived < b->n)
            b->place = b->before[arrived];
        if (arrived > 0) {
            struct err late = ERR_INIT;

            if (place_write(dirfd, file, &b->place, status < 0 ? &late : err) < 0)
                return -1;
        }
        if (status < 0)
            return -1;
    }
    if (!b->full && !report.intact)
        return err_set(err, ERR_INVALID, "the spool is broken, forwarded up to there: %s",
                       report.first_fault);
    return b->full;
}

int forward_all(const char *dir, const char *name, struct sink *sink, uint64_t *sent,
                struct err *err)
{
    AUTO_FREE struct batch *b = calloc(1, sizeof(*b));
    AUTO_FD int dirfd = place_open(dir, true, err);
    AUTO_FD int lock = -1;
    char file[NAME_LEN + 8];
    int more = 1;

    *sent = 0;
    if (!b)
        return err_nomem(err);
    if (dirfd < 0)
        return -1;
    if (strlen(name) == 0 || strlen(name) > NAME_LEN || name[0] == '.' || strchr(name, '/'))
        return err_set(err, ERR_USAGE, "'%s' is no name for a forwarder", name);
    (void)snprintf(file, sizeof(file), "%s.lock", name);
    lock = openat(dirfd, file, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (lock < 0)
        return err_sys(err, "forward/%s", file);
    if (flock(lock, LOCK_EX | LOCK_NB) < 0)
        return err_set(err, ERR_LIMIT, "another forwarder named %s runs", name);
    (void)snprintf(file, sizeof(file), "%s.json", name);
    if (place_read(dirfd, file, &b->place, err) < 0)
        return -1;
    while (more > 0) {
        AUTO_ARENA struct arena a = ARENA_INIT(BATCH_ARENA);

        b->arena = &a;
        more = forward_batch(dir, dirfd, file, sink, b, sent, err);
    }
    return more;
}
