#include "policy/value/value.h"

#include <endian.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "policy/value/number.h"

const struct value value_null = {.type = VALUE_NULL};
const struct value value_true = {.type = VALUE_BOOL, .count = 1};
const struct value value_false = {.type = VALUE_BOOL};

static uint32_t load32(const char *p)
{
    uint32_t word;

    memcpy(&word, p, sizeof(word));
    return le32toh(word);
}

/* At most seven bytes as one word. */
static uint64_t load_tail(const char *p, size_t n)
{
    if (n >= 4)
        return (uint64_t)load32(p) << 32 | load32(p + n - 4);
    if (n == 0)
        return 0;
    return (uint64_t)(uint8_t)p[0] << 16 | (uint64_t)(uint8_t)p[n / 2] << 8 | (uint8_t)p[n - 1];
}

/* Eight bytes at a time; the length is mixed in first, so that "a" and "aa" differ. The hash is
 * stored in images: no byte order of a machine's is in it. */
uint32_t value_hash_bytes(const char *bytes, size_t len)
{
    uint64_t h = 0xcbf29ce484222325u ^ len;

    for (; len >= 8; len -= 8, bytes += 8) {
        h = (h ^ load32(bytes) ^ (uint64_t)load32(bytes + 4) << 32) * 0x9e3779b97f4a7c15u;
        h ^= h >> 29;
    }
    h = (h ^ load_tail(bytes, len)) * 0x9e3779b97f4a7c15u;
    h ^= h >> 32;
    return (uint32_t)(h * 0x9e3779b97f4a7c15u >> 32);
}

/* --- order ------------------------------------------------------------------------------- */

static int compare_bytes(const char *a, size_t alen, const char *b, size_t blen)
{
    const int c = memcmp(a, b, alen < blen ? alen : blen);

    return c != 0 ? c : (alen > blen) - (alen < blen);
}

static int compare_seq(const struct value *a, const struct value *b)
{
    const size_t n = a->count < b->count ? a->count : b->count;

    for (size_t i = 0; i < n; i++) {
        const int c = value_compare(value_at(a, i), value_at(b, i));
        if (c != 0)
            return c;
    }
    return (a->count > b->count) - (a->count < b->count);
}

static int compare_objects(const struct value *a, const struct value *b)
{
    const size_t n = a->count < b->count ? a->count : b->count;

    for (size_t i = 0; i < n; i++) {
        int c = value_compare(value_key_at(a, i), value_key_at(b, i));
        if (c == 0)
            c = value_compare(value_val_at(a, i), value_val_at(b, i));
        if (c != 0)
            return c;
    }
    return (a->count > b->count) - (a->count < b->count);
}

int value_compare(const struct value *a, const struct value *b)
{
    if (a == b)
        return 0;
    if (a->type != b->type)
        return (int)a->type - (int)b->type;

    switch ((enum value_type)a->type) {
    case VALUE_NULL:
        return 0;
    case VALUE_BOOL:
        return (int)a->count - (int)b->count;
    case VALUE_NUMBER:
        return number_compare(a, b);
    case VALUE_STRING:
        return compare_bytes(value_bytes(a), a->count, value_bytes(b), b->count);
    case VALUE_OBJECT:
        return compare_objects(a, b);
    case VALUE_ARRAY:
    case VALUE_SET:
        break;
    }
    return compare_seq(a, b);
}

bool value_equal(const struct value *a, const struct value *b)
{
    if (a == b)
        return true;
    if (a->type != b->type)
        return false;

    switch ((enum value_type)a->type) {
    case VALUE_STRING:
        return a->count == b->count && a->u.string.hash == b->u.string.hash &&
               memcmp(value_bytes(a), value_bytes(b), a->count) == 0;
    case VALUE_NULL:
    case VALUE_BOOL:
        return a->count == b->count;
    case VALUE_NUMBER:
        return number_compare(a, b) == 0;
    case VALUE_ARRAY:
    case VALUE_OBJECT:
    case VALUE_SET:
        break;
    }
    if (a->count != b->count)
        return false;
    const size_t kids = a->type == VALUE_OBJECT ? 2 * (size_t)a->count : a->count;
    for (size_t i = 0; i < kids; i++)
        if (!value_equal(value_kid(a, i), value_kid(b, i)))
            return false;
    return true;
}

