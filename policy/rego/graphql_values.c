/* Literals and variables against the types they stand for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/rego/graphql_walk.h"

void gql_tell(struct gql_walk *w, const struct value *node, const char *fmt, ...)
{
    struct err one = ERR_INIT;
    char text[ERR_TEXT_MAX];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (gql_error(&one, node, "%s", text) < 0) {
        buf_printf(&w->errors, "%s\n", one.text);
        w->errors_n++;
    }
}

const struct gql_type *gql_type_of(const struct gql_walk *w, const struct value *type)
{
    return type == NULL ? NULL : gql_type_named(w->schema, gql_type_name(type));
}

bool gql_has_name(const struct value_list *l, const char *name)
{
    for (size_t i = 0; i < l->n; i++) {
        if (value_is_str(l->items[i], name))
            return true;
    }
    return false;
}

static bool one_of(const char *name, const char *const *names)
{
    for (; *names != NULL; names++) {
        if (strcmp(name, *names) == 0)
            return true;
    }
    return false;
}
#define ONE_OF(name, ...) one_of((name), (const char *const[]){__VA_ARGS__, NULL})

/* --- values ------------------------------------------------------------------------------ */

static enum gql_value_kind gql_kind_of(const struct value *v)
{
    int64_t kind = 0;
    const struct value *const k = value_field(v, "Kind");

    return k != NULL && value_int64(k, &kind) && kind >= 0 && kind <= KIND_OBJECT
               ? (enum gql_value_kind)kind
               : KIND_VARIABLE;
}

static void put_value(struct buf *b, const struct value *v)
{
    const struct value *const kids = value_field(v, "Children");
    const enum gql_value_kind kind = gql_kind_of(v);

    switch (kind) {
    case KIND_VARIABLE:
        buf_printf(b, "$%s", gql_text(v, "Raw"));
        break;
    case KIND_STRING:
    case KIND_BLOCK:
        buf_printf(b, "\"%s\"", gql_text(v, "Raw"));
        break;
    case KIND_LIST:
    case KIND_OBJECT:
        buf_putc(b, kind == KIND_LIST ? '[' : '{');
        for (size_t i = 0; i < gql_count(kids); i++) {
            buf_puts(b, i > 0 ? "," : "");
            if (kind == KIND_OBJECT)
                buf_printf(b, "%s:", gql_text(value_at(kids, i), "Name"));
            put_value(b, value_field(value_at(kids, i), "Value"));
        }
        buf_putc(b, kind == KIND_LIST ? ']' : '}');
        break;
    default:
        buf_puts(b, gql_text(v, "Raw"));
        break;
    }
}

static void tell_type(struct gql_walk *w, const struct value *v, const struct value *type)
{
    static const struct {
        const char *type, *text;
    } texts[] = {{"Int", "Int cannot represent non-integer value: %s"},
                 {"String", "String cannot represent a non string value: %s"},
                 {"Boolean", "Boolean cannot represent a non boolean value: %s"},
                 {"Float", "Float cannot represent non numeric value: %s"},
                 {"ID", "ID cannot represent a non-string and non-integer value: %s"}};
    AUTO_BUF struct buf b = BUF_INIT;
    const char *const want = gql_type_text(w->arena, type);
    const struct gql_type *const t = gql_type_of(w, type);
    const size_t n = strcspn(want, "!");

    put_value(&b, v);
    const char *const shown = b.data != NULL ? b.data : "";

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (strlen(texts[i].type) == n && strncmp(texts[i].type, want, n) == 0) {
            const char *const colon = strchr(texts[i].text, '%');

            gql_tell(w, v, "%.*s%s", (int)(colon - texts[i].text), texts[i].text, shown);
            return;
        }
    }
    if (t != NULL && gql_is_kind(t, "ENUM"))
        gql_tell(w, v, "Enum \"%s\" cannot represent non-enum value: %s.", want, shown);
    else
        gql_tell(w, v, "Expected value of type \"%s\", found %s.", want, shown);
}

static void check_object_value(struct gql_walk *w, const struct value *v, const struct gql_type *t)
{
    const struct value *const kids = value_field(v, "Children");

    for (size_t i = 0; i < t->fields.n; i++) {
        const struct value *const f = t->fields.items[i];

        if (gql_flag(value_field(f, "Type"), "NonNull") && value_field(f, "DefaultValue") == NULL &&
            gql_named(kids, gql_text(f, "Name")) == NULL)
            gql_tell(w, v, "Field \"%s.%s\" of required type \"%s\" was not provided.", t->name,
                     gql_text(f, "Name"), gql_type_text(w->arena, value_field(f, "Type")));
    }
    if (gql_named_in(&t->directives, "oneOf") != NULL && gql_count(kids) != 1)
        gql_tell(w, v, "OneOf Input Object \"%s\" must specify exactly one key.", t->name);
    for (size_t i = 0; i < gql_count(kids); i++) {
        const char *const name = gql_text(value_at(kids, i), "Name");

        if (gql_named_in(&t->fields, name) == NULL)
            gql_tell(w, value_at(kids, i), "Field \"%s\" is not defined by type \"%s\".", name,
                     t->name);
    }
}

static bool int32_fits(const char *raw)
{
    char *end = NULL;
    const long long n = strtoll(raw, &end, 10);

    return strlen(raw) < 12 && n >= INT32_MIN && n <= INT32_MAX;
}

