/* tests/help/place.h - a directory of a test's own, and its end. */
#ifndef TESTS_HELP_PLACE_H
#define TESTS_HELP_PLACE_H

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

/* Nothing else is mounted there: removing would reach what is, the machine's own files among it. */
static inline void place_is_plain(const char *top)
{
    FILE *const f = fopen("/proc/self/mountinfo", "re");
    const size_t len = strlen(top);
    char line[8192], point[4096];

    ck_assert_msg(f != NULL, "%s: without a table of mounts nothing is removed", top);
    while (fgets(line, sizeof(line), f)) {
        if (sscanf(line, "%*s %*s %*s %*s %4095s", point) == 1 && strncmp(point, top, len) == 0 &&
            (point[len] == '/' || point[len] == '\0'))
            ck_abort_msg("%s is still mounted: nothing is removed", point);
    }
    (void)fclose(f);
}

/* It and all below it; links are removed, not followed. A test that mounts there unmounts first. */
static inline void place_remove(const char *top)
{
    place_is_plain(top);
    ck_assert_int_eq(nftw(top, place_drop, 16, FTW_DEPTH | FTW_PHYS), 0);
}

#endif
