#include "cli/spooled.h"

#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "policy/value/json.h"
#include "runtime/judge.h"

enum { ID_PREFIX_MIN = 8, SCRATCH = 64 * 1024 * 1024 };

const char *spooled_dir(const struct call *call)
{
    return call_value(call, "log", SALLYPORT_LOG);
}

struct hunt {
    struct arena *a;
    const char *field, *want;
    bool blobs, prefix;
    const struct value *found;
    size_t hits;
};

/* Parse an entry in a scratch arena, and keep only what is wanted: a log may be far larger than
 * memory. */
static int hunt_visit(void *ctx, const struct spool_entry *entry, struct err *err)
{
    struct hunt *const h = ctx;
    AUTO_ARENA struct arena scratch = ARENA_INIT(SCRATCH);
    const struct value *v;

    if (entry->is_blob != h->blobs || !memmem(entry->json, entry->len, h->want, strlen(h->want)))
        return 0;
    if (json_parse(&scratch, entry->json, entry->len, 0, &v, NULL, err) < 0)
        return err_ctx(err, "%s line %llu", entry->segment, (unsigned long long)entry->line);

    const char *const got = value_cstr(value_field(v, h->field));
    const size_t len = strlen(h->want);
    if (!got || (h->prefix ? strncmp(got, h->want, len) : strcmp(got, h->want)) != 0)
        return 0;
    if (h->hits++ == 0 || !h->prefix)
        h->found = value_copy(h->a, v);
    return h->found ? 0 : err_nomem(err);
}

int spooled_record(const char *dir, const char *id, struct arena *a, const struct value **record,
                   struct err *err)
{
    struct hunt h = {.a = a, .field = "decision_id", .want = id, .prefix = true};
    struct spool_report report;

    if (strlen(id) < ID_PREFIX_MIN)
        return err_set(err, ERR_USAGE, "%s: give at least %d characters of the id", id,
                       ID_PREFIX_MIN);
    if (spool_walk(dir, hunt_visit, &h, &report, err) < 0)
        return -1;
    if (h.hits == 0)
        return err_set(err, ERR_USAGE, "no record %s in %s (%llu records looked at)", id, dir,
                       (unsigned long long)report.records);
    if (h.hits > 1)
        return err_set(err, ERR_USAGE, "%zu records begin with %s: give more of the id", h.hits,
                       id);
    *record = h.found;
    return 0;
}

struct start {
    struct arena *a;
    const char *want;
    const struct value *found;
};

static int start_visit(void *ctx, const struct spool_entry *entry, struct err *err)
{
    struct start *const s = ctx;
    AUTO_ARENA struct arena scratch = ARENA_INIT(SCRATCH);
    const struct value *v;

    if (entry->is_blob || !memmem(entry->json, entry->len, s->want, strlen(s->want)))
        return 0;
    if (json_parse(&scratch, entry->json, entry->len, 0, &v, NULL, err) < 0)
        return err_ctx(err, "%s line %llu", entry->segment, (unsigned long long)entry->line);
    const struct value *const own = value_field(v, "sallyport");
    const struct value *const operation = value_field(own, "operation");
    const struct value *const container = value_field(own, "container");
    const char *const id = value_cstr(value_field(container, "id"));
    const size_t len = strlen(s->want);
    const bool named = value_is_str(value_field(container, "name"), s->want) ||
                       (id && (strcmp(id, s->want) == 0 ||
                               (len >= ID_PREFIX_MIN && strncmp(id, s->want, len) == 0)));

    if (!named || (!value_is_str(operation, "create") && !value_is_str(operation, "run") &&
                   !value_is_str(operation, "restore")))
        return 0;
    s->found = value_copy(s->a, v);
    return s->found ? 0 : err_nomem(err);
}

int spooled_start(const char *dir, const char *container, struct arena *a,
                  const struct value **record, struct err *err)
{
    struct start s = {.a = a, .want = container};
    struct spool_report report;

    if (spool_walk(dir, start_visit, &s, &report, err) < 0)
        return -1;
    if (!s.found)
        return err_set(err, ERR_USAGE, "no start of a container %s in %s (%llu records looked at)",
                       container, dir, (unsigned long long)report.records);
    *record = s.found;
    return 0;
}