/* Whether a literal is of the type wanted. */
static void check_value(struct gql_walk *w, const struct value *v, const struct gql_want *want)
{
    const struct gql_type *const t = gql_type_of(w, want->type);
    const enum gql_value_kind kind = gql_kind_of(v);
    AUTO_BUF struct buf b = BUF_INIT;

    if (t == NULL)
        return;
    put_value(&b, v);
    const char *const shown = b.data != NULL ? b.data : "";
    const char *const type_text = gql_type_text(w->arena, want->type);

    if (kind == KIND_NULL && gql_flag(want->type, "NonNull"))
        gql_tell(w, v, "Expected value of type \"%s\", found %s.", type_text, shown);
    if (gql_is_kind(t, "SCALAR") && !ONE_OF(t->name, "Int", "Float", "String", "Boolean", "ID"))
        return;
    switch (kind) {
    case KIND_NULL:
    case KIND_VARIABLE:
        return;
    case KIND_LIST:
        if (value_field(want->type, "Elem") == NULL)
            tell_type(w, v, want->type);
        return;
    case KIND_INT:
        if (strcmp(t->name, "Int") == 0 && !int32_fits(gql_text(v, "Raw")))
            gql_tell(w, v, "Int cannot represent non 32-bit signed integer value: %s", shown);
        else if (!ONE_OF(t->name, "Int", "Float", "ID"))
            tell_type(w, v, want->type);
        return;
    case KIND_FLOAT:
        if (strcmp(t->name, "Float") != 0)
            tell_type(w, v, want->type);
        return;
    case KIND_STRING:
    case KIND_BLOCK:
        if (gql_is_kind(t, "ENUM"))
            gql_tell(w, v, "Enum \"%s\" cannot represent non-enum value: %s.", type_text, shown);
        else if (!ONE_OF(t->name, "String", "ID"))
            tell_type(w, v, want->type);
        return;
    case KIND_ENUM:
        if (!gql_is_kind(t, "ENUM"))
            tell_type(w, v, want->type);
        else if (gql_named_in(&t->values, gql_text(v, "Raw")) == NULL)
            gql_tell(w, v, "Value \"%s\" does not exist in \"%s\" enum.", shown, type_text);
        return;
    case KIND_BOOLEAN:
        if (strcmp(t->name, "Boolean") != 0)
            tell_type(w, v, want->type);
        return;
    case KIND_OBJECT:
        check_object_value(w, v, t);
        return;
    }
}

static const struct value *variable_named(const struct value *operation, const char *name)
{
    const struct value *const all = value_field(operation, "VariableDefinitions");

    for (size_t i = 0; i < gql_count(all); i++) {
        if (strcmp(gql_text(value_at(all, i), "Variable"), name) == 0)
            return value_at(all, i);
    }
    return NULL;
}

/* The type without its NonNull, where null may stand. */
static const struct value *nullable(struct gql_walk *w, const struct value *type)
{
    const struct value *const key = value_str(w->arena, "NonNull");

    return key == NULL ? NULL : value_object_with(w->arena, type, key, &value_false);
}

static void check_variable(struct gql_walk *w, const struct value *v, const struct gql_want *want)
{
    const char *const name = gql_text(v, "Raw");
    const struct value *const def = variable_named(w->operation, name);
    const char *const operation = gql_text(w->operation, "Name");

    if (w->operation == NULL)
        return;
    value_list_add(w->arena, &w->used, value_str(w->arena, name));
    if (def == NULL) {
        if (*operation != '\0')
            gql_tell(w, v, "Variable \"$%s\" is not defined by operation \"%s\".", name, operation);
        else
            gql_tell(w, v, "Variable \"$%s\" is not defined.", name);
        return;
    }
    if (want->type == NULL)
        return;
    const struct value *const initial = value_field(def, "DefaultValue");
    const bool loose = want->has_default || (initial != NULL && gql_kind_of(initial) != KIND_NULL);
    const struct value *const type = loose ? nullable(w, want->type) : want->type;

    if (type != NULL && !gql_compatible(value_field(def, "Type"), type))
        gql_tell(w, v, "Variable \"$%s\" of type \"%s\" used in position expecting type \"%s\".",
                 name, gql_type_text(w->arena, value_field(def, "Type")),
                 gql_type_text(w->arena, want->type));
}

bool gql_has_default(const struct value *def)
{
    const struct value *const v = value_field(def, "DefaultValue");

    return v != NULL && gql_kind_of(v) != KIND_NULL;
}

void gql_walk_value(struct gql_walk *w, const struct value *v, const struct gql_want *want)
{
    const struct value *const kids = value_field(v, "Children");
    const enum gql_value_kind kind = v != NULL ? gql_kind_of(v) : KIND_NULL;
    const struct gql_type *const t = gql_type_of(w, want->type);

    if (v == NULL || w->depth == GRAPHQL_DEPTH_MAX)
        return;
    w->depth++;
    if (kind == KIND_VARIABLE)
        check_variable(w, v, want);
    for (size_t i = 0; (kind == KIND_OBJECT || kind == KIND_LIST) && i < gql_count(kids); i++) {
        const struct value *const kid = value_at(kids, i);
        const char *const name = gql_text(kid, "Name");
        struct gql_want inner = {NULL, false};

        if (kind == KIND_LIST) {
            inner.type = value_field(want->type, "Elem");
        } else {
            const struct value *const f = t != NULL ? gql_named_in(&t->fields, name) : NULL;

            inner = (struct gql_want){value_field(f, "Type"), gql_has_default(f)};
            for (size_t k = 0; k < i && !w->quiet; k++) {
                if (strcmp(gql_text(value_at(kids, k), "Name"), name) == 0)
                    gql_tell(w, kid, "There can be only one input field named \"%s\".", name);
            }
        }
        gql_walk_value(w, value_field(kid, "Value"), &inner);
    }
    if (!w->quiet)
        check_value(w, v, want);
    w->depth--;
}
