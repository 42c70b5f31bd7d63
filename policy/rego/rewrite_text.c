/* Template strings, print and rego.metadata calls, before anything is hoisted. */
#include <string.h>

#include "policy/rego/annotations.h"
#include "policy/rego/check.h"
#include "policy/rego/tree.h"
#include "policy/rego/visit.h"

struct counts {
    uint32_t *at;
    uint32_t n;
};

struct texts {
    struct check *c;
    struct unit *u;
    uint32_t n;         /* locals before this pass; it only adds such as stand in no part */
    struct counts uses; /* of each local in the whole unit */
    struct counts part; /* of each local in the part that is looked at */
};

static int count_local(struct visit *w, struct rego_term *t)
{
    struct counts *const counts = w->ctx;

    if (t->kind == TERM_LOCAL && t->u.slot < counts->n)
        counts->at[t->u.slot]++;
    return 0;
}

static int count_unit(struct texts *x)
{
    struct visit w = {.term = count_local, .ctx = &x->uses};

    if (x->u->rule && visit_rule(&w, x->u->rule) < 0)
        return -1;
    return x->u->rule ? 0 : visit_body(&w, x->u->body);
}

/* A part is evaluated apart, so a variable that occurs nowhere else would be bound there and run
 * through all its values: refuse it. */
static void check_declared(struct texts *x, struct rego_term *t)
{
    struct visit w = {.term = count_local, .flags = VISIT_NO_CLOSURES, .ctx = &x->part};
    const struct locals *const l = x->u->locals;

    memset(x->part.at, 0, x->n * sizeof(*x->part.at));
    (void)visit_term(&w, t);
    for (uint32_t i = 0; i < x->n; i++)
        if (x->part.at[i] && x->part.at[i] == x->uses.at[i])
            diag_add(x->c->a, x->c->diags, REGO_COMPILE_ERROR, t->loc, "var %s is undeclared",
                     l->at[i].name ? value_bytes(l->at[i].name) : "_");
}

/* {x | x = t} */
static struct rego_term *captured(struct texts *x, struct rego_term *t,
                                  const struct rego_expr *withs)
{
    struct check *const c = x->c;
    struct rego_term *const comp = term_new(c->a, TERM_SET_COMP, t->loc);
    struct rego_term *const local = check_local(c, x->u, t->loc);
    struct rego_body *const body = body_new(c->a, t->loc);
    struct rego_expr *const e = expr_new(c->a, EXPR_UNIFY, t->loc);

    if (!comp || !local || !body || !e || !body_push(c->a, body, e))
        return NULL;
    e->u.two.left = local;
    e->u.two.right = t;
    e->generated = true;
    if (withs) {
        e->with = withs->with;
        e->with_n = withs->with_n;
    }
    comp->generated = true;
    comp->u.comp.value = term_local(c->a, local->u.slot, t->loc);
    comp->u.comp.body = body;
    return comp->u.comp.value ? comp : NULL;
}

static struct rego_term *single_set(struct check *c, struct rego_term *t)
{
    struct rego_term *const set = term_new(c->a, TERM_SET, t->loc);

    return set && terms_push(c->a, &set->u.list, t) ? set : NULL;
}

static struct rego_term *template_part(struct texts *x, struct rego_term *part)
{
    if (part->kind != TERM_SET_COMP)
        return part;
    const struct rego_expr *const e = part->u.comp.body->at[0];

    if (e->kind != EXPR_TERM && e->kind != EXPR_CALL) {
        diag_add(x->c->a, x->c->diags, REGO_COMPILE_ERROR, e->loc,
                 "unexpected template-string expression type");
        return part;
    }
    struct rego_term *const t = e->u.term;
    const struct builtin_decl *const d = t->kind == TERM_CALL && t->u.call.callee.builtin
                                             ? builtin_decl_find(t->u.call.callee.builtin)
                                             : NULL;

    if (d && d->flags & BUILTIN_RELATION)
        diag_add(x->c->a, x->c->diags, REGO_COMPILE_ERROR, t->loc,
                 "illegal call to relation built-in '%s' that may cause multiple outputs", d->name);
    if (t->kind == TERM_LOCAL)
        return single_set(x->c, t);
    check_declared(x, t);
    return captured(x, t, e);
}

