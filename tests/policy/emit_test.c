/* What code generation makes of the language: module, query, answers. Each row names one construct
 * whose code is its own. */
#include "tests/help/suite.h"
#include "tests/policy/compiled.h"

struct row {
    const char *name, *module, *query, *input, *want; /* want: set of bindings as JSON array */
};

static const struct row rows[] = {
    {"iteration binds key and value", "package t\nxs := [\"a\", \"b\"]", "data.t.xs[i] = x", NULL,
     "[{\"i\":0,\"x\":\"a\"},{\"i\":1,\"x\":\"b\"}]"},
    {"arrays are taken apart", "package t\np := y if [1, [_, y]] = [1, [2, 3]]", "x = data.t.p",
     NULL, "[{\"x\":3}]"},
    {"objects are taken apart by their keys",
     "package t\np := y if {\"a\": 1, \"b\": y} = {\"b\": 7, \"a\": 1}", "x = data.t.p", NULL,
     "[{\"x\":7}]"},
    {"patterns of other length do not match", "package t\np := x if [x] = input", "x = data.t.p",
     "[1,2]", "[]"},
    {"negation leaves nothing bound", "package t\np if not input.xs[5]", "x = data.t.p",
     "{\"xs\":[1,2]}", "[{\"x\":true}]"},
    {"negation fails on the first witness", "package t\nq if input.xs[_] == 2\np if not q",
     "x = data.t.p", "{\"xs\":[1,2]}", "[]"},
    {"every looks at all", "package t\np if every x in input.xs { x > 1 }", "x = data.t.p",
     "{\"xs\":[2,3]}", "[{\"x\":true}]"},
    {"every fails on one", "package t\np if every x in input.xs { x > 1 }", "x = data.t.p",
     "{\"xs\":[2,1,3]}", "[]"},
    {"every over nothing holds", "package t\np if every x in [] { x > 1 }", "x = data.t.p", NULL,
     "[{\"x\":true}]"},
    {"every with loops in its body backtracks within an element",
     "package t\np if every x in [1, 2] { some y in [2, 1]; y == x }", "x = data.t.p", NULL,
     "[{\"x\":true}]"},
    {"comprehensions see outer variables",
     "package t\np := {x: ys | some x in [1, 2]; ys := [y | some y in [1, 2, 3]; y > x]}",
     "x = data.t.p", NULL, "[{\"x\":{\"1\":[2,3],\"2\":[3]}}]"},
    {"object comprehensions refuse two values of a key",
     "package t\np := {k: v | some v in [1, 2]; k := 1}", "x = data.t.p", NULL,
     "error eval_conflict_error"},
    {"else is tried in order", "package t\np := 1 if input.a else := 2 if input.b else := 3",
     "x = data.t.p", "{\"b\":true}", "[{\"x\":2}]"},
    {"else falls through", "package t\np := 1 if input.a else := 2 if input.b else := 3",
     "x = data.t.p", "{}", "[{\"x\":3}]"},
    {"else of a set with an earlier result is judged on its own",
     "package t\nf(x) := 1 if x > 5 else := 2 if x > 3\nf(x) := 2 if x < 0 else := 2 if x == 4",
     "x = data.t.f(4)", NULL, "[{\"x\":2}]"},
    {"defaults stand in", "package t\ndefault p := 7\np := 1 if input.a", "x = data.t.p", "{}",
     "[{\"x\":7}]"},
    {"functions match patterns", "package t\nf([1, x]) := x\nf({\"k\": x}) := x + 1",
     "x = [data.t.f([1, 5]), data.t.f({\"k\": 5})]", NULL, "[{\"x\":[5,6]}]"},
    {"functions have defaults", "package t\ndefault f(_) := \"none\"\nf(1) := \"one\"",
     "x = [data.t.f(1), data.t.f(2)]", NULL, "[{\"x\":[\"one\",\"none\"]}]"},
    {"two different results conflict", "package t\np := x if some x in [1, 2]", "x = data.t.p",
     NULL, "error eval_conflict_error"},
    {"equal results do not", "package t\np := x if some x in [1, 1.0]", "x = data.t.p", NULL,
     "[{\"x\":1}]"},
    {"partial sets collect", "package t\np contains x if some x in [3, 1, 3]", "x = data.t.p", NULL,
     "[{\"x\":[1,3]}]"},
    {"heads with variables nest",
     "package t\np[x].b[y] := x + y if { some x in [1]; some y in [2, 3] }", "x = data.t.p", NULL,
     "[{\"x\":{\"1\":{\"b\":{\"2\":3,\"3\":4}}}}]"},
    {"heads with variables meet ground ones", "package t\np[x] := 1 if x := \"a\"\np.b := 2",
     "x = data.t.p[k]", NULL, "[{\"k\":\"a\",\"x\":1},{\"k\":\"b\",\"x\":2}]"},
    {"the tree is walked by variables", "package t.u\na := 1\nb := 2", "x = data.t[p][r]", NULL,
     "[{\"p\":\"u\",\"r\":\"a\",\"x\":1},{\"p\":\"u\",\"r\":\"b\",\"x\":2}]"},
    {"with replaces input and restores it",
     "package t\nq := input.a\np := [x, y, z] if { x := q; y := q with input.a as 5; z := q }",
     "x = data.t.p", "{\"a\":1}", "[{\"x\":[1,5,1]}]"},
    {"with is entered again when backtracking",
     "package t\nq contains x if some x in input\np contains [x, y] if { some x in q with input as "
     "[1, 2]; y := input[0] }",
     "x = data.t.p", "[9]", "[{\"x\":[[1,9],[2,9]]}]"},
    {"with replaces rules", "package t\nq := 1\np := x if x := data.t.q with data.t.q as 3",
     "x = data.t.p", NULL, "[{\"x\":3}]"},
    {"with replaces functions and built-ins",
     "package t\nf(x) := x\ng(_) := 40\np := f(1) + count([1]) if true with f as g with count as 2",
     "x = data.t.p", NULL, "[{\"x\":2}]"},
    {"a replacement may call what it replaces",
     "package t\nf(x) := x\ng(x) := f(x) + 1\nq := f(1)\np := x if x := q with f as g",
     "x = data.t.p", NULL, "[{\"x\":2}]"},
    {"results differ by frame",
     "package t\nq := input\np := [a, b, c] if { a := q with input as 1; "
     "b := q with input as 2; c := q with input as 1 }",
     "x = data.t.p", NULL, "[{\"x\":[1,2,1]}]"},
    {"walk is a relation",
     "package t\np contains v if { walk(input, [path, v]); count(path) == 2 }", "x = data.t.p",
     "{\"a\":{\"b\":1}}", "[{\"x\":[1]}]"},
    {"an undefined built-in is undefined", "package t\np := 1 / 0\nq := 1 if not p", "x = data.t.q",
     NULL, "[{\"x\":1}]"},
    {"sets are looked up by member", "package t\ns := {1, [2, 3]}\np if s[[2, 3]]", "x = data.t.p",
     NULL, "[{\"x\":true}]"},
    {"loops over one collection find the elements that have a field, however it is asked for",
     "package t\n"
     "q contains [\"true\", i] if { some i, m in input; m.a }\n"
     "q contains [\"present\", i] if { some i, m in input; x := m.a; x in {false, null} }\n"
     "q contains [\"false\", i] if { some i, m in input; m.a == false }\n"
     "q contains [\"equal\", i] if { some i, m in input; m.a == 1 }\n"
     "q contains [\"not\", i] if { some i, m in input; not m.a }\n"
     "q contains [\"filled\", i, y] if { some i, m in input; some y in m.a; m.b }\n"
     "q contains [\"deep\", i] if { some i, m in input; m.a.b.c }\n"
     "q contains [\"both\", i] if { some i; m := input[i]; m.a; not m.b }\n"
     "q contains [\"in\", i] if { some i, m in input; m.a in {1, 2} }",
     "x = data.t.q",
     "[{\"a\":true},{\"a\":false},{\"b\":1},{\"a\":1,\"b\":2},{\"a\":[7,8],\"b\":0},{\"a\":[]},"
     "{\"a\":{\"b\":{\"c\":3}}},null,\"a\",[1]]",
     "[{\"x\":[[\"both\",0],[\"both\",5],[\"both\",6],[\"deep\",6],[\"equal\",3],[\"false\",1],"
     "[\"filled\",4,7],[\"filled\",4,8],[\"in\",3],[\"not\",1],[\"not\",2],[\"not\",7],[\"not\",8],"
     "[\"not\",9],[\"present\",1],[\"true\",0],[\"true\",3],[\"true\",4],[\"true\",5],[\"true\",6]]}]"},
    {"members of a set are fields of their own",
     "package t\ns := {{\"a\", \"b\"}, {\"b\"}}\np contains m if { some m in s; m.a }\n"
     "q contains m if { some m in s; m.a }\nr contains m if { some m in s; not m.a }",
     "x = [data.t.p, data.t.q, data.t.r]", NULL,
     "[{\"x\":[[[\"a\",\"b\"]],[[\"a\",\"b\"]],[[\"b\"]]]}]"},
    {"set members are matched by pattern",
     "package t\ns := {[1, 2], [3, 4]}\np contains y if s[[_, y]]", "x = data.t.p", NULL,
     "[{\"x\":[2,4]}]"},
};

