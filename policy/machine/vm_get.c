#include <string.h>

#include "policy/machine/vm.h"

const struct value vm_undefined = {.type = VALUE_NULL};

enum { SCAN_MAX = 8 }; /* up to so many keys a scan by hash beats the binary search */

/* Value under a string key. Keys carry their hash, so that a scan seldom looks at bytes. */
static const struct value *get_field(const struct value *obj, const struct value *key)
{
    const uint32_t n = obj->count, hash = key->u.string.hash, len = key->count;

    if (n > SCAN_MAX)
        return value_get(obj, key);
    for (uint32_t i = 0; i < n; i++) {
        const struct value *const k = value_key_at(obj, i);

        if (k == key || (k->type == VALUE_STRING && k->u.string.hash == hash && k->count == len &&
                         memcmp(value_bytes(k), value_bytes(key), len) == 0))
            return value_val_at(obj, i);
    }
    return NULL;
}

const struct value *vm_get(const struct value *coll, const struct value *key)
{
    if (coll->type == VALUE_OBJECT && key->type == VALUE_STRING)
        return get_field(coll, key);
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
