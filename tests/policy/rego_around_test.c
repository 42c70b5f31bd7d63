/* The checker and what surrounds a module: other modules, queries, a schema of the input, options.
 */
#include <stdlib.h>

#include "policy/rego/builtin_decls.h"
#include "policy/rego/types.h"
#include "policy/value/json.h"

#include "tests/help/suite.h"
#include "tests/policy/rego_help.h"

/* A module refers to others by their packages, whatever the order in which they are given. */
START_TEST(modules_see_each_other)
{
    AUTO_ARENA struct arena a = ARENA_INIT(REGO_HELP_ARENA);
    static const char one[] = "package a\nimport data.lib.f as g\np := g(q)\n";
    static const char two[] = "package lib\nf(x) := x + 1\n";
    static const char three[] = "package a\nq := 1\n";
    struct rego_source s[] = {{.name = "1", .text = one, .len = sizeof(one) - 1},
                              {.name = "2", .text = two, .len = sizeof(two) - 1},
                              {.name = "3", .text = three, .len = sizeof(three) - 1}};
    const struct rego_options opt = {.version = REGO_V1};
    struct rego_module *m[3];
    struct rego_program *p;
    struct rego_diags diags = {0};
    struct err err = ERR_INIT;
    AUTO_BUF struct buf got = BUF_INIT;

    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq(rego_parse(&a, &s[i], &opt, &m[i], &diags, &err), 0);
    ck_assert_int_eq(rego_check(&a, m, 3, NULL, 0, NULL, &opt, &p, &diags, &err), 0);
    rego_dump_program(&got, p);
    ck_assert_ptr_nonnull(strstr(got.data, "data.lib.f(_1, _0)"));
    ck_assert_ptr_nonnull(strstr(got.data, "_1 = data[\"a\"][\"q\"]"));
    ck_assert_uint_eq(p->packages_n, 3);
}
END_TEST

START_TEST(a_query_tells_its_variables)
{
    AUTO_ARENA struct arena a = ARENA_INIT(REGO_HELP_ARENA);
    static const char text[] = "x = input.a; y := x; _ = 1; z = [w | w := 2]";
    struct rego_source s = {.name = "query", .text = text, .len = sizeof(text) - 1};
    const struct rego_options opt = {.version = REGO_V1};
    struct rego_entry entry = {.name = "q"};
    struct rego_program *p;
    struct rego_diags diags = {0};
    struct err err = ERR_INIT;

    ck_assert_int_eq(rego_parse_query(&a, &s, &opt, &entry.query, &diags, &err), 0);
    ck_assert_int_eq(rego_check(&a, NULL, 0, &entry, 1, NULL, &opt, &p, &diags, &err), 0);
    ck_assert_uint_eq(p->queries_n, 1);
    ck_assert_uint_eq(p->queries[0].vars_n, 3);
    ck_assert_str_eq(value_bytes(p->queries[0].vars[0].name), "x");
    ck_assert_str_eq(value_bytes(p->queries[0].vars[1].name), "y");
    ck_assert_str_eq(value_bytes(p->queries[0].vars[2].name), "z");
}
END_TEST

/* clang-format off */
static const struct schema_case {
    const char *text, *want;
} schema_cases[] = {
    {"p if input.user.name == \"x\"", NULL},
    {"p if input.user.nam", "undefined ref: input.user.nam"},
    {"p if input.tags[_] == 1", "match error"},
    {"p if input.tags[0] == \"a\"", NULL},
    {"p if input.open.anything", NULL},
    {"p if input.either > 1", NULL},
    {"p if input.tree.left.left.value > 1", NULL},
    {"p if input.tree.value.x", "undefined ref: input.tree.value.x"},
    {"p if { some k, v in input.counts; v + 1 > 2; startswith(k, \"a\") }", NULL},
};
/* clang-format on */

