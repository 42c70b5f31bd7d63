#include "policy/machine/builtin_arg.h"
#include "policy/machine/builtins_core.h"
#include "policy/value/big.h"
#include "policy/value/number.h"
#include "policy/value/utf8.h"

/* Aggregates, membership, arrays. */

enum { ITEMS = TYPE_BIT(VALUE_ARRAY) | TYPE_BIT(VALUE_SET) };
enum { DOUBLE_PREC = 53 };

BUILTIN_FN(builtin_count)
{
    const struct value *const v = args[0];

    if (arg_one_of(ctx, args, 0, ITEMS | TYPE_BIT(VALUE_OBJECT) | TYPE_BIT(VALUE_STRING),
                   "array, object, set, string", err) < 0)
        return -1;
    const size_t n = value_is(v, VALUE_STRING) ? utf8_count(value_bytes(v), v->count) : v->count;
    return result_int(ctx, (int64_t)n, out, err);
}

/* Of equal ones the last: 1 and 1.0 are both in an array's reach. */
static int extreme(struct builtin_ctx *ctx, const struct value *const *args, int sign,
                   const struct value **out, struct err *err)
{
    if (arg_one_of(ctx, args, 0, ITEMS, "set, array", err) < 0)
        return -1;
    *out = NULL;
    for (size_t i = 0; i < args[0]->count; i++) {
        const struct value *const v = value_at(args[0], i);
        const int c = *out ? value_compare(v, *out) : 0;
        if ((sign > 0 ? c : -c) >= 0)
            *out = v;
    }
    return 0;
}

BUILTIN_FN(builtin_max)
{
    return extreme(ctx, args, 1, out, err);
}

BUILTIN_FN(builtin_min)
{
    return extreme(ctx, args, -1, out, err);
}

/* A stable merge sort, bottom up, between two arrays of n. */
static const struct value **merge_sort(const struct value **from, const struct value **to, size_t n)
{
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t i = 0; i < n; i += 2 * width) {
            const size_t mid = n - i < width ? n : i + width;
            const size_t end = n - i < 2 * width ? n : i + 2 * width;
            size_t l = i, r = mid;
            for (size_t k = i; k < end; k++) {
                const bool right = l == mid || (r < end && value_compare(from[r], from[l]) < 0);
                to[k] = right ? from[r++] : from[l++];
            }
        }
        const struct value **const swap = from;
        from = to;
        to = swap;
    }
    return from;
}

BUILTIN_FN(builtin_sort)
{
    const struct value *const v = args[0];

    if (arg_one_of(ctx, args, 0, ITEMS, "set, array", err) < 0)
        return -1;
    const struct value **const space =
        ARENA_NEW_N(ctx->arena, const struct value *, 2 * (size_t)v->count);
    if (!space)
        return err_nomem(err);
    for (size_t i = 0; i < v->count; i++)
        space[i] = value_at(v, i);
    const struct value **const sorted = merge_sort(space, space + v->count, v->count);
    return result(value_array(ctx->arena, sorted, v->count), out, err);
}

static int fold(struct builtin_ctx *ctx, const struct value *const *args, enum number_op op,
                int64_t first, const struct value **out, struct err *err)
{
    const struct value *total = value_int(ctx->arena, first);

    if (arg_one_of(ctx, args, 0, ITEMS, "set, array", err) < 0)
        return -1;
    for (size_t i = 0; i < args[0]->count; i++) {
        const struct value *const v = value_at(args[0], i);
        if (!value_is(v, VALUE_NUMBER))
            return arg_element_error(ctx, err, 0, args[0], "number", v);
        if (number_arith(ctx->arena, op, total, v, &total, err) < 0)
            return builtin_raise(ctx, err);
    }
    *out = total;
    return 0;
}

/* Where one of the numbers is no integer all are added or multiplied as floats: sums as longer ones
 * than products, which are doubles. */
static int float_fold(struct builtin_ctx *ctx, const struct value *coll, enum number_op op,
                      int64_t first, const struct value **out, struct err *err)
{
    AUTO_BIGFLOAT struct bigfloat x = bigfloat_new();
    AUTO_BIGFLOAT struct bigfloat total = bigfloat_new();
    AUTO_BIGFLOAT struct bigfloat next = bigfloat_new();

    if (bigfloat_of(&total, value_int(ctx->arena, first), err) < 0)
        return -1;
    for (size_t i = 0; i < coll->count; i++) {
        if (bigfloat_of(&x, value_at(coll, i), err) < 0)
            return builtin_raise(ctx, err);
        next.prec = op == NUMBER_MUL ? DOUBLE_PREC : BIGFLOAT_PREC;
        (op == NUMBER_MUL ? bigfloat_mul : bigfloat_add)(&next, &total, &x);

        const struct bigfloat swap = total;
        total = next;
        next = swap;
    }
    return bigfloat_value(ctx->arena, &total, out, err) < 0 ? builtin_raise(ctx, err) : 0;
}

