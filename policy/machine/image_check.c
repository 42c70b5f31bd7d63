/* Hostile images: everything that the machine takes for granted is looked at here, once, at
 * activation. Values first, then tables, then code; each step relies on those before it only. */
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/machine/image.h"

enum { VALUE_DEPTH_MAX = 600 };

struct check {
    const struct image *img;
    const struct image_header *h;
    uint8_t *start;  /* bit per 8 bytes of the image: a value node starts there */
    uint16_t *depth; /* by 8 bytes: levels of the node that starts there */
    uint32_t visits; /* of index words: each belongs to one tree */
    struct err *err;
};

static int bad(const struct check *c, const char *what, uint32_t at)
{
    return err_set(c->err, ERR_INVALID, "image: %s (at %u)", what, at);
}

static bool is_start(const struct check *c, uint64_t at)
{
    return at < c->h->len && at % 8 == 0 && (c->start[at / 64] >> (at / 8 % 8) & 1);
}

static bool is_string(const struct check *c, uint32_t at)
{
    return is_start(c, at) && value_is(image_value(c->img, at), VALUE_STRING);
}

/* A step of a path under data. */
static bool is_scalar(const struct check *c, uint32_t at)
{
    return is_start(c, at) && image_value(c->img, at)->type <= VALUE_STRING;
}

/* --- values ------------------------------------------------------------------------------ */

/* JSON's number grammar. */
static bool number_text(const char *s, size_t len)
{
    size_t i = 0;
    const char *const end = s + len;
#define DIGIT (s + i < end && s[i] >= '0' && s[i] <= '9')

    if (i < len && s[i] == '-')
        i++;
    if (!DIGIT)
        return false;
    if (s[i] == '0')
        i++;
    else
        while (DIGIT)
            i++;
    if (i < len && s[i] == '.') {
        i++;
        if (!DIGIT)
            return false;
        while (DIGIT)
            i++;
    }
    if (i < len && (s[i] == 'e' || s[i] == 'E')) {
        i++;
        if (i < len && (s[i] == '+' || s[i] == '-'))
            i++;
        if (!DIGIT)
            return false;
        while (DIGIT)
            i++;
    }
#undef DIGIT
    return i == len;
}

/* Children stand before their parent; keys and members ascend. */
static int check_kids(const struct check *c, uint32_t at, const struct value *v, size_t kids)
{
    unsigned deepest = 0;

    for (size_t i = 0; i < kids; i++) {
        if (v->u.kid[i] >= 0 || v->u.kid[i] < -(int64_t)at)
            return bad(c, "a value's child is no value before it", at);
        const int64_t to = (int64_t)at + v->u.kid[i];
        if (!is_start(c, (uint64_t)to))
            return bad(c, "a value's child is no value before it", at);
        if (c->depth[to / 8] > deepest)
            deepest = c->depth[to / 8];
    }
    if (deepest + 1 > VALUE_DEPTH_MAX)
        return bad(c, "a value is nested too deeply", at);
    c->depth[at / 8] = (uint16_t)(deepest + 1);
    for (uint32_t i = 1; v->type != VALUE_ARRAY && i < v->count; i++)
        if (value_compare(value_kid(v, i - 1), value_kid(v, i)) >= 0)
            return bad(c, "keys or members are not in order", at);
    return 0;
}

/* One node; *size is what it takes, a multiple of 8. */
static int check_value(const struct check *c, uint32_t at, uint64_t room, uint64_t *size)
{
    const struct value *const v = image_value(c->img, at);

    *size = 0;
    if (room < sizeof(*v))
        return bad(c, "a value is cut off", at);
    if (v->type > VALUE_SET || v->zero != 0 || v->form > (v->type == VALUE_NUMBER))
        return bad(c, "a value's head is malformed", at);
    *size = sizeof(*v);
    switch ((enum value_type)v->type) {
    case VALUE_NULL:
        return v->count == 0 ? 0 : bad(c, "null with a count", at);
    case VALUE_BOOL:
        return v->count <= 1 ? 0 : bad(c, "neither false nor true", at);
    case VALUE_NUMBER: {
        const char *const digits = &v->u.digits[0]; /* more than the 8 that the type names */

        if (v->form == VALUE_FORM_INT)
            return 0;
        *size = offsetof(struct value, u.digits) + (uint64_t)v->count + 1;
        if (*size > room || digits[v->count] != '\0' || !number_text(digits, v->count))
            return bad(c, "a number is malformed", at);
        break;
    }
    case VALUE_STRING:
        *size = offsetof(struct value, u.string.bytes) + (uint64_t)v->count + 1;
        if (*size > room || value_bytes(v)[v->count] != '\0' ||
            v->u.string.hash != value_hash_bytes(value_bytes(v), v->count))
            return bad(c, "a string is malformed", at);
        break;
    default: {
        const uint64_t kids = (uint64_t)v->count * (v->type == VALUE_OBJECT ? 2 : 1);

        *size = offsetof(struct value, u.kid) + kids * 8;
        if (*size > room)
            return bad(c, "a collection is cut off", at);
        if (check_kids(c, at, v, kids) < 0)
            return -1;
    }
    }
    if (*size < sizeof(*v))
        *size = sizeof(*v);
    *size = (*size + 7) & ~(uint64_t)7;
    return *size <= room ? 0 : bad(c, "a value is cut off", at);
}

