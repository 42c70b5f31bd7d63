/* Activation: what is shipped compiles, its tests pass, and what is written can be read. */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "policy/build/activate.h"
#include "policy/value/json.h"

#include "tests/help/suite.h"

enum { ARENA = 1 << 30 };

static char dir[64];
static char settings[128], image[128], extra[128];

static void put(const char *path, const char *text)
{
    FILE *const f = fopen(path, "we");

    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(text, 1, strlen(text), f), strlen(text));
    ck_assert_int_eq(fclose(f), 0);
}

static void setup(void)
{
    (void)snprintf(dir, sizeof(dir), "/tmp/sallyport-activate-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    (void)snprintf(settings, sizeof(settings), "%s/sallyport.yaml", dir);
    (void)snprintf(image, sizeof(image), "%s/active.img", dir);
    (void)snprintf(extra, sizeof(extra), "%s/extra.rego", dir);
}

static void teardown(void)
{
    char command[128];

    (void)snprintf(command, sizeof(command), "%s", dir);
    static const char *const names[] = {"sallyport.yaml",      "active.img", "active.img.previous",
                                        "extra.rego",          "runtime",    "serial",
                                        "waivers/waiver.yaml", "waivers"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char path[256];

        (void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
        (void)remove(path);
    }
    (void)remove(dir);
}

static int activate(struct arena *a, bool tests, struct activated *out, struct buf *report,
                    struct err *err)
{
    const struct activate_options o = {.settings = settings,
                                       .image = image,
                                       .baseline = "policy/baseline",
                                       .untrusted = true,
                                       .skip_tests = !tests,
                                       .now_ns = 1767323045000000000,
                                       .report = report};

    return policy_activate(a, &o, out, err);
}

START_TEST(what_is_shipped_compiles_and_passes_its_tests)
{
    AUTO_ARENA struct arena a = ARENA_INIT(ARENA);
    AUTO_BUF struct buf report = BUF_INIT;
    struct activated out;
    struct err err = ERR_INIT;

    if (activate(&a, true, &out, &report, &err) < 0)
        ck_abort_msg("%s\n%s", err.text, report.data ? report.data : "");
    ck_assert_uint_gt(out.rules, 50);
    ck_assert_uint_gt(out.tests, 300);
    ck_assert_uint_eq(out.serial, 1);
}
END_TEST

/* Settings under which rules decide otherwise than their own tests expect. */
START_TEST(no_setting_makes_a_shipped_test_fail)
{
    AUTO_ARENA struct arena a = ARENA_INIT(ARENA);
    AUTO_BUF struct buf report = BUF_INIT;
    struct activated out;
    struct err err = ERR_INIT;

    put(settings,
        "level: restricted\nmode: warn\nrules: {hooks: {mode: off}}\n"
        "parameters: {drop-capabilities: {keep: [CAP_NET_RAW]}, resource-pids: {limit: 7},"
        " resource-memory: {limit: 9000000}, engine-socket: {allow: [/run/docker.sock]}}\n");
    if (activate(&a, true, &out, &report, &err) < 0)
        ck_abort_msg("%s\n%s", err.text, report.data ? report.data : "");
    ck_assert_uint_gt(out.tests, 300);
}
END_TEST

/* A policy's own tests see the settings and the rules beside it. */
START_TEST(other_policies_are_tested_as_they_go_in_force)
{
    static const char rule[] = "package mine\n\n"
                               "test_level if data.sallyport.settings.level == \"%s\"\n";
    AUTO_ARENA struct arena a = ARENA_INIT(ARENA);
    AUTO_BUF struct buf report = BUF_INIT;
    char text[256], tests[256];
    struct activated out;
    struct err err = ERR_INIT;

    (void)snprintf(text, sizeof text, "level: restricted\npolicies: [%s]\n", extra);
    put(settings, text);
    (void)snprintf(text, sizeof text, rule, "restricted");
    put(extra, text);
    ck_assert_msg(activate(&a, true, &out, &report, &err) == 0, "%s", err.text);
    (void)snprintf(text, sizeof text, rule, "baseline");
    put(extra, text);
    ck_assert_int_eq(activate(&a, true, &out, &report, &err), -1);
    (void)snprintf(tests, sizeof tests, "%s:3: data.mine.test_level: FAIL\n", extra);
    ck_assert_str_eq(report.data, tests);
}
END_TEST

/* clang-format off */
static const struct {
    const char *parameters, *want; /* want NULL: they are taken */
} given[] = {
    { "resource-limits: {memory: {max: 4 gigs}}",   ":3:35: neither a number nor one with a unit, such as 512m, 4Gi or 2GB: '4 gigs'" },
    { "resource-limits: {memory: {max: -1}}",       ":3:35: too small" },
    { "resource-limits: {memory: {max: true}}",     "must be text" },
    { "resource-limits: {memory: {least: 1}}",      ":3:30: unknown key 'least'" },
    { "resource-limits: {memry: {max: 1}}",         "unknown key 'memry'; did you mean 'memory'?" },
    { "resource-limits: {block-io: {'8:0': {read-bsp: {max: 1}}}}", "did you mean 'read-bps'?" },
    { "resource-pids: {limit: many}",               "must be a whole number" },
    { "resource-pids: {limits: 5}",                 "did you mean 'limit'?" },
    { "resource-limits: {memory: {require: true, default: 1.5Gi, max: 4g}, cpus: {max: 0.5}}", NULL },
    { "resource-limits: {rlimits: {NOFILE: {max: 2k}}, tmpfs: {default: 64MiB}}", NULL },
};
/* clang-format on */

START_TEST(parameters_are_those_of_the_rule)
{
    AUTO_ARENA struct arena a = ARENA_INIT(ARENA);
    AUTO_BUF struct buf text = BUF_INIT;
    struct activated out;
    struct err err = ERR_INIT;

    buf_printf(&text, "runtime: /usr/bin/runc\nparameters:\n  %s\n", given[_i].parameters);
    put(settings, text.data);
    const int got = activate(&a, false, &out, NULL, &err);
    if (!given[_i].want && got < 0)
        ck_abort_msg("%s: %s", given[_i].parameters, err.text);
    if (given[_i].want && (got == 0 || !strstr(err.text, given[_i].want)))
        ck_abort_msg("%s: got %s", given[_i].parameters, got == 0 ? "nothing" : err.text);
}
END_TEST

START_TEST(the_serial_counts_on_and_a_rollback_exchanges)
{
    AUTO_ARENA struct arena a = ARENA_INIT(ARENA);
    struct activated out;
    struct err err = ERR_INIT;

    put(settings, "runtime: /usr/bin/crun\n");
    ck_assert_int_eq(activate(&a, false, &out, NULL, &err), 0);
    put(settings, "runtime: /usr/bin/runc\n");
    ck_assert_int_eq(activate(&a, false, &out, NULL, &err), 0);
    ck_assert_uint_eq(out.serial, 2);
    ck_assert_uint_eq(out.before, 1);
    ck_assert_int_eq(policy_rollback(image, &out, &err), 0);
    ck_assert_uint_eq(out.serial, 1);
    ck_assert_str_eq(out.runtime, "/usr/bin/crun");
    ck_assert_int_eq(activate(&a, false, &out, NULL, &err), 0);
    ck_assert_uint_eq(out.serial, 3);
    ck_assert_uint_eq(out.before, 1);
}
END_TEST

START_TEST(the_image_carries_settings_and_catalogue)
{
    AUTO_ARENA struct arena a = ARENA_INIT(ARENA);
    struct activated out;
    struct err err = ERR_INIT;
    AUTO_IMAGE struct image img = IMAGE_INIT;

    put(settings, "level: restricted\nregistrations: {audit: {mode: audit, weaker: true}}\n");
    ck_assert_int_eq(activate(&a, false, &out, NULL, &err), 0);
    AUTO_FD int fd = open(image, O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(image_map(&img, fd, &err), 0);
    ck_assert(value_is_str(value_path(img.meta, "default", "level", NULL), "restricted"));
    ck_assert(value_is_str(value_path(img.meta, "default", "family", NULL), "runc"));
    ck_assert(value_is_str(value_path(img.meta, "registrations", "audit", "mode", NULL), "audit"));
    ck_assert(value_is_str(
        value_path(img.data, "sallyport", "catalogue", "engine-socket", "severity", NULL),
        "critical"));
    ck_assert_ptr_nonnull(
        value_path(img.data, "sallyport", "catalogue", "engine-socket", "controls", NULL));
}
END_TEST

START_TEST(a_policy_that_fails_its_test_changes_nothing)
{
    AUTO_ARENA struct arena a = ARENA_INIT(ARENA);
    AUTO_BUF struct buf report = BUF_INIT;
    struct activated out;
    struct err err = ERR_INIT;
    char text[256];

    (void)snprintf(text, sizeof(text), "policies: [%s]\n", extra);
    put(settings, text);
    put(extra, "package mine\n\ndeny contains \"no\" if input.operation == \"run\"\n\n"
               "test_wrong if 1 == 2\n");
    ck_assert_int_eq(activate(&a, true, &out, &report, &err), -1);
    ck_assert_ptr_nonnull(strstr(report.data, "data.mine.test_wrong: FAIL"));
    ck_assert_int_eq(access(image, F_OK), -1);
}
END_TEST

START_TEST(a_reference_that_the_input_does_not_know_is_an_error_with_its_place)
{
    AUTO_ARENA struct arena a = ARENA_INIT(ARENA);
    AUTO_BUF struct buf report = BUF_INIT;
    struct activated out;
    struct err err = ERR_INIT;
    char text[256];

    (void)snprintf(text, sizeof(text), "policies: [%s]\n", extra);
    put(settings, text);
    put(extra, "package mine\n\ndeny contains \"no\" if input.fact.process.root\n");
    ck_assert_int_eq(activate(&a, false, &out, &report, &err), -1);
    ck_assert_msg(strstr(err.text, "extra.rego:3") != NULL, "%s", err.text);
}
END_TEST

START_TEST(modules_of_v0_are_told_and_taken_where_they_are_marked)
{
    AUTO_ARENA struct arena a = ARENA_INIT(ARENA);
    struct activated out;
    struct err err = ERR_INIT;
    char text[512];

    put(extra, "package mine\n\ndeny[msg] { msg := \"no\"; input.container.id == \"never\" }\n");
    (void)snprintf(text, sizeof(text), "policies: [%s]\n", extra);
    put(settings, text);
    ck_assert_int_eq(activate(&a, false, &out, NULL, &err), -1);
    ck_assert_msg(strstr(err.text, "this is Rego v0") && strstr(err.text, "extra.rego:3"), "%s",
                  err.text);
    (void)snprintf(text, sizeof(text), "policies: [{path: %s, rego: v0}]\n", extra);
    put(settings, text);
    err = ERR_INIT;
    ck_assert_msg(activate(&a, false, &out, NULL, &err) == 0, "%s", err.text);
    (void)snprintf(text, sizeof(text), "policies: [{path: %s, regos: v0}]\n", extra);
    put(settings, text);
    err = ERR_INIT;
    ck_assert_int_eq(activate(&a, false, &out, NULL, &err), -1);
    ck_assert_msg(strstr(err.text, "rego") != NULL, "%s", err.text);
    (void)snprintf(text, sizeof(text), "policies: [{path: %s, key: %s}]\n", extra, extra);
    put(settings, text);
    err = ERR_INIT;
    ck_assert_int_eq(activate(&a, false, &out, NULL, &err), -1);
    ck_assert_msg(strstr(err.text, "only a bundle") != NULL, "%s", err.text);
}
END_TEST

/* What would not take effect is told, not left out. */
START_TEST(policies_of_other_kinds_are_errors)
{
    AUTO_ARENA struct arena a = ARENA_INIT(ARENA);
    struct activated out;
    struct err err = ERR_INIT;
    char path[128], text[256];

    (void)snprintf(path, sizeof(path), "%s/waivers", dir);
    ck_assert_int_eq(mkdir(path, 0755), 0);
    (void)snprintf(text, sizeof(text), "policies: [%s]\n", path);
    put(settings, text);
    (void)snprintf(path, sizeof(path), "%s/waivers/waiver.yaml", dir);
    put(path, "kind: Waiver\n");
    ck_assert_int_eq(activate(&a, false, &out, NULL, &err), -1);
    ck_assert_msg(strstr(err.text, "waiver.yaml: Waiver takes no effect here") != NULL, "%s",
                  err.text);

    (void)snprintf(path, sizeof(path), "%s/waivers/note.txt", dir);
    put(path, "");
    (void)snprintf(text, sizeof(text), "policies: [%s]\n", path);
    put(settings, text);
    ck_assert_int_eq(activate(&a, false, &out, NULL, &err), -1);
    ck_assert_msg(strstr(err.text, "policies are *.rego files") != NULL, "%s", err.text);
}
END_TEST

START_TEST(rules_that_are_not_there_are_named_with_the_nearest)
{
    AUTO_ARENA struct arena a = ARENA_INIT(ARENA);
    struct activated out;
    struct err err = ERR_INIT;

    put(settings, "mode: enforce\nrules:\n  engine-sockets: {mode: warn}\n");
    ck_assert_int_eq(activate(&a, false, &out, NULL, &err), -1);
    ck_assert_msg(strstr(err.text, "sallyport.yaml:3:3: no such rule 'engine-sockets'; did you "
                                   "mean 'engine-socket'?") != NULL,
                  "%s", err.text);
}
END_TEST

static void with_waiver(const char *text)
{
    char path[128], yaml[256];

    (void)snprintf(path, sizeof(path), "%s/waivers", dir);
    ck_assert_int_eq(mkdir(path, 0755), 0);
    (void)snprintf(yaml, sizeof(yaml), "waivers: %s\n", path);
    put(settings, yaml);
    (void)snprintf(path, sizeof(path), "%s/waivers/waiver.yaml", dir);
    put(path, text);
}

/* The clock of these tests stands at 2026-01-02. */
static const struct {
    const char *text, *want;
} waivers[] = {
    {"{id: a, rule: hooks, selector: {engine: [docker]}, statement: s, owner: o, expires: "
     "\"2026-02-01\"}",
     NULL},
    {"{id: a, rule: hooks, selector: {engine: [docker]}, statement: s, owner: o, expires: "
     "\"2026-12-01\"}",
     "90 days at most"},
    {"{id: a, rule: document-shape, selector: {engine: [docker]}, statement: s, owner: o, expires: "
     "\"2026-02-01\"}",
     "cannot be waived"},
    {"{id: a, rule: hooks, selector: {label: {x: y}}, statement: s, owner: o, expires: "
     "\"2026-02-01\"}",
     "requester's choice"},
    {"{id: a, rule: hooks, selector: {}, statement: s, owner: o, expires: \"2026-02-01\"}",
     "selector is empty"},
    {"{id: a, rule: hooks, selector: {engine: [docker]}, statement: s, expires: \"2026-02-01\"}",
     "here lacks 'owner'"},
    {"{id: a, rule: hooks, selector: {engine: [docker]}, statement: s, owner: o, expires: soon}",
     "not a day"},
};

START_TEST(waivers_are_checked)
{
    AUTO_ARENA struct arena a = ARENA_INIT(ARENA);
    struct activated out;
    struct err err = ERR_INIT;
    char text[512];

    (void)snprintf(text, sizeof(text), "waivers:\n- %s\n", waivers[_i].text);
    with_waiver(text);
    const int got = activate(&a, false, &out, NULL, &err);
    if (waivers[_i].want) {
        ck_assert_int_eq(got, -1);
        ck_assert_msg(strstr(err.text, waivers[_i].want) != NULL, "%s", err.text);
    } else {
        ck_assert_msg(got == 0, "%s", err.text);
        ck_assert_uint_eq(out.waivers, 1);
    }
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("activation");
    TCase *const t = tcase_create("activation");

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, what_is_shipped_compiles_and_passes_its_tests);
    tcase_add_test(t, no_setting_makes_a_shipped_test_fail);
    tcase_add_test(t, other_policies_are_tested_as_they_go_in_force);
    tcase_add_loop_test(t, parameters_are_those_of_the_rule, 0, (int)ARRAY_LEN(given));
    tcase_add_test(t, the_serial_counts_on_and_a_rollback_exchanges);
    tcase_add_test(t, the_image_carries_settings_and_catalogue);
    tcase_add_test(t, a_policy_that_fails_its_test_changes_nothing);
    tcase_add_test(t, a_reference_that_the_input_does_not_know_is_an_error_with_its_place);
    tcase_add_test(t, modules_of_v0_are_told_and_taken_where_they_are_marked);
    tcase_add_test(t, policies_of_other_kinds_are_errors);
    tcase_add_test(t, rules_that_are_not_there_are_named_with_the_nearest);
    tcase_add_loop_test(t, waivers_are_checked, 0, (int)ARRAY_LEN(waivers));
    suite_add_tcase(s, t);
    return run_suite(s);
}
