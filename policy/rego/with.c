/* `with`: what may be replaced, by what. */
#include <string.h>

#include "policy/rego/check.h"
#include "policy/rego/tree.h"
#include "policy/rego/visit.h"

struct withs {
    struct check *c;
    struct unit *u;
};

static void refuse(struct check *c, const char *code, const struct rego_with *w, const char *text)
{
    diag_add(c->a, c->diags, code, w->target->loc, "%s", text);
}

static bool has_functions(const struct rule_node *n)
{
    for (size_t i = 0; n && i < n->rules_n; i++)
        if (n->rules[i]->kind == RULE_FUNCTION)
            return true;
    return false;
}

static const struct value *path_value(struct check *c, const struct rego_terms *path)
{
    struct value_list list = {0};

    for (size_t i = 1; i < path->n; i++)
        value_list_add(c->a, &list, path->at[i]->u.value);
    return value_list_array(c->a, &list);
}

/* A value that names a user's function whole stands for the function. */
static int note_value_fn(struct check *c, struct rego_with *w)
{
    size_t used;

    if (w->value_fn || w->value->kind != TERM_REF || w->value->u.list.at[0]->kind != TERM_DATA)
        return 0;
    const struct rule_node *const n = ruletree_walk(c, &w->value->u.list, &used);

    if (used != w->value->u.list.n || !has_functions(n))
        return 0;
    w->value_fn = true;
    w->value_callee.path = path_value(c, &w->value->u.list);
    return w->value_callee.path ? 0 : -1;
}

static void check_data_target(struct check *c, struct rego_with *w)
{
    const struct rego_terms *const path = &w->target->u.list;
    size_t used;

    if (w->target->kind == TERM_DATA)
        return;
    const struct rule_node *n = ruletree_walk(c, path, &used);

    w->target_fn = used == path->n && has_functions(n);
    /* Rules on the way to the target make it a part of a virtual document. */
    for (n = used == path->n ? n->parent : n; n; n = n->parent)
        if (n->rules_n > 0) {
            refuse(c, REGO_COMPILE_ERROR, w,
                   "with keyword cannot partially replace virtual document(s)");
            return;
        }
}

static void check_builtin_target(struct check *c, const struct rego_with *w)
{
    const char *const name = value_bytes(w->target->u.value);
    const struct builtin_decl *const d = builtin_decl_find(name);
    static const char prefix[] = "with keyword replacing built-in function: ";

    if (strcmp(name, "eq") == 0 || strncmp(name, "rego.metadata.", 14) == 0)
        diag_add(c->a, c->diags, REGO_COMPILE_ERROR, w->target->loc,
                 "%sreplacement of \"%s\" invalid", prefix, name);
    else if (strncmp(name, "internal.", 9) == 0)
        diag_add(c->a, c->diags, REGO_COMPILE_ERROR, w->target->loc,
                 "%sreplacement of internal function \"%s\" invalid", prefix, name);
    else if (d->flags & BUILTIN_RELATION)
        diag_add(c->a, c->diags, REGO_COMPILE_ERROR, w->target->loc,
                 "%starget must not be a relation", prefix);
    else if (d->result[0] == '\0')
        diag_add(c->a, c->diags, REGO_COMPILE_ERROR, w->target->loc,
                 "%starget must not be a void function", prefix);
}

static int check_one(struct check *c, struct rego_with *w)
{
    const struct rego_term *const t = w->target;
    const struct rego_term *const head = t->kind == TERM_REF ? t->u.list.at[0] : t;

    if (note_value_fn(c, w) < 0)
        return -1;
    if (head->kind == TERM_DATA)
        check_data_target(c, w);
    else if (head->kind == TERM_CONST)
        check_builtin_target(c, w);
    else if (head->kind != TERM_INPUT)
        refuse(c, REGO_TYPE_ERROR, w,
               "with keyword target must reference existing input, data, or a function");
    if (w->value_fn && !w->target_fn) {
        /* A function is no value; a ref to a user's is evaluated as it stands, to nothing. */
        if (w->value_callee.builtin)
            diag_add(c->a, c->diags, REGO_UNSAFE_VAR_ERROR, w->value->loc, "var %s is unsafe",
                     w->value_callee.builtin);
        w->value_fn = false;
    }
    return 0;
}

/* Values that have to be evaluated are, before the expression. */
static int with_body(struct visit *walk, struct rego_body *b)
{
    const struct withs *const x = walk->ctx;
    struct rego_body out = {0};

    for (size_t i = 0; i < b->n; i++) {
        struct rego_expr *const e = b->at[i];

        for (size_t j = 0; j < e->with_n; j++) {
            struct rego_with *const w = &e->with[j];

            if (check_one(x->c, w) < 0)
                return -1;
            if (w->value_fn || !term_requires_eval(w->value))
                continue;
            struct rego_expr *const eq = rewrite_equate(x->c, x->u, w->value, &w->value);

            if (!eq || !body_push(x->c->a, &out, eq))
                return -1;
        }
        if (!body_push(x->c->a, &out, e))
            return -1;
    }
    b->at = out.at;
    b->n = out.n;
    return 0;
}

static int no_term(struct visit *w, struct rego_term *t)
{
    (void)w;
    (void)t;
    return 0;
}

int check_with(struct check *c)
{
    for (size_t i = 0; i < c->units_n; i++) {
        struct withs x = {.c = c, .u = &c->units[i]};
        struct visit w = {.term = no_term, .body = with_body, .ctx = &x};

        if ((x.u->rule ? visit_rule(&w, x.u->rule) : visit_body(&w, x.u->body)) < 0)
            return -1;
    }
    return 0;
}
