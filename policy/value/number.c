#include "policy/value/number.h"

#include <stdlib.h>

#include "policy/value/decimal.h"

int number_compare(const struct value *x, const struct value *y)
{
    char xs[DECIMAL_SCRATCH], ys[DECIMAL_SCRATCH];
    struct decimal dx, dy;

    if (x->form == VALUE_FORM_INT && y->form == VALUE_FORM_INT)
        return (x->u.integer > y->u.integer) - (x->u.integer < y->u.integer);
    decimal_of(&dx, x, xs);
    decimal_of(&dy, y, ys);
    return decimal_compare(&dx, &dy);
}

bool number_is_integer(const struct value *x)
{
    char scratch[DECIMAL_SCRATCH];
    struct decimal d;

    if (x->form == VALUE_FORM_INT)
        return true;
    decimal_of(&d, x, scratch);
    return decimal_is_integer(&d);
}

double number_double(const struct value *x)
{
    return x->form == VALUE_FORM_INT ? (double)x->u.integer : strtod(x->u.digits, NULL);
}

/* Magnitude of an integer of at most 20 digits; false when it has more or a fraction. */
static bool magnitude(const struct decimal *d, uint64_t *out)
{
    uint64_t n = 0;

    if (!decimal_is_integer(d) || d->scale > 20)
        return false;
    for (int64_t i = 0; i < d->scale; i++) {
        const uint64_t digit =
            i < (int64_t)d->n ? (uint64_t)(decimal_digit(d, (size_t)i) - '0') : 0;
        if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, digit, &n))
            return false;
    }
    *out = n;
    return true;
}

bool value_int64(const struct value *v, int64_t *out)
{
    char scratch[DECIMAL_SCRATCH];
    struct decimal d;
    uint64_t n;

    if (!v || v->type != VALUE_NUMBER)
        return false;
    if (v->form == VALUE_FORM_INT) {
        *out = v->u.integer;
        return true;
    }
    decimal_of(&d, v, scratch);
    if (!magnitude(&d, &n) || n > (uint64_t)INT64_MAX + (d.neg ? 1 : 0))
        return false;
    *out = d.neg ? (int64_t)(0 - n) : (int64_t)n;
    return true;
}

bool value_uint64(const struct value *v, uint64_t *out)
{
    char scratch[DECIMAL_SCRATCH];
    struct decimal d;

    if (!v || v->type != VALUE_NUMBER)
        return false;
    decimal_of(&d, v, scratch);
    return !d.neg && magnitude(&d, out);
}
