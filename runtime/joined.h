/* runtime/joined.h - one thing done inside a namespace that the container joins by path: its pod's,
 * or one that the engine made before.
 *
 * Layer:   runtime
 * Owns:    nothing that outlives the call; this process is back in its own namespace afterwards, or
 *          the error is one that ends the start. joined_stay alone does not come back.
 * Errors:  ERR_INVALID: no namespace of that type, or the host's own; ERR_SYSTEM.
 * Trust:   the path is the document's, judged before; what is opened must be a namespace of the
 *          type wanted and not this process's.
 */
#ifndef RUNTIME_JOINED_H
#define RUNTIME_JOINED_H

#include "policy/value/value.h"

/* The path that config.linux.namespaces gives for `type` ("network", "ipc", "uts"); NULL: none. */
const char *joined_path(const struct value *config, const char *type);

/* Let everybody there bind the low ports, in place of a capability. */
int joined_open_ports(const char *path, struct err *err) MUST_CHECK;

/* A file system that shows that namespace: "sysfs" of a network namespace, "mqueue" of an ipc one.
 * A mount that is not attached, nosuid, nodev, noexec. */
int joined_mount(const char *path, const char *fs, bool readonly, struct err *err) MUST_CHECK;

/* For an exec into a mapped container: enter the namespaces that it joined by path and stay there.
 * Runtimes enter the container's user namespace first (runc before 1.2), and root of that one may
 * not enter what belongs to the host's. So it is done before, and a filter answers their own
 * attempt with success; every other setns goes on as before. The filter is the exec's processes'
 * too: to enter another namespace of these types they would need CAP_SYS_ADMIN on the host.
 * `config`: as admitted at the start; `seen`: its facts.namespaces, whose inodes must still be
 * those. ERR_TRUST when one is not. Call it last: there is no way back. */
int joined_stay(const struct value *config, const struct value *seen, struct err *err) MUST_CHECK;

#endif
