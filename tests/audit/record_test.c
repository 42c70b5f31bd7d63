#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/record.h"
#include "base/buf.h"
#include "policy/value/json.h"

#include "tests/help/json.h"
#include "tests/help/suite.h"

static struct arena arena;

static void begin(void)
{
    arena = ARENA_INIT((size_t)64 << 20);
}

static void end(void)
{
    arena_done(&arena);
}

static size_t printed(const struct value *v)
{
    AUTO_BUF struct buf b = BUF_INIT;

    json_print(&b, v, JSON_COMPACT);
    return b.len;
}

static const struct value *build(const struct record_parts *p)
{
    const struct value *v = NULL;
    struct err err = ERR_INIT;

    ck_assert_msg(record_build(&arena, p, &v, &err) == 0, "%s", err.text);
    return v;
}

static struct record_parts parts(const char *input, const char *decision)
{
    return (struct record_parts){
        .id = "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        .now_ns = 1795533799000000001,
        .caller = "shim",
        .input = input ? from_json(&arena, input) : NULL,
        .decision = decision ? from_json(&arena, decision) : NULL,
        .verdict = "harden",
    };
}

START_TEST(ids_sort_by_time_and_hold_every_bit)
{
    char a[RECORD_ID_LEN + 1], b[RECORD_ID_LEN + 1];
    const uint8_t low[10] = {0}, high[10] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255};

    record_id(1469918176385ll * 1000000, low, a);
    ck_assert_str_eq(a, "01ARYZ6S410000000000000000");
    record_id(1469918176385ll * 1000000, high, b);
    ck_assert_str_eq(b, "01ARYZ6S41ZZZZZZZZZZZZZZZZ");
    record_id(1469918176386ll * 1000000, low, a);
    ck_assert_int_gt(strcmp(a, b), 0);
}
END_TEST

START_TEST(a_record_is_a_decision_log_event_with_our_part_beside_it)
{
    struct record_parts p = parts(
        "{\"operation\":\"create\",\"container\":{\"id\":\"web\",\"engine\":\"docker\",\"admitted\":{}},"
        "\"host\":{\"hostname\":\"h1\"},\"facts\":{\"unknown\":[\"/facts/x\"]}}",
        "{\"would\":\"harden\",\"mode\":\"enforce\",\"findings\":[{\"rule\":\"r\",\"msg\":\"m\",\"fix\":[]}],"
        "\"refusals\":[],\"patch\":[{\"op\":\"add\",\"path\":\"/config/x\",\"value\":1}],\"actions\":[]}");
    p.input_digest = "aa";
    p.timings = from_json(&arena, "{\"read_us\":5}");
    const struct value *const r = build(&p);

    ck_assert(value_is_str(value_field(r, "decision_id"), "01ARZ3NDEKTSV4RRFFQ69G5FAV"));
    ck_assert(value_is_str(value_field(r, "timestamp"), "2026-11-24T15:23:19.000000001Z"));
    ck_assert(value_is_str(value_path(r, "labels", "id", NULL), "h1"));
    ck_assert(value_is_str(value_path(r, "result", "verdict", NULL), "harden"));
    ck_assert(value_is_str(value_path(r, "sallyport", "operation", NULL), "create"));
    ck_assert(value_is_str(value_path(r, "sallyport", "container", "engine", NULL), "docker"));
    ck_assert_ptr_null(value_path(r, "sallyport", "container", "admitted", NULL));
    ck_assert(value_is_str(value_path(r, "sallyport", "digests", "input", NULL), "aa"));
    ck_assert_uint_eq(value_path(r, "sallyport", "unknown", NULL)->count, 1);
    ck_assert_ptr_null(value_path(r, "sallyport", "truncated", NULL));
    const struct value *const finding = value_at(value_path(r, "result", "findings", NULL), 0);
    ck_assert(value_is_str(value_field(finding, "msg"), "m"));
    ck_assert_ptr_null(value_field(finding, "fix"));
    ck_assert_ptr_nonnull(
        value_field(value_at(value_path(r, "result", "patch", NULL), 0), "value"));
}
END_TEST

START_TEST(a_failure_without_a_decision_is_a_record_too)
{
    struct record_parts p = parts(NULL, NULL);
    p.operation = "create";
    p.container = "web";
    p.verdict = "refuse";
    p.error = "image: checksum";
    const struct value *const r = build(&p);

    ck_assert(value_is_str(value_path(r, "result", "verdict", NULL), "refuse"));
    ck_assert(value_is_str(value_path(r, "sallyport", "container", "id", NULL), "web"));
    ck_assert(value_is_str(value_path(r, "sallyport", "error", NULL), "image: checksum"));
}
END_TEST

