/* runtime/action.h - remedies by the shim's own hand: a closed table.
 *
 * Layer:   runtime
 * Owns:    nothing that outlives the call.
 * Errors:  ERR_INVALID: an action that this version does not know, or of the wrong shape: a
 *          refusal, never skipped.
 */
#ifndef RUNTIME_ACTION_H
#define RUNTIME_ACTION_H

#include "policy/decide/decide.h"
#include "runtime/mapped.h"
#include "runtime/state.h"

struct action_place {
    const struct state *state;
    const struct decision *decision;
    struct mapped *mapped; /* receives the plan of map_root; NULL where there can be none */
};

/* Every action named is one of the table, well-formed. Before anything is recorded. */
int actions_check(const struct value *actions, struct err *err) MUST_CHECK;

/* Actions that change the document (verify_hook, map_root). *doc is the config that will run. A
 * config whose facts show a mount or rootfs that a user other than root could exchange gets the
 * hook unasked. */
int actions_on_document(struct arena *a, const struct action_place *p, const struct value **doc,
                        struct err *err) MUST_CHECK;

/* Actions on this process or the host (stdio_owner, map_root), last before execve. */
int actions_on_host(const struct action_place *p, struct err *err) MUST_CHECK;

/* What was judged, by destination: [{"destination", "source", "dev", "ino"}] of every bind whose
 * source was seen and that no later mount covers; {"destination", "source", "missing": true} where
 * there was nothing. */
const struct value *action_judged_mounts(struct arena *a, const struct value *input) MUST_CHECK;

#endif
