#include <stdlib.h>
#include <string.h>

#include "policy/rego/emit.h"

/* Nodes are compared by their bytes with children's places made absolute, so that 1 and 1.0, which
 * are equal values, stay two nodes. */

static uint32_t hash_add(uint32_t h, uint64_t x)
{
    const uint64_t m = (h ^ x) * 0x9e3779b97f4a7c15u;

    return (uint32_t)(m ^ m >> 32);
}

static bool grow(struct value_writer *w)
{
    const size_t n = w->slots_n ? w->slots_n * 2 : 256;
    struct value_slot *const slots = calloc(n, sizeof(*slots));

    if (!slots)
        return false;
    for (size_t i = 0; i < w->slots_n; i++) {
        if (w->slots[i].at == 0)
            continue;
        size_t k = w->slots[i].hash & (n - 1);
        while (slots[k].at != 0)
            k = (k + 1) & (n - 1);
        slots[k] = w->slots[i];
    }
    free(w->slots);
    w->slots = slots;
    w->slots_n = n;
    return true;
}

static size_t node_size(const struct value *v)
{
    size_t size = sizeof(*v);

    if (v->type == VALUE_STRING)
        size = offsetof(struct value, u.string.bytes) + v->count + 1;
    else if (v->type == VALUE_NUMBER && v->form == VALUE_FORM_TEXT)
        size = offsetof(struct value, u.digits) + v->count + 1;
    else if (v->type == VALUE_ARRAY || v->type == VALUE_SET)
        size = offsetof(struct value, u.kid) + (size_t)v->count * 8;
    else if (v->type == VALUE_OBJECT)
        size = offsetof(struct value, u.kid) + (size_t)v->count * 16;
    return size < sizeof(*v) ? sizeof(*v) : (size + 7) & ~(size_t)7;
}

static size_t kids_of(const struct value *v)
{
    return v->type < VALUE_ARRAY ? 0 : (size_t)v->count * (v->type == VALUE_OBJECT ? 2 : 1);
}

static const struct value *node_at(const struct value_writer *w, uint32_t at)
{
    return (const struct value *)(const void *)(w->bytes.data + (at - w->base));
}

static bool same(const struct value_writer *w, uint32_t at, const struct value *v,
                 const uint32_t *kids)
{
    const struct value *const x = node_at(w, at);

    if (x->type != v->type || x->form != v->form || x->count != v->count)
        return false;
    if (v->type < VALUE_ARRAY)
        return v->type < VALUE_NUMBER ||
               (v->type == VALUE_NUMBER && v->form == VALUE_FORM_INT
                    ? x->u.integer == v->u.integer
                    : memcmp(x, v,
                             v->type == VALUE_STRING
                                 ? offsetof(struct value, u.string.bytes) + v->count
                                 : offsetof(struct value, u.digits) + v->count) == 0);
    for (size_t i = 0, n = kids_of(v); i < n; i++)
        if ((int64_t)at + x->u.kid[i] != (int64_t)kids[i])
            return false;
    return true;
}

static uint32_t hash_of(const struct value *v, const uint32_t *kids)
{
    uint32_t h = hash_add((uint32_t)v->type * 2u + v->form, v->count);

    if (v->type == VALUE_STRING)
        return hash_add(h, v->u.string.hash);
    if (v->type == VALUE_NUMBER && v->form == VALUE_FORM_INT)
        return hash_add(h, (uint64_t)v->u.integer);
    if (v->type == VALUE_NUMBER)
        return hash_add(h, value_hash_bytes(v->u.digits, v->count));
    for (size_t i = 0, n = kids_of(v); i < n; i++)
        h = hash_add(h, kids[i]);
    return h;
}

static uint32_t append(struct value_writer *w, const struct value *v, size_t size,
                       const uint32_t *kids)
{
    const uint32_t at = w->base + (uint32_t)w->bytes.len;
    const size_t n = kids_of(v);
    static const char zeros[8];

    if (w->bytes.len + size > IMAGE_BYTES_MAX) {
        w->bytes.failed = true;
        return 0;
    }
    if (n > 0) {
        buf_add(&w->bytes, v, offsetof(struct value, u.kid));
        for (size_t i = 0; i < n; i++) {
            const int64_t d = (int64_t)kids[i] - (int64_t)at;
            buf_add(&w->bytes, &d, sizeof(d));
        }
    } else {
        const size_t real = v->type == VALUE_STRING
                                ? offsetof(struct value, u.string.bytes) + v->count + 1
                            : v->type == VALUE_NUMBER && v->form == VALUE_FORM_TEXT
                                ? offsetof(struct value, u.digits) + v->count + 1
                            : v->type == VALUE_NUMBER ? sizeof(*v)
                                                      : offsetof(struct value, u);
        buf_add(&w->bytes, v, real);
    }
    while ((w->bytes.len + w->base) % 8 != 0 || w->bytes.len + w->base < at + sizeof(*v)) {
        const size_t pad = 8 - (w->bytes.len + w->base) % 8;
        buf_add(&w->bytes, zeros, pad);
        if (w->bytes.failed)
            return 0;
    }
    return at;
}

uint32_t value_writer_add(struct value_writer *w, const struct value *v)
{
    const size_t n = kids_of(v);
    uint32_t *kids = NULL;
    uint32_t at = 0;

    if (n > 0) {
        kids = malloc(n * sizeof(*kids));
        if (!kids) {
            w->bytes.failed = true;
            return 0;
        }
        for (size_t i = 0; i < n; i++)
            kids[i] = value_writer_add(w, value_kid(v, i));
    }
    if (!w->bytes.failed && (w->used * 2 < w->slots_n || grow(w))) {
        const uint32_t h = hash_of(v, kids);
        const size_t size = node_size(v);
        size_t k = h & (w->slots_n - 1);

        while (w->slots[k].at != 0 && !(w->slots[k].hash == h && same(w, w->slots[k].at, v, kids)))
            k = (k + 1) & (w->slots_n - 1);
        at = w->slots[k].at;
        if (at == 0) {
            at = append(w, v, size, kids);
            w->slots[k] = (struct value_slot){.hash = h, .at = at};
            w->used++;
        }
    } else {
        w->bytes.failed = true;
    }
    free(kids);
    return at;
}

void value_writer_done(struct value_writer *w)
{
    buf_done(&w->bytes);
    free(w->slots);
    w->slots = NULL;
    w->slots_n = 0;
}
