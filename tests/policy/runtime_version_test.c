/* What runtimes answer to --version, and what a program that answers otherwise comes to. */
#include <check.h>

#include "base/own.h"
#include "policy/build/runtime_version.h"
#include "policy/value/json.h"

#include "tests/help/suite.h"

static const struct {
    const char *line, *want;
} lines[] = {
    {"runc version 1.1.5+ds1-1\ncommit: x\n", "{\"numbers\":[1,1,5],\"text\":\"1.1.5+ds1-1\"}"},
    {"crun version 1.8.1\n", "{\"numbers\":[1,8,1],\"text\":\"1.8.1\"}"},
    {"runc version 1.4.0-rc.1\n", "{\"numbers\":[1,4,0],\"text\":\"1.4.0-rc.1\"}"},
    {"youki version 0.5", "{\"numbers\":[0,5],\"text\":\"0.5\"}"},
    {"runc version 99999999999999999999.1\n",
     "{\"numbers\":[9999999,1],\"text\":\"99999999999999999999.1\"}"},
    {"runc version \n", NULL},
    {"runc version 1\n", NULL},
    {"runc version x.y\n", NULL},
    {"", NULL},
};

START_TEST(the_first_line_has_it)
{
    AUTO_ARENA struct arena a = ARENA_INIT(1 << 20);
    AUTO_BUF struct buf text = BUF_INIT;
    const struct value *const v = runtime_version_parse(&a, lines[_i].line);

    ck_assert_int_eq(v != NULL, lines[_i].want != NULL);
    if (!v)
        return;
    json_print(&text, v, JSON_COMPACT);
    ck_assert_str_eq(text.data, lines[_i].want);
}
END_TEST

START_TEST(programs_that_say_nothing_have_none)
{
    AUTO_ARENA struct arena a = ARENA_INIT(1 << 20);

    ck_assert_ptr_null(runtime_version(&a, "/bin/false"));
    ck_assert_ptr_null(runtime_version(&a, "/nonexistent/runc"));
    ck_assert_ptr_null(runtime_version(&a, "runc"));
    ck_assert_ptr_null(runtime_version(&a, NULL));
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("runtime_version");
    TCase *const t = tcase_create("version");

    tcase_add_loop_test(t, the_first_line_has_it, 0, (int)ARRAY_LEN(lines));
    tcase_add_test(t, programs_that_say_nothing_have_none);
    suite_add_tcase(s, t);
    return run_suite(s);
}
