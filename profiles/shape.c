/* The shape of OCI documents: types, impossible values, unknown and folding keys. */
#include <stdio.h>

#include "base/own.h"
#include "profiles/derive.h"
#include "profiles/doc.h"

enum oci_kind { OCI_ANY, OCI_OBJECT, OCI_ARRAY, OCI_MAP, OCI_STRING, OCI_BOOL, OCI_NUMBER };

struct oci_key {
    const char *name;
    enum oci_kind kind, item;    /* item: of an array's elements or a map's values */
    unsigned short first, count; /* fields of the object, of the elements or of the values; of a
                                    number, or numbers: its range in oci_ranges */
};

struct oci_range {
    int64_t min;
    uint64_t max;
};

#include "policy/schema/oci_keys.inc"

enum { SHAPE_REPORTS_MAX = 64, SHAPE_DEPTH_MAX = 24 };

struct walk {
    struct arena *a;
    struct value_list *malformed, *unknown;
    char pointer[4096];
    size_t len;
};

/* --- pointers ----------------------------------------------------------------------------- */

static size_t pointer_push(struct walk *w, const char *token)
{
    const size_t before = w->len;

    if (w->len + 2 * strlen(token) + 2 >= sizeof(w->pointer))
        return before;
    w->pointer[w->len++] = '/';
    for (; *token; token++) {
        if (*token == '~' || *token == '/') {
            w->pointer[w->len++] = '~';
            w->pointer[w->len++] = *token == '~' ? '0' : '1';
        } else {
            w->pointer[w->len++] = *token;
        }
    }
    return before;
}

static size_t pointer_push_index(struct walk *w, size_t index)
{
    char text[24];
    size_t at = sizeof(text) - 1;

    text[at] = '\0';
    do {
        text[--at] = (char)('0' + index % 10);
        index /= 10;
    } while (index);
    return pointer_push(w, text + at);
}

static void report(struct walk *w, struct value_list *to)
{
    if (to->n < SHAPE_REPORTS_MAX)
        value_list_add(w->a, to, value_string(w->a, w->pointer, w->len));
}

/* --- types and names ---------------------------------------------------------------------- */

static const struct oci_key *key_find(unsigned first, unsigned count, const char *name)
{
    size_t low = first, high = (size_t)first + count;

    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        const int order = strcmp(name, oci_tree[mid].name);

        if (order == 0)
            return &oci_tree[mid];
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}

/* An integer written as such, without fraction or exponent, that the runtime's type of it holds. */
static bool integer_fits(const struct value *v, const struct oci_range *range)
{
    int64_t n = 0;
    uint64_t u = 0;

    if (!value_is(v, VALUE_NUMBER))
        return false;
    if (v->form != VALUE_FORM_INT &&
        (memchr(v->u.digits, '.', v->count) || memchr(v->u.digits, 'e', v->count) ||
         memchr(v->u.digits, 'E', v->count)))
        return false;
    if (value_uint64(v, &u))
        return u <= range->max;
    return value_int64(v, &n) && n >= range->min;
}

static bool type_fits(const struct value *v, enum oci_kind kind, const struct oci_key *key)
{
    if (value_is(v, VALUE_NULL))
        return true; /* every runtime reads null as absent */
    switch (kind) {
    case OCI_OBJECT:
    case OCI_MAP:
        return value_is(v, VALUE_OBJECT);
    case OCI_ARRAY:
        return value_is(v, VALUE_ARRAY);
    case OCI_STRING:
        return value_is(v, VALUE_STRING);
    case OCI_BOOL:
        return value_is(v, VALUE_BOOL);
    case OCI_NUMBER:
        return integer_fits(v, &oci_ranges[key->first]);
    case OCI_ANY:
        return true;
    }
    return false;
}

static void walk_object(struct walk *w, const struct value *v, const struct value *sound,
                        unsigned first, unsigned count, unsigned depth);

