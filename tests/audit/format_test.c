/* Records for other tools: each format's own escapes hold against hostile values. */
#include <check.h>
#include <string.h>

#include "audit/forward/format.h"
#include "audit/log/records.h"
#include "policy/value/json.h"

#include "tests/help/suite.h"

static const char hostile[] =
    "{\"decision_id\":\"01\",\"timestamp\":\"2026-02-28T23:59:59.123456789Z\",\"labels\":{\"app\":"
    "\"sallyport\",\"id\":\"h o\\nst\",\"version\":\"1|2\"},\"result\":{\"verdict\":\"refuse\","
    "\"mode\":\"enforce\",\"refusals\":[{\"rule\":\"a|b\\\\c\",\"msg\":\"x=y\\nCEF:0|\"}]},"
    "\"sallyport\":{\"operation\":\"create\",\"container\":{\"id\":\"c]1\\\"\\\\\",\"name\":"
    "\"we\\nb\",\"image\":{\"name\":\"i=1\"}}}}";

static void print(struct buf *b, enum record_format format, uint64_t index)
{
    AUTO_ARENA struct arena a = ARENA_INIT(1 << 20);
    const struct format_context c = {.origin = "o", .index = index};
    struct err err = ERR_INIT;
    const struct value *v;

    ck_assert_msg(json_parse(&a, hostile, strlen(hostile), 0, &v, NULL, &err) == 0, "%s", err.text);
    ck_assert_int_eq(format_record(b, format, &c, v, hostile, strlen(hostile), &err), 0);
}

START_TEST(no_format_breaks_its_line)
{
    AUTO_BUF struct buf b = BUF_INIT;

    print(&b, (enum record_format)_i, 7);
    ck_assert_ptr_null(memchr(b.data, '\n', b.len));
    ck_assert_uint_eq(strlen(b.data), b.len);
}
END_TEST

START_TEST(json_is_the_record_itself)
{
    AUTO_BUF struct buf b = BUF_INIT;

    print(&b, FORMAT_JSON, 7);
    ck_assert_str_eq(b.data, hostile);
}
END_TEST

START_TEST(cef_escapes_header_and_extension)
{
    AUTO_BUF struct buf b = BUF_INIT;

    print(&b, FORMAT_CEF, 7);
    ck_assert_ptr_nonnull(
        strstr(b.data, "CEF:0|Sallyport|Sallyport|1\\|2|a\\|b\\\\c|container refused|7|"));
    ck_assert_ptr_nonnull(strstr(b.data, " cs3=i\\=1 cs3Label=image"));
    ck_assert_ptr_nonnull(strstr(b.data, "x\\=y CEF:0|"));
    ck_assert_ptr_nonnull(strstr(b.data, " cn1=7 cn1Label=logIndex"));
}
END_TEST

START_TEST(syslog_escapes_structured_data)
{
    AUTO_BUF struct buf b = BUF_INIT;

    print(&b, FORMAT_SYSLOG, RECORD_PENDING);
    ck_assert_msg(
        strncmp(b.data, "<84>1 2026-02-28T23:59:59.123456Z h_o_st sallyport - refuse [", 60) == 0,
        "%s", b.data);
    ck_assert_ptr_nonnull(strstr(b.data, " container=\"c\\]1\\\"\\\\\""));
    ck_assert_ptr_null(strstr(b.data, "index="));
}
END_TEST

START_TEST(ocsf_has_time_and_place)
{
    AUTO_ARENA struct arena a = ARENA_INIT(1 << 20);
    AUTO_BUF struct buf b = BUF_INIT;
    struct err err = ERR_INIT;
    const struct value *v;
    int64_t n = 0;

    print(&b, FORMAT_OCSF, 7);
    ck_assert_int_eq(json_parse(&a, b.data, b.len, JSON_STRICT, &v, NULL, &err), 0);
    ck_assert(value_int64(value_field(v, "time"), &n));
    ck_assert_int_eq(n, 1772323199123); /* date -d 2026-02-28T23:59:59Z +%s */
    ck_assert(value_int64(value_field(v, "action_id"), &n) && n == 2);
    ck_assert(value_int64(value_path(v, "metadata", "sequence", NULL), &n) && n == 7);
    ck_assert(value_is_str(value_path(v, "metadata", "log_name", NULL), "o"));
}
END_TEST

START_TEST(otlp_has_the_event_for_a_body)
{
    AUTO_ARENA struct arena a = ARENA_INIT(1 << 20);
    AUTO_BUF struct buf b = BUF_INIT;
    struct err err = ERR_INIT;
    const struct value *v;
    int64_t n = 0;

    print(&b, FORMAT_OTLP, 7);
    ck_assert_int_eq(json_parse(&a, b.data, b.len, JSON_STRICT, &v, NULL, &err), 0);
    ck_assert(value_is_str(value_field(v, "timeUnixNano"), "1772323199123456789"));
    ck_assert(value_int64(value_field(v, "severityNumber"), &n) && n == 13);
    ck_assert_ptr_nonnull(
        strstr(b.data, "{\"key\":\"class_uid\",\"value\":{\"intValue\":\"1007\"}}"));
    ck_assert_ptr_nonnull(
        strstr(b.data, "{\"key\":\"sallyport.log.index\",\"value\":{\"intValue\":\"7\"}}"));
}
END_TEST

/* No value of a record can end the string that a template puts it in. */
START_TEST(templates_have_json_texts)
{
    static const char text[] = "{\"t\": {{.json.message}}, \"c\": {{.json.container}}}{{.verdict}}";
    AUTO_ARENA struct arena a = ARENA_INIT(1 << 20);
    AUTO_BUF struct buf b = BUF_INIT;
    const struct format_context c = {.origin = NULL, .index = RECORD_PENDING};
    struct err err = ERR_INIT;
    const struct value *v;

    ck_assert_int_eq(json_parse(&a, hostile, strlen(hostile), 0, &v, NULL, &err), 0);
    ck_assert_int_eq(format_template(&b, text, strlen(text), &c, v, &err), 0);
    ck_assert_str_eq(b.data, "{\"t\": \"refused we\\nb (create): a|b\\\\c: x=y\\nCEF:0|\", \"c\": "
                             "\"we\\nb\"}refuse");
    ck_assert_int_eq(format_template(&b, "{{.x", 4, &c, v, &err), -1);
    ck_assert_int_eq(err.code, ERR_INVALID);
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("format");
    TCase *const t = tcase_create("format");

    tcase_add_loop_test(t, no_format_breaks_its_line, FORMAT_JSON, FORMAT_TEXT + 1);
    tcase_add_test(t, json_is_the_record_itself);
    tcase_add_test(t, cef_escapes_header_and_extension);
    tcase_add_test(t, syslog_escapes_structured_data);
    tcase_add_test(t, ocsf_has_time_and_place);
    tcase_add_test(t, otlp_has_the_event_for_a_body);
    tcase_add_test(t, templates_have_json_texts);
    suite_add_tcase(s, t);
    return run_suite(s);
}
