#include "cli/simulate.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/log/records.h"
#include "base/digest.h"
#include "base/own.h"
#include "cli/lint_many.h"
#include "policy/value/json.h"
#include "report/replay.h"

enum {
    JOB_ARENA = 512 * 1024 * 1024,
    STACK_BYTES = 8 * 1024 * 1024,
    QUEUE = 64,
    BLOBS = 256, /* the newest documents: a record names one of the newest 200 of its segment */
    RULES_MAX = 1024,
};

/* A document's bytes, shared by the jobs that need it. */
struct document {
    char digest[DIGEST_HEX_LEN + 1];
    char *bytes;
    size_t len;
    unsigned users; /* under the lock */
};

struct job {
    char *record;
    size_t len;
    struct document *doc; /* NULL: not at hand */
};

struct rule_count {
    const char *name;
    uint64_t appeared, gone;
};

struct pool {
    struct simulation *s;
    struct arena *a; /* of the rows, under the lock */
    pthread_mutex_t lock;
    pthread_cond_t room, work;
    struct job queue[QUEUE];
    size_t head, n;
    bool done;
    struct document *recent[BLOBS];
    size_t next;
    struct rule_count rules[RULES_MAX];
    size_t rules_n;
    uint64_t total, judged;
    struct err err; /* the first that ends it */
    bool failed;
};

static void drop(struct document *d)
{
    if (!d || --d->users > 0)
        return;
    free(d->bytes);
    free(d);
}

/* --- judging
 * -------------------------------------------------------------------------------------- */

static void count_rule(struct pool *p, const struct value *findings, bool appeared)
{
    for (size_t i = 0; i < findings->count; i++) {
        const char *const rule = value_cstr(value_field(value_at(findings, i), "rule"));
        size_t k = 0;

        if (!rule)
            continue;
        while (k < p->rules_n && strcmp(p->rules[k].name, rule) != 0)
            k++;
        if (k == RULES_MAX)
            continue;
        if (k == p->rules_n) {
            p->rules[k].name = arena_strndup(p->a, rule, strlen(rule));
            p->rules_n += p->rules[k].name != NULL;
            if (!p->rules[k].name)
                continue;
        }
        *(appeared ? &p->rules[k].appeared : &p->rules[k].gone) += 1;
    }
}

/* Refused only because facts that the new rules ask for were not recorded. */
static bool blind(const struct replay *r)
{
    if (strcmp(r->now, "refuse") != 0 || r->refusals->count == 0)
        return false;
    for (size_t i = 0; i < r->refusals->count; i++) {
        const struct value *const u = value_field(value_at(r->refusals, i), "undetermined");

        if (!u || !value_bool(u))
            return false;
    }
    return true;
}

static const struct value *row_of(struct arena *a, const struct value *record, const char *now,
                                  const struct replay *r, const char *why)
{
    const struct value *const own = value_field(record, "sallyport");
    const struct value *const c = value_field(own, "container");
    const struct value *const id = value_field(c, "id"), *const name = value_field(c, "name");
    struct value_fields f = {0};

    value_fields_add(a, &f, "decision", value_field(record, "decision_id"));
    value_fields_add(a, &f, "time", value_field(record, "timestamp"));
    value_fields_add(a, &f, "operation", value_field(own, "operation"));
    value_fields_add(a, &f, "container", name ? name : id);
    value_fields_add(a, &f, "id", id);
    value_fields_add(a, &f, "engine", value_field(c, "engine"));
    value_fields_add(a, &f, "image", value_path(c, "image", "name", NULL));
    value_fields_add(a, &f, "was", value_path(record, "result", "verdict", NULL));
    value_fields_add(a, &f, "now", value_str(a, now));
    value_fields_add(a, &f, "appeared", r ? r->appeared : NULL);
    value_fields_add(a, &f, "gone", r ? r->gone : NULL);
    value_fields_add(a, &f, "why", why ? value_str(a, why) : NULL);
    return value_fields_object(a, &f);
}

/* The row moves to the shared arena. */
static void keep(struct pool *p, const struct value *row)
{
    value_list_add(p->a, &p->s->changes, row ? value_copy(p->a, row) : NULL);
}

static void tell(struct pool *p, const struct value *record, const struct replay *r,
                 const char *cannot, struct arena *a)
{
    const bool unknown = cannot || blind(r);
    const bool changed = !unknown && strcmp(r->was, r->now) != 0;
    const struct value *const row =
        unknown   ? row_of(a, record, "cannot tell", r, cannot ? cannot : "a fact was not recorded")
        : changed ? row_of(a, record, r->now, r, NULL)
                  : NULL;

    (void)pthread_mutex_lock(&p->lock);
    if (row)
        keep(p, row);
    p->s->cannot_tell += unknown;
    p->s->changed += changed;
    p->s->findings_only += !unknown && !changed && !r->same;
    p->s->same += !unknown && !changed && r->same;
    if (!unknown && !r->same) {
        count_rule(p, r->appeared, true);
        count_rule(p, r->gone, false);
    }
    (void)pthread_mutex_unlock(&p->lock);
}

