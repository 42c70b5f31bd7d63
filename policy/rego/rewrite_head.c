/* Heads of rules: what has to be evaluated moves to the end of the body. */
#include "policy/rego/check.h"
#include "policy/rego/tree.h"

static int add_eval(struct check *c, struct unit *u, struct rego_term **t, struct rego_body *body)
{
    if (!term_requires_eval(*t))
        return 0;
    struct rego_expr *const e = rewrite_equate(c, u, *t, t);

    return e && body_push(c->a, body, e) ? 0 : -1;
}

static bool is_scalar_or_local(const struct rego_term *t)
{
    return t->kind == TERM_LOCAL || term_is_scalar(t);
}

/* A path's steps are constants or locals. */
static int head_path(struct check *c, struct unit *u, struct rego_body *body)
{
    struct rego_terms *const path = &u->rule->path;

    for (size_t i = 0; i < path->n; i++) {
        if (is_scalar_or_local(path->at[i]))
            continue;
        struct rego_expr *const e = rewrite_equate(c, u, path->at[i], &path->at[i]);

        if (!e || !body_push(c->a, body, e))
            return -1;
    }
    return 0;
}

static int append(struct check *c, struct rego_body *body, const struct rego_body *more)
{
    for (size_t i = 0; more && i < more->n; i++)
        if (!body_push(c->a, body, more->at[i]))
            return -1;
    return more ? 0 : -1;
}

/* Arguments are shared with the else branches, so what they need is too. */
static int head_args(struct check *c, struct unit *u, struct rego_body *body)
{
    struct rego_terms *const args = &u->rule->args;
    struct rego_body support = {0};

    for (size_t i = 0; i < args->n; i++)
        if (rewrite_hoist_term(c, u, &args->at[i], &support) < 0 ||
            add_eval(c, u, &args->at[i], &support) < 0)
            return -1;
    for (struct rego_rule *r = u->rule->otherwise; r && support.n > 0; r = r->otherwise)
        if ((!r->body && !(r->body = body_new(c->a, r->loc))) ||
            append(c, r->body, body_copy(c->a, &support)) < 0)
            return -1;
    return append(c, body, &support);
}

static bool is_true(const struct rego_expr *e)
{
    return e->kind == EXPR_TERM && e->u.term->kind == TERM_CONST && e->with_n == 0 &&
           value_bool(e->u.term->u.value);
}

int rewrite_head(struct check *c, struct unit *u)
{
    struct rego_rule *const r = u->rule;
    struct rego_body *const body = r->body ? r->body : body_new(c->a, r->loc);
    struct rego_body value = {0};

    if (!body || head_path(c, u, body) < 0)
        return -1;
    if (r == u->first && head_args(c, u, body) < 0)
        return -1;
    if (rewrite_hoist_body(c, u, body) < 0 || rewrite_hoist_term(c, u, &r->value, &value) < 0 ||
        add_eval(c, u, &r->value, &value) < 0)
        return -1;
    if (value.n > 0 && body->n == 1 && is_true(body->at[0]))
        body->n = 0;
    if (append(c, body, &value) < 0)
        return -1;
    r->body = body->n ? body : NULL;
    u->body = r->body;
    return 0;
}
