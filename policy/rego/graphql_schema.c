/* A schema document as a schema: types by name, extensions merged in, and whether it is sound. */
#include <stdio.h>
#include <string.h>

#include "base/own.h"
#include "policy/rego/graphql.h"

/* What every schema has, as GraphQL's specification lists it. */
static const char prelude[] =
    "scalar Int scalar Float scalar String scalar Boolean scalar ID\n"
    "directive @defer(if: Boolean = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT\n"
    "directive @include(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT\n"
    "directive @skip(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT\n"
    "directive @deprecated(reason: String = \"No longer supported\") on\n"
    "  FIELD_DEFINITION | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | ENUM_VALUE\n"
    "directive @specifiedBy(url: String!) on SCALAR\n"
    "directive @oneOf on INPUT_OBJECT\n"
    "type __Schema { description: String types: [__Type!]! queryType: __Type!\n"
    "  mutationType: __Type subscriptionType: __Type directives: [__Directive!]! }\n"
    "type __Type { kind: __TypeKind! name: String description: String specifiedByURL: String\n"
    "  fields(includeDeprecated: Boolean = false): [__Field!] interfaces: [__Type!]\n"
    "  possibleTypes: [__Type!] enumValues(includeDeprecated: Boolean = false): [__EnumValue!]\n"
    "  inputFields(includeDeprecated: Boolean = false): [__InputValue!] ofType: __Type\n"
    "  isOneOf: Boolean }\n"
    "enum __TypeKind { SCALAR OBJECT INTERFACE UNION ENUM INPUT_OBJECT LIST NON_NULL }\n"
    "type __Field { name: String! description: String\n"
    "  args(includeDeprecated: Boolean = false): [__InputValue!]! type: __Type!\n"
    "  isDeprecated: Boolean! deprecationReason: String }\n"
    "type __InputValue { name: String! description: String type: __Type! defaultValue: String\n"
    "  isDeprecated: Boolean! deprecationReason: String }\n"
    "type __EnumValue { name: String! description: String isDeprecated: Boolean!\n"
    "  deprecationReason: String }\n"
    "type __Directive { name: String! description: String isRepeatable: Boolean!\n"
    "  locations: [__DirectiveLocation!]!\n"
    "  args(includeDeprecated: Boolean = false): [__InputValue!]! }\n"
    "enum __DirectiveLocation { QUERY MUTATION SUBSCRIPTION FIELD FRAGMENT_DEFINITION\n"
    "  FRAGMENT_SPREAD INLINE_FRAGMENT VARIABLE_DEFINITION SCHEMA SCALAR OBJECT\n"
    "  FIELD_DEFINITION ARGUMENT_DEFINITION INTERFACE UNION ENUM ENUM_VALUE INPUT_OBJECT\n"
    "  INPUT_FIELD_DEFINITION }\n";

/* The two fields that the query type gets besides its own. */
static const char introspection[] =
    "type Query { __schema: __Schema! __type(name: String!): __Type }";

/* --- collecting -------------------------------------------------------------------------- */

static void append(struct gql_schema *s, struct value_list *l, const struct value *def,
                   const char *key)
{
    const struct value *const more = value_field(def, key);

    for (size_t i = 0; i < gql_count(more); i++)
        value_list_add(s->arena, l, value_at(more, i));
}

static void extend(struct gql_schema *s, struct gql_type *t, const struct value *def)
{
    append(s, &t->directives, def, "Directives");
    append(s, &t->interfaces, def, "Interfaces");
    append(s, &t->fields, def, "Fields");
    append(s, &t->types, def, "Types");
    append(s, &t->values, def, "EnumValues");
}

static struct gql_type *add_type(struct gql_schema *s, const struct value *def)
{
    struct gql_type *const t = ARENA_NEW(s->arena, struct gql_type);

