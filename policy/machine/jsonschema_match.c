/* A document against a schema that schema_check found right. Of alternatives that all fail, the
 * one that came closest (by score) has its errors told, as OPA's library does. */
#include "policy/machine/jsonschema_match.h"

#include <gmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/value/json.h"

static int match_any(struct schema_job *m, const struct value *schema, const struct value *v,
                     const struct schema_place *at, struct schema_result *r);

/* --- errors ------------------------------------------------------------------------------ */

static void put_place(struct buf *b, const struct schema_place *at)
{
    if (at->outer != NULL && at->outer->key != NULL) {
        put_place(b, at->outer);
        buf_putc(b, '.');
    }
    if (at->key == NULL)
        buf_puts(b, "(Root)");
    else if (value_is(at->key, VALUE_STRING))
        buf_add(b, value_bytes(at->key), at->key->count);
    else
        json_print(b, at->key, JSON_COMPACT);
}

const struct value *schema_field_of(struct schema_job *m, const struct schema_place *at)
{
    AUTO_BUF struct buf b = BUF_INIT;

    put_place(&b, at);
    return b.failed ? NULL : value_string(m->arena, b.data, b.len);
}

/* Tell of one error: 0, or -1 without memory. */
int schema_tell(struct schema_job *m, struct schema_result *r, const struct schema_place *at,
                const char *type, const struct buf *text)
{
    const struct value *const field = schema_field_of(m, at);
    const struct value *const desc =
        text->failed ? NULL : value_string(m->arena, text->data, text->len);
    struct value_fields f = {0};

    if (field == NULL || desc == NULL)
        return err_nomem(m->err);
    AUTO_BUF struct buf whole = BUF_INIT;

    buf_printf(&whole, "%s: %s", value_bytes(field), value_bytes(desc));
    if (buf_check(&whole, m->err) < 0)
        return -1;
    value_fields_add(m->arena, &f, "desc", desc);
    value_fields_add(m->arena, &f, "error", value_string(m->arena, whole.data, whole.len));
    value_fields_add(m->arena, &f, "field", field);
    value_fields_add(m->arena, &f, "type", value_str(m->arena, type));
    value_list_add(m->arena, &r->errors, value_fields_object(m->arena, &f));
    r->score -= 2;
    return r->errors.failed ? err_nomem(m->err) : 0;
}

int schema_tellf(struct schema_job *m, struct schema_result *r, const struct schema_place *at,
                 const char *type, const char *fmt, ...)
{
    AUTO_BUF struct buf b = BUF_INIT;
    AUTO_FREE char *text = NULL;
    va_list ap;

    va_start(ap, fmt);
    const int n = vasprintf(&text, fmt, ap);
    va_end(ap);
    if (n < 0) {
        text = NULL;
        return err_nomem(m->err);
    }
    buf_add(&b, text, (size_t)n);
    return schema_tell(m, r, at, type, &b);
}

static void merge(struct schema_job *m, struct schema_result *into,
                  const struct schema_result *from)
{
    for (size_t i = 0; i < from->errors.n; i++)
        value_list_add(m->arena, &into->errors, from->errors.items[i]);
    into->score += from->score;
}

/* --- keywords ---------------------------------------------------------------------------- */

static int type_fits(const struct value *types, const struct value *v)
{
    const char *const type = schema_type(v);
    const size_t n = value_is(types, VALUE_ARRAY) ? types->count : 1;

    for (size_t i = 0; i < n; i++) {
        const struct value *const t = value_is(types, VALUE_ARRAY) ? value_at(types, i) : types;

        if (value_is_str(t, type) || (value_is_str(t, "number") && value_is(v, VALUE_NUMBER)))
            return 1;
    }
    return 0;
}

static int wrong_type(struct schema_job *m, const struct value *types, const struct value *v,
                      const struct schema_place *at, struct schema_result *r)
{
    AUTO_BUF struct buf b = BUF_INIT;

    buf_puts(&b, "Invalid type. Expected: ");
    if (value_is(types, VALUE_STRING)) {
        buf_puts(&b, value_bytes(types));
    } else if (types->count == 1) {
        buf_puts(&b, value_bytes(value_at(types, 0)));
    } else {
        for (size_t i = 0; i < types->count; i++)
            buf_printf(&b, "%c%s", i == 0 ? '[' : ',', value_bytes(value_at(types, i)));
        buf_putc(&b, ']');
    }
    buf_printf(&b, ", given: %s", schema_type(v));
    return schema_tell(m, r, at, "invalid_type", &b);
}

/* anyOf and oneOf: how many fit, and what the closest of the others said. */
static int count_fits(struct schema_job *m, const struct value *list, const struct value *v,
                      const struct schema_place *at, bool stop, size_t *fits,
                      struct schema_result *best)
{
    bool has_best = false;

