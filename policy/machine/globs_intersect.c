/* Whether two simple patterns have a text in common, with the reading (and the shortcuts) of the
 * library that OPA uses: what a starred token swallows is decided token by token. */
#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "policy/machine/glob.h"
#include "policy/machine/rune.h"

enum { TOKENS_MAX = 512 };

enum token_kind { TOKEN_RUNE, TOKEN_DOT, TOKEN_SET };
enum token_flag { FLAG_NONE, FLAG_PLUS, FLAG_STAR };

struct span {
    uint32_t lo, hi;
};

struct token {
    enum token_kind kind;
    enum token_flag flag;
    struct span *spans; /* TOKEN_RUNE: one of one rune */
    size_t n;
};

struct tokens {
    struct token at[TOKENS_MAX];
    size_t n;
};

struct text {
    struct arena *arena;
    const char *bytes;
    uint32_t *runes;
    size_t n, pos;
    struct err *err;
};

static int invalid(const struct text *t, const char *why)
{
    return err_set(t->err, ERR_INVALID, "input:%s, pos:%zu, %s: the input provided is invalid",
                   t->bytes, t->pos, why);
}

/* The next rune: 1, 0 at the end, -1. */
static int next(struct text *t, uint32_t *r, bool *escaped)
{
    *escaped = false;
    if (t->pos == t->n)
        return 0;
    if (t->runes[t->pos] == '\\') {
        if (t->pos == t->n - 1)
            return invalid(t, "input ends with a \\ (escape) character");
        *escaped = true;
        t->pos++;
    }
    *r = t->runes[t->pos++];
    return 1;
}

static int read_set(struct text *t, struct token *out)
{
    uint32_t r = 0, prev = 0;
    bool escaped = false, has_prev = false;
    int got = 0;

    out->kind = TOKEN_SET;
    out->spans = arena_zalloc(t->arena, t->n - t->pos + 1, sizeof(*out->spans));
    if (out->spans == NULL)
        return err_nomem(t->err);
    while ((got = next(t, &r, &escaped)) > 0) {
        if (!escaped && r == ']')
            return 0;
        if (escaped || r != '-') {
            out->spans[out->n++] = (struct span){r, r};
            prev = r;
            has_prev = true;
            continue;
        }
        if (!has_prev)
            return invalid(t, "range character '-' must be preceded by a Unicode character");
        if (t->pos + 1 >= t->n)
            return invalid(t, "range character '-' must be followed by a Unicode character");
        if (next(t, &r, &escaped) < 0)
            return -1;
        if (!escaped && (r == ']' || r == '-'))
            return invalid(t, "range character '-' cannot be followed by a special symbol");
        if (r < prev) {
            char a[UTF8_MAX], b[UTF8_MAX];
            const int an = (int)utf8_encode(a, r), bn = (int)utf8_encode(b, prev);

            return err_set(
                t->err, ERR_INVALID,
                "input:%s, pos:%zu, range is out of order: '%.*s' comes before '%.*s' in "
                "Unicode: the input provided is invalid",
                t->bytes, t->pos, an, a, bn, b);
        }
        out->spans[out->n++] = (struct span){prev, r};
        has_prev = false;
    }
    return got < 0 ? -1 : invalid(t, "found [ without matching ]");
}

static int read_token(struct text *t, uint32_t r, bool escaped, struct token *out)
{
    if (!escaped && r == ']')
        return invalid(t, "set-close ']' with no preceding '['");
    if (!escaped && (r == '+' || r == '*'))
        return invalid(t, r == '+' ? "flag '+' must be preceded by a non-flag"
                                   : "flag '*' must be preceded by a non-flag");
    if (!escaped && r == '[') {
        if (read_set(t, out) < 0)
            return -1;
    } else if (!escaped && r == '.') {
        out->kind = TOKEN_DOT;
    } else {
        out->kind = TOKEN_RUNE;
        out->spans = arena_zalloc(t->arena, 1, sizeof(*out->spans));
        if (out->spans == NULL)
            return err_nomem(t->err);
        *out->spans = (struct span){r, r};
        out->n = 1;
    }
    const uint32_t flag = t->pos < t->n ? t->runes[t->pos] : 0;

    if (flag == '+' || flag == '*') {
        out->flag = flag == '+' ? FLAG_PLUS : FLAG_STAR;
        t->pos++;
    }
    return 0;
}

static bool covers(const struct token *x, const struct token *y)
{
    for (size_t i = 0; i < x->n; i++) {
        bool found = false;

        for (size_t k = 0; k < y->n && !found; k++)
            found = x->spans[i].lo >= y->spans[k].lo && x->spans[i].hi <= y->spans[k].hi;
        if (!found)
            return false;
    }
    return true;
}

static bool same(const struct token *x, const struct token *y)
{
    return x->kind == y->kind && covers(x, y) && covers(y, x);
}

/* Tokenize, joining neighbours x* x+ of the same token. */
static int read_tokens(struct arena *a, const char *bytes, size_t len, struct tokens *out,
                       struct err *err)
{
    struct text t = {.arena = a, .bytes = bytes, .err = err};
    uint32_t r = 0;
    bool escaped = false;
    int got = 0;