int spooled_blob(const char *dir, const char *digest, struct arena *a, const struct value **blob,
                 struct err *err)
{
    struct hunt h = {.a = a, .field = "digest", .want = digest, .blobs = true};
    struct spool_report report;

    if (spool_walk(dir, hunt_visit, &h, &report, err) < 0)
        return -1;
    const struct value *const v = value_field(h.found, "value");
    if (value_field(h.found, "redacted"))
        return err_set(err, ERR_INVALID,
                       "the document was redacted (sallyport audit query --operation redact)");
    if (!v)
        return err_set(err, ERR_INVALID,
                       "the log holds no document with digest %s: it was left out (its record says "
                       "left_out) or went with an older segment",
                       digest);
    *blob = v;
    return 0;
}

static enum paint verdict_paint(const struct value *verdict)
{
    if (value_is_str(verdict, "refuse"))
        return PAINT_RED;
    if (value_is_str(verdict, "pass"))
        return PAINT_PLAIN;
    return value_is_str(verdict, "not-started") ? PAINT_YELLOW : PAINT_GREEN;
}

static const char *text_or(const struct value *v, const char *otherwise)
{
    const char *const text = value_cstr(v);

    return text ? text : otherwise;
}

/* The rule that a refusal names first, else how many remedies there were. */
static void reason(struct call *call, const struct value *record)
{
    const struct value *const refusals = value_path(record, "result", "refusals", NULL);
    const struct value *const patch = value_path(record, "result", "patch", NULL);
    const char *const error = value_cstr(value_path(record, "sallyport", "error", NULL));
    const char *const signal =
        value_cstr(value_path(record, "sallyport", "request", "signal", NULL));

    if (error) {
        buf_puts(&call->out, " ");
        say(&call->out, error);
    } else if (refusals && value_is(refusals, VALUE_ARRAY) && refusals->count > 0) {
        const struct value *const first = value_at(refusals, 0);

        buf_puts(&call->out, " ");
        say(&call->out, text_or(value_field(first, "rule"), "?"));
        if (refusals->count > 1)
            buf_printf(&call->out, " (+%u more)", refusals->count - 1);
    } else if (signal) {
        buf_puts(&call->out, " ");
        say(&call->out, signal);
    } else if (patch && value_is(patch, VALUE_ARRAY) && patch->count > 0) {
        buf_printf(&call->out, " %u changes", patch->count);
    }
}

void spooled_line(struct call *call, const struct value *record)
{
    const struct value *const own = value_field(record, "sallyport");
    const struct value *const container = value_field(own, "container");
    const struct value *const verdict = value_path(record, "result", "verdict", NULL);
    const char *const id = text_or(value_field(container, "id"), "-");

    say(&call->out, text_or(value_field(record, "timestamp"), "?"));
    buf_puts(&call->out, " ");
    say(&call->out, text_or(value_field(record, "decision_id"), "?"));
    buf_puts(&call->out, " ");
    paint(call, verdict_paint(verdict), text_or(verdict, "?"));
    buf_puts(&call->out, " ");
    say(&call->out, text_or(value_field(own, "operation"), "?"));
    buf_puts(&call->out, " ");
    say(&call->out, text_or(value_field(container, "name"), id));
    reason(call, record);
    buf_putc(&call->out, '\n');
}

int spooled_flush(struct call *call, size_t at, struct err *err)
{
    if (buf_check(&call->out, err) < 0)
        return -1;
    if (call->out.len < at)
        return 0;
    if (file_write_all(STDOUT_FILENO, call->out.data, call->out.len, err) < 0)
        return err_ctx(err, "standard output");
    buf_clear(&call->out);
    return 0;
}

int spooled_finish(struct call *call, const struct spool_report *report)
{
    if (report->intact)
        return EXIT_CLEAN;
    buf_puts(&call->log, "sallyport: the log is broken: ");
    say(&call->log, report->first_fault);
    buf_putc(&call->log, '\n');
    return EXIT_FINDINGS;
}
