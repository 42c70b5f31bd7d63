/* A record as OpenTelemetry's log record (OTLP, JSON encoding: 64-bit integers are strings). */
#include <inttypes.h>

#include "audit/forward/format.h"
#include "audit/log/records.h"

/* --- AnyValue ----------------------------------------------------------------------------------
 */

static const struct value *key_value(struct arena *a, const struct value *key,
                                     const struct value *any)
{
    struct value_fields f = {0};

    value_fields_add(a, &f, "key", key);
    value_fields_add(a, &f, "value", any);
    return value_fields_object(a, &f);
}

/* Depth: as deep as OCSF's event, which this program builds. */
static const struct value *any_value(struct arena *a, const struct value *v)
{
    struct value_list values = {0};
    int64_t n;

    switch ((enum value_type)v->type) {
    case VALUE_STRING:
        return format_field(a, "stringValue", v);
    case VALUE_BOOL:
        return format_field(a, "boolValue", v);
    case VALUE_NUMBER:
        return value_int64(v, &n) ? format_field(a, "intValue", value_strf(a, "%" PRId64, n))
                                  : format_field(a, "doubleValue", v);
    case VALUE_ARRAY:
    case VALUE_SET:
        for (size_t i = 0; i < v->count; i++)
            value_list_add(a, &values, any_value(a, value_at(v, i)));
        return format_field(a, "arrayValue",
                            format_field(a, "values", value_list_array(a, &values)));
    case VALUE_OBJECT:
        for (size_t i = 0; i < v->count; i++)
            value_list_add(a, &values,
                           key_value(a, value_key_at(v, i), any_value(a, value_val_at(v, i))));
        return format_field(a, "kvlistValue",
                            format_field(a, "values", value_list_array(a, &values)));
    case VALUE_NULL:
        break;
    }
    return value_object(a, NULL, NULL, 0);
}

static void attribute(struct arena *a, struct value_list *to, const char *key,
                      const struct value *v)
{
    if (v)
        value_list_add(a, to, key_value(a, value_str(a, key), any_value(a, v)));
}

static const struct value *text(struct arena *a, const char *s)
{
    return s ? value_str(a, s) : NULL;
}

/* --- the record --------------------------------------------------------------------------------
 */

/* Syslog's severities as OpenTelemetry numbers them. */
static const struct {
    int number;
    const char *text;
} severities[] = {{24, "FATAL4"}, {23, "FATAL3"}, {21, "FATAL"}, {17, "ERROR"},
                  {13, "WARN"},   {10, "INFO2"},  {9, "INFO"},   {5, "DEBUG"}};

const struct value *format_otlp(struct arena *a, const struct format_context *c,
                                const struct value *record)
{
    const struct value *const box = value_path(record, "sallyport", "container", NULL);
    const struct value *const event = format_ocsf(a, c, record);
    const struct value *const when = value_strf(a, "%" PRId64, format_time_ns(record));
    const int severity = format_severity(record);
    struct value_list attributes = {0};
    struct value_fields f = {0};

    if (!event)
        return NULL;
    attribute(a, &attributes, "container.id", value_field(box, "id"));
    attribute(a, &attributes, "container.name", value_field(box, "name"));
    attribute(a, &attributes, "container.image.name", text(a, format_image(record)));
    attribute(a, &attributes, "oci.manifest.digest", value_path(box, "image", "digest", NULL));
    attribute(a, &attributes, "container.runtime.name", value_field(box, "engine"));
    attribute(a, &attributes, "security_rule.name", text(a, format_rule(record)));
    attribute(a, &attributes, "sallyport.verdict", value_path(record, "result", "verdict", NULL));
    attribute(a, &attributes, "sallyport.decision_id", value_field(record, "decision_id"));
    attribute(a, &attributes, "sallyport.log.origin", text(a, c->origin));
    if (c->index != RECORD_PENDING)
        attribute(a, &attributes, "sallyport.log.index", value_u64(a, c->index));
    value_fields_add(a, &f, "timeUnixNano", when);
    value_fields_add(a, &f, "observedTimeUnixNano", when);
    value_fields_add(a, &f, "severityNumber", value_int(a, severities[severity].number));
    value_fields_add(a, &f, "severityText", value_str(a, severities[severity].text));
    value_fields_add(a, &f, "eventName", value_str(a, "sallyport.decision"));
    value_fields_add(a, &f, "body", any_value(a, event));
    value_fields_add(a, &f, "attributes", value_list_array(a, &attributes));
    return value_fields_object(a, &f);
}

const struct value *format_otlp_resource(struct arena *a, const struct value *record)
{
    struct value_list attributes = {0};

    attribute(a, &attributes, "service.name", value_str(a, "sallyport"));
    attribute(a, &attributes, "service.version", value_str(a, SALLYPORT_VERSION));
    attribute(a, &attributes, "host.name", value_path(record, "labels", "id", NULL));
    return format_field(a, "attributes", value_list_array(a, &attributes));
}
