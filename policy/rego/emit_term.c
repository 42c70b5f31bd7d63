#include "policy/rego/emit.h"
#include "policy/rego/fold.h"

static bool ready_all(const struct gen *g, const struct rego_terms *l)
{
    for (size_t i = 0; i < l->n; i++)
        if (!gen_ready(g, l->at[i]))
            return false;
    return true;
}

/* Variables in a reference's path need no value: the reference runs through them. */
bool gen_ready(const struct gen *g, const struct rego_term *t)
{
    switch (t->kind) {
    case TERM_LOCAL:
        return t->u.slot < g->slots_n && g->slot[t->u.slot] != SLOT_UNBOUND;
    case TERM_REF:
        return gen_ready(g, t->u.list.at[0]);
    case TERM_ARRAY:
    case TERM_SET:
    case TERM_OBJECT:
        return ready_all(g, &t->u.list);
    case TERM_CALL:
        return ready_all(g, &t->u.call.args);
    default:
        return true;
    }
}

static uint32_t undefined(struct gen *g)
{
    gen_jump(g, g->fail);
    return gen_const(g, &value_null);
}

/* The place of pair i among the pairs, by key, when every key is a constant and no two are equal;
 * NULL otherwise. What is made of pairs in order needs no sorting when it runs. */
static const uint32_t *ordered_places(struct gen *g, const struct rego_terms *list)
{
    const uint32_t n = (uint32_t)list->n / 2;
    uint32_t *const place = ARENA_NEW_N(g->e->a, uint32_t, (size_t)n + 1);

    if (!place) {
        emit_nomem(g->e);
        return NULL;
    }
    for (uint32_t i = 0; i < n; i++) {
        const struct rego_term *const key = list->at[(size_t)2 * i];

        if (key->kind != TERM_CONST)
            return NULL;
        for (uint32_t k = 0; k < i; k++) {
            const int c = value_compare(list->at[(size_t)2 * k]->u.value, key->u.value);

            if (c == 0)
                return NULL;
            place[c < 0 ? i : k]++;
        }
    }
    return place;
}

/* Keys that turn out equal: the last counts, in the order of terms, constants before variables. */
static void eval_pairs(struct gen *g, const struct rego_terms *list, uint32_t first)
{
    const uint32_t *const place = ordered_places(g, list);
    uint32_t to = first;

    for (unsigned round = 0; round < 2; round++)
        for (size_t i = 0; i + 1 < list->n; i += 2) {
            if ((list->at[i]->kind == TERM_CONST) != (round == 0))
                continue;
            if (place)
                to = first + 2 * place[i / 2];
            gen_eval_into(g, list->at[i], to);
            gen_eval_into(g, list->at[i + 1], to + 1);
            to += 2;
        }
}

static void eval_list(struct gen *g, const struct rego_term *t, uint32_t reg)
{
    static const enum image_opcode ops[] = {
        [TERM_ARRAY] = OP_ARRAY, [TERM_SET] = OP_SET, [TERM_OBJECT] = OP_OBJECT};
    const uint32_t n = (uint32_t)t->u.list.n;
    const uint32_t first = gen_temps(g, n);

    if (t->kind == TERM_OBJECT)
        eval_pairs(g, &t->u.list, first);
    for (uint32_t i = 0; t->kind != TERM_OBJECT && i < n; i++)
        gen_eval_into(g, t->u.list.at[i], first + i);
    gen_op(g, ops[t->kind], reg, first, t->kind == TERM_OBJECT ? n / 2 : n);
}

/* Evaluate what is neither constant nor variable into a register of its own. */
static void eval_made(struct gen *g, const struct rego_term *t, uint32_t reg)
{
    if (t->kind == TERM_INPUT) {
        g->set->impure = true;
        gen_op(g, OP_INPUT, reg, 0, 0);
    } else if (t->kind == TERM_ARRAY || t->kind == TERM_SET || t->kind == TERM_OBJECT) {
        eval_list(g, t, reg);
    } else {
        gen_comp(g, t, reg);
    }
}

uint32_t gen_eval(struct gen *g, const struct rego_term *t)
{
    const struct value *folded = NULL;

    if (g->e->failed)
        return 0;
    switch (t->kind) {
    case TERM_CONST:
        return gen_const(g, t->u.value);
    case TERM_LOCAL:
        if (gen_ready(g, t))
            return g->slot[t->u.slot];
        (void)emit_fail(g->e, t->loc, "rego_unsafe_var_error: a variable is read before it is set");
        return 0;
    case TERM_REF:
        return gen_ref(g, t);
    case TERM_DATA:
        return gen_data(g, NULL, 0, t->loc);
    case TERM_CALL:
        return gen_call(g, t);
    case TERM_ARRAY:
    case TERM_SET:
    case TERM_OBJECT:
        if (fold_term(g->e->a, t, &folded) < 0)
            emit_nomem(g->e);
        if (folded)
            return gen_const(g, folded);
        break;
    case TERM_INPUT:
    case TERM_ARRAY_COMP:
    case TERM_SET_COMP:
    case TERM_OBJECT_COMP:
        break;
    case TERM_VAR:
    case TERM_TEMPLATE:
        (void)emit_fail(g->e, t->loc, "rego_internal_error: a term was not resolved");
        return undefined(g);
    }
    const uint32_t reg = gen_temps(g, 1);
    eval_made(g, t, reg);
    return reg;
}

