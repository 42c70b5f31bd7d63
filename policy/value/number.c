#include "policy/value/number.h"

#include <stdlib.h>

#include "policy/value/big.h"

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
    if (v->form == VALUE_FORM_INT) {
        if (v->u.integer >= 0)
            *out = (uint64_t)v->u.integer;
        return v->u.integer >= 0;
    }
    decimal_of(&d, v, scratch);
    return !d.neg && magnitude(&d, out);
}

/* --- arithmetic -------------------------------------------------------------------------- */

static int result_int(struct arena *a, int64_t n, const struct value **out, struct err *err)
{
    *out = value_int(a, n);
    return *out ? 0 : err_nomem(err);
}

static int fail(struct err *err, const char *what)
{
    return err_eval(err, "eval_builtin_error", "%s", what);
}

/* The result of op on small integers; false when it is no small integer. */
static bool small_arith(enum number_op op, int64_t x, int64_t y, int64_t *out)
{
    switch (op) {
    case NUMBER_ADD:
        return !__builtin_add_overflow(x, y, out);
    case NUMBER_SUB:
        return !__builtin_sub_overflow(x, y, out);
    case NUMBER_MUL:
        return !__builtin_mul_overflow(x, y, out);
    case NUMBER_DIV:
        if (y == 0 || y == -1 || x % y != 0)
            return false;
        *out = x / y;
        return true;
    case NUMBER_REM:
        if (y == 0 || y == -1)
            return false;
        *out = x % y;
        return true;
    }
    return false;
}

static int big_arith(struct arena *a, enum number_op op, const struct value *x,
                     const struct value *y, const struct value **out, struct err *err)
{
    AUTO_BIG struct big bx = big_new();
    AUTO_BIG struct big by = big_new();

    if (big_of(&bx, x, err) < 0 || big_of(&by, y, err) < 0)
        return -1;
    switch (op) {
    case NUMBER_ADD:
        mpz_add(bx.z, bx.z, by.z);
        break;
    case NUMBER_SUB:
        mpz_sub(bx.z, bx.z, by.z);
        break;
    case NUMBER_MUL:
        mpz_mul(bx.z, bx.z, by.z);
        break;
    case NUMBER_DIV:
    case NUMBER_REM:
        if (mpz_sgn(by.z) == 0)
            return fail(err, "modulo by zero");
        mpz_tdiv_r(bx.z, bx.z, by.z);
        break;
    }
    return big_value(a, &bx, out, err);
}

static int float_arith(struct arena *a, enum number_op op, const struct value *x,
                       const struct value *y, const struct value **out, struct err *err)
{
    static void (*const ops[])(struct bigfloat *, const struct bigfloat *,
                               const struct bigfloat *) = {
        [NUMBER_ADD] = bigfloat_add,
        [NUMBER_SUB] = bigfloat_sub,
        [NUMBER_MUL] = bigfloat_mul,
        [NUMBER_DIV] = bigfloat_div,
    };
    AUTO_BIGFLOAT struct bigfloat fx = bigfloat_new();
    AUTO_BIGFLOAT struct bigfloat fy = bigfloat_new();
    AUTO_BIGFLOAT struct bigfloat result = bigfloat_new();

    if (bigfloat_of(&fx, x, err) < 0 || bigfloat_of(&fy, y, err) < 0)
        return -1;
    if (op == NUMBER_DIV && mpz_sgn(fy.mant.z) == 0)
        return fail(err, "divide by zero");
    ops[op](&result, &fx, &fy);
    return bigfloat_value(a, &result, out, err);
}

int number_arith(struct arena *a, enum number_op op, const struct value *x, const struct value *y,
                 const struct value **out, struct err *err)
{
    int64_t n;

    if (x->form == VALUE_FORM_INT && y->form == VALUE_FORM_INT &&
        small_arith(op, x->u.integer, y->u.integer, &n))
        return result_int(a, n, out, err);
    const bool integers = number_is_integer(x) && number_is_integer(y);
    if (op == NUMBER_REM && !integers)
        return fail(err, "modulo on floating-point number");
    if (integers && op != NUMBER_DIV)
        return big_arith(a, op, x, y, out, err);
    return float_arith(a, op, x, y, out, err);
}

