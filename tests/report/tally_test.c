/* report/tally: what counts as a pass, and what never does. */
#include <check.h>
#include <dirent.h>
#include <string.h>

#include "report/frameworks.h"
#include "report/tally.h"

#include "tests/help/json.h"
#include "tests/help/suite.h"

#define DATA                                                                                       \
    "{\"sallyport\": {\"catalogue\": {\"r\": {}, \"strict\": {\"level\": \"restricted\"}, "        \
    "\"off\": {}, \"onexec\": {}, \"lsm\": {}}, "                                                  \
    "\"settings\": {\"rules\": {}, \"scopes\": [{\"rules\": {\"off\": {\"mode\": \"off\"}}}]}}}"
#define ASKED                                                                                      \
    "{\"r\": {\"operations\": [\"start\"], \"except_builds\": true}, "                             \
    "\"strict\": {\"operations\": [\"start\"]}, \"off\": {\"operations\": [\"start\"]}, "          \
    "\"onexec\": {\"operations\": [\"exec\"]}, "                                                   \
    "\"lsm\": {\"operations\": [\"start\"], \"needs\": \"apparmor\"}}"

static struct arena a;
static struct tally t;
static struct err err;

static void setup(void)
{
    a = ARENA_INIT((size_t)64 << 20);
    err = ERR_INIT;
    ck_assert_int_eq(tally_init(&t, &a, from_json(&a, ASKED), 10, &err), 0);
    ck_assert_int_eq(tally_policy(&t, "sha256:p", from_json(&a, DATA), &err), 0);
}

static void teardown(void)
{
    arena_done(&a);
}

/* A record of this verdict, with findings and whatever else stands beside the operation. */
static void count(enum tally_kind kind, const char *verdict, const char *findings, const char *own)
{
    const char *const text = arena_printf(
        &a,
        "{\"timestamp\": \"2026-11-24T00:00:00Z\", \"result\": {\"verdict\": \"%s\", \"findings\": "
        "[%s], \"refusals\": [%s]}, \"sallyport\": {\"operation\": \"create\", \"policy\": "
        "{\"image\": \"sha256:p\", \"level\": \"baseline\"}%s}}",
        verdict, findings, findings, own);

    ck_assert_ptr_nonnull(text);
    ck_assert_int_eq(tally_record(&t, from_json(&a, text), kind, NULL, &err), 0);
}

static uint64_t got(const char *rule, enum outcome outcome)
{
    for (size_t i = 0; i < t.rules_n; i++) {
        if (strcmp(t.rules[i].name, rule) == 0)
            return t.rules[i].n[outcome];
    }
    return 0;
}

START_TEST(a_rule_that_was_asked_and_found_nothing_passes)
{
    count(TALLY_RECORD, "admit", "", "");
    ck_assert_uint_eq(got("r", OUTCOME_PASS), 1);
    ck_assert_uint_eq(got("strict", OUTCOME_UNASKED), 1);
    ck_assert_uint_eq(got("off", OUTCOME_UNASKED), 1);
    ck_assert_uint_eq(got("onexec", OUTCOME_NOT_APPLICABLE), 1);
    ck_assert_uint_eq(got("lsm", OUTCOME_UNASKED), 1);
}
END_TEST

START_TEST(what_the_host_lacks_does_not_apply)
{
    count(TALLY_RECORD, "admit", "", ", \"host\": {\"apparmor\": false}");
    ck_assert_uint_eq(got("lsm", OUTCOME_NOT_APPLICABLE), 1);
    count(TALLY_RECORD, "admit", "", ", \"host\": {\"apparmor\": true}");
    ck_assert_uint_eq(got("lsm", OUTCOME_PASS), 1);
}
END_TEST

START_TEST(a_build_is_excepted_where_the_rule_says_so)
{
    count(TALLY_RECORD, "admit", "", ", \"container\": {\"scope\": \"build\"}");
    ck_assert_uint_eq(got("r", OUTCOME_NOT_APPLICABLE), 1);
}
END_TEST

START_TEST(another_policy_passes_nothing)
{
    const struct value *const r =
        from_json(&a, "{\"result\": {\"verdict\": \"admit\", \"findings\": []}, \"sallyport\": "
                      "{\"operation\": \"run\", \"policy\": {\"image\": \"sha256:q\"}}}");

    ck_assert_int_eq(tally_record(&t, r, TALLY_RECORD, NULL, &err), 0);
    ck_assert_uint_eq(got("r", OUTCOME_PASS), 0);
    ck_assert_uint_eq(got("r", OUTCOME_UNASKED), 1);
    ck_assert_uint_eq(t.unknown_policy, 1);
}
END_TEST

