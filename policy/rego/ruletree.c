#include <stdlib.h>
#include <string.h>

#include "policy/rego/check.h"
#include "policy/rego/tree.h"
#include "policy/value/print.h"

static size_t kid_place(const struct rule_node *n, const struct value *key, bool *found)
{
    size_t low = 0, high = n->kids_n;

    *found = false;
    while (low < high) {
        const size_t mid = (low + high) / 2;
        const int order = value_compare(n->kids[mid]->key, key);

        if (order == 0) {
            *found = true;
            return mid;
        }
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

struct rule_node *ruletree_kid(const struct rule_node *n, const struct value *key)
{
    bool found;
    const size_t at = kid_place(n, key, &found);

    return found ? n->kids[at] : NULL;
}

static struct rule_node *add_kid(struct check *c, struct rule_node *n, const struct value *key)
{
    bool found;
    const size_t place = kid_place(n, key, &found);

    if (found)
        return n->kids[place];
    struct rule_node *const kid = ARENA_NEW(c->a, struct rule_node);
    void *const at = array_grow(c->a, n->kids, n->kids_n, sizeof(struct rule_node *));

    if (!kid || !at)
        return NULL;
    n->kids = at;
    memmove(&n->kids[place + 1], &n->kids[place], (n->kids_n - place) * sizeof(n->kids[0]));
    n->kids[place] = kid;
    n->kids_n++;
    kid->key = key;
    kid->parent = n;
    return kid;
}

static int add_rule(struct check *c, struct rego_rule *r)
{
    const struct value *const package = r->module->package;
    const struct rego_terms *const ref = &r->ref->u.list;
    struct rule_node *n = c->root;

    for (size_t i = 0; n && i < package->count; i++)
        n = add_kid(c, n, value_at(package, i));
    if (n)
        n = add_kid(c, n, ref->at[0]->u.name);
    for (size_t i = 1; n && i < ref->n && ref->at[i]->kind == TERM_CONST; i++)
        n = add_kid(c, n, ref->at[i]->u.value);
    void *const at = n ? array_grow(c->a, n->rules, n->rules_n, sizeof(struct rego_rule *)) : NULL;

    if (!at)
        return -1;
    n->rules = at;
    n->rules[n->rules_n++] = r;
    return 0;
}

int check_ruletree(struct check *c)
{
    if (!(c->root = ARENA_NEW(c->a, struct rule_node)))
        return -1;
    for (size_t i = 0; i < c->modules_n; i++) {
        const struct rego_module *const m = c->modules[i];
        struct rule_node *n = c->root;

        for (size_t j = 0; n && j < m->package->count; j++)
            n = add_kid(c, n, value_at(m->package, j));
        if (!n)
            return -1;
        n->package = true;
        n->package_loc = m->package_loc;
        for (size_t j = 0; j < m->rules_n; j++)
            if (add_rule(c, m->rules[j]) < 0)
                return -1;
    }
    return 0;
}

struct rule_node *ruletree_walk(const struct check *c, const struct rego_terms *path, size_t *used)
{
    struct rule_node *n = c->root;

    for (*used = 1; *used < path->n; ++*used) {
        const struct rego_term *const t = path->at[*used];
        struct rule_node *const kid = t->kind == TERM_CONST ? ruletree_kid(n, t->u.value) : NULL;

        if (!kid)
            break;
        n = kid;
    }
    return n;
}

struct rule_node *ruletree_function(const struct check *c, const struct rego_callee *callee)
{
    struct rule_node *n = callee->path ? c->root : NULL;

    for (size_t i = 0; n && i < callee->path->count; i++)
        n = ruletree_kid(n, value_at(callee->path, i));
    for (size_t i = 0; n && i < n->rules_n; i++)
        if (n->rules[i]->kind == RULE_FUNCTION)
            return n;
    return NULL;
}

int check_arity(const struct check *c, const struct rego_callee *callee)
{
    if (callee->builtin) {
        const struct builtin_decl *const d = builtin_decl_find(callee->builtin);

        return d ? d->arity : -1;
    }
    const struct rule_node *const n = ruletree_function(c, callee);

    for (size_t i = 0; n && i < n->rules_n; i++)
        if (n->rules[i]->kind == RULE_FUNCTION)
            return (int)n->rules[i]->args.n;
    return -1;
}

static bool is_name(const struct value *v)
{
    const char *const s = value_bytes(v);

    for (uint32_t i = 0; i < v->count; i++) {
        const char ch = s[i];

        if (!((ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || ch == '_' ||
              (i > 0 && ch >= '0' && ch <= '9')))
            return false;
    }
    return v->count > 0;
}

static void print_step(struct buf *b, const struct rego_term *t)
{
    if (term_is_str(t) && is_name(t->u.value)) {
        buf_printf(b, ".%s", value_bytes(t->u.value));
    } else if (t->kind == TERM_CONST) {
        buf_putc(b, '[');
        rego_print(b, t->u.value);
        buf_putc(b, ']');
    } else if (t->kind == TERM_VAR) {
        buf_printf(b, "[%s]", value_bytes(t->u.name));
    } else {
        buf_puts(b, "[_]");
    }
}

const char *check_path_text(struct check *c, const struct rego_terms *path)
{
    AUTO_BUF struct buf b = BUF_INIT;

    buf_puts(&b, "data");
    for (size_t i = 0; i < path->n; i++)
        print_step(&b, path->at[i]);
    const char *const text = b.failed ? NULL : arena_strndup(c->a, b.data, b.len);

    return text ? text : "data";
}

const char *check_callee_text(struct check *c, const struct rego_callee *callee)
{
    const char *text = "data";

    if (callee->builtin)
        return callee->builtin;
    if (!callee->path && callee->name && callee->name->loc.source)
        text = arena_strndup(c->a, callee->name->loc.source->text + callee->name->loc.offset,
                             callee->name->loc.len);
    for (size_t i = 0; callee->path && i < callee->path->count && text; i++)
        text = arena_printf(c->a, "%s.%s", text, value_bytes(value_at(callee->path, i)));
    return text ? text : "data";
}