static int check_values(const struct check *c)
{
    const struct image_span s = c->h->section[IMAGE_VALUES];

    for (uint64_t at = s.at, end = (uint64_t)s.at + s.n; at < end;) {
        uint64_t size;

        if (check_value(c, (uint32_t)at, end - at, &size) < 0)
            return -1;
        c->start[at / 64] = (uint8_t)(c->start[at / 64] | 1u << (at / 8 % 8));
        at += size;
    }
    return 0;
}

/* Arrays of strings that callers read names from. */
static int check_names(const struct check *c, uint32_t at)
{
    if (!is_start(c, at) || !value_is(image_value(c->img, at), VALUE_ARRAY))
        return bad(c, "the list of names is no array", at);
    const struct value *const v = image_value(c->img, at);
    for (uint32_t i = 0; i < v->count; i++)
        if (!value_is(value_at(v, i), VALUE_STRING))
            return bad(c, "a name is no string", at);
    return 0;
}

/* --- tables ------------------------------------------------------------------------------ */

static bool in_range(uint64_t first, uint64_t n, uint64_t max)
{
    return first <= max && n <= max - first;
}

static bool optional(const struct check *c, uint32_t plus_one, enum image_section s)
{
    return plus_one <= image_count(c->img, s);
}

static int check_consts(const struct check *c)
{
    const uint32_t *const k = image_table(c->img, IMAGE_CONSTS);

    for (uint32_t i = 0; i < image_count(c->img, IMAGE_CONSTS); i++)
        if (!is_start(c, k[i]))
            return bad(c, "a constant is no value", i);
    return 0;
}

/* A set as what a node holds or an instruction names. */
static bool is_set(const struct check *c, uint64_t set, unsigned kinds)
{
    const struct image_set *const sets = image_table(c->img, IMAGE_SETS);

    return set < image_count(c->img, IMAGE_SETS) && (kinds >> sets[set].kind & 1);
}
#define VALUE_KINDS (1u << SET_COMPLETE | 1u << SET_PARTIAL | 1u << SET_DYNAMIC)
#define LEAF_KINDS (1u << SET_COMPLETE | 1u << SET_PARTIAL | 1u << SET_FUNCTION)

static int check_nodes(const struct check *c)
{
    const struct image_node *const n = image_table(c->img, IMAGE_NODES);
    const uint32_t count = image_count(c->img, IMAGE_NODES);

    if (count == 0 || n[0].parent != 0)
        return bad(c, "the rule tree has no root", 0);
    for (uint32_t i = 0; i < count; i++) {
        if (!is_scalar(c, n[i].name) || (i > 0 && n[i].parent >= i) ||
            !in_range(n[i].first, n[i].n, count) || (n[i].n > 0 && n[i].first <= i) ||
            n[i].depth != (i == 0 ? 0 : n[n[i].parent].depth + 1) || n[i].depth > VALUE_DEPTH_MAX)
            return bad(c, "a node of the rule tree is malformed", i);
        if ((n[i].leaf && !is_set(c, (uint64_t)n[i].leaf - 1, LEAF_KINDS)) ||
            (n[i].dyn && !is_set(c, (uint64_t)n[i].dyn - 1, 1u << SET_DYNAMIC)))
            return bad(c, "a node names no rule set", i);
        for (uint32_t k = 0; k < n[i].n; k++)
            if (n[n[i].first + k].parent != i)
                return bad(c, "a node's child has another parent", i);
    }
    return 0;
}

