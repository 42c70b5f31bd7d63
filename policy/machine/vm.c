#include "policy/machine/vm.h"

#include <stdlib.h>
#include <string.h>

int vm_nomem(struct vm *vm)
{
    if (vm->a->failed)
        return err_set(vm->err, ERR_LIMIT, "evaluation needs more than %zu bytes of memory",
                       vm->a->budget);
    return err_nomem(vm->err);
}

int vm_error(struct vm *vm, const char *code, const char *text)
{
    const struct image_row *const row = image_row_of(vm->img, vm->pc);

    if (!row)
        return err_eval(vm->err, code, "%s: %s", code, text);
    return err_eval(vm->err, code, "%s:%u: %s: %s", value_bytes(vm_value(vm, row->file)), row->line,
                    code, text);
}

static int find_entry(const struct image *img, const char *name, uint32_t *set, struct err *err)
{
    const struct image_entry *const table = image_table(img, IMAGE_ENTRIES);
    const size_t len = strlen(name);

    for (uint32_t i = 0; i < image_count(img, IMAGE_ENTRIES); i++) {
        const struct value *const v = image_value(img, table[i].name);
        if (v->count == len && memcmp(value_bytes(v), name, len) == 0) {
            *set = table[i].set;
            return 0;
        }
    }
    return err_set(err, ERR_INVALID, "the image has no entry point %s", name);
}

static void free_stack(struct vm *vm)
{
    while (vm->stack) {
        struct chunk *const gone = vm->stack;

        vm->stack = gone->older;
        free(gone);
    }
}

int machine_run(const struct image *img, const char *entry, const struct value *input,
                struct arena *a, const struct machine_options *opt, const struct value **out,
                struct machine_stats *stats, struct err *err)
{
    uint32_t set = 0;

    if (find_entry(img, entry, &set, err) < 0)
        return -1;
    return machine_run_set(img, set, input, a, opt, out, stats, err);
}

int machine_run_set(const struct image *img, uint32_t set, const struct value *input,
                    struct arena *a, const struct machine_options *opt, const struct value **out,
                    struct machine_stats *stats, struct err *err)
{
    static const struct machine_options defaults = {0};
    struct machine_stats mine = {0};
    struct frame frame = {.input = input, .data = img->data};
    struct vm vm = {.img = img,
                    .bytes = img->bytes,
                    .code = image_table(img, IMAGE_CODE),
                    .consts = image_table(img, IMAGE_CONSTS),
                    .nodes = image_table(img, IMAGE_NODES),
                    .sets = image_table(img, IMAGE_SETS),
                    .bodies = image_table(img, IMAGE_BODIES),
                    .paths = image_table(img, IMAGE_PATHS),
                    .index = image_table(img, IMAGE_INDEX),
                    .a = a,
                    .opt = opt ? opt : &defaults,
                    .stats = stats ? stats : &mine,
                    .err = err,
                    .f = &frame,
                    .top = &frame};

    vm.builtins =
        ARENA_NEW_N(a, const struct builtin *, (size_t)image_count(img, IMAGE_BUILTINS) + 1);
    if (!vm.builtins)
        return vm_nomem(&vm);
    vm.limit = vm.opt->limits.steps ? vm.opt->limits.steps : MACHINE_STEPS;
    vm.depth_max = vm.opt->limits.depth ? vm.opt->limits.depth : MACHINE_DEPTH;
    vm.ctx = (struct builtin_ctx){.arena = a, .opt = vm.opt, .random = vm.opt->seed};
    *vm.stats = (struct machine_stats){0};

    if (vm.opt->memory && vm_memory_open(&vm) < 0)
        return -1;

    const int rc = vm_set(&vm, set, out);
    free_stack(&vm);
    if (rc == 0 && vm.opt->memory)
        vm_memory_keep(&vm);
    vm.stats->steps = vm.steps - vm.fuel;
    return rc;
}
