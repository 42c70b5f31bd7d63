/* policy/value/value.h - Rego and JSON values: immutable, ordered, position-independent.
 *
 * Layer:   policy/value (may include policy/schema, base)
 * Owns:    nothing; a value lives in the arena, image or static storage it was made in and is
 *          never changed, moved or copied by memcpy afterwards.
 * Errors:  makers return NULL when the arena refuses (arena->failed tells); callers report it.
 * Trust:   values in a compiled image come from outside: image_check() walks them once with the
 *          same accessors' rules before anything else does.
 *
 * A value is a pointer to a node. A node names its children by distance from itself, in bytes, so
 * that one layout serves the arena and the memory-mapped image without relocation, and a value in
 * the arena may have children in the image:
 *
 *     null, bool     | type form - count |                          count: 0 or 1 for bool
 *     number, small  | type form - -     | int64 |
 *     number, text   | type form - count | bytes NUL |              JSON number as it was written
 *     string         | type form - count | hash | bytes NUL |       UTF-8; may hold NUL bytes
 *     array, set     | type form - count | kid[count] |             set: ascending, no two equal
 *     object         | type form - count | kid[count] key, kid[count] val |   keys as a set's
 *
 * Order is OPA's: null < false < true < numbers by value < strings by bytes < arrays < objects <
 * sets; the enumerators of value_type keep it. Number text is kept as written, so that what the
 * engine wrote (18446744073709551615, 1e3, 1.0) prints again unchanged; comparison is by value.
 */
#ifndef POLICY_VALUE_VALUE_H
#define POLICY_VALUE_VALUE_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"

enum value_type {
    VALUE_NULL,
    VALUE_BOOL,
    VALUE_NUMBER,
    VALUE_STRING,
    VALUE_ARRAY,
    VALUE_OBJECT,
    VALUE_SET,
};

/* How a number is held. */
enum value_form { VALUE_FORM_INT = 0, VALUE_FORM_TEXT = 1 };

struct value {
    uint8_t type; /* enum value_type */
    uint8_t form; /* enum value_form; 0 unless a number */
    uint16_t zero;
    uint32_t count; /* bytes of a string or number text; elements; pairs; 0 or 1 of a bool */
    union {
        int64_t integer; /* VALUE_FORM_INT */
        char digits[8];  /* VALUE_FORM_TEXT; really count + 1 bytes */
        struct {
            uint32_t hash; /* value_hash_bytes of the bytes */
            char bytes[4]; /* really count + 1 bytes */
        } string;
        int64_t kid[1]; /* really count, or 2 * count, distances in bytes from this node */
    } u;
};

_Static_assert(sizeof(struct value) == 16, "the image's layout");

extern const struct value value_null, value_true, value_false;

/* --- reading ----------------------------------------------------------------------------- */

static inline const struct value *value_kid(const struct value *v, size_t i)
{
    return (const struct value *)((uintptr_t)v + (uintptr_t)v->u.kid[i]);
}

/* Rego's name of a type: "null", "boolean", .. */
const char *value_type_name(enum value_type type);

static inline bool value_is(const struct value *v, enum value_type type)
{
    return v->type == (uint8_t)type;
}

/* Everything but false is true; undefined is not a value. */
static inline bool value_truthy(const struct value *v)
{
    return !(v->type == VALUE_BOOL && v->count == 0);
}

/* Element i < count of an array or set; key and value i < count of an object, in key order. */
static inline const struct value *value_at(const struct value *v, size_t i)
{
    return value_kid(v, i);
}
static inline const struct value *value_key_at(const struct value *v, size_t i)
{
    return value_kid(v, i);
}
static inline const struct value *value_val_at(const struct value *v, size_t i)
{
    return value_kid(v, (size_t)v->count + i);
}

/* Bytes of a string (NUL-terminated, may hold more NULs; length is v->count). */
static inline const char *value_bytes(const struct value *v)
{
    return v->u.string.bytes;
}

static inline bool value_bool(const struct value *v)
{
    return v->type == VALUE_BOOL && v->count == 1;
}

uint32_t value_hash_bytes(const char *bytes, size_t len);

/* <0, 0, >0 by OPA's order. Depth is bounded by what the reader and machine admit. */
int value_compare(const struct value *a, const struct value *b);
bool value_equal(const struct value *a, const struct value *b);

