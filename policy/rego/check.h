/* policy/rego/check.h - inside the checker: what its passes share.
 *
 * Layer:   policy/rego
 * Owns:    trees and names live in check->a; what a pass needs for a moment in check->scratch.
 * Errors:  passes add diagnostics and return -1 only when memory ran out. After a pass that added
 *          some, the next is not run: later messages would be noise. Soft ones (what is unused)
 *          leave the trees whole: the passes go on.
 *
 * The passes, in order, each over all units (rules, else branches, queries):
 *   ruletree   what rules there are, by path                       ruletree.c
 *   resolve    names to locals, input, data, built-ins             resolve.c, scope.c
 *   rewrite    templates, print, metadata; calls hoisted           rewrite.c, rewrite_head.c
 *   with       targets and values of `with`                        with.c
 *   conflicts  of rules, arity and undefined functions             conflicts.c, calls.c
 *   safety     every variable bound before it is read; order       safety.c, outputs.c
 *   dynamic    refs and comprehensions in arguments hoisted        dynamic.c
 *   recursion  no rule depends on itself                           graph.c
 *   types      what built-ins and schemas admit                    types.c, infer.c
 */
#ifndef POLICY_REGO_CHECK_H
#define POLICY_REGO_CHECK_H

#include "policy/rego/builtin_decls.h"
#include "policy/rego/diag.h"
#include "policy/rego/rego.h"

/* A local variable, by slot. */
struct local {
    const struct value *name; /* as written, "_" for wildcards; NULL: made by the compiler */
    struct rego_loc loc;
};
struct locals {
    struct local *at;
    uint32_t n;
};

/* A node of the tree of rules: a step of a path under data. */
struct rule_node {
    const struct value *key; /* NULL: the root, data */
    struct rule_node *parent;
    struct rule_node **kids; /* sorted by key */
    size_t kids_n;
    struct rego_rule **rules; /* whose ground path ends here, defaults included */
    size_t rules_n;
    bool package; /* a module's package is this path */
    struct rego_loc package_loc;
    /* types.c: what its rules are, and of functions their arguments */
    enum { NODE_UNTYPED, NODE_TYPING, NODE_TYPED } typed;
    const struct type *type;
    const struct type **args;
};

/* What is checked as one: a rule, an else branch of one, or a query. */
struct unit {
    struct rego_rule *rule;  /* NULL: a query */
    struct rego_rule *first; /* the rule an else branch belongs to, or the rule itself */
    struct rego_checked_query *query;
    struct rego_body *body;
    struct locals *locals; /* shared by a rule and its else branches */
    struct rego_module *module;
    enum rego_version version;
    bool node_added; /* its dependencies are known (graph.c) */
};

struct check {
    struct arena *a;
    struct arena scratch;
    const struct rego_options *opt;
    struct rego_diags *diags;
    struct rego_module *const *modules;
    size_t modules_n;
    struct rule_node *root;
    struct unit *units;
    size_t units_n;
    size_t soft;         /* diagnostics after which passes go on */
    struct graph *graph; /* what rules read, once check_recursion ran */
};

/* diag_add, soft. */
#define check_soft(c, ...)                                                                         \
    do {                                                                                           \
        const size_t before_ = (c)->diags->n;                                                      \
        diag_add((c)->a, (c)->diags, __VA_ARGS__);                                                 \
        (c)->soft += (c)->diags->n - before_;                                                      \
    } while (0)

/* scope.c, resolve.c */
int check_modules(struct check *c) MUST_CHECK; /* conflicts.c: imports, reserved names */
int check_resolve(struct check *c) MUST_CHECK;
/* A fresh local of the unit, made by the compiler. NULL: no memory. */
struct rego_term *check_local(struct check *c, struct unit *u, struct rego_loc loc) MUST_CHECK;

/* ruletree.c */
int check_ruletree(struct check *c) MUST_CHECK;
struct rule_node *ruletree_kid(const struct rule_node *n, const struct value *key) MUST_CHECK;
/* Follow the ground steps of a ref under data; *used tells how many path terms were followed, the
 * head `data` included. */
struct rule_node *ruletree_walk(const struct check *c, const struct rego_terms *path,
                                size_t *used) MUST_CHECK;
/* The functions that a call names: the node whose rules take arguments. NULL: none. */
struct rule_node *ruletree_function(const struct check *c,
                                    const struct rego_callee *callee) MUST_CHECK;
/* Arguments that a callee takes; -1: no such function. */
int check_arity(const struct check *c, const struct rego_callee *callee) MUST_CHECK;
const char *check_path_text(struct check *c, const struct rego_terms *path) MUST_CHECK;
const char *check_callee_text(struct check *c, const struct rego_callee *callee) MUST_CHECK;

/* rewrite.c, rewrite_head.c, rewrite_text.c, with.c, dynamic.c */
int check_rewrite(struct check *c) MUST_CHECK;
int rewrite_texts(struct check *c, struct unit *u) MUST_CHECK;
int rewrite_head(struct check *c, struct unit *u) MUST_CHECK;
int rewrite_hoist_term(struct check *c, struct unit *u, struct rego_term **t,
                       struct rego_body *out) MUST_CHECK;
int rewrite_hoist_body(struct check *c, struct unit *u, struct rego_body *body) MUST_CHECK;
int rewrite_equals(struct check *c) MUST_CHECK;
int check_with(struct check *c) MUST_CHECK;
int check_dynamic(struct check *c) MUST_CHECK;
/* Does the term have to be evaluated: has it refs or comprehensions? */
bool term_requires_eval(const struct rego_term *t);
/* `local = t` as an expression; *local gets the local. */
struct rego_expr *rewrite_equate(struct check *c, struct unit *u, struct rego_term *t,
                                 struct rego_term **local) MUST_CHECK;

/* conflicts.c, calls.c, safety.c, graph.c, infer.c */
int check_conflicts(struct check *c) MUST_CHECK;
int check_calls(struct check *c) MUST_CHECK;
int check_safety(struct check *c) MUST_CHECK;
int check_order(struct check *c) MUST_CHECK;
int check_recursion(struct check *c) MUST_CHECK;
/* Mark the units whose rules are, or depend on, what a ref under data may reach; of `but` only
 * those that depend on it. */
int graph_mark_dependents(struct check *c, const struct rego_term *ref, const struct rule_node *but,
                          unsigned *marks, unsigned mark) MUST_CHECK;
int check_types(struct check *c) MUST_CHECK;

#endif
