#include "cli/go_json.h"

#include "policy/value/json.h"

static void put_escaped(struct buf *out, const char *c, unsigned depth)
{
    if (*c == '<' || *c == '>' || *c == '&') {
        buf_printf(out, "\\u%04x", (unsigned)*c);
        return;
    }
    buf_putc(out, *c);
    for (unsigned i = 0; *c == '\n' && i < depth; i++)
        buf_puts(out, "  ");
}

void go_json_print(struct buf *out, const struct value *v, unsigned depth)
{
    AUTO_BUF struct buf text = BUF_INIT;

    json_print(&text, v, JSON_PRETTY);
    if (text.failed) {
        out->failed = true;
        return;
    }
    for (const char *c = text.data; c && *c; c++) {
        if (memcmp(c, "\xe2\x80\xa8", 3) == 0 || memcmp(c, "\xe2\x80\xa9", 3) == 0) {
            buf_printf(out, "\\u%s", (unsigned char)c[2] == 0xa8 ? "2028" : "2029");
            c += 2;
        } else {
            put_escaped(out, c, depth);
        }
    }
}

/* --- in an order of one's own ------------------------------------------------------------- */

static void new_line(struct buf *out, unsigned depth)
{
    buf_putc(out, '\n');
    for (unsigned i = 0; i < depth; i++)
        buf_puts(out, "  ");
}

static bool named(const struct value *key, const char *const *order)
{
    for (size_t i = 0; order[i]; i++)
        if (value_is_str(key, order[i]))
            return true;
    return false;
}

static void one_field(struct buf *out, const struct value *key, const struct value *v,
                      const char *const *order, unsigned depth, bool *first)
{
    if (!*first)
        buf_putc(out, ',');
    *first = false;
    new_line(out, depth + 1);
    go_json_print(out, key, depth + 1);
    buf_puts(out, ": ");
    go_json_ordered(out, v, order, depth + 1);
}

static void ordered_object(struct buf *out, const struct value *v, const char *const *order,
                           unsigned depth)
{
    bool first = true;

    buf_putc(out, '{');
    for (size_t i = 0; order[i]; i++)
        for (size_t k = 0; k < v->count; k++)
            if (value_is_str(value_key_at(v, k), order[i]))
                one_field(out, value_key_at(v, k), value_val_at(v, k), order, depth, &first);
    for (size_t k = 0; k < v->count; k++)
        if (!named(value_key_at(v, k), order))
            one_field(out, value_key_at(v, k), value_val_at(v, k), order, depth, &first);
    new_line(out, depth);
    buf_putc(out, '}');
}

void go_json_ordered(struct buf *out, const struct value *v, const char *const *order,
                     unsigned depth)
{
    if (v->count == 0 || (!value_is(v, VALUE_ARRAY) && !value_is(v, VALUE_OBJECT))) {
        go_json_print(out, v, depth);
        return;
    }
    if (value_is(v, VALUE_OBJECT)) {
        ordered_object(out, v, order, depth);
        return;
    }
    buf_putc(out, '[');
    for (size_t i = 0; i < v->count; i++) {
        buf_puts(out, i ? "," : "");
        new_line(out, depth + 1);
        go_json_ordered(out, value_at(v, i), order, depth + 1);
    }
    new_line(out, depth);
    buf_putc(out, ']');
}
