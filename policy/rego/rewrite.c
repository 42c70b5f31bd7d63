/* Calls inside terms become expressions of their own, whose results are locals; they stand right
 * before the expression that reads them, inside the closure that it stands in. */
#include <string.h>

#include "policy/rego/check.h"
#include "policy/rego/tree.h"
#include "policy/rego/visit.h"

static int find_eval(struct visit *w, struct rego_term *t)
{
    if (t->kind != TERM_REF && t->kind != TERM_INPUT && t->kind != TERM_DATA && !term_is_comp(t))
        return 0;
    *(bool *)w->ctx = true;
    return -1;
}

bool term_requires_eval(const struct rego_term *t)
{
    bool found = false;
    struct visit w = {.term = find_eval, .ctx = &found};

    return visit_term(&w, (struct rego_term *)(uintptr_t)t) < 0 || found;
}

struct rego_expr *rewrite_equate(struct check *c, struct unit *u, struct rego_term *t,
                                 struct rego_term **local)
{
    struct rego_expr *const e = expr_new(c->a, EXPR_UNIFY, t->loc);

    if (!e || !(e->u.two.left = check_local(c, u, t->loc)))
        return NULL;
    e->u.two.right = t;
    e->generated = true;
    *local = term_local(c->a, e->u.two.left->u.slot, t->loc);
    return *local ? e : NULL;
}

static int hoist_list(struct check *c, struct unit *u, struct rego_terms *list,
                      struct rego_body *out)
{
    for (size_t i = 0; i < list->n; i++)
        if (rewrite_hoist_term(c, u, &list->at[i], out) < 0)
            return -1;
    return 0;
}

static int hoist_call(struct check *c, struct unit *u, struct rego_term **t, struct rego_body *out)
{
    struct rego_term *const call = *t;

    if (hoist_list(c, u, &call->u.call.args, out) < 0)
        return -1;
    struct rego_expr *const e = expr_new(c->a, EXPR_CALL, call->loc);
    struct rego_term *const local = check_local(c, u, call->loc);

    if (!e || !local || !(*t = term_local(c->a, local->u.slot, call->loc)) ||
        !terms_push(c->a, &call->u.call.args, local))
        return -1;
    e->u.term = call;
    e->generated = true;
    return body_push(c->a, out, e) ? 0 : -1;
}

/* A ref into what is no variable or document: `[1, 2][i]`, `{...}.x`. */
static int hoist_head(struct check *c, struct unit *u, struct rego_term *ref, struct rego_body *out)
{
    struct rego_term *const head = ref->u.list.at[0];

    if (head->kind == TERM_LOCAL || head->kind == TERM_INPUT || head->kind == TERM_DATA)
        return 0;
    struct rego_expr *const e = rewrite_equate(c, u, head, &ref->u.list.at[0]);

    return e && body_push(c->a, out, e) ? 0 : -1;
}

/* The head of a comprehension is a local of its body if it has to be evaluated. */
static int comp_head(struct check *c, struct unit *u, struct rego_term **t, struct rego_body *body)
{
    if (!*t)
        return 0;
    if (rewrite_hoist_term(c, u, t, body) < 0)
        return -1;
    if (!term_requires_eval(*t))
        return 0;
    struct rego_expr *const e = rewrite_equate(c, u, *t, t);

    return e && body_push(c->a, body, e) ? 0 : -1;
}

static int hoist_comp(struct check *c, struct unit *u, struct rego_term *t)
{
    struct rego_body *const body = t->u.comp.body;

    return rewrite_hoist_body(c, u, body) < 0 || comp_head(c, u, &t->u.comp.key, body) < 0 ||
                   comp_head(c, u, &t->u.comp.value, body) < 0
               ? -1
               : 0;
}

int rewrite_hoist_term(struct check *c, struct unit *u, struct rego_term **t, struct rego_body *out)
{
    if ((*t)->kind == TERM_CALL)
        return hoist_call(c, u, t, out);
    if (term_is_comp(*t))
        return hoist_comp(c, u, *t);
    struct rego_terms *const kids = term_children(*t);

    if (!kids)
        return 0;
    if (hoist_list(c, u, kids, out) < 0)
        return -1;
    return (*t)->kind == TERM_REF ? hoist_head(c, u, *t, out) : 0;
}

static int hoist_expr(struct check *c, struct unit *u, struct rego_expr *e, struct rego_body *out);

/* `x := f(y)` is the call with x as its output. */
static bool call_into(struct check *c, struct rego_expr *e)
{
    struct rego_term *const left = e->u.two.left, *const call = e->u.two.right;

    if (e->kind != EXPR_ASSIGN || left->kind != TERM_LOCAL || call->kind != TERM_CALL)
        return false;
    const int arity = check_arity(c, &call->u.call.callee);

    if (arity < 0 || (size_t)arity != call->u.call.args.n)
        return false;
    if (!terms_push(c->a, &call->u.call.args, left))
        return false;
    e->kind = EXPR_CALL;
    e->u.term = call;
    return true;
}

