#include "policy/value/big.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "policy/value/number.h"

struct big big_new(void)
{
    struct big b;

    mpz_init(b.z);
    return b;
}

void big_done(struct big *b)
{
    mpz_clear(b->z);
}

static int too_long(struct err *err)
{
    return err_set(err, ERR_LIMIT, "number of more than %d digits", NUMBER_DIGITS_MAX);
}

/* The first n significant digits as an integer. */
static int digits_of(struct big *b, const struct decimal *d, size_t n, struct arena *scratch,
                     struct err *err)
{
    char *const text = arena_alloc(scratch, n + 1);

    if (!text)
        return err_nomem(err);
    for (size_t i = 0; i < n; i++)
        text[i] = decimal_digit(d, i);
    text[n] = '\0';
    return mpz_set_str(b->z, n > 0 ? text : "0", 10);
}

enum { SCRATCH_BYTES = 1024 * 1024 };

/* d's digits as far as `scale` reaches, times the power of ten that is left over. */
static int integer_part(struct big *b, const struct decimal *d, struct err *err)
{
    AUTO_ARENA struct arena scratch = ARENA_INIT(SCRATCH_BYTES);

    if (d->n == 0 || d->scale <= 0) {
        mpz_set_ui(b->z, 0);
        return 0;
    }
    if (d->scale > NUMBER_DIGITS_MAX)
        return too_long(err);
    const size_t scale = (size_t)d->scale;
    const size_t n = d->n < scale ? d->n : scale;
    if (digits_of(b, d, n, &scratch, err) < 0)
        return -1;
    if (scale > n) {
        AUTO_BIG struct big power = big_new();
        mpz_ui_pow_ui(power.z, 10, scale - n);
        mpz_mul(b->z, b->z, power.z);
    }
    if (d->neg)
        mpz_neg(b->z, b->z);
    return 0;
}

int big_of(struct big *b, const struct value *x, struct err *err)
{
    char scratch[DECIMAL_SCRATCH];
    struct decimal d;

    if (x->form == VALUE_FORM_INT) {
        mpz_set_si(b->z, x->u.integer);
        return 0;
    }
    decimal_of(&d, x, scratch);
    return integer_part(b, &d, err);
}

/* A number value of text. */
static int number_value(struct arena *a, const char *text, const struct value **out,
                        struct err *err)
{
    *out = value_number(a, text, strlen(text));
    return *out ? 0 : err_nomem(err);
}

int big_value(struct arena *a, const struct big *b, const struct value **out, struct err *err)
{
    const size_t digits = mpz_sizeinbase(b->z, 10);

    if (mpz_fits_slong_p(b->z)) {
        *out = value_int(a, mpz_get_si(b->z));
        return *out ? 0 : err_nomem(err);
    }
    if (digits > NUMBER_DIGITS_MAX)
        return too_long(err);
    AUTO_ARENA struct arena scratch = ARENA_INIT(SCRATCH_BYTES);
    char *const text = arena_alloc(&scratch, digits + 2);
    if (!text)
        return err_nomem(err);
    return number_value(a, mpz_get_str(text, 10, b->z), out, err);
}

/* --- floats ------------------------------------------------------------------------------ */

struct bigfloat bigfloat_new(void)
{
    return (struct bigfloat){.mant = big_new(), .prec = BIGFLOAT_PREC};
}

void bigfloat_done(struct bigfloat *f)
{
    big_done(&f->mant);
}

static size_t bits_of(const mpz_t z)
{
    return mpz_sgn(z) == 0 ? 0 : mpz_sizeinbase(z, 2);
}

/* Cut the mantissa to prec bits, nearest, ties to even; `rest`: a part below the lowest bit was
 * lost already. */
static void round_to_prec(struct bigfloat *f, bool rest)
{
    const size_t bits = bits_of(f->mant.z);

    if (bits <= f->prec)
        return;
    const mp_bitcnt_t cut = bits - f->prec;
    const int sign = mpz_sgn(f->mant.z);
    mpz_abs(f->mant.z, f->mant.z);
    const bool half = mpz_tstbit(f->mant.z, cut - 1) != 0;
    const bool below = rest || mpz_scan1(f->mant.z, 0) < cut - 1;
    mpz_tdiv_q_2exp(f->mant.z, f->mant.z, cut);
    if (half && (below || mpz_odd_p(f->mant.z)))
        mpz_add_ui(f->mant.z, f->mant.z, 1);
    if (sign < 0)
        mpz_neg(f->mant.z, f->mant.z);
    f->exp += (long)cut;
    if (bits_of(f->mant.z) > f->prec) { /* all ones became one and zeros */
        mpz_tdiv_q_2exp(f->mant.z, f->mant.z, 1);
        f->exp++;
    }
}

