#include <string.h>

#include "policy/machine/builtin_arg.h"
#include "policy/machine/builtins_core.h"
#include "policy/machine/gofmt.h"
#include "policy/machine/machine.h"
#include "policy/value/number.h"
#include "policy/value/print.h"
#include "policy/value/utf8.h"

/* --- operands ---------------------------------------------------------------------------- */

/* What an operand is for Go: integers of 64 bits, longer ones, decimals, and text of all else. */
enum kind { KIND_INT, KIND_BIG, KIND_FLOAT, KIND_STRING };

struct operand {
    enum kind kind;
    const struct value *value; /* string (text), or the number */
};

static bool is_plain_integer(const struct value *n)
{
    const size_t sign = n->u.digits[0] == '-';

    return n->count > sign && strspn(&n->u.digits[0] + sign, "0123456789") == n->count - sign;
}

static const struct value *as_text(struct arena *a, const struct value *v)
{
    struct buf b = {.max = a->budget};

    rego_print(&b, v);
    const struct value *const text = b.failed ? NULL : value_string(a, b.data, b.len);
    buf_done(&b);
    return text;
}

static struct operand operand_of(struct arena *a, const struct value *v)
{
    if (value_is(v, VALUE_STRING))
        return (struct operand){KIND_STRING, v};
    if (!value_is(v, VALUE_NUMBER))
        return (struct operand){KIND_STRING, as_text(a, v)};
    if (v->form == VALUE_FORM_INT)
        return (struct operand){KIND_INT, v};
    const bool decimal = strcspn(&v->u.digits[0], ".eE") < v->count;
    if (decimal && __builtin_isfinite(number_double(v)))
        return (struct operand){KIND_FLOAT, v};
    if (is_plain_integer(v))
        return (struct operand){KIND_BIG, v};
    return (struct operand){KIND_STRING, value_string(a, &v->u.digits[0], v->count)};
}

static const char *const kind_names[] = {
    [KIND_INT] = "int64",
    [KIND_BIG] = "*big.Int",
    [KIND_FLOAT] = "float64",
    [KIND_STRING] = "string",
};

/* --- the format -------------------------------------------------------------------------- */

struct printer {
    struct arena *arena;
    const char *at, *end;
    const struct operand *args;
    size_t n, arg;
    bool reordered;   /* an [index] stood somewhere: operands left over are no error */
    bool bad_index;   /* in the directive at hand */
    bool after_index; /* an [index] has just been read */
    struct gofmt f;
    struct buf *out;
};

static bool print_by_kind(struct printer *p, const struct operand *arg, uint32_t verb)
{
    const struct value *const v = arg->value;

    switch (arg->kind) {
    case KIND_INT:
        return gofmt_int(&p->f, v->u.integer, verb);
    case KIND_BIG:
        return gofmt_big(&p->f, v, p->arena, verb);
    case KIND_FLOAT:
        return gofmt_float(&p->f, number_double(v), verb);
    case KIND_STRING:
        return gofmt_string(&p->f, value_bytes(v), v->count, verb);
    }
    return false;
}

static void print_operand(struct printer *p, const struct operand *arg, uint32_t verb)
{
    const char *const name = kind_names[arg->kind];

    if (verb == 'T') {
        (void)gofmt_string(&p->f, name, strlen(name), 's');
        return;
    }
    if (print_by_kind(p, arg, verb))
        return;
    buf_puts(p->out, "%!");
    utf8_put(p->out, verb);
    buf_putc(p->out, '(');
    if (arg->kind == KIND_BIG) { /* printed by its own type, which names itself so */
        struct gofmt plain = {.out = p->out};
        buf_puts(p->out, "big.Int=");
        (void)gofmt_big(&plain, arg->value, p->arena, 'd');
    } else {
        buf_puts(p->out, name);
        buf_putc(p->out, '=');
        (void)print_by_kind(p, arg, 'v');
    }
    buf_putc(p->out, ')');
}

/* Digits, at most GOFMT_WIDTH_MAX; a larger number is none, and nothing behind it is read. */
static bool read_number(struct printer *p, const char *end, size_t *out)
{
    size_t n = 0;
    bool found = false;

    for (; p->at < end && *p->at >= '0' && *p->at <= '9'; p->at++) {
        if (n > GOFMT_WIDTH_MAX) {
            p->at = end;
            *out = 0;
            return false;
        }
        n = n * 10 + (size_t)(*p->at - '0');
        found = true;
    }
    *out = n;
    return found;
}

