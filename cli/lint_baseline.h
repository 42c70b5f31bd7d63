/* cli/lint_baseline.h - findings that are known already.
 *
 * Layer:   cli
 * Owns:    what is read lives in the arena given.
 * Format:  {"version": 1, "findings": {BUNDLE: {RULE: [PATH, ...]}}}, keys sorted, so that a
 *          repository's history shows what came and went. A place is a pointer, never a line.
 */
#ifndef CLI_LINT_BASELINE_H
#define CLI_LINT_BASELINE_H

#include "cli/cli.h"
#include "policy/value/value.h"

int lint_baseline_read(struct arena *a, const char *file, const struct value **out,
                       struct err *err) MUST_CHECK;

/* Is this finding of `bundle` listed? `baseline` may be NULL. */
bool lint_baseline_has(const struct value *baseline, const char *bundle,
                       const struct value *finding);

/* List every finding of the results (as lint_json makes them) that is not waived. */
int lint_baseline_write(struct call *call, struct arena *a, const char *file,
                        const struct value_list *results, struct err *err) MUST_CHECK;

#endif
