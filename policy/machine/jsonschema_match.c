/* A document against a schema that schema_check found right. Of alternatives that all fail, the
 * one that came closest (by score) has its errors told, as OPA's library does. */
#include <gmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/machine/jsonschema.h"
#include "policy/machine/utf8.h"
#include "policy/value/json.h"
#include "policy/value/number.h"

/* Where in the document: the names on the way, innermost first. */
struct place {
    const struct place *outer;
    const struct value *key; /* string, or integer of an array; NULL at the root */
};

struct result {
    struct value_list errors;
    int score;
};

struct match {
    const struct schema *schema;
    struct arena *arena;
    unsigned depth;
    struct err *err;
};

static int match_any(struct match *m, const struct value *schema, const struct value *v,
                     const struct place *at, struct result *r);

/* --- errors ------------------------------------------------------------------------------ */

static void put_place(struct buf *b, const struct place *at)
{
    if (at->outer != NULL && at->outer->key != NULL) {
        put_place(b, at->outer);
        buf_putc(b, '.');
    }
    if (at->key == NULL)
        buf_puts(b, "(Root)");
    else if (value_is(at->key, VALUE_STRING))
        buf_add(b, value_bytes(at->key), at->key->count);
    else
        json_print(b, at->key, JSON_COMPACT);
}

static const struct value *field_of(struct match *m, const struct place *at)
{
    AUTO_BUF struct buf b = BUF_INIT;

    put_place(&b, at);
    return b.failed ? NULL : value_string(m->arena, b.data, b.len);
}

/* Tell of one error: 0, or -1 without memory. */
static int tell(struct match *m, struct result *r, const struct place *at, const char *type,
                const struct buf *text)
{
    const struct value *const field = field_of(m, at);
    const struct value *const desc =
        text->failed ? NULL : value_string(m->arena, text->data, text->len);
    struct value_fields f = {0};

    if (field == NULL || desc == NULL)
        return err_nomem(m->err);
    AUTO_BUF struct buf whole = BUF_INIT;

    buf_printf(&whole, "%s: %s", value_bytes(field), value_bytes(desc));
    if (buf_check(&whole, m->err) < 0)
        return -1;
    value_fields_add(m->arena, &f, "desc", desc);
    value_fields_add(m->arena, &f, "error", value_string(m->arena, whole.data, whole.len));
    value_fields_add(m->arena, &f, "field", field);
    value_fields_add(m->arena, &f, "type", value_str(m->arena, type));
    value_list_add(m->arena, &r->errors, value_fields_object(m->arena, &f));
    r->score -= 2;
    return r->errors.failed ? err_nomem(m->err) : 0;
}

static int tellf(struct match *m, struct result *r, const struct place *at, const char *type,
                 const char *fmt, ...) PRINTF_LIKE(5, 6);
static int tellf(struct match *m, struct result *r, const struct place *at, const char *type,
                 const char *fmt, ...)
{
    AUTO_BUF struct buf b = BUF_INIT;
    AUTO_FREE char *text = NULL;
    va_list ap;

    va_start(ap, fmt);
    const int n = vasprintf(&text, fmt, ap);
    va_end(ap);
    if (n < 0) {
        text = NULL;
        return err_nomem(m->err);
    }
    buf_add(&b, text, (size_t)n);
    return tell(m, r, at, type, &b);
}

static void merge(struct match *m, struct result *into, const struct result *from)
{
    for (size_t i = 0; i < from->errors.n; i++)
        value_list_add(m->arena, &into->errors, from->errors.items[i]);
    into->score += from->score;
}

/* --- keywords ---------------------------------------------------------------------------- */

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

static int type_fits(const struct value *types, const struct value *v)
{
    const char *const type = schema_type(v);
    const size_t n = value_is(types, VALUE_ARRAY) ? types->count : 1;

    for (size_t i = 0; i < n; i++) {
        const struct value *const t = value_is(types, VALUE_ARRAY) ? value_at(types, i) : types;

        if (value_is_str(t, type) || (value_is_str(t, "number") && value_is(v, VALUE_NUMBER)))
            return 1;
    }
    return 0;
}

