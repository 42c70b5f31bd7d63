/* What engines really hand in, judged by what is shipped: every fixture has its verdict.
 *
 * The captures come from other machines, so everything host-bound is unknown: the caller is lint,
 * where what cannot be told is said and refuses nothing. fixtures_expected.json was reviewed by
 * hand: {FILE: {"verdict", "refused_by": [rule ids, sorted], "hardened_by": [rule ids, sorted]}}
 * UPDATE=1 prints what is, for review.
 */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/own.h"
#include "facts/facts.h"
#include "policy/build/compile.h"
#include "policy/decide/decide.h"
#include "policy/value/json.h"

#include "tests/help/looks.h"
#include "tests/help/suite.h"

#define FIXTURES "tests/fixtures"

enum { NOW = 1767323045 };

static struct arena shared = ARENA_INIT((size_t)1 << 30);
static struct image image = IMAGE_INIT;
static const struct value *expected;

static const struct value *read_json(struct arena *a, const char *path)
{
    AUTO_FREE char *text = NULL;
    size_t len = 0;
    const struct value *v = NULL;
    struct err err = ERR_INIT;

    if (file_read_at(AT_FDCWD, path, JSON_BYTES_MAX, &text, &len, NULL, &err) < 0 ||
        json_parse(a, text, len, JSON_STRICT, &v, NULL, &err) < 0)
        ck_abort_msg("%s: %s", path, err.text);
    return v;
}

static bool ends_with(const char *s, const char *suffix)
{
    const size_t n = strlen(s), m = strlen(suffix);

    return n >= m && strcmp(s + n - m, suffix) == 0;
}

/* The container's id as the engine wrote it into the control group's path. */
static const char *id_of(const struct value *doc)
{
    const char *path = value_cstr(value_path(doc, "linux", "cgroupsPath", NULL));
    static const char *const prefixes[] = {"/libpod-", "/"};

    for (size_t i = 0; path && i < ARRAY_LEN(prefixes); i++) {
        const char *last = NULL;

        for (const char *p = path; (p = strstr(p, prefixes[i])); p++)
            last = p + strlen(prefixes[i]);
        if (last)
            return last;
    }
    path = path ? strrchr(path, ':') : NULL;
    return path ? path + 1 : "unknown";
}

static const struct value *input_of(struct arena *a, const char *name, const struct value *doc)
{
    const bool exec = ends_with(name, ".process.json"), update = ends_with(name, ".resources.json");
    const struct facts_request req = {
        .operation = exec     ? "exec"
                     : update ? "update"
                              : "create",
        .registration = "default",
        .caller = "lint",
        .id = exec || update ? "unknown" : id_of(doc),
        .config = exec || update ? NULL : doc,
        .process = exec ? doc : NULL,
        .resources = update ? doc : NULL,
        .bundle_fd = -1,
        .runtime = "runc",
        .runtime_root = "/run/runc",
        .now_ns = (int64_t)NOW * 1000000000,
        .host = FACTS_NO_HOST,
        .trusted_host = strstr(name, "rootless") == NULL,
    };
    const struct value *input = NULL;
    struct err err = ERR_INIT;

    if (facts_input(a, &req, &input, &err) < 0)
        ck_abort_msg("%s: %s", name, err.text);
    return input;
}

static const struct value *rules_of(struct arena *a, const struct value *findings, bool fixed)
{
    struct value_list l = {0};

    for (size_t i = 0; i < findings->count; i++) {
        const struct value *const f = value_at(findings, i);
        const struct value *const done = value_field(f, "fixed");

        if (!fixed || (done && value_bool(done)))
            value_list_add(a, &l, value_field(f, "rule"));
    }
    return value_list_set(a, &l);
}

static const struct value *outcome(struct arena *a, const struct decision *d)
{
    struct value_fields f = {0};

    value_fields_add(a, &f, "verdict", value_str(a, verdict_name(d->verdict)));
    value_fields_add(a, &f, "refused_by", rules_of(a, d->refusals, false));
    value_fields_add(a, &f, "hardened_by", rules_of(a, d->findings, true));
    AUTO_BUF struct buf text = BUF_INIT;
    const struct value *v = NULL;
    struct err err = ERR_INIT;
    json_print(&text, value_fields_object(a, &f), JSON_COMPACT);
    ck_assert_int_eq(json_parse(a, text.data, text.len, 0, &v, NULL, &err), 0);
    return v;
}

