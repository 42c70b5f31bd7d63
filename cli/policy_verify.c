#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"
#include "cli/verify_suite.h"
#include "policy/value/json.h"

#define VERIFY_ARENA ((size_t)1024 * 1024 * 1024)

enum { VERIFY_DEPTH_MAX = 32 };

const struct option_row policy_verify_options[] = {
    {"run", 'r', "REGEX", "only tests or cases so named; TEST//CASE names both", NULL},
    {"verbose", 'v', NULL, "name what passes, too, with what it prints", NULL},
    {"format", 'f', "FORMAT", "how to print", format_text_json},
    {NULL, 0, NULL, NULL, NULL},
};

struct verify {
    struct call *call;
    struct verify_filter filter;
    size_t suites, tests, cases, assertions, failed;
};

/* --- as gator prints ---------------------------------------------------------------------- */

static double seconds(int64_t ns)
{
    return (double)ns / 1e9;
}

static void print_case(struct buf *b, const struct verify_case *c, bool verbose)
{
    if (verbose && c->skipped) {
        buf_printf(b, "    === SKIP  %s\n", c->name);
        return;
    }
    if (verbose)
        buf_printf(b, "    === RUN   %s\n", c->name);
    if (verbose && c->prints) {
        buf_puts(b, "        === PRINT ===\n");
        for (const char *line = c->prints; *line;) {
            const size_t len = strcspn(line, "\n");

            buf_printf(b, "        %.*s\n", (int)len, line);
            line += len + (line[len] == '\n');
        }
    }
    if (c->error)
        buf_printf(b, "    --- FAIL: %s\t(%.3fs)\n        %s\n", c->name, seconds(c->ns), c->error);
    else if (verbose)
        buf_printf(b, "    --- PASS: %s\t(%.3fs)\n", c->name, seconds(c->ns));
}

static void print_test(struct buf *b, const struct verify_test *t, bool verbose)
{
    if (verbose)
        buf_printf(b, "=== %s %s\n", t->skipped ? "SKIP " : "RUN  ", t->name);
    if (t->skipped)
        return;
    for (size_t i = 0; i < t->cases_n; i++)
        print_case(b, &t->cases[i], verbose);
    if (verify_test_failed(t))
        buf_printf(b, "--- FAIL: %s\t(%.3fs)\n", t->name, seconds(t->ns));
    else if (verbose)
        buf_printf(b, "--- PASS: %s\t(%.3fs)\n", t->name, seconds(t->ns));
    if (t->error)
        buf_printf(b, "  %s\n", t->error);
}

static void print_suite(struct buf *b, const struct verify_suite *s, bool verbose)
{
    for (size_t i = 0; i < s->tests_n; i++)
        print_test(b, &s->tests[i], verbose);
    buf_printf(b, "%s\t%s\t%.3fs\n", verify_suite_failed(s) ? "FAIL" : "ok", s->path,
               seconds(s->ns));
}

/* --- for programs ------------------------------------------------------------------------- */

static void json_field(struct buf *b, const char *key, const char *text)
{
    buf_printf(b, "\"%s\": ", key);
    json_print_string(b, text, strlen(text));
}

static void json_end(struct buf *b, const char *error, bool skipped)
{
    buf_printf(b, ", \"result\": \"%s\"", skipped ? "skip" : error ? "fail" : "pass");
    if (error && *error) {
        buf_puts(b, ", ");
        json_field(b, "error", error);
    }
}

static void json_suite(struct buf *b, const struct verify_suite *s)
{
    buf_puts(b, b->len ? ",\n  {" : "[\n  {");
    json_field(b, "suite", s->path);
    json_end(b, verify_suite_failed(s) ? "" : NULL, s->skipped);
    buf_puts(b, ", \"tests\": [");
    for (size_t i = 0; i < s->tests_n; i++) {
        const struct verify_test *const t = &s->tests[i];

        buf_puts(b, i ? ", {" : "{");
        json_field(b, "name", t->name);
        json_end(b, t->error ? t->error : verify_test_failed(t) ? "" : NULL, t->skipped);
        buf_puts(b, ", \"cases\": [");
        for (size_t c = 0; c < t->cases_n; c++) {
            buf_puts(b, c ? ", {" : "{");
            json_field(b, "name", t->cases[c].name);
            json_end(b, t->cases[c].error, t->cases[c].skipped);
            buf_putc(b, '}');
        }
        buf_puts(b, "]}");
    }
    buf_puts(b, "]}");
}

