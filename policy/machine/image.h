/* policy/machine/image.h - layout of a compiled policy image.
 *
 * Layer:   policy/machine (policy/rego/emit*.c writes it, policy/machine reads it)
 * Owns:    nothing.
 * Errors:  see machine.h.
 * Trust:   image_map and image_borrow verify header, section bounds and checksum; image_check
 *          verifies everything else. The machine relies on image_check.
 *
 * An image is one block of bytes, little-endian, 8-byte aligned, offsets only:
 *
 *     header | values | consts | nodes | sets | bodies | code | paths | withs | index | builtins
 *     | entries | rows
 *
 * values    struct value nodes; children come before their parents, so there are no cycles.
 *           Constants, base documents, names: all of them are nodes here and used in place.
 * consts    u32 offsets (from the image's start) of value nodes. A body names its constants by
 *           number from its own base, paths and withs by number from zero.
 * nodes     the rule tree by ground path; children of a node are adjacent and sorted by name.
 *           A node may have a leaf set (complete, partial set, function) and a `dyn` set: the rules
 *           whose head goes on with dynamic keys below it.
 * sets      rule sets: what is evaluated and remembered as one. Queries are sets without a node.
 * bodies    one rule body (or else branch, or default) each: its code and constants.
 * code      struct image_op, ops.def. All jumps stay within the body.
 * paths     input.a.b.c or base data.a.b.c: found once per frame, then one load.
 * withs     rows of one `with` list.
 * index     decision tree that tells which bodies of a set can hold (words, see below).
 * rows      source map: code offset -> file, line, column; sorted by code offset.
 *
 * A register machine: a body is nested loops in one stretch of code. Every instruction that can be
 * undefined names where to go then: the next round of the innermost loop, or the body's end. So
 * backtracking costs a jump, and negation, comprehensions and `every` share the registers of their
 * body. Registers have files of their own per kind (values, iterators, builders, with-frames,
 * documents), so that no code, however broken, takes one for another.
 */
#ifndef POLICY_MACHINE_IMAGE_H
#define POLICY_MACHINE_IMAGE_H

#include "policy/machine/machine.h"

#define IMAGE_MAGIC "SALLYIMG"

enum image_section {
    IMAGE_VALUES, /* count in bytes */
    IMAGE_CONSTS,
    IMAGE_NODES,
    IMAGE_SETS,
    IMAGE_BODIES,
    IMAGE_CODE,
    IMAGE_PATHS,
    IMAGE_WITHS,
    IMAGE_WITH_ITEMS,
    IMAGE_INDEX,
    IMAGE_BUILTINS,
    IMAGE_ENTRIES,
    IMAGE_ROWS,
    IMAGE_SECTIONS,
};

struct image_span {
    uint32_t at; /* bytes from the image's start */
    uint32_t n;  /* elements */
};

struct image_header {
    char magic[8];
    uint32_t format;
    uint32_t len;      /* bytes of the whole image */
    uint64_t checksum; /* of everything after this field */
    struct image_span section[IMAGE_SECTIONS];
    uint32_t meta, data, entries, builtins; /* value nodes */
};

enum { OPERAND_CONST = 0x8000, NONE_REG = 0xffff, REG_MAX = 0x7ffe, IMAGE_KEYS_MAX = 64 };

struct image_op {
    uint16_t op, a, b, c;
    uint32_t d;
};

enum image_opcode {
#define OP(name, a, b, c, d) OP_##name,
#include "policy/machine/ops.def"
#undef OP
    OP_COUNT_OF
};

struct image_node {
    uint32_t name;     /* string node; the root's is the empty string */
    uint32_t parent;   /* the root is its own */
    uint32_t first, n; /* children */
    uint32_t leaf;     /* set + 1, or 0 */
    uint32_t dyn;      /* set + 1, or 0 */
    uint32_t flags;
    uint32_t depth; /* of the tree below the root */
};
enum { NODE_MASKABLE = 1u << 0 }; /* some `with` replaces this document or one it lies in */

/* What ONLY asks of a field: defined; neither undefined nor false; a collection with elements; the
 * contrary of the second. */
