/* Gatekeeper's templates and constraints in the image: real containers are held to them; what is
 * wrong among them stops the build. */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/own.h"
#include "facts/facts.h"
#include "policy/build/compile.h"
#include "policy/decide/decide.h"

#include "tests/help/json.h"
#include "tests/help/place.h"
#include "tests/help/suite.h"

#define GATE "tests/fixtures/gatekeeper/gate"

enum { NOW = 1767323045, ARENA = 512 << 20 };

static char top[PLACE_MAX] = "";

static void place(void)
{
    place_make(top, "/tmp");
}

static void unplace(void)
{
    place_remove(top);
}

static void write_file(const char *name, const char *text)
{
    char path[PLACE_MAX + 64];

    (void)snprintf(path, sizeof(path), "%s/%s", top, name);
    FILE *const f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    ck_assert_int_ge(fputs(text, f), 0);
    ck_assert_int_eq(fclose(f), 0);
}

/* Compile with these policies; the report is kept in the arena. */
static int build(struct arena *a, const char *policies, struct compiled *c, const char **report,
                 struct err *err)
{
    AUTO_BUF struct buf lines = BUF_INIT;
    char settings[PLACE_MAX + 64];

    write_file("settings.yaml",
               arena_printf(a, "runtime: /usr/sbin/runc\npolicies: [%s]\n", policies));
    (void)snprintf(settings, sizeof(settings), "%s/settings.yaml", top);
    const struct compile_options o = {.settings = settings,
                                      .baseline = "policy/baseline",
                                      .skip_tests = true,
                                      .report = &lines,
                                      .now_ns = (int64_t)NOW * 1000000000};
    const int got = policy_compile(a, &o, c, err);

    *report = lines.len ? arena_strndup(a, lines.data, lines.len) : "";
    return got;
}

static const struct value *read_json(struct arena *a, const char *path)
{
    AUTO_FREE char *text = NULL;
    size_t len;
    struct err err = ERR_INIT;

    if (file_read_at(AT_FDCWD, path, JSON_BYTES_MAX, &text, &len, NULL, &err) < 0)
        ck_abort_msg("%s", err.text);
    return from_json(a, text);
}

static const struct value *judge(struct arena *a, const struct image *img, const char *fixture)
{
    const struct facts_request req = {
        .operation = "create",
        .registration = "default",
        .caller = "lint",
        .id = "web",
        .config = read_json(a, arena_printf(a, "tests/fixtures/%s.json", fixture)),
        .bundle_fd = -1,
        .runtime = "runc",
        .runtime_root = "/run/runc",
        .now_ns = (int64_t)NOW * 1000000000,
        .host = FACTS_NO_HOST,
        .trusted_host = true,
    };
    const struct value *input = NULL;
    struct decision d;
    struct err err = ERR_INIT;

    if (facts_input(a, &req, &input, &err) < 0 || decide(img, input, a, &d, &err) < 0)
        ck_abort_msg("%s: %s", fixture, err.text);
    return d.findings;
}

/* Enforcement and message of the first finding of a rule, "" when it found nothing. */
static const char *found(struct arena *a, const struct value *findings, const char *rule)
{
    for (size_t i = 0; i < findings->count; i++) {
        const struct value *const f = value_at(findings, i);

        if (value_is_str(value_field(f, "rule"), rule))
            return arena_printf(a, "%s: %s", value_cstr(value_field(f, "enforcement")),
                                value_cstr(value_field(f, "msg")));
    }
    return "";
}

/* clang-format off */
static const struct {
    const char *fixture, *rule, *begins; /* NULL: nothing is found */
} expected[] = {
    { "docker-default",     "GatePrivileged/none",   NULL                                     },
    { "docker-privileged",  "GatePrivileged/none",   "deny: container web is privileged"      },
    { "podman-privileged",  "GatePrivileged/none",   "deny: container web is privileged"      },
    { "cri-container-priv", "GatePrivileged/none",   "deny: container web is privileged"      },
    { "docker-default",     "GateCapabilities/few",  NULL                                     },
    { "docker-capdropall",  "GateCapabilities/few",  NULL                                     },
    { "docker-capadd",      "GateCapabilities/few",  "deny: may not add {"                    },
    { "docker-privileged",  "GateCapabilities/few",  "deny: may not add {"                    },
    { "docker-default",     "GateHost/apart",        NULL                                     },
    { "docker-hostpidipc",  "GateHost/apart",        "deny: host"                             },
    { "podman-hostns",      "GateHost/apart",        "deny: host"                             },
    { "docker-sockmount",   "GateHost/apart",        "deny: path of the host: /srv/engines/dk/docker.sock" },
    { "docker-default",     "GateRepos/ours",        "warn: image <> is from elsewhere"       },
    { "docker-default",     "GateReadOnly/tried-out", "audit: writable root"                  },
    { "docker-readonly-tmpfs", "GateReadOnly/tried-out", NULL                                 },
    { "docker-default",     "GateReadOnly/of-other-kinds", NULL                               },
    { "docker-default",     "GateReadOnly/labelled", NULL                                     },
    { "docker-default",     "GateReadOnly/unknown-namespaces", "deny: writable root"          },
};
/* clang-format on */

