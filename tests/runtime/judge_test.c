#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/value/json.h"
#include "runtime/judge.h"

#include "tests/help/suite.h"

static struct arena arena;

static void begin(void)
{
    arena = ARENA_INIT((size_t)8 << 20);
}

static void end(void)
{
    arena_done(&arena);
}

static const struct value *json(const char *text)
{
    const struct value *v = NULL;
    struct err err = ERR_INIT;

    ck_assert_msg(json_parse(&arena, text, strlen(text), JSON_STRICT, &v, NULL, &err) == 0, "%s",
                  err.text);
    return v;
}

START_TEST(the_line_names_rule_text_number_remedy_and_id)
{
    struct judgement j = {.id = "01X", .remedy = "remove the mount"};
    char line[4096];

    j.decision.refusals = json("[{\"rule\":\"engine-socket\",\"msg\":\"it is a socket\"},{},{}]");
    judge_line(&j, "web", line, sizeof(line));
    ck_assert_str_eq(line,
                     "sallyport: refused web: engine-socket: it is a socket (+2 more); remove the "
                     "mount. sallyport why 01X");
    j.remedy = NULL;
    j.decision.refusals = json("[{\"rule\":\"r\",\"msg\":\"m\"}]");
    judge_line(&j, NULL, line, sizeof(line));
    ck_assert_str_eq(line, "sallyport: refused container: r: m. sallyport why 01X");

    judge_line(&j, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", line,
               sizeof(line));
    ck_assert_str_eq(line, "sallyport: refused 0123456789ab: r: m. sallyport why 01X");
    j.input = json("{\"container\":{\"name\":\"shop-db\"}}");
    judge_line(&j, "0123", line, sizeof(line));
    ck_assert_str_eq(line, "sallyport: refused shop-db: r: m. sallyport why 01X");
}
END_TEST

START_TEST(hostile_text_stays_one_short_harmless_line)
{
    struct judgement j = {.id = "01X"};
    AUTO_FREE char *many = malloc(100000);
    char line[4096];
    struct value_fields f = {0};

    memset(many, '\x1b', 99999);
    many[99999] = '\0';
    value_fields_add(&arena, &f, "rule", value_str(&arena, "r"));
    value_fields_add(&arena, &f, "msg", value_str(&arena, many));
    const struct value *const finding = value_fields_object(&arena, &f);
    j.decision.refusals = value_array(&arena, &finding, 1);
    judge_line(&j, many, line, sizeof(line));
    ck_assert_uint_lt(strlen(line), 4000);
    ck_assert_ptr_null(strchr(line, '\x1b'));
    ck_assert_ptr_nonnull(strstr(line, "sallyport why 01X"));

    j.decision.refusals =
        json("[{\"rule\":\"r\",\"msg\":\"/x: permission denied\\nsallyport: admitted\"}]");
    judge_line(&j, "web", line, sizeof(line));
    ck_assert_str_eq(line,
                     "sallyport: refused web: r: /x: access is refused\\nsallyport: admitted. "
                     "sallyport why 01X");
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("judge");
    TCase *const c = tcase_create("judge");

    tcase_add_checked_fixture(c, begin, end);
    tcase_add_test(c, the_line_names_rule_text_number_remedy_and_id);
    tcase_add_test(c, hostile_text_stays_one_short_harmless_line);
    suite_add_tcase(suite, c);

    return run_suite(suite);
}
