/* report/render.c - see render.h. */
#include "report/render.h"

#include <string.h>

#include "base/own.h"
#include "policy/build/sources.h"
#include "policy/machine/template.h"
#include "policy/value/json.h"
#include "report/evaluate.h"

enum { TEMPLATE_BYTES_MAX = 4 * 1024 * 1024 };

#define PACKAGE "sallyport.report."

enum kind { KIND_MODEL, KIND_TEMPLATE, KIND_REGO };

/* clang-format off */
static const struct format {
    const char *name;
    enum kind kind;
} formats[] = {
    { "text",         KIND_TEMPLATE },
    { "html",         KIND_TEMPLATE },
    { "json",         KIND_MODEL    },
    { "csv",          KIND_REGO     },
    { "oscal",        KIND_REGO     },
    { "sarif",        KIND_REGO     },
    { "junit",        KIND_TEMPLATE },
    { "xccdf",        KIND_TEMPLATE },
    { "arf",          KIND_TEMPLATE },
    { "cklb",         KIND_REGO     },
    { "ckl",          KIND_TEMPLATE },
    { "policyreport", KIND_REGO     },
    { "asff",         KIND_REGO     },
};
const char *const report_formats[] = {
    "text", "html", "json", "csv", "oscal", "sarif", "junit", "xccdf", "arf", "cklb", "ckl",
    "policyreport", "asff", NULL,
};
/* clang-format on */
_Static_assert(ARRAY_LEN(report_formats) == ARRAY_LEN(formats) + 1, "one name for each format");

static const struct format *find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    }
    return &formats[0];
}

int report_model(struct arena *a, const char *dir, const struct value *gathered, int64_t now_ns,
                 const struct value **model, struct err *err)
{
    return evaluate(a, dir, NULL, PACKAGE "model", gathered, now_ns, model, err);
}

static int by_template(struct arena *a, const char *path, const struct value *model,
                       struct buf *out, struct err *err)
{
    const char *text;
    size_t len;

    if (sources_read(a, path, false, TEMPLATE_BYTES_MAX, &text, &len, err) < 0)
        return -1;
    if (template_render(a, text, len, model, out, err) < 0)
        return err_ctx(err, "%s", path);
    return 0;
}

static int by_rego(struct arena *a, const char *dir, const char *more, const char *name,
                   const struct value *gathered, int64_t now_ns, struct buf *out, struct err *err)
{
    const char *const path = arena_printf(a, PACKAGE "%s", name);
    const struct value *v;

    if (!path)
        return err_nomem(err);
    if (evaluate(a, dir, more, path, gathered, now_ns, &v, err) < 0)
        return -1;
    if (value_is(v, VALUE_STRING)) {
        buf_add(out, value_bytes(v), v->count);
        return buf_check(out, err);
    }
    json_print(out, v, JSON_PRETTY);
    buf_putc(out, '\n');
    return buf_check(out, err);
}

static bool ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text), m = strlen(end);

    return n >= m && strcmp(text + n - m, end) == 0;
}

int report_render(struct arena *a, const char *dir, const char *format, const char *own,
                  const struct value *gathered, const struct value *model, int64_t now_ns,
                  struct buf *out, struct err *err)
{
    const struct format *const f = find(format);

    if (own && ends_with(own, ".rego"))
        return by_rego(a, dir, own, "document", gathered, now_ns, out, err);
    if (own)
        return by_template(a, own, model, out, err);
    if (f->kind == KIND_REGO)
        return by_rego(a, dir, NULL, f->name, gathered, now_ns, out, err);
    if (f->kind == KIND_MODEL) {
        json_print(out, model, JSON_PRETTY);
        buf_putc(out, '\n');
        return buf_check(out, err);
    }
    const char *const path = arena_printf(a, "%s/%s.tmpl", dir, f->name);
    return path ? by_template(a, path, model, out, err) : err_nomem(err);
}
