#include "policy/rego/scan.h"

#include <string.h>

static const char *const token_texts[] = {
#define REGO_TOKEN_TEXT(kind, text) [TOK_##kind] = text,
    REGO_TOKENS(REGO_TOKEN_TEXT)
#undef REGO_TOKEN_TEXT
};

_Static_assert(sizeof(token_texts) / sizeof(token_texts[0]) == TOK_KINDS, "a text for each kind");

const char *rego_token_text(enum token_kind kind)
{
    return token_texts[kind];
}

rego_keywords rego_keywords_v0(void)
{
    return rego_keyword_bit(TOK_IN) - 1;
}

rego_keywords rego_keywords_v1(void)
{
    return rego_keyword_bit(TOK_LOGICAL_AND) - 1;
}

enum token_kind rego_keyword(const char *word, size_t len)
{
    for (enum token_kind k = TOK_PACKAGE; k <= TOK_LOGICAL_OR; k++)
        if (strlen(token_texts[k]) == len && memcmp(token_texts[k], word, len) == 0)
            return k;
    return TOK_IDENT;
}

struct scan {
    const char *text;
    size_t len, at;
    const char *errors[TOKEN_ERRORS_MAX];
};

static int peek(const struct scan *s)
{
    return s->at < s->len ? (unsigned char)s->text[s->at] : -1;
}

