/* Fields that answer under one name must be able to: same field, same arguments, same shape
 * (section 5.3.2 of the specification). */
#include <string.h>

#include "base/buf.h"
#include "policy/rego/graphql.h"

enum { FIELDS_MAX = 2000 };

/* A field and the type it is selected on. */
struct picked {
    const struct value *field, *def;
    const struct gql_type *parent;
};

struct merge {
    const struct gql_schema *schema;
    const struct value *fragments;
    struct buf *errors;
    unsigned *errors_n;
};

static size_t pick(struct merge *m, const struct value *set, const struct gql_type *parent,
                   struct picked *out, size_t n, struct value_list *seen)
{
    for (size_t i = 0; i < gql_count(set) && n < FIELDS_MAX; i++) {
        const struct value *const s = value_at(set, i);
        const char *const name = gql_text(s, "Name");
        const char *on = gql_text(s, "TypeCondition");
        const struct value *inner = value_field(s, "SelectionSet");

        if (value_field(s, "Alias") != NULL) {
            out[n++] = (struct picked){
                s, parent != NULL ? gql_named_in(&parent->fields, name) : NULL, parent};
            continue;
        }
        if (inner == NULL) {
            const struct value *const def = gql_named(m->fragments, name);
            bool again = def == NULL;

            for (size_t k = 0; k < seen->n; k++)
                again |= seen->items[k] == def;
            if (again)
                continue;
            value_list_add(m->schema->arena, seen, def);
            on = gql_text(def, "TypeCondition");
            inner = value_field(def, "SelectionSet");
        }
        n = pick(m, inner, *on != '\0' ? gql_type_named(m->schema, on) : parent, out, n, seen);
    }
    return n;
}

/* Arguments in any order, with equal values. */
static bool same_arguments(struct arena *a, const struct value *x, const struct value *y)
{
    if (gql_count(x) != gql_count(y))
        return false;
    for (size_t i = 0; i < gql_count(x); i++) {
        const struct value *const ax = value_at(x, i);
        const struct value *const ay = gql_named(y, gql_text(ax, "Name"));

        if (ay == NULL)
            return false;
        const struct value *const vx = graphql_prune(a, value_field(ax, "Value"));
        const struct value *const vy = graphql_prune(a, value_field(ay, "Value"));

        if (vx == NULL || vy == NULL || !value_equal(vx, vy))
            return false;
    }
    return true;
}

/* Whether the two types cannot be answered under one name. */
static bool types_differ(const struct gql_schema *s, const struct value *x, const struct value *y)
{
    const struct value *const xe = value_field(x, "Elem"), *const ye = value_field(y, "Elem");

    if (x == NULL || y == NULL)
        return false;
    if (gql_flag(x, "NonNull") != gql_flag(y, "NonNull") || (xe == NULL) != (ye == NULL))
        return true;
    if (xe != NULL)
        return types_differ(s, xe, ye);
    const struct gql_type *const tx = gql_type_named(s, gql_text(x, "NamedType"));
    const struct gql_type *const ty = gql_type_named(s, gql_text(y, "NamedType"));

    return tx != NULL && ty != NULL && tx != ty &&
           (gql_is_kind(tx, "SCALAR ENUM") || gql_is_kind(ty, "SCALAR ENUM"));
}

static void conflict(struct merge *m, const struct picked *p, const char *why)
{
    struct err one = ERR_INIT;

    if (gql_error(&one, p->field,
                  "Fields \"%s\" conflict because %s. Use different aliases on the fields to fetch "
                  "both if this was intentional.",
                  gql_text(p->field, "Alias"), why) < 0) {
        buf_printf(m->errors, "%s\n", one.text);
        (*m->errors_n)++;
    }
}

static void check_pair(struct merge *m, const struct picked *x, const struct picked *y)
{
    struct arena *const a = m->schema->arena;
    const char *const xn = gql_text(x->field, "Name"), *const yn = gql_text(y->field, "Name");
    /* different objects never answer together */
    const bool apart = x->parent != NULL && y->parent != NULL && x->parent != y->parent &&
                       gql_is_kind(x->parent, "OBJECT") && gql_is_kind(y->parent, "OBJECT");
    const char *why = NULL;

    if (!apart && strcmp(xn, yn) != 0)
        why = arena_printf(a, "\"%s\" and \"%s\" are different fields", xn, yn);
    else if (!apart && !same_arguments(a, value_field(x->field, "Arguments"),
                                       value_field(y->field, "Arguments")))
        why = "they have differing arguments";
    else if (types_differ(m->schema, value_field(x->def, "Type"), value_field(y->def, "Type")))
        why = arena_printf(a, "they return conflicting types \"%s\" and \"%s\"",
                           gql_type_text(a, value_field(x->def, "Type")),
                           gql_type_text(a, value_field(y->def, "Type")));
    if (why != NULL)
        conflict(m, x, why);
}

static void check_set(struct merge *m, const struct value *set, const struct gql_type *parent,
                      unsigned depth)
{
    struct arena *const a = m->schema->arena;
    struct picked *const p = arena_zalloc(a, FIELDS_MAX, sizeof(*p));
    struct value_list seen = {0};

    if (p == NULL || depth == GRAPHQL_DEPTH_MAX)
        return;
    const size_t n = pick(m, set, parent, p, 0, &seen);

    for (size_t i = 0; i < n; i++) {
        bool first = true;
        struct value_list together = {0};

        for (size_t k = 0; k < n; k++) {
            if (strcmp(gql_text(p[i].field, "Alias"), gql_text(p[k].field, "Alias")) != 0)
                continue;
            first &= k >= i;
            if (k > i)
                check_pair(m, &p[i], &p[k]);
            const struct value *const inner = value_field(p[k].field, "SelectionSet");

            for (size_t j = 0; j < gql_count(inner); j++)
                value_list_add(a, &together, value_at(inner, j));
        }
        if (!first || together.n == 0)
            continue;
        const struct value *const merged = value_list_array(a, &together);
        const struct value *const type = value_field(p[i].def, "Type");

        if (merged != NULL && type != NULL)
            check_set(m, merged, gql_type_named(m->schema, gql_type_name(type)), depth + 1);
    }
}

void graphql_check_merge(struct buf *errors, unsigned *errors_n, const struct gql_schema *s,
                         const struct value *query)
{
    struct merge m = {s, value_field(query, "Fragments"), errors, errors_n};
    const struct value *const operations = value_field(query, "Operations");

    for (size_t i = 0; i < gql_count(operations); i++) {
        const char *const kind = gql_text(value_at(operations, i), "Operation");
        const struct gql_type *const root = strcmp(kind, "mutation") == 0       ? s->mutation
                                            : strcmp(kind, "subscription") == 0 ? s->subscription
                                                                                : s->query;

        check_set(&m, value_field(value_at(operations, i), "SelectionSet"), root, 0);
    }
}
