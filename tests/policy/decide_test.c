/* The decision: fixes gathered into one patch, rounds, conflicts, modes, shapes. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/decide/decide.h"
#include "policy/decide/fixes.h"
#include "policy/rego/rego.h"
#include "policy/value/json.h"
#include "policy/value/pointer.h"

#include "tests/help/suite.h"

static struct arena arena;

static void setup(void)
{
    arena = ARENA_INIT((size_t)256 * 1024 * 1024);
}

static void teardown(void)
{
    arena_done(&arena);
}

/* The facts of these tests: what stands in the document itself. */
int facts_renew(struct arena *a, const struct value *before, const struct value *after,
                const struct value **facts, struct err *err)
{
    struct value_fields f = {0};

    (void)before;
    value_fields_add(a, &f, "seen", value_field(after, "config"));
    *facts = value_fields_object(a, &f);
    return *facts ? 0 : err_nomem(err);
}

static const struct value *json(const char *text)
{
    const struct value *v = NULL;
    struct err err = ERR_INIT;

    if (json_parse(&arena, text, strlen(text), JSON_STRICT, &v, NULL, &err) < 0)
        ck_abort_msg("%s: %s", text, err.text);
    return v;
}

static void same(const struct value *got, const char *want)
{
    AUTO_BUF struct buf b = BUF_INIT;

    json_print(&b, got, JSON_COMPACT);
    ck_assert_msg(value_equal(got, json(want)), "got %s\nwant %s", b.data, want);
}

/* --- fixes --------------------------------------------------------------------------------- */

static const char doc_text[] =
    "{\"config\": {\"mounts\": [{\"o\": [\"a\", \"b\"]}, {\"o\": []}, {}, {}, {}, {}, {}, {}, {}, "
    "{}, {}], \"root\": {\"readonly\": false}, \"n\": 1}}";

