/* What the checker says of modules that are wrong, in the words and at the lines of OPA. */
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
     "p if count(1)\n",
     "t.rego:2: rego_type_error: count: invalid argument(s)\n"
     "\thave: (number)\n"
     "\twant: (collection: any<string, array[any], object[any: any], set[any]>, n: number)\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if x := startswith(1, 2)\n",
     "t.rego:2: rego_type_error: startswith: invalid argument(s)\n"
     "\thave: (number, number, ??\?)\n"
     "\twant: (search: string, base: string, result: boolean)\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if { x := 1; x == \"a\" }\n",
     "t.rego:2: rego_type_error: match error\n"
     "\tleft  : number\n"
     "\tright : string\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p := 1 + \"a\"\n",
     "t.rego:2: rego_type_error: plus: invalid argument(s)\n"
     "\thave: (number, string, ??\?)\n"
     "\twant: (x: number, y: number, z: number)\n"},
    {{.version = REGO_V1},
     "package a\n"
     "q := {\"a\": 1}\n"
     "p if q.b\n",
     "t.rego:3: rego_type_error: undefined ref: data.a.q.b\n"
     "\tdata.a.q.b\n"
     "\t         ^\n"
     "\t         have: \"b\"\n"
     "\t         want (one of): [\"a\"]\n"},
    {{.version = REGO_V1},
     "package a\n"
     "q := [1,2]\n"
     "p if q.foo\n",
     "t.rego:3: rego_type_error: undefined ref: data.a.q.foo\n"
     "\tdata.a.q.foo\n"
     "\t         ^\n"
     "\t         have: \"foo\"\n"
     "\t         want (type): number\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if foo(1)\n",
     "t.rego:2: rego_type_error: undefined function foo\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p := p\n",
     "t.rego:2: rego_recursion_error: rule data.a.p is recursive: data.a.p -> data.a.p\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if q\n"
     "q if p\n",
     "t.rego:2: rego_recursion_error: rule data.a.p is recursive: data.a.p -> data.a.q -> data.a.p\n"
     "t.rego:3: rego_recursion_error: rule data.a.q is recursive: data.a.q -> data.a.p -> data.a.q\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if not input[x]\n",
     "t.rego:2: rego_unsafe_var_error: var x is unsafe\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if { x > 1 }\n",
     "t.rego:2: rego_unsafe_var_error: var x is unsafe\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p := x\n",
     "t.rego:2: rego_unsafe_var_error: var x is unsafe\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if { some x; true }\n",
     "t.rego:2: rego_compile_error: declared var x unused\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if { x := 1; x := 2 }\n",
     "t.rego:2: rego_compile_error: var x assigned above\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if { x == 1; x := 2 }\n",
     "t.rego:2: rego_compile_error: var x referenced above\n"},
    {{.version = REGO_V1},
     "package a\n"
     "f(x) if { x := 1 }\n",
     "t.rego:2: rego_compile_error: arg x redeclared\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p := 1\n"
     "p contains 2\n",
     "t.rego:2: rego_type_error: conflicting rules data.a.p found\n"},
    {{.version = REGO_V1},
     "package a\n"
     "default p := 1\n"
     "default p := 2\n",
     "t.rego:1: rego_type_error: multiple default rules data.a.p found at t.rego:2, t.rego:3\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p.q := 1\n"
     "p := 2\n",
     "t.rego:3: rego_type_error: rule data.a.p conflicts with:\n"
     "  rule data.a.p.q at t.rego:2\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if { input := 1; input }\n",
     "t.rego:2: rego_compile_error: variables must not shadow input (use a different variable name)\n"},
    {{.version = REGO_V1},
     "package a\n"
     "input := 1\n",
     "t.rego:2: rego_compile_error: rules must not shadow input (use a different rule name)\n"},
    {{.version = REGO_V1},
     "package a\n"
     "import data.a.x\n"
     "import data.b.x\n"
     "p := x\n",
     "t.rego:3: rego_compile_error: import must not shadow import data.a.x\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if any([true])\n",
     "t.rego:2: rego_type_error: deprecated built-in function calls in expression: any\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if { x := {1,2}; x[_] == 1; y := x + 1 }\n",
     "t.rego:2: rego_type_error: plus: invalid argument(s)\n"
     "\thave: (set[number], number, ??\?)\n"
     "\twant: (x: number, y: number, z: number)\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if print(1) == 2\n",
     "t.rego:2: rego_type_error: print(...) used as value\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if concat(\",\", 1)\n",
     "t.rego:2: rego_type_error: concat: invalid argument(s)\n"
     "\thave: (string, number)\n"
     "\twant: (delimiter: string, collection: any<array[string], set[string]>, output: string)\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if { x := \"a\"; y := x - 1 }\n",
     "t.rego:2: rego_type_error: minus: invalid argument(s)\n"
     "\thave: (string, number, ??\?)\n"
     "\twant: (x: any<number, set[any]>, y: any<number, set[any]>, z: any<number, set[any]>)\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p := [x | y := 1]\n",
     "t.rego:2: rego_unsafe_var_error: var x is unsafe\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if { every x in [1] { y } }\n",
     "t.rego:2: rego_compile_error: declared var x unused\n"
     "t.rego:2: rego_unsafe_var_error: var y is unsafe\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if { count := 1; count([1]) > 0 }\n",
     "t.rego:2: rego_compile_error: called function count shadowed\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if some x in count([])\n",
     "t.rego:2: rego_type_error: undefined ref: __local2__[__local1__]\n"
     "\t__local2__[__local1__]\n"
     "\t^^^^^^^^^^\n"
     "\thave: number\n"},
    {{.version = REGO_V1},
     "package a\n"
     "f(x) := 1 if true\n"
     "f(x, y) := 2\n",
     "t.rego:2: rego_type_error: conflicting rules data.a.f found\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if true with foo as 1\n",
     "t.rego:2: rego_type_error: with keyword target must reference existing input, data, or a function\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if true with data.a.q.x as 1\n"
     "q := {\"x\": 1}\n",
     "t.rego:2: rego_compile_error: with keyword cannot partially replace virtual document(s)\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if x with input as x\n",
     "t.rego:2: rego_unsafe_var_error: var x is unsafe\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p := $\"{x}\"\n",
     "t.rego:2: rego_unsafe_var_error: var x is unsafe\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if { 1 := x }\n",
     "t.rego:2: rego_compile_error: cannot assign to number\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if {  \"a\" := 1 }\n",
     "t.rego:2: rego_compile_error: cannot assign to string\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if { walk(1, 2, 3) }\n",
     "t.rego:2: rego_type_error: walk: arity mismatch\n"
     "\thave: 3 arguments\n"
     "\twant: (x: any)\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if { x := [1,2]; x[0] == \"a\" }\n",
     "t.rego:2: rego_type_error: match error\n"
     "\tleft  : number\n"
     "\tright : string\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if { 1 == \"a\" }\n",
     "t.rego:2: rego_type_error: match error\n"
     "\tleft  : number\n"
     "\tright : string\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if { \"a\" > 1 ; [1] == [\"a\"] }\n",
     "t.rego:2: rego_type_error: match error\n"
     "\tleft  : array<number>\n"
     "\tright : array<string>\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if { {\"a\": 1} == {\"a\": \"x\"} }\n",
     "t.rego:2: rego_type_error: match error\n"
     "\tleft  : object<a: number>\n"
     "\tright : object<a: string>\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if { [1] == [1,2] }\n",
     "t.rego:2: rego_type_error: match error\n"
     "\tleft  : array<number>\n"
     "\tright : array<number, number>\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if object.get(1, \"a\", 2)\n",
     "t.rego:2: rego_type_error: object.get: invalid argument(s)\n"
     "\thave: (number, string, number)\n"
     "\twant: (object: object[any: any], key: any, default: any, value: any)\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if sprintf(\"%d\", 1)\n",
     "t.rego:2: rego_type_error: sprintf: invalid argument(s)\n"
     "\thave: (string, number)\n"
     "\twant: (format: string, values: array[any], output: string)\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p := {\"a\": 1, \"b\": 2}.c\n",
     "t.rego:2: rego_type_error: undefined ref: __local0__.c\n"
     "\t__local0__.c\n"
     "\t           ^\n"
     "\t           have: \"c\"\n"
     "\t           want (one of): [\"a\" \"b\"]\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if { x := 5; x.foo }\n",
     "t.rego:2: rego_type_error: undefined ref: x.foo\n"
     "\tx.foo\n"
     "\t^\n"
     "\thave: number\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if { every x in 1 { true } }\n",
     "t.rego:2: rego_compile_error: declared var x unused\n"},
    {{.version = REGO_V1},
     "package a\n"
     "q contains 1\n"
     "p if q[\"b\"]\n",
     "t.rego:3: rego_type_error: undefined ref: data.a.q.b\n"
     "\tdata.a.q.b\n"
     "\t         ^\n"
     "\t         have: \"b\"\n"
     "\t         want (type): number\n"},
    {{.version = REGO_V1},
     "package a\n"
     "f(x) := \"s\"\n"
     "p if f(1) + 1\n",
     "t.rego:3: rego_type_error: plus: invalid argument(s)\n"
     "\thave: (string, number)\n"
     "\twant: (x: number, y: number, z: number)\n"},
    {{.version = REGO_V1},
     "package a\n"
     "f(1) := 2\n"
     "p if f(\"a\")\n",
     "t.rego:3: rego_type_error: data.a.f: invalid argument(s)\n"
     "\thave: (string)\n"
     "\twant: (number, number)\n"},
    {{.version = REGO_V1},
     "package a\n"
     "f(\"a\") := 2\n"
     "p if f(1) == \"a\"\n",
     "t.rego:3: rego_type_error: data.a.f: invalid argument(s)\n"
     "\thave: (number, ??\?)\n"
     "\twant: (string, number)\n"},
    {{.version = REGO_V1},
     "package a\n"
     "a.b[x] := 1 if x := \"q\"\n"
     "p if a.b.c == \"x\"\n",
     "t.rego:3: rego_type_error: match error\n"
     "\tleft  : number\n"
     "\tright : string\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if { not x := 1 }\n",
     "t.rego:2: rego_compile_error: cannot assign vars inside negated expression\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if { some x in [1]; x == \"a\" }\n",
     "t.rego:2: rego_type_error: match error\n"
     "\tleft  : number\n"
     "\tright : string\n"},
    {{.version = REGO_V1, .strict = true},
     "package a\n"
     "import data.b\n"
     "p := 1\n",
     "t.rego:2: rego_compile_error: import data.b unused\n"},
    {{.version = REGO_V1, .strict = true},
     "package a\n"
     "p if { x := 1; true }\n",
     "t.rego:2: rego_compile_error: assigned var x unused\n"},
    {{.version = REGO_V1, .strict = true},
     "package a\n"
     "f(x, y) := x\n",
     "t.rego:2: rego_compile_error: unused argument y. (hint: use _ (wildcard variable) instead)\n"},
    {{.version = REGO_V0, .strict = true},
     "package a\n"
     "import data.x.b\n"
     "import data.y.b\n"
     "p := b\n",
     "t.rego:3: rego_compile_error: import must not shadow import data.x.b\n"},
    {{.version = REGO_V0, .strict = true},
     "package a\n"
     "p { any([true]) }\n",
     "t.rego:2: rego_type_error: deprecated built-in function calls in expression: any\n"},
    {{.version = REGO_V0},
     "package a\n"
     "p { some x; true }\n",
     "t.rego:2: rego_compile_error: declared var x unused\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p := $\"{input.x[i]}\"\n",
     "t.rego:2: rego_compile_error: var i is undeclared\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if data.a.f\n"
     "f(x) := x\n",
     "t.rego:2: rego_type_error: function data.a.f used as reference, not called\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if { input.a; every x in input.xs { y > x } }\n",
     "t.rego:2: rego_unsafe_var_error: var y is unsafe\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p := [x | not y]\n",
     "t.rego:2: rego_unsafe_var_error: var x is unsafe\n"
     "t.rego:2: rego_unsafe_var_error: var y is unsafe\n"},
    {{.version = REGO_V1},
     "package a\n"
     "f(g(1)) := 1\n"
     "g(x) := x\n",
     "t.rego:2: rego_compile_error: rule arguments cannot contain calls\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if internal.print([1]) with internal.print as 1\n",
     "t.rego:2: rego_compile_error: with keyword replacing built-in function: replacement of internal function \"internal.print\" invalid\n"},
    {{.version = REGO_V1},
     "package a\n"
     "p if walk(input, x) with walk as 1\n",
     "t.rego:2: rego_compile_error: with keyword replacing built-in function: target must not be a relation\n"},
};
/* clang-format on */

