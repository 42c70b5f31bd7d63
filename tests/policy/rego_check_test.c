/* Checking: what modules become for code generation, and what is said of those that are wrong.
 * Texts of diagnostics are those that OPA 1.19 gives for the same modules. */
#include <stdlib.h>

#include "policy/rego/builtin_decls.h"
#include "policy/rego/types.h"
#include "policy/value/json.h"

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

START_TEST(modules_become_their_checked_form)
{
    const struct good *const c = &good[_i];
    AUTO_ARENA struct arena a = ARENA_INIT(REGO_HELP_ARENA);
    AUTO_BUF struct buf got = BUF_INIT;

    ck_assert_msg(rego_help(&a, c->text, &c->opt, false, &got), "%s: %s", c->name, got.data);
    ck_assert_msg(strcmp(got.data, c->want) == 0, "%s:\n%s", c->name, got.data);
}
END_TEST

START_TEST(wrong_modules_are_told_why)
{
    const struct bad *const c = &bad[_i];
    AUTO_ARENA struct arena a = ARENA_INIT(REGO_HELP_ARENA);
    AUTO_BUF struct buf got = BUF_INIT;

    ck_assert_msg(!rego_help(&a, c->text, &c->opt, false, &got), "accepted: %s", c->text);
    ck_assert_str_eq(got.data, c->want);
}
END_TEST

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
    tcase_add_loop_test(c, wrong_modules_are_told_why, 0, (int)(sizeof(bad) / sizeof(*bad)));
    tcase_add_test(c, modules_see_each_other);
    tcase_add_test(c, a_query_tells_its_variables);
    tcase_add_loop_test(c, refs_under_input_keep_to_the_schema, 0,
                        (int)(sizeof(schema_cases) / sizeof(*schema_cases)));
    tcase_add_test(c, prints_stay_only_when_asked);
    tcase_add_test(c, declarations_are_sorted_and_their_types_readable);
    tcase_add_test(c, diagnostics_end_at_their_limit);
    tcase_add_loop_test(c, a_small_arena_is_an_error_not_a_crash, 0,
                        (int)(sizeof(good) / sizeof(*good)));
    suite_add_tcase(s, c);
    return run_suite(s);
}
