/* policy/decide/fixes.c - see fixes.h. */
#include "policy/decide/fixes.h"

#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/value/pointer.h"

/* Rules harden the document; what the host says is not theirs to change. */
static const char *const roots[] = {"/config/", "/process/", "/resources/"};

static bool below_root(const struct value *path)
{
    for (size_t i = 0; i < ARRAY_LEN(roots); i++) {
        if (strncmp(value_bytes(path), roots[i], strlen(roots[i])) == 0)
            return true;
    }
    return false;
}

static size_t parent_len(const struct value *path)
{
    const char *const slash = memrchr(value_bytes(path), '/', path->count);

    return slash ? (size_t)(slash - value_bytes(path)) : 0;
}

static bool is_digits(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9')
            return false;
    }
    return n > 0;
}

/* `outer` names a place that holds `inner`. */
static bool holds(const struct value *outer, const struct value *inner)
{
    return inner->count > outer->count && value_bytes(inner)[outer->count] == '/' &&
           memcmp(value_bytes(outer), value_bytes(inner), outer->count) == 0;
}

static bool same_value(const struct value *x, const struct value *y)
{
    return x == y || (x && y && value_equal(x, y));
}

static void conflict(struct fixes *f, const struct fix *x, const struct fix *y)
{
    if (!f->conflicting) {
        f->conflict[0] = *x;
        f->conflict[1] = *y;
        f->conflicting = true;
    }
}

/* What the wider wish leaves at the place of the narrower one. */
static const struct value *inside(const struct fix *outer, const struct fix *inner)
{
    const size_t skip = outer->path->count;

    return pointer_get(outer->value, value_bytes(inner->path) + skip, inner->path->count - skip);
}

/* An element that comes in between: its path names another element than the same path elsewhere. */
static bool inserts(const struct fix *x)
{
    return x->element && x->value;
}

/* Whether `x` is already said by what was gathered. Sets a conflict when it contradicts. */
static bool settled(struct fixes *f, const struct fix *x)
{
    for (size_t i = 0; i < f->n; i++) {
        struct fix *const y = &f->at[i];

        if (!y->rule)
            continue;
        if (value_equal(y->path, x->path)) {
            if (same_value(y->value, x->value))
                return true;
            if (!x->append && !inserts(x) && !inserts(y))
                conflict(f, y, x);
        } else if (holds(y->path, x->path) && !inserts(y)) {
            if (!y->value || same_value(inside(y, x), x->value))
                return true;
            conflict(f, y, x);
        } else if (holds(x->path, y->path) && !inserts(x)) {
            if (!x->value || same_value(inside(x, y), y->value))
                y->rule = NULL; /* the wider one says it all */
            else
                conflict(f, y, x);
        }
    }
    return false;
}

static int add_one(struct fixes *f, const struct value *doc, const struct value *rule,
                   const struct value *op, struct err *err)
{
    const struct value *const kind = value_field(op, "op");
    const struct value *const path = value_field(op, "path");
    const bool removes = value_is_str(kind, "remove");
    struct fix x = {.rule = rule, .path = path, .value = removes ? NULL : value_field(op, "value")};

    if (!removes && !value_is_str(kind, "add") && !value_is_str(kind, "replace"))
        return err_set(err, ERR_INVALID, "operation is not add, replace or remove");
    if (!value_cstr(path) || !below_root(path))
        return err_set(err, ERR_INVALID, "path is not below /config, /process or /resources");
    if (!removes && !x.value)
        return err_set(err, ERR_INVALID, "%s: no value", value_bytes(path));

    const size_t plen = parent_len(path);
    const char *const last = value_bytes(path) + plen + 1;
    const size_t last_len = path->count - plen - 1;
    const struct value *const parent = pointer_get(doc, value_bytes(path), plen);
    x.append = last_len == 1 && last[0] == '-';
    /* `replace` of an element sets it in place: it is a member's fix, not an insertion. */
    x.element = parent && value_is(parent, VALUE_ARRAY) && is_digits(last, last_len) &&
                !value_is_str(kind, "replace");
    if (removes && x.append)
        return err_set(err, ERR_INVALID, "%s: nothing to remove", value_bytes(path));
    if (settled(f, &x))
        return 0;
    if (f->n == FIXES_MAX)
        return err_set(err, ERR_LIMIT, "more than %d operations", FIXES_MAX);
    f->at[f->n++] = x;
    return 0;
}