START_TEST(a_large_value_of_the_patch_is_told_by_its_digest)
{
    AUTO_BUF struct buf d = BUF_INIT;

    buf_puts(&d, "{\"patch\":[{\"op\":\"add\",\"path\":\"/config/linux/seccomp\",\"value\":\"");
    for (int i = 0; i < RECORD_PATCH_VALUE_MAX; i++)
        buf_putc(&d, 'v');
    buf_puts(&d, "\"}]}");
    const struct record_parts p = parts(NULL, d.data);
    const struct value *const op = value_at(value_path(build(&p), "result", "patch", NULL), 0);
    int64_t bytes = 0;

    ck_assert_ptr_nonnull(value_path(op, "value", "sha256", NULL));
    ck_assert(value_int64(value_path(op, "value", "bytes", NULL), &bytes));
    ck_assert_int_eq(bytes, RECORD_PATCH_VALUE_MAX + 2);
}
END_TEST

static const struct value *with_findings(int n)
{
    AUTO_BUF struct buf d = BUF_INIT;

    buf_puts(&d, "{\"findings\":[");
    for (int i = 0; i < n; i++) {
        buf_printf(&d, "%s{\"rule\":\"rule-%d\",\"path\":\"/config/mounts/%d\",\"msg\":\"",
                   i ? "," : "", i, i);
        for (int k = 0; k < 200; k++)
            buf_putc(&d, 'm');
        buf_puts(&d, "\"}");
    }
    buf_puts(&d, "]}");
    const struct record_parts p = parts(NULL, d.data);
    return build(&p);
}

START_TEST(a_record_never_grows_past_a_leaf_and_says_so)
{
    const struct value *r = with_findings(200);
    ck_assert_ptr_null(value_path(r, "sallyport", "truncated", NULL));
    ck_assert_uint_le(printed(r), RECORD_MAX);

    r = with_findings(1000);
    ck_assert_uint_le(printed(r), RECORD_MAX);
    ck_assert(value_bool(value_path(r, "sallyport", "truncated", NULL)));
    const struct value *const last = value_at(value_path(r, "result", "findings", NULL), 299);
    ck_assert(value_is_str(value_field(last, "rule"), "rule-299"));
    ck_assert_ptr_null(value_field(last, "msg"));
}
END_TEST

START_TEST(findings_that_cannot_be_told_in_short_are_counted)
{
    AUTO_BUF struct buf d = BUF_INIT;
    int64_t n = 0;

    buf_puts(&d, "{\"findings\":[{\"rule\":\"");
    for (int k = 0; k < RECORD_MAX; k++)
        buf_putc(&d, 'r');
    buf_puts(&d, "\"}]}");
    const struct record_parts p = parts(NULL, d.data);
    const struct value *const r = build(&p);
    ck_assert(value_int64(value_path(r, "result", "findings_total", NULL), &n));
    ck_assert_int_eq(n, 1);
}
END_TEST

START_TEST(stored_inputs_carry_no_secret)
{
    const struct value *out = NULL;
    struct err err = ERR_INIT;
    const struct value *const in = from_json(
        &arena,
        "{\"config\":{\"process\":{\"env\":[\"A=1\",\"PASSWORD=hunter2\",\"KEY=s3\"]}},\"facts\":{"
        "\"secrets\":[{\"where\":\"/config/process/env/1\",\"hmac\":\"ab12\"},"
        "{\"where\":\"/config/process/env/2\"},{\"where\":\"/config/gone\"}]}}");

    ck_assert_msg(record_redact(&arena, in, &out, &err) == 0, "%s", err.text);
    const struct value *const env = value_path(out, "config", "process", "env", NULL);
    ck_assert(value_is_str(value_at(env, 0), "A=1"));
    ck_assert(value_is_str(value_at(env, 1), "hmac:ab12"));
    ck_assert(value_is_str(value_at(env, 2), "removed"));
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("record");
    TCase *const c = tcase_create("record");

    tcase_add_checked_fixture(c, begin, end);
    tcase_add_test(c, ids_sort_by_time_and_hold_every_bit);
    tcase_add_test(c, a_record_is_a_decision_log_event_with_our_part_beside_it);
    tcase_add_test(c, a_failure_without_a_decision_is_a_record_too);
    tcase_add_test(c, a_large_value_of_the_patch_is_told_by_its_digest);
    tcase_add_test(c, a_record_never_grows_past_a_leaf_and_says_so);
    tcase_add_test(c, findings_that_cannot_be_told_in_short_are_counted);
    tcase_add_test(c, stored_inputs_carry_no_secret);
    suite_add_tcase(suite, c);

    return run_suite(suite);
}
