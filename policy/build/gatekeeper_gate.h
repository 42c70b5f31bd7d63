/* policy/build/gatekeeper_gate.h - Gatekeeper's constraints as rules that the gate runs.
 *
 * Layer:   policy/build
 * Owns:    everything lives in the arena given.
 * Errors:  ERR_INVALID (what gatekeeper.h says; a constraint without its template; two of one name;
 *          a document that is neither), ERR_PARSE and ERR_COMPILE with diagnostics, ERR_NOMEM.
 * Trust:   the documents are root's, like all policies.
 *
 * Each constraint becomes package gatekeeper["KIND/NAME"] with a rule `violation`, whose id is
 * KIND/NAME: settings, waivers, `explain` and the record know it like any other rule. It reviews
 * the Pod view of policy/gatekeeper/pod.rego. enforcementAction `warn` warns, `dryrun` is audited
 * only; `scoped` counts the points `*`, validation.gatekeeper.sh and sallyport, the strictest
 * first.
 */
#ifndef POLICY_BUILD_GATEKEEPER_GATE_H
#define POLICY_BUILD_GATEKEEPER_GATE_H

#include "base/buf.h"
#include "policy/build/gatekeeper.h"
#include "policy/build/sources.h"

enum { GATEKEEPER_DOCS_MAX = 1024 };

struct gatekeeper_set {
    struct gatekeeper_template *templates;
    size_t templates_n;
    struct gatekeeper_constraint *constraints;
    size_t constraints_n;
    size_t modules_max; /* that gatekeeper_gate_modules can make */
};

/* Templates and constraints among the YAML sources. Suites and kustomizations are passed by: they
 * say nothing of containers. */
int gatekeeper_gather(struct arena *a, const struct sources *s, struct gatekeeper_set *out,
                      struct err *err) MUST_CHECK;

/* What whoever activates should know: constraints that reach nothing here, one a line. */
void gatekeeper_tell(const struct gatekeeper_set *set, struct buf *report);

/* Our own modules and one for each constraint, to *modules; sources are counted in `s`. */
int gatekeeper_gate_rules(struct arena *a, const struct gatekeeper_set *set, struct sources *s,
                          const struct rego_options *opt, struct rego_module **modules, size_t *n,
                          struct rego_diags *diags, struct err *err) MUST_CHECK;

/* The templates' own modules: their `input` is the review, not the gate's document. */
int gatekeeper_gate_templates(struct arena *a, const struct gatekeeper_set *set,
                              const struct rego_options *opt, struct rego_module **modules,
                              size_t *n, struct rego_diags *diags, struct err *err) MUST_CHECK;

#endif
