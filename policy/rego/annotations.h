/* policy/rego/annotations.h - metadata blocks: `# METADATA` comments in YAML.
 *
 * Layer:   policy/rego
 * Owns:    annotations live in the arena given.
 * Errors:  diagnostics of rego_parse_error, and of rego_type_error for two of one scope and path.
 *
 * A block stands at the beginning of a line and describes what follows it: a rule (scope rule or
 * document) or the package (scope package or subpackages).
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
    const struct value *path;     /* of the rule's ground part or of the package, under data */
};

/* Annotations that apply to a rule: its own ones, nearest first, then of its document, package and
 * the packages above that speak for their subpackages. */
struct rego_annotation_chain {
    const struct rego_annotations **at;
    size_t n;
};

/* Read the blocks among m->comments, check their scopes and set m->annotations. */
void annotations_attach(struct arena *a, struct rego_module *m, struct rego_diags *diags);

/* Say which annotations stand twice for one scope and path. */
void annotations_check(struct arena *a, struct rego_module *const *modules, size_t n,
                       struct rego_diags *diags);

int annotations_of(struct arena *a, struct rego_module *const *modules, size_t n,
                   const struct rego_rule *r, struct rego_annotation_chain *out) MUST_CHECK;

/* What rego.metadata.rule() and rego.metadata.chain() are in the rule. NULL: no memory. */
const struct value *annotations_rule(struct arena *a, struct rego_module *const *modules, size_t n,
                                     const struct rego_rule *r) MUST_CHECK;
const struct value *annotations_chain(struct arena *a, struct rego_module *const *modules, size_t n,
                                      const struct rego_rule *r) MUST_CHECK;

#endif