    if (s->types_n == s->types_cap) {
        const size_t cap = s->types_cap > 0 ? 2 * s->types_cap : 32;
        struct gql_type **const grown = ARENA_NEW_N(s->arena, struct gql_type *, cap);

        if (grown == NULL)
            return NULL;
        if (s->types_n > 0)
            memcpy(grown, s->types, s->types_n * sizeof(struct gql_type *));
        s->types = grown;
        s->types_cap = cap;
    }
    if (t == NULL)
        return NULL;
    t->name = gql_text(def, "Name");
    t->kind = gql_text(def, "Kind");
    t->builtin = gql_flag(def, "BuiltIn");
    t->def = def;
    s->types[s->types_n++] = t;
    return t;
}

static int add_definitions(struct gql_schema *s, const struct value *doc, struct err *err)
{
    const struct value *const defs = value_field(doc, "Definitions");

    for (size_t i = 0; i < gql_count(defs); i++) {
        const struct value *const def = value_at(defs, i);

        if (gql_type_named(s, gql_text(def, "Name")) != NULL)
            return gql_error(err, def, "Cannot redeclare type %s.", gql_text(def, "Name"));
        struct gql_type *const t = add_type(s, def);

        if (t == NULL)
            return err_nomem(err);
        extend(s, t, def);
    }
    return 0;
}

static int add_extensions(struct gql_schema *s, const struct value *doc, struct err *err)
{
    const struct value *const exts = value_field(doc, "Extensions");

    for (size_t i = 0; i < gql_count(exts); i++) {
        const struct value *const ext = value_at(exts, i);
        struct gql_type *t = gql_type_named(s, gql_text(ext, "Name"));

        if (t == NULL)
            t = add_type(s, ext);
        if (t == NULL)
            return err_nomem(err);
        if (strcmp(t->kind, gql_text(ext, "Kind")) != 0)
            return gql_error(err, ext,
                             "Cannot extend type %s because the base type is a %s, not %s.",
                             t->name, t->kind, gql_text(ext, "Kind"));
        extend(s, t, ext);
    }
    return 0;
}

static int add_directives(struct gql_schema *s, const struct value *doc, struct err *err)
{
    static const char *const builtin[] = {"include",     "skip",  "deprecated",
                                          "specifiedBy", "defer", "oneOf"};
    const struct value *const defs = value_field(doc, "Directives");

    for (size_t i = 0; i < gql_count(defs); i++) {
        const struct value *const def = value_at(defs, i);
        const char *const name = gql_text(def, "Name");
        bool may_repeat = false;

        for (size_t k = 0; k < ARRAY_LEN(builtin); k++)
            may_repeat |= strcmp(builtin[k], name) == 0;
        if (gql_named_in(&s->directives, name) == NULL)
            value_list_add(s->arena, &s->directives, def);
        else if (!may_repeat)
            return gql_error(err, def, "Cannot redeclare directive %s.", name);
    }
    return s->directives.failed ? err_nomem(err) : 0;
}

/* --- checking ---------------------------------------------------------------------------- */

static int check_name(const struct value *node, const char *name, struct err *err)
{
    return strncmp(name, "__", 2) != 0
               ? 0
               : gql_error(err, node,
                           "Name \"%s\" must not begin with \"__\", which is reserved by GraphQL "
                           "introspection.",
                           name);
}

static bool in_array(const struct value *array, const char *text)
{
    for (size_t i = 0; i < gql_count(array); i++) {
        if (value_is_str(value_at(array, i), text))
            return true;
    }
    return false;
}

/* One directive's arguments against its definition. */
static int check_directive_args(const struct value *dir, const struct value *def, struct err *err)
{
    const struct value *const given = value_field(dir, "Arguments");
    const struct value *const wanted = value_field(def, "Arguments");
    const char *const name = gql_text(dir, "Name");
    int64_t kind = 0;

    for (size_t i = 0; i < gql_count(given); i++) {
        if (gql_named(wanted, gql_text(value_at(given, i), "Name")) == NULL)
            return gql_error(err, value_at(given, i), "Undefined argument %s for directive %s.",
                             gql_text(value_at(given, i), "Name"), name);
    }
    for (size_t i = 0; i < gql_count(wanted); i++) {
        const struct value *const w = value_at(wanted, i);
        const struct value *const g = gql_named(given, gql_text(w, "Name"));
        const struct value *const kind_of = value_path(g, "Value", "Kind", NULL);

        if (!gql_flag(value_field(w, "Type"), "NonNull") || value_field(w, "DefaultValue") != NULL)
            continue;
        if (g == NULL || (kind_of != NULL && value_int64(kind_of, &kind) && kind == 6))
            return gql_error(err, dir, "Argument %s for directive %s cannot be null.",
                             gql_text(w, "Name"), name);
    }
    return 0;
}

