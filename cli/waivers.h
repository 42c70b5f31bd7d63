/* cli/waivers.h - waivers as they stand in files, in the active policy, and in the log.
 *
 * Layer:   cli
 * Owns:    everything lives in the arena given.
 */
#ifndef CLI_WAIVERS_H
#define CLI_WAIVERS_H

#include "cli/judged.h"
#include "policy/build/activate.h"

struct waivers {
    struct settings settings;
    const char *dir;               /* of the files; may not exist yet */
    const struct value *catalogue; /* rules of the policy judged with */
    const struct value *active;    /* waivers of the active policy, or NULL */
    struct value_list list;        /* as waivers_parse gives them */
    struct value_list files;       /* the path of each */
};

/* Read settings and every file of waivers. `j` gets the policy that names the rules, `active` the
 * one in force where there is one; both are the caller's to close. */
int waivers_load(struct waivers *w, struct judged *j, struct gate *active, const struct call *call,
                 struct arena *a, struct err *err) MUST_CHECK;

/* What one waiver comes to. */
enum waiver_state {
    WAIVER_ACTIVE,
    WAIVER_INACTIVE, /* not in the active policy, or another there */
    WAIVER_EXPIRED,
    WAIVER_USELESS, /* nothing it waives was seen, and it is old enough that it should have been */
    WAIVER_STATES,
};
extern const char *const waiver_state_names[WAIVER_STATES];

struct waiver_use {
    uint64_t times; /* records with a finding that it waived */
    const char *last;
};

/* Uses of all waivers, from the log in `log`: uses[i] belongs to w->list.items[i]. */
int waivers_uses(const struct waivers *w, const char *log, struct arena *a, struct waiver_use *uses,
                 struct err *err) MUST_CHECK;

/* Whole days from now to the waiver's end; negative when it is over. */
int64_t waiver_days_left(const struct value *waiver, int64_t now_ns);

#endif
