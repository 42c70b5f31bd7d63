/* policy/machine/vm.h - the machine's own parts, between its files.
 *
 * Layer:   policy/machine, internal
 * Owns:    values, frames and lists live in the run's arena; the register stack is the heap's and
 *          freed when the run ends.
 * Errors:  -1 with *err set ends the run. Undefined is not an error.
 * Trust:   the image has passed image_check, so table rows and registers are in bounds; what
 *          values are (types, sizes) is looked at here.
 */
#ifndef POLICY_MACHINE_VM_H
#define POLICY_MACHINE_VM_H

#include "policy/machine/builtin.h"
#include "policy/machine/image.h"

/* What `with` put in place of a built-in or function. */
struct mock {
    const struct mock *older;
    bool builtin; /* the target is a built-in (else a function set) */
    uint32_t target;
    uint32_t by; /* enum image_with_value */
    uint32_t callee;
    const struct value *value;
};

struct mask {
    const struct mask *older;
    uint32_t node;
};

/* One `with` scope: documents, replacements, and what was found out under them. */
struct frame {
    struct frame *parent;
    const struct value *input; /* NULL: undefined */
    const struct value *data;
    const struct mask *masks;
    const struct mock *mocks;
    const void **memo;          /* by set: NULL not yet, &vm_undefined, or the result */
    const struct value **paths; /* by path: the same */
};

/* A partial document while it grows: one row per rule result. */
struct entry {
    const struct value *const *keys;
    uint32_t keys_n;
    bool member; /* value is a member of a set at the keys' end */
    const struct value *value;
};
struct entries {
    struct entry *at; /* sorted by keys once sealed */
    size_t n, cap;
};

/* A place among documents: rule tree node, base document and dynamic part, each may be missing. */
struct doc {
    const struct image_node *node;
    const struct value *base;
    const struct entry *dyn; /* rows [0, dyn_n), all with the same first `level` keys */
    uint32_t dyn_n, level;
};

struct iter {
    const struct value *coll; /* for documents: array of the keys */
    uint32_t i, n;
    bool narrowed;
    uint64_t only; /* narrowed: bits of the elements still to be visited */
    struct doc doc;
};

struct builder {
    const struct value **keys, **vals;
    size_t n, cap, keys_n, keys_cap;
};

/* An evaluation of a rule set. */
struct act {
    const struct image_set *set;
    const struct image_body *body;
    const struct value **r;
    struct iter *i;
    struct builder *b;
    struct frame **w;
    struct doc *d;
    const struct value *result; /* complete, function */
    struct builder members;     /* partial set */
    struct entries entries;     /* dynamic */
    size_t hits;
    bool stop;
};

struct chunk {
    struct chunk *older;
    size_t size;
};

enum { FIELDS_CACHED = 16 };

struct vm {
    const struct image *img;
    const uint8_t *bytes;
    const struct image_op *code;
    const uint32_t *consts;
    const struct image_node *nodes;
    const struct image_set *sets;
    const struct image_body *bodies;
    const struct image_path *paths;
    const uint32_t *index;
    struct arena *a;
    const struct machine_options *opt;
    struct machine_stats *stats;
    struct err *err;
    struct frame *f, *top;
    const struct builtin **builtins; /* by row, found when first called */
    struct builtin_ctx ctx;
    uint64_t steps, limit; /* taken so far when last counted; the most */
    uint64_t fuel;         /* instructions until the next count */
    unsigned depth, depth_max;
    char *stack_at, *stack_end;
    struct chunk *stack;
    uint64_t **reads_of;                  /* by set, see vm_memory.c; NULL: nobody asks */
    uint64_t *reads;                      /* of the set that is being evaluated */
    struct fields *fields[FIELDS_CACHED]; /* of collections that loops narrow, by address */
    uint32_t pc;                          /* of the instruction that calls out, for messages */
};

extern const struct value vm_undefined;

static inline const struct value *vm_value(const struct vm *vm, uint32_t at)
{
    return (const struct value *)(const void *)(vm->bytes + at);
}
static inline const struct value *vm_const(const struct vm *vm, uint32_t k)
{
    return vm_value(vm, vm->consts[k]);
}

/* vm_get.c: collections and paths. */
const struct value *vm_get(const struct value *coll, const struct value *key);
const struct value *vm_path(struct vm *vm, uint32_t path); /* &vm_undefined; NULL: no memory */
const struct value *vm_int(struct vm *vm, uint32_t n);

/* vm_build.c: lists that become values. */
int vm_builder_add(struct vm *vm, struct builder *b, const struct value *key,
                   const struct value *val);
int vm_seal_object(struct vm *vm, const struct builder *b, const struct value **out);
int vm_entries_add(struct vm *vm, struct entries *e, const struct value *const *keys, uint32_t n,
                   const struct value *value, bool member);
void vm_entries_sort(struct entries *e, struct vm *vm);
int vm_entries_value(struct vm *vm, const struct entry *at, size_t n, uint32_t level,
                     const struct value **out);

/* vm_fields.c: which elements of a collection have a field. False: none of those still to come.
 * Memory that cannot be had narrows nothing. */
bool vm_narrow(struct vm *vm, struct iter *it, const struct value *key, uint32_t what);

/* vm_doc.c: the union of rules and base documents. */
int vm_doc_node(struct vm *vm, uint32_t node, struct doc *out);
int vm_doc_get(struct vm *vm, const struct doc *d, const struct value *key, struct doc *out,
               bool *defined);
int vm_doc_keys(struct vm *vm, const struct doc *d, const struct value **keys);
int vm_doc_value(struct vm *vm, const struct doc *d, const struct value **out); /* NULL: undef. */

/* vm_with.c: frames. */
struct frame *vm_frame(struct vm *vm, const struct frame *from);
int vm_with(struct vm *vm, const struct image_with *with, const struct value *const *values,
            struct frame **out);
const struct mock *vm_mock(const struct vm *vm, bool builtin, uint32_t target);
bool vm_masked(const struct vm *vm, const struct image_node *node);

/* vm_call.c: sets, functions and built-ins. */
int vm_set(struct vm *vm, uint32_t set, const struct value **out); /* NULL: undefined */
int vm_dynamic(struct vm *vm, uint32_t set, const struct entries **out);
int vm_call(struct vm *vm, uint32_t set, const struct value *const *args, const struct value **out);
int vm_builtin(struct vm *vm, uint32_t row, const struct value *const *args,
               const struct value **out);
int vm_call_mocked(struct vm *vm, bool builtin, uint32_t target, const struct value *const *args,
                   const struct value **out);

/* vm_memory.c: what was read, and what an earlier run found out. */
void vm_read(struct vm *vm, uint32_t path);
void vm_read_all(struct vm *vm);
int vm_reads_begin(struct vm *vm, uint32_t set, uint64_t **outer);
void vm_reads_add(struct vm *vm, uint32_t set); /* a remembered set's to the one that asks */
int vm_memory_open(struct vm *vm);
void vm_memory_keep(const struct vm *vm);

/* vm_exec.c: one body, from its first instruction to its end. */
int vm_exec(struct vm *vm, struct act *act, const struct image_body *body);

/* ERR_EVAL with "FILE:LINE: CODE: TEXT" of the instruction at vm->pc. */
int vm_error(struct vm *vm, const char *code, const char *text);
int vm_nomem(struct vm *vm);

#endif
