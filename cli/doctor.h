/* cli/doctor.h - checks of this machine: what is installed, wired up, stale or missing.
 *
 * Layer:   cli
 * Owns:    a check writes its sentence into the finding it is given; nothing is changed on disk.
 */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include "base/arena.h"
#include "base/buf.h"
#include "policy/value/value.h"

enum health { HEALTH_GOOD, HEALTH_NOTE, HEALTH_BAD, HEALTH_SKIP };

struct checkup {
    struct arena *arena;
    const struct value *meta; /* of the active image, NULL without one */
    struct buf *says;         /* one sentence, no line end */
};

typedef enum health check_fn(struct checkup *c);

/* cli/doctor_gate.c: our own parts. */
check_fn check_settings, check_image, check_sources, check_runtime, check_log;
/* cli/doctor_engines.c: who calls us. */
check_fn check_docker, check_containerd, check_podman, check_crio, check_divert;
/* cli/doctor_host.c: what the kernel offers. */
check_fn check_cgroup, check_lsm, check_seccomp, check_userns;

/* A small file of the kernel or an engine's configuration; NULL when it cannot be read. Up to 1
 * MiB, malloc'ed. */
char *doctor_read(const char *path) MUST_CHECK;
/* Is `path` (symbolic links followed) this machine's sallyport-runtime? */
bool doctor_is_shim(const char *path);

#endif
