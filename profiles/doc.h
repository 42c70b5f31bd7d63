/* profiles/doc.h - small readers and makers over documents, tolerant of wrong types.
 *
 * Layer:   profiles
 * Owns:    results live in the arena given.
 * Errors:  makers return NULL when the arena refuses; readers treat a wrong type as absent, since
 *          derive_shape reports it under facts.malformed.
 */
#ifndef PROFILES_DOC_H
#define PROFILES_DOC_H

#include <string.h>

#include "policy/value/value.h"

/* Elements of an array; 0 for anything else, NULL included. */
static inline size_t doc_len(const struct value *v)
{
    return v && value_is(v, VALUE_ARRAY) ? v->count : 0;
}

/* An array without elements: absence is not the same. */
static inline bool doc_empty(const struct value *v)
{
    return v && value_is(v, VALUE_ARRAY) && v->count == 0;
}

static inline bool doc_true(const struct value *v)
{
    return v && value_bool(v);
}

static inline bool doc_prefix(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* A field that is a non-empty string; NULL otherwise. */
static inline const char *doc_str(const struct value *obj, const char *field)
{
    const char *const s = value_cstr(value_field(obj, field));

    return s && *s ? s : NULL;
}

/* Add a string to a list; NULL adds nothing. */
void doc_list_str(struct arena *a, struct value_list *l, const char *s);

/* The list as an array, sorted, each string once. */
const struct value *doc_sorted(struct arena *a, const struct value_list *l) MUST_CHECK;

/* Field makers. The plain ones leave the field out when there is nothing to say. */
void doc_put_str(struct arena *a, struct value_fields *f, const char *key, const char *s);
void doc_put_int(struct arena *a, struct value_fields *f, const char *key, int64_t n);
void doc_put_bool(struct arena *a, struct value_fields *f, const char *key, bool b);
void doc_put_list(struct arena *a, struct value_fields *f, const char *key,
                  const struct value_list *l);
void doc_put_sorted(struct arena *a, struct value_fields *f, const char *key,
                    const struct value_list *l);
/* A number or string of the document under another name, when it has that type. */
void doc_put_number(struct arena *a, struct value_fields *f, const char *key,
                    const struct value *v);

/* Finish an object: 0, or -1 with ERR_NOMEM. */
int doc_finish(struct arena *a, const struct value_fields *f, const struct value **out,
               struct err *err) MUST_CHECK;
int doc_finish_list(struct arena *a, const struct value_list *l, const struct value **out,
                    struct err *err) MUST_CHECK;

/* An absolute path without empty, "." and ".." components (lexically, as filepath.Clean does);
 * a relative one is cleaned too and stays relative. NULL when the arena refuses. */
const char *doc_path_clean(struct arena *a, const char *path) MUST_CHECK;

/* `path` equals `tree` or lies below it; both clean. */
bool doc_path_within(const char *path, const char *tree);

#endif
