#include "cli/lint_many.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"

enum { JOB_ARENA = 512 * 1024 * 1024, STACK_BYTES = 8 * 1024 * 1024 };

struct result {
    struct buf out, log;
    const struct value *json;
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
    r->json = value_copy(c->shared, json);
    const size_t done = atomic_fetch_add(&c->done, 1) + 1;
    if (c->progress)
        (void)fprintf(stderr, "\r%zu/%zu", done, c->call->args_n);
    (void)pthread_mutex_unlock(&c->lock);
    if (!r->json)
        r->code = err_nomem(&r->err);
}

static void judge_one(struct crew *c, size_t i)
{
    AUTO_ARENA struct arena a = ARENA_INIT(JOB_ARENA);
    struct result *const r = &c->results[i];
    struct call mine = *c->call;
    const struct value *json = NULL;

    mine.out = BUF_INIT;
    mine.log = BUF_INIT;
    r->code =
        lint_bundle(&mine, c->gate, mine.args[i], c->baseline, &a, &json, &r->failed, &r->err);
    r->out = mine.out;
    r->log = mine.log;
    if (r->code == 0)
        keep(c, r, json);
}

static void *work(void *ctx)
{
    struct crew *const c = ctx;

    for (;;) {
        const size_t i = atomic_fetch_add(&c->next, 1);

        if (i >= c->call->args_n)
            return NULL;
        judge_one(c, i);
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
        value_list_add(a, list, r->json);
        *failed = *failed || r->failed;
    }
    return list->failed ? err_nomem(err) : 0;
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
    }
    for (size_t i = 0; i < call->args_n; i++) {
        buf_done(&all[i].out);
        buf_done(&all[i].log);
    }
    (void)pthread_mutex_destroy(&c.lock);
    return code;
}
