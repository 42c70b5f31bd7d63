#include "policy/rego/annotation_fields.h"

#include <string.h>

#include "base/own.h"

struct fields {
    struct arena *a;
    const struct value *raw;
    struct value_fields out;
    struct err *err;
};

static bool empty(const struct value *v)
{
    return !v || v->type < VALUE_STRING || v->count == 0;
}

static const struct value *trimmed(struct arena *a, const struct value *v)
{
    if (!v || !value_is(v, VALUE_STRING))
        return NULL;
    const char *s = value_bytes(v);
    size_t n = v->count;

    while (n > 0 && strchr(" \t\r\n", s[0])) {
        s++;
        n--;
    }
    while (n > 0 && strchr(" \t\r\n", s[n - 1]))
        n--;
    return n ? value_string(a, s, n) : NULL;
}

static int refuse(struct fields *f, const char *what)
{
    return err_set(f->err, ERR_INVALID, "%s", what);
}

static int put_text(struct fields *f, const char *name)
{
    const struct value *const v = value_field(f->raw, name);

    if (v && v->type > VALUE_STRING)
        return err_set(f->err, ERR_INVALID, "yaml: unmarshal errors: %s must be a string", name);
    if (v && value_is(v, VALUE_STRING) && v->count > 0)
        value_fields_add(f->a, &f->out, name, v);
    return 0;
}

static int put_entrypoint(struct fields *f, const char *name)
{
    const struct value *const v = value_field(f->raw, name);

    if (v && !value_is(v, VALUE_BOOL) && !value_is(v, VALUE_NULL))
        return refuse(f, "yaml: unmarshal errors: entrypoint must be a boolean");
    if (v && value_bool(v))
        value_fields_add(f->a, &f->out, name, &value_true);
    return 0;
}

static int put_object(struct fields *f, const char *name)
{
    const struct value *const v = value_field(f->raw, name);

    if (v && !value_is(v, VALUE_OBJECT) && !value_is(v, VALUE_NULL))
        return err_set(f->err, ERR_INVALID, "yaml: unmarshal errors: %s must be a map", name);
    if (!empty(v))
        value_fields_add(f->a, &f->out, name, v);
    return 0;
}

/* "Name <email>", the last word in angle brackets being the address. */
static const struct value *author_of_text(struct fields *f, const struct value *text)
{
    const struct value *const t = trimmed(f->a, text);
    struct value_fields out = {0};

    if (!t) {
        (void)refuse(f, "invalid author definition : author is an empty string");
        return NULL;
    }
    const char *const s = value_bytes(t);
    size_t n = t->count;
    const char *const space = memrchr(s, ' ', n);
    const char *const last = space ? space + 1 : s;
    const size_t last_n = n - (size_t)(last - s);

    if (last_n >= 2 && last[0] == '<' && s[n - 1] == '>') {
        if (last_n > 2)
            value_fields_add(f->a, &out, "email", value_string(f->a, last + 1, last_n - 2));
        n = (size_t)(last - s);
    }
    value_fields_add(f->a, &out, "name", trimmed(f->a, value_string(f->a, s, n)));
    return value_fields_object(f->a, &out);
}

static const struct value *author(struct fields *f, const struct value *v)
{
    struct value_fields out = {0};

    if (value_is(v, VALUE_STRING))
        return author_of_text(f, v);
    const struct value *const name = trimmed(f->a, value_field(v, "name"));
    const struct value *const email = trimmed(f->a, value_field(v, "email"));

    if (!value_is(v, VALUE_OBJECT) || (!name && !email)) {
        (void)refuse(f, value_is(v, VALUE_OBJECT)
                            ? "invalid author definition: 'name' and/or 'email' values required "
                              "in object"
                            : "invalid author definition: invalid value type, must be string or "
                              "map");
        return NULL;
    }
    value_fields_add(f->a, &out, "name", name);
    value_fields_add(f->a, &out, "email", email);
    return value_fields_object(f->a, &out);
}

static const struct value *resource(struct fields *f, const struct value *v)
{
    struct value_fields out = {0};
    const struct value *const ref =
        value_is(v, VALUE_STRING) ? trimmed(f->a, v) : trimmed(f->a, value_field(v, "ref"));

    if (!ref) {
        (void)refuse(f, value_is(v, VALUE_OBJECT)
                            ? "invalid related-resource definition: 'ref' value required in object"
                            : "invalid related-resource definition: ref URL may not be empty "
                              "string");
        return NULL;
    }
    value_fields_add(f->a, &out, "ref", ref);
    value_fields_add(f->a, &out, "description", trimmed(f->a, value_field(v, "description")));
    return value_fields_object(f->a, &out);
}

