/* yaml.*: OPA's functions; reading is policy/rego/yaml_read.h's, writing is here: block style,
 * two spaces, keys in order. */
#include <string.h>

#include "policy/machine/builtin_text.h"
#include "policy/machine/gofmt.h"
#include "policy/rego/builtins_tools.h"
#include "policy/rego/yaml_read.h"
#include "policy/value/json.h"
#include "policy/value/number.h"

static void indent(struct buf *b, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        buf_putc(b, ' ');
}

/* Whether a reader would take the plain text for something else than this string. */
static bool means_other(struct arena *a, const struct value *v)
{
    static const char *const words[] = {"y",   "Y",   "yes", "Yes", "YES", "on", "On",
                                        "ON",  "n",   "N",   "no",  "No",  "NO", "off",
                                        "Off", "OFF", "<<",  "=",   NULL};
    const struct arena_mark mark = arena_mark(a);
    const struct value *back = NULL;
    struct err ignored = ERR_INIT;
    bool other = false;

    for (size_t i = 0; words[i] != NULL; i++)
        other |= value_is_str(v, words[i]);
    other |= yaml_read(a, value_bytes(v), v->count, &back, &ignored) < 0 || !value_equal(back, v);
    arena_reset(a, mark);
    return other;
}

static const char *digits_end(const char *s, const char *end)
{
    while (s < end && *s >= '0' && *s <= '9')
        s++;
    return s;
}

/* Dates and numbers of base 60 are something else to older readers. */
static bool means_time(const struct value *v)
{
    const char *const s = value_bytes(v), *const end = s + v->count;
    const char *const year = digits_end(s, end);

    if (year - s == 4 && year < end && *year == '-') {
        const char *const month = digits_end(year + 1, end);
        const bool has_day = month > year + 1 && month < year + 4 && month < end && *month == '-';
        const char *const day = has_day ? digits_end(month + 1, end) : month;

        return has_day && day > month + 1 && day < month + 4 &&
               (day == end || strchr("Tt ", *day) != NULL);
    }
    return year > s && year < end && *year == ':' && end[-1] != ':' &&
           strspn(s, "0123456789_:.") == v->count;
}

static bool printable(const struct value *v)
{
    for (size_t i = 0; i < v->count; i++) {
        const unsigned char c = (unsigned char)value_bytes(v)[i];

        if ((c < 0x20 && c != '\n') || c == 0x7f)
            return false;
    }
    return true;
}

/* Whether the text can stand without quotes as far as its characters go. */
static bool plain_fits(const struct value *v)
{
    const char *const s = value_bytes(v);

    if (v->count == 0 || strchr("-?:,[]{}#&*!|>'\"%@` ", *s) != NULL)
        return v->count > 1 && strchr("-?:", *s) != NULL && s[1] != ' ' &&
               strstr(s, ": ") == NULL && strstr(s, " #") == NULL && s[v->count - 1] != ' ' &&
               s[v->count - 1] != ':';
    return strstr(s, ": ") == NULL && strstr(s, " #") == NULL && s[v->count - 1] != ' ' &&
           s[v->count - 1] != ':';
}

static void put_single(struct buf *b, const struct value *v)
{
    buf_putc(b, '\'');
    for (size_t i = 0; i < v->count; i++) {
        if (value_bytes(v)[i] == '\'')
            buf_putc(b, '\'');
        buf_putc(b, value_bytes(v)[i]);
    }
    buf_putc(b, '\'');
}

/* | with - when no line end closes it, + when several do. */
static void put_literal(struct buf *b, const struct value *v, unsigned depth)
{
    const char *const s = value_bytes(v), *const end = s + v->count;
    const bool closed = end[-1] == '\n', more = v->count > 1 && closed && end[-2] == '\n';

    buf_puts(b, more ? "|+" : closed ? "|" : "|-");
    for (const char *line = s; line < end;) {
        const char *const nl = memchr(line, '\n', (size_t)(end - line));
        const size_t len = (size_t)((nl != NULL ? nl : end) - line);

        buf_putc(b, '\n');
        if (len > 0)
            indent(b, depth);
        buf_add(b, line, len);
        line += len + 1;
    }
}

