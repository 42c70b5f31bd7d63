/* Every variable must be bound before it is read; bodies are reordered, as little as possible,
 * until that holds. */
#include "policy/rego/outputs.h"
#include "policy/rego/tree.h"
#include "policy/rego/visit.h"

struct safety {
    struct check *c;
    struct unit *u;
    struct varset unsafe;   /* variables reported */
    struct varset assigned; /* of these, what an unsafe assignment would have given a value */
    struct rego_loc *first; /* by slot: the first expression that reads it */
    struct rego_loc around; /* the expression whose operand without braces is looked into */
};

static int new_set(struct safety *x, struct varset *s)
{
    return varset_init(&x->c->scratch, s, x->u->locals->n) ? 0 : -1;
}

static void report(struct safety *x, const struct rego_expr *e, const struct varset *unsafe)
{
    const struct rego_loc loc = x->around.source ? x->around : e->loc;

    for (uint32_t i = 0; i < x->u->locals->n; i++) {
        if (!varset_has(unsafe, i))
            continue;
        if (!varset_has(&x->unsafe, i) || loc.offset < x->first[i].offset)
            x->first[i] = loc;
        varset_add(&x->unsafe, i);
    }
    if (e->kind == EXPR_ASSIGN && !varset_empty(unsafe))
        vars_of_term(e->u.two.left, 0, &x->assigned);
}

/* A variable is told of once. Where others are unsafe, those that are so for being assigned one of
 * them are not; generated ones mean nothing to the reader: their expression is named. */
static void tell(struct safety *x)
{
    const struct rego_loc *unnamed = NULL;
    bool others = false;
    size_t named = 0;

    for (uint32_t i = 0; i < x->u->locals->n; i++)
        others = others || (x->u->locals->at[i].name && varset_has(&x->unsafe, i) &&
                            !varset_has(&x->assigned, i));
    for (uint32_t i = 0; i < x->u->locals->n; i++) {
        const struct value *const name = x->u->locals->at[i].name;

        if (!varset_has(&x->unsafe, i) || (name && others && varset_has(&x->assigned, i)))
            continue;
        if (name)
            diag_add(x->c->a, x->c->diags, REGO_UNSAFE_VAR_ERROR, x->first[i], "var %s is unsafe",
                     value_bytes(name));
        else if (!unnamed || x->first[i].offset < unnamed->offset)
            unnamed = &x->first[i];
        named += name != NULL;
    }
    if (unnamed && named == 0)
        diag_add(x->c->a, x->c->diags, REGO_UNSAFE_VAR_ERROR, *unnamed, "expression is unsafe");
}

static int order_body(struct safety *x, struct rego_body *b, const struct varset *globals);

struct inside {
    struct safety *x;
    struct varset *globals;
    const struct rego_expr *e;
};

/* Closures of an expression see what the expressions before it bound, and what it binds itself. */
static int inside_term(struct visit *w, struct rego_term *t)
{
    const struct inside *const in = w->ctx;

    if (!term_is_comp(t))
        return 0;
    struct varset head, body;

    if (new_set(in->x, &head) < 0 || new_set(in->x, &body) < 0)
        return -1;
    for (size_t i = 0; i < t->u.comp.body->n; i++)
        vars_of_expr(t->u.comp.body->at[i], VISIT_NO_CLOSURES, &body);
    varset_join(&body, in->globals);
    if (t->u.comp.key)
        vars_of_term(t->u.comp.key, 0, &head);
    vars_of_term(t->u.comp.value, 0, &head);
    varset_drop(&head, &body);
    report(in->x, in->e, &head);
    return order_body(in->x, t->u.comp.body, in->globals) < 0 ? -1 : 1;
}

/* An operand without braces has no place of its own in messages. */
static int order_operand(struct safety *x, struct rego_expr *e, struct rego_body *b,
                         const struct varset *globals)
{
    const struct rego_loc around = x->around;
    const bool whole = !b->braces && !around.source && (e->kind != EXPR_NOT || e->not_body);

    if (whole)
        x->around = e->loc;
    const int got = order_body(x, b, globals);

    x->around = around;
    return got;
}

