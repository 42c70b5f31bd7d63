#include "policy/machine/jsonschema.h"

#include <string.h>

#include "base/own.h"
#include "policy/value/number.h"
#include "policy/value/pointer.h"

/* The check of one schema: keyword by keyword, in one order, so that of several faults always the
 * same one is told. */
struct check {
    struct schema *schema;
    struct value_list refs; /* followed already */
    unsigned depth;
    struct err *err;
};

static int check_schema(struct check *c, const struct value *v);

static int wrong_type(struct check *c, const char *expected, const char *given)
{
    return err_set(c->err, ERR_INVALID, "Invalid type. Expected: %s, given: %s", expected, given);
}

const char *schema_type(const struct value *v)
{
    if (value_is(v, VALUE_NUMBER))
        return number_is_integer(v) ? "integer" : "number";
    return builtin_type_name(v);
}

/* --- references -------------------------------------------------------------------------- */

/* The subschema whose id is `id`, or ends in "/id". */
static const struct value *find_id(const struct value *v, const char *id, size_t len,
                                   unsigned depth)
{
    static const char *const keys[] = {"$id", "id"};
    const struct value *found = NULL;

    if (depth == SCHEMA_DEPTH_MAX || (!value_is(v, VALUE_OBJECT) && !value_is(v, VALUE_ARRAY)))
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(keys) && value_is(v, VALUE_OBJECT); i++) {
        const struct value *const own = value_field(v, keys[i]);

        if (own == NULL || !value_is(own, VALUE_STRING))
            continue;
        size_t n = own->count;
        const char *const bytes = value_bytes(own);

        n -= n > 0 && bytes[n - 1] == '#';
        if (n >= len && memcmp(bytes + n - len, id, len) == 0 &&
            (n == len || bytes[n - len - 1] == '/'))
            return v;
    }
    for (size_t i = 0; i < v->count && found == NULL; i++)
        found = find_id(value_is(v, VALUE_OBJECT) ? value_val_at(v, i) : value_at(v, i), id, len,
                        depth + 1);
    return found;
}

/* Where in the fragment the part stands that no longer leads anywhere; what is no pointer is all of
 * it. */
static const char *missing_part(const struct value *root, const struct buf *fragment)
{
    const char *const text = fragment->data;
    size_t end = 0;

    if (text[0] != '/')
        return text;
    for (size_t from = 0; from < fragment->len; from = end) {
        end = from + 1 + strcspn(text + from + 1, "/");
        if (!pointer_get(root, text, end))
            return text + from + 1;
    }
    return text;
}

static void unescape(struct buf *b, const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        static const char digits[] = "0123456789abcdef";
        const char *const hi = i + 2 < len && s[i] == '%' ? strchr(digits, s[i + 1] | 0x20) : NULL;
        const char *const lo = hi != NULL ? strchr(digits, s[i + 2] | 0x20) : NULL;

        if (lo != NULL) {
            buf_putc(b, (char)((hi - digits) * 16 + (lo - digits)));
            i += 2;
        } else {
            buf_putc(b, s[i]);
        }
    }
}

const struct value *schema_resolve(const struct schema *s, const struct value *ref, struct err *err)
{
    const char *const bytes = value_bytes(ref);
    const char *const hash = memchr(bytes, '#', ref->count);
    const size_t base_len = hash != NULL ? (size_t)(hash - bytes) : ref->count;
    const struct value *doc = base_len > 0 ? find_id(s->root, bytes, base_len, 0) : s->root;
    const size_t fragment_len = hash != NULL ? ref->count - base_len - 1 : 0;
    AUTO_BUF struct buf fragment = BUF_INIT;

    if (doc == NULL) {
        (void)err_set(err, ERR_INVALID, "remote reference loading disabled: %s", bytes);
        return NULL;
    }
    if (fragment_len == 0)
        return doc;
    unescape(&fragment, hash + 1, fragment_len);
    if (buf_check(&fragment, err) < 0)
        return NULL;
    doc = fragment.data[0] == '/' ? pointer_get(doc, fragment.data, fragment.len)
                                  : find_id(doc, hash, fragment_len + 1, 0);
    if (doc == NULL) { /* a pointer's first part that leads nowhere is named, without its slash */
        const char *const part = missing_part(s->root, &fragment);

        (void)err_set(err, ERR_INVALID, "Object has no key '%.*s'", (int)strcspn(part, "/"), part);
    }
    return doc;
}

