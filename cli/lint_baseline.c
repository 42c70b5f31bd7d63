#include "cli/lint_baseline.h"

#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/own.h"
#include "policy/value/json.h"

enum { BASELINE_BYTES_MAX = 32 * 1024 * 1024 };

int lint_baseline_read(struct arena *a, const char *file, const struct value **out, struct err *err)
{
    AUTO_FREE char *text = NULL;
    const struct value *doc;
    size_t len;
    int64_t version = 0;

    if (file_read_at(AT_FDCWD, file, BASELINE_BYTES_MAX, &text, &len, NULL, err) < 0 ||
        json_parse(a, text, len, JSON_STRICT, &doc, NULL, err) < 0)
        return err_ctx(err, "%s", file);
    const struct value *const v = value_field(doc, "version");
    if (!v || !value_int64(v, &version) || version != 1 || !value_field(doc, "findings") ||
        !value_is(value_field(doc, "findings"), VALUE_OBJECT))
        return err_set(err, ERR_INVALID, "%s: not a baseline of version 1", file);
    *out = value_field(doc, "findings");
    return 0;
}

bool lint_baseline_has(const struct value *baseline, const char *bundle,
                       const struct value *finding)
{
    const char *const rule = value_cstr(value_field(finding, "rule"));
    const struct value *const path = value_field(finding, "path");
    const struct value *const places =
        baseline && rule ? value_field(value_field(baseline, bundle), rule) : NULL;

    for (size_t i = 0; places && path && value_is(places, VALUE_ARRAY) && i < places->count; i++) {
        if (value_equal(value_at(places, i), path))
            return true;
    }
    return false;
}

/* {RULE: [PATH, ...]} of one bundle's findings. */
static const struct value *rules_of(struct arena *a, const struct value *findings)
{
    struct value_fields out = {0};

    for (size_t i = 0; i < findings->count; i++) {
        const struct value *const rule = value_field(value_at(findings, i), "rule");
        const char *const name = value_cstr(rule);
        struct value_list places = {0};

        for (size_t k = 0; name && k < findings->count; k++) {
            const struct value *const f = value_at(findings, k);
            const struct value *const path = value_field(f, "path");

            if (path && value_equal(value_field(f, "rule"), rule) && !value_field(f, "waived"))
                value_list_add(a, &places, path);
        }
        const struct value *const set = value_list_set(a, &places);
        if (name && set && set->count > 0)
            value_fields_add(a, &out, name, set);
    }
    return value_fields_object(a, &out);
}

int lint_baseline_write(struct call *call, struct arena *a, const char *file,
                        const struct value_list *results, struct err *err)
{
    AUTO_BUF struct buf text = BUF_INIT;
    struct value_fields bundles = {0}, out = {0};

    for (size_t i = 0; i < results->n; i++) {
        const char *const bundle = value_cstr(value_field(results->items[i], "bundle"));
        const struct value *const rules = rules_of(a, value_field(results->items[i], "findings"));

        if (!bundle || !rules)
            return err_nomem(err);
        if (rules->count > 0)
            value_fields_add(a, &bundles, bundle, rules);
    }
    value_fields_add(a, &out, "version", value_int(a, 1));
    value_fields_add(a, &out, "findings", value_fields_object(a, &bundles));
    const struct value *const doc = value_fields_object(a, &out);
    if (!doc || a->failed)
        return err_nomem(err);
    json_print(&text, doc, JSON_PRETTY);
    buf_putc(&text, '\n');
    if (buf_check(&text, err) < 0 ||
        file_replace_at(AT_FDCWD, file, text.data, text.len, NULL, 0644, 0, err) < 0)
        return err_ctx(err, "%s", file);
    buf_puts(&call->log, "sallyport: baseline written to ");
    say(&call->log, file);
    buf_putc(&call->log, '\n');
    return 0;
}
