/* No rule may depend on itself: a walk of what each rule's refs and calls may reach. */
#include <stdlib.h>

#include "policy/rego/check.h"
#include "policy/rego/tree.h"
#include "policy/rego/visit.h"

struct node {
    const struct rego_rule *rule; /* an else branch is a node of its own */
    size_t unit;
    size_t *to; /* units that it reads */
    size_t to_n;
    size_t *from; /* units that read it */
    size_t from_n;
};

struct graph {
    struct check *c;
    struct node *nodes;         /* one a unit that is a rule */
    size_t at;                  /* the unit whose edges are being collected */
    const struct value **known; /* of that unit: by slot, what a local is sure to be */
    size_t *unit_of;            /* first unit of a rule, by the rule's place in the sorted list */
    const struct rego_rule **rules;
    size_t rules_n;
};

static int by_address(const void *x, const void *y)
{
    const uintptr_t a = (uintptr_t) * (const struct rego_rule *const *)x;
    const uintptr_t b = (uintptr_t) * (const struct rego_rule *const *)y;

    return a < b ? -1 : a > b;
}

static int add_unit(struct arena *a, size_t **list, size_t *n, size_t unit)
{
    void *const at = array_grow(a, *list, *n, sizeof(**list));

    if (!at)
        return -1;
    *list = at;
    (*list)[(*n)++] = unit;
    return 0;
}

static int add_edge(struct graph *g, size_t to)
{
    struct node *const n = &g->nodes[g->at], *const other = &g->nodes[to];

    for (size_t i = 0; i < n->to_n; i++)
        if (n->to[i] == to)
            return 0;
    if (add_unit(g->c->a, &n->to, &n->to_n, to) < 0)
        return -1;
    return n->rule ? add_unit(g->c->a, &other->from, &other->from_n, g->at) : 0;
}

/* A rule is reached with all its else branches, whose units follow its own. */
static int add_rule(struct graph *g, const struct rego_rule *r)
{
    const struct rego_rule **const found =
        bsearch(&r, g->rules, g->rules_n, sizeof(*g->rules), by_address);

    for (size_t i = 0; found && r; r = r->otherwise, i++)
        if (add_edge(g, g->unit_of[found - g->rules] + i) < 0)
            return -1;
    return 0;
}

static int add_all(struct graph *g, const struct rule_node *n)
{
    for (size_t i = 0; i < n->rules_n; i++)
        if (add_rule(g, n->rules[i]) < 0)
            return -1;
    for (size_t i = 0; i < n->kids_n; i++)
        if (add_all(g, n->kids[i]) < 0)
            return -1;
    return 0;
}

/* What a step of a path is: a constant, or a local that the body gives one. */
static const struct value *known(const struct graph *g, const struct rego_term *t)
{
    if (t->kind == TERM_CONST)
        return t->u.value;
    return t->kind == TERM_LOCAL && g->known ? g->known[t->u.slot] : NULL;
}

static void note_known(struct graph *g, const struct unit *u)
{
    g->known = ARENA_NEW_N(g->c->a, const struct value *, u->locals->n + 1u);
    for (size_t i = 0; g->known && u->body && i < u->body->n; i++) {
        const struct rego_expr *const e = u->body->at[i];

        if ((e->kind == EXPR_UNIFY || e->kind == EXPR_ASSIGN) && e->with_n == 0 &&
            e->u.two.left->kind == TERM_LOCAL && term_is_scalar(e->u.two.right))
            g->known[e->u.two.left->u.slot] = e->u.two.right->u.value;
    }
}

/* Rules that a ref may reach: those whose path begins like it, and those on the way. */
static int add_ref(struct graph *g, const struct rule_node *n, struct rego_term *const *path,
                   size_t left)
{
    if (left == 0)
        return add_all(g, n);
    for (size_t i = 0; i < n->rules_n; i++)
        if (add_rule(g, n->rules[i]) < 0)
            return -1;
    const struct value *const key = known(g, path[0]);

    if (key) {
        const struct rule_node *const kid = ruletree_kid(n, key);

        return kid ? add_ref(g, kid, path + 1, left - 1) : 0;
    }
    for (size_t i = 0; i < n->kids_n; i++)
        if (add_ref(g, n->kids[i], path + 1, left - 1) < 0)
            return -1;
    return 0;
}

static int edge_term(struct visit *w, struct rego_term *t)
{
    struct graph *const g = w->ctx;

    if (t->kind == TERM_DATA)
        return add_all(g, g->c->root);
    if (t->kind == TERM_CALL && t->u.call.callee.path) {
        const struct rule_node *const n = ruletree_function(g->c, &t->u.call.callee);

        for (size_t i = 0; n && i < n->rules_n; i++)
            if (add_rule(g, n->rules[i]) < 0)
                return -1;
        return 0;
    }
    if (t->kind != TERM_REF || t->u.list.at[0]->kind != TERM_DATA)
        return 0;
    if (add_ref(g, g->c->root, t->u.list.at + 1, t->u.list.n - 1) < 0)
        return -1;
    for (size_t i = 1; i < t->u.list.n; i++)
        if (visit_term(w, t->u.list.at[i]) < 0)
            return -1;
    return 1;
}

/* A function that replaces another by `with` is called too; a target is not. */
static int edge_expr(struct visit *w, struct rego_expr *e)
{
    struct graph *const g = w->ctx;

    for (size_t i = 0; i < e->with_n; i++) {
        const struct rego_with *const with = &e->with[i];
        const struct rule_node *const n =
            with->value_fn ? ruletree_function(g->c, &with->value_callee) : NULL;

        for (size_t j = 0; n && j < n->rules_n; j++)
            if (add_rule(g, n->rules[j]) < 0)
                return -1;
    }
    return 0;
}