static int wrong_type(struct match *m, const struct value *types, const struct value *v,
                      const struct place *at, struct result *r)
{
    AUTO_BUF struct buf b = BUF_INIT;

    buf_puts(&b, "Invalid type. Expected: ");
    if (value_is(types, VALUE_STRING)) {
        buf_puts(&b, value_bytes(types));
    } else if (types->count == 1) {
        buf_puts(&b, value_bytes(value_at(types, 0)));
    } else {
        for (size_t i = 0; i < types->count; i++)
            buf_printf(&b, "%c%s", i == 0 ? '[' : ',', value_bytes(value_at(types, i)));
        buf_putc(&b, ']');
    }
    buf_printf(&b, ", given: %s", schema_type(v));
    return tell(m, r, at, "invalid_type", &b);
}

/* anyOf and oneOf: how many fit, and what the closest of the others said. */
static int count_fits(struct match *m, const struct value *list, const struct value *v,
                      const struct place *at, bool stop, size_t *fits, struct result *best)
{
    bool has_best = false;

    *fits = 0;
    *best = (struct result){0};
    for (size_t i = 0; i < list->count && !(stop && *fits > 0); i++) {
        struct result one = {0};

        if (match_any(m, value_at(list, i), v, at, &one) < 0)
            return -1;
        if (one.errors.n == 0) {
            (*fits)++;
        } else if (*fits == 0 && (!has_best || one.score > best->score)) {
            *best = one;
            has_best = true;
        }
    }
    return 0;
}

static int match_combined(struct match *m, const struct value *s, const struct value *v,
                          const struct place *at, struct result *r)
{
    const struct value *const any = value_field(s, "anyOf"), *const one = value_field(s, "oneOf");
    const struct value *const all = value_field(s, "allOf"), *const not = value_field(s, "not");
    struct result best = {0};
    size_t fits = 0;

    if (any != NULL && any->count > 0) {
        if (count_fits(m, any, v, at, true, &fits, &best) < 0)
            return -1;
        if (fits == 0) {
            if (tellf(m, r, at, "number_any_of", "Must validate at least one schema (anyOf)") < 0)
                return -1;
            merge(m, r, &best);
        }
    }
    if (one != NULL && one->count > 0) {
        if (count_fits(m, one, v, at, false, &fits, &best) < 0)
            return -1;
        if (fits != 1 &&
            tellf(m, r, at, "number_one_of", "Must validate one and only one schema (oneOf)") < 0)
            return -1;
        if (fits == 0)
            merge(m, r, &best);
    }
    if (all != NULL && all->count > 0) {
        fits = 0;
        for (size_t i = 0; i < all->count; i++) {
            struct result part = {0};

            if (match_any(m, value_at(all, i), v, at, &part) < 0)
                return -1;
            fits += part.errors.n == 0;
            merge(m, r, &part);
        }
        if (fits != all->count &&
            tellf(m, r, at, "number_all_of", "Must validate all the schemas (allOf)") < 0)
            return -1;
    }
    if (not != NULL) {
        struct result part = {0};

        if (match_any(m, not, v, at, &part) < 0)
            return -1;
        if (part.errors.n == 0 &&
            tellf(m, r, at, "number_not", "Must not validate the schema (not)") < 0)
            return -1;
    }
    return 0;
}

static int match_dependencies(struct match *m, const struct value *s, const struct value *v,
                              const struct place *at, struct result *r)
{
    const struct value *const all = value_field(s, "dependencies");

    if (all == NULL || !value_is(v, VALUE_OBJECT))
        return 0;
    for (size_t i = 0; i < v->count; i++) {
        const struct value *const d = value_get(all, value_key_at(v, i));

        if (d == NULL)
            continue;
        if (!value_is(d, VALUE_ARRAY)) {
            if (match_any(m, d, v, at, r) < 0)
                return -1;
            continue;
        }
        for (size_t k = 0; k < d->count; k++) {
            if (value_get(v, value_at(d, k)) == NULL &&
                tellf(m, r, at, "missing_dependency", "Has a dependency on %s",
                      value_bytes(value_at(d, k))) < 0)
                return -1;
        }
    }
    return 0;
}

static int match_condition(struct match *m, const struct value *s, const struct value *v,
                           const struct place *at, struct result *r)
{
    const struct value *const cond = value_field(s, "if");
    struct result test = {0}, part = {0};

    if (cond == NULL || m->schema->draft < SCHEMA_DRAFT7)
        return 0;
    if (match_any(m, cond, v, at, &test) < 0)
        return -1;
    const bool held = test.errors.n == 0;
    const struct value *const next = value_field(s, held ? "then" : "else");

    if (next == NULL)
        return 0;
    if (match_any(m, next, v, at, &part) < 0)
        return -1;
    if (part.errors.n == 0)
        return 0;
    if (tellf(m, r, at, held ? "condition_then" : "condition_else",
              held ? "Must validate \"then\" as \"if\" was valid"
                   : "Must validate \"else\" as \"if\" was not valid") < 0)
        return -1;
    merge(m, r, &part);
    return 0;
}

