/* Whose the files below a directory are. */
#include <check.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "facts/tree.h"

#include "tests/help/json.h"
#include "tests/help/places.h"
#include "tests/help/suite.h"

static const char *look(void)
{
    AUTO_FD int fd = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const struct value *out = NULL;
    struct err err = ERR_INIT;

    ck_assert_int_eq(tree_look(&arena, fd, &out, &err), 0);
    return to_json(&arena, out);
}

START_TEST(owners_are_told_sorted_and_links_are_not_followed)
{
    if (geteuid() != 0)
        return;
    file(in(outside, "theirs"), 0600, 1000);
    ck_assert_int_eq(chown(in(outside, "theirs"), 77, 77), 0);
    ck_assert_int_eq(mkdir(in(top, "d"), 0700), 0);
    file(in(top, "d/f"), 0600, 10);
    file(in(top, "g"), 0600, 5);
    ck_assert_int_eq(chown(in(top, "g"), 9, 9), 0);
    ck_assert_int_eq(chown(in(top, "d"), 1000, 9), 0);
    ck_assert_int_eq(symlink(outside, in(top, "link")), 0);
    ck_assert_int_eq(mkfifo(in(top, "pipe"), 0600), 0);
    ck_assert_str_eq(
        look(), "{\"bytes\":15,\"complete\":true,\"entries\":5,\"special\":1,\"uids\":[0,9,1000]}");
}
END_TEST

START_TEST(nothing_there_is_complete)
{
    ck_assert_str_eq(look(),
                     "{\"bytes\":0,\"complete\":true,\"entries\":0,\"special\":0,\"uids\":[]}");
}
END_TEST

START_TEST(the_look_ends_at_its_limits)
{
    char name[32];

    for (int i = 0; i < TREE_ENTRIES_MAX; i++) {
        (void)snprintf(name, sizeof(name), "f%d", i);
        file(in(top, name), 0600, 0);
    }
    ck_assert_ptr_nonnull(strstr(look(), "\"complete\":true"));
    file(in(top, "one-more"), 0600, 0);
    ck_assert_ptr_nonnull(strstr(look(), "\"complete\":false"));
}
END_TEST

START_TEST(many_bytes_end_the_look)
{
    file(in(top, "big"), 0600, (off_t)TREE_BYTES_MAX);
    ck_assert_ptr_nonnull(strstr(look(), "\"complete\":true"));
    file(in(top, "byte"), 0600, 1);
    ck_assert_ptr_nonnull(strstr(look(), "\"complete\":false"));
}
END_TEST

START_TEST(deep_trees_end_the_look)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof(path), "%s", top);

    for (int i = 0; i < TREE_DEPTH_MAX; i++) {
        n += snprintf(path + n, sizeof(path) - (size_t)n, "/d");
        ck_assert_int_eq(mkdir(path, 0700), 0);
    }
    ck_assert_ptr_nonnull(strstr(look(), "\"complete\":false"));
    ck_assert_int_eq(rmdir(path), 0);
    ck_assert_ptr_nonnull(strstr(look(), "\"complete\":true"));
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("tree");
    TCase *const t = tcase_create("tree");

    tcase_add_checked_fixture(t, places_begin, places_end);
    tcase_add_test(t, owners_are_told_sorted_and_links_are_not_followed);
    tcase_add_test(t, nothing_there_is_complete);
    tcase_add_test(t, the_look_ends_at_its_limits);
    tcase_add_test(t, many_bytes_end_the_look);
    tcase_add_test(t, deep_trees_end_the_look);
    suite_add_tcase(s, t);
    return run_suite(s);
}
