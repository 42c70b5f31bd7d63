/* policy/rego/types.h - types of terms, as far as OPA's checker knows them.
 *
 * Layer:   policy/rego
 * Owns:    types live in the arena given, or are static; they are never changed.
 * Errors:  makers return NULL when the arena refuses. A NULL type also means "not known yet", which
 *          every function here takes: nothing is refused for what is not known.
 */
#ifndef POLICY_REGO_TYPES_H
#define POLICY_REGO_TYPES_H

#include "base/buf.h"
#include "policy/value/value.h"

enum type_kind {
    TYPE_NULL,
    TYPE_BOOL,
    TYPE_NUMBER,
    TYPE_STRING,
    TYPE_ARRAY,
    TYPE_OBJECT,
    TYPE_SET,
    TYPE_UNION,
    TYPE_ANY,
};

struct type {
    enum type_kind kind;
    const struct type *const *of;    /* known elements, values of known keys, or alternatives */
    const struct value *const *keys; /* object: the known keys, in order */
    size_t n;
    const struct type *key;     /* object: of the keys that are not known */
    const struct type *dynamic; /* further elements, values or members; NULL: none */
};

extern const struct type type_any, type_null, type_bool, type_number, type_string;
extern const struct type type_empty_set; /* set(), which is a member of every set type */

const struct type *type_array(struct arena *a, const struct type *const *of, size_t n,
                              const struct type *dynamic) MUST_CHECK;
const struct type *type_set(struct arena *a, const struct type *of) MUST_CHECK;
const struct type *type_object(struct arena *a, const struct value *const *keys,
                               const struct type *const *of, size_t n, const struct type *key,
                               const struct type *dynamic) MUST_CHECK;
const struct type *type_or(struct arena *a, const struct type *x, const struct type *y) MUST_CHECK;
/* Of rules of one path: sets, and objects of no known keys, become one; others are alternatives. */
const struct type *type_merge(struct arena *a, const struct type *x,
                              const struct type *y) MUST_CHECK;
/* An object type that has `t` at a path of keys too. */
const struct type *type_insert(struct arena *a, const struct type *object,
                               const struct value *const *path, size_t n,
                               const struct type *t) MUST_CHECK;
const struct type *type_of_value(struct arena *a, const struct value *v) MUST_CHECK;

/* A collection that nothing can be in. */
bool type_is_empty(const struct type *t);
/* Is something in it not known? */
bool type_unknown(const struct type *t);
/* Have the two a value in common, as far as is known? */
bool type_unifies(const struct type *x, const struct type *y);
bool type_same(const struct type *x, const struct type *y);

/* Types of what t[..] may be indexed by, and of what it gives; NULL: t is no collection. */
const struct type *type_keys(struct arena *a, const struct type *t);
const struct type *type_values(struct arena *a, const struct type *t);
/* What t[key] is for a constant key; NULL: there is none. */
const struct type *type_select(struct arena *a, const struct type *t, const struct value *key);

/* "any<number, string>", "array[string]", ... */
void type_print(struct buf *b, const struct type *t);

/* Read what type_print writes, with "name: " before each, comma separated. At most `max` types. */
int type_parse_args(struct arena *a, const char *text, const struct type **out, size_t max,
                    size_t *n) MUST_CHECK;

/* What a JSON Schema admits (properties, items, anyOf, $ref within it); type_any where it says
 * nothing that types can. Objects whose properties are named have no others, unless
 * additionalProperties says so. NULL: no memory. */
const struct type *type_of_schema(struct arena *a, const struct value *schema) MUST_CHECK;

#endif