enum image_only { ONLY_PRESENT, ONLY_TRUE, ONLY_FILLED, ONLY_NOT_TRUE, ONLY_KINDS };

enum image_set_kind { SET_COMPLETE, SET_PARTIAL, SET_FUNCTION, SET_DYNAMIC, SET_KINDS };
enum { SET_EARLY = 1u << 0, SET_PURE = 1u << 1 }; /* first result decides; needs no frame */

struct image_set {
    uint16_t kind, flags;
    uint16_t args; /* of a function */
    uint16_t regs, iters, builders, frames, docs;
    uint32_t body, bodies; /* range of the bodies tried in turn */
    uint32_t fallback;     /* default: body + 1, or 0 */
    uint32_t index;        /* word, or 0: word 0 is never used */
    uint32_t name;         /* string node: the path as Rego writes it */
    uint32_t row;          /* source row of its first rule */
};

struct image_body {
    uint32_t code, code_n;
    uint32_t consts, consts_n;
    uint32_t otherwise; /* body + 1, or 0; always a later body */
    uint32_t set;
};

struct image_path {
    uint32_t root;     /* 0 input, 1 data */
    uint32_t first, n; /* keys in consts */
};

enum image_with_kind { WITH_INPUT, WITH_DATA, WITH_FUNCTION, WITH_BUILTIN, WITH_KINDS };
enum image_with_value { WITH_VALUE, WITH_BY_FUNCTION, WITH_BY_BUILTIN, WITH_VALUES };

struct image_with {
    uint32_t first, n; /* items */
    uint32_t values;   /* how many registers they take */
};
struct image_with_item {
    uint32_t kind, by;
    uint32_t first, n; /* path keys in consts (input, data) */
    uint32_t target;   /* data: node + 1 or 0; function: set; built-in: builtins row */
    uint32_t value;    /* by function: set; by built-in: builtins row; else the register's number */
};

struct image_builtin {
    uint32_t name; /* string node */
    uint32_t args;
};

struct image_entry {
    uint32_t name; /* string node */
    uint32_t set;
};

struct image_row {
    uint32_t code;
    uint32_t file; /* string node */
    uint32_t line, col;
};

/* Index words: a tree of
 *   INDEX_LIST   n, body * n
 *   INDEX_SWITCH on, other, slots (power of two), { value node or 0, word } * slots
 * `on` is a path, or argument INDEX_ARG + i; `other` is where the bodies stand that do not test it
 * (always visited). A child stands after its parent; word 0 in a slot is none. */
enum { INDEX_LIST = 1, INDEX_SWITCH = 2, INDEX_DEPTH_MAX = 16 };
#define INDEX_ARG 0x80000000u

uint64_t image_checksum(const void *bytes, size_t len);

static inline const struct image_header *image_head(const struct image *img)
{
    return (const struct image_header *)(const void *)img->bytes;
}
static inline const void *image_table(const struct image *img, enum image_section s)
{
    return img->bytes + image_head(img)->section[s].at;
}
static inline uint32_t image_count(const struct image *img, enum image_section s)
{
    return image_head(img)->section[s].n;
}
static inline const struct value *image_value(const struct image *img, uint32_t at)
{
    return (const struct value *)(const void *)(img->bytes + at);
}

/* Hash of a scalar for the index; false when the value is not one the index holds. */
bool image_scalar_hash(const struct value *v, uint32_t *hash);

/* Source row of an instruction; NULL when there is none. */
const struct image_row *image_row_of(const struct image *img, uint32_t code);

/* Source map rows, for coverage: number of them; file, line and column of one. */
size_t image_rows(const struct image *img);
const char *image_row_at(const struct image *img, size_t row, unsigned *line, unsigned *col);

/* machine_run for a set by its number, which takes no arguments: what the compiler asks. */
int machine_run_set(const struct image *img, uint32_t set, const struct value *input,
                    struct arena *a, const struct machine_options *opt, const struct value **out,
                    struct machine_stats *stats, struct err *err) MUST_CHECK;

extern const size_t image_element_size[IMAGE_SECTIONS];

#endif
