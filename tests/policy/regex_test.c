#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/own.h"
#include "policy/machine/regex.h"

#include "tests/help/suite.h"

enum { MEMORY = 64 * 1024 * 1024 };

struct row {
    const char *pattern, *text, *want;
};

static const struct row rows[] = {
#include "tests/policy/regex_rows.inc"
};

/* "0 2 -1 -1" or N or E and the error. */
static void run(struct arena *a, const char *pattern, const char *text, size_t text_len,
                struct buf *out)
{
    const struct regex *re = NULL;
    struct err err = ERR_INIT;
    size_t caps[64];

    if (regex_compile(a, pattern, strlen(pattern), &re, &err) < 0) {
        buf_printf(out, "E %s", err.text);
        return;
    }
    const size_t n = 2 * regex_groups(re);
    const int got = regex_find(re, a, text, text_len, 0, caps, n, NULL, &err);

    ck_assert_int_ge(got, 0);
    ck_assert_int_eq(got, regex_find(re, a, text, text_len, 0, NULL, 0, NULL, &err));
    for (size_t i = 0; got > 0 && i < n; i++)
        buf_printf(out, "%s%ld", i > 0 ? " " : "", caps[i] == REGEX_NONE ? -1L : (long)caps[i]);
    if (got == 0)
        buf_putc(out, 'N');
}

START_TEST(finds_what_go_finds)
{
    AUTO_ARENA struct arena a = ARENA_INIT(MEMORY);
    AUTO_BUF struct buf got = BUF_INIT;
    const struct row *const r = &rows[_i];

    run(&a, r->pattern, r->text, strlen(r->text), &got);
    ck_assert_msg(strcmp(got.data, r->want) == 0, "/%s/ on \"%s\": want %s, got %s", r->pattern,
                  r->text, r->want, got.data);
}
END_TEST

/* The same programs on a text too long for the bitmap: the other way of running. */
START_TEST(long_texts_give_the_same)
{
    enum { PAD = 300 * 1024 };
    AUTO_ARENA struct arena a = ARENA_INIT(MEMORY);
    AUTO_BUF struct buf alone = BUF_INIT, padded = BUF_INIT;
    AUTO_FREE char *text = malloc(PAD + 64);
    const struct row *const r = &rows[_i];
    const size_t len = strlen(r->text);

    /* lines of NUL bytes behind the text; rows that look at the text's end differ, and are left
     * out */
    if (strchr(r->pattern, '$') != NULL || strstr(r->pattern, "\\z") != NULL || r->want[0] == 'E' ||
        len > 32)
        return;
    ck_assert_ptr_nonnull(text);
    memcpy(text, r->text, len);
    memset(text + len, 0, PAD);
    run(&a, r->pattern, text, len + 16, &alone);
    run(&a, r->pattern, text, len + PAD, &padded);
    if (strchr(r->pattern, '.') == NULL && strchr(r->pattern, '^') == NULL &&
        strstr(r->pattern, "\\W") == NULL && strstr(r->pattern, "\\P") == NULL)
        ck_assert_str_eq(alone.data, padded.data);
}
END_TEST

START_TEST(hostile_patterns_stay_linear)
{
    static const char *const patterns[] = {"(a*)*b",    "(a|a)*b",
                                           "(a|aa)+$b", "(.*)(.*)(.*)(.*)[^a]",
                                           "(x+x+)+y",  "a?a?a?a?a?a?a?a?a?a?aaaaaaaaaa$b"};
    enum { LEN = 20000 };
    AUTO_FREE char *text = malloc(LEN);

    ck_assert_ptr_nonnull(text);
    memset(text, 'a', LEN);
    for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
        AUTO_ARENA struct arena a = ARENA_INIT(MEMORY);
        const struct regex *re = NULL;
        struct err err = ERR_INIT;
        uint64_t small = 0, large = 0;
        size_t caps[16];

        ck_assert_int_eq(regex_compile(&a, patterns[i], strlen(patterns[i]), &re, &err), 0);
        ck_assert_int_eq(regex_find(re, &a, text, LEN / 2, 0, caps, 2, &small, &err), 0);
        ck_assert_int_eq(regex_find(re, &a, text, LEN, 0, caps, 2, &large, &err), 0);
        ck_assert_msg(large <= 3 * small + 1000, "%s: %lu steps, then %lu", patterns[i],
                      (unsigned long)small, (unsigned long)large);
    }
}
END_TEST

static int compile_of(const char *piece, size_t n, const char *tail, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT((size_t)256 * 1024 * 1024);
    AUTO_BUF struct buf b = BUF_INIT;
    const struct regex *re = NULL;

    for (size_t i = 0; i < n; i++)
        buf_puts(&b, piece);
    for (size_t i = 0; tail[0] == ')' && i < n; i++)
        buf_puts(&b, tail);
    return regex_compile(&a, b.data, b.len, &re, err);
}

START_TEST(limits_hold_and_the_step_past_them_does_not)
{
    struct err err = ERR_INIT;

    ck_assert_int_eq(compile_of("(", 330, ")", &err), 0);
    ck_assert_int_eq(compile_of("(", REGEX_HEIGHT_MAX + 1, ")", &err), -1);
    ck_assert_int_eq(err.code, ERR_LIMIT);
    err = ERR_INIT;
    ck_assert_int_eq(compile_of("a", REGEX_PROGRAM_MAX - 2, "", &err), 0);
    ck_assert_int_eq(compile_of("a", REGEX_PROGRAM_MAX + 1, "", &err), -1);
    ck_assert_int_eq(err.code, ERR_LIMIT);
    err = ERR_INIT;
    ck_assert_int_eq(compile_of("a{1000}", 1, "", &err), 0);
    ck_assert_int_eq(compile_of("a{1001}", 1, "", &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "invalid repeat count: `{1001}`"));
    err = ERR_INIT;
    ck_assert_int_eq(compile_of("((a{100}){10}){2}", 1, "", &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "invalid repeat count"));
}
END_TEST

START_TEST(named_groups_are_found_by_name)
{
    AUTO_ARENA struct arena a = ARENA_INIT(MEMORY);
    static const char pattern[] = "(?P<x>a)(b)(?<y>c)(?P<x>d)";
    const struct regex *re = NULL;
    struct err err = ERR_INIT;

    ck_assert_int_eq(regex_compile(&a, pattern, sizeof(pattern) - 1, &re, &err), 0);
    ck_assert_uint_eq(regex_groups(re), 5);
    ck_assert_uint_eq(regex_group_named(re, "x", 1, 0), 1);
    ck_assert_uint_eq(regex_group_named(re, "x", 1, 1), 4);
    ck_assert_uint_eq(regex_group_named(re, "x", 1, 4), 0);
    ck_assert_uint_eq(regex_group_named(re, "y", 1, 0), 3);
    ck_assert_uint_eq(regex_group_named(re, "z", 1, 0), 0);
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("regular expressions");
    TCase *const c = tcase_create("regex");

    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, finds_what_go_finds, 0, (int)ARRAY_LEN(rows));
    tcase_add_loop_test(c, long_texts_give_the_same, 0, (int)ARRAY_LEN(rows));
    tcase_add_test(c, hostile_patterns_stay_linear);
    tcase_add_test(c, limits_hold_and_the_step_past_them_does_not);
    tcase_add_test(c, named_groups_are_found_by_name);
    suite_add_tcase(s, c);
    return run_suite(s);
}