static int judge_one(struct pool *p, const struct job *j, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(JOB_ARENA);
    const struct value *record, *input;
    struct err why = ERR_INIT;
    struct replay r = {.same = false};

    if (json_parse(&a, j->record, j->len, JSON_LAST_WINS, &record, NULL, err) < 0)
        return err_ctx(err, "record");
    if (!j->doc) {
        tell(p, record, NULL, "the document that was judged is no longer in the spool", &a);
        return 0;
    }
    if (json_parse(&a, j->doc->bytes, j->doc->len, JSON_LAST_WINS, &input, NULL, err) < 0)
        return err_ctx(err, "document %s", j->doc->digest);
    if (replay(&a, p->s->image, record, input, &r, &why) < 0) {
        if (why.code == ERR_NOMEM) {
            *err = why;
            return -1;
        }
        tell(p, record, NULL, why.text, &a);
        return 0;
    }
    tell(p, record, &r, NULL, &a);
    return 0;
}

static bool take(struct pool *p, struct job *out)
{
    (void)pthread_mutex_lock(&p->lock);
    while (p->n == 0 && !p->done)
        (void)pthread_cond_wait(&p->work, &p->lock);
    const bool got = p->n > 0;
    if (got) {
        *out = p->queue[p->head];
        p->head = (p->head + 1) % QUEUE;
        p->n--;
        (void)pthread_cond_signal(&p->room);
    }
    (void)pthread_mutex_unlock(&p->lock);
    return got;
}

static void finish(struct pool *p, struct job *j, int code, const struct err *err)
{
    (void)pthread_mutex_lock(&p->lock);
    drop(j->doc);
    p->judged++;
    if (p->s->progress && (p->judged % 16 == 0 || p->judged == p->total))
        (void)fprintf(stderr, "\r%llu/%llu", (unsigned long long)p->judged,
                      (unsigned long long)p->total);
    if (code < 0 && !p->failed) {
        p->failed = true;
        p->err = *err;
    }
    (void)pthread_mutex_unlock(&p->lock);
    free(j->record);
}

static void *work(void *ctx)
{
    struct pool *const p = ctx;
    struct job j;

    while (take(p, &j)) {
        struct err err = ERR_INIT;
        const int code = judge_one(p, &j, &err);

        finish(p, &j, code, &err);
    }
    return NULL;
}

/* --- reading
 * -------------------------------------------------------------------------------------- */

static int remember(struct pool *p, const struct spool_entry *e, struct err *err)
{
    const char *value;
    struct document *const d = calloc(1, sizeof *d);

    if (!d)
        return err_nomem(err);
    if (!spool_blob(e, d->digest, &value, &d->len)) {
        free(d);
        return 0;
    }
    d->bytes = malloc(d->len + 1);
    d->users = 1;
    if (!d->bytes) {
        free(d);
        return err_nomem(err);
    }
    memcpy(d->bytes, value, d->len);
    (void)pthread_mutex_lock(&p->lock);
    drop(p->recent[p->next]);
    p->recent[p->next] = d;
    p->next = (p->next + 1) % BLOBS;
    (void)pthread_mutex_unlock(&p->lock);
    return 0;
}

/* A user is counted for the job, under the lock. */
static struct document *document_of(struct pool *p, const char *digest)
{
    for (size_t i = 0; digest && i < BLOBS; i++) {
        if (p->recent[i] && strcmp(p->recent[i]->digest, digest) == 0) {
            p->recent[i]->users++;
            return p->recent[i];
        }
    }
    return NULL;
}

static int hand_on(struct pool *p, const struct spool_entry *e, const char *digest, struct err *err)
{
    struct job j = {.record = malloc(e->len + 1), .len = e->len};

    if (!j.record)
        return err_nomem(err);
    memcpy(j.record, e->json, e->len);
    (void)pthread_mutex_lock(&p->lock);
    while (p->n == QUEUE && !p->failed)
        (void)pthread_cond_wait(&p->room, &p->lock);
    const bool failed = p->failed;
    if (!failed) {
        j.doc = document_of(p, digest);
        p->queue[(p->head + p->n) % QUEUE] = j;
        p->n++;
        p->s->records++;
        (void)pthread_cond_signal(&p->work);
    } else {
        *err = p->err;
    }
    (void)pthread_mutex_unlock(&p->lock);
    if (failed)
        free(j.record);
    return failed ? -1 : 0;
}