/* What is hardened once is not hardened again, and stays out of refusals. */
static void check_again(struct arena *a, const char *name, const struct decision *first)
{
    struct decision again;
    struct err err = ERR_INIT;

    if (first->verdict != VERDICT_HARDEN)
        return;
    if (decide(&image, first->input, a, &again, &err) < 0)
        ck_abort_msg("%s: again: %s", name, err.text);
    ck_assert_msg(again.verdict == VERDICT_ADMIT ||
                      (again.verdict == VERDICT_HARDEN && again.patch->count == 0),
                  "%s: hardening is not idempotent", name);
}

static void judge_one(const char *name, struct buf *update)
{
    AUTO_ARENA struct arena a = ARENA_INIT((size_t)256 * 1024 * 1024);
    char path[512];
    struct decision d;
    struct err err = ERR_INIT;

    (void)snprintf(path, sizeof(path), "%s/%s", FIXTURES, name);
    const struct value *const input = input_of(&a, name, read_json(&a, path));
    if (decide(&image, input, &a, &d, &err) < 0)
        ck_abort_msg("%s: %s", name, err.text);
    const struct value *const got = outcome(&a, &d);
    AUTO_BUF struct buf text = BUF_INIT;
    json_print(&text, got, JSON_COMPACT);
    if (update) {
        buf_printf(update, "  \"%s\": %s,\n", name, text.data);
        return;
    }
    const struct value *const want = value_field(expected, name);
    ck_assert_msg(want != NULL, "%s: has no verdict in fixtures_expected.json", name);
    ck_assert_msg(value_equal(got, want), "%s: got %s", name, text.data);
    check_again(&a, name, &d);
}

static void setup(void)
{
    struct compiled c;
    struct err err = ERR_INIT;
    const struct compile_options o = {.settings = "/nonexistent/sallyport.yaml",
                                      .baseline = "policy/baseline",
                                      .skip_tests = true,
                                      .now_ns = (int64_t)NOW * 1000000000};

    if (policy_compile(&shared, &o, &c, &err) < 0 ||
        image_borrow(&image, c.image, c.image_len, &err) < 0)
        ck_abort_msg("%s", err.text);
    expected = read_json(&shared, "tests/policy/fixtures_expected.json");
}

START_TEST(every_fixture_has_its_verdict)
{
    const bool update = secure_getenv("UPDATE") != NULL;
    AUTO_BUF struct buf text = BUF_INIT;
    struct dirent **names = NULL;
    const int n = scandir(FIXTURES, &names, NULL, alphasort);

    ck_assert_int_gt(n, 70);
    for (int i = 0; i < n; i++) {
        if (ends_with(names[i]->d_name, ".json"))
            judge_one(names[i]->d_name, update ? &text : NULL);
        free(names[i]);
    }
    free(names);
    if (update)
        (void)fputs(text.data, stdout);
}
END_TEST

/* Documents of all engines in turn, each as it came and as hardened: between them everything that
 * rules read changes. */
START_TEST(a_look_after_another_says_the_same)
{
    static struct arena a = ARENA_INIT((size_t)1 << 30);
    struct machine_memory memory = {0};
    struct dirent **names = NULL;
    const int n = scandir(FIXTURES, &names, NULL, alphasort);
    uint64_t saved = 0;

    for (int i = 0; i < n; i++) {
        const char *const name = names[i]->d_name;
        char path[512];
        struct decision d;
        struct err err = ERR_INIT;

        if (ends_with(name, ".json")) {
            (void)snprintf(path, sizeof(path), "%s/%s", FIXTURES, name);
            const struct value *const input = input_of(&a, name, read_json(&a, path));

            ck_assert_msg(decide(&image, input, &a, &d, &err) == 0, "%s: %s", name, err.text);
            saved += looks_agree(&image, &a, &memory, input, name);
            saved += looks_agree(&image, &a, &memory, d.input, name);
        }
        free(names[i]);
    }
    free(names);
    ck_assert_uint_gt(saved, 100000);
    arena_done(&a);
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("fixtures");
    TCase *const t = tcase_create("fixtures");

    tcase_set_timeout(t, 120);
    tcase_add_unchecked_fixture(t, setup, NULL);
    tcase_add_test(t, every_fixture_has_its_verdict);
    tcase_add_test(t, a_look_after_another_says_the_same);
    suite_add_tcase(s, t);
    return run_suite(s);
}
