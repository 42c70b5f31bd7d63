#include "profiles/doc.h"

void doc_list_str(struct arena *a, struct value_list *l, const char *s)
{
    if (s)
        value_list_add(a, l, value_str(a, s));
}

const struct value *doc_sorted(struct arena *a, const struct value_list *l)
{
    const struct value *const set = value_list_set(a, l);

    if (!set)
        return NULL;
    const struct value **const items = arena_alloc(a, (set->count + 1u) * sizeof(*items));
    if (!items)
        return NULL;
    for (size_t i = 0; i < set->count; i++)
        items[i] = value_at(set, i);
    return value_array(a, items, set->count);
}

/* value_fields_add leaves NULL out; a maker that failed must not look like an absent field. */
static void put(struct arena *a, struct value_fields *f, const char *key, const struct value *v)
{
    if (!v)
        f->keys.failed = true;
    value_fields_add(a, f, key, v);
}

void doc_put_str(struct arena *a, struct value_fields *f, const char *key, const char *s)
{
    if (s)
        put(a, f, key, value_str(a, s));
}

void doc_put_int(struct arena *a, struct value_fields *f, const char *key, int64_t n)
{
    put(a, f, key, value_int(a, n));
}

void doc_put_bool(struct arena *a, struct value_fields *f, const char *key, bool b)
{
    value_fields_add(a, f, key, value_bool_of(b));
}

void doc_put_list(struct arena *a, struct value_fields *f, const char *key,
                  const struct value_list *l)
{
    put(a, f, key, value_list_array(a, l));
}

void doc_put_sorted(struct arena *a, struct value_fields *f, const char *key,
                    const struct value_list *l)
{
    put(a, f, key, doc_sorted(a, l));
}

void doc_put_number(struct arena *a, struct value_fields *f, const char *key, const struct value *v)
{
    if (v && value_is(v, VALUE_NUMBER))
        value_fields_add(a, f, key, v);
}

int doc_finish(struct arena *a, const struct value_fields *f, const struct value **out,
               struct err *err)
{
    const struct value *const made = f->keys.failed ? NULL : value_fields_object(a, f);

    if (!made)
        return err_nomem(err);
    *out = made;
    return 0;
}

int doc_finish_list(struct arena *a, const struct value_list *l, const struct value **out,
                    struct err *err)
{
    const struct value *const made = value_list_array(a, l);

    if (!made)
        return err_nomem(err);
    *out = made;
    return 0;
}

const char *doc_path_clean(struct arena *a, const char *path)
{
    const size_t len = strlen(path);
    char *const out = arena_alloc(a, len + 2);
    const bool absolute = path[0] == '/';
    size_t n = 0, floor = 0; /* floor: what ".." cannot remove */

    if (!out)
        return NULL;
    if (absolute)
        out[n++] = '/';
    for (const char *at = path; *at;) {
        const size_t step = strcspn(at, "/");

        if (step == 2 && at[0] == '.' && at[1] == '.') {
            if (n > floor + (absolute ? 1 : 0)) {
                while (n > floor && out[n - 1] != '/')
                    n--;
                if (n > (absolute ? 1u : 0u))
                    n--;
            } else if (!absolute) {
                if (n > 0)
                    out[n++] = '/';
                memcpy(out + n, "..", 2);
                n += 2;
                floor = n;
            }
        } else if (step != 0 && !(step == 1 && at[0] == '.')) {
            if (n > 0 && out[n - 1] != '/')
                out[n++] = '/';
            memcpy(out + n, at, step);
            n += step;
        }
        at += step;
        while (*at == '/')
            at++;
    }
    if (n == 0)
        out[n++] = '.';
    out[n] = '\0';
    return out;
}

bool doc_path_within(const char *path, const char *tree)
{
    const size_t len = strlen(tree);

    if (len == 1 && tree[0] == '/')
        return path[0] == '/';
    return strncmp(path, tree, len) == 0 && (path[len] == '\0' || path[len] == '/');
}