/* clang-format off */
static const struct {
    const char *name;
    const char *asked[3]; /* of rules r0, r1, r2 */
    const char *patch;    /* NULL: conflict */
} gathered[] = {
    { "set",
      { "[{\"op\":\"add\",\"path\":\"/config/root/readonly\",\"value\":true}]" },
      "[{\"op\":\"replace\",\"path\":\"/config/root/readonly\",\"value\":true}]" },
    { "equal wishes merge",
      { "[{\"op\":\"add\",\"path\":\"/config/n\",\"value\":2}]",
        "[{\"op\":\"replace\",\"path\":\"/config/n\",\"value\":2}]" },
      "[{\"op\":\"replace\",\"path\":\"/config/n\",\"value\":2}]" },
    { "different wishes conflict",
      { "[{\"op\":\"add\",\"path\":\"/config/n\",\"value\":2}]",
        "[{\"op\":\"add\",\"path\":\"/config/n\",\"value\":3}]" },
      NULL },
    { "setting and removing conflict",
      { "[{\"op\":\"add\",\"path\":\"/config/n\",\"value\":2}]",
        "[{\"op\":\"remove\",\"path\":\"/config/n\"}]" },
      NULL },
    { "missing parents are made once",
      { "[{\"op\":\"add\",\"path\":\"/config/linux/pids/limit\",\"value\":2}]",
        "[{\"op\":\"add\",\"path\":\"/config/linux/masked/-\",\"value\":\"x\"}]" },
      "[{\"op\":\"add\",\"path\":\"/config/linux\",\"value\":{}},"
      "{\"op\":\"add\",\"path\":\"/config/linux/pids\",\"value\":{}},"
      "{\"op\":\"add\",\"path\":\"/config/linux/masked\",\"value\":[]},"
      "{\"op\":\"add\",\"path\":\"/config/linux/pids/limit\",\"value\":2},"
      "{\"op\":\"add\",\"path\":\"/config/linux/masked/-\",\"value\":\"x\"}]" },
    { "removals go last, the highest first, numbers by size",
      { "[{\"op\":\"remove\",\"path\":\"/config/mounts/2\"}]",
        "[{\"op\":\"remove\",\"path\":\"/config/mounts/10\"}]",
        "[{\"op\":\"add\",\"path\":\"/config/mounts/1/o/-\",\"value\":\"ro\"}]" },
      "[{\"op\":\"add\",\"path\":\"/config/mounts/1/o/-\",\"value\":\"ro\"},"
      "{\"op\":\"remove\",\"path\":\"/config/mounts/10\"},"
      "{\"op\":\"remove\",\"path\":\"/config/mounts/2\"}]" },
    { "insertions keep the order asked for",
      { "[{\"op\":\"add\",\"path\":\"/config/mounts/0\",\"value\":1},"
        "{\"op\":\"add\",\"path\":\"/config/mounts/0\",\"value\":2}]" },
      "[{\"op\":\"add\",\"path\":\"/config/mounts/0\",\"value\":2},"
      "{\"op\":\"add\",\"path\":\"/config/mounts/0\",\"value\":1}]" },
    { "insertion does not conflict with edits of the element that stands there",
      { "[{\"op\":\"add\",\"path\":\"/config/mounts/0\",\"value\":1}]",
        "[{\"op\":\"add\",\"path\":\"/config/mounts/0/o/-\",\"value\":\"x\"}]" },
      "[{\"op\":\"add\",\"path\":\"/config/mounts/0/o/-\",\"value\":\"x\"},"
      "{\"op\":\"add\",\"path\":\"/config/mounts/0\",\"value\":1}]" },
    { "edits of what goes are moot",
      { "[{\"op\":\"add\",\"path\":\"/config/mounts/0/o/-\",\"value\":\"x\"}]",
        "[{\"op\":\"remove\",\"path\":\"/config/mounts/0\"}]" },
      "[{\"op\":\"remove\",\"path\":\"/config/mounts/0\"}]" },
    { "a wider wish that says the same takes the narrower in",
      { "[{\"op\":\"add\",\"path\":\"/config/root/readonly\",\"value\":true}]",
        "[{\"op\":\"replace\",\"path\":\"/config/root\",\"value\":{\"readonly\":true}}]" },
      "[{\"op\":\"replace\",\"path\":\"/config/root\",\"value\":{\"readonly\":true}}]" },
    { "a wider wish that says otherwise conflicts",
      { "[{\"op\":\"replace\",\"path\":\"/config/root\",\"value\":{\"readonly\":false}}]",
        "[{\"op\":\"add\",\"path\":\"/config/root/readonly\",\"value\":true}]" },
      NULL },
    { "appending twice the same is once",
      { "[{\"op\":\"add\",\"path\":\"/config/mounts/-\",\"value\":1}]",
        "[{\"op\":\"add\",\"path\":\"/config/mounts/-\",\"value\":1},"
        "{\"op\":\"add\",\"path\":\"/config/mounts/-\",\"value\":2}]" },
      "[{\"op\":\"add\",\"path\":\"/config/mounts/-\",\"value\":1},"
      "{\"op\":\"add\",\"path\":\"/config/mounts/-\",\"value\":2}]" },
    { "an element may be replaced in place",
      { "[{\"op\":\"replace\",\"path\":\"/config/mounts/1\",\"value\":7}]" },
      "[{\"op\":\"replace\",\"path\":\"/config/mounts/1\",\"value\":7}]" },
};
/* clang-format on */

