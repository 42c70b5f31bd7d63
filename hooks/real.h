/* hooks/real.h - what is real about a container's process, against what was judged.
 *
 * Layer:   hooks
 * Owns:    nothing.
 * Errors:  ERR_REFUSED: reality differs from what was judged, the text says where; ERR_SYSTEM,
 *          ERR_INVALID, ERR_LIMIT.
 * Trust:   the process is the runtime's own until its program starts: before that, its privileges
 *          say nothing yet and only namespaces and mounts are compared.
 * Limits:  REAL_STATUS_MAX bytes of status; no reading of mountinfo.
 */
#ifndef HOOKS_REAL_H
#define HOOKS_REAL_H

#include <sys/types.h>

#include "policy/value/value.h"

enum { REAL_STATUS_MAX = 64 * 1024, REAL_STATE_MAX = 1024 * 1024 };

/* The state document that a runtime writes on a hook's standard input. */
struct real_state {
    const char *id, *bundle, *status;
    pid_t pid; /* 0: none */
};
int real_state_read(int fd, struct arena *a, struct real_state *out, struct err *err) MUST_CHECK;

/* Each bind stands at its destination with the device and inode that were judged (the list of
 * action_judged_mounts). rootfs: absolute, as the runtime sees it. */
int real_mounts(pid_t pid, const char *rootfs, const struct value *judged,
                struct err *err) MUST_CHECK;

/* Each namespace that config asks anew is not this process's own, which is the host's. */
int real_namespaces(pid_t pid, const struct value *config, struct err *err) MUST_CHECK;

/* Of a program that has started: noNewPrivileges, the filter and the effective capabilities are
 * what config says. */
int real_privileges(pid_t pid, const struct value *config, struct err *err) MUST_CHECK;

/* root.path of a config, absolute. */
int real_rootfs(const char *bundle, const struct value *config, char *out, size_t size,
                struct err *err) MUST_CHECK;

#endif
