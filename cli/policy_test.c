#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/coverage.h"
#include "cli/rego_compile.h"
#include "cli/rego_errors.h"
#include "cli/test_report.h"
#include "policy/build/activate.h"
#include "policy/build/test_cases.h"
#include "policy/machine/regex.h"

#define TEST_ARENA ((size_t)2 * 1024 * 1024 * 1024)
#define BENCH_NS ((int64_t)1000000000)

/* `opa test`'s */
enum { EXIT_TEST_ERROR = 1, EXIT_TEST_FAILED = 2 };

static const char *const formats[] = {"pretty", "json", "gobench", NULL};

const struct option_row policy_test_options[] = {
    {"format", 'f', "FORMAT", "how to print", formats},
    {"verbose", 'v', NULL, "name the tests that pass, too", NULL},
    {"run", 'r', "REGEX", "only tests whose name (data.PACKAGE.test_x) this finds", NULL},
    {"exit-zero-on-skipped", 'z', NULL, "a test that is skipped is no failure", NULL},
    {"fail-on-empty", 0, NULL, "no test to run is an error", NULL},
    {"coverage", 'c', NULL, "print which lines were evaluated instead", NULL},
    {"threshold", 0, "PERCENT", "with --coverage: fail below this", NULL},
    {"bench", 0, NULL, "time each test", NULL},
    {"count", 0, "N", "run each test so often (1)", NULL},
    {"bundle", 'b', "PATH", "a bundle: a directory or an archive", NULL},
    REGO_LOAD_OPTIONS,
    {"v0-compatible", 0, NULL, "read modules as Rego v0", NULL},
    {"v1-compatible", 0, NULL, "read modules as Rego v1 (as without it)", NULL},
    {"settings", 0, "FILE", "without PATH: settings other than " POLICY_SETTINGS, NULL},
    {"baseline", 0, "DIR", "without PATH: our rules from here", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

struct run {
    struct call *call;
    struct arena a;
    struct image img;
    struct rego_tests tests;
    struct coverage *coverage;
    uint32_t *hits;
    const struct regex *only;
    struct test_result *results;
    size_t n;
};

/* --- one test ----------------------------------------------------------------------------- */

static int evaluate(struct run *r, const char *entry, struct buf *prints, const struct value **got,
                    struct err *why)
{
    struct machine_stats stats;
    const struct machine_options opt = {
        .now_ns = clock_wall_ns(), .seed = 1, .prints = prints, .coverage = r->hits};

    *got = NULL;
    return machine_run(&r->img, entry, NULL, &r->a, &opt, got, &stats, why);
}

/* {NAME: {NAME: false}} of an array of case names, in `in` where it is not there yet. */
static const struct value *with_case(struct arena *a, const struct value *in,
                                     const struct value *names, size_t at)
{
    const struct value *key = value_at(names, at);
    const struct value *const none = value_object(a, NULL, NULL, 0);
    const struct value *const object = in && value_is(in, VALUE_OBJECT) ? in : none;

    if (!object)
        return NULL;
    const struct value *const old = value_get(object, key);
    if (at + 1 == names->count)
        return old ? object : value_object_with(a, object, key, &value_false);
    const struct value *const below = with_case(a, old, names, at + 1);
    return below ? value_object_with(a, object, key, below) : NULL;
}

static bool all_hold(const struct value *cases)
{
    bool all = cases->count > 0;

    if (!value_is(cases, VALUE_OBJECT))
        return value_is(cases, VALUE_BOOL) && value_truthy(cases);
    for (size_t i = 0; i < cases->count; i++)
        all = all && all_hold(value_val_at(cases, i));
    return all;
}

/* The test's object and the names of the cases that are not in it. */
static int add_cases(struct run *r, const struct value *got, struct test_result *out,
                     struct err *why)
{
    const struct value *names;

    if (evaluate(r, out->test->cases, NULL, &names, why) < 0)
        return -1;
    out->cases = got && value_is(got, VALUE_OBJECT) ? got : value_object(&r->a, NULL, NULL, 0);
    for (size_t i = 0; out->cases && names && i < names->count; i++)
        out->cases = with_case(&r->a, out->cases, value_at(names, i), 0);
    if (!out->cases)
        return err_nomem(why);
    out->outcome = all_hold(out->cases) ? TEST_PASS : TEST_FAIL;
    return 0;
}

static int run_once(struct run *r, struct test_result *out, struct err *err)
{
    AUTO_BUF struct buf prints = BUF_INIT;
    struct err why = ERR_INIT;
    const struct value *got;
    const int64_t start = clock_steady_ns();
    int done = evaluate(r, out->test->name, &prints, &got, &why);

    out->outcome = got && value_is(got, VALUE_BOOL) && value_truthy(got) ? TEST_PASS : TEST_FAIL;
    if (done == 0 && out->test->cases)
        done = add_cases(r, got, out, &why);
    out->ns = clock_steady_ns() - start;
    if (done < 0) {
        out->outcome = TEST_ERROR;
        out->code = why.eval;
        out->error = arena_strndup(&r->a, why.text, strlen(why.text));
    }
    out->prints = prints.len ? arena_strndup(&r->a, prints.data, prints.len) : NULL;
    return (done < 0 && !out->error) || (prints.len && !out->prints) ? err_nomem(err) : 0;
}

/* Runs of growing number until they take long enough; ns is one's. */
static int bench(struct run *r, struct test_result *out, struct err *err)
{
    const struct arena_mark mark = arena_mark(&r->a);
    int64_t spent = 0;

    for (out->runs = 0; spent < BENCH_NS && out->outcome == TEST_PASS; out->runs++) {
        struct err why = ERR_INIT;
        const struct value *got;
        const int64_t start = clock_steady_ns();

        if (evaluate(r, out->test->name, NULL, &got, &why) < 0)
            return err_set(err, ERR_EVAL, "%s", why.text);
        spent += clock_steady_ns() - start;
        arena_reset(&r->a, mark);
    }
    if (out->runs)
        out->ns = spent / (int64_t)out->runs;
    return 0;
}

/* --- all ---------------------------------------------------------------------------------- */

static int chosen(struct run *r, const struct rego_test *t, struct err *err)
{
    return r->only ? regex_find(r->only, &r->a, t->name, strlen(t->name), 0, NULL, 0, NULL, err)
                   : 1;
}

static int run_all(struct run *r, unsigned long long count, struct err *err)
{
    r->results = ARENA_NEW_N(&r->a, struct test_result, r->tests.n * count + 1);
    if (!r->results)
        return err_nomem(err);
    for (size_t i = 0; i < r->tests.n; i++) {
        const int takes = chosen(r, &r->tests.at[i], err);

        if (takes < 0)
            return -1;
        for (unsigned long long k = 0; takes && k < count; k++) {
            struct test_result *const out = &r->results[r->n++];

            *out = (struct test_result){.test = &r->tests.at[i], .outcome = TEST_SKIP};
            if (r->tests.at[i].todo)
                continue;
            if (run_once(r, out, err) < 0 ||
                (call_flag(r->call, "bench") && bench(r, out, err) < 0))
                return -1;
        }
    }
    return 0;
}

static int compile(struct run *r, struct rego_diags *diags, struct err *err)
{
    const struct rego_options opt = {
        .version = call_flag(r->call, "v0-compatible") ? REGO_V0 : REGO_V1, .keep_prints = true};
    struct rego_load load = {0};
    struct rego_module **modules;

    if (rego_load_call(r->call, true, &load, &r->a, err) < 0 ||
        rego_compile_parse(&load, &opt, &r->a, &modules, diags, err) < 0)
        return -1;
    if (call_flag(r->call, "coverage") &&
        !(r->coverage = coverage_lines(&r->a, modules, load.sources_n, err)))
        return -1;
    if (test_cases_prepare(&r->a, modules, load.sources_n, err) < 0 ||
        rego_compile_tests(modules, load.sources_n, &r->a, &r->tests, err) < 0 ||
        rego_compile_image(&load, modules, &r->tests, &opt, &r->a, &r->img, diags, err) < 0)
        return -1;
    if (r->coverage && !(r->hits = coverage_counters(&r->a, &r->img, err)))
        return -1;
    return 0;
}

/* --- what it comes to --------------------------------------------------------------------- */

static int exit_of(const struct run *r)
{
    const bool skips_count = !call_flag(r->call, "exit-zero-on-skipped");

    for (size_t i = 0; i < r->n; i++) {
        if (r->results[i].outcome == TEST_FAIL || r->results[i].outcome == TEST_ERROR ||
            (r->results[i].outcome == TEST_SKIP && skips_count))
            return EXIT_TEST_FAILED;
    }
    return EXIT_CLEAN;
}

static int report(struct run *r, struct err *err)
{
    const char *const format = call_value(r->call, "format", "pretty");
    const char *const threshold = call_value(r->call, "threshold", NULL);
    const int code = exit_of(r);
    double percent;

    if (!r->coverage && call_flag(r->call, "bench") && strcmp(format, "json") != 0) {
        test_report_bench(r->call, r->results, r->n, strcmp(format, "gobench") == 0);
        return code;
    }
    if (r->coverage && code == EXIT_CLEAN) {
        coverage_report(r->coverage, &r->img, r->hits, &r->call->out, &percent);
        const double want = threshold ? strtod(threshold, NULL) : 0;
        if (percent >= want)
            return EXIT_CLEAN;
        buf_clear(&r->call->out);
        buf_printf(&r->call->log, "Code coverage threshold not met: got %.2f instead of %.2f\n",
                   percent, want);
        return EXIT_TEST_FAILED;
    }
    if (strcmp(format, "json") == 0)
        test_report_json(r->call, r->results, r->n);
    else
        test_report_pretty(r->call, r->results, r->n, call_flag(r->call, "verbose"));
    (void)err;
    return code;
}

static int check_usage(const struct call *call, unsigned long long *count, struct err *err)
{
    const char *const threshold = call_value(call, "threshold", NULL);
    char *end = NULL;

    *count = 1;
    if (!str_decimal(call_value(call, "count", "1"), 1000000, count) || *count == 0)
        return err_set(err, ERR_USAGE, "policy test: --count takes a number from 1 on");
    if (threshold && (!call_flag(call, "coverage") || strtod(threshold, &end) < 0 || *end))
        return err_set(err, ERR_USAGE,
                       "policy test: --threshold takes a percentage, with "
                       "--coverage");
    if (call_flag(call, "bench") && call_flag(call, "coverage"))
        return err_set(err, ERR_USAGE, "policy test: --bench or --coverage, not both");
    return 0;
}

/* The tests of what activation would compile. */
static int test_settings(struct call *call, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(TEST_ARENA);
    AUTO_BUF struct buf lines = BUF_INIT;
    struct compiled done;
    const struct compile_options o = {
        .settings = call_value(call, "settings", POLICY_SETTINGS),
        .baseline = call_value(call, "baseline", POLICY_BASELINE),
        .report = &lines,
    };
    const int got = policy_compile(&a, &o, &done, err);

    if (lines.len)
        buf_add(&call->out, lines.data, lines.len);
    if (got < 0 && done.tests == 0)
        return -1;
    if (got < 0) {
        say(&call->out, err->text);
        buf_putc(&call->out, '\n');
        return EXIT_TEST_FAILED;
    }
    buf_printf(&call->out, "%zu passed, 0 failed", done.tests);
    if (done.skipped)
        buf_printf(&call->out, ", %zu skipped", done.skipped);
    buf_putc(&call->out, '\n');
    return EXIT_CLEAN;
}

static int test_files(struct run *r, unsigned long long count, struct err *err)
{
    const char *const only = call_value(r->call, "run", NULL);
    struct rego_diags diags = {0};

    if (only && regex_compile(&r->a, only, strlen(only), &r->only, err) < 0)
        return err_ctx(err, "--run");
    if (compile(r, &diags, err) < 0) {
        if (diags.n == 0)
            return -1;
        rego_errors_text(&r->call->log, &diags, err);
        return EXIT_TEST_ERROR;
    }
    if (run_all(r, count, err) < 0)
        return -1;
    if (r->n == 0 && call_flag(r->call, "fail-on-empty")) {
        buf_puts(&r->call->log, "no tests were run\n");
        return EXIT_TEST_ERROR;
    }
    return report(r, err);
}

int cmd_policy_test(struct call *call, struct err *err)
{
    struct run r = {.call = call, .a = ARENA_INIT(TEST_ARENA), .img = IMAGE_INIT};
    unsigned long long count;

    if (check_usage(call, &count, err) < 0)
        return -1;
    if (call->args_n == 0 && !call_value(call, "bundle", NULL)) {
        if (call->options_n > 0 && !call_value(call, "settings", NULL) &&
            !call_value(call, "baseline", NULL))
            return err_set(err, ERR_USAGE, "policy test: these options need a PATH");
        return test_settings(call, err);
    }
    const int code = test_files(&r, count, err);
    image_close(&r.img);
    arena_done(&r.a);
    return code;
}