/* --- which files -------------------------------------------------------------------------- */

static void count(struct verify *v, const struct verify_suite *s)
{
    v->suites++;
    for (size_t i = 0; i < s->tests_n; i++) {
        const struct verify_test *const t = &s->tests[i];

        if (t->skipped)
            continue;
        v->tests++;
        v->failed += verify_test_failed(t);
        v->assertions += t->assertions;
        for (size_t c = 0; c < t->cases_n; c++)
            v->cases += !t->cases[c].skipped;
    }
}

static int run_file(struct verify *v, const char *path, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(VERIFY_ARENA);
    struct verify_suite suite;
    const int got = verify_suite_run(&a, path, &v->filter, &suite, err);

    if (got <= 0)
        return got;
    count(v, &suite);
    if (call_json(v->call))
        json_suite(&v->call->out, &suite);
    else
        print_suite(&v->call->out, &suite, call_flag(v->call, "verbose"));
    return 0;
}

static bool is_yaml(const char *name)
{
    const char *const dot = strrchr(name, '.');

    return dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

static int visible(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int run_dir(struct verify *v, const char *dir, bool deep, unsigned depth, struct err *err)
{
    struct dirent **names = NULL;
    const int n = scandir(dir, &names, visible, alphasort);
    int got = 0;

    if (n < 0)
        return err_sys(err, "%s", dir);
    for (int i = 0; i < n; i++) {
        char path[4096];
        struct stat st;
        const size_t len = strlen(dir);
        const int made = snprintf(path, sizeof path, "%s%s%s", dir,
                                  len && dir[len - 1] == '/' ? "" : "/", names[i]->d_name);

        if (got == 0 && (made < 0 || (size_t)made >= sizeof path))
            got = err_set(err, ERR_LIMIT, "%s: the path is too long", dir);
        else if (got == 0 && lstat(path, &st) < 0)
            got = err_sys(err, "%s", path);
        else if (got == 0 && S_ISDIR(st.st_mode) && deep)
            got = depth < VERIFY_DEPTH_MAX
                      ? run_dir(v, path, deep, depth + 1, err)
                      : err_set(err, ERR_LIMIT, "%s: deeper than %d directories", path,
                                VERIFY_DEPTH_MAX);
        else if (got == 0 && S_ISREG(st.st_mode) && is_yaml(path))
            got = run_file(v, path, err);
        free(names[i]);
    }
    free(names);
    return got;
}

static int run_path(struct verify *v, const char *arg, struct err *err)
{
    const size_t len = strlen(arg);
    const bool deep = len >= 4 && strcmp(arg + len - 4, "/...") == 0;
    char path[4096];
    struct stat st;

    if (len >= sizeof path)
        return err_set(err, ERR_USAGE, "policy verify: the path is too long");
    memcpy(path, arg, len + 1);
    if (deep)
        path[len - 3] = '\0';
    if (stat(path, &st) < 0)
        return err_sys(err, "listing test files: %s", path);
    if (S_ISDIR(st.st_mode))
        return run_dir(v, path, deep, 0, err);
    if (deep)
        return err_set(err, ERR_USAGE, "can only recursively traverse directories: %s", path);
    if (!is_yaml(path))
        return err_set(err, ERR_USAGE, "unsupported extension: %s", path);
    return run_file(v, path, err);
}

int cmd_policy_verify(struct call *call, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(VERIFY_ARENA);
    struct verify v = {.call = call};

    if (verify_filter_read(&a, call_value(call, "run", NULL), &v.filter, err) < 0)
        return -1;
    for (size_t i = 0; i < call->args_n; i++)
        if (run_path(&v, call->args[i], err) < 0)
            return -1;
    if (v.suites == 0)
        return err_set(err, ERR_INVALID, "no suite is there");
    if (call_json(call))
        buf_puts(&call->out, "\n]\n");
    else
        buf_printf(&call->out, "%s\n", v.failed ? "FAIL" : "PASS");
    if (call_flag(call, "verbose") && !call_json(call))
        buf_printf(&call->out, "%zu suites, %zu tests, %zu cases, %zu assertions\n", v.suites,
                   v.tests, v.cases, v.assertions);
    return v.failed ? EXIT_FINDINGS : EXIT_CLEAN;
}
