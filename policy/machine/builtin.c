#include "policy/machine/builtin.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/own.h"
#include "policy/machine/builtin_arg.h"
#include "policy/machine/builtins_core.h"
#include "policy/machine/builtins_text.h"

#define BUILTIN(row_name, row_fn, row_arity, row_flags)                                            \
    {.name = (row_name),                                                                           \
     .fn = (row_fn),                                                                               \
     .arity = (row_arity),                                                                         \
     .flags = (row_flags),                                                                         \
     .len = sizeof(row_name) - 1},
static const struct builtin linked[] = {
#include "policy/machine/builtins_core.def"
#include "policy/machine/builtins_text.def"
};
#undef BUILTIN

/* Written once, at a tool's start, before any machine runs. */
static struct {
    const struct builtin *rows;
    size_t n;
} registered[BUILTIN_TABLES_MAX];
static size_t registered_n;

void builtin_register(const struct builtin *rows, size_t n)
{
    if (n == 0) {
        registered_n = 0;
        return;
    }
    assert(registered_n < BUILTIN_TABLES_MAX);
    registered[registered_n].rows = rows;
    registered[registered_n++].n = n;
}

const struct builtin *builtin_row(size_t index)
{
    if (index < ARRAY_LEN(linked))
        return &linked[index];
    index -= ARRAY_LEN(linked);
    for (size_t i = 0; i < registered_n; index -= registered[i++].n)
        if (index < registered[i].n)
            return &registered[i].rows[index];
    return NULL;
}

static bool is_named(const struct builtin *row, const char *name, size_t len)
{
    if (row->len != 0)
        return row->len == len && memcmp(row->name, name, len) == 0;
    return strncmp(row->name, name, len) == 0 && row->name[len] == '\0';
}

const struct builtin *builtin_find(const char *name, size_t len)
{
    const struct builtin *row;

    for (size_t i = 0; (row = builtin_row(i)) != NULL; i++)
        if (is_named(row, name, len))
            return row;
    return NULL;
}

bool builtin_on_start_path(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(linked); i++)
        if (is_named(&linked[i], name, strlen(name)))
            return true;
    return false;
}

/* --- errors ------------------------------------------------------------------------------ */

static int set_error(struct builtin_ctx *ctx, struct err *err, const char *code, const char *fmt,
                     va_list ap) __attribute__((format(printf, 4, 0)));

static int set_error(struct builtin_ctx *ctx, struct err *err, const char *code, const char *fmt,
                     va_list ap)
{
    char text[ERR_TEXT_MAX];

    if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
        text[0] = '\0';
    return err_eval(err, code, "%s: %s", ctx->name, text);
}

int builtin_error(struct builtin_ctx *ctx, struct err *err, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    const int rc = set_error(ctx, err, "eval_builtin_error", fmt, ap);
    va_end(ap);
    return rc;
}

int arg_error(struct builtin_ctx *ctx, struct err *err, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    const int rc = set_error(ctx, err, "eval_type_error", fmt, ap);
    va_end(ap);
    return rc;
}

int builtin_type_error(struct builtin_ctx *ctx, struct err *err, unsigned n, const char *want,
                       const struct value *got)
{
    return arg_error(ctx, err, "operand %u must be %s but got %s", n, want, builtin_type_name(got));
}

int builtin_raise(struct builtin_ctx *ctx, struct err *err)
{
    char text[ERR_TEXT_MAX];

    if (err->code == ERR_NOMEM || err->code == ERR_LIMIT)
        return -1;
    memcpy(text, err->text, sizeof(text));
    return err_eval(err, err->eval ? err->eval : "eval_builtin_error", "%s: %s", ctx->name, text);
}

/* --- operands and results ---------------------------------------------------------------- */

int arg_type(struct builtin_ctx *ctx, const struct value *const *args, unsigned i,
             enum value_type want, struct err *err)
{
    if (value_is(args[i], want))
        return 0;
    return builtin_type_error(ctx, err, i + 1, value_type_name(want), args[i]);
}

int arg_strings(struct builtin_ctx *ctx, const struct value *const *args, unsigned n,
                struct err *err)
{
    for (unsigned i = 0; i < n; i++)
        if (arg_string(ctx, args, i, err) < 0)
            return -1;
    return 0;
}

int arg_one_of(struct builtin_ctx *ctx, const struct value *const *args, unsigned i, unsigned types,
               const char *want, struct err *err)
{
    if (TYPE_BIT(args[i]->type) & types)
        return 0;
    return arg_error(ctx, err, "operand %u must be one of {%s} but got %s", i + 1, want,
                     builtin_type_name(args[i]));
}

int arg_int(struct builtin_ctx *ctx, const struct value *const *args, unsigned i, int64_t *out,
            struct err *err)
{
    if (arg_type(ctx, args, i, VALUE_NUMBER, err) < 0)
        return -1;
    if (args[i]->form == VALUE_FORM_INT) {
        *out = args[i]->u.integer;
        return 0;
    }
    /* 2.0 is one too, in as many characters as an integer may have. */
    const struct value *const v = args[i];
    const char *const digits = v->u.digits + (v->u.digits[0] == '-');
    const size_t len = v->count - (size_t)(digits - v->u.digits);
    const size_t whole = strspn(digits, "0123456789");

    if (len > 19 || digits[whole] != '.' || whole + 1 + strspn(digits + whole + 1, "0") != len ||
        !value_int64(v, out))
        return arg_error(ctx, err,
                         "operand %u must be integer number but got floating-point number", i + 1);
    return 0;
}

int arg_element_error(struct builtin_ctx *ctx, struct err *err, unsigned i,
                      const struct value *coll, const char *want, const struct value *got)
{
    const char *const name = builtin_type_name(coll);

    return arg_error(ctx, err, "operand %u must be %s of %ss but got %s containing %s", i + 1, name,
                     want, name, builtin_type_name(got));
}

int result_int(struct builtin_ctx *ctx, int64_t n, const struct value **out, struct err *err)
{
    return result(value_int(ctx->arena, n), out, err);
}

int result_string(struct builtin_ctx *ctx, const char *bytes, size_t len, const struct value **out,
                  struct err *err)
{
    return result(value_string(ctx->arena, bytes, len), out, err);
}

int result_buf(struct builtin_ctx *ctx, const struct buf *b, const struct value **out,
               struct err *err)
{
    if (buf_check(b, err) < 0)
        return -1;
    return result_string(ctx, b->len > 0 ? b->data : "", b->len, out, err);
}
