#include "cli/report_gather.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit/log/records.h"
#include "base/clock.h"
#include "base/own.h"
#include "base/str.h"
#include "cli/assess.h"
#include "cli/lint.h"
#include "cli/record_filter.h"
#include "cli/running.h"
#include "cli/spooled.h"
#include "policy/build/activate.h"
#include "policy/value/json.h"
#include "report/frameworks.h"

enum { RECORD_SCRATCH = 16 * 1024 * 1024, JUDGE_SCRATCH = 512 * 1024 * 1024 };

#define FRAMEWORKS_DEFAULT "cis-docker,k8s-pss"

void gathering_close(struct gathering *g)
{
    judged_close(&g->judged);
    image_close(&g->previous);
}

/* --- policies at hand ------------------------------------------------------------------------ */

/* The one before: absent is no fault, and one that cannot be read judges nothing. */
static int open_previous(struct gathering *g, struct err *err)
{
    struct err quiet = ERR_INIT;
    AUTO_FD int fd = open(POLICY_IMAGE ".previous", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0 || image_map(&g->previous, fd, &quiet) < 0 || image_check(&g->previous, &quiet) < 0)
        return 0;
    const char *const digest = value_cstr(value_field(g->previous.meta, "digest"));
    if (!digest || strcmp(digest, g->judged.gate.image_digest) == 0)
        return 0;
    return tally_policy(&g->tally, digest, g->previous.data, err);
}

/* --- the log --------------------------------------------------------------------------------- */

struct logged {
    struct gathering *g;
    struct record_filter filter;
    struct value_fields told;
    uint64_t records;
};

static int count_record(void *ctx, uint64_t index, const char *json, size_t len, struct err *err)
{
    struct logged *const l = ctx;
    AUTO_ARENA struct arena scratch = ARENA_INIT(RECORD_SCRATCH);
    const struct value *record;

    (void)index;
    if (json_parse(&scratch, json, len, JSON_LAST_WINS, &record, NULL, err) < 0)
        return err_ctx(err, "record");
    if (!record_filter_wants(&l->filter, record))
        return 0;
    l->records++;
    return tally_record(&l->g->tally, record, TALLY_RECORD, NULL, err);
}

static int from_log(struct gathering *g, struct call *call, struct arena *a, struct err *err)
{
    struct logged l = {.g = g};
    struct spool_report report = {.intact = true};
    const char *const dir = spooled_dir(call);

    if (record_filter_init(&l.filter, call, err) < 0)
        return -1;
    if (records_each(dir, count_record, &l, &report, err) < 0) {
        if (err->code != ERR_SYSTEM || err->sys != ENOENT)
            return -1;
        buf_puts(&call->log, "sallyport: nothing was recorded yet\n");
        report = (struct spool_report){.intact = true};
    }
    if (tally_result(&g->tally, "log-intact", report.intact ? OUTCOME_PASS : OUTCOME_FAIL, "log",
                     report.first_fault, err) < 0)
        return -1;
    if (!report.intact) {
        buf_puts(&call->log, "sallyport: the log is broken: ");
        say(&call->log, report.first_fault);
        buf_putc(&call->log, '\n');
    }
    value_fields_add(a, &l.told, "kind", value_str(a, "log"));
    value_fields_add(a, &l.told, "log", value_str(a, dir));
    value_fields_add(a, &l.told, "records", value_u64(a, l.records));
    value_fields_add(a, &l.told, "intact", value_bool_of(report.intact));
    if (l.filter.since[0])
        value_fields_add(a, &l.told, "since", value_str(a, l.filter.since));
    if (l.filter.until[0])
        value_fields_add(a, &l.told, "until", value_str(a, l.filter.until));
    g->source = value_fields_object(a, &l.told);
    return g->source ? 0 : err_nomem(err);
}

/* --- bundles --------------------------------------------------------------------------------- */

/* Judge one and count it. A running container whose bundle is gone is told as undetermined. */
static int judge_bundle(struct gathering *g, const struct call *call, const char *path,
                        enum tally_kind kind, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(JUDGE_SCRATCH);
    AUTO_BUNDLE struct bundle keep = BUNDLE_INIT;
    struct lint l = {.path = path, .bundle = BUNDLE_INIT};
    const struct value *record;
    const int looked = lint_look(call, &g->judged.gate, &l, &a, err);

    keep = l.bundle;
    if (looked < 0 || judge_told(&g->judged.gate, &l.j, &a, &record, err) < 0)
        return err_ctx(err, "%s", path);
    return tally_record(&g->tally, record, kind, l.path, err);
}

