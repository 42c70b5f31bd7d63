/* cli/lint_many.h - many bundles judged at once, told in the order they were named.
 *
 * Layer:   cli
 * Owns:    results live in the arena given; each bundle has an arena of its own while it is judged.
 * Threads: one worker for each processor (--jobs), or as many as there are bundles. A worker shares
 *          the image and the settings, which nobody writes.
 * Errors:  the first bundle's that could not be judged, in the order named.
 */
#ifndef CLI_LINT_MANY_H
#define CLI_LINT_MANY_H

#include "cli/lint.h"

int lint_many(struct call *call, struct gate *gate, const struct value *baseline, struct arena *a,
              struct value_list *results, bool *failed, struct err *err) MUST_CHECK;

/* One bundle (cli/lint.c): text goes to call->out when text is asked for; *json is what reports of
 * other forms and baselines are made of, else NULL. *verdict as lint_verdict says. */
int lint_bundle(struct call *call, struct gate *gate, const char *path,
                const struct value *baseline, struct arena *a, const struct value **json,
                const char **verdict, bool *failed, struct err *err) MUST_CHECK;

/* --jobs, else one for each processor; `most` at most. */
enum { JOBS_MAX = 256 };
int jobs_wanted(const struct call *call, size_t most, size_t *out, struct err *err) MUST_CHECK;

bool lint_is_text(const struct call *call);

#endif
