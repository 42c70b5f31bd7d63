/* policy/machine/regex_ast.h - what the parts of the regular expression engine share.
 *
 * Layer:   policy/machine, private to regex_*.c
 *
 *     regex_parse.c  pattern -> tree        regex_compile.c  tree -> program
 *     regex_class.c  sets of runes          regex_exec.c     program x text -> match
 */
#ifndef POLICY_MACHINE_REGEX_AST_H
#define POLICY_MACHINE_REGEX_AST_H

#include "policy/machine/regex.h"

struct rune_span {
    uint32_t lo, hi;
};

/* A set of runes under construction; `failed` sticks when memory is used up. */
struct rune_set {
    struct arena *arena;
    struct rune_span *at;
    size_t n, cap;
    bool failed;
};

void rune_set_add(struct rune_set *s, uint32_t lo, uint32_t hi);
/* The same and everything that differs from it by case only. */
void rune_set_add_folded(struct rune_set *s, uint32_t lo, uint32_t hi);
void rune_set_add_all(struct rune_set *s, const struct rune_set *other);
void rune_set_tidy(struct rune_set *s); /* sort and join */
void rune_set_negate(struct rune_set *s);
/* Add what \p{NAME} means (folded when `fold`), negated when `negate`; false: no such name. */
bool rune_set_add_property(struct rune_set *s, const char *name, size_t len, bool negate,
                           bool fold);
/* The next rune of r's case orbit; r itself when it has no other. */
uint32_t rune_fold_next(uint32_t r);

enum node_op {
    NODE_EMPTY,  /* matches nothing's width */
    NODE_NEVER,  /* matches not at all: [^\x00-\x{10FFFF}] */
    NODE_RUNE,   /* u.rune */
    NODE_SET,    /* u.set: spans, tidy */
    NODE_ANY,    /* any rune */
    NODE_LINE,   /* any rune but \n */
    NODE_ASSERT, /* u.assert */
    NODE_GROUP,  /* u.group; one child */
    NODE_REPEAT, /* u.repeat; one child */
    NODE_CONCAT, /* children in order */
    NODE_ALT,    /* children by preference */
};

enum regex_assert {
    ASSERT_LINE_BEGIN = 1u << 0,
    ASSERT_LINE_END = 1u << 1,
    ASSERT_TEXT_BEGIN = 1u << 2,
    ASSERT_TEXT_END = 1u << 3,
    ASSERT_WORD = 1u << 4,
    ASSERT_NOT_WORD = 1u << 5,
};

struct regex_node {
    enum node_op op;
    bool lazy;     /* NODE_REPEAT: as little as possible */
    bool nullable; /* can match without consuming */
    uint32_t height;
    uint64_t size; /* instructions, an upper bound */
    struct regex_node *kid, *next;
    union {
        uint32_t rune, assert, group;
        struct {
            const struct rune_span *at;
            size_t n;
        } set;
        struct {
            int min, max; /* max -1: no limit */
        } repeat;
    } u;
};

struct regex_name {
    const char *bytes;
    size_t len;
    uint32_t group;
    struct regex_name *next;
};

struct regex_tree {
    struct regex_node *root;
    uint32_t groups;          /* without the whole */
    struct regex_name *names; /* the last one first */
};

int regex_parse(struct arena *a, const char *pattern, size_t len, struct regex_tree *out,
                struct err *err) MUST_CHECK;

/* --- the program ------------------------------------------------------------------------- */

enum regex_op {
    OP_MATCH,
    OP_FAIL,
    OP_RUNE, /* x: the rune */
    OP_SET,  /* x: word offset of a set: n, 4 words of ASCII bits, n spans */
    OP_ANY,
    OP_LINE,
    OP_ASSERT, /* x: enum regex_assert */
    OP_SAVE,   /* x: capture slot */
    OP_JUMP,   /* x: target */
    OP_SPLIT,  /* x first, y second */
};

struct regex_inst {
    uint32_t op, x, y;
};

enum { REGEX_PREFIX_MAX = 64 };

/* One block: this header, instructions, words of sets, names. */
struct regex {
    uint32_t n;        /* instructions; the first is the start */
    uint32_t groups;   /* the whole included */
    uint32_t words_at; /* byte offset of the sets */
    uint32_t names_at; /* byte offset of the names: u32 group, u32 length, bytes; repeated */
    uint32_t names_n;
    bool anchored;      /* can match at the text's beginning only */
    bool has_first;     /* `first` says with which bytes a match begins */
    uint8_t prefix_len; /* every match begins with `prefix` */
    uint32_t first[8];
    char prefix[REGEX_PREFIX_MAX];
    struct regex_inst inst[];
};

static inline const uint32_t *regex_set(const struct regex *re, uint32_t offset)
{
    return (const uint32_t *)(const void *)((const char *)re + re->words_at) + offset;
}

#endif
