/* cli/running.h - which containers run on this host, whoever started them.
 *
 * Layer:   cli
 * Owns:    what is found lives in the arena given.
 * Errors:  ERR_NOMEM, ERR_SYSTEM. A directory that is not there holds nothing.
 * Sources: state.json of runc, status of crun, below the roots that engines give them; and what
 *          the gate kept at create.
 */
#ifndef CLI_RUNNING_H
#define CLI_RUNNING_H

#include <stdbool.h>
#include <sys/types.h>

#include "policy/value/value.h"

enum { RUNNING_MAX = 4096, RUNNING_ROOTS_MAX = 64 };

struct running {
    const char *id, *root, *bundle; /* bundle NULL: the runtime does not tell */
    pid_t pid;
    bool gated; /* the gate knows it */
};

/* Every container whose first process lives. `state`: the gate's directory. */
int running_find(struct arena *a, const char *state, struct running **out, size_t *n,
                 struct err *err) MUST_CHECK;

#endif
