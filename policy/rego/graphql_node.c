/* Reading the nodes of GraphQL documents, whoever made them. */
#include <stdio.h>
#include <string.h>

#include "policy/rego/graphql.h"

size_t gql_count(const struct value *array)
{
    return array != NULL && value_is(array, VALUE_ARRAY) ? array->count : 0;
}

const char *gql_text(const struct value *v, const char *field)
{
    const char *const s = value_cstr(value_field(v, field));

    return s != NULL ? s : "";
}

bool gql_flag(const struct value *v, const char *field)
{
    const struct value *const f = value_field(v, field);

    return f != NULL && value_bool(f);
}

const struct value *gql_named(const struct value *list, const char *name)
{
    for (size_t i = 0; i < gql_count(list); i++) {
        if (strcmp(gql_text(value_at(list, i), "Name"), name) == 0)
            return value_at(list, i);
    }
    return NULL;
}

const struct value *gql_named_in(const struct value_list *list, const char *name)
{
    for (size_t i = 0; i < list->n; i++) {
        if (strcmp(gql_text(list->items[i], "Name"), name) == 0)
            return list->items[i];
    }
    return NULL;
}

const char *gql_type_name(const struct value *type)
{
    for (const struct value *e; (e = value_field(type, "Elem")) != NULL; type = e)
        continue;
    return gql_text(type, "NamedType");
}

const char *gql_type_text(struct arena *a, const struct value *type)
{
    const struct value *const elem = value_field(type, "Elem");
    const char *const mark = gql_flag(type, "NonNull") ? "!" : "";
    const char *const text = elem != NULL
                                 ? arena_printf(a, "[%s]%s", gql_type_text(a, elem), mark)
                                 : arena_printf(a, "%s%s", gql_text(type, "NamedType"), mark);

    return text != NULL ? text : "";
}

bool gql_is_kind(const struct gql_type *t, const char *kinds)
{
    const size_t n = strlen(t->kind);

    for (const char *at = kinds; (at = strstr(at, t->kind)) != NULL; at += n) {
        if ((at == kinds || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0'))
            return true;
    }
    return false;
}

struct gql_type *gql_type_named(const struct gql_schema *s, const char *name)
{
    for (size_t i = 0; i < s->types_n; i++) {
        if (strcmp(s->types[i]->name, name) == 0)
            return s->types[i];
    }
    return NULL;
}

bool gql_lists(const struct value_list *l, const char *text)
{
    for (size_t i = 0; i < l->n; i++) {
        if (value_is_str(l->items[i], text))
            return true;
    }
    return false;
}

bool gql_possible(const struct gql_schema *s, const struct gql_type *t, const struct gql_type *of)
{
    (void)s;
    if (strcmp(of->kind, "UNION") == 0)
        return gql_lists(&of->types, t->name);
    if (strcmp(of->kind, "INTERFACE") == 0)
        return gql_lists(&t->interfaces, of->name);
    return strcmp(t->name, of->name) == 0;
}

bool gql_compatible(const struct value *x, const struct value *y)
{
    const struct value *const xe = value_field(x, "Elem"), *const ye = value_field(y, "Elem");

    if (strcmp(gql_text(x, "NamedType"), gql_text(y, "NamedType")) != 0)
        return false;
    if ((xe == NULL) != (ye == NULL))
        return false;
    if (xe != NULL && !gql_compatible(xe, ye))
        return false;
    return !gql_flag(y, "NonNull") || gql_flag(x, "NonNull");
}

int gql_error(struct err *err, const struct value *node, const char *fmt, ...)
{
    const struct value *const place = value_field(node, "Position");
    int64_t line = 0, column = 0;
    char text[ERR_TEXT_MAX];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (place != NULL && value_int64(value_field(place, "Line"), &line) &&
        value_int64(value_field(place, "Column"), &column))
        return err_set(err, ERR_INVALID, "input:%lld:%lld: %s", (long long)line, (long long)column,
                       text);
    return err_set(err, ERR_INVALID, "input: %s", text);
}

const struct value *graphql_prune(struct arena *a, const struct value *v)
{
    struct value_list l = {0};
    struct value_fields f = {0};

    if (!value_is(v, VALUE_ARRAY) && !value_is(v, VALUE_OBJECT))
        return v;
    for (size_t i = 0; i < v->count; i++) {
        const bool object = value_is(v, VALUE_OBJECT);
        const struct value *kid = object ? value_val_at(v, i) : value_at(v, i);

        if (value_is(kid, VALUE_NULL) || (object && value_is_str(value_key_at(v, i), "Position")))
            continue;
        kid = graphql_prune(a, kid);
        if (kid == NULL)
            return NULL;
        if ((value_is(kid, VALUE_ARRAY) || value_is(kid, VALUE_OBJECT)) && kid->count == 0)
            continue;
        if (object)
            value_fields_put(a, &f, value_key_at(v, i), kid);
        else
            value_list_add(a, &l, kid);
    }
    return value_is(v, VALUE_ARRAY) ? value_list_array(a, &l) : value_fields_object(a, &f);
}
