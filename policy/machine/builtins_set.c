#include "policy/machine/builtin_arg.h"
#include "policy/machine/builtins_core.h"

/* Sets are sorted: every operation is one merge of two. */

enum keep { KEEP_LEFT = 1u << 0, KEEP_BOTH = 1u << 1, KEEP_RIGHT = 1u << 2 };

static const struct value *merge(struct arena *a, const struct value *x, const struct value *y,
                                 unsigned keep)
{
    struct value_list list = {0};
    size_t i = 0, k = 0;

    while (i < x->count || k < y->count) {
        const int c = i == x->count   ? 1
                      : k == y->count ? -1
                                      : value_compare(value_at(x, i), value_at(y, k));
        const unsigned where = c < 0 ? KEEP_LEFT : c > 0 ? KEEP_RIGHT : KEEP_BOTH;
        if (where & keep)
            value_list_add(a, &list, c <= 0 ? value_at(x, i) : value_at(y, k));
        i += c <= 0;
        k += c >= 0;
    }
    return value_list_set(a, &list);
}

static int merge_args(struct builtin_ctx *ctx, const struct value *const *args, unsigned keep,
                      const struct value **out, struct err *err)
{
    if (arg_type(ctx, args, 0, VALUE_SET, err) < 0 || arg_type(ctx, args, 1, VALUE_SET, err) < 0)
        return -1;
    return result(merge(ctx->arena, args[0], args[1], keep), out, err);
}

BUILTIN_FN(builtin_and)
{
    return merge_args(ctx, args, KEEP_BOTH, out, err);
}

BUILTIN_FN(builtin_or)
{
    return merge_args(ctx, args, KEEP_LEFT | KEEP_BOTH | KEEP_RIGHT, out, err);
}

BUILTIN_FN(builtin_set_diff)
{
    return merge_args(ctx, args, KEEP_LEFT, out, err);
}

/* The operand is a set of sets. */
static int sets_only(struct builtin_ctx *ctx, const struct value *const *args, struct err *err)
{
    if (arg_type(ctx, args, 0, VALUE_SET, err) < 0)
        return -1;
    for (size_t i = 0; i < args[0]->count; i++)
        if (!value_is(value_at(args[0], i), VALUE_SET))
            return builtin_type_error(ctx, err, 1, "set", value_at(args[0], i));
    return 0;
}

BUILTIN_FN(builtin_intersection)
{
    if (sets_only(ctx, args, err) < 0)
        return -1;
    if (args[0]->count == 0)
        return result(value_set(ctx->arena, NULL, 0), out, err);
    const struct value *all = value_at(args[0], 0);
    for (size_t i = 1; all && i < args[0]->count; i++)
        all = merge(ctx->arena, all, value_at(args[0], i), KEEP_BOTH);
    return result(all, out, err);
}

BUILTIN_FN(builtin_union)
{
    struct value_list list = {0};

    if (sets_only(ctx, args, err) < 0)
        return -1;
    for (size_t i = 0; i < args[0]->count; i++) {
        const struct value *const set = value_at(args[0], i);
        for (size_t k = 0; k < set->count; k++)
            value_list_add(ctx->arena, &list, value_at(set, k));
    }
    return result(value_list_set(ctx->arena, &list), out, err);
}
