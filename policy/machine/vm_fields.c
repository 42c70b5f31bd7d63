/* Which elements of a collection have a field: found for all its fields in one pass when a second
 * loop asks, so that rules which run through one collection, each for a field that few elements
 * have, do not look at the others. */
#include <string.h>

#include "policy/machine/vm.h"

enum { ELEMENTS_LEAST = 2, ELEMENTS_MAX = 64, SLOTS_MAX = 256 };

struct field {
    const struct value *key; /* NULL: free */
    uint64_t present, truth, filled;
};

struct fields {
    const struct value *coll;
    struct field *slots; /* NULL: not made yet */
    uint32_t slots_n;    /* a power of two; 0: not worth it, or too much */
    uint64_t opaque;     /* elements whose fields are not told here */
};

static uint64_t first_bits(uint32_t n)
{
    return n >= 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1;
}

static const struct value *element(const struct value *coll, uint32_t i)
{
    return value_kid(coll, coll->type == VALUE_OBJECT ? (size_t)coll->count + i : i);
}

static struct field *slot_of(const struct fields *f, const struct value *key)
{
    for (uint32_t i = key->u.string.hash & (f->slots_n - 1);; i = (i + 1) & (f->slots_n - 1)) {
        struct field *const s = &f->slots[i];

        if (!s->key || (s->key->u.string.hash == key->u.string.hash && value_equal(s->key, key)))
            return s;
    }
}

static bool note_element(struct fields *f, const struct value *v, uint64_t bit, uint32_t *used)
{
    for (uint32_t i = 0; i < v->count; i++) {
        const struct value *const key = value_key_at(v, i), *const val = value_val_at(v, i);

        if (key->type != VALUE_STRING)
            continue; /* nobody asks for it */
        struct field *const s = slot_of(f, key);
        if (!s->key) {
            if (++*used > f->slots_n / 4 * 3)
                return false;
            s->key = key;
        }
        s->present |= bit;
        s->truth |= value_truthy(val) ? bit : 0;
        s->filled |= val->type >= VALUE_ARRAY && val->count > 0 ? bit : 0;
    }
    return true;
}

static void make_fields(struct vm *vm, struct fields *f)
{
    const struct value *const coll = f->coll;
    uint32_t most = 0, used = 0, slots = 16;

    for (uint32_t i = 0; i < coll->count; i++) {
        const struct value *const v = element(coll, i);

        if (v->type == VALUE_OBJECT && v->count > most)
            most = v->count;
        if (v->type == VALUE_SET)
            f->opaque |= UINT64_C(1) << i; /* a member is its own field */
    }
    while (slots < 2 * most)
        slots *= 2;
    f->slots = most > 0 && slots <= SLOTS_MAX ? ARENA_NEW_N(vm->a, struct field, slots) : NULL;
    f->slots_n = f->slots ? slots : 0;
    for (uint32_t i = 0; f->slots && i < coll->count; i++) {
        const struct value *const v = element(coll, i);

        if (v->type == VALUE_OBJECT && !note_element(f, v, UINT64_C(1) << i, &used))
            f->slots_n = 0;
        if (f->slots_n == 0)
            return;
    }
}

/* The collection's fields from the second time on that they are asked for; NULL: not to be had. */
static const struct fields *fields_of(struct vm *vm, const struct value *coll)
{
    struct fields **const at = &vm->fields[(uintptr_t)coll / sizeof(*coll) % FIELDS_CACHED];

    if (!*at || (*at)->coll != coll) {
        *at = arena_alloc(vm->a, sizeof(**at));
        if (*at)
            **at = (struct fields){.coll = coll, .slots_n = 1};
        return NULL;
    }
    if (!(*at)->slots && (*at)->slots_n != 0)
        make_fields(vm, *at);
    return (*at)->slots_n != 0 ? *at : NULL;
}

static uint64_t matching(const struct fields *f, const struct value *key, enum image_only what)
{
    const struct field *const s = slot_of(f, key);

    switch (what) {
    case ONLY_PRESENT:
        return s->present | f->opaque;
    case ONLY_TRUE:
        return s->truth | f->opaque;
    case ONLY_FILLED:
        return s->filled | f->opaque;
    default:
        return ~s->truth | f->opaque;
    }
}

bool vm_narrow(struct vm *vm, struct iter *it, const struct value *key, uint32_t what)
{
    if (!it->coll || it->n < ELEMENTS_LEAST || it->n > ELEMENTS_MAX || it->n != it->coll->count ||
        it->i != 0 || key->type != VALUE_STRING || what >= ONLY_KINDS || vm->opt->coverage)
        return true;
    const struct fields *const f = fields_of(vm, it->coll);
    if (!f)
        return true;
    if (!it->narrowed) {
        it->narrowed = true;
        it->only = first_bits(it->n);
    }
    it->only &= matching(f, key, (enum image_only)what);
    return it->only != 0;
}
