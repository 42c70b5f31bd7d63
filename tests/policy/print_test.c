#include "base/own.h"
#include "policy/value/print.h"
#include "policy/value/utf8.h"

#include "tests/help/json.h"
#include "tests/help/suite.h"

enum { BUDGET = 1024 * 1024 };

static const struct {
    const char *json, *want;
} rows[] = {
    {"{\"b\":[1,2.50,null],\"a\":true}", "{\"a\": true, \"b\": [1, 2.50, null]}"},
    {"[]", "[]"},
    {"{}", "{}"},
    {"\"a\\\"b\\\\c\\n\\t\\u0007\\u0001\\u007f\"", "\"a\\\"b\\\\c\\n\\t\\a\\x01\\x7f\""},
    {"\"caf\\u00e9 \\u00a0 \\u200b \\ud83d\\ude00\"",
     "\"caf\xc3\xa9 \\u00a0 \\u200b \xf0\x9f\x98\x80\""},
    {"\"\\udb40\\udc01\"", "\"\\U000e0001\""},
};

START_TEST(terms_print_as_opa_prints_them)
{
    AUTO_ARENA struct arena a = ARENA_INIT(BUDGET);
    AUTO_BUF struct buf b = BUF_INIT;

    rego_print(&b, from_json(&a, rows[_i].json));
    ck_assert_str_eq(b.data, rows[_i].want);
}
END_TEST

START_TEST(sets_and_bytes_print_too)
{
    AUTO_ARENA struct arena a = ARENA_INIT(BUDGET);
    AUTO_BUF struct buf b = BUF_INIT;
    const struct value *const items[] = {value_str(&a, "y"), value_str(&a, "x"),
                                         value_set(&a, NULL, 0)};

    rego_print(&b, value_set(&a, items, 3));
    ck_assert_str_eq(b.data, "{\"x\", \"y\", set()}");
    buf_clear(&b);
    rego_quote(&b, "a\xff\xc3", 3);
    ck_assert_str_eq(b.data, "\"a\\xff\\xc3\"");
    buf_clear(&b);
    rego_quote_as(&b, "'\"\xc3\xa9", 4, '\'', true);
    ck_assert_str_eq(b.data, "'\\'\"\\u00e9'");
}
END_TEST

static const struct {
    uint32_t lower, upper;
} cases[] = {
    {'a', 'A'},     {0xe9, 0xc9},   {0x101, 0x100},   {0x3b1, 0x391},
    {0x44f, 0x42f}, {0x1e9, 0x1e8}, {0x10d0, 0x1c90}, {0x10428, 0x10400},
};

START_TEST(case_maps_both_ways)
{
    ck_assert_uint_eq(utf8_upper(cases[_i].lower), cases[_i].upper);
    ck_assert_uint_eq(utf8_lower(cases[_i].upper), cases[_i].lower);
    ck_assert_uint_eq(utf8_lower(cases[_i].lower), cases[_i].lower);
}
END_TEST

START_TEST(every_rune_survives_encoding)
{
    char bytes[UTF8_MAX];
    uint32_t got, cut;

    for (uint32_t rune = 0; rune <= 0x10ffff; rune++) {
        const uint32_t want = rune >= 0xd800 && rune <= 0xdfff ? UTF8_ERROR : rune;
        const size_t n = utf8_encode(bytes, rune);
        if (utf8_decode(bytes, n, &got) != n || got != want ||
            (n > 1 && (utf8_decode(bytes, n - 1, &cut) != 1 || cut != UTF8_ERROR)))
            ck_abort_msg("U+%04X", rune);
    }
    ck_assert_uint_eq(utf8_count("a\xc3\xa9\xff", 4), 3);
    ck_assert_uint_eq(utf8_offset("a\xc3\xa9z", 4, 2), 3);
    ck_assert_uint_eq(utf8_offset("ab", 2, 9), 2);
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("print");
    TCase *const c = tcase_create("print");

    tcase_add_loop_test(c, terms_print_as_opa_prints_them, 0, (int)ARRAY_LEN(rows));
    tcase_add_test(c, sets_and_bytes_print_too);
    tcase_add_loop_test(c, case_maps_both_ways, 0, (int)ARRAY_LEN(cases));
    tcase_add_test(c, every_rune_survives_encoding);
    suite_add_tcase(suite, c);
    return run_suite(suite);
}
