/* Parsing: shapes of trees, what is no Rego, and the limits. */
#include <stdlib.h>

#include "tests/help/suite.h"
#include "tests/policy/rego_help.h"

/* clang-format off */
static const struct bad {
    struct rego_options opt;
    const char *text, *want;
} bad[] = {
    {{.version = REGO_V1},
     "package a\n"
     "p if not (x = 1)\n",
     "t.rego:2: rego_parse_error: non-terminated expression\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p { true }\n",
     "t.rego:2: rego_parse_error: `if` keyword is required before rule body\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p contains 1 { true }\n",
     "t.rego:2: rego_parse_error: `if` keyword is required before rule body\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p[x] { x := 1 }\n",
     "t.rego:2: rego_parse_error: `if` keyword is required before rule body\n"
     "t.rego:2: rego_parse_error: `contains` keyword is required for partial set rules\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p\n",
     "t.rego:2: rego_parse_error: var cannot be used for rule name\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p = 1 { true }\n",
     "t.rego:2: rego_parse_error: `if` keyword is required before rule body\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if { x := }\n",
     "t.rego:2: rego_parse_error: unexpected } token\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if { \"abc }\n",
     "t.rego:2: rego_parse_error: non-terminated string\n"
     "t.rego:2: rego_parse_error: illegal token\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if { x = 01 }\n",
     "t.rego:2: rego_parse_error: unexpected number token: expected number without leading zero\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p := \"\\q\"\n",
     "t.rego:2: rego_parse_error: illegal escape sequence\n"
     "t.rego:2: rego_parse_error: illegal token\n"
     "t.rego:2: rego_parse_error: illegal token\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if f(x\n",
     "t.rego:3: rego_parse_error: unexpected eof token: expected \",\" or \")\"\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p := {1: }\n",
     "t.rego:2: rego_parse_error: unexpected } token\n"
     "t.rego:2: rego_parse_error: unexpected } token: expected rule value term (e.g., p := <VALUE> { ... })\n"},
    {{.version = REGO_V1},
     "package a\n"
     "import foo.bar\n"
     "p := 1\n",
     "t.rego:2: rego_parse_error: unexpected import path, must begin with one of: {data, future, input, rego}, got: foo (hint: if this is unexpected, try updating OPA)\n"},
    {{.version = REGO_V1},
     "package a\n"
     "import data.if\n"
     "p := 1\n",
     "t.rego:2: rego_parse_error: unexpected import path, must not end with a keyword, got: if (hint: import a different path or use an alias)\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if { with input as 1 }\n",
     "t.rego:2: rego_parse_error: unexpected with keyword\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if { x := 1; not { y := x } }\n",
     "t.rego:2: rego_parse_error: unexpected assign token: non-terminated set\n"},
    {{.version = REGO_V1},
     "package a\n"
     "# METADATA\n"
     "# scope: package\n"
     "p := 1\n",
     "t.rego:2: rego_parse_error: annotation scope 'package' must be applied to package (have rule)\n"},
    {{.version = REGO_V1},
     "package a\n"
     "# METADATA\n"
     "# title: [\n"
     "p := 1\n",
     "t.rego:3: rego_parse_error: yaml: line 1: did not find expected node content\n"},
    {{.version = REGO_V1},
     "package a\n"
     "# METADATA\n"
     "# scope: x\n"
     "p := 1\n",
     "t.rego:2: rego_parse_error: invalid annotation scope 'x'. Use one of 'rule', 'document', 'package', or 'subpackages'\n"},
    {{.version = REGO_V1},
     "package a\n"
     "# METADATA\n"
     "# entrypoint: true\n"
     "# scope: rule\n"
     "p := 1\n",
     "t.rego:2: rego_parse_error: annotation entrypoint applied to non-document or package scope 'rule'\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p := 1e999999\n",
     "t.rego:2: rego_parse_error: number too big\n"
     "t.rego:2: rego_parse_error: unexpected number token: expected rule value term (e.g., p := <VALUE> { ... })\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p := $\"{x := 1}\"\n",
     "t.rego:2: rego_parse_error: unexpected assignment (':=') in template-string expression\n"
     "t.rego:2: rego_parse_error: unexpected } token: expected rule value term (e.g., p := <VALUE> { ... })\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p := $\n",
     "t.rego:2: rego_parse_error: illegal $ character\n"
     "t.rego:2: rego_parse_error: illegal token\n"
     "t.rego:2: rego_parse_error: illegal token\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p := a!b\n",
     "t.rego:2: rego_parse_error: illegal ! character\n"},
    {{.version = REGO_V1},
     "package a\n"
     "import future.keywords.nope\n"
     "p := 1\n",
     "t.rego:2: rego_parse_error: unexpected keyword, must be one of [and contains every if in not or]\n"},
    {{.version = REGO_V1},
     "package a\n"
     "import rego.v3\n"
     "p := 1\n",
     "t.rego:2: rego_parse_error: invalid import `rego.v3`, must be one of: `rego.v1`, `rego.v2`\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if { true } with input as 1\n",
     "t.rego:2: rego_parse_error: unexpected with keyword\n"},
};

