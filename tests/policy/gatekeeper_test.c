/* Gatekeeper's documents: what is wrong with a template or constraint is told; defaults are filled
 * in; where templates' Rego stands and what it may read. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/own.h"
#include "policy/build/gatekeeper_run.h"
#include "policy/rego/yaml_read.h"
#include "policy/value/json.h"

#include "tests/help/suite.h"

enum { ARENA = 256 << 20 };

static const struct value *yaml(struct arena *a, const char *text)
{
    const struct value *v;
    struct err err = ERR_INIT;

    if (yaml_read(a, text, strlen(text), &v, &err) < 0)
        ck_abort_msg("%s: %s", err.text, text);
    return v;
}

/* A template with this name, kind, schema and target. */
static int make(struct arena *a, const char *name, const char *kind, const char *schema,
                const char *target, struct gatekeeper_template *t, struct err *err)
{
    const char *const text = arena_printf(
        a,
        "{apiVersion: templates.gatekeeper.sh/v1, kind: ConstraintTemplate, metadata: {name: %s}, "
        "spec: {crd: {spec: {names: {kind: %s}, validation: {openAPIV3Schema: %s}}}, targets: [%s]}}",
        name, kind, schema, target);

    return gatekeeper_template(a, yaml(a, text), "t.yaml", t, err);
}

#define TARGET "target: admission.k8s.gatekeeper.sh"

/* clang-format off */
static const struct {
    const char *name, *kind, *target, *error;
} wrong[] = {
    { "x",   "Abc", "{" TARGET ", rego: 'package p'}", "not the lowercase"  },
    { "abc", "''",  "{" TARGET ", rego: 'package p'}", "names.kind"         },
    { "abc", "Abc", "{target: other, rego: ''}",       "the target is not"  },
    { "abc", "Abc", "",                                "exactly 1 item"     },
    { "abc", "Abc", "{" TARGET "}",                    "has no Rego"        },
    { "abc", "Abc", "{" TARGET ", code: [{engine: K8sNativeValidation, source: {}}]}", "another engine" },
    { "abc", "Abc", "{" TARGET ", code: [{engine: Rego, source: {rego: 'package p', version: v2}}]}", "neither v0 nor v1" },
    { "abc", "Abc", "{" TARGET ", rego: 'package p', libs: [1]}", "libs[0]" },
    { "abc", "Abc", "{" TARGET ", rego: 'package p', libs: x}",   "libs"    },
};
/* clang-format on */

START_TEST(wrong_templates_are_told)
{
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        AUTO_ARENA struct arena a = ARENA_INIT(ARENA);
        struct gatekeeper_template t;
        struct err err = ERR_INIT;

        ck_assert_int_eq(make(&a, wrong[i].name, wrong[i].kind, "{}", wrong[i].target, &t, &err),
                         -1);
        ck_assert_msg(strstr(err.text, wrong[i].error), "%s: %s", wrong[i].error, err.text);
    }
}
END_TEST

/* The message of what stands for this target, or what is wrong with it. */
static const char *says(struct arena *a, const char *target)
{
    struct gatekeeper_template t;
    struct gatekeeper_program p;
    struct gatekeeper_constraint c;
    struct gatekeeper_review review;
    const struct gatekeeper_inventory inv = {0};
    struct rego_diags diags = {0};
    const struct value *got;
    struct err err = ERR_INIT;

    if (make(a, "abc", "Abc", "{}", target, &t, &err) < 0 ||
        gatekeeper_compile(a, &t, &p, &diags, &err) < 0 ||
        gatekeeper_constraint(a,
                              yaml(a, "{apiVersion: constraints.gatekeeper.sh/v1beta1, kind: Abc, "
                                      "metadata: {name: c}}"),
                              "c.yaml", &t, &c, NULL, &err) < 0 ||
        gatekeeper_request(a, yaml(a, "{apiVersion: v1, kind: Pod, metadata: {name: x}}"), &review,
                           &err) < 0 ||
        gatekeeper_judge(a, &p, &c, &review, &inv, "gator.gatekeeper.sh", NULL, &got, &err) < 0)
        return arena_strndup(a, err.text, strlen(err.text));
    return got->count ? value_cstr(value_field(value_at(got, 0), "msg")) : "nothing";
}

