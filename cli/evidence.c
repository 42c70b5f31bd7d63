/* `sallyport evidence collect` and `sallyport evidence verify`. */
#include "report/evidence.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "audit/log/log.h"
#include "audit/log/records.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "cli/assess.h"
#include "cli/log_keys.h"
#include "cli/record_filter.h"
#include "cli/report_gather.h"
#include "cli/spooled.h"
#include "policy/value/json.h"
#include "report/render.h"

#define EVIDENCE_ARENA ((size_t)8 << 30)

enum { RECORD_SCRATCH = 16 * 1024 * 1024, SOURCE_BYTES_MAX = 16 * 1024 * 1024 };

const struct option_row evidence_collect_options[] = {
    {"output", 'o', "FILE", "the archive (needed)", NULL},
    {"framework", 'F', "LIST", "of the reports in it (cis-docker,k8s-pss)", NULL},
    {"since", 0, "TIME", "records from then on: RFC 3339 in UTC, a date, or 6h, 7d ago", NULL},
    {"until", 0, "TIME", "before then", NULL},
    {"key", 'k', "FILE", "the log's secret key (" LOG_KEY ")", NULL},
    {"title", 0, "TEXT", "of the reports", NULL},
    {"trend", 0, "STEP", "day, hour or none", NULL},
    {"data", 0, "DIR", "frameworks, formats and host rules (" REPORT_DATA ")", NULL},
    {"log", 0, "DIR", "the log's directory", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

const struct option_row evidence_verify_options[] = {
    {"key", 'k', "FILE", "the log's verifier keys (" LOG_KEY ".pub)", NULL},
    {"format", 'f', "FORMAT", "how to print", format_text_json},
    {"extract", 'x', "NAME", "print this file of the archive, once all holds", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

/* --- collecting ----------------------------------------------------------------------------------
 */

struct collecting {
    struct call *call;
    struct arena *a;
    const char *dir;
    struct record_filter filter;
    struct archive_files files;
    struct value_list inputs, policies; /* digests that records name */
    uint64_t count, first, last, pending, gone;
};

static int add(struct collecting *c, const char *name, const void *bytes, size_t len,
               struct err *err)
{
    return name ? archive_add(&c->files, c->a, name, bytes, len, err) : err_nomem(err);
}

static int add_json(struct collecting *c, const char *name, const struct value *v, struct err *err)
{
    AUTO_BUF struct buf text = BUF_INIT;

    json_print(&text, v, JSON_PRETTY);
    buf_putc(&text, '\n');
    return buf_check(&text, err) < 0 ? -1 : add(c, name, text.data, text.len, err);
}

static void note_once(struct arena *a, struct value_list *l, const struct value *v)
{
    if (!v || !value_is(v, VALUE_STRING))
        return;
    for (size_t i = l->n; i-- > 0;) {
        if (value_equal(l->items[i], v))
            return;
    }
    value_list_add(a, l, value_copy(a, v));
}

static int take_record(void *ctx, uint64_t index, const char *json, size_t len, struct err *err)
{
    struct collecting *const c = ctx;
    AUTO_ARENA struct arena scratch = ARENA_INIT(RECORD_SCRATCH);
    AUTO_BUF struct buf proof = BUF_INIT;
    const struct value *record;

    if (json_parse(&scratch, json, len, JSON_LAST_WINS, &record, NULL, err) < 0)
        return err_ctx(err, "record");
    if (!record_filter_wants(&c->filter, record))
        return 0;
    if (index == RECORD_PENDING) {
        c->pending++;
        return 0;
    }
    if (log_prove(c->dir, index, &proof, err) < 0 ||
        add(c, arena_printf(c->a, "records/%" PRIu64 ".json", index), json, len, err) < 0 ||
        add(c, arena_printf(c->a, "proofs/%" PRIu64 ".tlog-proof", index), proof.data, proof.len,
            err) < 0)
        return -1;
    note_once(c->a, &c->inputs, value_path(record, "sallyport", "digests", "input", NULL));
    note_once(c->a, &c->policies, value_path(record, "sallyport", "policy", "image", NULL));
    if (c->count++ == 0)
        c->first = index;
    c->last = index;
    return 0;
}

static int take_input(void *ctx, const struct spool_entry *e, struct err *err)
{
    struct collecting *const c = ctx;
    char digest[DIGEST_HEX_LEN + 1];
    const char *bytes;
    size_t len;

    if (!spool_blob(e, digest, &bytes, &len))
        return 0;
    for (size_t i = 0; i < c->inputs.n; i++) {
        if (strcmp(value_bytes(c->inputs.items[i]), digest) != 0)
            continue;
        const char *const name = arena_printf(c->a, "inputs/%s.json", digest);
        if (!name)
            return err_nomem(err);
        return archive_find(&c->files, name) ? 0 : add(c, name, bytes, len, err);
    }
    return 0;
}

/* A source that was changed since activation is not the one that judged: it stays out. */
static int add_source(struct collecting *c, const struct value *source, struct err *err)
{
    const char *const path = value_cstr(value_field(source, "path"));
    const char *const sum = value_cstr(value_field(source, "sha256"));
    AUTO_FREE char *text = NULL;
    struct err quiet = ERR_INIT;
    char hex[DIGEST_HEX_LEN + 1];
    size_t len;

    if (!path || !sum || path[0] != '/')
        return 0;
    const char *const name = arena_printf(c->a, "sources/%s", sum);
    if (!name)
        return err_nomem(err);
    if (archive_find(&c->files, name))
        return 0;
    if (file_read_at(AT_FDCWD, path, SOURCE_BYTES_MAX, &text, &len, NULL, &quiet) < 0) {
        c->gone++;
        return 0;
    }
    digest_hex(text, len, hex);
    if (strcmp(hex, sum) != 0) {
        c->gone++;
        return 0;
    }
    return add(c, name, text, len, err);
}

static int add_policy(struct collecting *c, const struct image *img, struct err *err)
{
    const char *const digest = value_cstr(value_field(img->meta, "digest"));
    const struct value *const sources = value_field(img->meta, "sources");

    if (!digest || !str_starts(digest, "sha256:"))
        return 0;
    if (add(c, arena_printf(c->a, "policies/%s.img", digest + 7), img->bytes, img->len, err) < 0 ||
        add_json(c, arena_printf(c->a, "policies/%s.json", digest + 7), img->meta, err) < 0)
        return -1;
    for (size_t i = 0; sources && value_is(sources, VALUE_ARRAY) && i < sources->count; i++) {
        if (add_source(c, value_at(sources, i), err) < 0)
            return -1;
    }
    return 0;
}

static int add_reports(struct collecting *c, const char *data, const struct value *gathered,
                       int64_t now, struct err *err)
{
    static const char *const kinds[][2] = {{"json", "reports/report.json"},
                                           {"html", "reports/report.html"},
                                           {"oscal", "reports/oscal.json"},
                                           {"csv", "reports/report.csv"}};
    const char *const formats = arena_printf(c->a, "%s/report", data);
    const struct value *model;

    if (!formats)
        return err_nomem(err);
    if (report_model(c->a, formats, gathered, now, &model, err) < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        AUTO_BUF struct buf text = BUF_INIT;

        if (report_render(c->a, formats, kinds[i][0], NULL, gathered, model, now, &text, err) < 0 ||
            add(c, kinds[i][1], text.data ? text.data : "", text.len, err) < 0)
            return -1;
    }
    return 0;
}

static int add_checkpoint(struct collecting *c, struct err *err)
{
    const char *const path = arena_printf(c->a, "%s/log/checkpoint", c->dir);
    AUTO_FREE char *text = NULL;
    size_t len;

    if (!path)
        return err_nomem(err);
    if (file_read_at(AT_FDCWD, path, NOTE_MAX, &text, &len, NULL, err) < 0)
        return err_ctx(err, "%s (sallyport audit integrate makes it)", path);
    return add(c, "checkpoint", text, len, err);
}

static const struct value *head_of(struct collecting *c, const char *host, const char *origin,
                                   int64_t now)
{
    struct arena *const a = c->a;
    struct value_fields f = {0}, log = {0}, records = {0};
    char time[CLOCK_TEXT_MAX];

    clock_rfc3339(now, 0, time);
    value_fields_add(a, &log, "origin", value_str(a, origin));
    value_fields_add(a, &records, "count", value_u64(a, c->count));
    value_fields_add(a, &records, "first", value_u64(a, c->first));
    value_fields_add(a, &records, "last", value_u64(a, c->last));
    value_fields_add(a, &records, "pending", value_u64(a, c->pending));
    value_fields_add(a, &f, "version", value_int(a, 1));
    value_fields_add(a, &f, "created", value_str(a, time));
    value_fields_add(a, &f, "host", value_str(a, host));
    value_fields_add(a, &f, "tool", value_str(a, "sallyport " SALLYPORT_VERSION));
    value_fields_add(a, &f, "since", value_str(a, c->filter.since));
    value_fields_add(a, &f, "until", value_str(a, c->filter.until));
    value_fields_add(a, &f, "log", value_fields_object(a, &log));
    value_fields_add(a, &f, "records", value_fields_object(a, &records));
    value_fields_add(a, &f, "policies", value_list_array(a, &c->policies));
    value_fields_add(a, &f, "sources_changed", value_u64(a, c->gone));
    return value_fields_object(a, &f);
}

static int write_archive(struct collecting *c, const char *output, int64_t now, struct err *err)
{
    AUTO_BUF struct buf packed = BUF_INIT;

    if (archive_pack(&c->files, now / 1000000000, &packed, err) < 0)
        return -1;
    if (file_replace_at(AT_FDCWD, output, packed.data, packed.len, NULL, 0600, 1, err) < 0)
        return err_ctx(err, "%s", output);
    buf_printf(&c->call->out, "%s: %zu files, %" PRIu64 " records, %zu bytes\n", output, c->files.n,
               c->count, packed.len);
    if (c->pending)
        buf_printf(&c->call->log,
                   "sallyport: %" PRIu64
                   " records wait for sallyport audit integrate: they are not "
                   "in it\n",
                   c->pending);
    if (c->gone)
        buf_printf(&c->call->log,
                   "sallyport: %" PRIu64
                   " sources of the policies were changed since: they are not "
                   "in it, the compiled policies are\n",
                   c->gone);
    return EXIT_CLEAN;
}

static int gather_all(struct collecting *c, struct gathering *g, const char *data, int64_t now,
                      const struct value **gathered, struct err *err)
{
    struct spool_report report = {.intact = true};
    const struct value *host;

    if (record_filter_init(&c->filter, c->call, err) < 0 ||
        gathering_run(g, c->call, c->a, now, gathered, err) < 0 || add_checkpoint(c, err) < 0 ||
        records_each(c->dir, take_record, c, &report, err) < 0 ||
        spool_walk(c->dir, take_input, c, &report, err) < 0)
        return -1;
    if (!report.intact)
        return err_set(err, ERR_INVALID, "the log is broken: %s", report.first_fault);
    if (add_policy(c, &g->judged.gate.image, err) < 0 ||
        (g->previous.bytes && add_policy(c, &g->previous, err) < 0) ||
        assess_host(c->a, data, g->judged.gate.settings, &host, err) < 0 ||
        add_json(c, "host.json", host, err) < 0)
        return -1;
    return add_reports(c, data, *gathered, now, err);
}

int cmd_evidence_collect(struct call *call, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(EVIDENCE_ARENA);
    AUTO_GATHERING struct gathering g = GATHERING_INIT;
    AUTO_LOG_KEYS struct log_keys keys = {.n = 0};
    struct collecting c = {.call = call, .a = &a, .dir = spooled_dir(call)};
    const char *const output = call_value(call, "output", NULL);
    const char *const data = call_value(call, "data", REPORT_DATA);
    const int64_t now = clock_wall_ns();
    const struct value *gathered;

    if (!output)
        return err_set(err, ERR_USAGE, "evidence collect: --output FILE is needed");
    if (log_keys_secret(call_value(call, "key", LOG_KEY), &keys, err) < 0 ||
        gather_all(&c, &g, data, now, &gathered, err) < 0)
        return -1;
    const char *const host = value_cstr(value_field(gathered, "host"));
    const struct value *const head = head_of(&c, host ? host : "?", keys.key[0].name, now);
    if (!head)
        return err_nomem(err);
    if (evidence_seal(&c.files, &a, head, keys.key, keys.n, err) < 0)
        return -1;
    return write_archive(&c, output, now, err);
}

/* --- verifying
 * ------------------------------------------------------------------------------------ */

static const struct value *result_of(struct arena *a, const struct evidence *e, bool holds)
{
    static const char *const told[] = {"created", "host", "since", "until", "log", "policies"};
    struct value_fields f = {0};

    value_fields_add(a, &f, "holds", value_bool_of(holds));
    value_fields_add(a, &f, "faults", value_list_array(a, &e->faults));
    value_fields_add(a, &f, "files", value_u64(a, e->files));
    value_fields_add(a, &f, "records", value_u64(a, e->records));
    value_fields_add(a, &f, "proven", value_u64(a, e->proven));
    value_fields_add(a, &f, "inputs", value_u64(a, e->inputs));
    value_fields_add(a, &f, "replayed", value_u64(a, e->replayed));
    value_fields_add(a, &f, "not_replayed", value_u64(a, e->unreplayed));
    for (size_t i = 0; i < ARRAY_LEN(told); i++)
        value_fields_add(a, &f, told[i], value_field(e->manifest, told[i]));
    return value_fields_object(a, &f);
}

static void print_text(struct call *call, const struct evidence *e, const char *key)
{
    const char *const host = value_cstr(value_field(e->manifest, "host"));
    const char *const created = value_cstr(value_field(e->manifest, "created"));

    for (size_t i = 0; i < e->faults.n; i++) {
        paint(call, PAINT_RED, "fault");
        buf_puts(&call->out, ": ");
        buf_puts(&call->out, value_bytes(e->faults.items[i]));
        buf_putc(&call->out, '\n');
    }
    if (e->faults.n == 0) {
        paint(call, PAINT_GREEN, "holds");
        buf_puts(&call->out, ": signed by ");
        say(&call->out, key);
        buf_puts(&call->out, " for ");
        say(&call->out, host ? host : "?");
        buf_puts(&call->out, " on ");
        say(&call->out, created ? created : "?");
        buf_putc(&call->out, '\n');
    }
    buf_printf(&call->out,
               "%zu files, %zu records (%" PRIu64 " to %" PRIu64 "), %zu proven, %zu decided again "
               "alike, %zu could not be decided again\n",
               e->files, e->records, e->first, e->last, e->proven, e->replayed, e->unreplayed);
}

static int extract(struct call *call, const struct archive_files *files, const char *name,
                   struct err *err)
{
    const struct archive_file *const f = archive_find(files, name);

    if (!f)
        return err_set(err, ERR_USAGE, "the archive has no file %s", name);
    buf_add(&call->out, f->bytes, f->len);
    return EXIT_CLEAN;
}

int cmd_evidence_verify(struct call *call, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(EVIDENCE_ARENA);
    AUTO_LOG_KEYS struct log_keys keys = {.n = 0};
    AUTO_FREE char *bytes = NULL;
    const char *const name = call_value(call, "extract", NULL);
    struct archive_files files = {0};
    struct evidence e = {.manifest = NULL};
    struct err why = ERR_INIT;
    size_t len;

    if (log_keys_of(call, &keys, err) < 0 ||
        file_read_at(AT_FDCWD, call->args[0], ARCHIVE_BYTES_MAX, &bytes, &len, NULL, err) < 0)
        return -1;
    if (archive_unpack(&a, bytes, len, &files, &why) == 0) {
        if (evidence_check(&files, &a, &keys.key[0], &e, err) < 0)
            return -1;
    } else if (why.code == ERR_INVALID) {
        value_list_add(&a, &e.faults, value_str(&a, why.text));
    } else {
        *err = why;
        return -1;
    }
    const bool holds = e.faults.n == 0;
    if (name && holds)
        return extract(call, &files, name, err);
    if (call_json(call)) {
        const struct value *const result = result_of(&a, &e, holds);

        if (!result)
            return err_nomem(err);
        json_print(&call->out, result, JSON_PRETTY);
        buf_putc(&call->out, '\n');
    } else {
        print_text(call, &e, keys.key[0].name);
    }
    return holds ? EXIT_CLEAN : EXIT_FINDINGS;
}
