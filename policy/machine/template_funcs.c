#include <stdio.h>
#include <string.h>

#include "base/own.h"
#include "policy/machine/builtin_text.h"
#include "policy/machine/builtins_text.h"
#include "policy/machine/rune.h"
#include "policy/machine/template.h"
#include "policy/value/json.h"
#include "policy/value/print.h"
#include "policy/value/utf8.h"

void template_show(struct buf *b, struct operand o)
{
    if (o.v == NULL || value_is(o.v, VALUE_NULL))
        buf_puts(b, "<no value>");
    else
        template_print(b, o);
}

void template_print(struct buf *b, struct operand o)
{
    const struct value *const v = o.v ? o.v : &value_null;

    switch ((enum value_type)v->type) {
    case VALUE_NULL:
        buf_puts(b, "<nil>");
        break;
    case VALUE_STRING:
        buf_add(b, value_bytes(v), v->count);
        break;
    case VALUE_ARRAY:
    case VALUE_SET:
    case VALUE_OBJECT:
        buf_puts(b, value_is(v, VALUE_OBJECT) ? "map[" : "[");
        for (size_t i = 0; i < v->count; i++) {
            buf_puts(b, i > 0 ? " " : "");
            if (value_is(v, VALUE_OBJECT)) {
                template_print(b, (struct operand){.v = value_key_at(v, i)});
                buf_putc(b, ':');
            }
            template_print(b, (struct operand){.v = value_is(v, VALUE_OBJECT) ? value_val_at(v, i)
                                                                              : value_at(v, i)});
        }
        buf_putc(b, ']');
        break;
    default:
        json_print(b, v, JSON_COMPACT);
        break;
    }
}

bool template_truth(struct operand o)
{
    int64_t n = 1;

    if (o.v == NULL)
        return false;
    switch ((enum value_type)o.v->type) {
    case VALUE_NULL:
        return false;
    case VALUE_BOOL:
        return value_bool(o.v);
    case VALUE_NUMBER:
        return !value_int64(o.v, &n) || n != 0;
    default:
        return o.v->count > 0;
    }
}

enum { PRINTF_WIDTH_MAX = 1000 };

static int wrong(struct err *err, const char *fn, const char *why)
{
    return err_set(err, ERR_INVALID, "template: error calling %s: %s", fn, why);
}

static int fn_and(struct arena *a, const struct operand *args, size_t n, struct operand *out,
                  struct err *err)
{
    (void)a;
    (void)err;
    for (size_t i = 0; i < n; i++) {
        *out = args[i];
        if (!template_truth(args[i]))
            break;
    }
    return 0;
}

static int fn_or(struct arena *a, const struct operand *args, size_t n, struct operand *out,
                 struct err *err)
{
    (void)a;
    (void)err;
    for (size_t i = 0; i < n; i++) {
        *out = args[i];
        if (template_truth(args[i]))
            break;
    }
    return 0;
}

static int fn_not(struct arena *a, const struct operand *args, size_t n, struct operand *out,
                  struct err *err)
{
    (void)a;
    (void)n;
    (void)err;
    out->v = value_bool_of(!template_truth(args[0]));
    return 0;
}

/* --- comparing: as text/template does with what encoding/json read ----------------------- */

enum kind { KIND_NONE, KIND_BOOL, KIND_TEXT, KIND_INT, KIND_FLOAT };

static enum kind kind_of(struct operand o)
{
    if (o.v == NULL)
        return KIND_NONE;
    switch ((enum value_type)o.v->type) {
    case VALUE_BOOL:
        return KIND_BOOL;
    case VALUE_STRING:
        return KIND_TEXT;
    case VALUE_NUMBER:
        return !o.own ? KIND_TEXT : o.v->form == VALUE_FORM_INT ? KIND_INT : KIND_FLOAT;
    default:
        return KIND_NONE;
    }
}

static bool is_nil(struct operand o)
{
    return o.v == NULL || value_is(o.v, VALUE_NULL);
}