START_TEST(fixes_become_one_patch)
{
    const struct value *const doc = json(doc_text);
    struct fixes *const f = ARENA_NEW(&arena, struct fixes);
    const struct value *patch = NULL, *after = NULL;
    struct err err = ERR_INIT;
    static const char *const rules[] = {"r0", "r1", "r2"};

    for (size_t i = 0; i < 3 && gathered[_i].asked[i]; i++)
        ck_assert_int_eq(
            fixes_add(f, doc, value_str(&arena, rules[i]), json(gathered[_i].asked[i]), &err), 0);
    ck_assert_msg(f->conflicting == (gathered[_i].patch == NULL), "%s", gathered[_i].name);
    if (f->conflicting) {
        ck_assert(value_is_str(f->conflict[0].rule, "r0"));
        ck_assert(value_is_str(f->conflict[1].rule, "r1"));
        return;
    }
    ck_assert_int_eq(fixes_patch(f, &arena, doc, &patch, &err), 0);
    same(patch, gathered[_i].patch);
    ck_assert_msg(patch_apply(&arena, doc, patch, &after, &err) == 0, "%s: %s", gathered[_i].name,
                  err.text);
}
END_TEST

static const char *const misshapen[] = {
    "[{\"op\":\"add\",\"path\":\"/facts/x\",\"value\":1}]",
    "[{\"op\":\"add\",\"path\":\"/configuration\",\"value\":1}]",
    "[{\"op\":\"move\",\"path\":\"/config/x\",\"value\":1}]",
    "[{\"op\":\"add\",\"path\":\"/config/x\"}]",
    "[{\"op\":\"remove\",\"path\":\"/config/mounts/-\"}]",
    "[{\"path\":\"/config/x\",\"value\":1}]",
    "{}",
};

START_TEST(fixes_of_a_wrong_shape_are_errors)
{
    struct fixes *const f = ARENA_NEW(&arena, struct fixes);
    struct err err = ERR_INIT;

    ck_assert_int_eq(
        fixes_add(f, json(doc_text), value_str(&arena, "r"), json(misshapen[_i]), &err), -1);
    ck_assert_int_eq(err.code, ERR_INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "rule r"));
}
END_TEST

START_TEST(operations_have_a_limit)
{
    struct fixes *const f = ARENA_NEW(&arena, struct fixes);
    const struct value *const doc = json(doc_text);
    struct err err = ERR_INIT;

    for (int i = 0; i <= FIXES_MAX; i++) {
        char text[128];

        (void)snprintf(text, sizeof(text),
                       "[{\"op\":\"add\",\"path\":\"/config/x%d\",\"value\":1}]", i);
        ck_assert_int_eq(fixes_add(f, doc, value_str(&arena, "r"), json(text), &err),
                         i < FIXES_MAX ? 0 : -1);
    }
    ck_assert_int_eq(err.code, ERR_LIMIT);
}
END_TEST

/* --- decisions ----------------------------------------------------------------------------- */

static int decide_text(const char *findings, const char *more, const char *input,
                       struct decision *out, struct err *err)
{
    struct rego_source *const src = ARENA_NEW(&arena, struct rego_source);
    const struct rego_options opt = {.version = REGO_V1};
    const struct value *const parts[] = {value_str(&arena, "sallyport"), value_str(&arena, "main"),
                                         value_str(&arena, "decision")};
    const struct rego_entry entry = {.name = DECIDE_ENTRY, .path = value_array(&arena, parts, 3)};
    struct rego_module *module;
    struct rego_program *program;
    struct rego_diags diags = {0};
    AUTO_BUF struct buf bytes = BUF_INIT;
    struct image img = IMAGE_INIT;

    src->name = "test.rego";
    src->text = arena_printf(&arena,
                             "package sallyport.main\n\ndecision := object.union({\"findings\": "
                             "findings, \"level\": \"baseline\", \"mode\": \"enforce\", "
                             "\"rules\": 1}, %s)\n\n%s\n",
                             more, findings);
    src->len = strlen(src->text);
    if (rego_parse(&arena, src, &opt, &module, &diags, err) < 0 ||
        rego_check(&arena, &module, 1, &entry, 1, NULL, &opt, &program, &diags, err) < 0 ||
        rego_emit(&arena, program, &entry, 1, NULL, &bytes, err) < 0)
        ck_abort_msg("%s", err->text);
    void *const kept = arena_alloc(&arena, bytes.len);
    memcpy(kept, bytes.data, bytes.len);
    ck_assert_int_eq(image_borrow(&img, kept, bytes.len, err), 0);
    return decide(&img, json(input), &arena, out, err);
}

