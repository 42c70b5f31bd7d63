#include <string.h>

#include "policy/machine/builtin_arg.h"
#include "policy/machine/builtins_core.h"
#include "policy/value/json.h"

BUILTIN_FN(builtin_json_marshal)
{
    AUTO_BUF struct buf b = {.max = ctx->arena->budget};

    json_print(&b, args[0], JSON_GO_HTML);
    return result_buf(ctx, &b, out, err);
}

/* --- options ----------------------------------------------------------------------------- */

struct layout {
    const struct value *prefix, *indent;
    bool pretty;
};

static int read_option(struct builtin_ctx *ctx, struct layout *l, const struct value *key,
                       const struct value *val, bool *said, struct err *err)
{
    const bool prefix = value_is_str(key, "prefix");

    if (!value_is(key, VALUE_STRING))
        return arg_error(ctx, err, "operand 2 keys must be strings");
    if (prefix || value_is_str(key, "indent")) {
        if (!value_is(val, VALUE_STRING))
            return arg_error(ctx, err,
                             "operand 2 key \"%s\" failed cast to string: operand 0 must be string "
                             "but got %s",
                             value_bytes(key), builtin_type_name(val));
        *(prefix ? &l->prefix : &l->indent) = val;
        l->pretty = l->pretty || !*said;
        return 0;
    }
    if (!value_is_str(key, "pretty"))
        return arg_error(ctx, err, "operand 2 object contained unknown key \"%s\"",
                         value_bytes(key));
    if (!value_is(val, VALUE_BOOL))
        return arg_error(ctx, err, "operand 2 key \"pretty\" failed cast to bool");
    l->pretty = value_bool(val);
    *said = true;
    return 0;
}

static void new_line(struct buf *b, const struct layout *l, unsigned depth)
{
    buf_putc(b, '\n');
    buf_add(b, value_bytes(l->prefix), l->prefix->count);
    for (unsigned i = 0; i < depth; i++)
        buf_add(b, value_bytes(l->indent), l->indent->count);
}

/* Compact JSON with line breaks put in: between brackets, outside strings. */
static void lay_out(struct buf *b, const struct layout *l, const char *json, size_t len)
{
    unsigned depth = 0;

    buf_add(b, value_bytes(l->prefix), l->prefix->count);
    for (size_t i = 0; i < len; i++) {
        const char c = json[i];
        const bool empty = i + 1 < len && (json[i + 1] == '}' || json[i + 1] == ']');

        if (c == '"') {
            const size_t start = i++;
            for (; json[i] != '"'; i++)
                i += json[i] == '\\';
            buf_add(b, json + start, i + 1 - start);
        } else if ((c == '{' || c == '[') && empty) {
            buf_add(b, json + i++, 2);
        } else if (c == '{' || c == '[') {
            buf_putc(b, c);
            new_line(b, l, ++depth);
        } else if (c == '}' || c == ']') {
            new_line(b, l, --depth);
            buf_putc(b, c);
        } else {
            buf_putc(b, c);
            if (c == ',')
                new_line(b, l, depth);
            else if (c == ':')
                buf_putc(b, ' ');
        }
    }
}

BUILTIN_FN(builtin_json_marshal_with_options)
{
    AUTO_BUF struct buf json = {.max = ctx->arena->budget};
    AUTO_BUF struct buf b = {.max = ctx->arena->budget};
    struct layout l = {.prefix = value_str(ctx->arena, ""), .indent = value_str(ctx->arena, "\t")};
    bool said = false;

    if (!l.prefix || !l.indent)
        return err_nomem(err);
    if (arg_type(ctx, args, 1, VALUE_OBJECT, err) < 0)
        return -1;
    for (size_t i = 0; i < args[1]->count; i++)
        if (read_option(ctx, &l, value_key_at(args[1], i), value_val_at(args[1], i), &said, err) <
            0)
            return -1;
    json_print(&json, args[0], JSON_GO_HTML);
    if (!l.pretty || json.failed)
        return result_buf(ctx, &json, out, err);
    lay_out(&b, &l, json.data, json.len);
    return result_buf(ctx, &b, out, err);
}

/* --- reading ----------------------------------------------------------------------------- */

BUILTIN_FN(builtin_json_unmarshal)
{
    if (arg_string(ctx, args, 0, err) < 0)
        return -1;
    if (json_parse(ctx->arena, value_bytes(args[0]), args[0]->count, JSON_LAST_WINS | JSON_RANGE,
                   out, NULL, err) < 0)
        return builtin_raise(ctx, err);
    return 0;
}

BUILTIN_FN(builtin_json_is_valid)
{
    struct err why = ERR_INIT;
    const struct value *v;

    if (!value_is(args[0], VALUE_STRING))
        return result_bool(false, out);
    const int rc = json_parse(ctx->arena, value_bytes(args[0]), args[0]->count, JSON_LAST_WINS, &v,
                              NULL, &why);
    if (rc < 0 && why.code == ERR_NOMEM)
        return err_nomem(err);
    return result_bool(rc == 0, out);
}