static int check_sets(const struct check *c)
{
    const struct image_set *const s = image_table(c->img, IMAGE_SETS);
    const struct image_body *const b = image_table(c->img, IMAGE_BODIES);
    const uint32_t count = image_count(c->img, IMAGE_SETS),
                   bodies = image_count(c->img, IMAGE_BODIES);

    for (uint32_t i = 0; i < count; i++) {
        if (s[i].kind >= SET_KINDS || s[i].args > s[i].regs || s[i].regs > REG_MAX + 1 ||
            (s[i].kind != SET_FUNCTION && s[i].args != 0) || !is_string(c, s[i].name) ||
            !in_range(s[i].body, s[i].bodies, bodies) || s[i].fallback > bodies ||
            !optional(c, s[i].index, IMAGE_INDEX))
            return bad(c, "a rule set is malformed", i);
        for (uint32_t k = 0; k < s[i].bodies; k++)
            if (b[s[i].body + k].set != i)
                return bad(c, "a body belongs to another rule set", i);
        if (s[i].fallback && b[s[i].fallback - 1].set != i)
            return bad(c, "a default belongs to another rule set", i);
    }
    for (uint32_t i = 0; i < bodies; i++) {
        if (b[i].set >= count || b[i].code_n == 0 ||
            !in_range(b[i].code, b[i].code_n, image_count(c->img, IMAGE_CODE)) ||
            !in_range(b[i].consts, b[i].consts_n, image_count(c->img, IMAGE_CONSTS)) ||
            b[i].consts_n > OPERAND_CONST)
            return bad(c, "a body is malformed", i);
        if (b[i].otherwise && (b[i].otherwise - 1 <= i || b[i].otherwise > bodies ||
                               b[b[i].otherwise - 1].set != b[i].set))
            return bad(c, "an else branch is malformed", i);
    }
    return 0;
}

static int check_paths(const struct check *c)
{
    const struct image_path *const p = image_table(c->img, IMAGE_PATHS);
    const uint32_t consts = image_count(c->img, IMAGE_CONSTS);

    for (uint32_t i = 0; i < image_count(c->img, IMAGE_PATHS); i++)
        if (p[i].root > 1 || !in_range(p[i].first, p[i].n, consts))
            return bad(c, "a path is malformed", i);
    return 0;
}

static int check_item(const struct check *c, const struct image_with *w,
                      const struct image_with_item *it)
{
    const uint32_t consts = image_count(c->img, IMAGE_CONSTS);

    if (it->kind >= WITH_KINDS || it->by >= WITH_VALUES || !in_range(it->first, it->n, consts) ||
        it->n > VALUE_DEPTH_MAX)
        return -1;
    if (it->kind == WITH_DATA && !optional(c, it->target, IMAGE_NODES))
        return -1;
    if (it->kind == WITH_FUNCTION && !is_set(c, it->target, 1u << SET_FUNCTION))
        return -1;
    if (it->kind == WITH_BUILTIN && it->target >= image_count(c->img, IMAGE_BUILTINS))
        return -1;
    if (it->by == WITH_VALUE)
        return it->value < w->values ? 0 : -1;
    if (it->kind == WITH_INPUT || it->kind == WITH_DATA)
        return -1;

    /* A replacement takes what it replaces takes. */
    const struct image_set *const s = image_table(c->img, IMAGE_SETS);
    const struct image_builtin *const b = image_table(c->img, IMAGE_BUILTINS);
    const uint32_t takes = it->kind == WITH_FUNCTION ? s[it->target].args : b[it->target].args;
    if (it->by == WITH_BY_FUNCTION)
        return is_set(c, it->value, 1u << SET_FUNCTION) && s[it->value].args == takes ? 0 : -1;
    return it->value < image_count(c->img, IMAGE_BUILTINS) && b[it->value].args == takes ? 0 : -1;
}

