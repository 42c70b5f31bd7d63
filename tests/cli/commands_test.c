#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

#include "tests/help/suite.h"

START_TEST(rows_are_whole_and_named_once)
{
    ck_assert_uint_gt(commands_n, 0);
    for (size_t i = 0; i < commands_n; i++) {
        const struct command *const c = &commands[i];

        ck_assert(c->name && c->synopsis && c->summary && c->detail && c->run && c->options);
        ck_assert_uint_le(c->min_args, c->max_args);
        ck_assert_str_ne(c->name, "help");
        for (size_t k = 0; k < i; k++)
            ck_assert_str_ne(c->name, commands[k].name);
    }
}
END_TEST

START_TEST(options_have_one_meaning_each)
{
    for (size_t i = 0; i < commands_n; i++) {
        const struct option_row *const rows = commands[i].options;

        for (const struct option_row *r = rows; r->name; r++) {
            ck_assert_msg(r->help && *r->help, "%s --%s has no help", commands[i].name, r->name);
            ck_assert_msg(!r->choices || r->value, "%s --%s: choices of a flag", commands[i].name,
                          r->name);
            ck_assert_msg(r->letter != 'h', "-h is help everywhere");
            for (const struct option_row *q = rows; q != r; q++) {
                ck_assert_str_ne(q->name, r->name);
                ck_assert_msg(!q->letter || q->letter != r->letter, "%s: -%c twice",
                              commands[i].name, r->letter);
            }
        }
    }
}
END_TEST

START_TEST(help_names_every_command_and_option)
{
    struct buf all = BUF_INIT;

    help_all(&all);
    for (size_t i = 0; i < commands_n; i++) {
        struct buf one = BUF_INIT;

        ck_assert_ptr_nonnull(strstr(all.data, commands[i].summary));
        help_command(&one, &commands[i]);
        for (const struct option_row *r = commands[i].options; r->name; r++)
            ck_assert_ptr_nonnull(strstr(one.data, r->name));
        buf_done(&one);
    }
    buf_done(&all);
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("cli/commands");
    TCase *const t = tcase_create("all");

    tcase_add_test(t, rows_are_whole_and_named_once);
    tcase_add_test(t, options_have_one_meaning_each);
    tcase_add_test(t, help_names_every_command_and_option);
    suite_add_tcase(s, t);

    return run_suite(s);
}
