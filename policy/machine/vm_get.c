#include <string.h>

#include "policy/machine/vm.h"

const struct value vm_undefined = {.type = VALUE_NULL};

enum { SCAN_MAX = 8 }; /* up to so many keys a scan by hash beats the binary search */

static inline bool is_key(const struct value *k, const struct value *key)
{
    return k == key ||
           (k->type == VALUE_STRING && k->u.string.hash == key->u.string.hash &&
            k->count == key->count && memcmp(value_bytes(k), value_bytes(key), key->count) == 0);
}

/* Index of a string among the keys or members of a collection; `count` when absent. Keys carry
 * their hash, so that a scan seldom looks at bytes; the search takes no branch that the processor
 * would guess wrong half of the time. */
static uint32_t find_string(const struct value *coll, const struct value *key)
{
    const uint32_t n = coll->count;
    uint32_t low = 0;

    if (n <= SCAN_MAX) {
        for (uint32_t i = 0; i < n; i++)
            if (is_key(value_kid(coll, i), key))
                return i;
        return n;
    }
    for (uint32_t left = n; left > 1;) {
        const uint32_t half = left / 2;

        low += value_compare_keys(value_kid(coll, (size_t)low + half), key) <= 0 ? half : 0;
        left -= half;
    }
    return is_key(value_kid(coll, low), key) ? low : n;
}

const struct value *vm_get(const struct value *coll, const struct value *key)
{
    if (key->type == VALUE_STRING && (coll->type == VALUE_OBJECT || coll->type == VALUE_SET)) {
        const uint32_t i = find_string(coll, key);

        if (i == coll->count)
            return NULL;
        return coll->type == VALUE_OBJECT ? value_val_at(coll, i) : value_at(coll, i);
    }
    if (coll->type == VALUE_ARRAY && key->type == VALUE_NUMBER && key->form != VALUE_FORM_INT) {
        int64_t i; /* 1.0 and 1e0 name the second element as well */

        return value_int64(key, &i) && i >= 0 && i < (int64_t)coll->count
                   ? value_at(coll, (size_t)i)
                   : NULL;
    }
    return value_get(coll, key);
}

static const struct value *walk(const struct vm *vm, const struct image_path *p)
{
    const struct value *v = p->root == 0 ? vm->f->input : vm->f->data;

    for (uint32_t i = 0; v && i < p->n; i++)
        v = vm_get(v, vm_const(vm, p->first + i));
    return v ? v : &vm_undefined;
}

const struct value *vm_path(struct vm *vm, uint32_t path)
{
    struct frame *const f = vm->f;

    if (vm->reads_of)
        vm_read(vm, path);
    if (!f->paths) {
        f->paths = ARENA_NEW_N(vm->a, const struct value *, image_count(vm->img, IMAGE_PATHS));
        if (!f->paths)
            return NULL;
    }
    if (!f->paths[path])
        f->paths[path] = walk(vm, &vm->paths[path]);
    return f->paths[path];
}

#define INT1(n)                                                                                    \
    {                                                                                              \
        .type = VALUE_NUMBER, .u.integer = (n)                                                     \
    }
#define INT8(n)                                                                                    \
    INT1(n), INT1((n) + 1), INT1((n) + 2), INT1((n) + 3), INT1((n) + 4), INT1((n) + 5),            \
        INT1((n) + 6), INT1((n) + 7)
#define INT64(n)                                                                                   \
    INT8(n), INT8((n) + 8), INT8((n) + 16), INT8((n) + 24), INT8((n) + 32), INT8((n) + 40),        \
        INT8((n) + 48), INT8((n) + 56)
static const struct value small[] = {INT64(0), INT64(64), INT64(128), INT64(192)};

const struct value *vm_int(struct vm *vm, uint32_t n)
{
    return n < sizeof(small) / sizeof(small[0]) ? &small[n] : value_int(vm->a, n);
}