/* Go's name of the type. */
static const char *type_of(struct operand o)
{
    switch (kind_of(o)) {
    case KIND_BOOL:
        return "bool";
    case KIND_TEXT:
        return value_is(o.v, VALUE_STRING) ? "string" : "json.Number";
    case KIND_INT:
        return "int";
    case KIND_FLOAT:
        return "float64";
    case KIND_NONE:
        break;
    }
    return is_nil(o)                     ? "nil"
           : value_is(o.v, VALUE_OBJECT) ? "map[string]interface {}"
                                         : "[]interface {}";
}

/* Texts in the order of their bytes, numbers of documents being text as well. */
static int order_texts(struct operand x, struct operand y)
{
    AUTO_BUF struct buf bx = BUF_INIT, by = BUF_INIT;

    template_print(&bx, x);
    template_print(&by, y);
    const size_t n = bx.len < by.len ? bx.len : by.len;
    const int got = n > 0 ? memcmp(bx.data, by.data, n) : 0;
    return got != 0 ? got : (bx.len > by.len) - (bx.len < by.len);
}

static int order(struct operand x, struct operand y)
{
    return kind_of(x) == KIND_TEXT ? order_texts(x, y) : value_compare(x.v, y.v);
}

static int unlike(struct err *err, const char *fn, struct operand x, struct operand y)
{
    return err_set(err, ERR_INVALID,
                   "template: error calling %s: incompatible types for comparison: %s and %s", fn,
                   type_of(x), type_of(y));
}

/* 1, 0, or -1: they cannot be compared. */
static int equals(struct err *err, const char *fn, struct operand x, struct operand y)
{
    if (kind_of(x) != kind_of(y))
        return is_nil(x) || is_nil(y) ? 0 : unlike(err, fn, x, y);
    if (kind_of(x) != KIND_NONE)
        return order(x, y) == 0;
    if (is_nil(x) || is_nil(y))
        return is_nil(x) == is_nil(y);
    return wrong(err, fn, "non-comparable types");
}

/* eq takes several: whether the first equals any of the others. */
static int fn_eq(struct arena *a, const struct operand *args, size_t n, struct operand *out,
                 struct err *err)
{
    int equal = 0;

    (void)a;
    for (size_t i = 1; i < n && equal == 0; i++)
        equal = equals(err, "eq", args[0], args[i]);
    out->v = value_bool_of(equal > 0);
    return equal < 0 ? -1 : 0;
}

static int fn_ne(struct arena *a, const struct operand *args, size_t n, struct operand *out,
                 struct err *err)
{
    const int equal = equals(err, "ne", args[0], args[1]);

    (void)a;
    (void)n;
    out->v = value_bool_of(equal == 0);
    return equal < 0 ? -1 : 0;
}

static int ordered(const struct operand *args, const char *fn, int *sign, struct err *err)
{
    const enum kind x = kind_of(args[0]), y = kind_of(args[1]);

    if (x == KIND_NONE || y == KIND_NONE || (x == y && x == KIND_BOOL))
        return wrong(err, fn, "invalid type for comparison");
    if (x != y)
        return unlike(err, fn, args[0], args[1]);
    *sign = order(args[0], args[1]);
    return 0;
}

#define COMPARE(name, called, test)                                                                \
    static int name(struct arena *a, const struct operand *args, size_t n, struct operand *out,    \
                    struct err *err)                                                               \
    {                                                                                              \
        int sign = 0;                                                                              \
        (void)a;                                                                                   \
        (void)n;                                                                                   \
        if (ordered(args, called, &sign, err) < 0)                                                 \
            return -1;                                                                             \
        out->v = value_bool_of(sign test 0);                                                       \
        return 0;                                                                                  \
    }
COMPARE(fn_lt, "lt", <)
COMPARE(fn_le, "le", <=)
COMPARE(fn_gt, "gt", >)
COMPARE(fn_ge, "ge", >=)

