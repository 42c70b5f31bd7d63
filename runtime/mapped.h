/* runtime/mapped.h - action map_root: a container whose root is nobody on the host.
 *
 * Layer:   runtime
 * Owns:    a struct mapped lives in the arena given; on the host <state>/roots/KEY holds the bundle
 *          that the runtime gets and an empty directory where it saw the root file system. Mounts
 *          exist in the runtime's own mount namespace and go with its container.
 * Errors:  ERR_INVALID, ERR_TRUST (a source is no longer what was judged), ERR_SYSTEM, ERR_LIMIT:
 *          all refuse the start.
 * Trust:   every source is opened without following links and compared with the device and inode
 *          that was judged; what is mounted is the object opened. A container's own earlier files
 *          can neither move a source nor name one.
 * Limits:  the runtime's mounts; OVERLAY_LAYERS_MAX layers.
 */
#ifndef RUNTIME_MAPPED_H
#define RUNTIME_MAPPED_H

#include <limits.h>

#include "policy/decide/decide.h"
#include "runtime/state.h"

struct mapped_bind {
    const char *destination;   /* for messages */
    const struct value *fact;  /* of input.facts.mounts */
    const char *shows, *space; /* sysfs or mqueue of a namespace that is joined, its path */
    bool readonly;
    const char *inside; /* a source in the root file system: its path there */
    const char *name;   /* below the stage's work directory */
    bool directory, recursive;
    bool bare; /* may stay unmapped where its file system knows no mapping */
};

struct mapped {
    bool on;
    uint32_t base, count;
    const struct value *rootfs; /* input.facts.rootfs */
    const char *root;           /* resolved */
    char dir[PATH_MAX];         /* the stage: config.json, root, work */
    struct mapped_bind *binds;
    size_t n;
};

/* Is the action of the right shape? */
int mapped_check(const struct value *action, struct err *err) MUST_CHECK;

/* Plan the mounts and point the document at them. */
int mapped_plan(struct arena *a, const struct state *s, const struct decision *d,
                const struct value *action, struct mapped *out, const struct value **doc,
                struct err *err) MUST_CHECK;

/* Make them, in a mount namespace of this process's own. */
int mapped_make(const struct mapped *m, const struct state *s, struct err *err) MUST_CHECK;

/* After a failure: what was mounted on the stage goes, so that state_drop_stage can remove it.
 * Nothing to do is no error. */
void mapped_undo(const struct mapped *m);

#endif
