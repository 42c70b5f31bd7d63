/* policy/rego/visit.h - visiting every term and body of a tree, outer before inner.
 *
 * Layer:   policy/rego
 * Owns:    nothing. Visitors may change a term in place.
 * Limits:  recursion as deep as the tree, which the parser bounds.
 */
#ifndef POLICY_REGO_VISIT_H
#define POLICY_REGO_VISIT_H

#include "policy/rego/ast.h"

enum visit_flags {
    VISIT_NO_CLOSURES = 1u << 0, /* not into comprehensions, every, not-bodies, and, or */
    VISIT_NO_REF_HEADS = 1u << 1,
    VISIT_NO_SETS = 1u << 2,
    VISIT_NO_OBJECT_KEYS = 1u << 3,
    VISIT_NO_WITHS = 1u << 4, /* not into targets and values of `with` */
};

/* A visitor returns 0 to go on, 1 to leave out what is under the node, -1 to stop. */
struct visit {
    int (*term)(struct visit *w, struct rego_term *t);
    int (*expr)(struct visit *w, struct rego_expr *e); /* may be NULL */
    int (*body)(struct visit *w, struct rego_body *b); /* may be NULL */
    unsigned flags;
    void *ctx;
};

int visit_term(struct visit *w, struct rego_term *t);
int visit_expr(struct visit *w, struct rego_expr *e);
int visit_body(struct visit *w, struct rego_body *b);

/* What a rule evaluates: arguments, path, value, body; else branches are units of their own. */
int visit_rule(struct visit *w, struct rego_rule *r);

/* Is the body of this expression a closure: evaluated apart, binding nothing outside? */
static inline bool expr_is_closure(const struct rego_expr *e)
{
    return e->kind == EXPR_EVERY || e->kind == EXPR_AND || e->kind == EXPR_OR ||
           (e->kind == EXPR_NOT && e->not_body);
}

#endif
