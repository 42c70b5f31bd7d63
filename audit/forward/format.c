#include "audit/forward/format.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit/log/records.h"
#include "base/own.h"
#include "policy/value/json.h"

const char *const record_format_names[] = {"json", "ocsf", "cef", "syslog", "otlp", "text", NULL};

enum record_format record_format_of(const char *name)
{
    size_t i = 0;

    while (record_format_names[i] && strcmp(record_format_names[i], name) != 0)
        i++;
    return record_format_names[i] ? (enum record_format)i : FORMAT_JSON;
}

/* What a verdict is called elsewhere. */
static const struct verdict_row {
    const char *verdict, *past;
    int syslog, cef, ocsf_severity, ocsf_action, ocsf_disposition, ocsf_status;
    const char *cef_outcome;
} verdicts[] = {
    {"admit", "admitted", 6, 1, 1, 1, 1, 1, "success"},
    {"harden", "hardened", 5, 3, 2, 4, 11, 1, "success"},
    {"refuse", "refused", 4, 7, 4, 2, 2, 2, "failure"},
    {"not-started", "did not start", 4, 5, 3, 99, 27, 2, "failure"},
    {"pass", "passed on", 6, 1, 1, 1, 1, 1, "success"},
    {NULL, "judged", 5, 3, 0, 0, 0, 0, "unknown"},
};

const struct value *format_field(struct arena *a, const char *key, const struct value *v)
{
    struct value_fields f = {0};

    value_fields_add(a, &f, key, v);
    return value_fields_object(a, &f);
}

static const char *text_or(const struct value *v, const char *otherwise)
{
    const char *const text = value_cstr(v);

    return text ? text : otherwise;
}

static const char *verdict_of(const struct value *record)
{
    return text_or(value_path(record, "result", "verdict", NULL), "");
}

static const struct verdict_row *row_of(const struct value *record)
{
    const struct verdict_row *row = verdicts;

    while (row->verdict && strcmp(row->verdict, verdict_of(record)) != 0)
        row++;
    return row;
}

int format_severity(const struct value *record)
{
    return row_of(record)->syslog;
}

static const struct value *container_of(const struct value *record)
{
    return value_path(record, "sallyport", "container", NULL);
}

/* The finding told first: what refused, else what was found. */
static const struct value *first_finding(const struct value *record)
{
    const struct value *const refusals = value_path(record, "result", "refusals", NULL);
    const struct value *const findings = value_path(record, "result", "findings", NULL);

    if (refusals && value_is(refusals, VALUE_ARRAY) && refusals->count > 0)
        return value_at(refusals, 0);
    return findings && value_is(findings, VALUE_ARRAY) && findings->count > 0
               ? value_at(findings, 0)
               : NULL;
}

const char *format_image(const struct value *record)
{
    const struct value *const image = value_field(container_of(record), "image");
    const char *const name = value_cstr(value_field(image, "name"));

    return name ? name : text_or(image, NULL);
}

const char *format_rule(const struct value *record)
{
    return value_cstr(value_field(first_finding(record), "rule"));
}

void format_sentence(struct buf *b, const struct value *record)
{
    const struct value *const c = container_of(record);
    const struct value *const f = first_finding(record);
    const char *const error = value_cstr(value_path(record, "sallyport", "error", NULL));
    const char *const signal =
        value_cstr(value_path(record, "sallyport", "request", "signal", NULL));

    buf_printf(b, "%s %s (%s)", row_of(record)->past,
               text_or(value_field(c, "name"), text_or(value_field(c, "id"), "-")),
               text_or(value_path(record, "sallyport", "operation", NULL), "?"));
    if (error)
        buf_printf(b, ": %s", error);
    else if (signal)
        buf_printf(b, ": signal %s", signal);
    else if (f)
        buf_printf(b, ": %s: %s", text_or(value_field(f, "rule"), "?"),
                   text_or(value_field(f, "msg"), ""));
}

/* Control bytes would begin a new line for whoever reads lines. */
static void flat(struct buf *b, const char *text)
{
    for (; *text; text++)
        buf_putc(b, (unsigned char)*text < 0x20 || *text == 0x7f ? ' ' : *text);
}

static void flat_sentence(struct buf *b, const struct value *record)
{
    AUTO_BUF struct buf s = BUF_INIT;

    format_sentence(&s, record);
    flat(b, s.data ? s.data : "");
}

