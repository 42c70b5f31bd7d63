#include <string.h>

#include "base/own.h"
#include "cli/cli.h"
#include "cli/go_json.h"
#include "cli/rego_compile.h"
#include "cli/rego_errors.h"
#include "policy/build/bundle.h"
#include "policy/rego/annotations.h"

#define INSPECT_ARENA ((size_t)1024 * 1024 * 1024)

static const char *const formats[] = {"pretty", "json", NULL};

const struct option_row policy_inspect_options[] = {
    {"format", 'f', "FORMAT", "how to print", formats},
    {"annotations", 'a', NULL, "list metadata too", NULL},
    REGO_LOAD_OPTIONS,
    {"v0-compatible", 0, NULL, "read modules as Rego v0", NULL},
    {"v1-compatible", 0, NULL, "read modules as Rego v1 (as without it)", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

struct inspection {
    const struct value *manifest;   /* NULL: none */
    struct value_fields namespaces; /* data.a.b: [files] */
    struct value_list annotations;
};

static const char *dotted(struct arena *a, const struct value *path)
{
    const char *out = "data";

    for (size_t i = 0; out && i < path->count; i++)
        out = arena_printf(a, "%s.%s", out, value_bytes(value_at(path, i)));
    return out;
}

static int add_file(struct inspection *x, struct arena *a, const char *place, const char *file,
                    struct err *err)
{
    struct value_list l = {0};
    struct value_list *const vals = &x->namespaces.vals;
    size_t at = 0;

    while (place && at < x->namespaces.keys.n && !value_is_str(x->namespaces.keys.items[at], place))
        at++;
    if (place && at < x->namespaces.keys.n)
        for (size_t i = 0; i < vals->items[at]->count; i++)
            value_list_add(a, &l, value_at(vals->items[at], i));
    value_list_add(a, &l, value_str(a, file));
    const struct value *const files = value_list_array(a, &l);
    if (!place || !files)
        return err_nomem(err);
    if (at < x->namespaces.keys.n)
        vals->items[at] = files;
    else
        value_fields_add(a, &x->namespaces, place, files);
    return 0;
}

static int add_annotations(struct inspection *x, struct arena *a, const struct rego_module *m)
{
    for (size_t i = 0; i < m->annotations_n; i++) {
        const struct rego_annotations *const one = m->annotations[i];
        struct value_fields f = {0}, place = {0};

        value_fields_add(a, &place, "file", value_str(a, m->source->name));
        value_fields_add(a, &place, "row", value_int(a, rego_pos_of(one->loc).line));
        value_fields_add(a, &f, "annotations", one->value);
        value_fields_add(a, &f, "location", value_fields_object(a, &place));
        value_fields_add(a, &f, "path", value_str(a, dotted(a, one->path)));
        value_list_add(a, &x->annotations, value_fields_object(a, &f));
    }
    return x->annotations.failed ? -1 : 0;
}

static int look_at_modules(struct inspection *x, struct arena *a, struct rego_module *const *m,
                           size_t n, bool annotations, struct err *err)
{
    for (size_t i = 0; i < n; i++)
        if (add_file(x, a, dotted(a, m[i]->package), m[i]->source->name, err) < 0 ||
            (annotations && add_annotations(x, a, m[i]) < 0))
            return err->code ? -1 : err_nomem(err);
    return 0;
}

static int look_at_bundle(struct inspection *x, struct rego_load *l, const char *path,
                          struct arena *a, struct err *err)
{
    struct opa_bundle b;

    if (opa_bundle_open(a, path, false, &l->trust, &b, err) < 0)
        return -1;
    x->manifest = b.manifest;
    for (size_t i = 0; i < b.n; i++) {
        const char *const slash = strrchr(b.files[i].name, '/');
        const char *const base = slash ? slash + 1 : b.files[i].name;

        if (strncmp(base, "data.", 5) != 0 || strstr(base, ".rego"))
            continue;
        char *const place =
            arena_printf(a, "data%s%.*s", slash ? "." : "",
                         slash ? (int)(slash - b.files[i].name) : 0, b.files[i].name);
        for (char *c = place; c && *c; c++)
            *c = *c == '/' ? '.' : *c;
        if (add_file(x, a, place, b.files[i].name, err) < 0)
            return -1;
    }
    return 0;
}

static void print_pretty(struct buf *out, const struct inspection *x)
{
    if (x->manifest) {
        const struct value *const roots = value_field(x->manifest, "roots");
        const char *const revision = value_cstr(value_field(x->manifest, "revision"));

        buf_puts(out, "MANIFEST:\n");
        if (revision && *revision) {
            buf_puts(out, "  revision: ");
            say(out, revision);
            buf_putc(out, '\n');
        }
        for (size_t i = 0; roots && i < roots->count; i++) {
            buf_puts(out, "  root: ");
            say(out, value_bytes(value_at(roots, i)));
            buf_putc(out, '\n');
        }
    }
    buf_puts(out, "NAMESPACES:\n");
    for (size_t i = 0; i < x->namespaces.keys.n; i++) {
        buf_puts(out, "  ");
        say(out, value_bytes(x->namespaces.keys.items[i]));
        buf_puts(out, ":\n");
        for (size_t k = 0; k < x->namespaces.vals.items[i]->count; k++) {
            buf_puts(out, "    ");
            say(out, value_bytes(value_at(x->namespaces.vals.items[i], k)));
            buf_putc(out, '\n');
        }
    }
    if (x->annotations.n)
        buf_puts(out, "ANNOTATIONS:\n");
    for (size_t i = 0; i < x->annotations.n; i++) {
        const char *const title =
            value_cstr(value_path(x->annotations.items[i], "annotations", "title", NULL));

        buf_puts(out, "  ");
        say(out, value_bytes(value_field(x->annotations.items[i], "path")));
        buf_puts(out, title ? ": " : "");
        say(out, title ? title : "");
        buf_putc(out, '\n');
    }
}

static int print_json(struct call *call, const struct inspection *x, struct arena *a,
                      struct err *err)
{
    struct value_fields f = {0};

    value_fields_add(a, &f, "manifest", x->manifest ? x->manifest : value_object(a, NULL, NULL, 0));
    value_fields_add(a, &f, "namespaces", value_fields_object(a, &x->namespaces));
    if (x->annotations.n)
        value_fields_add(a, &f, "annotations", value_list_array(a, &x->annotations));
    const struct value *const doc = value_fields_object(a, &f);
    if (!doc)
        return err_nomem(err);
    go_json_print(&call->out, doc, 0);
    buf_putc(&call->out, '\n');
    return EXIT_CLEAN;
}

int cmd_policy_inspect(struct call *call, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(INSPECT_ARENA);
    const struct rego_options opt = {
        .version = call_flag(call, "v0-compatible") ? REGO_V0 : REGO_V1, .keep_prints = true};
    struct rego_load load = {0};
    struct rego_diags diags = {0};
    struct rego_module **modules;
    struct inspection x = {0};
    const char *const path = call->args[0];
    const bool bundle = opa_bundle_is(path);

    if (rego_load_call(call, false, &load, &a, err) < 0)
        return -1;
    load.bundle = bundle;
    if (rego_load_path(&load, path, &a, err) < 0 ||
        (bundle && look_at_bundle(&x, &load, path, &a, err) < 0))
        return -1;
    if (rego_compile_parse(&load, &opt, &a, &modules, &diags, err) < 0) {
        rego_errors_text(&call->log, &diags, err);
        return EXIT_FINDINGS;
    }
    if (look_at_modules(&x, &a, modules, load.sources_n, call_flag(call, "annotations"), err) < 0)
        return -1;
    if (strcmp(call_value(call, "format", "pretty"), "json") == 0)
        return print_json(call, &x, &a, err);
    print_pretty(&call->out, &x);
    return EXIT_CLEAN;
}