static int fn_len(struct arena *a, const struct operand *args, size_t n, struct operand *out,
                  struct err *err)
{
    (void)n;
    if (args[0].v == NULL || args[0].v->type < VALUE_STRING)
        return wrong(err, "len",
                     args[0].v == NULL ? "reflect: call of reflect.Value.Type on zero Value"
                                       : "len of something without one");
    out->v = value_int(a, args[0].v->count);
    out->own = true;
    return out->v == NULL ? err_nomem(err) : 0;
}

static int fn_index(struct arena *a, const struct operand *args, size_t n, struct operand *out,
                    struct err *err)
{
    (void)a;
    *out = args[0];
    for (size_t i = 1; i < n; i++) {
        if (out->v == NULL || args[i].v == NULL)
            return wrong(err, "index", "index of untyped nil");
        const struct value *const next = value_get(out->v, args[i].v);

        if (next == NULL && value_is(out->v, VALUE_ARRAY))
            return wrong(err, "index", "index out of range");
        out->v = next;
    }
    return 0;
}

static int fn_slice(struct arena *a, const struct operand *args, size_t n, struct operand *out,
                    struct err *err)
{
    const struct value *const v = args[0].v;
    int64_t from = 0, to = v != NULL ? v->count : 0;

    if (v == NULL || (!value_is(v, VALUE_ARRAY) && !value_is(v, VALUE_STRING)) ||
        (n > 1 && !value_int64(args[1].v, &from)) || (n > 2 && !value_int64(args[2].v, &to)) ||
        from < 0 || to < from || to > v->count)
        return wrong(err, "slice", "slice index out of range");
    if (value_is(v, VALUE_STRING)) {
        out->v = value_string(a, value_bytes(v) + from, (size_t)(to - from));
    } else {
        struct value_list l = {0};

        for (int64_t i = from; i < to; i++)
            value_list_add(a, &l, value_at(v, (size_t)i));
        out->v = value_list_array(a, &l);
    }
    return out->v == NULL ? err_nomem(err) : 0;
}

static int from_buf(struct arena *a, const struct buf *b, struct operand *out, struct err *err)
{
    if (buf_check(b, err) < 0)
        return -1;
    out->v = value_string(a, b->data != NULL ? b->data : "", b->len);
    return out->v == NULL ? err_nomem(err) : 0;
}

/* Spaces stand between operands of which neither is a string. */
static int fn_print(struct arena *a, const struct operand *args, size_t n, struct operand *out,
                    struct err *err)
{
    AUTO_BUF struct buf b = BUF_INIT;

    for (size_t i = 0; i < n; i++) {
        const bool text = args[i].v != NULL && value_is(args[i].v, VALUE_STRING);
        const bool before = i > 0 && args[i - 1].v != NULL && value_is(args[i - 1].v, VALUE_STRING);

        buf_puts(&b, i > 0 && !text && !before ? " " : "");
        template_print(&b, args[i]);
    }
    return from_buf(a, &b, out, err);
}

static int fn_println(struct arena *a, const struct operand *args, size_t n, struct operand *out,
                      struct err *err)
{
    AUTO_BUF struct buf b = BUF_INIT;

    for (size_t i = 0; i < n; i++) {
        buf_puts(&b, i > 0 ? " " : "");
        template_print(&b, args[i]);
    }
    buf_putc(&b, '\n');
    return from_buf(a, &b, out, err);
}

/* The width of a verb, at most PRINTF_WIDTH_MAX; a minus sign in front sets the text to the left.
 */
static const char *read_width(const char *f, size_t *width, bool *left)
{
    *width = 0;
    *left = *f == '-';
    for (f += *left; *f >= '0' && *f <= '9'; f++)
        *width = *width < PRINTF_WIDTH_MAX ? *width * 10 + (size_t)(*f - '0') : *width;
    return f;
}

