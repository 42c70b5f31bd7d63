#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "policy/value/value.h"

enum { SMALL_MIN = -8, SMALL_MAX = 255 };

#define INT1(n)                                                                                    \
    {                                                                                              \
        .type = VALUE_NUMBER, .form = VALUE_FORM_INT, .u.integer = (n) + SMALL_MIN                 \
    }
#define INT4(n) INT1(n), INT1((n) + 1), INT1((n) + 2), INT1((n) + 3)
#define INT16(n) INT4(n), INT4((n) + 4), INT4((n) + 8), INT4((n) + 12)
#define INT64(n) INT16(n), INT16((n) + 16), INT16((n) + 32), INT16((n) + 48)

static const struct value small_ints[] = {INT64(0),   INT64(64), INT64(128),
                                          INT64(192), INT4(256), INT4(260)};

_Static_assert(sizeof(small_ints) / sizeof(small_ints[0]) == SMALL_MAX - SMALL_MIN + 1,
               "every small integer has its node");

static const struct value empty_array = {.type = VALUE_ARRAY};
static const struct value empty_object = {.type = VALUE_OBJECT};
static const struct value empty_set = {.type = VALUE_SET};

const struct value *value_bool_of(bool b)
{
    return b ? &value_true : &value_false;
}

const struct value *value_int(struct arena *a, int64_t n)
{
    if (n >= SMALL_MIN && n <= SMALL_MAX)
        return &small_ints[n - SMALL_MIN];

    struct value *const v = arena_alloc(a, sizeof(*v));
    if (v)
        *v = (struct value){
            .type = VALUE_NUMBER, .form = VALUE_FORM_INT, .zero = 0, .count = 0, .u.integer = n};
    return v;
}

/* A node whose payload is bytes and a NUL at `at`. */
static struct value *new_bytes(struct arena *a, size_t at, const char *bytes, size_t len)
{
    if (len > UINT32_MAX - 1) {
        a->failed = true;
        return NULL;
    }
    const size_t size = at + len + 1;
    struct value *const v = arena_alloc(a, size < sizeof(*v) ? sizeof(*v) : size);
    if (!v)
        return NULL;
    *v = (struct value){.count = (uint32_t)len};
    char *const to = (char *)v + at;
    if (len > 0)
        memcpy(to, bytes, len);
    to[len] = '\0';
    return v;
}

const struct value *value_u64(struct arena *a, uint64_t n)
{
    char text[24];

    if (n <= INT64_MAX)
        return value_int(a, (int64_t)n);
    const int len = snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
    return value_number(a, text, (size_t)len);
}

const struct value *value_number(struct arena *a, const char *text, size_t len)
{
    const bool minus = len > 0 && text[0] == '-';
    const size_t first = minus ? 1 : 0;
    int64_t n = 0;
    size_t i = first;

    /* Canonical: no leading zero, no "-0", digits only, and in range. */
    if (len > first && (text[first] != '0' || (len == 1 && !minus)))
        for (; i < len && text[i] >= '0' && text[i] <= '9'; i++)
            if (__builtin_mul_overflow(n, 10, &n) || __builtin_sub_overflow(n, text[i] - '0', &n))
                break;
    if (i == len && i > first && (minus || n != INT64_MIN))
        return value_int(a, minus ? n : -n);

    struct value *const v = new_bytes(a, offsetof(struct value, u.digits), text, len);
    if (!v)
        return NULL;
    v->type = VALUE_NUMBER;
    v->form = VALUE_FORM_TEXT;
    return v;
}

const struct value *value_string(struct arena *a, const char *bytes, size_t len)
{
    struct value *const v = new_bytes(a, offsetof(struct value, u.string.bytes), bytes, len);

    if (!v)
        return NULL;
    v->type = VALUE_STRING;
    v->u.string.hash = value_hash_bytes(bytes, len);
    return v;
}

const struct value *value_str(struct arena *a, const char *cstr)
{
    return value_string(a, cstr, strlen(cstr));
}

const struct value *value_strf(struct arena *a, const char *fmt, ...)
{
    char small[256];
    va_list ap;

    va_start(ap, fmt);
    const int len = vsnprintf(small, sizeof(small), fmt, ap);
    va_end(ap);
    if (len < 0 || (size_t)len < sizeof(small))
        return len < 0 ? NULL : value_string(a, small, (size_t)len);
    char *const text = arena_alloc(a, (size_t)len + 1);
    if (!text)
        return NULL;
    va_start(ap, fmt);
    (void)vsnprintf(text, (size_t)len + 1, fmt, ap);
    va_end(ap);
    return value_string(a, text, (size_t)len);
}

/* A collection's node with room for `kids` distances. */
static struct value *new_coll(struct arena *a, enum value_type type, size_t count, size_t kids)
{
    if (count > UINT32_MAX) {
        a->failed = true;
        return NULL;
    }
    struct value *const v = arena_alloc(a, offsetof(struct value, u.kid) + kids * sizeof(int64_t));
    if (!v)
        return NULL;
    v->type = (uint8_t)type;
    v->form = 0;
    v->zero = 0;
    v->count = (uint32_t)count;
    return v;
}

