#include <stdio.h>

#include "policy/machine/vm.h"
#include "policy/value/number.h"

/* Instructions are granted in portions, so that the loop only counts down; every portion's end
 * looks at the limit. Under coverage a portion is one instruction. */
enum { PORTION = 4096 };

static int refuel(struct vm *vm, uint32_t pc)
{
    const bool covered = vm->opt->coverage != NULL;

    if (covered) {
        const struct image_row *const row = image_row_of(vm->img, pc);
        if (row && row->code == pc)
            vm->opt->coverage[row - (const struct image_row *)image_table(vm->img, IMAGE_ROWS)]++;
    }
    if (vm->steps >= vm->limit)
        return err_set(vm->err, ERR_LIMIT, "more than %llu steps", (unsigned long long)vm->limit);
    const uint64_t left = vm->limit - vm->steps;
    vm->fuel = covered ? 1 : left < PORTION ? left : PORTION;
    vm->steps += vm->fuel;
    return 0;
}

static int yield(struct vm *vm, struct act *act, const struct value *v)
{
    act->hits++;
    if (!act->result) {
        act->result = v;
        act->stop = (act->set->flags & SET_EARLY) != 0;
        return 0;
    }
    if (value_equal(act->result, v))
        return 0;

    /* Both of OPA's sentences: the one since its first release, and the newer that names the rule.
     */
    const bool function = act->set->kind == SET_FUNCTION;
    char text[ERR_TEXT_MAX];
    (void)snprintf(text, sizeof(text),
                   "%s must not produce multiple outputs%s: %s %s produced "
                   "conflicting values%s",
                   function ? "functions" : "complete rules", function ? " for same inputs" : "",
                   function ? "function" : "rule", value_bytes(vm_value(vm, act->set->name)),
                   function ? " for the same inputs" : "");
    return vm_error(vm, "eval_conflict_error", text);
}

static bool small_numbers(const struct value *x, const struct value *y)
{
    return x->type == VALUE_NUMBER && y->type == VALUE_NUMBER && x->form == VALUE_FORM_INT &&
           y->form == VALUE_FORM_INT;
}

static int compare(const struct value *x, const struct value *y)
{
    if (small_numbers(x, y))
        return (x->u.integer > y->u.integer) - (x->u.integer < y->u.integer);
    return value_compare(x, y);
}

/* Most comparisons end at the type or at a string's hash. */
static inline bool equal(const struct value *x, const struct value *y)
{
    if (x == y)
        return true;
    if (x->type != y->type ||
        (x->type == VALUE_STRING && (x->count != y->count || x->u.string.hash != y->u.string.hash)))
        return false;
    return value_equal(x, y);
}

static bool contains(const struct value *coll, const struct value *v)
{
    if (value_is(coll, VALUE_SET))
        return vm_get(coll, v) != NULL;
    const uint32_t n =
        value_is(coll, VALUE_ARRAY) || value_is(coll, VALUE_OBJECT) ? coll->count : 0;
    const uint32_t first = value_is(coll, VALUE_OBJECT) ? n : 0;
    for (uint32_t i = 0; i < n; i++)
        if (equal(value_kid(coll, (size_t)first + i), v))
            return true;
    return false;
}

static bool iterate(struct iter *it, const struct value *coll)
{
    if (coll->type != VALUE_ARRAY && coll->type != VALUE_OBJECT && coll->type != VALUE_SET)
        return false;
    it->coll = coll;
    it->i = 0;
    it->n = coll->count;
    it->narrowed = false;
    return true;
}

/* A member or key may be missing from what the caller wants: NONE_REG keeps nothing. */
static bool advance(struct vm *vm, struct act *act, const struct image_op *op)
{
    struct iter *const it = &act->i[op->a];
    uint32_t i = it->i;

    if (it->narrowed) {
        if (it->only == 0)
            return false;
        i = (uint32_t)__builtin_ctzll(it->only);
        it->only &= it->only - 1;
    } else if (i >= it->n) {
        return false;
    }
    it->i = i + 1;
    const struct value *const coll = it->coll;
    const bool object = coll->type == VALUE_OBJECT;
    if (op->b != NONE_REG)
        act->r[op->b] = coll->type == VALUE_ARRAY ? vm_int(vm, i) : value_kid(coll, i);
    if (op->c != NONE_REG)
        act->r[op->c] = value_kid(coll, object ? (size_t)it->n + i : i);
    return true;
}

static int advance_doc(struct vm *vm, struct act *act, const struct image_op *op, bool *more)
{
    struct iter *const it = &act->i[op->a];

    for (*more = false; !*more && it->coll && it->i < it->n; it->i++) {
        const struct value *const key = value_at(it->coll, it->i);

        if (vm_doc_get(vm, &it->doc, key, &act->d[op->c], more) < 0)
            return -1;
        if (op->b != NONE_REG)
            act->r[op->b] = key;
    }
    return 0;
}

