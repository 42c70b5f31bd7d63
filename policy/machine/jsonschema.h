/* policy/machine/jsonschema.h - JSON Schema (drafts 4, 6, 7) as OPA's json.*_schema judge by it.
 *
 * Layer:   policy/machine
 * Owns:    results live in ctx->arena.
 * Errors:  ERR_INVALID: the schema is wrong, in the words that json.verify_schema returns;
 *          ERR_LIMIT: nested or referring deeper than SCHEMA_DEPTH_MAX; ERR_NOMEM.
 * Trust:   schema and document are hostile.
 * Purity:  references reach within the schema only, never to files or the network.
 */
#ifndef POLICY_MACHINE_JSONSCHEMA_H
#define POLICY_MACHINE_JSONSCHEMA_H

#include "policy/machine/builtin_text.h"

enum { SCHEMA_DEPTH_MAX = 256 };

/* Every draft's words at once, where `$schema` names none (its old ones where they differ). */
enum schema_draft { SCHEMA_DRAFT4 = 4, SCHEMA_DRAFT6 = 6, SCHEMA_DRAFT7 = 7, SCHEMA_ANY = 8 };

struct schema {
    struct builtin_ctx *ctx;
    const struct value *root;
    enum schema_draft draft;
};

/* Read and check the whole. */
int schema_check(struct builtin_ctx *ctx, const struct value *root, struct schema *out,
                 struct err *err) MUST_CHECK;

/* An array of {desc, error, field, type}, empty when the document fits. */
int schema_match(const struct schema *s, const struct value *doc, const struct value **errors,
                 struct err *err) MUST_CHECK;

/* --- within ------------------------------------------------------------------------------ */

/* What `$ref` names; NULL with *err. */
const struct value *schema_resolve(const struct schema *s, const struct value *ref,
                                   struct err *err);

/* Whether value v (any type) has the format; unknown formats fit. 1, 0, -1. */
int schema_format(struct builtin_ctx *ctx, const char *format, const struct value *v,
                  struct err *err) MUST_CHECK;

/* "integer" where a number is one. */
const char *schema_type(const struct value *v);

#endif
