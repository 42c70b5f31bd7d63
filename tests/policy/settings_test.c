/* Settings: what is wrong is named with its place and the nearest name; what weakens must say so.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/build/settings.h"

#include "tests/help/suite.h"

/* clang-format off */
static const struct {
    const char *text, *want; /* want NULL: it is read */
} cases[] = {
    { "", NULL },
    { "mode: enforce\nlevel: restricted\n", NULL },
    { "rulez: {}\n", "s.yaml:1:1: unknown key 'rulez'; did you mean 'rules'?" },
    { "mode: enforced\n", "s.yaml:1:7: no such value 'enforced'; did you mean 'enforce'?" },
    { "mode: xyz\n", "s.yaml:1:7: no such value 'xyz'; want enforce, warn or audit" },
    { "\nlevel: [a]\n", "s.yaml:2:8: here stands a list, it must be text" },
    { "runtime: runc\n", "s.yaml:1:10: not an absolute path: 'runc'" },
    { "runtime: /opt/thing\n", "s.yaml:1:10: the runtime's name tells no family" },
    { "runtime: /opt/thing\nfamily: crun\n", NULL },
    { "runtime: /opt/runc-1.2\n", NULL },
    { "mode: enforce\nmode: warn\n", "s.yaml:2:1: key 'mode' stands twice" },
    { "mode: &x enforce\n", "anchors and tags" },
    { "rules:\n  hooks: {mod: warn}\n", "s.yaml:2:11: unknown key 'mod'; did you mean 'mode'?" },
    { "rules:\n  hooks: {mode: off}\n", NULL },
    { "registrations: {a: {mode: audit}}\n", "weaker than the default; say `weaker: true`" },
    { "registrations: {a: {mode: audit, weaker: true}}\n", NULL },
    { "registrations: {a: {level: restricted}}\n", NULL },
    { "level: restricted\nregistrations: {a: {level: baseline}}\n", "weaker than the default" },
    { "registrations: {a: {rules: {hooks: {mode: off}}}}\n", "weaker than the default" },
    { "registrations: {a: {parameters: {hooks: {allow: []}}}}\n", "weaker than the default" },
    { "registrations: {a: {on_error: warn}}\n", "weaker than the default" },
    { "registrations: {a: {runtime: /x/y}}\n", "s.yaml:1:17: the runtime's name tells no family" },
    { "on_unknown_container: refuse\n", NULL },
    { "on_unknown_container: no\n", "s.yaml:1:23: no such value 'no'; want refuse or warn" },
    { "on_unknown_container: refuse\nregistrations: {a: {on_unknown_container: warn}}\n", "weaker than the default" },
    { "lifecycle_events: true\n", "s.yaml:1:19: here stands true or false, it must be on or off" },
    { "lifecycle_events: on\n", NULL },
    { "scopes: [{mode: audit}]\n", "here lacks 'selector'" },
    { "scopes: [{selector: {}, mode: audit}]\n", "selector is empty" },
    { "scopes: [{selector: {engine: [docker]}, mode: audit}]\n", NULL },
    { "scopes: [{selector: {label: {a: b}}, mode: audit}]\n", "requester's choice" },
    { "scopes: [{selector: {image_name: [a]}, level: restricted}]\n", NULL },
    { "waiver_days: 0\n", "s.yaml:1:14: too small" },
    { "waiver_days: many\n", "it must be a whole number" },
    { "a: [\n", "s.yaml:2:1:" },
};
/* clang-format on */

START_TEST(each_case_is_read_or_named)
{
    AUTO_ARENA struct arena a = ARENA_INIT(16 * 1024 * 1024);
    struct settings s;
    struct err err = ERR_INIT;
    const char *const text = cases[_i].text;
    const int got = settings_parse(&a, "s.yaml", text, strlen(text), &s, &err);

    if (!cases[_i].want) {
        ck_assert_msg(got == 0, "%s: %s", text, err.text);
        return;
    }
    ck_assert_msg(got == -1, "%s: accepted", text);
    ck_assert_msg(strstr(err.text, cases[_i].want) != NULL, "%s: %s", text, err.text);
}
END_TEST

