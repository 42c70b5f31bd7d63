#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/own.h"
#include "policy/machine/rune.h"
#include "policy/rego/graphql.h"

static const char *const kind_texts[] = {
    [GQL_INVALID] = "<Invalid>",
    [GQL_EOF] = "<EOF>",
    [GQL_BANG] = "!",
    [GQL_DOLLAR] = "$",
    [GQL_AMP] = "&",
    [GQL_PAREN_L] = "(",
    [GQL_PAREN_R] = ")",
    [GQL_SPREAD] = "...",
    [GQL_COLON] = ":",
    [GQL_EQUALS] = "=",
    [GQL_AT] = "@",
    [GQL_BRACKET_L] = "[",
    [GQL_BRACKET_R] = "]",
    [GQL_BRACE_L] = "{",
    [GQL_BRACE_R] = "}",
    [GQL_PIPE] = "|",
    [GQL_NAME] = "Name",
    [GQL_INT] = "Int",
    [GQL_FLOAT] = "Float",
    [GQL_STRING] = "String",
    [GQL_BLOCK] = "BlockString",
};

const char *gql_kind_text(enum gql_kind kind)
{
    return kind_texts[kind];
}

static int fail(struct gql_lexer *l, const char *fmt, ...) PRINTF_LIKE(2, 3);
static int fail(struct gql_lexer *l, const char *fmt, ...)
{
    char text[256];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    return err_set(l->err, ERR_INVALID, "input:%u:%zu: %s", l->line, l->runes - l->line_runes + 1,
                   text);
}

static void advance(struct gql_lexer *l, size_t n)
{
    l->at += n;
    l->runes += n;
}

static void new_line(struct gql_lexer *l)
{
    l->line++;
    l->line_runes = l->runes;
}

static void skip_space(struct gql_lexer *l)
{
    while (l->at < l->end) {
        const char c = *l->at;

        if (c == '\t' || c == ' ' || c == ',') {
            advance(l, 1);
        } else if (c == '\n') {
            advance(l, 1);
            new_line(l);
        } else if (c == '\r') {
            advance(l, 1);
            new_line(l);
            if (l->at < l->end && *l->at == '\n')
                advance(l, 1);
        } else if (l->end - l->at >= 3 && memcmp(l->at, "\xef\xbb\xbf", 3) == 0) {
            l->at += 3;
            l->runes++;
        } else {
            return;
        }
    }
}

static void skip_rune(struct gql_lexer *l)
{
    size_t width = 0;

    (void)rune_at(l->at, (size_t)(l->end - l->at), &width);
    l->at += width;
    l->runes++;
}

static int make(struct gql_lexer *l, struct gql_token *t, const char *from, size_t len)
{
    t->text = value_string(l->arena, from, len);
    return t->text == NULL ? err_nomem(l->err) : 0;
}

/* Comments before a token, as the tree shows them. */
static int read_comments(struct gql_lexer *l, struct gql_token *t)
{
    struct value_list list = {0};

    for (skip_space(l); l->at < l->end && *l->at == '#'; skip_space(l)) {
        const char *const from = l->at;
        struct value_fields f = {0};

        while (l->at < l->end && ((unsigned char)*l->at > 0x1f || *l->at == '\t'))
            skip_rune(l);
        value_fields_add(l->arena, &f, "Value",
                         value_string(l->arena, from, (size_t)(l->at - from)));
        value_list_add(l->arena, &list, value_fields_object(l->arena, &f));
    }
    t->comments = NULL;
    if (list.n == 0)
        return 0;
    struct value_fields group = {0};

    value_fields_add(l->arena, &group, "List", value_list_array(l->arena, &list));
    t->comments = value_fields_object(l->arena, &group);
    return t->comments == NULL ? err_nomem(l->err) : 0;
}

static size_t digits(struct gql_lexer *l)
{
    size_t n = 0;

    for (; l->at < l->end && *l->at >= '0' && *l->at <= '9'; n++)
        advance(l, 1);
    return n;
}

static bool accept(struct gql_lexer *l, const char *any)
{
    if (l->at == l->end || *l->at == '\0' || strchr(any, *l->at) == NULL)
        return false;
    advance(l, 1);
    return true;
}