START_TEST(a_record_in_short_passes_nothing)
{
    const struct value *const r = from_json(
        &a,
        "{\"result\": {\"verdict\": \"admit\", \"findings_total\": 3}, \"sallyport\": "
        "{\"operation\": \"run\", \"policy\": {\"image\": \"sha256:p\", \"level\": \"baseline\"}}}");

    ck_assert_int_eq(tally_record(&t, r, TALLY_RECORD, NULL, &err), 0);
    ck_assert_uint_eq(got("r", OUTCOME_PASS), 0);
    ck_assert_uint_eq(got("r", OUTCOME_UNDETERMINED), 1);
}
END_TEST

/* clang-format off */
static const struct {
    enum tally_kind kind;
    const char *verdict, *finding;
    enum outcome want;
} ends[] = {
    { TALLY_RECORD,  "harden", "{\"rule\": \"r\", \"fixed\": true}",                      OUTCOME_HARDENED     },
    { TALLY_RECORD,  "admit",  "{\"rule\": \"r\", \"fixed\": true}",                      OUTCOME_FAIL         },
    { TALLY_RECORD,  "admit",  "{\"rule\": \"r\", \"enforcement\": \"warn\"}",            OUTCOME_FAIL         },
    { TALLY_RECORD,  "refuse", "{\"rule\": \"r\", \"enforcement\": \"deny\"}",            OUTCOME_PREVENTED    },
    { TALLY_RECORD,  "admit",  "{\"rule\": \"r\", \"waived\": \"w\"}",                    OUTCOME_WAIVED       },
    { TALLY_RECORD,  "admit",  "{\"rule\": \"r\", \"undetermined\": true}",               OUTCOME_UNDETERMINED },
    { TALLY_RUNNING, "harden", "{\"rule\": \"r\", \"fixed\": true}",                      OUTCOME_FAIL         },
    { TALLY_BUNDLE,  "refuse", "{\"rule\": \"r\", \"enforcement\": \"deny\"}",            OUTCOME_FAIL         },
    { TALLY_BUNDLE,  "harden", "{\"rule\": \"r\", \"fixed\": true}",                      OUTCOME_HARDENED     },
};
/* clang-format on */

START_TEST(a_finding_ends_as_it_did)
{
    count(ends[_i].kind, ends[_i].verdict, ends[_i].finding, "");
    ck_assert_uint_eq(got("r", ends[_i].want), 1);
    ck_assert_uint_eq(got("r", OUTCOME_PASS), 0);
}
END_TEST

START_TEST(the_worst_of_several_findings_counts)
{
    count(TALLY_RECORD, "admit", "{\"rule\": \"r\"}, {\"rule\": \"r\", \"waived\": \"w\"}", "");
    ck_assert_uint_eq(got("r", OUTCOME_FAIL), 1);
    ck_assert_uint_eq(got("r", OUTCOME_WAIVED), 0);
}
END_TEST

START_TEST(of_what_was_refused_only_the_reason_is_told)
{
    count(TALLY_RECORD, "refuse", "{\"rule\": \"off\"}", "");
    ck_assert_uint_eq(got("off", OUTCOME_PREVENTED), 1);
    ck_assert_uint_eq(got("r", OUTCOME_PASS), 0);
    ck_assert_uint_eq(t.starts, 0);
    ck_assert_uint_eq(t.refused, 1);
}
END_TEST

START_TEST(places_are_told_up_to_the_limit_and_counted_beyond)
{
    for (int i = 0; i < TALLY_FAILING + 1; i++)
        count(TALLY_RECORD, "admit", "{\"rule\": \"r\", \"msg\": \"a\\u001bb\"}", "");
    const struct value *const r = value_path(tally_value(&t), "rules", "r", NULL);
    ck_assert_uint_eq(value_field(r, "failing")->count, TALLY_FAILING);
    ck_assert_uint_eq(got("r", OUTCOME_FAIL), TALLY_FAILING + 1);
    ck_assert_ptr_null(
        strchr(value_cstr(value_path(value_at(value_field(r, "failing"), 0), "msg", NULL)), 27));
}
END_TEST

