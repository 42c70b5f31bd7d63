/* policy/build/gatekeeper_run.h - one template and one constraint over Kubernetes objects.
 *
 * Layer:   policy/build
 * Owns:    everything lives in the arena given.
 * Errors:  compile errors with their diagnostics in diags; ERR_INVALID for objects that cannot be
 *          reviewed. An error of evaluation is a violation, as Gatekeeper's driver has it: what
 *          cannot be judged is not passed.
 * Sources: Gatekeeper's target handler: a bare object is reviewed as an AdmissionRequest that has
 *          kind, name, namespace and object only; on DELETE the old object is the object.
 */
#ifndef POLICY_BUILD_GATEKEEPER_RUN_H
#define POLICY_BUILD_GATEKEEPER_RUN_H

#include "base/buf.h"
#include "policy/build/gatekeeper.h"
#include "policy/machine/machine.h"

struct gatekeeper_program {
    struct image image;
};

struct gatekeeper_review {
    const struct value *request; /* AdmissionRequest */
    const char *source;          /* "Original", "Generated" */
};

struct gatekeeper_inventory {
    const struct value *data; /* data.inventory; NULL: nothing added yet */
};

int gatekeeper_compile(struct arena *a, const struct gatekeeper_template *t,
                       struct gatekeeper_program *out, struct rego_diags *diags,
                       struct err *err) MUST_CHECK;

/* What to review: a bare object, or the request of an AdmissionReview. */
int gatekeeper_request(struct arena *a, const struct value *object, struct gatekeeper_review *out,
                       struct err *err) MUST_CHECK;

int gatekeeper_inventory_add(struct arena *a, struct gatekeeper_inventory *inv,
                             const struct value *object, struct err *err) MUST_CHECK;

/* *violations: array of {"msg", "details"}, empty when the constraint does not match, when it finds
 * nothing, or when it is not enforced at `point`. */
int gatekeeper_judge(struct arena *a, const struct gatekeeper_program *p,
                     const struct gatekeeper_constraint *c, const struct gatekeeper_review *review,
                     const struct gatekeeper_inventory *inv, const char *point, struct buf *prints,
                     const struct value **violations, struct err *err) MUST_CHECK;

#endif