START_TEST(refs_under_input_keep_to_the_schema)
{
    static const char schema[] =
        "{\"type\": \"object\", \"$defs\": {\"tree\": {\"properties\": {\"value\": {\"type\": "
        "\"number\"}, \"left\": {\"$ref\": \"#/$defs/tree\"}}}}, \"properties\": {\"user\": "
        "{\"type\": \"object\", \"properties\": {\"name\": {\"type\": \"string\"}}}, \"tags\": "
        "{\"type\": \"array\", \"items\": {\"type\": \"string\"}}, \"open\": {\"type\": "
        "\"object\"}, \"either\": {\"anyOf\": [{\"type\": \"string\"}, {\"type\": \"number\"}]}, "
        "\"tree\": {\"$ref\": \"#/$defs/tree\"}, \"counts\": {\"type\": \"object\", "
        "\"additionalProperties\": {\"type\": \"integer\"}}}}";
    AUTO_ARENA struct arena a = ARENA_INIT(REGO_HELP_ARENA);
    AUTO_BUF struct buf got = BUF_INIT, text = BUF_INIT;
    struct rego_options opt = {.version = REGO_V1};
    struct err err = ERR_INIT;

    ck_assert_int_eq(json_parse(&a, schema, sizeof(schema) - 1, 0, &opt.input_schema, NULL, &err),
                     0);
    buf_printf(&text, "package a\n%s\n", schema_cases[_i].text);
    const bool ok = rego_help(&a, text.data, &opt, false, &got);

    ck_assert_msg(ok == (schema_cases[_i].want == NULL), "%s: %s", text.data, got.data);
    if (!ok)
        ck_assert_msg(strstr(got.data, schema_cases[_i].want) != NULL, "%s", got.data);
}
END_TEST

START_TEST(prints_stay_only_when_asked)
{
    static const char text[] = "package a\np if { x := input.x; print(\"x\", x) }\n";
    struct rego_options opt = {.version = REGO_V1};
    AUTO_ARENA struct arena a = ARENA_INIT(REGO_HELP_ARENA);
    AUTO_BUF struct buf without = BUF_INIT, with = BUF_INIT;

    ck_assert(rego_help(&a, text, &opt, false, &without));
    ck_assert_ptr_null(strstr(without.data, "print"));
    opt.keep_prints = true;
    ck_assert(rego_help(&a, text, &opt, false, &with));
    ck_assert_ptr_nonnull(strstr(with.data, "internal.print("));
}
END_TEST

START_TEST(declarations_are_sorted_and_their_types_readable)
{
    AUTO_ARENA struct arena a = ARENA_INIT(REGO_HELP_ARENA);
    size_t n = 0;

    for (const struct builtin_decl *d; (d = builtin_decl_row(n)) != NULL; n++) {
        const struct type *types[16];
        size_t args, results;

        if (n > 0)
            ck_assert_int_lt(strcmp(builtin_decl_row(n - 1)->name, d->name), 0);
        ck_assert_ptr_eq(builtin_decl_find(d->name), d);
        if (strcmp(d->args, "...") == 0)
            continue;
        ck_assert_msg(type_parse_args(&a, d->args, types, 16, &args) == 0, "%s", d->name);
        ck_assert_msg(type_parse_args(&a, d->result, types, 16, &results) == 0, "%s", d->name);
        ck_assert_uint_eq(args, d->arity);
        ck_assert_uint_le(results, 1);
    }
    ck_assert_uint_eq(n, 206);
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("rego_around");
    TCase *const c = tcase_create("core");

    tcase_set_timeout(c, 60);
    tcase_add_test(c, modules_see_each_other);
    tcase_add_test(c, a_query_tells_its_variables);
    tcase_add_loop_test(c, refs_under_input_keep_to_the_schema, 0,
                        (int)(sizeof(schema_cases) / sizeof(*schema_cases)));
    tcase_add_test(c, prints_stay_only_when_asked);
    tcase_add_test(c, declarations_are_sorted_and_their_types_readable);
    suite_add_tcase(s, c);
    return run_suite(s);
}
