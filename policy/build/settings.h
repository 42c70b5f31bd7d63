/* policy/build/settings.h - the settings file and the waivers, read and checked.
 *
 * Layer:   policy/build
 * Owns:    documents live in the arena given.
 * Errors:  ERR_INVALID "FILE:LINE:COL: ..." with the nearest valid name, ERR_TRUST (a component of
 *          the path is not root's alone), ERR_SYSTEM, ERR_LIMIT, ERR_NOMEM.
 * Trust:   files are root's. What weakens must say so: a registration that is weaker than the
 *          default needs `weaker: true`; a scope or waiver may not go by what a requester chooses.
 */
#ifndef POLICY_BUILD_SETTINGS_H
#define POLICY_BUILD_SETTINGS_H

#include "policy/build/yaml.h"

enum { WAIVER_DAYS = 90, WAIVERS_MAX = 1024 };

struct settings {
    const struct value *rules_doc;     /* data.sallyport.settings: everything, defaults filled in */
    const struct value *meta_default;  /* SETTINGS of meta.default */
    const struct value *registrations; /* meta.registrations: {NAME: SETTINGS} */
    const struct value *policies;      /* array of paths, or of maps with one */
    const char *waivers;               /* directory or NULL */
    int64_t waiver_days;
    const struct yaml_node *tree; /* for later checks that need places */
};

/* Text of the file; a file that is absent is read as empty by the caller. */
int settings_parse(struct arena *a, const char *file, const char *text, size_t len,
                   struct settings *out, struct err *err) MUST_CHECK;

/* Rules that are named but not there, with the nearest that is. `catalogue`: object by rule id. */
int settings_check_rules(const struct settings *s, const char *file, const struct value *catalogue,
                         struct err *err) MUST_CHECK;

/* Waivers of one file, appended to *list. `now` is the day they are read, "2026-11-24". */
int waivers_parse(struct arena *a, const char *file, const char *text, size_t len,
                  const struct value *catalogue, int64_t now_ns, int64_t days,
                  struct value_list *list, struct err *err) MUST_CHECK;

/* Where waivers stand: what the settings say, else `waivers` beside the settings file (which need
 * not be there). In the arena. */
const char *settings_waivers_dir(struct arena *a, const struct settings *s,
                                 const char *file) MUST_CHECK;

/* data.sallyport.settings with its waivers. */
const struct value *settings_with_waivers(struct arena *a, const struct settings *s,
                                          const struct value_list *waivers) MUST_CHECK;

#endif
