#include "policy/value/utf8.h"

struct print_range {
    uint32_t first, last;
};

struct case_range {
    uint32_t first, last, stride;
    int32_t delta;
};

#include "policy/value/utf8_tables.inc"

size_t utf8_decode(const char *p, size_t left, uint32_t *rune)
{
    const uint8_t *const s = (const uint8_t *)p;
    const uint8_t c = s[0];

    if (c < 0x80) {
        *rune = c;
        return 1;
    }
    const size_t n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t code = c & (0xffu >> (n + 1));
    *rune = UTF8_ERROR;
    if (c < 0xc2 || c > 0xf4 || left < n)
        return 1;
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 1;
        code = code << 6 | (s[i] & 0x3f);
    }
    if (code < least[n] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return 1;
    *rune = code;
    return n;
}

size_t utf8_encode(char out[UTF8_MAX], uint32_t rune)
{
    if (rune > 0x10ffff || (rune >= 0xd800 && rune <= 0xdfff))
        rune = UTF8_ERROR;
    if (rune < 0x80) {
        out[0] = (char)rune;
        return 1;
    }
    const size_t n = rune < 0x800 ? 2 : rune < 0x10000 ? 3 : 4;
    static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = n; i-- > 1; rune >>= 6)
        out[i] = (char)(0x80 | (rune & 0x3f));
    out[0] = (char)(lead[n] | rune);
    return n;
}

void utf8_put(struct buf *b, uint32_t rune)
{
    char bytes[UTF8_MAX];

    buf_add(b, bytes, utf8_encode(bytes, rune));
}

size_t utf8_count(const char *p, size_t len)
{
    size_t runes = 0;
    uint32_t rune;

    for (size_t i = 0; i < len; runes++)
        i += utf8_decode(p + i, len - i, &rune);
    return runes;
}

size_t utf8_offset(const char *p, size_t len, size_t index)
{
    size_t at = 0;
    uint32_t rune;

    for (; index > 0 && at < len; index--)
        at += utf8_decode(p + at, len - at, &rune);
    return at;
}

bool utf8_is_print(uint32_t rune)
{
    size_t low = 0, high = sizeof(print_ranges) / sizeof(print_ranges[0]);

    if (rune < 0x80)
        return rune >= 0x20 && rune < 0x7f;
    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        if (rune > print_ranges[mid].last)
            low = mid + 1;
        else
            high = mid;
    }
    return low < sizeof(print_ranges) / sizeof(print_ranges[0]) && rune >= print_ranges[low].first;
}

bool utf8_is_space(uint32_t rune)
{
    return (rune >= '\t' && rune <= '\r') || rune == ' ' || rune == 0x85 || rune == 0xa0 ||
           rune == 0x1680 || (rune >= 0x2000 && rune <= 0x200a) || rune == 0x2028 ||
           rune == 0x2029 || rune == 0x202f || rune == 0x205f || rune == 0x3000;
}

/* Ranges ascend by their first rune but may interleave (alternating scripts), so that several
 * before the nearest one may hold the rune. */
static uint32_t map_case(const struct case_range *rows, size_t n, uint32_t rune)
{
    for (size_t i = 0; i < n && rows[i].first <= rune; i++)
        if (rune <= rows[i].last && (rune - rows[i].first) % rows[i].stride == 0)
            return (uint32_t)((int32_t)rune + rows[i].delta);
    return rune;
}

uint32_t utf8_upper(uint32_t rune)
{
    if (rune < 0x80)
        return rune >= 'a' && rune <= 'z' ? rune - 0x20 : rune;
    return map_case(upper_ranges, sizeof(upper_ranges) / sizeof(upper_ranges[0]), rune);
}

uint32_t utf8_lower(uint32_t rune)
{
    if (rune < 0x80)
        return rune >= 'A' && rune <= 'Z' ? rune + 0x20 : rune;
    return map_case(lower_ranges, sizeof(lower_ranges) / sizeof(lower_ranges[0]), rune);
}