static int total(struct builtin_ctx *ctx, const struct value *const *args, enum number_op op,
                 int64_t first, const struct value **out, struct err *err)
{
    bool floats = false;

    for (size_t i = 0; i < args[0]->count && (TYPE_BIT(args[0]->type) & ITEMS); i++) {
        if (!value_is(value_at(args[0], i), VALUE_NUMBER))
            return fold(ctx, args, op, first, out, err); /* which says so */
        floats = floats || !number_is_integer(value_at(args[0], i));
    }
    return floats ? float_fold(ctx, args[0], op, first, out, err)
                  : fold(ctx, args, op, first, out, err);
}

BUILTIN_FN(builtin_sum)
{
    return total(ctx, args, NUMBER_ADD, 0, out, err);
}

BUILTIN_FN(builtin_product)
{
    return total(ctx, args, NUMBER_MUL, 1, out, err);
}

static size_t count_true(const struct value *coll)
{
    size_t n = 0;

    for (size_t i = 0; i < coll->count; i++)
        n += value_is(value_at(coll, i), VALUE_BOOL) && value_bool(value_at(coll, i));
    return n;
}

BUILTIN_FN(builtin_all)
{
    if (arg_one_of(ctx, args, 0, ITEMS, "array, set", err) < 0)
        return -1;
    return result_bool(count_true(args[0]) == args[0]->count, out);
}

BUILTIN_FN(builtin_any)
{
    if (arg_one_of(ctx, args, 0, ITEMS, "array, set", err) < 0)
        return -1;
    return result_bool(count_true(args[0]) > 0, out);
}

static bool has_member(const struct value *coll, const struct value *v)
{
    if (value_is(coll, VALUE_SET))
        return value_get(coll, v) != NULL;
    for (size_t i = 0; i < coll->count; i++)
        if (value_equal(value_is(coll, VALUE_OBJECT) ? value_val_at(coll, i) : value_at(coll, i),
                        v))
            return true;
    return false;
}

static bool is_collection(const struct value *v)
{
    return v->type >= VALUE_ARRAY;
}

BUILTIN_FN(builtin_member_2)
{
    (void)ctx;
    (void)err;
    return result_bool(is_collection(args[1]) && has_member(args[1], args[0]), out);
}

BUILTIN_FN(builtin_member_3)
{
    const struct value *const found = is_collection(args[2]) ? value_get(args[2], args[0]) : NULL;

    (void)ctx;
    (void)err;
    return result_bool(found && value_equal(found, args[1]), out);
}

/* --- arrays ------------------------------------------------------------------------------ */

static void add_all(struct builtin_ctx *ctx, struct value_list *list, const struct value *array)
{
    for (size_t i = 0; i < array->count; i++)
        value_list_add(ctx->arena, list, value_at(array, i));
}

BUILTIN_FN(builtin_array_concat)
{
    struct value_list list = {0};

    if (arg_type(ctx, args, 0, VALUE_ARRAY, err) < 0 ||
        arg_type(ctx, args, 1, VALUE_ARRAY, err) < 0)
        return -1;
    add_all(ctx, &list, args[0]);
    add_all(ctx, &list, args[1]);
    return result(value_list_array(ctx->arena, &list), out, err);
}

/* One level. */
BUILTIN_FN(builtin_array_flatten)
{
    struct value_list list = {0};

    if (arg_type(ctx, args, 0, VALUE_ARRAY, err) < 0)
        return -1;
    for (size_t i = 0; i < args[0]->count; i++) {
        const struct value *const v = value_at(args[0], i);
        if (value_is(v, VALUE_ARRAY))
            add_all(ctx, &list, v);
        else
            value_list_add(ctx->arena, &list, v);
    }
    return result(value_list_array(ctx->arena, &list), out, err);
}

BUILTIN_FN(builtin_array_reverse)
{
    struct value_list list = {0};

    if (arg_type(ctx, args, 0, VALUE_ARRAY, err) < 0)
        return -1;
    for (size_t i = args[0]->count; i-- > 0;)
        value_list_add(ctx->arena, &list, value_at(args[0], i));
    return result(value_list_array(ctx->arena, &list), out, err);
}

static int64_t clamp(int64_t n, int64_t high)
{
    return n < 0 ? 0 : n > high ? high : n;
}

BUILTIN_FN(builtin_array_slice)
{
    struct value_list list = {0};
    int64_t start, stop;

    if (arg_type(ctx, args, 0, VALUE_ARRAY, err) < 0 || arg_int(ctx, args, 1, &start, err) < 0 ||
        arg_int(ctx, args, 2, &stop, err) < 0)
        return -1;
    stop = clamp(stop, args[0]->count);
    for (start = clamp(start, stop); start < stop; start++)
        value_list_add(ctx->arena, &list, value_at(args[0], (size_t)start));
    return result(value_list_array(ctx->arena, &list), out, err);
}
