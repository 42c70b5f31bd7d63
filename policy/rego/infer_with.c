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

        if (w->target->kind == TERM_INPUT ||
            (w->target->kind == TERM_REF && w->target->u.list.at[0]->kind == TERM_INPUT))
            types[i] = &type_any;
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

/* --- what is read through replaced documents --------------------------------------------- */

/* A ref, or `input` or `data` alone. */
struct way {
    const struct rego_term *head;
    struct rego_term *const *at; /* steps */
    size_t n;
};

static struct way way_of(const struct rego_term *t)
{
    if (t->kind != TERM_REF)
        return (struct way){.head = t};
    return (struct way){.head = t->u.list.at[0], .at = t->u.list.at + 1, .n = t->u.list.n - 1};
}

/* A target's steps up to the first that is not known: what is below that is replaced too. */
static size_t known_steps(const struct way *target)
{
    size_t n = 0;

    while (n < target->n && target->at[n]->kind == TERM_CONST)
        n++;
    return n;
}

static bool same_steps(const struct way *x, const struct way *y, size_t n)
{
    if (x->head->kind != y->head->kind)
        return false;
    for (size_t i = 0; i < n; i++)
        if (x->at[i]->kind != TERM_CONST || y->at[i]->kind != TERM_CONST ||
            !value_equal(x->at[i]->u.value, y->at[i]->u.value))
            return false;
    return true;
}

/* A target that goes through the first `depth` steps of the way, and no further if `whole`. */
static bool passes(const struct relax *r, size_t i, const struct way *way, size_t depth, bool whole)
{
    if (!r->types[i])
        return false;
    const struct way target = way_of(r->with[i].target);
    const size_t n = known_steps(&target);

    return (whole ? n == depth : n > depth) && same_steps(&target, way, depth);
}

/* The object that targets make at the way's first `depth` steps. */
static const struct type *made_object(struct infer *x, const struct relax *r, const struct way *way,
                                      size_t depth)
{
    const struct value **const keys = ARENA_NEW_N(x->c->a, const struct value *, r->n + 1);
    const struct type **const of = ARENA_NEW_N(x->c->a, const struct type *, r->n + 1);
    size_t n = 0;

    for (size_t i = 0; keys && of && i < r->n; i++) {
        const struct way target = way_of(r->with[i].target);
        bool seen = false;

        if (!passes(r, i, way, depth, false))
            continue;
        for (size_t k = 0; k < n; k++)
            seen = seen || value_equal(keys[k], target.at[depth]->u.value);
        if (seen)
            continue;
        keys[n] = target.at[depth]->u.value;
        of[n++] =
            known_steps(&target) == depth + 1 ? r->types[i] : made_object(x, r, &target, depth + 1);
    }
    return keys && of ? type_object(x->c->a, keys, of, n, &type_string, &type_any) : NULL;
}

/* Later targets win. */
static enum relaxed look_in(struct infer *x, const struct relax *r, const struct way *way,
                            bool report, const struct type **type, size_t *steps)
{
    for (size_t depth = 0;; depth++) {
        bool any = false;

        for (size_t i = r->n; i-- > 0;)
            if (passes(r, i, way, depth, true)) {
                *type = r->types[i];
                *steps = depth;
                return RELAXED;
            }
        for (size_t i = 0; i < r->n; i++)
            any = any || passes(r, i, way, depth, false);
        if (!any)
            return RELAX_NOTHING;
        *steps = depth;
        *type = made_object(x, r, way, depth);
        if (depth == way->n)
            return RELAXED;
        struct rego_term *const key = way->at[depth];

        /* The first two steps of a document's path are names, OPA holds. */
        if (report && depth < 2 && key->kind != TERM_LOCAL && !term_is_str(key))
            return RELAX_WRONG;
        if (key->kind == TERM_LOCAL && report)
            return infer_expect(x, key, &type_string, false) ? RELAX_NOTHING : RELAX_WRONG;
        if (key->kind != TERM_CONST)
            return RELAXED;
    }
}

enum relaxed relax_look(struct infer *x, const struct rego_term *ref, bool report,
                        const struct type **type, size_t *steps)
{
    const struct way way = way_of(ref);
    enum relaxed got = RELAX_NOTHING;

    for (const struct relax *r = x->relax; r && got == RELAX_NOTHING; r = r->outer)
        got = look_in(x, r, &way, report, type, steps);
    return got;
}