static int inside_expr(struct visit *w, struct rego_expr *e)
{
    const struct inside *const in = w->ctx;
    struct varset g;

    if (e->kind != EXPR_EVERY && e->kind != EXPR_NOT && e->kind != EXPR_AND && e->kind != EXPR_OR)
        return 0;
    if (new_set(in->x, &g) < 0)
        return -1;
    varset_copy(&g, in->globals);
    if (e->kind == EXPR_EVERY) {
        if (e->u.every.key)
            vars_of_term(e->u.every.key, 0, &g);
        vars_of_term(e->u.every.value, 0, &g);
        return order_body(in->x, e->u.every.body, &g) < 0 ? -1 : 1;
    }
    if (e->kind == EXPR_NOT)
        return order_operand(in->x, e, e->u.body, &g) < 0 ? -1 : 1;
    for (size_t i = 0; i < e->u.bodies.n; i++)
        if (order_operand(in->x, e, e->u.bodies.at[i], &g) < 0)
            return -1;
    return 1;
}

static int order_inside(struct safety *x, struct rego_expr *e, struct varset *globals)
{
    struct inside in = {.x = x, .globals = globals, .e = e};
    struct visit w = {.term = inside_term, .expr = inside_expr, .ctx = &in};

    return visit_expr(&w, e);
}

/* Slots that the expression is first to bind, kept for code generation. */
static int note_binds(struct safety *x, struct rego_expr *e, const struct varset *outputs,
                      const struct varset *safe)
{
    uint32_t *at = NULL;
    size_t n = 0;

    for (uint32_t i = 0; i < x->u->locals->n; i++) {
        if (!varset_has(outputs, i) || varset_has(safe, i))
            continue;
        if (!(at = array_grow(x->c->a, at, n, sizeof(*at))))
            return -1;
        at[n++] = i;
    }
    e->binds = at;
    e->binds_n = n;
    return 0;
}

struct ordering {
    struct varset safe, body_vars, outputs, needs, closed;
};

/* Is all that `e` reads bound? Its outputs are left in o->outputs, what is missing in o->needs. */
static int ready(struct safety *x, struct ordering *o, struct rego_expr *e,
                 const struct varset *globals)
{
    if (outputs_of(x->c, e, &o->safe, &o->outputs) < 0)
        return -1;
    varset_clear(&o->closed);
    vars_in_closures(e, &o->closed);
    varset_keep(&o->closed, &o->body_vars);
    varset_drop(&o->closed, globals);
    varset_clear(&o->needs);
    vars_of_expr(e, VISIT_NO_CLOSURES, &o->needs);
    varset_drop(&o->needs, &o->outputs);
    varset_join(&o->needs, &o->closed);
    varset_drop(&o->needs, &o->safe);
    return varset_empty(&o->needs);
}

static int order_pass(struct safety *x, struct ordering *o, struct rego_body *b, bool *placed,
                      struct rego_expr **order, size_t *n, const struct varset *globals)
{
    for (size_t i = 0; i < b->n; i++) {
        if (placed[i])
            continue;
        const int is = ready(x, o, b->at[i], globals);

        if (is < 0)
            return -1;
        if (!is)
            continue;
        if (note_binds(x, b->at[i], &o->outputs, &o->safe) < 0)
            return -1;
        placed[i] = true;
        order[(*n)++] = b->at[i];
        varset_join(&o->safe, &o->outputs);
    }
    return 0;
}

static int order_closures(struct safety *x, struct rego_expr *const *order, size_t n,
                          const struct varset *globals)
{
    struct varset g;

    if (new_set(x, &g) < 0)
        return -1;
    varset_copy(&g, globals);
    for (size_t i = 0; i < n; i++) {
        if (order_inside(x, order[i], &g) < 0)
            return -1;
        vars_of_expr(order[i], VISIT_NO_CLOSURES, &g);
    }
    return 0;
}

