#include <string.h>

#include "policy/rego/emit.h"

static struct tree *tree_new(struct emit *e, struct tree *parent, const struct value *name)
{
    struct tree *const t = ARENA_NEW(e->a, struct tree);

    if (!t) {
        emit_nomem(e);
        return NULL;
    }
    t->name = name;
    t->parent = parent;
    t->depth = parent ? parent->depth + 1 : 0;
    e->trees_n++;
    return t;
}

struct tree *tree_child(const struct tree *t, const struct value *name)
{
    for (struct tree *k = t->kids; k; k = k->next)
        if (value_equal(k->name, name))
            return k;
    return NULL;
}

/* Kids stay in the order of their names. */
static struct tree *tree_add(struct emit *e, struct tree *t, const struct value *name)
{
    struct tree **at = &t->kids;

    while (*at && value_compare((*at)->name, name) < 0)
        at = &(*at)->next;
    if (*at && value_equal((*at)->name, name))
        return *at;
    struct tree *const k = tree_new(e, t, name);
    if (k) {
        k->next = *at;
        *at = k;
        t->kids_n++;
    }
    return k;
}

struct tree *tree_find(struct emit *e, const struct value *path)
{
    struct tree *t = e->root;

    for (uint32_t i = 0; t && i < path->count; i++)
        t = tree_child(t, value_at(path, i));
    return t;
}

static struct ruleset *set_new(struct emit *e, struct tree *node, enum image_set_kind kind,
                               struct rego_loc loc)
{
    struct ruleset *const s = ARENA_NEW(e->a, struct ruleset);

    if (!s) {
        emit_nomem(e);
        return NULL;
    }
    *s = (struct ruleset){.kind = kind, .node = node, .id = e->sets_n++, .loc = loc};
    *e->last = s;
    e->last = &s->next;
    return s;
}

struct ruleset *ruleset_new(struct emit *e, enum image_set_kind kind, struct rego_loc loc)
{
    return set_new(e, NULL, kind, loc);
}

static void set_add(struct emit *e, struct ruleset *s, struct rego_rule *r)
{
    if (r->is_default) {
        s->fallback = r;
        return;
    }
    if (s->rules_n == s->rules_cap) {
        const size_t cap = s->rules_cap ? s->rules_cap * 2 : 4;
        struct rego_rule **const more = ARENA_NEW_N(e->a, struct rego_rule *, cap);

        if (!more) {
            emit_nomem(e);
            return;
        }
        if (s->rules_n > 0)
            memcpy(more, s->rules, s->rules_n * sizeof(struct rego_rule *));
        s->rules = more;
        s->rules_cap = cap;
    }
    s->rules[s->rules_n++] = r;
}

static enum image_set_kind kind_of(const struct rego_rule *r)
{
    return r->kind == RULE_FUNCTION ? SET_FUNCTION
           : r->kind == RULE_SET    ? SET_PARTIAL
                                    : SET_COMPLETE;
}

/* A node with a rule whose path goes on with variables: its extent is one document, to which the
 * rules of constant paths below it belong as well. */
static void mark_dynamic(struct emit *e, const struct rego_rule *r)
{
    struct tree *t = e->root;

    for (size_t i = 0; t && i < r->ground; i++)
        t = tree_add(e, t, r->path.at[i]->u.value);
    if (t)
        t->dynamic = true;
}

static void add_rule(struct emit *e, struct rego_rule *r)
{
    struct tree *t = e->root;

    for (size_t i = 0; t && !t->dynamic && i < r->ground; i++)
        t = tree_add(e, t, r->path.at[i]->u.value);
    if (!t)
        return;

    const enum image_set_kind kind = t->dynamic ? SET_DYNAMIC : kind_of(r);
    struct ruleset **const at = t->dynamic ? &t->dyn : &t->leaf;
    if (!*at)
        *at = set_new(e, t, kind, r->loc);
    if (!*at)
        return;
    if ((*at)->kind != kind ||
        (kind == SET_FUNCTION && (*at)->rules_n + ((*at)->fallback != NULL) > 0 &&
         (*at)->args != r->args.n)) {
        (void)emit_fail(e, r->loc, "rego_type_error: conflicting rules found");
        return;
    }
    if (kind == SET_DYNAMIC && r->is_default) /* defaults are of documents, not of their parts */
        return;
    (*at)->args = (uint32_t)r->args.n;
    set_add(e, *at, r);
}

static void add_package(struct emit *e, const struct value *path)
{
    struct tree *t = e->root;

    for (uint32_t i = 0; t && !t->dynamic && i < path->count; i++)
        t = tree_add(e, t, value_at(path, i));
}