static int check_ref(struct check *c, const struct value *ref)
{
    if (!value_is(ref, VALUE_STRING))
        return wrong_type(c, "string", "$ref");
    for (size_t i = 0; i < c->refs.n; i++) {
        if (value_equal(c->refs.items[i], ref))
            return 0;
    }
    value_list_add(c->schema->ctx->arena, &c->refs, ref);
    const struct value *const to = schema_resolve(c->schema, ref, c->err);

    if (to == NULL)
        return -1;
    if (!value_is(to, VALUE_BOOL) && !value_is(to, VALUE_OBJECT))
        return err_set(c->err, ERR_INVALID, "Valid Schema must be of type object");
    return check_schema(c, to);
}

/* --- keywords ---------------------------------------------------------------------------- */

static bool is_schema(const struct value *v)
{
    return value_is(v, VALUE_BOOL) || value_is(v, VALUE_OBJECT);
}

static int check_string(struct check *c, const char *key, const struct value *v)
{
    return value_is(v, VALUE_STRING) ? 0 : wrong_type(c, "string", key);
}

static int check_type_name(struct check *c, const struct value *v, const struct value *all,
                           size_t at)
{
    static const char *const names[] = {"array", "boolean", "integer", "number",
                                        "null",  "object",  "string"};
    bool known = false;

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        known |= value_is_str(v, names[i]);
    if (!known)
        return err_set(c->err, ERR_INVALID,
                       "has a primitive type that is NOT VALID -- given: /%s/ Expected valid "
                       "values are:[array boolean integer number null object string]",
                       value_bytes(v));
    for (size_t i = 0; i < at; i++) {
        if (value_equal(value_at(all, i), v))
            return err_set(c->err, ERR_INVALID, "%s type is duplicated", value_bytes(v));
    }
    return 0;
}

static int check_type(struct check *c, const char *key, const struct value *v)
{
    if (value_is(v, VALUE_STRING))
        return check_type_name(c, v, NULL, 0);
    if (!value_is(v, VALUE_ARRAY))
        return wrong_type(c, key, "string/Array Of Strings");
    for (size_t i = 0; i < v->count; i++) {
        if (!value_is(value_at(v, i), VALUE_STRING))
            return wrong_type(c, key, "string/Array Of Strings");
        if (check_type_name(c, value_at(v, i), v, i) < 0)
            return -1;
    }
    return 0;
}

static int check_definitions(struct check *c, const char *key, const struct value *v)
{
    if (!value_is(v, VALUE_OBJECT))
        return wrong_type(c, "Array Of Schemas", key);
    for (size_t i = 0; i < v->count; i++) {
        if (!is_schema(value_val_at(v, i)))
            return wrong_type(c, "Array Of Schemas", key);
        if (check_schema(c, value_val_at(v, i)) < 0)
            return -1;
    }
    return 0;
}

static int check_properties(struct check *c, const char *key, const struct value *v)
{
    (void)key;
    if (!value_is(v, VALUE_OBJECT))
        return err_set(c->err, ERR_INVALID, "Properties must be of type object");
    for (size_t i = 0; i < v->count; i++) {
        if (check_schema(c, value_val_at(v, i)) < 0)
            return -1;
    }
    return 0;
}

static int check_pattern_properties(struct check *c, const char *key, const struct value *v)
{
    if (!value_is(v, VALUE_OBJECT))
        return wrong_type(c, "Valid Schema", key);
    for (size_t i = 0; i < v->count; i++) {
        const struct value *const pattern = value_key_at(v, i);
        const struct regex *re = NULL;
        struct err why = ERR_INIT;

        if (text_regex(c->schema->ctx, value_bytes(pattern), pattern->count, &re, &why) < 0)
            return err_set(c->err, ERR_INVALID, "Invalid regex pattern '%s'", value_bytes(pattern));
        if (check_schema(c, value_val_at(v, i)) < 0)
            return -1;
    }
    return 0;
}