static const char input[] =
    "{\"time\": \"2026-01-02T03:04:05.000000000Z\", \"config\": {\"n\": 0, \"list\": []}}";

#define SET_N                                                                                      \
    "findings contains {\"rule\": \"r\", \"msg\": \"m\", \"path\": \"/config/n\", "                \
    "\"enforcement\": \"deny\", \"fix\": [{\"op\": \"add\", \"path\": \"/config/n\", \"value\": "  \
    "1}]} if input.config.n == 0\n"

START_TEST(nothing_found_admits)
{
    struct decision d;
    struct err err = ERR_INIT;

    ck_assert_int_eq(decide_text("findings contains 1 if false", "{}", input, &d, &err), 0);
    ck_assert_int_eq(d.verdict, VERDICT_ADMIT);
    ck_assert_uint_eq(d.rounds, 1);
    same(d.patch, "[]");
    ck_assert(value_equal(d.input, json(input)));
}
END_TEST

START_TEST(a_fix_hardens_and_is_idempotent)
{
    struct decision d, again;
    struct err err = ERR_INIT;
    AUTO_BUF struct buf text = BUF_INIT;

    ck_assert_int_eq(decide_text(SET_N, "{}", input, &d, &err), 0);
    ck_assert_int_eq(d.verdict, VERDICT_HARDEN);
    ck_assert_uint_eq(d.rounds, 2);
    same(d.patch, "[{\"op\":\"replace\",\"path\":\"/config/n\",\"value\":1}]");
    ck_assert(value_bool(value_field(value_at(d.findings, 0), "fixed")));
    same(value_path(d.input, "facts", "seen", NULL), "{\"n\": 1, \"list\": []}");

    json_print(&text, d.input, JSON_COMPACT);
    ck_assert_int_eq(decide_text(SET_N, "{}", text.data, &again, &err), 0);
    ck_assert_int_eq(again.verdict, VERDICT_ADMIT);
    same(again.patch, "[]");
}
END_TEST

START_TEST(without_a_fix_it_refuses)
{
    struct decision d;
    struct err err = ERR_INIT;

    ck_assert_int_eq(decide_text("findings contains {\"rule\": \"r\", \"msg\": \"m\", \"path\": "
                                 "\"\", \"enforcement\": \"deny\"}\n" SET_N,
                                 "{}", input, &d, &err),
                     0);
    ck_assert_int_eq(d.verdict, VERDICT_REFUSE);
    ck_assert_uint_eq(d.refusals->count, 1);
    same(d.patch, "[]");
}
END_TEST

START_TEST(a_refusal_is_not_hidden_by_another_rules_fix)
{
    struct decision d;
    struct err err = ERR_INIT;

    ck_assert_int_eq(decide_text("findings contains {\"rule\": \"s\", \"msg\": \"no\", \"path\": "
                                 "\"\", \"enforcement\": \"deny\"} if input.config.n == 0\n" SET_N,
                                 "{}", input, &d, &err),
                     0);
    ck_assert_int_eq(d.verdict, VERDICT_REFUSE);
    ck_assert_uint_eq(d.refusals->count, 1);
    ck_assert(value_is_str(value_field(value_at(d.refusals, 0), "rule"), "s"));
}
END_TEST

START_TEST(facts_are_renewed_between_rounds)
{
    struct decision d;
    struct err err = ERR_INIT;

    ck_assert_int_eq(
        decide_text(SET_N "findings contains {\"rule\": \"s\", \"msg\": \"m\", \"path\": \"\", "
                          "\"enforcement\": \"deny\", \"fix\": [{\"op\": \"add\", \"path\": "
                          "\"/config/second\", \"value\": true}]} if {\n\tinput.facts.seen.n == 1\n"
                          "\tnot input.config.second\n}\n",
                    "{}", input, &d, &err),
        0);
    ck_assert_int_eq(d.verdict, VERDICT_HARDEN);
    ck_assert_uint_eq(d.rounds, 3);
    ck_assert_uint_eq(d.patch->count, 2);
}
END_TEST

