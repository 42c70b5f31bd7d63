/* policy/value/big.h - what lies beyond int64: GMP integers, and floats of a chosen precision.
 *
 * Layer:   policy/value (private to this room and the built-ins beside it)
 * Owns:    a struct big owns its limbs (AUTO_BIG); values made from it live in the arena.
 * Errors:  ERR_LIMIT past NUMBER_DIGITS_MAX digits or that many places behind the point, ERR_NOMEM.
 * Source:  Go's math/big, whose rounding and printing OPA's decimals show.
 */
#ifndef POLICY_VALUE_BIG_H
#define POLICY_VALUE_BIG_H

#include <gmp.h>

#include "policy/value/decimal.h"

struct big {
    mpz_t z;
};

#define AUTO_BIG __attribute__((cleanup(big_done)))

struct big big_new(void);
void big_done(struct big *b);

/* The number's integer part, exactly. */
int big_of(struct big *b, const struct value *x, struct err *err) MUST_CHECK;

/* The integer as a value. */
int big_value(struct arena *a, const struct big *b, const struct value **out,
              struct err *err) MUST_CHECK;

/* mant * 2^exp; mant has at most prec bits. */
struct bigfloat {
    struct big mant;
    long exp;
    unsigned long prec;
};

#define AUTO_BIGFLOAT __attribute__((cleanup(bigfloat_done)))

enum { BIGFLOAT_PREC = 64 };

struct bigfloat bigfloat_new(void);
void bigfloat_done(struct bigfloat *f);

/* The nearest float of BIGFLOAT_PREC bits, ties to even. */
int bigfloat_of(struct bigfloat *f, const struct value *x, struct err *err) MUST_CHECK;
void bigfloat_add(struct bigfloat *r, const struct bigfloat *x, const struct bigfloat *y);
void bigfloat_sub(struct bigfloat *r, const struct bigfloat *x, const struct bigfloat *y);
void bigfloat_mul(struct bigfloat *r, const struct bigfloat *x, const struct bigfloat *y);
void bigfloat_div(struct bigfloat *r, const struct bigfloat *x, const struct bigfloat *y);

/* The shortest digits that read back as the same float: plain for integers, else plain or with an
 * exponent as %g chooses. */
int bigfloat_value(struct arena *a, const struct bigfloat *f, const struct value **out,
                   struct err *err) MUST_CHECK;

#endif
