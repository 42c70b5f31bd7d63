#include "audit/forward/metrics.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "audit/forward/format.h"
#include "audit/log/place.h"
#include "base/file.h"
#include "base/own.h"
#include "policy/value/json.h"

#define STATE "metrics.json"

/* One series: its name and labels as they are printed. Kept in order, so that those of one metric
 * stand together. */
struct series {
    const char *key;
    uint64_t n;
};

struct metrics {
    struct arena *arena;
    struct series at[METRICS_MAX];
    size_t n;
    struct spool_place place;
    uint64_t last; /* nanoseconds since 1970 of the newest record */
};

/* --- series ------------------------------------------------------------------------------------
 */

static int add(struct metrics *m, const char *key, uint64_t by, struct err *err)
{
    size_t low = 0, high = m->n;

    while (low < high) {
        const size_t mid = (low + high) / 2;
        const int order = strcmp(m->at[mid].key, key);

        if (order == 0) {
            m->at[mid].n += by;
            return 0;
        }
        *(order < 0 ? &low : &high) = order < 0 ? mid + 1 : mid;
    }
    if (m->n == METRICS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d series", METRICS_MAX);
    const char *const copy = arena_printf(m->arena, "%s", key);
    if (!copy)
        return err_nomem(err);
    memmove(&m->at[low + 1], &m->at[low], (m->n - low) * sizeof(m->at[0]));
    m->at[low] = (struct series){.key = copy, .n = by};
    m->n++;
    return 0;
}

void metrics_label(struct buf *b, const char *name, const char *value)
{
    buf_printf(b, "%s=\"", name);
    for (; value && *value; value++) {
        if (*value == '\\' || *value == '"')
            buf_putc(b, '\\');
        buf_putc(b, (unsigned char)*value < 0x20 ? ' ' : *value);
    }
    buf_putc(b, '"');
}

struct label {
    const char *name, *value;
};

static int bump(struct metrics *m, const char *name, const struct label *labels, size_t n,
                uint64_t by, struct err *err)
{
    AUTO_BUF struct buf key = BUF_INIT;

    buf_puts(&key, name);
    for (size_t i = 0; i < n; i++) {
        buf_putc(&key, i ? ',' : '{');
        metrics_label(&key, labels[i].name, labels[i].value);
    }
    if (n)
        buf_putc(&key, '}');
    return buf_check(&key, err) < 0 ? -1 : add(m, key.data, by, err);
}

/* --- one record --------------------------------------------------------------------------------
 */

/* Upper bounds of the histogram, microseconds and the text of the label. */
static const struct {
    uint64_t us;
    const char *le;
} buckets[] = {
    {100, "0.0001"},  {250, "0.00025"}, {500, "0.0005"},      {1000, "0.001"},
    {2500, "0.0025"}, {5000, "0.005"},  {10000, "0.01"},      {25000, "0.025"},
    {100000, "0.1"},  {1000000, "1"},   {UINT64_MAX, "+Inf"},
};

#define DURATION "sallyport_decision_duration_seconds"

static int count_duration(struct metrics *m, const struct value *record, struct err *err)
{
    static const char *const stages[] = {"read_us", "facts_us", "decide_us", "patch_us"};
    const struct value *const timings = value_field(record, "metrics");
    uint64_t us = 0, one = 0;

    if (!timings)
        return 0;
    for (size_t i = 0; i < ARRAY_LEN(stages); i++) {
        const struct value *const v = value_field(timings, stages[i]);

        us += v && value_uint64(v, &one) ? one : 0;
    }
    for (size_t i = 0; i < ARRAY_LEN(buckets); i++) {
        const struct label le = {"le", buckets[i].le};

        if (bump(m, DURATION "_bucket", &le, 1, us <= buckets[i].us, err) < 0)
            return -1;
    }
    if (bump(m, DURATION "_count", NULL, 0, 1, err) < 0)
        return -1;
    return bump(m, DURATION "_sum", NULL, 0, us, err); /* microseconds; printed as seconds */
}

static int count_rules(struct metrics *m, const char *name, const struct value *findings,
                       struct err *err)
{
    for (size_t i = 0; findings && value_is(findings, VALUE_ARRAY) && i < findings->count; i++) {
        const char *const rule = value_cstr(value_field(value_at(findings, i), "rule"));
        const struct label label = {"rule", rule ? rule : "?"};

        if (bump(m, name, &label, 1, 1, err) < 0)
            return -1;
    }
    return 0;
}

/* A request that was passed on is no decision. */
static int count_request(struct metrics *m, const struct value *record, struct err *err)
{
    const struct value *const own = value_field(record, "sallyport");
    const char *const engine = value_cstr(value_path(own, "container", "engine", NULL));
    const struct label labels[] = {
        {"engine", engine ? engine : "unknown"},
        {"operation", value_cstr(value_field(own, "operation"))},
    };

    return bump(m, "sallyport_requests_total", labels, ARRAY_LEN(labels), 1, err);
}

static int count(void *ctx, const struct spool_entry *entry, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(4 << 20);
    struct metrics *const m = ctx;
    const struct value *r = NULL;

    if (entry->is_blob)
        return 0;
    if (json_parse(&a, entry->json, entry->len, JSON_LAST_WINS, &r, NULL, err) < 0)
        return err_ctx(err, "%s line %llu", entry->segment, (unsigned long long)entry->line);
    const struct value *const result = value_field(r, "result");
    const char *const engine = value_cstr(value_path(r, "sallyport", "container", "engine", NULL));
    const struct label labels[] = {
        {"engine", engine ? engine : "unknown"},
        {"mode", value_cstr(value_field(result, "mode"))},
        {"operation", value_cstr(value_path(r, "sallyport", "operation", NULL))},
        {"verdict", value_cstr(value_field(result, "verdict"))},
    };
    const int64_t when = format_time_ns(r);

    if (when > 0 && (uint64_t)when > m->last)
        m->last = (uint64_t)when;
    if (value_is_str(value_field(result, "verdict"), "pass"))
        return count_request(m, r, err);
    if (bump(m, "sallyport_decisions_total", labels, ARRAY_LEN(labels), 1, err) < 0 ||
        count_rules(m, "sallyport_findings_total", value_field(result, "findings"), err) < 0 ||
        count_rules(m, "sallyport_refusals_total", value_field(result, "refusals"), err) < 0)
        return -1;
    return count_duration(m, r, err);
}

/* --- what is kept ------------------------------------------------------------------------------
 */

static int state_load(int dirfd, struct metrics *m, struct err *err)
{
    AUTO_FREE char *text = NULL;
    const struct value *v = NULL;
    size_t len = 0;

    if (faccessat(dirfd, STATE, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
        return 0;
    if (file_read_at(dirfd, STATE, PLACE_MAX, &text, &len, NULL, err) < 0 ||
        json_parse(m->arena, text, len, JSON_STRICT, &v, NULL, err) < 0 ||
        place_parse(v, STATE, &m->place, err) < 0)
        return err_ctx(err, "forward/" STATE);
    const struct value *const kept = value_field(v, "series");
    const struct value *const last = value_field(v, "last");
    if (!kept || !value_is(kept, VALUE_OBJECT) || !last || !value_uint64(last, &m->last))
        return err_set(err, ERR_INVALID, "forward/" STATE ": no counters in it");
    for (size_t i = 0; i < kept->count; i++) {
        const char *const key = value_cstr(value_key_at(kept, i));
        uint64_t n = 0;

        if (!key || !value_uint64(value_val_at(kept, i), &n))
            return err_set(err, ERR_INVALID, "forward/" STATE ": a counter is malformed");
        if (add(m, key, n, err) < 0)
            return -1;
    }
    return 0;
}

static int state_save(int dirfd, const struct metrics *m, struct err *err)
{
    AUTO_BUF struct buf b = {.max = PLACE_MAX};

    buf_putc(&b, '{');
    place_print(&b, &m->place);
    buf_printf(&b, ",\"last\":%" PRIu64 ",\"series\":{", m->last);
    for (size_t i = 0; i < m->n; i++) {
        if (i)
            buf_putc(&b, ',');
        json_print_string(&b, m->at[i].key, strlen(m->at[i].key));
        buf_printf(&b, ":%" PRIu64, m->at[i].n);
    }
    buf_puts(&b, "}}\n");
    if (buf_check(&b, err) < 0)
        return -1;
    return file_replace_at(dirfd, STATE, b.data, b.len, NULL, 0600, 1, err);
}

int metrics_count(const char *dir, struct arena *a, struct metrics **out,
                  struct spool_report *report, struct err *err)
{
    struct metrics *const m = ARENA_NEW(a, struct metrics);
    AUTO_FD int dirfd = m ? place_open(dir, true, err) : err_nomem(err);
    AUTO_FD int lock = -1;

    if (dirfd < 0)
        return -1;
    lock = openat(dirfd, "metrics.lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (lock < 0)
        return err_sys(err, "forward/metrics.lock");
    if (flock(lock, LOCK_EX | LOCK_NB) < 0)
        return err_set(err, ERR_LIMIT, "another run counts records");
    m->arena = a;
    if (state_load(dirfd, m, err) < 0)
        return -1;
    const struct spool_place before = m->place;
    if (spool_walk_on(dir, &m->place, count, m, report, err) < 0)
        return -1;
    if (memcmp(&before, &m->place, sizeof(before)) != 0 && state_save(dirfd, m, err) < 0)
        return -1;
    *out = m;
    return 0;
}

/* --- printing ----------------------------------------------------------------------------------
 */

static const struct {
    const char *name, *type, *help;
} heads[] = {
    {DURATION, "histogram", "From reading the document to the decision."},
    {"sallyport_decisions_total", "counter", "Decisions recorded."},
    {"sallyport_findings_total", "counter", "Findings of rules, by rule."},
    {"sallyport_refusals_total", "counter", "Findings that refused a container, by rule."},
    {"sallyport_requests_total", "counter", "Requests recorded and passed on (lifecycle_events)."},
};

void metrics_head(struct buf *b, const char *name, const char *type, const char *help)
{
    buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* Buckets are printed by their bounds, which is not the order of their texts. */
static void print_histogram(struct buf *b, const struct metrics *m)
{
    for (size_t i = 0; i < ARRAY_LEN(buckets); i++)
        for (size_t k = 0; k < m->n; k++) {
            const char *const brace = strchr(m->at[k].key, '{');

            if (strncmp(m->at[k].key, DURATION "_bucket{", strlen(DURATION "_bucket{")) == 0 &&
                strncmp(brace + strlen("{le=\""), buckets[i].le, strlen(buckets[i].le)) == 0 &&
                brace[strlen("{le=\"") + strlen(buckets[i].le)] == '"')
                buf_printf(b, "%s %" PRIu64 "\n", m->at[k].key, m->at[k].n);
        }
    for (size_t k = 0; k < m->n; k++) {
        if (strcmp(m->at[k].key, DURATION "_sum") == 0)
            buf_printf(b, "%s %.6f\n", m->at[k].key, (double)m->at[k].n / 1e6);
        if (strcmp(m->at[k].key, DURATION "_count") == 0)
            buf_printf(b, "%s %" PRIu64 "\n", m->at[k].key, m->at[k].n);
    }
}

int metrics_print(struct buf *b, const struct metrics *m, struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
        metrics_head(b, heads[i].name, heads[i].type, heads[i].help);
        if (strcmp(heads[i].name, DURATION) == 0) {
            print_histogram(b, m);
            continue;
        }
        for (size_t k = 0; k < m->n; k++) {
            const size_t len = strlen(heads[i].name);

            if (strncmp(m->at[k].key, heads[i].name, len) == 0 && m->at[k].key[len] == '{')
                buf_printf(b, "%s %" PRIu64 "\n", m->at[k].key, m->at[k].n);
        }
    }
    metrics_head(b, "sallyport_last_decision_timestamp_seconds", "gauge",
                 "When the newest record was written.");
    buf_printf(b, "sallyport_last_decision_timestamp_seconds %.3f\n", (double)m->last / 1e9);
    return buf_check(b, err);
}