    t.runes = arena_zalloc(a, len + 1, sizeof(*t.runes));
    if (t.runes == NULL)
        return err_nomem(err);
    for (size_t i = 0, width = 0; i < len; i += width)
        t.runes[t.n++] = rune_at(bytes + i, len - i, &width);
    while ((got = next(&t, &r, &escaped)) > 0) {
        struct token token = {0};

        if (read_token(&t, r, escaped, &token) < 0)
            return -1;
        struct token *const last = out->n > 0 ? &out->at[out->n - 1] : NULL;

        if (last != NULL && last->flag != FLAG_NONE && token.flag != FLAG_NONE &&
            same(last, &token)) {
            if (token.flag == FLAG_PLUS)
                last->flag = FLAG_PLUS;
            continue;
        }
        if (out->n == TOKENS_MAX)
            return err_set(err, ERR_LIMIT, "pattern has more than %d parts", TOKENS_MAX);
        out->at[out->n++] = token;
    }
    return got;
}

static bool match(const struct token *x, const struct token *y)
{
    if (x->kind == TOKEN_DOT || y->kind == TOKEN_DOT)
        return true;
    for (size_t i = 0; i < x->n; i++) {
        for (size_t k = 0; k < y->n; k++) {
            if (x->spans[i].lo <= y->spans[k].hi && y->spans[k].lo <= x->spans[i].hi)
                return true;
        }
    }
    return false;
}

/* --- the walk ---------------------------------------------------------------------------- */

/* Answers by (who holds the flagged token, its place, the other's place): 0 unknown, 1 no, 2 yes.
 * Without them patterns of stars would take exponential time. */
struct meet {
    const struct token *side[2];
    size_t n[2];
    uint8_t *known;
};

static bool meet_normal(struct meet *m, size_t i, size_t j);

static bool meet_star_walk(struct meet *m, unsigned who, size_t i, size_t j)
{
    const struct token *const star = &m->side[who][i];
    const struct token *const then = i + 1 < m->n[who] ? star + 1 : NULL;

    for (; j < m->n[1 - who]; j++) {
        const struct token *const t = &m->side[1 - who][j];

        if (then != NULL && match(t, then) &&
            (who == 0 ? meet_normal(m, i + 1, j) : meet_normal(m, j, i + 1)))
            return true;
        if (!match(t, star))
            return false;
    }
    return then == NULL;
}

static bool meet_star(struct meet *m, unsigned who, size_t i, size_t j)
{
    uint8_t *const known = &m->known[(who * (m->n[who] + 1) + i) * (m->n[1 - who] + 1) + j];

    if (*known == 0)
        *known = meet_star_walk(m, who, i, j) ? 2 : 1;
    return *known == 2;
}

static bool meet_plus(struct meet *m, unsigned who, size_t i, size_t j)
{
    const struct token *const plus = &m->side[who][i], *const other = &m->side[1 - who][j];

    if (!match(plus, other))
        return false;
    if (meet_star(m, who, i, j + 1))
        return true;
    return other->flag != FLAG_NONE &&
           (who == 0 ? meet_normal(m, i + 1, j) : meet_normal(m, j, i + 1));
}

static bool meet_normal(struct meet *m, size_t i, size_t j)
{
    for (; i < m->n[0] && j < m->n[1]; i++, j++) {
        const struct token *const x = &m->side[0][i], *const y = &m->side[1][j];

        if (x->flag != FLAG_NONE)
            return x->flag == FLAG_PLUS ? meet_plus(m, 0, i, j) : meet_star(m, 0, i, j);
        if (y->flag != FLAG_NONE)
            return y->flag == FLAG_PLUS ? meet_plus(m, 1, j, i) : meet_star(m, 1, j, i);
        if (!match(x, y))
            return false;
    }
    return i == m->n[0] && j == m->n[1];
}

/* Cut the plain ends that both have in common; all but one token, so that none becomes empty. */
static bool trim(struct meet *m)
{
    size_t l = 0, r = 0;

    while (l < m->n[0] && l < m->n[1] && m->side[0][l].flag == FLAG_NONE &&
           m->side[1][l].flag == FLAG_NONE) {
        if (!match(&m->side[0][l], &m->side[1][l]))
            return false;
        l++;
    }
    l -= l > 0;
    while (r + l < m->n[0] && r + l < m->n[1]) {
        const struct token *const x = &m->side[0][m->n[0] - 1 - r];
        const struct token *const y = &m->side[1][m->n[1] - 1 - r];

        if (x->flag != FLAG_NONE || y->flag != FLAG_NONE)
            break;
        if (!match(x, y))
            return false;
        r++;
    }
    r -= r > 0;
    for (unsigned k = 0; k < 2; k++) {
        m->side[k] += l;
        m->n[k] -= l + r;
    }
    return true;
}

int globs_intersect(struct arena *a, const char *x, size_t x_len, const char *y, size_t y_len,
                    struct err *err)
{
    struct tokens *const t = arena_zalloc(a, 2, sizeof(*t));

    if (t == NULL)
        return err_nomem(err);
    if (read_tokens(a, x, x_len, &t[0], err) < 0 || read_tokens(a, y, y_len, &t[1], err) < 0)
        return -1;
    struct meet m = {.side = {t[0].at, t[1].at}, .n = {t[0].n, t[1].n}};
    const size_t larger = (m.n[0] > m.n[1] ? m.n[0] : m.n[1]) + 1;

    m.known = arena_zalloc(a, 2 * larger * larger, 1);
    if (m.known == NULL)
        return err_nomem(err);
    return trim(&m) && meet_normal(&m, 0, 0);
}