START_TEST(defaults_are_filled_in)
{
    AUTO_ARENA struct arena a = ARENA_INIT(16 * 1024 * 1024);
    struct settings s;
    struct err err = ERR_INIT;

    ck_assert_int_eq(settings_parse(&a, "s.yaml", "", 0, &s, &err), 0);
    ck_assert(value_is_str(value_field(s.meta_default, "runtime"), "/usr/bin/runc"));
    ck_assert(value_is_str(value_field(s.meta_default, "family"), "runc"));
    ck_assert(value_is_str(value_field(s.meta_default, "mode"), "enforce"));
    ck_assert(value_is_str(value_field(s.meta_default, "log"), "/var/log/sallyport"));
    ck_assert(value_is_str(value_field(s.rules_doc, "level"), "baseline"));
}
END_TEST

START_TEST(a_registration_inherits_what_it_does_not_say)
{
    AUTO_ARENA struct arena a = ARENA_INIT(16 * 1024 * 1024);
    struct settings s;
    struct err err = ERR_INIT;
    static const char text[] = "mode: warn\nlog: /l\nregistrations: {a: {runtime: /b/crun}}\n";

    ck_assert_int_eq(settings_parse(&a, "s.yaml", text, sizeof(text) - 1, &s, &err), 0);
    const struct value *const reg = value_field(s.registrations, "a");
    ck_assert(value_is_str(value_field(reg, "mode"), "warn"));
    ck_assert(value_is_str(value_field(reg, "log"), "/l"));
    ck_assert(value_is_str(value_field(reg, "family"), "crun"));
}
END_TEST

START_TEST(scalars_follow_the_core_schema)
{
    AUTO_ARENA struct arena a = ARENA_INIT(1024 * 1024);
    struct yaml_node *n;
    struct err err = ERR_INIT;
    int64_t i = 0;
    static const char text[] = "a: 0644\nb: 12\nc: \"12\"\nd: ~\ne: true\nf: yes\ng: -3\n";

    ck_assert_int_eq(yaml_parse(&a, "f", text, sizeof(text) - 1, &n, &err), 0);
    ck_assert(value_is_str(yaml_get(n, "a")->value, "0644"));
    ck_assert(value_int64(yaml_get(n, "b")->value, &i) && i == 12);
    ck_assert(value_is_str(yaml_get(n, "c")->value, "12"));
    ck_assert(value_is(yaml_get(n, "d")->value, VALUE_NULL));
    ck_assert(value_bool(yaml_get(n, "e")->value));
    ck_assert(value_is_str(yaml_get(n, "f")->value, "yes"));
    ck_assert(value_int64(yaml_get(n, "g")->value, &i) && i == -3);
    ck_assert_uint_eq(yaml_get(n, "g")->line, 7);
}
END_TEST

START_TEST(depth_has_a_limit)
{
    AUTO_ARENA struct arena a = ARENA_INIT(1024 * 1024);
    struct yaml_node *n;
    struct err err = ERR_INIT;
    char text[2 * (YAML_DEPTH_MAX + 1) + 1];

    for (int depth = YAML_DEPTH_MAX - 1; depth <= YAML_DEPTH_MAX; depth++) {
        memset(text, '[', (size_t)depth);
        memset(text + depth, ']', (size_t)depth);
        ck_assert_int_eq(yaml_parse(&a, "f", text, (size_t)(2 * depth), &n, &err), 0);
    }
    memset(text, '[', YAML_DEPTH_MAX + 1);
    memset(text + YAML_DEPTH_MAX + 1, ']', YAML_DEPTH_MAX + 1);
    ck_assert_int_eq(yaml_parse(&a, "f", text, sizeof(text) - 1, &n, &err), -1);
    ck_assert_int_eq(err.code, ERR_LIMIT);
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("settings");
    TCase *const t = tcase_create("settings");

    tcase_add_loop_test(t, each_case_is_read_or_named, 0, (int)ARRAY_LEN(cases));
    tcase_add_test(t, defaults_are_filled_in);
    tcase_add_test(t, a_registration_inherits_what_it_does_not_say);
    tcase_add_test(t, scalars_follow_the_core_schema);
    tcase_add_test(t, depth_has_a_limit);
    suite_add_tcase(s, t);
    return run_suite(s);
}