static int from_bundles(struct gathering *g, const struct call *call, struct arena *a,
                        struct err *err)
{
    struct value_fields told = {0};

    for (size_t i = 0; i < call->args_n; i++) {
        if (judge_bundle(g, call, call->args[i], TALLY_BUNDLE, err) < 0)
            return -1;
    }
    value_fields_add(a, &told, "kind", value_str(a, "bundles"));
    value_fields_add(a, &told, "records", value_u64(a, call->args_n));
    g->source = value_fields_object(a, &told);
    return g->source ? 0 : err_nomem(err);
}

static int one_running(struct gathering *g, struct call *call, const struct running *r,
                       struct err *err)
{
    struct err why = ERR_INIT;
    char msg[256];

    (void)snprintf(msg, sizeof msg, "process %d below %.100s was not admitted by the gate",
                   (int)r->pid, r->root);
    if (tally_result(&g->tally, "gate-running", r->gated ? OUTCOME_PASS : OUTCOME_FAIL, r->id, msg,
                     err) < 0)
        return -1;
    if (r->bundle && judge_bundle(g, call, r->bundle, TALLY_RUNNING, &why) == 0)
        return 0;
    if (r->bundle && why.code == ERR_NOMEM) {
        *err = why;
        return -1;
    }
    buf_printf(&call->log, "sallyport: %s was not judged: ", r->id);
    say(&call->log, r->bundle ? why.text : "its runtime does not tell its bundle");
    buf_putc(&call->log, '\n');
    return 0;
}

