#include <check.h>
#include <stdlib.h>

#include "cli/table.h"

#include "tests/help/suite.h"

static void table_is(struct table t, const char *want)
{
    struct buf out = BUF_INIT;

    table_print(&out, &t);
    ck_assert_str_eq(out.data, want);
    buf_done(&out);
}

START_TEST(a_heading_is_centred_and_rows_stand_left)
{
    static const char *const cells[] = {"i", "x", "0", "\"long\"", "10", "é"};

    table_is((struct table){.cells = cells, .rows = 3, .cols = 2, .heading = true},
             "┌────┬────────┐\n"
             "│ i  │   x    │\n"
             "├────┼────────┤\n"
             "│ 0  │ \"long\" │\n"
             "│ 10 │ é      │\n"
             "└────┴────────┘\n");
}
END_TEST

START_TEST(columns_may_stand_right)
{
    static const char *const cells[] = {"samples", "7", "ns/op", "1234"};

    table_is((struct table){.cells = cells, .rows = 2, .cols = 2, .right = 1u << 1},
             "┌─────────┬──────┐\n"
             "│ samples │    7 │\n"
             "│ ns/op   │ 1234 │\n"
             "└─────────┴──────┘\n");
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("cli/table");
    TCase *const t = tcase_create("all");

    tcase_add_test(t, a_heading_is_centred_and_rows_stand_left);
    tcase_add_test(t, columns_may_stand_right);
    suite_add_tcase(s, t);

    return run_suite(s);
}
