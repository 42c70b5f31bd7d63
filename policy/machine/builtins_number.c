#include <string.h>

#include "policy/machine/builtin_arg.h"
#include "policy/machine/builtins_core.h"
#include "policy/machine/machine.h"
#include "policy/value/number.h"

/* --- arithmetic -------------------------------------------------------------------------- */

static int arith(struct builtin_ctx *ctx, enum number_op op, const struct value *const *args,
                 const struct value **out, struct err *err)
{
    if (arg_type(ctx, args, 0, VALUE_NUMBER, err) < 0 ||
        arg_type(ctx, args, 1, VALUE_NUMBER, err) < 0)
        return -1;
    if (number_arith(ctx->arena, op, args[0], args[1], out, err) < 0)
        return builtin_raise(ctx, err);
    return 0;
}

#define ARITH(name, op)                                                                            \
    BUILTIN_FN(name)                                                                               \
    {                                                                                              \
        return arith(ctx, op, args, out, err);                                                     \
    }

ARITH(builtin_plus, NUMBER_ADD)
ARITH(builtin_mul, NUMBER_MUL)
ARITH(builtin_div, NUMBER_DIV)
ARITH(builtin_rem, NUMBER_REM)

/* Numbers subtract, sets differ. */
BUILTIN_FN(builtin_minus)
{
    const bool n1 = value_is(args[0], VALUE_NUMBER), n2 = value_is(args[1], VALUE_NUMBER);
    const bool s1 = value_is(args[0], VALUE_SET), s2 = value_is(args[1], VALUE_SET);

    if (n1 && n2)
        return arith(ctx, NUMBER_SUB, args, out, err);
    if (s1 && s2)
        return builtin_set_diff(ctx, args, out, err);
    if (!n1 && !s1)
        return arg_one_of(ctx, args, 0, 0, "number, set", err);
    return builtin_type_error(ctx, err, 2, n2 ? "set" : "number", args[1]);
}

static int rounded(struct builtin_ctx *ctx, enum number_round how, const struct value *const *args,
                   const struct value **out, struct err *err)
{
    if (arg_type(ctx, args, 0, VALUE_NUMBER, err) < 0)
        return -1;
    if (number_round(ctx->arena, how, args[0], out, err) < 0)
        return builtin_raise(ctx, err);
    return 0;
}

#define ROUND(name, how)                                                                           \
    BUILTIN_FN(name)                                                                               \
    {                                                                                              \
        return rounded(ctx, how, args, out, err);                                                  \
    }

ROUND(builtin_abs, NUMBER_ABS)
ROUND(builtin_ceil, NUMBER_CEIL)
ROUND(builtin_floor, NUMBER_FLOOR)
ROUND(builtin_round, NUMBER_ROUND)

/* --- integers of any size ---------------------------------------------------------------- */

static int arg_integer(struct builtin_ctx *ctx, const struct value *const *args, unsigned i,
                       struct err *err)
{
    if (!value_is(args[i], VALUE_NUMBER))
        return builtin_type_error(ctx, err, i + 1, "integer", args[i]);
    if (!number_is_integer(args[i]))
        return arg_error(ctx, err,
                         "operand %u must be integer number but got floating-point number", i + 1);
    return 0;
}

static int bits(struct builtin_ctx *ctx, enum number_bits op, const struct value *const *args,
                const struct value **out, struct err *err)
{
    const struct value *const y = op == NUMBER_NEGATE ? NULL : args[1];

    if (arg_integer(ctx, args, 0, err) < 0 || (y && arg_integer(ctx, args, 1, err) < 0))
        return -1;
    if ((op == NUMBER_LSH || op == NUMBER_RSH) && number_compare(y, value_int(ctx->arena, 0)) < 0)
        return arg_error(ctx, err,
                         "operand 2 must be an unsigned integer number but got a negative integer");
    if (number_bits(ctx->arena, op, args[0], y, out, err) < 0)
        return builtin_raise(ctx, err);
    return 0;
}

