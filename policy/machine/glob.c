#include "policy/machine/glob.h"

#include <stdbool.h>
#include <string.h>

#include "policy/machine/regex.h"
#include "policy/machine/rune.h"

struct reader {
    struct buf *b;
    const char *at, *end, *start;
    const char *one; /* what matches one rune that is no separator */
    unsigned level;  /* of open braces */
    struct err *err;
};

static int invalid(struct reader *r, const char *why)
{
    return err_set(r->err, ERR_INVALID, "glob: syntax error at %zu: %s", (size_t)(r->at - r->start),
                   why);
}

/* The next rune's width; 0 at the end. */
static int next_width(struct reader *r, size_t *width)
{
    *width = 0;
    if (r->at < r->end && rune_at(r->at, (size_t)(r->end - r->at), width) == UTF8_ERROR &&
        *width == 1)
        return invalid(r, "could not read rune");
    return 0;
}

static void class_rune(struct buf *b, const char *rune, size_t width)
{
    if (width == 1)
        buf_printf(b, "\\x%02x", (unsigned char)*rune);
    else
        buf_add(b, rune, width);
}

/* Text up to an unescaped rune of `stops`, each rune to `put`; how many there were. */
static int read_text(struct reader *r, const char *stops, bool in_class, size_t *n)
{
    *n = 0;
    while (r->at < r->end) {
        size_t width = 0;

        if (*r->at == '\\') {
            r->at++;
            if (r->at == r->end)
                return invalid(r, "trailing backslash");
        } else if (*r->at != '\0' && strchr(stops, *r->at) != NULL) {
            break;
        }
        if (next_width(r, &width) < 0)
            return -1;
        if (in_class)
            class_rune(r->b, r->at, width);
        else
            regex_quote(r->b, r->at, width);
        r->at += width;
        (*n)++;
    }
    return 0;
}

/* lo-hi at r->at: 1 taken, 0 something else. */
static int read_span(struct reader *r)
{
    size_t lo = 0, hi = 0;

    if (next_width(r, &lo) < 0)
        return -1;
    if (lo == 0)
        return invalid(r, "unexpected end of input");
    if (r->at + lo == r->end || r->at[lo] != '-')
        return 0;
    const char *const from = r->at;

    r->at += lo + 1;
    if (next_width(r, &hi) < 0)
        return -1;
    if (hi == 0)
        return invalid(r, "unexpected end of input");
    const char *const to = r->at;

    r->at += hi;
    if (r->at == r->end)
        return invalid(r, "unexpected end of input");
    if (*r->at != ']')
        return invalid(r, "expected close range character");
    if (rune_at(to, hi, &hi) < rune_at(from, lo, &lo))
        return err_set(r->err, ERR_INVALID, "hi character '%.*s' should be greater than lo '%.*s'",
                       (int)hi, to, (int)lo, from);
    class_rune(r->b, from, lo);
    buf_putc(r->b, '-');
    class_rune(r->b, to, hi);
    return 1;
}

/* [..]; r->at is behind the bracket. */
static int read_class(struct reader *r)
{
    size_t n = 0;

    buf_putc(r->b, '[');
    if (r->at < r->end && *r->at == '!') {
        buf_putc(r->b, '^');
        r->at++;
    }
    const int span = read_span(r);

    if (span < 0 || (span == 0 && read_text(r, "]", true, &n) < 0))
        return -1;
    if (r->at == r->end)
        return invalid(r, "unexpected end of input");
    if (span == 0 && n == 0)
        return invalid(r, "could not parse range");
    r->at++;
    buf_putc(r->b, ']');
    return 0;
}

static int read_one(struct reader *r)
{
    const char c = *r->at;
    size_t n = 0;

    switch (c) {
    case '?':
        r->at++;
        buf_puts(r->b, r->one);
        return 0;
    case '*':
        r->at++;
        if (r->at < r->end && *r->at == '*') {
            r->at++;
            buf_puts(r->b, ".*");
        } else {
            buf_printf(r->b, "%s*", r->one);
        }
        return 0;
    case '[':
        r->at++;
        return read_class(r);
    case '{':
        r->at++;
        r->level++;
        buf_puts(r->b, "(?:");
        return 0;
    default:
        break;
    }
    if (r->level > 0 && (c == ',' || c == '}')) {
        r->at++;
        r->level -= c == '}';
        buf_putc(r->b, c == ',' ? '|' : ')');
        return 0;
    }
    return read_text(r, r->level > 0 ? "?*[{}," : "?*[{", false, &n);
}

int glob_to_regex(struct buf *b, const char *glob, size_t len, const char *separators,
                  size_t separators_len, struct err *err)
{
    AUTO_BUF struct buf one = BUF_INIT;
    struct reader r = {.b = b, .at = glob, .start = glob, .end = glob + len, .err = err};

    if (separators_len == 0) {
        buf_putc(&one, '.');
    } else {
        buf_puts(&one, "[^");
        for (size_t i = 0, width = 0; i < separators_len; i += width) {
            (void)rune_at(separators + i, separators_len - i, &width);
            class_rune(&one, separators + i, width);
        }
        buf_putc(&one, ']');
    }
    if (buf_check(&one, err) < 0)
        return -1;
    r.one = one.data;
    buf_puts(b, "(?s)\\A(?:");
    while (r.at < r.end) {
        if (read_one(&r) < 0)
            return -1;
    }
    if (r.level > 0)
        return invalid(&r, "unclosed `{`");
    buf_puts(b, ")\\z");
    return buf_check(b, err);
}

void glob_quote(struct buf *b, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] != '\0' && strchr("*?\\[]{}", bytes[i]) != NULL)
            buf_putc(b, '\\');
        buf_putc(b, bytes[i]);
    }
}