static void put_string(struct arena *a, struct buf *b, const struct value *v, unsigned depth)
{
    const bool lines = memchr(value_bytes(v), '\n', v->count) != NULL;

    if (!printable(v) || v->count == 0)
        json_print(b, v, JSON_COMPACT);
    else if (lines && *value_bytes(v) != ' ' && *value_bytes(v) != '\n')
        put_literal(b, v, depth);
    else if (lines)
        json_print(b, v, JSON_COMPACT);
    else if (!plain_fits(v))
        put_single(b, v);
    else if (means_time(v) || means_other(a, v))
        json_print(b, v, JSON_COMPACT);
    else
        buf_add(b, value_bytes(v), v->count);
}

static bool collection(const struct value *v)
{
    return (value_is(v, VALUE_ARRAY) || value_is(v, VALUE_OBJECT)) && v->count > 0;
}

/* Integers of 64 bits as they are, others as the double they come to. */
static void put_number(struct buf *b, const struct value *v)
{
    struct gofmt f = {.out = b};
    uint64_t n;

    if (v->form == VALUE_FORM_INT || value_uint64(v, &n))
        json_print(b, v, JSON_COMPACT);
    else
        (void)gofmt_float(&f, number_double(v), 'v');
}

/* v at the end of the line begun; its further lines at `depth` spaces. */
static void put(struct arena *a, struct buf *b, const struct value *v, unsigned depth)
{
    for (size_t i = 0; i < v->count && collection(v); i++) {
        const bool object = value_is(v, VALUE_OBJECT);
        const struct value *const kid = object ? value_val_at(v, i) : value_at(v, i);

        if (i > 0) {
            buf_putc(b, '\n');
            indent(b, depth);
        }
        if (object) {
            put_string(a, b, value_key_at(v, i), depth);
            buf_putc(b, ':');
        } else {
            buf_putc(b, '-');
        }
        if (object && collection(kid)) {
            buf_putc(b, '\n');
            indent(b, depth + 2);
            put(a, b, kid, depth + 2);
        } else {
            buf_putc(b, ' ');
            put(a, b, kid, depth + 2);
        }
    }
    if (collection(v))
        return;
    if (value_is(v, VALUE_STRING))
        put_string(a, b, v, depth ? depth : 2);
    else if (value_is(v, VALUE_NUMBER))
        put_number(b, v);
    else
        json_print(b, v, JSON_COMPACT);
}

int builtin_yaml_marshal(struct builtin_ctx *ctx, const struct value *const *args,
                         const struct value **out, struct err *err)
{
    AUTO_BUF struct buf json = BUF_INIT, b = BUF_INIT;
    const struct value *v = NULL;
    size_t used = 0;

    /* through JSON: sets become arrays, keys strings */
    json_print(&json, args[0], JSON_COMPACT);
    if (buf_check(&json, err) < 0)
        return -1;
    if (json_parse(ctx->arena, json.data, json.len, JSON_LAST_WINS, &v, &used, err) < 0)
        return text_raise(ctx, err);
    put(ctx->arena, &b, v, 0);
    buf_putc(&b, '\n');
    return text_return_buf(ctx, &b, out, err);
}

int builtin_yaml_unmarshal(struct builtin_ctx *ctx, const struct value *const *args,
                           const struct value **out, struct err *err)
{
    const struct value *text = NULL;

    if (text_string(ctx, args, 0, &text, err) < 0)
        return -1;
    return yaml_read(ctx->arena, value_bytes(text), text->count, out, err) < 0
               ? text_raise(ctx, err)
               : 0;
}

int builtin_yaml_is_valid(struct builtin_ctx *ctx, const struct value *const *args,
                          const struct value **out, struct err *err)
{
    const struct value *v = NULL;
    struct err why = ERR_INIT;

    const bool read = value_is(args[0], VALUE_STRING) &&
                      yaml_read(ctx->arena, value_bytes(args[0]), args[0]->count, &v, &why) == 0;

    if (why.code != ERR_NONE && why.code != ERR_INVALID) {
        *err = why;
        return -1;
    }
    *out = value_bool_of(read);
    return 0;
}