static int check_bool_or_schema(struct check *c, const char *key, const struct value *v)
{
    if (value_is(v, VALUE_BOOL))
        return 0;
    return value_is(v, VALUE_OBJECT) ? check_schema(c, v)
                                     : wrong_type(c, "boolean/Valid Schema", key);
}

static int check_property_names(struct check *c, const char *key, const struct value *v)
{
    (void)key;
    return is_schema(v) ? check_schema(c, v) : wrong_type(c, "Valid Schema", "patternProperties");
}

static int check_dependencies(struct check *c, const char *key, const struct value *v)
{
    if (!value_is(v, VALUE_OBJECT))
        return err_set(c->err, ERR_INVALID, "%s must be of type object", key);
    for (size_t i = 0; i < v->count; i++) {
        const struct value *const d = value_val_at(v, i);
        bool good = is_schema(d) || value_is(d, VALUE_ARRAY);

        for (size_t k = 0; good && value_is(d, VALUE_ARRAY) && k < d->count; k++)
            good = value_is(value_at(d, k), VALUE_STRING);
        if (!good)
            return err_set(c->err, ERR_INVALID,
                           "Dependency must be of type Schema Or Array Of Strings");
        if (is_schema(d) && check_schema(c, d) < 0)
            return -1;
    }
    return 0;
}

static int check_items(struct check *c, const char *key, const struct value *v)
{
    if (is_schema(v))
        return check_schema(c, v);
    if (!value_is(v, VALUE_ARRAY))
        return wrong_type(c, "Valid Schema/Array Of Schemas", key);
    for (size_t i = 0; i < v->count; i++) {
        if (!is_schema(value_at(v, i)))
            return wrong_type(c, "Valid Schema/Array Of Schemas", key);
        if (check_schema(c, value_at(v, i)) < 0)
            return -1;
    }
    return 0;
}

static int check_multiple_of(struct check *c, const char *key, const struct value *v)
{
    const struct value zero = {.type = VALUE_NUMBER};

    if (!value_is(v, VALUE_NUMBER))
        return wrong_type(c, "Number", key);
    if (number_compare(v, &zero) <= 0)
        return err_set(c->err, ERR_INVALID, "%s must be strictly greater than 0", key);
    return 0;
}

static int check_bound(struct check *c, const char *key, const struct value *v)
{
    return value_is(v, VALUE_NUMBER) ? 0
                                     : err_set(c->err, ERR_INVALID, "%s must be of a Number", key);
}

static int check_count(struct check *c, const char *key, const struct value *v)
{
    int64_t n = 0;

    if (!value_is(v, VALUE_NUMBER) || !value_int64(v, &n))
        return err_set(c->err, ERR_INVALID, "%s must be of an integer", key);
    return n >= 0 ? 0 : err_set(c->err, ERR_INVALID, "%s must be greater than or equal to 0", key);
}

static int check_pattern(struct check *c, const char *key, const struct value *v)
{
    const struct regex *re = NULL;
    struct err why = ERR_INIT;

    if (check_string(c, key, v) < 0)
        return -1;
    if (text_regex(c->schema->ctx, value_bytes(v), v->count, &re, &why) < 0)
        return err_set(c->err, ERR_INVALID, "%s must be a valid regex", key);
    return 0;
}

static int check_array(struct check *c, const char *key, const struct value *v)
{
    return value_is(v, VALUE_ARRAY) ? 0
                                    : err_set(c->err, ERR_INVALID, "%s must be of an array", key);
}

static int check_unique(struct check *c, const char *key, const struct value *v)
{
    for (size_t i = 0; i < v->count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (value_equal(value_at(v, i), value_at(v, k)))
                return err_set(c->err, ERR_INVALID, "%s items must be unique", key);
        }
    }
    return 0;
}

