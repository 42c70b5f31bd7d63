#include <string.h>

#include "policy/machine/builtin_arg.h"
#include "policy/machine/builtins_core.h"
#include "policy/value/pointer.h"

/* json.filter and json.remove turn their paths into one tree first: objects by key, null where a
 * path ends; a shorter path hides the longer ones behind it. */

enum { PATHS = TYPE_BIT(VALUE_ARRAY) | TYPE_BIT(VALUE_SET) };

static const struct value *segment(struct arena *a, const char *s, size_t len)
{
    char *const text = arena_alloc(a, len + 1);
    size_t n = 0;

    for (size_t i = 0; text && i < len; i++) {
        const bool escape = s[i] == '~' && i + 1 < len && (s[i + 1] == '0' || s[i + 1] == '1');
        text[n++] = !escape ? s[i] : s[i + 1] == '0' ? '~' : '/';
        i += escape ? 1 : 0;
    }
    return text ? value_string(a, text, n) : NULL;
}

/* Slashes at the front do not count; "" is no path at all. */
static const struct value *split_path(struct arena *a, const struct value *text)
{
    const char *s = value_bytes(text);
    const char *const end = s + text->count;
    struct value_list list = {0};

    if (text->count == 0)
        return value_array(a, NULL, 0);
    while (s < end && *s == '/')
        s++;
    while (s <= end) {
        const char *const slash = memchr(s, '/', (size_t)(end - s));
        const char *const stop = slash ? slash : end;
        value_list_add(a, &list, segment(a, s, (size_t)(stop - s)));
        s = stop + 1;
    }
    return value_list_array(a, &list);
}

/* The tree with one more path, from its segment `at` on. */
static const struct value *grow(struct arena *a, const struct value *tree, const struct value *path,
                                size_t at)
{
    const struct value *const key = value_at(path, at);
    const struct value *kid = value_get(tree, key);

    if (kid && value_is(kid, VALUE_NULL))
        return tree;
    if (at + 1 == path->count)
        return value_object_with(a, tree, key, &value_null);
    if (!kid)
        kid = value_object(a, NULL, NULL, 0);
    kid = kid ? grow(a, kid, path, at + 1) : NULL;
    return kid ? value_object_with(a, tree, key, kid) : NULL;
}

static int arg_paths(struct builtin_ctx *ctx, const struct value *const *args,
                     const struct value **tree, struct err *err)
{
    const struct value *const paths = args[1];

    if (arg_type(ctx, args, 0, VALUE_OBJECT, err) < 0 ||
        arg_one_of(ctx, args, 1, PATHS, "set, array", err) < 0)
        return -1;
    *tree = value_object(ctx->arena, NULL, NULL, 0);
    for (size_t i = 0; i < paths->count; i++) {
        const struct value *path = value_at(paths, i);
        if (value_is(path, VALUE_STRING))
            path = split_path(ctx->arena, path);
        else if (!value_is(path, VALUE_ARRAY))
            return arg_error(ctx, err,
                             "operand 2 must be one of {set, array} containing string paths or "
                             "array of path segments but got %s",
                             builtin_type_name(path));
        if (path && path->count > 0)
            *tree = grow(ctx->arena, *tree, path, 0);
        if (!path || !*tree)
            return err_nomem(err);
    }
    return 0;
}

/* The subtree for a key, an array's elements being named by their index as text. */
static const struct value *subtree(struct arena *a, const struct value *tree, const struct value *v,
                                   size_t i)
{
    if (!value_is(tree, VALUE_OBJECT))
        return NULL;
    if (value_is(v, VALUE_ARRAY)) {
        const struct value *const index = value_strf(a, "%zu", i);
        return index ? value_get(tree, index) : NULL;
    }
    return value_get(tree, value_is(v, VALUE_OBJECT) ? value_key_at(v, i) : value_at(v, i));
}

static const struct value *kid_of(const struct value *v, size_t i)
{
    return value_is(v, VALUE_OBJECT) ? value_val_at(v, i) : value_at(v, i);
}

/* v with each kid replaced by what `map` makes of it and its subtree; NULL from it drops the kid
 * unless the arena failed. */
typedef const struct value *map_fn(struct arena *a, const struct value *kid,
                                   const struct value *tree);

static const struct value *map_kids(struct arena *a, const struct value *v,
                                    const struct value *tree, map_fn *map)
{
    struct value_fields fields = {0};

    for (size_t i = 0; i < v->count; i++) {
        const struct value *const kid = map(a, kid_of(v, i), subtree(a, tree, v, i));
        if (a->failed)
            return NULL;
        if (kid && value_is(v, VALUE_OBJECT))
            value_fields_put(a, &fields, value_key_at(v, i), kid);
        else if (kid)
            value_list_add(a, &fields.vals, kid);
    }
    return value_is(v, VALUE_OBJECT)  ? value_fields_object(a, &fields)
           : value_is(v, VALUE_ARRAY) ? value_list_array(a, &fields.vals)
                                      : value_list_set(a, &fields.vals);
}

static const struct value *removed(struct arena *a, const struct value *v, const struct value *tree)
{
    if (!tree || v->type < VALUE_ARRAY)
        return tree && value_is(tree, VALUE_NULL) ? NULL : v;
    return value_is(tree, VALUE_NULL) ? NULL : map_kids(a, v, tree, removed);
}

static const struct value *filtered(struct arena *a, const struct value *v,
                                    const struct value *tree)
{
    if (!tree || value_is(tree, VALUE_NULL))
        return tree ? v : NULL;
    return v->type < VALUE_ARRAY ? v : map_kids(a, v, tree, filtered);
}

BUILTIN_FN(builtin_json_remove)
{
    const struct value *tree;

    if (arg_paths(ctx, args, &tree, err) < 0)
        return -1;
    return result(map_kids(ctx->arena, args[0], tree, removed), out, err);
}

BUILTIN_FN(builtin_json_filter)
{
    const struct value *tree;

    if (arg_paths(ctx, args, &tree, err) < 0)
        return -1;
    return result(map_kids(ctx->arena, args[0], tree, filtered), out, err);
}

BUILTIN_FN(builtin_json_patch)
{
    if (arg_type(ctx, args, 1, VALUE_ARRAY, err) < 0)
        return -1;
    if (patch_apply_as(ctx->arena, PATCH_OPA, args[0], args[1], out, err) < 0)
        return builtin_raise(ctx, err);
    return 0;
}