START_TEST(a_fix_that_never_ends_refuses)
{
    struct decision d;
    struct err err = ERR_INIT;

    ck_assert_int_eq(
        decide_text("findings contains {\"rule\": \"r\", \"msg\": \"m\", \"path\": \"\", "
                    "\"enforcement\": \"deny\", \"fix\": [{\"op\": \"add\", \"path\": "
                    "\"/config/n\", \"value\": input.config.n + 1}]}\n",
                    "{}", input, &d, &err),
        0);
    ck_assert_int_eq(d.verdict, VERDICT_REFUSE);
    ck_assert_uint_eq(d.rounds, DECIDE_ROUNDS + 1);
}
END_TEST

START_TEST(a_conflict_refuses_and_names_both)
{
    struct decision d;
    struct err err = ERR_INIT;

    ck_assert_int_eq(
        decide_text(SET_N "findings contains {\"rule\": \"other\", \"msg\": \"m\", \"path\": \"\", "
                          "\"enforcement\": \"deny\", \"fix\": [{\"op\": \"add\", \"path\": "
                          "\"/config/n\", \"value\": 2}]}\n",
                    "{}", input, &d, &err),
        0);
    ck_assert_int_eq(d.verdict, VERDICT_REFUSE);
    const char *const msg = value_cstr(value_field(value_at(d.refusals, 0), "msg"));
    ck_assert_ptr_nonnull(strstr(msg, "r "));
    ck_assert_ptr_nonnull(strstr(msg, "other"));
}
END_TEST

START_TEST(audit_changes_nothing_and_says_what_would_be)
{
    struct decision d;
    struct err err = ERR_INIT;

    ck_assert_int_eq(decide_text(SET_N, "{\"mode\": \"audit\"}", input, &d, &err), 0);
    ck_assert_int_eq(d.verdict, VERDICT_ADMIT);
    ck_assert_int_eq(d.would, VERDICT_HARDEN);
    same(d.patch, "[]");
    ck_assert(value_equal(d.input, json(input)));
}
END_TEST

static const char *const idle[] = {
    "findings contains {\"rule\": \"r\", \"msg\": \"m\", \"path\": \"\", \"enforcement\": "
    "\"warn\", \"fix\": [{\"op\": \"add\", \"path\": \"/config/n\", \"value\": 1}]}",
    "findings contains {\"rule\": \"r\", \"msg\": \"m\", \"path\": \"\", \"enforcement\": "
    "\"audit\"}",
    "findings contains {\"rule\": \"r\", \"msg\": \"m\", \"path\": \"\", \"enforcement\": "
    "\"deny\", \"waived\": \"W1\"}",
    "findings contains {\"rule\": \"r\", \"msg\": \"m\", \"path\": \"\", \"enforcement\": "
    "\"deny\", \"waived\": \"W1\", \"fix\": [{\"op\": \"add\", \"path\": \"/config/n\", "
    "\"value\": 1}]}",
};

START_TEST(warnings_and_waived_findings_change_nothing)
{
    struct decision d;
    struct err err = ERR_INIT;

    ck_assert_int_eq(decide_text(idle[_i], "{}", input, &d, &err), 0);
    ck_assert_int_eq(d.verdict, VERDICT_ADMIT);
    ck_assert_uint_eq(d.findings->count, 1);
    same(d.patch, "[]");
}
END_TEST

START_TEST(actions_stand_beside_the_patch)
{
    struct decision d;
    struct err err = ERR_INIT;

    ck_assert_int_eq(
        decide_text("findings contains {\"rule\": \"r\", \"msg\": \"m\", \"path\": \"\", "
                    "\"enforcement\": \"deny\", \"actions\": [{\"action\": \"stdio_owner\"}]}",
                    "{}", input, &d, &err),
        0);
    ck_assert_int_eq(d.verdict, VERDICT_HARDEN);
    same(d.actions, "[{\"action\": \"stdio_owner\"}]");
    same(d.patch, "[]");
}
END_TEST