static void answer(struct arena *a, const struct row *r, bool fold, struct buf *got)
{
    struct rego_source source = {.name = "t.rego", .text = r->module, .len = strlen(r->module)};
    const struct rego_eval_job job = {.sources = &source,
                                      .sources_n = 1,
                                      .query = r->query,
                                      .input = r->input ? json(a, r->input) : NULL,
                                      .rego = {.version = REGO_V1, .fold = fold}};
    struct rego_diags diags = {0};
    struct err err = ERR_INIT;
    const struct value *set = NULL;

    if (rego_eval_bindings(a, &job, &set, &diags, &err) < 0)
        buf_printf(got, "error %s", err.eval ? err.eval : err.text);
    else
        json_print(got, set, JSON_COMPACT);
}

START_TEST(answers_are_as_expected)
{
    AUTO_ARENA struct arena a = ARENA_INIT((size_t)64 << 20);
    AUTO_BUF struct buf got = BUF_INIT, folded = BUF_INIT;

    answer(&a, &rows[_i], false, &got);
    ck_assert_msg(strcmp(got.data, rows[_i].want) == 0, "%s: want %s, got %s", rows[_i].name,
                  rows[_i].want, got.data);
    answer(&a, &rows[_i], true, &folded);
    ck_assert_msg(strcmp(folded.data, rows[_i].want) == 0, "%s, folded: want %s, got %s",
                  rows[_i].name, rows[_i].want, folded.data);
}
END_TEST