static int iterate_doc(struct vm *vm, struct iter *it, const struct doc *d)
{
    const struct value *keys;

    if (vm_doc_keys(vm, d, &keys) < 0)
        return -1;
    *it = (struct iter){.coll = keys, .n = keys ? keys->count : 0, .doc = *d};
    return 0;
}

/* What a set was found to be already (vm_undefined: nothing); NULL: it is to be asked. */
static inline const struct value *known(struct vm *vm, uint32_t set)
{
    const struct image_set *const s = &vm->sets[set];
    const struct frame *const f = s->flags & SET_PURE ? vm->top : vm->f;

    if (!f->memo || !f->memo[set] || s->kind == SET_DYNAMIC)
        return NULL;
    if (vm->reads_of)
        vm_reads_add(vm, set);
    return f->memo[set];
}

enum { PAIRS_FEW = 16 };

static const struct value *make_object(struct vm *vm, const struct value *const *pairs, uint32_t n)
{
    const struct value *keys[PAIRS_FEW], *vals[PAIRS_FEW];
    struct value_fields f = {0};

    if (n <= PAIRS_FEW) {
        for (uint32_t i = 0; i < n; i++) {
            keys[i] = pairs[2 * i];
            vals[i] = pairs[2 * i + 1];
        }
        return value_object(vm->a, keys, vals, n);
    }
    for (uint32_t i = 0; i < n; i++)
        value_fields_put(vm->a, &f, pairs[2 * i], pairs[2 * i + 1]);
    return value_fields_object(vm->a, &f);
}

#define OPD(x) ((x)&OPERAND_CONST ? vm_value(vm, consts[(x) & ~(unsigned)OPERAND_CONST]) : r[x])
/* Every instruction ends with a jump of its own to the next one's code, so that the processor
 * learns what follows what. */
#define DISPATCH                                                                                   \
    do {                                                                                           \
        if (__builtin_expect(vm->fuel-- == 0, 0))                                                  \
            goto portion;                                                                          \
        goto *labels[op->op];                                                                      \
    } while (0)
#define NEXT_OP                                                                                    \
    do {                                                                                           \
        op++;                                                                                      \
        DISPATCH;                                                                                  \
    } while (0)
#define GO                                                                                         \
    do {                                                                                           \
        op = vm->code + op->d;                                                                     \
        DISPATCH;                                                                                  \
    } while (0)
#define HOLD(test)                                                                                 \
    do {                                                                                           \
        if (test)                                                                                  \
            NEXT_OP;                                                                               \
        GO;                                                                                        \
    } while (0)
/* Store a value or leave by `d` when it is undefined. */
#define STORE(v)                                                                                   \
    do {                                                                                           \
        const struct value *const v_ = (v);                                                        \
        if (!v_ || v_ == &vm_undefined)                                                            \
            GO;                                                                                    \
        r[op->a] = v_;                                                                             \
        NEXT_OP;                                                                                   \
    } while (0)
#define MADE(v)                                                                                    \
    do {                                                                                           \
        const struct value *const v_ = (v);                                                        \
        if (!v_)                                                                                   \
            return vm_nomem(vm);                                                                   \
        r[op->a] = v_;                                                                             \
        NEXT_OP;                                                                                   \
    } while (0)
#define CALLING (vm->pc = (uint32_t)(op - vm->code))
#define TRY(call)                                                                                  \
    do {                                                                                           \
        CALLING;                                                                                   \
        if ((call) < 0)                                                                            \
            return -1;                                                                             \
    } while (0)

