#include "policy/rego/outputs.h"

#include "policy/rego/tree.h"
#include "policy/rego/visit.h"

static int add_local(struct visit *w, struct rego_term *t)
{
    if (t->kind == TERM_LOCAL)
        varset_add(w->ctx, t->u.slot);
    return 0;
}

void vars_of_term(struct rego_term *t, unsigned flags, struct varset *out)
{
    struct visit w = {.term = add_local, .flags = flags, .ctx = out};

    (void)visit_term(&w, t);
}

void vars_of_expr(struct rego_expr *e, unsigned flags, struct varset *out)
{
    struct visit w = {.term = add_local, .flags = flags, .ctx = out};

    (void)visit_expr(&w, e);
}

static int closure_term(struct visit *w, struct rego_term *t)
{
    if (!term_is_comp(t))
        return 0;
    vars_of_term(t, 0, w->ctx);
    return 1;
}

static int closure_expr(struct visit *w, struct rego_expr *e)
{
    struct visit all = {.term = add_local, .ctx = w->ctx};

    if (e->kind == EXPR_EVERY)
        (void)visit_body(&all, e->u.every.body);
    else if (e->kind == EXPR_NOT && e->not_body)
        (void)visit_body(&all, e->u.body);
    for (size_t i = 0; (e->kind == EXPR_AND || e->kind == EXPR_OR) && i < e->u.bodies.n; i++)
        (void)visit_body(&all, e->u.bodies.at[i]);
    return 0;
}

void vars_in_closures(struct rego_expr *e, struct varset *out)
{
    struct visit w = {.term = closure_term, .expr = closure_expr, .ctx = out};

    (void)visit_expr(&w, e);
}

/* --- refs -------------------------------------------------------------------------------- */

struct refs {
    const struct varset *safe;
    struct varset *out;
};

static bool head_safe(const struct rego_term *ref, const struct varset *safe)
{
    const struct rego_term *const head = ref->u.list.at[0];

    return head->kind != TERM_LOCAL || varset_has(safe, head->u.slot);
}

static int ref_outputs(struct visit *w, struct rego_term *t)
{
    const struct refs *const x = w->ctx;

    if (t->kind != TERM_REF)
        return 0;
    if (!head_safe(t, x->safe))
        return 1;
    vars_of_term(t, VISIT_NO_REF_HEADS, x->out);
    return 0;
}

static void outputs_of_refs(struct rego_expr *e, const struct varset *safe, struct varset *out)
{
    struct refs x = {.safe = safe, .out = out};
    struct visit w = {.term = ref_outputs, .flags = VISIT_NO_CLOSURES, .ctx = &x};

    (void)visit_expr(&w, e);
}

/* --- unification ------------------------------------------------------------------------- */

/* Can the term be computed when `known` is bound? Variables in steps of refs are bound by them. */
static bool computable(const struct rego_term *t, const struct varset *known)
{
    switch (t->kind) {
    case TERM_LOCAL:
        return varset_has(known, t->u.slot);
    case TERM_REF:
        return head_safe(t, known);
    case TERM_ARRAY:
    case TERM_OBJECT:
        for (size_t i = 0; i < t->u.list.n; i++)
            if (!computable(t->u.list.at[i], known))
                return false;
        return true;
    default:
        return true;
    }
}

static bool bind_pattern(const struct rego_term *t, struct varset *known)
{
    bool changed = false;

    if (t->kind == TERM_LOCAL) {
        changed = !varset_has(known, t->u.slot);
        varset_add(known, t->u.slot);
    }
    for (size_t i = t->kind == TERM_OBJECT;
         (t->kind == TERM_ARRAY || t->kind == TERM_OBJECT) && i < t->u.list.n;
         i += t->kind == TERM_OBJECT ? 2 : 1)
        changed |= bind_pattern(t->u.list.at[i], known);
    return changed;
}

static bool same_key(const struct rego_term *x, const struct rego_term *y)
{
    if (x->kind != y->kind)
        return false;
    if (x->kind == TERM_LOCAL)
        return x->u.slot == y->u.slot;
    return x->kind == TERM_CONST && value_equal(x->u.value, y->u.value);
}

static const struct rego_term *object_get(const struct rego_term *o, const struct rego_term *key)
{
    for (size_t i = 0; i < o->u.list.n; i += 2)
        if (same_key(key, o->u.list.at[i]))
            return o->u.list.at[i + 1];
    return NULL;
}

