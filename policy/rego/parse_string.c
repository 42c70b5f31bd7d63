#include <string.h>

#include "policy/rego/parse.h"
#include "policy/rego/tree.h"

enum { NUMBER_EXPONENT_MAX = 30000 }; /* of ten: what OPA's limit of two comes to */

/* The power of ten of the leading digit is out of bounds? */
static bool exponent_too_big(const char *text, size_t len)
{
    long exponent = 0;
    const char *const e = memchr(text, 'e', len) ? memchr(text, 'e', len) : memchr(text, 'E', len);

    if (!e)
        return len > NUMBER_EXPONENT_MAX;
    const bool negative = e[1] == '-';

    for (size_t i = (size_t)(e - text) + 1; i < len; i++)
        if (text[i] >= '0' && text[i] <= '9' && exponent < 1000000)
            exponent = 10 * exponent + (text[i] - '0');
    if (!negative)
        exponent += e - text;
    return exponent > NUMBER_EXPONENT_MAX;
}

/* number = [ "-" ] [ "." ] digits; stands at its last token after */
struct rego_term *parse_number(struct rego_parser *p)
{
    struct rego_loc loc = parse_loc(p);
    const bool negative = parse_tok(p) == TOK_SUB;
    bool fraction = false;

    if (negative) {
        parse_scan(p);
        if (parse_tok(p) != TOK_NUMBER && parse_tok(p) != TOK_DOT) {
            parse_illegal(p, "expected number");
            return NULL;
        }
    }
    if (parse_tok(p) == TOK_DOT) {
        fraction = true;
        parse_scan(p);
        if (parse_tok(p) != TOK_NUMBER) {
            parse_illegal(p, "expected number");
            return NULL;
        }
    }
    size_t len;
    const char *const text = parse_text(p, &len);

    if (!fraction && len > 1 && text[0] == '0' && !strchr(".eE", text[1])) {
        parse_illegal(p, "expected number without leading zero");
        return NULL;
    }
    if (fraction && memchr(text, '.', len)) {
        parse_illegal(p, "invalid float");
        return NULL;
    }
    if (exponent_too_big(text, len)) {
        parse_error(p, parse_loc(p), "number too big");
        return NULL;
    }
    const char *const whole =
        arena_printf(p->a, "%s%s%.*s", negative ? "-" : "", fraction ? "0." : "", (int)len, text);

    loc.len = p->s.tok.end - loc.offset;
    return whole ? term_const(p->a, value_number(p->a, whole, strlen(whole)), loc) : NULL;
}

static int hex4(const char *s)
{
    int n = 0;

    for (int i = 0; i < 4; i++) {
        const char *const digits = "0123456789abcdef";
        const char low = s[i] >= 'A' && s[i] <= 'F' ? (char)(s[i] | 0x20) : s[i];
        const char *const d = low ? strchr(digits, low) : NULL;

        if (!d)
            return -1;
        n = 16 * n + (int)(d - digits);
    }
    return n;
}

static size_t put_utf8(char *out, unsigned c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

/* \uXXXX at s; *used is 4 or, for a surrogate pair, 10. Half pairs become U+FFFD. -1: no hex. */
static int unicode_escape(const char *s, size_t left, size_t *used)
{
    const int first = left >= 4 ? hex4(s) : -1;

    *used = 4;
    if (first < 0xd800 || first > 0xdfff)
        return first;
    if (first < 0xdc00 && left >= 10 && s[4] == '\\' && s[5] == 'u') {
        const int second = hex4(s + 6);

        if (second >= 0xdc00 && second <= 0xdfff) {
            *used = 10;
            return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        }
    }
    return 0xfffd;
}

/* Undo escapes of [s, s+len); an escape never grows. Returns the new length, or -1. */
static long unescape(char *out, const char *s, size_t len, bool raw, bool template)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        if (s[i] != '\\' || (raw && !(template && i + 1 < len && s[i + 1] == '{'))) {
            if (!raw && (unsigned char)s[i] < 0x20)
                return -1;
            out[n++] = s[i];
            continue;
        }
        if (++i >= len)
            return -1;
        if (template && s[i] == '{') {
            out[n++] = '{';
            continue;
        }
        if (s[i] == 'u') {
            size_t used;
            const int c = unicode_escape(s + i + 1, len - i - 1, &used);

            if (c < 0)
                return -1;
            n += put_utf8(out + n, (unsigned)c);
            i += used;
            continue;
        }
        const char *const at = s[i] ? strchr(from, s[i]) : NULL;

        if (!at)
            return -1;
        out[n++] = to[at - from];
    }
    return (long)n;
}

