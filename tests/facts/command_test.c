/* Which program a command line is about. */
#include <check.h>
#include <string.h>

#include "base/own.h"
#include "facts/command.h"
#include "policy/value/json.h"

#include "tests/help/suite.h"

static const struct {
    const char *args;
    size_t at;
    bool is_file;
    const char *text;
} rows[] = {
    {"[]", 0, false, NULL},
    {"[\"nginx\",\"-g\",\"daemon off;\"]", 0, false, NULL},
    {"[\"/usr/bin/tini\",\"--\",\"/entry.sh\",\"x\"]", 2, false, NULL},
    {"[\"tini\",\"-g\",\"-e\",\"143\",\"--\",\"app\"]", 5, false, NULL},
    {"[\"/sbin/docker-init\",\"--\",\"docker-entrypoint.sh\",\"redis-server\"]", 2, false, NULL},
    {"[\"dumb-init\",\"-r\",\"15:2\",\"app\"]", 3, false, NULL},
    {"[\"tini\",\"--\",\"env\",\"A=b\",\"-u\",\"X\",\"C=d\",\"app\"]", 7, false, NULL},
    {"[\"tini\"]", 0, false, NULL},
    {"[\"tini\",\"--\"]", 0, false, NULL},
    {"[\"sh\",\"/start.sh\",\"a\"]", 1, true, NULL},
    {"[\"/bin/bash\",\"-e\",\"-o\",\"pipefail\",\"run.sh\"]", 4, true, NULL},
    {"[\"/bin/sh\",\"-c\",\"exec app\"]", 0, false, "exec app"},
    {"[\"bash\",\"-lc\",\"app; b\",\"x\"]", 0, false, "app; b"},
    {"[\"tini\",\"--\",\"bash\",\"-ec\",\"app\"]", 2, false, "app"},
    {"[\"sh\",\"-c\"]", 0, false, NULL},
    {"[\"bash\"]", 0, false, NULL},
    {"[\"bash\",\"--login\",\"s\"]", 2, true, NULL},
    {"[\"sh\",1]", 1, true, NULL},
};

START_TEST(the_program_is_found)
{
    struct arena a = ARENA_INIT(1 << 20);
    const struct value *args = NULL;
    struct err err = ERR_INIT;

    ck_assert(
        json_parse(&a, rows[_i].args, strlen(rows[_i].args), JSON_STRICT, &args, NULL, &err) == 0);
    const struct command c = command_read(args);
    ck_assert_uint_eq(c.at, rows[_i].at);
    ck_assert(c.is_file == rows[_i].is_file);
    ck_assert_pstr_eq(c.text, rows[_i].text);
    arena_done(&a);
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("command");
    TCase *const t = tcase_create("command");

    tcase_add_loop_test(t, the_program_is_found, 0, (int)ARRAY_LEN(rows));
    suite_add_tcase(s, t);
    return run_suite(s);
}
