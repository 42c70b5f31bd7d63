#include <string.h>

#include "policy/machine/builtin_arg.h"
#include "policy/machine/builtins_core.h"
#include "policy/value/utf8.h"

/* --- replacing --------------------------------------------------------------------------- */

static bool at_start(const char *s, size_t left, const struct value *old)
{
    return old->count <= left && memcmp(s, value_bytes(old), old->count) == 0;
}

/* The first pattern that matches at s; SIZE_MAX: none. Empty ones only where `empty` says. */
static size_t match(const char *s, size_t left, const struct value *const *old, size_t n,
                    bool empty)
{
    for (size_t i = 0; i < n; i++)
        if ((old[i]->count > 0 || empty) && at_start(s, left, old[i]))
            return i;
    return SIZE_MAX;
}

/* The text with U+FFFD for each byte that is no UTF-8. */
static int result_runes(struct builtin_ctx *ctx, const struct buf *b, const struct value **out,
                        struct err *err)
{
    AUTO_BUF struct buf whole = {.max = ctx->arena->budget};
    uint32_t rune;

    for (size_t i = 0; i < b->len;) {
        i += utf8_decode(b->data + i, b->len - i, &rune);
        utf8_put(&whole, rune);
    }
    return result_buf(ctx, b->failed ? b : &whole, out, err);
}

/* Left to right, no text twice: at each place the first pattern of the list that matches. An empty
 * pattern matches once before every byte and at the end: what that tears apart reads U+FFFD. */
static int replace_all(struct builtin_ctx *ctx, const struct value *text,
                       const struct value *const *old, const struct value *const *new, size_t n,
                       const struct value **out, struct err *err)
{
    AUTO_BUF struct buf b = {.max = ctx->arena->budget};
    const char *const s = value_bytes(text);
    bool was_empty = false;

    for (size_t i = 0; i <= text->count;) {
        const size_t k = match(s + i, text->count - i, old, n, !was_empty);
        if (k != SIZE_MAX) {
            buf_add(&b, value_bytes(new[k]), new[k]->count);
            i += old[k]->count;
            was_empty = old[k]->count == 0;
            continue;
        }
        if (i < text->count)
            buf_putc(&b, s[i]);
        i++;
        was_empty = false;
    }
    return result_runes(ctx, &b, out, err);
}

BUILTIN_FN(builtin_replace)
{
    if (arg_strings(ctx, args, 3, err) < 0)
        return -1;
    return replace_all(ctx, args[0], &args[1], &args[2], 1, out, err);
}

BUILTIN_FN(builtin_replace_n)
{
    const struct value *const patterns = args[0];
    struct value_fields fields = {0};

    if (arg_type(ctx, args, 0, VALUE_OBJECT, err) < 0 || arg_string(ctx, args, 1, err) < 0)
        return -1;
    for (size_t i = 0; i < patterns->count; i++) {
        if (!value_is(value_key_at(patterns, i), VALUE_STRING))
            return arg_error(ctx, err, "operand 1 non-string key found in pattern object");
        if (!value_is(value_val_at(patterns, i), VALUE_STRING))
            return arg_error(ctx, err, "operand 1 non-string value found in pattern object");
        value_fields_put(ctx->arena, &fields, value_key_at(patterns, i), value_val_at(patterns, i));
    }
    if (fields.keys.failed || fields.vals.failed)
        return err_nomem(err);
    return replace_all(ctx, args[1], fields.keys.items, fields.vals.items, fields.keys.n, out, err);
}

/* --- trimming ---------------------------------------------------------------------------- */

enum trim { TRIM_LEFT = 1u << 0, TRIM_RIGHT = 1u << 1 };

/* set NULL: white space. */
static bool in_set(uint32_t rune, const struct value *set)
{
    uint32_t member;

    if (!set)
        return utf8_is_space(rune);
    for (size_t i = 0; i < set->count;) {
        i += utf8_decode(value_bytes(set) + i, set->count - i, &member);
        if (member == rune)
            return true;
    }
    return false;
}

/* Where the rune that ends at `end` starts. */
static size_t rune_before(const char *s, size_t end)
{
    uint32_t rune;

    for (size_t n = 2; n <= UTF8_MAX && n <= end; n++)
        if (utf8_decode(s + end - n, n, &rune) == n)
            return end - n;
    return end - 1;
}

static int trim(struct builtin_ctx *ctx, const struct value *text, const struct value *set,
                unsigned sides, const struct value **out, struct err *err)
{
    const char *const s = value_bytes(text);
    size_t start = 0, end = text->count;
    uint32_t rune;

    while ((sides & TRIM_LEFT) && start < end) {
        const size_t n = utf8_decode(s + start, end - start, &rune);
        if (!in_set(rune, set))
            break;
        start += n;
    }
    while ((sides & TRIM_RIGHT) && end > start) {
        const size_t before = rune_before(s, end);
        (void)utf8_decode(s + before, end - before, &rune);
        if (!in_set(rune, set))
            break;
        end = before;
    }
    return result_string(ctx, s + start, end - start, out, err);
}

#define TRIM(name, sides)                                                                          \
    BUILTIN_FN(name)                                                                               \
    {                                                                                              \
        if (arg_strings(ctx, args, 2, err) < 0)                                                    \
            return -1;                                                                             \
        return trim(ctx, args[0], args[1], sides, out, err);                                       \
    }

TRIM(builtin_trim, TRIM_LEFT | TRIM_RIGHT)
TRIM(builtin_trim_left, TRIM_LEFT)
TRIM(builtin_trim_right, TRIM_RIGHT)

BUILTIN_FN(builtin_trim_space)
{
    if (arg_string(ctx, args, 0, err) < 0)
        return -1;
    return trim(ctx, args[0], NULL, TRIM_LEFT | TRIM_RIGHT, out, err);
}

BUILTIN_FN(builtin_trim_prefix)
{
    if (arg_strings(ctx, args, 2, err) < 0)
        return -1;
    const size_t cut = at_start(value_bytes(args[0]), args[0]->count, args[1]) ? args[1]->count : 0;
    return result_string(ctx, value_bytes(args[0]) + cut, args[0]->count - cut, out, err);
}

BUILTIN_FN(builtin_trim_suffix)
{
    if (arg_strings(ctx, args, 2, err) < 0)
        return -1;
    const size_t len = args[0]->count, n = args[1]->count;
    const bool there =
        n <= len && memcmp(value_bytes(args[0]) + len - n, value_bytes(args[1]), n) == 0;
    return result_string(ctx, value_bytes(args[0]), there ? len - n : len, out, err);
}
