#include "policy/rego/types.h"

#include <string.h>

#include "policy/value/print.h"

const struct type type_any = {.kind = TYPE_ANY}, type_null = {.kind = TYPE_NULL},
                  type_bool = {.kind = TYPE_BOOL}, type_number = {.kind = TYPE_NUMBER},
                  type_string = {.kind = TYPE_STRING}, type_empty_set = {.kind = TYPE_SET};

static struct type *make(struct arena *a, enum type_kind kind, const struct type *const *of,
                         size_t n)
{
    struct type *const t = ARENA_NEW(a, struct type);
    const struct type **const copy = ARENA_NEW_N(a, const struct type *, n + 1);

    if (!t || !copy)
        return NULL;
    if (n)
        memcpy(copy, of, n * sizeof(*copy));
    *t = (struct type){.kind = kind, .of = copy, .n = n};
    return t;
}

const struct type *type_array(struct arena *a, const struct type *const *of, size_t n,
                              const struct type *dynamic)
{
    struct type *const t = make(a, TYPE_ARRAY, of, n);

    if (t)
        t->dynamic = dynamic;
    return t;
}

const struct type *type_set(struct arena *a, const struct type *of)
{
    struct type *const t = make(a, TYPE_SET, NULL, 0);

    if (t)
        t->dynamic = of;
    return t;
}

const struct type *type_object(struct arena *a, const struct value *const *keys,
                               const struct type *const *of, size_t n, const struct type *key,
                               const struct type *dynamic)
{
    struct type *const t = make(a, TYPE_OBJECT, of, n);
    const struct value **const copy = ARENA_NEW_N(a, const struct value *, n + 1);

    if (!t || !copy)
        return NULL;
    if (n)
        memcpy(copy, keys, n * sizeof(*copy));
    t->keys = copy;
    t->key = key;
    t->dynamic = dynamic;
    return t;
}

bool type_same(const struct type *x, const struct type *y)
{
    if (x == y)
        return true;
    if (!x || !y || x->kind != y->kind || x->n != y->n)
        return false;
    for (size_t i = 0; i < x->n; i++)
        if (!type_same(x->of[i], y->of[i]) ||
            (x->kind == TYPE_OBJECT && !value_equal(x->keys[i], y->keys[i])))
            return false;
    return type_same(x->key, y->key) && type_same(x->dynamic, y->dynamic);
}

static bool in_union(const struct type *u, const struct type *t)
{
    for (size_t i = 0; i < u->n; i++)
        if (type_same(u->of[i], t))
            return true;
    return false;
}

/* Alternatives stand in order of their kinds, each once. */
static const struct type *with_alternative(struct arena *a, const struct type *u,
                                           const struct type *t)
{
    const struct type **const of = ARENA_NEW_N(a, const struct type *, u->n + 1);
    size_t n = 0;

    if (in_union(u, t))
        return u;
    if (!of)
        return NULL;
    while (n < u->n && u->of[n]->kind <= t->kind) {
        of[n] = u->of[n];
        n++;
    }
    of[n] = t;
    for (size_t i = n; i < u->n; i++)
        of[i + 1] = u->of[i];
    return make(a, TYPE_UNION, of, u->n + 1);
}

enum { UNION_MAX = 64 }; /* past it a union is `any`: nothing useful is known */

const struct type *type_or(struct arena *a, const struct type *x, const struct type *y)
{
    if (!x || !y)
        return x ? x : y;
    if (x->kind == TYPE_ANY || y->kind == TYPE_ANY)
        return &type_any;
    if (type_same(x, y))
        return x;
    const struct type *u = x->kind == TYPE_UNION ? x : make(a, TYPE_UNION, &x, 1);

    if (y->kind != TYPE_UNION)
        return u && u->n < UNION_MAX ? with_alternative(a, u, y) : &type_any;
    for (size_t i = 0; u && i < y->n; i++)
        u = u->n < UNION_MAX ? with_alternative(a, u, y->of[i]) : &type_any;
    return u;
}

static const struct type *of_collection(struct arena *a, const struct value *v)
{
    const struct type **const of = ARENA_NEW_N(a, const struct type *, v->count + 1);
    const struct value **const keys = ARENA_NEW_N(a, const struct value *, v->count + 1);
    const struct type *members = NULL;

    if (!of || !keys)
        return NULL;
    for (size_t i = 0; i < v->count; i++) {
        const bool object = value_is(v, VALUE_OBJECT);

        of[i] = type_of_value(a, object ? value_val_at(v, i) : value_at(v, i));
        if (object)
            keys[i] = value_key_at(v, i);
        if (!of[i])
            return NULL;
        if (value_is(v, VALUE_SET))
            members = type_or(a, members, of[i]);
    }
    if (value_is(v, VALUE_ARRAY))
        return type_array(a, of, v->count, NULL);
    if (value_is(v, VALUE_SET))
        return members ? type_set(a, members) : &type_empty_set;
    return type_object(a, keys, of, v->count, NULL, NULL);
}