/* Fill what was added since `from` up to the width, counted in runes. */
static void pad(struct buf *b, size_t from, size_t width, bool left)
{
    AUTO_BUF struct buf text = BUF_INIT;
    const size_t runes = b->failed ? width : utf8_count(b->data + from, b->len - from);

    if (width > PRINTF_WIDTH_MAX || runes >= width)
        return;
    buf_add(&text, b->data + from, b->len - from);
    b->len = from;
    for (size_t i = runes; !left && i < width; i++)
        buf_putc(b, ' ');
    buf_add(b, text.data ? text.data : "", text.len);
    for (size_t i = runes; left && i < width; i++)
        buf_putc(b, ' ');
}

/* %v %s %d %q with a width, %% */
static int fn_printf(struct arena *a, const struct operand *args, size_t n, struct operand *out,
                     struct err *err)
{
    AUTO_BUF struct buf b = BUF_INIT;
    size_t next = 1;

    if (args[0].v == NULL || !value_is(args[0].v, VALUE_STRING))
        return wrong(err, "printf", "format must be a string");
    for (const char *f = value_bytes(args[0].v); *f != '\0'; f++) {
        if (*f != '%' || f[1] == '\0') {
            buf_putc(&b, *f);
            continue;
        }
        size_t width;
        bool left;
        f = read_width(f + 1, &width, &left);
        const size_t from = b.len;
        if (*f == '\0')
            return wrong(err, "printf", "the format ends within a verb");
        if (*f == '%') {
            buf_putc(&b, '%');
        } else if (next >= n) {
            buf_printf(&b, "%%!%c(MISSING)", *f);
        } else if (*f == 'q' && args[next].v != NULL) {
            json_print(&b, args[next++].v, JSON_COMPACT);
        } else if (strchr("vsd", *f) != NULL) {
            template_print(&b, args[next++]);
        } else {
            return wrong(err, "printf", "verb is not supported");
        }
        pad(&b, from, width, left);
    }
    return from_buf(a, &b, out, err);
}

static void print_all(struct buf *b, const struct operand *args, size_t n)
{
    for (size_t i = 0; i < n; i++)
        template_show(b, args[i]);
}

