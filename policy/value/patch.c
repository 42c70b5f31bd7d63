#include <string.h>

#include "policy/value/pointer.h"

struct patch {
    struct arena *arena;
    enum patch_dialect dialect;
    struct err *err;
};

enum edit { EDIT_INSERT, EDIT_REMOVE };

static int fail(struct patch *p, const char *what)
{
    return err_set(p->err, ERR_INVALID, "%s", what);
}

static int fail_nomem(struct patch *p)
{
    return err_nomem(p->err);
}

/* --- paths ------------------------------------------------------------------------------- */

/* The index a token names; "-" is the place behind the last element. -1: none, with a reason. */
static int64_t array_index(struct patch *p, const struct value *array, const struct value *token)
{
    int64_t n = 0;

    if (value_is(token, VALUE_NUMBER) && p->dialect == PATCH_OPA) {
        if (token->form == VALUE_FORM_INT && token->u.integer >= 0)
            return token->u.integer;
        return fail(p, "index of an array out of bounds");
    }
    if (!value_is(token, VALUE_STRING))
        return fail(p, "an array has no such index");
    if (value_is_str(token, "-"))
        return array->count;
    const char *const text = value_bytes(token);
    if (token->count == 0 || token->count > 10 || (token->count > 1 && text[0] == '0'))
        return fail(p, "not an index of an array");
    for (size_t i = 0; i < token->count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return fail(p, "not an index of an array");
        n = n * 10 + (text[i] - '0');
    }
    return n;
}

/* What stands at token in doc; NULL with a reason. */
static const struct value *child(struct patch *p, const struct value *doc,
                                 const struct value *token)
{
    if (value_is(doc, VALUE_ARRAY)) {
        const int64_t i = array_index(p, doc, token);
        if (i >= (int64_t)doc->count)
            (void)fail(p, "index of an array out of bounds");
        return i >= 0 && i < (int64_t)doc->count ? value_at(doc, (size_t)i) : NULL;
    }
    const bool set = value_is(doc, VALUE_SET) && p->dialect == PATCH_OPA;
    const struct value *const kid =
        set || value_is(doc, VALUE_OBJECT) ? value_get(doc, token) : NULL;
    if (!kid)
        (void)fail(p, set || value_is(doc, VALUE_OBJECT) ? "path does not exist"
                                                         : "path goes through a scalar");
    return kid;
}

static const struct value *resolve(struct patch *p, const struct value *doc,
                                   const struct value *tokens)
{
    for (size_t i = 0; doc && i < tokens->count; i++)
        doc = child(p, doc, value_at(tokens, i));
    return doc;
}

/* OPA trims every slash at the front, and lets malformed escapes stand. */
static int loose_path(struct patch *p, const struct value *text, const struct value **tokens)
{
    const char *s = value_bytes(text);
    const char *const end = s + text->count;
    struct value_list list = {0};

    while (s < end && *s == '/')
        s++;
    while (text->count > 0 && s <= end) {
        const char *const slash = memchr(s, '/', (size_t)(end - s));
        const char *const stop = slash ? slash : end;
        char *const token = arena_alloc(p->arena, (size_t)(stop - s) + 1);
        size_t n = 0;
        if (!token)
            return fail_nomem(p);
        for (; s < stop; s++) {
            const bool escape = *s == '~' && s + 1 < stop && (s[1] == '0' || s[1] == '1');
            token[n++] = !escape ? *s : s[1] == '0' ? '~' : '/';
            s += escape ? 1 : 0;
        }
        value_list_add(p->arena, &list, value_string(p->arena, token, n));
        s = stop + 1;
    }
    *tokens = value_list_array(p->arena, &list);
    return *tokens ? 0 : fail_nomem(p);
}

static int read_path(struct patch *p, const struct value *path, const struct value **tokens)
{
    if (p->dialect == PATCH_OPA && value_is(path, VALUE_ARRAY)) {
        *tokens = path;
        return 0;
    }
    if (!value_is(path, VALUE_STRING) && p->dialect == PATCH_OPA)
        return err_eval(p->err, "eval_type_error",
                        "operand 2 must be one of {set, array} containing string paths or array of "
                        "path segments but got %s",
                        value_type_name(path->type));
    if (!value_is(path, VALUE_STRING))
        return fail(p, "a path must be a string");
    if (p->dialect == PATCH_OPA)
        return loose_path(p, path, tokens);
    return pointer_parse(p->arena, value_bytes(path), path->count, tokens, p->err);
}

/* --- edits ------------------------------------------------------------------------------- */

