#include <string.h>

#include "policy/rego/emit.h"

/* --- labels and instructions ------------------------------------------------------------- */

enum { KIND_NONE, KIND_L, KIND_OTHER };
/* Which instructions carry a label in `d`. */
static const uint8_t jumps[] = {
#define NONE KIND_NONE
#define L KIND_L
#define OP(name, a, b, c, d) d,
#include "policy/machine/ops.def"
#undef OP
#undef L
#undef NONE
};

uint32_t gen_label(struct gen *g)
{
    if (g->labels_n == g->labels_cap) {
        const size_t cap = g->labels_cap ? g->labels_cap * 2 : 32;
        uint32_t *const more = ARENA_NEW_N(g->e->a, uint32_t, cap);

        if (!more) {
            emit_nomem(g->e);
            return 0;
        }
        if (g->labels_n > 0)
            memcpy(more, g->labels, g->labels_n * sizeof(*more));
        g->labels = more;
        g->labels_cap = cap;
    }
    g->labels[g->labels_n] = UINT32_MAX;
    return (uint32_t)g->labels_n++;
}

static uint32_t here(const struct gen *g)
{
    return emit_count(&g->e->code, sizeof(struct image_op));
}

void gen_place(struct gen *g, uint32_t label)
{
    if (label < g->labels_n)
        g->labels[label] = here(g);
}

void gen_op_to(struct gen *g, enum image_opcode op, uint32_t a, uint32_t b, uint32_t c,
               uint32_t label)
{
    if (a > UINT16_MAX || b > UINT16_MAX || c > UINT16_MAX) {
        (void)emit_fail(g->e, g->set->loc, "rego_compile_error: the policy is too large");
        return;
    }
    const struct image_op row = {
        .op = (uint16_t)op, .a = (uint16_t)a, .b = (uint16_t)b, .c = (uint16_t)c, .d = label};
    buf_add(&g->e->code, &row, sizeof(row));
}

void gen_op(struct gen *g, enum image_opcode op, uint32_t a, uint32_t b, uint32_t c)
{
    gen_op_to(g, op, a, b, c, jumps[op] == KIND_L ? g->fail : 0);
}

void gen_jump(struct gen *g, uint32_t label)
{
    gen_op_to(g, OP_JUMP, 0, 0, 0, label);
}

/* --- registers --------------------------------------------------------------------------- */

uint32_t gen_temps(struct gen *g, uint32_t n)
{
    const uint32_t first = g->temp;

    g->temp += n;
    if (g->temp > g->temp_max)
        g->temp_max = g->temp;
    if (g->temp > REG_MAX) {
        g->temp = g->first_temp;
        (void)emit_fail(g->e, g->set->loc, "rego_compile_error: the rule is too large");
    }
    return first;
}

static uint32_t next_of(uint32_t *next, uint32_t *max)
{
    const uint32_t got = (*next)++;

    if (*next > *max)
        *max = *next;
    return got;
}

uint32_t gen_iter(struct gen *g)
{
    g->opened++;
    return next_of(&g->iters, &g->iters_max);
}

uint32_t gen_builder(struct gen *g)
{
    return next_of(&g->builders, &g->builders_max);
}

uint32_t gen_frame(struct gen *g)
{
    return next_of(&g->frames, &g->frames_max);
}

uint32_t gen_doc(struct gen *g)
{
    return next_of(&g->docs, &g->docs_max);
}

/* A variable is the operand its value stands in. Registers named so must not be used again. */
void gen_bind(struct gen *g, uint32_t slot, uint32_t operand)
{
    if (slot >= g->slots_n)
        return;
    g->slot[slot] = (uint16_t)operand;
    g->bound[g->bound_n++] = slot;
    if (!(operand & OPERAND_CONST) && operand >= g->pinned)
        g->pinned = operand + 1;
}

struct scope gen_scope(const struct gen *g)
{
    return (struct scope){.bound_n = g->bound_n,
                          .temp = g->temp,
                          .iters = g->iters,
                          .builders = g->builders,
                          .docs = g->docs,
                          .frames = g->frames,
                          .pinned = g->pinned,
                          .fail = g->fail};
}

