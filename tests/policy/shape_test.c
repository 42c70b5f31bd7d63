/* Settings against their schema: all mistakes at once, or the first. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/build/shape.h"
#include "policy/schema/schemas.h"
#include "policy/value/json.h"

#include "tests/help/suite.h"

enum { ARENA = 1 << 24 };

static const char wrong[] = "runtime: runc\n"
                            "mod: enforce\n"
                            "level: basline\n"
                            "rules:\n"
                            "  x: {mode: wrn, y: 1}\n"
                            "scopes:\n"
                            "  - {name: x}\n"
                            "waiver_days: 0\n";

static int look(struct arena *a, const char *text, struct buf *report, struct err *err)
{
    const struct schema_text schema = schema_settings();
    const struct value *doc;
    struct yaml_node *tree;

    ck_assert_int_eq(json_parse(a, schema.text, schema.len, JSON_STRICT, &doc, NULL, err), 0);
    ck_assert_int_eq(yaml_parse(a, "f", text, strlen(text), &tree, err), 0);
    return report ? shape_check_all("f", tree, doc, report, err) : shape_check("f", tree, doc, err);
}

START_TEST(every_mistake_is_a_line_with_its_place)
{
    AUTO_ARENA struct arena a = ARENA_INIT(ARENA);
    AUTO_BUF struct buf report = BUF_INIT;
    struct err err = ERR_INIT;

    ck_assert_int_eq(look(&a, wrong, &report, &err), -1);
    ck_assert_str_eq(report.data, "f:1:10: not an absolute path: 'runc'\n"
                                  "f:2:1: unknown key 'mod'; did you mean 'mode'?\n"
                                  "f:3:8: no such value 'basline'; did you mean 'baseline'?\n"
                                  "f:5:13: no such value 'wrn'; did you mean 'warn'?\n"
                                  "f:5:18: unknown key 'y'\n"
                                  "f:7:5: here lacks 'selector'\n"
                                  "f:8:14: too small\n");
    ck_assert_str_eq(err.text, "f:1:10: not an absolute path: 'runc'");
}
END_TEST

START_TEST(without_a_report_the_first_mistake_ends_it)
{
    AUTO_ARENA struct arena a = ARENA_INIT(ARENA);
    struct err err = ERR_INIT;

    ck_assert_int_eq(look(&a, wrong, NULL, &err), -1);
    ck_assert_str_eq(err.text, "f:1:10: not an absolute path: 'runc'");
}
END_TEST

START_TEST(what_is_right_says_nothing)
{
    AUTO_ARENA struct arena a = ARENA_INIT(ARENA);
    AUTO_BUF struct buf report = BUF_INIT;
    struct err err = ERR_INIT;

    ck_assert_int_eq(look(&a, "runtime: /usr/bin/runc\nmode: warn\n", &report, &err), 0);
    ck_assert_uint_eq(report.len, 0);
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("shape");
    TCase *const t = tcase_create("all");

    tcase_add_test(t, every_mistake_is_a_line_with_its_place);
    tcase_add_test(t, without_a_report_the_first_mistake_ends_it);
    tcase_add_test(t, what_is_right_says_nothing);
    suite_add_tcase(s, t);
    return run_suite(s);
}
