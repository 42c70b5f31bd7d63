#include "policy/machine/gofmt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/value/number.h"
#include "policy/value/print.h"
#include "policy/value/utf8.h"

/* --- padding ----------------------------------------------------------------------------- */

static void fill(struct gofmt *f, char c, size_t n)
{
    for (size_t i = 0; i < n && !f->out->failed; i++)
        buf_putc(f->out, c);
}

static void pad_bytes(struct gofmt *f, const char *s, size_t len, bool zero)
{
    const size_t runes = f->has_width ? utf8_count(s, len) : 0;
    const size_t gap = f->has_width && f->width > runes ? f->width - runes : 0;

    if (!f->minus)
        fill(f, zero ? '0' : ' ', gap);
    buf_add(f->out, s, len);
    if (f->minus)
        fill(f, ' ', gap);
}

static void pad(struct gofmt *f, const char *s, size_t len)
{
    pad_bytes(f, s, len, f->zero);
}

/* What was written to b, padded; b is emptied. */
static void pad_buf(struct gofmt *f, struct buf *b, bool zero)
{
    if (b->failed)
        f->out->failed = true;
    else
        pad_bytes(f, b->len > 0 ? b->data : "", b->len, zero);
    buf_done(b);
}

/* --- integers ---------------------------------------------------------------------------- */

enum { DIGITS_MAX = 64 };

static size_t digits_of(uint64_t n, unsigned base, bool upper, char out[DIGITS_MAX])
{
    const char *const set = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char reversed[DIGITS_MAX];
    size_t len = 0;

    do {
        reversed[len++] = set[n % base];
        n /= base;
    } while (n > 0);
    for (size_t i = 0; i < len; i++)
        out[i] = reversed[len - 1 - i];
    return len;
}

static void put_integer(struct gofmt *f, int64_t n, unsigned base, uint32_t verb)
{
    struct buf b = {.max = f->out->max};
    char digits[DIGITS_MAX];
    const uint64_t magnitude = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    size_t prec = 0;

    if (f->has_prec) {
        prec = f->prec;
        if (prec == 0 && n == 0) {
            fill(f, ' ', f->has_width ? f->width : 0);
            return;
        }
    } else if (f->zero && !f->minus && f->has_width) {
        prec = f->width;
        if (prec > 0 && (n < 0 || f->plus || f->space))
            prec--;
    }

    const size_t len = digits_of(magnitude, base, verb == 'X', digits);
    if (n < 0 || f->plus || f->space)
        buf_putc(&b, n < 0 ? '-' : f->plus ? '+' : ' ');
    if (verb == 'O')
        buf_puts(&b, "0o");
    if (f->sharp && (base == 2 || base == 16))
        buf_puts(&b, base == 2 ? "0b" : verb == 'X' ? "0X" : "0x");
    const size_t zeros = prec > len ? prec - len : 0;
    if (f->sharp && base == 8 && zeros == 0 && digits[0] != '0')
        buf_putc(&b, '0');
    for (size_t i = 0; i < zeros && !b.failed; i++)
        buf_putc(&b, '0');
    buf_add(&b, digits, len);
    pad_buf(f, &b, false);
}

static void put_unicode(struct gofmt *f, uint64_t code)
{
    struct buf b = {.max = f->out->max};
    char digits[DIGITS_MAX];
    const size_t len = digits_of(code, 16, true, digits);
    const size_t prec = f->has_prec && f->prec > 4 ? f->prec : 4;

    buf_puts(&b, "U+");
    for (size_t i = len; i < prec && !b.failed; i++)
        buf_putc(&b, '0');
    buf_add(&b, digits, len);
    if (f->sharp && code <= 0x10ffff && utf8_is_print((uint32_t)code)) {
        buf_puts(&b, " '");
        utf8_put(&b, (uint32_t)code);
        buf_putc(&b, '\'');
    }
    pad_buf(f, &b, false);
}

static void put_rune(struct gofmt *f, uint64_t code, bool quoted)
{
    struct buf b = {.max = f->out->max};
    char bytes[UTF8_MAX];
    const size_t n = utf8_encode(bytes, code > 0x10ffff ? UTF8_ERROR : (uint32_t)code);

    if (quoted)
        rego_quote_as(&b, bytes, n, '\'', f->plus);
    else
        buf_add(&b, bytes, n);
    pad_buf(f, &b, f->zero);
}

bool gofmt_int(struct gofmt *f, int64_t n, uint32_t verb)
{
    switch (verb) {
    case 'v':
    case 'd':
        put_integer(f, n, 10, verb);
        return true;
    case 'b':
        put_integer(f, n, 2, verb);
        return true;
    case 'o':
    case 'O':
        put_integer(f, n, 8, verb);
        return true;
    case 'x':
    case 'X':
        put_integer(f, n, 16, verb);
        return true;
    case 'c':
    case 'q':
        put_rune(f, (uint64_t)n, verb == 'q');
        return true;
    case 'U':
        put_unicode(f, (uint64_t)n);
        return true;
    default:
        return false;
    }
}