const struct type *type_of_value(struct arena *a, const struct value *v)
{
    static const struct type *const scalars[] = {&type_null, &type_bool, &type_number,
                                                 &type_string};

    return v->type <= VALUE_STRING ? scalars[v->type] : of_collection(a, v);
}

/* --- types of one path's rules ----------------------------------------------------------- */

static bool is_open_object(const struct type *t)
{
    return t->kind == TYPE_OBJECT && t->n == 0;
}

static const struct type *merge_objects(struct arena *a, const struct type *x, const struct type *y)
{
    if (!x->dynamic || !y->dynamic)
        return x->dynamic ? x : y;
    return type_object(a, NULL, NULL, 0, type_or(a, x->key, y->key),
                       type_merge(a, x->dynamic, y->dynamic));
}

/* An alternative of `u` that the object can become one with. */
static const struct type *merge_into_union(struct arena *a, const struct type *u,
                                           const struct type *object)
{
    const struct type *all = NULL;
    bool done = false;

    for (size_t i = 0; i < u->n; i++) {
        const bool here = !done && is_open_object(u->of[i]) && u->of[i]->dynamic;

        all = type_or(a, all, here ? merge_objects(a, u->of[i], object) : u->of[i]);
        done = done || here;
    }
    return done ? all : type_or(a, u, object);
}

const struct type *type_merge(struct arena *a, const struct type *x, const struct type *y)
{
    if (!x || !y)
        return x ? x : y;
    if (is_open_object(x) && is_open_object(y))
        return merge_objects(a, x, y);
    if (x->kind == TYPE_UNION && is_open_object(y) && y->dynamic)
        return merge_into_union(a, x, y);
    if (y->kind == TYPE_UNION && is_open_object(x) && x->dynamic)
        return merge_into_union(a, y, x);
    if (x->kind == TYPE_SET && y->kind == TYPE_SET && x->dynamic && y->dynamic)
        return type_set(a, type_or(a, x->dynamic, y->dynamic));
    return type_or(a, x, y);
}

const struct type *type_insert(struct arena *a, const struct type *object,
                               const struct value *const *path, size_t n, const struct type *t)
{
    static const struct type empty = {.kind = TYPE_OBJECT};

    if (n == 0)
        return object;
    const struct type *const below = n == 1 ? t : type_insert(a, &empty, path + 1, n - 1, t);

    return type_object(a, object->keys, object->of, object->n,
                       type_or(a, object->key, type_of_value(a, path[0])),
                       type_or(a, object->dynamic, below));
}

bool type_is_empty(const struct type *t)
{
    return t == &type_empty_set ||
           ((t->kind == TYPE_ARRAY || t->kind == TYPE_OBJECT) && t->n == 0 && !t->dynamic);
}

bool type_unknown(const struct type *t)
{
    if (!t)
        return true;
    for (size_t i = 0; i < t->n && t->kind != TYPE_UNION; i++)
        if (type_unknown(t->of[i]))
            return true;
    if (t->kind == TYPE_SET) /* of the empty one's members nothing is known either */
        return type_unknown(t->dynamic);
    return t->dynamic && type_unknown(t->dynamic);
}

/* --- unification ------------------------------------------------------------------------- */

static const struct type *element(const struct type *t, size_t i)
{
    return i < t->n ? t->of[i] : t->dynamic;
}

static bool arrays_unify(const struct type *x, const struct type *y)
{
    const size_t n = x->n > y->n ? x->n : y->n;

    for (size_t i = 0; i < n; i++)
        if ((i >= x->n && !x->dynamic) || (i >= y->n && !y->dynamic) ||
            !type_unifies(element(x, i), element(y, i)))
            return false;
    return !x->dynamic || !y->dynamic || type_unifies(x->dynamic, y->dynamic);
}

/* Is a constant of the key's type among what the object may have? Scalars only are looked at. */
static bool has_key(const struct type *keys, const struct value *key)
{
    static const struct type *const scalars[] = {&type_null, &type_bool, &type_number,
                                                 &type_string};

    if (!keys || keys->kind == TYPE_ANY || key->type > VALUE_STRING)
        return true;
    return type_same(keys, scalars[key->type]) ||
           (keys->kind == TYPE_UNION && in_union(keys, scalars[key->type]));
}

static bool property_unifies(const struct type *t, const struct value *key, const struct type *with,
                             bool open)
{
    for (size_t i = 0; i < t->n; i++)
        if (value_equal(t->keys[i], key))
            return type_unifies(t->of[i], with);
    if (t->dynamic && has_key(t->key, key))
        return type_unifies(t->dynamic, with);
    return open || t->dynamic;
}

static bool known_keys_unify(const struct type *x, const struct type *y)
{
    for (size_t i = 0; i < x->n; i++)
        if (!property_unifies(y, x->keys[i], x->of[i], x->dynamic != NULL))
            return false;
    return true;
}

static bool union_unifies(const struct type *u, const struct type *t)
{
    for (size_t i = 0; i < u->n; i++)
        if (type_unifies(u->of[i], t))
            return true;
    return false;
}

