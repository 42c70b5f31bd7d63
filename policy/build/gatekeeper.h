/* policy/build/gatekeeper.h - Gatekeeper's templates and constraints, as they are written.
 *
 * Layer:   policy/build
 * Owns:    everything lives in the arena given.
 * Errors:  ERR_INVALID with what Gatekeeper calls wrong; GATEKEEPER_SCHEMA marks parameters that do
 *          not fit the template's schema; diagnostics of Rego in diags.
 * Sources: ConstraintTemplate templates.gatekeeper.sh v1alpha1 to v1, Constraint
 *          constraints.gatekeeper.sh, target admission.k8s.gatekeeper.sh. Of spec.targets[0],
 * `rego` comes before `code`; in `code` the engine Rego counts. Rego is v0 unless the source says
 *          `version: v1`. CEL (engine K8sNativeValidation) is not run.
 *
 * A template's module moves to data.sallyport.gatekeeper.templates.KIND and its libraries to
 * data.sallyport.gatekeeper.libs.KIND.lib..., so that templates cannot meet. It may read data.lib
 * and data.inventory, nothing else under data.
 */
#ifndef POLICY_BUILD_GATEKEEPER_H
#define POLICY_BUILD_GATEKEEPER_H

#include "policy/rego/rego.h"

enum { GATEKEEPER_LIBS_MAX = 64 };

struct gatekeeper_template {
    const struct value *doc;
    const char *file; /* for messages */
    const char *name, *kind;
    const struct value *schema;   /* of parameters, plain JSON Schema; NULL: none */
    const struct value *declared; /* the same as written, with its defaults */
    enum rego_version version;
    const struct value *rego; /* string */
    const struct value *libs; /* array of strings */
};

enum gatekeeper_action { GATEKEEPER_DENY, GATEKEEPER_WARN, GATEKEEPER_DRYRUN, GATEKEEPER_NONE };

struct gatekeeper_constraint {
    const struct value *doc; /* with the parameters' defaults filled in */
    const char *file;
    const char *name, *kind;
    const struct value *match;      /* object */
    const struct value *parameters; /* object */
    const char *action;             /* spec.enforcementAction, "deny" when absent */
};

/* Which of the two a document is. */
bool gatekeeper_is_template(const struct value *doc);
bool gatekeeper_is_constraint(const struct value *doc);

int gatekeeper_template(struct arena *a, const struct value *doc, const char *file,
                        struct gatekeeper_template *out, struct err *err) MUST_CHECK;

/* Check a constraint against its template. *schema (may be NULL) tells whether what is wrong is
 * what the API server's schema would refuse. */
int gatekeeper_constraint(struct arena *a, const struct value *doc, const char *file,
                          const struct gatekeeper_template *t, struct gatekeeper_constraint *out,
                          bool *schema, struct err *err) MUST_CHECK;

/* What a violation of the constraint means at this enforcement point: GATEKEEPER_NONE when its
 * scoped actions do not name the point. */
enum gatekeeper_action gatekeeper_action(const struct gatekeeper_constraint *c, const char *point);

/* --- gatekeeper_schema.c: CRD schemas ------------------------------------------------------- */

/* A structural schema of OpenAPI v3 as JSON Schema: nullable, int-or-string, strict bounds. */
const struct value *gatekeeper_json_schema(struct arena *a, const struct value *openapi) MUST_CHECK;

/* Defaults of the schema filled in where the document says nothing. */
const struct value *gatekeeper_defaults(struct arena *a, const struct value *openapi,
                                        const struct value *doc) MUST_CHECK;

/* 1: it fits; 0: it does not, *err says why; -1: the schema is wrong. */
int gatekeeper_fits(struct arena *a, const struct value *schema, const struct value *doc,
                    struct err *err) MUST_CHECK;

/* --- gatekeeper_rego.c: modules ------------------------------------------------------------- */

/* Parse the template and its libraries and move them to their place. *modules has room for
 * 1 + GATEKEEPER_LIBS_MAX; *n counts them. */
int gatekeeper_modules(struct arena *a, const struct gatekeeper_template *t,
                       const struct rego_options *opt, struct rego_module **modules, size_t *n,
                       struct rego_diags *diags, struct err *err) MUST_CHECK;

/* Our own Rego: spec.match as functions (sallyport.gatekeeper.match). */
struct rego_source gatekeeper_match_source(void);
/* And the container as a Pod (sallyport.gatekeeper.pod). */
struct rego_source gatekeeper_pod_source(void);

#endif
