#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "cli/lines.h"

#include "tests/help/suite.h"

static const char text[] = "{\n"                                          /* 1 */
                           "  \"a\": {\"x\": [1, 2, {\"y\": \"]}\"}]},\n" /* 2 */
                           "  \"b/c\": [\n"                               /* 3 */
                           "    \"\\\"quoted, \",\n"                      /* 4 */
                           "    -1.5e3,\n"                                /* 5 */
                           "    {\"k\": null,\n"                          /* 6 */
                           "     \"m~\": true}\n"                         /* 7 */
                           "  ],\n"
                           "  \"last\": false\n" /* 9 */
                           "}\n";

static size_t line(const char *ptr)
{
    return json_line(text, strlen(text), ptr);
}

START_TEST(pointers_find_their_lines)
{
    ck_assert_uint_eq(line(""), 1);
    ck_assert_uint_eq(line("/a"), 2);
    ck_assert_uint_eq(line("/a/x/2/y"), 2);
    ck_assert_uint_eq(line("/b~1c"), 3);
    ck_assert_uint_eq(line("/b~1c/0"), 4);
    ck_assert_uint_eq(line("/b~1c/1"), 5);
    ck_assert_uint_eq(line("/b~1c/2/k"), 6);
    ck_assert_uint_eq(line("/b~1c/2/m~0"), 7);
    ck_assert_uint_eq(line("/last"), 9);
}
END_TEST

START_TEST(places_have_columns_in_characters)
{
    static const char wide[] = "{\"\xc3\xa4\": 1, \"b\": {\"c\": 2}}";
    const struct json_place a = json_place(text, strlen(text), "/a/x", false);
    const struct json_place c = json_place(wide, strlen(wide), "/b/c", false);
    const struct json_place parent = json_place(wide, strlen(wide), "/b/d/e", true);
    const struct json_place none = json_place(wide, strlen(wide), "/b/d/e", false);

    ck_assert_uint_eq(a.line, 2);
    ck_assert_uint_eq(a.column, 14);
    ck_assert_uint_eq(c.line, 1);
    ck_assert_uint_eq(c.column, 21);
    ck_assert_uint_eq(parent.column, 15);
    ck_assert_uint_eq(none.line, 0);
}
END_TEST

START_TEST(places_that_are_not_there_have_no_line)
{
    ck_assert_uint_eq(line("/nothing"), 0);
    ck_assert_uint_eq(line("/b~1c/3"), 0);
    ck_assert_uint_eq(line("/b~1c/-"), 0);
    ck_assert_uint_eq(line("/b~1c/x"), 0);
    ck_assert_uint_eq(line("/last/deeper"), 0);
    ck_assert_uint_eq(line("/a/x/2/y/0"), 0);
}
END_TEST

/* Cut anywhere, the text is never read past its end (the sanitizer watches). */
START_TEST(torn_texts_are_survived)
{
    for (size_t len = 0; len < strlen(text); len++) {
        char *const torn = malloc(len ? len : 1);

        ck_assert_ptr_nonnull(torn);
        memcpy(torn, text, len);
        (void)json_line(torn, len, "/b~1c/2/m~0");
        (void)json_line(torn, len, "/last");
        free(torn);
    }
}
END_TEST

START_TEST(one_line_is_told_from_several)
{
    ck_assert(!text_has_lines("", 0));
    ck_assert(!text_has_lines("{}", 2));
    ck_assert(!text_has_lines("{}\n", 3));
    ck_assert(text_has_lines("{\n}\n", 4));
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("cli/lines");
    TCase *const t = tcase_create("all");

    tcase_add_test(t, pointers_find_their_lines);
    tcase_add_test(t, places_have_columns_in_characters);
    tcase_add_test(t, places_that_are_not_there_have_no_line);
    tcase_add_test(t, torn_texts_are_survived);
    tcase_add_test(t, one_line_is_told_from_several);
    suite_add_tcase(s, t);

    return run_suite(s);
}
