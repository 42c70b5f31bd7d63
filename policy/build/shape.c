/* policy/build/shape.c - see shape.h. */
#include "policy/build/shape.h"

#include <string.h>

#include "base/own.h"
#include "policy/machine/regex.h"

enum { NAMES_MAX = 256, NAME_LEN_MAX = 64, PATTERN_BYTES = 1024 * 1024 };

struct check {
    const char *file;
    const struct value *schema;
    struct buf *report; /* NULL: the first mistake ends it */
    struct err *first;  /* with a report: the first mistake */
};

/* Changes of one letter that turn x into y. */
static size_t distance(const char *x, const char *y)
{
    size_t row[NAME_LEN_MAX + 1];
    const size_t m = strlen(x), n = strlen(y);

    if (m > NAME_LEN_MAX || n > NAME_LEN_MAX)
        return SIZE_MAX;
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; i <= m; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            const size_t change = diagonal + (x[i - 1] != y[j - 1]);
            size_t best = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;

            diagonal = row[j];
            row[j] = change < best ? change : best;
        }
    }
    return row[n];
}

const char *shape_nearest(const char *text, const char *const *names, size_t n)
{
    const size_t len = strlen(text);
    size_t best = len / 2 + 1;
    const char *found = NULL;

    for (size_t i = 0; i < n; i++) {
        const size_t d = distance(text, names[i]);

        if (d < best) {
            best = d;
            found = names[i];
        }
    }
    return found;
}

