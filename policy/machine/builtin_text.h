/* policy/machine/builtin_text.h - what the text built-ins share: operands and the run's cache.
 *
 * Layer:   policy/machine, private to builtins_*.c
 */
#ifndef POLICY_MACHINE_BUILTIN_TEXT_H
#define POLICY_MACHINE_BUILTIN_TEXT_H

#include "base/buf.h"
#include "policy/machine/builtin_arg.h"
#include "policy/machine/regex.h"

/* Operand i (0-based) as a string; -1 with OPA's operand error. */
static inline int text_string(struct builtin_ctx *ctx, const struct value *const *args, unsigned i,
                              const struct value **out, struct err *err)
{
    *out = args[i];
    return arg_string(ctx, args, i, err);
}
static inline int text_object(struct builtin_ctx *ctx, const struct value *const *args, unsigned i,
                              struct err *err)
{
    return arg_type(ctx, args, i, VALUE_OBJECT, err);
}

/* Make the result: 0, or -1 when `made` is NULL because memory is used up. */
int text_return(const struct value *made, const struct value **out, struct err *err) MUST_CHECK;
/* The bytes of b as a string. */
int text_return_buf(struct builtin_ctx *ctx, const struct buf *b, const struct value **out,
                    struct err *err) MUST_CHECK;
/* `found` of what a deeper layer said, as this built-in's error; memory and limits stay. */
int text_raise(struct builtin_ctx *ctx, struct err *err) MUST_CHECK;

/* What was compiled from `key` before in this run, by kind; NULL: nothing. */
enum text_kind { TEXT_REGEX, TEXT_TEMPLATE, TEXT_GLOB };
const void *text_cache_get(struct builtin_ctx *ctx, enum text_kind kind, const char *key,
                           size_t len);
/* Keep it; the key is copied. Without memory it is just not kept. */
void text_cache_put(struct builtin_ctx *ctx, enum text_kind kind, const char *key, size_t len,
                    const void *made);

/* The program of a pattern, compiled once a run. */
int text_regex(struct builtin_ctx *ctx, const char *pattern, size_t len, const struct regex **out,
               struct err *err) MUST_CHECK;

/* Whether this is a URI reference; whether it has a scheme; its path decoded (NULL: not wanted). */
bool text_uri(const char *bytes, size_t len, bool *scheme, struct buf *path);

#endif
