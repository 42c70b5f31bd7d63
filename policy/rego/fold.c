#include "policy/rego/fold.h"

#include "policy/rego/tree.h"

static const struct value *collection(struct arena *a, enum term_kind kind,
                                      const struct value_list *items)
{
    if (kind == TERM_ARRAY)
        return value_list_array(a, items);
    if (kind == TERM_SET)
        return value_list_set(a, items);
    struct value_fields fields = {0};

    for (size_t i = 0; i + 1 < items->n; i += 2)
        value_fields_put(a, &fields, items->items[i], items->items[i + 1]);
    return value_fields_object(a, &fields);
}

int fold_term(struct arena *a, const struct rego_term *t, const struct value **out)
{
    struct value_list items = {0};

    *out = NULL;
    if (t->kind == TERM_CONST) {
        *out = t->u.value;
        return 0;
    }
    if (t->kind != TERM_ARRAY && t->kind != TERM_SET && t->kind != TERM_OBJECT)
        return 0;
    for (size_t i = 0; i < t->u.list.n; i++) {
        const struct value *v;

        if (fold_term(a, t->u.list.at[i], &v) < 0)
            return -1;
        if (!v)
            return 0;
        value_list_add(a, &items, v);
    }
    *out = collection(a, t->kind, &items);
    return *out ? 0 : -1;
}

int fold_in_place(struct arena *a, struct rego_term *t)
{
    struct rego_terms *const kids = term_children(t);
    bool ground = t->kind == TERM_ARRAY || t->kind == TERM_SET || t->kind == TERM_OBJECT;

    for (size_t i = 0; kids && i < kids->n; i++) {
        if (fold_in_place(a, kids->at[i]) < 0)
            return -1;
        ground = ground && kids->at[i]->kind == TERM_CONST;
    }
    if (!ground)
        return 0;
    const struct value *v;

    if (fold_term(a, t, &v) < 0)
        return -1;
    t->kind = TERM_CONST;
    t->u.value = v;
    return 0;
}
