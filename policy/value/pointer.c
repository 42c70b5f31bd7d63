#include "policy/value/pointer.h"

#include <string.h>

#include "base/buf.h"
#include "policy/value/print.h"

/* Index that the token text names in RFC 6901's grammar: "0", or digits without a leading zero. */
static bool token_index(const char *text, size_t len, size_t *out)
{
    size_t n = 0;

    if (len == 0 || len > 10 || (len > 1 && text[0] == '0'))
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        n = n * 10 + (size_t)(text[i] - '0');
    }
    *out = n;
    return true;
}

/* Does the escaped token spell the key? */
static bool token_is(const char *token, size_t len, const struct value *key)
{
    const char *const bytes = value_bytes(key);
    size_t at = 0;

    for (size_t i = 0; i < len; i++, at++) {
        char c = token[i];
        if (c == '~') {
            i++;
            if (i == len || (token[i] != '0' && token[i] != '1'))
                return false;
            c = token[i] == '0' ? '~' : '/';
        }
        if (at == key->count || bytes[at] != c)
            return false;
    }
    return at == key->count;
}

static const struct value *step(const struct value *doc, const char *token, size_t len)
{
    size_t index;

    if (value_is(doc, VALUE_ARRAY))
        return token_index(token, len, &index) && index < doc->count ? value_at(doc, index) : NULL;
    if (!value_is(doc, VALUE_OBJECT))
        return NULL;
    for (size_t i = 0; i < doc->count; i++) {
        const struct value *const key = value_key_at(doc, i);
        if (value_is(key, VALUE_STRING) && token_is(token, len, key))
            return value_val_at(doc, i);
    }
    return NULL;
}

const struct value *pointer_get(const struct value *doc, const char *ptr, size_t len)
{
    size_t at = 0;

    if (len > 0 && ptr[0] != '/')
        return NULL;
    while (doc && at < len) {
        const char *const token = ptr + at + 1;
        const size_t left = len - at - 1;
        const char *const slash = left > 0 ? memchr(token, '/', left) : NULL;
        const size_t n = slash ? (size_t)(slash - token) : left;
        doc = step(doc, token, n);
        at += 1 + n;
    }
    return doc;
}

static const struct value *unescape(struct arena *a, const char *token, size_t len)
{
    char *const text = arena_alloc(a, len + 1);
    size_t n = 0;

    if (!text)
        return NULL;
    for (size_t i = 0; i < len; i++) {
        const bool escape = token[i] == '~' && i + 1 < len;
        text[n++] = escape && token[i + 1] == '0'   ? '~'
                    : escape && token[i + 1] == '1' ? '/'
                                                    : token[i];
        i += escape && (token[i + 1] == '0' || token[i + 1] == '1') ? 1 : 0;
    }
    return value_string(a, text, n);
}

static bool escapes_valid(const char *ptr, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (ptr[i] == '~' && (i + 1 == len || (ptr[i + 1] != '0' && ptr[i + 1] != '1')))
            return false;
    return true;
}

int pointer_parse(struct arena *a, const char *ptr, size_t len, const struct value **tokens,
                  struct err *err)
{
    struct value_list list = {0};

    if (len > 0 && ptr[0] != '/')
        return err_set(err, ERR_INVALID, "a pointer must be empty or start with '/'");
    if (!escapes_valid(ptr, len))
        return err_set(err, ERR_INVALID, "a pointer has '~' without '0' or '1' behind it");
    for (size_t at = 0; at < len;) {
        const char *const token = ptr + at + 1;
        const char *const slash = memchr(token, '/', len - at - 1);
        const size_t n = slash ? (size_t)(slash - token) : len - at - 1;
        value_list_add(a, &list, unescape(a, token, n));
        at += 1 + n;
    }
    *tokens = value_list_array(a, &list);
    return *tokens ? 0 : err_nomem(err);
}

const struct value *pointer_format(struct arena *a, const struct value *tokens)
{
    struct buf b = BUF_INIT;
    const struct value *out = NULL;

    for (size_t i = 0; i < tokens->count; i++) {
        const struct value *const token = value_at(tokens, i);
        buf_putc(&b, '/');
        if (value_is(token, VALUE_NUMBER)) {
            rego_print_number(&b, token);
            continue;
        }
        for (size_t k = 0; value_is(token, VALUE_STRING) && k < token->count; k++) {
            const char c = value_bytes(token)[k];
            if (c == '~' || c == '/')
                buf_puts(&b, c == '~' ? "~0" : "~1");
            else
                buf_putc(&b, c);
        }
    }
    if (!b.failed)
        out = value_string(a, b.data ? b.data : "", b.len);
    buf_done(&b);
    return out;
}
