/* runtime/state.h - what was admitted at create, kept with the container for exec and update.
 *
 * Layer:   runtime
 * Owns:    values live in the arena given.
 * Errors:  ERR_SYSTEM, ERR_INVALID, ERR_TRUST (the directory is not ours alone), ERR_NOMEM.
 * Format:  DIR/<SHA-256 of the runtime's root, 32 digits>/<id>.json, mode 0600 in 0700:
 *          {"version": 1, "id", "root", "bundle", "config_digest", "config": what runs,
 *           "admitted": input.container.admitted, "container": input.container in short,
 *          "recent": [{"digest", "time_ns", "count"}]}
 * Note:    removed at delete; states of containers that are gone are dropped by one create in
 * sixteen.
 */
#ifndef RUNTIME_STATE_H
#define RUNTIME_STATE_H

#include <sys/types.h>

#include "policy/decide/decide.h"

enum {
    STATE_BYTES_MAX = 8 * 1024 * 1024,
    STATE_REPEAT_S = 60,      /* identical exec decisions within are counted, not recorded */
    STATE_RECENT_MAX = 8,     /* decisions that are told apart so: health checks, probes */
    STATE_COLLECT_MAX = 1024, /* states looked at per collection */
    STATE_COLLECT_AGE = 600,  /* seconds: younger ones may belong to a create under way */
};

struct state {
    const char *dir;  /* settings.state */
    const char *root; /* the runtime's root, absolute */
    const char *id;
    int *open; /* where dir's descriptor is kept from one call to the next; NULL: nowhere */
};

/* *out NULL: this container was not admitted here. */
int state_load(const struct state *s, struct arena *a, const struct value **out,
               struct err *err) MUST_CHECK;
int state_save(const struct state *s, const struct value *doc, struct err *err) MUST_CHECK;
/* Keep another document beside the state, <id>.<kind>.json; its path goes to `path`. Dropped with
 * the state. */
int state_keep(const struct state *s, const char *kind, const struct value *doc, char *path,
               size_t size, struct err *err) MUST_CHECK;
/* A directory of that name beside the states, made when it is missing; its descriptor. */
int state_place(const struct state *s, const char *name, mode_t mode, struct err *err) MUST_CHECK;
/* <dir>/roots/KEY: where a container's stage stands, a directory for each root and id. False: too
 * long. Dropped with the state. */
#define STATE_ROOTS "roots"
bool state_stage(const struct state *s, char *out, size_t size);

/* Remove it and what the gate wrote there; nothing is mounted on it any more. */
void state_drop_stage(const struct state *s);
/* Does the runtime have a container of this id? Then a create fails there, and the state stays the
 * one of the container that runs. */
bool state_taken(const struct state *s);
/* Drop it and what is beside it; no state is no error. */
void state_drop(const struct state *s);
/* The container is about to go: drop its state, or, while the runtime still has it, let the next
 * collection take it once the container is gone. */
void state_leave(const struct state *s);
/* One create in sixteen collects, as the random digits of its record have it: what each would look
 * at grows with the containers of the host. */
bool state_turn(const char *record_id);
/* Drop states whose container the runtime no longer has. */
void state_collect(const struct state *s);

/* The state of a container just admitted: what the decision left of the config. */
int state_build(struct arena *a, const struct state *s, const char *bundle, const char *decision_id,
                const struct decision *d, const char *config_digest, const struct value **out,
                struct err *err) MUST_CHECK;

/* Was the same decision recorded within STATE_REPEAT_S, as one of the last STATE_RECENT_MAX? *doc
 * receives the state with the new count or the new digest; *repeated how many were counted since
 * the last record. */
bool state_repeats(struct arena *a, const struct value *state, const char *digest, int64_t now_ns,
                   const struct value **doc, uint64_t *repeated);

#endif
