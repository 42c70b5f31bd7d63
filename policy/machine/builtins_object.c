#include "policy/machine/builtin_arg.h"
#include "policy/machine/builtins_core.h"

/* --- keys -------------------------------------------------------------------------------- */

BUILTIN_FN(builtin_object_get)
{
    const struct value *const path = args[1];
    const struct value *at = args[0];

    if (arg_type(ctx, args, 0, VALUE_OBJECT, err) < 0)
        return -1;
    if (!value_is(path, VALUE_ARRAY))
        at = value_get(at, path);
    for (size_t i = 0; value_is(path, VALUE_ARRAY) && at && i < path->count; i++)
        at = value_get(at, value_at(path, i));
    *out = at ? at : args[2];
    return 0;
}

static const struct value *keys_of(struct arena *a, const struct value *obj)
{
    struct value_list list = {0};

    for (size_t i = 0; i < obj->count; i++)
        value_list_add(a, &list, value_key_at(obj, i));
    return value_list_set(a, &list);
}

BUILTIN_FN(builtin_object_keys)
{
    if (arg_type(ctx, args, 0, VALUE_OBJECT, err) < 0)
        return -1;
    return result(keys_of(ctx->arena, args[0]), out, err);
}

/* Operand 2's keys as something value_get knows members of. */
static int arg_keys(struct builtin_ctx *ctx, const struct value *const *args,
                    const struct value **keys, struct err *err)
{
    const unsigned types = TYPE_BIT(VALUE_OBJECT) | TYPE_BIT(VALUE_SET) | TYPE_BIT(VALUE_ARRAY);
    struct value_list list = {0};

    if (arg_type(ctx, args, 0, VALUE_OBJECT, err) < 0 ||
        arg_one_of(ctx, args, 1, types, "object, set, array", err) < 0)
        return -1;
    *keys = args[1];
    if (!value_is(args[1], VALUE_ARRAY))
        return 0;
    for (size_t i = 0; i < args[1]->count; i++)
        value_list_add(ctx->arena, &list, value_at(args[1], i));
    return result(value_list_set(ctx->arena, &list), keys, err);
}

static int pick_keys(struct builtin_ctx *ctx, const struct value *const *args, bool listed,
                     const struct value **out, struct err *err)
{
    const struct value *keys;
    struct value_fields fields = {0};

    if (arg_keys(ctx, args, &keys, err) < 0)
        return -1;
    for (size_t i = 0; i < args[0]->count; i++)
        if ((value_get(keys, value_key_at(args[0], i)) != NULL) == listed)
            value_fields_put(ctx->arena, &fields, value_key_at(args[0], i),
                             value_val_at(args[0], i));
    if (fields.keys.n == args[0]->count && !fields.keys.failed) {
        *out = args[0];
        return 0;
    }
    return result(value_fields_object(ctx->arena, &fields), out, err);
}

BUILTIN_FN(builtin_object_filter)
{
    return pick_keys(ctx, args, true, out, err);
}

BUILTIN_FN(builtin_object_remove)
{
    return pick_keys(ctx, args, false, out, err);
}

/* --- union ------------------------------------------------------------------------------- */

/* y over x, object by object; depth is the values'. Both come in key order, and so do the pairs of
 * what is made. */
static const struct value *overlay(struct arena *a, const struct value *x, const struct value *y)
{
    if (!value_is(x, VALUE_OBJECT) || !value_is(y, VALUE_OBJECT))
        return y;
    if (x->count == 0 || y->count == 0)
        return x->count == 0 ? y : x;

    const size_t most = (size_t)x->count + y->count;
    const struct value **const keys = arena_alloc(a, 2 * most * sizeof(*keys));
    const struct value **const vals = keys ? keys + most : NULL;
    size_t n = 0;
    for (size_t i = 0, j = 0; keys && (i < x->count || j < y->count); n++) {
        const int c = i == x->count   ? 1
                      : j == y->count ? -1
                                      : value_compare_keys(value_key_at(x, i), value_key_at(y, j));
        keys[n] = c <= 0 ? value_key_at(x, i) : value_key_at(y, j);
        vals[n] = c < 0   ? value_val_at(x, i)
                  : c > 0 ? value_val_at(y, j)
                          : overlay(a, value_val_at(x, i), value_val_at(y, j));
        if (!vals[n])
            return NULL;
        i += c <= 0;
        j += c >= 0;
    }
    return keys ? value_object(a, keys, vals, n) : NULL;
}

BUILTIN_FN(builtin_object_union)
{
    if (arg_type(ctx, args, 0, VALUE_OBJECT, err) < 0 ||
        arg_type(ctx, args, 1, VALUE_OBJECT, err) < 0)
        return -1;
    return result(overlay(ctx->arena, args[0], args[1]), out, err);
}

BUILTIN_FN(builtin_object_union_n)
{
    const struct value *all = value_object(ctx->arena, NULL, NULL, 0);

    if (arg_type(ctx, args, 0, VALUE_ARRAY, err) < 0)
        return -1;
    for (size_t i = 0; all && i < args[0]->count; i++) {
        const struct value *const v = value_at(args[0], i);
        if (!value_is(v, VALUE_OBJECT))
            return arg_element_error(ctx, err, 0, args[0], "object", v);
        all = overlay(ctx->arena, all, v);
    }
    return result(all, out, err);
}

/* --- subset ------------------------------------------------------------------------------ */

static bool set_subset(const struct value *super, const struct value *sub)
{
    for (size_t i = 0; i < sub->count; i++)
        if (!value_get(super, value_at(sub, i)))
            return false;
    return true;
}

/* Somewhere in super stand sub's elements, one after another. */
static bool array_subset(const struct value *super, const struct value *sub)
{
    for (size_t start = 0; start + sub->count <= super->count; start++) {
        size_t n = 0;
        while (n < sub->count && value_equal(value_at(super, start + n), value_at(sub, n)))
            n++;
        if (n == sub->count)
            return true;
    }
    return false;
}

/* As OPA counts: an element that stands in super twice counts twice, and an empty super has
 * nothing in it, not even nothing. */
static bool set_in_array(const struct value *super, const struct value *sub)
{
    size_t left = sub->count;

    for (size_t i = 0; i < super->count; i++) {
        left -= value_get(sub, value_at(super, i)) != NULL;
        if (left == 0)
            return true;
    }
    return false;
}

static bool object_subset(const struct value *super, const struct value *sub);

static bool nested_subset(const struct value *super, const struct value *sub)
{
    if (value_equal(super, sub))
        return true;
    if (super->type != sub->type)
        return false;
    return value_is(sub, VALUE_OBJECT)  ? object_subset(super, sub)
           : value_is(sub, VALUE_SET)   ? set_subset(super, sub)
           : value_is(sub, VALUE_ARRAY) ? array_subset(super, sub)
                                        : false;
}

static bool object_subset(const struct value *super, const struct value *sub)
{
    for (size_t i = 0; i < sub->count; i++) {
        const struct value *const v = value_get(super, value_key_at(sub, i));
        if (!v || !nested_subset(v, value_val_at(sub, i)))
            return false;
    }
    return true;
}

BUILTIN_FN(builtin_object_subset)
{
    const struct value *const super = args[0], *const sub = args[1];

    if (value_is(super, VALUE_ARRAY) && value_is(sub, VALUE_SET))
        return result_bool(set_in_array(super, sub), out);
    if (super->type != sub->type || super->type < VALUE_ARRAY)
        return arg_error(ctx, err,
                         "both arguments object.subset must be of the same type or array and set");
    return result_bool(nested_subset(super, sub), out);
}
