/* Keywords on strings, numbers and values of any type. */
#include <gmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/machine/jsonschema_match.h"
#include "policy/machine/rune.h"
#include "policy/value/json.h"
#include "policy/value/number.h"

/* A bound as %v prints a big.Float: shortest digits, with an exponent from 1e+06 on. */
static void put_number(struct buf *b, const struct value *v)
{
    const double d = number_double(v);
    char text[64];
    int precision = 0;

    do {
        (void)snprintf(text, sizeof(text), "%.*e", precision, d);
    } while (strtod(text, NULL) != d && ++precision < 17);
    const char *const e = strchr(text, 'e');
    const int exponent = e != NULL ? (int)strtol(e + 1, NULL, 10) : 0;

    if (exponent >= -4 && exponent < 6)
        (void)snprintf(text, sizeof(text), "%.*f", precision > exponent ? precision - exponent : 0,
                       d);
    buf_puts(b, text);
}

/* const, enum, format */
int schema_match_common(struct schema_job *m, const struct value *s, const struct value *v,
                        const struct schema_place *at, struct schema_result *r)
{
    const struct value *const constant = value_field(s, "const"), *const among =
                                                                      value_field(s, "enum");
    const struct value *const format = value_field(s, "format");
    const struct value *const field = schema_field_of(m, at);
    bool found = among == NULL || among->count == 0;

    if (field == NULL)
        return err_nomem(m->err);
    if (constant != NULL && m->schema->draft >= SCHEMA_DRAFT6 && !value_equal(constant, v)) {
        AUTO_BUF struct buf b = BUF_INIT;

        buf_printf(&b, "%s does not match: ", value_bytes(field));
        json_print(&b, constant, JSON_GO_HTML);
        if (schema_tell(m, r, at, "const", &b) < 0)
            return -1;
    }
    for (size_t i = 0; !found && i < among->count; i++)
        found = value_equal(value_at(among, i), v);
    if (!found) {
        AUTO_BUF struct buf b = BUF_INIT;

        buf_printf(&b, "%s must be one of the following: ", value_bytes(field));
        for (size_t i = 0; i < among->count; i++) {
            buf_puts(&b, i > 0 ? ", " : "");
            json_print(&b, value_at(among, i), JSON_GO_HTML);
        }
        if (schema_tell(m, r, at, "enum", &b) < 0)
            return -1;
    }
    if (format != NULL && format->count > 0) {
        const int fits = schema_format(m->schema->ctx, value_bytes(format), v, m->err);

        if (fits < 0 || (fits == 0 && schema_tellf(m, r, at, "format", "Does not match format '%s'",
                                                   value_bytes(format)) < 0))
            return -1;
    }
    r->score++;
    return 0;
}

/* min.. and max.. of something counted */
int schema_match_count(struct schema_job *m, const struct value *s, const struct schema_place *at,
                       struct schema_result *r, int64_t count, const char *key, bool least,
                       const char *type, const char *fmt_before, const char *fmt_after)
{
    int64_t limit = 0;
    const struct value *const v = value_field(s, key);

    if (v == NULL || !value_int64(v, &limit) || (least ? count >= limit : count <= limit))
        return 0;
    return schema_tellf(m, r, at, type, "%s%lld%s", fmt_before, (long long)limit, fmt_after);
}

int schema_match_pattern(struct schema_job *m, const struct value *pattern,
                         const struct value *text)
{
    const struct regex *re = NULL;

    if (text_regex(m->schema->ctx, value_bytes(pattern), pattern->count, &re, m->err) < 0)
        return -1;
    return regex_find(re, m->arena, value_bytes(text), text->count, 0, NULL, 0, NULL, m->err);
}

int schema_match_string(struct schema_job *m, const struct value *s, const struct value *v,
                        const struct schema_place *at, struct schema_result *r)
{
    const struct value *const pattern = value_field(s, "pattern");
    int64_t runes = 0;

    for (size_t i = 0, width = 0; i < v->count; i += width, runes++)
        (void)rune_at(value_bytes(v) + i, v->count - i, &width);
    if (schema_match_count(m, s, at, r, runes, "minLength", true, "string_gte",
                           "String length must be greater than or equal to ", "") < 0 ||
        schema_match_count(m, s, at, r, runes, "maxLength", false, "string_lte",
                           "String length must be less than or equal to ", "") < 0)
        return -1;
    if (pattern != NULL) {
        const int fits = schema_match_pattern(m, pattern, v);

        if (fits < 0 ||
            (fits == 0 && schema_tellf(m, r, at, "pattern", "Does not match pattern '%s'",
                                       value_bytes(pattern)) < 0))
            return -1;
    }
    r->score++;
    return 0;
}

