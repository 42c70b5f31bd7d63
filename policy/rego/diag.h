/* policy/rego/diag.h - collecting diagnostics.
 *
 * Layer:   policy/rego
 * Owns:    texts live in the arena given.
 * Limits:  REGO_ERRORS_MAX are kept; more are only counted as that they were (diags_full).
 */
#ifndef POLICY_REGO_DIAG_H
#define POLICY_REGO_DIAG_H

#include "policy/rego/rego.h"

#define REGO_PARSE_ERROR "rego_parse_error"
#define REGO_COMPILE_ERROR "rego_compile_error"
#define REGO_TYPE_ERROR "rego_type_error"
#define REGO_UNSAFE_VAR_ERROR "rego_unsafe_var_error"
#define REGO_RECURSION_ERROR "rego_recursion_error"

/* Add one; of the same code, place and text only one is kept. */
void diag_add(struct arena *a, struct rego_diags *diags, const char *code, struct rego_loc loc,
              const char *fmt, ...) PRINTF_LIKE(5, 6);

static inline bool diags_full(const struct rego_diags *diags)
{
    return diags->n >= REGO_ERRORS_MAX;
}

/* Sort by file, line and text; set *err from the first. Returns -1 when there is one or the arena
 * failed, else 0. */
int diags_finish(struct arena *a, struct rego_diags *diags, enum err_code code,
                 struct err *err) MUST_CHECK;

#endif