/* Nodes below a dynamic one have no rules of their own. */
static void cut_below_dynamic(struct tree *t)
{
    if (t->dynamic) {
        t->kids = NULL;
        t->kids_n = 0;
    }
    for (struct tree *k = t->kids; k; k = k->next)
        cut_below_dynamic(k);
}

/* --- what `with` replaces ---------------------------------------------------------------- */

/* Path under data of a with target, as an array of strings. */
static const struct value *target_path(struct emit *e, const struct rego_term *t)
{
    struct value_list l = {0};

    for (size_t i = 1; t->kind == TERM_REF && i < t->u.list.n; i++)
        if (t->u.list.at[i]->kind == TERM_CONST)
            value_list_add(e->a, &l, t->u.list.at[i]->u.value);
    const struct value *const path = value_list_array(e->a, &l);
    if (!path)
        emit_nomem(e);
    return path;
}

static void mark_maskable(struct tree *t)
{
    t->maskable = true;
    for (struct tree *k = t->kids; k; k = k->next)
        mark_maskable(k);
}

static void note_targets(void *ctx, const struct rego_expr *expr)
{
    struct emit *const e = ctx;

    for (size_t i = 0; i < expr->with_n; i++) {
        const struct rego_term *const t = expr->with[i].target;

        if (t->kind == TERM_CONST) {
            value_list_add(e->a, &e->builtins_mocked, t->u.value);
            continue;
        }
        if (t->kind != TERM_DATA && !(t->kind == TERM_REF && t->u.list.at[0]->kind == TERM_DATA))
            continue;
        const struct value *const path = target_path(e, t);
        struct tree *const node = path ? tree_find(e, path) : NULL;
        if (expr->with[i].target_fn) {
            if (node && node->leaf)
                node->leaf->mockable = true;
            continue;
        }
        value_list_add(e->a, &e->data_targets, path);
        if (node)
            mark_maskable(node);
    }
}

bool target_overlaps(const struct emit *e, const struct value *const *keys, size_t n)
{
    for (size_t i = 0; i < e->data_targets.n; i++) {
        const struct value *const path = e->data_targets.items[i];
        const size_t least = path->count < n ? path->count : n;
        size_t k = 0;

        while (k < least && value_equal(value_at(path, k), keys[k]))
            k++;
        if (k == least)
            return true;
    }
    return false;
}

void tree_build(struct emit *e)
{
    const struct rego_program *const p = e->program;

    e->root = tree_new(e, NULL, emit_str(e, ""));
    for (size_t i = 0; e->root && !e->failed && i < p->rules_n; i++)
        if (p->rules[i]->ground < p->rules[i]->path.n)
            mark_dynamic(e, p->rules[i]);
    if (e->root && !e->failed)
        cut_below_dynamic(e->root);
    for (size_t i = 0; e->root && !e->failed && i < p->modules_n; i++)
        add_package(e, p->modules[i]->package);
    for (size_t i = 0; e->root && !e->failed && i < p->rules_n; i++)
        add_rule(e, p->rules[i]);
    if (e->failed)
        return;
    for (size_t i = 0; i < p->rules_n; i++)
        walk_rule(p->rules[i], note_targets, NULL, e);
    for (size_t i = 0; i < p->queries_n; i++)
        walk_body(p->queries[i].body, note_targets, NULL, e);
}

/* Breadth first, so that a node's children are neighbours. */
void tree_number(struct emit *e)
{
    struct tree **const queue = ARENA_NEW_N(e->a, struct tree *, e->trees_n);
    size_t n = 0;

    if (!queue) {
        emit_nomem(e);
        return;
    }
    queue[n++] = e->root;
    for (size_t i = 0; i < n; i++) {
        queue[i]->id = (uint32_t)i;
        for (struct tree *k = queue[i]->kids; k; k = k->next)
            queue[n++] = k;
    }
    for (size_t i = 0; i < n; i++) {
        const struct tree *const q = queue[i];
        const struct image_node row = {.name = emit_value(e, q->name),
                                       .parent = q->parent ? q->parent->id : 0,
                                       .first = q->kids ? q->kids->id : 0,
                                       .n = q->kids_n,
                                       .leaf = q->leaf ? q->leaf->id + 1 : 0,
                                       .dyn = q->dyn ? q->dyn->id + 1 : 0,
                                       .flags = q->maskable ? NODE_MASKABLE : 0,
                                       .depth = q->depth};
        buf_add(&e->nodes, &row, sizeof(row));
    }
}
