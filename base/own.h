/* base/own.h - ownership said where a variable is declared.
 *
 * Layer:   base
 * Owns:    an AUTO_* variable owns its thing and releases it when it leaves
 *          scope; fd_take and PTR_TAKE hand it over. Every AUTO_* variable is
 *          initialised where declared. Releasing keeps errno.
 */
#ifndef BASE_OWN_H
#define BASE_OWN_H

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define AUTO_FD __attribute__((cleanup(own_close)))
#define AUTO_FREE __attribute__((cleanup(own_free)))

/* Close *fd unless negative, and leave -1. */
static inline void own_close(int *fd)
{
    const int saved = errno;

    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
    errno = saved;
}

/* Free the pointer that `p` points to, and leave NULL. */
static inline void own_free(void *p)
{
    void **const slot = p;
    const int saved = errno;

    free(*slot);
    *slot = NULL;
    errno = saved;
}

/* Hand the descriptor over: the caller's variable no longer owns it. */
static inline int fd_take(int *fd)
{
    const int got = *fd;

    *fd = -1;
    return got;
}

#define PTR_TAKE(p)                                                                                \
    ({                                                                                             \
        __typeof__(p) own_taken_ = (p);                                                            \
        (p) = NULL;                                                                                \
        own_taken_;                                                                                \
    })

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
