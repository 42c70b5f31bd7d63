/* A record by a template of the user's. */
#include "audit/forward/format.h"
#include "base/own.h"
#include "policy/machine/template.h"
#include "policy/value/json.h"

enum { SCRATCH = 32 << 20 };

static const char *const severities[] = {"emergency", "alert",  "critical", "error",
                                         "warning",   "notice", "info",     "debug"};

/* The same names twice: as they are, and as JSON text that a template can place by itself. */
static void add(struct arena *a, struct value_fields *plain, struct value_fields *quoted,
                const char *key, const struct value *v)
{
    AUTO_BUF struct buf b = BUF_INIT;

    if (!v || !value_is(v, VALUE_STRING))
        v = value_str(a, "");
    value_fields_add(a, plain, key, v);
    if (v)
        json_print(&b, v, JSON_COMPACT);
    value_fields_add(a, quoted, key, b.failed ? NULL : value_string(a, b.data, b.len));
    quoted->keys.failed |= b.failed;
}

/* One line for each finding. */
static const struct value *details(struct arena *a, const struct value *record)
{
    const struct value *const findings = value_path(record, "result", "findings", NULL);
    AUTO_BUF struct buf b = BUF_INIT;

    for (size_t i = 0; findings && value_is(findings, VALUE_ARRAY) && i < findings->count; i++) {
        const struct value *const f = value_at(findings, i);
        const char *const rule = value_cstr(value_field(f, "rule"));
        const char *const msg = value_cstr(value_field(f, "msg"));

        buf_printf(&b, "%s: %s\n", rule ? rule : "?", msg ? msg : "");
    }
    return b.failed ? NULL : value_string(a, b.data ? b.data : "", b.len);
}

int format_template(struct buf *b, const char *text, size_t len, const struct format_context *c,
                    const struct value *record, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(SCRATCH);
    AUTO_BUF struct buf sentence = BUF_INIT;
    const struct value *const box = value_path(record, "sallyport", "container", NULL);
    const char *const image = format_image(record), *const rule = format_rule(record);
    struct value_fields plain = {0}, quoted = {0};

    format_sentence(&sentence, record);
    if (buf_check(&sentence, err) < 0)
        return -1;
    const struct {
        const char *key;
        const struct value *v;
    } rows[] = {
        {"time", value_field(record, "timestamp")},
        {"severity", value_str(&a, severities[format_severity(record)])},
        {"verdict", value_path(record, "result", "verdict", NULL)},
        {"operation", value_path(record, "sallyport", "operation", NULL)},
        {"container", value_field(box, "name") ? value_field(box, "name") : value_field(box, "id")},
        {"image", image ? value_str(&a, image) : NULL},
        {"engine", value_field(box, "engine")},
        {"rule", rule ? value_str(&a, rule) : NULL},
        {"message", value_string(&a, sentence.data, sentence.len)},
        {"id", value_field(record, "decision_id")},
        {"origin", c->origin ? value_str(&a, c->origin) : NULL},
        {"host", value_path(record, "labels", "id", NULL)},
        {"detail", details(&a, record)},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        add(&a, &plain, &quoted, rows[i].key, rows[i].v);
    value_fields_add(&a, &plain, "record", record);
    value_fields_add(&a, &plain, "json", value_fields_object(&a, &quoted));
    const struct value *const dot = value_fields_object(&a, &plain);

    if (!dot)
        return err_nomem(err);
    if (template_render(&a, text, len, dot, b, err) < 0)
        return err_ctx(err, "record %s", value_cstr(value_field(record, "decision_id")));
    return buf_check(b, err);
}
