#include "policy/rego/scope.h"

#include <stdlib.h>
#include <string.h>

#include "policy/rego/tree.h"

/* --- names of the module's level --------------------------------------------------------- */

static int by_name(const void *x, const void *y)
{
    const struct global *const a = x, *const b = y;

    return value_compare(a->name, b->name);
}

static struct rego_term *root(struct check *c, const struct value *name, struct rego_loc loc)
{
    return term_new(c->a, value_is_str(name, "input") ? TERM_INPUT : TERM_DATA, loc);
}

static struct rego_term *rule_ref(struct check *c, const struct rego_module *m,
                                  const struct value *name, struct rego_loc loc)
{
    struct rego_term *const t = term_new(c->a, TERM_REF, loc);

    if (!t || !terms_push(c->a, &t->u.list, term_new(c->a, TERM_DATA, loc)))
        return NULL;
    for (size_t i = 0; i < m->package->count; i++)
        if (!terms_push(c->a, &t->u.list, term_const(c->a, value_at(m->package, i), loc)))
            return NULL;
    return terms_push(c->a, &t->u.list, term_const(c->a, name, loc)) ? t : NULL;
}

static struct rego_term *import_ref(struct check *c, const struct rego_term *path)
{
    struct rego_term *const head = root(c, path->u.list.at[0]->u.name, path->loc);
    struct rego_term *const t = head ? term_new(c->a, TERM_REF, path->loc) : NULL;

    if (path->u.list.n == 1)
        return head;
    if (!t || !terms_push(c->a, &t->u.list, head))
        return NULL;
    for (size_t i = 1; i < path->u.list.n; i++)
        if (!terms_push(c->a, &t->u.list, path->u.list.at[i]))
            return NULL;
    return t;
}

static bool is_language_import(const struct rego_import *imp)
{
    const struct rego_term *const head = imp->path->u.list.at[0];

    return term_is_var(head, "future") || term_is_var(head, "rego");
}

static int add_global(struct check *c, struct globals *g, struct global one)
{
    void *const at = one.ref ? array_grow(c->a, g->at, g->n, sizeof(one)) : NULL;

    if (!at)
        return -1;
    g->at = at;
    g->at[g->n++] = one;
    return 0;
}

/* Keep the last of equal names: imports stand after rules and win. */
static void drop_equal(struct globals *g)
{
    size_t n = 0;

    for (size_t i = 0; i < g->n; i++) {
        if (n > 0 && value_equal(g->at[n - 1].name, g->at[i].name)) {
            if (!g->at[n - 1].import)
                g->at[n - 1] = g->at[i];
        } else {
            g->at[n++] = g->at[i];
        }
    }
    g->n = n;
}

int globals_make(struct check *c, struct rego_module *m, struct globals *out)
{
    for (size_t i = 0; i < c->modules_n; i++) {
        const struct rego_module *const other = c->modules[i];

        if (!value_equal(other->package, m->package))
            continue;
        for (size_t j = 0; j < other->rules_n; j++) {
            const struct value *const name = other->rules[j]->ref->u.list.at[0]->u.name;

            if (add_global(c, out,
                           (struct global){.name = name,
                                           .ref = rule_ref(c, m, name, other->rules[j]->loc)}) < 0)
                return -1;
        }
    }
    for (size_t i = 0; i < m->imports_n; i++) {
        struct rego_import *const imp = &m->imports[i];
        const struct rego_terms *const path = &imp->path->u.list;
        const struct rego_term *const last = path->at[path->n - 1];

        if (is_language_import(imp))
            continue;
        if (add_global(c, out,
                       (struct global){.name = imp->alias               ? imp->alias
                                               : last->kind == TERM_VAR ? last->u.name
                                                                        : last->u.value,
                                       .ref = import_ref(c, imp->path),
                                       .import = imp}) < 0)
            return -1;
    }
    if (out->n)
        qsort(out->at, out->n, sizeof(*out->at), by_name);
    drop_equal(out);
    return 0;
}

struct global *globals_find(const struct globals *g, const struct value *name)
{
    const struct global key = {.name = name};

    return g && g->n ? bsearch(&key, g->at, g->n, sizeof(*g->at), by_name) : NULL;
}

/* --- names that a body declares ---------------------------------------------------------- */

static int note_declared(struct check *c, struct scope *s, const struct value *name)
{
    for (size_t i = 0; i < s->declared_n; i++)
        if (value_equal(s->declared[i], name))
            return 0;
    void *const at = array_grow(c->a, s->declared, s->declared_n, sizeof(*s->declared));

    if (!at)
        return -1;
    s->declared = at;
    s->declared[s->declared_n++] = name;
    return 0;
}

int scope_collect_term(struct check *c, struct scope *s, const struct rego_term *t)
{
    if (t->kind == TERM_VAR)
        return note_declared(c, s, t->u.name);
    if (t->kind != TERM_ARRAY && t->kind != TERM_OBJECT && t->kind != TERM_SET &&
        t->kind != TERM_REF)
        return 0;
    for (size_t i = 0; i < t->u.list.n; i++)
        if (scope_collect_term(c, s, t->u.list.at[i]) < 0)
            return -1;
    return 0;
}

