/* policy/rego/module_json.h - a parsed module as a document.
 *
 * Layer:   policy/rego (never in the shim)
 * Owns:    the value lives in the arena given. NULL: no memory.
 * Follows: what `opa parse --format json` prints and rego.parse_module gives.
 */
#ifndef POLICY_REGO_MODULE_JSON_H
#define POLICY_REGO_MODULE_JSON_H

#include "policy/rego/ast.h"

const struct value *rego_module_json(struct arena *a, const struct rego_module *m) MUST_CHECK;

#endif
