/* Calls: of functions that there are, with as many arguments as they take. */
#include <string.h>

#include "policy/rego/check.h"
#include "policy/rego/tree.h"
#include "policy/rego/visit.h"

struct calls {
    struct check *c;
    const struct unit *u;
};

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

static int call_expr(struct visit *w, struct rego_expr *e)
{
    const struct calls *const x = w->ctx;
    struct check *const c = x->c;

    if (e->kind != EXPR_CALL)
        return 0;
    const struct rego_callee *const callee = &e->u.term->u.call.callee;
    const size_t n = e->u.term->u.call.args.n;
    const int arity = check_arity(c, callee);

    if (arity < 0) {
        diag_add(c->a, c->diags, REGO_TYPE_ERROR, e->loc, "undefined function %s",
                 check_callee_text(c, callee));
        return 0;
    }
    const struct builtin_decl *const d =
        callee->builtin ? builtin_decl_find(callee->builtin) : NULL;
    const bool variadic = d && strcmp(d->args, "...") == 0;
    const size_t given = e->generated ? n - 1 : n;

    /* A hoisted call has its output in addition. */
    if (variadic       ? false
        : e->generated ? given != (size_t)arity
                       : n != (size_t)arity && n != (size_t)arity + 1) {
        if (d)
            diag_add(c->a, c->diags, REGO_TYPE_ERROR, e->loc,
                     "%s: arity mismatch\n\thave: %zu argument%s\n\twant: (%s)", d->name, given,
                     plural(given), d->args);
        else
            diag_add(c->a, c->diags, REGO_TYPE_ERROR, e->loc,
                     "function %s has arity %d, got %zu argument%s", check_callee_text(c, callee),
                     arity, given, plural(given));
    }

    if (d && d->flags & BUILTIN_DEPRECATED && (x->u->version == REGO_V1 || c->opt->strict))
        check_soft(c, REGO_TYPE_ERROR, e->loc,
                   "deprecated built-in function calls in expression: %s", d->name);
    if (d && d->result[0] == '\0' && (e->generated || (!variadic && n > d->arity)))
        diag_add(c->a, c->diags, REGO_TYPE_ERROR, e->loc, "%s(...) used as value", d->name);
    return 0;
}

static int no_term(struct visit *w, struct rego_term *t)
{
    (void)w;
    (void)t;
    return 0;
}

int check_calls(struct check *c)
{
    for (size_t i = 0; i < c->units_n; i++) {
        struct calls x = {.c = c, .u = &c->units[i]};
        struct visit w = {.term = no_term, .expr = call_expr, .ctx = &x};

        if ((x.u->rule ? visit_rule(&w, x.u->rule) : visit_body(&w, c->units[i].body)) < 0)
            return -1;
    }
    return c->a->failed ? -1 : 0;
}
