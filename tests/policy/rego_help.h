/* tests/policy/rego_help.h - a module's text to its checked form or its diagnostics, as text. */
#ifndef TESTS_POLICY_REGO_HELP_H
#define TESTS_POLICY_REGO_HELP_H

#include <check.h>
#include <string.h>

#include "policy/rego/dump.h"
#include "policy/rego/rego.h"

enum { REGO_HELP_ARENA = 64 << 20 };

static inline void rego_help_diags(struct buf *out, const struct rego_diags *diags)
{
    for (size_t i = 0; i < diags->n; i++) {
        rego_diag_print(out, &diags->at[i]);
        buf_putc(out, '\n');
    }
}

/* Parse (and, unless `parse_only`, check) one module; false: `out` holds what is wrong. */
static inline bool rego_help(struct arena *a, const char *text, const struct rego_options *opt,
                             bool parse_only, struct buf *out)
{
    struct rego_source *const source = ARENA_NEW(a, struct rego_source);
    struct rego_diags diags = {0};
    struct rego_module *module;
    struct rego_program *program;
    struct err err = ERR_INIT;

    ck_assert_ptr_nonnull(source);
    *source = (struct rego_source){.name = "t.rego", .text = text, .len = strlen(text)};
    if (rego_parse(a, source, opt, &module, &diags, &err) < 0) {
        rego_help_diags(out, &diags);
        ck_assert_int_ne(err.code, ERR_NONE);
        return false;
    }
    if (parse_only) {
        for (size_t i = 0; i < module->rules_n; i++)
            rego_dump_rule(out, module->rules[i]);
        return true;
    }
    if (rego_check(a, &module, 1, NULL, 0, NULL, opt, &program, &diags, &err) < 0) {
        rego_help_diags(out, &diags);
        ck_assert_int_ne(err.code, ERR_NONE);
        return false;
    }
    rego_dump_program(out, program);
    return true;
}

#endif