static void walk_item(struct walk *w, const struct value *v, const struct value *sound,
                      const struct oci_key *of, unsigned depth)
{
    if (!type_fits(v, of->item, of)) {
        report(w, w->malformed);
        return;
    }
    if (of->item == OCI_OBJECT && value_is(v, VALUE_OBJECT))
        walk_object(w, v, sound, of->first, of->count, depth);
}

/* An element that stood in the sound list too, at its place or moved by what came before it. */
static bool kept(const struct value *list, const struct value *sound, size_t i)
{
    const size_t n = doc_len(sound), moved = i + n - list->count;

    return (i < n && value_at(sound, i) == value_at(list, i)) ||
           (moved < n && value_at(sound, moved) == value_at(list, i));
}

static void walk_field(struct walk *w, const struct value *v, const struct value *sound,
                       const struct oci_key *key, unsigned depth)
{
    if (!type_fits(v, key->kind, key)) {
        report(w, w->malformed);
        return;
    }
    if (key->kind == OCI_OBJECT && key->count && value_is(v, VALUE_OBJECT))
        walk_object(w, v, sound, key->first, key->count, depth);
    for (size_t i = 0; key->kind == OCI_ARRAY && i < doc_len(v); i++) {
        /* Lists of hundreds of names are the rule: a pointer is made only for what needs one. */
        if (key->item != OCI_OBJECT ? type_fits(value_at(v, i), key->item, key) : kept(v, sound, i))
            continue;
        const size_t before = pointer_push_index(w, i);

        walk_item(w, value_at(v, i), NULL, key, depth);
        w->len = before;
    }
    for (size_t i = 0; key->kind == OCI_MAP && value_is(v, VALUE_OBJECT) && i < v->count; i++) {
        const size_t before = pointer_push(w, value_bytes(value_key_at(v, i)));

        walk_item(w, value_val_at(v, i), NULL, key, depth);
        w->len = before;
    }
}

static void walk_object(struct walk *w, const struct value *v, const struct value *sound,
                        unsigned first, unsigned count, unsigned depth)
{
    if (depth > SHAPE_DEPTH_MAX)
        return; /* the specification is not that deep: only unknown fields are */
    for (size_t i = 0; i < v->count; i++) {
        const char *const name = value_bytes(value_key_at(v, i));
        const struct value *const was = sound ? value_get(sound, value_key_at(v, i)) : NULL;

        if (was == value_val_at(v, i))
            continue;
        const struct oci_key *const key = key_find(first, count, name);
        const size_t before = pointer_push(w, name);

        if (!key)
            report(w, w->unknown);
        else
            walk_field(w, value_val_at(v, i), was, key, depth + 1);
        w->len = before;
    }
}

/* A mapping with a part left out maps what nobody wrote. */
static void check_mappings(struct walk *w, const struct value *config, const char *base,
                           const char *field)
{
    const struct value *const list = value_path(config, "linux", field, (const char *)NULL);

    for (size_t i = 0; i < doc_len(list) && i < SHAPE_REPORTS_MAX; i++) {
        static const char *const parts[] = {"containerID", "hostID", "size"};

        for (size_t k = 0; k < ARRAY_LEN(parts); k++) {
            const struct value *const v = value_field(value_at(list, i), parts[k]);

            if (!v || value_is(v, VALUE_NULL))
                value_list_add(w->a, w->malformed,
                               value_strf(w->a, "%s/linux/%s/%zu/%s", base, field, i, parts[k]));
        }
    }
}

int derive_shape(struct arena *a, const struct value *doc, const struct value *sound,
                 enum derive_kind kind, const char *base, struct value_list *malformed,
                 struct value_list *unknown, struct err *err)
{
    static const struct {
        unsigned first, count;
    } roots[] = {[DERIVE_CONFIG] = {OCI_CONFIG_FIRST, OCI_CONFIG_COUNT},
                 [DERIVE_PROCESS] = {OCI_PROCESS_FIRST, OCI_PROCESS_COUNT},
                 [DERIVE_RESOURCES] = {OCI_RESOURCES_FIRST, OCI_RESOURCES_COUNT}};
    struct walk w = {.a = a, .malformed = malformed, .unknown = unknown};

