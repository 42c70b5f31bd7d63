#include "policy/rego/pem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/machine/base64.h"

static int decode(struct buf *out, const char *alphabet, const char *s, size_t len, bool padded,
                  struct err *err)
{
    char *const bytes = malloc(len / 4 * 3 + 3);
    size_t wrong = 0;

    if (!bytes)
        return err_nomem(err);
    const int64_t n = base64_read(alphabet, padded, s, len, bytes, &wrong);

    if (n > 0)
        buf_add(out, bytes, (size_t)n);
    free(bytes);
    return n < 0 ? err_set(err, ERR_INVALID, "illegal base64 data at input byte %zu", wrong)
                 : buf_check(out, err);
}

int base64_decode(struct buf *out, const char *s, size_t len, struct err *err)
{
    return decode(out, base64_std, s, len, true, err);
}

int base64url_decode(struct buf *out, const char *s, size_t len, struct err *err)
{
    if (len > 0 && s[len - 1] == '=')
        return decode(out, base64_url, s, len, true, err);
    if (len % 4 == 1)
        return err_set(err, ERR_INVALID, "illegal base64url string: %.*s", (int)len, s);
    return decode(out, base64_url, s, len, false, err);
}

static void encode(struct buf *out, const char *alphabet, const unsigned char *p, size_t len,
                   bool pad)
{
    for (size_t i = 0; i < len; i += 3) {
        const size_t n = len - i < 3 ? len - i : 3;
        const uint32_t bits = (uint32_t)p[i] << 16 | (n > 1 ? (uint32_t)p[i + 1] << 8 : 0) |
                              (n > 2 ? (uint32_t)p[i + 2] : 0);

        for (size_t k = 0; k < 4; k++) {
            if (k <= n)
                buf_putc(out, alphabet[bits >> (18 - 6 * k) & 63]);
            else if (pad)
                buf_putc(out, '=');
        }
    }
}

void base64url_encode(struct buf *out, const void *bytes, size_t len)
{
    encode(out, base64_url, bytes, len, false);
}

void base64_encode(struct buf *out, const void *bytes, size_t len)
{
    encode(out, base64_std, bytes, len, true);
}

/* "-----BEGIN TYPE-----" or "-----END TYPE-----" at s. */
static bool marker(const char *s, const char *end, const char *word, const char **type,
                   size_t *type_len, const char **after)
{
    const size_t n = strlen(word);

    if ((size_t)(end - s) < n || memcmp(s, word, n) != 0)
        return false;
    const char *const close = memmem(s + n, (size_t)(end - s) - n, "-----", 5);

    if (close == NULL || memchr(s + n, '\n', (size_t)(close - s) - n) != NULL)
        return false;
    *type = s + n;
    *type_len = (size_t)(close - s) - n;
    *after = close + 5;
    return true;
}

static const char *line_end(const char *s, const char *end)
{
    const char *const nl = s < end ? memchr(s, '\n', (size_t)(end - s)) : NULL;

    return nl != NULL ? nl + 1 : end;
}

/* Header lines "Name: value" stand before an empty line. */
static const char *skip_headers(const char *s, const char *end)
{
    for (const char *next = line_end(s, end); s < end; s = next, next = line_end(s, end)) {
        if (memchr(s, ':', (size_t)(next - s)) == NULL)
            break;
    }
    return s;
}

bool pem_decode(const char *s, size_t len, struct pem_block *out)
{
    const char *const end = s + len;
    struct err ignored = ERR_INIT;

    for (const char *at = s; at < end; at = line_end(at, end)) {
        const char *type = NULL, *body = NULL, *close_type = NULL, *after = NULL;
        size_t type_len = 0, close_len = 0;

        if (!marker(at, end, "-----BEGIN ", &type, &type_len, &body))
            continue;
        body = skip_headers(line_end(body, end), end);
        const char *const close = memmem(body, (size_t)(end - body), "-----END ", 9);

        if (close == NULL || !marker(close, end, "-----END ", &close_type, &close_len, &after) ||
            close_len != type_len || memcmp(type, close_type, type_len) != 0)
            continue;
        buf_clear(&out->der);
        if (base64_decode(&out->der, body, (size_t)(close - body), &ignored) < 0)
            continue;
        while (after < end && (*after == ' ' || *after == '\t' || *after == '\r'))
            after++;
        after += after < end && *after == '\n';
        out->type = type;
        out->type_len = type_len;
        out->rest = after;
        out->rest_len = (size_t)(end - after);
        return true;
    }
    return false;
}

bool pem_is(const struct pem_block *b, const char *type)
{
    return strlen(type) == b->type_len && memcmp(b->type, type, b->type_len) == 0;
}
