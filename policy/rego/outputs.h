/* policy/rego/outputs.h - which variables an expression binds.
 *
 * Layer:   policy/rego
 * Owns:    nothing; sets are the caller's.
 *
 * OPA's rules: a ref whose head is bound binds the variables in its steps; = binds the variables of
 * a pattern whose other side is known; a call binds those of its output argument when its inputs
 * are bound; not, and, or bind nothing; := never binds from left to right.
 */
#ifndef POLICY_REGO_OUTPUTS_H
#define POLICY_REGO_OUTPUTS_H

#include "policy/rego/check.h"
#include "policy/rego/varset.h"

/* Variables of the node, under walk flags (visit.h), added to `out`. */
void vars_of_expr(struct rego_expr *e, unsigned flags, struct varset *out);
void vars_of_term(struct rego_term *t, unsigned flags, struct varset *out);
/* Variables in the closures of an expression. */
void vars_in_closures(struct rego_expr *e, struct varset *out);

/* What `e` binds when `safe` is bound, added to `out`; -1: no memory. */
int outputs_of(struct check *c, struct rego_expr *e, const struct varset *safe,
               struct varset *out) MUST_CHECK;

#endif
