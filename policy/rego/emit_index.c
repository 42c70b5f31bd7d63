/* Which bodies of a set can hold, by what they test first: input.kind == "x", or a function's
 * argument against a constant. The tree splits on the place that most bodies test; bodies that do
 * not test it are always visited. With it ten thousand rules that cannot match cost one look-up. */
#include <string.h>

#include "policy/rego/emit.h"

enum { INDEX_LEAST = 4, TESTS_MAX = 8, PLACES_MAX = 256 };

struct test {
    uint32_t on; /* path row, or INDEX_ARG + argument */
    const struct value *value;
};

struct body_tests {
    uint32_t body;
    uint32_t n;
    struct test at[TESTS_MAX];
};

struct indexer {
    struct emit *e;
    const struct rego_rule *rule;
    uint32_t *slot_on; /* place a local variable was taken from, plus one */
    uint32_t slots;
};

static bool indexable(const struct value *v)
{
    uint32_t hash;

    return image_scalar_hash(v, &hash) && !(v->type == VALUE_NUMBER && v->form != VALUE_FORM_INT);
}

/* The place a term reads, plus one; 0: none that an index can look at. */
static uint32_t place_of(struct indexer *x, const struct rego_term *t)
{
    const struct value *keys[32];

    if (t->kind == TERM_LOCAL && t->u.slot < x->slots)
        return x->slot_on[t->u.slot];
    if (t->kind != TERM_REF || t->u.list.at[0]->kind != TERM_INPUT || t->u.list.n < 2 ||
        t->u.list.n > 32)
        return 0;
    for (size_t i = 1; i < t->u.list.n; i++) {
        if (t->u.list.at[i]->kind != TERM_CONST)
            return 0;
        keys[i - 1] = t->u.list.at[i]->u.value;
    }
    return emit_path(x->e, 0, keys, t->u.list.n - 1) + 1;
}

static void add_test(struct body_tests *b, uint32_t place, const struct value *v)
{
    if (place != 0 && b->n < TESTS_MAX && indexable(v))
        b->at[b->n++] = (struct test){.on = place - 1, .value = v};
}

static void note_equal(struct indexer *x, struct body_tests *b, const struct rego_term *l,
                       const struct rego_term *r)
{
    if (r->kind == TERM_CONST)
        add_test(b, place_of(x, l), r->u.value);
    else if (l->kind == TERM_CONST)
        add_test(b, place_of(x, r), l->u.value);
    else if (l->kind == TERM_LOCAL && l->u.slot < x->slots && x->slot_on[l->u.slot] == 0)
        x->slot_on[l->u.slot] = place_of(x, r);
}

static void note_expr(struct indexer *x, struct body_tests *b, const struct rego_expr *e)
{
    if (e->with_n > 0)
        return;
    if (e->kind == EXPR_UNIFY || e->kind == EXPR_ASSIGN) {
        note_equal(x, b, e->u.two.left, e->u.two.right);
        return;
    }
    if (e->kind != EXPR_CALL || !e->u.term->u.call.callee.builtin)
        return;
    const struct rego_terms *const args = &e->u.term->u.call.args;
    if (args->n == 2 && strcmp(e->u.term->u.call.callee.builtin, "equal") == 0 &&
        (args->at[0]->kind == TERM_CONST || args->at[1]->kind == TERM_CONST))
        note_equal(x, b, args->at[0], args->at[1]);
}

static bool note_rule(struct emit *e, const struct rego_rule *r, struct body_tests *b)
{
    struct indexer x = {.e = e,
                        .rule = r,
                        .slot_on = ARENA_NEW_N(e->a, uint32_t, (size_t)r->slots + 1),
                        .slots = r->slots};

    if (!x.slot_on)
        return false;
    if (r->otherwise)
        return true; /* its else branches must be tried */
    for (uint32_t i = 0; i < r->args.n; i++) {
        const struct rego_term *const arg = r->args.at[i];

        if (arg->kind == TERM_CONST)
            add_test(b, INDEX_ARG + i + 1, arg->u.value);
        else if (arg->kind == TERM_LOCAL && arg->u.slot < r->slots)
            x.slot_on[arg->u.slot] = INDEX_ARG + i + 1;
    }
    for (size_t i = 0; r->body && i < r->body->n; i++)
        note_expr(&x, b, r->body->at[i]);
    return true;
}

/* --- the tree ---------------------------------------------------------------------------- */

static uint32_t word_count(const struct emit *e)
{
    return emit_count(&e->index, sizeof(uint32_t));
}

static void put(struct emit *e, uint32_t w)
{
    buf_add(&e->index, &w, sizeof(w));
}

static void set_word(struct emit *e, uint32_t at, uint32_t w)
{
    if (!e->index.failed)
        memcpy(e->index.data + (size_t)at * sizeof(w), &w, sizeof(w));
}

static uint32_t list(struct emit *e, struct body_tests **b, uint32_t n)
{
    const uint32_t at = word_count(e);

    put(e, INDEX_LIST);
    put(e, n);
    for (uint32_t i = 0; i < n; i++)
        put(e, b[i]->body);
    return at;
}

static const struct value *tested(const struct body_tests *b, uint32_t on)
{
    for (uint32_t i = 0; i < b->n; i++)
        if (b->at[i].on == on)
            return b->at[i].value;
    return NULL;
}

