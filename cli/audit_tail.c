#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "base/str.h"
#include "cli/spooled.h"
#include "policy/value/json.h"

enum { TAIL_DEFAULT = 10, TAIL_SCRATCH = 64 * 1024 * 1024 };

static const char *const verdicts[] = {"admit", "harden", "refuse", "not-started", NULL};

const struct option_row audit_tail_options[] = {
    {"format", 'f', "FORMAT", "how to print (json: one record a line)", format_text_json},
    {"lines", 'n', "N", "how many of the newest records (10)", NULL},
    {"all", 'a', NULL, "all of them", NULL},
    {"verdict", 0, "VERDICT", "only these", verdicts},
    {"container", 'c', "ID", "only this container's", NULL},
    {"log", 0, "DIR", "the log's directory", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

/* The newest `max` records as JSON text, in a ring. */
struct tail {
    const char *verdict, *container;
    char **ring;
    size_t max, seen, cap;
};

static bool wanted(const struct tail *t, const struct value *record)
{
    const char *const id = value_cstr(value_path(record, "sallyport", "container", "id", NULL));

    if (t->verdict && !value_is_str(value_path(record, "result", "verdict", NULL), t->verdict))
        return false;
    return !t->container || (id && str_starts(id, t->container));
}

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

static int tail_visit(void *ctx, const struct spool_entry *entry, struct err *err)
{
    struct tail *const t = ctx;
    AUTO_ARENA struct arena scratch = ARENA_INIT(TAIL_SCRATCH);
    const struct value *v;

    if (entry->is_blob)
        return 0;
    if (json_parse(&scratch, entry->json, entry->len, 0, &v, NULL, err) < 0)
        return err_ctx(err, "%s line %llu", entry->segment, (unsigned long long)entry->line);
    if (!wanted(t, v))
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

static int tail_print(struct call *call, const struct tail *t, struct err *err)
{
    const size_t n = t->seen < t->max ? t->seen : t->max;

    for (size_t i = t->seen - n; i < t->seen; i++) {
        const char *const json = t->ring[i % t->max];
        AUTO_ARENA struct arena scratch = ARENA_INIT(TAIL_SCRATCH);
        const struct value *v;

        if (call_json(call)) {
            buf_printf(&call->out, "%s\n", json);
            continue;
        }
        if (json_parse(&scratch, json, strlen(json), 0, &v, NULL, err) < 0)
            return -1;
        spooled_line(call, v);
    }
    return 0;
}

int cmd_audit_tail(struct call *call, struct err *err)
{
    __attribute__((cleanup(tail_done))) struct tail t = {
        .verdict = call_value(call, "verdict", NULL),
        .container = call_value(call, "container", NULL),
        .max = call_flag(call, "all") ? SIZE_MAX : TAIL_DEFAULT,
    };
    const char *const lines = call_value(call, "lines", NULL);
    unsigned long long n;
    struct spool_report report;

    if (lines && (!str_decimal(lines, 1000000, &n) || n == 0))
        return err_set(err, ERR_USAGE, "audit tail: --lines takes a number from 1 to 1000000");
    if (lines)
        t.max = (size_t)n;
    if (spool_walk(spooled_dir(call), tail_visit, &t, &report, err) < 0) {
        if (err->code != ERR_SYSTEM || err->sys != ENOENT)
            return -1;
        buf_puts(&call->log, "sallyport: nothing was recorded yet\n");
        return EXIT_CLEAN;
    }
    if (tail_print(call, &t, err) < 0)
        return -1;
    if (!report.intact) {
        buf_puts(&call->log, "sallyport: the log is broken: ");
        say(&call->log, report.first_fault);
        buf_putc(&call->log, '\n');
        return EXIT_FINDINGS;
    }
    return EXIT_CLEAN;
}