static bool unify_once(const struct rego_term *a, const struct rego_term *b, struct varset *known)
{
    bool changed = false;

    if (a->kind == TERM_ARRAY && b->kind == TERM_ARRAY) {
        for (size_t i = 0; a->u.list.n == b->u.list.n && i < a->u.list.n; i++)
            changed |= unify_once(a->u.list.at[i], b->u.list.at[i], known);
        return changed;
    }
    if (a->kind == TERM_OBJECT && b->kind == TERM_OBJECT) {
        for (size_t i = 0; a->u.list.n == b->u.list.n && i < a->u.list.n; i += 2) {
            const struct rego_term *const other = object_get(b, a->u.list.at[i]);

            if (other)
                changed |= unify_once(a->u.list.at[i + 1], other, known);
        }
        return changed;
    }
    if (computable(b, known))
        changed = bind_pattern(a, known);
    if (computable(a, known))
        changed |= bind_pattern(b, known);
    return changed;
}

static int outputs_of_two(struct check *c, struct rego_expr *e, const struct varset *safe,
                          struct varset *out)
{
    struct rego_term *const left = e->u.two.left, *const right = e->u.two.right;
    struct varset known = {.words = out->words};

    known.bits = ARENA_NEW_N(&c->scratch, uint64_t, known.words);
    if (!known.bits)
        return -1;
    outputs_of_refs(e, safe, out);
    varset_copy(&known, safe);
    varset_join(&known, out);
    if (e->kind == EXPR_ASSIGN) {
        struct varset lefts = {.words = out->words};

        lefts.bits = ARENA_NEW_N(&c->scratch, uint64_t, lefts.words);
        if (!lefts.bits)
            return -1;
        vars_of_term(left, 0, &lefts);
        varset_drop(&known, &lefts);
    }
    while (unify_once(left, right, &known))
        ;
    varset_join(out, &known);
    varset_drop(out, safe);
    return 0;
}

static int outputs_of_call(struct check *c, struct rego_expr *e, const struct varset *safe,
                           struct varset *out)
{
    const unsigned flags =
        VISIT_NO_CLOSURES | VISIT_NO_SETS | VISIT_NO_OBJECT_KEYS | VISIT_NO_REF_HEADS;
    const struct rego_terms *const args = &e->u.term->u.call.args;
    const int arity = check_arity(c, &e->u.term->u.call.callee);
    struct varset inputs = {.words = out->words};

    inputs.bits = ARENA_NEW_N(&c->scratch, uint64_t, inputs.words);
    if (!inputs.bits)
        return -1;
    if (arity < 0)
        return 0;
    outputs_of_refs(e, safe, out);
    if ((size_t)arity >= args->n)
        return 0;
    for (size_t i = 0; i < (size_t)arity; i++)
        vars_of_term(args->at[i], flags, &inputs);
    varset_drop(&inputs, out);
    if (!varset_within(&inputs, safe)) {
        varset_clear(out);
        return 0;
    }
    for (size_t i = (size_t)arity; i < args->n; i++)
        vars_of_term(args->at[i], flags, out);
    return 0;
}

static bool withs_safe(struct check *c, struct rego_expr *e, const struct varset *safe)
{
    struct varset vars = {.words = safe->words};

    if (e->with_n == 0)
        return true;
    vars.bits = ARENA_NEW_N(&c->scratch, uint64_t, vars.words);
    for (size_t i = 0; vars.bits && i < e->with_n; i++) {
        vars_of_term(e->with[i].target, VISIT_NO_CLOSURES, &vars);
        vars_of_term(e->with[i].value, VISIT_NO_CLOSURES, &vars);
    }
    return vars.bits && varset_within(&vars, safe);
}

int outputs_of(struct check *c, struct rego_expr *e, const struct varset *safe, struct varset *out)
{
    varset_clear(out);
    if (!withs_safe(c, e, safe))
        return c->scratch.failed ? -1 : 0;
    switch (e->kind) {
    case EXPR_TERM:
    case EXPR_EVERY:
        outputs_of_refs(e, safe, out);
        return 0;
    case EXPR_CALL:
        return outputs_of_call(c, e, safe, out);
    case EXPR_UNIFY:
    case EXPR_ASSIGN:
        return outputs_of_two(c, e, safe, out);
    case EXPR_NOT:
    case EXPR_AND:
    case EXPR_OR:
    case EXPR_SOME:
        break;
    }
    return 0;
}