/* clang-format off */
static const struct {
    const char *target, *says;
} sources[] = {
    /* rego stands before code, the Rego among codes before CEL, v0 is the default */
    { "{" TARGET ", rego: \"package p\\nviolation[{\\\"msg\\\": \\\"old\\\"}] { true }\", code: [{engine: Rego, source: {rego: 'package'}}]}", "old" },
    { "{" TARGET ", code: [{engine: K8sNativeValidation, source: {}}, {engine: Rego, source: {rego: \"package p\\nviolation[{\\\"msg\\\": \\\"v0\\\"}] { true }\"}}]}", "v0" },
    { "{" TARGET ", code: [{engine: Rego, source: {version: v1, rego: \"package p\\nviolation contains {\\\"msg\\\": \\\"v1\\\"} if true\"}}]}", "v1" },
    { "{" TARGET ", code: [{engine: Rego, source: {version: v1, rego: \"package p\\nviolation[{\\\"msg\\\": 1}] { true }\"}}]}", "rego_parse_error" },
    { "{" TARGET ", rego: \"package p\\nother[{\\\"msg\\\": 1}] { true }\"}", "no rule `violation`" },
    { "{" TARGET ", rego: \"package p\\nviolation[{\\\"msg\\\": data.q.x}] { true }\"}", "data.lib and data.inventory only" },
    { "{" TARGET ", rego: \"package p\\nimport data.q\\nviolation[{\\\"msg\\\": q.x}] { true }\"}", "data.lib and data.inventory only" },
    { "{" TARGET ", rego: \"package p\\nviolation[{\\\"msg\\\": m}] { x := data; m := x.a }\"}", "data.lib and data.inventory only" },
    { "{" TARGET ", rego: \"package p\\nviolation[{\\\"msg\\\": m}] { m := data.lib.q.f(1) }\", libs: [\"package lib.q\\nf(x) = y { y := sprintf(\\\"f%v\\\", [x]) }\"]}", "f1" },
    { "{" TARGET ", rego: \"package p\\nimport data.lib.q\\nviolation[{\\\"msg\\\": m}] { m := q.f(2) }\", libs: [\"package lib.q\\nimport data.lib.r\\nf(x) = y { y := r.g[x] }\", \"package lib.r\\ng = {2: \\\"two\\\"}\"]}", "two" },
    { "{" TARGET ", rego: \"package p\\nviolation[{\\\"msg\\\": \\\"a\\\"}] { true }\", libs: [\"package q\"]}", "not in a package lib.*" },
    /* an error is a violation; one without a message is none */
    { "{" TARGET ", rego: \"package p\\nx = 1 { true }\\nx = 2 { true }\\nviolation[{\\\"msg\\\": \\\"a\\\"}] { x == 3 }\"}", "eval_conflict_error" },
    { "{" TARGET ", rego: \"package p\\nviolation[{\\\"message\\\": \\\"a\\\"}] { true }\"}", "nothing" },
    { "{" TARGET ", rego: \"package p\\nviolation[{\\\"msg\\\": m}] { m := sprintf(\\\"%v %v\\\", [input.review.kind.kind, input.parameters]) }\"}", "Pod {}" },
    { "{" TARGET ", rego: \"package p\\nviolation[{\\\"msg\\\": m}] { not data.inventory.cluster; m := one() }\\none() = x { x = input.review.name }\"}", "x" },
};
/* clang-format on */

START_TEST(sources_run_as_gatekeeper_runs_them)
{
    for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
        AUTO_ARENA struct arena a = ARENA_INIT(ARENA);
        const char *const got = says(&a, sources[i].target);

        ck_assert_msg(strstr(got, sources[i].says), "%zu: %s: %s", i, sources[i].says, got);
    }
}
END_TEST

/* clang-format off */
static const struct {
    const char *schema, *given, *filled; /* filled NULL: does not fit */
} parameters[] = {
    { "{type: object, properties: {a: {type: string, default: x}}}", "{}",         "{\"a\":\"x\"}" },
    { "{type: object, properties: {a: {type: string, default: x}}}", "{a: y}",     "{\"a\":\"y\"}" },
    { "{type: object, properties: {a: {type: string, default: x}}}", "{a: null}",  "{\"a\":\"x\"}" },
    { "{type: object, properties: {a: {type: string}}}",             "{a: 1}",     NULL },
    { "{type: object, properties: {a: {type: string, nullable: true}}}", "{a: null}", "{\"a\":null}" },
    { "{type: object, properties: {a: {type: string}}}",             "{a: null}",  NULL },
    { "{type: object, properties: {a: {x-kubernetes-int-or-string: true}}}", "{a: 1}", "{\"a\":1}" },
    { "{type: object, properties: {a: {x-kubernetes-int-or-string: true}}}", "{a: s}", "{\"a\":\"s\"}" },
    { "{type: object, properties: {a: {x-kubernetes-int-or-string: true}}}", "{a: []}", NULL },
    { "{type: object, required: [a]}",                               "{}",         NULL },
    { "{type: object, properties: {n: {type: integer, minimum: 3, exclusiveMinimum: true}}}", "{n: 3}", NULL },
    { "{type: object, properties: {n: {type: integer, minimum: 3, exclusiveMinimum: true}}}", "{n: 4}", "{\"n\":4}" },
    { "{type: object, properties: {l: {type: array, items: {type: object, properties: {d: {default: 1}}}}}}", "{l: [{}, {d: 2}]}", "{\"l\":[{\"d\":1},{\"d\":2}]}" },
    { "{type: object, additionalProperties: {type: object, properties: {d: {default: 1}}}}", "{k: {}}", "{\"k\":{\"d\":1}}" },
    { "{type: object, properties: {o: {type: object, default: {}, properties: {d: {default: 1}}}}}", "{}", "{\"o\":{\"d\":1}}" },
};
/* clang-format on */

