#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

#include "tests/help/suite.h"

static const char *const formats[] = {"text", "json", NULL};
static const struct option_row rows[] = {
    {"format", 'f', "FORMAT", "", formats},
    {"data", 'd', "PATH", "", NULL},
    {"fix", 0, NULL, "", NULL},
    {NULL, 0, NULL, NULL, NULL},
};
static const struct command sample = {.name = "sample",
                                      .synopsis = "WORD",
                                      .summary = "",
                                      .detail = "",
                                      .options = rows,
                                      .min_args = 1,
                                      .max_args = 2};

static int parse(struct call *call, struct err *err, const char *const *argv)
{
    size_t n = 0;

    while (argv[n])
        n++;
    *call = (struct call){.command = &sample};
    return call_parse(call, argv, n, err);
}

#define ARGV(...) ((const char *const[]){__VA_ARGS__, NULL})

START_TEST(options_take_values_in_every_form)
{
    struct call c;
    struct err err = ERR_INIT;

    ck_assert_int_eq(
        parse(&c, &err, ARGV("-d", "a", "--data", "b", "--data=c", "-dd", "-d=e", "w")), 0);
    ck_assert_str_eq(call_values(&c, "data", 0), "a");
    ck_assert_str_eq(call_values(&c, "data", 1), "b");
    ck_assert_str_eq(call_values(&c, "data", 2), "c");
    ck_assert_str_eq(call_values(&c, "data", 3), "d");
    ck_assert_str_eq(call_values(&c, "data", 4), "e");
    ck_assert_ptr_null(call_values(&c, "data", 5));
    ck_assert_uint_eq(c.args_n, 1);
    ck_assert_str_eq(c.args[0], "w");
    call_done(&c);
}
END_TEST

START_TEST(last_value_wins_and_defaults_stand)
{
    struct call c;
    struct err err = ERR_INIT;

    ck_assert_int_eq(parse(&c, &err, ARGV("-f", "text", "w", "-fjson")), 0);
    ck_assert(call_json(&c));
    ck_assert_str_eq(call_value(&c, "data", "none"), "none");
    ck_assert(!call_flag(&c, "fix"));
    call_done(&c);
}
END_TEST

START_TEST(two_dashes_end_options)
{
    struct call c;
    struct err err = ERR_INIT;

    ck_assert_int_eq(parse(&c, &err, ARGV("--fix", "--", "--fix")), 0);
    ck_assert_uint_eq(c.options_n, 1);
    ck_assert_str_eq(c.args[0], "--fix");
    call_done(&c);
}
END_TEST

static void refused(const char *const *argv, const char *text)
{
    struct call c;
    struct err err = ERR_INIT;

    ck_assert_int_eq(parse(&c, &err, argv), -1);
    ck_assert_int_eq(err.code, ERR_USAGE);
    ck_assert_msg(strstr(err.text, text) != NULL, "'%s' does not say '%s'", err.text, text);
    call_done(&c);
}

START_TEST(mistakes_are_usage_errors_that_name_the_nearest)
{
    refused(ARGV("--formt=json", "w"), "did you mean --format?");
    refused(ARGV("-f", "jsn", "w"), "did you mean json?");
    refused(ARGV("--zzzzz", "w"), "unknown option --zzzzz");
    refused(ARGV("-x", "w"), "unknown option -x");
    refused(ARGV("--fix=1", "w"), "takes no value");
    refused(ARGV("w", "--data"), "needs a value");
    refused(ARGV("a", "b", "c"), "usage:");
    refused(ARGV("--fix"), "usage:");
}
END_TEST

START_TEST(hostile_options_are_escaped)
{
    struct call c;
    struct err err = ERR_INIT;

    ck_assert_int_eq(parse(&c, &err, ARGV("--\033[2Jx", "w")), -1);
    ck_assert_ptr_null(strchr(err.text, '\033'));
    call_done(&c);
}
END_TEST

START_TEST(nearest_counts_swaps_and_keeps_its_distance)
{
    static const char *const names[] = {"lint", "explain", "policy activate"};

    ck_assert_str_eq(nearest("lnit", names, 3), "lint");
    ck_assert_str_eq(nearest("explian", names, 3), "explain");
    ck_assert_str_eq(nearest("policy activat", names, 3), "policy activate");
    ck_assert_ptr_null(nearest("list-all", names, 3));
    ck_assert_ptr_null(nearest("ab", names, 3));
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("cli/args");
    TCase *const t = tcase_create("all");

    tcase_add_test(t, options_take_values_in_every_form);
    tcase_add_test(t, last_value_wins_and_defaults_stand);
    tcase_add_test(t, two_dashes_end_options);
    tcase_add_test(t, mistakes_are_usage_errors_that_name_the_nearest);
    tcase_add_test(t, hostile_options_are_escaped);
    tcase_add_test(t, nearest_counts_swaps_and_keeps_its_distance);
    suite_add_tcase(s, t);

    return run_suite(s);
}
