/* audit/forward/format.h - a record as other tools want to read it.
 *
 * Layer:   audit/forward (may include audit, audit/log, policy/value, base)
 * Owns:    nothing.
 * Sources: OCSF 1.8.0 class 1007; ArcSight CEF 0; RFC 5424; OPA's decision log (a record is one).
 * Trust:   values come from engines and requesters: each format's own escapes are applied, and no
 *          value can begin a new line, field or record.
 */
#ifndef AUDIT_FORWARD_FORMAT_H
#define AUDIT_FORWARD_FORMAT_H

#include "base/buf.h"
#include "policy/value/value.h"

enum record_format { FORMAT_JSON, FORMAT_OCSF, FORMAT_CEF, FORMAT_SYSLOG, FORMAT_TEXT };

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

/* Syslog's severity (RFC 5424 table 2) of a record. */
int format_severity(const struct value *record);
/* One sentence: "refused web (create): engine-socket: ..." */
void format_sentence(struct buf *b, const struct value *record);

#endif
