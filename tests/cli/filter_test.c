/* Times as people give them, and what a record must say to be wanted. */
#include <check.h>
#include <string.h>

#include "cli/record_filter.h"
#include "policy/value/json.h"

#include "tests/help/suite.h"

START_TEST(times_compare_as_bytes)
{
    static const struct {
        const char *given, *want; /* NULL: refused */
    } rows[] = {
        {"2026-11-24", "2026-11-24"},
        {"2026-11-24T15:04:05Z", "2026-11-24T15:04:05"},
        {"2026-11-24T15:04:05.5Z", "2026-11-24T15:04:05.5"},
        {"2m", "2026-11-24T14:59:00.000000000"},
        {"1d", "2026-11-23T15:01:00.000000000"},
        {"2026-11-24T15:04:05", NULL},
        {"2026-11-24T15:04:05+01:00", NULL},
        {"2026-11-2", NULL},
        {"yesterday", NULL},
        {"5y", NULL},
        {"", NULL},
        {"99999999999999s", NULL},
    };
    const int64_t now = 1795532460ll * 1000000000; /* 2026-11-24T15:01:00Z */

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err err = ERR_INIT;
        char out[FILTER_TIME_MAX] = "";
        const int status = record_time(rows[i].given, now, out, &err);

        ck_assert_msg((status == 0) == (rows[i].want != NULL), "%s", rows[i].given);
        if (rows[i].want)
            ck_assert_str_eq(out, rows[i].want);
    }
}
END_TEST

static const struct option_row options[] = {RECORD_FILTER_ROWS, {NULL, 0, NULL, NULL, NULL}};
static const struct command command = {.name = "t", .synopsis = "", .options = options};

static bool wants(const char *const *argv, size_t n)
{
    static const char text[] =
        "{\"timestamp\":\"2026-11-24T15:00:00.5Z\",\"result\":{\"verdict\":\"refuse\",\"findings\":"
        "[{\"rule\":\"a\"}],\"refusals\":[{\"rule\":\"b\"}]},\"sallyport\":{\"operation\":"
        "\"create\",\"container\":{\"id\":\"abcdef\",\"name\":\"web\",\"engine\":\"docker\","
        "\"image\":{\"name\":\"nginx:1\",\"digest\":\"sha256:00ff\"}}}}";
    AUTO_ARENA struct arena a = ARENA_INIT(1 << 20);
    __attribute__((cleanup(call_done))) struct call call = {.command = &command};
    struct record_filter f;
    struct err err = ERR_INIT;
    const struct value *v;

    ck_assert_msg(call_parse(&call, argv, n, &err) == 0, "%s", err.text);
    ck_assert_msg(record_filter_init(&f, &call, &err) == 0, "%s", err.text);
    ck_assert_int_eq(json_parse(&a, text, strlen(text), 0, &v, NULL, &err), 0);
    return record_filter_wants(&f, v);
}

START_TEST(filters_narrow)
{
    static const struct {
        const char *argv[4];
        size_t n;
        bool want;
    } rows[] = {
        {{NULL}, 0, true},
        {{"-c", "abc"}, 2, true},
        {{"-c", "bcd"}, 2, false},
        {{"-c", "web"}, 2, true},
        {{"-c", "we"}, 2, false}, /* names whole, ids by their beginning */
        {{"-v", "refuse"}, 2, true},
        {{"-v", "admit"}, 2, false},
        {{"-v", "admit", "-v", "refuse"}, 4, true},
        {{"-v", "refuse", "-c", "x"}, 4, false},
        {{"-r", "a"}, 2, true},
        {{"-r", "b"}, 2, true},
        {{"-r", "c"}, 2, false},
        {{"--image", "nginx"}, 2, true},
        {{"--image", "00ff"}, 2, true},
        {{"--image", "redis"}, 2, false},
        {{"--engine", "podman"}, 2, false},
        {{"--operation", "create"}, 2, true},
        {{"--since", "2026-11-24T15:00:00Z"}, 2, true},
        {{"--since", "2026-11-24T15:00:00.6Z"}, 2, false},
        {{"--until", "2026-11-24T15:00:00Z"}, 2, false},
        {{"--until", "2026-11-24T15:00:01Z"}, 2, true},
        {{"--since", "2026-11-24", "--until", "2026-11-25"}, 4, true},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_msg(wants(rows[i].argv, rows[i].n) == rows[i].want, "row %d", (int)i);
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("filter");
    TCase *const t = tcase_create("filter");

    tcase_add_test(t, times_compare_as_bytes);
    tcase_add_test(t, filters_narrow);
    suite_add_tcase(s, t);
    return run_suite(s);
}