/* [n], counted from 1. */
static void read_index(struct printer *p)
{
    const size_t left = (size_t)(p->end - p->at);
    size_t index;

    p->after_index = false;
    if (left == 0 || *p->at != '[')
        return;
    p->reordered = true;
    const char *const close = left < 3 ? NULL : memchr(p->at + 1, ']', left - 1);
    if (!close) {
        p->bad_index = true;
        p->at++;
        return;
    }
    p->at++;
    const bool valid = read_number(p, close, &index) && p->at == close;
    p->at = close + 1;
    p->after_index = valid;
    if (valid && index >= 1 && index <= p->n)
        p->arg = index - 1;
    else
        p->bad_index = true;
}

/* An operand for '*'. */
static bool number_operand(struct printer *p, int64_t *out)
{
    if (p->arg >= p->n)
        return false;
    const struct operand *const arg = &p->args[p->arg++];
    if (arg->kind != KIND_INT)
        return false;
    *out = arg->value->u.integer;
    return *out <= GOFMT_WIDTH_MAX && *out >= -GOFMT_WIDTH_MAX;
}

static void read_width(struct printer *p)
{
    int64_t n;

    if (p->at == p->end || *p->at != '*') {
        p->f.has_width = read_number(p, p->end, &p->f.width);
        if (p->after_index && p->f.has_width)
            p->bad_index = true;
        return;
    }
    p->at++;
    p->f.has_width = number_operand(p, &n);
    if (!p->f.has_width) {
        buf_puts(p->out, "%!(BADWIDTH)");
    } else if (n < 0) {
        p->f.minus = true;
        p->f.zero = false;
        n = -n;
    }
    p->f.width = p->f.has_width ? (size_t)n : 0;
    p->after_index = false;
}

static void read_precision(struct printer *p)
{
    int64_t n;

    if (p->at == p->end || *p->at != '.')
        return;
    p->at++;
    if (p->after_index)
        p->bad_index = true;
    read_index(p);
    if (p->at == p->end || *p->at != '*') {
        if (!read_number(p, p->end, &p->f.prec))
            p->f.prec = 0;
        p->f.has_prec = true;
        return;
    }
    p->at++;
    const bool given = number_operand(p, &n);
    p->f.has_prec = given && n >= 0;
    p->f.prec = p->f.has_prec ? (size_t)n : 0;
    if (!p->f.has_prec)
        buf_puts(p->out, "%!(BADPREC)");
    p->after_index = false;
}

static bool *flag_of(struct gofmt *f, char c)
{
    switch (c) {
    case '#':
        return &f->sharp;
    case '0':
        return &f->zero;
    case '+':
        return &f->plus;
    case '-':
        return &f->minus;
    case ' ':
        return &f->space;
    default:
        return NULL;
    }
}

static void complain(struct printer *p, uint32_t verb, const char *what)
{
    buf_puts(p->out, "%!");
    utf8_put(p->out, verb);
    buf_puts(p->out, what);
}

/* Behind a '%'. */
static void print_directive(struct printer *p)
{
    uint32_t verb;
    bool *flag;

    p->f = (struct gofmt){.out = p->out};
    p->bad_index = false;
    for (; p->at < p->end && (flag = flag_of(&p->f, *p->at)) != NULL; p->at++)
        *flag = true;
    read_index(p);
    read_width(p);
    read_precision(p);
    if (!p->after_index)
        read_index(p);
    if (p->at == p->end) {
        buf_puts(p->out, "%!(NOVERB)");
        return;
    }
    p->at += utf8_decode(p->at, (size_t)(p->end - p->at), &verb);
    if (verb == '%') {
        buf_putc(p->out, '%');
    } else if (p->bad_index) {
        complain(p, verb, "(BADINDEX)");
    } else if (p->arg >= p->n) {
        complain(p, verb, "(MISSING)");
    } else {
        if (verb == 'v') {
            p->f.sharp_v = p->f.sharp;
            p->f.plus_v = p->f.plus;
            p->f.sharp = p->f.plus = false;
        }
        print_operand(p, &p->args[p->arg++], verb);
    }
}

static void print_extra(struct printer *p)
{
    p->f = (struct gofmt){.out = p->out};
    buf_puts(p->out, "%!(EXTRA ");
    for (size_t i = p->arg; i < p->n; i++) {
        if (i > p->arg)
            buf_puts(p->out, ", ");
        buf_puts(p->out, kind_names[p->args[i].kind]);
        buf_putc(p->out, '=');
        print_operand(p, &p->args[i], 'v');
    }
    buf_putc(p->out, ')');
}

