#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "policy/machine/builtin_arg.h"
#include "policy/machine/builtins_core.h"

/* Order, types, conversions. */

#define COMPARISON(name, op)                                                                       \
    BUILTIN_FN(name)                                                                               \
    {                                                                                              \
        (void)ctx;                                                                                 \
        (void)err;                                                                                 \
        return result_bool(value_compare(args[0], args[1]) op 0, out);                             \
    }

COMPARISON(builtin_equal, ==)
COMPARISON(builtin_neq, !=)
COMPARISON(builtin_lt, <)
COMPARISON(builtin_lte, <=)
COMPARISON(builtin_gt, >)
COMPARISON(builtin_gte, >=)

#define TYPE_TEST(name, wanted)                                                                    \
    BUILTIN_FN(name)                                                                               \
    {                                                                                              \
        (void)ctx;                                                                                 \
        (void)err;                                                                                 \
        return result_bool(value_is(args[0], wanted), out);                                        \
    }

TYPE_TEST(builtin_is_array, VALUE_ARRAY)
TYPE_TEST(builtin_is_boolean, VALUE_BOOL)
TYPE_TEST(builtin_is_null, VALUE_NULL)
TYPE_TEST(builtin_is_number, VALUE_NUMBER)
TYPE_TEST(builtin_is_object, VALUE_OBJECT)
TYPE_TEST(builtin_is_set, VALUE_SET)
TYPE_TEST(builtin_is_string, VALUE_STRING)

BUILTIN_FN(builtin_type_name_of)
{
    return result(value_str(ctx->arena, builtin_type_name(args[0])), out, err);
}

/* --- conversions ------------------------------------------------------------------------- */

#define CAST_TO_ITSELF(name, wanted)                                                               \
    BUILTIN_FN(name)                                                                               \
    {                                                                                              \
        if (arg_type(ctx, args, 0, wanted, err) < 0)                                               \
            return -1;                                                                             \
        *out = args[0];                                                                            \
        return 0;                                                                                  \
    }

CAST_TO_ITSELF(builtin_cast_boolean, VALUE_BOOL)
CAST_TO_ITSELF(builtin_cast_null, VALUE_NULL)
CAST_TO_ITSELF(builtin_cast_object, VALUE_OBJECT)
CAST_TO_ITSELF(builtin_cast_string, VALUE_STRING)

static int cast_items(struct builtin_ctx *ctx, const struct value *const *args,
                      enum value_type type, const struct value **out, struct err *err)
{
    struct value_list list = {0};

    if (arg_one_of(ctx, args, 0, TYPE_BIT(VALUE_ARRAY) | TYPE_BIT(VALUE_SET), "array, set", err) <
        0)
        return -1;
    for (size_t i = 0; i < args[0]->count; i++)
        value_list_add(ctx->arena, &list, value_at(args[0], i));
    return result(type == VALUE_SET ? value_list_set(ctx->arena, &list)
                                    : value_list_array(ctx->arena, &list),
                  out, err);
}

BUILTIN_FN(builtin_cast_array)
{
    return cast_items(ctx, args, VALUE_ARRAY, out, err);
}

BUILTIN_FN(builtin_cast_set)
{
    return cast_items(ctx, args, VALUE_SET, out, err);
}

static size_t digits(const char *s)
{
    return strspn(s, "0123456789");
}

/* What a JSON number may be made of: optional sign, digits with a point somewhere, exponent. */
static bool is_decimal(const char *s)
{
    s += *s == '+' || *s == '-';
    const size_t ints = digits(s);
    s += ints;
    const size_t fracs = *s == '.' ? digits(s + 1) : 0;
    s += *s == '.' ? 1 + fracs : 0;
    if (ints + fracs == 0)
        return false;
    if (*s == 'e' || *s == 'E') {
        s++;
        s += *s == '+' || *s == '-';
        if (digits(s) == 0)
            return false;
        s += digits(s);
    }
    return *s == '\0';
}

/* The text in JSON's grammar: no plus, no leading zeros, digits on both sides of the point. */
static const struct value *canonical(struct arena *a, const char *s)
{
    struct buf b = BUF_INIT;

    if (*s == '-')
        buf_putc(&b, '-');
    s += *s == '+' || *s == '-';
    while (*s == '0' && s[1] >= '0' && s[1] <= '9')
        s++;
    if (*s == '.')
        buf_putc(&b, '0');
    buf_add(&b, s, digits(s));
    s += digits(s);
    const size_t fracs = *s == '.' ? digits(s + 1) : 0;
    if (fracs > 0)
        buf_add(&b, s, 1 + fracs);
    s += *s == '.' ? 1 + fracs : 0;
    buf_puts(&b, s);
    const struct value *const v = b.failed ? NULL : value_number(a, b.data, b.len);
    buf_done(&b);
    return v;
}

int builtin_number_of_text(struct builtin_ctx *ctx, const struct value *v, const struct value **out,
                           struct err *err)
{
    const char *const text = value_cstr(v);
    if (text && is_decimal(text))
        return result(canonical(ctx->arena, text), out, err);
    const char *const word = text ? text + strspn(text, "+-") : "";
    if (strcasecmp(word, "inf") == 0 || strcasecmp(word, "infinity") == 0 ||
        strcasecmp(word, "nan") == 0)
        return builtin_type_error(ctx, err, 1, "valid number string", v);
    return builtin_error(ctx, err, "strconv.ParseFloat: parsing \"%s\": invalid syntax",
                         value_bytes(v));
}

BUILTIN_FN(builtin_to_number)
{
    const struct value *const v = args[0];
    const unsigned types = TYPE_BIT(VALUE_NULL) | TYPE_BIT(VALUE_BOOL) | TYPE_BIT(VALUE_NUMBER) |
                           TYPE_BIT(VALUE_STRING);

    if (arg_one_of(ctx, args, 0, types, "null, boolean, number, string", err) < 0)
        return -1;
    if (value_is(v, VALUE_NUMBER)) {
        *out = v;
        return 0;
    }
    if (!value_is(v, VALUE_STRING))
        return result_int(ctx, value_bool(v), out, err);

    const char *const text = value_cstr(v);
    if (text && is_decimal(text) && isinf(strtod(text, NULL)))
        return builtin_error(ctx, err, "strconv.ParseFloat: parsing \"%s\": value out of range",
                             text);
    return builtin_number_of_text(ctx, v, out, err);
}