static int no_digit(struct gql_lexer *l)
{
    return l->at < l->end ? fail(l, "Invalid number, expected digit but got: \"%c\".", *l->at)
                          : fail(l, "Invalid number, expected digit but got: <EOF>.");
}

static int read_number(struct gql_lexer *l, struct gql_token *t)
{
    const char *const from = l->at;

    t->kind = GQL_INT;
    (void)accept(l, "-");
    if (accept(l, "0")) {
        if (l->at < l->end && *l->at >= '0' && *l->at <= '9')
            return fail(l, "Invalid number, unexpected digit after 0: \"%c\".", *l->at);
    } else if (digits(l) == 0) {
        return no_digit(l);
    }
    if (accept(l, ".")) {
        t->kind = GQL_FLOAT;
        if (digits(l) == 0)
            return no_digit(l);
    }
    if (accept(l, "eE")) {
        t->kind = GQL_FLOAT;
        (void)accept(l, "-+");
        if (digits(l) == 0)
            return no_digit(l);
    }
    return make(l, t, from, (size_t)(l->at - from));
}

static int hex4(const char *s, uint32_t *out)
{
    *out = 0;
    for (int i = 0; i < 4; i++) {
        const char c = s[i];
        const int v = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;

        if (v < 0)
            return -1;
        *out = *out << 4 | (uint32_t)v;
    }
    return 0;
}

static int read_escape(struct gql_lexer *l, struct buf *b)
{
    static const char letters[] = "\"/\\bfnrt", values[] = "\"/\\\b\f\n\r\t";
    char rune[UTF8_MAX];
    uint32_t r = 0;

    if (l->at + 1 >= l->end) {
        advance(l, 1);
        return fail(l, "Invalid character escape sequence.");
    }
    const char c = l->at[1];
    const char *const letter = c != '\0' ? strchr(letters, c) : NULL;

    if (c == 'u') {
        if (l->end - l->at <= 6 || hex4(l->at + 2, &r) < 0) {
            advance(l, 1);
            return fail(l, "Invalid character escape sequence: \\%.*s.",
                        (int)(l->end - l->at < 5 ? l->end - l->at : 5), l->at);
        }
        buf_add(b, rune, utf8_encode(rune, r));
        advance(l, 6);
        return 0;
    }
    if (letter == NULL) {
        advance(l, 1);
        return fail(l, "Invalid character escape sequence: \\%c.", c);
    }
    buf_putc(b, values[letter - letters]);
    advance(l, 2);
    return 0;
}

static int read_string(struct gql_lexer *l, struct gql_token *t)
{
    AUTO_BUF struct buf b = BUF_INIT;

    t->kind = GQL_STRING;
    t->column += 1; /* a string's place is behind its quotes */
    advance(l, 1);
    while (l->at < l->end && *l->at != '\n' && *l->at != '\r') {
        const unsigned char c = (unsigned char)*l->at;
        const char *const from = l->at;

        if (c < 0x20 && c != '\t')
            return fail(l, "Invalid character within String: \"\\u%04x\".", c);
        if (c == '"') {
            advance(l, 1);
            return buf_check(&b, l->err) < 0 ? -1 : make(l, t, b.data != NULL ? b.data : "", b.len);
        }
        if (c == '\\') {
            if (read_escape(l, &b) < 0)
                return -1;
            continue;
        }
        skip_rune(l);
        buf_add(&b, from, (size_t)(l->at - from));
    }
    return fail(l, "Unterminated string.");
}

/* --- block strings ----------------------------------------------------------------------- */

static size_t blank_prefix(const char *s, const char *end)
{
    const char *c = s;

    while (c < end && (*c == ' ' || *c == '\t'))
        c++;
    return c == end ? SIZE_MAX : (size_t)(c - s);
}

static const char *line_end(const char *s, const char *end)
{
    const char *const nl = s < end ? memchr(s, '\n', (size_t)(end - s)) : NULL;

    return nl != NULL ? nl : end;
}