static int fn_html(struct arena *a, const struct operand *args, size_t n, struct operand *out,
                   struct err *err)
{
    static const struct {
        char c;
        const char *text;
    } escapes[] = {{'"', "&#34;"}, {'\'', "&#39;"}, {'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}};
    AUTO_BUF struct buf raw = BUF_INIT, b = BUF_INIT;

    print_all(&raw, args, n);
    for (size_t i = 0; i < raw.len; i++) {
        const char *text = NULL;

        for (size_t k = 0; k < ARRAY_LEN(escapes); k++)
            text = escapes[k].c == raw.data[i] ? escapes[k].text : text;
        if (text != NULL)
            buf_puts(&b, text);
        else
            buf_putc(&b, raw.data[i]);
    }
    return raw.failed ? err_nomem(err) : from_buf(a, &b, out, err);
}

static int fn_urlquery(struct arena *a, const struct operand *args, size_t n, struct operand *out,
                       struct err *err)
{
    AUTO_BUF struct buf raw = BUF_INIT, b = BUF_INIT;

    print_all(&raw, args, n);
    for (size_t i = 0; i < raw.len; i++) {
        const unsigned char c = (unsigned char)raw.data[i];
        const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                           (c >= 'A' && c <= 'Z') || (c != 0 && strchr("-_.~", c) != NULL);

        if (plain)
            buf_putc(&b, (char)c);
        else if (c == ' ')
            buf_putc(&b, '+');
        else
            buf_printf(&b, "%%%02X", c);
    }
    return raw.failed ? err_nomem(err) : from_buf(a, &b, out, err);
}

static const struct {
    const char *name;
    size_t least, most;
    int (*call)(struct arena *a, const struct operand *args, size_t n, struct operand *out,
                struct err *err);
} functions[] = {
    {"and", 1, SIZE_MAX, fn_and},
    {"or", 1, SIZE_MAX, fn_or},
    {"not", 1, 1, fn_not},
    {"eq", 2, SIZE_MAX, fn_eq},
    {"ne", 2, 2, fn_ne},
    {"lt", 2, 2, fn_lt},
    {"le", 2, 2, fn_le},
    {"gt", 2, 2, fn_gt},
    {"ge", 2, 2, fn_ge},
    {"len", 1, 1, fn_len},
    {"index", 1, SIZE_MAX, fn_index},
    {"slice", 1, 3, fn_slice},
    {"print", 0, SIZE_MAX, fn_print},
    {"println", 0, SIZE_MAX, fn_println},
    {"printf", 1, SIZE_MAX, fn_printf},
    {"html", 1, SIZE_MAX, fn_html},
    {"urlquery", 1, SIZE_MAX, fn_urlquery},
};

int template_call(struct arena *a, const char *name, size_t name_len, const struct operand *args,
                  size_t n, struct operand *out, struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(functions); i++) {
        if (strlen(functions[i].name) != name_len || memcmp(functions[i].name, name, name_len) != 0)
            continue;
        if (n < functions[i].least || n > functions[i].most)
            return wrong(err, functions[i].name, "wrong number of args");
        *out = (struct operand){NULL, false};
        return functions[i].call(a, args, n, out, err) < 0 ? -1 : 1;
    }
    return 0;
}

/* "<no value>" reads <undefined> in OPA's answers, wherever it comes from. */
static void put_result(struct buf *out, const char *s, size_t len)
{
    static const char none[] = "<no value>";
    const char *const end = s + len;

    for (const char *hit; (hit = memmem(s, (size_t)(end - s), none, sizeof(none) - 1)) != NULL;) {
        buf_add(out, s, (size_t)(hit - s));
        buf_puts(out, "<undefined>");
        s = hit + sizeof(none) - 1;
    }
    buf_add(out, s, (size_t)(end - s));
}

/* Values come to the template as JSON: an object has strings for keys, and a set, whose text is
 * read, is none. */
static int check_json(struct builtin_ctx *ctx, const struct value *v, struct err *err)
{
    AUTO_BUF struct buf b = BUF_INIT;

    if (value_is(v, VALUE_SET) && v->count == 0)
        return builtin_error(ctx, err, "invalid character 's' looking for beginning of value");
    for (size_t i = 0; v->type >= VALUE_ARRAY && i < v->count; i++) {
        const bool object = value_is(v, VALUE_OBJECT);
        const struct value *const key = object                   ? value_key_at(v, i)
                                        : value_is(v, VALUE_SET) ? value_at(v, i)
                                                                 : NULL;

        if (key && (!object || !value_is(key, VALUE_STRING))) {
            if (value_is(key, VALUE_STRING))
                return builtin_error(ctx, err, "invalid character '%c' after object key",
                                     v->count > 1 ? ',' : '}');
            rego_print(&b, key);
            return builtin_error(
                ctx, err, "invalid character '%c' looking for beginning of object key string",
                b.len > 0 ? *b.data : '?');
        }
        if (check_json(ctx, object ? value_val_at(v, i) : value_at(v, i), err) < 0)
            return -1;
    }
    return 0;
}

int builtin_strings_render_template(struct builtin_ctx *ctx, const struct value *const *args,
                                    const struct value **out, struct err *err)
{
    const struct value *text = NULL;
    AUTO_BUF struct buf raw = BUF_INIT, b = BUF_INIT;

    if (text_string(ctx, args, 0, &text, err) < 0 || text_object(ctx, args, 1, err) < 0 ||
        check_json(ctx, args[1], err) < 0)
        return -1;
    if (template_render(ctx->arena, value_bytes(text), text->count, args[1], &raw, err) < 0)
        return text_raise(ctx, err);
    if (raw.len > 0)
        put_result(&b, raw.data, raw.len);
    return text_return_buf(ctx, &b, out, err);
}
