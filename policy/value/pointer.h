/* policy/value/pointer.h - RFC 6901 pointers and RFC 6902 patches over values.
 *
 * Layer:   policy/value
 * Owns:    nothing; results live in the arena given and share what they did not change.
 * Errors:  ERR_INVALID: malformed pointer or operation, missing target, failed `test`; the text
 *          names the operation's index and path.
 */
#ifndef POLICY_VALUE_POINTER_H
#define POLICY_VALUE_POINTER_H

#include "policy/value/value.h"

/* The value at pointer text ("/mounts/0/source", "" is the whole); NULL when there is none. */
const struct value *pointer_get(const struct value *doc, const char *ptr, size_t len);

/* Decode one pointer into its tokens (array of strings). */
int pointer_parse(struct arena *a, const char *ptr, size_t len, const struct value **tokens,
                  struct err *err) MUST_CHECK;
/* Encode tokens (array of strings and numbers) into pointer text. */
const struct value *pointer_format(struct arena *a, const struct value *tokens) MUST_CHECK;

/* How strictly the paths of operations are read. */
enum patch_dialect {
    PATCH_RFC, /* RFC 6901 pointers; arrays and objects */
    PATCH_OPA, /* also pointers without the first slash, arrays of keys, members of sets */
};

/* Apply an array of RFC 6902 operations: all or nothing. `add` with a missing parent object
 * fails, as the RFC says. */
int patch_apply_as(struct arena *a, enum patch_dialect dialect, const struct value *doc,
                   const struct value *ops, const struct value **out, struct err *err) MUST_CHECK;
int patch_apply(struct arena *a, const struct value *doc, const struct value *ops,
                const struct value **out, struct err *err) MUST_CHECK;

#endif
