/* Escapes and classes of characters. */
#include <string.h>

#include "base/own.h"
#include "policy/machine/regex_parser.h"
#include "policy/machine/rune.h"

static int hex_digit(uint32_t c)
{
    if (c >= '0' && c <= '9')
        return (int)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (int)(c - 'a') + 10;
    if (c >= 'A' && c <= 'F')
        return (int)(c - 'A') + 10;
    return -1;
}

static int parse_hex(struct regex_parser *p, const char *from, uint32_t *out)
{
    uint32_t c = 0, d = 0, r = 0;

    if (p->at == p->end)
        return regex_fail(p, "invalid escape sequence", from, p->at);
    if (regex_next_rune(p, &c) < 0)
        return -1;
    if (c != '{') {
        const int hi = hex_digit(c);

        if (p->at == p->end)
            return regex_fail(p, "invalid escape sequence", from, p->at);
        if (regex_next_rune(p, &d) < 0)
            return -1;
        const int lo = hex_digit(d);

        if (hi < 0 || lo < 0)
            return regex_fail(p, "invalid escape sequence", from, p->at);
        *out = (uint32_t)(hi * 16 + lo);
        return 0;
    }
    for (unsigned digits = 0;; digits++) {
        if (p->at == p->end)
            break;
        if (regex_next_rune(p, &c) < 0)
            return -1;
        if (c == '}' && digits > 0) {
            *out = r;
            return 0;
        }
        const int v = hex_digit(c);

        if (v < 0)
            break;
        r = r * 16 + (uint32_t)v;
        if (r > RUNE_MAX)
            break;
    }
    return regex_fail(p, "invalid escape sequence", from, p->at);
}

/* One escaped character; p->at is at the backslash. */
int regex_parse_escape(struct regex_parser *p, uint32_t *out)
{
    static const char letters[] = "afnrtv", values[] = "\a\f\n\r\t\v";
    const char *const from = p->at++;
    uint32_t c = 0;

    if (p->at == p->end)
        return regex_fail(p, "trailing backslash at end of expression", p->end, p->end);
    if (regex_next_rune(p, &c) < 0)
        return -1;
    if (c >= '0' && c <= '7') {
        const bool octal_follows = p->at < p->end && *p->at >= '0' && *p->at <= '7';

        if (c != '0' && !octal_follows)
            return regex_fail(p, "invalid escape sequence", from, p->at);
        *out = c - '0';
        for (int i = 1; i < 3 && p->at < p->end && *p->at >= '0' && *p->at <= '7'; i++)
            *out = *out * 8 + (uint32_t)(*p->at++ - '0');
        return 0;
    }
    if (c == 'x')
        return parse_hex(p, from, out);
    const char *const letter = c < 0x80 && c != 0 ? strchr(letters, (int)c) : NULL;

    if (letter != NULL) {
        *out = (uint32_t)values[letter - letters];
        return 0;
    }
    const bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

    if (c >= 0x80 || word)
        return regex_fail(p, "invalid escape sequence", from, p->at);
    *out = c;
    return 0;
}

/* ASCII classes by name: \d and [[:digit:]] alike. Pairs of first and last characters. */
static const struct ascii_class {
    const char *name, *spans;
} ascii_classes[] = {
    {"d", "09"},         {"s", "\t\n\f\r  "},   {"w", "09AZ__az"},
    {"alnum", "09AZaz"}, {"alpha", "AZaz"},     {"ascii", ""}, /* begins with NUL: below */
    {"blank", "\t\t  "}, {"cntrl", ""},                        /* likewise */
    {"digit", "09"},     {"graph", "!~"},       {"lower", "az"},
    {"print", " ~"},     {"punct", "!/:@[`{~"}, {"space", "\t\r  "},
    {"upper", "AZ"},     {"word", "09AZ__az"},  {"xdigit", "09AFaf"},
};

static bool add_ascii_class(struct regex_parser *p, struct rune_set *s, const char *name,
                            size_t len, bool negate)
{
    struct rune_set own = {.arena = p->arena};

    for (size_t i = 0; i < ARRAY_LEN(ascii_classes); i++) {
        const struct ascii_class *const c = &ascii_classes[i];

        if (strlen(c->name) != len || memcmp(c->name, name, len) != 0)
            continue;
        if (strcmp(c->name, "ascii") == 0) {
            rune_set_add(&own, 0, 0x7f);
        } else if (strcmp(c->name, "cntrl") == 0) {
            rune_set_add(&own, 0, 0x1f);
            rune_set_add(&own, 0x7f, 0x7f);
        }
        for (const char *t = c->spans; *t != '\0'; t += 2) {
            if ((p->flags & FLAG_FOLD) != 0)
                rune_set_add_folded(&own, (uint32_t)t[0], (uint32_t)t[1]);
            else
                rune_set_add(&own, (uint32_t)t[0], (uint32_t)t[1]);
        }
        if (negate)
            rune_set_negate(&own);
        rune_set_add_all(s, &own);
        return true;
    }
    return false;
}