static int hoist_two(struct check *c, struct unit *u, struct rego_expr *e, struct rego_body *out)
{
    if (call_into(c, e))
        return hoist_list(c, u, &e->u.term->u.call.args, out);
    return rewrite_hoist_term(c, u, &e->u.two.left, out) < 0
               ? -1
               : rewrite_hoist_term(c, u, &e->u.two.right, out);
}

static int hoist_domain(struct check *c, struct unit *u, struct rego_expr *e, struct rego_body *out)
{
    struct rego_expr *const eq = rewrite_equate(c, u, e->u.every.domain, &e->u.every.domain);

    if (!eq)
        return -1;
    eq->with = e->with;
    eq->with_n = e->with_n;
    return hoist_expr(c, u, eq, out);
}

/* What plain `not e` needs is computed before it: as OPA does, what is undefined there makes the
 * whole undefined. */
static int hoist_not(struct check *c, struct unit *u, struct rego_expr *e, struct rego_body *out)
{
    if (e->not_body)
        return rewrite_hoist_body(c, u, e->u.body);
    struct rego_body inner = {0};

    for (size_t i = 0; i < e->u.body->n; i++)
        if (hoist_expr(c, u, e->u.body->at[i], &inner) < 0)
            return -1;
    for (size_t i = 0; i + 1 < inner.n; i++)
        if (!body_push(c->a, out, inner.at[i]))
            return -1;
    e->u.body->at[0] = inner.at[inner.n - 1];
    e->u.body->n = 1;
    return 0;
}

static int hoist_parts(struct check *c, struct unit *u, struct rego_expr *e, struct rego_body *out)
{
    switch (e->kind) {
    case EXPR_TERM:
        return rewrite_hoist_term(c, u, &e->u.term, out);
    case EXPR_CALL:
        return hoist_list(c, u, &e->u.term->u.call.args, out);
    case EXPR_UNIFY:
    case EXPR_ASSIGN:
        return hoist_two(c, u, e, out);
    case EXPR_EVERY:
        return hoist_domain(c, u, e, out) < 0 ? -1 : rewrite_hoist_body(c, u, e->u.every.body);
    case EXPR_NOT:
        return hoist_not(c, u, e, out);
    case EXPR_AND:
    case EXPR_OR:
        for (size_t i = 0; i < e->u.bodies.n; i++)
            if (rewrite_hoist_body(c, u, e->u.bodies.at[i]) < 0)
                return -1;
        return 0;
    case EXPR_SOME:
        break;
    }
    return 0;
}

static int hoist_expr(struct check *c, struct unit *u, struct rego_expr *e, struct rego_body *out)
{
    for (size_t i = 0; i < e->with_n; i++)
        if (!e->with[i].value_fn && rewrite_hoist_term(c, u, &e->with[i].value, out) < 0)
            return -1;
    const size_t from = out->n;

    if (hoist_parts(c, u, e, out) < 0)
        return -1;
    /* What was taken out of the expression is evaluated under the same replacements. */
    for (size_t i = from; e->with_n && i < out->n; i++) {
        out->at[i]->with = e->with;
        out->at[i]->with_n = e->with_n;
    }
    return body_push(c->a, out, e) ? 0 : -1;
}

int rewrite_hoist_body(struct check *c, struct unit *u, struct rego_body *body)
{
    struct rego_body out = {0};

    for (size_t i = 0; i < body->n; i++)
        if (hoist_expr(c, u, body->at[i], &out) < 0)
            return -1;
    body->at = out.at;
    body->n = out.n;
    return 0;
}

/* a == b as an expression is unification: by then both sides are bound or it binds one. */
static int equal_to_unify(struct visit *w, struct rego_expr *e)
{
    (void)w;
    if (e->kind != EXPR_CALL || e->u.term->u.call.args.n != 2 || !e->u.term->u.call.callee.builtin)
        return 0;
    struct rego_term *const call = e->u.term;

    if (strcmp(call->u.call.callee.builtin, "equal") != 0 &&
        strcmp(call->u.call.callee.builtin, "eq") != 0)
        return 0;
    e->kind = EXPR_UNIFY;
    e->u.two.left = call->u.call.args.at[0];
    e->u.two.right = call->u.call.args.at[1];
    return 0;
}

static int no_term(struct visit *w, struct rego_term *t)
{
    (void)w;
    (void)t;
    return 0;
}

/* After safety: == binds nothing, so it must not count as an output before. */
int rewrite_equals(struct check *c)
{
    struct visit w = {.term = no_term, .expr = equal_to_unify};

    for (size_t i = 0; i < c->units_n; i++) {
        struct unit *const u = &c->units[i];

        if ((u->rule ? visit_rule(&w, u->rule) : visit_body(&w, u->body)) < 0)
            return -1;
    }
    return 0;
}

int check_rewrite(struct check *c)
{
    for (size_t i = 0; i < c->units_n; i++) {
        struct unit *const u = &c->units[i];
        const struct arena_mark mark = arena_mark(&c->scratch);

        if (rewrite_texts(c, u) < 0)
            return -1;
        if (u->rule ? rewrite_head(c, u) < 0 : rewrite_hoist_body(c, u, u->body) < 0)
            return -1;
        arena_reset(&c->scratch, mark);
    }
    return 0;
}
