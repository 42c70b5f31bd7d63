/* `sallyport audit tail`: the newest records, and with --follow those that come. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/own.h"
#include "base/str.h"
#include "cli/record_filter.h"
#include "cli/spooled.h"
#include "policy/value/json.h"

enum {
    TAIL_DEFAULT = 10,
    TAIL_SCRATCH = 64 * 1024 * 1024,
    FOLLOW_WAIT_MS = 1000, /* where the kernel tells of no change, or the spool is not there yet */
};

const struct option_row audit_tail_options[] = {
    RECORD_FILTER_ROWS,
    {"follow", 'f', NULL, "go on with records as they come, until interrupted", NULL},
    {"lines", 'n', "N", "how many of the newest records (10; with --follow also 0)", NULL},
    {"all", 'a', NULL, "all of them", NULL},
    {"format", 0, "FORMAT", "how to print (json: one record a line)", format_text_json},
    {"log", 0, "DIR", "the log's directory", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

/* The newest `max` records as JSON text, in a ring. */
struct tail {
    struct call *call;
    struct record_filter filter;
    struct spool_place place; /* how far the spool was read */
    char **ring;
    size_t max, seen, cap;
    bool waits; /* it was said that nothing was recorded yet */
};

static int grow(struct tail *t, struct err *err)
{
    const size_t cap = t->cap ? t->cap * 2 : 64;
    char **const ring = reallocarray(t->ring, cap < t->max ? cap : t->max, sizeof *ring);

    if (!ring)
        return err_nomem(err);
    t->ring = ring;
    t->cap = cap < t->max ? cap : t->max;
    return 0;
}

static int parse(const struct spool_entry *entry, struct arena *a, const struct value **out,
                 struct err *err)
{
    if (json_parse(a, entry->json, entry->len, JSON_LAST_WINS, out, NULL, err) < 0)
        return err_ctx(err, "%s line %llu", entry->segment, (unsigned long long)entry->line);
    return 0;
}

static int keep(void *ctx, const struct spool_entry *entry, struct err *err)
{
    struct tail *const t = ctx;
    AUTO_ARENA struct arena scratch = ARENA_INIT(TAIL_SCRATCH);
    const struct value *v;

    if (entry->is_blob || t->max == 0)
        return 0;
    if (parse(entry, &scratch, &v, err) < 0)
        return -1;
    if (!record_filter_wants(&t->filter, v))
        return 0;
    char *const copy = strndup(entry->json, entry->len);
    if (!copy)
        return err_nomem(err);
    if (t->seen < t->max) {
        if (t->seen == t->cap && grow(t, err) < 0) {
            free(copy);
            return -1;
        }
    } else {
        free(t->ring[t->seen % t->max]);
    }
    t->ring[t->seen++ % t->max] = copy;
    return 0;
}

static void tail_done(struct tail *t)
{
    for (size_t i = 0; i < t->seen && i < t->max; i++)
        free(t->ring[i]);
    own_free(&t->ring);
}

static void print_one(struct call *call, const char *json, size_t len, const struct value *v)
{
    if (!call_json(call)) {
        spooled_line(call, v);
        return;
    }
    buf_add(&call->out, json, len);
    buf_putc(&call->out, '\n');
}

static int print_kept(struct call *call, const struct tail *t, struct err *err)
{
    const size_t n = t->seen < t->max ? t->seen : t->max;

    for (size_t i = t->seen - n; i < t->seen; i++) {
        const char *const json = t->ring[i % t->max];
        AUTO_ARENA struct arena scratch = ARENA_INIT(TAIL_SCRATCH);
        const struct value *v;

        if (json_parse(&scratch, json, strlen(json), JSON_LAST_WINS, &v, NULL, err) < 0)
            return -1;
        print_one(call, json, strlen(json), v);
    }
    return 0;
}

/* --- following ------------------------------------------------------------------------------ */

static int print_new(void *ctx, const struct spool_entry *entry, struct err *err)
{
    struct tail *const t = ctx;
    AUTO_ARENA struct arena scratch = ARENA_INIT(TAIL_SCRATCH);
    const struct value *v;

    if (entry->is_blob)
        return 0;
    if (parse(entry, &scratch, &v, err) < 0)
        return -1;
    if (record_filter_wants(&t->filter, v))
        print_one(t->call, entry->json, entry->len, v);
    return 0;
}

/* Until something was written into the spool, or a while is over. */
static int wait_for_more(struct tail *t, int watch, bool *watched, struct err *err)
{
    char path[4096], events[4096];
    struct pollfd p = {.fd = watch, .events = POLLIN};

    if (!*watched &&
        (size_t)snprintf(path, sizeof path, "%s/spool", spooled_dir(t->call)) < sizeof path)
        *watched = inotify_add_watch(watch, path, IN_MODIFY | IN_CREATE) >= 0;
    if (poll(&p, 1, FOLLOW_WAIT_MS) < 0)
        return errno == EINTR ? 0 : err_sys(err, "poll");
    while (read(watch, events, sizeof events) > 0)
        ;
    return 0;
}

/* Nothing that was ever recorded is no error for whoever waits for records. */
static int walk(struct tail *t, spool_visit *visit, struct spool_report *report, struct err *err)
{
    if (spool_walk_on(spooled_dir(t->call), &t->place, visit, t, report, err) == 0 &&
        (t->place.offset || !report->intact))
        return 0;
    if (err->code != ERR_NONE && (err->code != ERR_SYSTEM || err->sys != ENOENT))
        return -1;
    *err = (struct err)ERR_INIT;
    *report = (struct spool_report){.intact = true};
    if (!t->waits)
        buf_puts(&t->call->log, "sallyport: nothing was recorded yet\n");
    t->waits = true;
    return 0;
}

static int follow(struct tail *t, struct spool_report *report, struct err *err)
{
    AUTO_FD int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    bool watched = false;

    if (watch < 0)
        return err_sys(err, "inotify");
    while (report->intact) {
        if (t->waits && t->call->log.len) {
            (void)fwrite(t->call->log.data, 1, t->call->log.len, stderr);
            buf_clear(&t->call->log);
        }
        if (spooled_flush(t->call, 1, err) < 0 || wait_for_more(t, watch, &watched, err) < 0 ||
            walk(t, print_new, report, err) < 0)
            return -1;
    }
    return 0;
}

int cmd_audit_tail(struct call *call, struct err *err)
{
    __attribute__((cleanup(tail_done))) struct tail t = {
        .call = call,
        .max = call_flag(call, "all") ? SIZE_MAX : TAIL_DEFAULT,
    };
    const char *const lines = call_value(call, "lines", NULL);
    const bool follows = call_flag(call, "follow");
    unsigned long long n;
    struct spool_report report;

    if (lines && (!str_decimal(lines, 1000000, &n) || (n == 0 && !follows)))
        return err_set(err, ERR_USAGE, "audit tail: --lines takes a number from 1 to 1000000");
    if (lines && call_flag(call, "all"))
        return err_set(err, ERR_USAGE, "audit tail: --lines or --all, not both");
    if (lines)
        t.max = (size_t)n;
    if (record_filter_init(&t.filter, call, err) < 0 || walk(&t, keep, &report, err) < 0 ||
        print_kept(call, &t, err) < 0 || (follows && follow(&t, &report, err) < 0))
        return -1;
    return spooled_finish(call, &report);
}