START_TEST(wrong_modules_are_told_why)
{
    const struct bad *const c = &bad[_i];
    AUTO_ARENA struct arena a = ARENA_INIT(REGO_HELP_ARENA);
    AUTO_BUF struct buf got = BUF_INIT;

    ck_assert_msg(!rego_help(&a, c->text, &c->opt, false, &got), "accepted: %s", c->text);
    ck_assert_str_eq(got.data, c->want);
}
END_TEST

/* Of what is wrong everywhere, only so much is said. */
START_TEST(diagnostics_end_at_their_limit)
{
    AUTO_ARENA struct arena a = ARENA_INIT(REGO_HELP_ARENA);
    AUTO_BUF struct buf text = BUF_INIT, got = BUF_INIT;
    const struct rego_options opt = {.version = REGO_V1};
    size_t lines = 0;

    buf_puts(&text, "package a\n");
    for (int i = 0; i < 2 * REGO_ERRORS_MAX; i++)
        buf_printf(&text, "p%d := x%d\n", i, i);
    ck_assert(!rego_help(&a, text.data, &opt, false, &got));
    for (size_t i = 0; i < got.len; i++)
        lines += got.data[i] == '\n';
    ck_assert_uint_eq(lines, REGO_ERRORS_MAX);
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("rego_wrong");
    TCase *const c = tcase_create("core");

    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, wrong_modules_are_told_why, 0, (int)(sizeof(bad) / sizeof(*bad)));
    tcase_add_test(c, diagnostics_end_at_their_limit);
    suite_add_tcase(s, c);
    return run_suite(s);
}