static int check_directive(const struct gql_schema *s, const struct value *dir,
                           const char *location, const struct value *within, struct err *err)
{
    const char *const name = gql_text(dir, "Name");
    const struct value *const def = gql_named_in(&s->directives, name);

    if (check_name(dir, name, err) < 0)
        return -1;
    if (within != NULL && strcmp(gql_text(within, "Name"), name) == 0)
        return gql_error(err, dir, "Directive %s cannot refer to itself.", name);
    if (def == NULL)
        return gql_error(err, dir, "Undefined directive %s.", name);
    if (!in_array(value_field(def, "Locations"), location))
        return gql_error(err, dir, "Directive %s is not applicable on %s.", name, location);
    return check_directive_args(dir, def, err);
}

static int check_directives(const struct gql_schema *s, const struct value *dirs,
                            const char *location, const struct value *within, struct err *err)
{
    for (size_t i = 0; i < gql_count(dirs); i++) {
        const struct value *const dir = value_at(dirs, i);
        const struct value *const def = gql_named_in(&s->directives, gql_text(dir, "Name"));
        bool again = false;

        for (size_t k = 0; k < i; k++)
            again |= strcmp(gql_text(value_at(dirs, k), "Name"), gql_text(dir, "Name")) == 0;
        if (again && def != NULL && !gql_flag(def, "IsRepeatable"))
            return gql_error(err, dir, "The directive %s can only be used once at this location.",
                             gql_text(dir, "Name"));
        if (check_directive(s, dir, location, within, err) < 0)
            return -1;
    }
    return 0;
}

static int check_type_ref(const struct gql_schema *s, const struct value *type, struct err *err)
{
    return gql_type_named(s, gql_type_name(type)) != NULL
               ? 0
               : gql_error(err, type, "Undefined type %s.", gql_type_name(type));
}

static int check_args(const struct gql_schema *s, const struct value *args,
                      const struct value *within, struct err *err)
{
    for (size_t i = 0; i < gql_count(args); i++) {
        const struct value *const arg = value_at(args, i), *const type = value_field(arg, "Type");

        if (check_name(arg, gql_text(arg, "Name"), err) < 0 || check_type_ref(s, type, err) < 0)
            return -1;
        const struct gql_type *const t = gql_type_named(s, gql_type_name(type));

        if (!gql_is_kind(t, "SCALAR ENUM INPUT_OBJECT"))
            return gql_error(err, arg,
                             "cannot use %s as argument %s because %s is not a valid input type",
                             gql_type_text(s->arena, type), gql_text(arg, "Name"), t->kind);
        if (check_directives(s, value_field(arg, "Directives"), "ARGUMENT_DEFINITION", within,
                             err) < 0)
            return -1;
    }
    return 0;
}

static bool covariant(const struct gql_schema *s, const struct value *want,
                      const struct value *have)
{
    const struct value *const want_elem = value_field(want, "Elem");
    const struct value *const have_elem = value_field(have, "Elem");
    const char *const name = gql_text(want, "NamedType");

    if (want == NULL || have == NULL)
        return want == have;
    if (gql_flag(want, "NonNull") && !gql_flag(have, "NonNull"))
        return false;
    if (*name == '\0')
        return want_elem != NULL && have_elem != NULL && covariant(s, want_elem, have_elem);
    if (strcmp(name, gql_text(have, "NamedType")) == 0)
        return true;
    const struct gql_type *const of = gql_type_named(s, name);
    const struct gql_type *const t = gql_type_named(s, gql_text(have, "NamedType"));

    return of != NULL && t != NULL && gql_possible(s, t, of);
}