    *fits = 0;
    *best = (struct schema_result){0};
    for (size_t i = 0; i < list->count && !(stop && *fits > 0); i++) {
        struct schema_result one = {0};

        if (match_any(m, value_at(list, i), v, at, &one) < 0)
            return -1;
        if (one.errors.n == 0) {
            (*fits)++;
        } else if (*fits == 0 && (!has_best || one.score > best->score)) {
            *best = one;
            has_best = true;
        }
    }
    return 0;
}

static int match_combined(struct schema_job *m, const struct value *s, const struct value *v,
                          const struct schema_place *at, struct schema_result *r)
{
    const struct value *const any = value_field(s, "anyOf"), *const one = value_field(s, "oneOf");
    const struct value *const all = value_field(s, "allOf"), *const not = value_field(s, "not");
    struct schema_result best = {0};
    size_t fits = 0;

    if (any != NULL && any->count > 0) {
        if (count_fits(m, any, v, at, true, &fits, &best) < 0)
            return -1;
        if (fits == 0) {
            if (schema_tellf(m, r, at, "number_any_of",
                             "Must validate at least one schema (anyOf)") < 0)
                return -1;
            merge(m, r, &best);
        }
    }
    if (one != NULL && one->count > 0) {
        if (count_fits(m, one, v, at, false, &fits, &best) < 0)
            return -1;
        if (fits != 1 && schema_tellf(m, r, at, "number_one_of",
                                      "Must validate one and only one schema (oneOf)") < 0)
            return -1;
        if (fits == 0)
            merge(m, r, &best);
    }
    if (all != NULL && all->count > 0) {
        fits = 0;
        for (size_t i = 0; i < all->count; i++) {
            struct schema_result part = {0};

            if (match_any(m, value_at(all, i), v, at, &part) < 0)
                return -1;
            fits += part.errors.n == 0;
            merge(m, r, &part);
        }
        if (fits != all->count &&
            schema_tellf(m, r, at, "number_all_of", "Must validate all the schemas (allOf)") < 0)
            return -1;
    }
    if (not != NULL) {
        struct schema_result part = {0};

        if (match_any(m, not, v, at, &part) < 0)
            return -1;
        if (part.errors.n == 0 &&
            schema_tellf(m, r, at, "number_not", "Must not validate the schema (not)") < 0)
            return -1;
    }
    return 0;
}

static int match_dependencies(struct schema_job *m, const struct value *s, const struct value *v,
                              const struct schema_place *at, struct schema_result *r)
{
    const struct value *const all = value_field(s, "dependencies");

    if (all == NULL || !value_is(v, VALUE_OBJECT))
        return 0;
    for (size_t i = 0; i < v->count; i++) {
        const struct value *const d = value_get(all, value_key_at(v, i));

        if (d == NULL)
            continue;
        if (!value_is(d, VALUE_ARRAY)) {
            if (match_any(m, d, v, at, r) < 0)
                return -1;
            continue;
        }
        for (size_t k = 0; k < d->count; k++) {
            if (value_get(v, value_at(d, k)) == NULL &&
                schema_tellf(m, r, at, "missing_dependency", "Has a dependency on %s",
                             value_bytes(value_at(d, k))) < 0)
                return -1;
        }
    }
    return 0;
}

static int match_condition(struct schema_job *m, const struct value *s, const struct value *v,
                           const struct schema_place *at, struct schema_result *r)
{
    const struct value *const cond = value_field(s, "if");
    struct schema_result test = {0}, part = {0};

    if (cond == NULL || m->schema->draft < SCHEMA_DRAFT7)
        return 0;
    if (match_any(m, cond, v, at, &test) < 0)
        return -1;
    const bool held = test.errors.n == 0;
    const struct value *const next = value_field(s, held ? "then" : "else");

    if (next == NULL)
        return 0;
    if (match_any(m, next, v, at, &part) < 0)
        return -1;
    if (part.errors.n == 0)
        return 0;
    if (schema_tellf(m, r, at, held ? "condition_then" : "condition_else",
                     held ? "Must validate \"then\" as \"if\" was valid"
                          : "Must validate \"else\" as \"if\" was not valid") < 0)
        return -1;
    merge(m, r, &part);
    return 0;
}

/* --- arrays and objects ------------------------------------------------------------------ */

static int match_part(struct schema_job *m, const struct value *schema, const struct value *v,
                      const struct value *key, const struct schema_place *at,
                      struct schema_result *r)
{
    const struct schema_place inner = {at, key};
    struct schema_result part = {0};

    if (key == NULL)
        return err_nomem(m->err);
    if (match_any(m, schema, v, &inner, &part) < 0)
        return -1;
    merge(m, r, &part);
    return 0;
}

