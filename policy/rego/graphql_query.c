/* A query document against a schema, by the rules of GraphQL's specification, section 5. */
#include <string.h>

#include "base/own.h"
#include "policy/rego/graphql_walk.h"

/* --- arguments and directives ------------------------------------------------------------ */

static void walk_arguments(struct gql_walk *w, const struct value *args, const struct value *defs)
{
    for (size_t i = 0; i < gql_count(args); i++) {
        const struct value *const arg = value_at(args, i);
        const struct value *const def = gql_named(defs, gql_text(arg, "Name"));
        const struct gql_want want = {value_field(def, "Type"), gql_has_default(def)};

        gql_walk_value(w, value_field(arg, "Value"), &want);
        for (size_t k = 0; k < i && !w->quiet; k++) {
            if (strcmp(gql_text(value_at(args, k), "Name"), gql_text(arg, "Name")) == 0)
                gql_tell(w, arg, "There can be only one argument named \"%s\".",
                         gql_text(arg, "Name"));
        }
    }
}

static bool required(const struct value *def)
{
    return gql_flag(value_field(def, "Type"), "NonNull") &&
           value_field(def, "DefaultValue") == NULL;
}

static void check_directive(struct gql_walk *w, const struct value *dir, const char *location)
{
    const char *const name = gql_text(dir, "Name");
    const struct value *const def = gql_named_in(&w->schema->directives, name);
    const struct value *const places = value_field(def, "Locations");
    const struct value *const args = value_field(dir, "Arguments");
    const struct value *const defs = value_field(def, "Arguments");
    bool fits = false;

    if (def == NULL) {
        gql_tell(w, dir, "Unknown directive \"@%s\".", name);
        return;
    }
    for (size_t i = 0; i < gql_count(places); i++)
        fits |= value_is_str(value_at(places, i), location);
    if (!fits)
        gql_tell(w, dir, "Directive \"@%s\" may not be used on %s.", name, location);
    for (size_t i = 0; i < gql_count(args); i++) {
        const char *const arg = gql_text(value_at(args, i), "Name");

        if (gql_named(defs, arg) == NULL)
            gql_tell(w, dir, "Unknown argument \"%s\" on directive \"@%s\".", arg, name);
    }
    for (size_t i = 0; i < gql_count(defs); i++) {
        const struct value *const d = value_at(defs, i);

        if (required(d) && gql_named(args, gql_text(d, "Name")) == NULL)
            gql_tell(w, dir,
                     "Directive \"@%s\" argument \"%s\" of type \"%s\" is required, but it was not "
                     "provided.",
                     name, gql_text(d, "Name"), gql_type_text(w->arena, value_field(d, "Type")));
    }
}

static void walk_directives(struct gql_walk *w, const struct value *dirs, const char *location)
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
                gql_tell(w, dir, "The directive \"@%s\" can only be used once at this location.",
                         gql_text(dir, "Name"));
                break;
            }
        }
    }
}

/* --- selections -------------------------------------------------------------------------- */

static void walk_selections(struct gql_walk *w, const struct value *set,
                            const struct gql_type *parent);

static void check_field(struct gql_walk *w, const struct value *f, const struct value *def,
                        const struct gql_type *parent)
{
    const char *const name = gql_text(f, "Name");
    const struct value *const args = value_field(f, "Arguments");
    const struct value *const defs = value_field(def, "Arguments");
    const struct gql_type *const type = gql_type_of(w, value_field(def, "Type"));
    const bool selects = gql_count(value_field(f, "SelectionSet")) > 0;

    if (def == NULL) {
        if (parent != NULL)
            gql_tell(w, f, "Cannot query field \"%s\" on type \"%s\".", name, parent->name);
        return;
    }
    for (size_t i = 0; parent != NULL && i < gql_count(args); i++) {
        const char *const arg = gql_text(value_at(args, i), "Name");

        if (gql_named(defs, arg) == NULL)
            gql_tell(w, f, "Unknown argument \"%s\" on field \"%s.%s\".", arg, parent->name, name);
    }
    for (size_t i = 0; i < gql_count(defs); i++) {
        const struct value *const d = value_at(defs, i);

        if (required(d) && gql_named(args, gql_text(d, "Name")) == NULL)
            gql_tell(w, f,
                     "Field \"%s\" argument \"%s\" of type \"%s\" is required, but it was not "
                     "provided.",
                     name, gql_text(d, "Name"), gql_type_text(w->arena, value_field(d, "Type")));
    }
    if (type == NULL)
        return;
    const bool leaf = gql_is_kind(type, "SCALAR ENUM");

    if (leaf && selects)
        gql_tell(w, f, "Field \"%s\" must not have a selection since type \"%s\" has no subfields.",
                 name, type->name);
    if (!leaf && !selects)
        gql_tell(
            w, f,
            "Field \"%s\" of type \"%s\" must have a selection of subfields. Did you mean \"%s { "
            "... }\"?",
            name, gql_type_text(w->arena, value_field(def, "Type")), name);
}