void gen_eval_into(struct gen *g, const struct rego_term *t, uint32_t reg)
{
    const uint32_t mark = g->temp, opened = g->opened, pinned = g->pinned;
    const uint32_t got = gen_eval(g, t);

    if (got != reg)
        gen_op(g, OP_MOVE, reg, got, 0);
    /* What the evaluation used is free again, unless a loop may come back to it. */
    if (g->opened == opened && g->pinned == pinned)
        g->temp = mark;
}

static bool is_wildcard(const struct gen *g, const struct rego_term *t)
{
    return t->kind == TERM_LOCAL && !gen_ready(g, t) && g->slot_uses[t->u.slot] <= 1;
}

static void match_array(struct gen *g, const struct rego_term *p, uint32_t operand)
{
    gen_op(g, OP_ISARRAY, operand, 0, (uint32_t)p->u.list.n);
    for (uint32_t i = 0; i < p->u.list.n; i++) {
        if (is_wildcard(g, p->u.list.at[i]))
            continue;
        const uint32_t reg = gen_temps(g, 1);
        gen_op(g, OP_ELEM, reg, operand, i);
        gen_match(g, p->u.list.at[i], reg);
    }
}

static void match_object(struct gen *g, const struct rego_term *p, uint32_t operand)
{
    gen_op(g, OP_ISOBJECT, operand, 0, (uint32_t)p->u.list.n / 2);
    for (uint32_t i = 0; i + 1 < p->u.list.n; i += 2) {
        const uint32_t key = gen_eval(g, p->u.list.at[i]);
        const uint32_t reg = gen_temps(g, 1);

        gen_op(g, OP_GET, reg, operand, key);
        gen_match(g, p->u.list.at[i + 1], reg);
    }
}

void gen_match(struct gen *g, const struct rego_term *p, uint32_t operand)
{
    if (g->e->failed)
        return;
    if (p->kind == TERM_LOCAL && !gen_ready(g, p)) {
        gen_bind(g, p->u.slot, operand);
    } else if (gen_ready(g, p)) {
        gen_op(g, OP_EQ, operand, gen_eval(g, p), 0);
    } else if (p->kind == TERM_ARRAY) {
        match_array(g, p, operand);
    } else if (p->kind == TERM_OBJECT) {
        match_object(g, p, operand);
    } else {
        (void)emit_fail(g->e, p->loc, "rego_unsafe_var_error: a pattern's variables are not set");
    }
}

struct pair {
    const struct rego_term *x, *y;
};

/* Pairs of elements of two patterns of one shape; 0 when they can never be equal. */
static size_t split(struct gen *g, const struct rego_term *x, const struct rego_term *y,
                    struct pair **out)
{
    const size_t n = x->u.list.n, step = x->kind == TERM_OBJECT ? 2 : 1;

    *out = ARENA_NEW_N(g->e->a, struct pair, n + 1);
    if (!*out) {
        emit_nomem(g->e);
        return 0;
    }
    if (x->kind != y->kind || n != y->u.list.n)
        return 0;
    for (size_t i = 0; i < n; i += step) {
        size_t k = i;

        if (step == 2) {
            const struct value *a = NULL, *b = NULL;

            if (fold_term(g->e->a, x->u.list.at[i], &a) < 0)
                emit_nomem(g->e);
            for (k = 0; a && k < n; k += 2, b = NULL) {
                if (fold_term(g->e->a, y->u.list.at[k], &b) < 0)
                    emit_nomem(g->e);
                if (b && value_equal(a, b))
                    break;
            }
            if (!a || k >= n)
                return 0;
        }
        (*out)[i / step] = (struct pair){x->u.list.at[i + step - 1], y->u.list.at[k + step - 1]};
    }
    return n / step;
}

/* Neither side is bound whole: element by element, those first that can be decided. */
static void unify_parts(struct gen *g, const struct rego_term *x, const struct rego_term *y)
{
    struct pair *pairs;
    const size_t n = split(g, x, y, &pairs);
    size_t left = n;

    if (n == 0) {
        gen_jump(g, g->fail);
        return;
    }
    while (left > 0 && !g->e->failed) {
        bool moved = false;

        for (size_t i = 0; i < n; i++) {
            const struct pair p = pairs[i];

            if (!p.x)
                continue;
            const bool parts =
                p.x->kind == p.y->kind && (p.x->kind == TERM_ARRAY || p.x->kind == TERM_OBJECT);
            if (!gen_ready(g, p.x) && !gen_ready(g, p.y) && !parts)
                continue;
            gen_unify(g, p.x, p.y);
            pairs[i].x = NULL;
            left--;
            moved = true;
        }
        if (!moved) {
            (void)emit_fail(g->e, x->loc, "rego_unsafe_var_error: variables are not set");
            return;
        }
    }
}

void gen_unify(struct gen *g, const struct rego_term *x, const struct rego_term *y)
{
    if (g->e->failed)
        return;
    if (gen_ready(g, y) && !(gen_ready(g, x) && x->kind == TERM_CALL))
        gen_match(g, x, gen_eval(g, y));
    else if (gen_ready(g, x))
        gen_match(g, y, gen_eval(g, x));
    else
        unify_parts(g, x, y);
}
