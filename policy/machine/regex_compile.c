#include <string.h>

#include "base/buf.h"
#include "policy/machine/regex_ast.h"
#include "policy/machine/rune.h"

struct compiler {
    struct arena *arena;
    struct regex_inst *inst;
    uint32_t n, cap;
    uint32_t *words;
    size_t words_n, words_cap;
    bool failed;
};

static uint32_t emit(struct compiler *c, enum regex_op op, uint32_t x, uint32_t y)
{
    if (c->failed || c->n == c->cap) {
        c->failed = true;
        return 0;
    }
    c->inst[c->n] = (struct regex_inst){op, x, y};
    return c->n++;
}

/* Words of a set: count, 128 bits for ASCII, spans. */
static uint32_t emit_set(struct compiler *c, const struct rune_span *at, size_t n)
{
    const size_t need = 5 + 2 * n;

    if (c->words_n + need > c->words_cap) {
        const size_t cap = 2 * c->words_cap + need;
        uint32_t *const grown = ARENA_NEW_N(c->arena, uint32_t, cap);

        if (grown == NULL) {
            c->failed = true;
            return 0;
        }
        if (c->words_n > 0)
            memcpy(grown, c->words, c->words_n * sizeof(*grown));
        c->words = grown;
        c->words_cap = cap;
    }
    const size_t offset = c->words_n;
    uint32_t *const w = c->words + offset;

    w[0] = (uint32_t)n;
    memset(w + 1, 0, 4 * sizeof(*w));
    for (size_t i = 0; i < n; i++) {
        for (uint32_t r = at[i].lo; r <= at[i].hi && r < 128; r++)
            w[1 + r / 32] |= 1u << (r % 32);
        w[5 + 2 * i] = at[i].lo;
        w[6 + 2 * i] = at[i].hi;
    }
    c->words_n += need;
    return (uint32_t)offset;
}

static void gen(struct compiler *c, const struct regex_node *node);

/* A split whose preferred way is the next instruction, unless lazy; y or x is set later. */
static uint32_t emit_split(struct compiler *c)
{
    const uint32_t at = emit(c, OP_SPLIT, 0, 0);

    if (!c->failed)
        c->inst[at].x = c->n;
    return at;
}

static void set_split(struct compiler *c, uint32_t at, uint32_t other, bool lazy)
{
    if (c->failed)
        return;
    struct regex_inst *const i = &c->inst[at];
    const uint32_t next = i->x;

    i->x = lazy ? other : next;
    i->y = lazy ? next : other;
}

static void gen_plus(struct compiler *c, const struct regex_node *sub, bool lazy)
{
    const uint32_t top = c->n;

    gen(c, sub);
    const uint32_t split = emit(c, OP_SPLIT, top, 0);

    set_split(c, split, c->n, lazy);
}

static void gen_star(struct compiler *c, const struct regex_node *sub, bool lazy)
{
    const uint32_t split = emit_split(c);

    /* (x+)? keeps the order of preference right where x may match nothing */
    if (sub->nullable) {
        gen_plus(c, sub, lazy);
    } else {
        gen(c, sub);
        (void)emit(c, OP_JUMP, split, 0);
    }
    set_split(c, split, c->n, lazy);
}

static void gen_repeat(struct compiler *c, const struct regex_node *node)
{
    const struct regex_node *const sub = node->kid;
    const int min = node->u.repeat.min, max = node->u.repeat.max;
    const int fixed = max < 0 && min > 0 ? min - 1 : min;

    for (int i = 0; i < fixed; i++)
        gen(c, sub);
    if (max < 0) {
        if (min == 0)
            gen_star(c, sub, node->lazy);
        else
            gen_plus(c, sub, node->lazy);
        return;
    }
    /* x{n,m}: after the n, (x(x(x)?)?)?: each split leaves to the same end */
    uint32_t chain = UINT32_MAX;

    for (int i = min; i < max && !c->failed; i++) {
        const uint32_t split = emit_split(c);

        if (!c->failed)
            c->inst[split].y = chain;
        chain = split;
        gen(c, sub);
    }
    while (!c->failed && chain != UINT32_MAX) {
        const uint32_t before = c->inst[chain].y;

        set_split(c, chain, c->n, node->lazy);
        chain = before;
    }
}

