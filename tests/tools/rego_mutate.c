/* rego_mutate [--left-out] DIR [NAME] - negate each expression of each rule; a mutant that no test
 * notices survives. With --left-out each is also left out: a wider net, in which some mutants mean
 * the same as the rule and have to be told apart by hand.
 *
 * A rule's file is compiled with what all rules share and its own tests; what is shared, with
 * everything. A mutant that does not compile, or fails a test, is killed. Exit 1 when one survives.
 * Assignments and `some` bind and say nothing, so they are left out.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/build/sources.h"
#include "policy/build/tests.h"
#include "policy/machine/machine.h"
#include "policy/rego/rego.h"
#include "policy/rego/visit.h"

#define BUDGET ((size_t)1 << 30)

static bool ends_with(const char *s, const char *suffix)
{
    const size_t n = strlen(s), m = strlen(suffix);

    return n >= m && strcmp(s + n - m, suffix) == 0;
}

static const char *base_of(const char *path)
{
    const char *const slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* lib.rego, main.rego and the like: every rule's tests stand on them. */
static bool is_shared(const struct source *s)
{
    static const char *const names[] = {"lib.rego", "main.rego", "identity.rego"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strcmp(base_of(s->text.name), names[i]) == 0)
            return true;
    }
    return false;
}

static bool is_sample(const struct source *s)
{
    return strcmp(base_of(s->text.name), "sample_test.rego") == 0;
}

/* "a/x_test.rego" tests "a/x.rego". */
static bool tests_of(const struct source *test, const struct source *rule)
{
    const size_t n = strlen(rule->text.name) - strlen(".rego");

    return strncmp(test->text.name, rule->text.name, n) == 0 &&
           strcmp(test->text.name + n, "_test.rego") == 0;
}

struct hunt {
    struct arena *a;
    size_t wanted, seen; /* which expression */
    bool leave_out;      /* else negate */
    struct rego_loc at;
    bool done;
};

/* `true` in the place of an expression. */
static struct rego_expr *always(struct arena *a, struct rego_loc loc)
{
    struct rego_expr *const e = ARENA_NEW(a, struct rego_expr);
    struct rego_term *const t = ARENA_NEW(a, struct rego_term);

    if (!e || !t)
        return NULL;
    *t = (struct rego_term){.kind = TERM_CONST, .loc = loc, .u.value = &value_true};
    *e = (struct rego_expr){.kind = EXPR_TERM, .loc = loc, .u.term = t};
    return e;
}

static int change(struct hunt *h, struct rego_expr **slot)
{
    struct rego_expr *const e = *slot;

    h->at = e->loc;
    h->done = true;
    if (h->leave_out) {
        *slot = always(h->a, e->loc);
        return *slot ? 0 : -1;
    }
    if (e->kind == EXPR_NOT && e->u.body->n == 1) {
        *slot = e->u.body->at[0];
        return 0;
    }
    struct rego_expr *const not = ARENA_NEW(h->a, struct rego_expr);
    struct rego_body *const body = ARENA_NEW(h->a, struct rego_body);
    struct rego_expr **const at = ARENA_NEW(h->a, struct rego_expr *);
    if (!not || !body || !at)
        return -1;
    at[0] = e;
    *body = (struct rego_body){.at = at, .n = 1, .loc = e->loc};
    *not = (struct rego_expr){.kind = EXPR_NOT, .loc = e->loc, .u.body = body};
    *slot = not ;
    return 0;
}

static int see_body(struct visit *w, struct rego_body *b)
{
    struct hunt *const h = w->ctx;

    for (size_t i = 0; i < b->n && !h->done; i++) {
        const enum expr_kind kind = b->at[i]->kind;

        if (kind == EXPR_ASSIGN || kind == EXPR_SOME || h->seen++ != h->wanted)
            continue;
        if (change(h, &b->at[i]) < 0)
            return -1;
    }
    return h->done ? 1 : 0;
}

static int see_term(struct visit *w, struct rego_term *t)
{
    const struct hunt *const h = w->ctx;

    (void)t;
    return h->done ? 1 : 0;
}

