/* runtime/overlay.h - what an engine's overlay is put together from.
 *
 * Layer:   runtime
 * Owns:    nothing: struct overlay is plain storage.
 * Errors:  ERR_SYSTEM; ERR_INVALID: no overlay, or one that is not put together as engines do it
 *          (an escaped name, layers of data alone, a security context, an upper directory without
 *          its working directory beside it); ERR_LIMIT.
 * Trust:   read from the kernel's list of this process's mounts, found by the mount's number: only
 *          who may mount can write there. Names with a backslash are refused, not decoded.
 */
#ifndef RUNTIME_OVERLAY_H
#define RUNTIME_OVERLAY_H

#include <limits.h>
#include <stddef.h>

#include "base/err.h"

#define OVERLAY_MAGIC 0x794c7630u

enum {
    OVERLAY_LAYERS_MAX = 256,
    OVERLAY_TEXT_MAX = 32 * 1024,
    OVERLAY_OPTIONS_MAX = 4096,
    OVERLAY_MOUNTS_MAX = 64 * 1024 * 1024, /* bytes of the list of mounts */
};

struct overlay {
    char home[PATH_MAX];                   /* what relative layers are relative to */
    const char *lower[OVERLAY_LAYERS_MAX]; /* in text; uppermost first */
    size_t lowers;
    char upper_parent[PATH_MAX]; /* the directory that holds upper and working directory */
    char upper_name[256];        /* empty: a read-only overlay */
    char kept[256];              /* ",redirect_dir=on,...": options that change what is seen */
    char text[OVERLAY_TEXT_MAX];
};

/* Of the overlay that fd (O_PATH) is the root of; path: where it is mounted. */
int overlay_read(int fd, const char *path, struct overlay *out, struct err *err) MUST_CHECK;

/* The same from the options as the kernel prints them. */
int overlay_parse(const char *options, const char *path, struct overlay *out,
                  struct err *err) MUST_CHECK;

#endif
