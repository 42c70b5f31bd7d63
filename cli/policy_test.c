#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "cli/rego_compile.h"
#include "cli/rego_errors.h"
#include "policy/build/activate.h"
#include "policy/value/json.h"

#define TEST_ARENA ((size_t)2 * 1024 * 1024 * 1024)

const struct option_row policy_test_options[] = {
    {"format", 'f', "FORMAT", "how to print", format_text_json},
    {"verbose", 'v', NULL, "name the tests that pass, too", NULL},
    {"settings", 0, "FILE", "without PATH: settings other than " POLICY_SETTINGS, NULL},
    {"baseline", 0, "DIR", "without PATH: our rules from here", NULL},
    {"run", 'r', "TEXT", "only tests whose name contains this", NULL},
    {"bundle", 'b', "DIR", "a bundle's directory", NULL},
    {"v0-compatible", 0, NULL, "read modules as Rego v0", NULL},
    {"v1-compatible", 0, NULL, "read modules as Rego v1 (as without it)", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

enum outcome { OUTCOME_PASS, OUTCOME_FAIL, OUTCOME_ERROR, OUTCOME_SKIP, OUTCOMES };

/* clang-format off */
static const struct {
    const char *word;
    enum paint paint;
} outcomes[OUTCOMES] = {
    [OUTCOME_PASS]  = {"pass",  PAINT_GREEN},
    [OUTCOME_FAIL]  = {"fail",  PAINT_RED},
    [OUTCOME_ERROR] = {"error", PAINT_RED},
    [OUTCOME_SKIP]  = {"skip",  PAINT_DIM},
};
/* clang-format on */

static enum outcome run_test(const struct image *img, const struct rego_test *t, struct arena *a,
                             struct buf *prints, struct err *why)
{
    const struct arena_mark mark = arena_mark(a);
    struct timespec now = {0};
    struct machine_stats stats;
    const struct value *got = NULL;

    if (t->todo)
        return OUTCOME_SKIP;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    const struct machine_options opt = {
        .now_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec, .seed = 1, .prints = prints};
    const int done = machine_run(img, t->name, NULL, a, &opt, &got, &stats, why);
    const bool holds = done == 0 && got && value_truthy(got);
    arena_reset(a, mark);
    return done < 0 ? OUTCOME_ERROR : holds ? OUTCOME_PASS : OUTCOME_FAIL;
}

static void print_text(struct call *call, const struct rego_test *t, enum outcome o,
                       const struct err *why, const struct buf *prints)
{
    const struct rego_pos pos = rego_pos_of(t->loc);

    if (o == OUTCOME_PASS && !call_flag(call, "verbose"))
        return;
    say(&call->out, t->loc.source->name);
    buf_printf(&call->out, ":%u: ", pos.line);
    paint(call, outcomes[o].paint, outcomes[o].word);
    buf_puts(&call->out, " ");
    say(&call->out, t->name);
    if (o == OUTCOME_ERROR) {
        buf_puts(&call->out, ": ");
        say(&call->out, why->text);
    }
    buf_putc(&call->out, '\n');
    if (prints->len)
        buf_add(&call->out, prints->data, prints->len);
}

static void print_json(struct call *call, const struct rego_test *t, enum outcome o,
                       const struct err *why)
{
    buf_puts(&call->out, call->out.len ? ",\n  " : "[\n  ");
    buf_puts(&call->out, "{\"name\": ");
    json_print_string(&call->out, t->name, strlen(t->name));
    buf_printf(&call->out, ", \"outcome\": \"%s\"", outcomes[o].word);
    if (o == OUTCOME_ERROR) {
        buf_puts(&call->out, ", \"error\": ");
        json_print_string(&call->out, why->text, strlen(why->text));
    }
    buf_putc(&call->out, '}');
}

static int load_all(const struct call *call, struct rego_load *l, struct arena *a, struct err *err)
{
    for (size_t i = 0; i < call->args_n; i++) {
        if (rego_load_path(l, call->args[i], a, err) < 0)
            return -1;
    }
    l->bundle = true;
    for (size_t i = 0; call_values(call, "bundle", i); i++) {
        if (rego_load_path(l, call_values(call, "bundle", i), a, err) < 0)
            return -1;
    }
    return 0;
}

/* The tests of what activation would compile. */
static int test_settings(struct call *call, struct arena *a, struct err *err)
{
    AUTO_BUF struct buf report = BUF_INIT;
    struct compiled done;
    const struct compile_options o = {
        .settings = call_value(call, "settings", POLICY_SETTINGS),
        .baseline = call_value(call, "baseline", POLICY_BASELINE),
        .report = &report,
    };
    const int got = policy_compile(a, &o, &done, err);

    if (report.len)
        buf_add(&call->out, report.data, report.len);
    if (got < 0 && done.tests == 0)
        return -1;
    if (got < 0) {
        say(&call->out, err->text);
        buf_putc(&call->out, '\n');
        return EXIT_FINDINGS;
    }
    buf_printf(&call->out, "%zu passed, 0 failed", done.tests);
    if (done.skipped)
        buf_printf(&call->out, ", %zu skipped", done.skipped);
    buf_putc(&call->out, '\n');
    return EXIT_CLEAN;
}

static int compile(const struct call *call, struct arena *a, struct rego_tests *tests,
                   struct image *img, struct rego_diags *diags, struct err *err)
{
    const struct rego_options opt = {
        .version = call_flag(call, "v0-compatible") ? REGO_V0 : REGO_V1, .keep_prints = true};
    struct rego_load load = {0};
    struct rego_module **modules;

    if (load_all(call, &load, a, err) < 0 ||
        rego_compile_parse(&load, &opt, a, &modules, diags, err) < 0 ||
        rego_compile_tests(modules, load.sources_n, a, tests, err) < 0)
        return -1;
    return rego_compile_image(&load, modules, tests, &opt, a, img, diags, err);
}

int cmd_policy_test(struct call *call, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(TEST_ARENA);
    const char *const only = call_value(call, "run", NULL);
    size_t count[OUTCOMES] = {0};
    struct rego_tests tests = {0};
    struct rego_diags diags = {0};
    struct image img = IMAGE_INIT;

    if (call->args_n == 0 && !call_value(call, "bundle", NULL)) {
        if (call_json(call) || only)
            return err_set(err, ERR_USAGE, "policy test: --format json and --run need a PATH");
        return test_settings(call, &a, err);
    }
    if (compile(call, &a, &tests, &img, &diags, err) < 0) {
        if (diags.n == 0)
            return -1;
        rego_errors_text(&call->log, &diags, err);
        return EXIT_FINDINGS;
    }
    for (size_t i = 0; i < tests.n; i++) {
        AUTO_BUF struct buf prints = BUF_INIT;
        struct err why = ERR_INIT;

        if (only && !strstr(tests.at[i].name, only))
            continue;
        const enum outcome o = run_test(&img, &tests.at[i], &a, &prints, &why);
        count[o]++;
        if (call_json(call))
            print_json(call, &tests.at[i], o, &why);
        else
            print_text(call, &tests.at[i], o, &why, &prints);
    }
    if (call_json(call))
        buf_puts(&call->out, call->out.len ? "\n]\n" : "[]\n");
    else
        buf_printf(&call->out, "%zu passed, %zu failed", count[OUTCOME_PASS],
                   count[OUTCOME_FAIL] + count[OUTCOME_ERROR]);
    if (!call_json(call) && count[OUTCOME_SKIP])
        buf_printf(&call->out, ", %zu skipped", count[OUTCOME_SKIP]);
    if (!call_json(call))
        buf_putc(&call->out, '\n');
    if (count[OUTCOME_PASS] + count[OUTCOME_FAIL] + count[OUTCOME_ERROR] == 0)
        return err_set(err, ERR_INVALID, "no test ran");
    return count[OUTCOME_FAIL] + count[OUTCOME_ERROR] ? EXIT_FINDINGS : EXIT_CLEAN;
}
