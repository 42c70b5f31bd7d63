#include "policy/value/json_scan.h"

#include <endian.h>
#include <string.h>

struct scan {
    const uint8_t *text;
    size_t len, at;
    unsigned flags;
    struct err *err;
    unsigned depth;
    bool in_object[JSON_DEPTH_MAX];
};

int json_error_at(struct err *err, enum err_code code, const char *text, size_t len, size_t at,
                  const char *what)
{
    size_t line = 1, start = 0;

    for (size_t i = 0; i < at && i < len; i++) {
        if (text[i] == '\n') {
            line++;
            start = i + 1;
        }
    }
    return err_set(err, code, "line %zu, column %zu: %s", line, at - start + 1, what);
}

static int bad(struct scan *s, size_t at, const char *what)
{
    return json_error_at(s->err, ERR_INVALID, (const char *)s->text, s->len, at, what);
}

static int unexpected(struct scan *s, const char *what)
{
    return bad(s, s->at, s->at == s->len ? "the document ends too early" : what);
}

/* The byte at the reading place; 0 at the end, which no grammar symbol is. */
static uint8_t peek(const struct scan *s)
{
    return s->at < s->len ? s->text[s->at] : 0;
}

static void skip_space(struct scan *s)
{
    while (s->at < s->len) {
        const uint8_t c = s->text[s->at];
        if (c != ' ' && c != '\n' && c != '\t' && c != '\r')
            return;
        s->at++;
    }
}

/* --- strings ----------------------------------------------------------------------------- */

/* Length of the UTF-8 sequence at p (RFC 3629: shortest form, no surrogates, at most U+10FFFF);
 * 0 when it is none. */