static const struct good {
    struct rego_options opt;
    const char *text, *want;
} good[] = {
    {{.version = REGO_V1}, "package a\np := x.y[z](1).w\n", "p := x[\"y\"][z](1)[\"w\"]\n"},
    {{.version = REGO_V1}, "package a\np := 1 - 2 - 3\n", "p := minus(minus(1, 2), 3)\n"},
    {{.version = REGO_V1}, "package a\np := 1 | 2 & 3 == 4\n", "p := equal(or(1, and(2, 3)), 4)\n"},
    {{.version = REGO_V1}, "package a\np := {x | x}\nq := {x | y, z}\n",
     "p := {x | x}\nq := {or(x, y), z}\n"},
    {{.version = REGO_V1}, "package a\np := {\"a\": x | y}\nq := {\"a\": x | y, \"b\": 1}\n",
     "p := {\"a\": x | y}\nq := {\"a\": or(x, y), \"b\": 1}\n"},
    {{.version = REGO_V1}, "package a\np := [(x | y)]\nq := [x | y]\n", "p := [or(x, y)]\nq := [x | y]\n"},
    {{.version = REGO_V1}, "package a\np if {\n a\n b; c # d\n}\n",
     "p := true if {\n    a\n    b\n    c\n}\n"},
    {{.version = REGO_V1}, "package a\np if { x }\nq if {x: y}\n",
     "p := true if {\n    x\n}\nq := true if {\n    {x: y}\n}\n"},
    {{.version = REGO_V1}, "package a\np if not.x\nq if not x\n",
     "p := true if {\n    not[\"x\"]\n}\nq := true if {\n    not x\n}\n"},
    {{.version = REGO_V1}, "package a\np := x in y in z\nq := (k, v in z)\n",
     "p := internal.member_2(internal.member_2(x, y), z)\nq := internal.member_3(k, v, z)\n"},
    {{.version = REGO_V1}, "package a\np := $\"a{b}\\{c\"\n", "p := $(\"a\", { | b}, \"{c\")\n"},
    {{.version = REGO_V1}, "package a\np := -x.y\nq := -1\n", "p := minus(0, x[\"y\"])\nq := -1\n"},
    {{.version = REGO_V1}, "\xef\xbb\xbfpackage a\np := 1\n", "p := 1\n"},
    {{.version = REGO_V0}, "package a\np[x] { y }\nq { a } { b }\nr = 1 { a } else = 2 { b }\n",
     "p contains x if {\n    y\n}\nq := true if {\n    a\n}\nq := true if {\n    b\n}\n"
     "r := 1 if {\n    a\n} else := 2 if {\n    b\n}\n"},
    {{.version = REGO_V0}, "package a\nimport future.keywords.in\np { some x in y }\nif = 1\n",
     "p := true if {\n    some x in y\n}\nif := 1\n"},
};
/* clang-format on */

START_TEST(modules_have_their_shape)
{
    AUTO_ARENA struct arena a = ARENA_INIT(REGO_HELP_ARENA);
    AUTO_BUF struct buf got = BUF_INIT;

    ck_assert_msg(rego_help(&a, good[_i].text, &good[_i].opt, true, &got), "%s", got.data);
    ck_assert_str_eq(got.data, good[_i].want);
}
END_TEST

