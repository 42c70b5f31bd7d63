#include "policy/machine/ip.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define V4_MAPPED ((ip_bits)0xffff << 32)

bool ip_is_v4(ip_bits ip)
{
    return ip >> 32 == 0xffff;
}

/* Four decimal bytes without leading zeros. */
static bool parse_v4(const char *s, size_t len, uint32_t *out)
{
    uint32_t v = 0, part = 0;
    size_t digits = 0, dots = 0;

    for (size_t i = 0; i < len; i++) {
        if (s[i] == '.') {
            if (digits == 0 || ++dots > 3)
                return false;
            v = v << 8 | part;
            part = 0;
            digits = 0;
        } else if (s[i] >= '0' && s[i] <= '9') {
            if (digits == 1 && part == 0)
                return false;
            part = part * 10 + (uint32_t)(s[i] - '0');
            if (part > 255)
                return false;
            digits++;
        } else {
            return false;
        }
    }
    *out = v << 8 | part;
    return dots == 3 && digits > 0;
}

static int hex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Eight groups of hexadecimal digits, one run of them left out as "::", the last two as IPv4. */
static bool parse_v6(const char *s, size_t len, ip_bits *out)
{
    uint16_t group[8] = {0};
    size_t n = 0, i = 0, gap = SIZE_MAX;

    if (len >= 2 && s[0] == ':' && s[1] == ':') {
        gap = 0;
        i = 2;
    }
    while (i < len) {
        uint32_t v = 0;
        size_t digits = 0;

        for (; i + digits < len && hex(s[i + digits]) >= 0; digits++) {
            if (digits == 4)
                return false;
            v = v << 4 | (uint32_t)hex(s[i + digits]);
        }
        if (digits == 0 || n == 8)
            return false;
        if (i + digits < len && s[i + digits] == '.') {
            if (n > 6 || !parse_v4(s + i, len - i, &v))
                return false;
            group[n++] = (uint16_t)(v >> 16);
            group[n++] = (uint16_t)v;
            i = len;
            break;
        }
        group[n++] = (uint16_t)v;
        i += digits;
        if (i == len)
            break;
        if (s[i] != ':' || ++i == len)
            return false;
        if (s[i] == ':') {
            if (gap != SIZE_MAX)
                return false;
            gap = n;
            i++;
        }
    }
    if (gap == SIZE_MAX ? n != 8 : n == 8)
        return false;
    *out = 0;
    for (size_t k = 0; k < 8; k++) {
        const size_t missing = 8 - n;
        const bool in_gap = gap != SIZE_MAX && k >= gap && k < gap + missing;

        *out = *out << 16 | (in_gap ? 0 : group[gap == SIZE_MAX || k < gap ? k : k - missing]);
    }
    return true;
}

bool ip_parse(const char *s, size_t len, ip_bits *out)
{
    uint32_t v4 = 0;

    if (memchr(s, ':', len) != NULL)
        return parse_v6(s, len, out);
    if (!parse_v4(s, len, &v4))
        return false;
    *out = V4_MAPPED | v4;
    return true;
}

bool cidr_parse(const char *s, size_t len, struct cidr *out)
{
    const char *const slash = memchr(s, '/', len);
    unsigned n = 0;

    if (slash == NULL || !ip_parse(s, (size_t)(slash - s), &out->ip))
        return false;
    const bool dotted = memchr(s, ':', (size_t)(slash - s)) == NULL;

    if (slash + 1 == s + len)
        return false;
    for (const char *d = slash + 1; d < s + len; d++) {
        if (*d < '0' || *d > '9' || (n = n * 10 + (unsigned)(*d - '0')) > 128)
            return false;
    }
    if (n > (dotted ? 32u : 128u))
        return false;
    out->bits = dotted ? n + 96 : n;
    out->v4 = ip_is_v4(out->ip) && out->bits >= 96;
    return true;
}

static ip_bits host_mask(const struct cidr *c)
{
    return c->bits == 0 ? ~(ip_bits)0 : ((ip_bits)1 << (128 - c->bits)) - 1;
}

ip_bits cidr_first(const struct cidr *c)
{
    return c->ip & ~host_mask(c);
}

ip_bits cidr_last(const struct cidr *c)
{
    return c->ip | host_mask(c);
}

bool cidr_has(const struct cidr *c, ip_bits ip)
{
    return ip_is_v4(ip) == c->v4 && ip >= cidr_first(c) && ip <= cidr_last(c);
}

void ip_print(ip_bits ip, char out[IP_TEXT_MAX])
{
    unsigned from = 8, run = 1, n = 0;
    size_t at = 0;

    if (ip_is_v4(ip)) {
        (void)snprintf(out, IP_TEXT_MAX, "%u.%u.%u.%u", (unsigned)(ip >> 24 & 255),
                       (unsigned)(ip >> 16 & 255), (unsigned)(ip >> 8 & 255), (unsigned)(ip & 255));
        return;
    }
    /* the longest run of two zero groups or more is left out, of equal ones the first */
    for (unsigned i = 0; i<8; i += n> 0 ? n : 1) {
        for (n = 0; i + n < 8 && (ip >> (112 - 16 * (i + n)) & 0xffff) == 0; n++)
            continue;
        if (n > run) {
            run = n;
            from = i;
        }
    }
    out[0] = '\0';
    for (unsigned i = 0; i < 8; i++) {
        if (i == from) {
            at += (size_t)snprintf(out + at, IP_TEXT_MAX - at, "::");
            i += run - 1;
            continue;
        }
        at += (size_t)snprintf(out + at, IP_TEXT_MAX - at, "%s%x",
                               i > 0 && out[at - 1] != ':' ? ":" : "",
                               (unsigned)(ip >> (112 - 16 * i) & 0xffff));
    }
}

void cidr_print(const struct cidr *c, char out[IP_TEXT_MAX])
{
    ip_print(c->ip, out);
    const size_t n = strlen(out);

    (void)snprintf(out + n, IP_TEXT_MAX - n, "/%u", c->v4 ? c->bits - 96 : c->bits);
}
