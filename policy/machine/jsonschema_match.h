/* policy/machine/jsonschema_match.h - what the parts of schema_match share.
 *
 * Layer:   policy/machine, private to jsonschema_match.c and jsonschema_values.c
 */
#ifndef POLICY_MACHINE_JSONSCHEMA_MATCH_H
#define POLICY_MACHINE_JSONSCHEMA_MATCH_H

#include "policy/machine/jsonschema.h"

/* Where in the document: the names on the way, innermost first. */
struct schema_place {
    const struct schema_place *outer;
    const struct value *key; /* string, or integer of an array; NULL at the root */
};

struct schema_result {
    struct value_list errors;
    int score;
};

struct schema_job {
    const struct schema *schema;
    struct arena *arena;
    unsigned depth;
    struct err *err;
};

/* The place as errors name it: a.0.b, or (Root). */
const struct value *schema_field_of(struct schema_job *m, const struct schema_place *at);
/* Tell of one error: 0, or -1 without memory. */
int schema_tell(struct schema_job *m, struct schema_result *r, const struct schema_place *at,
                const char *type, const struct buf *text) MUST_CHECK;
int schema_tellf(struct schema_job *m, struct schema_result *r, const struct schema_place *at,
                 const char *type, const char *fmt, ...) PRINTF_LIKE(5, 6) MUST_CHECK;

/* const, enum, format */
int schema_match_common(struct schema_job *m, const struct value *s, const struct value *v,
                        const struct schema_place *at, struct schema_result *r) MUST_CHECK;
int schema_match_string(struct schema_job *m, const struct value *s, const struct value *v,
                        const struct schema_place *at, struct schema_result *r) MUST_CHECK;
int schema_match_number(struct schema_job *m, const struct value *s, const struct value *v,
                        const struct schema_place *at, struct schema_result *r) MUST_CHECK;
/* Whether the pattern is found in the text: 1, 0, -1. */
int schema_match_pattern(struct schema_job *m, const struct value *pattern,
                         const struct value *text) MUST_CHECK;
/* min.. and max.. of something counted */
int schema_match_count(struct schema_job *m, const struct value *s, const struct schema_place *at,
                       struct schema_result *r, int64_t count, const char *key, bool least,
                       const char *type, const char *fmt_before, const char *fmt_after) MUST_CHECK;

#endif