/* --- numbers ----------------------------------------------------------------------------- */

enum { EXPONENT_MAX = 4096 };

/* The exact value; false: its exponent is out of all reason. */
static bool rational(const struct value *v, mpq_t out)
{
    AUTO_BUF struct buf b = BUF_INIT;
    long exponent = 0;
    char *e = NULL, *point = NULL;

    json_print(&b, v, JSON_COMPACT);
    if (b.failed)
        return false;
    e = strpbrk(b.data, "eE");
    if (e != NULL) {
        exponent = strtol(e + 1, NULL, 10);
        *e = '\0';
    }
    point = strchr(b.data, '.');
    if (point != NULL) {
        exponent -= (long)strlen(point + 1);
        memmove(point, point + 1, strlen(point));
    }
    if (exponent > EXPONENT_MAX || exponent < -EXPONENT_MAX ||
        mpz_set_str(mpq_numref(out), b.data, 10) < 0)
        return false;
    mpz_set_ui(mpq_denref(out), 1);
    mpz_t power;

    mpz_init(power);
    mpz_ui_pow_ui(power, 10, (unsigned long)labs(exponent));
    if (exponent >= 0)
        mpz_mul(mpq_numref(out), mpq_numref(out), power);
    else
        mpz_mul(mpq_denref(out), mpq_denref(out), power);
    mpz_clear(power);
    mpq_canonicalize(out);
    return true;
}

static bool is_multiple(const struct value *v, const struct value *of)
{
    mpq_t x, y;

    mpq_inits(x, y, NULL);
    bool yes = rational(v, x) && rational(of, y) && mpq_sgn(y) != 0;

    if (yes) {
        mpq_div(x, x, y);
        yes = mpz_cmp_ui(mpq_denref(x), 1) == 0;
    }
    mpq_clears(x, y, NULL);
    return yes;
}

static int bound(struct schema_job *m, const struct schema_place *at, struct schema_result *r,
                 const char *type, const char *before, const struct value *limit)
{
    AUTO_BUF struct buf b = BUF_INIT;

    buf_puts(&b, before);
    put_number(&b, limit);
    return schema_tell(m, r, at, type, &b);
}

int schema_match_number(struct schema_job *m, const struct value *s, const struct value *v,
                        const struct schema_place *at, struct schema_result *r)
{
    const struct value *const of = value_field(s, "multipleOf");
    const struct value *max = value_field(s, "maximum"), *min = value_field(s, "minimum");
    const struct value *xmax = value_field(s, "exclusiveMaximum");
    const struct value *xmin = value_field(s, "exclusiveMinimum");

    if (of != NULL && !is_multiple(v, of) &&
        bound(m, at, r, "multiple_of", "Must be a multiple of ", of) < 0)
        return -1;
    /* draft 4's flags turn the bound beside them into an exclusive one */
    if (xmax != NULL && value_is(xmax, VALUE_BOOL)) {
        xmax = value_bool(xmax) ? max : NULL;
        max = xmax != NULL ? NULL : max;
    }
    if (xmin != NULL && value_is(xmin, VALUE_BOOL)) {
        xmin = value_bool(xmin) ? min : NULL;
        min = xmin != NULL ? NULL : min;
    }
    if (max != NULL && number_compare(v, max) > 0 &&
        bound(m, at, r, "number_lte", "Must be less than or equal to ", max) < 0)
        return -1;
    if (xmax != NULL && number_compare(v, xmax) >= 0 &&
        bound(m, at, r, "number_lt", "Must be less than ", xmax) < 0)
        return -1;
    if (min != NULL && number_compare(v, min) < 0 &&
        bound(m, at, r, "number_gte", "Must be greater than or equal to ", min) < 0)
        return -1;
    if (xmin != NULL && number_compare(v, xmin) <= 0 &&
        bound(m, at, r, "number_gt", "Must be greater than ", xmin) < 0)
        return -1;
    r->score++;
    return 0;
}
