/* tests/help/place.h - a directory of a test's own, and its end. */
#ifndef TESTS_HELP_PLACE_H
#define TESTS_HELP_PLACE_H

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { PLACE_MAX = 96 };

/* A fresh directory below `where` (mode 0700), its path in `top`. */
static inline void place_make(char top[PLACE_MAX], const char *where)
{
    (void)snprintf(top, PLACE_MAX, "%s/sallyport-test-XXXXXX", where);
    ck_assert_ptr_nonnull(mkdtemp(top));
}

static inline int place_drop(const char *path, const struct stat *st, int kind, struct FTW *f)
{
    (void)st, (void)kind, (void)f;
    return remove(path);
}

/* It and all below it; links are removed, not followed. */
static inline void place_remove(const char *top)
{
    ck_assert_int_eq(nftw(top, place_drop, 16, FTW_DEPTH | FTW_PHYS), 0);
}

#endif
