/* Types from text (declarations of built-ins) and from JSON Schema. */
#include <string.h>

#include "policy/rego/types.h"

enum { TYPE_PARTS_MAX = 32, SCHEMA_DEPTH_MAX = 64, SCHEMA_NODES_MAX = 50000 };

struct text {
    struct arena *a;
    const char *at;
};

static const struct type *read_type(struct text *x);

static bool take(struct text *x, const char *word)
{
    const size_t n = strlen(word);

    if (strncmp(x->at, word, n) != 0)
        return false;
    x->at += n;
    return true;
}

/* `name: `, which arguments and known keys have before their type */
static const struct value *read_name(struct text *x)
{
    const size_t n = strcspn(x->at, ":<>[],");
    const char *const name = x->at;

    if (n == 0 || x->at[n] != ':')
        return NULL;
    x->at += n;
    (void)take(x, ": ");
    return value_string(x->a, name, n);
}

static bool read_parts(struct text *x, const struct type **of, const struct value **keys, size_t *n)
{
    while (*n < TYPE_PARTS_MAX) {
        keys[*n] = read_name(x);
        if (!(of[(*n)++] = read_type(x)))
            return false;
        if (take(x, ">"))
            return true;
        if (!take(x, ", "))
            return false;
    }
    return false;
}

static const struct type *read_type(struct text *x)
{
    static const struct {
        const char *name;
        enum type_kind kind;
        const struct type *scalar;
    } rows[] = {
        {"null", TYPE_NULL, &type_null},
        {"boolean", TYPE_BOOL, &type_bool},
        {"number", TYPE_NUMBER, &type_number},
        {"string", TYPE_STRING, &type_string},
        {"array", TYPE_ARRAY, NULL},
        {"object", TYPE_OBJECT, NULL},
        {"set", TYPE_SET, NULL},
        {"any", TYPE_UNION, NULL},
    };
    const struct type *of[TYPE_PARTS_MAX], *key = NULL, *dynamic = NULL;
    const struct value *keys[TYPE_PARTS_MAX];
    size_t row = 0, n = 0;

    while (row < sizeof(rows) / sizeof(rows[0]) && !take(x, rows[row].name))
        row++;
    if (row == sizeof(rows) / sizeof(rows[0]))
        return NULL;
    if (rows[row].scalar)
        return rows[row].scalar;
    if (take(x, "<") && !read_parts(x, of, keys, &n))
        return NULL;
    if (rows[row].kind != TYPE_UNION && take(x, "[")) {
        dynamic = read_type(x);
        if (rows[row].kind == TYPE_OBJECT && take(x, ": ")) {
            key = dynamic;
            dynamic = read_type(x);
        }
        if (!dynamic || !take(x, "]"))
            return NULL;
    }
    switch (rows[row].kind) {
    case TYPE_ARRAY:
        return type_array(x->a, of, n, dynamic);
    case TYPE_SET:
        return type_set(x->a, dynamic);
    case TYPE_OBJECT:
        return type_object(x->a, keys, of, n, key, dynamic);
    default:
        break;
    }
    const struct type *all = n ? NULL : &type_any;

    for (size_t i = 0; i < n; i++)
        all = type_or(x->a, all, of[i]);
    return all;
}

int type_parse_args(struct arena *a, const char *text, const struct type **out, size_t max,
                    size_t *n)
{
    struct text x = {.a = a, .at = text};

    *n = 0;
    while (*x.at != '\0') {
        (void)read_name(&x);
        const struct type *const t = *n < max ? read_type(&x) : NULL;

        if (!t)
            return -1;
        out[(*n)++] = t;
        if (!take(&x, ", ") && *x.at != '\0')
            return -1;
    }
    return 0;
}

/* --- JSON Schema ------------------------------------------------------------------------- */

struct schema {
    struct arena *a;
    const struct value *root;
    const struct value *active[SCHEMA_DEPTH_MAX]; /* what $ref led to and is being read */
    size_t active_n;
    size_t left; /* nodes that may still be read: a small schema can unfold without end */
};

static const struct type *read_schema(struct schema *x, const struct value *s, unsigned depth);

/* "#/$defs/thing" in the schema's own document; NULL: not there. */
static const struct value *schema_ref(struct schema *x, const struct value *ref)
{
    const struct value *at = x->root;
    const char *s = value_bytes(ref);

    if (s[0] != '#')
        return NULL;
    for (s++; at && *s == '/';) {
        const size_t n = strcspn(s + 1, "/");
        const char *const name = arena_strndup(x->a, s + 1, n);

        at = name ? value_field(at, name) : NULL;
        s += n + 1;
    }
    return at;
}

static bool says(const struct value *type, const char *word)
{
    if (!type)
        return false;
    if (value_is(type, VALUE_STRING))
        return value_is_str(type, word);
    for (size_t i = 0; value_is(type, VALUE_ARRAY) && i < type->count; i++)
        if (value_is_str(value_at(type, i), word))
            return true;
    return false;
}