/* The same order, for keys: most are strings that differ within their first bytes. */
static inline int value_compare_keys(const struct value *a, const struct value *b)
{
    if (a->type == VALUE_STRING && b->type == VALUE_STRING && a->count >= sizeof(uint32_t) &&
        b->count >= sizeof(uint32_t)) {
        uint32_t x, y;

        memcpy(&x, a->u.string.bytes, sizeof(x));
        memcpy(&y, b->u.string.bytes, sizeof(y));
        if (x != y)
            return be32toh(x) < be32toh(y) ? -1 : 1;
    }
    return value_compare(a, b);
}

/* What `coll[key]` is: array by integer, object by key, set by member (the member itself);
 * NULL: undefined, also when coll is no collection. */
const struct value *value_get(const struct value *coll, const struct value *key);

/* Field of an object by C string; NULL when absent or v is NULL or no object. */
const struct value *value_field_of(const struct value *v, const char *name, size_t len);
static inline const struct value *value_field(const struct value *v, const char *name)
{
    return value_field_of(v, name, strlen(name)); /* of a literal: known to the compiler */
}
/* Field path: value_path(v, "linux", "seccomp", NULL). */
const struct value *value_path(const struct value *v, ...) __attribute__((sentinel));
/* NULL-tolerant conveniences for C readers of documents. */
const char *value_cstr(const struct value *v); /* NULL unless a string without NUL bytes */
bool value_is_str(const struct value *v, const char *text); /* v may be NULL */
bool value_int64(const struct value *v, int64_t *out); /* exact integers only ("1.0" and 1e3 too) */
bool value_uint64(const struct value *v, uint64_t *out);

/* --- making: all copy their inputs' bytes, none copies children -------------------------- */

const struct value *value_bool_of(bool b);
const struct value *value_int(struct arena *a, int64_t n) MUST_CHECK;
const struct value *value_u64(struct arena *a, uint64_t n) MUST_CHECK;
/* A number from JSON number text (RFC 8259 grammar already checked); small integers take
 * VALUE_FORM_INT when their text is the canonical one. */
const struct value *value_number(struct arena *a, const char *text, size_t len) MUST_CHECK;
const struct value *value_string(struct arena *a, const char *bytes, size_t len) MUST_CHECK;
const struct value *value_str(struct arena *a, const char *cstr) MUST_CHECK;
const struct value *value_strf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3) MUST_CHECK;
const struct value *value_array(struct arena *a, const struct value *const *items,
                                size_t n) MUST_CHECK;
/* Sorts and drops equal members; `items` is not changed. */
const struct value *value_set(struct arena *a, const struct value *const *items,
                              size_t n) MUST_CHECK;
/* Sorts by key; of equal keys the last one given stays. */
const struct value *value_object(struct arena *a, const struct value *const *keys,
                                 const struct value *const *vals, size_t n) MUST_CHECK;

/* A list or object under construction. Zero-initialised; lives in the arena it is used with.
 * `failed` sticks, so that a maker checks once, at the end. */
struct value_list {
    const struct value **items;
    size_t n, cap;
    bool failed;
};
struct value_fields {
    struct value_list keys, vals;
};

void value_list_add(struct arena *a, struct value_list *l, const struct value *v);
const struct value *value_list_array(struct arena *a, const struct value_list *l) MUST_CHECK;
const struct value *value_list_set(struct arena *a, const struct value_list *l) MUST_CHECK;
void value_fields_add(struct arena *a, struct value_fields *f, const char *key,
                      const struct value *v); /* v NULL: the field is left out */
void value_fields_put(struct arena *a, struct value_fields *f, const struct value *key,
                      const struct value *v);
const struct value *value_fields_object(struct arena *a, const struct value_fields *f) MUST_CHECK;

/* obj with key set to val (added or replaced); obj without key. */
const struct value *value_object_with(struct arena *a, const struct value *obj,
                                      const struct value *key, const struct value *val) MUST_CHECK;
const struct value *value_object_without(struct arena *a, const struct value *obj,
                                         const struct value *key) MUST_CHECK;

/* Deep copy into another arena. */
const struct value *value_copy(struct arena *a, const struct value *v) MUST_CHECK;

#endif
