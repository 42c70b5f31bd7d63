/* policy/build/gatekeeper_schema.c - the schema of a constraint's parameters: OpenAPI v3 as custom
 * resource definitions have it. See gatekeeper.h. */
#include <string.h>

#include "base/own.h"
#include "policy/build/gatekeeper.h"
#include "policy/machine/jsonschema.h"
#include "policy/machine/machine.h"

static bool is_true(const struct value *v)
{
    return v && value_is(v, VALUE_BOOL) && value_bool(v);
}

/* Words under which stand, by kind: one schema, a list of them, schemas by name. */
/* clang-format off */
static const struct {
    const char *key;
    enum { ONE, LIST, NAMED } shape;
} nested[] = {
    { "properties",           NAMED },
    { "patternProperties",    NAMED },
    { "definitions",          NAMED },
    { "items",                ONE   },
    { "additionalProperties", ONE   },
    { "not",                  ONE   },
    { "allOf",                LIST  },
    { "anyOf",                LIST  },
    { "oneOf",                LIST  },
};

/* Words that only describe, or that JSON Schema reads otherwise. */
static const char *const dropped[] = {
    "nullable", "default", "description", "title", "example", "externalDocs", "id", "$schema",
    "x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-embedded-resource", "x-kubernetes-list-type", "x-kubernetes-list-map-keys",
    "x-kubernetes-map-type", "x-kubernetes-validations",
};
/* clang-format on */

static bool is_dropped(const struct value *key)
{
    for (size_t i = 0; i < ARRAY_LEN(dropped); i++)
        if (value_is_str(key, dropped[i]))
            return true;
    return false;
}

static const struct value *each(struct arena *a, const struct value *v)
{
    struct value_list l = {0};
    struct value_fields f = {0};

    if (value_is(v, VALUE_ARRAY)) {
        for (size_t i = 0; i < v->count; i++)
            value_list_add(a, &l, gatekeeper_json_schema(a, value_at(v, i)));
        return value_list_array(a, &l);
    }
    if (!value_is(v, VALUE_OBJECT))
        return v;
    for (size_t i = 0; i < v->count; i++)
        value_fields_put(a, &f, value_key_at(v, i), gatekeeper_json_schema(a, value_val_at(v, i)));
    return value_fields_object(a, &f);
}

static const struct value *below(struct arena *a, const struct value *key, const struct value *v)
{
    for (size_t i = 0; i < ARRAY_LEN(nested); i++)
        if (value_is_str(key, nested[i].key))
            return nested[i].shape == ONE && !value_is(v, VALUE_ARRAY)
                       ? gatekeeper_json_schema(a, v)
                       : each(a, v);
    return v;
}

static const struct value *types_of(struct arena *a, const struct value *s)
{
    struct value_list l = {0};
    const struct value *const type = value_field(s, "type");

    if (is_true(value_field(s, "x-kubernetes-int-or-string"))) {
        value_list_add(a, &l, value_str(a, "integer"));
        value_list_add(a, &l, value_str(a, "string"));
    } else if (type && value_is(type, VALUE_STRING) && type->count) {
        value_list_add(a, &l, type);
    } else {
        return type && value_is(type, VALUE_ARRAY) ? type : NULL;
    }
    if (is_true(value_field(s, "nullable")))
        value_list_add(a, &l, value_str(a, "null"));
    return value_list_array(a, &l);
}

const struct value *gatekeeper_json_schema(struct arena *a, const struct value *s)
{
    struct value_fields f = {0};
    const struct value *const types = value_is(s, VALUE_OBJECT) ? types_of(a, s) : NULL;

    if (!value_is(s, VALUE_OBJECT))
        return s;
    for (size_t i = 0; i < s->count; i++) {
        const struct value *const key = value_key_at(s, i);

        if (is_dropped(key) || value_is_str(key, "type"))
            continue;
        value_fields_put(a, &f, key, below(a, key, value_val_at(s, i)));
    }
    value_fields_add(a, &f, "type", types);
    return value_fields_object(a, &f);
}

/* --- defaults ----------------------------------------------------------------------------- */

static const struct value *default_fields(struct arena *a, const struct value *properties,
                                          const struct value *doc)
{
    const struct value *out = doc;

    for (size_t i = 0; out && i < properties->count; i++) {
        const struct value *const key = value_key_at(properties, i);
        const struct value *const s = value_val_at(properties, i);
        const struct value *const fallback = value_field(s, "default");
        const struct value *had = value_get(out, key);

        /* null where nothing may be null is as if it were not there */
        if (had && value_is(had, VALUE_NULL) && fallback && !is_true(value_field(s, "nullable")))
            had = NULL;
        const struct value *const v = had ? had : fallback;
        if (!v)
            continue;
        const struct value *const full = gatekeeper_defaults(a, s, v);
        out = full ? value_object_with(a, out, key, full) : NULL;
    }
    return out;
}

static const struct value *default_items(struct arena *a, const struct value *items,
                                         const struct value *doc)
{
    struct value_list l = {0};

    for (size_t i = 0; i < doc->count; i++)
        value_list_add(a, &l, gatekeeper_defaults(a, items, value_at(doc, i)));
    return value_list_array(a, &l);
}

const struct value *gatekeeper_defaults(struct arena *a, const struct value *s,
                                        const struct value *doc)
{
    const struct value *const properties = value_field(s, "properties");
    const struct value *const items = value_field(s, "items");
    const struct value *const rest = value_field(s, "additionalProperties");
    const struct value *out = doc;

    if (value_is(doc, VALUE_ARRAY))
        return items && value_is(items, VALUE_OBJECT) ? default_items(a, items, doc) : doc;
    if (!value_is(doc, VALUE_OBJECT))
        return doc;
    if (properties && value_is(properties, VALUE_OBJECT))
        out = default_fields(a, properties, out);
    for (size_t i = 0; out && rest && value_is(rest, VALUE_OBJECT) && i < doc->count; i++) {
        const struct value *const key = value_key_at(doc, i);

        if (properties && value_get(properties, key))
            continue;
        const struct value *const full = gatekeeper_defaults(a, rest, value_val_at(doc, i));
        out = full ? value_object_with(a, out, key, full) : NULL;
    }
    return out;
}

/* --- validation --------------------------------------------------------------------------- */

int gatekeeper_fits(struct arena *a, const struct value *schema, const struct value *doc,
                    struct err *err)
{
    const struct machine_options opt = {0};
    struct builtin_ctx ctx = {.arena = a, .name = "json.match_schema", .opt = &opt};
    struct schema s;
    const struct value *errors;

    /* Draft 4 is what OpenAPI 3.0 builds on: exclusive bounds are booleans. */
    if (schema_check(&ctx, schema, &s, err) < 0)
        return err_ctx(err, "the template's schema");
    s.draft = SCHEMA_DRAFT4;
    if (schema_match(&s, doc, &errors, err) < 0)
        return -1;
    if (errors->count == 0)
        return 1;
    const char *const why = value_cstr(value_field(value_at(errors, 0), "error"));
    (void)err_set(err, ERR_INVALID, "%.400s", why ? why : "does not fit the schema");
    return 0;
}