/* --- OCSF ------------------------------------------------------------------------------------ */

int64_t format_time_ns(const struct value *record)
{
    const char *const t = value_cstr(value_field(record, "timestamp"));
    int64_t ns = 0, unit = 100000000;
    int y, mo, d, h, mi, s;

    if (!t || sscanf(t, "%4d-%2d-%2dT%2d:%2d:%2d", &y, &mo, &d, &h, &mi, &s) != 6)
        return 0;
    for (const char *p = t + 19; *p && *++p >= '0' && *p <= '9' && unit > 0; unit /= 10)
        ns += (*p - '0') * unit;
    /* Days since 1970 in the Gregorian calendar, years counted from March. */
    const int64_t year = mo <= 2 ? y - 1 : y, era = year / 400, yoe = year - era * 400;
    const int64_t doy = (153 * (mo + (mo > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    const int64_t days = era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
    return (((days * 24 + h) * 60 + mi) * 60 + s) * 1000000000 + ns;
}

static int64_t epoch_ms(const struct value *record)
{
    return format_time_ns(record) / 1000000;
}

static const struct value *ocsf_container(struct arena *a, const struct value *record)
{
    const struct value *const c = container_of(record);
    struct value_fields f = {0}, image = {0};
    const char *const name = format_image(record);

    value_fields_add(a, &image, "name", name ? value_str(a, name) : NULL);
    value_fields_add(a, &image, "uid", value_path(c, "image", "digest", NULL));
    value_fields_add(a, &f, "uid", value_field(c, "id"));
    value_fields_add(a, &f, "name", value_field(c, "name"));
    value_fields_add(a, &f, "runtime", value_field(c, "engine"));
    value_fields_add(a, &f, "pod_uuid", value_path(c, "kubernetes", "uid", NULL));
    if (image.keys.n > 0)
        value_fields_add(a, &f, "image", value_fields_object(a, &image));
    return value_fields_object(a, &f);
}

static const struct value *ocsf_metadata(struct arena *a, const struct format_context *c,
                                         const struct value *record)
{
    static const char *const names[] = {"security_control", "container", "host"};
    struct value_fields f = {0}, product = {0};
    struct value_list profiles = {0};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        value_list_add(a, &profiles, value_str(a, names[i]));
    value_fields_add(a, &product, "name", value_str(a, "Sallyport"));
    value_fields_add(a, &product, "vendor_name", value_str(a, "Sallyport"));
    value_fields_add(a, &product, "version", value_path(record, "labels", "version", NULL));
    value_fields_add(a, &f, "version", value_str(a, "1.8.0"));
    value_fields_add(a, &f, "product", value_fields_object(a, &product));
    value_fields_add(a, &f, "profiles", value_list_array(a, &profiles));
    value_fields_add(a, &f, "uid", value_field(record, "decision_id"));
    value_fields_add(a, &f, "log_name", c->origin ? value_str(a, c->origin) : NULL);
    value_fields_add(a, &f, "sequence", c->index == RECORD_PENDING ? NULL : value_u64(a, c->index));
    return value_fields_object(a, &f);
}

static const struct value *ocsf_device(struct arena *a, const struct value *record)
{
    struct value_fields f = {0};

    value_fields_add(a, &f, "hostname", value_path(record, "labels", "id", NULL));
    value_fields_add(a, &f, "type_id", value_int(a, 0));
    return value_fields_object(a, &f);
}

/* Behind a daemon nobody knows who asked: then the actor is the daemon. */
static const struct value *ocsf_actor(struct arena *a, const struct value *record)
{
    const struct value *const actor = value_path(record, "sallyport", "actor", NULL);
    const struct value *const uid = value_field(actor, "login_uid");
    const struct value *const daemon = value_field(actor, "daemon");
    int64_t n;

    if (uid && value_int64(uid, &n))
        return format_field(a, "user", format_field(a, "uid", value_strf(a, "%lld", (long long)n)));
    if (value_cstr(daemon))
        return format_field(a, "app_name", daemon);
    return format_field(a, "app_name", value_path(record, "sallyport", "caller", NULL));
}

/* OCSF's Process Activity: 1 launch, 2 terminate. */
static int ocsf_activity(const struct value *record)
{
    const struct value *const operation = value_path(record, "sallyport", "operation", NULL);

    return value_is_str(operation, "kill") || value_is_str(operation, "delete") ? 2 : 1;
}

const struct value *format_ocsf(struct arena *a, const struct format_context *c,
                                const struct value *record)
{
    const struct verdict_row *const row = row_of(record);
    const bool observed = value_is_str(value_path(record, "result", "mode", NULL), "audit");
    AUTO_BUF struct buf sentence = BUF_INIT;
    struct value_fields f = {0}, process = {0}, policy = {0};

    flat_sentence(&sentence, record);
    value_fields_add(a, &process, "name",
                     value_path(record, "sallyport", "container", "name", NULL));
    value_fields_add(a, &process, "container", ocsf_container(a, record));
    value_fields_add(a, &policy, "name", value_str(a, "sallyport"));
    value_fields_add(a, &policy, "uid", value_path(record, "sallyport", "policy", "image", NULL));
    value_fields_add(a, &policy, "is_applied", value_bool_of(!observed));
    value_fields_add(a, &f, "class_uid", value_int(a, 1007));
    value_fields_add(a, &f, "category_uid", value_int(a, 1));
    value_fields_add(a, &f, "activity_id", value_int(a, ocsf_activity(record)));
    value_fields_add(a, &f, "type_uid", value_int(a, 100700 + ocsf_activity(record)));
    value_fields_add(a, &f, "time", value_int(a, epoch_ms(record)));
    value_fields_add(a, &f, "severity_id", value_int(a, row->ocsf_severity));
    value_fields_add(a, &f, "action_id", value_int(a, observed ? 3 : row->ocsf_action));
    value_fields_add(a, &f, "disposition_id", value_int(a, observed ? 17 : row->ocsf_disposition));
    value_fields_add(a, &f, "status_id", value_int(a, row->ocsf_status));
    value_fields_add(a, &f, "is_alert", value_bool_of(row->ocsf_action == 2));
    value_fields_add(a, &f, "message", value_string(a, sentence.data, sentence.len));
    value_fields_add(a, &f, "metadata", ocsf_metadata(a, c, record));
    value_fields_add(a, &f, "device", ocsf_device(a, record));
    value_fields_add(a, &f, "actor", ocsf_actor(a, record));
    value_fields_add(a, &f, "process", value_fields_object(a, &process));
    value_fields_add(a, &f, "policy", value_fields_object(a, &policy));
    return value_fields_object(a, &f);
}

static int print_value(struct buf *b, const struct value *v, struct err *err)
{
    if (!v)
        return err_nomem(err);
    json_print(b, v, JSON_COMPACT);
    return 0;
}

/* --- CEF ------------------------------------------------------------------------------------- */

static void escaped(struct buf *b, const char *text, const char *special)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f) {
            buf_putc(b, ' ');
            continue;
        }
        if (strchr(special, *text))
            buf_putc(b, '\\');
        buf_putc(b, *text);
    }
}

