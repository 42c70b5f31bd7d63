/* policy/rego/tree.h - making and walking syntax trees.
 *
 * Layer:   policy/rego
 * Owns:    nodes live in the arena given.
 * Errors:  makers return NULL, and pushes false, when the arena refuses; the caller reports it.
 */
#ifndef POLICY_REGO_TREE_H
#define POLICY_REGO_TREE_H

#include "policy/rego/ast.h"

struct rego_term *term_new(struct arena *a, enum term_kind kind, struct rego_loc loc) MUST_CHECK;
struct rego_term *term_const(struct arena *a, const struct value *v,
                             struct rego_loc loc) MUST_CHECK;
struct rego_term *term_str(struct arena *a, const char *text, struct rego_loc loc) MUST_CHECK;
struct rego_term *term_var(struct arena *a, const struct value *name,
                           struct rego_loc loc) MUST_CHECK;
struct rego_term *term_local(struct arena *a, uint32_t slot, struct rego_loc loc) MUST_CHECK;
/* A ref that begins with `head`; a head that is a ref itself gives its elements. */
struct rego_term *term_ref(struct arena *a, struct rego_term *head) MUST_CHECK;
/* A call of the built-in named, parsed form: its callee is a var. */
struct rego_term *term_op(struct arena *a, const char *name, struct rego_loc loc) MUST_CHECK;

/* Lists double when full; a list that is pushed to must have been built by pushes. */
bool terms_push(struct arena *a, struct rego_terms *list, struct rego_term *t) MUST_CHECK;
bool body_push(struct arena *a, struct rego_body *body, struct rego_expr *e) MUST_CHECK;
/* Room for one more in an array of n elements of `size` bytes; the new array or NULL. */
void *array_grow(struct arena *a, void *at, size_t n, size_t size) MUST_CHECK;

struct rego_body *body_new(struct arena *a, struct rego_loc loc) MUST_CHECK;
struct rego_expr *expr_new(struct arena *a, enum expr_kind kind, struct rego_loc loc) MUST_CHECK;
/* An expression that a term alone is: EXPR_CALL for calls. */
struct rego_expr *expr_of_term(struct arena *a, struct rego_term *t) MUST_CHECK;

/* Height of a term from its children's; 0 when it would pass the limit. */
uint16_t term_height(const struct rego_term *t);

/* The list of terms right under a term: elements, pairs, path, call arguments; NULL for others. */
struct rego_terms *term_children(struct rego_term *t);

bool term_is_str(const struct rego_term *t);
bool term_is_scalar(const struct rego_term *t);
/* Parsed terms of the same shape and names; of closures and templates only the same one is. */
bool term_same(const struct rego_term *x, const struct rego_term *y);
bool term_is_var(const struct rego_term *t, const char *name);
static inline bool term_is_wildcard(const struct rego_term *t)
{
    return t->kind == TERM_VAR && value_bytes(t->u.name)[0] == '$';
}
bool term_is_comp(const struct rego_term *t);

/* Deep copy, for terms and bodies that appear twice and are rewritten apart. */
struct rego_term *term_copy(struct arena *a, const struct rego_term *t) MUST_CHECK;
struct rego_body *body_copy(struct arena *a, const struct rego_body *b) MUST_CHECK;

#endif
