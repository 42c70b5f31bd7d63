#include "cli/lint_many.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "base/str.h"

enum {
    JOB_ARENA = 512 * 1024 * 1024,
    CHUNK_BYTES = 8 * 1024 * 1024,
    STACK_BYTES = 8 * 1024 * 1024,
};

struct result {
    struct buf out, log;
    const struct value *json; /* NULL: nobody asked for it */
    const char *verdict;
    struct err err;
    int code;
    bool failed;
};

struct crew {
    const struct call *call;
    struct gate *gate;
    const struct value *baseline;
    struct result *results;
    atomic_size_t next, done;
    bool progress;
    struct arena *shared;
    pthread_mutex_t lock; /* of the shared arena and the progress line */
};

/* Results outlive the arena their bundle was judged in. */
static void keep(struct crew *c, struct result *r, const struct value *json)
{
    (void)pthread_mutex_lock(&c->lock);
    r->json = json ? value_copy(c->shared, json) : NULL;
    const size_t done = atomic_fetch_add(&c->done, 1) + 1;
    if (c->progress)
        (void)fprintf(stderr, "\r%zu/%zu", done, c->call->args_n);
    (void)pthread_mutex_unlock(&c->lock);
    if (json && !r->json)
        r->code = err_nomem(&r->err);
}

static void judge_one(struct crew *c, size_t i, struct arena *a)
{
    struct result *const r = &c->results[i];
    struct call mine = *c->call;
    const struct value *json = NULL;

    mine.out = BUF_INIT;
    mine.log = BUF_INIT;
    r->code = lint_bundle(&mine, c->gate, mine.args[i], c->baseline, a, &json, &r->verdict,
                          &r->failed, &r->err);
    r->out = mine.out;
    r->log = mine.log;
    if (r->code == 0)
        keep(c, r, json);
}

/* Memory that was touched once serves one bundle after another. */
static struct arena_mark first_chunk(struct arena *a)
{
    char *const start = arena_alloc(a, CHUNK_BYTES);
    struct arena_mark mark = arena_mark(a);

    if (start)
        mark.at = start;
    return mark;
}

static void *work(void *ctx)
{
    struct crew *const c = ctx;
    AUTO_ARENA struct arena a = ARENA_INIT(JOB_ARENA);
    const struct arena_mark fresh = first_chunk(&a);

    for (;;) {
        const size_t i = atomic_fetch_add(&c->next, 1);

        if (i >= c->call->args_n)
            return NULL;
        arena_reset(&a, fresh);
        judge_one(c, i, &a);
    }
}

int jobs_wanted(const struct call *call, size_t most, size_t *out, struct err *err)
{
    const char *const text = call_value(call, "jobs", NULL);
    const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned long long n = cpus > 0 ? (unsigned long long)cpus : 1;

    if (text && (!str_decimal(text, JOBS_MAX, &n) || n == 0))
        return err_set(err, ERR_USAGE, "%s: --jobs takes a number from 1 to %d",
                       call->command->name, JOBS_MAX);
    if (n > JOBS_MAX)
        n = JOBS_MAX;
    *out = n < most ? (size_t)n : most;
    return 0;
}

/* The caller works too, so that fewer threads than wanted are only slower. */
static void run_crew(struct crew *c, size_t jobs)
{
    pthread_t threads[JOBS_MAX];
    pthread_attr_t attr;
    size_t n = 0;

    if (pthread_attr_init(&attr) == 0) {
        (void)pthread_attr_setstacksize(&attr, STACK_BYTES);
        while (n + 1 < jobs && pthread_create(&threads[n], &attr, work, c) == 0)
            n++;
        (void)pthread_attr_destroy(&attr);
    }
    (void)work(c);
    while (n > 0)
        (void)pthread_join(threads[--n], NULL);
    if (c->progress)
        (void)fputs("\r\x1b[K", stderr);
}

static int gather(struct call *call, struct arena *a, struct result *results,
                  struct value_list *list, bool *failed, struct err *err)
{
    for (size_t i = 0; i < call->args_n; i++) {
        struct result *const r = &results[i];

        if (r->code < 0) {
            *err = r->err;
            return -1;
        }
        buf_add(&call->out, r->out.data ? r->out.data : "", r->out.len);
        buf_add(&call->log, r->log.data ? r->log.data : "", r->log.len);
        if (r->json)
            value_list_add(a, list, r->json);
        *failed = *failed || r->failed;
    }
    return list->failed ? err_nomem(err) : 0;
}

/* Of several bundles, how many came to what: "3 bundles: 2 harden, 1 refuse (1 fails)". */
static void sum_up(struct call *call, const struct result *results)
{
    static const char *const verdicts[] = {"admit", "harden", "undetermined", "refuse"};
    size_t counts[ARRAY_LEN(verdicts)] = {0}, failed = 0;
    const char *sep = ": ";

    for (size_t i = 0; i < call->args_n; i++) {
        for (size_t v = 0; v < ARRAY_LEN(verdicts); v++)
            counts[v] += strcmp(results[i].verdict, verdicts[v]) == 0;
        failed += results[i].failed;
    }
    buf_printf(&call->out, "%zu bundles", call->args_n);
    for (size_t v = 0; v < ARRAY_LEN(verdicts); v++) {
        if (counts[v]) {
            buf_printf(&call->out, "%s%zu %s", sep, counts[v], verdicts[v]);
            sep = ", ";
        }
    }
    buf_printf(&call->out, "; %zu %s\n", failed, failed == 1 ? "fails" : "fail");
}

int lint_many(struct call *call, struct gate *gate, const struct value *baseline, struct arena *a,
              struct value_list *results, bool *failed, struct err *err)
{
    size_t jobs;
    AUTO_FREE struct result *all = calloc(call->args_n, sizeof *all);
    struct crew c = {
        .call = call,
        .gate = gate,
        .baseline = baseline,
        .results = all,
        .progress = call->args_n > 1 && isatty(STDERR_FILENO),
        .shared = a,
    };

    if (!all || pthread_mutex_init(&c.lock, NULL) != 0)
        return err_nomem(err);
    int code = jobs_wanted(call, call->args_n, &jobs, err);
    if (code == 0) {
        run_crew(&c, jobs);
        code = gather(call, a, all, results, failed, err);
        if (code == 0 && call->args_n > 1 && lint_is_text(call) &&
            (*failed || !call_flag(call, "quiet")))
            sum_up(call, all);
    }
    for (size_t i = 0; i < call->args_n; i++) {
        buf_done(&all[i].out);
        buf_done(&all[i].log);
    }
    (void)pthread_mutex_destroy(&c.lock);
    return code;
}
