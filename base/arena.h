/* base/arena.h - memory of one job: bump allocation, freed as a whole.
 *
 * Layer:   base
 * Owns:    every byte it hands out; no pointer outlives arena_done or a reset
 *          past its mark. There are no single frees.
 * Errors:  arena_alloc returns NULL when the budget (bytes) or memory is used
 *          up; callers turn that into err_nomem or ERR_LIMIT. arena_fail tells
 *          later whether it ever happened.
 * Limits:  budget in bytes, chosen by the job; alignment is 16.
 * Threads: one arena per thread.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct arena_chunk;

struct arena {
    struct arena_chunk *head; /* newest chunk */
    char *at, *end;           /* free bytes of the newest chunk */
    size_t used;              /* bytes reserved so far, chunks included */
    size_t budget;            /* the most it may reserve */
    bool failed;              /* an allocation was refused */
};

struct arena_mark {
    struct arena_chunk *head;
    char *at;
};

#define ARENA_INIT(bytes) ((struct arena){.budget = (bytes)})
#define AUTO_ARENA __attribute__((cleanup(arena_done)))

/* `size` bytes, aligned to 16, contents undefined; NULL when refused. */
void *arena_slow(struct arena *a, size_t size) MUST_CHECK;

static inline void *arena_alloc(struct arena *a, size_t size)
{
    const size_t rounded = (size + 15u) & ~(size_t)15u;

    if (rounded < size || rounded > (size_t)(a->end - a->at))
        return arena_slow(a, size);
    char *const got = a->at;
    a->at += rounded;
    return got;
}

/* n * size bytes, zeroed; NULL when refused or when the product overflows. */
void *arena_zalloc(struct arena *a, size_t n, size_t size) MUST_CHECK;

/* A copy of `len` bytes with a NUL after them. */
char *arena_strndup(struct arena *a, const char *s, size_t len) MUST_CHECK;

/* printf into the arena. */
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3) MUST_CHECK;

/* Remember a place, and give everything allocated since back. */
struct arena_mark arena_mark(const struct arena *a);
void arena_reset(struct arena *a, struct arena_mark mark);

/* Free all. Safe on ARENA_INIT and when repeated. */
void arena_done(struct arena *a);

#define ARENA_NEW(a, type) ((type *)arena_zalloc((a), 1, sizeof(type)))
#define ARENA_NEW_N(a, type, n) ((type *)arena_zalloc((a), (n), sizeof(type)))

#endif