static void walk_field(struct gql_walk *w, const struct value *f, const struct gql_type *parent)
{
    const char *const name = gql_text(f, "Name");
    const bool is_typename = strcmp(name, "__typename") == 0;
    const struct value *const def =
        !is_typename && parent != NULL ? gql_named_in(&parent->fields, name) : NULL;

    walk_arguments(w, value_field(f, "Arguments"), value_field(def, "Arguments"));
    walk_directives(w, value_field(f, "Directives"), "FIELD");
    walk_selections(w, value_field(f, "SelectionSet"), gql_type_of(w, value_field(def, "Type")));
    if (!w->quiet && !is_typename)
        check_field(w, f, def, parent);
}

/* Whether some object can be of both types. */
static bool may_meet(const struct gql_walk *w, const struct gql_type *x, const struct gql_type *y)
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

static void walk_inline(struct gql_walk *w, const struct value *f, const struct gql_type *parent)
{
    const char *const on = gql_text(f, "TypeCondition");
    const struct gql_type *const t = *on != '\0' ? gql_type_named(w->schema, on) : parent;

    walk_directives(w, value_field(f, "Directives"), "INLINE_FRAGMENT");
    walk_selections(w, value_field(f, "SelectionSet"), t);
    if (w->quiet || *on == '\0')
        return;
    if (t == NULL)
        gql_tell(w, f, "Unknown type \"%s\".", on);
    else if (!composite(t))
        gql_tell(w, f, "Fragment cannot condition on non composite type \"%s\".", on);
    else if (parent != NULL && composite(parent) && !may_meet(w, parent, t))
        gql_tell(w, f,
                 "Fragment cannot be spread here as objects of type \"%s\" can never be of type "
                 "\"%s\".",
                 parent->name, on);
}

static void walk_spread(struct gql_walk *w, const struct value *f, const struct gql_type *parent)
{
    const char *const name = gql_text(f, "Name");
    const struct value *const def = gql_named(w->fragments, name);
    const struct gql_type *const t =
        def != NULL ? gql_type_named(w->schema, gql_text(def, "TypeCondition")) : NULL;

    walk_directives(w, value_field(f, "Directives"), "FRAGMENT_SPREAD");
    if (!w->quiet && def == NULL)
        gql_tell(w, f, "Unknown fragment \"%s\".", name);
    if (!w->quiet && t != NULL && parent != NULL && composite(t) && composite(parent) &&
        !may_meet(w, parent, t))
        gql_tell(
            w, f,
            "Fragment \"%s\" cannot be spread here as objects of type \"%s\" can never be of type "
            "\"%s\".",
            name, parent->name, t->name);
    if (def == NULL || gql_has_name(&w->spread, name))
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

static void walk_selections(struct gql_walk *w, const struct value *set,
                            const struct gql_type *parent)
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

static void walk_variables(struct gql_walk *w, const struct value *operation)
{
    const struct value *const all = value_field(operation, "VariableDefinitions");

    for (size_t i = 0; i < gql_count(all); i++) {
        const struct value *const v = value_at(all, i), *const type = value_field(v, "Type");
        const struct gql_type *const t = gql_type_of(w, type);
        const struct gql_want want = {type, false};

        if (t == NULL)
            gql_tell(w, v, "Unknown type \"%s\".", gql_type_name(type));
        else if (!gql_is_kind(t, "SCALAR ENUM INPUT_OBJECT"))
            gql_tell(w, v, "Variable \"$%s\" cannot be non-input type \"%s\".",
                     gql_text(v, "Variable"), gql_type_text(w->arena, type));
        if (value_field(v, "DefaultValue") != NULL)
            gql_walk_value(w, value_field(v, "DefaultValue"), &want);
        walk_directives(w, value_field(v, "Directives"), "VARIABLE_DEFINITION");
        for (size_t k = 0; k < i; k++) {
            if (strcmp(gql_text(value_at(all, k), "Variable"), gql_text(v, "Variable")) == 0)
                gql_tell(w, v, "There can be only one variable named \"$%s\".",
                         gql_text(v, "Variable"));
        }
    }
}

static void check_unused(struct gql_walk *w, const struct value *operation)
{
    const struct value *const all = value_field(operation, "VariableDefinitions");
    const char *const name = gql_text(operation, "Name");

    for (size_t i = 0; i < gql_count(all); i++) {
        const char *const variable = gql_text(value_at(all, i), "Variable");

        if (gql_has_name(&w->used, variable))
            continue;
        if (*name != '\0')
            gql_tell(w, value_at(all, i), "Variable \"$%s\" is never used in operation \"%s\".",
                     variable, name);
        else
            gql_tell(w, value_at(all, i), "Variable \"$%s\" is never used.", variable);
    }
}

static void check_subscription(struct gql_walk *w, const struct value *operation)
{
    const struct value *const set = value_field(operation, "SelectionSet");
    const char *const name = gql_text(operation, "Name");
    const char *const who = *name != '\0' ? arena_printf(w->arena, "Subscription \"%s\"", name)
                                          : "Anonymous Subscription";

    for (size_t i = 1; i < gql_count(set); i++) {
        if (strcmp(gql_text(value_at(set, i), "Name"), gql_text(value_at(set, 0), "Name")) != 0) {
            gql_tell(w, value_at(set, i), "%s must select only one top level field.",
                     who != NULL ? who : "");
            break;
        }
    }
}

static void walk_operation(struct gql_walk *w, const struct value *operation)
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
        gql_tell(w, operation, "Schema does not support operation type \"%s\"", kind);
    else if (subscription)
        check_subscription(w, operation);
    check_unused(w, operation);
    w->operation = NULL;
}

