/* policy/rego/emit.h - code generation's own parts, between its files.
 *
 * Layer:   policy/rego, internal
 * Owns:    struct emit owns its section buffers (emit_done); the rest lives in the compile's arena.
 * Errors:  sticky: the first failure is kept in *err and `failed`; callers look once, at the end.
 *
 * Code is written in one pass. `gen.fail` is the label where control goes when the instruction at
 * hand is undefined: the next round of the innermost open loop, or the body's end. A loop opens by
 * moving it; what follows in the body stands inside that loop without any nesting in the emitter.
 */
#ifndef POLICY_REGO_EMIT_H
#define POLICY_REGO_EMIT_H

#include "policy/machine/image.h"
#include "policy/rego/rego.h"

/* Values written once each, as nodes of the image. */
struct value_writer {
    struct buf bytes;
    uint32_t base; /* where the bytes will stand in the image */
    struct value_slot {
        uint32_t hash, at; /* at 0: free */
    } * slots;
    size_t slots_n, used;
};

/* A node of the rule tree. */
struct tree {
    const struct value *name;
    struct tree *parent, *kids, *next; /* kids by name */
    struct ruleset *leaf, *dyn;
    bool maskable;
    bool dynamic; /* its extent is dyn's, whole */
    uint32_t id, depth, kids_n;
};

struct ruleset {
    enum image_set_kind kind;
    struct tree *node;
    struct ruleset *next;
    struct rego_rule **rules; /* without defaults */
    size_t rules_n, rules_cap;
    struct rego_rule *fallback;
    uint32_t id, args;
    bool mockable, impure;
    struct ruleset **uses; /* what its code evaluates */
    size_t uses_n, uses_cap;
    const char *name;
    struct rego_loc loc;
    const struct rego_checked_query *query; /* a query's set */
    const struct value *entry;              /* an entry path's set */
    const struct value *folded;             /* its value, worked out; NULL: evaluated at run time */
};

/* Where a source's lines start: positions are looked up tens of thousands of times. */
struct line_table {
    const struct rego_source *source;
    struct line_table *next;
    uint32_t *starts;
    uint32_t n;
};

struct emit {
    struct arena *a;
    const struct rego_program *program;
    struct err *err;
    bool failed;
    struct value_writer values;
    struct buf consts, shared, nodes, sets, bodies, code, paths, withs, with_items, index, builtins,
        entries, rows;
    struct line_table *lines;
    struct tree *root;
    struct ruleset *first, **last;
    uint32_t trees_n, sets_n;
    struct value_list data_targets;    /* paths that some `with` replaces */
    struct value_list builtin_names;   /* row by row */
    struct value_list builtins_mocked; /* names */
    const struct value *const *folded; /* by set: its value; NULL: none is known */
};

enum { SLOT_UNBOUND = 0xfffe };

struct gen {
    struct emit *e;
    struct ruleset *set;
    uint32_t body;  /* row */
    uint32_t code;  /* first instruction */
    uint16_t *slot; /* operand that holds a slot's value, or SLOT_UNBOUND */
    uint32_t *slot_uses;
    uint32_t slots_n;
    uint32_t *bound; /* slots in the order they were bound */
    size_t bound_n;
    uint32_t temp, temp_max, first_temp, pinned;
    uint32_t iters, builders, frames, docs; /* next free */
    uint32_t iters_max, builders_max, frames_max, docs_max;
    uint32_t consts, consts_n;
    uint32_t *labels; /* where each stands */
    size_t labels_n, labels_cap;
    uint32_t fail;
    unsigned opened;              /* loops opened so far */
    const struct rego_body *rest; /* what is written next: from rest_at on */
    size_t rest_at;
    /* The variable that takes the elements of a reference's last step, whose key is a variable. */
    const struct rego_term *element, *element_key;
};

/* emit.c */
int emit_fail(struct emit *e, struct rego_loc loc, const char *fmt, ...) PRINTF_LIKE(3, 4);
void emit_nomem(struct emit *e);
uint32_t emit_value(struct emit *e, const struct value *v); /* offset in the image */
uint32_t emit_path(struct emit *e, uint32_t root, const struct value *const *keys, size_t n);
uint32_t emit_consts(struct emit *e, const struct value *const *keys, size_t n);
uint32_t emit_builtin(struct emit *e, const char *name, uint32_t args, struct rego_loc loc);
const struct value *emit_str(struct emit *e, const char *s);
struct rego_pos emit_pos(struct emit *e, struct rego_loc loc);
static inline uint32_t emit_count(const struct buf *b, size_t size)
{
    return (uint32_t)(b->len / size);
}