/* The place most bodies test; false when too few test any. */
static bool best_place(struct body_tests *const *b, uint32_t n, const uint32_t *done,
                       unsigned done_n, uint32_t *out)
{
    struct {
        uint32_t on, n;
    } seen[PLACES_MAX];
    uint32_t places = 0, best = 0;

    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = 0; k < b[i]->n; k++) {
            uint32_t p = 0;

            while (p < places && seen[p].on != b[i]->at[k].on)
                p++;
            if (p == places && places < PLACES_MAX) {
                seen[places].on = b[i]->at[k].on;
                seen[places++].n = 0;
            }
            if (p < places)
                seen[p].n++;
        }
    }
    for (uint32_t p = 0; p < places; p++) {
        bool used = false;

        for (unsigned i = 0; i < done_n; i++)
            used = used || done[i] == seen[p].on;
        if (!used && seen[p].n > best) {
            best = seen[p].n;
            *out = seen[p].on;
        }
    }
    return best >= INDEX_LEAST / 2 && best > n / 8;
}

static uint32_t build(struct emit *e, struct body_tests **b, uint32_t n, uint32_t *done,
                      unsigned depth);

/* Bodies that test the place come first, by value; *with tells how many. Stable, so that errors
 * come in the rules' order. */
static struct body_tests **by_value(struct emit *e, struct body_tests **b, uint32_t n, uint32_t on,
                                    uint32_t *with)
{
    struct body_tests **const out = ARENA_NEW_N(e->a, struct body_tests *, 2 * (size_t)n + 1);
    struct body_tests **const tmp = out ? out + n : NULL;
    uint32_t k = 0, rest = 0;

    if (!out) {
        emit_nomem(e);
        return NULL;
    }
    for (uint32_t i = 0; i < n; i++)
        if (tested(b[i], on))
            out[k++] = b[i];
    *with = k;
    for (uint32_t i = 0; i < n; i++)
        if (!tested(b[i], on))
            out[k + rest++] = b[i];
    for (uint32_t width = 1; width < k; width *= 2) {
        for (uint32_t low = 0; low < k; low += 2 * width) {
            const uint32_t mid = low + width < k ? low + width : k;
            const uint32_t high = low + 2 * width < k ? low + 2 * width : k;
            uint32_t i = low, j = mid, o = low;

            while (i < mid && j < high)
                tmp[o++] = value_compare(tested(out[i], on), tested(out[j], on)) <= 0 ? out[i++]
                                                                                      : out[j++];
            while (i < mid)
                tmp[o++] = out[i++];
            while (j < high)
                tmp[o++] = out[j++];
        }
        memcpy(out, tmp, k * sizeof(struct body_tests *));
    }
    return out;
}

static uint32_t build_switch(struct emit *e, struct body_tests **b, uint32_t n, uint32_t on,
                             uint32_t *done, unsigned depth)
{
    uint32_t with = 0;
    struct body_tests **const sorted = by_value(e, b, n, on, &with);
    uint32_t slots = 4;

    if (!sorted)
        return 0;
    while (slots < 2 * with)
        slots *= 2;

    const uint32_t at = word_count(e);
    put(e, INDEX_SWITCH);
    put(e, on);
    put(e, 0);
    put(e, slots);
    for (uint32_t i = 0; i < 2 * slots; i++)
        put(e, 0);

    done[depth] = on;
    for (uint32_t low = 0; low < with && !e->failed && !e->index.failed;) {
        const struct value *const v = tested(sorted[low], on);
        uint32_t high = low + 1, hash = 0;

        while (high < with && value_equal(tested(sorted[high], on), v))
            high++;
        (void)image_scalar_hash(v, &hash);
        uint32_t i = hash & (slots - 1), key;
        for (;; i = (i + 1) & (slots - 1)) {
            memcpy(&key, e->index.data + (size_t)(at + 4 + 2 * i) * sizeof(key), sizeof(key));
            if (key == 0)
                break;
        }
        set_word(e, at + 4 + 2 * i, emit_value(e, v));
        const uint32_t child = build(e, sorted + low, high - low, done, depth + 1);
        set_word(e, at + 5 + 2 * i, child);
        low = high;
    }
    if (with < n) {
        const uint32_t child = build(e, sorted + with, n - with, done, depth + 1);
        set_word(e, at + 2, child);
    }
    return at;
}

static uint32_t build(struct emit *e, struct body_tests **b, uint32_t n, uint32_t *done,
                      unsigned depth)
{
    uint32_t on = 0;

    if (n < INDEX_LEAST || depth + 2 >= INDEX_DEPTH_MAX || !best_place(b, n, done, depth, &on))
        return list(e, b, n);
    return build_switch(e, b, n, on, done, depth);
}

uint32_t index_write(struct emit *e, const struct ruleset *set, uint32_t first_body)
{
    const uint32_t n = (uint32_t)set->rules_n;
    uint32_t done[INDEX_DEPTH_MAX], on = 0;

    if (n < INDEX_LEAST)
        return 0;
    struct body_tests *const tests = ARENA_NEW_N(e->a, struct body_tests, n);
    struct body_tests **const at = ARENA_NEW_N(e->a, struct body_tests *, n);
    if (!tests || !at) {
        emit_nomem(e);
        return 0;
    }
    for (uint32_t i = 0; i < n; i++) {
        tests[i].body = first_body + i;
        at[i] = &tests[i];
        if (!note_rule(e, set->rules[i], &tests[i])) {
            emit_nomem(e);
            return 0;
        }
    }
    if (!best_place(at, n, done, 0, &on))
        return 0;
    return build_switch(e, at, n, on, done, 0);
}