/* Was a decision reached, and is it wanted? Its document's digest, or NULL where there is none. */
static bool wanted(const struct pool *p, const struct value *record, const char **digest)
{
    *digest = value_cstr(value_path(record, "sallyport", "digests", "input", NULL));
    return *digest && !value_is_str(value_path(record, "result", "verdict", NULL), "not-started") &&
           record_filter_wants(p->s->filter, record);
}

static int visit(void *ctx, const struct spool_entry *e, struct err *err)
{
    struct pool *const p = ctx;
    AUTO_ARENA struct arena scratch = ARENA_INIT(JOB_ARENA);
    const struct value *record;
    const char *digest;

    if (e->is_blob)
        return remember(p, e, err);
    if (json_parse(&scratch, e->json, e->len, JSON_LAST_WINS, &record, NULL, err) < 0)
        return err_ctx(err, "%s line %llu", e->segment, (unsigned long long)e->line);
    return wanted(p, record, &digest) ? hand_on(p, e, digest, err) : 0;
}

static int count(void *ctx, uint64_t index, const char *json, size_t len, struct err *err)
{
    struct pool *const p = ctx;
    AUTO_ARENA struct arena scratch = ARENA_INIT(JOB_ARENA);
    const struct value *record;
    const char *digest;

    (void)index;
    if (json_parse(&scratch, json, len, JSON_LAST_WINS, &record, NULL, err) < 0)
        return err_ctx(err, "record");
    p->total += wanted(p, record, &digest);
    return 0;
}

/* --- the whole
 * ------------------------------------------------------------------------------------- */

static size_t start(struct pool *p, pthread_t *threads, size_t jobs)
{
    pthread_attr_t attr;
    size_t n = 0;

    if (pthread_attr_init(&attr) != 0)
        return 0;
    (void)pthread_attr_setstacksize(&attr, STACK_BYTES);
    while (n < jobs && pthread_create(&threads[n], &attr, work, p) == 0)
        n++;
    (void)pthread_attr_destroy(&attr);
    return n;
}

static void stop(struct pool *p, pthread_t *threads, size_t n)
{
    (void)pthread_mutex_lock(&p->lock);
    p->done = true;
    (void)pthread_cond_broadcast(&p->work);
    (void)pthread_mutex_unlock(&p->lock);
    while (n > 0)
        (void)pthread_join(threads[--n], NULL);
    for (size_t i = 0; i < BLOBS; i++)
        drop(p->recent[i]);
    if (p->s->progress)
        (void)fputs("\r\x1b[K", stderr);
}

static const struct value *rules_value(const struct pool *p)
{
    struct value_fields f = {0};

    for (size_t i = 0; i < p->rules_n; i++) {
        struct value_fields one = {0};

        value_fields_add(p->a, &one, "appeared", value_u64(p->a, p->rules[i].appeared));
        value_fields_add(p->a, &one, "gone", value_u64(p->a, p->rules[i].gone));
        value_fields_add(p->a, &f, p->rules[i].name, value_fields_object(p->a, &one));
    }
    return value_fields_object(p->a, &f);
}

static int run(struct pool *p, struct err *err)
{
    struct simulation *const s = p->s;
    struct spool_report report = {.intact = true};
    pthread_t threads[JOBS_MAX];

    if (records_each(s->dir, count, p, &report, err) < 0)
        return -1;
    const size_t n = start(p, threads, s->jobs);
    if (n == 0)
        return err_set(err, ERR_SYSTEM, "no thread could be started");
    const int code = spool_walk(s->dir, visit, p, &report, err);
    stop(p, threads, n);
    if (code < 0)
        return -1;
    if (p->failed) {
        *err = p->err;
        return -1;
    }
    if (!report.intact)
        return err_set(err, ERR_INVALID, "the log is broken: %s", report.first_fault);
    /* What rotation dropped is in the log, its document is not. */
    if (p->total > s->records) {
        s->cannot_tell += p->total - s->records;
        s->records = p->total;
    }
    s->rules = rules_value(p);
    return s->rules && !s->changes.failed ? 0 : err_nomem(err);
}

int simulate_run(struct simulation *s, struct arena *a, struct err *err)
{
    struct pool *const p = calloc(1, sizeof *p);
    int code = -1;

    if (!p)
        return err_nomem(err);
    p->s = s;
    p->a = a;
    if (pthread_mutex_init(&p->lock, NULL) != 0 || pthread_cond_init(&p->room, NULL) != 0 ||
        pthread_cond_init(&p->work, NULL) != 0)
        (void)err_nomem(err);
    else
        code = run(p, err);
    (void)pthread_cond_destroy(&p->work);
    (void)pthread_cond_destroy(&p->room);
    (void)pthread_mutex_destroy(&p->lock);
    free(p);
    return code;
}
