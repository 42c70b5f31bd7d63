/* What the checker makes of modules that are right: names resolved, calls hoisted, bodies ordered.
 */
#include <stdlib.h>

#include "tests/help/suite.h"
#include "tests/policy/rego_help.h"

/* clang-format off */
static const struct good {
    const char *name;
    struct rego_options opt;
    const char *text, *want;
} good[] = {
    {"operators bind as OPA has it",
     {.version = REGO_V1},
     "package a\n"
     "p := 1 + 2 * 3 - 4 / 5 % 6\n"
     "q if 1 + 2 == 3\n"
     "r := {1} | {2} & {3}\n",
     "data[\"a\"][\"p\"] := _4 if {\n"
     "    mul(2, 3, _0)  # binds _0\n"
     "    plus(1, _0, _1)  # binds _1\n"
     "    div(4, 5, _2)  # binds _2\n"
     "    rem(_2, 6, _3)  # binds _3\n"
     "    minus(_1, _3, _4)  # binds _4\n"
     "}\n"
     "data[\"a\"][\"q\"] := true if {\n"
     "    plus(1, 2, _0)  # binds _0\n"
     "    _0 = 3\n"
     "}\n"
     "data[\"a\"][\"r\"] := _1 if {\n"
     "    and({2}, {3}, _0)  # binds _0\n"
     "    or({1}, _0, _1)  # binds _1\n"
     "}\n"},
    {"a call keeps its arguments, a ref its steps",
     {.version = REGO_V1},
     "package a\n"
     "p := f(input.a[0].b, \"x\").c if true\n"
     "f(a, b) := {\"c\": a} if b\n",
     "data[\"a\"][\"p\"] := _1 if {\n"
     "    _2 = input[\"a\"][0][\"b\"]  # binds _2\n"
     "    data.a.f(_2, \"x\", _0)  # binds _0\n"
     "    _1 = _0[\"c\"]  # binds _1\n"
     "}\n"
     "data[\"a\"][\"f\"](_0, _1) := {\"c\": _0} if {\n"
     "    _1\n"
     "}\n"},
    {"minus before a ref subtracts from zero",
     {.version = REGO_V1},
     "package a\n"
     "p := -input.x\n"
     "q := -1\n",
     "data[\"a\"][\"p\"] := _0 if {\n"
     "    _1 = input[\"x\"]  # binds _1\n"
     "    minus(0, _1, _0)  # binds _0\n"
     "}\n"
     "data[\"a\"][\"q\"] := -1\n"},
    {"comprehensions",
     {.version = REGO_V1},
     "package a\n"
     "p := [x | some x in input.xs]\n"
     "q := {x | x := input.xs[_]; x > 1}\n"
     "r := {k: v | some k, v in input.o}\n",
     "data[\"a\"][\"p\"] := _2 if {\n"
     "    _2 = [_0 | _0 = input[\"xs\"][_1]]  # binds _2\n"
     "}\n"
     "data[\"a\"][\"q\"] := _2 if {\n"
     "    _2 = {_1 | _1 := input[\"xs\"][_0]; gt(_1, 1)}  # binds _2\n"
     "}\n"
     "data[\"a\"][\"r\"] := _2 if {\n"
     "    _2 = {_0: _1 | _1 = input[\"o\"][_0]}  # binds _2\n"
     "}\n"},
    {"sets, objects and unions of braces",
     {.version = REGO_V1},
     "package a\n"
     "p := {1, 2, 1}\n"
     "q := {}\n"
     "r := set()\n"
     "s := {\"a\": 1, \"b\": [2]}\n"
     "t := {input.a | input.b}\n",
     "data[\"a\"][\"p\"] := {1, 2}\n"
     "data[\"a\"][\"q\"] := {}\n"
     "data[\"a\"][\"r\"] := set()\n"
     "data[\"a\"][\"s\"] := {\"a\": 1, \"b\": [2]}\n"
     "data[\"a\"][\"t\"] := _1 if {\n"
     "    _1 = {_0 | input[\"b\"]; _0 = input[\"a\"]}  # binds _1\n"
     "}\n"},
    {"some over patterns",
     {.version = REGO_V1},
     "package a\n"
     "p if { some [a, {\"b\": b}] in input.xs; a == b }\n",
     "data[\"a\"][\"p\"] := true if {\n"
     "    [_0, {\"b\": _1}] = input[\"xs\"][_2]  # binds _0, _1, _2\n"
     "    _0 = _1\n"
     "}\n"},
    {"in",
     {.version = REGO_V1},
     "package a\n"
     "p if 1 in input.xs\n"
     "q if \"k\", 1 in input.o\n"
     "r := 1 in [1]\n",
     "data[\"a\"][\"p\"] := true if {\n"
     "    _0 = input[\"xs\"]  # binds _0\n"
     "    internal.member_2(1, _0)\n"
     "}\n"
     "data[\"a\"][\"q\"] := true if {\n"
     "    _0 = input[\"o\"]  # binds _0\n"
     "    internal.member_3(\"k\", 1, _0)\n"
     "}\n"
     "data[\"a\"][\"r\"] := _0 if {\n"
     "    internal.member_2(1, [1], _0)  # binds _0\n"
     "}\n"},
    {"every",
     {.version = REGO_V1},
     "package a\n"
     "p if every k, v in input.o { k != v }\n"
     "q if every x in input.xs { x > 1; y := x; y < 9 }\n",
     "data[\"a\"][\"p\"] := true if {\n"
     "    _2 = input[\"o\"]  # binds _2\n"
     "    every _0, _1 in _2 { neq(_0, _1) }\n"
     "}\n"
     "data[\"a\"][\"q\"] := true if {\n"
     "    _2 = input[\"xs\"]  # binds _2\n"
     "    every _0 in _2 { gt(_0, 1); _1 := _0; lt(_1, 9) }\n"
     "}\n"},
    {"not takes what it needs out before it",
     {.version = REGO_V1},
     "package a\n"
     "p if not startswith(input.x, \"a\")\n"
     "q if not input.x == 1\n"
     "r if not count(input.y) > 1\n",
     "data[\"a\"][\"p\"] := true if {\n"
     "    _0 = input[\"x\"]  # binds _0\n"
     "    not startswith(_0, \"a\")\n"
     "}\n"
     "data[\"a\"][\"q\"] := true if {\n"
     "    not input[\"x\"] = 1\n"
     "}\n"
     "data[\"a\"][\"r\"] := true if {\n"
     "    _1 = input[\"y\"]  # binds _1\n"
     "    count(_1, _0)  # binds _0\n"
     "    not gt(_0, 1)\n"
     "}\n"},
    {"not of the opt-in keyword keeps it inside",
     {.version = REGO_V1},
     "package a\n"
     "import future.keywords.not\n"
     "p if not startswith(input.x, \"a\")\n"
     "q if not { x := input.x; x > 1 }\n",
     "data[\"a\"][\"p\"] := true if {\n"
     "    not { _0 = input[\"x\"]; startswith(_0, \"a\") }\n"
     "}\n"
     "data[\"a\"][\"q\"] := true if {\n"
     "    not { _0 := input[\"x\"]; gt(_0, 1) }\n"
     "}\n"},
    {"and, or",
     {.version = REGO_V1},
     "package a\n"
     "import future.keywords.and\n"
     "import future.keywords.or\n"
     "p if input.a and input.b or { x := input.c; x > 1 }\n",
     "data[\"a\"][\"p\"] := true if {\n"
     "    { { input[\"a\"] } and { input[\"b\"] } } or { _0 := input[\"c\"]; gt(_0, 1) }\n"
     "}\n"},
    {"with",
     {.version = REGO_V1},
     "package a\n"
     "p if q with input.a as 1 with data.a.r as input.b with count as 3\n"
     "q if count([]) == r\n"
     "r := 3\n",
     "data[\"a\"][\"p\"] := true if {\n"
     "    _0 = input[\"b\"]  # binds _0\n"
     "    data[\"a\"][\"q\"] with input[\"a\"] as 1 with data[\"a\"][\"r\"] as _0 with \"count\" as 3\n"
     "}\n"
     "data[\"a\"][\"q\"] := true if {\n"
     "    count([], _0)  # binds _0\n"
     "    _0 = data[\"a\"][\"r\"]\n"
     "}\n"
     "data[\"a\"][\"r\"] := 3\n"},
    {"functions as replacements",
     {.version = REGO_V1},
     "package a\n"
     "p if f(1) with f as g\n"
     "f(x) := x\n"
     "g(x) := x + 1\n"
     "h(x) := x\n"
     "q if count([1]) with count as h\n",
     "data[\"a\"][\"p\"] := true if {\n"
     "    data.a.f(1) with data[\"a\"][\"f\"] as data.a.g\n"
     "}\n"
     "data[\"a\"][\"f\"](_0) := _0\n"
     "data[\"a\"][\"g\"](_0) := _1 if {\n"
     "    plus(_0, 1, _1)  # binds _1\n"
     "}\n"
     "data[\"a\"][\"h\"](_0) := _0\n"
     "data[\"a\"][\"q\"] := true if {\n"
     "    count([1]) with \"count\" as data.a.h\n"
     "}\n"},
    {"rules of every head",
     {.version = REGO_V1},
     "package a\n"
     "a.b[x].c := x if some x in [1]\n"
     "d contains 1\n"
     "e.f contains x if x := 2\n"
     "default g := false\n"
     "g if input.x\n"
     "default h(_) := 0\n"
     "h(x) := 1 if x == 2\n"
     "i[\"x y\"] := 1\n",
     "data[\"a\"][\"a\"][\"b\"][_0][\"c\"] := _0 if {\n"
     "    _2 = [1]  # binds _2\n"
     "    _0 = _2[_1]  # binds _0, _1\n"
     "}\n"
     "data[\"a\"][\"d\"] contains 1\n"
     "data[\"a\"][\"e\"][\"f\"] contains _0 if {\n"
     "    _0 := 2  # binds _0\n"
     "}\n"
     "default data[\"a\"][\"g\"] := false\n"
     "data[\"a\"][\"g\"] := true if {\n"
     "    input[\"x\"]\n"
     "}\n"
     "default data[\"a\"][\"h\"](_0) := 0\n"
     "data[\"a\"][\"h\"](_0) := 1 if {\n"
     "    _0 = 2\n"
     "}\n"
     "data[\"a\"][\"i\"][\"x y\"] := 1\n"},
    {"else",
     {.version = REGO_V1},
     "package a\n"
     "p := 1 if input.a else := 2 if input.b else := 3\n",
     "data[\"a\"][\"p\"] := 1 if {\n"
     "    input[\"a\"]\n"
     "} else := 2 if {\n"
     "    input[\"b\"]\n"
     "} else := 3\n"},
    {"imports",
     {.version = REGO_V1},
     "package a\n"
     "import data.b.c\n"
     "import input.x as y\n"
     "p := c + y\n",
     "data[\"a\"][\"p\"] := _0 if {\n"
     "    _1 = data[\"b\"][\"c\"]  # binds _1\n"
     "    _2 = input[\"x\"]  # binds _2\n"
     "    plus(_1, _2, _0)  # binds _0\n"
     "}\n"},
    {"template strings",
     {.version = REGO_V1},
     "package a\n"
     "p := $\"a{input.x}b{1}{q}c\\{\"\n"
     "q := $`raw {input.y}`\n",
     "data[\"a\"][\"p\"] := _2 if {\n"
     "    _3 = {_0 | _0 = input[\"x\"]}  # binds _3\n"
     "    _4 = {_1 | _1 = data[\"a\"][\"q\"]}  # binds _4\n"
     "    internal.template_string([\"a\", _3, \"b\", 1, _4, \"c{\"], _2)  # binds _2\n"
     "}\n"
     "data[\"a\"][\"q\"] := _1 if {\n"
     "    _2 = {_0 | _0 = input[\"y\"]}  # binds _2\n"
     "    internal.template_string([\"raw \", _2], _1)  # binds _1\n"
     "}\n"},
    {"keywords in refs",
     {.version = REGO_V1},
     "package a\n"
     "p := input.if.not.package[\"with\"]\n"
     "q := data.a.in\n",
     "data[\"a\"][\"p\"] := _0 if {\n"
     "    _0 = input[\"if\"][\"not\"][\"package\"][\"with\"]  # binds _0\n"
     "}\n"
     "data[\"a\"][\"q\"] := _0 if {\n"
     "    _0 = data[\"a\"][\"in\"]  # binds _0\n"
     "}\n"},
    {"bodies are ordered",
     {.version = REGO_V1},
     "package a\n"
     "p if { y > 1; y = x + 1; x = input.x }\n",
     "data[\"a\"][\"p\"] := true if {\n"
     "    _1 = input[\"x\"]  # binds _1\n"
     "    plus(_1, 1, _2)  # binds _2\n"
     "    _0 = _2  # binds _0\n"
     "    gt(_0, 1)\n"
     "}\n"},
    {"a shadowed name",
     {.version = REGO_V1},
     "package a\n"
     "x := 1\n"
     "p if { x := 2; x == 2 }\n"
     "q := [x | x := 3]\n"
     "r := x\n",
     "data[\"a\"][\"x\"] := 1\n"
     "data[\"a\"][\"p\"] := true if {\n"
     "    _0 := 2  # binds _0\n"
     "    _0 = 2\n"
     "}\n"
     "data[\"a\"][\"q\"] := _1 if {\n"
     "    _1 = [_0 | _0 := 3]  # binds _1\n"
     "}\n"
     "data[\"a\"][\"r\"] := _0 if {\n"
     "    _0 = data[\"a\"][\"x\"]  # binds _0\n"
     "}\n"},
    {"wildcards are apart",
     {.version = REGO_V1},
     "package a\n"
     "p if input.a[_] == input.b[_]\n",
     "data[\"a\"][\"p\"] := true if {\n"
     "    input[\"a\"][_0] = input[\"b\"][_1]  # binds _0, _1\n"
     "}\n"},
    {"calls with an output",
     {.version = REGO_V1},
     "package a\n"
     "p := x if count([1], x)\n"
     "q if plus(1, 2, 3)\n",
     "data[\"a\"][\"p\"] := _0 if {\n"
     "    count([1], _0)  # binds _0\n"
     "}\n"
     "data[\"a\"][\"q\"] := true if {\n"
     "    plus(1, 2, 3)\n"
     "}\n"},
    {"argument patterns",
     {.version = REGO_V1},
     "package a\n"
     "f([a, _], {\"k\": b}, 1) := a + b\n",
     "data[\"a\"][\"f\"]([_0, _1], {\"k\": _2}, 1) := _3 if {\n"
     "    plus(_0, _2, _3)  # binds _3\n"
     "}\n"},
    {"calls in heads",
     {.version = REGO_V1},
     "package a\n"
     "p[lower(x)] := upper(x) if x := \"a\"\n"
     "q contains lower(x) if x := \"B\"\n",
     "data[\"a\"][\"p\"][_1] := _3 if {\n"
     "    _0 := \"a\"  # binds _0\n"
     "    lower(_0, _2)  # binds _2\n"
     "    _1 = _2  # binds _1\n"
     "    upper(_0, _3)  # binds _3\n"
     "}\n"
     "data[\"a\"][\"q\"] contains _1 if {\n"
     "    _0 := \"B\"  # binds _0\n"
     "    lower(_0, _1)  # binds _1\n"
     "}\n"},
    {"composite keys",
     {.version = REGO_V1},
     "package a\n"
     "p if { input.x[[1, y]]; y = 2 }\n",
     "data[\"a\"][\"p\"] := true if {\n"
     "    input[\"x\"][[1, _0]]  # binds _0\n"
     "    _0 = 2\n"
     "}\n"},
    {"metadata",
     {.version = REGO_V1},
     "package a\n"
     "# METADATA\n"
     "# title: T\n"
     "# custom:\n"
     "#   n: 1\n"
     "p := rego.metadata.rule()\n"
     "q := rego.metadata.chain()\n",
     "data[\"a\"][\"p\"] := {\"custom\": {\"n\": 1}, \"scope\": \"rule\", \"title\": \"T\"}\n"
     "data[\"a\"][\"q\"] := [{\"path\": [\"a\", \"q\"]}]\n"},
    {"v0 heads",
     {.version = REGO_V0},
     "package a\n"
     "p[x] { x := input.a }\n"
     "q { input.b } { input.c }\n"
     "r = 1\n"
     "s[\"k\"] = 2\n"
     "f(x) = y { y := x } else = 3 { true }\n"
     "t[\"m\"]\n"
     "import_ := 1\n"
     "if := 2\n"
     "any_ { any([true]) }\n",
     "data[\"a\"][\"p\"] contains _0 if {\n"
     "    _0 := input[\"a\"]  # binds _0\n"
     "}\n"
     "data[\"a\"][\"q\"] := true if {\n"
     "    input[\"b\"]\n"
     "}\n"
     "data[\"a\"][\"q\"] := true if {\n"
     "    input[\"c\"]\n"
     "}\n"
     "data[\"a\"][\"r\"] := 1\n"
     "data[\"a\"][\"s\"][\"k\"] := 2\n"
     "data[\"a\"][\"f\"](_0) := _1 if {\n"
     "    _1 := _0  # binds _1\n"
     "} else := 3 if {\n"
     "    true\n"
     "}\n"
     "data[\"a\"][\"t\"] contains \"m\"\n"
     "data[\"a\"][\"import_\"] := 1\n"
     "data[\"a\"][\"if\"] := 2\n"
     "data[\"a\"][\"any_\"] := true if {\n"
     "    any([true])\n"
     "}\n"},
    {"v0 with rego.v1",
     {.version = REGO_V0},
     "package a\n"
     "import rego.v1\n"
     "p contains 1 if input.x\n",
     "data[\"a\"][\"p\"] contains 1 if {\n"
     "    input[\"x\"]\n"
     "}\n"},
    {"numbers",
     {.version = REGO_V1},
     "package a\n"
     "p := [1.50, -0.5, 1e3, .5, 123456789012345678901234567890]\n",
     "data[\"a\"][\"p\"] := [1.50, -0.5, 1e3, 0.5, 123456789012345678901234567890]\n"},
    {"strings",
     {.version = REGO_V1},
     "package a\n"
     "p := [\"a\\n\\u00e9\\ud83d\\ude00\", `raw\\n`]\n",
     "data[\"a\"][\"p\"] := [\"a\\né😀\", \"raw\\\\n\"]\n"},
};
/* clang-format on */