/* Take the common indentation and blank lines at both ends off. */
static void unindent(struct buf *out, const char *s, const char *end)
{
    size_t indent = SIZE_MAX;
    const char *first = NULL, *last = NULL;

    for (const char *line = s;; line = line_end(line, end) + 1) {
        const size_t own = blank_prefix(line, line_end(line, end));

        if (own < indent)
            indent = own;
        if (own != SIZE_MAX) {
            first = first == NULL ? line : first;
            last = line;
        }
        if (line_end(line, end) == end)
            break;
    }
    for (const char *line = first; line != NULL && line <= last; line = line_end(line, end) + 1) {
        const char *const stop = line_end(line, end);
        const size_t len = (size_t)(stop - line);
        const size_t cut = line == s ? 0 : len < indent ? len : indent;

        if (line != first)
            buf_putc(out, '\n');
        buf_add(out, line + cut, len - cut);
        if (stop == end)
            break;
    }
}

static int read_block(struct gql_lexer *l, struct gql_token *t)
{
    AUTO_BUF struct buf raw = BUF_INIT, b = BUF_INIT;

    t->kind = GQL_BLOCK;
    t->column += 3;
    advance(l, 3);
    while (l->at < l->end) {
        const unsigned char c = (unsigned char)*l->at;
        const char *const from = l->at;
        size_t quotes = 0;

        while (l->at + quotes < l->end && l->at[quotes] == '"')
            quotes++;
        if (quotes >= 3) {
            for (size_t i = 3; i < quotes; i++)
                buf_putc(&raw, '"');
            advance(l, quotes);
            if (raw.len > 0)
                unindent(&b, raw.data, raw.data + raw.len);
            if (buf_check(&raw, l->err) < 0 || buf_check(&b, l->err) < 0)
                return -1;
            return make(l, t, b.data != NULL ? b.data : "", b.len);
        }
        if (c < 0x20 && c != '\t' && c != '\n' && c != '\r')
            return fail(l, "Invalid character within String: \"\\u%04x\".", c);
        if (l->end - l->at >= 4 && memcmp(l->at, "\\\"\"\"", 4) == 0) {
            buf_puts(&raw, "\"\"\"");
            advance(l, 4);
        } else if (c == '\r') {
            advance(l, l->at + 1 < l->end && l->at[1] == '\n' ? 2 : 1);
            buf_putc(&raw, '\n');
            new_line(l);
        } else {
            skip_rune(l);
            buf_add(&raw, from, (size_t)(l->at - from));
            if (c == '\n')
                new_line(l);
        }
    }
    return fail(l, "Unterminated string.");
}

static bool letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

int gql_next(struct gql_lexer *l, struct gql_token *t)
{
    static const char marks[] = "!$&():=@[]{}|";
    static const enum gql_kind kinds[] = {
        GQL_BANG, GQL_DOLLAR,    GQL_AMP,       GQL_PAREN_L, GQL_PAREN_R, GQL_COLON, GQL_EQUALS,
        GQL_AT,   GQL_BRACKET_L, GQL_BRACKET_R, GQL_BRACE_L, GQL_BRACE_R, GQL_PIPE};

    t->text = NULL;
    t->kind = GQL_EOF;
    if (read_comments(l, t) < 0)
        return -1;
    t->line = l->line;
    t->column = (unsigned)(l->runes - l->line_runes + 1);
    if (l->at == l->end)
        return 0;
    const char c = *l->at;
    const char *const mark = c != '\0' ? strchr(marks, c) : NULL;

    if (mark != NULL) {
        t->kind = kinds[mark - marks];
        advance(l, 1);
        return 0;
    }
    if (l->end - l->at >= 3 && memcmp(l->at, "...", 3) == 0) {
        t->kind = GQL_SPREAD;
        advance(l, 3);
        return 0;
    }
    if (letter(c)) {
        const char *const from = l->at;

        t->kind = GQL_NAME;
        while (l->at < l->end && (letter(*l->at) || (*l->at >= '0' && *l->at <= '9')))
            advance(l, 1);
        return make(l, t, from, (size_t)(l->at - from));
    }
    if (c == '-' || (c >= '0' && c <= '9'))
        return read_number(l, t);
    if (c == '"')
        return l->end - l->at >= 3 && memcmp(l->at, "\"\"\"", 3) == 0 ? read_block(l, t)
                                                                      : read_string(l, t);
    t->kind = GQL_INVALID;
    if ((unsigned char)c < 0x20)
        return fail(l, "Cannot contain the invalid character \"\\u%04x\"", (unsigned char)c);
    if (c == '\'')
        return fail(l, "Unexpected single quote character ('), did you mean to use a double quote "
                       "(\")?");
    return fail(l, "Cannot parse the unexpected character \"%c\".", c);
}