/* What reads no input costs nothing at run time; what does, or cannot be had in bounds, stays. */
START_TEST(folding_leaves_only_what_reads_input)
{
    static const struct {
        const char *module;
        bool folds;
    } kinds[] = {
        {"p := count([x | some x in numbers.range(1, 500)])", true},
        {"q contains x if some x in numbers.range(1, 500)\np := count(q)", true},
        {"q[x] := x if some x in numbers.range(1, 500)\np := q[7]", true},
        {"p := count([x | some x in numbers.range(1, 500); x != input.a])", false},
        {"p := count([x | some x in numbers.range(1, 500); time.now_ns() > x])", false},
        {"p := count([x | some x in numbers.range(1, 500); to_number(\"a\") == x])", false},
    };
    static const struct machine_options opt = {.now_ns = 1};

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        AUTO_ARENA struct arena a = ARENA_INIT((size_t)64 << 20);
        const char *const text = arena_printf(&a, "package t\n%s\n", kinds[i].module);
        struct rego_source source = {.name = "t.rego", .text = text, .len = strlen(text)};
        struct machine_stats stats = {0};
        const struct rego_eval_job job = {.sources = &source,
                                          .sources_n = 1,
                                          .query = "x = data.t.p",
                                          .rego = {.version = REGO_V1, .fold = true},
                                          .machine = opt,
                                          .stats = &stats};
        struct rego_diags diags = {0};
        struct err err = ERR_INIT;
        const struct value *set = NULL;

        ck_assert_msg(rego_eval_bindings(&a, &job, &set, &diags, &err) == 0, "%s", err.text);
        ck_assert_msg((stats.steps < 20) == kinds[i].folds, "%s: %llu steps", kinds[i].module,
                      (unsigned long long)stats.steps);
    }
}
END_TEST

