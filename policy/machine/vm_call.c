#include <stdlib.h>
#include <string.h>

#include "policy/machine/vm.h"

enum { STACK_CHUNK = 256 * 1024 };

/* --- the register stack ------------------------------------------------------------------ */

static void *stack_push(struct vm *vm, size_t size)
{
    if (!vm->stack || size > (size_t)(vm->stack_end - vm->stack_at)) {
        const size_t want =
            size + sizeof(struct chunk) > STACK_CHUNK ? size + sizeof(struct chunk) : STACK_CHUNK;
        if (want > vm->a->budget)
            return NULL;
        struct chunk *const c = malloc(want);
        if (!c)
            return NULL;
        c->older = vm->stack;
        c->size = want;
        vm->stack = c;
        vm->stack_at = (char *)(c + 1);
        vm->stack_end = (char *)c + want;
    }
    void *const got = vm->stack_at;
    vm->stack_at += size;
    return got;
}

static void stack_pop(struct vm *vm, struct chunk *chunk, char *at)
{
    while (vm->stack != chunk) {
        struct chunk *const gone = vm->stack;

        vm->stack = gone->older;
        free(gone);
    }
    vm->stack_at = at;
    vm->stack_end = chunk ? (char *)chunk + chunk->size : NULL;
}

/* Registers of a set. Values start as null, the rest as nothing. */
static bool registers(struct vm *vm, struct act *act)
{
    const struct image_set *const s = act->set;
    const size_t rest = s->iters * sizeof(struct iter) + s->builders * sizeof(struct builder) +
                        s->docs * sizeof(struct doc) + s->frames * sizeof(struct frame *);
    const size_t values = s->regs * sizeof(struct value *);
    char *at = stack_push(vm, values + rest);

    if (!at)
        return false;
    act->r = (const struct value **)(void *)at;
    for (uint32_t i = 0; i < s->regs; i++)
        act->r[i] = &value_null;
    at += values;
    /* Seldom more than a few words: not worth a call. */
    for (uint64_t *word = (uint64_t *)(void *)at; word < (uint64_t *)(void *)(at + rest); word++)
        *word = 0;
    act->i = (struct iter *)(void *)at;
    at += s->iters * sizeof(struct iter);
    act->b = (struct builder *)(void *)at;
    at += s->builders * sizeof(struct builder);
    act->d = (struct doc *)(void *)at;
    at += s->docs * sizeof(struct doc);
    act->w = (struct frame **)(void *)at;
    return true;
}

/* --- bodies ------------------------------------------------------------------------------ */

/* A body, and while nothing comes of it, its else branches. */
static int run_chain(struct vm *vm, struct act *act, uint32_t body)
{
    const size_t before = act->hits;

    for (;;) {
        const struct image_body *const b = &vm->bodies[body];

        vm->stats->rules++;
        if (vm_exec(vm, act, b) < 0)
            return -1;
        if (act->hits != before || b->otherwise == 0)
            return 0;
        body = b->otherwise - 1;
    }
}

/* Slot of a switch that holds v; the word behind it, or 0. */
static uint32_t find_slot(const struct vm *vm, const uint32_t *slots, uint32_t n,
                          const struct value *v)
{
    uint32_t hash;

    if (!image_scalar_hash(v, &hash))
        return 0;
    for (uint32_t i = hash & (n - 1), tries = 0; tries < n; tries++, i = (i + 1) & (n - 1)) {
        if (slots[2 * i] == 0)
            return 0;
        if (value_equal(vm_value(vm, slots[2 * i]), v))
            return slots[2 * i + 1];
    }
    return 0;
}

static int run_index(struct vm *vm, struct act *act, uint32_t word)
{
    while (word != 0 && !act->stop) {
        const uint32_t *const w = vm->index + word;

        if (w[0] == INDEX_LIST) {
            for (uint32_t i = 0; i < w[1] && !act->stop; i++)
                if (run_chain(vm, act, w[2 + i]) < 0)
                    return -1;
            return 0;
        }

        const struct value *const on =
            w[1] & INDEX_ARG ? act->r[w[1] & ~INDEX_ARG] : vm_path(vm, w[1]);
        if (!on)
            return vm_nomem(vm);
        const uint32_t next = on == &vm_undefined ? 0 : find_slot(vm, w + 4, w[3], on);
        if (next != 0 && run_index(vm, act, next) < 0)
            return -1;
        word = w[2];
    }
    return 0;
}

static int run_bodies(struct vm *vm, struct act *act)
{
    const struct image_set *const s = act->set;

    if (s->index != 0)
        return run_index(vm, act, s->index);
    for (uint32_t i = 0; i < s->bodies && !act->stop; i++)
        if (run_chain(vm, act, s->body + i) < 0)
            return -1;
    return 0;
}

/* Evaluate a set into act, whose stack window is gone when this returns. */
static int evaluate(struct vm *vm, struct act *act, const struct value *const *args)
{
    const struct image_set *const s = act->set;
    struct chunk *const chunk = vm->stack;
    char *const at = vm->stack_at;
    struct frame *const frame = vm->f;
    int rc;

    if (vm->depth >= vm->depth_max)
        return err_set(vm->err, ERR_LIMIT, "more than %u nested calls", vm->depth_max);
    if (!registers(vm, act))
        return vm_nomem(vm);
    for (uint32_t i = 0; i < s->args; i++)
        act->r[i] = args[i];

    vm->depth++;
    vm->stats->calls++;
    rc = run_bodies(vm, act);
    if (rc == 0 && act->hits == 0 && s->fallback != 0)
        rc = run_chain(vm, act, s->fallback - 1);
    vm->depth--;
    vm->f = frame;
    stack_pop(vm, chunk, at);
    return rc;
}