static void cef_pair(struct buf *b, const char *key, const char *value)
{
    if (!value)
        return;
    buf_printf(b, " %s=", key);
    escaped(b, value, "\\=");
}

static void cef_labelled(struct buf *b, int n, const char *label, const char *value)
{
    char key[16];

    if (!value)
        return;
    (void)snprintf(key, sizeof(key), "cs%d", n);
    cef_pair(b, key, value);
    (void)snprintf(key, sizeof(key), "cs%dLabel", n);
    cef_pair(b, key, label);
}

static void print_cef(struct buf *b, const struct format_context *c, const struct value *record)
{
    const struct verdict_row *const row = row_of(record);
    const struct value *const box = container_of(record);
    const struct value *const f = first_finding(record);
    AUTO_BUF struct buf sentence = BUF_INIT;

    format_sentence(&sentence, record);
    buf_puts(b, "CEF:0|Sallyport|Sallyport|");
    escaped(b, text_or(value_path(record, "labels", "version", NULL), "0"), "\\|");
    buf_putc(b, '|');
    escaped(b, f ? text_or(value_field(f, "rule"), "decision") : "decision", "\\|");
    buf_printf(b, "|container %s|%d|", row->past, row->cef);
    buf_printf(b, "rt=%lld", (long long)epoch_ms(record));
    cef_pair(b, "act", verdict_of(record));
    cef_pair(b, "outcome", row->cef_outcome);
    cef_pair(b, "externalId", value_cstr(value_field(record, "decision_id")));
    cef_pair(b, "dvchost", value_cstr(value_path(record, "labels", "id", NULL)));
    cef_labelled(b, 1, "container", value_cstr(value_field(box, "id")));
    cef_labelled(b, 2, "containerName", value_cstr(value_field(box, "name")));
    cef_labelled(b, 3, "image", format_image(record));
    cef_labelled(b, 4, "engine", value_cstr(value_field(box, "engine")));
    cef_labelled(b, 5, "logOrigin", c->origin);
    if (c->index != RECORD_PENDING)
        buf_printf(b, " cn1=%" PRIu64 " cn1Label=logIndex", c->index);
    cef_pair(b, "msg", sentence.data);
}

