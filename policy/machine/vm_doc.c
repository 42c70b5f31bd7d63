#include "policy/machine/vm.h"

/* The base document at a node's path. */
static const struct value *base_of(const struct vm *vm, const struct image_node *node)
{
    if (node == vm->nodes)
        return vm->f->data;
    const struct value *const up = base_of(vm, &vm->nodes[node->parent]);
    return up ? vm_get(up, vm_value(vm, node->name)) : NULL;
}

static bool any_masked(const struct vm *vm, const struct image_node *node)
{
    for (;; node = &vm->nodes[node->parent]) {
        if (vm_masked(vm, node))
            return true;
        if (node == vm->nodes || !(node->flags & NODE_MASKABLE))
            return false;
    }
}

/* A node whose rules have variables in their paths has no nodes below: the rows are its whole
 * extent. */
static int add_dynamic(struct vm *vm, struct doc *d)
{
    const struct entries *e;

    if (!d->node || !d->node->dyn)
        return 0;
    if (vm_dynamic(vm, d->node->dyn - 1, &e) < 0)
        return -1;
    d->dyn = e->at;
    d->dyn_n = (uint32_t)e->n;
    d->level = 0;
    return 0;
}

static const struct image_node *child_of(const struct vm *vm, const struct image_node *node,
                                         const struct value *key)
{
    if (!node)
        return NULL;
    uint32_t low = 0, high = node->n;
    while (low < high) {
        const uint32_t mid = low + (high - low) / 2;
        const struct image_node *const child = &vm->nodes[node->first + mid];
        const int c = value_compare(vm_value(vm, child->name), key);
        if (c == 0)
            return child;
        if (c < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

/* Narrow the dynamic rows to those under key. Rows that end here hold values, which are looked
 * into. */
static int narrow(struct vm *vm, const struct doc *d, const struct value *key, struct doc *out)
{
    uint32_t low = 0, high = d->dyn_n;

    if (d->dyn_n == 0)
        return 0;
    if (d->dyn[0].keys_n == d->level) {
        const struct value *whole;
        if (vm_entries_value(vm, d->dyn, d->dyn_n, d->level, &whole) < 0)
            return -1;
        if (!out->base)
            out->base = vm_get(whole, key);
        return 0;
    }
    while (low < high) {
        const uint32_t mid = low + (high - low) / 2;
        if (value_compare(d->dyn[mid].keys[d->level], key) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    while (high < d->dyn_n && value_equal(d->dyn[high].keys[d->level], key))
        high++;
    out->dyn = d->dyn + low;
    out->dyn_n = high - low;
    out->level = d->level + 1;
    return 0;
}

/* A node that is a rule: its value takes the base document's place. */
static int leaf_of(struct vm *vm, struct doc *d)
{
    const struct value *v = NULL;
    const struct image_node *const node = d->node;

    if (!node || !node->leaf || vm->sets[node->leaf - 1].kind == SET_FUNCTION)
        return 0;
    if (vm_set(vm, node->leaf - 1, &v) < 0)
        return -1;
    *d = (struct doc){.base = v};
    return 0;
}

int vm_doc_node(struct vm *vm, uint32_t node, struct doc *out)
{
    const struct image_node *const n = &vm->nodes[node];

    *out = (struct doc){.node = any_masked(vm, n) ? NULL : n, .base = base_of(vm, n)};
    return leaf_of(vm, out) < 0 ? -1 : add_dynamic(vm, out);
}

int vm_doc_get(struct vm *vm, const struct doc *d, const struct value *key, struct doc *out,
               bool *defined)
{
    struct doc got = {.base = d->base ? vm_get(d->base, key) : NULL};

    got.node = child_of(vm, d->node, key);
    if (got.node && vm_masked(vm, got.node))
        got.node = NULL;
    if (narrow(vm, d, key, &got) < 0 || leaf_of(vm, &got) < 0 || add_dynamic(vm, &got) < 0)
        return -1;
    if (got.node && got.node->leaf && got.node->n == 0 && !got.node->dyn)
        got.node = NULL; /* a function */
    *out = got;
    *defined = got.node || got.base || got.dyn_n > 0;
    return 0;
}

int vm_doc_keys(struct vm *vm, const struct doc *d, const struct value **keys)
{
    struct value_list all = {0};

    *keys = NULL;
    if (!d->node && d->dyn_n == 0) {
        if (!d->base || (!value_is(d->base, VALUE_ARRAY) && !value_is(d->base, VALUE_OBJECT) &&
                         !value_is(d->base, VALUE_SET)))
            return 0;
        if (value_is(d->base, VALUE_ARRAY))
            for (uint32_t i = 0; i < d->base->count; i++)
                value_list_add(vm->a, &all, vm_int(vm, i));
    }
    if (d->base && (value_is(d->base, VALUE_OBJECT) || value_is(d->base, VALUE_SET)))
        for (uint32_t i = 0; i < d->base->count; i++)
            value_list_add(vm->a, &all, value_kid(d->base, i));
    for (uint32_t i = 0; d->node && i < d->node->n; i++)
        value_list_add(vm->a, &all, vm_value(vm, vm->nodes[d->node->first + i].name));
    for (uint32_t i = 0; i < d->dyn_n; i++) {
        if (d->dyn[i].keys_n > d->level)
            value_list_add(vm->a, &all, d->dyn[i].keys[d->level]);
    }
    if (d->dyn_n > 0 && d->dyn[0].keys_n == d->level) {
        const struct value *whole;
        struct doc plain = {0};

        if (vm_entries_value(vm, d->dyn, d->dyn_n, d->level, &whole) < 0)
            return -1;
        plain.base = whole;
        return vm_doc_keys(vm, &plain, keys);
    }
    *keys = value_list_set(vm->a, &all);
    return *keys ? 0 : vm_nomem(vm);
}

/* Both objects: their union, x's fields first; else x. */
static const struct value *merged(struct vm *vm, const struct value *x, const struct value *y)
{
    if (!value_is(x, VALUE_OBJECT) || !value_is(y, VALUE_OBJECT))
        return x;

    struct value_fields f = {0};
    for (uint32_t i = 0; i < y->count; i++)
        if (!vm_get(x, value_key_at(y, i)))
            value_fields_put(vm->a, &f, value_key_at(y, i), value_val_at(y, i));
    for (uint32_t i = 0; i < x->count; i++) {
        const struct value *const other = vm_get(y, value_key_at(x, i));
        const struct value *const val =
            other ? merged(vm, value_val_at(x, i), other) : value_val_at(x, i);
        if (!val)
            return NULL;
        value_fields_put(vm->a, &f, value_key_at(x, i), val);
    }
    return value_fields_object(vm->a, &f);
}

/* What the rules below a place make. */
static int virtual_value(struct vm *vm, const struct doc *d, const struct value **out)
{
    const struct value *keys;
    struct builder b = {0};
    struct doc rules = *d;

    rules.base = NULL;
    if (d->dyn_n > 0 && d->dyn[0].keys_n == d->level) {
        if (d->node && d->node->n > 0)
            return vm_error(vm, "eval_conflict_error", "object keys must be unique");
        return vm_entries_value(vm, d->dyn, d->dyn_n, d->level, out);
    }
    if (vm_doc_keys(vm, &rules, &keys) < 0)
        return -1;
    for (uint32_t i = 0; keys && i < keys->count; i++) {
        const struct value *const key = value_at(keys, i), *val = NULL;
        struct doc kid;
        bool defined;

        if (vm_doc_get(vm, &rules, key, &kid, &defined) < 0 ||
            (defined && vm_doc_value(vm, &kid, &val) < 0))
            return -1;
        if (val && vm_builder_add(vm, &b, key, val) < 0)
            return -1;
    }
    *out = value_object(vm->a, b.keys, b.vals, b.n);
    return *out ? 0 : vm_nomem(vm);
}

int vm_doc_value(struct vm *vm, const struct doc *d, const struct value **out)
{
    const struct value *made;

    *out = d->base;
    if (!d->node && d->dyn_n == 0)
        return 0;
    if (virtual_value(vm, d, &made) < 0)
        return -1;
    *out = d->base ? merged(vm, d->base, made) : made;
    return *out ? 0 : vm_nomem(vm);
}