static int mutate(struct arena *a, struct rego_module *m, size_t k, struct hunt *h)
{
    struct visit w = {.term = see_term, .body = see_body, .ctx = h};

    *h = (struct hunt){.a = a, .wanted = k / 2, .leave_out = k % 2 == 1};
    for (size_t r = 0; r < m->rules_n && !h->done; r++) {
        for (struct rego_rule *rule = m->rules[r]; rule && !h->done; rule = rule->otherwise) {
            if (visit_rule(&w, rule) < 0)
                return -1;
        }
    }
    return 0;
}

enum outcome { GONE, KILLED, SURVIVED };

/* Compile what belongs to `target` with its expression k / 2 changed (SIZE_MAX: none), and test. */
static enum outcome try_one(struct sources *s, size_t target, size_t k, struct hunt *h)
{
    AUTO_ARENA struct arena a = ARENA_INIT(BUDGET);
    const struct rego_options opt = {.version = REGO_V1};
    struct rego_module **const modules = ARENA_NEW_N(&a, struct rego_module *, s->n + 1);
    struct rego_program *program;
    struct rego_diags diags = {0};
    struct tests tests = {0};
    struct image img = IMAGE_INIT;
    AUTO_BUF struct buf bytes = {.max = IMAGE_BYTES_MAX};
    struct err err = ERR_INIT;
    const bool all = is_shared(&s->at[target]);
    size_t n = 0;

    if (!modules)
        return GONE;
    for (size_t i = 0; i < s->n; i++) {
        if (!all && i != target && !is_shared(&s->at[i]) && !is_sample(&s->at[i]) &&
            !tests_of(&s->at[i], &s->at[target]))
            continue;
        if (rego_parse(&a, &s->at[i].text, &opt, &modules[n], &diags, &err) < 0)
            return GONE;
        if (i == target && k != SIZE_MAX) {
            if (mutate(&a, modules[n], k, h) < 0 || !h->done)
                return GONE;
        }
        n++;
    }
    if (tests_find(&a, modules, n, &tests, &err) < 0 || tests.n == 0)
        return GONE;
    if (rego_check(&a, modules, n, tests.entries, tests.n, NULL, &opt, &program, &diags, &err) <
            0 ||
        rego_emit(&a, program, tests.entries, tests.n, NULL, &bytes, &err) < 0)
        return KILLED;
    if (image_borrow(&img, bytes.data, bytes.len, &err) < 0)
        return GONE;
    return tests_run(&a, &img, &tests, 0, NULL) > 0 ? KILLED : SURVIVED;
}

int main(int argc, char **argv)
{
    AUTO_ARENA struct arena a = ARENA_INIT(BUDGET);
    struct sources s = {0};
    struct err err = ERR_INIT;
    size_t mutants = 0, survivors = 0;
    const bool left_out = argc > 1 && strcmp(argv[1], "--left-out") == 0;

    argv += left_out;
    argc -= left_out;
    if (argc < 2 || sources_init(&s, &a, &err) < 0 ||
        sources_add(&s, &a, argv[1], false, true, &err) < 0) {
        (void)fprintf(stderr, "rego_mutate: %s\n",
                      argc < 2 ? "usage: rego_mutate [--left-out] DIR [NAME]" : err.text);
        return 2;
    }
    for (size_t i = 0; i < s.n; i++) {
        struct hunt h = {0};

        if (s.at[i].test || (argc > 2 && !ends_with(s.at[i].text.name, argv[2])))
            continue;
        if (try_one(&s, i, SIZE_MAX, &h) != SURVIVED) {
            (void)printf("%s: its tests fail before anything is changed\n", s.at[i].text.name);
            survivors++;
            continue;
        }
        for (size_t k = 0;; k += left_out ? 1 : 2) {
            const enum outcome o = try_one(&s, i, k, &h);

            if (o == GONE)
                break;
            mutants++;
            if (o == KILLED)
                continue;
            const struct rego_pos pos =
                rego_pos_of((struct rego_loc){.source = &s.at[i].text, .offset = h.at.offset});
            (void)printf("%s:%u:%u: %s, and no test fails\n", s.at[i].text.name, pos.line, pos.col,
                         h.leave_out ? "left out" : "negated");
            survivors++;
        }
    }
    (void)printf("mutants: %zu, survivors: %zu\n", mutants, survivors);
    return survivors == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