static int check_withs(const struct check *c)
{
    const struct image_with *const w = image_table(c->img, IMAGE_WITHS);
    const struct image_with_item *const items = image_table(c->img, IMAGE_WITH_ITEMS);
    const struct image_builtin *const b = image_table(c->img, IMAGE_BUILTINS);

    for (uint32_t i = 0; i < image_count(c->img, IMAGE_BUILTINS); i++)
        if (!is_string(c, b[i].name) || b[i].args > 16)
            return bad(c, "a built-in is malformed", i);
    for (uint32_t i = 0; i < image_count(c->img, IMAGE_WITHS); i++) {
        if (!in_range(w[i].first, w[i].n, image_count(c->img, IMAGE_WITH_ITEMS)) ||
            w[i].values > REG_MAX)
            return bad(c, "a with list is malformed", i);
        for (uint32_t k = 0; k < w[i].n; k++)
            if (check_item(c, &w[i], &items[w[i].first + k]) < 0)
                return bad(c, "a with is malformed", i);
    }
    return 0;
}

static int check_rows(const struct check *c)
{
    const struct image_entry *const e = image_table(c->img, IMAGE_ENTRIES);
    const struct image_row *const r = image_table(c->img, IMAGE_ROWS);

    for (uint32_t i = 0; i < image_count(c->img, IMAGE_ENTRIES); i++)
        if (!is_string(c, e[i].name) || !is_set(c, e[i].set, VALUE_KINDS))
            return bad(c, "an entry point is malformed", i);
    for (uint32_t i = 0; i < image_count(c->img, IMAGE_ROWS); i++)
        if (!is_string(c, r[i].file) || (i > 0 && r[i].code < r[i - 1].code))
            return bad(c, "the source map is malformed", i);
    return 0;
}

/* --- index ------------------------------------------------------------------------------- */

static int check_index_at(struct check *c, uint32_t set, uint64_t word, unsigned depth)
{
    const struct image_set *const s = image_table(c->img, IMAGE_SETS);
    const struct image_body *const b = image_table(c->img, IMAGE_BODIES);
    const uint32_t *const w = image_table(c->img, IMAGE_INDEX);
    const uint64_t n = image_count(c->img, IMAGE_INDEX);

    for (; word != 0; word = w[word + 2], depth++) {
        if (depth > INDEX_DEPTH_MAX || !in_range(word, 2, n) || c->visits++ > n)
            return bad(c, "an index is malformed", set);
        if (w[word] == INDEX_LIST) {
            if (!in_range(word + 2, w[word + 1], n))
                return bad(c, "an index list is cut off", set);
            for (uint32_t i = 0; i < w[word + 1]; i++)
                if (w[word + 2 + i] >= image_count(c->img, IMAGE_BODIES) ||
                    b[w[word + 2 + i]].set != set)
                    return bad(c, "an index names another's body", set);
            return 0;
        }
        if (w[word] != INDEX_SWITCH || !in_range(word, 4, n))
            return bad(c, "an index is malformed", set);
        const uint32_t on = w[word + 1], slots = w[word + 3];
        if (on & INDEX_ARG ? (on & ~INDEX_ARG) >= s[set].args
                           : on >= image_count(c->img, IMAGE_PATHS))
            return bad(c, "an index looks at nothing", set);
        if (slots == 0 || (slots & (slots - 1)) != 0 || !in_range(word + 4, 2 * (uint64_t)slots, n))
            return bad(c, "an index table is malformed", set);
        if (w[word + 2] != 0 && w[word + 2] <= word)
            return bad(c, "an index goes back", set);
        for (uint32_t i = 0; i < slots; i++) {
            const uint32_t key = w[word + 4 + 2 * i], to = w[word + 5 + 2 * i];

            if (key == 0)
                continue;
            if (!is_start(c, key) || to <= word)
                return bad(c, "an index slot is malformed", set);
            if (check_index_at(c, set, to, depth + 1) < 0)
                return -1;
        }
    }
    return 0;
}

/* --- code -------------------------------------------------------------------------------- */

enum kind { NONE, R, RN, X, U, I, B, W, D, L, SET, FUN, BI, NODE, PATH, WITH, RS, RP, RA, RW };

static const struct op_kinds {
    uint8_t a, b, c, d;
} kinds[] = {
#define OP(name, a, b, c, d) {a, b, c, d},
#include "policy/machine/ops.def"
#undef OP
};