/* --- reading ----------------------------------------------------------------------------- */

/* Index of key among the sorted kids of an object or set; count when absent. */
static size_t find_key(const struct value *coll, const struct value *key)
{
    size_t low = 0, high = coll->count;

    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        const int c = value_compare(value_kid(coll, mid), key);
        if (c == 0)
            return mid;
        if (c < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return coll->count;
}

const struct value *value_get(const struct value *coll, const struct value *key)
{
    if (coll->type == VALUE_ARRAY) {
        if (key->type != VALUE_NUMBER || key->form != VALUE_FORM_INT)
            return NULL;
        const int64_t i = key->u.integer;
        return i >= 0 && i < (int64_t)coll->count ? value_at(coll, (size_t)i) : NULL;
    }
    if (coll->type != VALUE_OBJECT && coll->type != VALUE_SET)
        return NULL;
    const size_t i = find_key(coll, key);
    if (i == coll->count)
        return NULL;
    return coll->type == VALUE_OBJECT ? value_val_at(coll, i) : value_at(coll, i);
}

const struct value *value_field(const struct value *v, const char *name)
{
    if (!v || v->type != VALUE_OBJECT)
        return NULL;

    const size_t len = strlen(name);
    size_t low = 0, high = v->count;
    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        const struct value *const key = value_key_at(v, mid);
        const int c = key->type == VALUE_STRING
                          ? compare_bytes(value_bytes(key), key->count, name, len)
                          : (int)key->type - (int)VALUE_STRING;
        if (c == 0)
            return value_val_at(v, mid);
        if (c < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

const struct value *value_path(const struct value *v, ...)
{
    va_list ap;

    va_start(ap, v);
    for (const char *name; v && (name = va_arg(ap, const char *)) != NULL;)
        v = value_field(v, name);
    va_end(ap);
    return v;
}

const char *value_cstr(const struct value *v)
{
    if (!v || v->type != VALUE_STRING || memchr(value_bytes(v), '\0', v->count))
        return NULL;
    return value_bytes(v);
}

bool value_is_str(const struct value *v, const char *text)
{
    return v && v->type == VALUE_STRING && strlen(text) == v->count &&
           memcmp(value_bytes(v), text, v->count) == 0;
}

/* --- making ------------------------------------------------------------------------------ */

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
    va_list ap;

    va_start(ap, fmt);
    const int len = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (len < 0)
        return NULL;
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

static bool is_ascending(const struct pair *p, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (value_compare(p[i - 1].key, p[i].key) >= 0)
            return false;
    return true;
}

static void sort_run(struct pair *p, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        const struct pair moved = p[i];
        size_t at = i;
        for (; at > 0 && value_compare(p[at - 1].key, moved.key) > 0; at--)
            p[at] = p[at - 1];
        p[at] = moved;
    }
}

static void merge(const struct pair *left, size_t nl, const struct pair *right, size_t nr,
                  struct pair *out)
{
    while (nl > 0 && nr > 0) {
        if (value_compare(right->key, left->key) < 0) {
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

    if (is_ascending(p, n))
        return n;
    sort_pairs(p, spare, n);
    for (size_t i = 0; i < n; i++) {
        if (kept > 0 && value_compare(p[kept - 1].key, p[i].key) == 0) {
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

static const struct value *make_sorted(struct arena *a, enum value_type type,
                                       const struct value *const *keys,
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

const struct value *value_object_with(struct arena *a, const struct value *obj,
                                      const struct value *key, const struct value *val)
{
    size_t at = 0;
    bool found = false;

    while (at < obj->count && !found) {
        const int c = value_compare(value_key_at(obj, at), key);
        if (c > 0)
            break;
        found = c == 0;
        at += c < 0;
    }

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
    const size_t at = find_key(obj, key);

    if (at == obj->count)
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
