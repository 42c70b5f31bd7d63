/* policy test: what counts as a test, what passes, output and exit codes as `opa test` has them. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/own.h"
#include "cli/cli.h"

#include "tests/help/suite.h"

static char dir[] = "/tmp/sallyport-test-XXXXXX";
static char file[64];

static void setup(void)
{
    memcpy(dir + sizeof(dir) - 7, "XXXXXX", 6);
    ck_assert_ptr_nonnull(mkdtemp(dir));
    (void)snprintf(file, sizeof(file), "%s/a_test.rego", dir);
}

static void teardown(void)
{
    (void)unlink(file);
    (void)rmdir(dir);
}

static const struct command *command(const char *name)
{
    for (size_t i = 0; i < commands_n; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

/* Exit code of `policy test OPTIONS... FILE` over this text; *out gets what it printed. */
static int run(const char *text, const char *const *options, struct buf *out)
{
    FILE *const f = fopen(file, "we");
    const char *argv[8];
    size_t n = 0;
    struct call call = {.command = command("policy test")};
    struct err err = ERR_INIT;

    ck_assert_ptr_nonnull(f);
    ck_assert_int_ge(fputs(text, f), 0);
    ck_assert_int_eq(fclose(f), 0);
    for (; options && options[n]; n++)
        argv[n] = options[n];
    argv[n++] = file;
    if (call_parse(&call, argv, n, &err) < 0)
        ck_abort_msg("%s", err.text);
    const int code = call.command->run(&call, &err);
    if (code >= 0)
        buf_puts(out, call.out.data ? call.out.data : "");
    else
        buf_puts(out, err.text);
    call_done(&call);
    return code;
}

#define V "-v"

/* clang-format off */
static const struct {
    const char *text, *const options[4];
    int code;
    const char *has, *lacks;
} rows[] = {
    { "test_a if true",                                  {NULL},       0, "PASS: 1/1",             "test_a:" },
    { "test_a if true",                                  {V},          0, "data.t.test_a: PASS (", NULL      },
    { "test_a if false",                                 {NULL},       2, "FAIL: 1/1",             NULL      },
    { "test_a := false",                                 {NULL},       2, "data.t.test_a: FAIL",   NULL      },
    { "test_a := 7",                                     {NULL},       2, "FAIL: 1/1",             NULL      },
    /* two rules of one name are two tests, and none hides behind the other */
    { "test_a if true\ntest_a if false",                 {NULL},       2, "data.t.test_a#01: FAIL", NULL     },
    { "test_a if false\ntest_a if true",                 {NULL},       2, "PASS: 1/2",             NULL      },
    { "todo_test_a if false",                            {NULL},       2, "SKIPPED: 1/1",          NULL      },
    { "todo_test_a if false",                            {"-z"},       0, "SKIPPED: 1/1",          NULL      },
    { "x := 1 if true\nx := 2 if true\ntest_a if x == 1", {NULL},      2, "ERROR: 1/1",            NULL      },
    { "test_a if true\ntest_bc if false",                {"-r", "test_[a]"},  0, "PASS: 1/1",      NULL      },
    { "test_a if true",                                  {"-r", "^data.t.test_a$"}, 0, "PASS: 1/1", NULL     },
    { "test_a if true",                                  {"-r", "none"}, 0, "",                    "PASS"    },
    { "test_a if true",                                  {"-r", "none", "--fail-on-empty"}, 1, "", NULL      },
    { "test_a if {",                                     {NULL},       1, "",                      NULL      },
    { "test_a if print(\"said\")",                       {V},          0, "\n  said\n",            NULL      },
    /* cases: each name counts, one that fails is told though the object lacks it */
    { "test_c[n] if { some n, v in {\"x\": 1, \"y\": 2}; v == 1 }", {NULL}, 2, "  y: FAIL",       "  x: PASS" },
    { "test_c[n] if { some n, v in {\"x\": 1, \"y\": 2}; v == 1 }", {V},    2, "  x: PASS",       NULL      },
    { "test_c[n] if { some n, v in {\"x\": 1, \"y\": 1}; v == 1 }", {NULL}, 0, "PASS: 2/2",       NULL      },
    { "test_c[n][m] if { some n, v in {\"x\": {\"k\": 1, \"l\": 2}}; some m, w in v; w == 1 }", {NULL}, 2, "    l: FAIL", NULL },
    { "test_c[n] if { some n in set() }",                {NULL},       2, "FAIL: 1/1",             NULL      },
    { "test_a if true",                                  {"-f", "json"}, 0, "\"name\": \"test_a\"", "fail"   },
    { "test_a if false",                                 {"-f", "json"}, 2, "\"fail\": true",      NULL      },
    { "test_a if print(\"said\")",                       {"-f", "json"}, 0, "\"output\": \"c2FpZAo=\"", NULL },
    { "test_a if print(\"sai\")",                        {"-f", "json"}, 0, "\"output\": \"c2FpCg==\"", NULL },
    { "test_a if print(\"saids\")",                      {"-f", "json"}, 0, "\"output\": \"c2FpZHMK\"", NULL },
    { "todo_test_a if true",                             {"-f", "json", "-z"}, 0, "\"skip\": true", NULL     },
    { "test_a if true",                                  {"--count", "3"}, 0, "PASS: 3/3",         NULL      },
    { "f(x) := 1 if {\n x == 1\n} else := 2 if {\n x == 2\n}\ntest_a if f(1) == 1", {"-c"}, 0, "\"not_covered_lines\": 1", NULL },
    { "p if {\n input.a\n input.b\n}\ntest_a if not p with input as {}", {"-c"}, 0, "\"not_covered_lines\": 1", NULL },
    { "test_a if true\np if {\n false\n}",               {"-c", "--threshold", "90"}, 2, "",       NULL      },
    { "test_a if true",                                  {"-c", "--threshold", "90"}, 0, "\"coverage\": 100", NULL },
};
/* clang-format on */

START_TEST(tests_count_as_opa_counts_them)
{
    AUTO_BUF struct buf out = BUF_INIT;
    char text[512];

    (void)snprintf(text, sizeof(text), "package t\n%s\n", rows[_i].text);
    const int code = run(text, rows[_i].options[0] ? rows[_i].options : NULL, &out);
    const char *const got = out.data ? out.data : "";
    ck_assert_msg(code == rows[_i].code, "%s: %d: %s", rows[_i].text, code, got);
    ck_assert_msg(strstr(got, rows[_i].has), "%s: %s", rows[_i].text, got);
    ck_assert_msg(!rows[_i].lacks || !strstr(got, rows[_i].lacks), "%s: %s", rows[_i].text, got);
}
END_TEST

/* clang-format off */
static const char *const usage[][3] = {
    {"--count", "0"}, {"--count", "x"}, {"--threshold", "90"}, {"--bench", "-c"}, {"-r", "("},
};
/* clang-format on */

START_TEST(wrong_options_are_told)
{
    AUTO_BUF struct buf out = BUF_INIT;

    ck_assert_int_eq(run("package t\n", usage[_i], &out), -1);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("policy test");
    TCase *const tc = tcase_create("tests");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, tests_count_as_opa_counts_them, 0, ARRAY_LEN(rows));
    tcase_add_loop_test(tc, wrong_options_are_told, 0, ARRAY_LEN(usage));
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