/* Whether following the spreads of `set` comes back to fragment `name`. */
static bool reaches(struct gql_walk *w, const struct value *set, const char *name,
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

        if (def == NULL || gql_has_name(seen, to))
            continue;
        value_list_add(w->arena, seen, value_str(w->arena, to));
        if (reaches(w, value_field(def, "SelectionSet"), name, seen, at))
            return true;
    }
    return false;
}

static void walk_fragment(struct gql_walk *w, const struct value *f, size_t index)
{
    const char *const name = gql_text(f, "Name"), *const on = gql_text(f, "TypeCondition");
    const struct gql_type *const t = gql_type_named(w->schema, on);
    struct value_list seen = {0};
    const struct value *at = NULL;

    w->spread = (struct value_list){0};
    walk_directives(w, value_field(f, "Directives"), "FRAGMENT_DEFINITION");
    walk_selections(w, value_field(f, "SelectionSet"), t);
    if (t == NULL)
        gql_tell(w, f, "Unknown type \"%s\".", on);
    else if (!composite(t))
        gql_tell(w, f, "Fragment \"%s\" cannot condition on non composite type \"%s\".", name, on);
    if (reaches(w, value_field(f, "SelectionSet"), name, &seen, &at))
        gql_tell(w, at, "Cannot spread fragment \"%s\" within itself.", name);
    for (size_t k = 0; k < index; k++) {
        if (strcmp(gql_text(value_at(w->fragments, k), "Name"), name) == 0)
            gql_tell(w, f, "There can be only one fragment named \"%s\".", name);
    }
}

static void check_names(struct gql_walk *w, const struct value *operations)
{
    for (size_t i = 0; i < gql_count(operations); i++) {
        const struct value *const op = value_at(operations, i);
        const char *const name = gql_text(op, "Name");

        if (*name == '\0' && gql_count(operations) > 1)
            gql_tell(w, op, "This anonymous operation must be the only defined operation.");
        for (size_t k = 0; k < i && *name != '\0'; k++) {
            if (strcmp(gql_text(value_at(operations, k), "Name"), name) == 0)
                gql_tell(w, op, "There can be only one operation named \"%s\".", name);
        }
    }
}

int graphql_validate(const struct gql_schema *s, const struct value *query, struct err *err)
{
    struct gql_walk w = {
        .schema = s, .arena = s->arena, .fragments = value_field(query, "Fragments")};
    const struct value *const operations = value_field(query, "Operations");
    struct value_list all = {0};

    for (size_t i = 0; i < gql_count(operations); i++) {
        walk_operation(&w, value_at(operations, i));
        for (size_t k = 0; k < w.spread.n; k++)
            value_list_add(s->arena, &all, w.spread.items[k]);
    }
    for (size_t i = 0; i < gql_count(w.fragments); i++) {
        const struct value *const f = value_at(w.fragments, i);

        if (!gql_has_name(&all, gql_text(f, "Name")))
            gql_tell(&w, f, "Fragment \"%s\" is never used.", gql_text(f, "Name"));
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