/* num * 2^exp / den into f, rounded. */
static void set_quotient(struct bigfloat *f, const mpz_t num, const mpz_t den, long exp)
{
    AUTO_BIG struct big shifted = big_new();
    AUTO_BIG struct big rest = big_new();
    const long want = (long)f->prec + 2 - ((long)bits_of(num) - (long)bits_of(den));
    const long shift = want > 0 ? want : 0;

    mpz_mul_2exp(shifted.z, num, (mp_bitcnt_t)shift);
    mpz_tdiv_qr(f->mant.z, rest.z, shifted.z, den);
    f->exp = exp - shift;
    round_to_prec(f, mpz_sgn(rest.z) != 0);
}

int bigfloat_of(struct bigfloat *f, const struct value *x, struct err *err)
{
    char text[DECIMAL_SCRATCH];
    struct decimal d;

    f->prec = BIGFLOAT_PREC;
    f->exp = 0;
    decimal_of(&d, x, text);
    if (decimal_is_integer(&d)) {
        if (integer_part(&f->mant, &d, err) < 0)
            return -1;
        round_to_prec(f, false);
        return 0;
    }

    AUTO_ARENA struct arena scratch = ARENA_INIT(SCRATCH_BYTES);
    const int64_t places = (int64_t)d.n - d.scale;
    if (places > NUMBER_DIGITS_MAX || d.n > NUMBER_DIGITS_MAX)
        return too_long(err);
    AUTO_BIG struct big num = big_new();
    AUTO_BIG struct big den = big_new();
    if (digits_of(&num, &d, d.n, &scratch, err) < 0)
        return -1;
    if (d.neg)
        mpz_neg(num.z, num.z);
    mpz_ui_pow_ui(den.z, 10, (unsigned long)places);
    set_quotient(f, num.z, den.z, 0);
    return 0;
}

static void add_or_sub(struct bigfloat *r, const struct bigfloat *x, const struct bigfloat *y,
                       void (*op)(mpz_ptr, mpz_srcptr, mpz_srcptr))
{
    AUTO_BIG struct big xm = big_new();
    AUTO_BIG struct big ym = big_new();
    const long exp = x->exp < y->exp ? x->exp : y->exp;

    mpz_mul_2exp(xm.z, x->mant.z, (mp_bitcnt_t)(x->exp - exp));
    mpz_mul_2exp(ym.z, y->mant.z, (mp_bitcnt_t)(y->exp - exp));
    op(r->mant.z, xm.z, ym.z);
    r->exp = exp;
    round_to_prec(r, false);
}

void bigfloat_add(struct bigfloat *r, const struct bigfloat *x, const struct bigfloat *y)
{
    add_or_sub(r, x, y, mpz_add);
}

void bigfloat_sub(struct bigfloat *r, const struct bigfloat *x, const struct bigfloat *y)
{
    add_or_sub(r, x, y, mpz_sub);
}

void bigfloat_mul(struct bigfloat *r, const struct bigfloat *x, const struct bigfloat *y)
{
    mpz_mul(r->mant.z, x->mant.z, y->mant.z);
    r->exp = x->exp + y->exp;
    round_to_prec(r, false);
}

void bigfloat_div(struct bigfloat *r, const struct bigfloat *x, const struct bigfloat *y)
{
    set_quotient(r, x->mant.z, y->mant.z, x->exp - y->exp);
}

/* --- shortest digits --------------------------------------------------------------------- */

/* 0.digits * 10^point, without trailing zeros. */
struct digits {
    char *text;
    size_t n;
    long point;
};

/* The exact decimal digits of mant * 2^exp. */
static bool exact_digits(struct digits *d, const mpz_t mant, long exp, struct arena *scratch)
{
    AUTO_BIG struct big z = big_new();

    if (exp >= 0) {
        mpz_mul_2exp(z.z, mant, (mp_bitcnt_t)exp);
    } else {
        mp_bitcnt_t zeros = mpz_scan1(mant, 0);
        if (zeros > (mp_bitcnt_t)-exp)
            zeros = (mp_bitcnt_t)-exp;
        mpz_tdiv_q_2exp(z.z, mant, zeros);
        exp += (long)zeros;
        AUTO_BIG struct big power = big_new();
        mpz_ui_pow_ui(power.z, 5, (unsigned long)-exp);
        mpz_mul(z.z, z.z, power.z);
    }
    d->text = arena_alloc(scratch, mpz_sizeinbase(z.z, 10) + 2);
    if (!d->text)
        return false;
    (void)mpz_get_str(d->text, 10, z.z);
    d->n = strlen(d->text);
    d->point = (long)d->n + (exp < 0 ? exp : 0);
    while (d->n > 0 && d->text[d->n - 1] == '0')
        d->n--;
    return true;
}

static char digit_at(const struct digits *d, size_t i)
{
    return i < d->n ? d->text[i] : '0';
}

