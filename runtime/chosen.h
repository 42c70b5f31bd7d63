/* runtime/chosen.h - whom a container runs as: decided at its first start, remembered for the
 * later ones.
 *
 * Layer:   runtime
 * Owns:    <state>/chosen/KEY.json, a file per runtime root and container id; it outlives the
 *          container's state, which goes with every stop.
 * Errors:  ERR_SYSTEM, ERR_INVALID, ERR_NOMEM.
 * Trust:   what a container wrote since (its own accounts, scripts, owners of files) is no evidence
 *          any more: it would choose its own user. The choice holds only for the very process and
 *          root file system that it was made for; another bundle under the same id is decided anew.
 */
#ifndef RUNTIME_CHOSEN_H
#define RUNTIME_CHOSEN_H

#include "policy/decide/decide.h"
#include "runtime/state.h"

enum {
    CHOSEN_BYTES_MAX = 64 * 1024,
    CHOSEN_LOOKS = 1024,             /* files looked at per collection */
    CHOSEN_AGE_S = 30 * 24 * 60 * 60 /* not started for longer: decided anew */
};

/* `bundle`: a descriptor of the bundle's directory, for a root file system that is named from
 * there. *out: {"uid", "gid", "groups", "home"} or {"mapped": true}; NULL: nothing is remembered.
 */
int chosen_load(const struct state *s, struct arena *a, const struct value *config, int bundle,
                const struct value **out, struct err *err) MUST_CHECK;

/* Remember what was decided about `config` as the engine wrote it; no choice: nothing is kept. */
int chosen_save(const struct state *s, struct arena *a, const struct value *config, int bundle,
                const struct decision *d, struct err *err) MUST_CHECK;

/* Drop what was not started for CHOSEN_AGE_S. */
void chosen_collect(const struct state *s);

#endif