/* f's integer part, towards zero; whether anything was cut off. */
static bool whole_part(struct big *z, const struct bigfloat *f)
{
    if (f->exp >= 0) {
        mpz_mul_2exp(z->z, f->mant.z, (unsigned long)f->exp);
        return false;
    }
    mpz_tdiv_q_2exp(z->z, f->mant.z, (unsigned long)-f->exp);
    return mpz_divisible_2exp_p(f->mant.z, (unsigned long)-f->exp) == 0;
}

/* As OPA does it, in floats of 64 bits: between -1 and 0 both floor and ceil go one up, since the
 * zero that is left of the number has lost its sign. */
int number_round(struct arena *a, enum number_round how, const struct value *x,
                 const struct value **out, struct err *err)
{
    if (x->form == VALUE_FORM_INT && (how != NUMBER_ABS || x->u.integer >= 0)) {
        *out = x;
        return 0;
    }
    AUTO_BIGFLOAT struct bigfloat f = bigfloat_new();
    AUTO_BIG struct big z = big_new();

    if (bigfloat_of(&f, x, err) < 0)
        return -1;
    if (how == NUMBER_ABS) {
        mpz_abs(f.mant.z, f.mant.z);
        return bigfloat_value(a, &f, out, err);
    }
    if (how == NUMBER_ROUND) {
        AUTO_BIGFLOAT struct bigfloat half = bigfloat_new();
        AUTO_BIGFLOAT struct bigfloat sum = bigfloat_new();

        mpz_set_si(half.mant.z, mpz_sgn(f.mant.z) < 0 ? -1 : 1);
        half.exp = -1;
        bigfloat_add(&sum, &f, &half);
        (void)whole_part(&z, &sum);
        return big_value(a, &z, out, err);
    }
    const bool cut = whole_part(&z, &f);

    if (cut && how == NUMBER_CEIL && mpz_sgn(z.z) >= 0)
        mpz_add_ui(z.z, z.z, 1);
    if (cut && how == NUMBER_FLOOR && mpz_sgn(z.z) < 0)
        mpz_sub_ui(z.z, z.z, 1);
    return big_value(a, &z, out, err);
}

/* --- bits -------------------------------------------------------------------------------- */

/* Shifts that no limit of digits would admit fail before they are tried. */
static int shift(struct big *x, enum number_bits op, const struct big *by, struct err *err)
{
    const unsigned long max = 4UL * NUMBER_DIGITS_MAX;
    const unsigned long n = mpz_cmp_ui(by->z, max) > 0 ? max + 1 : mpz_get_ui(by->z);

    if (mpz_sgn(by->z) < 0)
        return fail(err, "operand 2 must be an unsigned integer number but got a negative integer");
    if (op == NUMBER_RSH) {
        mpz_fdiv_q_2exp(x->z, x->z, n);
        return 0;
    }
    if (n > max && mpz_sgn(x->z) != 0)
        return err_set(err, ERR_LIMIT, "number of more than %d digits", NUMBER_DIGITS_MAX);
    if (mpz_sgn(x->z) != 0)
        mpz_mul_2exp(x->z, x->z, n);
    return 0;
}

int number_bits(struct arena *a, enum number_bits op, const struct value *x, const struct value *y,
                const struct value **out, struct err *err)
{
    AUTO_BIG struct big bx = big_new();
    AUTO_BIG struct big by = big_new();

    if (big_of(&bx, x, err) < 0 || (y && big_of(&by, y, err) < 0))
        return -1;
    switch (op) {
    case NUMBER_AND:
        mpz_and(bx.z, bx.z, by.z);
        break;
    case NUMBER_OR:
        mpz_ior(bx.z, bx.z, by.z);
        break;
    case NUMBER_XOR:
        mpz_xor(bx.z, bx.z, by.z);
        break;
    case NUMBER_NEGATE:
        mpz_com(bx.z, bx.z);
        break;
    case NUMBER_LSH:
    case NUMBER_RSH:
        if (shift(&bx, op, &by, err) < 0)
            return -1;
        break;
    }
    return big_value(a, &bx, out, err);
}

int number_format_int(struct arena *a, const struct value *x, int base, const struct value **out,
                      struct err *err)
{
    AUTO_BIG struct big b = big_new();

    if (big_of(&b, x, err) < 0)
        return -1;
    char *const text = arena_alloc(a, mpz_sizeinbase(b.z, base) + 2);
    *out = text ? value_str(a, mpz_get_str(text, base, b.z)) : NULL;
    return *out ? 0 : err_nomem(err);
}