int fixes_add(struct fixes *f, const struct value *doc, const struct value *rule,
              const struct value *ops, struct err *err)
{
    if (!value_is(ops, VALUE_ARRAY))
        return err_set(err, ERR_INVALID, "rule %s: fix is not an array", value_bytes(rule));
    for (size_t i = 0; i < ops->count; i++) {
        if (add_one(f, doc, rule, value_at(ops, i), err) < 0)
            return err_ctx(err, "rule %s: fix %zu", value_bytes(rule), i);
    }
    return 0;
}

/* --- the patch ---------------------------------------------------------------------------- */

static void put_op(struct arena *a, struct value_list *l, const char *op, const struct value *path,
                   const struct value *value)
{
    struct value_fields f = {0};

    value_fields_add(a, &f, "op", value_str(a, op));
    value_fields_add(a, &f, "path", path);
    value_fields_add(a, &f, "value", value);
    value_list_add(a, l, value_fields_object(a, &f));
}

/* Make what the path goes through and the document lacks, once each. */
static void put_parents(struct arena *a, struct value_list *made, struct value_list *ops,
                        const struct value *doc, const struct value *path)
{
    const char *const text = value_bytes(path);

    for (size_t i = 1; i < path->count; i++) {
        if (text[i] != '/' || pointer_get(doc, text, i))
            continue;
        const struct value *const prefix = value_string(a, text, i);
        bool known = prefix == NULL;
        for (size_t k = 0; k < made->n && !known; k++)
            known = value_equal(made->items[k], prefix);
        if (known)
            continue;
        const bool list = text[i + 1] == '-' && i + 2 == path->count;
        value_list_add(a, made, prefix);
        put_op(a, ops, "add", prefix,
               list ? value_array(a, NULL, 0) : value_object(a, NULL, NULL, 0));
    }
}

/* Numbers by size, names by bytes: where one path stands relative to another in the document. */
static int place_compare(const struct value *x, const struct value *y)
{
    const char *p = value_bytes(x), *q = value_bytes(y);

    while (*p && *q) {
        const size_t m = strcspn(p + 1, "/"), n = strcspn(q + 1, "/");
        const bool numbers = is_digits(p + 1, m) && is_digits(q + 1, n);
        int order = numbers && m != n ? (m < n ? -1 : 1) : memcmp(p + 1, q + 1, m < n ? m : n);

        if (order == 0 && m != n)
            order = m < n ? -1 : 1;
        if (order != 0)
            return order;
        p += m + 1;
        q += n + 1;
    }
    return (*p != '\0') - (*q != '\0');
}

/* The highest place first; at one place what goes goes before what comes, and of what comes the
 * last one asked for first, so that the document has them in the order asked. */
static int descending(const void *x, const void *y)
{
    const struct fix *const p = *(const struct fix *const *)x;
    const struct fix *const q = *(const struct fix *const *)y;
    const int order = place_compare(q->path, p->path);

    if (order != 0)
        return order;
    if ((p->value != NULL) != (q->value != NULL))
        return p->value ? 1 : -1;
    return p < q ? 1 : -1;
}

int fixes_patch(const struct fixes *f, struct arena *a, const struct value *doc,
                const struct value **ops, struct err *err)
{
    struct value_list out = {0}, made = {0};
    const struct fix **const last = ARENA_NEW_N(a, const struct fix *, f->n + 1);
    size_t last_n = 0;

    if (!last)
        return err_nomem(err);
    for (size_t i = 0; i < f->n; i++) {
        if (f->at[i].rule && f->at[i].value)
            put_parents(a, &made, &out, doc, f->at[i].path);
    }
    for (size_t i = 0; i < f->n; i++) {
        const struct fix *const x = &f->at[i];

        if (!x->rule || x->append)
            continue;
        if (!x->value || x->element) {
            last[last_n++] = x;
            continue;
        }
        const bool there = pointer_get(doc, value_bytes(x->path), x->path->count) != NULL;
        put_op(a, &out, there ? "replace" : "add", x->path, x->value);
    }
    for (size_t i = 0; i < f->n; i++) {
        if (f->at[i].rule && f->at[i].append)
            put_op(a, &out, "add", f->at[i].path, f->at[i].value);
    }
    qsort(last, last_n, sizeof(*last), descending);
    for (size_t i = 0; i < last_n; i++)
        put_op(a, &out, last[i]->value ? "add" : "remove", last[i]->path, last[i]->value);

    *ops = value_list_array(a, &out);
    return *ops && !a->failed ? 0 : err_nomem(err);
}