START_TEST(modules_become_their_checked_form)
{
    const struct good *const c = &good[_i];
    AUTO_ARENA struct arena a = ARENA_INIT(REGO_HELP_ARENA);
    AUTO_BUF struct buf got = BUF_INIT;

    ck_assert_msg(rego_help(&a, c->text, &c->opt, false, &got), "%s: %s", c->name, got.data);
    ck_assert_msg(strcmp(got.data, c->want) == 0, "%s:\n%s", c->name, got.data);
}
END_TEST

START_TEST(a_small_arena_is_an_error_not_a_crash)
{
    const struct rego_options opt = {.version = REGO_V1, .keep_prints = true};

    for (size_t budget = 1 << 12; budget < (size_t)1 << 19; budget += 1 << 12) {
        AUTO_ARENA struct arena a = ARENA_INIT(budget);
        struct rego_source s = {.name = "t", .text = good[_i].text, .len = strlen(good[_i].text)};
        struct rego_diags diags = {0};
        struct rego_module *m;
        struct rego_program *p;
        struct err err = ERR_INIT;

        if (rego_parse(&a, &s, &opt, &m, &diags, &err) < 0 ||
            rego_check(&a, &m, 1, NULL, 0, NULL, &opt, &p, &diags, &err) < 0)
            ck_assert_int_ne(err.code, ERR_NONE);
    }
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("rego_check");
    TCase *const c = tcase_create("core");

    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, modules_become_their_checked_form, 0,
                        (int)(sizeof(good) / sizeof(*good)));
    tcase_add_loop_test(c, a_small_arena_is_an_error_not_a_crash, 0,
                        (int)(sizeof(good) / sizeof(*good)));
    suite_add_tcase(s, c);
    return run_suite(s);
}
