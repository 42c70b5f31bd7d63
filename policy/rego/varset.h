/* policy/rego/varset.h - sets of locals, as bits.
 *
 * Layer:   policy/rego
 * Owns:    bits live in the arena given; all sets of one unit have the same size.
 */
#ifndef POLICY_REGO_VARSET_H
#define POLICY_REGO_VARSET_H

#include <string.h>

#include "base/arena.h"

struct varset {
    uint64_t *bits;
    size_t words;
};

static inline bool varset_init(struct arena *a, struct varset *s, uint32_t locals)
{
    s->words = locals / 64 + 1;
    s->bits = ARENA_NEW_N(a, uint64_t, s->words);
    return s->bits != NULL;
}

static inline void varset_add(struct varset *s, uint32_t slot)
{
    s->bits[slot / 64] |= (uint64_t)1 << (slot % 64);
}

static inline void varset_remove(struct varset *s, uint32_t slot)
{
    s->bits[slot / 64] &= ~((uint64_t)1 << (slot % 64));
}

static inline bool varset_has(const struct varset *s, uint32_t slot)
{
    return (s->bits[slot / 64] >> (slot % 64)) & 1;
}

static inline void varset_clear(struct varset *s)
{
    memset(s->bits, 0, s->words * sizeof(*s->bits));
}

static inline void varset_copy(struct varset *to, const struct varset *from)
{
    memcpy(to->bits, from->bits, to->words * sizeof(*to->bits));
}

static inline void varset_join(struct varset *s, const struct varset *more)
{
    for (size_t i = 0; i < s->words; i++)
        s->bits[i] |= more->bits[i];
}

static inline void varset_keep(struct varset *s, const struct varset *only)
{
    for (size_t i = 0; i < s->words; i++)
        s->bits[i] &= only->bits[i];
}

static inline void varset_drop(struct varset *s, const struct varset *less)
{
    for (size_t i = 0; i < s->words; i++)
        s->bits[i] &= ~less->bits[i];
}

static inline bool varset_empty(const struct varset *s)
{
    for (size_t i = 0; i < s->words; i++)
        if (s->bits[i])
            return false;
    return true;
}

/* Is every member of s in `of`? */
static inline bool varset_within(const struct varset *s, const struct varset *of)
{
    for (size_t i = 0; i < s->words; i++)
        if (s->bits[i] & ~of->bits[i])
            return false;
    return true;
}

#endif
