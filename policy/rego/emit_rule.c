#include "policy/rego/emit.h"

/* Slots are numbered within a rule; a rule's else branches share them. */
static void count_slot(void *ctx, const struct rego_term *t)
{
    struct gen *const g = ctx;

    if (t->kind == TERM_LOCAL && t->u.slot < g->slots_n)
        g->slot_uses[t->u.slot]++;
}

static bool gen_slots(struct gen *g, uint32_t n)
{
    g->slots_n = n;
    g->slot = ARENA_NEW_N(g->e->a, uint16_t, (size_t)n + 1);
    g->slot_uses = ARENA_NEW_N(g->e->a, uint32_t, (size_t)n + 1);
    /* A variable is bound once per scope; scopes that end free their places. */
    g->bound = ARENA_NEW_N(g->e->a, uint32_t, (size_t)n * 2 + 1);
    if (g->slot && g->slot_uses && g->bound)
        return true;
    emit_nomem(g->e);
    return false;
}

static bool is_const(const struct rego_term *t)
{
    return t->kind == TERM_CONST;
}

/* The result: what a solution of the body adds to the set. */
static void gen_result(struct gen *g, const struct rego_rule *r)
{
    gen_row(g, r->loc);
    if (g->set->kind == SET_DYNAMIC) {
        const uint32_t n = (uint32_t)(r->path.n - g->set->node->depth);
        const uint32_t keys = gen_temps(g, n);
        bool constant = is_const(r->value);

        if (n > IMAGE_KEYS_MAX) {
            (void)emit_fail(g->e, r->loc, "rego_compile_error: more than %d keys in a rule head",
                            IMAGE_KEYS_MAX);
            return;
        }
        for (uint32_t i = 0; i < n; i++) {
            const struct rego_term *const key = r->path.at[g->set->node->depth + i];

            gen_eval_into(g, key, keys + i);
            constant = constant && is_const(key);
        }
        gen_op(g, r->kind == RULE_SET ? OP_PUTMEMBER : OP_PUT, keys, gen_eval(g, r->value), n);
        gen_jump(g, constant ? 0 : g->fail);
        return;
    }
    gen_op(g, g->set->kind == SET_PARTIAL ? OP_MEMBER : OP_YIELD, gen_eval(g, r->value), 0, 0);
    gen_jump(g, is_const(r->value) ? 0 : g->fail); /* once is enough for a constant */
}

static void gen_args(struct gen *g, const struct rego_rule *r)
{
    for (uint32_t i = 0; i < r->args.n; i++)
        gen_match(g, r->args.at[i], i);
}

/* Label 0 is the body's end. */
static void body_end(struct gen *g, uint32_t otherwise)
{
    struct image_body *const rows = (struct image_body *)(void *)g->e->bodies.data;

    gen_place(g, 0);
    gen_op(g, OP_END, 0, 0, 0);
    gen_end(g);
    if (!g->e->failed)
        rows[g->body] = (struct image_body){
            .code = g->code,
            .code_n = emit_count(&g->e->code, sizeof(struct image_op)) - g->code,
            .consts = g->consts,
            .consts_n = g->consts_n,
            .otherwise = otherwise,
            .set = g->set->id};
}

static uint32_t body_rows(struct emit *e, uint32_t n)
{
    static const struct image_body empty;
    const uint32_t first = emit_count(&e->bodies, sizeof(empty));

    for (uint32_t i = 0; i < n; i++)
        buf_add(&e->bodies, &empty, sizeof(empty));
    return first;
}

static void gen_rule(struct gen *g, const struct rego_rule *r, uint32_t body)
{
    if (!gen_slots(g, r->slots))
        return;
    walk_rule(r, NULL, count_slot, g);
    for (; r && !g->e->failed; r = r->otherwise) {
        /* Else branches are of documents, not of the parts of a larger one. */
        const bool branches = r->otherwise && g->set->kind != SET_DYNAMIC;
        const uint32_t next = branches ? body_rows(g->e, 1) : 0;

        g->body = body;
        gen_begin(g);
        gen_row(g, r->loc);
        gen_args(g, r);
        gen_body(g, r->body);
        gen_result(g, r);
        body_end(g, branches ? next + 1 : 0);
        body = next;
        if (!branches)
            return;
    }
}

static bool all_same_constant(const struct ruleset *s)
{
    for (size_t i = 0; i < s->rules_n; i++)
        for (const struct rego_rule *r = s->rules[i]; r; r = r->otherwise)
            if (!is_const(r->value) || !value_equal(r->value->u.value, s->rules[0]->value->u.value))
                return false;
    return s->rules_n > 0;
}

/* --- queries and entry points ------------------------------------------------------------ */

