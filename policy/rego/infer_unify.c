#include "policy/rego/infer.h"

static bool expect_list(struct infer *x, struct rego_term *t, const struct type *type, bool join)
{
    if (t->u.list.n != type->n && !type->dynamic)
        return false;
    for (size_t i = 0; i < t->u.list.n; i++) {
        const struct type *const of = i < type->n ? type->of[i] : type->dynamic;

        if ((i >= type->n && !of) || !infer_expect(x, t->u.list.at[i], of, join))
            return false;
    }
    return true;
}

static bool expect_pairs(struct infer *x, struct rego_term *t, const struct type *type, bool join)
{
    if (t->u.list.n / 2 != type->n && !type->dynamic)
        return false;
    for (size_t i = 0; i + 1 < t->u.list.n; i += 2) {
        const struct rego_term *const key = t->u.list.at[i];
        const struct type *const of =
            key->kind == TERM_CONST ? type_select(x->c->a, type, key->u.value) : &type_any;

        if (!of || !infer_expect(x, t->u.list.at[i + 1], of, join))
            return false;
    }
    return true;
}

static bool expect_members(struct infer *x, struct rego_term *t, const struct type *type, bool join)
{
    for (size_t i = 0; i < t->u.list.n; i++)
        if (!infer_expect(x, t->u.list.at[i], type->dynamic ? type->dynamic : &type_any, join))
            return false;
    return true;
}

static bool expect_any(struct infer *x, struct rego_term *t)
{
    for (size_t i = 0; i < t->u.list.n; i++)
        (void)infer_expect(x, t->u.list.at[i], &type_any, true);
    return true;
}

static bool expect_collection(struct infer *x, struct rego_term *t, const struct type *type,
                              bool join)
{
    static const enum type_kind kinds[] = {
        [TERM_ARRAY] = TYPE_ARRAY, [TERM_SET] = TYPE_SET, [TERM_OBJECT] = TYPE_OBJECT};

    if (type->kind == TYPE_ANY)
        return expect_any(x, t);
    if (type->kind == TYPE_UNION) {
        bool any = false;

        for (size_t i = 0; i < type->n; i++)
            any |= infer_expect(x, t, type->of[i], true);
        return any;
    }
    if (type->kind != kinds[t->kind])
        return false;
    if (t->kind == TERM_ARRAY)
        return expect_list(x, t, type, join);
    return t->kind == TERM_SET ? expect_members(x, t, type, join) : expect_pairs(x, t, type, join);
}

/* Each member of a constant set must fit, not one of them. */
static bool constant_fits(struct infer *x, const struct value *v, const struct type *type)
{
    bool all = true;

    if (type->kind == TYPE_UNION) {
        for (size_t i = 0; i < type->n; i++)
            if (constant_fits(x, v, type->of[i]))
                return true;
        return false;
    }
    if (!value_is(v, VALUE_SET) || type->kind != TYPE_SET || !type->dynamic)
        return type_unifies(type_of_value(x->c->a, v), type);
    for (size_t i = 0; i < v->count && all; i++)
        all = constant_fits(x, value_at(v, i), type->dynamic);
    return all;
}

bool infer_expect(struct infer *x, struct rego_term *t, const struct type *type, bool join)
{
    if (!type)
        return true;
    switch (t->kind) {
    case TERM_LOCAL:
        if (join)
            x->env[t->u.slot] = type_or(x->c->a, x->env[t->u.slot], type);
        else if (x->env[t->u.slot])
            return type_unifies(x->env[t->u.slot], type);
        else
            x->env[t->u.slot] = type;
        return true;
    case TERM_ARRAY:
    case TERM_SET:
    case TERM_OBJECT:
        return expect_collection(x, t, type, join);
    case TERM_CONST:
        return constant_fits(x, t->u.value, type);
    default:
        return type_unifies(infer_term(x, t), type);
    }
}

static bool unify_lists(struct infer *x, struct rego_term *a, struct rego_term *b)
{
    const bool object = a->kind == TERM_OBJECT;

    if (a->u.list.n != b->u.list.n)
        return false;
    for (size_t i = object; i < a->u.list.n; i += object ? 2 : 1) {
        struct rego_term *const p = a->u.list.at[i], *const q = b->u.list.at[i];

        if (object) {
            const struct rego_term *const k = a->u.list.at[i - 1], *const l = b->u.list.at[i - 1];

            /* Keys in another order, or not constant: nothing is known. */
            if (k->kind != TERM_CONST || l->kind != TERM_CONST ||
                !value_equal(k->u.value, l->u.value))
                return true;
        }
        if (!infer_unify(x, p, infer_term(x, p), q, infer_term(x, q)))
            return false;
    }
    return true;
}

bool infer_unify(struct infer *x, struct rego_term *a, const struct type *ta, struct rego_term *b,
                 const struct type *tb)
{
    const bool unknown_a = type_unknown(ta), unknown_b = type_unknown(tb);

    if (unknown_a && !unknown_b)
        return infer_expect(x, a, tb, false);
    if (unknown_b && !unknown_a)
        return infer_expect(x, b, ta, false);
    if (!unknown_a)
        return type_unifies(ta, tb);
    if ((a->kind == TERM_ARRAY || a->kind == TERM_OBJECT) && a->kind == b->kind)
        return unify_lists(x, a, b);
    /* Both are open: what is known of one is all that is known of the other. */
    if (a->kind == TERM_LOCAL && !ta)
        return infer_expect(x, a, tb ? tb : &type_any, false);
    return b->kind != TERM_LOCAL || tb || infer_expect(x, b, ta ? ta : &type_any, false);
}
