/* policy/machine/utf8.h - runes in and out of UTF-8, as Go's ranges over strings read them.
 *
 * Layer:   policy/machine
 * Errors:  an invalid byte reads as U+FFFD of width 1; utf8_decode tells it by *width alone.
 */
#ifndef POLICY_MACHINE_UTF8_H
#define POLICY_MACHINE_UTF8_H

#include <stddef.h>
#include <stdint.h>

enum { RUNE_ERROR = 0xfffd, RUNE_MAX = 0x10ffff, UTF8_MAX = 4 };

/* The rune at s[0..len), len > 0; *width is how many bytes it takes. */
static inline uint32_t utf8_decode(const char *s, size_t len, size_t *width)
{
    const unsigned char *const p = (const unsigned char *)s;
    const uint32_t c = p[0];
    size_t need = 0;
    uint32_t low = 0, r = 0;

    *width = 1;
    if (c < 0x80)
        return c;
    if (c >= 0xc2 && c < 0xe0) {
        need = 1, low = 0x80, r = c & 0x1fu;
    } else if (c >= 0xe0 && c < 0xf0) {
        need = 2, low = 0x800, r = c & 0x0fu;
    } else if (c >= 0xf0 && c < 0xf5) {
        need = 3, low = 0x10000, r = c & 0x07u;
    } else {
        return RUNE_ERROR;
    }
    if (len <= need)
        return RUNE_ERROR;
    for (size_t i = 1; i <= need; i++) {
        if ((p[i] & 0xc0u) != 0x80u)
            return RUNE_ERROR;
        r = (r << 6) | (p[i] & 0x3fu);
    }
    if (r < low || r > RUNE_MAX || (r >= 0xd800 && r < 0xe000))
        return RUNE_ERROR;
    *width = need + 1;
    return r;
}

/* Write rune r (U+FFFD when it is none) to out; returns the width. */
static inline size_t utf8_encode(uint32_t r, char out[UTF8_MAX])
{
    if (r > RUNE_MAX || (r >= 0xd800 && r < 0xe000))
        r = RUNE_ERROR;
    if (r < 0x80) {
        out[0] = (char)r;
        return 1;
    }
    if (r < 0x800) {
        out[0] = (char)(0xc0u | (r >> 6));
        out[1] = (char)(0x80u | (r & 0x3fu));
        return 2;
    }
    if (r < 0x10000) {
        out[0] = (char)(0xe0u | (r >> 12));
        out[1] = (char)(0x80u | ((r >> 6) & 0x3fu));
        out[2] = (char)(0x80u | (r & 0x3fu));
        return 3;
    }
    out[0] = (char)(0xf0u | (r >> 18));
    out[1] = (char)(0x80u | ((r >> 12) & 0x3fu));
    out[2] = (char)(0x80u | ((r >> 6) & 0x3fu));
    out[3] = (char)(0x80u | (r & 0x3fu));
    return 4;
}

#endif
