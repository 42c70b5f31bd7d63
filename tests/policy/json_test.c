#include <stdio.h>
#include <yajl/yajl_parse.h>

#include "base/own.h"
#include "policy/value/json.h"

#include "tests/help/json.h"
#include "tests/help/suite.h"

enum { BUDGET = 64 * 1024 * 1024 };

struct text {
    const char *bytes;
    size_t len;
};

#define TEXT(literal)                                                                              \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }

static const struct text accepted[] = {
    TEXT("null"),
    TEXT("[]"),
    TEXT("{}"),
    TEXT("\"\""),
    TEXT("-0"),
    TEXT("0.5e-10"),
    TEXT("18446744073709551615"),
    TEXT("1.0"),
    TEXT("1e3"),
    TEXT("{\"a\":[1,2,{\"b\":null}],\"c\":false}"),
    TEXT("\"caf\xc3\xa9 \xf0\x9f\x98\x80 \xe2\x82\xac\""),
};

START_TEST(what_is_read_prints_again_unchanged)
{
    AUTO_ARENA struct arena a = ARENA_INIT(BUDGET);

    ck_assert_str_eq(to_json(&a, from_json(&a, accepted[_i].bytes)), accepted[_i].bytes);
}
END_TEST

static const struct {
    struct text text;
    const char *why;
} refused[] = {
    {TEXT(""), "line 1, column 1: the document ends too early"},
    {TEXT("  \n "), "line 2, column 2: the document ends too early"},
    {TEXT("[1,]"), "line 1, column 4: expected a value"},
    {TEXT("[,1]"), "line 1, column 2: expected a value"},
    {TEXT("[1 2]"), "line 1, column 4: expected ',' or ']'"},
    {TEXT("[1}"), "line 1, column 3: expected ',' or ']'"},
    {TEXT("{\"a\":1,}"), "line 1, column 8: expected a string as key"},
    {TEXT("{\"a\" 1}"), "line 1, column 6: expected ':' after key"},
    {TEXT("{a:1}"), "line 1, column 2: expected a string as key"},
    {TEXT("{\"a\":1\n\n ]"), "line 3, column 2: expected ',' or '}'"},
    {TEXT("nul"), "line 1, column 1: expected a value"},
    {TEXT("nulll"), "line 1, column 5: text after the document"},
    {TEXT("True"), "line 1, column 1: expected a value"},
    {TEXT("NaN"), "line 1, column 1: expected a value"},
    {TEXT("01"), "line 1, column 2: number with a leading zero"},
    {TEXT("-01"), "line 1, column 3: number with a leading zero"},
    {TEXT("+1"), "line 1, column 1: expected a value"},
    {TEXT("-"), "line 1, column 2: the document ends too early"},
    {TEXT("1."), "line 1, column 3: the document ends too early"},
    {TEXT("[.5]"), "line 1, column 2: expected a value"},
    {TEXT("[1.e5]"), "line 1, column 4: invalid number"},
    {TEXT("[1e]"), "line 1, column 4: invalid number"},
    {TEXT("0x10"), "line 1, column 2: text after the document"},
    {TEXT("\"abc"), "line 1, column 1: string without end"},
    {TEXT("\"a\tb\""), "line 1, column 3: control character in string"},
    {TEXT("\"a\0b\""), "line 1, column 3: NUL in string"},
    {TEXT("\"\\x41\""), "line 1, column 2: invalid escape in string"},
    {TEXT("\"\\u12g4\""), "line 1, column 2: invalid \\u escape in string"},
    {TEXT("\"\\u12"), "line 1, column 2: invalid \\u escape in string"},
    {TEXT("\"\\ud800\""), "line 1, column 2: unpaired surrogate in string"},
    {TEXT("\"\\udc00\""), "line 1, column 2: unpaired surrogate in string"},
    {TEXT("\"\\ud800\\u0041\""), "line 1, column 2: unpaired surrogate in string"},
    {TEXT("\"\\ud800\\ud800\""), "line 1, column 2: unpaired surrogate in string"},
    {TEXT("\"\xff\""), "line 1, column 2: invalid UTF-8 in string"},
    {TEXT("\"\xc0\xaf\""), "line 1, column 2: invalid UTF-8 in string"},
    {TEXT("\"\xed\xa0\x80\""), "line 1, column 2: invalid UTF-8 in string"},
    {TEXT("\"\xf4\x90\x80\x80\""), "line 1, column 2: invalid UTF-8 in string"},
    {TEXT("\"12345678\xe2\x82\""), "line 1, column 10: invalid UTF-8 in string"},
    {TEXT("\xef\xbb\xbf{}"), "line 1, column 1: expected a value"},
    {TEXT("{} {}"), "line 1, column 4: text after the document"},
    {TEXT("{}\0"), "line 1, column 3: text after the document"},
    {TEXT("/* c */ {}"), "line 1, column 1: expected a value"},
    {TEXT("{\"a\":1,\n \"a\":2}"), "line 2, column 2: duplicate key"},
    {TEXT("[{\"a\":1,\"\\u0061\":2}]"), "line 1, column 9: duplicate key"},
    {TEXT("{\"q\\\"\":{},\"q\\u0022\":[]}"), "line 1, column 11: duplicate key"},
};

