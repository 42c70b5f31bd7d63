/* report/tally.h - what each rule came to over many containers: counted once, from records.
 *
 * Layer:   report (may include audit/log, audit, policy/build, policy/rego, policy/decide,
 *          policy/machine, policy/value, policy/schema, base)
 * Owns:    everything lives in the arena given to tally_init; records are only looked at.
 * Errors:  ERR_NOMEM.
 * Trust:   texts of records come from engines and requesters: what is kept is one line of harmless
 *          UTF-8 each (str_escape), so that no writer needs to ask again.
 * Limits:  TALLY_FAILING places a rule and TALLY_SUBJECTS containers are told one by one; beyond
 *          that they are counted.
 *
 * A rule passes only where it was asked: the policy that judged is known, has the rule switched on
 * at the level in force, and the rule is about this operation. A fact that could not be had, a
 * record in short, a policy that is not at hand: none of these is ever a pass.
 */
#ifndef REPORT_TALLY_H
#define REPORT_TALLY_H

#include <stdbool.h>

#include "policy/value/value.h"

enum { TALLY_FAILING = 50, TALLY_SUBJECTS = 1000, TALLY_BUCKETS = 400, TALLY_POLICIES = 8 };

/* From nothing known to worst: of several findings of a rule the last in this order counts. */
enum outcome {
    OUTCOME_UNASKED,
    OUTCOME_NOT_APPLICABLE,
    OUTCOME_PASS,
    OUTCOME_HARDENED,  /* would fail; the gate changed the container */
    OUTCOME_PREVENTED, /* would fail; the gate refused the start */
    OUTCOME_UNDETERMINED,
    OUTCOME_WAIVED,
    OUTCOME_FAIL,
    OUTCOMES
};
extern const char *const outcome_names[OUTCOMES];

/* How the documents that are judged came here. */
enum tally_kind {
    TALLY_RECORD,  /* a start that the gate judged: what was refused never ran */
    TALLY_RUNNING, /* as it runs: what could be hardened is not */
    TALLY_BUNDLE,  /* not started: what would be refused fails */
};

struct tally_rule {
    const char *name;
    uint64_t n[OUTCOMES];
    const char *unasked; /* why, the newest reason */
    struct value_list failing;
};

struct tally_bucket {
    char from[32];
    uint64_t starts;
    uint32_t (*n)[OUTCOMES]; /* by rule */
};

struct tally {
    struct arena *a;
    const struct value *asked; /* controls/rules.json */
    struct tally_rule *rules;
    size_t rules_n, rules_cap;
    struct {
        const char *digest;
        const struct value *catalogue, *settings;
    } policies[TALLY_POLICIES];
    size_t policies_n;
    struct tally_bucket *buckets;
    size_t buckets_n, bucket_width; /* characters of a timestamp: 10 a day, 13 an hour */
    struct value_list subjects;
    const char *subject; /* of the record being counted */
    uint64_t starts, refused, failed, others, unknown_policy;
};

/* width: 10, 13, or 0 for no trend. */
int tally_init(struct tally *t, struct arena *a, const struct value *asked, size_t width,
               struct err *err) MUST_CHECK;

/* A policy at hand: its digest as records name it, and its base documents. */
int tally_policy(struct tally *t, const char *digest, const struct value *data,
                 struct err *err) MUST_CHECK;

/* Count one record. `subject`: what to call it where it names no container, or NULL. */
int tally_record(struct tally *t, const struct value *record, enum tally_kind kind,
                 const char *subject, struct err *err) MUST_CHECK;

/* Count one result of a rule that is not about a container. `subject`, `msg` may be NULL. */
int tally_result(struct tally *t, const char *rule, enum outcome outcome, const char *subject,
                 const char *msg, struct err *err) MUST_CHECK;

/* {"rules": {ID: {"pass", ..., "failing": [..], "unasked_why"}}, "trend": [..], "subjects": [..],
 * "starts", ...}. */
const struct value *tally_value(const struct tally *t) MUST_CHECK;

#endif