/* --- integers beyond int64 --------------------------------------------------------------- */

static int big_base(uint32_t verb)
{
    static const struct {
        char verb;
        int base;
    } rows[] = {{'b', 2},  {'o', 8},  {'O', 8},  {'d', 10},
                {'s', 10}, {'v', 10}, {'x', 16}, {'X', 16}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if ((uint32_t)rows[i].verb == verb)
            return rows[i].base;
    return 0;
}

static const char *big_prefix(const struct gofmt *f, uint32_t verb)
{
    if (verb == 'O')
        return "0o";
    if (!f->sharp)
        return "";
    return verb == 'b' ? "0b" : verb == 'o' ? "0" : verb == 'x' ? "0x" : verb == 'X' ? "0X" : "";
}

bool gofmt_big(struct gofmt *f, const struct value *n, struct arena *a, uint32_t verb)
{
    const struct value *text;
    struct err err = ERR_INIT;
    const int base = big_base(verb);

    if (base == 0)
        return false;
    if (number_format_int(a, n, base, &text, &err) < 0) {
        f->out->failed = true;
        return true;
    }
    const bool neg = value_bytes(text)[0] == '-';
    const char *const digits = value_bytes(text) + neg;
    const size_t len = text->count - (neg ? 1 : 0);
    const char *const sign = neg ? "-" : f->plus || f->plus_v ? "+" : f->space ? " " : "";
    const char *const prefix = big_prefix(f, verb);
    size_t zeros = f->has_prec && f->prec > len ? f->prec - len : 0;
    const size_t length = strlen(sign) + strlen(prefix) + zeros + len;
    const size_t gap = f->has_width && f->width > length ? f->width - length : 0;

    if (!f->minus && f->zero && !f->has_prec)
        zeros = gap;
    else if (!f->minus)
        fill(f, ' ', gap);
    buf_puts(f->out, sign);
    buf_puts(f->out, prefix);
    fill(f, '0', zeros);
    for (size_t i = 0; i < len; i++)
        buf_putc(f->out, verb == 'X' && digits[i] >= 'a' ? (char)(digits[i] - 0x20) : digits[i]);
    if (f->minus)
        fill(f, ' ', gap);
    return true;
}

/* --- floats ------------------------------------------------------------------------------ */

enum { FLOAT_TEXT = 512 };

/* The fewest digits after the first that read back as v. */
static int shortest(double v)
{
    char text[64];

    for (int prec = 0; prec < 17; prec++) {
        (void)snprintf(text, sizeof(text), "%.*e", prec, v);
        if (strtod(text, NULL) == v)
            return prec;
    }
    return 17;
}

/* A hexadecimal exponent has two digits at least. */
static void fix_hex(struct buf *b, const char *text)
{
    const char *const p = strpbrk(text, "pP");

    if (!p) {
        buf_puts(b, text);
        return;
    }
    buf_add(b, text, (size_t)(p + 2 - text));
    if (strlen(p + 2) < 2)
        buf_putc(b, '0');
    buf_puts(b, p + 2);
}

/* %b: mantissa and power of two as decimal integers. */
static void put_binary(struct buf *b, double v)
{
    uint64_t bits;

    memcpy(&bits, &v, sizeof(bits));
    const uint64_t exp = bits >> 52 & 0x7ff;
    const uint64_t mant = (bits & 0xfffffffffffffu) | (exp > 0 ? 1ull << 52 : 0);
    const int power = (exp > 0 ? (int)exp : 1) - 1075;
    buf_printf(b, "%s%llup%c%d", bits >> 63 ? "-" : "", (unsigned long long)mant,
               power < 0 ? '-' : '+', abs(power));
}

/* v by verb; prec < 0: the shortest that reads back. */
static void float_digits(struct buf *b, double v, char verb, int prec)
{
    const int shown = prec < 0 ? shortest(v) : prec;
    char text[FLOAT_TEXT];

    switch (verb) {
    case 'b':
        put_binary(b, v);
        return;
    case 'x':
    case 'X':
        if (prec < 0)
            (void)snprintf(text, sizeof(text), verb == 'x' ? "%a" : "%A", v);
        else
            (void)snprintf(text, sizeof(text), verb == 'x' ? "%.*a" : "%.*A", prec, v);
        fix_hex(b, text);
        return;
    case 'e':
        buf_printf(b, "%.*e", shown, v);
        return;
    case 'E':
        buf_printf(b, "%.*E", shown, v);
        return;
    case 'f':
        buf_printf(b, "%.*f", prec, v);
        return;
    default:
        break;
    }
    if (prec >= 0) {
        buf_printf(b, verb == 'g' ? "%.*g" : "%.*G", prec, v);
        return;
    }
    /* Shortest: an exponent below -4 or from 6 on. */
    (void)snprintf(text, sizeof(text), "%.*e", shown, v);
    const char *const e = strchr(text, 'e');
    const long exp = e ? strtol(e + 1, NULL, 10) : 0;
    if (exp < -4 || exp >= 6)
        buf_printf(b, verb == 'g' ? "%.*e" : "%.*E", shown, v);
    else
        buf_printf(b, "%.*f", shown > exp ? (int)(shown - exp) : 0, v);
}

/* %#g keeps trailing zeros, %#e and %#f the point. */
static void keep_zeros(struct buf *out, const char *num, uint32_t verb, int digits)
{
    const bool hex = verb == 'x' || verb == 'X';
    const char *const tail = strpbrk(num, hex ? "pP" : "eEpP");
    const size_t len = tail ? (size_t)(tail - num) : strlen(num);
    bool point = false, seen = false;
    int left =
        verb == 'g' || verb == 'G' || verb == 'v' || verb == 'x' ? (digits < 0 ? 6 : digits) : 0;

    for (size_t i = 0; i < len; i++) {
        if (num[i] == '.') {
            point = true;
        } else {
            seen = seen || num[i] != '0';
            left -= seen;
        }
    }
    buf_add(out, num, len);
    if (!point) {
        left -= len == 1 && num[0] == '0';
        buf_putc(out, '.');
    }
    for (; left > 0; left--)
        buf_putc(out, '0');
    if (tail)
        buf_puts(out, tail);
}

static void put_float(struct gofmt *f, double v, uint32_t verb, int prec)
{
    AUTO_BUF struct buf raw = {.max = f->out->max};
    AUTO_BUF struct buf num = {.max = f->out->max};

    if (f->has_prec)
        prec = (int)f->prec;
    float_digits(&raw, v, (char)verb, prec);
    if (raw.failed) {
        f->out->failed = true;
        return;
    }
    const bool neg = raw.data[0] == '-';
    if (neg || f->plus || f->space)
        buf_putc(&num, neg ? '-' : f->plus ? '+' : ' ');
    const size_t sign = num.len;
    if (f->sharp && verb != 'b')
        keep_zeros(&num, raw.data + neg, verb, prec);
    else
        buf_puts(&num, raw.data + neg);
    if (num.failed) {
        f->out->failed = true;
        return;
    }
    if (sign > 0 && f->zero && !f->minus && f->has_width && f->width > num.len) {
        buf_putc(f->out, num.data[0]);
        fill(f, '0', f->width - num.len);
        buf_add(f->out, num.data + 1, num.len - 1);
        return;
    }
    pad(f, num.data, num.len);
}

bool gofmt_float(struct gofmt *f, double v, uint32_t verb)
{
    switch (verb) {
    case 'v':
        put_float(f, v, 'g', -1);
        return true;
    case 'b':
    case 'g':
    case 'G':
    case 'x':
    case 'X':
        put_float(f, v, verb, -1);
        return true;
    case 'f':
    case 'e':
    case 'E':
        put_float(f, v, verb, 6);
        return true;
    case 'F':
        put_float(f, v, 'f', 6);
        return true;
    default:
        return false;
    }
}

/* --- strings ----------------------------------------------------------------------------- */

static bool can_backquote(const char *s, size_t len)
{
    uint32_t rune;

    for (size_t i = 0; i < len;) {
        const size_t n = utf8_decode(s + i, len - i, &rune);
        if (rune == 0xfeff || (rune == UTF8_ERROR && n == 1) || (rune < ' ' && rune != '\t') ||
            rune == '`' || rune == 0x7f)
            return false;
        i += n;
    }
    return true;
}

static void put_quoted(struct gofmt *f, const char *s, size_t len)
{
    struct buf b = {.max = f->out->max};

    if (f->sharp && can_backquote(s, len)) {
        buf_putc(&b, '`');
        buf_add(&b, s, len);
        buf_putc(&b, '`');
    } else {
        rego_quote_as(&b, s, len, '"', f->plus);
    }
    pad_buf(f, &b, f->zero);
}

static void put_hex(struct gofmt *f, const char *s, size_t len, bool upper)
{
    const char *const digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    const char *const prefix = upper ? "0X" : "0x";
    const size_t n = f->has_prec && f->prec < len ? f->prec : len;
    struct buf b = {.max = f->out->max};

    for (size_t i = 0; i < n && !b.failed; i++) {
        if (f->space && i > 0)
            buf_putc(&b, ' ');
        if (f->sharp && (f->space || i == 0))
            buf_puts(&b, prefix);
        buf_putc(&b, digits[(uint8_t)s[i] >> 4]);
        buf_putc(&b, digits[(uint8_t)s[i] & 15]);
    }
    pad_buf(f, &b, f->zero);
}

bool gofmt_string(struct gofmt *f, const char *s, size_t len, uint32_t verb)
{
    const size_t shown = f->has_prec ? utf8_offset(s, len, f->prec) : len;

    switch (verb) {
    case 'v':
        if (f->sharp_v)
            put_quoted(f, s, shown);
        else
            pad(f, s, shown);
        return true;
    case 's':
        pad(f, s, shown);
        return true;
    case 'q':
        put_quoted(f, s, shown);
        return true;
    case 'x':
    case 'X':
        put_hex(f, s, len, verb == 'X');
        return true;
    default:
        return false;
    }
}
