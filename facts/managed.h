/* facts/managed.h - files and directories that the engine itself makes for a container.
 *
 * Layer:   facts
 * Trust:   told by where the engine keeps the container's own root file system, which the requester
 *          does not choose, and by the destination; never by annotations.
 */
#ifndef FACTS_MANAGED_H
#define FACTS_MANAGED_H

#include "policy/value/value.h"

struct managed {
    const char *data_root;  /* of Docker; NULL when not known */
    const char *graph_root; /* of containers/storage; NULL when not known */
    const char *root;       /* clean root.path */
    const char *bundle;     /* clean bundle directory */
    bool pods;              /* the kubelet's directories are this engine's */
    const char *pod;        /* uid of the pod; NULL when not told */
};

/* Read the engine's directories off the paths of the root file system and the bundle. */
void managed_init(struct managed *m, struct arena *a, const char *root, const char *bundle);

/* What the engine keeps there: hosts, hostname, resolv.conf, volume, shm, secret, init,
 * containerenv, pod-volume, termination-log; of an overlay's directories (destination "") overlay;
 * NULL when it is not the engine's. */
const char *managed_kind(const struct managed *m, const char *source, const char *destination);

/* The engine's own directory that `source`, which it keeps, lies below; NULL when there is none. */
const char *managed_store(const struct managed *m, struct arena *a, const char *source);

/* Which engine's store a path lies in: docker, containerd, containers-storage, buildah, bundle. */
const char *managed_storage(const struct managed *m, const char *path);

/* Is this one of the programs that engines mount as process 1 (docker run --init)? */
bool managed_is_init(const char *path);

#endif