#define BITS(name, op)                                                                             \
    BUILTIN_FN(name)                                                                               \
    {                                                                                              \
        return bits(ctx, op, args, out, err);                                                      \
    }

BITS(builtin_bits_and, NUMBER_AND)
BITS(builtin_bits_or, NUMBER_OR)
BITS(builtin_bits_xor, NUMBER_XOR)
BITS(builtin_bits_lsh, NUMBER_LSH)
BITS(builtin_bits_rsh, NUMBER_RSH)
BITS(builtin_bits_negate, NUMBER_NEGATE)

BUILTIN_FN(builtin_format_int)
{
    const struct value *whole = args[0];
    int64_t base;

    if (arg_type(ctx, args, 0, VALUE_NUMBER, err) < 0 ||
        arg_type(ctx, args, 1, VALUE_NUMBER, err) < 0)
        return -1;
    const bool plain = args[0]->form == VALUE_FORM_INT || !strpbrk(args[0]->u.digits, ".eE");
    if (args[1]->form != VALUE_FORM_INT || !value_int64(args[1], &base) ||
        (base != 2 && base != 8 && base != 10 && base != 16))
        return arg_error(ctx, err, "operand 2 must be one of {2, 8, 10, 16}");
    /* Digits alone are exact; what has a point or an exponent is a float first. */
    if ((!plain && number_round(ctx->arena, NUMBER_TRUNC, args[0], &whole, err) < 0) ||
        number_format_int(ctx->arena, whole, (int)base, out, err) < 0)
        return builtin_raise(ctx, err);
    return 0;
}

/* --- ranges ------------------------------------------------------------------------------ */

/* From x to y, both included, upwards or downwards; the arena's budget bounds its length. */
static int range(struct builtin_ctx *ctx, const struct value *const *args, const struct value *step,
                 const struct value **out, struct err *err)
{
    const bool up = value_compare(args[0], args[1]) <= 0;
    const struct value *at = args[0];
    struct value_list list = {0};

    if (at->form != VALUE_FORM_INT &&
        number_arith(ctx->arena, NUMBER_ADD, at, value_int(ctx->arena, 0), &at, err) < 0)
        return builtin_raise(ctx, err);
    while (up ? value_compare(at, args[1]) <= 0 : value_compare(at, args[1]) >= 0) {
        value_list_add(ctx->arena, &list, at);
        if (list.failed)
            return err_nomem(err);
        if (number_arith(ctx->arena, up ? NUMBER_ADD : NUMBER_SUB, at, step, &at, err) < 0)
            return builtin_raise(ctx, err);
    }
    return result(value_list_array(ctx->arena, &list), out, err);
}

BUILTIN_FN(builtin_numbers_range)
{
    if (arg_integer(ctx, args, 0, err) < 0 || arg_integer(ctx, args, 1, err) < 0)
        return -1;
    return range(ctx, args, value_int(ctx->arena, 1), out, err);
}

BUILTIN_FN(builtin_numbers_range_step)
{
    for (unsigned i = 0; i < 3; i++)
        if (arg_integer(ctx, args, i, err) < 0)
            return -1;
    if (number_compare(args[2], value_int(ctx->arena, 0)) <= 0)
        return builtin_error(ctx, err, "%s: step must be a positive integer", ctx->name);
    return range(ctx, args, args[2], out, err);
}

/* The same name and bound give the same number throughout a run: it is a function of both and of
 * the run's seed. */
BUILTIN_FN(builtin_rand_intn)
{
    int64_t n;

    if (arg_string(ctx, args, 0, err) < 0 || arg_int(ctx, args, 1, &n, err) < 0)
        return -1;
    if (n == 0)
        return result_int(ctx, 0, out, err);

    const uint64_t bound = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    uint64_t x = (ctx->opt ? ctx->opt->seed : 0) ^ bound ^
                 ((uint64_t)value_hash_bytes(value_bytes(args[0]), args[0]->count) << 32);
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    x ^= x >> 31;
    return result(value_u64(ctx->arena, x % bound), out, err);
}
