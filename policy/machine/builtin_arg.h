/* policy/machine/builtin_arg.h - operands and results of built-ins, in a line each.
 *
 * Layer:   policy/machine, private to builtins_*.c
 * Errors:  -1 with OPA's operand error ("NAME: operand N must be ... but got ..."). Operands are
 *          counted from 0 here, from 1 in messages.
 */
#ifndef POLICY_MACHINE_BUILTIN_ARG_H
#define POLICY_MACHINE_BUILTIN_ARG_H

#include "base/buf.h"
#include "policy/machine/builtin.h"

#define BUILTIN_FN(name)                                                                           \
    int name(struct builtin_ctx *ctx, const struct value *const *args, const struct value **out,   \
             struct err *err)

/* OPA's name of the value's type. */
static inline const char *builtin_type_name(const struct value *v)
{
    return value_type_name(v->type);
}

/* Operand i has this type. */
int arg_type(struct builtin_ctx *ctx, const struct value *const *args, unsigned i,
             enum value_type want, struct err *err) MUST_CHECK;
static inline int arg_string(struct builtin_ctx *ctx, const struct value *const *args, unsigned i,
                             struct err *err)
{
    return args[i]->type == VALUE_STRING ? 0 : arg_type(ctx, args, i, VALUE_STRING, err);
}
/* Operands 0 to n - 1 are strings. */
int arg_strings(struct builtin_ctx *ctx, const struct value *const *args, unsigned n,
                struct err *err) MUST_CHECK;

/* Operand i has one of these types (bits 1u << enum value_type), which `want` lists in OPA's order:
 * "set, array". */
int arg_one_of(struct builtin_ctx *ctx, const struct value *const *args, unsigned i, unsigned types,
               const char *want, struct err *err) MUST_CHECK;
#define TYPE_BIT(type) (1u << (type))

/* Operand i is an integer of 64 bits, written without point or exponent. */
int arg_int(struct builtin_ctx *ctx, const struct value *const *args, unsigned i, int64_t *out,
            struct err *err) MUST_CHECK;

/* Operand i (an array or set) holds `got`, which is no `want`. Returns -1. */
int arg_element_error(struct builtin_ctx *ctx, struct err *err, unsigned i,
                      const struct value *coll, const char *want, const struct value *got);

/* eval_type_error with "NAME: TEXT". Returns -1. */
int arg_error(struct builtin_ctx *ctx, struct err *err, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* What a deeper layer said becomes this built-in's error; memory and limits stay what they are.
 * Returns -1. */
int builtin_raise(struct builtin_ctx *ctx, struct err *err);

/* The result; NULL: memory is used up. */
static inline int result(const struct value *made, const struct value **out, struct err *err)
{
    *out = made;
    return made ? 0 : err_nomem(err);
}
static inline int result_bool(bool b, const struct value **out)
{
    *out = value_bool_of(b);
    return 0;
}
int result_int(struct builtin_ctx *ctx, int64_t n, const struct value **out,
               struct err *err) MUST_CHECK;
int result_string(struct builtin_ctx *ctx, const char *bytes, size_t len, const struct value **out,
                  struct err *err) MUST_CHECK;
int result_buf(struct builtin_ctx *ctx, const struct buf *b, const struct value **out,
               struct err *err) MUST_CHECK;

#endif
