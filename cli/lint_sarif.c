/* SARIF 2.1.0: one run, its rules, one result for each finding. */
#include <string.h>

#include "base/digest.h"
#include "cli/lint_formats.h"
#include "policy/value/json.h"

/* clang-format off */
static const struct severity {
    const char *name, *level, *score; /* the score is what code hosts sort by: 0.0 to 10.0 */
} severities[] = {
    { "critical", "error",   "9.5" },
    { "high",     "error",   "8.0" },
    { "medium",   "warning", "5.5" },
    { "low",      "note",    "3.0" },
    { "info",     "note",    "0.0" },
};

/* How a finding's end is told; NULL: as its rule's severity says. */
static const struct {
    const char *end, *kind, *level;
} ends[] = {
    { "refuse",      "fail", "error"   },
    { "harden",      "fail", "warning" },
    { "warn",        "fail", "warning" },
    { "waived",      "fail", NULL      },
    { "known",       "fail", NULL      },
    { "not checked", "open", "none"    },
};
/* clang-format on */

static const struct severity *severity_of(const struct value *rule)
{
    const size_t n = sizeof severities / sizeof severities[0];

    for (size_t i = 0; i < n; i++) {
        if (value_is_str(value_field(rule, "severity"), severities[i].name))
            return &severities[i];
    }
    return &severities[2];
}

static const struct value *text_of(struct arena *a, const struct value *text)
{
    struct value_fields f = {0};

    if (!text || !value_is(text, VALUE_STRING))
        return NULL;
    value_fields_add(a, &f, "text", text);
    return value_fields_object(a, &f);
}

/* "docker: ...\n\nkubernetes: ..." */
static const struct value *help_of(struct arena *a, const struct value *rule)
{
    AUTO_BUF struct buf text = BUF_INIT;
    const struct value *const how = value_field(rule, "remediation");

    for (size_t i = 0; how && value_is(how, VALUE_OBJECT) && i < how->count; i++) {
        const char *const engine = value_cstr(value_key_at(how, i));
        const char *const what = value_cstr(value_val_at(how, i));

        if (engine && what)
            buf_printf(&text, "%s%s: %s", text.len ? "\n\n" : "", engine, what);
    }
    return text.len ? text_of(a, value_string(a, text.data, text.len)) : NULL;
}

static const struct value *tags_of(struct arena *a, const struct value *rule)
{
    const struct value *const controls = value_field(rule, "controls");
    struct value_list tags = {0};

    value_list_add(a, &tags, value_str(a, "security"));
    for (size_t i = 0; controls && value_is(controls, VALUE_OBJECT) && i < controls->count; i++) {
        const char *const framework = value_cstr(value_key_at(controls, i));
        const struct value *const ids = value_val_at(controls, i);

        for (size_t k = 0; framework && value_is(ids, VALUE_ARRAY) && k < ids->count; k++) {
            if (value_cstr(value_at(ids, k)))
                value_list_add(a, &tags,
                               value_strf(a, "%s:%s", framework, value_cstr(value_at(ids, k))));
        }
    }
    return value_list_array(a, &tags);
}

static const struct value *rule_json(struct arena *a, const char *id, const struct value *rule)
{
    const struct severity *const how = severity_of(rule);
    struct value_fields f = {0}, level = {0}, props = {0};

    value_fields_add(a, &level, "level", value_str(a, how->level));
    value_fields_add(a, &props, "tags", tags_of(a, rule));
    value_fields_add(a, &props, "security-severity", value_str(a, how->score));
    value_fields_add(a, &f, "id", value_str(a, id));
    value_fields_add(a, &f, "shortDescription", text_of(a, value_field(rule, "title")));
    value_fields_add(a, &f, "fullDescription", text_of(a, value_field(rule, "description")));
    value_fields_add(a, &f, "help", help_of(a, rule));
    value_fields_add(a, &f, "defaultConfiguration", value_fields_object(a, &level));
    value_fields_add(a, &f, "properties", value_fields_object(a, &props));
    return value_fields_object(a, &f);
}

/* Ids of all rules that the results name, sorted. */
static const struct value *ids_of(struct arena *a, const struct value *results)
{
    struct value_list ids = {0};

    for (size_t i = 0; i < results->count; i++) {
        const struct value *const findings = value_field(value_at(results, i), "findings");

        for (size_t k = 0; k < findings->count; k++)
            value_list_add(a, &ids, value_field(value_at(findings, k), "rule"));
    }
    return value_list_set(a, &ids);
}

/* Unreserved characters and the slash stand for themselves in a URI; the rest is escaped. */
static const struct value *uri_of(struct arena *a, const char *path)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    AUTO_BUF struct buf b = BUF_INIT;

    if (*path == '/')
        buf_puts(&b, "file://");
    for (; *path; path++) {
        if (strchr(plain, *path))
            buf_putc(&b, *path);
        else
            buf_printf(&b, "%%%02X", (unsigned char)*path);
    }
    return b.data ? value_string(a, b.data, b.len) : NULL;
}

static const struct value *locations_of(struct arena *a, const char *bundle, const struct value *f)
{
    struct value_fields artifact = {0}, region = {0}, physical = {0}, location = {0}, logical = {0};
    const struct value *const line = value_field(f, "line");
    const struct value *const path = value_field(f, "path");
    struct value_list list = {0}, logicals = {0};

    value_fields_add(a, &artifact, "uri", uri_of(a, bundle));
    value_fields_add(a, &physical, "artifactLocation", value_fields_object(a, &artifact));
    if (line) {
        value_fields_add(a, &region, "startLine", line);
        value_fields_add(a, &region, "startColumn", value_field(f, "column"));
        value_fields_add(a, &physical, "region", value_fields_object(a, &region));
    }
    value_fields_add(a, &location, "physicalLocation", value_fields_object(a, &physical));
    if (path && value_is(path, VALUE_STRING) && path->count > 0) {
        value_fields_add(a, &logical, "fullyQualifiedName", path);
        value_list_add(a, &logicals, value_fields_object(a, &logical));
        value_fields_add(a, &location, "logicalLocations", value_list_array(a, &logicals));
    }
    value_list_add(a, &list, value_fields_object(a, &location));
    return value_list_array(a, &list);
}

