/* tests/policy/compiled.h - Rego text to an image, for tests of the machine. */
#ifndef TESTS_POLICY_COMPILED_H
#define TESTS_POLICY_COMPILED_H

#include <check.h>
#include <string.h>

#include "base/own.h"
#include "policy/rego/eval.h"
#include "policy/value/json.h"

/* Compile one module; `path` ("a.b") becomes the entry point "data.a.b". */
static inline void compile_text(struct arena *a, const char *text, const char *path,
                                struct buf *image)
{
    struct rego_source source = {.name = "test.rego", .text = text, .len = strlen(text)};
    const struct rego_options opt = {.version = REGO_V1};
    struct value_list names = {0};
    struct rego_module *module;
    struct rego_program *program;
    struct rego_diags diags = {0};
    struct err err = ERR_INIT;

    for (const char *at = path; *at;) {
        const size_t n = strcspn(at, ".");
        value_list_add(a, &names, value_string(a, at, n));
        at += n + (at[n] == '.');
    }
    const struct rego_entry entry = {.name = arena_printf(a, "data.%s", path),
                                     .path = value_list_array(a, &names)};
    ck_assert_msg(rego_parse(a, &source, &opt, &module, &diags, &err) == 0, "%s", err.text);
    ck_assert_msg(rego_check(a, &module, 1, &entry, 1, NULL, &opt, &program, &diags, &err) == 0,
                  "%s", err.text);
    ck_assert_msg(rego_emit(a, program, &entry, 1, NULL, image, &err) == 0, "%s", err.text);
}

static inline const struct value *json(struct arena *a, const char *text)
{
    const struct value *v = NULL;
    struct err err = ERR_INIT;

    ck_assert_msg(json_parse(a, text, strlen(text), JSON_LAST_WINS, &v, NULL, &err) == 0, "%s: %s",
                  text, err.text);
    return v;
}

#endif