static int check_required(struct check *c, const char *key, const struct value *v)
{
    if (check_array(c, key, v) < 0)
        return -1;
    for (size_t i = 0; i < v->count; i++) {
        if (!value_is(value_at(v, i), VALUE_STRING))
            return wrong_type(c, "string", key);
    }
    return check_unique(c, key, v);
}

static int check_enum(struct check *c, const char *key, const struct value *v)
{
    return check_array(c, key, v) < 0 ? -1 : check_unique(c, key, v);
}

static int check_bool(struct check *c, const char *key, const struct value *v)
{
    return value_is(v, VALUE_BOOL) ? 0
                                   : err_set(c->err, ERR_INVALID, "%s must be of a boolean", key);
}

static int check_any_schema(struct check *c, const char *key, const struct value *v)
{
    (void)key;
    return check_schema(c, v);
}

static int check_schemas(struct check *c, const char *key, const struct value *v)
{
    if (check_array(c, key, v) < 0)
        return -1;
    for (size_t i = 0; i < v->count; i++) {
        if (check_schema(c, value_at(v, i)) < 0)
            return -1;
    }
    return 0;
}

static int check_one_schema(struct check *c, const char *key, const struct value *v)
{
    return is_schema(v) ? check_schema(c, v)
                        : err_set(c->err, ERR_INVALID, "%s must be of an object", key);
}

/* Draft 4: a flag beside the bound; later: a bound of its own. */
static int check_exclusive(struct check *c, const struct value *m, const char *key,
                           const char *bound)
{
    const struct value *const v = value_field(m, key);
    const enum schema_draft draft = c->schema->draft;

    if (v == NULL || (value_is(v, VALUE_NUMBER) && draft != SCHEMA_DRAFT4))
        return 0;
    if (!value_is(v, VALUE_BOOL) || draft == SCHEMA_DRAFT6 || draft == SCHEMA_DRAFT7)
        return wrong_type(c,
                          draft == SCHEMA_DRAFT4 ? "boolean"
                          : draft == SCHEMA_ANY  ? "boolean/number"
                                                 : "number",
                          key);
    if (value_field(m, bound) == NULL)
        return err_set(c->err, ERR_INVALID, "%s cannot be used without %s", key, bound);
    return 0;
}

/* The order is that of the checks; `pair` may not be below the key's own value. */
static const struct keyword {
    const char *key;
    int (*check)(struct check *c, const char *key, const struct value *v);
    enum schema_draft since;
    const char *pair, *pair_text;
} keywords[] = {
    {"definitions", check_definitions, SCHEMA_DRAFT4, NULL, NULL},
    {"title", check_string, SCHEMA_DRAFT4, NULL, NULL},
    {"description", check_string, SCHEMA_DRAFT4, NULL, NULL},
    {"type", check_type, SCHEMA_DRAFT4, NULL, NULL},
    {"properties", check_properties, SCHEMA_DRAFT4, NULL, NULL},
    {"additionalProperties", check_bool_or_schema, SCHEMA_DRAFT4, NULL, NULL},
    {"patternProperties", check_pattern_properties, SCHEMA_DRAFT4, NULL, NULL},
    {"propertyNames", check_property_names, SCHEMA_DRAFT6, NULL, NULL},
    {"dependencies", check_dependencies, SCHEMA_DRAFT4, NULL, NULL},
    {"items", check_items, SCHEMA_DRAFT4, NULL, NULL},
    {"additionalItems", check_bool_or_schema, SCHEMA_DRAFT4, NULL, NULL},
    {"multipleOf", check_multiple_of, SCHEMA_DRAFT4, NULL, NULL},
    {"minimum", check_bound, SCHEMA_DRAFT4, NULL, NULL},
    {"maximum", check_bound, SCHEMA_DRAFT4, NULL, NULL},
    {"minLength", check_count, SCHEMA_DRAFT4, NULL, NULL},
    {"maxLength", check_count, SCHEMA_DRAFT4, "minLength",
     "minLength cannot be greater than maxLength"},
    {"pattern", check_pattern, SCHEMA_DRAFT4, NULL, NULL},
    {"format", check_string, SCHEMA_DRAFT4, NULL, NULL},
    {"minProperties", check_count, SCHEMA_DRAFT4, NULL, NULL},
    {"maxProperties", check_count, SCHEMA_DRAFT4, "minProperties",
     "minProperties cannot be greater than maxProperties"},
    {"required", check_required, SCHEMA_DRAFT4, NULL, NULL},
    {"minItems", check_count, SCHEMA_DRAFT4, NULL, NULL},
    {"maxItems", check_count, SCHEMA_DRAFT4, NULL, NULL},
    {"uniqueItems", check_bool, SCHEMA_DRAFT4, NULL, NULL},
    {"contains", check_any_schema, SCHEMA_DRAFT6, NULL, NULL},
    {"enum", check_enum, SCHEMA_DRAFT4, NULL, NULL},
    {"oneOf", check_schemas, SCHEMA_DRAFT4, NULL, NULL},
    {"anyOf", check_schemas, SCHEMA_DRAFT4, NULL, NULL},
    {"allOf", check_schemas, SCHEMA_DRAFT4, NULL, NULL},
    {"not", check_one_schema, SCHEMA_DRAFT4, NULL, NULL},
    {"if", check_one_schema, SCHEMA_DRAFT7, NULL, NULL},
    {"then", check_one_schema, SCHEMA_DRAFT7, NULL, NULL},
    {"else", check_one_schema, SCHEMA_DRAFT7, NULL, NULL},
};

