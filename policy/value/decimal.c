#include "policy/value/decimal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Beyond this no exponent changes what a comparison says; sums of a few cannot overflow. */
#define EXPONENT_MAX ((int64_t)1 << 60)

static int64_t read_exponent(const char *s)
{
    const bool neg = *s == '-';
    int64_t e = 0;

    for (s += *s == '-' || *s == '+'; *s >= '0' && *s <= '9'; s++)
        e = e >= EXPONENT_MAX / 10 ? EXPONENT_MAX : e * 10 + (*s - '0');
    return neg ? -e : e;
}

void decimal_of(struct decimal *d, const struct value *number, char scratch[DECIMAL_SCRATCH])
{
    const char *s = number->u.digits;

    if (number->form == VALUE_FORM_INT) {
        (void)snprintf(scratch, DECIMAL_SCRATCH, "%" PRId64, number->u.integer);
        s = scratch;
    }
    *d = (struct decimal){.neg = *s == '-', .point = SIZE_MAX};
    s += d->neg;

    const size_t ints = strspn(s, "0123456789");
    const size_t fracs = s[ints] == '.' ? strspn(s + ints + 1, "0123456789") : 0;
    const char *end = s + ints + (s[ints] == '.' ? 1 + fracs : 0);
    d->scale = (int64_t)ints + (*end == 'e' || *end == 'E' ? read_exponent(end + 1) : 0);

    /* Leading zeros go, each taking one off the scale; then trailing ones. */
    size_t first = 0, last = ints + fracs;
    const char *const point = s + ints;
    while (first < last && s[first + (first >= ints ? 1 : 0)] == '0')
        first++;
    while (last > first && s[last - 1 + (last - 1 >= ints ? 1 : 0)] == '0')
        last--;
    d->n = last - first;
    d->scale -= (int64_t)first;
    d->digits = s + first + (first >= ints ? 1 : 0);
    if (d->n == 0)
        *d = (struct decimal){.neg = false, .point = SIZE_MAX};
    else if (first < ints && last > ints)
        d->point = (size_t)(point - d->digits);
}

int decimal_compare(const struct decimal *x, const struct decimal *y)
{
    const int sx = x->n == 0 ? 0 : x->neg ? -1 : 1;
    const int sy = y->n == 0 ? 0 : y->neg ? -1 : 1;

    if (sx != sy || sx == 0)
        return (sx > sy) - (sx < sy);
    if (x->scale != y->scale)
        return x->scale > y->scale ? sx : -sx;
    for (size_t i = 0; i < x->n && i < y->n; i++) {
        const int c = decimal_digit(x, i) - decimal_digit(y, i);
        if (c != 0)
            return c > 0 ? sx : -sx;
    }
    return x->n == y->n ? 0 : x->n > y->n ? sx : -sx;
}