static void gen_query(struct gen *g)
{
    const struct rego_checked_query *const q = g->set->query;
    const uint32_t n = (uint32_t)q->vars_n;

    if (!gen_slots(g, q->slots))
        return;
    walk_body(q->body, NULL, count_slot, g);
    for (uint32_t i = 0; i < n; i++)
        g->slot_uses[q->vars[i].slot] += 2;
    gen_begin(g);
    gen_body(g, q->body);

    const uint32_t reg = gen_temps(g, 1), pairs = gen_temps(g, 2 * n);
    for (uint32_t i = 0; i < n && !g->e->failed; i++) {
        const struct rego_term var = {.kind = TERM_LOCAL, .u.slot = q->vars[i].slot};

        gen_op(g, OP_MOVE, pairs + 2 * i, gen_const(g, q->vars[i].name), 0);
        gen_op(g, OP_MOVE, pairs + 2 * i + 1, gen_eval(g, &var), 0);
    }
    gen_op(g, OP_OBJECT, reg, pairs, n);
    gen_op(g, OP_MEMBER, reg, 0, 0);
    gen_jump(g, g->fail);
}

static void gen_entry(struct gen *g)
{
    const struct value *const path = g->set->entry;
    struct rego_term *const terms = ARENA_NEW_N(g->e->a, struct rego_term, (size_t)path->count + 1);
    struct rego_term **const at = ARENA_NEW_N(g->e->a, struct rego_term *, (size_t)path->count + 1);

    if (!terms || !at || !gen_slots(g, 0)) {
        emit_nomem(g->e);
        return;
    }
    for (uint32_t i = 0; i < path->count; i++) {
        terms[i] = (struct rego_term){.kind = TERM_CONST, .u.value = value_at(path, i)};
        at[i] = &terms[i];
    }
    gen_begin(g);
    gen_op(g, OP_YIELD, gen_data(g, at, path->count, g->set->loc), 0, 0);
    gen_jump(g, 0);
}

static void gen_folded(struct gen *g)
{
    if (!gen_slots(g, 0))
        return;
    gen_begin(g);
    gen_row(g, g->set->loc);
    gen_op(g, OP_YIELD, gen_const(g, g->set->folded), 0, 0);
    gen_jump(g, 0);
}

/* --- a set ------------------------------------------------------------------------------- */

static void gen_fallback(struct gen *g, struct image_set *row)
{
    const struct rego_rule *const r = g->set->fallback;
    const uint32_t body = body_rows(g->e, 1);

    row->fallback = body + 1;
    gen_rule(g, r, body);
}

static void set_counts(struct gen *g, struct image_set *row)
{
    const uint32_t most[] = {g->temp_max, g->iters_max, g->builders_max, g->frames_max,
                             g->docs_max};

    for (size_t i = 0; i < sizeof(most) / sizeof(most[0]); i++)
        if (most[i] > REG_MAX)
            (void)emit_fail(g->e, g->set->loc, "rego_compile_error: the rule is too large");
    row->regs = (uint16_t)g->temp_max;
    row->iters = (uint16_t)g->iters_max;
    row->builders = (uint16_t)g->builders_max;
    row->frames = (uint16_t)g->frames_max;
    row->docs = (uint16_t)g->docs_max;
}

void set_write(struct emit *e, struct ruleset *set, struct image_set *row)
{
    struct gen g = {.e = e, .set = set, .first_temp = set->args, .temp_max = set->args};
    /* A document of dynamic keys keeps its rows: a larger document may be made of them. */
    const bool folded = set->folded && set->kind != SET_DYNAMIC;
    const bool one = set->query || set->entry || folded;
    const uint32_t n = one ? 1 : (uint32_t)set->rules_n;

    *row = (struct image_set){.kind = (uint16_t)(folded ? SET_COMPLETE : set->kind),
                              .flags = set->kind == SET_COMPLETE || set->kind == SET_FUNCTION
                                           ? (all_same_constant(set) ? SET_EARLY : 0)
                                           : 0,
                              .args = (uint16_t)set->args,
                              .body = body_rows(e, n),
                              .bodies = n,
                              .name = emit_value(e, emit_str(e, set->name ? set->name : ""))};
    if (one) {
        g.body = row->body;
        if (folded)
            gen_folded(&g);
        else if (set->query)
            gen_query(&g);
        else
            gen_entry(&g);
        if (!e->failed)
            body_end(&g, 0);
    }
    for (uint32_t i = 0; i < set->rules_n && !folded && !e->failed; i++)
        gen_rule(&g, set->rules[i], row->body + i);
    if (set->fallback && !folded && !e->failed)
        gen_fallback(&g, row);
    row->index = e->failed || folded ? 0 : index_write(e, set, row->body);
    set_counts(&g, row);
}
