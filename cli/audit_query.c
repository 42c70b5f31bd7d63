/* `sallyport audit query` and `sallyport audit export`: records by what they say. */
#include <string.h>

#include "audit/forward/format.h"
#include "audit/log/records.h"
#include "base/own.h"
#include "base/str.h"
#include "cli/log_keys.h"
#include "cli/record_filter.h"
#include "cli/spooled.h"
#include "policy/value/json.h"

enum { SCRATCH = 16 * 1024 * 1024, FLUSH_AT = 1 << 20, LIMIT_MAX = 1000000000 };

static const char *const query_formats[] = {"json", "jsonl", "text", NULL};

const struct option_row audit_query_options[] = {
    RECORD_FILTER_ROWS,
    {"limit", 'n', "N", "the newest N of them", NULL},
    {"count", 0, NULL, "print how many there are", NULL},
    {"format", 'f', "FORMAT", "how to print (json)", query_formats},
    {"log", 0, "DIR", "the log's directory", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

const struct option_row audit_export_options[] = {
    RECORD_FILTER_ROWS,
    {"format", 'f', "FORMAT", "how each record's line is written (json)", record_format_names},
    {"key", 'k', "FILE", "verifier keys, for the log's name (" LOG_KEY ".pub)", NULL},
    {"log", 0, "DIR", "the log's directory", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

/* What both share: each record that the filter wants, parsed. */
struct search {
    struct call *call;
    struct record_filter filter;
    int (*found)(struct search *s, uint64_t index, const struct value *record, const char *json,
                 size_t len, struct err *err);
    uint64_t n;    /* found so far */
    uint64_t skip; /* of the first of them, not printed */
    enum record_format format;
    const char *origin;
};

static int visit(void *ctx, uint64_t index, const char *json, size_t len, struct err *err)
{
    struct search *const s = ctx;
    AUTO_ARENA struct arena scratch = ARENA_INIT(SCRATCH);
    const struct value *record;

    if (json_parse(&scratch, json, len, JSON_LAST_WINS, &record, NULL, err) < 0)
        return err_ctx(err, "record");
    if (!record_filter_wants(&s->filter, record))
        return 0;
    s->n++;
    return s->n <= s->skip ? 0 : s->found(s, index, record, json, len, err);
}

static int search(struct search *s, struct spool_report *report, struct err *err)
{
    if (records_each(spooled_dir(s->call), visit, s, report, err) == 0)
        return 0;
    if (err->code != ERR_SYSTEM || err->sys != ENOENT)
        return -1;
    *report = (struct spool_report){.intact = true};
    buf_puts(&s->call->log, "sallyport: nothing was recorded yet\n");
    return 0;
}

static int count_one(struct search *s, uint64_t index, const struct value *record, const char *json,
                     size_t len, struct err *err)
{
    (void)s, (void)index, (void)record, (void)json, (void)len, (void)err;
    return 0;
}

static int query_one(struct search *s, uint64_t index, const struct value *record, const char *json,
                     size_t len, struct err *err)
{
    struct buf *const out = &s->call->out;
    const char *const format = call_value(s->call, "format", "json");

    if (strcmp(format, "text") == 0) {
        spooled_line(s->call, record);
        return buf_check(out, err);
    }
    if (strcmp(format, "json") == 0)
        buf_puts(out, s->n == s->skip + 1 ? "[\n" : ",\n");
    if (index == RECORD_PENDING)
        buf_puts(out, "{\"index\": null, \"record\": ");
    else
        buf_printf(out, "{\"index\": %llu, \"record\": ", (unsigned long long)index);
    buf_add(out, json, len);
    buf_putc(out, '}');
    if (strcmp(format, "jsonl") == 0)
        buf_putc(out, '\n');
    return buf_check(out, err);
}

int cmd_audit_query(struct call *call, struct err *err)
{
    struct search s = {.call = call, .found = count_one};
    struct spool_report report;
    const char *const limit = call_value(call, "limit", NULL);
    unsigned long long newest = 0;

    if (limit && (!str_decimal(limit, LIMIT_MAX, &newest) || newest == 0))
        return err_set(err, ERR_USAGE, "audit query: --limit takes 1 to %d", LIMIT_MAX);
    if (record_filter_init(&s.filter, call, err) < 0)
        return -1;
    if ((call_flag(call, "count") || limit) && search(&s, &report, err) < 0)
        return -1;
    if (call_flag(call, "count")) {
        buf_printf(&call->out, "%llu\n", (unsigned long long)s.n);
        return spooled_finish(call, &report);
    }
    s.skip = limit && s.n > newest ? s.n - newest : 0;
    s.n = 0;
    s.found = query_one;
    buf_clear(&call->log);
    if (search(&s, &report, err) < 0)
        return -1;
    if (strcmp(call_value(call, "format", "json"), "json") == 0)
        buf_puts(&call->out, s.n > s.skip ? "\n]\n" : "[]\n");
    return spooled_finish(call, &report);
}

/* Lines go out as they come: an export may be larger than memory. */
static int export_one(struct search *s, uint64_t index, const struct value *record,
                      const char *json, size_t len, struct err *err)
{
    const struct format_context c = {.origin = s->origin, .index = index};

    if (format_record(&s->call->out, s->format, &c, record, json, len, err) < 0)
        return -1;
    buf_putc(&s->call->out, '\n');
    return spooled_flush(s->call, FLUSH_AT, err);
}

int cmd_audit_export(struct call *call, struct err *err)
{
    AUTO_LOG_KEYS struct log_keys keys = {.n = 0};
    struct search s = {.call = call, .found = export_one};
    struct spool_report report;
    struct err no_key = ERR_INIT;

    s.format = record_format_of(call_value(call, "format", "json"));
    /* Without a key there is no log yet, hence no name of it to tell. */
    if (log_keys_of(call, &keys, call_value(call, "key", NULL) ? err : &no_key) == 0)
        s.origin = keys.key[0].name;
    else if (call_value(call, "key", NULL))
        return -1;
    if (record_filter_init(&s.filter, call, err) < 0 || search(&s, &report, err) < 0)
        return -1;
    return spooled_finish(call, &report);
}