/* $"a{b}" becomes internal.template_string(["a", {x | x = b}]). */
static int template_to_call(struct texts *x, struct rego_term *t)
{
    struct check *const c = x->c;
    struct rego_term *const list = term_new(c->a, TERM_ARRAY, t->loc);

    if (!list)
        return -1;
    for (size_t i = 0; i < t->u.list.n; i++)
        if (!terms_push(c->a, &list->u.list, template_part(x, t->u.list.at[i])))
            return -1;
    if (list->u.list.n == 0 && !terms_push(c->a, &list->u.list, term_str(c->a, "", t->loc)))
        return -1;
    t->kind = TERM_CALL;
    memset(&t->u.call, 0, sizeof(t->u.call));
    t->u.call.callee.builtin = "internal.template_string";
    return terms_push(c->a, &t->u.call.args, list) ? 0 : -1;
}

static bool calls(const struct rego_term *t, const char *builtin)
{
    return t->kind == TERM_CALL && t->u.call.callee.builtin &&
           strcmp(t->u.call.callee.builtin, builtin) == 0;
}

/* rego.metadata.rule() and chain() are constants of the rule that they stand in. */
static int metadata_to_const(struct texts *x, struct rego_term *t)
{
    const bool chain = calls(t, "rego.metadata.chain");

    if ((!chain && !calls(t, "rego.metadata.rule")) || t->u.call.args.n > 0 || !x->u->rule)
        return 0;
    const struct value *const v = (chain ? annotations_chain : annotations_rule)(
        x->c->a, x->c->modules, x->c->modules_n, x->u->rule);

    if (!v)
        return -1;
    t->kind = TERM_CONST;
    t->u.value = v;
    return 0;
}

static int text_term(struct visit *w, struct rego_term *t)
{
    struct texts *const x = w->ctx;

    if (t->kind == TERM_TEMPLATE)
        return template_to_call(x, t);
    return metadata_to_const(x, t);
}

/* print(a, b) becomes internal.print([{x | x = a}, {y | y = b}]), which undefined values do not
 * stop. */
static int keep_print(struct texts *x, struct rego_term *call)
{
    struct check *const c = x->c;
    struct rego_term *const list = term_new(c->a, TERM_ARRAY, call->loc);

    if (!list)
        return -1;
    for (size_t i = 0; i < call->u.call.args.n; i++) {
        struct rego_term *const arg = call->u.call.args.at[i];

        check_declared(x, arg);
        if (!terms_push(c->a, &list->u.list, captured(x, arg, NULL)))
            return -1;
    }
    call->u.call.callee.builtin = "internal.print";
    call->u.call.args = (struct rego_terms){0};
    return terms_push(c->a, &call->u.call.args, list) ? 0 : -1;
}

static int print_body(struct visit *w, struct rego_body *b)
{
    struct texts *const x = w->ctx;
    size_t n = 0;

    for (size_t i = 0; i < b->n; i++) {
        struct rego_expr *const e = b->at[i];
        const bool print = e->kind == EXPR_CALL && calls(e->u.term, "print");

        if (print && x->c->opt->keep_prints && keep_print(x, e->u.term) < 0)
            return -1;
        if (!print || x->c->opt->keep_prints)
            b->at[n++] = e;
    }
    if (n == 0 && b->n > 0) {
        struct rego_expr *const e = expr_of_term(x->c->a, term_const(x->c->a, &value_true, b->loc));

        if (!e)
            return -1;
        b->at[n++] = e;
    }
    b->n = n;
    return 0;
}

static int text_expr(struct visit *w, struct rego_expr *e)
{
    (void)w;
    /* A call that became a constant is no call any more. */
    if (e->kind == EXPR_CALL && e->u.term->kind != TERM_CALL)
        e->kind = EXPR_TERM;
    return 0;
}

static int nothing(struct visit *w, struct rego_term *t)
{
    (void)w;
    (void)t;
    return 0;
}

static int visit_unit(struct visit *w, struct unit *u)
{
    return u->rule ? visit_rule(w, u->rule) : visit_body(w, u->body);
}

int rewrite_texts(struct check *c, struct unit *u)
{
    const uint32_t n = u->locals->n;
    struct texts x = {.c = c, .u = u, .n = n, .uses.n = n, .part.n = n};
    struct visit prints = {.term = nothing, .body = print_body, .ctx = &x};
    struct visit terms = {.term = text_term, .ctx = &x};
    struct visit exprs = {.term = nothing, .expr = text_expr, .ctx = &x};

    x.uses.at = ARENA_NEW_N(&c->scratch, uint32_t, n + 1u);
    x.part.at = ARENA_NEW_N(&c->scratch, uint32_t, n + 1u);
    if (!x.uses.at || !x.part.at || count_unit(&x) < 0)
        return -1;
    return visit_unit(&prints, u) < 0 || visit_unit(&terms, u) < 0 || visit_unit(&exprs, u) < 0 ? -1
                                                                                                : 0;
}