/* The same finding in the next run, whatever line it has moved to. */
static const struct value *fingerprint(struct arena *a, const char *bundle, const struct value *f)
{
    static const char *const parts[] = {"rule", "path"};
    struct value_fields out = {0};
    struct digest d;
    uint8_t sum[DIGEST_LEN];
    char hex[DIGEST_HEX_LEN + 1];

    digest_init(&d);
    digest_update(&d, bundle, strlen(bundle) + 1);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const struct value *const v = value_field(f, parts[i]);

        if (v && value_is(v, VALUE_STRING))
            digest_update(&d, value_bytes(v), (size_t)v->count + 1);
    }
    digest_final(&d, sum);
    digest_hex(sum, sizeof sum, hex);
    value_fields_add(a, &out, "finding/v1", value_str(a, hex));
    return value_fields_object(a, &out);
}

static const struct value *suppressions(struct arena *a, const struct value *f)
{
    struct value_fields one = {0};
    struct value_list list = {0};
    const char *const waiver = value_cstr(value_field(f, "waived"));

    if (!waiver)
        return NULL;
    value_fields_add(a, &one, "kind", value_str(a, "external"));
    value_fields_add(a, &one, "status", value_str(a, "accepted"));
    value_fields_add(a, &one, "justification", value_strf(a, "waiver %s", waiver));
    value_list_add(a, &list, value_fields_object(a, &one));
    return value_list_array(a, &list);
}

static const struct value *result_json(struct arena *a, const char *bundle, const struct value *f,
                                       const struct value *ids, const struct value *catalogue)
{
    struct value_fields out = {0};
    const struct value *const end = value_field(f, "end"), *const id = value_field(f, "rule");
    const struct value *const rule = catalogue ? value_get(catalogue, id) : NULL;
    const char *level = severity_of(rule)->level, *kind = "fail";

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        if (!value_is_str(end, ends[i].end))
            continue;
        kind = ends[i].kind;
        level = ends[i].level ? ends[i].level : level;
    }
    for (size_t i = 0; i < ids->count; i++) {
        if (value_equal(value_at(ids, i), id))
            value_fields_add(a, &out, "ruleIndex", value_int(a, (int64_t)i));
    }
    value_fields_add(a, &out, "ruleId", id);
    value_fields_add(a, &out, "kind", value_str(a, kind));
    value_fields_add(a, &out, "level", value_str(a, level));
    value_fields_add(a, &out, "message", text_of(a, value_field(f, "msg")));
    value_fields_add(a, &out, "locations", locations_of(a, bundle, f));
    value_fields_add(a, &out, "partialFingerprints", fingerprint(a, bundle, f));
    value_fields_add(a, &out, "suppressions", suppressions(a, f));
    if (value_is_str(end, "known"))
        value_fields_add(a, &out, "baselineState", value_str(a, "unchanged"));
    return value_fields_object(a, &out);
}

static const struct value *driver(struct arena *a, const struct value *ids,
                                  const struct value *catalogue)
{
    struct value_fields f = {0}, tool = {0};
    struct value_list rules = {0};

    for (size_t i = 0; i < ids->count; i++) {
        const char *const id = value_cstr(value_at(ids, i));

        if (id)
            value_list_add(a, &rules,
                           rule_json(a, id, catalogue ? value_field(catalogue, id) : NULL));
    }
    value_fields_add(a, &f, "name", value_str(a, "sallyport"));
    value_fields_add(a, &f, "version", value_str(a, SALLYPORT_VERSION));
    value_fields_add(a, &f, "rules", value_list_array(a, &rules));
    value_fields_add(a, &tool, "driver", value_fields_object(a, &f));
    return value_fields_object(a, &tool);
}

int lint_sarif(struct buf *out, struct arena *a, const struct value *results,
               const struct value *catalogue, struct err *err)
{
    struct value_fields run = {0}, doc = {0};
    struct value_list found = {0}, runs = {0};
    const struct value *const ids = ids_of(a, results);

    if (!ids)
        return err_nomem(err);
    for (size_t i = 0; i < results->count; i++) {
        const char *const bundle = value_cstr(value_field(value_at(results, i), "bundle"));
        const struct value *const findings = value_field(value_at(results, i), "findings");

        for (size_t k = 0; bundle && k < findings->count; k++)
            value_list_add(a, &found,
                           result_json(a, bundle, value_at(findings, k), ids, catalogue));
    }
    value_fields_add(a, &run, "tool", driver(a, ids, catalogue));
    value_fields_add(a, &run, "columnKind", value_str(a, "unicodeCodePoints"));
    value_fields_add(a, &run, "results", value_list_array(a, &found));
    value_list_add(a, &runs, value_fields_object(a, &run));
    value_fields_add(a, &doc, "$schema",
                     value_str(a, "https://json.schemastore.org/sarif-2.1.0.json"));
    value_fields_add(a, &doc, "version", value_str(a, "2.1.0"));
    value_fields_add(a, &doc, "runs", value_list_array(a, &runs));
    const struct value *const all = value_fields_object(a, &doc);
    if (!all || a->failed)
        return err_nomem(err);
    json_print(out, all, JSON_PRETTY);
    buf_putc(out, '\n');
    return 0;
}