/* A field of the type against the interface's. */
static int check_implemented(const struct gql_schema *s, const struct gql_type *t,
                             const struct gql_type *intf, const struct value *want, struct err *err)
{
    const char *const name = gql_text(want, "Name");
    const struct value *const have = gql_named_in(&t->fields, name);
    const struct value *const wanted = value_field(want, "Arguments");

    if (have == NULL)
        return gql_error(err, t->def, "For %s to implement %s it must have a field called %s.",
                         t->name, intf->name, name);
    const struct value *const given = value_field(have, "Arguments");

    if (!covariant(s, value_field(want, "Type"), value_field(have, "Type")))
        return gql_error(err, have, "For %s to implement %s the field %s must have type %s.",
                         t->name, intf->name, name,
                         gql_type_text(s->arena, value_field(want, "Type")));
    for (size_t i = 0; i < gql_count(wanted); i++) {
        const struct value *const w = value_at(wanted, i);
        const struct value *const g = gql_named(given, gql_text(w, "Name"));

        if (g == NULL)
            return gql_error(err, have,
                             "For %s to implement %s the field %s must have the same arguments but "
                             "it is missing %s.",
                             t->name, intf->name, name, gql_text(w, "Name"));
        if (!gql_compatible(value_field(w, "Type"), value_field(g, "Type")))
            return gql_error(err, g,
                             "For %s to implement %s the field %s must have the same arguments but "
                             "%s has the wrong type.",
                             t->name, intf->name, name, gql_text(w, "Name"));
    }
    for (size_t i = 0; i < gql_count(given); i++) {
        const struct value *const g = value_at(given, i);

        if (gql_named(wanted, gql_text(g, "Name")) == NULL &&
            gql_flag(value_field(g, "Type"), "NonNull") && value_field(g, "DefaultValue") == NULL)
            return gql_error(err, g,
                             "For %s to implement %s any additional arguments on %s must be "
                             "optional or have a default value but %s is required.",
                             t->name, intf->name, name, gql_text(g, "Name"));
    }
    return 0;
}

static int check_implements(const struct gql_schema *s, const struct gql_type *t, const char *name,
                            struct err *err)
{
    const struct gql_type *const intf = gql_type_named(s, name);

    if (intf == NULL)
        return gql_error(err, t->def, "Undefined type \"%s\".", name);
    if (!gql_is_kind(intf, "INTERFACE"))
        return gql_error(err, t->def, "\"%s\" is a non interface type %s.", name, intf->kind);
    for (size_t i = 0; i < intf->fields.n; i++) {
        if (check_implemented(s, t, intf, intf->fields.items[i], err) < 0)
            return -1;
    }
    for (size_t i = 0; i < intf->interfaces.n; i++) {
        const char *const next = value_cstr(intf->interfaces.items[i]);

        if (next == NULL || gql_lists(&t->interfaces, next))
            continue;
        if (strcmp(next, t->name) == 0)
            return gql_error(err, t->def,
                             "Type %s cannot implement %s because it would create a circular "
                             "reference.",
                             t->name, name);
        return gql_error(err, t->def, "Type %s must implement %s because it is implemented by %s.",
                         t->name, next, name);
    }
    return 0;
}

/* Kinds of types that a field may have. */
static int check_field_kinds(const struct gql_schema *s, const struct gql_type *t,
                             const char *kinds, const char *listed, struct err *err)
{
    for (size_t i = 0; i < t->fields.n; i++) {
        const struct value *const f = t->fields.items[i];
        const struct gql_type *const ft = gql_type_named(s, gql_type_name(value_field(f, "Type")));

        if (ft != NULL && !gql_is_kind(ft, kinds))
            return gql_error(err, f, "%s %s: field must be one of %s.", t->kind, t->name, listed);
    }
    return 0;
}

static int check_enum(const struct gql_schema *s, const struct gql_type *t, struct err *err)
{
    static const char *const words[] = {"true", "false", "null"};

    if (t->values.n == 0)
        return gql_error(err, t->def, "%s %s: must define one or more unique enum values.", t->kind,
                         t->name);
    for (size_t i = 0; i < t->values.n; i++) {
        const struct value *const v = t->values.items[i];

        for (size_t k = 0; k < ARRAY_LEN(words); k++) {
            if (strcmp(gql_text(v, "Name"), words[k]) == 0)
                return gql_error(err, t->def, "%s %s: non-enum value %s.", t->kind, t->name,
                                 words[k]);
        }
        if (check_directives(s, value_field(v, "Directives"), "ENUM_VALUE", NULL, err) < 0)
            return -1;
    }
    return 0;
}

