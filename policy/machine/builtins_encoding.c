#include <string.h>

#include "policy/machine/base64.h"
#include "policy/machine/builtin_arg.h"
#include "policy/machine/builtins_core.h"
#include "policy/value/json.h"
#include "policy/value/utf8.h"

/* --- base64 ------------------------------------------------------------------------------ */

static int base64_encode(struct builtin_ctx *ctx, const struct value *const *args,
                         const char *alphabet, bool padded, const struct value **out,
                         struct err *err)
{
    if (arg_string(ctx, args, 0, err) < 0)
        return -1;
    const uint8_t *const s = (const uint8_t *)value_bytes(args[0]);
    const size_t len = args[0]->count;
    char *const text = arena_alloc(ctx->arena, len / 3 * 4 + 5);
    size_t n = 0;
    if (!text)
        return err_nomem(err);
    for (size_t i = 0; i < len; i += 3) {
        const size_t left = len - i;
        const uint32_t word = (uint32_t)s[i] << 16 | (left > 1 ? (uint32_t)s[i + 1] << 8 : 0) |
                              (left > 2 ? s[i + 2] : 0);
        for (size_t k = 0; k < 4; k++) {
            if (k <= left)
                text[n++] = alphabet[word >> (18 - 6 * k) & 63];
            else if (padded)
                text[n++] = '=';
        }
    }
    return result_string(ctx, text, n, out, err);
}

BUILTIN_FN(builtin_base64_encode)
{
    return base64_encode(ctx, args, base64_std, true, out, err);
}

BUILTIN_FN(builtin_base64url_encode)
{
    return base64_encode(ctx, args, base64_url, true, out, err);
}

BUILTIN_FN(builtin_base64url_encode_no_pad)
{
    return base64_encode(ctx, args, base64_url, false, out, err);
}

static int base64_decoded(struct builtin_ctx *ctx, const char *alphabet, const char *s, size_t len,
                          const struct value **out, struct err *err)
{
    char *const bytes = arena_alloc(ctx->arena, len / 4 * 3 + 4);
    size_t wrong = 0;

    if (!bytes)
        return err_nomem(err);
    const int64_t n = base64_read(alphabet, true, s, len, bytes, &wrong);
    if (n < 0)
        return builtin_error(ctx, err, "illegal base64 data at input byte %zu", wrong);
    return result_string(ctx, bytes, (size_t)n, out, err);
}

BUILTIN_FN(builtin_base64_decode)
{
    if (arg_string(ctx, args, 0, err) < 0)
        return -1;
    return base64_decoded(ctx, base64_std, value_bytes(args[0]), args[0]->count, out, err);
}

BUILTIN_FN(builtin_base64_is_valid)
{
    struct err ignored = ERR_INIT;
    const struct value *bytes;

    if (!value_is(args[0], VALUE_STRING))
        return result_bool(false, out);
    const int rc =
        base64_decoded(ctx, base64_std, value_bytes(args[0]), args[0]->count, &bytes, &ignored);
    if (rc < 0 && ctx->arena->failed)
        return err_nomem(err);
    return result_bool(rc == 0, out);
}

/* Padding may be left out (RFC 7515, appendix C). */
BUILTIN_FN(builtin_base64url_decode)
{
    if (arg_string(ctx, args, 0, err) < 0)
        return -1;
    const size_t len = args[0]->count;
    const size_t odd = len % 4;
    char *const text = arena_alloc(ctx->arena, len + 3);
    if (!text)
        return err_nomem(err);
    memcpy(text, value_bytes(args[0]), len);
    memcpy(text + len, "==", 2);
    const bool padded = len > 0 && text[len - 1] == '=';
    if (!padded && odd == 1)
        return builtin_error(ctx, err, "illegal base64url string: %s", value_bytes(args[0]));
    const size_t pads = padded || odd == 0 ? 0 : 4 - odd;
    return base64_decoded(ctx, base64_url, text, len + pads, out, err);
}

/* --- hexadecimal ------------------------------------------------------------------------- */

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    const char low = (char)(c | 0x20);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