static void set_kid(struct value *v, size_t i, const struct value *kid)
{
    v->u.kid[i] = (int64_t)((uintptr_t)kid - (uintptr_t)v);
}

const struct value *value_array(struct arena *a, const struct value *const *items, size_t n)
{
    if (n == 0)
        return &empty_array;
    struct value *const v = new_coll(a, VALUE_ARRAY, n, n);
    for (size_t i = 0; v && i < n; i++)
        set_kid(v, i, items[i]);
    return v;
}

/* --- sorting ----------------------------------------------------------------------------- */

struct pair {
    const struct value *key, *val;
};

enum { SORT_STACK = 32, SORT_RUN = 8 };

static void sort_run(struct pair *p, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        const struct pair moved = p[i];
        size_t at = i;
        for (; at > 0 && value_compare_keys(p[at - 1].key, moved.key) > 0; at--)
            p[at] = p[at - 1];
        p[at] = moved;
    }
}

static void merge(const struct pair *left, size_t nl, const struct pair *right, size_t nr,
                  struct pair *out)
{
    while (nl > 0 && nr > 0) {
        if (value_compare_keys(right->key, left->key) < 0) {
            *out++ = *right++;
            nr--;
        } else {
            *out++ = *left++;
            nl--;
        }
    }
    if (nl > 0)
        memcpy(out, left, nl * sizeof(*left));
    if (nr > 0)
        memcpy(out, right, nr * sizeof(*right));
}

/* Stable. `spare` has room for n pairs; the sorted pairs end up in p. */
static void sort_pairs(struct pair *p, struct pair *spare, size_t n)
{
    for (size_t i = 0; i < n; i += SORT_RUN)
        sort_run(p + i, n - i < SORT_RUN ? n - i : SORT_RUN);
    for (size_t width = SORT_RUN; width < n; width *= 2) {
        for (size_t i = 0; i < n; i += 2 * width) {
            const size_t nl = n - i < width ? n - i : width;
            const size_t nr = n - i - nl < width ? n - i - nl : width;
            merge(p + i, nl, p + i + nl, nr, spare + i);
        }
        memcpy(p, spare, n * sizeof(*p));
    }
}

/* Sort, and leave one of each run of equal keys: the first (sets) or the last (objects). */
static size_t sort_unique(struct pair *p, struct pair *spare, size_t n, bool last)
{
    size_t kept = 0;

    sort_pairs(p, spare, n);
    for (size_t i = 0; i < n; i++) {
        if (kept > 0 && value_compare_keys(p[kept - 1].key, p[i].key) == 0) {
            if (last)
                p[kept - 1] = p[i];
        } else {
            p[kept++] = p[i];
        }
    }
    return kept;
}

/* Sort scratch: small ones on the stack, large ones in the arena, given back by the caller. */
static struct pair *sort_space(struct arena *a, struct pair *small, size_t n)
{
    size_t bytes;

    if (n <= SORT_STACK)
        return small;
    if (__builtin_mul_overflow(n, 2 * sizeof(struct pair), &bytes)) {
        a->failed = true;
        return NULL;
    }
    return arena_alloc(a, bytes);
}

/* Keys in order already, no two equal: as those of literals, of what is iterated and of unions. */
static bool keys_ascend(const struct value *const *keys, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (value_compare_keys(keys[i - 1], keys[i]) >= 0)
            return false;
    return true;
}

/* Room for the sort is not worth clearing where nothing is sorted: a function of its own. */
static __attribute__((noinline)) const struct value *
sort_and_make(struct arena *a, enum value_type type, const struct value *const *keys,
              const struct value *const *vals, size_t n)
{
    struct pair small[2 * SORT_STACK];
    struct pair *const p = sort_space(a, small, n);

    if (!p)
        return NULL;
    for (size_t i = 0; i < n; i++)
        p[i] = (struct pair){keys[i], vals ? vals[i] : NULL};
    const size_t kept = sort_unique(p, p + n, n, vals != NULL);

    struct value *const v = new_coll(a, type, kept, vals ? 2 * kept : kept);
    for (size_t i = 0; v && i < kept; i++) {
        set_kid(v, i, p[i].key);
        if (vals)
            set_kid(v, kept + i, p[i].val);
    }
    return v;
}

static const struct value *make_sorted(struct arena *a, enum value_type type,
                                       const struct value *const *keys,
                                       const struct value *const *vals, size_t n)
{
    if (!keys_ascend(keys, n))
        return sort_and_make(a, type, keys, vals, n);
    struct value *const v = new_coll(a, type, n, vals ? 2 * n : n);
    for (size_t i = 0; v && i < n; i++)
        set_kid(v, i, keys[i]);
    for (size_t i = 0; v && vals && i < n; i++)
        set_kid(v, n + i, vals[i]);
    return v;
}

