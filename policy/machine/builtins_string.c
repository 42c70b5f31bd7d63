#include <string.h>

#include "policy/machine/builtin_arg.h"
#include "policy/machine/builtins_core.h"
#include "policy/value/utf8.h"

enum { ITEMS = TYPE_BIT(VALUE_ARRAY) | TYPE_BIT(VALUE_SET) };

static bool starts_with(const struct value *s, const struct value *prefix)
{
    return prefix->count <= s->count &&
           memcmp(value_bytes(s), value_bytes(prefix), prefix->count) == 0;
}

static bool ends_with(const struct value *s, const struct value *suffix)
{
    return suffix->count <= s->count && memcmp(value_bytes(s) + s->count - suffix->count,
                                               value_bytes(suffix), suffix->count) == 0;
}

static const char *find(const char *s, size_t len, const struct value *sub)
{
    return memmem(s, len, value_bytes(sub), sub->count);
}

static bool has_substring(const struct value *s, const struct value *sub)
{
    return find(value_bytes(s), s->count, sub) != NULL;
}

#define STRING_TEST(name, test)                                                                    \
    BUILTIN_FN(name)                                                                               \
    {                                                                                              \
        if (arg_strings(ctx, args, 2, err) < 0)                                                    \
            return -1;                                                                             \
        return result_bool(test(args[0], args[1]), out);                                           \
    }

STRING_TEST(builtin_contains, has_substring)
STRING_TEST(builtin_startswith, starts_with)
STRING_TEST(builtin_endswith, ends_with)

/* --- any of several ---------------------------------------------------------------------- */

/* Operand i is a string, or an array or set of strings. */
static int arg_string_or_strings(struct builtin_ctx *ctx, const struct value *const *args,
                                 unsigned i, struct err *err)
{
    const struct value *const v = args[i];

    if (arg_one_of(ctx, args, i, ITEMS | TYPE_BIT(VALUE_STRING), "string, set, array", err) < 0)
        return -1;
    for (size_t k = 0; !value_is(v, VALUE_STRING) && k < v->count; k++)
        if (!value_is(value_at(v, k), VALUE_STRING))
            return arg_element_error(ctx, err, i, v, "string", value_at(v, k));
    return 0;
}

static const struct value *string_at(const struct value *v, size_t i)
{
    return value_is(v, VALUE_STRING) ? v : value_at(v, i);
}

static int any_match(struct builtin_ctx *ctx, const struct value *const *args,
                     bool (*test)(const struct value *, const struct value *),
                     const struct value **out, struct err *err)
{
    bool found = false;

    if (arg_string_or_strings(ctx, args, 0, err) < 0 ||
        arg_string_or_strings(ctx, args, 1, err) < 0)
        return -1;
    const size_t n = value_is(args[0], VALUE_STRING) ? 1 : args[0]->count;
    const size_t m = value_is(args[1], VALUE_STRING) ? 1 : args[1]->count;
    for (size_t i = 0; i < n && !found; i++)
        for (size_t k = 0; k < m && !found; k++)
            found = test(string_at(args[0], i), string_at(args[1], k));
    return result_bool(found, out);
}

BUILTIN_FN(builtin_any_prefix_match)
{
    return any_match(ctx, args, starts_with, out, err);
}

BUILTIN_FN(builtin_any_suffix_match)
{
    return any_match(ctx, args, ends_with, out, err);
}

/* --- joining and splitting --------------------------------------------------------------- */

BUILTIN_FN(builtin_concat)
{
    const struct value *const sep = args[0], *const items = args[1];
    size_t size = 0;

    if (arg_string(ctx, args, 0, err) < 0 || arg_one_of(ctx, args, 1, ITEMS, "set, array", err) < 0)
        return -1;
    for (size_t i = 0; i < items->count; i++) {
        if (!value_is(value_at(items, i), VALUE_STRING))
            return arg_element_error(ctx, err, 1, items, "string", value_at(items, i));
        size += value_at(items, i)->count + (size_t)(i > 0 ? sep->count : 0);
    }
    char *const text = arena_alloc(ctx->arena, size + 1);
    if (!text)
        return err_nomem(err);
    char *at = text;
    for (size_t i = 0; i < items->count; i++) {
        const struct value *const item = value_at(items, i);
        if (i > 0)
            at = mempcpy(at, value_bytes(sep), sep->count);
        at = mempcpy(at, value_bytes(item), item->count);
    }
    return result_string(ctx, text, size, out, err);
}

/* The pieces between separators; an empty separator splits between runes. At most `max` pieces,
 * the last of which holds the rest. */
static const struct value *split(struct arena *a, const struct value *text, const struct value *sep,
                                 size_t max)
{
    const char *s = value_bytes(text);
    const char *const end = s + text->count;
    struct value_list list = {0};
    uint32_t rune;

    while (list.n + 1 < max && !list.failed) {
        const char *stop, *next;
        if (sep->count == 0) {
            if (s == end)
                return value_list_array(a, &list);
            next = stop = s + utf8_decode(s, (size_t)(end - s), &rune);
            if (next == end)
                break;
        } else {
            stop = find(s, (size_t)(end - s), sep);
            if (!stop)
                break;
            next = stop + sep->count;
        }
        value_list_add(a, &list, value_string(a, s, (size_t)(stop - s)));
        s = next;
    }
    if (max > 0)
        value_list_add(a, &list, value_string(a, s, (size_t)(end - s)));
    return value_list_array(a, &list);
}