static void gen_alt(struct compiler *c, const struct regex_node *node)
{
    uint32_t chain = UINT32_MAX;

    for (const struct regex_node *k = node->kid; k != NULL && !c->failed; k = k->next) {
        if (k->next == NULL) {
            gen(c, k);
            break;
        }
        const uint32_t split = emit_split(c);

        gen(c, k);
        chain = emit(c, OP_JUMP, chain, 0);
        set_split(c, split, c->n, false);
    }
    while (!c->failed && chain != UINT32_MAX) {
        const uint32_t before = c->inst[chain].x;

        c->inst[chain].x = c->n;
        chain = before;
    }
}

static void gen(struct compiler *c, const struct regex_node *node)
{
    if (c->failed)
        return;
    switch (node->op) {
    case NODE_EMPTY:
        break;
    case NODE_NEVER:
        (void)emit(c, OP_FAIL, 0, 0);
        break;
    case NODE_RUNE:
        (void)emit(c, OP_RUNE, node->u.rune, 0);
        break;
    case NODE_SET:
        (void)emit(c, OP_SET, emit_set(c, node->u.set.at, node->u.set.n), 0);
        break;
    case NODE_ANY:
        (void)emit(c, OP_ANY, 0, 0);
        break;
    case NODE_LINE:
        (void)emit(c, OP_LINE, 0, 0);
        break;
    case NODE_ASSERT:
        (void)emit(c, OP_ASSERT, node->u.assert, 0);
        break;
    case NODE_GROUP:
        (void)emit(c, OP_SAVE, 2 * node->u.group, 0);
        gen(c, node->kid);
        (void)emit(c, OP_SAVE, 2 * node->u.group + 1, 0);
        break;
    case NODE_REPEAT:
        gen_repeat(c, node);
        break;
    case NODE_CONCAT:
        for (const struct regex_node *k = node->kid; k != NULL; k = k->next)
            gen(c, k);
        break;
    case NODE_ALT:
        gen_alt(c, node);
        break;
    }
}

/* --- what a search may skip -------------------------------------------------------------- */

static void first_byte(uint32_t set[8], unsigned b)
{
    set[b / 32] |= 1u << (b % 32);
}

static void first_span(uint32_t set[8], uint32_t lo, uint32_t hi)
{
    char bytes[UTF8_MAX];

    for (uint32_t r = lo; r <= hi && r < 0x80; r++)
        first_byte(set, r);
    if (hi < 0x80)
        return;
    (void)utf8_encode(bytes, lo < 0x80 ? 0x80 : lo);
    const unsigned from = (unsigned char)bytes[0];

    (void)utf8_encode(bytes, hi);
    for (unsigned b = from; b <= (unsigned char)bytes[0]; b++)
        first_byte(set, b);
    /* an invalid byte reads as U+FFFD; surrogates encode as it too */
    if (hi >= 0xd800) {
        for (unsigned b = 0x80; b <= 0xff; b++)
            first_byte(set, b);
    }
}

static void first_inst(const struct regex *re, const struct regex_inst *i, uint32_t set[8])
{
    if (i->op == OP_RUNE) {
        first_span(set, i->x, i->x);
    } else if (i->op == OP_SET) {
        const uint32_t *const w = regex_set(re, i->x);

        for (uint32_t k = 0; k < w[0]; k++)
            first_span(set, w[5 + 2 * k], w[6 + 2 * k]);
    } else {
        memset(set, 0xff, 8 * sizeof(*set));
    }
}

/* The bytes with which a match can begin; false when it can be empty. Assertions are passed over:
 * that can only add bytes. */
static bool first_bytes(const struct regex *re, struct arena *a, uint32_t set[8])
{
    const struct arena_mark mark = arena_mark(a);
    uint32_t *const stack = ARENA_NEW_N(a, uint32_t, (size_t)re->n + 1);
    uint8_t *const seen = ARENA_NEW_N(a, uint8_t, re->n);
    uint32_t n = 0;
    bool empty = stack == NULL || seen == NULL;

    if (!empty) {
        stack[n++] = 0;
        seen[0] = 1;
    }
    while (n > 0 && !empty) {
        const uint32_t pc = stack[--n];
        const struct regex_inst *const i = &re->inst[pc];
        uint32_t next[2] = {UINT32_MAX, UINT32_MAX};

        switch ((enum regex_op)i->op) {
        case OP_MATCH:
            empty = true;
            break;
        case OP_FAIL:
            break;
        case OP_RUNE:
        case OP_SET:
        case OP_ANY:
        case OP_LINE:
            first_inst(re, i, set);
            break;
        case OP_ASSERT:
        case OP_SAVE:
            next[0] = pc + 1;
            break;
        case OP_JUMP:
            next[0] = i->x;
            break;
        case OP_SPLIT:
            next[0] = i->x;
            next[1] = i->y;
            break;
        }
        for (unsigned k = 0; k < 2; k++) {
            if (next[k] != UINT32_MAX && !seen[next[k]]) {
                seen[next[k]] = 1;
                stack[n++] = next[k];
            }
        }
    }
    arena_reset(a, mark);
    return !empty;
}

