/* policy/build/aggregate.h - which rules there are, and the module that names each of them.
 *
 * Layer:   policy/build
 * Owns:    results live in the arena given.
 * Errors:  ERR_INVALID (two rules with one id; a rule without metadata among ours), ERR_NOMEM.
 *
 * A rule is a package sallyport.rules.NAME with `deny`, or in any other package of the settings'
 * policies a rule named as Conftest names them: deny, violation, warn, each also with _SUFFIX, and
 * exception. The module written here makes every one of them a plain reference, so that a decision
 * cannot pass because nothing was looked at.
 */
#ifndef POLICY_BUILD_AGGREGATE_H
#define POLICY_BUILD_AGGREGATE_H

#include "base/buf.h"
#include "policy/rego/rego.h"

/* Write package sallyport.aggregate for the modules (tests left out by the caller), and the
 * catalogue: {ID: {"title", "description", "severity", "level", "controls", ...}}. *rules counts.
 */
int aggregate(struct arena *a, struct rego_module *const *modules, size_t n, struct buf *text,
              const struct value **catalogue, size_t *rules, struct err *err) MUST_CHECK;

/* Name of a rule as its head gives it. */
const struct value *aggregate_rule_name(const struct rego_rule *rule);

#endif
