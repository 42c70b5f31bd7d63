/* The machine's limits, errors and counters. */
#include "policy/machine/image.h"

#include "tests/help/suite.h"
#include "tests/policy/compiled.h"

static int run_limited(struct arena *a, const char *text, const struct machine_options *opt,
                       const char *input, const struct value **out, struct machine_stats *stats,
                       struct err *err)
{
    AUTO_BUF struct buf image = BUF_INIT;
    struct image img = IMAGE_INIT;

    compile_text(a, text, "t.p", &image);
    ck_assert_msg(image_borrow(&img, image.data, image.len, err) == 0, "%s", err->text);
    ck_assert_msg(image_check(&img, err) == 0, "%s", err->text);
    /* Results may point into the image: it moves into the arena. */
    void *const kept = arena_alloc(a, image.len);
    ck_assert_ptr_nonnull(kept);
    memcpy(kept, image.data, image.len);
    ck_assert(image_borrow(&img, kept, image.len, err) == 0);
    return machine_run(&img, "data.t.p", input ? json(a, input) : NULL, a, opt, out, stats, err);
}

static const char squares[] =
    "package t\np := count([1 | some x in input; some y in input; x * y > 0])";

START_TEST(steps_are_limited_at_the_limit)
{
    AUTO_ARENA struct arena a = ARENA_INIT((size_t)64 << 20);
    struct machine_stats stats;
    struct err err = ERR_INIT;
    const struct value *out;

    ck_assert(run_limited(&a, squares, NULL, "[1,2,3,4,5,6,7,8]", &out, &stats, &err) == 0);
    struct machine_options opt = {.limits.steps = stats.steps};
    ck_assert(run_limited(&a, squares, &opt, "[1,2,3,4,5,6,7,8]", &out, NULL, &err) == 0);
    opt.limits.steps--;
    ck_assert(run_limited(&a, squares, &opt, "[1,2,3,4,5,6,7,8]", &out, NULL, &err) == -1);
    ck_assert_int_eq(err.code, ERR_LIMIT);
}
END_TEST

START_TEST(depth_is_limited_at_the_limit)
{
    AUTO_ARENA struct arena a = ARENA_INIT((size_t)64 << 20);
    AUTO_BUF struct buf text = BUF_INIT;
    struct err err = ERR_INIT;
    const struct value *out;

    /* The entry point is a call of its own. */
    buf_puts(&text, "package t\np := f0(1)\nf9(x) := x\n");
    for (int i = 0; i < 9; i++)
        buf_printf(&text, "f%d(x) := f%d(x)\n", i, i + 1);
    struct machine_options opt = {.limits.depth = 12};
    ck_assert_msg(run_limited(&a, text.data, &opt, NULL, &out, NULL, &err) == 0, "%s", err.text);
    opt.limits.depth = 11;
    ck_assert(run_limited(&a, text.data, &opt, NULL, &out, NULL, &err) == -1);
    ck_assert_int_eq(err.code, ERR_LIMIT);
}
END_TEST

START_TEST(memory_is_limited_by_the_arena)
{
    AUTO_ARENA struct arena a = ARENA_INIT((size_t)8 << 20);
    struct err err = ERR_INIT;
    const struct value *out;

    ck_assert(run_limited(&a,
                          "package t\np := [y | some x in numbers.range(1, 2000); y := "
                          "numbers.range(x, x + 1000)]",
                          NULL, NULL, &out, NULL, &err) == -1);
    ck_assert_int_eq(err.code, ERR_LIMIT);
}
END_TEST

START_TEST(built_in_errors_are_undefined_or_fatal)
{
    AUTO_ARENA struct arena a = ARENA_INIT((size_t)64 << 20);
    const struct machine_options strict = {.strict_builtin_errors = true};
    struct err err = ERR_INIT;
    const struct value *out;

    ck_assert(
        run_limited(&a, "package t\n\np := 1 / input.n", NULL, "{\"n\":0}", &out, NULL, &err) == 0);
    ck_assert_ptr_null(out);
    ck_assert(run_limited(&a, "package t\n\np := 1 / input.n", &strict, "{\"n\":0}", &out, NULL,
                          &err) == -1);
    ck_assert_str_eq(err.eval, "eval_builtin_error");
    ck_assert_str_eq(err.text, "test.rego:3: eval_builtin_error: div: divide by zero");
}
END_TEST

