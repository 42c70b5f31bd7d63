#include "policy/value/json.h"

#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "policy/value/json_scan.h"

enum { STACK_FIRST = 256, KEYS_CACHED = 64 };

/* Values whose collection is not complete yet, innermost last. An entry of an object holds its key
 * from the moment the key was read; the entries of a collection that opens then start behind it. */
struct builder {
    struct arena *arena;
    yajl_handle yajl;
    const struct value **keys, **vals;
    size_t *ends; /* offset behind the key's text, to say where a duplicate stands */
    size_t top, cap;
    size_t base[JSON_DEPTH_MAX];
    unsigned depth;
    bool unique; /* a duplicate key is an error */
    bool failed; /* memory */
    size_t duplicate_end;
    const struct value *seen[KEYS_CACHED]; /* keys repeat: one node serves them all */
    const struct value *first_keys[STACK_FIRST], *first_vals[STACK_FIRST];
    size_t first_ends[STACK_FIRST];
};

static void *grown(void *old, const void *first, size_t used, size_t cap)
{
    void *const got = realloc(old == first ? NULL : old, cap);

    if (got && old == first)
        memcpy(got, first, used);
    return got;
}

static bool grow(struct builder *b)
{
    const size_t cap = b->cap * 2;
    const size_t used = b->cap * sizeof(void *);
    void *const keys = grown(b->keys, b->first_keys, used, cap * sizeof(*b->keys));
    if (keys)
        b->keys = keys;
    void *const vals = grown(b->vals, b->first_vals, used, cap * sizeof(*b->vals));
    if (vals)
        b->vals = vals;
    void *const ends =
        grown(b->ends, b->first_ends, b->cap * sizeof(*b->ends), cap * sizeof(*b->ends));
    if (ends)
        b->ends = ends;
    if (!keys || !vals || !ends)
        return false;
    b->cap = cap;
    return true;
}

static int add(struct builder *b, const struct value *v)
{
    if (!v || (b->top + 1 >= b->cap && !grow(b))) {
        b->failed = true;
        return 0;
    }
    b->vals[b->top++] = v;
    return 1;
}

static int on_null(void *ctx)
{
    return add(ctx, &value_null);
}

static int on_boolean(void *ctx, int v)
{
    return add(ctx, value_bool_of(v));
}

static int on_number(void *ctx, const char *text, size_t len)
{
    struct builder *const b = ctx;

    return add(b, value_number(b->arena, text, len));
}

static int on_string(void *ctx, const unsigned char *bytes, size_t len)
{
    struct builder *const b = ctx;

    return add(b, value_string(b->arena, (const char *)bytes, len));
}

static int on_key(void *ctx, const unsigned char *bytes, size_t len)
{
    struct builder *const b = ctx;
    const uint32_t hash = value_hash_bytes((const char *)bytes, len);
    const struct value **const seen = &b->seen[hash % KEYS_CACHED];

    if (!*seen || (*seen)->u.string.hash != hash || (*seen)->count != len ||
        memcmp(value_bytes(*seen), bytes, len) != 0)
        *seen = value_string(b->arena, (const char *)bytes, len);
    if (!*seen) {
        b->failed = true;
        return 0;
    }
    b->keys[b->top] = *seen;
    b->ends[b->top] = yajl_get_bytes_consumed(b->yajl);
    return 1;
}

static int on_open(void *ctx)
{
    struct builder *const b = ctx;

    if (b->top + 2 >= b->cap && !grow(b)) {
        b->failed = true;
        return 0;
    }
    b->base[b->depth++] = ++b->top;
    return 1;
}

static int on_close_array(void *ctx)
{
    struct builder *const b = ctx;
    const size_t base = b->base[--b->depth];
    const size_t n = b->top - base;

    b->top = base - 1;
    return add(b, value_array(b->arena, b->vals + base, n));
}

/* Where the last of two equal keys stands: an object of positions keeps the last of each. */
static void find_duplicate(struct builder *b, size_t base, size_t n)
{
    struct value_list positions = {0};

    for (size_t i = 0; i < n; i++)
        value_list_add(b->arena, &positions, value_int(b->arena, (int64_t)i));
    const struct value *const last =
        positions.failed ? NULL : value_object(b->arena, b->keys + base, positions.items, n);
    if (!last) {
        b->failed = true;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const int64_t at = value_get(last, b->keys[base + i])->u.integer;
        if (at != (int64_t)i) {
            b->duplicate_end = b->ends[base + (size_t)at];
            return;
        }
    }
}

static int on_close_object(void *ctx)
{
    struct builder *const b = ctx;
    const size_t base = b->base[--b->depth];
    const size_t n = b->top - base;
    const struct value *const v = value_object(b->arena, b->keys + base, b->vals + base, n);

    if (v && v->count != n && b->unique) {
        find_duplicate(b, base, n);
        return 0;
    }
    b->top = base - 1;
    return add(b, v);
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_open,
    .yajl_map_key = on_key,
    .yajl_end_map = on_close_object,
    .yajl_start_array = on_open,
    .yajl_end_array = on_close_array,
};

/* Where the string whose closing quote stands before `end` begins: at the nearest quote to the left
 * that an even number of backslashes precedes. */
static size_t string_start(const char *text, size_t end)
{
    for (size_t at = end - 1; at-- > 0;) {
        size_t slashes = 0;
        if (text[at] != '"')
            continue;
        while (slashes < at && text[at - 1 - slashes] == '\\')
            slashes++;
        if (slashes % 2 == 0)
            return at;
    }
    return 0;
}

static int build(struct builder *b, const char *text, size_t len, const struct value **out,
                 struct err *err)
{
    yajl_status status = yajl_parse(b->yajl, (const unsigned char *)text, len);

    if (status == yajl_status_ok)
        status = yajl_complete_parse(b->yajl);
    if (b->duplicate_end > 0)
        return json_error_at(err, ERR_INVALID, text, len, string_start(text, b->duplicate_end),
                             "duplicate key");
    if (b->failed || status == yajl_status_client_canceled)
        return err_nomem(err);
    if (status != yajl_status_ok || b->depth != 0 || b->top != 1)
        return json_error_at(err, ERR_INVALID, text, len, yajl_get_bytes_consumed(b->yajl),
                             "not a JSON document");
    *out = b->vals[0];
    return 0;
}

int json_parse(struct arena *a, const char *text, size_t len, unsigned flags,
               const struct value **out, size_t *used, struct err *err)
{
    size_t taken;

    if (json_scan(text, len, flags, &taken, err) < 0)
        return -1;

    struct builder b = {.arena = a,
                        .cap = STACK_FIRST,
                        .unique = (flags & JSON_STRICT) || !(flags & JSON_LAST_WINS)};
    b.keys = b.first_keys;
    b.vals = b.first_vals;
    b.ends = b.first_ends;
    b.yajl = yajl_alloc(&callbacks, NULL, &b);
    if (!b.yajl)
        return err_nomem(err);
    /* The scan has judged the bytes, more strictly than yajl would. */
    (void)yajl_config(b.yajl, yajl_dont_validate_strings, 1);

    const int rc = build(&b, text, taken, out, err);
    yajl_free(b.yajl);
    if (b.keys != b.first_keys)
        free(b.keys);
    if (b.vals != b.first_vals)
        free(b.vals);
    if (b.ends != b.first_ends)
        free(b.ends);
    if (rc == 0 && used)
        *used = taken;
    return rc;
}
