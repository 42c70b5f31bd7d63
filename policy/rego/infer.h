/* policy/rego/infer.h - inside the type checker: the types of one unit's locals.
 *
 * Layer:   policy/rego
 * Owns:    types live in the check's arena.
 */
#ifndef POLICY_REGO_INFER_H
#define POLICY_REGO_INFER_H

#include "policy/rego/check.h"
#include "policy/rego/types.h"

struct rule_unit {
    const struct rego_rule *rule;
    struct unit *unit;
};

/* Shared by all units. */
struct typing {
    struct check *c;
    struct rule_unit *units; /* sorted by rule */
    size_t units_n;
    const struct type *input;
    unsigned depth;
    unsigned *marks, round; /* by unit: when it was last found to depend on a replaced document */
};

/* What `with` of an expression changes: types of the documents replaced, and rules of which nothing
 * is known, marked by unit. */
struct relax {
    const struct relax *outer;
    const struct rego_with *with;
    const struct type **types; /* of what each target is under it; NULL: no document */
    size_t n;
    unsigned round; /* marks of this round and later ones count */
};

struct infer {
    struct typing *all;
    struct check *c;
    struct unit *u;
    const struct type **env;      /* by slot; NULL: not known */
    const struct rego_term *comp; /* the comprehension last looked into, and its type */
    const struct type *comp_type;
    const struct relax *relax;
};

/* What `input` is in the unit: of the schema's type, unless its module has an input of its own. */
static inline const struct type *infer_input(const struct infer *x)
{
    return x->u->module && x->u->module->own_input ? &type_any : x->all->input;
}

/* infer.c */
struct unit *infer_unit_of(const struct typing *all, const struct rego_rule *r);
const struct type *infer_node(struct typing *all, struct rule_node *n);
const struct type *infer_term(struct infer *x, struct rego_term *t);
int infer_body(struct infer *x, struct rego_body *b) MUST_CHECK;

/* infer_with.c */
int relax_make(struct infer *x, const struct rego_expr *e, struct relax *out) MUST_CHECK;
/* Is nothing known of the rules of this node? */
bool relax_hides(const struct infer *x, const struct rule_node *n);
/* What a ref (input or data alone too) reads through replaced documents: the type there, and how
 * many steps of the ref lead to it. With `report`, variables get types. */
enum relaxed { RELAX_NOTHING, RELAXED, RELAX_WRONG };
enum relaxed relax_look(struct infer *x, const struct rego_term *ref, bool report,
                        const struct type **type, size_t *steps);

/* infer_ref.c: the type of what a ref gives; with `report`, what cannot be is said. */
const struct type *infer_ref(struct infer *x, struct rego_term *ref, bool report);

/* infer_unify.c */
bool infer_unify(struct infer *x, struct rego_term *a, const struct type *ta, struct rego_term *b,
                 const struct type *tb);
/* Must `t` be of this type? Variables in it whose type is not known get it. */
bool infer_expect(struct infer *x, struct rego_term *t, const struct type *type, bool join);

#endif