BUILTIN_FN(builtin_hex_encode)
{
    static const char digits[] = "0123456789abcdef";

    if (arg_string(ctx, args, 0, err) < 0)
        return -1;
    const size_t len = args[0]->count;
    char *const text = arena_alloc(ctx->arena, 2 * len + 1);
    if (!text)
        return err_nomem(err);
    for (size_t i = 0; i < len; i++) {
        const uint8_t c = (uint8_t)value_bytes(args[0])[i];
        text[2 * i] = digits[c >> 4];
        text[2 * i + 1] = digits[c & 15];
    }
    return result_string(ctx, text, 2 * len, out, err);
}

BUILTIN_FN(builtin_hex_decode)
{
    if (arg_string(ctx, args, 0, err) < 0)
        return -1;
    const char *const s = value_bytes(args[0]);
    const size_t len = args[0]->count;
    char *const bytes = arena_alloc(ctx->arena, len / 2 + 1);
    if (!bytes)
        return err_nomem(err);
    for (size_t i = 0; i < len; i++) {
        const int digit = hex_value(s[i]);
        if (digit < 0) {
            const uint8_t c = (uint8_t)s[i];
            const bool shown = utf8_is_print(c); /* a byte, as Go shows it: of Latin 1 */
            char rune[UTF8_MAX];
            const int width = (int)utf8_encode(rune, c);
            return builtin_error(ctx, err, "encoding/hex: invalid byte: U+%04X%s%.*s%s", c,
                                 shown ? " '" : "", shown ? width : 0, rune, shown ? "'" : "");
        }
        bytes[i / 2] = (char)(i % 2 == 0 ? digit << 4 : (uint8_t)bytes[i / 2] | digit);
        if (i + 1 == len && len % 2 != 0)
            return builtin_error(ctx, err, "encoding/hex: odd length hex string");
    }
    return result_string(ctx, bytes, len / 2, out, err);
}

/* --- URL queries ------------------------------------------------------------------------- */

static void query_escape(struct buf *b, const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        const char c = s[i];
        const char low = (char)(c | 0x20);
        if ((low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') ||
            (c != '\0' && strchr("-_.~", c)))
            buf_putc(b, c);
        else if (c == ' ')
            buf_putc(b, '+');
        else
            buf_printf(b, "%%%02X", (unsigned)(uint8_t)c);
    }
}

/* The bytes meant; *bad tells a '%' without two digits. */
static const struct value *query_unescape(struct arena *a, const char *s, size_t len,
                                          const char **bad)
{
    char *const text = arena_alloc(a, len + 1);
    size_t n = 0;

    for (size_t i = 0; text && i < len; i++) {
        const bool digits = len - i > 2 && hex_value(s[i + 1]) >= 0 && hex_value(s[i + 2]) >= 0;
        if (s[i] != '%') {
            text[n++] = s[i] == '+' ? ' ' : s[i];
        } else if (digits) {
            text[n++] = (char)(hex_value(s[i + 1]) << 4 | hex_value(s[i + 2]));
            i += 2;
        } else {
            *bad = s + i;
            return NULL;
        }
    }
    return text ? value_string(a, text, n) : NULL;
}

static int unescape_error(struct builtin_ctx *ctx, struct err *err, const char *bad,
                          const char *end)
{
    if (!bad)
        return err_nomem(err);
    const int n = end - bad > 3 ? 3 : (int)(end - bad);
    return builtin_error(ctx, err, "invalid URL escape \"%.*s\"", n, bad);
}

BUILTIN_FN(builtin_urlquery_encode)
{
    AUTO_BUF struct buf b = {.max = ctx->arena->budget};

    if (arg_string(ctx, args, 0, err) < 0)
        return -1;
    query_escape(&b, value_bytes(args[0]), args[0]->count);
    return result_buf(ctx, &b, out, err);
}

BUILTIN_FN(builtin_urlquery_decode)
{
    const char *bad = NULL;

    if (arg_string(ctx, args, 0, err) < 0)
        return -1;
    const char *const s = value_bytes(args[0]);
    *out = query_unescape(ctx->arena, s, args[0]->count, &bad);
    return *out ? 0 : unescape_error(ctx, err, bad, s + args[0]->count);
}