    if (!doc)
        return 0;
    w.len = (size_t)snprintf(w.pointer, sizeof(w.pointer), "%s", base);
    if (!value_is(doc, VALUE_OBJECT)) {
        report(&w, malformed);
        return 0;
    }
    walk_object(&w, doc, sound, roots[kind].first, roots[kind].count, 0);
    if (kind == DERIVE_CONFIG) {
        check_mappings(&w, doc, base, "uidMappings");
        check_mappings(&w, doc, base, "gidMappings");
    }
    return malformed->failed || unknown->failed ? err_nomem(err) : 0;
}

/* --- keys that fold ------------------------------------------------------------------------ */

enum { FOLD_MAX = 64 };

/* Fold as Go's encoding/json does: ASCII case, U+017F to s, U+212A to k. 0 when it does not fit. */
static size_t fold(const char *in, size_t len, char out[FOLD_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)in[i];

        if (n + 1 >= FOLD_MAX)
            return 0;
        if (c == 0xC5 && i + 1 < len && (unsigned char)in[i + 1] == 0xBF) {
            c = 's';
            i += 1;
        } else if (c == 0xE2 && i + 2 < len && (unsigned char)in[i + 1] == 0x84 &&
                   (unsigned char)in[i + 2] == 0xAA) {
            c = 'k';
            i += 2;
        } else if (c >= 'A' && c <= 'Z') {
            c = (unsigned char)(c - 'A' + 'a');
        }
        out[n++] = (char)c;
    }
    out[n] = '\0';
    return n;
}

static bool name_known(const char *name)
{
    size_t low = 0, high = ARRAY_LEN(oci_names);

    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        const int order = strcmp(name, oci_names[mid]);

        if (order == 0)
            return true;
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return false;
}

static bool folds_to_known(const struct value *key)
{
    char folded[FOLD_MAX], other[FOLD_MAX];

    if (name_known(value_bytes(key)) || fold(value_bytes(key), key->count, folded) == 0)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(oci_names); i++) {
        if (fold(oci_names[i], strlen(oci_names[i]), other) && strcmp(folded, other) == 0)
            return true;
    }
    return false;
}

/* Objects whose keys are anybody's. */
static bool free_keys(const char *name)
{
    static const char *const maps[] = {"annotations", "sysctl",  "unified", "netDevices",
                                       "rdma",        "windows", "solaris", "vm",
                                       "zos",         "freebsd"};

    for (size_t i = 0; i < ARRAY_LEN(maps); i++) {
        if (strcmp(maps[i], name) == 0)
            return true;
    }
    return false;
}

const struct value *derive_folding_key(const struct value *doc, unsigned depth)
{
    if (depth > 128)
        return NULL; /* the reader's own limit */
    if (value_is(doc, VALUE_ARRAY)) {
        for (size_t i = 0; i < doc->count; i++) {
            const struct value *const v = value_at(doc, i);
            const struct value *const bad = value_is(v, VALUE_OBJECT) || value_is(v, VALUE_ARRAY)
                                                ? derive_folding_key(v, depth + 1)
                                                : NULL;

            if (bad)
                return bad;
        }
    }
    for (size_t i = 0; value_is(doc, VALUE_OBJECT) && i < doc->count; i++) {
        const struct value *const key = value_key_at(doc, i), *const v = value_val_at(doc, i);

        if (folds_to_known(key))
            return key;
        if (free_keys(value_bytes(key)))
            continue;
        if (value_is(v, VALUE_OBJECT) || value_is(v, VALUE_ARRAY)) {
            const struct value *const bad = derive_folding_key(v, depth + 1);

            if (bad)
                return bad;
        }
    }
    return NULL;
}