/* The array without `gone` elements at `at`, and with `put` there unless NULL. */
static const struct value *splice(struct patch *p, const struct value *array, size_t at,
                                  size_t gone, const struct value *put)
{
    struct value_list list = {0};

    for (size_t i = 0; i < at; i++)
        value_list_add(p->arena, &list, value_at(array, i));
    if (put)
        value_list_add(p->arena, &list, put);
    for (size_t i = at + gone; i < array->count; i++)
        value_list_add(p->arena, &list, value_at(array, i));
    return value_list_array(p->arena, &list);
}

/* The set without `gone`, and with `put` unless NULL. */
static const struct value *set_change(struct patch *p, const struct value *set,
                                      const struct value *gone, const struct value *put)
{
    struct value_list list = {0};

    for (size_t i = 0; i < set->count; i++)
        if (!gone || !value_equal(value_at(set, i), gone))
            value_list_add(p->arena, &list, value_at(set, i));
    if (put)
        value_list_add(p->arena, &list, put);
    return value_list_set(p->arena, &list);
}

static const struct value *checked(struct patch *p, const struct value *v)
{
    if (!v)
        (void)fail_nomem(p);
    return v;
}

static const struct value *insert(struct patch *p, const struct value *doc,
                                  const struct value *token, const struct value *val)
{
    if (value_is(doc, VALUE_OBJECT))
        return checked(p, value_object_with(p->arena, doc, token, val));
    if (value_is(doc, VALUE_ARRAY)) {
        const int64_t i = array_index(p, doc, token);
        if (i < 0)
            return NULL;
        if (i <= (int64_t)doc->count)
            return checked(p, splice(p, doc, (size_t)i, 0, val));
        (void)fail(p, "index of an array out of bounds");
        return NULL;
    }
    if (value_is(doc, VALUE_SET) && p->dialect == PATCH_OPA && value_equal(token, val))
        return checked(p, set_change(p, doc, NULL, val));
    (void)fail(p, value_is(doc, VALUE_SET) ? "a set's member must be its own path"
                                           : "path goes through a scalar");
    return NULL;
}

static const struct value *remove_at(struct patch *p, const struct value *doc,
                                     const struct value *token)
{
    const struct value *const gone = child(p, doc, token);

    if (!gone)
        return NULL;
    if (value_is(doc, VALUE_OBJECT))
        return checked(p, value_object_without(p->arena, doc, token));
    if (value_is(doc, VALUE_SET))
        return checked(p, set_change(p, doc, gone, NULL));
    return checked(p, splice(p, doc, (size_t)array_index(p, doc, token), 1, NULL));
}

/* doc with the kid at token, which exists, replaced. */
static const struct value *put_kid(struct patch *p, const struct value *doc,
                                   const struct value *token, const struct value *old,
                                   const struct value *kid)
{
    if (value_is(doc, VALUE_OBJECT))
        return checked(p, value_object_with(p->arena, doc, token, kid));
    if (value_is(doc, VALUE_SET))
        return checked(p, set_change(p, doc, old, kid));
    return checked(p, splice(p, doc, (size_t)array_index(p, doc, token), 1, kid));
}

/* Depth is that of the path, whose tokens lead through existing values. */
static const struct value *edit_at(struct patch *p, enum edit how, const struct value *doc,
                                   const struct value *tokens, size_t at, const struct value *val)
{
    const struct value *const token = value_at(tokens, at);

    if (at + 1 == tokens->count)
        return how == EDIT_INSERT ? insert(p, doc, token, val) : remove_at(p, doc, token);
    const struct value *const old = child(p, doc, token);
    if (!old)
        return NULL;
    const struct value *const kid = edit_at(p, how, old, tokens, at + 1, val);
    return kid ? put_kid(p, doc, token, old, kid) : NULL;
}

/* --- operations -------------------------------------------------------------------------- */

struct operation {
    const struct value *path, *from, *value; /* tokens, tokens, what "value" holds; or NULL */
};

static int do_add(struct patch *p, const struct operation *op, const struct value **doc)
{
    const struct value *const got =
        op->path->count == 0 ? op->value : edit_at(p, EDIT_INSERT, *doc, op->path, 0, op->value);

    if (!got)
        return -1;
    *doc = got;
    return 0;
}

static int do_remove(struct patch *p, const struct operation *op, const struct value **doc)
{
    if (op->path->count == 0)
        return fail(p, "the whole document cannot be removed");
    const struct value *const got = edit_at(p, EDIT_REMOVE, *doc, op->path, 0, NULL);
    if (!got)
        return -1;
    *doc = got;
    return 0;
}

