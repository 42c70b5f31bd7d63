/* policy/rego/annotations.h - metadata blocks: `# METADATA` comments in YAML.
 *
 * Layer:   policy/rego
 * Owns:    annotations live in the arena given.
 * Errors:  diagnostics of rego_parse_error.
 */
#ifndef POLICY_REGO_ANNOTATIONS_H
#define POLICY_REGO_ANNOTATIONS_H

#include "policy/rego/rego.h"

enum annotation_scope {
    ANNOTATION_RULE,
    ANNOTATION_DOCUMENT,
    ANNOTATION_PACKAGE,
    ANNOTATION_SUBPACKAGES,
};

struct rego_annotations {
    enum annotation_scope scope;
    bool entrypoint;
    struct rego_loc loc;
    const struct value *value;    /* object as rego.metadata gives it: scope, title, custom, ... */
    const struct rego_rule *rule; /* what it stands before; NULL: the package */
};

/* Read the blocks among m->comments, check their scopes and set m->annotations. */
void annotations_attach(struct arena *a, struct rego_module *m, struct rego_diags *diags);

/* What rego.metadata.rule() and rego.metadata.chain() are in the rule. NULL: no memory. */
const struct value *annotations_rule(struct arena *a, const struct rego_rule *r) MUST_CHECK;
const struct value *annotations_chain(struct arena *a, const struct rego_rule *r) MUST_CHECK;

#endif
