#include "policy/value/value.h"

#include <endian.h>
#include <stdarg.h>
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

const char *value_type_name(enum value_type type)
{
    static const char *const names[] = {
        [VALUE_NULL] = "null",     [VALUE_BOOL] = "boolean", [VALUE_NUMBER] = "number",
        [VALUE_STRING] = "string", [VALUE_ARRAY] = "array",  [VALUE_OBJECT] = "object",
        [VALUE_SET] = "set",
    };

    return names[type];
}

/* --- order ------------------------------------------------------------------------------- */

static uint32_t first_bytes(const char *p)
{
    uint32_t word;

    memcpy(&word, p, sizeof(word));
    return be32toh(word);
}

/* Most keys differ early: one word tells before any call. */
static int compare_bytes(const char *a, size_t alen, const char *b, size_t blen)
{
    const size_t n = alen < blen ? alen : blen;

    if (n >= sizeof(uint32_t)) {
        const uint32_t x = first_bytes(a), y = first_bytes(b);
        if (x != y)
            return x < y ? -1 : 1;
    }
    const int c = memcmp(a, b, n);

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
        const int c = value_compare_keys(value_kid(coll, mid), key);
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

const struct value *value_field_of(const struct value *v, const char *name, size_t len)
{
    if (!v || v->type != VALUE_OBJECT)
        return NULL;

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