static int match_items(struct schema_job *m, const struct value *s, const struct value *v,
                       const struct schema_place *at, struct schema_result *r)
{
    const struct value *const items = value_field(s, "items");
    const struct value *const more = value_field(s, "additionalItems");

    if (items == NULL || (value_is(items, VALUE_ARRAY) && items->count == 0))
        return 0;
    const bool each = !value_is(items, VALUE_ARRAY);

    if (!each && more != NULL && value_is(more, VALUE_BOOL) && !value_bool(more) &&
        v->count > items->count &&
        schema_tellf(m, r, at, "array_no_additional_items",
                     "No additional items allowed on array") < 0)
        return -1;
    for (size_t i = 0; i < v->count; i++) {
        const struct value *const schema = each               ? items
                                           : i < items->count ? value_at(items, i)
                                                              : more;

        if (schema == NULL || (schema == more && value_is(more, VALUE_BOOL)))
            break;
        if (match_part(m, schema, value_at(v, i), value_int(m->arena, (int64_t)i), at, r) < 0)
            return -1;
    }
    return 0;
}

static int match_unique(struct schema_job *m, const struct value *v, const struct schema_place *at,
                        struct schema_result *r)
{
    for (size_t j = 1; j < v->count; j++) {
        for (size_t i = j; i-- > 0;) {
            if (!value_equal(value_at(v, i), value_at(v, j)))
                continue;
            if (schema_tellf(m, r, at, "unique", "array items[%zu,%zu] must be unique", i, j) < 0)
                return -1;
            break;
        }
    }
    return 0;
}

static int match_contains(struct schema_job *m, const struct value *schema, const struct value *v,
                          const struct schema_place *at, struct schema_result *r)
{
    struct schema_result best = {0};
    bool has_best = false;

    for (size_t i = 0; i < v->count; i++) {
        const struct schema_place inner = {at, value_int(m->arena, (int64_t)i)};
        struct schema_result one = {0};

        if (inner.key == NULL)
            return err_nomem(m->err);
        if (match_any(m, schema, value_at(v, i), &inner, &one) < 0)
            return -1;
        if (one.errors.n == 0)
            return 0;
        if (!has_best || one.score > best.score)
            best = one;
        has_best = true;
    }
    if (schema_tellf(m, r, at, "contains", "At least one of the items must match") < 0)
        return -1;
    merge(m, r, &best);
    return 0;
}

static int match_array(struct schema_job *m, const struct value *s, const struct value *v,
                       const struct schema_place *at, struct schema_result *r)
{
    const struct value *const unique = value_field(s, "uniqueItems");
    const struct value *const contains = value_field(s, "contains");

    if (match_items(m, s, v, at, r) < 0 ||
        schema_match_count(m, s, at, r, v->count, "minItems", true, "array_min_items",
                           "Array must have at least ", " items") < 0 ||
        schema_match_count(m, s, at, r, v->count, "maxItems", false, "array_max_items",
                           "Array must have at most ", " items") < 0)
        return -1;
    if (unique != NULL && value_bool(unique) && match_unique(m, v, at, r) < 0)
        return -1;
    if (contains != NULL && m->schema->draft >= SCHEMA_DRAFT6 &&
        match_contains(m, contains, v, at, r) < 0)
        return -1;
    r->score++;
    return 0;
}

/* A member that "properties" does not describe. */
static int match_member(struct schema_job *m, const struct value *s, const struct value *key,
                        const struct value *v, const struct schema_place *at,
                        struct schema_result *r)
{
    const struct value *const described = value_field(s, "properties");
    const struct value *const patterns = value_field(s, "patternProperties");
    const struct value *const more = value_field(s, "additionalProperties");
    bool found = described != NULL && value_get(described, key) != NULL, by_pattern = false;

    for (size_t i = 0; patterns != NULL && i < patterns->count; i++) {
        const int fits = schema_match_pattern(m, value_key_at(patterns, i), key);

        if (fits < 0 || (fits > 0 && match_part(m, value_val_at(patterns, i), v, key, at, r) < 0))
            return -1;
        by_pattern |= fits > 0;
    }
    if (by_pattern)
        r->score++;
    if (found || by_pattern || more == NULL)
        return 0;
    if (!value_is(more, VALUE_BOOL))
        return match_part(m, more, v, key, at, r);
    return value_bool(more)
               ? 0
               : schema_tellf(m, r, at, "additional_property_not_allowed",
                              "Additional property %s is not allowed", value_bytes(key));
}

