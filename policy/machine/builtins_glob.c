/* glob.match, glob.quote_meta, regex.globs_match. */
#include "policy/machine/builtin_text.h"
#include "policy/machine/builtins_text.h"
#include "policy/machine/glob.h"
#include "policy/machine/rune.h"

/* The separators of operand 2: null means none, an empty array '.'. */
static int separators(struct builtin_ctx *ctx, const struct value *v, struct buf *b,
                      struct err *err)
{
    if (value_is(v, VALUE_NULL))
        return 0;
    if (!value_is(v, VALUE_ARRAY))
        return builtin_type_error(ctx, err, 2, "one of {array, null}", v);
    for (size_t i = 0; i < v->count; i++) {
        const struct value *const e = value_at(v, i);
        const bool string = value_is(e, VALUE_STRING);
        size_t width = 0;

        if (string && e->count > 0)
            (void)rune_at(value_bytes(e), e->count, &width);
        if (!string || width == 0 || width != e->count)
            return err_eval(err, "eval_type_error",
                            "%s: operand 2 must be array of %ss but got array containing %s",
                            ctx->name, string ? "rune" : "string", builtin_type_name(e));
        buf_add(b, value_bytes(e), e->count);
    }
    if (v->count == 0)
        buf_putc(b, '.');
    return buf_check(b, err);
}

static int glob_program(struct builtin_ctx *ctx, const struct value *glob, const struct buf *seps,
                        const struct regex **out, struct err *err)
{
    AUTO_BUF struct buf key = BUF_INIT, pattern = BUF_INIT;

    buf_add(&key, value_bytes(glob), glob->count);
    buf_putc(&key, '\0');
    buf_add(&key, seps->data, seps->len);
    if (buf_check(&key, err) < 0)
        return -1;
    *out = text_cache_get(ctx, TEXT_GLOB, key.data, key.len);
    if (*out != NULL)
        return 0;
    if (glob_to_regex(&pattern, value_bytes(glob), glob->count, seps->data, seps->len, err) < 0 ||
        regex_compile(ctx->arena, pattern.data, pattern.len, out, err) < 0)
        return text_raise(ctx, err);
    text_cache_put(ctx, TEXT_GLOB, key.data, key.len, *out);
    return 0;
}

int builtin_glob_match(struct builtin_ctx *ctx, const struct value *const *args,
                       const struct value **out, struct err *err)
{
    const struct value *glob = NULL, *text = NULL;
    const struct regex *re = NULL;
    AUTO_BUF struct buf seps = BUF_INIT;

    if (text_string(ctx, args, 0, &glob, err) < 0 || separators(ctx, args[1], &seps, err) < 0 ||
        text_string(ctx, args, 2, &text, err) < 0 || glob_program(ctx, glob, &seps, &re, err) < 0)
        return -1;
    const int got =
        regex_find(re, ctx->arena, value_bytes(text), text->count, 0, NULL, 0, NULL, err);

    if (got < 0)
        return -1;
    *out = value_bool_of(got > 0);
    return 0;
}

int builtin_glob_quote_meta(struct builtin_ctx *ctx, const struct value *const *args,
                            const struct value **out, struct err *err)
{
    const struct value *text = NULL;
    AUTO_BUF struct buf b = BUF_INIT;

    if (text_string(ctx, args, 0, &text, err) < 0)
        return -1;
    glob_quote(&b, value_bytes(text), text->count);
    return text_return_buf(ctx, &b, out, err);
}

int builtin_regex_globs_match(struct builtin_ctx *ctx, const struct value *const *args,
                              const struct value **out, struct err *err)
{
    const struct value *x = NULL, *y = NULL;

    if (text_string(ctx, args, 0, &x, err) < 0 || text_string(ctx, args, 1, &y, err) < 0)
        return -1;
    const int got =
        globs_intersect(ctx->arena, value_bytes(x), x->count, value_bytes(y), y->count, err);

    if (got < 0)
        return text_raise(ctx, err);
    *out = value_bool_of(got > 0);
    return 0;
}
