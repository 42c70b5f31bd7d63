/* A query document against a schema, by the rules of GraphQL's specification, section 5. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/own.h"
#include "policy/rego/graphql.h"

enum gql_value_kind {
    KIND_VARIABLE,
    KIND_INT,
    KIND_FLOAT,
    KIND_STRING,
    KIND_BLOCK,
    KIND_BOOLEAN,
    KIND_NULL,
    KIND_ENUM,
    KIND_LIST,
    KIND_OBJECT,
};

struct walk {
    const struct gql_schema *schema;
    struct arena *arena;
    const struct value *fragments;
    const struct value *operation; /* NULL within a fragment by itself */
    struct value_list spread;      /* fragments followed from this operation */
    struct value_list used;        /* names of variables met */
    unsigned depth;
    bool quiet; /* following a spread: only variables count, the rest is told once */
    struct buf errors;
    unsigned errors_n;
};

/* What a value is for. */
struct want {
    const struct value *type; /* NULL: not known */
    bool has_default;
};

static void tell(struct walk *w, const struct value *node, const char *fmt, ...) PRINTF_LIKE(3, 4);
static void tell(struct walk *w, const struct value *node, const char *fmt, ...)
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

static const struct gql_type *type_of(const struct walk *w, const struct value *type)
{
    return type == NULL ? NULL : gql_type_named(w->schema, gql_type_name(type));
}

static bool has_name(const struct value_list *l, const char *name)
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

static enum gql_value_kind kind_of(const struct value *v)
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
    const enum gql_value_kind kind = kind_of(v);

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

static void tell_type(struct walk *w, const struct value *v, const struct value *type)
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
    const struct gql_type *const t = type_of(w, type);
    const size_t n = strcspn(want, "!");

    put_value(&b, v);
    const char *const shown = b.data != NULL ? b.data : "";

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (strlen(texts[i].type) == n && strncmp(texts[i].type, want, n) == 0) {
            const char *const colon = strchr(texts[i].text, '%');

            tell(w, v, "%.*s%s", (int)(colon - texts[i].text), texts[i].text, shown);
            return;
        }
    }
    if (t != NULL && gql_is_kind(t, "ENUM"))
        tell(w, v, "Enum \"%s\" cannot represent non-enum value: %s.", want, shown);
    else
        tell(w, v, "Expected value of type \"%s\", found %s.", want, shown);
}