START_TEST(conflicts_name_file_line_and_rule)
{
    AUTO_ARENA struct arena a = ARENA_INIT((size_t)64 << 20);
    struct err err = ERR_INIT;
    const struct value *out;

    ck_assert(run_limited(&a, "package t\np := 1\np := 2 if input.n", NULL, "{\"n\":1}", &out, NULL,
                          &err) == -1);
    ck_assert_str_eq(err.text,
                     "test.rego:3: eval_conflict_error: complete rules must not produce multiple "
                     "outputs: rule data.t.p produced conflicting values");
}
END_TEST

START_TEST(rules_are_counted_and_remembered)
{
    AUTO_ARENA struct arena a = ARENA_INIT((size_t)64 << 20);
    struct machine_stats stats;
    struct err err = ERR_INIT;
    const struct value *out;

    /* The entry, p, and q once though it is asked for three times. */
    ck_assert(run_limited(&a, "package t\nq := input.n\np := q + q + q", NULL, "{\"n\":1}", &out,
                          &stats, &err) == 0);
    ck_assert_uint_eq(stats.rules, 3);
    ck_assert_int_eq(out->u.integer, 3);
}
END_TEST

START_TEST(constant_results_end_the_search)
{
    AUTO_ARENA struct arena a = ARENA_INIT((size_t)64 << 20);
    struct machine_stats few, many;
    struct err err = ERR_INIT;
    const struct value *out;

    ck_assert(run_limited(&a, "package t\np if input[_] > 0\np if input[_] > 1", NULL,
                          "[1,2,3,4,5]", &out, &few, &err) == 0);
    ck_assert(run_limited(&a, "package t\np if input[_] > 0\np if input[_] > 1", NULL,
                          "[1,2,3,4,5,6,7,8,9,10,11,12]", &out, &many, &err) == 0);
    ck_assert_uint_eq(few.steps, many.steps);
}
END_TEST

START_TEST(coverage_counts_expressions)
{
    AUTO_ARENA struct arena a = ARENA_INIT((size_t)64 << 20);
    AUTO_BUF struct buf image = BUF_INIT;
    struct image img = IMAGE_INIT;
    struct err err = ERR_INIT;
    const struct value *out;
    unsigned line, col, third = 0, fourth = 0;

    compile_text(&a, "package t\np if {\n  input.a\n  input.b\n}", "t.p", &image);
    ck_assert(image_borrow(&img, image.data, image.len, &err) == 0);
    uint32_t *const hits = ARENA_NEW_N(&a, uint32_t, image_rows(&img) + 1);
    const struct machine_options opt = {.coverage = hits};
    ck_assert(machine_run(&img, "data.t.p", json(&a, "{\"b\":1}"), &a, &opt, &out, NULL, &err) ==
              0);
    for (size_t i = 0; i < image_rows(&img); i++) {
        (void)image_row_at(&img, i, &line, &col);
        third += line == 3 ? hits[i] : 0;
        fourth += line == 4 ? hits[i] : 0;
    }
    ck_assert_uint_gt(third, 0);
    ck_assert_uint_eq(fourth, 0);
}
END_TEST

START_TEST(unknown_entries_are_errors)
{
    AUTO_ARENA struct arena a = ARENA_INIT((size_t)64 << 20);
    AUTO_BUF struct buf image = BUF_INIT;
    struct image img = IMAGE_INIT;
    struct err err = ERR_INIT;
    const struct value *out;

    compile_text(&a, "package t\np := 1", "t.p", &image);
    ck_assert(image_borrow(&img, image.data, image.len, &err) == 0);
    ck_assert(machine_run(&img, "data.t.q", NULL, &a, NULL, &out, NULL, &err) == -1);
    ck_assert_int_eq(err.code, ERR_INVALID);
    ck_assert_uint_eq(image_entries(&img)->count, 1);
    ck_assert(value_is_str(value_at(image_entries(&img), 0), "data.t.p"));
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("vm");
    TCase *const t = tcase_create("vm");

    tcase_add_test(t, steps_are_limited_at_the_limit);
    tcase_add_test(t, depth_is_limited_at_the_limit);
    tcase_add_test(t, memory_is_limited_by_the_arena);
    tcase_add_test(t, built_in_errors_are_undefined_or_fatal);
    tcase_add_test(t, conflicts_name_file_line_and_rule);
    tcase_add_test(t, rules_are_counted_and_remembered);
    tcase_add_test(t, constant_results_end_the_search);
    tcase_add_test(t, coverage_counts_expressions);
    tcase_add_test(t, unknown_entries_are_errors);
    suite_add_tcase(s, t);
    return run_suite(s);
}
