/* What `with` does to the types of what an expression reads. */
#include "policy/rego/infer.h"
#include "policy/rego/tree.h"

static bool is_document(const struct rego_term *target)
{
    return target->kind == TERM_DATA ||
           (target->kind == TERM_REF && target->u.list.at[0]->kind == TERM_DATA);
}

static bool is_ground(const struct rego_term *target)
{
    for (size_t i = 1; target->kind == TERM_REF && i < target->u.list.n; i++)
        if (target->u.list.at[i]->kind != TERM_CONST)
            return false;
    return true;
}

static const struct type *type_under(struct infer *x, const struct rego_with *w)
{
    struct rego_term *const target = w->target;

    if (target->kind != TERM_REF || !is_ground(target) || w->value_fn)
        return &type_any;
    const struct type *const value = infer_term(x, w->value);
    const struct type *const before = infer_ref(x, target, false);

    return value && before ? type_or(x->c->a, before, value) : &type_any;
}

static int mark_dependents(struct infer *x, const struct rego_with *w, unsigned round)
{
    size_t used;
    const struct rule_node *const own =
        w->target_fn ? ruletree_walk(x->c, &w->target->u.list, &used) : NULL;

    if (!x->all->marks && !(x->all->marks = ARENA_NEW_N(x->c->a, unsigned, x->c->units_n + 1)))
        return -1;
    return graph_mark_dependents(x->c, w->target, own, x->all->marks, round);
}

int relax_make(struct infer *x, const struct rego_expr *e, struct relax *out)
{
    const struct type **const types = ARENA_NEW_N(x->c->a, const struct type *, e->with_n + 1);

    if (!types)
        return -1;
    *out = (struct relax){.outer = x->relax,
                          .with = e->with,
                          .types = types,
                          .n = e->with_n,
                          .round = x->all->round + 1};
    for (size_t i = 0; i < e->with_n; i++) {
        const struct rego_with *const w = &e->with[i];

        if (!is_document(w->target))
            continue;
        if (!w->target_fn)
            types[i] = type_under(x, w);
        /* Each has a round of its own, for what depends on one may depend on another too. */
        if (mark_dependents(x, w, ++x->all->round) < 0)
            return -1;
    }
    return 0;
}

bool relax_hides(const struct infer *x, const struct rule_node *n)
{
    const struct relax *first = x->relax;

    if (!first || !x->all->marks)
        return false;
    while (first->outer)
        first = first->outer;
    for (size_t k = 0; k < n->rules_n; k++) {
        const struct unit *const u = infer_unit_of(x->all, n->rules[k]);

        if (u && x->all->marks[u - x->c->units] >= first->round)
            return true;
    }
    return false;
}

/* Later targets and inner expressions win. */
const struct type *relax_type(const struct infer *x, const struct rego_term *ref, size_t *steps)
{
    for (const struct relax *r = x->relax; r; r = r->outer)
        for (size_t i = r->n; i-- > 0;) {
            const struct rego_term *const t = r->with[i].target;
            const size_t n = t->kind == TERM_REF ? t->u.list.n : 1;
            size_t k = 1;

            if (!r->types[i])
                continue;
            while (k < n && k < ref->u.list.n && t->u.list.at[k]->kind == TERM_CONST &&
                   ref->u.list.at[k]->kind == TERM_CONST &&
                   value_equal(t->u.list.at[k]->u.value, ref->u.list.at[k]->u.value))
                k++;
            /* A target that is not ground replaces something below its constant part. */
            if (k < n && t->u.list.at[k]->kind == TERM_CONST)
                continue;
            *steps = k;
            return r->types[i];
        }
    return NULL;
}