static const struct type *schema_object(struct schema *x, const struct value *s, unsigned depth)
{
    const struct value *const props = value_field(s, "properties");
    const struct value *const more = value_field(s, "additionalProperties");
    const size_t n = props && value_is(props, VALUE_OBJECT) ? props->count : 0;
    const struct type **const of = ARENA_NEW_N(x->a, const struct type *, n + 1);
    const struct value **const keys = ARENA_NEW_N(x->a, const struct value *, n + 1);
    const struct type *rest = n ? NULL : &type_any;

    if (!of || !keys)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        keys[i] = value_key_at(props, i);
        if (!(of[i] = read_schema(x, value_val_at(props, i), depth)))
            return NULL;
    }
    if (more && value_is(more, VALUE_OBJECT))
        rest = read_schema(x, more, depth);
    else if ((more && value_bool(more)) || value_field(s, "patternProperties"))
        rest = &type_any;
    return type_object(x->a, keys, of, n, rest ? &type_string : NULL, rest);
}

static const struct type *schema_array(struct schema *x, const struct value *s, unsigned depth)
{
    const struct value *const items = value_field(s, "items");
    const struct type *of[TYPE_PARTS_MAX];

    if (!items || (!value_is(items, VALUE_OBJECT) && !value_is(items, VALUE_ARRAY)))
        return type_array(x->a, NULL, 0, &type_any);
    if (value_is(items, VALUE_OBJECT)) {
        const struct type *const one = read_schema(x, items, depth);

        return one ? type_array(x->a, NULL, 0, one) : NULL;
    }
    for (size_t i = 0; i < items->count && i < TYPE_PARTS_MAX; i++)
        if (!(of[i] = read_schema(x, value_at(items, i), depth)))
            return NULL;
    return items->count > TYPE_PARTS_MAX ? type_array(x->a, NULL, 0, &type_any)
                                         : type_array(x->a, of, items->count, NULL);
}

static const struct type *any_of(struct schema *x, const struct value *list, unsigned depth)
{
    const struct type *all = NULL;

    for (size_t i = 0; i < list->count; i++) {
        const struct type *const one = read_schema(x, value_at(list, i), depth);

        if (!one || !(all = type_or(x->a, all, one)))
            return NULL;
    }
    return all ? all : &type_any;
}

/* A schema that refers to itself is `any` there. */
static const struct type *follow_ref(struct schema *x, const struct value *to, unsigned depth)
{
    for (size_t i = 0; i < x->active_n; i++)
        if (x->active[i] == to)
            return &type_any;
    if (!to || x->active_n == SCHEMA_DEPTH_MAX)
        return &type_any;
    x->active[x->active_n++] = to;
    const struct type *const t = read_schema(x, to, depth + 1);

    x->active_n--;
    return t;
}

static const struct type *read_schema(struct schema *x, const struct value *s, unsigned depth)
{
    const struct value *const ref = value_field(s, "$ref"), *const type = value_field(s, "type");
    const struct value *const any = value_field(s, "anyOf"), *const one = value_field(s, "oneOf");

    if (depth > SCHEMA_DEPTH_MAX || x->left == 0 || !value_is(s, VALUE_OBJECT) ||
        value_field(s, "allOf"))
        return &type_any;
    x->left--;
    if (ref && value_is(ref, VALUE_STRING))
        return follow_ref(x, schema_ref(x, ref), depth);
    if ((any && value_is(any, VALUE_ARRAY)) || (one && value_is(one, VALUE_ARRAY)))
        return any_of(x, any ? any : one, depth + 1);
    static const struct {
        const char *word;
        const struct type *type;
    } scalars[] = {{"null", &type_null},
                   {"boolean", &type_bool},
                   {"string", &type_string},
                   {"number", &type_number},
                   {"integer", &type_number}};
    const struct type *all = NULL;

    for (size_t i = 0; i < sizeof(scalars) / sizeof(scalars[0]); i++)
        if (says(type, scalars[i].word))
            all = type_or(x->a, all, scalars[i].type);
    if (says(type, "object") || (!type && value_field(s, "properties"))) {
        const struct type *const t = schema_object(x, s, depth + 1);

        if (!t || !(all = type_or(x->a, all, t)))
            return NULL;
    }
    if (says(type, "array") || (!type && value_field(s, "items"))) {
        const struct type *const t = schema_array(x, s, depth + 1);

        if (!t || !(all = type_or(x->a, all, t)))
            return NULL;
    }
    return all ? all : &type_any;
}

const struct type *type_of_schema(struct arena *a, const struct value *schema)
{
    struct schema x = {.a = a, .root = schema, .left = SCHEMA_NODES_MAX};

    return read_schema(&x, schema, 0);
}
