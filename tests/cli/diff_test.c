#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "cli/diff.h"

#include "tests/help/suite.h"

static void diff_is(const char *before, const char *after, const char *want)
{
    struct buf out = BUF_INIT;
    struct err err = ERR_INIT;

    ck_assert_int_eq(diff_print(&out, "f", before, after, &err), 0);
    ck_assert_str_eq(out.data ? out.data : "", want);
    buf_done(&out);
}

START_TEST(equal_texts_say_nothing)
{
    diff_is("a\nb\n", "a\nb\n", "");
    diff_is("", "", "");
}
END_TEST

START_TEST(one_change_has_three_lines_around_it)
{
    diff_is("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n",
            "--- f\n+++ f (hardened)\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n");
}
END_TEST

START_TEST(far_changes_are_two_hunks_near_ones_one)
{
    diff_is("a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n",
            "--- f\n+++ f (hardened)\n@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n"
            "@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n");
    diff_is("a\n1\n2\nb\n", "A\n1\n2\nB\n",
            "--- f\n+++ f (hardened)\n@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n-b\n+B\n");
}
END_TEST

START_TEST(additions_and_removals_keep_common_lines)
{
    diff_is("a\nb\nc\n", "a\nc\nd\n", "--- f\n+++ f (hardened)\n@@ -1,3 +1,3 @@\n a\n-b\n c\n+d\n");
    diff_is("", "new\n", "--- f\n+++ f (hardened)\n@@ -0,0 +1,1 @@\n+new\n");
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("cli/diff");
    TCase *const t = tcase_create("all");

    tcase_add_test(t, equal_texts_say_nothing);
    tcase_add_test(t, one_change_has_three_lines_around_it);
    tcase_add_test(t, far_changes_are_two_hunks_near_ones_one);
    tcase_add_test(t, additions_and_removals_keep_common_lines);
    suite_add_tcase(s, t);

    return run_suite(s);
}