/* const, enum, format */
static int match_common(struct match *m, const struct value *s, const struct value *v,
                        const struct place *at, struct result *r)
{
    const struct value *const constant = value_field(s, "const"), *const among =
                                                                      value_field(s, "enum");
    const struct value *const format = value_field(s, "format");
    const struct value *const field = field_of(m, at);
    bool found = among == NULL || among->count == 0;

    if (field == NULL)
        return err_nomem(m->err);
    if (constant != NULL && m->schema->draft >= SCHEMA_DRAFT6 && !value_equal(constant, v)) {
        AUTO_BUF struct buf b = BUF_INIT;

        buf_printf(&b, "%s does not match: ", value_bytes(field));
        json_print(&b, constant, JSON_GO_HTML);
        if (tell(m, r, at, "const", &b) < 0)
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
        if (tell(m, r, at, "enum", &b) < 0)
            return -1;
    }
    if (format != NULL && format->count > 0) {
        const int fits = schema_format(m->schema->ctx, value_bytes(format), v, m->err);

        if (fits < 0 || (fits == 0 && tellf(m, r, at, "format", "Does not match format '%s'",
                                            value_bytes(format)) < 0))
            return -1;
    }
    r->score++;
    return 0;
}

/* min.. and max.. of something counted */
static int match_count(struct match *m, const struct value *s, const struct place *at,
                       struct result *r, int64_t count, const char *key, bool least,
                       const char *type, const char *fmt_before, const char *fmt_after)
{
    int64_t limit = 0;
    const struct value *const v = value_field(s, key);

    if (v == NULL || !value_int64(v, &limit) || (least ? count >= limit : count <= limit))
        return 0;
    return tellf(m, r, at, type, "%s%lld%s", fmt_before, (long long)limit, fmt_after);
}

static int match_pattern(struct match *m, const struct value *pattern, const struct value *text)
{
    const struct regex *re = NULL;

    if (text_regex(m->schema->ctx, value_bytes(pattern), pattern->count, &re, m->err) < 0)
        return -1;
    return regex_find(re, m->arena, value_bytes(text), text->count, 0, NULL, 0, NULL, m->err);
}