static int from_running(struct gathering *g, struct call *call, struct arena *a, struct err *err)
{
    struct value_fields told = {0};
    struct running *all;
    size_t n;

    if (running_find(a, gate_setting(&g->judged.gate, "state", SALLYPORT_STATE), &all, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (one_running(g, call, &all[i], err) < 0)
            return -1;
    }
    if (n == 0 && tally_result(&g->tally, "gate-running", OUTCOME_NOT_APPLICABLE, NULL,
                               "no container runs", err) < 0)
        return -1;
    value_fields_add(a, &told, "kind", value_str(a, "running"));
    value_fields_add(a, &told, "records", value_u64(a, n));
    g->source = value_fields_object(a, &told);
    return g->source ? 0 : err_nomem(err);
}

/* --- the document ------------------------------------------------------------------------------
 */

static const struct value *policy_of(struct arena *a, const struct gate *g)
{
    static const char *const of_settings[] = {"level", "mode"};
    struct value_fields f = {0};

    value_fields_add(a, &f, "digest", value_str(a, g->image_digest));
    value_fields_add(a, &f, "serial", value_field(g->image.meta, "serial"));
    value_fields_add(a, &f, "built", value_field(g->image.meta, "built"));
    for (size_t i = 0; i < ARRAY_LEN(of_settings); i++)
        value_fields_add(a, &f, of_settings[i], value_field(g->settings, of_settings[i]));
    return value_fields_object(a, &f);
}

static const struct value *paint_of(struct arena *a, bool on)
{
    static const char *const codes[][2] = {{"red", "\033[1;31m"},  {"green", "\033[32m"},
                                           {"yellow", "\033[33m"}, {"bold", "\033[1m"},
                                           {"dim", "\033[2m"},     {"off", "\033[0m"}};
    struct value_fields f = {0};

    for (size_t i = 0; i < ARRAY_LEN(codes); i++)
        value_fields_add(a, &f, codes[i][0], value_str(a, on ? codes[i][1] : ""));
    return value_fields_object(a, &f);
}

static const struct value *tool_of(struct arena *a)
{
    struct value_fields f = {0};

    value_fields_add(a, &f, "name", value_str(a, "sallyport"));
    value_fields_add(a, &f, "version", value_str(a, SALLYPORT_VERSION));
    return value_fields_object(a, &f);
}

/* Rules of the policy and of the host's assessment. */
static const struct value *catalogue_of(struct arena *a, const struct gathering *g)
{
    const struct value *const own =
        value_path(g->judged.gate.image.data, "sallyport", "catalogue", NULL);
    const struct value *const host = value_field(g->host, "catalogue");
    const struct value *all = own;

    for (size_t i = 0; all && host && i < host->count; i++)
        all = value_object_with(a, all, value_key_at(host, i), value_val_at(host, i));
    return all;
}

static const struct value *host_name(struct arena *a)
{
    char name[HOST_NAME_MAX + 1] = "";
    char line[HOST_NAME_MAX * 4];

    if (gethostname(name, sizeof name - 1) < 0 || !name[0])
        return value_str(a, "localhost");
    (void)str_escape(name, strlen(name), line, sizeof line);
    return value_str(a, line);
}

static const struct value *aws_of(struct arena *a, const struct call *call)
{
    struct value_fields f = {0};

    value_fields_add(a, &f, "account",
                     value_str(a, call_value(call, "aws-account", "000000000000")));
    value_fields_add(a, &f, "region", value_str(a, call_value(call, "aws-region", "us-east-1")));
    return value_fields_object(a, &f);
}

static int build(const struct gathering *g, const struct call *call, struct arena *a,
                 int64_t now_ns, const struct value_list *frameworks, const struct value **out,
                 struct err *err)
{
    const struct gate *const gate = &g->judged.gate;
    const bool plain = call_value(call, "output", NULL) || call_value(call, "template", NULL);
    struct value_fields f = {0};
    char now[CLOCK_TEXT_MAX];

    clock_rfc3339(now_ns, 0, now);
    value_fields_add(a, &f, "title",
                     value_str(a, call_value(call, "title", "Container compliance")));
    value_fields_add(a, &f, "generated", value_str(a, now));
    value_fields_add(a, &f, "tool", tool_of(a));
    value_fields_add(a, &f, "host", host_name(a));
    value_fields_add(a, &f, "source", g->source);
    value_fields_add(a, &f, "policy", policy_of(a, gate));
    value_fields_add(a, &f, "catalogue", catalogue_of(a, g));
    value_fields_add(a, &f, "settings",
                     value_path(gate->image.data, "sallyport", "settings", NULL));
    value_fields_add(a, &f, "asked", g->tally.asked);
    value_fields_add(a, &f, "tally", tally_value(&g->tally));
    value_fields_add(a, &f, "frameworks", value_list_array(a, frameworks));
    value_fields_add(a, &f, "aws", aws_of(a, call));
    value_fields_add(a, &f, "paint", paint_of(a, call->color && !plain));
    *out = value_fields_object(a, &f);
    return *out && !a->failed ? 0 : err_nomem(err);
}

static size_t trend_width(const struct call *call)
{
    const char *const trend = call_value(call, "trend", "day");

    return strcmp(trend, "hour") == 0 ? 13 : strcmp(trend, "day") == 0 ? 10 : 0;
}

static int gather(struct gathering *g, struct call *call, struct arena *a, struct err *err)
{
    if (call_flag(call, "running"))
        return from_running(g, call, a, err);
    return call->args_n ? from_bundles(g, call, a, err) : from_log(g, call, a, err);
}

int gathering_run(struct gathering *g, struct call *call, struct arena *a, int64_t now_ns,
                  const struct value **gathered, struct err *err)
{
    const char *const data = call_value(call, "data", REPORT_DATA);
    const char *const controls = arena_printf(a, "%s/controls", data);
    const char *const names = call_value(call, "framework", FRAMEWORKS_DEFAULT);
    struct value_list frameworks = {0};
    const struct value *asked;

    if (!controls)
        return err_nomem(err);
    if (frameworks_load(a, controls, names, &frameworks, err) < 0 ||
        frameworks_asked(a, controls, &asked, err) < 0 ||
        tally_init(&g->tally, a, asked, trend_width(call), err) < 0 ||
        judged_open(&g->judged, call, "lint", a, err) < 0)
        return -1;
    const struct gate *const gate = &g->judged.gate;
    if (tally_policy(&g->tally, gate->image_digest, gate->image.data, err) < 0 ||
        open_previous(g, err) < 0 || gather(g, call, a, err) < 0)
        return -1;
    if (call_flag(call, "assess") && (assess_host(a, data, gate->settings, &g->host, err) < 0 ||
                                      assess_tally(&g->tally, g->host, err) < 0))
        return -1;
    return build(g, call, a, now_ns, &frameworks, gathered, err);
}