static int check_kind(const struct gql_schema *s, const struct gql_type *t, struct err *err)
{
    if (gql_is_kind(t, "OBJECT INTERFACE")) {
        if (t->fields.n == 0)
            return gql_error(err, t->def, "%s %s: must define one or more fields.", t->kind,
                             t->name);
        return check_field_kinds(s, t, "SCALAR OBJECT INTERFACE UNION ENUM",
                                 "SCALAR, OBJECT, INTERFACE, UNION, ENUM", err);
    }
    if (gql_is_kind(t, "ENUM"))
        return check_enum(s, t, err);
    if (!gql_is_kind(t, "INPUT_OBJECT"))
        return 0;
    if (t->fields.n == 0)
        return gql_error(err, t->def, "%s %s: must define one or more input fields.", t->kind,
                         t->name);
    return check_field_kinds(s, t, "SCALAR ENUM INPUT_OBJECT", "SCALAR, ENUM, INPUT_OBJECT", err);
}

static int check_fields(const struct gql_schema *s, const struct gql_type *t, struct err *err)
{
    const char *const location =
        gql_is_kind(t, "INPUT_OBJECT") ? "INPUT_FIELD_DEFINITION" : "FIELD_DEFINITION";

    for (size_t i = 0; i < t->fields.n; i++) {
        const struct value *const f = t->fields.items[i];

        if (check_name(f, gql_text(f, "Name"), err) < 0 ||
            check_type_ref(s, value_field(f, "Type"), err) < 0 ||
            check_args(s, value_field(f, "Arguments"), NULL, err) < 0 ||
            check_directives(s, value_field(f, "Directives"), location, NULL, err) < 0)
            return -1;
    }
    return 0;
}

static int check_unique(const struct value_list *l, const struct gql_type *t, const char *what,
                        struct err *err)
{
    for (size_t i = 0; i < l->n; i++) {
        const char *const name = gql_text(l->items[i], "Name");

        for (size_t k = 0; k < i; k++) {
            if (strcmp(gql_text(l->items[k], "Name"), name) == 0)
                return gql_error(err, l->items[i], "%s %s.%s can only be defined once.", what,
                                 t->name, name);
        }
    }
    return 0;
}

static int check_members(const struct gql_schema *s, const struct gql_type *t, struct err *err)
{
    for (size_t i = 0; i < t->types.n; i++) {
        const char *const name = value_cstr(t->types.items[i]);
        const struct gql_type *const m = gql_type_named(s, name != NULL ? name : "");

        if (m == NULL)
            return gql_error(err, t->def, "Undefined type \"%s\".", name != NULL ? name : "");
        if (!gql_is_kind(m, "OBJECT"))
            return gql_error(err, t->def, "%s type \"%s\" must be OBJECT.", t->kind, m->name);
    }
    return 0;
}

static int check_member_twice(const struct gql_type *t, struct err *err)
{
    for (size_t i = 0; i < t->types.n; i++) {
        for (size_t k = 0; k < i; k++) {
            if (value_equal(t->types.items[i], t->types.items[k]))
                return gql_error(err, t->def, "Union type %s can only include type %s once.",
                                 t->name, value_cstr(t->types.items[i]));
        }
    }
    return 0;
}

static int check_type(const struct gql_schema *s, const struct gql_type *t, struct err *err)
{
    if (check_fields(s, t, err) < 0 || check_members(s, t, err) < 0)
        return -1;
    for (size_t i = 0; i < t->interfaces.n; i++) {
        const char *const name = value_cstr(t->interfaces.items[i]);

        if (check_implements(s, t, name != NULL ? name : "", err) < 0)
            return -1;
    }
    if (check_kind(s, t, err) < 0 || check_unique(&t->fields, t, "Field", err) < 0 ||
        check_unique(&t->values, t, "Enum value", err) < 0 || check_member_twice(t, err) < 0 ||
        (!t->builtin && check_name(t->def, t->name, err) < 0))
        return -1;
    for (size_t i = 0; i < t->directives.n; i++) {
        if (check_directive(s, t->directives.items[i], t->kind, NULL, err) < 0)
            return -1;
    }
    return 0;
}