static int collect(struct graph *g)
{
    struct check *const c = g->c;

    for (size_t i = 0; i < c->units_n; i++) {
        struct visit w = {.term = edge_term, .expr = edge_expr, .ctx = g};

        if (!c->units[i].rule)
            continue;
        g->at = i;
        g->nodes[i].rule = c->units[i].rule;
        note_known(g, &c->units[i]);
        if (c->a->failed || visit_rule(&w, c->units[i].rule) < 0)
            return -1;
    }
    return 0;
}

/* Depth-first with an explicit stack: colours tell what is on the path. */
struct frame {
    size_t node, next;
};

/* The cycle stack[from..n) as it looks from its i-th rule: "p -> q -> p". */
static const char *cycle_text(struct graph *g, const struct frame *stack, size_t from, size_t n,
                              size_t i)
{
    const size_t len = n - from;
    const struct rego_rule *before = NULL;
    const char *text = NULL;

    for (size_t k = 0; k <= len; k++) {
        const struct rego_rule *const r = g->nodes[stack[from + (i - from + k) % len].node].rule;
        const char *const name = check_path_text(g->c, &r->path);

        /* An else branch is the same rule to the reader. */
        if (!before || before->otherwise != r)
            text = text ? arena_printf(g->c->a, "%s -> %s", text, name) : name;
        before = r;
    }
    return text ? text : "";
}

static int visit(struct graph *g, size_t start, unsigned char *colour, struct frame *stack)
{
    size_t n = 0;

    stack[n++] = (struct frame){.node = start};
    colour[start] = 1;
    while (n > 0) {
        struct frame *const top = &stack[n - 1];
        const struct node *const node = &g->nodes[top->node];

        if (top->next == node->to_n) {
            colour[top->node] = 2;
            n--;
            continue;
        }
        const size_t to = node->to[top->next++];

        if (colour[to] == 0) {
            colour[to] = 1;
            stack[n++] = (struct frame){.node = to};
            continue;
        }
        if (colour[to] == 2)
            continue;
        size_t from = n - 1;

        while (stack[from].node != to)
            from--;
        for (size_t i = from; i < n; i++) {
            const struct rego_rule *const r = g->nodes[stack[i].node].rule;

            diag_add(g->c->a, g->c->diags, REGO_RECURSION_ERROR, r->loc, "rule %s is recursive: %s",
                     check_path_text(g->c, &r->path), cycle_text(g, stack, from, n, i));
        }
    }
    return 0;
}

static bool is_rule_of(const struct check *c, const struct rule_node *n, size_t unit)
{
    for (size_t i = 0; n && i < n->rules_n; i++)
        if (n->rules[i] == c->units[unit].first)
            return true;
    return false;
}

int graph_mark_dependents(struct check *c, const struct rego_term *ref, const struct rule_node *but,
                          unsigned *marks, unsigned mark)
{
    struct graph *const g = c->graph;
    struct node *const start = &g->nodes[c->units_n]; /* a node of no rule */
    size_t *const todo = ARENA_NEW_N(&c->scratch, size_t, c->units_n + 1);
    size_t n = 0;

    if (!todo)
        return -1;
    *start = (struct node){.rule = NULL};
    g->at = c->units_n;
    g->known = NULL;
    if (ref->kind == TERM_DATA ? add_all(g, c->root) < 0
                               : add_ref(g, c->root, ref->u.list.at + 1, ref->u.list.n - 1) < 0)
        return -1;
    for (size_t i = 0; i < start->to_n; i++) {
        if (!is_rule_of(c, but, start->to[i]))
            marks[start->to[i]] = mark;
        todo[n++] = start->to[i];
    }
    while (n > 0) {
        const struct node *const node = &g->nodes[todo[--n]];

        for (size_t i = 0; i < node->from_n; i++) {
            if (marks[node->from[i]] == mark)
                continue;
            marks[node->from[i]] = mark;
            todo[n++] = node->from[i];
        }
    }
    return 0;
}

int check_recursion(struct check *c)
{
    struct graph *const g = ARENA_NEW(c->a, struct graph);
    const size_t n = c->units_n + 1;

    if (!g)
        return -1;
    g->c = c;
    c->graph = g;
    unsigned char *const colour = ARENA_NEW_N(c->a, unsigned char, n);
    struct frame *const stack = ARENA_NEW_N(c->a, struct frame, n);

    g->nodes = ARENA_NEW_N(c->a, struct node, n);
    g->rules = ARENA_NEW_N(c->a, const struct rego_rule *, n);
    g->unit_of = ARENA_NEW_N(c->a, size_t, n);
    if (!colour || !stack || !g->nodes || !g->rules || !g->unit_of)
        return -1;
    for (size_t i = 0; i < c->units_n; i++)
        if (c->units[i].rule && c->units[i].rule == c->units[i].first)
            g->rules[g->rules_n++] = c->units[i].rule;
    if (g->rules_n)
        qsort(g->rules, g->rules_n, sizeof(*g->rules), by_address);
    for (size_t i = 0; i < c->units_n; i++) {
        const struct rego_rule **const found =
            c->units[i].rule && c->units[i].rule == c->units[i].first
                ? bsearch(&c->units[i].rule, g->rules, g->rules_n, sizeof(*g->rules), by_address)
                : NULL;
        if (found)
            g->unit_of[found - g->rules] = i;
    }
    if (collect(g) < 0)
        return -1;
    for (size_t i = 0; i < c->units_n; i++)
        if (c->units[i].rule && colour[i] == 0 && visit(g, i, colour, stack) < 0)
            return -1;
    return c->a->failed ? -1 : 0;
}