/* Keep n digits, rounding the last up. */
static void round_up(struct digits *d, size_t n)
{
    d->n = n;
    while (d->n > 0 && d->text[d->n - 1] == '9')
        d->n--;
    if (d->n == 0) {
        d->text[0] = '1';
        d->n = 1;
        d->point++;
    } else {
        d->text[d->n - 1]++;
    }
}

static void round_down(struct digits *d, size_t n)
{
    d->n = n;
    while (d->n > 0 && d->text[d->n - 1] == '0')
        d->n--;
}

/* Nearest, ties to even, as Go's decimal rounds. */
static void round_nearest(struct digits *d, size_t n)
{
    if (n >= d->n)
        return;
    const bool tie = d->text[n] == '5' && n + 1 == d->n;
    const bool up = tie ? n > 0 && (d->text[n - 1] - '0') % 2 != 0 : d->text[n] >= '5';
    if (up)
        round_up(d, n);
    else
        round_down(d, n);
}

/* Drop digits as long as what is left lies between the neighbours' halves (lower and upper). */
static void shorten(struct digits *d, const struct digits *lower, const struct digits *upper,
                    bool inclusive)
{
    for (size_t i = 0; i < d->n; i++) {
        const char m = d->text[i], l = digit_at(lower, i), u = digit_at(upper, i);
        const bool down = l != m || (inclusive && i + 1 == lower->n);
        const bool up = m != u && (inclusive || m + 1 < u || i + 1 < upper->n);
        if (down && up)
            round_nearest(d, i + 1);
        else if (down)
            round_down(d, i + 1);
        else if (up)
            round_up(d, i + 1);
        if (down || up)
            return;
    }
}

static bool shortest(struct digits *d, const struct bigfloat *f, struct arena *scratch)
{
    AUTO_BIG struct big mant = big_new();
    AUTO_BIG struct big edge = big_new();
    struct digits lower, upper;

    /* One bit more than the precision, so that the lowest is half a unit in the last place. */
    mpz_abs(mant.z, f->mant.z);
    const mp_bitcnt_t shift = f->prec + 1 - bits_of(mant.z);
    const long exp = f->exp - (long)shift;
    mpz_mul_2exp(mant.z, mant.z, shift);
    if (!exact_digits(d, mant.z, exp, scratch))
        return false;
    mpz_sub_ui(edge.z, mant.z, 1);
    if (!exact_digits(&lower, edge.z, exp, scratch))
        return false;
    mpz_add_ui(edge.z, mant.z, 1);
    if (!exact_digits(&upper, edge.z, exp, scratch))
        return false;
    shorten(d, &lower, &upper, !mpz_tstbit(mant.z, 1));
    return true;
}

static void put_plain(struct buf *b, const struct digits *d)
{
    if (d->point <= 0)
        buf_puts(b, "0.");
    for (long i = d->point; i < 0; i++)
        buf_putc(b, '0');
    for (long i = 0; i < (long)d->n || i < d->point; i++) {
        if (i == d->point && i > 0)
            buf_putc(b, '.');
        buf_putc(b, digit_at(d, (size_t)i));
    }
}

static void put_exponent(struct buf *b, const struct digits *d)
{
    const long exp = d->point - 1;

    buf_putc(b, d->text[0]);
    if (d->n > 1)
        buf_putc(b, '.');
    buf_add(b, d->text + 1, d->n - 1);
    buf_printf(b, "e%c%02ld", exp < 0 ? '-' : '+', exp < 0 ? -exp : exp);
}

static bool is_integer(const struct bigfloat *f)
{
    return f->exp >= 0 || mpz_scan1(f->mant.z, 0) >= (mp_bitcnt_t)-f->exp;
}

/* As %g chooses for shortest digits: an exponent below -4 or from 6 on. */
enum { PLAIN_LOW = -4, PLAIN_HIGH = 6 };

int bigfloat_value(struct arena *a, const struct bigfloat *f, const struct value **out,
                   struct err *err)
{
    AUTO_ARENA struct arena scratch = ARENA_INIT(8 * SCRATCH_BYTES);
    AUTO_BUF struct buf b = BUF_INIT;
    struct digits d;

    if (mpz_sgn(f->mant.z) == 0)
        return number_value(a, "0", out, err);
    if (labs(f->exp) > 4L * NUMBER_DIGITS_MAX)
        return too_long(err);
    if (!shortest(&d, f, &scratch))
        return err_nomem(err);
    if (d.point > NUMBER_DIGITS_MAX)
        return too_long(err);
    if (mpz_sgn(f->mant.z) < 0)
        buf_putc(&b, '-');
    if (is_integer(f) || (d.point - 1 >= PLAIN_LOW && d.point - 1 < PLAIN_HIGH))
        put_plain(&b, &d);
    else
        put_exponent(&b, &d);
    if (buf_check(&b, err) < 0)
        return -1;
    return number_value(a, b.data, out, err);
}
