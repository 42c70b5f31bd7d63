#include <string.h>

#include "policy/rego/builtin_decls.h"
#include "policy/rego/emit.h"

/* Built-ins that are one instruction when nothing replaces them. */
static const struct test {
    const char *name;
    enum image_opcode op;
} tests[] = {
    {"equal", OP_EQ},
    {"gt", OP_GT},
    {"gte", OP_GE},
    {"lt", OP_LT},
    {"lte", OP_LE},
    {"neq", OP_NE},
    {"internal.member_2", OP_IN},
};

static bool is_mocked(const struct emit *e, const char *name)
{
    for (size_t i = 0; i < e->builtins_mocked.n; i++)
        if (value_is_str(e->builtins_mocked.items[i], name))
            return true;
    return false;
}

static const struct test *test_of(const struct emit *e, const char *name)
{
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        if (strcmp(tests[i].name, name) == 0)
            return is_mocked(e, name) ? NULL : &tests[i];
    return NULL;
}

struct ruleset *callee_set(struct emit *e, const struct value *path)
{
    const struct tree *const t = tree_find(e, path);

    return t && t->leaf && t->leaf->kind == SET_FUNCTION ? t->leaf : NULL;
}

/* What is called, and how many arguments it takes. */
struct target {
    const struct builtin_decl *builtin;
    struct ruleset *set;
    uint32_t args;
};

static bool target_of(struct gen *g, const struct rego_term *call, struct target *out)
{
    const struct rego_callee *const callee = &call->u.call.callee;

    *out = (struct target){0};
    if (callee->builtin) {
        out->builtin = builtin_decl_find(callee->builtin);
        if (!out->builtin) {
            (void)emit_fail(g->e, call->loc, "rego_type_error: undefined function %s",
                            callee->builtin);
            return false;
        }
        out->args = out->builtin->arity;
        return true;
    }
    out->set = callee->path ? callee_set(g->e, callee->path) : NULL;
    if (!out->set) {
        (void)emit_fail(g->e, call->loc, "rego_type_error: undefined function");
        return false;
    }
    out->args = out->set->args;
    return true;
}

static uint32_t call(struct gen *g, const struct rego_term *t, const struct target *to)
{
    const struct rego_terms *const args = &t->u.call.args;
    const uint32_t reg = gen_temps(g, 1);
    const uint32_t first = gen_temps(g, to->args);

    if (args->n < to->args) {
        (void)emit_fail(g->e, t->loc, "rego_type_error: arity mismatch");
        return reg;
    }
    for (uint32_t i = 0; i < to->args; i++)
        gen_eval_into(g, args->at[i], first + i);
    gen_row(g, t->loc);
    if (to->set) {
        g->set->impure = g->set->impure || to->set->mockable;
        gen_uses(g, to->set);
        gen_op(g, to->set->mockable ? OP_CALLM : OP_CALL, reg, first, to->set->id);
        return reg;
    }
    const bool mocked = is_mocked(g->e, to->builtin->name);
    g->set->impure =
        g->set->impure || mocked || (to->builtin->flags & BUILTIN_NONDETERMINISTIC) != 0;
    gen_op(g, mocked ? OP_BUILTINM : OP_BUILTIN, reg, first,
           emit_builtin(g->e, to->builtin->name, to->args, t->loc));
    if (!(to->builtin->flags & BUILTIN_RELATION))
        return reg;

    const uint32_t it = gen_iter(g), next = gen_label(g), outer = g->fail;
    const uint32_t row = gen_temps(g, 1);
    gen_op(g, OP_ITER, it, reg, 0);
    gen_place(g, next);
    gen_op_to(g, OP_NEXT, it, NONE_REG, row, outer);
    g->fail = next;
    return row;
}

/* `in` whose left side is a pattern with new variables runs through the collection. */
static bool member_pattern(struct gen *g, const struct rego_term *t)
{
    const struct rego_terms *const args = &t->u.call.args;
    const bool pairs = strcmp(t->u.call.callee.builtin, "internal.member_3") == 0;

    if ((!pairs && strcmp(t->u.call.callee.builtin, "internal.member_2") != 0) ||
        args->n != (pairs ? 3u : 2u))
        return false;
    const struct rego_term *const value = args->at[pairs ? 1 : 0];
    if (gen_ready(g, value) && (!pairs || gen_ready(g, args->at[0])))
        return false;

    const uint32_t coll = gen_eval(g, args->at[args->n - 1]);
    const uint32_t it = gen_iter(g), next = gen_label(g), outer = g->fail;
    const uint32_t k = pairs ? gen_temps(g, 1) : NONE_REG, v = gen_temps(g, 1);
    gen_op(g, OP_ITER, it, coll, 0);
    if (value->kind == TERM_LOCAL && !gen_ready(g, value))
        gen_narrow(g, it, value);
    gen_place(g, next);
    gen_op_to(g, OP_NEXT, it, k, v, outer);
    g->fail = next;
    if (pairs)
        gen_match(g, args->at[0], k);
    gen_match(g, value, v);
    return true;
}

uint32_t gen_call(struct gen *g, const struct rego_term *t)
{
    struct target to;

    return target_of(g, t, &to) ? call(g, t, &to) : 0;
}

void gen_call_expr(struct gen *g, const struct rego_term *t)
{
    const struct rego_terms *const args = &t->u.call.args;
    const char *const name = t->u.call.callee.builtin;
    struct target to;

    if (name && (strcmp(name, "eq") == 0 || strcmp(name, "assign") == 0) && args->n == 2) {
        gen_unify(g, args->at[0], args->at[1]);
        return;
    }
    const struct test *const test = name && args->n == 2 ? test_of(g->e, name) : NULL;
    if (name && member_pattern(g, t))
        return;
    if (test) {
        const uint32_t x = gen_eval(g, args->at[0]);
        const uint32_t y = gen_eval(g, args->at[1]);

        gen_op(g, test->op, x, y, 0);
        return;
    }
    if (!target_of(g, t, &to))
        return;
    const uint32_t reg = call(g, t, &to);
    if (args->n > to.args)
        gen_match(g, args->at[to.args], reg);
    else
        gen_op(g, OP_TRUE, reg, 0, 0);
}