/* --- the whole --------------------------------------------------------------------------- */

static int set_roots(struct gql_schema *s, const struct value *def, struct err *err)
{
    const struct value *const roots = value_field(def, "OperationTypes");

    for (size_t i = 0; i < gql_count(roots); i++) {
        const struct value *const root = value_at(roots, i);
        const char *const op = gql_text(root, "Operation");
        struct gql_type *const t = gql_type_named(s, gql_text(root, "Type"));

        if (t == NULL)
            return gql_error(err, root, "Schema root %s refers to a type %s that does not exist.",
                             op, gql_text(root, "Type"));
        if (strcmp(op, "query") == 0)
            s->query = t;
        else if (strcmp(op, "mutation") == 0)
            s->mutation = t;
        else if (strcmp(op, "subscription") == 0)
            s->subscription = t;
    }
    return check_directives(s, value_field(def, "Directives"), "SCHEMA", NULL, err);
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(struct gql_type *const *)a)->name, (*(struct gql_type *const *)b)->name);
}

static int check_all(struct gql_schema *s, struct err *err)
{
    struct gql_type **const sorted = ARENA_NEW_N(s->arena, struct gql_type *, s->types_n + 1);

    if (sorted == NULL)
        return err_nomem(err);
    memcpy(sorted, s->types, s->types_n * sizeof(struct gql_type *));
    qsort(sorted, s->types_n, sizeof(struct gql_type *), by_name);
    for (size_t i = 0; i < s->types_n; i++) {
        if (check_type(s, sorted[i], err) < 0)
            return -1;
    }
    for (size_t i = 0; i < s->directives.n; i++) {
        const struct value *const d = s->directives.items[i];

        if (check_name(d, gql_text(d, "Name"), err) < 0 ||
            check_args(s, value_field(d, "Arguments"), d, err) < 0)
            return -1;
    }
    return 0;
}

int graphql_schema(struct arena *a, const struct value *doc, struct gql_schema *out,
                   struct err *err)
{
    const struct value *own = NULL, *extra = NULL;
    const struct value *const roots = value_field(doc, "Schema");
    const struct value *const more = value_field(doc, "SchemaExtension");

    *out = (struct gql_schema){.arena = a};
    if (graphql_parse_schema(a, prelude, sizeof(prelude) - 1, true, &own, err) < 0 ||
        graphql_parse_schema(a, introspection, sizeof(introspection) - 1, true, &extra, err) < 0 ||
        add_definitions(out, own, err) < 0 || add_definitions(out, doc, err) < 0 ||
        add_extensions(out, doc, err) < 0 || add_directives(out, own, err) < 0 ||
        add_directives(out, doc, err) < 0)
        return -1;
    if (gql_count(roots) > 1)
        return gql_error(err, value_at(roots, 1),
                         "Cannot have multiple schema entry points, consider schema extensions "
                         "instead.");
    if (gql_count(roots) == 1 && set_roots(out, value_at(roots, 0), err) < 0)
        return -1;
    for (size_t i = 0; i < gql_count(more); i++) {
        if (set_roots(out, value_at(more, i), err) < 0)
            return -1;
    }
    if (check_all(out, err) < 0)
        return -1;
    if (gql_count(roots) == 0) {
        out->query = out->query != NULL ? out->query : gql_type_named(out, "Query");
        out->mutation = out->mutation != NULL ? out->mutation : gql_type_named(out, "Mutation");
        out->subscription =
            out->subscription != NULL ? out->subscription : gql_type_named(out, "Subscription");
    }
    if (out->query != NULL)
        append(out, &out->query->fields, value_at(value_field(extra, "Definitions"), 0), "Fields");
    return 0;
}