static void print_format(struct printer *p)
{
    while (p->at < p->end && !p->out->failed) {
        const char *const percent = memchr(p->at, '%', (size_t)(p->end - p->at));
        const char *const stop = percent ? percent : p->end;
        buf_add(p->out, p->at, (size_t)(stop - p->at));
        p->at = percent ? percent + 1 : p->end;
        if (percent)
            print_directive(p);
    }
    if (!p->reordered && p->arg < p->n)
        print_extra(p);
}

BUILTIN_FN(builtin_sprintf)
{
    AUTO_BUF struct buf b = {.max = ctx->arena->budget};

    if (arg_string(ctx, args, 0, err) < 0 || arg_type(ctx, args, 1, VALUE_ARRAY, err) < 0)
        return -1;
    const size_t n = args[1]->count;
    struct operand *const operands = ARENA_NEW_N(ctx->arena, struct operand, n);
    if (!operands)
        return err_nomem(err);
    for (size_t i = 0; i < n; i++) {
        operands[i] = operand_of(ctx->arena, value_at(args[1], i));
        if (!operands[i].value)
            return err_nomem(err);
    }
    const char *const format = value_bytes(args[0]);
    struct printer p = {.arena = ctx->arena,
                        .at = format,
                        .end = format + args[0]->count,
                        .args = operands,
                        .n = n,
                        .out = &b};
    print_format(&p);
    return result_buf(ctx, &b, out, err);
}

/* --- print, template strings ------------------------------------------------------------- */

static void put_plain(struct buf *b, const struct value *v)
{
    if (value_is(v, VALUE_STRING))
        buf_add(b, value_bytes(v), v->count);
    else
        rego_print(b, v);
}

/* Items are scalars, or sets of what an expression yielded: empty, it was undefined. */
static void put_item(struct buf *b, const struct value *v)
{
    if (!value_is(v, VALUE_SET))
        put_plain(b, v);
    else if (v->count == 0)
        buf_puts(b, "<undefined>");
    else
        put_plain(b, value_at(v, 0));
}

BUILTIN_FN(builtin_template_string)
{
    AUTO_BUF struct buf b = {.max = ctx->arena->budget};

    if (arg_type(ctx, args, 0, VALUE_ARRAY, err) < 0)
        return -1;
    for (size_t i = 0; i < args[0]->count; i++) {
        const struct value *const item = value_at(args[0], i);
        if (value_is(item, VALUE_SET) && item->count > 1)
            return err_eval(err, "eval_conflict_error",
                            "template-strings must not produce multiple outputs");
        put_item(&b, item);
    }
    return result_buf(ctx, &b, out, err);
}

enum { PRINT_LINES_MAX = 10000 };

/* One line for every choice of one value from each set: odometer fashion, the last turns fastest.
 */
static void print_lines(struct buf *b, const struct value *items, size_t *choice)
{
    size_t turned = 0;

    for (size_t line = 0; line < PRINT_LINES_MAX && !b->failed; line++) {
        for (size_t i = 0; i < items->count; i++) {
            const struct value *const item = value_at(items, i);
            if (i > 0)
                buf_putc(b, ' ');
            if (value_is(item, VALUE_SET) && item->count > 1)
                put_plain(b, value_at(item, choice[i]));
            else
                put_item(b, item);
        }
        buf_putc(b, '\n');
        for (turned = items->count; turned > 0; turned--) {
            const struct value *const item = value_at(items, turned - 1);
            if (value_is(item, VALUE_SET) && choice[turned - 1] + 1 < item->count) {
                choice[turned - 1]++;
                break;
            }
            choice[turned - 1] = 0;
        }
        if (turned == 0)
            return;
    }
}

BUILTIN_FN(builtin_print)
{
    *out = &value_true;
    if (arg_type(ctx, args, 0, VALUE_ARRAY, err) < 0)
        return -1;
    if (!ctx->opt || !ctx->opt->prints)
        return 0;
    size_t *const choice = ARENA_NEW_N(ctx->arena, size_t, args[0]->count);
    if (!choice)
        return err_nomem(err);
    print_lines(ctx->opt->prints, args[0], choice);
    return 0;
}

BUILTIN_FN(builtin_trace)
{
    if (arg_string(ctx, args, 0, err) < 0)
        return -1;
    return result_bool(true, out);
}

BUILTIN_FN(builtin_opa_runtime)
{
    (void)args;
    *out =
        ctx->opt && ctx->opt->runtime ? ctx->opt->runtime : value_object(ctx->arena, NULL, NULL, 0);
    return *out ? 0 : err_nomem(err);
}
