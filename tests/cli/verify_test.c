/* Gatekeeper's suites: what holds passes, each kind of mistake is told, filters choose. */
#include <check.h>
#include <string.h>

#include "base/own.h"
#include "cli/verify_suite.h"

#include "tests/help/suite.h"

#define DIR "tests/fixtures/gatekeeper/"

enum { ARENA = 256 << 20 };

static void run(struct arena *a, const char *file, const char *only, struct verify_suite *out)
{
    struct verify_filter filter;
    struct err err = ERR_INIT;

    if (verify_filter_read(a, only, &filter, &err) < 0 ||
        verify_suite_run(a, file, &filter, out, &err) != 1)
        ck_abort_msg("%s", err.text);
}

START_TEST(what_holds_passes)
{
    AUTO_ARENA struct arena a = ARENA_INIT(ARENA);
    struct verify_suite s;

    run(&a, DIR "suite.yaml", NULL, &s);
    for (size_t t = 0; t < s.tests_n; t++) {
        ck_assert_msg(!s.tests[t].error, "%s: %s", s.tests[t].name, s.tests[t].error);
        for (size_t c = 0; c < s.tests[t].cases_n; c++)
            ck_assert_msg(!s.tests[t].cases[c].error, "%s: %s", s.tests[t].cases[c].name,
                          s.tests[t].cases[c].error);
    }
    ck_assert(!verify_suite_failed(&s));
    ck_assert_uint_eq(s.tests_n, 4);
    ck_assert_uint_eq(s.tests[0].cases_n, 7);
    ck_assert_uint_eq(s.tests[0].assertions, 9);
    ck_assert(s.tests[0].cases[6].skipped);
}
END_TEST

/* clang-format off */
static const struct {
    const char *name, *error;
} mistakes[] = {
    { "counts",          "got 2 violations but want exactly 3: got messages [high: container one" },
    { "passes",          "got 2 violations but want none"                                         },
    { "message",         "got 0 violations containing \"nothing of the kind\" but want at least 1" },
    { "asserts-nothing", "assertions must be non-empty"                                           },
    { "no-object",       "must define object"                                                     },
    { "misspelt",        "unknown field \"request.objekt\""                                       },
    { "wrong-word",      "must be a nonnegative integer, \"yes\", or \"no\""                      },
    { "wrong-pattern",   "invalid regular expression"                                             },
    { "absent",          "absent.yaml"                                                            },
};
static const char *const test_mistakes[] = {
    NULL, "should have failed schema validation", "missing template", "not a Constraint",
};
/* clang-format on */

START_TEST(each_mistake_is_told)
{
    AUTO_ARENA struct arena a = ARENA_INIT(ARENA);
    struct verify_suite s;

    run(&a, DIR "suite-fails.yaml", NULL, &s);
    ck_assert_uint_eq(s.tests[0].cases_n, ARRAY_LEN(mistakes));
    for (size_t i = 0; i < ARRAY_LEN(mistakes); i++) {
        const struct verify_case *const c = &s.tests[0].cases[i];

        ck_assert_str_eq(c->name, mistakes[i].name);
        ck_assert_msg(c->error && strstr(c->error, mistakes[i].error), "%s: %s", c->name,
                      c->error ? c->error : "passes");
    }
    ck_assert_uint_eq(s.tests_n, ARRAY_LEN(test_mistakes));
    for (size_t i = 1; i < s.tests_n; i++)
        ck_assert_msg(s.tests[i].error && strstr(s.tests[i].error, test_mistakes[i]), "%s: %s",
                      s.tests[i].name, s.tests[i].error ? s.tests[i].error : "passes");
    ck_assert(verify_suite_failed(&s));
}
END_TEST

static size_t ran(const struct verify_suite *s)
{
    size_t n = 0;

    for (size_t t = 0; t < s->tests_n; t++)
        for (size_t c = 0; c < s->tests[t].cases_n; c++)
            n += !s->tests[t].cases[c].skipped;
    return n;
}

START_TEST(filters_choose_tests_and_cases)
{
    /* clang-format off */
    static const struct { const char *only; size_t cases; } rows[] = {
        { "",                  9 }, { "few",        6 }, { "few//",       6 }, { "//namespace-", 2 },
        { "few//^good$",       1 }, { "^good$",     1 }, { "selector//k", 2 }, { "x//",          0 },
        { "elsewhere|deleted", 2 },
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO_ARENA struct arena a = ARENA_INIT(ARENA);
        struct verify_suite s;

        run(&a, DIR "suite.yaml", rows[i].only, &s);
        ck_assert_msg(ran(&s) == rows[i].cases, "%s: %zu", rows[i].only, ran(&s));
    }
}
END_TEST

START_TEST(a_filter_has_one_cut_and_is_a_pattern)
{
    AUTO_ARENA struct arena a = ARENA_INIT(ARENA);
    struct verify_filter f;
    struct err err = ERR_INIT;

    ck_assert_int_eq(verify_filter_read(&a, "a//b//c", &f, &err), -1);
    ck_assert_int_eq(verify_filter_read(&a, "a(", &f, &err), -1);
}
END_TEST

START_TEST(other_files_are_no_suites)
{
    AUTO_ARENA struct arena a = ARENA_INIT(ARENA);
    const struct verify_filter any = {0};
    struct verify_suite s;
    struct err err = ERR_INIT;

    ck_assert_int_eq(verify_suite_run(&a, DIR "good.yaml", &any, &s, &err), 0);
    ck_assert_int_eq(verify_suite_run(&a, DIR "none.yaml", &any, &s, &err), -1);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("verify");
    TCase *const tc = tcase_create("suites");

    tcase_add_test(tc, what_holds_passes);
    tcase_add_test(tc, each_mistake_is_told);
    tcase_add_test(tc, filters_choose_tests_and_cases);
    tcase_add_test(tc, a_filter_has_one_cut_and_is_a_pattern);
    tcase_add_test(tc, other_files_are_no_suites);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
