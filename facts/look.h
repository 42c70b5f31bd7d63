/* facts/look.h - what a path of the host leads to: seen, never read.
 *
 * Layer:   facts
 * Owns:    a struct look owns its cache, which lives in the arena given; no descriptor stays open.
 * Errors:  only ERR_NOMEM. What cannot be seen leaves LOOK_UNSEEN.
 * Trust:   paths are hostile. Symbolic links are followed by us, one at a time, and recorded; the
 *          end is opened O_PATH with openat2(RESOLVE_NO_SYMLINKS), so that what is told is one
 *          object. Links of /proc (another process's root, descriptors) are named as such.
 * Limits:  LOOK_LINKS_MAX links, PATH_MAX bytes.
 */
#ifndef FACTS_LOOK_H
#define FACTS_LOOK_H

#include <limits.h>
#include <sys/stat.h>

#include "facts/table.h"
#include "policy/value/value.h"

enum { LOOK_LINKS_MAX = 40, LOOK_CACHE_MAX = 256, LOOK_KEPT_MAX = 8 };

enum look_end { LOOK_SEEN, LOOK_MISSING, LOOK_UNSEEN };

struct look_dir {
    const char *path;
    uint32_t hash;
    struct stat st;
    bool seen;
};

struct look_at {
    enum look_end end;
    const char *resolved; /* absolute, no links; the clean path when missing */
    struct value_list links;
    struct stat st;    /* when LOOK_SEEN */
    uint64_t fs_magic; /* when LOOK_SEEN */
    bool via_proc;     /* passes a link of /proc */
    const char *changeable_by;
};

/* What a path led to when it was first asked for: one document is judged by one look. */
struct look_kept {
    const char *path;
    bool own;
    struct look_at at;
};

/* One host, looked at for one document. */
struct look {
    struct arena *a;
    struct look_dir *dirs; /* directories stat'ed so far */
    size_t n;
    struct look_kept kept[LOOK_KEPT_MAX]; /* the latest answers */
    size_t n_kept;
    struct table table;
    bool rootless; /* in a user namespace: owners outside of it all look like one */
};

void look_init(struct look *l, struct arena *a);

/* Look at an absolute path. own: also the last component's own owner and mode count for
 * changeable_by (programs and directories whose content is trusted, as opposed to data). */
int look_path(struct look *l, const char *path, bool own, struct look_at *out,
              struct err *err) MUST_CHECK;

/* lstat of a directory on the way, from the cache; NULL when it cannot be seen. */
const struct stat *look_dir(struct look *l, const char *path);

/* Walk a clean absolute path: in `prefix` what ends with the component after `at` (path itself to
 * begin with); returns where the next one begins, NULL at the end or past PATH_MAX. */
const char *look_step(const char *path, const char *at, char prefix[PATH_MAX]);

/* One object, by device and inode; NULL is none. */
bool look_same(const struct stat *x, const struct stat *y);

/* The first directory on a clean absolute path, itself included, that is the object `st`; NULL. */
const char *look_passes(struct look *l, const char *path, const struct stat *st);

/* Number of the mount that a path stands on; false when the kernel does not say (before 5.8). */
bool look_mount(const char *path, uint64_t *id);

/* "directory", "file", "symlink", "socket", "block", "char", "fifo". */
const char *look_kind(mode_t mode);

/* Name of a file system's magic number, or NULL. */
const char *look_fs_name(uint64_t magic);

/* Add the plain fields of a source: resolved, links, kind, dev, ino, mode, uid, gid, nlink, major,
 * minor, fs, socket, changeable_by, via_proc, world_readable, world_writable. */
void look_put(struct arena *a, struct value_fields *f, const struct look_at *at);

#endif