BUILTIN_FN(builtin_split)
{
    if (arg_strings(ctx, args, 2, err) < 0)
        return -1;
    return result(split(ctx->arena, args[0], args[1], SIZE_MAX), out, err);
}

/* The first n pieces, or the last -n. */
BUILTIN_FN(builtin_split_n)
{
    int64_t n;

    if (arg_strings(ctx, args, 2, err) < 0 || arg_int(ctx, args, 2, &n, err) < 0)
        return -1;
    const size_t max = n >= 0 && n < INT64_MAX ? (size_t)n + 1 : SIZE_MAX;
    const struct value *const all = split(ctx->arena, args[0], args[1], max);
    if (!all)
        return err_nomem(err);
    const size_t want = n >= 0 ? (size_t)n : 0 - (size_t)n;
    const size_t kept = want < all->count ? want : all->count;
    const size_t start = n >= 0 ? 0 : all->count - kept;
    struct value_list list = {0};
    for (size_t i = 0; i < kept; i++)
        value_list_add(ctx->arena, &list, value_at(all, start + i));
    return result(value_list_array(ctx->arena, &list), out, err);
}

/* --- places ------------------------------------------------------------------------------ */

static int arg_search(struct builtin_ctx *ctx, const struct value *const *args, struct err *err)
{
    if (arg_strings(ctx, args, 2, err) < 0)
        return -1;
    return args[1]->count > 0 ? 0 : builtin_error(ctx, err, "empty search character");
}

BUILTIN_FN(builtin_indexof)
{
    if (arg_search(ctx, args, err) < 0)
        return -1;
    const char *const s = value_bytes(args[0]);
    const char *const at = find(s, args[0]->count, args[1]);
    return result_int(ctx, at ? (int64_t)utf8_count(s, (size_t)(at - s)) : -1, out, err);
}

/* Every place, overlapping ones too. */
BUILTIN_FN(builtin_indexof_n)
{
    struct value_list list = {0};
    int64_t index = 0;
    uint32_t rune;

    if (arg_search(ctx, args, err) < 0)
        return -1;
    const char *s = value_bytes(args[0]);
    const char *const end = s + args[0]->count;
    for (; s < end; index++) {
        if (args[1]->count <= (size_t)(end - s) &&
            memcmp(s, value_bytes(args[1]), args[1]->count) == 0)
            value_list_add(ctx->arena, &list, value_int(ctx->arena, index));
        s += utf8_decode(s, (size_t)(end - s), &rune);
    }
    return result(value_list_array(ctx->arena, &list), out, err);
}

BUILTIN_FN(builtin_strings_count)
{
    size_t n = 0;

    if (arg_strings(ctx, args, 2, err) < 0)
        return -1;
    const char *s = value_bytes(args[0]);
    const char *const end = s + args[0]->count;
    if (args[1]->count == 0)
        return result_int(ctx, (int64_t)utf8_count(s, args[0]->count) + 1, out, err);
    while ((s = find(s, (size_t)(end - s), args[1])) != NULL) {
        s += args[1]->count;
        n++;
    }
    return result_int(ctx, (int64_t)n, out, err);
}

BUILTIN_FN(builtin_substring)
{
    int64_t start, length;

    if (arg_string(ctx, args, 0, err) < 0 || arg_int(ctx, args, 1, &start, err) < 0 ||
        arg_int(ctx, args, 2, &length, err) < 0)
        return -1;
    if (start < 0)
        return builtin_error(ctx, err, "negative offset");
    const char *const s = value_bytes(args[0]);
    const size_t from = utf8_offset(s, args[0]->count, (size_t)start);
    const size_t left = args[0]->count - from;
    const size_t n = length < 0 ? left : utf8_offset(s + from, left, (size_t)length);
    return result_string(ctx, s + from, n, out, err);
}

/* --- runes ------------------------------------------------------------------------------- */

static int map_runes(struct builtin_ctx *ctx, const struct value *const *args,
                     uint32_t (*map)(uint32_t), const struct value **out, struct err *err)
{
    AUTO_BUF struct buf b = {.max = ctx->arena->budget};
    uint32_t rune;

    if (arg_string(ctx, args, 0, err) < 0)
        return -1;
    const char *const s = value_bytes(args[0]);
    for (size_t i = 0; i < args[0]->count;) {
        i += utf8_decode(s + i, args[0]->count - i, &rune);
        utf8_put(&b, map(rune));
    }
    return result_buf(ctx, &b, out, err);
}

BUILTIN_FN(builtin_lower)
{
    return map_runes(ctx, args, utf8_lower, out, err);
}

BUILTIN_FN(builtin_upper)
{
    return map_runes(ctx, args, utf8_upper, out, err);
}

BUILTIN_FN(builtin_strings_reverse)
{
    uint32_t rune;

    if (arg_string(ctx, args, 0, err) < 0)
        return -1;
    const size_t len = args[0]->count;
    const char *const s = value_bytes(args[0]);
    char *const text = arena_alloc(ctx->arena, len + 1);
    if (!text)
        return err_nomem(err);
    for (size_t i = 0; i < len;) {
        const size_t n = utf8_decode(s + i, len - i, &rune);
        memcpy(text + len - i - n, s + i, n);
        i += n;
    }
    return result_string(ctx, text, len, out, err);
}
