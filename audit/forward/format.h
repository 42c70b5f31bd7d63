/* audit/forward/format.h - a record as other tools want to read it.
 *
 * Layer:   audit/forward (may include audit, audit/log, policy/machine, policy/value, base)
 * Owns:    nothing.
 * Sources: OCSF 1.8.0 class 1007; ArcSight CEF 0; RFC 5424; OTLP 1.x logs in JSON, attributes by
 *          OpenTelemetry's semantic conventions; OPA's decision log (a record is one).
 * Trust:   values come from engines and requesters: each format's own escapes are applied, and no
 *          value can begin a new line, field or record.
 */
#ifndef AUDIT_FORWARD_FORMAT_H
#define AUDIT_FORWARD_FORMAT_H

#include "base/buf.h"
#include "policy/value/value.h"

enum record_format {
    FORMAT_JSON,
    FORMAT_OCSF,
    FORMAT_CEF,
    FORMAT_SYSLOG,
    FORMAT_OTLP,
    FORMAT_TEXT,
};

extern const char *const record_format_names[]; /* in the enumerators' order, NULL-terminated */
enum record_format record_format_of(const char *name);

struct format_context {
    const char *origin; /* of the log, or NULL */
    uint64_t index;     /* in the log, or RECORD_PENDING */
};

/* Append the record in one line, no newline at its end. json, len: the record's bytes. */
int format_record(struct buf *b, enum record_format format, const struct format_context *c,
                  const struct value *record, const char *json, size_t len,
                  struct err *err) MUST_CHECK;

/* The whole event as OCSF's object, in the arena; NULL: the arena refused. */
const struct value *format_ocsf(struct arena *a, const struct format_context *c,
                                const struct value *record);
/* One logRecord of OTLP, whose body is the OCSF event; and the resource that all of them share. */
const struct value *format_otlp(struct arena *a, const struct format_context *c,
                                const struct value *record);
const struct value *format_otlp_resource(struct arena *a, const struct value *record);

/* What a template of the user's sees: the record as {{.record}}; and time, severity ("info",
 * "notice", "warning"), verdict, operation, container, image, engine, rule, message, id, origin,
 * host, detail (a line for each finding), each also as JSON text, quotes and all, below {{.json}}.
 */
int format_template(struct buf *b, const char *text, size_t len, const struct format_context *c,
                    const struct value *record, struct err *err) MUST_CHECK;

/* {key: v}; v NULL: empty. */
const struct value *format_field(struct arena *a, const char *key, const struct value *v);

/* The rule told first: what refused, else what was found; NULL when nothing was. */
const char *format_rule(const struct value *record);
/* The image's name; NULL when it is not known. */
const char *format_image(const struct value *record);
/* Nanoseconds since 1970 of a record's timestamp; 0 when it is none. */
int64_t format_time_ns(const struct value *record);

/* Syslog's severity (RFC 5424 table 2) of a record. */
int format_severity(const struct value *record);
/* One sentence: "refused web (create): engine-socket: ..." */
void format_sentence(struct buf *b, const struct value *record);

#endif
