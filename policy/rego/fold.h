/* policy/rego/fold.h - constant collections as values.
 *
 * Layer:   policy/rego
 */
#ifndef POLICY_REGO_FOLD_H
#define POLICY_REGO_FOLD_H

#include "policy/rego/ast.h"

/* The value of a term made of constants only; *out stays NULL for any other. -1: no memory. */
int fold_term(struct arena *a, const struct rego_term *t, const struct value **out) MUST_CHECK;

/* Turn every ground collection under `t` into TERM_CONST, in place. */
int fold_in_place(struct arena *a, struct rego_term *t) MUST_CHECK;

#endif