static int do_replace(struct patch *p, const struct operation *op, const struct value **doc)
{
    if (op->path->count > 0 && do_remove(p, op, doc) < 0)
        return -1;
    return do_add(p, op, doc);
}

static int do_copy(struct patch *p, const struct operation *op, const struct value **doc)
{
    struct operation add = *op;

    add.value = resolve(p, *doc, op->from);
    return add.value ? do_add(p, &add, doc) : -1;
}

/* Into itself: the removal takes the parent away, so that the insertion fails. */
static int do_move(struct patch *p, const struct operation *op, const struct value **doc)
{
    const struct operation gone = {.path = op->from};
    struct operation add = *op;

    add.value = resolve(p, *doc, op->from);
    if (!add.value)
        return -1;
    if (op->from->count == 0)
        return op->path->count == 0 ? 0 : fail(p, "the document cannot move into itself");
    if (do_remove(p, &gone, doc) < 0)
        return -1;
    return do_add(p, &add, doc);
}

static int do_test(struct patch *p, const struct operation *op, const struct value **doc)
{
    const struct value *const found = resolve(p, *doc, op->path);

    if (!found)
        return -1;
    return value_equal(found, op->value) ? 0 : fail(p, "the value is not what `test` says");
}

enum needs { NEEDS_VALUE = 1u << 0, NEEDS_FROM = 1u << 1 };

static const struct op_row {
    const char *name;
    unsigned needs;
    int (*run)(struct patch *p, const struct operation *op, const struct value **doc);
} op_rows[] = {
    {"add", NEEDS_VALUE, do_add},         {"remove", 0, do_remove},
    {"replace", NEEDS_VALUE, do_replace}, {"move", NEEDS_FROM, do_move},
    {"copy", NEEDS_FROM, do_copy},        {"test", NEEDS_VALUE, do_test},
};

static int run_operation(struct patch *p, const struct value *op, const struct value **doc)
{
    const struct value *const name = value_field(op, "op");
    const struct value *const path = value_field(op, "path");
    const struct value *const from = value_field(op, "from");
    struct operation got = {.value = value_field(op, "value")};

    if (!value_is(op, VALUE_OBJECT))
        return fail(p, p->dialect == PATCH_OPA
                           ? "must be an array of JSON-Patch objects, but at least "
                             "one element is not an object"
                           : "an operation must be an object");
    if (!path)
        return fail(p, "missing required attribute 'path'");
    if (!name)
        return fail(p, "missing required attribute 'op'");
    if (read_path(p, path, &got.path) < 0)
        return -1;
    for (size_t i = 0; i < sizeof(op_rows) / sizeof(op_rows[0]); i++) {
        const struct op_row *const row = &op_rows[i];
        if (!value_is_str(name, row->name))
            continue;
        if ((row->needs & NEEDS_VALUE) && !got.value)
            return fail(p, "missing required attribute 'value'");
        if (row->needs & NEEDS_FROM) {
            if (!from)
                return fail(p, "missing required attribute 'from'");
            if (read_path(p, from, &got.from) < 0)
                return -1;
        }
        return row->run(p, &got, doc);
    }
    if (!value_is(name, VALUE_STRING))
        return err_set(p->err, ERR_INVALID, "attribute 'op' must be a string but found: %s",
                       value_type_name(name->type));
    return err_set(p->err, ERR_INVALID, "unrecognized op: '%s'", value_bytes(name));
}

int patch_apply_as(struct arena *a, enum patch_dialect dialect, const struct value *doc,
                   const struct value *ops, const struct value **out, struct err *err)
{
    struct patch p = {.arena = a, .dialect = dialect, .err = err};

    if (!value_is(ops, VALUE_ARRAY))
        return err_set(err, ERR_INVALID, "a patch must be an array of operations");
    for (size_t i = 0; i < ops->count; i++) {
        const struct value *const op = value_at(ops, i);
        if (run_operation(&p, op, &doc) == 0)
            continue;
        if (dialect == PATCH_OPA)
            return -1;
        const char *const path = value_cstr(value_field(op, "path"));
        return path ? err_ctx(err, "operation %zu at \"%s\"", i, path)
                    : err_ctx(err, "operation %zu", i);
    }
    *out = doc;
    return 0;
}

int patch_apply(struct arena *a, const struct value *doc, const struct value *ops,
                const struct value **out, struct err *err)
{
    return patch_apply_as(a, PATCH_RFC, doc, ops, out, err);
}
