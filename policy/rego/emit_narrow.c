/* Loops that many rules make over one collection, `some m in input.mounts` and then tests of m's
 * fields: the machine knows from an index which elements have a field at all, and visits those.
 *
 * What is asked of the index follows from the expressions behind the loop, as far as they only look
 * at values: none of them can end in an error, so that not evaluating them for an element that
 * fails one of them anyway cannot be told from evaluating them. They are evaluated all the same for
 * the elements that are left. */
#include <string.h>

#include "policy/rego/emit.h"

enum { ASKS_MAX = 8 };

struct ask {
    const struct value *key;
    enum image_only what;
};

struct narrowing {
    uint32_t slot; /* the element's variable */
    struct ask asks[ASKS_MAX];
    uint32_t n;
};

static void ask(struct narrowing *w, const struct value *key, enum image_only what)
{
    for (uint32_t i = 0; i < w->n; i++)
        if (w->asks[i].what == what && value_equal(w->asks[i].key, key))
            return;
    if (w->n < ASKS_MAX)
        w->asks[w->n++] = (struct ask){.key = key, .what = what};
}

/* The field of the element that a reference starts at; NULL when it starts elsewhere. */
static const struct value *field_of(const struct narrowing *w, const struct rego_term *t)
{
    if (t->kind != TERM_REF || t->u.list.n < 2 || t->u.list.at[0]->kind != TERM_LOCAL ||
        t->u.list.at[0]->u.slot != w->slot || t->u.list.at[1]->kind != TERM_CONST ||
        !value_is(t->u.list.at[1]->u.value, VALUE_STRING))
        return NULL;
    return t->u.list.at[1]->u.value;
}

/* A constant, a variable, or a place in a variable's value or the input: looked at without error.
 */
static bool is_plain(const struct rego_term *t)
{
    const struct rego_terms *const l = &t->u.list;

    switch (t->kind) {
    case TERM_CONST:
    case TERM_LOCAL:
        return true;
    case TERM_ARRAY:
    case TERM_SET:
        for (size_t i = 0; i < l->n; i++)
            if (l->at[i]->kind != TERM_CONST)
                return false;
        return true;
    case TERM_REF:
        for (size_t i = 1; i < l->n; i++)
            if (l->at[i]->kind != TERM_CONST && l->at[i]->kind != TERM_LOCAL)
                return false;
        return l->at[0]->kind == TERM_LOCAL || l->at[0]->kind == TERM_INPUT;
    default:
        return false;
    }
}

static bool is_named(const char *name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* Built-ins that have instructions of their own, and no errors. */
static bool is_test(const struct rego_expr *e)
{
    static const char *const names[] = {
        "equal", "neq", "lt", "lte", "gt", "gte", "internal.member_2"};
    const struct rego_term *const call = e->u.term;

    return e->kind == EXPR_CALL && call->u.call.callee.builtin && call->u.call.args.n == 2 &&
           is_named(call->u.call.callee.builtin, names, sizeof(names) / sizeof(names[0])) &&
           is_plain(call->u.call.args.at[0]) && is_plain(call->u.call.args.at[1]);
}

static bool is_match(const struct rego_expr *e)
{
    return (e->kind == EXPR_UNIFY || e->kind == EXPR_ASSIGN) && is_plain(e->u.two.left) &&
           is_plain(e->u.two.right);
}

static bool is_quiet(const struct rego_expr *e)
{
    return e->with_n == 0 &&
           ((e->kind == EXPR_TERM && is_plain(e->u.term)) || is_test(e) || is_match(e));
}

/* What must be there for a reference to be defined: `least`, or elements that it goes on to. */
static void ask_ref(struct narrowing *w, const struct rego_term *t, enum image_only least)
{
    const struct value *const key = field_of(w, t);

    if (key)
        ask(w, key, t->u.list.n > 2 ? ONLY_FILLED : least);
}

static void ask_match(struct narrowing *w, const struct rego_term *x, const struct rego_term *y)
{
    const bool truth = y->kind == TERM_CONST && value_truthy(y->u.value);

    ask_ref(w, x, truth ? ONLY_TRUE : ONLY_PRESENT);
}

/* What one expression asks; false: what follows it is not looked at. */
static bool ask_expr(struct narrowing *w, const struct rego_expr *e)
{
    if (e->kind == EXPR_NOT && e->with_n == 0) {
        const struct rego_expr *const only = e->u.body->n == 1 ? e->u.body->at[0] : NULL;

        if (!only || !is_quiet(only))
            return false;
        const struct value *const key = only->kind == EXPR_TERM ? field_of(w, only->u.term) : NULL;
        if (key && only->u.term->u.list.n == 2)
            ask(w, key, ONLY_NOT_TRUE);
        return true;
    }
    if (!is_quiet(e))
        return false;
    if (e->kind == EXPR_TERM) {
        ask_ref(w, e->u.term, ONLY_TRUE);
    } else if (e->kind == EXPR_CALL) {
        for (size_t i = 0; i < 2; i++)
            ask_ref(w, e->u.term->u.call.args.at[i], ONLY_PRESENT);
    } else {
        ask_match(w, e->u.two.left, e->u.two.right);
        ask_match(w, e->u.two.right, e->u.two.left);
    }
    return true;
}

void gen_narrow(struct gen *g, uint32_t it, const struct rego_term *value)
{
    struct narrowing w = {.slot = value->u.slot};

    if (!g->rest)
        return;
    for (size_t i = g->rest_at; i < g->rest->n; i++)
        if (!ask_expr(&w, g->rest->at[i]))
            break;
    for (uint32_t i = 0; i < w.n; i++)
        gen_op(g, OP_ONLY, it, gen_const(g, w.asks[i].key), w.asks[i].what);
}
