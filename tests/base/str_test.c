#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#include "tests/help/suite.h"

struct row {
    const char *in;
    size_t len;
    const char *out;
};

#define ROW(in, out)                                                                               \
    {                                                                                              \
        in, sizeof(in) - 1, out                                                                    \
    }

static const struct row rows[] = {
    ROW("plain text", "plain text"),
    ROW("a\nb\tc", "a\\nb\\tc"),
    ROW("\x1b[31mred", "\\x1b[31mred"),
    ROW("nul\0here", "nul\\x00here"),
    ROW("del\x7f", "del\\x7f"),
    ROW("caf\xc3\xa9", "caf\xc3\xa9"),
    ROW("bad\xff\xc3", "bad\\xff\\xc3"),
    ROW("overlong\xc0\xaf", "overlong\\xc0\\xaf"),
    ROW("surrogate\xed\xa0\x80", "surrogate\\xed\\xa0\\x80"),
    ROW("csi\xc2\x9b", "csi\\u{9b}"),
    ROW("rtl\xe2\x80\xae", "rtl\\u{202e}"),
    ROW("zero\xe2\x80\x8bwidth", "zero\\u{200b}width"),
    ROW("\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"),
    ROW("past\xf4\x90\x80\x80", "past\\xf4\\x90\\x80\\x80"),
};

START_TEST(hostile_bytes_print_as_one_harmless_line)
{
    char out[64];
    const size_t n = str_escape(rows[_i].in, rows[_i].len, out, sizeof(out));

    ck_assert_str_eq(out, rows[_i].out);
    ck_assert_uint_eq(n, strlen(rows[_i].out));
}
END_TEST

START_TEST(text_is_cut_at_a_whole_character)
{
    char out[8];

    ck_assert_uint_eq(str_escape("1234567", 7, out, sizeof(out)), 7);
    ck_assert_str_eq(out, "1234567");
    str_escape("12345678", 8, out, sizeof(out));
    ck_assert_str_eq(out, "1234...");
    str_escape("123\xc3\xa9\xc3\xa9\xc3\xa9", 9, out, sizeof(out));
    ck_assert_str_eq(out, "123...");
    str_escape("\x01\x01\x01", 3, out, 4);
    ck_assert_str_eq(out, "...");
}
END_TEST

START_TEST(decimals_are_whole_and_bounded)
{
    unsigned long long n = 0;

    ck_assert(str_decimal("0", 10, &n) && n == 0);
    ck_assert(str_decimal("18446744073709551615", ~0ull, &n) && n == ~0ull);
    ck_assert(!str_decimal("18446744073709551616", ~0ull, &n));
    ck_assert(!str_decimal("11", 10, &n));
    ck_assert(!str_decimal("", 10, &n));
    ck_assert(!str_decimal("+1", 10, &n));
    ck_assert(!str_decimal("1 ", 10, &n));
    ck_assert(!str_decimal("-1", 10, &n));
}
END_TEST

START_TEST(copies_say_when_they_do_not_fit)
{
    char out[4];

    ck_assert(str_copy(out, sizeof(out), "abc"));
    ck_assert(!str_copy(out, sizeof(out), "abcd"));
    ck_assert_str_eq(out, "abc");
    ck_assert(str_starts("--bundle", "--"));
    ck_assert(!str_starts("-", "--"));
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("str");
    TCase *const c = tcase_create("str");

    tcase_add_loop_test(c, hostile_bytes_print_as_one_harmless_line, 0,
                        (int)(sizeof(rows) / sizeof(rows[0])));
    tcase_add_test(c, text_is_cut_at_a_whole_character);
    tcase_add_test(c, decimals_are_whole_and_bounded);
    tcase_add_test(c, copies_say_when_they_do_not_fit);
    suite_add_tcase(suite, c);

    return run_suite(suite);
}