bool type_unifies(const struct type *x, const struct type *y)
{
    if (!x || !y || x->kind == TYPE_ANY || y->kind == TYPE_ANY)
        return true;
    if (x->kind == TYPE_UNION)
        return union_unifies(x, y);
    if (y->kind == TYPE_UNION)
        return union_unifies(y, x);
    if (x->kind != y->kind)
        return false;
    if (x->kind == TYPE_ARRAY)
        return arrays_unify(x, y);
    if (x->kind == TYPE_OBJECT)
        return known_keys_unify(x, y) && known_keys_unify(y, x) &&
               (!x->dynamic || !y->dynamic || type_unifies(x->dynamic, y->dynamic));
    return x->kind != TYPE_SET || x == &type_empty_set || y == &type_empty_set ||
           type_unifies(x->dynamic, y->dynamic);
}

/* --- selection --------------------------------------------------------------------------- */

static const struct type *join_union(struct arena *a, const struct type *u,
                                     const struct type *(*part)(struct arena *,
                                                                const struct type *))
{
    const struct type *all = NULL;

    for (size_t i = 0; i < u->n; i++)
        all = type_or(a, all, part(a, u->of[i]));
    return all;
}

const struct type *type_keys(struct arena *a, const struct type *t)
{
    const struct type *all = NULL;

    switch (t->kind) {
    case TYPE_ARRAY:
        return &type_number;
    case TYPE_SET:
        return t->dynamic ? t->dynamic : &type_any;
    case TYPE_OBJECT:
        for (size_t i = 0; i < t->n; i++)
            all = type_or(a, all, type_of_value(a, t->keys[i]));
        if (t->dynamic)
            all = type_or(a, all, t->key ? t->key : &type_any);
        return all ? all : &type_any;
    case TYPE_UNION:
        return join_union(a, t, type_keys);
    case TYPE_ANY:
        return &type_any;
    default:
        return NULL;
    }
}

const struct type *type_values(struct arena *a, const struct type *t)
{
    const struct type *all = NULL;

    switch (t->kind) {
    case TYPE_ARRAY:
    case TYPE_OBJECT:
        for (size_t i = 0; i < t->n; i++) {
            if (!t->of[i])
                return NULL;
            all = type_or(a, all, t->of[i]);
        }
        return t->dynamic ? type_or(a, all, t->dynamic) : all;
    case TYPE_SET:
        return t->dynamic;
    case TYPE_UNION:
        return join_union(a, t, type_values);
    case TYPE_ANY:
        return &type_any;
    default:
        return NULL;
    }
}

static const struct type *or_any(const struct type *t)
{
    return t ? t : &type_any;
}

const struct type *type_select(struct arena *a, const struct type *t, const struct value *key)
{
    const struct type *all = NULL;
    uint64_t i;

    switch (t->kind) {
    case TYPE_ARRAY:
        if (!value_is(key, VALUE_NUMBER) || key->form != VALUE_FORM_INT || !value_uint64(key, &i))
            return NULL;
        return i < t->n ? or_any(t->of[i]) : t->dynamic;
    case TYPE_OBJECT:
        for (size_t k = 0; k < t->n; k++)
            if (value_equal(t->keys[k], key))
                return or_any(t->of[k]);
        return t->dynamic && type_unifies(t->key, type_of_value(a, key)) ? t->dynamic : NULL;
    case TYPE_SET:
        return t != &type_empty_set && type_unifies(t->dynamic, type_of_value(a, key))
                   ? or_any(t->dynamic)
                   : NULL;
    case TYPE_UNION:
        for (size_t k = 0; k < t->n; k++)
            all = type_or(a, all, type_select(a, t->of[k], key));
        return all;
    case TYPE_ANY:
        return &type_any;
    default:
        return NULL;
    }
}

/* --- text -------------------------------------------------------------------------------- */

static void print_list(struct buf *b, const struct type *t)
{
    buf_putc(b, '<');
    for (size_t i = 0; i < t->n; i++) {
        if (i)
            buf_puts(b, ", ");
        if (t->kind == TYPE_OBJECT) {
            if (value_is(t->keys[i], VALUE_STRING))
                buf_puts(b, value_bytes(t->keys[i]));
            else
                rego_print(b, t->keys[i]);
            buf_puts(b, ": ");
        }
        type_print(b, t->of[i]);
    }
    buf_putc(b, '>');
}

void type_print(struct buf *b, const struct type *t)
{
    static const char *const names[] = {"null",   "boolean", "number", "string", "array",
                                        "object", "set",     "any",    "any"};

    if (!t) {
        buf_puts(b, "???");
        return;
    }
    buf_puts(b, names[t->kind]);
    if (t->n)
        print_list(b, t);
    if (t->kind == TYPE_SET || (t->dynamic && t->kind == TYPE_ARRAY)) {
        buf_putc(b, '[');
        type_print(b, t->dynamic);
        buf_putc(b, ']');
    } else if (t->dynamic && t->kind == TYPE_OBJECT) {
        buf_putc(b, '[');
        type_print(b, t->key);
        buf_puts(b, ": ");
        type_print(b, t->dynamic);
        buf_putc(b, ']');
    }
}
