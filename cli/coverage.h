/* cli/coverage.h - which lines of Rego were evaluated.
 *
 * Layer:   cli
 * Follows: the report of `opa test --coverage`: by file the ranges of lines covered and not
 *          covered, in percent of the lines that hold a rule's head or an expression.
 */
#ifndef CLI_COVERAGE_H
#define CLI_COVERAGE_H

#include "base/buf.h"
#include "policy/machine/machine.h"
#include "policy/rego/rego.h"

struct coverage;

/* Lines that can be covered: before rego_check, which consumes the trees. */
struct coverage *coverage_lines(struct arena *a, struct rego_module *const *modules, size_t n,
                                struct err *err) MUST_CHECK;

/* A counter for each row of the image's source map. */
uint32_t *coverage_counters(struct arena *a, const struct image *img, struct err *err) MUST_CHECK;

/* Count what was hit, print the report; *percent is the whole's. */
void coverage_report(struct coverage *c, const struct image *img, const uint32_t *hits,
                     struct buf *out, double *percent);

#endif
