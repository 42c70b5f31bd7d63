#include "audit/record.h"

#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/digest.h"
#include "policy/value/json.h"
#include "policy/value/pointer.h"

void record_id(int64_t now_ns, const uint8_t random[10], char out[RECORD_ID_LEN + 1])
{
    static const char digit[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    const uint64_t ms = (uint64_t)(now_ns / 1000000);
    unsigned bits = 0, have = 0;
    size_t at = 10;

    for (size_t i = 0; i < 10; i++)
        out[i] = digit[ms >> (45 - 5 * i) & 31];
    for (size_t i = 0; i < 10; i++) {
        bits = bits << 8 | random[i];
        have += 8;
        while (have >= 5) {
            have -= 5;
            out[at++] = digit[bits >> have & 31];
        }
    }
    out[RECORD_ID_LEN] = '\0';
}

/* --- parts --------------------------------------------------------------------------------- */

/* How much of a decision is told. Each step is smaller than the one before. */
enum detail { DETAIL_ALL, DETAIL_SHORT, DETAIL_COUNTS };

enum { SHORT_FINDINGS_MAX = 300 };

static const struct value *str_or_null(struct arena *a, const char *text)
{
    return text ? value_str(a, text) : NULL;
}

/* obj with only the named fields. */
static const struct value *pick(struct arena *a, const struct value *obj, const char *const *names)
{
    struct value_fields f = {0};

    for (; *names; names++)
        value_fields_add(a, &f, *names, value_field(obj, *names));
    return value_fields_object(a, &f);
}

/* A finding as it is told: its fix is in the patch. */
static const struct value *finding_of(struct arena *a, const struct value *finding,
                                      enum detail detail)
{
    static const char *const brief[] = {"rule",   "path",         "enforcement", "fixed",
                                        "waived", "undetermined", NULL};

    if (detail != DETAIL_ALL)
        return pick(a, finding, brief);
    const struct value *const fix = value_str(a, "fix");
    return fix ? value_object_without(a, finding, fix) : NULL;
}

/* A large value (a whole seccomp profile) is told by its digest and size. */
static const struct value *shorten(struct arena *a, const struct value *v)
{
    AUTO_BUF struct buf text = BUF_INIT;
    char hex[DIGEST_HEX_LEN + 1];

    json_print(&text, v, JSON_COMPACT);
    if (text.failed || text.len <= RECORD_PATCH_VALUE_MAX)
        return v;
    digest_hex(text.data, text.len, hex);

    struct value_fields f = {0};
    value_fields_add(a, &f, "sha256", value_str(a, hex));
    value_fields_add(a, &f, "bytes", value_u64(a, text.len));
    return value_fields_object(a, &f);
}

static const struct value *operation_of(struct arena *a, const struct value *op, enum detail detail)
{
    static const char *const brief[] = {"op", "path", "from", NULL};
    const struct value *const name = value_str(a, "value");
    const struct value *const v = value_field(op, "value");

    if (detail != DETAIL_ALL)
        return pick(a, op, brief);
    if (!v || !name)
        return op;
    const struct value *const shorter = shorten(a, v);
    return shorter == v ? op : shorter ? value_object_with(a, op, name, shorter) : NULL;
}

static const struct value *each(struct arena *a, const struct value *items, enum detail detail,
                                const struct value *(*one)(struct arena *, const struct value *,
                                                           enum detail))
{
    struct value_list l = {0};

    if (!items || !value_is(items, VALUE_ARRAY))
        return items;
    const size_t n = detail == DETAIL_ALL || items->count < SHORT_FINDINGS_MAX ? items->count
                                                                               : SHORT_FINDINGS_MAX;
    for (size_t i = 0; i < n; i++)
        value_list_add(a, &l, one(a, value_at(items, i), detail));
    return value_list_array(a, &l);
}

static const struct value *count_of(struct arena *a, const struct value *items)
{
    return items ? value_u64(a, items->count) : NULL;
}

static const struct value *result_of(struct arena *a, const struct record_parts *p,
                                     enum detail detail)
{
    const struct value *const d = p->decision;
    const struct value *const findings = value_field(d, "findings");
    const struct value *const refusals = value_field(d, "refusals");
    const struct value *const patch = value_field(d, "patch");
    struct value_fields f = {0};

    value_fields_add(a, &f, "verdict", value_str(a, p->verdict));
    value_fields_add(a, &f, "would", value_field(d, "would"));
    value_fields_add(a, &f, "mode", value_field(d, "mode"));
    value_fields_add(a, &f, "rounds", value_field(d, "rounds"));
    if (detail == DETAIL_COUNTS) {
        value_fields_add(a, &f, "findings_total", count_of(a, findings));
        value_fields_add(a, &f, "refusals_total", count_of(a, refusals));
        value_fields_add(a, &f, "patch_total", count_of(a, patch));
        return value_fields_object(a, &f);
    }
    value_fields_add(a, &f, "findings", each(a, findings, detail, finding_of));
    value_fields_add(a, &f, "refusals", each(a, refusals, detail, finding_of));
    value_fields_add(a, &f, "patch", each(a, patch, detail, operation_of));
    value_fields_add(a, &f, "actions", value_field(d, "actions"));
    return value_fields_object(a, &f);
}

/* OPA's labels: who wrote this. */
static const struct value *labels_of(struct arena *a, const struct record_parts *p)
{
    struct value_fields f = {0};
    char host[256] = "";
    const struct value *name = value_path(p->input, "host", "hostname", NULL);

    if (!name && gethostname(host, sizeof(host) - 1) == 0 && host[0])
        name = value_string(a, host, strlen(host));
    value_fields_add(a, &f, "app", value_str(a, "sallyport"));
    value_fields_add(a, &f, "version", value_str(a, SALLYPORT_VERSION));
    value_fields_add(a, &f, "id", name);
    return value_fields_object(a, &f);
}

static const struct value *digests_of(struct arena *a, const struct record_parts *p)
{
    struct value_fields f = {0};

    value_fields_add(a, &f, "input", str_or_null(a, p->input_digest));
    value_fields_add(a, &f, "before", str_or_null(a, p->before));
    value_fields_add(a, &f, "after", str_or_null(a, p->after));
    return value_fields_object(a, &f);
}

static const struct value *container_of(struct arena *a, const struct record_parts *p)
{
    static const char *const told[] = {"id",        "engine", "scope",      "name",   "bundle",
                                       "namespace", "image",  "kubernetes", "labels", NULL};
    const struct value *const from_input = value_field(p->input, "container");
    struct value_fields f = {0};

    if (from_input)
        return pick(a, from_input, told);
    value_fields_add(a, &f, "id", str_or_null(a, p->container));
    return value_fields_object(a, &f);
}

/* What OPA's event has no place for. */
static const struct value *own_of(struct arena *a, const struct record_parts *p, bool truncated)
{
    const struct value *const operation = value_field(p->input, "operation");
    struct value_fields f = {0};

    value_fields_add(a, &f, "version", value_int(a, 1));
    value_fields_add(a, &f, "caller", value_str(a, p->caller));
    value_fields_add(a, &f, "operation", operation ? operation : str_or_null(a, p->operation));
    value_fields_add(a, &f, "request", p->request);
    value_fields_add(a, &f, "container", container_of(a, p));
    value_fields_add(a, &f, "actor", value_field(p->input, "actor"));
    value_fields_add(a, &f, "host", value_field(p->input, "host"));
    value_fields_add(a, &f, "policy", p->policy);
    value_fields_add(a, &f, "digests", digests_of(a, p));
    value_fields_add(a, &f, "unknown", value_path(p->input, "facts", "unknown", NULL));
    value_fields_add(a, &f, "error", str_or_null(a, p->error));
    value_fields_add(a, &f, "follows", str_or_null(a, p->follows));
    value_fields_add(a, &f, "repeated", p->repeated ? value_u64(a, p->repeated) : NULL);
    value_fields_add(a, &f, "advisory", p->advisory ? &value_true : NULL);
    value_fields_add(a, &f, "truncated", truncated ? &value_true : NULL);
    return value_fields_object(a, &f);
}

static const struct value *event_of(struct arena *a, const struct record_parts *p,
                                    enum detail detail)
{
    struct value_fields f = {0};
    char time[CLOCK_TEXT_MAX];

    clock_rfc3339(p->now_ns, 9, time);
    value_fields_add(a, &f, "decision_id", value_str(a, p->id));
    value_fields_add(a, &f, "timestamp", value_str(a, time));
    value_fields_add(a, &f, "labels", labels_of(a, p));
    value_fields_add(a, &f, "path", value_str(a, "sallyport/main/decision"));
    value_fields_add(a, &f, "result", result_of(a, p, detail));
    value_fields_add(a, &f, "requested_by", value_str(a, p->caller));
    value_fields_add(a, &f, "metrics", p->timings);
    value_fields_add(a, &f, "sallyport", own_of(a, p, detail != DETAIL_ALL));
    return value_fields_object(a, &f);
}

static bool fits(const struct value *v)
{
    AUTO_BUF struct buf text = {.max = RECORD_MAX + 1};

    json_print(&text, v, JSON_COMPACT);
    return !text.failed;
}

int record_build(struct arena *a, const struct record_parts *p, const struct value **out,
                 struct err *err)
{
    for (enum detail d = DETAIL_ALL; d <= DETAIL_COUNTS; d++) {
        const struct value *const event = event_of(a, p, d);

        if (!event)
            return err_nomem(err);
        if (fits(event)) {
            *out = event;
            return 0;
        }
    }
    return err_set(err, ERR_LIMIT, "record larger than %d bytes", RECORD_MAX);
}

const struct value *record_left_out(struct arena *a, const struct value *record)
{
    const struct value *const own = value_str(a, "sallyport");
    const struct value *const key = value_str(a, "left_out");
    const struct value *const told =
        own && key ? value_object_with(a, value_get(record, own), key, &value_true) : NULL;

    return told ? value_object_with(a, record, own, told) : NULL;
}

int record_redact(struct arena *a, const struct value *input, const struct value **out,
                  struct err *err)
{
    const struct value *const secrets = value_path(input, "facts", "secrets", NULL);
    struct value_list ops = {0};

    *out = input;
    for (size_t i = 0; secrets && value_is(secrets, VALUE_ARRAY) && i < secrets->count; i++) {
        const struct value *const s = value_at(secrets, i);
        const struct value *const where = value_field(s, "where");
        const char *const hmac = value_cstr(value_field(s, "hmac"));
        struct value_fields op = {0};

        if (!where || !value_is(where, VALUE_STRING) ||
            !pointer_get(input, value_bytes(where), where->count))
            continue;
        value_fields_add(a, &op, "op", value_str(a, "replace"));
        value_fields_add(a, &op, "path", where);
        value_fields_add(a, &op, "value",
                         hmac ? value_strf(a, "hmac:%s", hmac) : value_str(a, "removed"));
        value_list_add(a, &ops, value_fields_object(a, &op));
    }
    if (ops.n == 0)
        return ops.failed ? err_nomem(err) : 0;
    const struct value *const array = value_list_array(a, &ops);
    return array ? patch_apply(a, input, array, out, err) : err_nomem(err);
}
