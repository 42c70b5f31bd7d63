/* policy/value/decimal.h - a number's text as sign, digits and scale, without copying it.
 *
 * Layer:   policy/value (private to this room and the built-ins beside it)
 * Owns:    nothing; a struct decimal borrows the value (or the scratch given).
 * Trust:   exponents are hostile: they saturate, and nothing here allocates in their proportion.
 */
#ifndef POLICY_VALUE_DECIMAL_H
#define POLICY_VALUE_DECIMAL_H

#include "policy/value/value.h"

/* 0.d1 d2 d3 ... * 10^scale, d1 and the last digit not zero; n == 0: zero. */
struct decimal {
    bool neg;
    size_t n;
    int64_t scale;
    const char *digits; /* from d1 on; the text's point, if it stands among them, is at `point` */
    size_t point;       /* offset in digits of the '.', or SIZE_MAX */
};

enum { DECIMAL_SCRATCH = 24 };

void decimal_of(struct decimal *d, const struct value *number, char scratch[DECIMAL_SCRATCH]);

static inline char decimal_digit(const struct decimal *d, size_t i)
{
    return d->digits[i + (i >= d->point ? 1 : 0)];
}

int decimal_compare(const struct decimal *x, const struct decimal *y);

/* No digit stands behind the point. */
static inline bool decimal_is_integer(const struct decimal *d)
{
    return d->n == 0 || d->scale >= (int64_t)d->n;
}

#endif