/* clang-format off */
static const struct { const char *findings, *more, *input; } broken[] = {
    { "findings contains 1",                              "{}",                 input },
    { "findings contains {\"rule\": \"r\"}",              "{}",                 input },
    { "findings contains {\"rule\": \"r\", \"msg\": \"m\", \"path\": \"\", \"enforcement\": \"no\"}", "{}", input },
    { "findings contains {\"rule\": \"r\", \"msg\": \"m\", \"path\": \"\", \"enforcement\": \"deny\", \"fix\": 1}", "{}", input },
    { "findings contains {\"rule\": \"r\", \"msg\": \"m\", \"path\": \"\", \"enforcement\": \"deny\", \"fix\": [{\"op\": \"add\", \"path\": \"/time\", \"value\": 1}]}", "{}", input },
    { "findings contains 1 if false",                     "{\"rules\": 0}",     input },
    { "findings contains 1 if false",                     "{\"mode\": \"off\"}", input },
    { "findings := {\"a\": 1}",                           "{}",                 input },
    { "findings contains 1 if false",                     "{}",                 "{\"config\": {}}" },
    { "findings contains 1 if false",                     "{}",                 "{\"time\": \"2026-01-02 03:04:05\"}" },
    { "findings contains 1 if to_number(\"x\") == 1",     "{}",                 input },
};
/* clang-format on */

START_TEST(what_has_the_wrong_shape_is_an_error)
{
    struct decision d;
    struct err err = ERR_INIT;

    ck_assert_int_eq(decide_text(broken[_i].findings, broken[_i].more, broken[_i].input, &d, &err),
                     -1);
    ck_assert_int_ne(err.code, ERR_NONE);
    ck_assert_int_eq(d.verdict, VERDICT_REFUSE);
}
END_TEST

START_TEST(time_is_the_documents)
{
    struct decision d;
    struct err err = ERR_INIT;

    ck_assert_int_eq(decide_text("findings contains {\"rule\": \"r\", \"msg\": \"m\", \"path\": "
                                 "\"\", \"enforcement\": \"deny\"} if time.now_ns() != "
                                 "1767323045000000000",
                                 "{}", input, &d, &err),
                     0);
    ck_assert_int_eq(d.verdict, VERDICT_ADMIT);
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("decide");
    TCase *const t = tcase_create("decide");

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, fixes_become_one_patch, 0, (int)ARRAY_LEN(gathered));
    tcase_add_loop_test(t, fixes_of_a_wrong_shape_are_errors, 0, (int)ARRAY_LEN(misshapen));
    tcase_add_test(t, operations_have_a_limit);
    tcase_add_test(t, nothing_found_admits);
    tcase_add_test(t, a_fix_hardens_and_is_idempotent);
    tcase_add_test(t, without_a_fix_it_refuses);
    tcase_add_test(t, a_refusal_is_not_hidden_by_another_rules_fix);
    tcase_add_test(t, facts_are_renewed_between_rounds);
    tcase_add_test(t, a_fix_that_never_ends_refuses);
    tcase_add_test(t, a_conflict_refuses_and_names_both);
    tcase_add_test(t, audit_changes_nothing_and_says_what_would_be);
    tcase_add_loop_test(t, warnings_and_waived_findings_change_nothing, 0, (int)ARRAY_LEN(idle));
    tcase_add_test(t, actions_stand_beside_the_patch);
    tcase_add_loop_test(t, what_has_the_wrong_shape_is_an_error, 0, (int)ARRAY_LEN(broken));
    tcase_add_test(t, time_is_the_documents);
    suite_add_tcase(s, t);
    return run_suite(s);
}