START_TEST(malformed_text_is_refused_where_it_is_wrong)
{
    AUTO_ARENA struct arena a = ARENA_INIT(BUDGET);
    struct err err = ERR_INIT;
    const struct value *v = NULL;

    ck_assert_int_eq(
        json_parse(&a, refused[_i].text.bytes, refused[_i].text.len, JSON_STRICT, &v, NULL, &err),
        -1);
    ck_assert_int_eq(err.code, ERR_INVALID);
    ck_assert_str_eq(err.text, refused[_i].why);
    ck_assert_ptr_null(v);
}
END_TEST

/* What yajl alone would let pass, and runtimes read in two ways. */
static const struct text yajl_accepts[] = {
    TEXT("\"\\ud800\""),       TEXT("\"\\udc00\""), TEXT("\"\\ud800\\u0041\""),
    TEXT("{\"a\":1,\"a\":2}"), TEXT("\"\\u0000\""), TEXT("\"\xed\xa0\x80\""),
};

static bool yajl_takes(const struct text *t)
{
    const yajl_handle y = yajl_alloc(NULL, NULL, NULL);
    yajl_status status = yajl_parse(y, (const unsigned char *)t->bytes, t->len);

    if (status == yajl_status_ok)
        status = yajl_complete_parse(y);
    yajl_free(y);
    return status == yajl_status_ok;
}

START_TEST(what_yajl_lets_pass_is_refused_here)
{
    AUTO_ARENA struct arena a = ARENA_INIT(BUDGET);
    struct err err = ERR_INIT;
    const struct value *v;

    ck_assert(yajl_takes(&yajl_accepts[_i]));
    ck_assert_int_eq(
        json_parse(&a, yajl_accepts[_i].bytes, yajl_accepts[_i].len, JSON_STRICT, &v, NULL, &err),
        -1);
}
END_TEST

START_TEST(escapes_are_read_and_written)
{
    AUTO_ARENA struct arena a = ARENA_INIT(BUDGET);
    const struct value *const v =
        from_json(&a, "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\\u0000\\u007f\\u2028<\"");
    struct buf b = BUF_INIT;

    ck_assert_uint_eq(v->count, 8 + 2 + 4 + 1 + 1 + 3 + 1);
    ck_assert_str_eq(to_json(&a, v), "\"\\\"\\\\/\\b\\f\\n\\r\\t\xc3\xa9\xf0\x9f\x98\x80\\u0000"
                                     "\\u007f\\u2028<\"");
    json_print(&b, v, JSON_GO_HTML);
    ck_assert_ptr_nonnull(strstr(b.data, "\x7f\\u2028\\u003c\""));
    buf_clear(&b);
    json_print_string(&b, "a\xff", 2);
    ck_assert_str_eq(b.data, "\"a\\ufffd\"");
    buf_done(&b);
}
END_TEST

START_TEST(flags_choose_what_a_duplicate_and_a_nul_mean)
{
    AUTO_ARENA struct arena a = ARENA_INIT(BUDGET);
    struct err err = ERR_INIT;
    const struct value *v;
    const char *const twice = "{\"a\":1,\"b\":0,\"a\":2}";
    const char *const nul = "\"\\u0000\"";

    ck_assert_int_eq(json_parse(&a, twice, strlen(twice), JSON_LAST_WINS, &v, NULL, &err), 0);
    ck_assert_str_eq(to_json(&a, v), "{\"a\":2,\"b\":0}");
    ck_assert_int_eq(json_parse(&a, twice, strlen(twice), 0, &v, NULL, &err), -1);
    ck_assert_int_eq(json_parse(&a, nul, strlen(nul), 0, &v, NULL, &err), 0);
    ck_assert_int_eq(json_parse(&a, nul, strlen(nul), JSON_STRICT, &v, NULL, &err), -1);
    ck_assert_str_eq(err.text, "line 1, column 2: NUL in string");
}
END_TEST

START_TEST(a_stream_is_read_document_by_document)
{
    AUTO_ARENA struct arena a = ARENA_INIT(BUDGET);
    struct err err = ERR_INIT;
    const char *const text = " {\"a\":1} [2]3 ";
    const char *const wants[] = {"{\"a\":1}", "[2]", "3"};
    size_t at = 0;

    for (size_t i = 0; i < ARRAY_LEN(wants); i++) {
        const struct value *v;
        size_t used = 0;
        ck_assert_int_eq(json_parse(&a, text + at, strlen(text) - at, JSON_STREAM, &v, &used, &err),
                         0);
        ck_assert_str_eq(to_json(&a, v), wants[i]);
        at += used;
    }
    ck_assert_uint_eq(at, strlen(text) - 1);
}
END_TEST

