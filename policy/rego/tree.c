#include "policy/rego/tree.h"

#include <string.h>

#include "policy/rego/rego.h"

struct rego_term *term_new(struct arena *a, enum term_kind kind, struct rego_loc loc)
{
    struct rego_term *const t = ARENA_NEW(a, struct rego_term);

    if (!t)
        return NULL;
    t->kind = kind;
    t->loc = loc;
    t->height = 1;
    return t;
}

struct rego_term *term_const(struct arena *a, const struct value *v, struct rego_loc loc)
{
    struct rego_term *const t = v ? term_new(a, TERM_CONST, loc) : NULL;

    if (t)
        t->u.value = v;
    return t;
}

struct rego_term *term_str(struct arena *a, const char *text, struct rego_loc loc)
{
    return term_const(a, value_str(a, text), loc);
}

struct rego_term *term_var(struct arena *a, const struct value *name, struct rego_loc loc)
{
    struct rego_term *const t = name ? term_new(a, TERM_VAR, loc) : NULL;

    if (t)
        t->u.name = name;
    return t;
}

struct rego_term *term_local(struct arena *a, uint32_t slot, struct rego_loc loc)
{
    struct rego_term *const t = term_new(a, TERM_LOCAL, loc);

    if (t) {
        t->u.slot = slot;
        t->generated = true;
    }
    return t;
}

struct rego_term *term_ref(struct arena *a, struct rego_term *head)
{
    struct rego_term *const t = term_new(a, TERM_REF, head->loc);

    if (!t)
        return NULL;
    if (head->kind != TERM_REF)
        return terms_push(a, &t->u.list, head) ? t : NULL;
    for (size_t i = 0; i < head->u.list.n; i++)
        if (!terms_push(a, &t->u.list, head->u.list.at[i]))
            return NULL;
    return t;
}

struct rego_term *term_op(struct arena *a, const char *name, struct rego_loc loc)
{
    struct rego_term *const t = term_new(a, TERM_CALL, loc);

    if (!t)
        return NULL;
    t->u.call.callee.name = term_var(a, value_str(a, name), loc);
    return t->u.call.callee.name ? t : NULL;
}

void *array_grow(struct arena *a, void *at, size_t n, size_t size)
{
    if (n != 0 && (n < 4 || (n & (n - 1)) != 0))
        return at;
    void *const bigger = arena_zalloc(a, n < 4 ? 4 : 2 * n, size);

    if (bigger && n > 0)
        memcpy(bigger, at, n * size);
    return bigger;
}

bool terms_push(struct arena *a, struct rego_terms *list, struct rego_term *t)
{
    void *const at = t ? array_grow(a, list->at, list->n, sizeof(struct rego_term *)) : NULL;

    if (!at)
        return false;
    list->at = at;
    list->at[list->n++] = t;
    return true;
}

bool body_push(struct arena *a, struct rego_body *body, struct rego_expr *e)
{
    void *const at = e ? array_grow(a, body->at, body->n, sizeof(struct rego_expr *)) : NULL;

    if (!at)
        return false;
    body->at = at;
    body->at[body->n++] = e;
    return true;
}

struct rego_body *body_new(struct arena *a, struct rego_loc loc)
{
    struct rego_body *const b = ARENA_NEW(a, struct rego_body);

    if (b)
        b->loc = loc;
    return b;
}

struct rego_expr *expr_new(struct arena *a, enum expr_kind kind, struct rego_loc loc)
{
    struct rego_expr *const e = ARENA_NEW(a, struct rego_expr);

    if (!e)
        return NULL;
    e->kind = kind;
    e->loc = loc;
    return e;
}

struct rego_expr *expr_of_term(struct arena *a, struct rego_term *t)
{
    struct rego_expr *const e =
        t ? expr_new(a, t->kind == TERM_CALL ? EXPR_CALL : EXPR_TERM, t->loc) : NULL;

    if (e)
        e->u.term = t;
    return e;
}

static unsigned max_height(unsigned h, const struct rego_term *t)
{
    return t && t->height > h ? t->height : h;
}

static unsigned list_height(unsigned h, const struct rego_terms *list)
{
    for (size_t i = 0; i < list->n; i++)
        h = max_height(h, list->at[i]);
    return h;
}