void gen_unscope(struct gen *g, const struct scope *s)
{
    while (g->bound_n > s->bound_n)
        g->slot[g->bound[--g->bound_n]] = SLOT_UNBOUND;
    g->temp = s->temp;
    g->iters = s->iters;
    g->builders = s->builders;
    g->docs = s->docs;
    g->frames = s->frames;
    g->pinned = s->pinned;
    g->fail = s->fail;
}

uint32_t gen_const(struct gen *g, const struct value *v)
{
    const uint32_t at = emit_value(g->e, v);
    const uint32_t *const k = (const uint32_t *)(const void *)g->e->consts.data;
    const uint32_t n = emit_count(&g->e->consts, sizeof(uint32_t));

    for (uint32_t i = g->consts; i < n; i++)
        if (k[i] == at)
            return OPERAND_CONST | (i - g->consts);
    if (n - g->consts >= OPERAND_CONST - 16) {
        (void)emit_fail(g->e, g->set->loc, "rego_compile_error: the rule has too many constants");
        return OPERAND_CONST;
    }
    buf_add(&g->e->consts, &at, sizeof(at));
    return OPERAND_CONST | (n - g->consts);
}

void gen_row(struct gen *g, struct rego_loc loc)
{
    struct emit *const e = g->e;
    const uint32_t n = emit_count(&e->rows, sizeof(struct image_row));
    struct image_row *const rows = (struct image_row *)(void *)e->rows.data;

    if (!loc.source)
        return;
    const struct rego_pos pos = emit_pos(e, loc);
    const struct image_row row = {.code = here(g),
                                  .file = emit_value(e, emit_str(e, loc.source->name)),
                                  .line = pos.line,
                                  .col = pos.col};
    if (n > 0 && rows[n - 1].code == row.code)
        rows[n - 1] = row;
    else
        buf_add(&e->rows, &row, sizeof(row));
}

void gen_uses(struct gen *g, struct ruleset *used)
{
    struct ruleset *const s = g->set;

    for (size_t i = 0; i < s->uses_n; i++)
        if (s->uses[i] == used)
            return;
    if (s->uses_n == s->uses_cap) {
        const size_t cap = s->uses_cap ? s->uses_cap * 2 : 8;
        struct ruleset **const more = ARENA_NEW_N(g->e->a, struct ruleset *, cap);

        if (!more) {
            emit_nomem(g->e);
            return;
        }
        if (s->uses_n > 0)
            memcpy(more, s->uses, s->uses_n * sizeof(*more));
        s->uses = more;
        s->uses_cap = cap;
    }
    s->uses[s->uses_n++] = used;
}

/* --- a body ------------------------------------------------------------------------------ */

void gen_begin(struct gen *g)
{
    for (uint32_t i = 0; i < g->slots_n; i++)
        g->slot[i] = SLOT_UNBOUND;
    g->bound_n = 0;
    g->temp = g->first_temp;
    g->pinned = 0;
    g->iters = g->builders = g->frames = g->docs = 0;
    g->labels_n = 0;
    g->code = here(g);
    g->consts = emit_count(&g->e->consts, sizeof(uint32_t));
    g->fail = gen_label(g);
}

/* Labels become places in the code. */
void gen_end(struct gen *g)
{
    struct image_op *const code = (struct image_op *)(void *)g->e->code.data;
    const uint32_t end = here(g);

    for (uint32_t i = g->code; i < end && !g->e->failed; i++) {
        if (jumps[code[i].op] != KIND_L)
            continue;
        const uint32_t label = code[i].d;
        if (label >= g->labels_n || g->labels[label] == UINT32_MAX) {
            (void)emit_fail(g->e, g->set->loc, "rego_internal_error: a jump leads nowhere");
            return;
        }
        code[i].d = g->labels[label];
    }
    g->consts_n = emit_count(&g->e->consts, sizeof(uint32_t)) - g->consts;
}
