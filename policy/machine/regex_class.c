#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/machine/regex_ast.h"
#include "policy/machine/rune.h"

struct unicode_name {
    const char *name; /* lower case, without '_', '-' and spaces */
    uint16_t first, n;
};

/* Runes lo, lo + stride, .. hi: the next of their orbit is delta away. */
struct unicode_fold {
    uint32_t lo, hi;
    int32_t stride, delta;
};

#include "policy/machine/unicode_tables.inc"

uint32_t rune_fold_next(uint32_t r)
{
    size_t lo = 0, hi = ARRAY_LEN(unicode_folds);

    while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;
        const struct unicode_fold *const f = &unicode_folds[mid];

        if (r > f->hi)
            lo = mid + 1;
        else if (r < f->lo)
            hi = mid;
        else
            return (r - f->lo) % (uint32_t)f->stride == 0 ? (uint32_t)((int32_t)r + f->delta) : r;
    }
    return r;
}

void rune_set_add(struct rune_set *s, uint32_t lo, uint32_t hi)
{
    if (s->failed || lo > hi)
        return;
    if (s->n > 0 && lo >= s->at[s->n - 1].lo && lo <= s->at[s->n - 1].hi + 1) {
        if (hi > s->at[s->n - 1].hi)
            s->at[s->n - 1].hi = hi;
        return;
    }
    if (s->n == s->cap) {
        const size_t cap = s->cap > 0 ? 2 * s->cap : 8;
        struct rune_span *const grown = ARENA_NEW_N(s->arena, struct rune_span, cap);

        if (grown == NULL) {
            s->failed = true;
            return;
        }
        if (s->n > 0)
            memcpy(grown, s->at, s->n * sizeof(*grown));
        s->at = grown;
        s->cap = cap;
    }
    s->at[s->n++] = (struct rune_span){lo, hi};
}

static void add_orbit(struct rune_set *s, uint32_t r)
{
    for (uint32_t c = rune_fold_next(r); c != r; c = rune_fold_next(c))
        rune_set_add(s, c, c);
}

void rune_set_add_folded(struct rune_set *s, uint32_t lo, uint32_t hi)
{
    rune_set_add(s, lo, hi);
    if (lo == hi) {
        add_orbit(s, lo);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(unicode_folds); i++) {
        const struct unicode_fold *const f = &unicode_folds[i];
        const uint32_t stride = (uint32_t)f->stride;
        uint32_t c = f->lo;

        if (f->hi < lo || f->lo > hi)
            continue;
        if (c < lo)
            c += (lo - c + stride - 1) / stride * stride;
        for (; c <= f->hi && c <= hi; c += stride)
            add_orbit(s, c);
    }
}

void rune_set_add_all(struct rune_set *s, const struct rune_set *other)
{
    for (size_t i = 0; i < other->n; i++)
        rune_set_add(s, other->at[i].lo, other->at[i].hi);
    s->failed |= other->failed;
}

static int by_lo(const void *a, const void *b)
{
    const struct rune_span *const x = a, *const y = b;

    if (x->lo != y->lo)
        return x->lo < y->lo ? -1 : 1;
    return x->hi > y->hi ? -1 : x->hi < y->hi;
}

void rune_set_tidy(struct rune_set *s)
{
    size_t n = 0;

    if (s->n < 2)
        return;
    qsort(s->at, s->n, sizeof(*s->at), by_lo);
    for (size_t i = 1; i < s->n; i++) {
        if (s->at[i].lo <= s->at[n].hi + 1) {
            if (s->at[i].hi > s->at[n].hi)
                s->at[n].hi = s->at[i].hi;
        } else {
            s->at[++n] = s->at[i];
        }
    }
    s->n = n + 1;
}

void rune_set_negate(struct rune_set *s)
{
    struct rune_set out = {.arena = s->arena, .failed = s->failed};
    uint32_t next = 0;

    rune_set_tidy(s);
    for (size_t i = 0; i < s->n; i++) {
        if (s->at[i].lo > next)
            rune_set_add(&out, next, s->at[i].lo - 1);
        next = s->at[i].hi + 1;
    }
    if (next <= RUNE_MAX)
        rune_set_add(&out, next, RUNE_MAX);
    *s = out;
}

static const struct unicode_name *name_find(const char *name)
{
    size_t lo = 0, hi = ARRAY_LEN(unicode_names);

    while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;
        const int c = strcmp(name, unicode_names[mid].name);

        if (c == 0)
            return &unicode_names[mid];
        if (c < 0)
            hi = mid;
        else
            lo = mid + 1;
    }
    return NULL;
}

bool rune_set_add_property(struct rune_set *s, const char *name, size_t len, bool negate, bool fold)
{
    char canonical[64];
    size_t n = 0;
    struct rune_set own = {.arena = s->arena};

    for (size_t i = 0; i < len; i++) {
        const char c = name[i];

        if (c == '_' || c == '-' || c == ' ')
            continue;
        if (n + 1 == sizeof(canonical))
            return false;
        canonical[n++] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
    }
    canonical[n] = '\0';
    if (strcmp(canonical, "any") == 0) {
        rune_set_add(&own, 0, RUNE_MAX);
    } else if (strcmp(canonical, "ascii") == 0) {
        rune_set_add(&own, 0, 0x7f);
    } else {
        const bool assigned = strcmp(canonical, "assigned") == 0;
        const struct unicode_name *const u = name_find(assigned ? "cn" : canonical);

        if (u == NULL)
            return false;
        if (assigned)
            negate = !negate;
        for (size_t i = 0; i < u->n; i++)
            rune_set_add(&own, unicode_spans[u->first + i][0], unicode_spans[u->first + i][1]);
    }
    if (fold) {
        const size_t given = own.n;

        for (size_t i = 0; i < given && !own.failed; i++)
            rune_set_add_folded(&own, own.at[i].lo, own.at[i].hi);
    }
    if (negate)
        rune_set_negate(&own);
    rune_set_add_all(s, &own);
    return true;
}

static bool in_property(const char *name, uint32_t r)
{
    const struct unicode_name *const u = name_find(name);

    for (size_t i = 0; u != NULL && i < u->n; i++) {
        if (r >= unicode_spans[u->first + i][0] && r <= unicode_spans[u->first + i][1])
            return true;
    }
    return false;
}

bool rune_is_word(uint32_t r)
{
    return r == '_' || in_property("l", r) || in_property("nd", r);
}