static unsigned body_height(unsigned h, const struct rego_body *b);

static unsigned expr_height(unsigned h, const struct rego_expr *e)
{
    for (size_t i = 0; i < e->with_n; i++)
        h = max_height(max_height(h, e->with[i].target), e->with[i].value);
    switch (e->kind) {
    case EXPR_TERM:
    case EXPR_CALL:
        return max_height(h, e->u.term);
    case EXPR_UNIFY:
    case EXPR_ASSIGN:
        return max_height(max_height(h, e->u.two.left), e->u.two.right);
    case EXPR_SOME:
        return max_height(list_height(h, &e->u.some.vars), e->u.some.domain);
    case EXPR_EVERY:
        return 1 + body_height(max_height(h, e->u.every.domain), e->u.every.body);
    case EXPR_NOT:
        return 1 + body_height(h, e->u.body);
    case EXPR_AND:
    case EXPR_OR:
        for (size_t i = 0; i < e->u.bodies.n; i++)
            h = body_height(h, e->u.bodies.at[i]);
        return h + 1;
    }
    return h;
}

static unsigned body_height(unsigned h, const struct rego_body *b)
{
    for (size_t i = 0; b && i < b->n; i++)
        h = expr_height(h, b->at[i]);
    return h;
}

uint16_t term_height(const struct rego_term *t)
{
    unsigned h = 0;

    switch (t->kind) {
    case TERM_CONST:
    case TERM_VAR:
    case TERM_LOCAL:
    case TERM_INPUT:
    case TERM_DATA:
        break;
    case TERM_CALL:
        h = list_height(max_height(0, t->u.call.callee.name), &t->u.call.args);
        break;
    case TERM_REF:
    case TERM_ARRAY:
    case TERM_SET:
    case TERM_OBJECT:
    case TERM_TEMPLATE:
        h = list_height(0, &t->u.list);
        break;
    case TERM_ARRAY_COMP:
    case TERM_SET_COMP:
    case TERM_OBJECT_COMP:
        h = max_height(max_height(body_height(0, t->u.comp.body), t->u.comp.key), t->u.comp.value);
        break;
    }
    return (uint16_t)(h < REGO_DEPTH_MAX ? h + 1 : 0);
}

struct rego_terms *term_children(struct rego_term *t)
{
    switch (t->kind) {
    case TERM_REF:
    case TERM_ARRAY:
    case TERM_SET:
    case TERM_OBJECT:
    case TERM_TEMPLATE:
        return &t->u.list;
    case TERM_CALL:
        return &t->u.call.args;
    case TERM_CONST:
    case TERM_VAR:
    case TERM_LOCAL:
    case TERM_INPUT:
    case TERM_DATA:
    case TERM_ARRAY_COMP:
    case TERM_SET_COMP:
    case TERM_OBJECT_COMP:
        break;
    }
    return NULL;
}

bool term_is_str(const struct rego_term *t)
{
    return t->kind == TERM_CONST && value_is(t->u.value, VALUE_STRING);
}

static bool terms_same(const struct rego_terms *x, const struct rego_terms *y)
{
    bool same = x->n == y->n;

    for (size_t i = 0; i < x->n && same; i++)
        same = term_same(x->at[i], y->at[i]);
    return same;
}

bool term_same(const struct rego_term *x, const struct rego_term *y)
{
    if (x == y || x->kind != y->kind)
        return x == y;
    switch (x->kind) {
    case TERM_CONST:
        return value_equal(x->u.value, y->u.value);
    case TERM_VAR:
        return value_equal(x->u.name, y->u.name);
    case TERM_REF:
    case TERM_ARRAY:
    case TERM_OBJECT:
        return terms_same(&x->u.list, &y->u.list);
    case TERM_CALL:
        return x->u.call.callee.name && y->u.call.callee.name &&
               term_same(x->u.call.callee.name, y->u.call.callee.name) &&
               terms_same(&x->u.call.args, &y->u.call.args);
    default:
        return false;
    }
}

bool term_is_scalar(const struct rego_term *t)
{
    return t->kind == TERM_CONST && t->u.value->type <= VALUE_STRING;
}

