#include "policy/rego/emit.h"

struct withs {
    struct gen *g;
    const struct rego_expr *expr;
    struct image_with row;
    uint32_t reg; /* first value register */
};

static void path_keys(struct gen *g, const struct rego_term *target, struct image_with_item *it)
{
    const struct rego_terms *const l = &target->u.list;

    if (target->kind != TERM_REF || l->n < 2)
        return;
    const struct value **const keys = ARENA_NEW_N(g->e->a, const struct value *, l->n);
    if (!keys) {
        emit_nomem(g->e);
        return;
    }
    for (size_t i = 1; i < l->n; i++) {
        if (l->at[i]->kind != TERM_CONST) {
            (void)emit_fail(g->e, target->loc,
                            "rego_compile_error: with keyword target must be ground");
            return;
        }
        keys[i - 1] = l->at[i]->u.value;
    }
    it->first = emit_consts(g->e, keys, l->n - 1);
    it->n = (uint32_t)l->n - 1;
}

static struct tree *target_node(struct gen *g, const struct rego_term *target)
{
    struct tree *t = g->e->root;

    for (size_t i = 1; t && target->kind == TERM_REF && i < target->u.list.n; i++)
        t = tree_child(t, target->u.list.at[i]->u.value);
    return t;
}

/* What takes the target's place: a value in a register, a function, or a built-in. */
static void replacement(struct gen *g, const struct rego_with *w, uint32_t args, uint32_t reg,
                        struct image_with_item *it)
{
    const struct rego_callee *const c = &w->value_callee;

    it->by = WITH_VALUE;
    if (!w->value_fn) {
        gen_eval_into(g, w->value, reg + it->value);
        return;
    }
    if (c->builtin) {
        it->by = WITH_BY_BUILTIN;
        it->value = emit_builtin(g->e, c->builtin, args, w->loc);
        return;
    }
    struct ruleset *const set = c->path ? callee_set(g->e, c->path) : NULL;
    if (set) {
        it->by = WITH_BY_FUNCTION;
        it->value = set->id;
        gen_uses(g, set);
        return;
    }

    /* A rule's name: its value. */
    const size_t n = c->path ? c->path->count : 0;
    struct rego_term *const terms = ARENA_NEW_N(g->e->a, struct rego_term, n + 1);
    struct rego_term **const path = ARENA_NEW_N(g->e->a, struct rego_term *, n + 1);
    if (!terms || !path) {
        emit_nomem(g->e);
        return;
    }
    for (uint32_t i = 0; i < n; i++) {
        terms[i] =
            (struct rego_term){.kind = TERM_CONST, .loc = w->loc, .u.value = value_at(c->path, i)};
        path[i] = &terms[i];
    }
    gen_op(g, OP_MOVE, reg + it->value, gen_data(g, path, n, w->loc), 0);
}

static struct image_with_item item(struct withs *ws, size_t i)
{
    struct gen *const g = ws->g;
    const struct rego_with *const w = &ws->expr->with[i];
    const struct rego_term *const target = w->target;
    struct image_with_item it = {.value = (uint32_t)i};
    const struct rego_term *const head = target->kind == TERM_REF ? target->u.list.at[0] : target;
    uint32_t args = 0;

    if (target->kind == TERM_CONST) {
        const char *const name = value_bytes(target->u.value);

        it.kind = WITH_BUILTIN;
        it.target = emit_builtin(g->e, name, UINT32_MAX, w->loc);
        args = ((const struct image_builtin *)(const void *)g->e->builtins.data)[it.target].args;
    } else if (head->kind == TERM_INPUT) {
        it.kind = WITH_INPUT;
        path_keys(g, target, &it);
    } else {
        const struct tree *const node = target_node(g, target);

        it.kind = WITH_DATA;
        if (w->target_fn && node && node->leaf && node->leaf->kind == SET_FUNCTION) {
            it.kind = WITH_FUNCTION;
            it.target = node->leaf->id;
            args = node->leaf->args;
        } else {
            path_keys(g, target, &it);
            it.target = node ? node->id + 1 : 0;
        }
    }
    replacement(g, w, args, ws->reg, &it);
    return it;
}

uint32_t gen_with(struct gen *g, const struct rego_expr *expr)
{
    struct emit *const e = g->e;
    struct image_with_item *const items = ARENA_NEW_N(e->a, struct image_with_item, expr->with_n);
    struct withs ws = {.g = g, .expr = expr, .reg = gen_temps(g, (uint32_t)expr->with_n)};

    if (!items) {
        emit_nomem(e);
        return 0;
    }
    for (size_t i = 0; i < expr->with_n && !e->failed; i++)
        items[i] = item(&ws, i);
    ws.row = (struct image_with){.first = emit_count(&e->with_items, sizeof(*items)),
                                 .n = (uint32_t)expr->with_n,
                                 .values = (uint32_t)expr->with_n};
    for (size_t i = 0; i < expr->with_n; i++)
        buf_add(&e->with_items, &items[i], sizeof(*items));

    const uint32_t row = emit_count(&e->withs, sizeof(ws.row));
    const uint32_t frame = gen_frame(g);
    buf_add(&e->withs, &ws.row, sizeof(ws.row));
    g->set->impure = true;
    gen_op(g, OP_WITH, frame, ws.reg, row);
    return frame;
}
