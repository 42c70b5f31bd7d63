/* policy/machine/gofmt.h - one operand printed as Go's fmt prints it.
 *
 * Layer:   policy/machine, private to builtins_sprintf.c
 * Limits:  widths and precisions reach GOFMT_WIDTH_MAX; the buffer bounds the rest.
 * Source:  the documentation and behaviour of Go's fmt, strconv and math/big.
 */
#ifndef POLICY_MACHINE_GOFMT_H
#define POLICY_MACHINE_GOFMT_H

#include <stdint.h>

#include "base/buf.h"
#include "policy/value/value.h"

enum { GOFMT_WIDTH_MAX = 1000000 };

struct gofmt {
    struct buf *out;
    bool plus, minus, sharp, space, zero;
    bool plus_v, sharp_v; /* %+v and %#v: the flag belongs to the verb, not to the number */
    bool has_width, has_prec;
    size_t width, prec;
};

/* Each returns false, with nothing printed, when the type has no such verb. */
bool gofmt_int(struct gofmt *f, int64_t n, uint32_t verb);
bool gofmt_float(struct gofmt *f, double v, uint32_t verb);
bool gofmt_string(struct gofmt *f, const char *s, size_t len, uint32_t verb);
/* Decimal digits of an integer beyond int64, sign included; another base needs its digits. */
bool gofmt_big(struct gofmt *f, const struct value *n, struct arena *a, uint32_t verb);

#endif