/* Registers that an instruction reads from `first` on, by what its `c` is. */
static uint32_t window(const struct check *c, const struct image_op *op, enum kind k)
{
    const struct image_set *const s = image_table(c->img, IMAGE_SETS);
    const struct image_builtin *const b = image_table(c->img, IMAGE_BUILTINS);
    const struct image_with *const w = image_table(c->img, IMAGE_WITHS);

    switch (k) {
    case RS:
        return op->c;
    case RP:
        return 2u * op->c;
    case RW:
        return w[op->c].values;
    default:
        return kinds[op->op].c == BI ? b[op->c].args : s[op->c].args;
    }
}

static bool operand_ok(const struct check *c, const struct image_body *b, const struct image_op *op,
                       enum kind k, uint32_t x)
{
    const struct image_set *const s =
        (const struct image_set *)image_table(c->img, IMAGE_SETS) + b->set;

    switch (k) {
    case NONE:
        return x == 0;
    case R:
        return x < s->regs;
    case RN:
        return x < s->regs || x == NONE_REG;
    case X:
        return x & OPERAND_CONST ? (x & ~(uint32_t)OPERAND_CONST) < b->consts_n : x < s->regs;
    case U:
        return true;
    case I:
        return x < s->iters;
    case B:
        return x < s->builders;
    case W:
        return x < s->frames;
    case D:
        return x < s->docs;
    case L:
        return x >= b->code && x < b->code + b->code_n;
    case SET:
        return is_set(c, x, VALUE_KINDS);
    case FUN:
        return is_set(c, x, 1u << SET_FUNCTION);
    case BI:
        return x < image_count(c->img, IMAGE_BUILTINS);
    case NODE:
        return x < image_count(c->img, IMAGE_NODES);
    case PATH:
        return x < image_count(c->img, IMAGE_PATHS);
    case WITH:
        return x < image_count(c->img, IMAGE_WITHS);
    case RS:
    case RP:
    case RA:
    case RW:
        return in_range(x, window(c, op, k), s->regs);
    }
    return false;
}

static int check_body(const struct check *c, uint32_t body)
{
    const struct image_body *const b =
        (const struct image_body *)image_table(c->img, IMAGE_BODIES) + body;
    const struct image_op *const code = image_table(c->img, IMAGE_CODE);

    for (uint32_t i = b->code; i < b->code + b->code_n; i++) {
        const struct image_op *const op = &code[i];

        if (op->op >= OP_COUNT_OF)
            return bad(c, "no such instruction", i);
        const struct op_kinds k = kinds[op->op];
        /* c first: windows are as long as it says. */
        if (!operand_ok(c, b, op, k.c, op->c) || !operand_ok(c, b, op, k.a, op->a) ||
            !operand_ok(c, b, op, k.b, op->b) || !operand_ok(c, b, op, k.d, op->d))
            return bad(c, "an instruction's operand is out of bounds", i);
        if (k.a == RS && (op->c == 0 || op->c > IMAGE_KEYS_MAX))
            return bad(c, "a head has too few or too many keys", i);
    }
    const uint16_t last = code[b->code + b->code_n - 1].op;
    return last == OP_END || last == OP_JUMP ? 0 : bad(c, "a body runs past its end", body);
}

int image_check(const struct image *img, struct err *err)
{
    AUTO_FREE uint8_t *start = calloc(img->len / 64 + 1, 1);
    AUTO_FREE uint16_t *depth = calloc(img->len / 8 + 1, sizeof(*depth));
    struct check c = {.img = img, .h = image_head(img), .start = start, .depth = depth, .err = err};

    if (!start || !depth)
        return err_nomem(err);
    if (check_values(&c) < 0)
        return -1;
    if (!is_start(&c, c.h->meta) || !is_start(&c, c.h->data) || !value_is(img->data, VALUE_OBJECT))
        return bad(&c, "settings or data are no values", 0);
    if (check_names(&c, c.h->entries) < 0 || check_names(&c, c.h->builtins) < 0 ||
        check_consts(&c) < 0 || check_sets(&c) < 0 || check_nodes(&c) < 0 || check_paths(&c) < 0 ||
        check_withs(&c) < 0 || check_rows(&c) < 0)
        return -1;

    const struct image_set *const sets = image_table(img, IMAGE_SETS);
    for (uint32_t i = 0; i < image_count(img, IMAGE_SETS); i++)
        if (check_index_at(&c, i, sets[i].index, 0) < 0)
            return -1;
    for (uint32_t i = 0; i < image_count(img, IMAGE_BODIES); i++)
        if (check_body(&c, i) < 0)
            return -1;
    return 0;
}
