/* runtime/idmap.h - files of the host seen through a user namespace's ids, in a mount namespace of
 * our own.
 *
 * Layer:   runtime
 * Owns:    descriptors returned are the caller's; mounts end with the mount namespace.
 * Errors:  ERR_SYSTEM; ERR_INVALID: an overlay that is not put together as engines do it.
 * Trust:   sources are given as descriptors, opened without following links; nothing is resolved
 *          by name again. What is written through these mounts keeps the ids of the container on
 *          disk, so that a start without us finds its own files.
 * Sources: mount_setattr(2), open_tree and move_mount of the kernel's documentation, overlayfs.rst.
 */
#ifndef RUNTIME_IDMAP_H
#define RUNTIME_IDMAP_H

#include "policy/value/value.h"

/* A user namespace with ids 0..count-1 at base..: for mounts, nothing ever runs in it. */
int idmap_namespace(uint32_t base, uint32_t count, struct err *err) MUST_CHECK;

/* A mount namespace of our own that hears of the host's mounts and tells nothing back. */
int idmap_private_mounts(struct err *err) MUST_CHECK;

/* O_PATH of an absolute path, no symbolic link on the way; under a directory: nothing above it,
 * no other mount. */
int idmap_open(const char *path, struct err *err) MUST_CHECK;
int idmap_open_below(int dir, const char *path, struct err *err) MUST_CHECK;

/* O_PATH of what a fact of the input was seen at, and still is: "resolved", "dev", "ino". */
int idmap_open_fact(const struct value *fact, struct err *err) MUST_CHECK;

/* A copy of the mount at fd, not attached; ns -1: its ids as they are. `attributes`
 * (MOUNT_ATTR_NOSUID and the like) hold for it and what is mounted below. ERR_SYSTEM with EINVAL
 * or EPERM where the file system cannot be mapped. */
int idmap_clone(int fd, int ns, bool recursive, uint64_t attributes, struct err *err) MUST_CHECK;

/* Attach a copy at `name` below dir, which is made: a directory, or an empty file. */
int idmap_attach(int tree, int dir, const char *name, bool directory, struct err *err) MUST_CHECK;

/* The root file system at fd mapped and mounted on the directory `to`: an overlay by its layers, of
 * which `work` (an empty directory of a file system of our own) keeps copies; else a plain copy. */
struct idmap_root {
    int fd;           /* O_PATH of the root file system */
    const char *path; /* its path on the host */
    int ns;
    uint32_t base;
    int work;
    const char *to;
};
int idmap_root(const struct idmap_root *r, struct err *err) MUST_CHECK;

#endif