START_TEST(each_day_is_a_step_of_the_trend)
{
    const char *const days[] = {"2026-11-23T10:00:00Z", "2026-11-24T10:00:00Z",
                                "2026-11-24T11:00:00Z"};

    for (size_t i = 0; i < 3; i++) {
        const char *const text = arena_printf(
            &a,
            "{\"timestamp\": \"%s\", \"result\": {\"verdict\": \"admit\", \"findings\": []}, "
            "\"sallyport\": {\"operation\": \"run\"}}",
            days[i]);
        ck_assert_int_eq(tally_record(&t, from_json(&a, text), TALLY_RECORD, NULL, &err), 0);
    }
    ck_assert_uint_eq(t.buckets_n, 2);
    ck_assert_uint_eq(t.buckets[1].starts, 2);
}
END_TEST

/* --- the catalogues as shipped -----------------------------------------------------------------
 */

START_TEST(every_shipped_framework_loads_and_its_rules_are_there)
{
    struct value_list all = {0};
    const struct value *asked;

    ck_assert_int_eq(frameworks_load(&a, "policy/controls", "all", &all, &err), 0);
    ck_assert_int_eq(frameworks_asked(&a, "policy/controls", &asked, &err), 0);
    ck_assert_uint_ge(all.n, 29);
    for (size_t f = 0; f < all.n; f++) {
        const struct value *const controls = value_field(all.items[f], "controls");
        const bool direct = value_is_str(value_field(all.items[f], "mapping"), "direct");

        ck_assert_uint_gt(controls->count, 0);
        for (size_t c = 0; c < controls->count; c++) {
            const struct value *const one = value_at(controls, c);

            if (!direct)
                ck_assert(value_is_str(value_field(one, "claim"), "supporting"));
            /* What a rule decides only in part is not claimed directly. */
            if (value_field(one, "lacks") && value_field(one, "rules")->count > 0)
                ck_assert(value_is_str(value_field(one, "claim"), "supporting"));
        }
    }
}
END_TEST

START_TEST(every_shipped_rule_says_when_it_is_asked)
{
    const struct value *asked;
    struct dirent *e;
    DIR *const d = opendir("policy/baseline");

    ck_assert_ptr_nonnull(d);
    ck_assert_int_eq(frameworks_asked(&a, "policy/controls", &asked, &err), 0);
    while ((e = readdir(d))) {
        char id[128];
        size_t n = strlen(e->d_name);
        static const char *const not_rules[] = {"lib", "main", "identity"};
        bool rule = n > 5 && strcmp(e->d_name + n - 5, ".rego") == 0 && !strstr(e->d_name, "_test");

        if (!rule)
            continue;
        n -= 5;
        memcpy(id, e->d_name, n);
        id[n] = '\0';
        for (size_t i = 0; i < n; i++)
            id[i] = id[i] == '_' ? '-' : id[i];
        for (size_t i = 0; i < 3; i++)
            rule = rule && strcmp(id, not_rules[i]) != 0;
        const struct value *const when = value_path(asked, id, "operations", NULL);
        if (rule)
            ck_assert_msg(when && value_is(when, VALUE_ARRAY) && when->count > 0,
                          "policy/controls/rules.json does not say when %s is asked", id);
    }
    (void)closedir(d);
}
END_TEST

START_TEST(an_unknown_framework_is_named)
{
    struct value_list all = {0};

    ck_assert_int_eq(frameworks_load(&a, "policy/controls", "cis-dokcer", &all, &err), -1);
    ck_assert_int_eq(err.code, ERR_USAGE);
    ck_assert_ptr_nonnull(strstr(err.text, "did you mean cis-docker"));
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("tally");
    TCase *const c = tcase_create("tally");

    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, a_rule_that_was_asked_and_found_nothing_passes);
    tcase_add_test(c, what_the_host_lacks_does_not_apply);
    tcase_add_test(c, a_build_is_excepted_where_the_rule_says_so);
    tcase_add_test(c, another_policy_passes_nothing);
    tcase_add_test(c, a_record_in_short_passes_nothing);
    tcase_add_loop_test(c, a_finding_ends_as_it_did, 0, sizeof ends / sizeof ends[0]);
    tcase_add_test(c, the_worst_of_several_findings_counts);
    tcase_add_test(c, of_what_was_refused_only_the_reason_is_told);
    tcase_add_test(c, places_are_told_up_to_the_limit_and_counted_beyond);
    tcase_add_test(c, each_day_is_a_step_of_the_trend);
    tcase_add_test(c, every_shipped_framework_loads_and_its_rules_are_there);
    tcase_add_test(c, every_shipped_rule_says_when_it_is_asked);
    tcase_add_test(c, an_unknown_framework_is_named);
    suite_add_tcase(s, c);
    return run_suite(s);
}
