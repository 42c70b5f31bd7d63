/* policy/build/inputs.h - references under `input` against the input document's schema.
 *
 * Layer:   policy/build
 * Errors:  diagnostics of rego_type_error: "undefined ref: input.fact.process" with file and line.
 *
 * Runs over parsed modules: a misspelt fact would be undefined for ever, and a rule that reads it
 * would pass everything. What stands behind `import input.x as y` is not followed.
 */
#ifndef POLICY_BUILD_INPUTS_H
#define POLICY_BUILD_INPUTS_H

#include "policy/rego/rego.h"

int inputs_check(struct arena *a, struct rego_module *const *modules, size_t n,
                 const struct value *schema, struct rego_diags *diags, struct err *err) MUST_CHECK;

#endif
