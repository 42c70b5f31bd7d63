#include "base/str.h"

#include <stdio.h>
#include <string.h>

size_t str_utf8(const char *s, size_t len, unsigned *cp)
{
    static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char first = len > 0 ? (unsigned char)s[0] : 0xff;
    size_t need;
    unsigned c;

    if (first < 0x80) {
        *cp = first;
        return 1;
    }
    if (first >= 0xc2 && first < 0xe0) {
        need = 2;
        c = first & 0x1fu;
    } else if (first >= 0xe0 && first < 0xf0) {
        need = 3;
        c = first & 0x0fu;
    } else if (first >= 0xf0 && first < 0xf5) {
        need = 4;
        c = first & 0x07u;
    } else {
        return 0;
    }
    if (len < need)
        return 0;
    for (size_t i = 1; i < need; i++) {
        const unsigned char next = (unsigned char)s[i];

        if ((next & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (next & 0x3fu);
    }
    if (c < least[need] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *cp = c;
    return need;
}

/* Ranges that a terminal or reader acts on rather than shows. */
static bool hidden(unsigned c)
{
    static const struct {
        unsigned from, to;
    } ranges[] = {
        {0x00, 0x1f},        {0x7f, 0x9f},     {0xad, 0xad},     {0x61c, 0x61c},
        {0x180e, 0x180e},    {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},
        {0xfeff, 0xfeff},    {0xfff9, 0xfffb}, {0xe000, 0xf8ff}, {0xe0000, 0xe0fff},
        {0xf0000, 0x10ffff},
    };

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        if (c >= ranges[i].from && c <= ranges[i].to)
            return true;
    }
    return false;
}

/* The text of one character (or one bad byte) and the bytes it took. */
static size_t escape_one(const char *s, size_t len, char text[16], size_t *text_len)
{
    unsigned c = 0;
    const size_t took = str_utf8(s, len, &c);
    int n;

    if (took > 0 && !hidden(c)) {
        memcpy(text, s, took);
        *text_len = took;
        return took;
    }
    if (took == 0)
        n = snprintf(text, 16, "\\x%02x", (unsigned)(unsigned char)s[0]);
    else if (c == '\n')
        n = snprintf(text, 16, "\\n");
    else if (c == '\t')
        n = snprintf(text, 16, "\\t");
    else if (c < 0x80)
        n = snprintf(text, 16, "\\x%02x", c);
    else
        n = snprintf(text, 16, "\\u{%x}", c);
    *text_len = n > 0 ? (size_t)n : 0;
    return took > 0 ? took : 1;
}

size_t str_escape(const char *bytes, size_t len, char *out, size_t size)
{
    size_t at = 0;  /* written */
    size_t cut = 0; /* where "..." still fits, should it be needed */

    for (size_t i = 0; i < len;) {
        char text[16];
        size_t n = 0;
        const size_t took = escape_one(bytes + i, len - i, text, &n);

        if (at + n + 1 > size) {
            memcpy(out + cut, "...", 4);
            return cut + 3;
        }
        memcpy(out + at, text, n);
        at += n;
        if (at + 4 <= size)
            cut = at;
        i += took;
    }
    out[at] = '\0';
    return at;
}

bool str_copy(char *out, size_t size, const char *text)
{
    const size_t len = strlen(text);
    const size_t n = len < size ? len : size - 1;

    memcpy(out, text, n);
    out[n] = '\0';
    return n == len;
}

bool str_decimal(const char *text, unsigned long long max, unsigned long long *out)
{
    unsigned long long n = 0;

    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return false;
        if (__builtin_mul_overflow(n, 10ull, &n) ||
            __builtin_add_overflow(n, (unsigned long long)(*text - '0'), &n))
            return false;
    }
    if (n > max)
        return false;
    *out = n;
    return true;
}

bool str_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}
