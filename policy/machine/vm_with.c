#include "policy/machine/vm.h"

struct frame *vm_frame(struct vm *vm, const struct frame *from)
{
    struct frame *const f = arena_alloc(vm->a, sizeof(*f));

    if (!f)
        return NULL;
    *f = *from;
    f->parent = vm->f;
    f->memo = NULL;
    f->paths = NULL;
    return f;
}

/* doc with the value at keys[0..n) replaced; what stands in the way and is no object gives way. */
static const struct value *replaced(struct vm *vm, const struct value *doc, uint32_t first,
                                    uint32_t n, const struct value *value)
{
    if (n == 0)
        return value;

    const struct value *const key = vm_const(vm, first);
    const bool object = doc && value_is(doc, VALUE_OBJECT);
    const struct value *const inner =
        replaced(vm, object ? vm_get(doc, key) : NULL, first + 1, n - 1, value);

    if (!inner)
        return NULL;
    return object ? value_object_with(vm->a, doc, key, inner)
                  : value_object(vm->a, &key, &inner, 1);
}

static int apply(struct vm *vm, struct frame *f, const struct image_with_item *it,
                 const struct value *const *values)
{
    if (it->kind == WITH_INPUT) {
        f->input = replaced(vm, f->input, it->first, it->n, values[it->value]);
        return f->input ? 0 : vm_nomem(vm);
    }
    if (it->kind == WITH_DATA) {
        struct mask *const mask = it->target ? arena_alloc(vm->a, sizeof(*mask)) : NULL;

        f->data = replaced(vm, f->data, it->first, it->n, values[it->value]);
        if (!f->data || (it->target && !mask))
            return vm_nomem(vm);
        if (mask) {
            *mask = (struct mask){.older = f->masks, .node = it->target - 1};
            f->masks = mask;
        }
        return 0;
    }

    struct mock *const mock = arena_alloc(vm->a, sizeof(*mock));
    if (!mock)
        return vm_nomem(vm);
    *mock = (struct mock){.older = f->mocks,
                          .builtin = it->kind == WITH_BUILTIN,
                          .target = it->target,
                          .by = it->by,
                          .callee = it->value,
                          .value = it->by == WITH_VALUE ? values[it->value] : NULL};
    f->mocks = mock;
    return 0;
}

int vm_with(struct vm *vm, const struct image_with *with, const struct value *const *values,
            struct frame **out)
{
    const struct image_with_item *const items = image_table(vm->img, IMAGE_WITH_ITEMS);
    struct frame *const f = vm_frame(vm, vm->f);

    if (!f)
        return vm_nomem(vm);
    for (uint32_t i = 0; i < with->n; i++)
        if (apply(vm, f, &items[with->first + i], values) < 0)
            return -1;
    *out = f;
    return 0;
}

const struct mock *vm_mock(const struct vm *vm, bool builtin, uint32_t target)
{
    for (const struct mock *m = vm->f->mocks; m; m = m->older)
        if (m->builtin == builtin && m->target == target)
            return m;
    return NULL;
}

bool vm_masked(const struct vm *vm, const struct image_node *node)
{
    if (!(node->flags & NODE_MASKABLE))
        return false;
    const uint32_t at = (uint32_t)(node - vm->nodes);
    for (const struct mask *m = vm->f->masks; m; m = m->older)
        if (m->node == at)
            return true;
    return false;
}