static void add_pair(struct buf *b, const struct value *key, const struct value *val)
{
    if (b->len > 0)
        buf_putc(b, '&');
    query_escape(b, value_bytes(key), key->count);
    buf_putc(b, '=');
    query_escape(b, value_bytes(val), val->count);
}

/* A key as JSON has it: what is no string is its own text. */
static const struct value *key_text(struct arena *a, const struct value *key)
{
    AUTO_BUF struct buf b = BUF_INIT;

    if (value_is(key, VALUE_STRING))
        return key;
    json_print(&b, key, JSON_COMPACT);
    return b.failed ? NULL : value_string(a, b.data, b.len);
}

/* Pairs come in the order of their keys' texts. */
BUILTIN_FN(builtin_urlquery_encode_object)
{
    AUTO_BUF struct buf b = {.max = ctx->arena->budget};
    static const char what[] = "operand 1 values must be string, array[string], or set[string]";
    struct value_fields texts = {0};

    if (arg_type(ctx, args, 0, VALUE_OBJECT, err) < 0)
        return -1;
    for (size_t i = 0; i < args[0]->count; i++)
        value_fields_put(ctx->arena, &texts, key_text(ctx->arena, value_key_at(args[0], i)),
                         value_val_at(args[0], i));
    const struct value *const pairs = value_fields_object(ctx->arena, &texts);

    if (!pairs)
        return err_nomem(err);
    for (size_t i = 0; i < pairs->count; i++) {
        const struct value *const key = value_key_at(pairs, i), *const v = value_val_at(pairs, i);
        if (value_is(v, VALUE_STRING)) {
            add_pair(&b, key, v);
            continue;
        }
        if (!value_is(v, VALUE_ARRAY) && !value_is(v, VALUE_SET))
            return arg_error(ctx, err, "%s", what);
        for (size_t k = 0; k < v->count; k++) {
            if (!value_is(value_at(v, k), VALUE_STRING))
                return arg_error(ctx, err, "%s", what);
            add_pair(&b, key, value_at(v, k));
        }
    }
    return result_buf(ctx, &b, out, err);
}

/* key's values so far, and one more. */
static const struct value *appended(struct arena *a, const struct value *before,
                                    const struct value *val)
{
    struct value_list list = {0};

    for (size_t i = 0; before && i < before->count; i++)
        value_list_add(a, &list, value_at(before, i));
    value_list_add(a, &list, val);
    return value_list_array(a, &list);
}

BUILTIN_FN(builtin_urlquery_decode_object)
{
    const struct value *all = value_object(ctx->arena, NULL, NULL, 0);
    const char *bad = NULL;

    if (arg_string(ctx, args, 0, err) < 0)
        return -1;
    const char *s = value_bytes(args[0]);
    const char *const end = s + args[0]->count;
    while (s < end) {
        const char *const amp = memchr(s, '&', (size_t)(end - s));
        const char *const stop = amp ? amp : end;
        const char *const eq = memchr(s, '=', (size_t)(stop - s));
        const char *const key_end = eq ? eq : stop;
        const char *const val_at = eq ? eq + 1 : stop;
        if (memchr(s, ';', (size_t)(stop - s)))
            return builtin_error(ctx, err, "invalid semicolon separator in query");
        if (stop > s) {
            const struct value *const key =
                query_unescape(ctx->arena, s, (size_t)(key_end - s), &bad);
            const struct value *const val =
                key ? query_unescape(ctx->arena, val_at, (size_t)(stop - val_at), &bad) : NULL;
            if (!val)
                return unescape_error(ctx, err, bad, end);
            const struct value *const vals = appended(ctx->arena, value_get(all, key), val);
            all = vals ? value_object_with(ctx->arena, all, key, vals) : NULL;
            if (!all)
                return err_nomem(err);
        }
        s = stop + 1;
    }
    return result(all, out, err);
}