/* emit_value.c */
uint32_t value_writer_add(struct value_writer *w, const struct value *v);
void value_writer_done(struct value_writer *w);

/* emit_tree.c */
struct tree *tree_child(const struct tree *t, const struct value *name);
struct tree *tree_find(struct emit *e, const struct value *path); /* NULL: no such node */
void tree_build(struct emit *e);
void tree_number(struct emit *e);
struct ruleset *ruleset_new(struct emit *e, enum image_set_kind kind, struct rego_loc loc);
bool target_overlaps(const struct emit *e, const struct value *const *keys, size_t n);

/* emit_gen.c: registers, labels, instructions. */
void gen_begin(struct gen *g);
void gen_end(struct gen *g);
uint32_t gen_label(struct gen *g);
void gen_place(struct gen *g, uint32_t label);
void gen_op(struct gen *g, enum image_opcode op, uint32_t a, uint32_t b, uint32_t c);
void gen_op_to(struct gen *g, enum image_opcode op, uint32_t a, uint32_t b, uint32_t c,
               uint32_t label);
void gen_jump(struct gen *g, uint32_t label);
uint32_t gen_const(struct gen *g, const struct value *v); /* operand */
uint32_t gen_temps(struct gen *g, uint32_t n);            /* first of n registers */
uint32_t gen_iter(struct gen *g);
uint32_t gen_builder(struct gen *g);
uint32_t gen_frame(struct gen *g);
uint32_t gen_doc(struct gen *g);
void gen_row(struct gen *g, struct rego_loc loc);
void gen_bind(struct gen *g, uint32_t slot, uint32_t operand);
void gen_uses(struct gen *g, struct ruleset *set);

/* A stretch whose variables and registers end with it: negation, comprehension, every. */
struct scope {
    size_t bound_n;
    uint32_t temp, iters, builders, docs, frames, pinned, fail;
};
struct scope gen_scope(const struct gen *g);
void gen_unscope(struct gen *g, const struct scope *s);

/* emit_term.c */
bool gen_ready(const struct gen *g, const struct rego_term *t); /* all it reads is bound */
uint32_t gen_eval(struct gen *g, const struct rego_term *t);    /* operand */
void gen_eval_into(struct gen *g, const struct rego_term *t, uint32_t reg);
void gen_match(struct gen *g, const struct rego_term *pattern, uint32_t operand);
void gen_unify(struct gen *g, const struct rego_term *x, const struct rego_term *y);

/* emit_ref.c */
uint32_t gen_ref(struct gen *g, const struct rego_term *t);
uint32_t gen_data(struct gen *g, struct rego_term *const *path, size_t n, struct rego_loc loc);

/* emit_call.c */
uint32_t gen_call(struct gen *g, const struct rego_term *call); /* operand of the result */
void gen_call_expr(struct gen *g, const struct rego_term *call);
struct ruleset *callee_set(struct emit *e, const struct value *path);

/* emit_expr.c */
void gen_body(struct gen *g, const struct rego_body *body);
void gen_comp(struct gen *g, const struct rego_term *t, uint32_t reg);

/* emit_narrow.c: what the expressions that follow ask of the element of a loop just opened. */
void gen_narrow(struct gen *g, uint32_t it, const struct rego_term *value);

/* emit_with.c */
uint32_t gen_with(struct gen *g, const struct rego_expr *e); /* frame register */

/* emit_fold.c: values of the sets that need no input, by set; NULL where there is none. */
int fold_sets(struct arena *a, const struct buf *image, const struct value *const **out,
              struct err *err);

/* emit_rule.c */
void set_write(struct emit *e, struct ruleset *set, struct image_set *row);

/* emit_index.c: word of the index, or 0. */
uint32_t index_write(struct emit *e, const struct ruleset *set, uint32_t first_body);

/* emit_walk.c */
typedef void expr_visitor(void *ctx, const struct rego_expr *e);
typedef void term_visitor(void *ctx, const struct rego_term *t);
void walk_body(const struct rego_body *b, expr_visitor *ve, term_visitor *vt, void *ctx);
void walk_term(const struct rego_term *t, expr_visitor *ve, term_visitor *vt, void *ctx);
void walk_rule(const struct rego_rule *r, expr_visitor *ve, term_visitor *vt, void *ctx);

#endif