/* Straight-line code from the start on: what each match begins with, whatever jumps back. */
static void find_prefix(struct regex *re)
{
    uint32_t pc = 0;

    while (re->inst[pc].op == OP_SAVE)
        pc++;
    re->anchored = re->inst[pc].op == OP_ASSERT && re->inst[pc].x == ASSERT_TEXT_BEGIN;
    for (; re->inst[pc].op == OP_RUNE || re->inst[pc].op == OP_SAVE; pc++) {
        char bytes[UTF8_MAX];

        if (re->inst[pc].op == OP_SAVE)
            continue;
        if (re->inst[pc].x == UTF8_ERROR)
            return;
        const size_t width = utf8_encode(bytes, re->inst[pc].x);

        if (re->prefix_len + width > REGEX_PREFIX_MAX)
            return;
        memcpy(re->prefix + re->prefix_len, bytes, width);
        re->prefix_len = (uint8_t)(re->prefix_len + width);
    }
}

static struct regex *pack(struct compiler *c, const struct regex_tree *tree)
{
    size_t names = 0, names_n = 0;

    for (const struct regex_name *r = tree->names; r != NULL; r = r->next, names_n++)
        names += 8 + ((r->len + 3) & ~(size_t)3);
    const size_t words_at = sizeof(struct regex) + c->n * sizeof(struct regex_inst);
    const size_t names_at = words_at + c->words_n * sizeof(uint32_t);
    struct regex *const re = arena_zalloc(c->arena, 1, names_at + names);

    if (re == NULL)
        return NULL;
    re->n = c->n;
    re->groups = tree->groups + 1;
    re->words_at = (uint32_t)words_at;
    re->names_at = (uint32_t)names_at;
    re->names_n = (uint32_t)names_n;
    memcpy(re->inst, c->inst, c->n * sizeof(struct regex_inst));
    if (c->words_n > 0)
        memcpy((char *)re + words_at, c->words, c->words_n * sizeof(uint32_t));
    char *at = (char *)re + names_at;

    for (const struct regex_name *r = tree->names; r != NULL; r = r->next) {
        const uint32_t head[2] = {r->group, (uint32_t)r->len};

        memcpy(at, head, sizeof(head));
        memcpy(at + sizeof(head), r->bytes, r->len);
        at += 8 + ((r->len + 3) & ~(size_t)3);
    }
    return re;
}

int regex_compile(struct arena *a, const char *pattern, size_t len, const struct regex **out,
                  struct err *err)
{
    struct regex_tree tree;
    struct compiler c = {.arena = a};

    if (regex_parse(a, pattern, len, &tree, err) < 0)
        return -1;
    c.cap = (uint32_t)tree.root->size + 4;
    c.inst = ARENA_NEW_N(a, struct regex_inst, c.cap);
    if (c.inst == NULL)
        return err_nomem(err);
    gen(&c, tree.root);
    (void)emit(&c, OP_MATCH, 0, 0);
    struct regex *const re = c.failed ? NULL : pack(&c, &tree);

    if (re == NULL)
        return err_nomem(err);
    find_prefix(re);
    re->has_first = first_bytes(re, a, re->first);
    *out = re;
    return 0;
}

size_t regex_groups(const struct regex *re)
{
    return re->groups;
}

size_t regex_group_named(const struct regex *re, const char *name, size_t len, size_t after)
{
    size_t found = 0;
    const char *at = (const char *)re + re->names_at;

    for (uint32_t i = 0; i < re->names_n; i++) {
        uint32_t head[2];

        memcpy(head, at, sizeof(head));
        if (head[0] > after && head[1] == len && memcmp(at + sizeof(head), name, len) == 0)
            found = head[0]; /* later rows are earlier groups */
        at += 8 + ((head[1] + 3) & ~(size_t)3);
    }
    return found;
}

void regex_quote(struct buf *b, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] != '\0' && strchr("\\.+*?()|[]{}^$", bytes[i]) != NULL)
            buf_putc(b, '\\');
        buf_putc(b, bytes[i]);
    }
}