static const struct value *text_value(struct rego_parser *p, const char *s, size_t len, bool raw,
                                      bool template)
{
    char *const out = arena_alloc(p->a, len + 1);

    if (!out)
        return NULL;
    if (!memchr(s, '\\', len)) /* then control characters may stand in it */
        return value_string(p->a, s, len);
    const long n = unescape(out, s, len, raw, template);

    if (n < 0) {
        size_t whole;
        const char *const lit = parse_text(p, &whole);

        parse_error(p, parse_loc(p), "illegal %s: %.*s",
                    template ? "template-string part" : "string literal", (int)whole, lit);
        return NULL;
    }
    return value_string(p->a, out, (size_t)n);
}

struct rego_term *parse_string(struct rego_parser *p)
{
    const bool raw = parse_tok(p) == TOK_RAW_STRING;
    size_t len;
    const char *const text = parse_text(p, &len);
    const struct value *const v = text_value(p, text + 1, len - 2, raw, false);
    struct rego_term *const t = v ? term_const(p->a, v, parse_loc(p)) : NULL;

    if (t)
        t->raw = raw;
    return t;
}

/* What may not stand in a part, and how the message calls it. */
static const char *bad_part(const struct rego_expr *e)
{
    switch (e->kind) {
    case EXPR_NOT:
        return "negation ('not')";
    case EXPR_UNIFY:
        return "unification ('=')";
    case EXPR_ASSIGN:
        return "assignment (':=')";
    case EXPR_EVERY:
        return "'every'";
    case EXPR_SOME:
        return "'some'";
    case EXPR_TERM:
    case EXPR_CALL:
    case EXPR_AND:
    case EXPR_OR:
        break;
    }
    return NULL;
}

static struct rego_term *template_expr(struct rego_parser *p)
{
    const size_t comments = p->s.comments;

    parse_scan(p);
    const bool commented = p->s.comments != comments;
    struct rego_expr *const e = parse_literal(p);

    if (!e) {
        if (!p->deep)
            parse_error(p, parse_loc(p), "invalid template-string expression");
        return NULL;
    }
    const char *const bad = bad_part(e);

    if (bad) {
        parse_error(p, e->loc, "unexpected %s in template-string expression", bad);
        return NULL;
    }
    if (parse_tok(p) != TOK_RBRACE) {
        parse_error(p, parse_loc(p), "expected } to end template string expression");
        return NULL;
    }
    if (e->kind == EXPR_TERM && e->u.term->kind == TERM_CONST && e->with_n == 0 && !commented)
        return e->u.term;
    struct rego_term *const part = term_new(p->a, TERM_SET_COMP, e->loc);

    if (!part)
        return NULL;
    part->u.comp.body = parse_body_of(p, e);
    return part->u.comp.body ? parse_seal(p, part) : NULL;
}

/* template = $"text{ literal }text..."; stands at the token that ends it after */
struct rego_term *parse_template(struct rego_parser *p, bool raw)
{
    struct rego_term *const t = term_new(p->a, TERM_TEMPLATE, parse_loc(p));
    size_t skip = 2; /* $" of the first piece; later pieces begin right after the } */

    if (!t)
        return NULL;
    t->raw = raw;
    for (;;) {
        size_t len;
        const char *const text = parse_text(p, &len);
        const bool last = parse_tok(p) == TOK_TEMPLATE_END || parse_tok(p) == TOK_RAW_TEMPLATE_END;

        if (parse_tok(p) == TOK_ILLEGAL) {
            parse_illegal(p, NULL);
            return NULL;
        }
        const struct value *const v = text_value(p, text + skip, len - skip - 1, raw, true);

        if (!v ||
            (v->count > 0 && !terms_push(p->a, &t->u.list, term_const(p->a, v, parse_loc(p)))))
            return NULL;
        if (last)
            break;
        struct rego_term *const part = template_expr(p);

        if (!part || !terms_push(p->a, &t->u.list, part))
            return NULL;
        parse_scan_template(p, raw);
        skip = 0;
    }
    p->s.last_end = p->s.tok.end;
    return parse_seal(p, t);
}