static int check_object(struct check *c, const struct value *m)
{
    const struct value *const ref = value_field(m, "$ref");
    const struct value *const id = value_field(m, "$id");

    if (id != NULL && c->schema->draft != SCHEMA_DRAFT4 && check_string(c, "$id", id) < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(keywords); i++) {
        const struct keyword *const k = &keywords[i];
        const struct value *const v = value_field(m, k->key);

        /* beside a reference nothing else counts but what may be referred to */
        if (ref != NULL && i == 3)
            return check_ref(c, ref);
        if (v == NULL || c->schema->draft < k->since)
            continue;
        if (k->check(c, k->key, v) < 0)
            return -1;
        const struct value *const pair = k->pair != NULL ? value_field(m, k->pair) : NULL;

        if (pair != NULL && number_compare(pair, v) > 0)
            return err_set(c->err, ERR_INVALID, "%s", k->pair_text);
    }
    if (check_exclusive(c, m, "exclusiveMinimum", "minimum") < 0)
        return -1;
    return check_exclusive(c, m, "exclusiveMaximum", "maximum");
}

static int check_schema(struct check *c, const struct value *v)
{
    if (value_is(v, VALUE_BOOL) && c->schema->draft != SCHEMA_DRAFT4)
        return 0;
    if (!value_is(v, VALUE_OBJECT))
        return err_set(c->err, ERR_INVALID, "schema is invalid");
    if (c->depth == SCHEMA_DEPTH_MAX)
        return err_set(c->err, ERR_LIMIT, "schema nests deeper than %d levels", SCHEMA_DEPTH_MAX);
    c->depth++;
    const int got = check_object(c, v);

    c->depth--;
    return got;
}

static enum schema_draft draft_of(const struct value *root)
{
    static const struct {
        const char *part;
        enum schema_draft draft;
    } drafts[] = {{"json-schema.org/draft-04/schema", SCHEMA_DRAFT4},
                  {"json-schema.org/draft-06/schema", SCHEMA_DRAFT6},
                  {"json-schema.org/draft-07/schema", SCHEMA_DRAFT7}};
    const char *const named = value_cstr(value_field(root, "$schema"));

    for (size_t i = 0; named != NULL && i < ARRAY_LEN(drafts); i++) {
        if (strstr(named, drafts[i].part) != NULL)
            return drafts[i].draft;
    }
    return SCHEMA_ANY;
}

int schema_check(struct builtin_ctx *ctx, const struct value *root, struct schema *out,
                 struct err *err)
{
    struct check c = {.schema = out, .err = err};

    *out = (struct schema){ctx, root, draft_of(root)};
    return check_schema(&c, root);
}