int vm_exec(struct vm *vm, struct act *act, const struct image_body *body)
{
    static const void *const labels[] = {
#define OP(name, a, b, c, d) &&do_##name,
#include "policy/machine/ops.def"
#undef OP
    };
    const uint32_t *const consts = vm->consts + body->consts;
    const struct value **const r = act->r;
    const struct image_op *op = vm->code + body->code;
    const struct value *v = NULL;
    bool flag;

    DISPATCH;

portion:
    vm->fuel = 0; /* the count above went below it */
    if (refuel(vm, (uint32_t)(op - vm->code)) < 0)
        return -1;
    vm->fuel--;
    goto *labels[op->op];

do_MOVE:
    r[op->a] = OPD(op->b);
    NEXT_OP;
do_INPUT:
    if (vm->reads_of)
        vm_read_all(vm);
    STORE(vm->f->input);
do_PATH:
    v = vm_path(vm, op->b);
    if (!v)
        return vm_nomem(vm);
    STORE(v);
do_GET:
    STORE(vm_get(OPD(op->b), OPD(op->c)));
do_ITER:
    HOLD(iterate(&act->i[op->a], OPD(op->b)));
do_ONLY:
    HOLD(vm_narrow(vm, &act->i[op->a], OPD(op->b), op->c));
do_NEXT:
    HOLD(advance(vm, act, op));
do_EQ:
    HOLD(equal(OPD(op->a), OPD(op->b)));
do_NE:
    HOLD(!equal(OPD(op->a), OPD(op->b)));
do_LT:
    HOLD(compare(OPD(op->a), OPD(op->b)) < 0);
do_LE:
    HOLD(compare(OPD(op->a), OPD(op->b)) <= 0);
do_GT:
    HOLD(compare(OPD(op->a), OPD(op->b)) > 0);
do_GE:
    HOLD(compare(OPD(op->a), OPD(op->b)) >= 0);
do_TRUE:
    HOLD(value_truthy(OPD(op->a)));
do_IN:
    HOLD(contains(OPD(op->b), OPD(op->a)));
do_ISARRAY:
    v = OPD(op->a);
    HOLD(v->type == VALUE_ARRAY && v->count == op->c);
do_ISOBJECT:
    v = OPD(op->a);
    HOLD(v->type == VALUE_OBJECT && v->count == op->c);
do_ELEM:
    v = OPD(op->b);
    STORE(v->type == VALUE_ARRAY && op->c < v->count ? value_at(v, op->c) : NULL);
do_ARRAY:
    MADE(value_array(vm->a, r + op->b, op->c));
do_SET:
    MADE(value_set(vm->a, r + op->b, op->c));
do_OBJECT:
    MADE(make_object(vm, r + op->b, op->c));
do_NEW:
    act->b[op->a] = (struct builder){0};
    NEXT_OP;
do_ADDTO:
    TRY(vm_builder_add(vm, &act->b[op->a], NULL, OPD(op->b)));
    NEXT_OP;
do_PUTTO:
    TRY(vm_builder_add(vm, &act->b[op->a], OPD(op->b), OPD(op->c)));
    NEXT_OP;
do_SEALARRAY:
    MADE(value_array(vm->a, act->b[op->b].vals, act->b[op->b].n));
do_SEALSET:
    MADE(value_set(vm->a, act->b[op->b].vals, act->b[op->b].n));
do_SEALOBJECT:
    TRY(vm_seal_object(vm, &act->b[op->b], &r[op->a]));
    NEXT_OP;
do_RULE:
    v = known(vm, op->c);
    if (v)
        STORE(v);
    TRY(vm_set(vm, op->c, &v));
    STORE(v);
do_CALL:
    TRY(vm_call(vm, op->c, r + op->b, &v));
    STORE(v);
do_CALLM:
    TRY(vm_call_mocked(vm, false, op->c, r + op->b, &v));
    STORE(v);
do_BUILTIN:
    TRY(vm_builtin(vm, op->c, r + op->b, &v));
    STORE(v);
do_BUILTINM:
    TRY(vm_call_mocked(vm, true, op->c, r + op->b, &v));
    STORE(v);
do_DOC:
    TRY(vm_doc_node(vm, op->c, &act->d[op->a]));
    NEXT_OP;
do_DOCGET:
    TRY(vm_doc_get(vm, &act->d[op->b], OPD(op->c), &act->d[op->a], &flag));
    HOLD(flag);
do_DOCITER:
    TRY(iterate_doc(vm, &act->i[op->a], &act->d[op->b]));
    NEXT_OP;
do_DOCNEXT:
    TRY(advance_doc(vm, act, op, &flag));
    HOLD(flag);
do_DOCVAL:
    TRY(vm_doc_value(vm, &act->d[op->b], &v));
    STORE(v);
do_WITH:
    TRY(vm_with(vm, (const struct image_with *)image_table(vm->img, IMAGE_WITHS) + op->c, r + op->b,
                &act->w[op->a]));
    vm->f = act->w[op->a];
    NEXT_OP;
do_ENTER:
    if (!act->w[op->a])
        return err_set(vm->err, ERR_INVALID, "no frame to enter");
    vm->f = act->w[op->a];
    NEXT_OP;
do_LEAVE:
    if (!vm->f->parent)
        return err_set(vm->err, ERR_INVALID, "no frame to leave");
    vm->f = vm->f->parent;
    NEXT_OP;
do_JUMP:
    GO;
do_YIELD:
    TRY(yield(vm, act, OPD(op->a)));
    if (act->stop)
        return 0;
    NEXT_OP;
do_MEMBER:
    act->hits++;
    TRY(vm_builder_add(vm, &act->members, NULL, OPD(op->a)));
    NEXT_OP;
do_PUT:
    act->hits++;
    TRY(vm_entries_add(vm, &act->entries, r + op->a, op->c, OPD(op->b), false));
    NEXT_OP;
do_PUTMEMBER:
    act->hits++;
    TRY(vm_entries_add(vm, &act->entries, r + op->a, op->c, OPD(op->b), true));
    NEXT_OP;
do_END:
    return 0;
}