/* --- results that are remembered --------------------------------------------------------- */

struct dynamic {
    struct entries entries;
    const struct value *value;
};

static const void **memo_of(struct vm *vm, uint32_t set)
{
    struct frame *const f = vm->sets[set].flags & SET_PURE ? vm->top : vm->f;

    if (!f->memo)
        f->memo = ARENA_NEW_N(vm->a, const void *, image_count(vm->img, IMAGE_SETS));
    return f->memo ? &f->memo[set] : NULL;
}

/* Evaluate a set that is remembered, and what it reads with it. */
static int evaluate_kept(struct vm *vm, struct act *act, uint32_t set)
{
    uint64_t *outer = NULL;

    if (!vm->reads_of)
        return evaluate(vm, act, NULL);
    if (vm_reads_begin(vm, set, &outer) < 0 || evaluate(vm, act, NULL) < 0)
        return -1;
    vm->reads = outer;
    return 0;
}

int vm_dynamic(struct vm *vm, uint32_t set, const struct entries **out)
{
    const void **const memo = memo_of(vm, set);

    if (!memo)
        return vm_nomem(vm);
    if (!*memo) {
        struct act act = {.set = &vm->sets[set]};
        struct dynamic *const d = ARENA_NEW(vm->a, struct dynamic);

        if (!d)
            return vm_nomem(vm);
        if (evaluate_kept(vm, &act, set) < 0)
            return -1;
        d->entries = act.entries;
        vm_entries_sort(&d->entries, vm);
        if (vm->a->failed)
            return vm_nomem(vm);
        *memo = d;
    }
    if (vm->reads_of)
        vm_reads_add(vm, set);
    *out = &((const struct dynamic *)*memo)->entries;
    return 0;
}

static int dynamic_value(struct vm *vm, uint32_t set, const struct value **out)
{
    const struct entries *e;

    if (vm_dynamic(vm, set, &e) < 0)
        return -1;
    /* The memo is ours; only its entries are handed out as constant. */
    struct dynamic *const d = (struct dynamic *)(uintptr_t)e;
    if (!d->value && vm_entries_value(vm, e->at, e->n, 0, &d->value) < 0)
        return -1;
    *out = d->value;
    return 0;
}

int vm_set(struct vm *vm, uint32_t set, const struct value **out)
{
    if (vm->sets[set].kind == SET_DYNAMIC)
        return dynamic_value(vm, set, out);

    const void **const memo = memo_of(vm, set);
    if (!memo)
        return vm_nomem(vm);
    if (!*memo) {
        struct act act = {.set = &vm->sets[set]};

        if (evaluate_kept(vm, &act, set) < 0)
            return -1;
        if (act.set->kind == SET_PARTIAL) {
            act.result = value_set(vm->a, act.members.vals, act.members.n);
            if (!act.result)
                return vm_nomem(vm);
        }
        *memo = act.result ? act.result : &vm_undefined;
    }
    if (vm->reads_of)
        vm_reads_add(vm, set);
    *out = *memo == &vm_undefined ? NULL : *memo;
    return 0;
}

int vm_call(struct vm *vm, uint32_t set, const struct value *const *args, const struct value **out)
{
    struct act act = {.set = &vm->sets[set]};

    if (evaluate(vm, &act, args) < 0)
        return -1;
    *out = act.result;
    return 0;
}

/* --- built-ins and replacements ---------------------------------------------------------- */

static const struct builtin *linked(struct vm *vm, uint32_t row)
{
    const struct image_builtin *const table = image_table(vm->img, IMAGE_BUILTINS);

    if (!vm->builtins[row]) {
        const struct value *const name = vm_value(vm, table[row].name);
        const struct builtin *const b = builtin_find(value_bytes(name), name->count);

        if (!b || b->arity != table[row].args) {
            (void)err_set(vm->err, ERR_INVALID, "built-in %s is not part of this program",
                          value_bytes(name));
            return NULL;
        }
        vm->builtins[row] = b;
    }
    return vm->builtins[row];
}

int vm_builtin(struct vm *vm, uint32_t row, const struct value *const *args,
               const struct value **out)
{
    const struct builtin *const b = linked(vm, row);

    if (!b)
        return -1;
    *out = NULL;
    vm->ctx.name = b->name;
    if (vm->reads_of && (b->flags & BUILTIN_NONDETERMINISTIC))
        vm_read_all(vm);
    if (b->fn(&vm->ctx, args, out, vm->err) == 0)
        return 0;

    *out = NULL;
    if (vm->err->code != ERR_EVAL)
        return vm->a->failed ? vm_nomem(vm) : -1;
    if (!vm->opt->strict_builtin_errors)
        return 0;

    char text[ERR_TEXT_MAX];
    memcpy(text, vm->err->text, sizeof(text));
    return vm_error(vm, vm->err->eval ? vm->err->eval : "eval_builtin_error", text);
}

int vm_call_mocked(struct vm *vm, bool builtin, uint32_t target, const struct value *const *args,
                   const struct value **out)
{
    const struct mock *const m = vm_mock(vm, builtin, target);

    if (!m)
        return builtin ? vm_builtin(vm, target, args, out) : vm_call(vm, target, args, out);
    if (m->by == WITH_VALUE) {
        *out = m->value;
        return 0;
    }
    if (m->by == WITH_BY_BUILTIN)
        return vm_builtin(vm, m->callee, args, out);

    /* The replacement may call what it replaces: inside it nothing is replaced. */
    struct frame *const saved = vm->f;
    struct frame *const plain = vm_frame(vm, saved);
    if (!plain)
        return vm_nomem(vm);
    plain->mocks = NULL;
    vm->f = plain;
    const int rc = vm_call(vm, m->callee, args, out);
    vm->f = saved;
    return rc;
}
