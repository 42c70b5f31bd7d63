/* audit/record.h - one record: what was decided about one container, and on which bytes.
 *
 * Layer:   audit (may include policy/value, policy/schema, base)
 * Owns:    the record's value lives in the arena given.
 * Sources: OPA's decision-log event (decision_id, labels, path, result, timestamp, metrics) as the
 *          core; policy/schema/record.schema.json describes every field.
 * Limits:  RECORD_MAX bytes as JSON; a larger decision keeps its findings by rule and path and says
 *          "truncated": true, and the blob of its input is whole.
 */
#ifndef AUDIT_RECORD_H
#define AUDIT_RECORD_H

#include "policy/value/value.h"

enum {
    RECORD_MAX = 65535,
    RECORD_ID_LEN = 26,
    RECORD_PATCH_VALUE_MAX = 2048, /* a larger value in a patch is told by its digest */
};

/* Crockford base32 ULID of time (ms) and 80 random bits: sorts by time. Text and a NUL. */
void record_id(int64_t now_ns, const uint8_t random[10], char out[RECORD_ID_LEN + 1]);

struct record_parts {
    const char *id; /* record_id */
    int64_t now_ns;
    const char *caller;          /* "shim", "hook", "lint" */
    const char *operation;       /* when there is no input: "create", ...; else NULL */
    const char *container;       /* when there is no input: container id or NULL */
    const struct value *request; /* what was asked beside the operation, where it was not judged:
                                    {"signal": "TERM", "force": true}; NULL: nothing */
    const struct value *input;   /* the input document judged (secrets already replaced), or NULL */
    const char *input_digest;    /* sha256 hex of the stored input blob, or NULL */
    const char *before, *after;  /* sha256 hex of config/process/resources bytes before and after */
    const struct value *policy;  /* {"image": digest, "serial", "level", "registration"} */
    const struct value *decision; /* {"verdict", "would", "mode", "findings", "refusals", "patch",
                                     "actions"} or NULL when no decision was reached */
    const char *verdict;          /* "admit", "harden", "refuse", "not-started", "pass" */
    const char *error;            /* why no decision was reached, or exec failed; else NULL */
    const char *follows;          /* id of the record that this one completes, or NULL */
    uint64_t repeated;            /* identical decisions counted, not recorded, since the last */
    bool advisory;                /* inside a user namespace: the caller could have gone round */
    const struct value *timings;  /* {"read_us", "facts_us", "decide_us", ...} */
};

int record_build(struct arena *a, const struct record_parts *p, const struct value **out,
                 struct err *err) MUST_CHECK;

/* The input as it is stored: each secret that facts.secrets names replaced by "hmac:HEX", or by
 * "removed" where there is no key. */
int record_redact(struct arena *a, const struct value *input, const struct value **out,
                  struct err *err) MUST_CHECK;

/* The record of a decision whose input is not stored: the spool has no room for it. */
const struct value *record_left_out(struct arena *a, const struct value *record) MUST_CHECK;

#endif
