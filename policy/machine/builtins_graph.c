#include <string.h>

#include "policy/machine/builtin_arg.h"
#include "policy/machine/builtins_core.h"

enum { ITEMS = TYPE_BIT(VALUE_ARRAY) | TYPE_BIT(VALUE_SET) };

static int arg_graph(struct builtin_ctx *ctx, const struct value *const *args, struct err *err)
{
    if (arg_type(ctx, args, 0, VALUE_OBJECT, err) < 0)
        return -1;
    if (TYPE_BIT(args[1]->type) & ITEMS)
        return 0;
    return builtin_type_error(ctx, err, 2, "{array, set}", args[1]);
}

static size_t edge_count(const struct value *edges)
{
    return TYPE_BIT(edges->type) & ITEMS ? edges->count : 0;
}

/* --- reachable --------------------------------------------------------------------------- */

/* Position of a node's key in the graph; SIZE_MAX: it is not there. */
static size_t node_index(const struct value *graph, const struct value *node)
{
    size_t low = 0, high = graph->count;

    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        const int c = value_compare(value_key_at(graph, mid), node);
        if (c == 0)
            return mid;
        if (c < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return SIZE_MAX;
}

/* Each node is queued once. */
static void visit(const struct value *graph, const struct value *node, bool *seen, size_t *queue,
                  size_t *n)
{
    const size_t i = node_index(graph, node);

    if (i == SIZE_MAX || seen[i])
        return;
    seen[i] = true;
    queue[(*n)++] = i;
}

BUILTIN_FN(builtin_graph_reachable)
{
    const struct value *const graph = args[0];
    struct value_list reached = {0};
    size_t n = 0;

    if (arg_graph(ctx, args, err) < 0)
        return -1;
    bool *const seen = ARENA_NEW_N(ctx->arena, bool, (size_t)graph->count + 1);
    size_t *const queue = ARENA_NEW_N(ctx->arena, size_t, (size_t)graph->count + 1);
    if (!seen || !queue)
        return err_nomem(err);
    for (size_t i = 0; i < args[1]->count; i++)
        visit(graph, value_at(args[1], i), seen, queue, &n);
    for (size_t at = 0; at < n; at++) {
        const struct value *const edges = value_val_at(graph, queue[at]);
        value_list_add(ctx->arena, &reached, value_key_at(graph, queue[at]));
        for (size_t i = 0; i < edge_count(edges); i++)
            visit(graph, value_at(edges, i), seen, queue, &n);
    }
    return result(value_list_set(ctx->arena, &reached), out, err);
}

/* --- paths ------------------------------------------------------------------------------- */

/* A path under construction: nodes from the newest back to the root. */
struct trail {
    const struct trail *before;
    const struct value *node;
    size_t n;
};

struct paths {
    struct arena *arena;
    const struct value *graph;
    bool *passed; /* by position: nodes some path went on from */
    struct value_list found;
    bool too_deep;
};

enum { TRAIL_MAX = 4096 };

static void keep(struct paths *p, const struct trail *t)
{
    const size_t n = t ? t->n : 0;
    const struct value **const nodes = ARENA_NEW_N(p->arena, const struct value *, n);

    if (!nodes) {
        p->found.failed = true;
        return;
    }
    for (size_t i = n; t; t = t->before)
        nodes[--i] = t->node;
    value_list_add(p->arena, &p->found, value_array(p->arena, nodes, n));
}

/* A path ends where a node has no edges, is not in the graph, or leads to one that a path has gone
 * on from before. */
static void follow(struct paths *p, const struct trail *t, const struct value *node)
{
    const size_t at = node_index(p->graph, node);
    const struct trail here = {.before = t, .node = node, .n = t ? t->n + 1 : 1};

    p->too_deep = p->too_deep || here.n > TRAIL_MAX;
    if (p->found.failed || p->too_deep)
        return;
    if (at == SIZE_MAX) {
        keep(p, t);
        return;
    }
    const struct value *const edges = value_val_at(p->graph, at);
    if (edge_count(edges) == 0)
        keep(p, &here);
    for (size_t i = 0; i < edge_count(edges); i++) {
        const size_t next = node_index(p->graph, value_at(edges, i));
        if (next == at || (next != SIZE_MAX && p->passed[next])) {
            keep(p, &here);
        } else {
            p->passed[at] = true;
            follow(p, &here, value_at(edges, i));
        }
    }
}

/* From each of the root's edges anew. */
static void follow_root(struct paths *p, const struct value *root)
{
    const size_t at = node_index(p->graph, root);
    const struct trail here = {.node = root, .n = 1};

    if (at == SIZE_MAX)
        return;
    const struct value *const edges = value_val_at(p->graph, at);
    if (edge_count(edges) == 0)
        keep(p, &here);
    for (size_t i = 0; i < edge_count(edges) && !p->too_deep; i++) {
        memset(p->passed, 0, p->graph->count * sizeof(bool));
        p->passed[at] = true;
        follow(p, &here, value_at(edges, i));
    }
}

BUILTIN_FN(builtin_graph_reachable_paths)
{
    struct paths p = {.arena = ctx->arena, .graph = args[0]};

    if (arg_graph(ctx, args, err) < 0)
        return -1;
    p.passed = ARENA_NEW_N(ctx->arena, bool, (size_t)args[0]->count + 1);
    if (!p.passed)
        return err_nomem(err);
    for (size_t i = 0; i < args[1]->count; i++)
        follow_root(&p, value_at(args[1], i));
    if (p.too_deep)
        return err_set(err, ERR_LIMIT, "%s: path of more than %d nodes", ctx->name, TRAIL_MAX);
    return result(value_list_set(ctx->arena, &p.found), out, err);
}

/* --- walk -------------------------------------------------------------------------------- */

struct walk {
    struct arena *arena;
    struct value_list pairs;
    struct value_list path;
};

static void walk_value(struct walk *w, const struct value *v)
{
    const struct value *pair[2] = {value_list_array(w->arena, &w->path), v};
    const bool object = value_is(v, VALUE_OBJECT);

    if (w->pairs.failed || w->path.failed || !pair[0]) {
        w->pairs.failed = true;
        return;
    }
    value_list_add(w->arena, &w->pairs, value_array(w->arena, pair, 2));
    for (size_t i = 0; v->type >= VALUE_ARRAY && i < v->count; i++) {
        const struct value *const key = object                     ? value_key_at(v, i)
                                        : value_is(v, VALUE_ARRAY) ? value_int(w->arena, (int64_t)i)
                                                                   : value_at(v, i);
        value_list_add(w->arena, &w->path, key);
        if (w->path.failed)
            break;
        walk_value(w, object ? value_val_at(v, i) : value_at(v, i));
        w->path.n--;
    }
}

BUILTIN_FN(builtin_walk)
{
    struct walk w = {.arena = ctx->arena};

    walk_value(&w, args[0]);
    if (w.path.failed)
        return err_nomem(err);
    return result(value_list_array(ctx->arena, &w.pairs), out, err);
}
