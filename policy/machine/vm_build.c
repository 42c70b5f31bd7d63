#include <string.h>

#include "policy/machine/vm.h"

enum { BUILDER_FIRST = 8 };

static bool append(struct arena *a, const struct value ***items, size_t *n, size_t *cap,
                   const struct value *v)
{
    if (*n == *cap) {
        const size_t more = *cap ? *cap * 2 : BUILDER_FIRST;
        const struct value **const got = arena_alloc(a, more * sizeof(*got));

        if (!got)
            return false;
        if (*n > 0)
            memcpy(got, *items, *n * sizeof(*got));
        *items = got;
        *cap = more;
    }
    (*items)[(*n)++] = v;
    return true;
}

int vm_builder_add(struct vm *vm, struct builder *b, const struct value *key,
                   const struct value *val)
{
    if (key && !append(vm->a, &b->keys, &b->keys_n, &b->keys_cap, key))
        return vm_nomem(vm);
    return append(vm->a, &b->vals, &b->n, &b->cap, val) ? 0 : vm_nomem(vm);
}

/* Pairs in key order already, as those of an iterated collection are, need no sorting; the order
 * of others is found by merging runs of indices. */
static void sort_by_key(const struct value *const *keys, uint32_t *order, uint32_t *tmp, size_t n)
{
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t low = 0; low < n; low += 2 * width) {
            const size_t mid = low + width < n ? low + width : n;
            const size_t high = low + 2 * width < n ? low + 2 * width : n;
            size_t i = low, j = mid, k = low;

            while (i < mid && j < high)
                tmp[k++] =
                    value_compare(keys[order[i]], keys[order[j]]) <= 0 ? order[i++] : order[j++];
            while (i < mid)
                tmp[k++] = order[i++];
            while (j < high)
                tmp[k++] = order[j++];
        }
        memcpy(order, tmp, n * sizeof(*order));
    }
}

static bool ascending(const struct value *const *keys, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (value_compare(keys[i - 1], keys[i]) >= 0)
            return false;
    return true;
}

int vm_seal_object(struct vm *vm, const struct builder *b, const struct value **out)
{
    if (b->n > UINT32_MAX / 4)
        return vm_nomem(vm);
    if (b->keys_n != b->n)
        return err_set(vm->err, ERR_INVALID, "an object's keys and values differ in number");
    if (!ascending(b->keys, b->n)) {
        uint32_t *const order = arena_alloc(vm->a, 2 * b->n * sizeof(*order));

        if (!order)
            return vm_nomem(vm);
        for (size_t i = 0; i < b->n; i++)
            order[i] = (uint32_t)i;
        sort_by_key(b->keys, order, order + b->n, b->n);
        for (size_t i = 1; i < b->n; i++)
            if (value_equal(b->keys[order[i - 1]], b->keys[order[i]]) &&
                !value_equal(b->vals[order[i - 1]], b->vals[order[i]]))
                return vm_error(vm, "eval_conflict_error", "object keys must be unique");
    }
    *out = value_object(vm->a, b->keys, b->vals, b->n);
    return *out ? 0 : vm_nomem(vm);
}

int vm_entries_add(struct vm *vm, struct entries *e, const struct value *const *keys, uint32_t n,
                   const struct value *value, bool member)
{
    if (e->n == e->cap) {
        const size_t cap = e->cap ? e->cap * 2 : BUILDER_FIRST;
        struct entry *const more = arena_alloc(vm->a, cap * sizeof(*more));

        if (!more)
            return vm_nomem(vm);
        if (e->n > 0)
            memcpy(more, e->at, e->n * sizeof(*more));
        e->at = more;
        e->cap = cap;
    }

    const struct value **const kept = arena_alloc(vm->a, n * sizeof(*kept));
    if (!kept)
        return vm_nomem(vm);
    memcpy(kept, keys, n * sizeof(*kept));
    e->at[e->n++] = (struct entry){.keys = kept, .keys_n = n, .member = member, .value = value};
    return 0;
}

static int entry_compare(const struct entry *x, const struct entry *y)
{
    const uint32_t n = x->keys_n < y->keys_n ? x->keys_n : y->keys_n;

    for (uint32_t i = 0; i < n; i++) {
        const int c = value_compare(x->keys[i], y->keys[i]);
        if (c != 0)
            return c;
    }
    return (x->keys_n > y->keys_n) - (x->keys_n < y->keys_n);
}

void vm_entries_sort(struct entries *e, struct vm *vm)
{
    bool sorted = true;

    for (size_t i = 1; i < e->n && sorted; i++)
        sorted = entry_compare(&e->at[i - 1], &e->at[i]) <= 0;
    if (sorted)
        return;

    struct entry *tmp = arena_alloc(vm->a, e->n * sizeof(*tmp));
    struct entry *from = e->at;
    if (!tmp) {
        vm->a->failed = true;
        return;
    }
    for (size_t width = 1; width < e->n; width *= 2) {
        for (size_t low = 0; low < e->n; low += 2 * width) {
            const size_t mid = low + width < e->n ? low + width : e->n;
            const size_t high = low + 2 * width < e->n ? low + 2 * width : e->n;
            size_t i = low, j = mid, k = low;

            while (i < mid && j < high)
                tmp[k++] = entry_compare(&from[i], &from[j]) <= 0 ? from[i++] : from[j++];
            while (i < mid)
                tmp[k++] = from[i++];
            while (j < high)
                tmp[k++] = from[j++];
        }
        struct entry *const swap = from;
        from = tmp;
        tmp = swap;
    }
    e->at = from;
}

/* Rows that end here: one value, or the members of one set. */
static int leaf_value(struct vm *vm, const struct entry *at, size_t n, uint32_t level,
                      const struct value **out)
{
    struct value_list members = {0};

    for (size_t i = 0; i < n; i++) {
        if (at[i].keys_n != level || at[i].member != at[0].member ||
            (!at[i].member && !value_equal(at[i].value, at[0].value)))
            return vm_error(vm, "eval_conflict_error", "object keys must be unique");
        if (at[i].member)
            value_list_add(vm->a, &members, at[i].value);
    }
    *out = at[0].member ? value_list_set(vm->a, &members) : at[0].value;
    return *out ? 0 : vm_nomem(vm);
}

int vm_entries_value(struct vm *vm, const struct entry *at, size_t n, uint32_t level,
                     const struct value **out)
{
    struct builder b = {0};

    if (n > 0 && at[0].keys_n == level)
        return leaf_value(vm, at, n, level, out);

    for (size_t low = 0; low < n;) {
        const struct value *const key = at[low].keys[level], *val;
        size_t high = low + 1;

        while (high < n && at[high].keys_n > level && value_equal(at[high].keys[level], key))
            high++;
        if (vm_entries_value(vm, at + low, high - low, level + 1, &val) < 0 ||
            vm_builder_add(vm, &b, key, val) < 0)
            return -1;
        low = high;
    }
    *out = value_object(vm->a, b.keys, b.vals, b.n);
    return *out ? 0 : vm_nomem(vm);
}