START_TEST(containers_are_held_to_constraints)
{
    AUTO_ARENA struct arena a = ARENA_INIT(ARENA);
    struct compiled c;
    struct image img = IMAGE_INIT;
    const char *report;
    struct err err = ERR_INIT;

    AUTO_FREE char *gate = realpath(GATE, NULL);

    ck_assert_ptr_nonnull(gate);
    if (build(&a, gate, &c, &report, &err) < 0 ||
        image_borrow(&img, c.image, c.image_len, &err) < 0)
        ck_abort_msg("%s\n%s", err.text, report);
    for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
        const char *const got = found(&a, judge(&a, &img, expected[i].fixture), expected[i].rule);
        const char *const want = expected[i].begins;

        ck_assert_msg(want ? strncmp(got, want, strlen(want)) == 0 : *got == '\0',
                      "%s, %s: got \"%s\"", expected[i].fixture, expected[i].rule, got);
    }
    ck_assert_ptr_nonnull(value_field(c.catalogue, "GatePrivileged/none"));
    ck_assert_str_eq(value_cstr(value_path(c.catalogue, "GatePrivileged/none", "title", NULL)),
                     "Privileged");
    ck_assert_ptr_nonnull(strstr(report, "of-other-kinds does not match Pods"));
    ck_assert_ptr_nonnull(strstr(report, "unknown-namespaces selects by labels of namespaces"));
    ck_assert_ptr_null(strstr(report, "few does not match"));
}
END_TEST

#define TEMPLATE(kind, name, rego)                                                                 \
    "apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata: {name: " name     \
    "}\nspec:\n  crd: {spec: {names: {kind: " kind                                                 \
    "}, validation: {openAPIV3Schema: {type: object, properties: {n: {type: integer}}}}}}\n"       \
    "  targets:\n  - target: admission.k8s.gatekeeper.sh\n    rego: |\n      " rego "\n---\n"
#define CONSTRAINT(kind, name, spec)                                                               \
    "apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: " kind "\nmetadata: {name: " name        \
    "}\nspec: " spec "\n---\n"
#define GOOD TEMPLATE("Abc", "abc", "package abc\n      violation[{\"msg\": \"m\"}] { false }")

/* clang-format off */
static const struct {
    const char *text, *error;
} wrong[] = {
    { "apiVersion: v1\nkind: Pod\n",                         "Pod takes no effect here"        },
    { "a: 1\n",                                              "a document without a kind"       },
    { "a: [\n",                                              "wrong.yaml"                      },
    { CONSTRAINT("Abc", "c", "{}"),                          "no template is of kind Abc"      },
    { GOOD GOOD,                                             "has a template of kind Abc"      },
    { GOOD CONSTRAINT("Abc", "c", "{}") CONSTRAINT("Abc", "c", "{}"), "a constraint Abc/c already" },
    { GOOD CONSTRAINT("Abc", "c", "{parameters: {n: x}}"),   "spec.parameters"                 },
    { TEMPLATE("Abc", "abc", "package abc\n      p = 1"),    "no rule `violation`"             },
    { TEMPLATE("Abc", "abc", "package abc\n      violation[{\"msg\": \"m\"}] { data.other.x }") CONSTRAINT("Abc", "c", "{}"),
      "data.lib and data.inventory only" },
    { TEMPLATE("Abc", "abc", "package abc\n      violation[{\"msg\": \"m\"}] { x }"), "var x is unsafe" },
    { TEMPLATE("Abc", "abc", "package abc\n      violation[{\"msg\": \"m\"}] { http.send({}) }"), "http.send" },
};
/* clang-format on */

START_TEST(what_is_wrong_is_told)
{
    AUTO_ARENA struct arena a = ARENA_INIT(ARENA);
    struct compiled c;
    const char *report;
    struct err err = ERR_INIT;
    char path[PLACE_MAX + 16];

    write_file("wrong.yaml", wrong[_i].text);
    (void)snprintf(path, sizeof(path), "%s/wrong.yaml", top);
    ck_assert_int_eq(build(&a, path, &c, &report, &err), -1);
    ck_assert_msg(strstr(err.text, wrong[_i].error), "%s: %s", wrong[_i].error, err.text);
}
END_TEST

START_TEST(suites_stand_beside_templates)
{
    AUTO_ARENA struct arena a = ARENA_INIT(ARENA);
    struct compiled c;
    const char *report;
    struct err err = ERR_INIT;
    char path[PLACE_MAX + 16];

    write_file("s.yaml", GOOD "apiVersion: test.gatekeeper.sh/v1alpha1\nkind: Suite\n---\n"
                              "resources: [template.yaml]\n");
    (void)snprintf(path, sizeof(path), "%s/s.yaml", top);
    if (build(&a, path, &c, &report, &err) < 0)
        ck_abort_msg("%s", err.text);
    ck_assert_ptr_nonnull(strstr(report, "template abc has no constraint"));
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("constraints");
    TCase *const tc = tcase_create("gate");

    tcase_add_checked_fixture(tc, place, unplace);
    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, containers_are_held_to_constraints);
    tcase_add_loop_test(tc, what_is_wrong_is_told, 0, ARRAY_LEN(wrong));
    tcase_add_test(tc, suites_stand_beside_templates);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
