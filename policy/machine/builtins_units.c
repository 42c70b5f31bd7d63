#include <string.h>

#include "policy/machine/builtin_arg.h"
#include "policy/machine/builtins_core.h"
#include "policy/value/big.h"
#include "policy/value/number.h"

/* Amounts with units: "10Ki" (units.parse), "10KiB" (units.parse_bytes). */

enum { EXPONENT_DIGITS_MAX = 6, FRACTION_DIGITS = 10 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* How much of s may be a number: digits, points, signs, exponents. SIZE_MAX: the exponent has too
 * many digits. */
static size_t number_length(const char *s)
{
    for (size_t i = 0;; i++) {
        if (s[i] == 'e' || s[i] == 'E') {
            const bool sign = s[i + 1] == '+' || s[i + 1] == '-';
            if (!sign && !is_digit(s[i + 1]))
                return i;
            i += sign;
            if (strspn(s + i + 1, "0123456789") > EXPONENT_DIGITS_MAX)
                return SIZE_MAX;
        } else if (!is_digit(s[i]) && (s[i] == '\0' || !strchr(".+-", s[i]))) {
            return i;
        }
    }
}

/* The operand without double quotes, which old policies carry along. */
static char *without_quotes(struct arena *a, const struct value *v)
{
    char *const text = arena_alloc(a, (size_t)v->count + 1);
    size_t n = 0;

    for (size_t i = 0; text && i < v->count; i++)
        if (value_bytes(v)[i] != '"')
            text[n++] = value_bytes(v)[i];
    if (text)
        text[n] = '\0';
    return text;
}

/* An optional sign, digits with one point among or around them, an exponent: as JSON writes it. */
static const struct value *read_number(struct arena *a, const char *s, size_t len)
{
    const struct value *const text = value_string(a, s, len);
    const struct value *n = NULL;
    struct err err = ERR_INIT;
    struct builtin_ctx ctx = {.arena = a, .name = "to_number"};

    if (!text || builtin_number_of_text(&ctx, text, &n, &err) < 0)
        return NULL;
    return n;
}

static int split_amount(struct builtin_ctx *ctx, const struct value *const *args, char **text,
                        size_t *number, struct err *err)
{
    if (arg_string(ctx, args, 0, err) < 0)
        return -1;
    *text = without_quotes(ctx->arena, args[0]);
    if (!*text)
        return err_nomem(err);
    if (strchr(*text, ' '))
        return builtin_error(ctx, err, "%s: spaces not allowed in resource strings", ctx->name);
    *number = number_length(*text);
    if (*number == SIZE_MAX)
        return builtin_error(ctx, err, "%s: exponent too large", ctx->name);
    return 0;
}

static void to_lower(char *s)
{
    for (; *s; s++)
        if (*s >= 'A' && *s <= 'Z')
            *s = (char)(*s + 0x20);
}

struct unit {
    const char *name;
    unsigned base; /* 1000 or 1024; 0: a thousandth */
    unsigned power;
};

static const struct unit *find_unit(const struct unit *rows, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

/* --- units.parse ------------------------------------------------------------------------- */

/* The first letter keeps its case, to tell m from M. */
static const struct unit si_units[] = {
    {"", 1000, 0},   {"m", 0, 1},     {"k", 1000, 1},  {"K", 1000, 1},  {"ki", 1024, 1},
    {"Ki", 1024, 1}, {"M", 1000, 2},  {"mi", 1024, 2}, {"Mi", 1024, 2}, {"g", 1000, 3},
    {"G", 1000, 3},  {"gi", 1024, 3}, {"Gi", 1024, 3}, {"t", 1000, 4},  {"T", 1000, 4},
    {"ti", 1024, 4}, {"Ti", 1024, 4}, {"p", 1000, 5},  {"P", 1000, 5},  {"pi", 1024, 5},
    {"Pi", 1024, 5}, {"e", 1000, 6},  {"E", 1000, 6},  {"ei", 1024, 6}, {"Ei", 1024, 6},
};

/* n times the unit, exactly: as a ratio of integers. */
static int ratio_of(mpq_t q, const struct value *n, const struct unit *unit, struct err *err)
{
    char scratch[DECIMAL_SCRATCH];
    struct decimal d;
    AUTO_BIG struct big factor = big_new();

    decimal_of(&d, n, scratch);
    const int64_t places = decimal_is_integer(&d) ? 0 : (int64_t)d.n - d.scale;
    if (places > NUMBER_DIGITS_MAX || d.scale > NUMBER_DIGITS_MAX || d.n > NUMBER_DIGITS_MAX)
        return err_set(err, ERR_LIMIT, "number of more than %d digits", NUMBER_DIGITS_MAX);
    mpz_set_ui(mpq_numref(q), 0);
    for (size_t i = 0; i < d.n; i++) {
        mpz_mul_ui(mpq_numref(q), mpq_numref(q), 10);
        mpz_add_ui(mpq_numref(q), mpq_numref(q), (unsigned long)(decimal_digit(&d, i) - '0'));
    }
    mpz_ui_pow_ui(factor.z, 10,
                  (unsigned long)(places > 0 ? 0
                                  : d.n > 0  ? d.scale - (int64_t)d.n
                                             : 0));
    mpz_mul(mpq_numref(q), mpq_numref(q), factor.z);
    mpz_ui_pow_ui(factor.z, unit->base ? unit->base : 1, unit->power);
    mpz_mul(mpq_numref(q), mpq_numref(q), factor.z);
    if (d.neg)
        mpz_neg(mpq_numref(q), mpq_numref(q));
    mpz_ui_pow_ui(mpq_denref(q), 10, (unsigned long)places + (unit->base ? 0 : 3));
    mpq_canonicalize(q);
    return 0;
}

/* An integer, or ten places behind the point, rounded half away from zero. */
static const struct value *ratio_value(struct arena *a, mpq_t q)
{
    AUTO_BIG struct big scaled = big_new();
    AUTO_BIG struct big half = big_new();

    if (mpz_cmp_ui(mpq_denref(q), 1) == 0) {
        char *const text = arena_alloc(a, mpz_sizeinbase(mpq_numref(q), 10) + 2);
        if (!text)
            return NULL;
        (void)mpz_get_str(text, 10, mpq_numref(q));
        return value_number(a, text, strlen(text));
    }
    const bool neg = mpq_sgn(q) < 0;
    mpz_ui_pow_ui(scaled.z, 10, FRACTION_DIGITS);
    mpz_mul(scaled.z, scaled.z, mpq_numref(q));
    mpz_abs(scaled.z, scaled.z);
    mpz_mul_2exp(scaled.z, scaled.z, 1);
    mpz_add(scaled.z, scaled.z, mpq_denref(q));
    mpz_mul_2exp(half.z, mpq_denref(q), 1);
    mpz_tdiv_q(scaled.z, scaled.z, half.z);

    char *const digits = arena_alloc(a, mpz_sizeinbase(scaled.z, 10) + 2);
    struct buf b = BUF_INIT;
    if (!digits)
        return NULL;
    (void)mpz_get_str(digits, 10, scaled.z);
    const size_t len = strlen(digits);
    if (neg)
        buf_putc(&b, '-');
    const size_t ints = len > FRACTION_DIGITS ? len - FRACTION_DIGITS : 0;
    buf_add(&b, ints > 0 ? digits : "0", ints > 0 ? ints : 1);
    buf_putc(&b, '.');
    for (size_t i = len; i < FRACTION_DIGITS; i++)
        buf_putc(&b, '0');
    buf_puts(&b, digits + ints);
    const struct value *const v = b.failed ? NULL : value_number(a, b.data, b.len);
    buf_done(&b);
    return v;
}

BUILTIN_FN(builtin_units_parse)
{
    char *text;
    size_t number;
    mpq_t q;

    if (split_amount(ctx, args, &text, &number, err) < 0)
        return -1;
    if (number == 0)
        return builtin_error(ctx, err, "%s: no amount provided", ctx->name);
    if (text[number])
        to_lower(text + number + 1);
    const struct unit *const unit =
        find_unit(si_units, sizeof(si_units) / sizeof(si_units[0]), text + number);
    if (!unit)
        return builtin_error(ctx, err, "%s: unit %s not recognized", ctx->name, text + number);
    const struct value *const n = read_number(ctx->arena, text, number);
    if (!n)
        return builtin_error(ctx, err, "%s: could not parse amount to a number", ctx->name);
    mpq_init(q);
    const int rc =
        ratio_of(q, n, unit, err) < 0 ? -1 : result(ratio_value(ctx->arena, q), out, err);
    mpq_clear(q);
    return rc;
}

/* --- units.parse_bytes ------------------------------------------------------------------- */

static const struct unit byte_units[] = {
    {"", 1000, 0},    {"k", 1000, 1},   {"kb", 1000, 1},  {"ki", 1024, 1},  {"kib", 1024, 1},
    {"m", 1000, 2},   {"mb", 1000, 2},  {"mi", 1024, 2},  {"mib", 1024, 2}, {"g", 1000, 3},
    {"gb", 1000, 3},  {"gi", 1024, 3},  {"gib", 1024, 3}, {"t", 1000, 4},   {"tb", 1000, 4},
    {"ti", 1024, 4},  {"tib", 1024, 4}, {"p", 1000, 5},   {"pb", 1000, 5},  {"pi", 1024, 5},
    {"pib", 1024, 5}, {"e", 1000, 6},   {"eb", 1000, 6},  {"ei", 1024, 6},  {"eib", 1024, 6},
};

BUILTIN_FN(builtin_units_parse_bytes)
{
    char *text;
    size_t number;
    int64_t factor = 1;
    const struct value *product;

    if (split_amount(ctx, args, &text, &number, err) < 0)
        return -1;
    if (number == 0)
        return builtin_error(ctx, err, "%s: no byte amount provided", ctx->name);
    to_lower(text + number);
    const struct unit *const unit =
        find_unit(byte_units, sizeof(byte_units) / sizeof(byte_units[0]), text + number);
    if (!unit)
        return builtin_error(ctx, err, "%s: byte unit %s not recognized", ctx->name, text + number);
    const struct value *const n = read_number(ctx->arena, text, number);
    if (!n)
        return builtin_error(ctx, err, "%s: could not parse byte amount to a number", ctx->name);
    for (unsigned i = 0; i < unit->power; i++)
        factor *= unit->base;
    const struct value *const by = value_int(ctx->arena, factor);
    if (!by)
        return err_nomem(err);
    if (number_arith(ctx->arena, NUMBER_MUL, n, by, &product, err) < 0)
        return builtin_raise(ctx, err);

    /* Whole bytes: the fraction is cut. */
    AUTO_BIG struct big whole = big_new();
    if (big_of(&whole, product, err) < 0 || big_value(ctx->arena, &whole, out, err) < 0)
        return builtin_raise(ctx, err);
    return 0;
}