static int match_string(struct match *m, const struct value *s, const struct value *v,
                        const struct place *at, struct result *r)
{
    const struct value *const pattern = value_field(s, "pattern");
    int64_t runes = 0;

    for (size_t i = 0, width = 0; i < v->count; i += width, runes++)
        (void)utf8_decode(value_bytes(v) + i, v->count - i, &width);
    if (match_count(m, s, at, r, runes, "minLength", true, "string_gte",
                    "String length must be greater than or equal to ", "") < 0 ||
        match_count(m, s, at, r, runes, "maxLength", false, "string_lte",
                    "String length must be less than or equal to ", "") < 0)
        return -1;
    if (pattern != NULL) {
        const int fits = match_pattern(m, pattern, v);

        if (fits < 0 || (fits == 0 && tellf(m, r, at, "pattern", "Does not match pattern '%s'",
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

static int bound(struct match *m, const struct place *at, struct result *r, const char *type,
                 const char *before, const struct value *limit)
{
    AUTO_BUF struct buf b = BUF_INIT;

    buf_puts(&b, before);
    put_number(&b, limit);
    return tell(m, r, at, type, &b);
}

static int match_number(struct match *m, const struct value *s, const struct value *v,
                        const struct place *at, struct result *r)
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

/* --- arrays and objects ------------------------------------------------------------------ */

static int match_part(struct match *m, const struct value *schema, const struct value *v,
                      const struct value *key, const struct place *at, struct result *r)
{
    const struct place inner = {at, key};
    struct result part = {0};

    if (key == NULL)
        return err_nomem(m->err);
    if (match_any(m, schema, v, &inner, &part) < 0)
        return -1;
    merge(m, r, &part);
    return 0;
}

static int match_items(struct match *m, const struct value *s, const struct value *v,
                       const struct place *at, struct result *r)
{
    const struct value *const items = value_field(s, "items");
    const struct value *const more = value_field(s, "additionalItems");

    if (items == NULL || (value_is(items, VALUE_ARRAY) && items->count == 0))
        return 0;
    const bool each = !value_is(items, VALUE_ARRAY);

    if (!each && more != NULL && value_is(more, VALUE_BOOL) && !value_bool(more) &&
        v->count > items->count &&
        tellf(m, r, at, "array_no_additional_items", "No additional items allowed on array") < 0)
        return -1;
    for (size_t i = 0; i < v->count; i++) {
        const struct value *const schema = each               ? items
                                           : i < items->count ? value_at(items, i)
                                                              : more;

        if (schema == NULL || (schema == more && value_is(more, VALUE_BOOL)))
            break;
        if (match_part(m, schema, value_at(v, i), value_int(m->arena, (int64_t)i), at, r) < 0)
            return -1;
    }
    return 0;
}

static int match_unique(struct match *m, const struct value *v, const struct place *at,
                        struct result *r)
{
    for (size_t j = 1; j < v->count; j++) {
        for (size_t i = j; i-- > 0;) {
            if (!value_equal(value_at(v, i), value_at(v, j)))
                continue;
            if (tellf(m, r, at, "unique", "array items[%zu,%zu] must be unique", i, j) < 0)
                return -1;
            break;
        }
    }
    return 0;
}

static int match_contains(struct match *m, const struct value *schema, const struct value *v,
                          const struct place *at, struct result *r)
{
    struct result best = {0};
    bool has_best = false;

    for (size_t i = 0; i < v->count; i++) {
        const struct place inner = {at, value_int(m->arena, (int64_t)i)};
        struct result one = {0};

        if (inner.key == NULL)
            return err_nomem(m->err);
        if (match_any(m, schema, value_at(v, i), &inner, &one) < 0)
            return -1;
        if (one.errors.n == 0)
            return 0;
        if (!has_best || one.score > best.score)
            best = one;
        has_best = true;
    }
    if (tellf(m, r, at, "contains", "At least one of the items must match") < 0)
        return -1;
    merge(m, r, &best);
    return 0;
}

static int match_array(struct match *m, const struct value *s, const struct value *v,
                       const struct place *at, struct result *r)
{
    const struct value *const unique = value_field(s, "uniqueItems");
    const struct value *const contains = value_field(s, "contains");

    if (match_items(m, s, v, at, r) < 0 ||
        match_count(m, s, at, r, v->count, "minItems", true, "array_min_items",
                    "Array must have at least ", " items") < 0 ||
        match_count(m, s, at, r, v->count, "maxItems", false, "array_max_items",
                    "Array must have at most ", " items") < 0)
        return -1;
    if (unique != NULL && value_bool(unique) && match_unique(m, v, at, r) < 0)
        return -1;
    if (contains != NULL && m->schema->draft >= SCHEMA_DRAFT6 &&
        match_contains(m, contains, v, at, r) < 0)
        return -1;
    r->score++;
    return 0;
}

/* A member that "properties" does not describe. */
static int match_member(struct match *m, const struct value *s, const struct value *key,
                        const struct value *v, const struct place *at, struct result *r)
{
    const struct value *const described = value_field(s, "properties");
    const struct value *const patterns = value_field(s, "patternProperties");
    const struct value *const more = value_field(s, "additionalProperties");
    bool found = described != NULL && value_get(described, key) != NULL, by_pattern = false;

    for (size_t i = 0; patterns != NULL && i < patterns->count; i++) {
        const int fits = match_pattern(m, value_key_at(patterns, i), key);

        if (fits < 0 || (fits > 0 && match_part(m, value_val_at(patterns, i), v, key, at, r) < 0))
            return -1;
        by_pattern |= fits > 0;
    }
    if (by_pattern)
        r->score++;
    if (found || by_pattern || more == NULL)
        return 0;
    if (!value_is(more, VALUE_BOOL))
        return match_part(m, more, v, key, at, r);
    return value_bool(more) ? 0
                            : tellf(m, r, at, "additional_property_not_allowed",
                                    "Additional property %s is not allowed", value_bytes(key));
}

static int match_object(struct match *m, const struct value *s, const struct value *v,
                        const struct place *at, struct result *r)
{
    const struct value *const required = value_field(s, "required");
    const struct value *const names = value_field(s, "propertyNames");

    if (match_count(m, s, at, r, v->count, "minProperties", true, "array_min_properties",
                    "Must have at least ", " properties") < 0 ||
        match_count(m, s, at, r, v->count, "maxProperties", false, "array_max_properties",
                    "Must have at most ", " properties") < 0)
        return -1;
    for (size_t i = 0; required != NULL && i < required->count; i++) {
        const struct value *const key = value_at(required, i);

        if (value_get(v, key) != NULL)
            r->score++;
        else if (tellf(m, r, at, "required", "%s is required", value_bytes(key)) < 0)
            return -1;
    }
    for (size_t i = 0; i < v->count; i++) {
        if (match_member(m, s, value_key_at(v, i), value_val_at(v, i), at, r) < 0)
            return -1;
    }
    for (size_t i = 0; names != NULL && m->schema->draft >= SCHEMA_DRAFT6 && i < v->count; i++) {
        struct result part = {0};

        if (match_any(m, names, value_key_at(v, i), at, &part) < 0)
            return -1;
        if (part.errors.n == 0)
            continue;
        if (tellf(m, r, at, "invalid_property_name", "Property name of \"%s\" does not match",
                  value_bytes(value_key_at(v, i))) < 0)
            return -1;
        merge(m, r, &part);
    }
    r->score++;
    return 0;
}

static int match_properties(struct match *m, const struct value *s, const struct value *v,
                            const struct place *at, struct result *r)
{
    const struct value *const described = value_field(s, "properties");

    for (size_t i = 0; described != NULL && i < described->count; i++) {
        const struct value *const key = value_key_at(described, i);
        const struct value *const member = value_get(v, key);
        const struct place inner = {at, key};

        if (member != NULL && match_any(m, value_val_at(described, i), member, &inner, r) < 0)
            return -1;
    }
    return 0;
}

/* --- one schema -------------------------------------------------------------------------- */

static int match_typed(struct match *m, const struct value *s, const struct value *v,
                       const struct place *at, struct result *r)
{
    if (match_combined(m, s, v, at, r) < 0 || match_dependencies(m, s, v, at, r) < 0 ||
        match_condition(m, s, v, at, r) < 0)
        return -1;
    r->score++;
    switch ((enum value_type)v->type) {
    case VALUE_ARRAY:
        return match_array(m, s, v, at, r) < 0 ? -1 : match_common(m, s, v, at, r);
    case VALUE_OBJECT:
        return match_object(m, s, v, at, r) < 0 || match_common(m, s, v, at, r) < 0
                   ? -1
                   : match_properties(m, s, v, at, r);
    case VALUE_NUMBER:
        return match_number(m, s, v, at, r) < 0 ? -1 : match_common(m, s, v, at, r);
    case VALUE_STRING:
        return match_common(m, s, v, at, r) < 0 ? -1 : match_string(m, s, v, at, r);
    default:
        return match_common(m, s, v, at, r);
    }
}

static int match_one(struct match *m, const struct value *s, const struct value *v,
                     const struct place *at, struct result *r)
{
    const struct value *const ref = value_field(s, "$ref"), *const types = value_field(s, "type");

    if (value_is(s, VALUE_BOOL))
        return value_bool(s) ? 0 : tellf(m, r, at, "false", "False always fails validation");
    if (ref != NULL) {
        const struct value *const to = schema_resolve(m->schema, ref, m->err);

        return to == NULL ? -1 : match_any(m, to, v, at, r);
    }
    if (types != NULL && !(value_is(types, VALUE_ARRAY) && types->count == 0) &&
        !type_fits(types, v))
        return wrong_type(m, types, v, at, r);
    if (match_typed(m, s, v, at, r) < 0)
        return -1;
    r->score++;
    return 0;
}

static int match_any(struct match *m, const struct value *schema, const struct value *v,
                     const struct place *at, struct result *r)
{
    if (m->depth == SCHEMA_DEPTH_MAX)
        return err_set(m->err, ERR_LIMIT, "schema refers deeper than %d levels", SCHEMA_DEPTH_MAX);
    m->depth++;
    const int got = match_one(m, schema, v, at, r);

    m->depth--;
    return got;
}

int schema_match(const struct schema *s, const struct value *doc, const struct value **errors,
                 struct err *err)
{
    struct match m = {.schema = s, .arena = s->ctx->arena, .err = err};
    const struct place root = {NULL, NULL};
    struct result r = {0};

    if (match_any(&m, s->root, doc, &root, &r) < 0)
        return -1;
    *errors = value_list_array(m.arena, &r.errors);
    return *errors == NULL ? err_nomem(err) : 0;
}