/* --- syslog ---------------------------------------------------------------------------------- */

/* Printable US-ASCII of at most `max` bytes, or "-". */
static void syslog_word(struct buf *b, const char *text, size_t max)
{
    size_t n = 0;

    for (; text && text[n] && n < max; n++)
        buf_putc(b, text[n] > 0x20 && text[n] < 0x7f ? text[n] : '_');
    if (n == 0)
        buf_putc(b, '-');
}

static void sd_param(struct buf *b, const char *name, const char *value)
{
    if (!value)
        return;
    buf_printf(b, " %s=\"", name);
    escaped(b, value, "\"\\]");
    buf_putc(b, '"');
}

/* RFC 3339 with six digits of the fraction, as RFC 5424 wants. */
static void syslog_time(struct buf *b, const char *t)
{
    if (!t || strlen(t) < 20) {
        buf_putc(b, '-');
        return;
    }
    const size_t digits = t[19] == '.' ? strspn(t + 20, "0123456789") : 0;
    buf_add(b, t, 19 + (digits ? 1 + (digits < 6 ? digits : 6) : 0));
    buf_putc(b, 'Z');
}

enum { FACILITY_AUTHPRIV = 10 };

static void print_syslog(struct buf *b, const struct format_context *c, const struct value *record)
{
    const struct value *const box = container_of(record);
    const struct value *const f = first_finding(record);

    buf_printf(b, "<%d>1 ", FACILITY_AUTHPRIV * 8 + format_severity(record));
    syslog_time(b, value_cstr(value_field(record, "timestamp")));
    buf_putc(b, ' ');
    syslog_word(b, value_cstr(value_path(record, "labels", "id", NULL)), 255);
    buf_puts(b, " sallyport - ");
    syslog_word(b, verdict_of(record), 32);
    buf_puts(b, " [decision@32473");
    sd_param(b, "id", value_cstr(value_field(record, "decision_id")));
    sd_param(b, "verdict", verdict_of(record));
    sd_param(b, "operation", value_cstr(value_path(record, "sallyport", "operation", NULL)));
    sd_param(b, "container", value_cstr(value_field(box, "id")));
    sd_param(b, "name", value_cstr(value_field(box, "name")));
    sd_param(b, "image", format_image(record));
    sd_param(b, "engine", value_cstr(value_field(box, "engine")));
    sd_param(b, "rule", f ? value_cstr(value_field(f, "rule")) : NULL);
    sd_param(b, "origin", c->origin);
    if (c->index != RECORD_PENDING)
        buf_printf(b, " index=\"%" PRIu64 "\"", c->index);
    buf_puts(b, "] \xef\xbb\xbf");
    flat_sentence(b, record);
}

int format_record(struct buf *b, enum record_format format, const struct format_context *c,
                  const struct value *record, const char *json, size_t len, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(4 << 20);

    switch (format) {
    case FORMAT_JSON:
        buf_add(b, json, len);
        break;
    case FORMAT_OCSF:
        if (print_value(b, format_ocsf(&a, c, record), err) < 0)
            return -1;
        break;
    case FORMAT_OTLP:
        if (print_value(b, format_otlp(&a, c, record), err) < 0)
            return -1;
        break;
    case FORMAT_CEF:
        print_cef(b, c, record);
        break;
    case FORMAT_SYSLOG:
        print_syslog(b, c, record);
        break;
    case FORMAT_TEXT:
        flat(b, text_or(value_field(record, "timestamp"), "?"));
        buf_putc(b, ' ');
        flat_sentence(b, record);
        break;
    }
    return buf_check(b, err);
}
