/* runtime/give.h - action own: what root left in a directory becomes the container's user's.
 *
 *     {"action": "own", "mount": DESTINATION, "uid": N, "gid": N}     an engine's own volume
 *     {"action": "own", "inside": PATH, "uid": N, "gid": N}           below the root file system
 *
 * Layer:   runtime
 * Owns:    nothing that outlives the call.
 * Errors:  ERR_INVALID: a shape, or a mount that is no engine's volume: a user's directory of the
 *          host is never given away; ERR_TRUST: not what was judged; ERR_LIMIT; ERR_SYSTEM. All
 *          refuse the start.
 * Trust:   the tree may be written to meanwhile by a container that shares it. Directories are
 *          opened below their parent (openat2: no link, no other mount, nothing above), and what is
 *          given is the object opened, by descriptor. Only what belongs to id 0 is given; files of
 *          several names, set-id files and devices stay; links stay.
 * Limits:  GIVE_ENTRIES_MAX entries, GIVE_BYTES_MAX bytes of files, GIVE_DEPTH_MAX deep.
 */
#ifndef RUNTIME_GIVE_H
#define RUNTIME_GIVE_H

#include "policy/decide/decide.h"

enum { GIVE_ENTRIES_MAX = 2000, GIVE_DEPTH_MAX = 32, GIVE_BYTES_MAX = 32 * 1024 * 1024 };

int give_check(const struct value *action, struct err *err) MUST_CHECK;
int give_run(const struct decision *d, const struct value *action, struct err *err) MUST_CHECK;

/* The tree below an opened directory, itself last: a tree cut short is seen as not yet given. */
int give_tree(int dir, uint32_t uid, uint32_t gid, struct err *err) MUST_CHECK;

#endif