bool term_is_var(const struct rego_term *t, const char *name)
{
    return t->kind == TERM_VAR && value_is_str(t->u.name, name);
}

bool term_is_comp(const struct rego_term *t)
{
    return t->kind == TERM_ARRAY_COMP || t->kind == TERM_SET_COMP || t->kind == TERM_OBJECT_COMP;
}

static bool terms_copy(struct arena *a, struct rego_terms *to, const struct rego_terms *from)
{
    struct rego_terms list = {0};

    for (size_t i = 0; i < from->n; i++)
        if (!terms_push(a, &list, term_copy(a, from->at[i])))
            return false;
    *to = list;
    return true;
}

struct rego_term *term_copy(struct arena *a, const struct rego_term *t)
{
    struct rego_term *const c = ARENA_NEW(a, struct rego_term);

    if (!c)
        return NULL;
    *c = *t;
    if (term_is_comp(t)) {
        c->u.comp.body = body_copy(a, t->u.comp.body);
        if (t->u.comp.key)
            c->u.comp.key = term_copy(a, t->u.comp.key);
        if (t->u.comp.value)
            c->u.comp.value = term_copy(a, t->u.comp.value);
        return c->u.comp.body && (!t->u.comp.key || c->u.comp.key) &&
                       (!t->u.comp.value || c->u.comp.value)
                   ? c
                   : NULL;
    }
    if (t->kind == TERM_CALL && t->u.call.callee.name) {
        c->u.call.callee.name = term_copy(a, t->u.call.callee.name);
        if (!c->u.call.callee.name)
            return NULL;
    }
    struct rego_terms *const kids = term_children(c);

    return !kids || terms_copy(a, kids, kids) ? c : NULL;
}

static bool term_renew(struct arena *a, struct rego_term **t)
{
    if (*t)
        *t = term_copy(a, *t);
    return *t != NULL;
}

static bool body_renew(struct arena *a, struct rego_body **b)
{
    *b = body_copy(a, *b);
    return *b != NULL;
}

static bool expr_renew_parts(struct arena *a, struct rego_expr *e)
{
    switch (e->kind) {
    case EXPR_TERM:
    case EXPR_CALL:
        return term_renew(a, &e->u.term);
    case EXPR_UNIFY:
    case EXPR_ASSIGN:
        return term_renew(a, &e->u.two.left) && term_renew(a, &e->u.two.right);
    case EXPR_SOME:
        return terms_copy(a, &e->u.some.vars, &e->u.some.vars) &&
               (!e->u.some.domain || term_renew(a, &e->u.some.domain));
    case EXPR_EVERY:
        return (!e->u.every.key || term_renew(a, &e->u.every.key)) &&
               term_renew(a, &e->u.every.value) && term_renew(a, &e->u.every.domain) &&
               body_renew(a, &e->u.every.body);
    case EXPR_NOT:
        return body_renew(a, &e->u.body);
    case EXPR_AND:
    case EXPR_OR: {
        struct rego_body **const at = ARENA_NEW_N(a, struct rego_body *, e->u.bodies.n);

        for (size_t i = 0; at && i < e->u.bodies.n; i++)
            if (!(at[i] = body_copy(a, e->u.bodies.at[i])))
                return false;
        e->u.bodies.at = at;
        return at != NULL;
    }
    }
    return false;
}

static struct rego_expr *expr_copy(struct arena *a, const struct rego_expr *from)
{
    struct rego_expr *const e = ARENA_NEW(a, struct rego_expr);

    if (!e)
        return NULL;
    *e = *from;
    if (e->with_n) {
        e->with = ARENA_NEW_N(a, struct rego_with, e->with_n);
        for (size_t i = 0; e->with && i < e->with_n; i++) {
            e->with[i] = from->with[i];
            if (!term_renew(a, &e->with[i].target) || !term_renew(a, &e->with[i].value))
                return NULL;
        }
        if (!e->with)
            return NULL;
    }
    return expr_renew_parts(a, e) ? e : NULL;
}

struct rego_body *body_copy(struct arena *a, const struct rego_body *b)
{
    struct rego_body *const c = body_new(a, b->loc);

    for (size_t i = 0; c && i < b->n; i++)
        if (!body_push(a, c, expr_copy(a, b->at[i])))
            return NULL;
    return c;
}
