/* facts/rootfs.h - looking into a container's root file system.
 *
 * Layer:   facts
 * Trust:   everything in it is the image's or the container's own: every open goes through
 *          openat2(RESOLVE_IN_ROOT), regular files only, O_NONBLOCK, bounded.
 */
#ifndef FACTS_ROOTFS_H
#define FACTS_ROOTFS_H

#include "facts/parts.h"

enum { ROOTFS_FILE_MAX = 64 * 1024, ROOTFS_ACCOUNTS_MAX = 256, ROOTFS_DIRECTORIES_MAX = 128 };

/* Add to f: symlinked, accounts, groups, program, script, service, directories, workdir. */
int rootfs_inside(struct parts *p, const struct look_at *root, const struct value *process,
                  struct value_fields *f, struct err *err) MUST_CHECK;

/* An entry script, and behind it those that it runs by convention: of these counts what they write
 * and give away alone. */
struct script_text {
    const char *text;
    size_t len, own; /* bytes in all, and of the entry script */
    bool truncated;
};

/* What the first bytes of an entry script show (facts.rootfs.script). */
int script_read(struct arena *a, const struct script_text *script, const struct value **out,
                struct err *err) MUST_CHECK;

#endif