static int fail(const struct check *c, const struct yaml_node *at, struct err *err,
                const char *what, const char *text, const char *near)
{
    return err_set(err, ERR_INVALID, "%s:%u:%u: %s '%.100s'%s%s%s", c->file, at->line, at->col,
                   what, text, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static const char *const type_names[] = {
    [VALUE_NULL] = "nothing", [VALUE_BOOL] = "true or false", [VALUE_NUMBER] = "a number",
    [VALUE_STRING] = "text",  [VALUE_ARRAY] = "a list",       [VALUE_OBJECT] = "a mapping",
    [VALUE_SET] = "a set",
};

/* clang-format off */
static const struct {
    const char *schema;
    enum value_type type;
    const char *want;
} types[] = {
    { "string",  VALUE_STRING, "text"          },
    { "boolean", VALUE_BOOL,   "true or false" },
    { "integer", VALUE_NUMBER, "a whole number"},
    { "number",  VALUE_NUMBER, "a number"      },
    { "array",   VALUE_ARRAY,  "a list"        },
    { "object",  VALUE_OBJECT, "a mapping"     },
};
/* clang-format on */

static const struct value *follow(const struct check *c, const struct value *schema)
{
    const char *const ref = value_cstr(value_field(schema, "$ref"));

    if (!ref || strncmp(ref, "#/$defs/", 8) != 0)
        return schema;
    return value_path(c->schema, "$defs", ref + 8, NULL);
}

static int check_type(const struct check *c, const struct yaml_node *node,
                      const struct value *schema, struct err *err)
{
    const struct value *const want = value_field(schema, "type");
    int64_t whole;

    for (size_t i = 0; want && i < ARRAY_LEN(types); i++) {
        if (!value_is_str(want, types[i].schema))
            continue;
        if (!value_is(node->value, types[i].type) ||
            (strcmp(types[i].schema, "integer") == 0 && !value_int64(node->value, &whole)))
            return err_set(err, ERR_INVALID, "%s:%u:%u: here stands %s, it must be %s", c->file,
                           node->line, node->col, type_names[node->value->type], types[i].want);
    }
    return 0;
}

static int check_enum(const struct check *c, const struct yaml_node *node, const struct value *list,
                      struct err *err)
{
    const char *names[NAMES_MAX];
    size_t n = 0;
    const char *const text = value_cstr(node->value);

    for (size_t i = 0; i < list->count; i++) {
        const struct value *const v = value_at(list, i);

        if (value_equal(v, node->value))
            return 0;
        if (value_cstr(v) && n < NAMES_MAX)
            names[n++] = value_bytes(v);
    }
    const char *const near = text ? shape_nearest(text, names, n) : NULL;
    if (near || n == 0)
        return fail(c, node, err, "no such value", text ? text : type_names[node->value->type],
                    near);
    AUTO_BUF struct buf all = BUF_INIT;
    for (size_t i = 0; i < n; i++)
        buf_printf(&all, "%s%s", i == 0 ? "" : i + 1 < n ? ", " : " or ", names[i]);
    if (buf_check(&all, err) < 0)
        return -1;
    if (!text)
        return err_set(err, ERR_INVALID, "%s:%u:%u: here stands %s, it must be %.200s", c->file,
                       node->line, node->col, type_names[node->value->type], all.data);
    return err_set(err, ERR_INVALID, "%s:%u:%u: no such value '%.100s'; want %.200s", c->file,
                   node->line, node->col, text, all.data);
}

static int check(const struct check *c, const struct yaml_node *node, const struct value *schema,
                 struct err *err);

/* One mistake among several: a line of the report, and on. Bugs and limits end it. */
static int note(const struct check *c, int got, const struct err *now, struct err *err)
{
    if (got == 0)
        return 0;
    if (c->report && now->code == ERR_INVALID) {
        if (c->first->code == ERR_NONE)
            *c->first = *now;
        buf_printf(c->report, "%s\n", now->text);
        return 0;
    }
    *err = *now;
    return -1;
}

static int unknown_key(const struct check *c, const struct yaml_node *key,
                       const struct value *props, struct err *err)
{
    const char *names[NAMES_MAX];
    size_t n = 0;

    for (; props && n < props->count && n < NAMES_MAX; n++)
        names[n] = value_bytes(value_key_at(props, n));
    return fail(c, key, err, "unknown key", value_bytes(key->value),
                shape_nearest(value_bytes(key->value), names, n));
}

static int check_map(const struct check *c, const struct yaml_node *node,
                     const struct value *schema, struct err *err)
{
    const struct value *const props = value_field(schema, "properties");
    const struct value *const more = value_field(schema, "additionalProperties");
    const struct value *const required = value_field(schema, "required");

    for (size_t i = 0; i < node->n; i++) {
        struct err now = ERR_INIT;
        const struct value *sub = props ? value_get(props, node->keys[i]->value) : NULL;

        if (!sub && more && value_is(more, VALUE_BOOL) && !value_bool(more)) {
            if (note(c, unknown_key(c, node->keys[i], props, &now), &now, err) < 0)
                return -1;
            continue;
        }
        if (!sub && more && value_is(more, VALUE_OBJECT))
            sub = more;
        if (sub && note(c, check(c, node->kids[i], sub, &now), &now, err) < 0)
            return -1;
    }
    for (size_t i = 0; required && i < required->count; i++) {
        struct err now = ERR_INIT;
        const char *const name = value_bytes(value_at(required, i));

        if (!value_get(node->value, value_at(required, i)) &&
            note(c, fail(c, node, &now, "here lacks", name, NULL), &now, err) < 0)
            return -1;
    }
    return 0;
}

static int check_bounds(const struct check *c, const struct yaml_node *node,
                        const struct value *schema, struct err *err)
{
    const struct value *const low = value_field(schema, "minimum");
    const struct value *const high = value_field(schema, "maximum");

    if (low && value_compare(node->value, low) < 0)
        return err_set(err, ERR_INVALID, "%s:%u:%u: too small", c->file, node->line, node->col);
    if (high && value_compare(node->value, high) > 0)
        return err_set(err, ERR_INVALID, "%s:%u:%u: too large", c->file, node->line, node->col);
    return 0;
}

/* What does not match is told in the schema's own words. */
static int check_pattern(const struct check *c, const struct yaml_node *node,
                         const struct value *schema, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(PATTERN_BYTES);
    const struct value *const pattern = value_field(schema, "pattern");
    const char *const words = value_cstr(value_field(schema, "description"));
    const struct regex *re;

    if (!pattern || !value_is(node->value, VALUE_STRING))
        return 0;
    if (regex_compile(&a, value_bytes(pattern), pattern->count, &re, err) < 0)
        return -1;
    const int found =
        regex_find(re, &a, value_bytes(node->value), node->value->count, 0, NULL, 0, NULL, err);
    if (found != 0)
        return found < 0 ? -1 : 0;
    return fail(c, node, err, words ? words : "not of the right form:", value_bytes(node->value),
                NULL);
}

/* Told is what the alternative of the same type says, else the last. */
static int check_any(const struct check *c, const struct yaml_node *node, const struct value *any,
                     struct err *err)
{
    const struct check quiet = {.file = c->file, .schema = c->schema};
    bool near = false;

    for (size_t i = 0; i < any->count; i++) {
        struct err now = ERR_INIT, type = ERR_INIT;

        if (check(&quiet, node, value_at(any, i), &now) == 0)
            return 0;
        if (near)
            continue;
        near = check_type(c, node, follow(c, value_at(any, i)), &type) == 0;
        *err = now;
    }
    return -1;
}

static int check(const struct check *c, const struct yaml_node *node, const struct value *schema,
                 struct err *err)
{
    schema = follow(c, schema);
    if (!schema)
        return err_set(err, ERR_BUG, "the schema of the settings refers to nothing");

    const struct value *const any = value_field(schema, "anyOf");
    const struct value *const list = value_field(schema, "enum");
    const struct value *const items = value_field(schema, "items");
    if (any)
        return check_any(c, node, any, err);
    if (check_type(c, node, schema, err) < 0 || check_bounds(c, node, schema, err) < 0)
        return -1;
    if (list && check_enum(c, node, list, err) < 0)
        return -1;
    if (check_pattern(c, node, schema, err) < 0)
        return -1;
    if (value_is(node->value, VALUE_OBJECT))
        return check_map(c, node, schema, err);
    for (size_t i = 0; items && value_is(node->value, VALUE_ARRAY) && i < node->n; i++) {
        struct err now = ERR_INIT;

        if (note(c, check(c, node->kids[i], items, &now), &now, err) < 0)
            return -1;
    }
    return 0;
}

int shape_check(const char *file, const struct yaml_node *node, const struct value *schema,
                struct err *err)
{
    const struct check c = {.file = file, .schema = schema};

    return check(&c, node, schema, err);
}

int shape_check_all(const char *file, const struct yaml_node *node, const struct value *schema,
                    struct buf *report, struct err *err)
{
    struct err first = ERR_INIT, now = ERR_INIT;
    const struct check c = {.file = file, .schema = schema, .report = report, .first = &first};

    if (note(&c, check(&c, node, schema, &now), &now, err) < 0)
        return -1;
    if (first.code == ERR_NONE)
        return 0;
    *err = first;
    return -1;
}