static int match_object(struct schema_job *m, const struct value *s, const struct value *v,
                        const struct schema_place *at, struct schema_result *r)
{
    const struct value *const required = value_field(s, "required");
    const struct value *const names = value_field(s, "propertyNames");

    if (schema_match_count(m, s, at, r, v->count, "minProperties", true, "array_min_properties",
                           "Must have at least ", " properties") < 0 ||
        schema_match_count(m, s, at, r, v->count, "maxProperties", false, "array_max_properties",
                           "Must have at most ", " properties") < 0)
        return -1;
    for (size_t i = 0; required != NULL && i < required->count; i++) {
        const struct value *const key = value_at(required, i);

        if (value_get(v, key) != NULL)
            r->score++;
        else if (schema_tellf(m, r, at, "required", "%s is required", value_bytes(key)) < 0)
            return -1;
    }
    for (size_t i = 0; i < v->count; i++) {
        if (match_member(m, s, value_key_at(v, i), value_val_at(v, i), at, r) < 0)
            return -1;
    }
    for (size_t i = 0; names != NULL && m->schema->draft >= SCHEMA_DRAFT6 && i < v->count; i++) {
        struct schema_result part = {0};

        if (match_any(m, names, value_key_at(v, i), at, &part) < 0)
            return -1;
        if (part.errors.n == 0)
            continue;
        if (schema_tellf(m, r, at, "invalid_property_name",
                         "Property name of \"%s\" does not match",
                         value_bytes(value_key_at(v, i))) < 0)
            return -1;
        merge(m, r, &part);
    }
    r->score++;
    return 0;
}

static int match_properties(struct schema_job *m, const struct value *s, const struct value *v,
                            const struct schema_place *at, struct schema_result *r)
{
    const struct value *const described = value_field(s, "properties");

    for (size_t i = 0; described != NULL && i < described->count; i++) {
        const struct value *const key = value_key_at(described, i);
        const struct value *const member = value_get(v, key);
        const struct schema_place inner = {at, key};

        if (member != NULL && match_any(m, value_val_at(described, i), member, &inner, r) < 0)
            return -1;
    }
    return 0;
}

/* --- one schema -------------------------------------------------------------------------- */

static int match_typed(struct schema_job *m, const struct value *s, const struct value *v,
                       const struct schema_place *at, struct schema_result *r)
{
    if (match_combined(m, s, v, at, r) < 0 || match_dependencies(m, s, v, at, r) < 0 ||
        match_condition(m, s, v, at, r) < 0)
        return -1;
    r->score++;
    switch ((enum value_type)v->type) {
    case VALUE_ARRAY:
        return match_array(m, s, v, at, r) < 0 ? -1 : schema_match_common(m, s, v, at, r);
    case VALUE_OBJECT:
        return match_object(m, s, v, at, r) < 0 || schema_match_common(m, s, v, at, r) < 0
                   ? -1
                   : match_properties(m, s, v, at, r);
    case VALUE_NUMBER:
        return schema_match_number(m, s, v, at, r) < 0 ? -1 : schema_match_common(m, s, v, at, r);
    case VALUE_STRING:
        return schema_match_common(m, s, v, at, r) < 0 ? -1 : schema_match_string(m, s, v, at, r);
    default:
        return schema_match_common(m, s, v, at, r);
    }
}

static int match_one(struct schema_job *m, const struct value *s, const struct value *v,
                     const struct schema_place *at, struct schema_result *r)
{
    const struct value *const ref = value_field(s, "$ref"), *const types = value_field(s, "type");

    if (value_is(s, VALUE_BOOL))
        return value_bool(s) ? 0 : schema_tellf(m, r, at, "false", "False always fails validation");
    if (ref != NULL) {
        const struct value *const to = schema_resolve(m->schema, ref, m->err);

        return to == NULL ? -1 : match_any(m, to, v, at, r);
    }
    if (types != NULL && !(value_is(types, VALUE_ARRAY) && types->count == 0) &&
        !type_fits(types, v))
        return wrong_type(m, types, v, at, r);
    if (match_typed(m, s, v, at, r) < 0)
        return -1;
    r->score++;
    return 0;
}

static int match_any(struct schema_job *m, const struct value *schema, const struct value *v,
                     const struct schema_place *at, struct schema_result *r)
{
    if (m->depth == SCHEMA_DEPTH_MAX)
        return err_set(m->err, ERR_LIMIT, "schema refers deeper than %d levels", SCHEMA_DEPTH_MAX);
    m->depth++;
    const int got = match_one(m, schema, v, at, r);

    m->depth--;
    return got;
}

int schema_match(const struct schema *s, const struct value *doc, const struct value **errors,
                 struct err *err)
{
    struct schema_job m = {.schema = s, .arena = s->ctx->arena, .err = err};
    const struct schema_place root = {NULL, NULL};
    struct schema_result r = {0};

    if (match_any(&m, s->root, doc, &root, &r) < 0)
        return -1;
    *errors = value_list_array(m.arena, &r.errors);
    return *errors == NULL ? err_nomem(err) : 0;
}
