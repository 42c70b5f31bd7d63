#include "policy/rego/emit.h"

static bool is_local_unset(const struct gen *g, const struct rego_term *t)
{
    return t->kind == TERM_LOCAL && !gen_ready(g, t);
}

static bool is_used(const struct gen *g, const struct rego_term *t)
{
    return g->slot_uses[t->u.slot] > 1;
}

/* --- through values ---------------------------------------------------------------------- */

/* Run through a collection: key bound or matched, the element's register returned. */
static uint32_t each(struct gen *g, uint32_t coll, const struct rego_term *key)
{
    const uint32_t it = gen_iter(g), next = gen_label(g), outer = g->fail;
    const bool plain = is_local_unset(g, key);
    const uint32_t k = plain && !is_used(g, key) ? NONE_REG : gen_temps(g, 1);
    const uint32_t v = gen_temps(g, 1);

    gen_op(g, OP_ITER, it, coll, 0);
    if (key == g->element_key)
        gen_narrow(g, it, g->element);
    gen_place(g, next);
    gen_op_to(g, OP_NEXT, it, k, v, outer);
    g->fail = next;
    if (k != NONE_REG)
        gen_match(g, key, k);
    return v;
}

static uint32_t step(struct gen *g, uint32_t coll, const struct rego_term *key)
{
    if (!gen_ready(g, key))
        return each(g, coll, key);
    const uint32_t k = gen_eval(g, key);
    const uint32_t reg = gen_temps(g, 1);
    gen_op(g, OP_GET, reg, coll, k);
    return reg;
}

static uint32_t steps(struct gen *g, uint32_t at, struct rego_term *const *path, size_t n)
{
    for (size_t i = 0; i < n && !g->e->failed; i++)
        at = step(g, at, path[i]);
    return at;
}

/* --- constant paths ---------------------------------------------------------------------- */

static size_t const_prefix(struct rego_term *const *path, size_t n)
{
    size_t i = 0;

    while (i < n && path[i]->kind == TERM_CONST)
        i++;
    return i;
}

static const struct value **keys_of(struct gen *g, struct rego_term *const *path, size_t n)
{
    const struct value **const keys = ARENA_NEW_N(g->e->a, const struct value *, n + 1);

    if (!keys) {
        emit_nomem(g->e);
        return NULL;
    }
    for (size_t i = 0; i < n; i++)
        keys[i] = path[i]->u.value;
    return keys;
}

/* A base document's field; a number written after data names the field of that text. */
static const struct value *base_field(struct gen *g, const struct value *v, const struct value *key)
{
    const struct value *const got = value_get(v, key);
    int64_t n;

    if (got || !value_is(v, VALUE_OBJECT) || !value_int64(key, &n))
        return got;
    const struct value *const text = value_strf(g->e->a, "%lld", (long long)n);
    if (!text)
        emit_nomem(g->e);
    return text ? value_get(v, text) : NULL;
}

/* A constant's part: as far as the keys are known, it is one too. */
static uint32_t const_steps(struct gen *g, const struct value *v, struct rego_term *const *path,
                            size_t n)
{
    const size_t prefix = const_prefix(path, n);

    for (size_t i = 0; v && i < prefix; i++)
        v = value_get(v, path[i]->u.value);
    if (!v)
        gen_jump(g, g->fail);
    return steps(g, gen_const(g, v ? v : &value_null), path + prefix, n - prefix);
}

/* Base documents that nothing replaces are constants. */
static uint32_t base_path(struct gen *g, struct rego_term *const *path, size_t n)
{
    const struct value **const keys = keys_of(g, path, n);
    const struct value *v = g->e->program->data;

    if (!keys)
        return 0;
    if (target_overlaps(g->e, keys, n)) {
        const uint32_t reg = gen_temps(g, 1);

        g->set->impure = true;
        gen_op(g, OP_PATH, reg, emit_path(g->e, 1, keys, n), 0);
        return reg;
    }
    for (size_t i = 0; v && i < n; i++)
        v = base_field(g, v, keys[i]);
    if (!v)
        gen_jump(g, g->fail);
    return gen_const(g, v ? v : &value_null);
}

