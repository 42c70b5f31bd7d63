/* `policy bench`: a query compiled once and evaluated for a second, as `opa bench` times it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/own.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/rego_errors.h"
#include "cli/rego_query.h"
#include "cli/table.h"

#define BENCH_ARENA ((size_t)2 * 1024 * 1024 * 1024)
#define BENCH_NS ((int64_t)1000000000)
#define METRIC "histogram_timer_rego_query_eval_ns_"

/* `opa bench`'s exit status, whatever went wrong. */
enum { EXIT_BENCH_FAILED = 1, SAMPLES_MAX = 1000000, FIGURES = 12 };

static const char *const formats[] = {"pretty", "json", "gobench", NULL};

const struct option_row policy_bench_options[] = {
    REGO_QUERY_OPTIONS,
    {"format", 'f', "FORMAT", "how to print", formats},
    {"count", 0, "N", "time it so often (1)", NULL},
    {"allow-undefined", 0, NULL, "time a query that is undefined or empty, too", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

struct bench {
    struct call *call;
    struct arena *a;
    const struct rego_eval_job *job;
    struct image img;
    const char *entry;
    int64_t *samples; /* of one turn, sorted in the end */
    size_t n;
    int64_t spent; /* ns of one turn, what is between the samples included */
    size_t bytes;  /* that one evaluation reserved */
};

static int once(struct bench *b, const struct value **got, struct err *err)
{
    struct machine_stats stats;

    return machine_run(&b->img, b->entry, b->job->input, b->a, &b->job->machine, got, &stats, err);
}

static bool holds(const struct value *got, bool set)
{
    return got && (!set || got->count > 0);
}

static int by_size(const void *x, const void *y)
{
    const int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

    return (a > b) - (a < b);
}

static int turn(struct bench *b, struct err *err)
{
    const int64_t start = clock_steady_ns();
    int64_t now = start;

    for (b->n = 0; now - start < BENCH_NS && b->n < SAMPLES_MAX; b->n++) {
        const struct arena_mark mark = arena_mark(b->a);
        const int64_t from = clock_steady_ns();
        const struct value *got;

        if (once(b, &got, err) < 0)
            return -1;
        b->samples[b->n] = clock_steady_ns() - from;
        arena_reset(b->a, mark);
        now = clock_steady_ns();
    }
    b->spent = now - start;
    qsort(b->samples, b->n, sizeof(*b->samples), by_size);
    return 0;
}

/* --- figures ------------------------------------------------------------------------------ */

struct figure {
    const char *name;
    double value;
};

/* Between the neighbours where the place is none. */
static double quantile(const struct bench *b, double share)
{
    const double at = share * (double)(b->n + 1);
    const size_t below = (size_t)at;

    if (below < 1)
        return (double)b->samples[0];
    if (below >= b->n)
        return (double)b->samples[b->n - 1];
    const double low = (double)b->samples[below - 1], high = (double)b->samples[below];
    return low + (at - (double)below) * (high - low);
}

static void figure_all(const struct bench *b, struct figure out[FIGURES])
{
    double sum = 0, squares = 0;

    for (size_t i = 0; i < b->n; i++)
        sum += (double)b->samples[i];
    const double mean = sum / (double)b->n;

    for (size_t i = 0; i < b->n; i++)
        squares += ((double)b->samples[i] - mean) * ((double)b->samples[i] - mean);
    const struct figure all[FIGURES] = {
        {METRIC "75%", quantile(b, 0.75)},
        {METRIC "90%", quantile(b, 0.9)},
        {METRIC "95%", quantile(b, 0.95)},
        {METRIC "99%", quantile(b, 0.99)},
        {METRIC "99.9%", quantile(b, 0.999)},
        {METRIC "99.99%", quantile(b, 0.9999)},
        {METRIC "count", (double)b->n},
        {METRIC "max", (double)b->samples[b->n - 1]},
        {METRIC "mean", mean},
        {METRIC "median", quantile(b, 0.5)},
        {METRIC "min", (double)b->samples[0]},
        {METRIC "stddev", sqrt(squares / (double)b->n)},
    };
    memcpy(out, all, sizeof(all));
}

/* --- printing ----------------------------------------------------------------------------- */

static int print_pretty(struct bench *b, const struct figure *figures, struct err *err)
{
    const struct figure head[] = {{"samples", (double)b->n},
                                  {"ns/op", (double)b->spent / (double)b->n},
                                  {"B/op", (double)b->bytes}};
    enum { HEAD = sizeof(head) / sizeof(head[0]) };
    const char *cells[2 * (HEAD + FIGURES)];

    for (size_t i = 0; i < HEAD + FIGURES; i++) {
        const struct figure *const f = i < HEAD ? &head[i] : &figures[i - HEAD];

        cells[2 * i] = f->name;
        cells[2 * i + 1] = arena_printf(b->a, "%.0f", f->value);
        if (!cells[2 * i + 1])
            return err_nomem(err);
    }
    table_print(
        &b->call->out,
        &(struct table){.cells = cells, .rows = HEAD + FIGURES, .cols = 2, .right = 1u << 1});
    return 0;
}

static void print_json(struct bench *b, const struct figure *figures)
{
    struct buf *const out = &b->call->out;

    buf_printf(out, "{\n  \"N\": %zu,\n  \"T\": %lld,\n  \"Bytes\": 0,\n  \"MemBytes\": %llu,\n",
               b->n, (long long)b->spent, (unsigned long long)b->bytes * b->n);
    buf_puts(out, "  \"Extra\": {");
    for (size_t i = 0; i < FIGURES; i++)
        buf_printf(out, "%s\n    \"%s\": %.15g", i ? "," : "", figures[i].name, figures[i].value);
    buf_puts(out, "\n  }\n}\n");
}

static void print_gobench(struct bench *b, const struct figure *figures)
{
    struct buf *const out = &b->call->out;

    buf_printf(out, "BenchmarkOPAEval\t%8zu\t%10.0f ns/op", b->n, (double)b->spent / (double)b->n);
    for (size_t i = 0; i < FIGURES; i++)
        buf_printf(out, "\t%10.0f %s", figures[i].value, figures[i].name);
    buf_printf(out, "\t%8zu B/op\n", b->bytes);
}

static int report(struct bench *b, struct err *err)
{
    const char *const format = call_value(b->call, "format", "pretty");
    struct figure figures[FIGURES];

    figure_all(b, figures);
    if (strcmp(format, "json") == 0)
        print_json(b, figures);
    else if (strcmp(format, "gobench") == 0)
        print_gobench(b, figures);
    else
        return print_pretty(b, figures, err);
    return 0;
}

/* --- the command -------------------------------------------------------------------------- */

/* Compile, and evaluate for the first time: 0, or an exit status with the reason printed. */
static int prepare(struct bench *b, struct rego_eval_job *job, struct err *err)
{
    const bool compiled = rego_query_compiled(b->call);
    struct rego_diags diags = {0};
    const struct value *got = NULL;

    job->image = &b->img;
    if (!compiled && rego_eval_bindings(b->a, job, &got, &diags, err) < 0) {
        rego_errors_text(&b->call->log, &diags, err);
        return EXIT_BENCH_FAILED;
    }
    if (compiled && rego_query_image(b->call, &b->img, err) < 0)
        return -1;
    b->entry = compiled ? job->query : value_cstr(value_at(image_entries(&b->img), 0));

    /* In an arena of its own, so that its size is what one evaluation takes. */
    AUTO_ARENA struct arena own = ARENA_INIT(BENCH_ARENA);
    struct arena *const shared = b->a;

    b->a = &own;
    const int done = once(b, &got, err);
    b->bytes = own.used;
    b->a = shared;
    if (done < 0) {
        rego_errors_text(&b->call->log, &diags, err);
        return EXIT_BENCH_FAILED;
    }
    if (!holds(got, !compiled) && !call_flag(b->call, "allow-undefined")) {
        buf_puts(&b->call->log, "undefined result; --allow-undefined times it all the same\n");
        return EXIT_BENCH_FAILED;
    }
    return 0;
}

int cmd_policy_bench(struct call *call, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(BENCH_ARENA);
    struct rego_eval_job job;
    struct bench b = {.call = call, .a = &a, .job = &job, .img = IMAGE_INIT};
    unsigned long long count = 1;

    if (!str_decimal(call_value(call, "count", "1"), 1000000, &count) || count == 0)
        return err_set(err, ERR_USAGE, "policy bench: --count takes a number from 1 on");
    if (rego_query_load(call, &job, &a, err) < 0)
        return -1;
    if (!(b.samples = ARENA_NEW_N(&a, int64_t, SAMPLES_MAX)))
        return err_nomem(err);
    int code = prepare(&b, &job, err);

    for (; code == 0 && count > 0; count--)
        if (turn(&b, err) < 0 || report(&b, err) < 0)
            code = -1;
    image_close(&b.img);
    return code;
}