static int parse_nested(struct arena *a, size_t depth, struct err *err)
{
    static char text[4 * JSON_DEPTH_MAX];
    const struct value *v;

    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    return json_parse(a, text, 2 * depth, JSON_STRICT, &v, NULL, err);
}

START_TEST(nesting_ends_at_its_limit)
{
    AUTO_ARENA struct arena a = ARENA_INIT(BUDGET);
    struct err err = ERR_INIT;

    ck_assert_int_eq(parse_nested(&a, JSON_DEPTH_MAX, &err), 0);
    ck_assert_int_eq(parse_nested(&a, JSON_DEPTH_MAX + 1, &err), -1);
    ck_assert_int_eq(err.code, ERR_LIMIT);
}
END_TEST

START_TEST(size_ends_at_its_limit)
{
    AUTO_ARENA struct arena a = ARENA_INIT(BUDGET);
    AUTO_FREE char *text = malloc((size_t)JSON_BYTES_MAX + 1);
    struct err err = ERR_INIT;
    const struct value *v;

    ck_assert_ptr_nonnull(text);
    memset(text, ' ', (size_t)JSON_BYTES_MAX + 1);
    text[JSON_BYTES_MAX - 1] = '1';
    ck_assert_int_eq(json_parse(&a, text, JSON_BYTES_MAX, JSON_STRICT, &v, NULL, &err), 0);
    ck_assert_int_eq(json_parse(&a, text, (size_t)JSON_BYTES_MAX + 1, JSON_STRICT, &v, NULL, &err),
                     -1);
    ck_assert_int_eq(err.code, ERR_LIMIT);
}
END_TEST

START_TEST(many_items_and_a_small_budget)
{
    AUTO_ARENA struct arena a = ARENA_INIT(BUDGET);
    AUTO_ARENA struct arena small = ARENA_INIT(64 * 1024);
    AUTO_BUF struct buf b = BUF_INIT;
    struct err err = ERR_INIT;
    const struct value *v;

    buf_putc(&b, '{');
    for (int i = 0; i < 20000; i++)
        buf_printf(&b, "%s\"k%05d\":[%d,\"v\"]", i ? "," : "", i, i);
    buf_putc(&b, '}');
    ck_assert_int_eq(json_parse(&a, b.data, b.len, JSON_STRICT, &v, NULL, &err), 0);
    ck_assert_uint_eq(v->count, 20000);
    ck_assert_str_eq(to_json(&a, v), b.data);
    ck_assert_int_eq(json_parse(&small, b.data, b.len, JSON_STRICT, &v, NULL, &err), -1);
    ck_assert_int_eq(err.code, ERR_NOMEM);
}
END_TEST

START_TEST(pretty_print_and_odd_keys)
{
    AUTO_ARENA struct arena a = ARENA_INIT(BUDGET);
    AUTO_BUF struct buf b = BUF_INIT;
    const struct value *const one = value_int(&a, 1);
    const struct value *const set = value_set(&a, &one, 1);
    struct value_fields f = {0};

    value_fields_add(&a, &f, "e", value_array(&a, NULL, 0));
    value_fields_put(&a, &f, one, set);
    value_fields_put(&a, &f, set, from_json(&a, "{}"));
    json_print(&b, value_fields_object(&a, &f), JSON_PRETTY);
    ck_assert_str_eq(b.data, "{\n  \"1\": [\n    1\n  ],\n  \"e\": [],\n  \"[1]\": {}\n}");
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("json");
    TCase *const c = tcase_create("json");

    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, what_is_read_prints_again_unchanged, 0, (int)ARRAY_LEN(accepted));
    tcase_add_loop_test(c, malformed_text_is_refused_where_it_is_wrong, 0, (int)ARRAY_LEN(refused));
    tcase_add_loop_test(c, what_yajl_lets_pass_is_refused_here, 0, (int)ARRAY_LEN(yajl_accepts));
    tcase_add_test(c, escapes_are_read_and_written);
    tcase_add_test(c, flags_choose_what_a_duplicate_and_a_nul_mean);
    tcase_add_test(c, a_stream_is_read_document_by_document);
    tcase_add_test(c, nesting_ends_at_its_limit);
    tcase_add_test(c, size_ends_at_its_limit);
    tcase_add_test(c, many_items_and_a_small_budget);
    tcase_add_test(c, pretty_print_and_odd_keys);
    suite_add_tcase(suite, c);
    return run_suite(suite);
}
