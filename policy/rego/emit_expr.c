#include "policy/rego/emit.h"

static void gen_core(struct gen *g, const struct rego_expr *e);

void gen_comp(struct gen *g, const struct rego_term *t, uint32_t reg)
{
    static const enum image_opcode seal[] = {[TERM_ARRAY_COMP] = OP_SEALARRAY,
                                             [TERM_SET_COMP] = OP_SEALSET,
                                             [TERM_OBJECT_COMP] = OP_SEALOBJECT};
    const struct scope s = gen_scope(g);
    const uint32_t b = gen_builder(g), end = gen_label(g);

    gen_op(g, OP_NEW, b, 0, 0);
    g->fail = end;
    gen_body(g, t->u.comp.body);
    if (t->kind == TERM_OBJECT_COMP) {
        const uint32_t key = gen_eval(g, t->u.comp.key);
        gen_op(g, OP_PUTTO, b, key, gen_eval(g, t->u.comp.value));
    } else {
        gen_op(g, OP_ADDTO, b, gen_eval(g, t->u.comp.value), 0);
    }
    gen_jump(g, g->fail);
    gen_place(g, end);
    gen_row(g, t->loc);
    gen_unscope(g, &s);
    gen_op(g, seal[t->kind], reg, b, 0);
}

static void gen_not(struct gen *g, const struct rego_body *body)
{
    const struct scope s = gen_scope(g);
    const uint32_t holds = gen_label(g);

    g->fail = holds;
    gen_body(g, body);
    gen_jump(g, s.fail);
    gen_place(g, holds);
    gen_unscope(g, &s);
}

static void gen_every(struct gen *g, const struct rego_expr *e)
{
    const struct scope s = gen_scope(g);
    const uint32_t domain = gen_eval(g, e->u.every.domain), fail = g->fail;
    const uint32_t it = gen_iter(g), next = gen_label(g), done = gen_label(g);
    const uint32_t k = e->u.every.key ? gen_temps(g, 1) : NONE_REG, v = gen_temps(g, 1);

    gen_op(g, OP_ITER, it, domain, 0);
    gen_place(g, next);
    gen_op_to(g, OP_NEXT, it, k, v, done);
    if (e->u.every.key)
        gen_match(g, e->u.every.key, k);
    gen_match(g, e->u.every.value, v);
    gen_body(g, e->u.every.body);
    gen_jump(g, next);
    gen_place(g, done);
    gen_unscope(g, &s);
    /* Loops that the domain's evaluation opened go on: what follows backtracks into them. */
    g->fail = fail;
}

/* Each body must hold once; what it binds stays its own. */
static void gen_and(struct gen *g, const struct rego_expr *e)
{
    for (size_t i = 0; i < e->u.bodies.n; i++) {
        const struct scope s = gen_scope(g);

        gen_body(g, e->u.bodies.at[i]);
        gen_unscope(g, &s);
    }
}

static void gen_or(struct gen *g, const struct rego_expr *e)
{
    const uint32_t end = gen_label(g);

    for (size_t i = 0; i < e->u.bodies.n; i++) {
        const struct scope s = gen_scope(g);
        const uint32_t other = i + 1 < e->u.bodies.n ? gen_label(g) : s.fail;

        g->fail = other;
        gen_body(g, e->u.bodies.at[i]);
        gen_jump(g, end);
        if (other != s.fail)
            gen_place(g, other);
        gen_unscope(g, &s);
    }
    gen_place(g, end);
}

/* An expression under `with`: its frame is left on the way out and entered again when what follows
 * backtracks into one of its loops. */
static void gen_scoped(struct gen *g, const struct rego_expr *e)
{
    const uint32_t frame = gen_with(g, e);
    const uint32_t outer = g->fail, out = gen_label(g), on = gen_label(g);

    g->fail = out;
    gen_core(g, e);
    const uint32_t inner = g->fail;
    gen_op(g, OP_LEAVE, 0, 0, 0);
    gen_jump(g, on);
    g->fail = outer;
    if (inner != out) {
        const uint32_t again = gen_label(g);

        gen_place(g, again);
        gen_op(g, OP_ENTER, frame, 0, 0);
        gen_jump(g, inner);
        g->fail = again;
    }
    gen_place(g, out);
    gen_op(g, OP_LEAVE, 0, 0, 0);
    gen_jump(g, outer);
    gen_place(g, on);
}

static void gen_truth(struct gen *g, const struct rego_term *t)
{
    if (t->kind == TERM_CONST && value_truthy(t->u.value))
        return;
    if (t->kind == TERM_CALL)
        gen_call_expr(g, t);
    else
        gen_op(g, OP_TRUE, gen_eval(g, t), 0, 0);
}

/* `variable = a[b][key]`: the variable takes the elements in turn. */
static void note_element(struct gen *g, const struct rego_term *x, const struct rego_term *y)
{
    if (x->kind != TERM_LOCAL || gen_ready(g, x) || y->kind != TERM_REF || y->u.list.n < 2)
        return;
    g->element = x;
    g->element_key = y->u.list.at[y->u.list.n - 1];
}

static void gen_core(struct gen *g, const struct rego_expr *e)
{
    switch (e->kind) {
    case EXPR_TERM:
        gen_truth(g, e->u.term);
        break;
    case EXPR_CALL:
        gen_call_expr(g, e->u.term);
        break;
    case EXPR_UNIFY:
    case EXPR_ASSIGN:
        note_element(g, e->u.two.left, e->u.two.right);
        note_element(g, e->u.two.right, e->u.two.left);
        gen_unify(g, e->u.two.left, e->u.two.right);
        g->element = g->element_key = NULL;
        break;
    case EXPR_EVERY:
        gen_every(g, e);
        break;
    case EXPR_NOT:
        gen_not(g, e->u.body);
        break;
    case EXPR_AND:
        gen_and(g, e);
        break;
    case EXPR_OR:
        gen_or(g, e);
        break;
    case EXPR_SOME:
        break;
    }
}

void gen_body(struct gen *g, const struct rego_body *body)
{
    const struct rego_body *const rest = g->rest;
    const size_t rest_at = g->rest_at;

    for (size_t i = 0; body && i < body->n && !g->e->failed; i++) {
        const struct rego_expr *const e = body->at[i];
        const uint32_t mark = g->temp;
        const unsigned opened = g->opened;

        g->rest = body;
        g->rest_at = i + 1;
        gen_row(g, e->loc);
        if (e->with_n > 0)
            gen_scoped(g, e);
        else
            gen_core(g, e);
        if (g->opened == opened)
            g->temp = g->pinned > mark ? g->pinned : mark;
    }
    g->rest = rest;
    g->rest_at = rest_at;
}