static const struct value *organization(struct fields *f, const struct value *v)
{
    (void)f;
    return v;
}

/* "input.request" as ["input", "request"]. */
static const struct value *ref_array(struct fields *f, const struct value *text)
{
    struct value_list path = {0};
    const char *s = value_bytes(text);

    for (;;) {
        const size_t n = strcspn(s, ".[");

        if (n > 0)
            value_list_add(f->a, &path, value_string(f->a, s, n));
        s += n;
        if (s[0] == '[' && s[1] == '"') {
            const size_t quoted = strcspn(s + 2, "\"");

            value_list_add(f->a, &path, value_string(f->a, s + 2, quoted));
            s += 2 + quoted;
            s += strspn(s, "\"]");
        } else if (*s != '\0') {
            s++;
        }
        if (*s == '\0')
            return value_list_array(f->a, &path);
    }
}

static const struct value *schema(struct fields *f, const struct value *v)
{
    struct value_fields out = {0};

    if (!value_is(v, VALUE_OBJECT) || v->count != 1) {
        (void)refuse(f, value_is(v, VALUE_OBJECT)
                            ? "invalid document reference"
                            : "yaml: unmarshal errors: schemas must be a list of maps");
        return NULL;
    }
    const struct value *const path = ref_array(f, value_key_at(v, 0)), *const what =
                                                                           value_val_at(v, 0);

    if (!path || path->count == 0 ||
        (!value_is_str(value_at(path, 0), "input") && !value_is_str(value_at(path, 0), "data"))) {
        (void)refuse(f, "invalid document reference");
        return NULL;
    }
    value_fields_add(f->a, &out, "path", path);
    if (value_is(what, VALUE_OBJECT)) {
        value_fields_add(f->a, &out, "definition", what);
    } else if (value_is(what, VALUE_STRING) &&
               (value_is_str(what, "schema") || strncmp(value_bytes(what), "schema.", 7) == 0 ||
                strncmp(value_bytes(what), "schema[", 7) == 0)) {
        value_fields_add(f->a, &out, "schema", ref_array(f, what));
    } else {
        (void)refuse(f, "invalid schema reference");
        return NULL;
    }
    return value_fields_object(f->a, &out);
}

static int put_list(struct fields *f, const char *name,
                    const struct value *(*one)(struct fields *, const struct value *))
{
    const struct value *const v = value_field(f->raw, name);
    struct value_list out = {0};

    if (v && !value_is(v, VALUE_ARRAY) && !value_is(v, VALUE_NULL))
        return err_set(f->err, ERR_INVALID, "yaml: unmarshal errors: %s must be a list", name);
    if (empty(v))
        return 0;
    for (size_t i = 0; i < v->count; i++) {
        const struct value *const item = one(f, value_at(v, i));

        if (!item)
            return -1;
        value_list_add(f->a, &out, item);
    }
    value_fields_add(f->a, &f->out, name, value_list_array(f->a, &out));
    return 0;
}

static int put_all(struct fields *f)
{
    static const struct {
        const char *name;
        int (*put)(struct fields *, const char *);
        const struct value *(*item)(struct fields *, const struct value *);
    } rows[] = {
        {"title", put_text, NULL},
        {"description", put_text, NULL},
        {"entrypoint", put_entrypoint, NULL},
        {"custom", put_object, NULL},
        {"labels", put_object, NULL},
        {"organizations", NULL, organization},
        {"related_resources", NULL, resource},
        {"authors", NULL, author},
        {"schemas", NULL, schema},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if ((rows[i].put ? rows[i].put(f, rows[i].name) : put_list(f, rows[i].name, rows[i].item)) <
            0)
            return -1;
    return 0;
}

const struct value *annotation_object(struct arena *a, const struct value *raw, const char *scope,
                                      struct err *err)
{
    struct fields f = {.a = a, .raw = raw, .err = err};

    if (!value_is(raw, VALUE_OBJECT)) {
        (void)err_set(err, ERR_INVALID, "yaml: unmarshal errors: METADATA must be a map");
        return NULL;
    }
    value_fields_add(a, &f.out, "scope", value_str(a, scope));
    return put_all(&f) < 0 ? NULL : value_fields_object(a, &f.out);
}
