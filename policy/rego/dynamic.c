/* Refs and comprehensions in arguments, patterns and steps of refs become locals before the
 * expression, as OPA does: what is undefined there makes the body undefined before a `not` is
 * asked. Runs on ordered bodies. */
#include "policy/rego/check.h"
#include "policy/rego/fold.h"
#include "policy/rego/tree.h"
#include "policy/rego/visit.h"

struct dynamic {
    struct check *c;
    struct unit *u;
    const struct rego_expr *from; /* whose `with` what is taken out keeps */
    struct rego_body *out;
};

static int dynamic_body(struct check *c, struct unit *u, struct rego_body *b);
static int dynamic_one(struct dynamic *d, struct rego_term **t);

static int dynamic_list(struct dynamic *d, struct rego_terms *list, size_t from)
{
    for (size_t i = from; i < list->n; i++)
        if (dynamic_one(d, &list->at[i]) < 0)
            return -1;
    return 0;
}

static int take_out(struct dynamic *d, struct rego_term **t)
{
    struct rego_expr *const e = rewrite_equate(d->c, d->u, *t, t);

    if (!e)
        return -1;
    e->with = d->from->with;
    e->with_n = d->from->with_n;
    return body_push(d->c->a, d->out, e) ? 0 : -1;
}

static int dynamic_one(struct dynamic *d, struct rego_term **t)
{
    if (term_is_comp(*t))
        return dynamic_body(d->c, d->u, (*t)->u.comp.body) < 0 ? -1 : take_out(d, t);
    switch ((*t)->kind) {
    case TERM_REF:
        return dynamic_list(d, &(*t)->u.list, 1) < 0 ? -1 : take_out(d, t);
    case TERM_INPUT:
    case TERM_DATA:
        return take_out(d, t);
    case TERM_ARRAY:
    case TERM_SET:
    case TERM_OBJECT:
        return dynamic_list(d, &(*t)->u.list, 0);
    default:
        return 0;
    }
}

/* A side of = or a term alone may itself be a ref or comprehension; only what is inside moves. */
static int dynamic_side(struct dynamic *d, struct rego_term **t)
{
    if ((*t)->kind == TERM_INPUT || (*t)->kind == TERM_DATA)
        return 0;
    if ((*t)->kind == TERM_REF)
        return dynamic_list(d, &(*t)->u.list, 1);
    if (term_is_comp(*t))
        return dynamic_body(d->c, d->u, (*t)->u.comp.body);
    return dynamic_one(d, t);
}

static int dynamic_expr(struct check *c, struct unit *u, struct rego_expr *e,
                        struct rego_body *out);

static int dynamic_not(struct check *c, struct unit *u, struct rego_expr *e, struct rego_body *out)
{
    struct rego_body inner = {0};
    struct rego_expr *const negated = e->u.body->at[0];

    if (e->not_body)
        return dynamic_body(c, u, e->u.body);
    negated->with = e->with;
    negated->with_n = e->with_n;
    if (dynamic_expr(c, u, negated, &inner) < 0)
        return -1;
    negated->with = NULL;
    negated->with_n = 0;
    for (size_t i = 0; i + 1 < inner.n; i++)
        if (!body_push(c->a, out, inner.at[i]))
            return -1;
    return 0;
}

static int dynamic_expr(struct check *c, struct unit *u, struct rego_expr *e, struct rego_body *out)
{
    struct dynamic d = {.c = c, .u = u, .from = e, .out = out};
    int got = 0;

    switch (e->kind) {
    case EXPR_TERM:
        got = dynamic_side(&d, &e->u.term);
        break;
    case EXPR_CALL:
        got = dynamic_list(&d, &e->u.term->u.call.args, 0);
        break;
    case EXPR_UNIFY:
    case EXPR_ASSIGN:
        got = dynamic_side(&d, &e->u.two.left) < 0 ? -1 : dynamic_side(&d, &e->u.two.right);
        break;
    case EXPR_EVERY:
        got = dynamic_one(&d, &e->u.every.domain) < 0 ? -1 : dynamic_body(c, u, e->u.every.body);
        break;
    case EXPR_NOT:
        got = dynamic_not(c, u, e, out);
        break;
    case EXPR_AND:
    case EXPR_OR:
        for (size_t i = 0; i < e->u.bodies.n && got == 0; i++)
            got = dynamic_body(c, u, e->u.bodies.at[i]);
        break;
    case EXPR_SOME:
        break;
    }
    return got < 0 || !body_push(c->a, out, e) ? -1 : 0;
}

static int dynamic_body(struct check *c, struct unit *u, struct rego_body *b)
{
    struct rego_body out = {0};

    for (size_t i = 0; i < b->n; i++)
        if (dynamic_expr(c, u, b->at[i], &out) < 0)
            return -1;
    b->at = out.at;
    b->n = out.n;
    return 0;
}

static int fold(struct visit *w, struct rego_term *t)
{
    const struct check *const c = w->ctx;

    if (t->kind != TERM_ARRAY && t->kind != TERM_SET && t->kind != TERM_OBJECT)
        return 0;
    return fold_in_place(c->a, t) < 0 ? -1 : 0;
}

int check_dynamic(struct check *c)
{
    struct visit w = {.term = fold, .ctx = c};

    for (size_t i = 0; i < c->units_n; i++) {
        struct unit *const u = &c->units[i];

        if (u->body && dynamic_body(c, u, u->body) < 0)
            return -1;
        if ((u->rule ? visit_rule(&w, u->rule) : visit_body(&w, u->body)) < 0)
            return -1;
    }
    return 0;
}