static size_t utf8_length(const uint8_t *p, size_t left)
{
    static const struct {
        uint8_t first_low, first_high, second_low, second_high, length;
    } rows[] = {
        {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
        {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
        {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (p[0] < rows[i].first_low || p[0] > rows[i].first_high)
            continue;
        if (left < rows[i].length || p[1] < rows[i].second_low || p[1] > rows[i].second_high)
            return 0;
        for (size_t k = 2; k < rows[i].length; k++)
            if (p[k] < 0x80 || p[k] > 0xbf)
                return 0;
        return rows[i].length;
    }
    return 0;
}

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits of a \u escape at offset `at`; -1 when they are not there. */
static int32_t hex4(const struct scan *s, size_t at)
{
    int32_t code = 0;

    if (s->len - at < 4)
        return -1;
    for (size_t i = 0; i < 4; i++) {
        const int digit = hex_value(s->text[at + i]);
        if (digit < 0)
            return -1;
        code = code * 16 + digit;
    }
    return code;
}

/* At a backslash. */
static int scan_escape(struct scan *s)
{
    const size_t start = s->at;
    const uint8_t c = start + 1 < s->len ? s->text[start + 1] : 0;

    if (c != 'u') {
        if (c == 0 || !strchr("\"\\/bfnrt", c))
            return bad(s, start, "invalid escape in string");
        s->at += 2;
        return 0;
    }
    const int32_t code = hex4(s, start + 2);
    if (code < 0)
        return bad(s, start, "invalid \\u escape in string");
    if (code == 0 && (s->flags & JSON_STRICT))
        return bad(s, start, "NUL in string");
    if (code >= 0xdc00 && code <= 0xdfff)
        return bad(s, start, "unpaired surrogate in string");
    s->at += 6;
    if (code < 0xd800 || code > 0xdbff)
        return 0;
    const bool escaped = s->len - s->at >= 6 && memcmp(s->text + s->at, "\\u", 2) == 0;
    const int32_t low = escaped ? hex4(s, s->at + 2) : -1;
    if (low < 0xdc00 || low > 0xdfff)
        return bad(s, start, "unpaired surrogate in string");
    s->at += 6;
    return 0;
}

/* How many of the eight bytes, from the first on, are plain: printable ASCII but for " and \. */
static unsigned plain_bytes(const uint8_t *p)
{
    const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
    uint64_t w;

    memcpy(&w, p, 8);
    w = le64toh(w);
    const uint64_t quote = w ^ (ones * '"'), slash = w ^ (ones * '\\');
    const uint64_t found =
        ((w - ones * 0x20) | w | ((quote - ones) & ~quote) | ((slash - ones) & ~slash)) & highs;
    return found == 0 ? 8 : (unsigned)__builtin_ctzll(found) / 8;
}

static int scan_string(struct scan *s)
{
    const size_t start = s->at++;

    while (s->at < s->len) {
        if (s->len - s->at >= 8) {
            const unsigned plain = plain_bytes(s->text + s->at);
            s->at += plain;
            if (plain == 8)
                continue;
        }
        const uint8_t c = s->text[s->at];
        if (c == '"') {
            s->at++;
            return 0;
        }
        if (c == '\\') {
            if (scan_escape(s) < 0)
                return -1;
        } else if (c >= 0x80) {
            const size_t n = utf8_length(s->text + s->at, s->len - s->at);
            if (n == 0)
                return bad(s, s->at, "invalid UTF-8 in string");
            s->at += n;
        } else if (c < 0x20) {
            return bad(s, s->at, c == 0 ? "NUL in string" : "control character in string");
        } else {
            s->at++;
        }
    }
    return bad(s, start, "string without end");
}

/* --- other scalars ----------------------------------------------------------------------- */

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static int scan_digits(struct scan *s)
{
    if (!is_digit(peek(s)))
        return unexpected(s, "invalid number");
    while (is_digit(peek(s)))
        s->at++;
    return 0;
}

/* Powers of ten that 2^100000 reaches. */
enum { DECIMAL_EXPONENT_MAX = 30102 };

/* Whether the number text[from..at) is zero, or its first digit stands for a power of ten in range.
 */
static bool in_range(const struct scan *s, size_t from)
{
    int64_t power = -1, exponent = 0;
    bool point = false, found = false, minus = false;
    size_t i = from;

    for (; i < s->at && s->text[i] != 'e' && s->text[i] != 'E'; i++) {
        point |= s->text[i] == '.';
        if (!is_digit(s->text[i]))
            continue;
        found |= s->text[i] != '0';
        power += found ? !point : point ? -1 : 0;
    }
    for (; i < s->at; i++) {
        minus |= s->text[i] == '-';
        if (is_digit(s->text[i]) && exponent < INT32_MAX)
            exponent = exponent * 10 + (s->text[i] - '0');
    }
    power += minus ? -exponent : exponent;
    return !found || (power <= DECIMAL_EXPONENT_MAX && power >= -DECIMAL_EXPONENT_MAX - 2);
}

/* number = [ "-" ] ( "0" / digit1-9 *digit ) [ "." 1*digit ] [ e [ sign ] 1*digit ] */
static int scan_number(struct scan *s)
{
    const size_t from = s->at;

    if (peek(s) == '-')
        s->at++;
    if (peek(s) == '0')
        s->at++;
    else if (scan_digits(s) < 0)
        return -1;
    if (is_digit(peek(s)))
        return bad(s, s->at, "number with a leading zero");
    if (peek(s) == '.') {
        s->at++;
        if (scan_digits(s) < 0)
            return -1;
    }
    if (peek(s) == 'e' || peek(s) == 'E') {
        s->at++;
        if (peek(s) == '+' || peek(s) == '-')
            s->at++;
        if (scan_digits(s) < 0)
            return -1;
        if ((s->flags & JSON_RANGE) && !in_range(s, from))
            return bad(s, from, "number too big");
    }
    return 0;
}

static int scan_word(struct scan *s, const char *word)
{
    const size_t n = strlen(word);

    if (s->len - s->at < n || memcmp(s->text + s->at, word, n) != 0)
        return bad(s, s->at, "expected a value");
    s->at += n;
    return 0;
}

static int scan_scalar(struct scan *s)
{
    const uint8_t c = peek(s);

    switch (c) {
    case '"':
        return scan_string(s);
    case 't':
        return scan_word(s, "true");
    case 'f':
        return scan_word(s, "false");
    case 'n':
        return scan_word(s, "null");
    default:
        return c == '-' || is_digit(c) ? scan_number(s) : unexpected(s, "expected a value");
    }
}

/* --- structure --------------------------------------------------------------------------- */

static int scan_key(struct scan *s)
{
    skip_space(s);
    if (peek(s) != '"')
        return unexpected(s, "expected a string as key");
    if (scan_string(s) < 0)
        return -1;
    skip_space(s);
    if (peek(s) != ':')
        return unexpected(s, "expected ':' after key");
    s->at++;
    return 0;
}

/* At a bracket that opens. 1: the first value comes next. 0: the collection was empty. */
static int scan_open(struct scan *s)
{
    const bool object = peek(s) == '{';

    if (s->depth == JSON_DEPTH_MAX)
        return json_error_at(s->err, ERR_LIMIT, (const char *)s->text, s->len, s->at,
                             "nested too deeply");
    s->at++;
    skip_space(s);
    if (peek(s) == (object ? '}' : ']')) {
        s->at++;
        return 0;
    }
    s->in_object[s->depth++] = object;
    if (object && scan_key(s) < 0)
        return -1;
    return 1;
}

/* After a value. 1: another value comes next. 0: the document is complete. */
static int scan_after(struct scan *s)
{
    while (s->depth > 0) {
        const bool object = s->in_object[s->depth - 1];

        skip_space(s);
        const uint8_t c = peek(s);
        if (c == ',') {
            s->at++;
            return object && scan_key(s) < 0 ? -1 : 1;
        }
        if (c != (object ? '}' : ']'))
            return unexpected(s, object ? "expected ',' or '}'" : "expected ',' or ']'");
        s->at++;
        s->depth--;
    }
    return 0;
}

static int scan_document(struct scan *s)
{
    int more = 1;

    while (more > 0) {
        skip_space(s);
        const uint8_t c = peek(s);
        if (c == '{' || c == '[') {
            more = scan_open(s);
            if (more != 0)
                continue;
        } else if (scan_scalar(s) < 0) {
            return -1;
        }
        more = scan_after(s);
    }
    return more;
}

int json_scan(const char *text, size_t len, unsigned flags, size_t *used, struct err *err)
{
    struct scan s = {.text = (const uint8_t *)text, .len = len, .flags = flags, .err = err};

    if (len > JSON_BYTES_MAX && !(flags & JSON_STREAM))
        return err_set(err, ERR_LIMIT, "JSON document larger than %d bytes", JSON_BYTES_MAX);
    if (scan_document(&s) < 0)
        return -1;
    if (s.at > JSON_BYTES_MAX)
        return err_set(err, ERR_LIMIT, "JSON document larger than %d bytes", JSON_BYTES_MAX);
    if (!(flags & JSON_STREAM)) {
        skip_space(&s);
        if (s.at != len)
            return bad(&s, s.at, "text after the document");
    }
    *used = s.at;
    return 0;
}
