#include <string.h>

#include "base/own.h"
#include "cli/cli.h"
#include "cli/go_json.h"
#include "cli/rego_compile.h"
#include "cli/rego_errors.h"
#include "policy/rego/dump.h"
#include "policy/rego/module_json.h"

#define PARSE_ARENA ((size_t)1024 * 1024 * 1024)

static const char *const formats[] = {"pretty", "json", NULL};

const struct option_row policy_parse_options[] = {
    {"format", 'f', "FORMAT", "how to print", formats},
    {"v0-compatible", 0, NULL, "read the module as Rego v0", NULL},
    {"v1-compatible", 0, NULL, "read the module as Rego v1 (as without it)", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

/* clang-format off */
static const char *const field_order[] = {
    "package", "imports", "annotations", "rules", "comments", "name", "args", "type", "target", "term", "key",
    "value", "domain", "body", "default", "else", "head", "assign", "ref", "path", "alias", "Text", "Location",
    "file", "row", "col", "scope", "title", "entrypoint", "description", "organizations", "related_resources",
    "authors", "schemas", "compile", "custom", NULL,
};
/* clang-format on */

static void print_pretty(struct buf *out, const struct rego_module *m)
{
    buf_puts(out, "package data");
    for (size_t i = 0; i < m->package->count; i++)
        buf_printf(out, ".%s", value_bytes(value_at(m->package, i)));
    buf_puts(out, "\n\n");
    for (size_t i = 0; i < m->rules_n; i++)
        rego_dump_rule(out, m->rules[i]);
}

int cmd_policy_parse(struct call *call, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(PARSE_ARENA);
    const struct rego_options opt = {
        .version = call_flag(call, "v0-compatible") ? REGO_V0 : REGO_V1, .keep_prints = true};
    struct rego_load load = {.modules_only = true};
    struct rego_diags diags = {0};
    struct rego_module **modules;

    if (rego_load_path(&load, call->args[0], &a, err) < 0)
        return -1;
    if (load.sources_n != 1)
        return err_set(err, ERR_USAGE, "policy parse: PATH is one Rego file");
    if (rego_compile_parse(&load, &opt, &a, &modules, &diags, err) < 0) {
        rego_errors_text(&call->log, &diags, err);
        return EXIT_FINDINGS;
    }
    if (strcmp(call_value(call, "format", "pretty"), "json") != 0) {
        print_pretty(&call->out, modules[0]);
        return EXIT_CLEAN;
    }
    const struct value *const tree = rego_module_json(&a, modules[0]);
    if (!tree)
        return err_nomem(err);
    go_json_ordered(&call->out, tree, field_order, 0);
    buf_putc(&call->out, '\n');
    return EXIT_CLEAN;
}