/* A set of many rules answers alike with its index and, one by one, without. */
START_TEST(index_skips_only_what_cannot_hold)
{
    AUTO_ARENA struct arena a = ARENA_INIT((size_t)256 << 20);
    AUTO_BUF struct buf text = BUF_INIT, image = BUF_INIT;
    struct image img = IMAGE_INIT;
    struct err err = ERR_INIT;

    buf_puts(&text, "package t\n");
    for (int i = 0; i < 500; i++)
        buf_printf(&text, "p contains %d if { input.kind == \"k%d\"; input.n == %d }\n", i, i % 50,
                   i % 7);
    buf_puts(&text,
             "p contains \"always\" if input.n > 0\np contains \"null\" if input.kind == null\n");
    compile_text(&a, text.data, "t.p", &image);
    ck_assert_msg(image_borrow(&img, image.data, image.len, &err) == 0, "%s", err.text);
    ck_assert_msg(image_check(&img, &err) == 0, "%s", err.text);

    for (int k = 0; k < 55; k++) {
        struct machine_stats stats;
        const struct value *out,
            *in = json(&a, arena_printf(&a, "{\"kind\":\"k%d\",\"n\":%d}", k, k % 7));
        size_t want = k % 7 > 0;
        for (int i = 0; i < 500; i++)
            want += i % 50 == k && i % 7 == k % 7;
        ck_assert(machine_run(&img, "data.t.p", in, &a, NULL, &out, &stats, &err) == 0);
        ck_assert_uint_eq(out->count, want);
        ck_assert_uint_le(stats.rules, 15);
    }
    const struct value *out;
    ck_assert(machine_run(&img, "data.t.p", json(&a, "{\"kind\":null,\"n\":1.0}"), &a, NULL, &out,
                          NULL, &err) == 0);
    ck_assert_uint_eq(out->count, 2);
    ck_assert(machine_run(&img, "data.t.p", json(&a, "{\"kind\":\"k1\",\"n\":1.0}"), &a, NULL, &out,
                          NULL, &err) == 0);
    ck_assert_uint_gt(out->count, 1); /* 1.0 is 1 */
}
END_TEST

START_TEST(expressions_carry_value_text_and_place)
{
    AUTO_ARENA struct arena a = ARENA_INIT((size_t)64 << 20);
    AUTO_BUF struct buf got = BUF_INIT;
    const struct rego_eval_job job = {.query = "x := 1; x == 1", .rego.version = REGO_V1};
    struct rego_diags diags = {0};
    struct err err = ERR_INIT;
    const struct value *out;

    ck_assert_msg(rego_eval(&a, &job, &out, &diags, &err) == 0, "%s", err.text);
    json_print(&got, out, JSON_COMPACT);
    ck_assert_str_eq(got.data,
                     "{\"result\":[{\"bindings\":{\"x\":1},\"expressions\":["
                     "{\"location\":{\"col\":1,\"row\":1},\"text\":\"x := 1\",\"value\":true},"
                     "{\"location\":{\"col\":9,\"row\":1},\"text\":\"x == 1\",\"value\":true}]}]}");
}
END_TEST

START_TEST(false_is_a_value_of_a_lone_expression)
{
    AUTO_ARENA struct arena a = ARENA_INIT((size_t)64 << 20);
    const struct rego_eval_job job = {.query = "1 == 2", .rego.version = REGO_V1};
    const struct rego_eval_job two = {.query = "1 == 2; true", .rego.version = REGO_V1};
    struct rego_diags diags = {0};
    struct err err = ERR_INIT;
    const struct value *out;

    ck_assert_msg(rego_eval(&a, &job, &out, &diags, &err) == 0, "%s", err.text);
    const struct value *const row = value_at(value_field(out, "result"), 0);
    ck_assert(!value_truthy(value_field(value_at(value_field(row, "expressions"), 0), "value")));
    ck_assert_msg(rego_eval(&a, &two, &out, &diags, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(out->count, 0);
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("emit");
    TCase *const t = tcase_create("emit");

    tcase_add_loop_test(t, answers_are_as_expected, 0, (int)ARRAY_LEN(rows));
    tcase_add_test(t, folding_leaves_only_what_reads_input);
    tcase_add_test(t, index_skips_only_what_cannot_hold);
    tcase_add_test(t, expressions_carry_value_text_and_place);
    tcase_add_test(t, false_is_a_value_of_a_lone_expression);
    suite_add_tcase(s, t);
    return run_suite(s);
}