static bool is_letter(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static void fail(struct scan *s, const char *why)
{
    for (size_t i = 0; i < TOKEN_ERRORS_MAX; i++) {
        if (s->errors[i])
            continue;
        s->errors[i] = why;
        return;
    }
}

/* Length of the UTF-8 sequence at `at`, 0 when malformed (overlong, surrogate, cut). */
static size_t utf8_len(const struct scan *s, size_t at)
{
    const unsigned char *const p = (const unsigned char *)s->text + at;
    const size_t left = s->len - at;
    const size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

    if (n == 0 || n > left || p[0] > 0xf4)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
        (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
        return 0;
    return n;
}

/* What is wrong with the next character, or NULL. */
static const char *bad_character(const struct scan *s)
{
    const size_t n = s->at < s->len ? utf8_len(s, s->at) : 1;

    if (s->at >= s->len)
        return NULL;
    if (s->text[s->at] == '\0')
        return "illegal null character";
    if (n == 0)
        return "illegal utf-8 character";
    return n == 3 && memcmp(s->text + s->at, "\xef\xbb\xbf", 3) == 0 && s->at > 0
               ? "illegal byte-order mark"
               : NULL;
}

/* Step over one character, judging its bytes. */
static void skip(struct scan *s)
{
    const char *const bad = bad_character(s);

    if (s->at >= s->len)
        return;
    const size_t n = utf8_len(s, s->at);

    if (bad)
        fail(s, bad);
    s->at += n ? n : 1;
}

static void scan_digits(struct scan *s, const char *missing)
{
    const size_t from = s->at;

    while (is_digit(peek(s)))
        s->at++;
    if (s->at == from)
        fail(s, missing);
}

static void scan_number(struct scan *s)
{
    scan_digits(s, "expected digits");
    if (peek(s) == '.') {
        s->at++;
        scan_digits(s, "expected fraction");
    }
    if (peek(s) == 'e' || peek(s) == 'E') {
        s->at++;
        if (peek(s) == '+' || peek(s) == '-')
            s->at++;
        scan_digits(s, "expected exponent");
    }
    if (is_letter(peek(s))) {
        fail(s, "illegal number format");
        while (is_letter(peek(s)) || is_digit(peek(s)))
            s->at++;
    }
}

/* After a backslash in a quoted string. */
static void scan_escape(struct scan *s, bool template)
{
    const int c = peek(s);

    if (c > 0 && (strchr("\\\"/bfnrt", c) || (template && c == '{'))) {
        s->at++;
    } else if (c == 'u') {
        s->at++;
        for (int i = 0; i < 4 && peek(s) != '\n'; i++)
            skip(s);
    } else {
        fail(s, "illegal escape sequence");
    }
}

/* To the closing quote, or in templates to a brace, whose kind is told by the return. */
static bool scan_quoted(struct scan *s, char quote, bool template)
{
    const bool raw = quote == '`';

    for (;;) {
        const int c = peek(s);

        if (c < 0 || (c == '\n' && !raw)) {
            fail(s, "non-terminated string");
            return true;
        }
        skip(s);
        if (c == quote)
            return true;
        if (c == '{' && template)
            return false;
        if (c == '\\' && !raw)
            scan_escape(s, template);
        else if (c == '\\' && template && peek(s) == '{')
            s->at++;
    }
}

static enum token_kind template_kind(bool raw, bool closed)
{
    if (raw)
        return closed ? TOK_RAW_TEMPLATE_END : TOK_RAW_TEMPLATE_PART;
    return closed ? TOK_TEMPLATE_END : TOK_TEMPLATE_PART;
}

static const struct punct {
    char first;
    uint8_t alone;  /* kind when no = follows */
    uint8_t equals; /* kind when = follows; 0: = is not its part */
} puncts[] = {
    {'[', TOK_LBRACK, 0},
    {']', TOK_RBRACK, 0},
    {'{', TOK_LBRACE, 0},
    {'}', TOK_RBRACE, 0},
    {'(', TOK_LPAREN, 0},
    {')', TOK_RPAREN, 0},
    {',', TOK_COMMA, 0},
    {'+', TOK_ADD, 0},
    {'-', TOK_SUB, 0},
    {'*', TOK_MUL, 0},
    {'/', TOK_QUO, 0},
    {'%', TOK_REM, 0},
    {'&', TOK_AND, 0},
    {'|', TOK_OR, 0},
    {';', TOK_SEMICOLON, 0},
    {'.', TOK_DOT, 0},
    {':', TOK_COLON, TOK_ASSIGN},
    {'=', TOK_UNIFY, TOK_EQUAL},
    {'>', TOK_GT, TOK_GTE},
    {'<', TOK_LT, TOK_LTE},
    {'!', TOK_ILLEGAL, TOK_NEQ},
};

static enum token_kind scan_punct(struct scan *s)
{
    const int c = peek(s);

    for (size_t i = 0; i < sizeof(puncts) / sizeof(puncts[0]); i++) {
        if (puncts[i].first != c)
            continue;
        s->at++;
        if (puncts[i].equals && peek(s) == '=') {
            s->at++;
            return puncts[i].equals;
        }
        if (puncts[i].alone == TOK_ILLEGAL)
            fail(s, "illegal ! character");
        return puncts[i].alone;
    }
    skip(s);
    return TOK_ILLEGAL;
}

static enum token_kind scan_dollar(struct scan *s)
{
    s->at++;
    const int quote = peek(s);

    if (quote != '`' && quote != '"') {
        fail(s, "illegal $ character");
        return TOK_ILLEGAL;
    }
    s->at++;
    return template_kind(quote == '`', scan_quoted(s, (char)quote, true));
}

static enum token_kind scan_one(struct scan *s, rego_keywords keywords)
{
    const size_t from = s->at;
    const int c = peek(s);

    if (c < 0)
        return TOK_EOF;
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        s->at++;
        return TOK_SPACE;
    }
    if (is_letter(c)) {
        while (is_letter(peek(s)) || is_digit(peek(s)))
            s->at++;
        const enum token_kind k = rego_keyword(s->text + from, s->at - from);
        return k != TOK_IDENT && (keywords & rego_keyword_bit(k)) ? k : TOK_IDENT;
    }
    if (is_digit(c)) {
        scan_number(s);
        return TOK_NUMBER;
    }
    if (c == '#') {
        while (peek(s) >= 0 && peek(s) != '\n')
            skip(s);
        return TOK_COMMENT;
    }
    if (c == '"' || c == '`') {
        s->at++;
        (void)scan_quoted(s, (char)c, false);
        return c == '"' ? TOK_STRING : TOK_RAW_STRING;
    }
    return c == '$' ? scan_dollar(s) : scan_punct(s);
}

/* The character after a token is read with it: what is wrong there is told at the token. */
static struct token finish(struct scan *s, uint32_t from, enum token_kind kind)
{
    const char *const bad = bad_character(s);

    if (bad)
        fail(s, bad);
    return (struct token){.kind = s->errors[0] ? TOK_ILLEGAL : kind,
                          .off = from,
                          .end = (uint32_t)s->at,
                          .errors = {s->errors[0], s->errors[1]}};
}

struct token rego_scan(const struct rego_source *source, uint32_t at, rego_keywords keywords)
{
    struct scan s = {.text = source->text, .len = source->len, .at = at};

    if (at == 0 && s.len >= 3 && memcmp(s.text, "\xef\xbb\xbf", 3) == 0)
        s.at = 3;
    const uint32_t from = (uint32_t)s.at;
    const enum token_kind kind = scan_one(&s, keywords);

    return finish(&s, from, kind);
}

struct token rego_scan_template(const struct rego_source *source, uint32_t at, bool raw)
{
    struct scan s = {.text = source->text, .len = source->len, .at = at};
    const enum token_kind kind = template_kind(raw, scan_quoted(&s, raw ? '`' : '"', true));

    return finish(&s, at, kind);
}