START_TEST(what_is_no_rego_is_told_why)
{
    AUTO_ARENA struct arena a = ARENA_INIT(REGO_HELP_ARENA);
    AUTO_BUF struct buf got = BUF_INIT;

    ck_assert_msg(!rego_help(&a, bad[_i].text, &bad[_i].opt, true, &got), "accepted: %s",
                  bad[_i].text);
    ck_assert_str_eq(got.data, bad[_i].want);
}
END_TEST

static void nest(struct buf *b, const char *open, const char *inner, const char *close, int n)
{
    buf_puts(b, "package a\nimport future.keywords.and\np := ");
    for (int i = 0; i < n; i++)
        buf_puts(b, open);
    buf_puts(b, inner);
    for (int i = 0; i < n; i++)
        buf_puts(b, close);
    buf_putc(b, '\n');
}

static bool parses(const struct buf *text, struct buf *got)
{
    AUTO_ARENA struct arena a = ARENA_INIT(REGO_HELP_ARENA);
    const struct rego_options opt = {.version = REGO_V1};

    return rego_help(&a, text->data, &opt, true, got);
}

START_TEST(nesting_ends_at_its_limit)
{
    AUTO_BUF struct buf at = BUF_INIT, past = BUF_INIT, chain = BUF_INIT, got = BUF_INIT;

    nest(&at, "[", "1", "]", REGO_DEPTH_MAX - 1);
    ck_assert_msg(parses(&at, &got), "%s", got.data);
    nest(&past, "[", "1", "]", REGO_DEPTH_MAX);
    buf_clear(&got);
    ck_assert(!parses(&past, &got));
    ck_assert_str_eq(got.data,
                     "t.rego:3: rego_parse_error: max parsing recursion depth exceeded\n");
    nest(&chain, "", "1", "+ 1", 10 * REGO_DEPTH_MAX);
    buf_clear(&got);
    ck_assert(!parses(&chain, &got));
}
END_TEST

/* Each level is ambiguous (a comprehension, or an element with an operator): trying both at every
 * level must not multiply. */
START_TEST(ambiguity_does_not_multiply)
{
    static const char *const shapes[][3] = {{"[x | ", "1", ", 1]"},
                                            {"{x | ", "1", ", 1}"},
                                            {"{1: x | ", "1", ", 2: 3}"},
                                            {"(", "1", ")"},
                                            {"{", "1", "}"}};
    AUTO_BUF struct buf text = BUF_INIT, got = BUF_INIT;

    nest(&text, shapes[_i][0], shapes[_i][1], shapes[_i][2], 150);
    (void)parses(&text, &got);
    ck_assert_ptr_nonnull(got.data);
}
END_TEST

START_TEST(a_term_alone_must_be_ground)
{
    AUTO_ARENA struct arena a = ARENA_INIT(REGO_HELP_ARENA);
    static const char good_term[] = "{\"a\": {1, 2}, \"b\": [set(), null]}", bad_term[] = "[x]";
    struct rego_source one = {.text = good_term, .len = sizeof(good_term) - 1};
    struct rego_source two = {.text = bad_term, .len = sizeof(bad_term) - 1};
    const struct value *v;
    struct err err = ERR_INIT;

    ck_assert_int_eq(rego_parse_term(&a, &one, &v, &err), 0);
    ck_assert_int_eq(value_field(v, "a")->type, VALUE_SET);
    ck_assert_uint_eq(value_field(v, "b")->count, 2);
    ck_assert_int_eq(rego_parse_term(&a, &two, &v, &err), -1);
    ck_assert_int_eq(err.code, ERR_PARSE);
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("rego_parse");
    TCase *const c = tcase_create("core");

    tcase_add_loop_test(c, modules_have_their_shape, 0, (int)(sizeof(good) / sizeof(*good)));
    tcase_add_loop_test(c, what_is_no_rego_is_told_why, 0, (int)(sizeof(bad) / sizeof(*bad)));
    tcase_add_test(c, nesting_ends_at_its_limit);
    tcase_add_loop_test(c, ambiguity_does_not_multiply, 0, 5);
    tcase_add_test(c, a_term_alone_must_be_ground);
    suite_add_tcase(s, c);
    return run_suite(s);
}
