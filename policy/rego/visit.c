#include "policy/rego/visit.h"

#include "policy/rego/tree.h"

static int visit_list(struct visit *w, struct rego_terms *list, size_t from, size_t step)
{
    for (size_t i = from; i < list->n; i += step)
        if (visit_term(w, list->at[i]) < 0)
            return -1;
    return 0;
}

int visit_term(struct visit *w, struct rego_term *t)
{
    const int got = w->term(w, t);

    if (got != 0)
        return got < 0 ? -1 : 0;
    if (term_is_comp(t)) {
        if (w->flags & VISIT_NO_CLOSURES)
            return 0;
        if (visit_body(w, t->u.comp.body) < 0 ||
            (t->u.comp.key && visit_term(w, t->u.comp.key) < 0))
            return -1;
        return t->u.comp.value ? visit_term(w, t->u.comp.value) : 0;
    }
    struct rego_terms *const kids = term_children(t);

    if (!kids || (t->kind == TERM_SET && (w->flags & VISIT_NO_SETS)))
        return 0;
    if (t->kind == TERM_REF && (w->flags & VISIT_NO_REF_HEADS))
        return visit_list(w, kids, 1, 1);
    if (t->kind == TERM_OBJECT && (w->flags & VISIT_NO_OBJECT_KEYS))
        return visit_list(w, kids, 1, 2);
    return visit_list(w, kids, 0, 1);
}

static int visit_two(struct visit *w, struct rego_term *x, struct rego_term *y)
{
    if (x && visit_term(w, x) < 0)
        return -1;
    return y ? visit_term(w, y) : 0;
}

static int visit_parts(struct visit *w, struct rego_expr *e)
{
    const bool closures = !(w->flags & VISIT_NO_CLOSURES);

    switch (e->kind) {
    case EXPR_TERM:
    case EXPR_CALL:
        return visit_term(w, e->u.term);
    case EXPR_UNIFY:
    case EXPR_ASSIGN:
        return visit_two(w, e->u.two.left, e->u.two.right);
    case EXPR_SOME:
        return visit_list(w, &e->u.some.vars, 0, 1) < 0 ? -1 : visit_two(w, e->u.some.domain, NULL);
    case EXPR_EVERY:
        if (visit_term(w, e->u.every.domain) < 0)
            return -1;
        if (!closures)
            return 0;
        return visit_two(w, e->u.every.key, e->u.every.value) < 0 ? -1
                                                                  : visit_body(w, e->u.every.body);
    case EXPR_NOT:
        return closures || !e->not_body ? visit_body(w, e->u.body) : 0;
    case EXPR_AND:
    case EXPR_OR:
        for (size_t i = 0; closures && i < e->u.bodies.n; i++)
            if (visit_body(w, e->u.bodies.at[i]) < 0)
                return -1;
        return 0;
    }
    return 0;
}

int visit_expr(struct visit *w, struct rego_expr *e)
{
    const int got = w->expr ? w->expr(w, e) : 0;

    if (got != 0)
        return got < 0 ? -1 : 0;
    for (size_t i = 0; i < e->with_n && !(w->flags & VISIT_NO_WITHS); i++)
        if (visit_two(w, e->with[i].target, e->with[i].value) < 0)
            return -1;
    return visit_parts(w, e);
}

int visit_body(struct visit *w, struct rego_body *b)
{
    const int got = w->body ? w->body(w, b) : 0;

    if (got != 0)
        return got < 0 ? -1 : 0;
    for (size_t i = 0; i < b->n; i++)
        if (visit_expr(w, b->at[i]) < 0)
            return -1;
    return 0;
}

int visit_rule(struct visit *w, struct rego_rule *r)
{
    if (visit_list(w, &r->args, 0, 1) < 0 || visit_list(w, &r->path, 0, 1) < 0)
        return -1;
    if (visit_term(w, r->value) < 0)
        return -1;
    return r->body ? visit_body(w, r->body) : 0;
}