START_TEST(parameters_are_checked_and_filled_in)
{
    for (size_t i = 0; i < ARRAY_LEN(parameters); i++) {
        AUTO_ARENA struct arena a = ARENA_INIT(ARENA);
        AUTO_BUF struct buf text = BUF_INIT;
        struct gatekeeper_template t;
        struct gatekeeper_constraint c;
        struct err err = ERR_INIT;
        bool schema = false;
        const char *const doc = arena_printf(&a,
                                             "{apiVersion: constraints.gatekeeper.sh/v1, kind: Abc,"
                                             " metadata: {name: c}, spec: {parameters: %s}}",
                                             parameters[i].given);

        ck_assert_int_eq(make(&a, "abc", "Abc", parameters[i].schema,
                              "{" TARGET ", rego: 'package p'}", &t, &err),
                         0);
        const int got = gatekeeper_constraint(&a, yaml(&a, doc), "c.yaml", &t, &c, &schema, &err);
        if (!parameters[i].filled) {
            ck_assert_msg(got < 0 && schema, "%zu fits", i);
            continue;
        }
        ck_assert_msg(got == 0, "%zu: %s", i, err.text);
        json_print(&text, c.parameters, JSON_COMPACT);
        ck_assert_str_eq(text.data, parameters[i].filled);
    }
}
END_TEST

/* clang-format off */
static const struct {
    const char *spec;
    enum gatekeeper_action action;
} actions[] = {
    { "{}",                            GATEKEEPER_DENY   },
    { "{enforcementAction: ''}",       GATEKEEPER_DENY   },
    { "{enforcementAction: deny}",     GATEKEEPER_DENY   },
    { "{enforcementAction: warn}",     GATEKEEPER_WARN   },
    { "{enforcementAction: dryrun}",   GATEKEEPER_DRYRUN },
    { "{enforcementAction: scoped}",   GATEKEEPER_NONE   },
    { "{enforcementAction: scoped, scopedEnforcementActions: [{action: deny, enforcementPoints: [{name: b}]}, {action: warn, enforcementPoints: [{name: a}]}]}", GATEKEEPER_WARN },
    { "{enforcementAction: scoped, scopedEnforcementActions: [{action: dryrun, enforcementPoints: [{name: a}]}, {action: deny, enforcementPoints: [{name: '*'}]}]}", GATEKEEPER_DENY },
    { "{scopedEnforcementActions: [{action: warn, enforcementPoints: [{name: a}]}]}", GATEKEEPER_DENY },
};
static const char *const bad_specs[] = {
    "{match: {namespaces: shop}}", "{match: {namespaces: [1]}}", "{match: {kinds: [Pod]}}",
    "{match: {kinds: [{kinds: Pod}]}}", "{enforcementAction: 1}", "{match: {scope: 1}}",
    "{match: {labelSelector: {matchLabels: {a: 1}}}}",
    "{match: {labelSelector: {matchExpressions: [{key: a, operator: Like, values: [b]}]}}}",
    "{match: {namespaceSelector: {matchExpressions: [{key: a, operator: In}]}}}",
    "{match: {namespaceSelector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}}}",
};
/* clang-format on */

static int constrain(struct arena *a, const char *spec, struct gatekeeper_constraint *c,
                     bool *schema, struct err *err)
{
    struct gatekeeper_template t;
    const char *const doc = arena_printf(
        a, "{apiVersion: constraints.gatekeeper.sh/v1, kind: Abc, metadata: {name: c}, spec: %s}",
        spec);

    ck_assert_int_eq(make(a, "abc", "Abc", "{}", "{" TARGET ", rego: 'package p'}", &t, err), 0);
    return gatekeeper_constraint(a, yaml(a, doc), "c.yaml", &t, c, schema, err);
}

START_TEST(actions_hang_on_the_enforcement_point)
{
    for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
        AUTO_ARENA struct arena a = ARENA_INIT(ARENA);
        struct gatekeeper_constraint c;
        struct err err = ERR_INIT;

        ck_assert_int_eq(constrain(&a, actions[i].spec, &c, NULL, &err), 0);
        ck_assert_int_eq(gatekeeper_action(&c, "a"), actions[i].action);
    }
}
END_TEST

START_TEST(wrong_constraints_are_told)
{
    for (size_t i = 0; i < ARRAY_LEN(bad_specs); i++) {
        AUTO_ARENA struct arena a = ARENA_INIT(ARENA);
        struct gatekeeper_constraint c;
        struct err err = ERR_INIT;
        bool schema = false;

        ck_assert_msg(constrain(&a, bad_specs[i], &c, &schema, &err) < 0 && schema, "%s",
                      bad_specs[i]);
    }
}
END_TEST

int main(void)
{
    Suite *const suite = suite_create("gatekeeper");
    TCase *const tc = tcase_create("documents");

    tcase_add_test(tc, wrong_templates_are_told);
    tcase_add_test(tc, sources_run_as_gatekeeper_runs_them);
    tcase_add_test(tc, parameters_are_checked_and_filled_in);
    tcase_add_test(tc, actions_hang_on_the_enforcement_point);
    tcase_add_test(tc, wrong_constraints_are_told);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