/* \d \S \pL \P{Greek} at p->at into s: 1 taken, 0 something else, -1 error. */
int regex_parse_escaped_class(struct regex_parser *p, struct rune_set *s)
{
    if (p->end - p->at < 2 || p->at[0] != '\\')
        return 0;
    const char *const from = p->at;
    const char c = from[1];

    if (strchr("dswDSW", c) != NULL && c != '\0') {
        const char lower = (char)(c | 0x20);

        p->at += 2;
        return add_ascii_class(p, s, &lower, 1, c != lower) ? 1 : 0;
    }
    if (c != 'p' && c != 'P')
        return 0;
    bool negate = c == 'P';
    const char *name = from + 2, *name_end = name;
    uint32_t r = 0;

    p->at += 2;
    if (p->at == p->end)
        return regex_fail(p, "invalid character class range", from, p->end);
    if (regex_next_rune(p, &r) < 0)
        return -1;
    name_end = p->at;
    if (r == '{') {
        name = p->at;
        name_end = memchr(name, '}', (size_t)(p->end - name));
        if (name_end == NULL)
            return regex_fail(p, "invalid character class range", from, p->end);
        p->at = name_end + 1;
        if (name < name_end && *name == '^') {
            negate = !negate;
            name++;
        }
    }
    if (!rune_set_add_property(s, name, (size_t)(name_end - name), negate,
                               (p->flags & FLAG_FOLD) != 0))
        return regex_fail(p, "invalid character class range", from, p->at);
    return 1;
}

/* [:alpha:] at p->at: 1 taken, 0 something else, -1 error. */
static int parse_named_class(struct regex_parser *p, struct rune_set *s)
{
    if (p->end - p->at <= 2 || !regex_looking_at(p, "[:"))
        return 0;
    const char *const from = p->at;
    const char *const close = memmem(from + 2, (size_t)(p->end - from) - 2, ":]", 2);

    if (close == NULL)
        return 0;
    const char *name = from + 2;
    const bool negate = *name == '^';

    name += negate;
    p->at = close + 2;
    /* one-letter names are the escapes' */
    if (close - name < 2 || !add_ascii_class(p, s, name, (size_t)(close - name), negate))
        return regex_fail(p, "invalid character class range", from, p->at);
    return 1;
}

static int parse_class_rune(struct regex_parser *p, const char *class, uint32_t *out)
{
    if (p->at == p->end)
        return regex_fail(p, "missing closing ]", class, p->end);
    return *p->at == '\\' ? regex_parse_escape(p, out) : regex_next_rune(p, out);
}

static int parse_class_span(struct regex_parser *p, const char *class, struct rune_set *s)
{
    const char *const from = p->at;
    uint32_t lo = 0, hi = 0;

    if (parse_class_rune(p, class, &lo) < 0)
        return -1;
    hi = lo;
    if (p->end - p->at >= 2 && p->at[0] == '-' && p->at[1] != ']') {
        p->at++;
        if (parse_class_rune(p, class, &hi) < 0)
            return -1;
        if (hi < lo)
            return regex_fail(p, "invalid character class range", from, p->at);
    }
    if ((p->flags & FLAG_FOLD) != 0)
        rune_set_add_folded(s, lo, hi);
    else
        rune_set_add(s, lo, hi);
    return 0;
}

int regex_parse_class(struct regex_parser *p, struct rune_set *s)
{
    const char *const class = p->at++;
    const bool negate = regex_looking_at(p, "^");

    p->at += negate;
    for (bool first = true; first || p->at == p->end || *p->at != ']'; first = false) {
        int taken = parse_named_class(p, s);

        if (taken == 0)
            taken = regex_parse_escaped_class(p, s);
        if (taken < 0 || (taken == 0 && parse_class_span(p, class, s) < 0))
            return -1;
        if (s->failed)
            return err_nomem(p->err);
    }
    p->at++;
    if (negate)
        rune_set_negate(s);
    return 0;
}
