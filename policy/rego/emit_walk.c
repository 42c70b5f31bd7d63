#include "policy/rego/emit.h"

static void walk_terms(const struct rego_terms *l, expr_visitor *ve, term_visitor *vt, void *ctx)
{
    for (size_t i = 0; i < l->n; i++)
        walk_term(l->at[i], ve, vt, ctx);
}

void walk_term(const struct rego_term *t, expr_visitor *ve, term_visitor *vt, void *ctx)
{
    if (!t)
        return;
    if (vt)
        vt(ctx, t);
    switch (t->kind) {
    case TERM_REF:
    case TERM_ARRAY:
    case TERM_SET:
    case TERM_OBJECT:
    case TERM_TEMPLATE:
        walk_terms(&t->u.list, ve, vt, ctx);
        break;
    case TERM_CALL:
        walk_terms(&t->u.call.args, ve, vt, ctx);
        break;
    case TERM_ARRAY_COMP:
    case TERM_SET_COMP:
    case TERM_OBJECT_COMP:
        walk_term(t->u.comp.key, ve, vt, ctx);
        walk_term(t->u.comp.value, ve, vt, ctx);
        walk_body(t->u.comp.body, ve, vt, ctx);
        break;
    case TERM_CONST:
    case TERM_VAR:
    case TERM_LOCAL:
    case TERM_INPUT:
    case TERM_DATA:
        break;
    }
}

static void walk_expr(const struct rego_expr *e, expr_visitor *ve, term_visitor *vt, void *ctx)
{
    if (ve)
        ve(ctx, e);
    for (size_t i = 0; i < e->with_n; i++)
        if (!e->with[i].value_fn)
            walk_term(e->with[i].value, ve, vt, ctx);
    switch (e->kind) {
    case EXPR_TERM:
    case EXPR_CALL:
        walk_term(e->u.term, ve, vt, ctx);
        break;
    case EXPR_UNIFY:
    case EXPR_ASSIGN:
        walk_term(e->u.two.left, ve, vt, ctx);
        walk_term(e->u.two.right, ve, vt, ctx);
        break;
    case EXPR_EVERY:
        walk_term(e->u.every.key, ve, vt, ctx);
        walk_term(e->u.every.value, ve, vt, ctx);
        walk_term(e->u.every.domain, ve, vt, ctx);
        walk_body(e->u.every.body, ve, vt, ctx);
        break;
    case EXPR_NOT:
        walk_body(e->u.body, ve, vt, ctx);
        break;
    case EXPR_AND:
    case EXPR_OR:
        for (size_t i = 0; i < e->u.bodies.n; i++)
            walk_body(e->u.bodies.at[i], ve, vt, ctx);
        break;
    case EXPR_SOME:
        break;
    }
}

void walk_body(const struct rego_body *b, expr_visitor *ve, term_visitor *vt, void *ctx)
{
    for (size_t i = 0; b && i < b->n; i++)
        walk_expr(b->at[i], ve, vt, ctx);
}

void walk_rule(const struct rego_rule *r, expr_visitor *ve, term_visitor *vt, void *ctx)
{
    for (; r; r = r->otherwise) {
        for (size_t i = 0; i < r->path.n; i++)
            walk_term(r->path.at[i], ve, vt, ctx);
        walk_terms(&r->args, ve, vt, ctx);
        walk_term(r->value, ve, vt, ctx);
        walk_body(r->body, ve, vt, ctx);
    }
}