static uint32_t input_path(struct gen *g, struct rego_term *const *path, size_t n)
{
    const size_t prefix = const_prefix(path, n);
    const uint32_t reg = gen_temps(g, 1);
    const struct value **const keys = keys_of(g, path, prefix);

    g->set->impure = true;
    if (!keys)
        return 0;
    if (prefix == 0)
        gen_op(g, OP_INPUT, reg, 0, 0);
    else
        gen_op(g, OP_PATH, reg, emit_path(g->e, 0, keys, prefix), 0);
    return steps(g, reg, path + prefix, n - prefix);
}

/* --- through the rule tree --------------------------------------------------------------- */

static void uses_below(struct gen *g, const struct tree *t)
{
    if (t->leaf)
        gen_uses(g, t->leaf);
    if (t->dyn)
        gen_uses(g, t->dyn);
    for (const struct tree *k = t->kids; k; k = k->next)
        uses_below(g, k);
}

/* Rules and base documents together, step by step at run time. */
static uint32_t document(struct gen *g, const struct tree *t, struct rego_term *const *path,
                         size_t n)
{
    uint32_t doc = gen_doc(g);
    const uint32_t reg = gen_temps(g, 1);

    uses_below(g, t);
    g->set->impure = g->set->impure || t->maskable || g->e->data_targets.n > 0;
    gen_op(g, OP_DOC, doc, 0, t->id);
    for (size_t i = 0; i < n; i++) {
        const struct rego_term *const key = path[i];
        uint32_t below;

        if (gen_ready(g, key)) {
            const uint32_t k = gen_eval(g, key);
            below = gen_doc(g);
            gen_op(g, OP_DOCGET, below, doc, k);
        } else {
            const uint32_t it = gen_iter(g), next = gen_label(g), outer = g->fail;
            const uint32_t k = gen_temps(g, 1);

            below = gen_doc(g);
            gen_op(g, OP_DOCITER, it, doc, 0);
            gen_place(g, next);
            gen_op_to(g, OP_DOCNEXT, it, k, below, outer);
            g->fail = next;
            gen_match(g, key, k);
        }
        doc = below;
    }
    gen_op(g, OP_DOCVAL, reg, doc, 0);
    return reg;
}

static uint32_t set_value(struct gen *g, struct ruleset *set, struct rego_term *const *path,
                          size_t n)
{
    if (set->kind == SET_FUNCTION) { /* a function is no value */
        gen_jump(g, g->fail);
        return gen_const(g, &value_null);
    }
    gen_uses(g, set);
    if (set->folded)
        return const_steps(g, set->folded, path, n);
    const uint32_t reg = gen_temps(g, 1);
    gen_op(g, OP_RULE, reg, 0, set->id);
    return steps(g, reg, path, n);
}

/* Where no `with` and no rule with dynamic keys interferes, the way through the tree is known now;
 * elsewhere the document is walked at run time from the last place that is certain. */
uint32_t gen_data(struct gen *g, struct rego_term *const *path, size_t n, struct rego_loc loc)
{
    const struct tree *t = g->e->root;

    gen_row(g, loc);
    for (size_t i = 0; !t->maskable; i++) {
        if (t->leaf && !t->kids && !t->dyn)
            return set_value(g, t->leaf, path + i, n - i);
        if (t->dyn && !t->kids && !t->leaf)
            return set_value(g, t->dyn, path + i, n - i);
        if (t->leaf || t->dyn || i == n || path[i]->kind != TERM_CONST)
            return document(g, t, path + i, n - i);

        const struct tree *const kid = tree_child(t, path[i]->u.value);
        if (!kid) {
            const size_t prefix = const_prefix(path, n);
            return steps(g, base_path(g, path, prefix), path + prefix, n - prefix);
        }
        if (kid->maskable)
            return document(g, t, path + i, n - i);
        t = kid;
    }
    return document(g, t, path, n);
}

uint32_t gen_ref(struct gen *g, const struct rego_term *t)
{
    struct rego_term *const head = t->u.list.at[0];
    struct rego_term *const *const path = t->u.list.at + 1;
    const size_t n = t->u.list.n - 1;

    if (head->kind == TERM_INPUT)
        return input_path(g, path, n);
    if (head->kind == TERM_DATA)
        return gen_data(g, path, n, t->loc);
    return steps(g, gen_eval(g, head), path, n);
}
