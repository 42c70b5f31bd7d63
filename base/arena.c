#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A chunk is one malloc: this head, then its bytes. Chunks double in size up to a cap, so that
 * small jobs stay small and large ones make few calls. */
struct arena_chunk {
    struct arena_chunk *older;
    size_t size; /* bytes of the whole chunk, head included */
    size_t pad[2];
};

enum { CHUNK_FIRST = 64 * 1024, CHUNK_MAX = 4 * 1024 * 1024, PRINT_SMALL = 256 };

_Static_assert(sizeof(struct arena_chunk) % 16 == 0, "chunk head keeps the alignment");

void *arena_slow(struct arena *a, size_t size)
{
    const size_t rounded = (size + 15u) & ~(size_t)15u;

    if (rounded < size || rounded > SIZE_MAX / 2) {
        a->failed = true;
        return NULL;
    }

    size_t want = a->head ? a->head->size * 2 : CHUNK_FIRST;
    if (want > CHUNK_MAX)
        want = CHUNK_MAX;
    if (want < rounded + sizeof(struct arena_chunk))
        want = rounded + sizeof(struct arena_chunk);
    const size_t left = a->budget - a->used;
    if (want > left)
        want = left;
    if (want < rounded + sizeof(struct arena_chunk)) {
        a->failed = true;
        return NULL;
    }

    struct arena_chunk *const chunk = malloc(want);
    if (!chunk) {
        a->failed = true;
        return NULL;
    }
    chunk->older = a->head;
    chunk->size = want;
    a->head = chunk;
    a->used += want;
    a->at = (char *)(chunk + 1);
    a->end = (char *)chunk + want;

    char *const got = a->at;
    a->at += rounded;
    return got;
}

void *arena_zalloc(struct arena *a, size_t n, size_t size)
{
    size_t total;

    if (__builtin_mul_overflow(n, size, &total)) {
        a->failed = true;
        return NULL;
    }
    void *const got = arena_alloc(a, total);
    if (got)
        memset(got, 0, total);
    return got;
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
    char *const got = len == SIZE_MAX ? NULL : arena_alloc(a, len + 1);

    if (!got)
        return NULL;
    if (len > 0)
        memcpy(got, s, len);
    got[len] = '\0';
    return got;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    char small[PRINT_SMALL];
    va_list ap;

    va_start(ap, fmt);
    const int len = vsnprintf(small, sizeof(small), fmt, ap);
    va_end(ap);
    if (len < 0 || (size_t)len < sizeof(small))
        return len < 0 ? NULL : arena_strndup(a, small, (size_t)len);
    char *const got = arena_alloc(a, (size_t)len + 1);
    if (!got)
        return NULL;
    va_start(ap, fmt);
    (void)vsnprintf(got, (size_t)len + 1, fmt, ap);
    va_end(ap);
    return got;
}

struct arena_mark arena_mark(const struct arena *a)
{
    return (struct arena_mark){.head = a->head, .at = a->at};
}

void arena_reset(struct arena *a, struct arena_mark mark)
{
    while (a->head != mark.head) {
        struct arena_chunk *const gone = a->head;

        a->head = gone->older;
        a->used -= gone->size;
        free(gone);
    }
    a->at = mark.at;
    a->end = a->head ? (char *)a->head + a->head->size : NULL;
}

void arena_done(struct arena *a)
{
    arena_reset(a, (struct arena_mark){0});
    a->failed = false;
}
