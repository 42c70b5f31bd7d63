#include "cli/lines.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct cursor {
    const char *at, *end;
};

static void space(struct cursor *c)
{
    while (c->at < c->end && strchr(" \t\r\n", *c->at) && *c->at)
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
    do {
        if (c->at >= c->end)
            return;
        if (*c->at == '"') {
            skip_string(c);
            continue;
        }
        if (*c->at == '{' || *c->at == '[')
            depth++;
        else if (*c->at == '}' || *c->at == ']')
            depth--;
        else if (depth == 0 && strchr(",]} \t\r\n", *c->at))
            return;
        c->at++;
    } while (depth > 0 || (c->at < c->end && !strchr(",]} \t\r\n", *c->at)));
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

size_t text_lines(const char *text, size_t len)
{
    size_t lines = 0;

    for (const char *p = text; p < text + len; p++)
        lines += *p == '\n';
    return lines + (len > 0 && text[len - 1] != '\n');
}

static struct json_place place_of(const char *text, const char *at)
{
    struct json_place p = {1, 1};

    for (const char *c = text; c < at; c++) {
        if (*c == '\n')
            p = (struct json_place){p.line + 1, 1};
        else
            p.column += ((unsigned char)*c & 0xc0) != 0x80; /* the first byte of a character */
    }
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
