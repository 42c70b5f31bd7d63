/* What an earlier run found out, taken over where nothing that it was found from has changed.
 *
 * Every remembered rule set carries which of the image's paths (input.a.b.c) its evaluation read,
 * directly or through the sets it asked. Evaluation is a function of the image, the options and
 * those values alone, so that a set may be taken over when each of its paths leads to an equal
 * value. What cannot be told apart so finely (the whole input, documents under `with`, built-ins
 * that answer differently each time) counts as reading everything. */
#include <string.h>

#include "policy/machine/vm.h"

static uint32_t words_of(const struct image *img)
{
    return image_count(img, IMAGE_PATHS) / 64 + 1;
}

void vm_read(struct vm *vm, uint32_t path)
{
    /* One bit past the last path: everything. */
    const uint32_t bit = vm->f == vm->top ? path : image_count(vm->img, IMAGE_PATHS);

    vm->reads[bit / 64] |= UINT64_C(1) << bit % 64;
}

void vm_read_all(struct vm *vm)
{
    const uint32_t bit = image_count(vm->img, IMAGE_PATHS);

    vm->reads[bit / 64] |= UINT64_C(1) << bit % 64;
}

int vm_reads_begin(struct vm *vm, uint32_t set, uint64_t **outer)
{
    uint64_t *own = vm->reads_of[set];

    if (!own) {
        own = ARENA_NEW_N(vm->a, uint64_t, words_of(vm->img));
        if (!own)
            return vm_nomem(vm);
        vm->reads_of[set] = own;
    }
    *outer = vm->reads;
    vm->reads = own;
    return 0;
}

void vm_reads_add(struct vm *vm, uint32_t set)
{
    const uint64_t *const own = vm->reads_of[set];
    const uint32_t n = words_of(vm->img);

    for (uint32_t i = 0; own && i < n; i++)
        vm->reads[i] |= own[i];
}

/* Where a path leads in the input before and in this one. Below a node that both share all is as it
 * was: *now, which says where it led before, stays. */
static bool same_value(const struct vm *vm, const struct image_path *p, const struct value *was,
                       const struct value **now)
{
    const struct value *v = vm->top->input;

    for (uint32_t i = 0; i < p->n && v != was; i++) {
        const struct value *const key = vm_const(vm, p->first + i);

        v = v ? vm_get(v, key) : NULL;
        was = was ? vm_get(was, key) : NULL;
    }
    if (v == was)
        return true;
    *now = v ? v : &vm_undefined;
    return v && was && value_equal(v, was);
}

/* Fills in where the paths lead now, and tells which of them changed. */
static void find_changes(struct vm *vm, const struct machine_memory *old, uint64_t *changed)
{
    const uint32_t n = image_count(vm->img, IMAGE_PATHS);

    changed[n / 64] |= UINT64_C(1) << n % 64;
    for (uint32_t i = 0; i < n; i++) {
        if (!old->paths || !old->paths[i])
            continue;
        vm->top->paths[i] = old->paths[i];
        if (vm->paths[i].root == 0 &&
            !same_value(vm, &vm->paths[i], old->input, &vm->top->paths[i]))
            changed[i / 64] |= UINT64_C(1) << i % 64;
    }
}

static void take_over(struct vm *vm, const struct machine_memory *old, const uint64_t *changed)
{
    const uint32_t n = words_of(vm->img);

    for (uint32_t set = 0; set < image_count(vm->img, IMAGE_SETS); set++) {
        const uint64_t *const reads = old->reads[set];
        uint64_t hit = 0;

        if (!old->memo[set] || !reads)
            continue;
        for (uint32_t i = 0; i < n; i++)
            hit |= reads[i] & changed[i];
        if (hit == 0) {
            vm->top->memo[set] = old->memo[set];
            vm->reads_of[set] = old->reads[set];
        }
    }
}

int vm_memory_open(struct vm *vm)
{
    const struct machine_memory *const old = vm->opt->memory;
    const uint32_t sets = image_count(vm->img, IMAGE_SETS);

    vm->top->memo = ARENA_NEW_N(vm->a, const void *, sets);
    vm->top->paths =
        ARENA_NEW_N(vm->a, const struct value *, (size_t)image_count(vm->img, IMAGE_PATHS) + 1);
    vm->reads_of = ARENA_NEW_N(vm->a, uint64_t *, sets);
    vm->reads = ARENA_NEW_N(vm->a, uint64_t, 2 * (size_t)words_of(vm->img));
    if (!vm->top->memo || !vm->top->paths || !vm->reads_of || !vm->reads)
        return vm_nomem(vm);
    if (old->image == vm->img && old->now_ns == vm->opt->now_ns && old->input && vm->top->input) {
        uint64_t *const changed = vm->reads + words_of(vm->img);

        find_changes(vm, old, changed);
        take_over(vm, old, changed);
    }
    return 0;
}

void vm_memory_keep(const struct vm *vm)
{
    *vm->opt->memory = (struct machine_memory){.image = vm->img,
                                               .input = vm->top->input,
                                               .now_ns = vm->opt->now_ns,
                                               .memo = vm->top->memo,
                                               .paths = vm->top->paths,
                                               .reads = vm->reads_of};
}