static void check_object_value(struct walk *w, const struct value *v, const struct gql_type *t)
{
    const struct value *const kids = value_field(v, "Children");

    for (size_t i = 0; i < t->fields.n; i++) {
        const struct value *const f = t->fields.items[i];

        if (gql_flag(value_field(f, "Type"), "NonNull") && value_field(f, "DefaultValue") == NULL &&
            gql_named(kids, gql_text(f, "Name")) == NULL)
            tell(w, v, "Field \"%s.%s\" of required type \"%s\" was not provided.", t->name,
                 gql_text(f, "Name"), gql_type_text(w->arena, value_field(f, "Type")));
    }
    if (gql_named_in(&t->directives, "oneOf") != NULL && gql_count(kids) != 1)
        tell(w, v, "OneOf Input Object \"%s\" must specify exactly one key.", t->name);
    for (size_t i = 0; i < gql_count(kids); i++) {
        const char *const name = gql_text(value_at(kids, i), "Name");

        if (gql_named_in(&t->fields, name) == NULL)
            tell(w, value_at(kids, i), "Field \"%s\" is not defined by type \"%s\".", name,
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
static void check_value(struct walk *w, const struct value *v, const struct want *want)
{
    const struct gql_type *const t = type_of(w, want->type);
    const enum gql_value_kind kind = kind_of(v);
    AUTO_BUF struct buf b = BUF_INIT;

    if (t == NULL)
        return;
    put_value(&b, v);
    const char *const shown = b.data != NULL ? b.data : "";
    const char *const type_text = gql_type_text(w->arena, want->type);

    if (kind == KIND_NULL && gql_flag(want->type, "NonNull"))
        tell(w, v, "Expected value of type \"%s\", found %s.", type_text, shown);
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
            tell(w, v, "Int cannot represent non 32-bit signed integer value: %s", shown);
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
            tell(w, v, "Enum \"%s\" cannot represent non-enum value: %s.", type_text, shown);
        else if (!ONE_OF(t->name, "String", "ID"))
            tell_type(w, v, want->type);
        return;
    case KIND_ENUM:
        if (!gql_is_kind(t, "ENUM"))
            tell_type(w, v, want->type);
        else if (gql_named_in(&t->values, gql_text(v, "Raw")) == NULL)
            tell(w, v, "Value \"%s\" does not exist in \"%s\" enum.", shown, type_text);
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
static const struct value *nullable(struct walk *w, const struct value *type)
{
    const struct value *const key = value_str(w->arena, "NonNull");

    return key == NULL ? NULL : value_object_with(w->arena, type, key, &value_false);
}

static void check_variable(struct walk *w, const struct value *v, const struct want *want)
{
    const char *const name = gql_text(v, "Raw");
    const struct value *const def = variable_named(w->operation, name);
    const char *const operation = gql_text(w->operation, "Name");

    if (w->operation == NULL)
        return;
    value_list_add(w->arena, &w->used, value_str(w->arena, name));
    if (def == NULL) {
        if (*operation != '\0')
            tell(w, v, "Variable \"$%s\" is not defined by operation \"%s\".", name, operation);
        else
            tell(w, v, "Variable \"$%s\" is not defined.", name);
        return;
    }
    if (want->type == NULL)
        return;
    const struct value *const initial = value_field(def, "DefaultValue");
    const bool loose = want->has_default || (initial != NULL && kind_of(initial) != KIND_NULL);
    const struct value *const type = loose ? nullable(w, want->type) : want->type;

    if (type != NULL && !gql_compatible(value_field(def, "Type"), type))
        tell(w, v, "Variable \"$%s\" of type \"%s\" used in position expecting type \"%s\".", name,
             gql_type_text(w->arena, value_field(def, "Type")),
             gql_type_text(w->arena, want->type));
}

static bool has_default(const struct value *def)
{
    const struct value *const v = value_field(def, "DefaultValue");

    return v != NULL && kind_of(v) != KIND_NULL;
}

static void walk_value(struct walk *w, const struct value *v, const struct want *want)
{
    const struct value *const kids = value_field(v, "Children");
    const enum gql_value_kind kind = v != NULL ? kind_of(v) : KIND_NULL;
    const struct gql_type *const t = type_of(w, want->type);

    if (v == NULL || w->depth == GRAPHQL_DEPTH_MAX)
        return;
    w->depth++;
    if (kind == KIND_VARIABLE)
        check_variable(w, v, want);
    for (size_t i = 0; (kind == KIND_OBJECT || kind == KIND_LIST) && i < gql_count(kids); i++) {
        const struct value *const kid = value_at(kids, i);
        const char *const name = gql_text(kid, "Name");
        struct want inner = {NULL, false};

        if (kind == KIND_LIST) {
            inner.type = value_field(want->type, "Elem");
        } else {
            const struct value *const f = t != NULL ? gql_named_in(&t->fields, name) : NULL;

            inner = (struct want){value_field(f, "Type"), has_default(f)};
            for (size_t k = 0; k < i && !w->quiet; k++) {
                if (strcmp(gql_text(value_at(kids, k), "Name"), name) == 0)
                    tell(w, kid, "There can be only one input field named \"%s\".", name);
            }
        }
        walk_value(w, value_field(kid, "Value"), &inner);
    }
    if (!w->quiet)
        check_value(w, v, want);
    w->depth--;
}

/* --- arguments and directives ------------------------------------------------------------ */

static void walk_arguments(struct walk *w, const struct value *args, const struct value *defs)
{
    for (size_t i = 0; i < gql_count(args); i++) {
        const struct value *const arg = value_at(args, i);
        const struct value *const def = gql_named(defs, gql_text(arg, "Name"));
        const struct want want = {value_field(def, "Type"), has_default(def)};

        walk_value(w, value_field(arg, "Value"), &want);
        for (size_t k = 0; k < i && !w->quiet; k++) {
            if (strcmp(gql_text(value_at(args, k), "Name"), gql_text(arg, "Name")) == 0)
                tell(w, arg, "There can be only one argument named \"%s\".", gql_text(arg, "Name"));
        }
    }
}

static bool required(const struct value *def)
{
    return gql_flag(value_field(def, "Type"), "NonNull") &&
           value_field(def, "DefaultValue") == NULL;
}

static void check_directive(struct walk *w, const struct value *dir, const char *location)
{
    const char *const name = gql_text(dir, "Name");
    const struct value *const def = gql_named_in(&w->schema->directives, name);
    const struct value *const places = value_field(def, "Locations");
    const struct value *const args = value_field(dir, "Arguments");
    const struct value *const defs = value_field(def, "Arguments");
    bool fits = false;

    if (def == NULL) {
        tell(w, dir, "Unknown directive \"@%s\".", name);
        return;
    }
    for (size_t i = 0; i < gql_count(places); i++)
        fits |= value_is_str(value_at(places, i), location);
    if (!fits)
        tell(w, dir, "Directive \"@%s\" may not be used on %s.", name, location);
    for (size_t i = 0; i < gql_count(args); i++) {
        const char *const arg = gql_text(value_at(args, i), "Name");

        if (gql_named(defs, arg) == NULL)
            tell(w, dir, "Unknown argument \"%s\" on directive \"@%s\".", arg, name);
    }
    for (size_t i = 0; i < gql_count(defs); i++) {
        const struct value *const d = value_at(defs, i);

        if (required(d) && gql_named(args, gql_text(d, "Name")) == NULL)
            tell(w, dir,
                 "Directive \"@%s\" argument \"%s\" of type \"%s\" is required, but it was not "
                 "provided.",
                 name, gql_text(d, "Name"), gql_type_text(w->arena, value_field(d, "Type")));
    }
}

static void walk_directives(struct walk *w, const struct value *dirs, const char *location)
{
    for (size_t i = 0; i < gql_count(dirs); i++) {
        const struct value *const dir = value_at(dirs, i);
        const struct value *const def = gql_named_in(&w->schema->directives, gql_text(dir, "Name"));

        walk_arguments(w, value_field(dir, "Arguments"), value_field(def, "Arguments"));
        if (w->quiet)
            continue;
        check_directive(w, dir, location);
        for (size_t k = 0; k < i && !gql_flag(def, "IsRepeatable"); k++) {
            if (strcmp(gql_text(value_at(dirs, k), "Name"), gql_text(dir, "Name")) == 0) {
                tell(w, dir, "The directive \"@%s\" can only be used once at this location.",
                     gql_text(dir, "Name"));
                break;
            }
        }
    }
}

/* --- selections -------------------------------------------------------------------------- */

static void walk_selections(struct walk *w, const struct value *set, const struct gql_type *parent);

static void check_field(struct walk *w, const struct value *f, const struct value *def,
                        const struct gql_type *parent)
{
    const char *const name = gql_text(f, "Name");
    const struct value *const args = value_field(f, "Arguments");
    const struct value *const defs = value_field(def, "Arguments");
    const struct gql_type *const type = type_of(w, value_field(def, "Type"));
    const bool selects = gql_count(value_field(f, "SelectionSet")) > 0;

    if (def == NULL) {
        if (parent != NULL)
            tell(w, f, "Cannot query field \"%s\" on type \"%s\".", name, parent->name);
        return;
    }
    for (size_t i = 0; parent != NULL && i < gql_count(args); i++) {
        const char *const arg = gql_text(value_at(args, i), "Name");

        if (gql_named(defs, arg) == NULL)
            tell(w, f, "Unknown argument \"%s\" on field \"%s.%s\".", arg, parent->name, name);
    }
    for (size_t i = 0; i < gql_count(defs); i++) {
        const struct value *const d = value_at(defs, i);

        if (required(d) && gql_named(args, gql_text(d, "Name")) == NULL)
            tell(w, f,
                 "Field \"%s\" argument \"%s\" of type \"%s\" is required, but it was not "
                 "provided.",
                 name, gql_text(d, "Name"), gql_type_text(w->arena, value_field(d, "Type")));
    }
    if (type == NULL)
        return;
    const bool leaf = gql_is_kind(type, "SCALAR ENUM");

    if (leaf && selects)
        tell(w, f, "Field \"%s\" must not have a selection since type \"%s\" has no subfields.",
             name, type->name);
    if (!leaf && !selects)
        tell(w, f,
             "Field \"%s\" of type \"%s\" must have a selection of subfields. Did you mean \"%s { "
             "... }\"?",
             name, gql_type_text(w->arena, value_field(def, "Type")), name);
}

static void walk_field(struct walk *w, const struct value *f, const struct gql_type *parent)
{
    const char *const name = gql_text(f, "Name");
    const bool is_typename = strcmp(name, "__typename") == 0;
    const struct value *const def =
        !is_typename && parent != NULL ? gql_named_in(&parent->fields, name) : NULL;

    walk_arguments(w, value_field(f, "Arguments"), value_field(def, "Arguments"));
    walk_directives(w, value_field(f, "Directives"), "FIELD");
    walk_selections(w, value_field(f, "SelectionSet"), type_of(w, value_field(def, "Type")));
    if (!w->quiet && !is_typename)
        check_field(w, f, def, parent);
}

/* Whether some object can be of both types. */
static bool may_meet(const struct walk *w, const struct gql_type *x, const struct gql_type *y)
{
    for (size_t i = 0; i < w->schema->types_n; i++) {
        const struct gql_type *const t = w->schema->types[i];

        if (gql_is_kind(t, "OBJECT") && gql_possible(w->schema, t, x) &&
            gql_possible(w->schema, t, y))
            return true;
    }
    return false;
}

static bool composite(const struct gql_type *t)
{
    return gql_is_kind(t, "OBJECT INTERFACE UNION");
}

static void walk_inline(struct walk *w, const struct value *f, const struct gql_type *parent)
{
    const char *const on = gql_text(f, "TypeCondition");
    const struct gql_type *const t = *on != '\0' ? gql_type_named(w->schema, on) : parent;

    walk_directives(w, value_field(f, "Directives"), "INLINE_FRAGMENT");
    walk_selections(w, value_field(f, "SelectionSet"), t);
    if (w->quiet || *on == '\0')
        return;
    if (t == NULL)
        tell(w, f, "Unknown type \"%s\".", on);
    else if (!composite(t))
        tell(w, f, "Fragment cannot condition on non composite type \"%s\".", on);
    else if (parent != NULL && composite(parent) && !may_meet(w, parent, t))
        tell(w, f,
             "Fragment cannot be spread here as objects of type \"%s\" can never be of type "
             "\"%s\".",
             parent->name, on);
}

static void walk_spread(struct walk *w, const struct value *f, const struct gql_type *parent)
{
    const char *const name = gql_text(f, "Name");
    const struct value *const def = gql_named(w->fragments, name);
    const struct gql_type *const t =
        def != NULL ? gql_type_named(w->schema, gql_text(def, "TypeCondition")) : NULL;

    walk_directives(w, value_field(f, "Directives"), "FRAGMENT_SPREAD");
    if (!w->quiet && def == NULL)
        tell(w, f, "Unknown fragment \"%s\".", name);
    if (!w->quiet && t != NULL && parent != NULL && composite(t) && composite(parent) &&
        !may_meet(w, parent, t))
        tell(w, f,
             "Fragment \"%s\" cannot be spread here as objects of type \"%s\" can never be of type "
             "\"%s\".",
             name, parent->name, t->name);
    if (def == NULL || has_name(&w->spread, name))
        return;
    /* what stands in the fragment is told when it is walked for itself; here it may use the
     * operation's variables */
    const bool quiet = w->quiet;

    value_list_add(w->arena, &w->spread, value_str(w->arena, name));
    w->quiet = true;
    walk_directives(w, value_field(def, "Directives"), "FRAGMENT_DEFINITION");
    walk_selections(w, value_field(def, "SelectionSet"), t);
    w->quiet = quiet;
}

static void walk_selections(struct walk *w, const struct value *set, const struct gql_type *parent)
{
    if (w->depth == GRAPHQL_DEPTH_MAX)
        return;
    w->depth++;
    for (size_t i = 0; i < gql_count(set); i++) {
        const struct value *const s = value_at(set, i);

        if (value_field(s, "Alias") != NULL)
            walk_field(w, s, parent);
        else if (value_field(s, "TypeCondition") != NULL || value_field(s, "SelectionSet") != NULL)
            walk_inline(w, s, parent);
        else
            walk_spread(w, s, parent);
    }
    w->depth--;
}

/* --- the document ------------------------------------------------------------------------ */

static void walk_variables(struct walk *w, const struct value *operation)
{
    const struct value *const all = value_field(operation, "VariableDefinitions");

    for (size_t i = 0; i < gql_count(all); i++) {
        const struct value *const v = value_at(all, i), *const type = value_field(v, "Type");
        const struct gql_type *const t = type_of(w, type);
        const struct want want = {type, false};

        if (t == NULL)
            tell(w, v, "Unknown type \"%s\".", gql_type_name(type));
        else if (!gql_is_kind(t, "SCALAR ENUM INPUT_OBJECT"))
            tell(w, v, "Variable \"$%s\" cannot be non-input type \"%s\".", gql_text(v, "Variable"),
                 gql_type_text(w->arena, type));
        if (value_field(v, "DefaultValue") != NULL)
            walk_value(w, value_field(v, "DefaultValue"), &want);
        walk_directives(w, value_field(v, "Directives"), "VARIABLE_DEFINITION");
        for (size_t k = 0; k < i; k++) {
            if (strcmp(gql_text(value_at(all, k), "Variable"), gql_text(v, "Variable")) == 0)
                tell(w, v, "There can be only one variable named \"$%s\".",
                     gql_text(v, "Variable"));
        }
    }
}

static void check_unused(struct walk *w, const struct value *operation)
{
    const struct value *const all = value_field(operation, "VariableDefinitions");
    const char *const name = gql_text(operation, "Name");

    for (size_t i = 0; i < gql_count(all); i++) {
        const char *const variable = gql_text(value_at(all, i), "Variable");

        if (has_name(&w->used, variable))
            continue;
        if (*name != '\0')
            tell(w, value_at(all, i), "Variable \"$%s\" is never used in operation \"%s\".",
                 variable, name);
        else
            tell(w, value_at(all, i), "Variable \"$%s\" is never used.", variable);
    }
}

static void check_subscription(struct walk *w, const struct value *operation)
{
    const struct value *const set = value_field(operation, "SelectionSet");
    const char *const name = gql_text(operation, "Name");
    const char *const who = *name != '\0' ? arena_printf(w->arena, "Subscription \"%s\"", name)
                                          : "Anonymous Subscription";

    for (size_t i = 1; i < gql_count(set); i++) {
        if (strcmp(gql_text(value_at(set, i), "Name"), gql_text(value_at(set, 0), "Name")) != 0) {
            tell(w, value_at(set, i), "%s must select only one top level field.",
                 who != NULL ? who : "");
            break;
        }
    }
}

static void walk_operation(struct walk *w, const struct value *operation)
{
    const char *const kind = gql_text(operation, "Operation");
    const bool mutation = strcmp(kind, "mutation") == 0;
    const bool subscription = strcmp(kind, "subscription") == 0;
    const struct gql_type *const root = mutation       ? w->schema->mutation
                                        : subscription ? w->schema->subscription
                                                       : w->schema->query;

    w->operation = operation;
    w->spread = w->used = (struct value_list){0};
    walk_variables(w, operation);
    walk_directives(w, value_field(operation, "Directives"),
                    mutation       ? "MUTATION"
                    : subscription ? "SUBSCRIPTION"
                                   : "QUERY");
    walk_selections(w, value_field(operation, "SelectionSet"), root);
    if (root == NULL)
        tell(w, operation, "Schema does not support operation type \"%s\"", kind);
    else if (subscription)
        check_subscription(w, operation);
    check_unused(w, operation);
    w->operation = NULL;
}

/* Whether following the spreads of `set` comes back to fragment `name`. */
static bool reaches(struct walk *w, const struct value *set, const char *name,
                    struct value_list *seen, const struct value **at)
{
    for (size_t i = 0; i < gql_count(set); i++) {
        const struct value *const s = value_at(set, i);
        const struct value *const inner = value_field(s, "SelectionSet");
        const char *const to = gql_text(s, "Name");

        if (inner != NULL) {
            if (reaches(w, inner, name, seen, at))
                return true;
            continue;
        }
        if (value_field(s, "Alias") != NULL)
            continue;
        if (strcmp(to, name) == 0) {
            *at = s;
            return true;
        }
        const struct value *const def = gql_named(w->fragments, to);

        if (def == NULL || has_name(seen, to))
            continue;
        value_list_add(w->arena, seen, value_str(w->arena, to));
        if (reaches(w, value_field(def, "SelectionSet"), name, seen, at))
            return true;
    }
    return false;
}

static void walk_fragment(struct walk *w, const struct value *f, size_t index)
{
    const char *const name = gql_text(f, "Name"), *const on = gql_text(f, "TypeCondition");
    const struct gql_type *const t = gql_type_named(w->schema, on);
    struct value_list seen = {0};
    const struct value *at = NULL;

    w->spread = (struct value_list){0};
    walk_directives(w, value_field(f, "Directives"), "FRAGMENT_DEFINITION");
    walk_selections(w, value_field(f, "SelectionSet"), t);
    if (t == NULL)
        tell(w, f, "Unknown type \"%s\".", on);
    else if (!composite(t))
        tell(w, f, "Fragment \"%s\" cannot condition on non composite type \"%s\".", name, on);
    if (reaches(w, value_field(f, "SelectionSet"), name, &seen, &at))
        tell(w, at, "Cannot spread fragment \"%s\" within itself.", name);
    for (size_t k = 0; k < index; k++) {
        if (strcmp(gql_text(value_at(w->fragments, k), "Name"), name) == 0)
            tell(w, f, "There can be only one fragment named \"%s\".", name);
    }
}

static void check_names(struct walk *w, const struct value *operations)
{
    for (size_t i = 0; i < gql_count(operations); i++) {
        const struct value *const op = value_at(operations, i);
        const char *const name = gql_text(op, "Name");

        if (*name == '\0' && gql_count(operations) > 1)
            tell(w, op, "This anonymous operation must be the only defined operation.");
        for (size_t k = 0; k < i && *name != '\0'; k++) {
            if (strcmp(gql_text(value_at(operations, k), "Name"), name) == 0)
                tell(w, op, "There can be only one operation named \"%s\".", name);
        }
    }
}

int graphql_validate(const struct gql_schema *s, const struct value *query, struct err *err)
{
    struct walk w = {.schema = s, .arena = s->arena, .fragments = value_field(query, "Fragments")};
    const struct value *const operations = value_field(query, "Operations");
    struct value_list all = {0};

    for (size_t i = 0; i < gql_count(operations); i++) {
        walk_operation(&w, value_at(operations, i));
        for (size_t k = 0; k < w.spread.n; k++)
            value_list_add(s->arena, &all, w.spread.items[k]);
    }
    for (size_t i = 0; i < gql_count(w.fragments); i++) {
        const struct value *const f = value_at(w.fragments, i);

        if (!has_name(&all, gql_text(f, "Name")))
            tell(&w, f, "Fragment \"%s\" is never used.", gql_text(f, "Name"));
        walk_fragment(&w, f, i);
    }
    check_names(&w, operations);
    graphql_check_merge(&w.errors, &w.errors_n, s, query);
    const bool failed = w.errors.failed;

    if (w.errors_n > 0 && !failed)
        (void)err_set(err, ERR_INVALID, "%s", w.errors.data);
    buf_done(&w.errors);
    if (failed)
        return err_nomem(err);
    return w.errors_n > 0 ? -1 : 0;
}
