#include "cli/lines.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct cursor {
    const char *at, *end;
};

/* What a character means to whoever only follows the shape. */
enum shape { PLAIN, SPACE, OPEN, SHUT, COMMA, QUOTE };

/* clang-format off */
static const unsigned char shapes[256] = {
    [' '] = SPACE, ['\t'] = SPACE, ['\r'] = SPACE, ['\n'] = SPACE,
    ['{'] = OPEN, ['['] = OPEN, ['}'] = SHUT, [']'] = SHUT, [','] = COMMA, ['"'] = QUOTE,
};
/* clang-format on */

static enum shape shape_at(const struct cursor *c)
{
    return (enum shape)shapes[(unsigned char)*c->at];
}

static void space(struct cursor *c)
{
    while (c->at < c->end && shape_at(c) == SPACE)
        c->at++;
}

/* Past one string, whose opening quote is at c->at. */
static void skip_string(struct cursor *c)
{
    for (c->at++; c->at < c->end && *c->at != '"'; c->at++) {
        if (*c->at == '\\' && c->at + 1 < c->end)
            c->at++;
    }
    if (c->at < c->end)
        c->at++;
}

/* Past one value of any shape. Brackets inside strings do not count. */
static void skip_value(struct cursor *c)
{
    size_t depth = 0;

    space(c);
    while (c->at < c->end) {
        const enum shape s = shape_at(c);

        if (depth == 0 && (s == COMMA || s == SHUT || s == SPACE))
            return;
        if (s == QUOTE) {
            skip_string(c);
            if (depth == 0)
                return;
            continue;
        }
        depth += s == OPEN;
        c->at++;
        if (s == SHUT && --depth == 0)
            return;
    }
}

/* Does the string at c->at spell the token (unescaped, ~0 and ~1 undone)? Names with escapes in
 * them are rare in these documents and count as different. */
static bool key_is(const struct cursor *c, const char *token, size_t len)
{
    const char *p = c->at + 1;

    for (size_t i = 0; i < len; i++, p++) {
        char want = token[i];

        if (want == '~' && i + 1 < len)
            want = token[++i] == '1' ? '/' : '~';
        if (p >= c->end || *p != want)
            return false;
    }
    return p < c->end && *p == '"';
}

static bool enter_object(struct cursor *c, const char *token, size_t len)
{
    for (c->at++;;) {
        space(c);
        if (c->at >= c->end || *c->at != '"')
            return false;
        const bool found = key_is(c, token, len);
        skip_string(c);
        space(c);
        if (c->at < c->end)
            c->at++; /* the colon */
        space(c);
        if (found)
            return true;
        skip_value(c);
        space(c);
        if (c->at >= c->end || *c->at != ',')
            return false;
        c->at++;
    }
}

static bool enter_array(struct cursor *c, const char *token, size_t len)
{
    size_t index = 0;

    for (size_t i = 0; i < len; i++) {
        if (token[i] < '0' || token[i] > '9' || index > 1000000)
            return false;
        index = index * 10 + (size_t)(token[i] - '0');
    }
    c->at++;
    space(c);
    if (len == 0 || c->at >= c->end || *c->at == ']')
        return false;
    for (; index > 0; index--) {
        skip_value(c);
        space(c);
        if (c->at >= c->end || *c->at != ',')
            return false;
        c->at++;
    }
    space(c);
    return true;
}

bool text_has_lines(const char *text, size_t len)
{
    return len > 1 && memchr(text, '\n', len - 1);
}

static struct json_place place_of(const char *text, const char *at)
{
    struct json_place p = {1, 1};
    const char *line = text;

    for (const char *c = text; (c = memchr(c, '\n', (size_t)(at - c))) != NULL; line = ++c)
        p.line++;
    for (const char *c = line; c < at; c++)
        p.column += ((unsigned char)*c & 0xc0) != 0x80; /* the first byte of a character */
    return p;
}

struct json_place json_place(const char *text, size_t len, const char *ptr, bool nearest)
{
    const struct json_place nowhere = {0, 0};
    struct cursor c = {text, text + len};

    space(&c);
    while (*ptr == '/') {
        const size_t n = strcspn(++ptr, "/");
        const char *const parent = c.at;

        if (c.at >= c.end)
            return nowhere;
        const bool in = *c.at == '{'   ? enter_object(&c, ptr, n)
                        : *c.at == '[' ? enter_array(&c, ptr, n)
                                       : false;
        if (!in)
            return nearest ? place_of(text, parent) : nowhere;
        ptr += n;
    }
    return place_of(text, c.at);
}

size_t json_line(const char *text, size_t len, const char *ptr)
{
    return json_place(text, len, ptr, false).line;
}