const struct value *value_set(struct arena *a, const struct value *const *items, size_t n)
{
    return n == 0 ? &empty_set : make_sorted(a, VALUE_SET, items, NULL, n);
}

const struct value *value_object(struct arena *a, const struct value *const *keys,
                                 const struct value *const *vals, size_t n)
{
    return n == 0 ? &empty_object : make_sorted(a, VALUE_OBJECT, keys, vals, n);
}

/* --- lists under construction ------------------------------------------------------------ */

void value_list_add(struct arena *a, struct value_list *l, const struct value *v)
{
    if (!v || l->failed) {
        l->failed = true;
        return;
    }
    if (l->n == l->cap) {
        const size_t cap = l->cap ? l->cap * 2 : 8;
        const struct value **const grown = arena_alloc(a, cap * sizeof(*grown));
        if (!grown) {
            l->failed = true;
            return;
        }
        if (l->n > 0)
            memcpy(grown, l->items, l->n * sizeof(*grown));
        l->items = grown;
        l->cap = cap;
    }
    l->items[l->n++] = v;
}

const struct value *value_list_array(struct arena *a, const struct value_list *l)
{
    return l->failed ? NULL : value_array(a, l->items, l->n);
}

const struct value *value_list_set(struct arena *a, const struct value_list *l)
{
    return l->failed ? NULL : value_set(a, l->items, l->n);
}

void value_fields_add(struct arena *a, struct value_fields *f, const char *key,
                      const struct value *v)
{
    if (v)
        value_fields_put(a, f, value_str(a, key), v);
}

void value_fields_put(struct arena *a, struct value_fields *f, const struct value *key,
                      const struct value *v)
{
    value_list_add(a, &f->keys, key);
    value_list_add(a, &f->vals, v);
}

const struct value *value_fields_object(struct arena *a, const struct value_fields *f)
{
    if (f->keys.failed || f->vals.failed)
        return NULL;
    return value_object(a, f->keys.items, f->vals.items, f->keys.n);
}

/* --- changed copies ---------------------------------------------------------------------- */

/* Where key stands among the sorted keys, or where it would. */
static size_t key_place(const struct value *obj, const struct value *key, bool *found)
{
    size_t low = 0, high = obj->count;

    *found = false;
    while (low < high && !*found) {
        const size_t mid = low + (high - low) / 2;
        const int c = value_compare_keys(value_key_at(obj, mid), key);
        *found = c == 0;
        if (c < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return *found ? high : low;
}

const struct value *value_object_with(struct arena *a, const struct value *obj,
                                      const struct value *key, const struct value *val)
{
    bool found;
    const size_t at = key_place(obj, key, &found);
    const size_t n = (size_t)obj->count + (found ? 0 : 1);
    struct value *const v = new_coll(a, VALUE_OBJECT, n, 2 * n);

    for (size_t i = 0; v && i < n; i++) {
        const size_t from = i > at && !found ? i - 1 : i;
        set_kid(v, i, i == at ? key : value_key_at(obj, from));
        set_kid(v, n + i, i == at ? val : value_val_at(obj, from));
    }
    return v;
}

const struct value *value_object_without(struct arena *a, const struct value *obj,
                                         const struct value *key)
{
    bool found;
    const size_t at = key_place(obj, key, &found);

    if (!found)
        return obj;
    if (obj->count == 1)
        return &empty_object;
    const size_t n = (size_t)obj->count - 1;
    struct value *const v = new_coll(a, VALUE_OBJECT, n, 2 * n);
    for (size_t i = 0; v && i < n; i++) {
        const size_t from = i < at ? i : i + 1;
        set_kid(v, i, value_key_at(obj, from));
        set_kid(v, n + i, value_val_at(obj, from));
    }
    return v;
}

const struct value *value_copy(struct arena *a, const struct value *v)
{
    switch ((enum value_type)v->type) {
    case VALUE_NULL:
        return &value_null;
    case VALUE_BOOL:
        return value_bool_of(v->count == 1);
    case VALUE_NUMBER:
        if (v->form == VALUE_FORM_INT)
            return value_int(a, v->u.integer);
        return value_number(a, v->u.digits, v->count);
    case VALUE_STRING:
        return value_string(a, value_bytes(v), v->count);
    case VALUE_ARRAY:
    case VALUE_OBJECT:
    case VALUE_SET:
        break;
    }

    if (v->count == 0)
        return v->type == VALUE_ARRAY    ? &empty_array
               : v->type == VALUE_OBJECT ? &empty_object
                                         : &empty_set;
    const size_t kids = v->type == VALUE_OBJECT ? 2 * (size_t)v->count : v->count;
    struct value *const copy = new_coll(a, (enum value_type)v->type, v->count, kids);
    for (size_t i = 0; copy && i < kids; i++) {
        const struct value *const kid = value_copy(a, value_kid(v, i));
        if (!kid)
            return NULL;
        set_kid(copy, i, kid);
    }
    return copy;
}