static int order_body(struct safety *x, struct rego_body *b, const struct varset *globals)
{
    struct ordering o;
    struct rego_expr **const order = ARENA_NEW_N(x->c->a, struct rego_expr *, b->n + 1);
    bool *const placed = ARENA_NEW_N(&x->c->scratch, bool, b->n + 1);
    size_t n = 0, before;

    if (!order || !placed || new_set(x, &o.safe) < 0 || new_set(x, &o.body_vars) < 0 ||
        new_set(x, &o.outputs) < 0 || new_set(x, &o.needs) < 0 || new_set(x, &o.closed) < 0)
        return -1;
    varset_copy(&o.safe, globals);
    for (size_t i = 0; i < b->n; i++)
        vars_of_expr(b->at[i], VISIT_NO_CLOSURES, &o.body_vars);
    do {
        const struct arena_mark mark = arena_mark(&x->c->scratch);

        before = n;
        if (order_pass(x, &o, b, placed, order, &n, globals) < 0)
            return -1;
        arena_reset(&x->c->scratch, mark);
    } while (n > before);
    for (size_t i = 0; i < b->n; i++) {
        if (placed[i])
            continue;
        if (ready(x, &o, b->at[i], globals) < 0)
            return -1;
        report(x, b->at[i], &o.needs);
    }
    if (order_closures(x, order, n, globals) < 0)
        return -1;
    if (n == b->n)
        b->at = order;
    return 0;
}

/* --- heads ------------------------------------------------------------------------------- */

static int check_head(struct safety *x)
{
    const struct rego_rule *const r = x->u->rule;
    struct varset bound, head;

    if (new_set(x, &bound) < 0 || new_set(x, &head) < 0)
        return -1;
    for (size_t i = 0; r->body && i < r->body->n; i++)
        vars_of_expr(r->body->at[i], VISIT_NO_CLOSURES, &bound);
    for (size_t i = 0; i < r->args.n; i++)
        vars_of_term(r->args.at[i], 0, &bound);
    for (size_t i = 0; i < r->path.n; i++)
        vars_of_term(r->path.at[i], 0, &head);
    vars_of_term(r->value, 0, &head);
    varset_drop(&head, &bound);
    for (uint32_t i = 0; i < x->u->locals->n; i++)
        if (varset_has(&head, i) && x->u->locals->at[i].name)
            diag_add(x->c->a, x->c->diags, REGO_UNSAFE_VAR_ERROR, x->u->locals->at[i].loc,
                     "var %s is unsafe", value_bytes(x->u->locals->at[i].name));
    return 0;
}

static int check_unit(struct safety *x)
{
    struct varset globals;

    x->first = ARENA_NEW_N(&x->c->scratch, struct rego_loc, x->u->locals->n + 1u);
    if (!x->first || new_set(x, &globals) < 0 || new_set(x, &x->unsafe) < 0 ||
        new_set(x, &x->assigned) < 0)
        return -1;
    if (x->u->rule) {
        for (size_t i = 0; i < x->u->rule->args.n; i++)
            vars_of_term(x->u->rule->args.at[i], 0, &globals);
        x->u->body = x->u->rule->body;
    }
    if (x->u->body && order_body(x, x->u->body, &globals) < 0)
        return -1;
    tell(x);
    return 0;
}

/* Order bodies and note what each expression binds. Ordered bodies keep their order, so that the
 * pass may run again when expressions were put before those that read them. */
int check_order(struct check *c)
{
    for (size_t i = 0; i < c->units_n; i++) {
        struct safety x = {.c = c, .u = &c->units[i]};
        const struct arena_mark mark = arena_mark(&c->scratch);

        if (check_unit(&x) < 0)
            return -1;
        arena_reset(&c->scratch, mark);
    }
    return 0;
}

int check_safety(struct check *c)
{
    for (size_t i = 0; i < c->units_n; i++) {
        struct safety x = {.c = c, .u = &c->units[i]};
        const struct arena_mark mark = arena_mark(&c->scratch);

        if (x.u->rule && check_head(&x) < 0)
            return -1;
        arena_reset(&c->scratch, mark);
    }
    return c->diags->n ? 0 : check_order(c);
}
