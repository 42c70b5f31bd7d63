/* tests/help/places.h - a tree of a test's own and a place outside it that must stay as it is. */
#ifndef TESTS_HELP_PLACES_H
#define TESTS_HELP_PLACES_H

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/own.h"

#include "tests/help/place.h"

static struct arena arena;
static char top[PLACE_MAX], outside[PLACE_MAX];

static inline void places_begin(void)
{
    arena = ARENA_INIT((size_t)8 << 20);
    place_make(top, "/tmp");
    place_make(outside, "/tmp");
}

static inline void places_end(void)
{
    place_remove(top);
    place_remove(outside);
    arena_done(&arena);
}

static inline const char *in(const char *dir, const char *name)
{
    return arena_printf(&arena, "%s/%s", dir, name);
}

static inline void file(const char *path, mode_t mode, off_t size)
{
    AUTO_FD int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fchmod(fd, mode), 0);
    ck_assert_int_eq(ftruncate(fd, size), 0);
}

#endif