static int collect_expr(struct check *c, struct scope *s, const struct rego_expr *e)
{
    switch (e->kind) {
    case EXPR_ASSIGN:
        return scope_collect_term(c, s, e->u.two.left);
    case EXPR_SOME:
        for (size_t i = 0; i < e->u.some.vars.n; i++)
            if (scope_collect_term(c, s, e->u.some.vars.at[i]) < 0)
                return -1;
        return 0;
    case EXPR_EVERY:
        return scope_collect(c, s, e->u.every.body);
    case EXPR_NOT:
        return scope_collect(c, s, e->u.body);
    case EXPR_AND:
    case EXPR_OR:
        for (size_t i = 0; i < e->u.bodies.n; i++)
            if (scope_collect(c, s, e->u.bodies.at[i]) < 0)
                return -1;
        return 0;
    case EXPR_TERM:
    case EXPR_CALL:
    case EXPR_UNIFY:
        break;
    }
    return 0;
}

int scope_collect(struct check *c, struct scope *s, const struct rego_body *b)
{
    for (size_t i = 0; b && i < b->n; i++)
        if (collect_expr(c, s, b->at[i]) < 0)
            return -1;
    return 0;
}

/* --- entries ----------------------------------------------------------------------------- */

struct scope_entry *scope_find_here(const struct scope *s, const struct value *name)
{
    for (size_t i = s->n; i-- > 0;)
        if (value_equal(s->entries[i].name, name))
            return &s->entries[i];
    return NULL;
}

struct scope_entry *scope_find(const struct scope *top, const struct value *name)
{
    for (; top; top = top->up) {
        struct scope_entry *const e = scope_find_here(top, name);

        if (e)
            return e;
    }
    return NULL;
}

bool scope_declares(const struct scope *top, const struct value *name)
{
    for (; top; top = top->up)
        for (size_t i = 0; i < top->declared_n; i++)
            if (value_equal(top->declared[i], name))
                return true;
    return false;
}

int scope_new_slot(struct resolver *r, const struct value *name, struct rego_loc loc,
                   uint32_t *slot)
{
    struct locals *const l = r->u->locals;
    void *const at = array_grow(r->c->a, l->at, l->n, sizeof(*l->at));

    if (name && value_bytes(name)[0] == '$' && !(name = value_str(r->c->a, "_")))
        return -1;
    if (!at)
        return -1;
    l->at = at;
    l->at[l->n] = (struct local){.name = name, .loc = loc};
    *slot = l->n++;
    return 0;
}

struct scope_entry *scope_add(struct resolver *r, struct scope *s, const struct value *name,
                              enum occurrence occ, uint32_t slot, struct rego_loc loc)
{
    void *const at = array_grow(r->c->a, s->entries, s->n, sizeof(*s->entries));

    if (!at)
        return NULL;
    s->entries = at;
    s->entries[s->n] =
        (struct scope_entry){.name = name, .slot = slot, .occ = occ, .count = 1, .loc = loc};
    return &s->entries[s->n++];
}

int scope_declare(struct resolver *r, struct rego_term *var, enum occurrence occ)
{
    const struct scope_entry *const e = scope_find_here(r->top, var->u.name);
    const char *const name = value_bytes(var->u.name);
    const struct rego_loc loc = occ == OCC_DECLARED ? r->at : var->loc;
    uint32_t slot;

    if (e) {
        static const char *const how[] = {
            [OCC_SEEN] = "referenced above",
            [OCC_ASSIGNED] = "assigned above",
            [OCC_DECLARED] = "declared above",
        };

        if (e->occ == OCC_ARG)
            diag_add(r->c->a, r->c->diags, REGO_COMPILE_ERROR, loc, "arg %s redeclared", name);
        else
            diag_add(r->c->a, r->c->diags, REGO_COMPILE_ERROR, loc, "var %s %s", name, how[e->occ]);
        return 0;
    }
    if (scope_new_slot(r, var->u.name, var->loc, &slot) < 0)
        return -1;
    return scope_add(r, r->top, var->u.name, occ, slot, r->at) ? 0 : -1;
}

static bool say_unused(struct resolver *r, const struct scope *s, enum occurrence occ,
                       const char *how)
{
    bool said = false;

    for (size_t i = 0; i < s->n; i++) {
        const struct scope_entry *const e = &s->entries[i];

        if (e->occ != occ || e->count > 1 || value_bytes(e->name)[0] == '$')
            continue;
        check_soft(r->c, REGO_COMPILE_ERROR, e->loc, "%s var %s unused", how, value_bytes(e->name));
        said = true;
    }
    return said;
}

void scope_check_unused(struct resolver *r, const struct scope *s)
{
    if (r->unused || r->c->diags->n - r->c->soft > r->errors)
        return;
    r->unused = (r->c->opt->strict && say_unused(r, s, OCC_ASSIGNED, "assigned")) ||
                say_unused(r, s, OCC_DECLARED, "declared");
}
