/* Moments to text and back by Go's layouts; durations. */
#include <stdio.h>
#include <string.h>

#include "base/own.h"
#include "policy/machine/gotime.h"

/* --- format ------------------------------------------------------------------------------ */

static void put_offset(struct buf *b, const struct time_chunk *f, int32_t offset)
{
    const int32_t a = offset < 0 ? -offset : offset;
    const char *const colon = f->colon ? ":" : "";

    if (f->z && offset == 0) {
        buf_putc(b, 'Z');
        return;
    }
    buf_printf(b, "%c%02d", offset < 0 ? '-' : '+', a / 3600);
    if (f->parts > 1)
        buf_printf(b, "%s%02d", colon, a / 60 % 60);
    if (f->parts > 2)
        buf_printf(b, "%s%02d", colon, a % 60);
}

static void put_fraction(struct buf *b, const struct time_chunk *f, int32_t ns)
{
    char digits[10];
    int n = f->digits > 9 ? 9 : f->digits;

    (void)snprintf(digits, sizeof(digits), "%09d", ns);
    if (f->field == FIELD_FRACTION9) {
        while (n > 0 && digits[n - 1] == '0')
            n--;
        if (n == 0)
            return;
    }
    buf_putc(b, *f->text);
    buf_add(b, digits, (size_t)n);
    for (int i = n; f->field == FIELD_FRACTION0 && i < f->digits; i++)
        buf_putc(b, '0');
}

static void put_zone(struct buf *b, const struct civil *c)
{
    if (c->zone != NULL && *c->zone != '\0') {
        buf_puts(b, c->zone);
        return;
    }
    const int32_t minutes = c->offset / 60, a = minutes < 0 ? -minutes : minutes;

    buf_printf(b, "%c%02d%02d", minutes < 0 ? '-' : '+', a / 60, a % 60);
}

static void put_field(struct buf *b, const struct time_chunk *f, const struct civil *c)
{
    const int hour12 = c->hour % 12 == 0 ? 12 : c->hour % 12;
    const int64_t year = c->year < 0 ? -c->year : c->year;

    switch (f->field) {
    case FIELD_NONE:
        break;
    case FIELD_MONTH_LONG:
        buf_puts(b, month_names[c->month - 1]);
        break;
    case FIELD_MONTH_SHORT:
        buf_printf(b, "%.3s", month_names[c->month - 1]);
        break;
    case FIELD_MONTH:
        buf_printf(b, "%d", c->month);
        break;
    case FIELD_MONTH2:
        buf_printf(b, "%02d", c->month);
        break;
    case FIELD_WEEKDAY_LONG:
        buf_puts(b, weekday_names[c->weekday]);
        break;
    case FIELD_WEEKDAY_SHORT:
        buf_printf(b, "%.3s", weekday_names[c->weekday]);
        break;
    case FIELD_DAY:
        buf_printf(b, "%d", c->day);
        break;
    case FIELD_DAY_SPACE:
        buf_printf(b, "%2d", c->day);
        break;
    case FIELD_DAY2:
        buf_printf(b, "%02d", c->day);
        break;
    case FIELD_YDAY_SPACE:
        buf_printf(b, "%3d", c->yday);
        break;
    case FIELD_YDAY3:
        buf_printf(b, "%03d", c->yday);
        break;
    case FIELD_HOUR:
        buf_printf(b, "%02d", c->hour);
        break;
    case FIELD_HOUR12:
        buf_printf(b, "%d", hour12);
        break;
    case FIELD_HOUR12_2:
        buf_printf(b, "%02d", hour12);
        break;
    case FIELD_MINUTE:
        buf_printf(b, "%d", c->minute);
        break;
    case FIELD_MINUTE2:
        buf_printf(b, "%02d", c->minute);
        break;
    case FIELD_SECOND:
        buf_printf(b, "%d", c->second);
        break;
    case FIELD_SECOND2:
        buf_printf(b, "%02d", c->second);
        break;
    case FIELD_YEAR4:
        buf_printf(b, "%s%04lld", c->year < 0 ? "-" : "", (long long)year);
        break;
    case FIELD_YEAR2:
        buf_printf(b, "%02d", (int)(year % 100));
        break;
    case FIELD_PM:
        buf_puts(b, c->hour >= 12 ? "PM" : "AM");
        break;
    case FIELD_PM_LOWER:
        buf_puts(b, c->hour >= 12 ? "pm" : "am");
        break;
    case FIELD_ZONE:
        put_zone(b, c);
        break;
    case FIELD_OFFSET:
        put_offset(b, f, c->offset);
        break;
    case FIELD_FRACTION0:
    case FIELD_FRACTION9:
        put_fraction(b, f, c->ns);
        break;
    }
}

void time_format(struct buf *b, const char *layout, const struct civil *c)
{
    while (*layout != '\0') {
        const struct time_chunk f = layout_next(layout);

        buf_add(b, f.prefix, f.prefix_len);
        put_field(b, &f, c);
        layout = f.rest;
    }
}

/* --- durations --------------------------------------------------------------------------- */

static const struct unit {
    const char *name;
    uint64_t ns;
    bool extended;
} units[] = {
    {"ns", 1, false},
    {"us", 1000, false},
    {"\xc2\xb5s", 1000, false}, /* U+00B5, micro sign */
    {"\xce\xbcs", 1000, false}, /* U+03BC, Greek mu */
    {"ms", 1000000, false},
    {"s", 1000000000, false},
    {"m", 60000000000, false},
    {"h", 3600000000000, false},
    {"d", 24 * 3600000000000, true},
    {"w", 7 * 24 * 3600000000000, true},
    {"y", 365 * 24 * 3600000000000, true},
};

static bool digit(const char *s, const char *end)
{
    return s < end && *s >= '0' && *s <= '9';
}

static const struct unit *unit_named(const char *s, size_t len)
{
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (strlen(units[i].name) == len && memcmp(units[i].name, s, len) == 0)
            return &units[i];
    }
    return NULL;
}

enum { MAGNITUDE_BITS = 63 };

/* One number with its unit: *total grows. 0, or why not. */
static const char *read_segment(const char **at, const char *end, uint64_t *total,
                                const char **unit, size_t *unit_len)
{
    const uint64_t limit = (uint64_t)1 << MAGNITUDE_BITS;
    const char *s = *at;
    uint64_t v = 0, frac = 0;
    double scale = 1;
    bool digits = false, overflow = false;

    for (; digit(s, end); s++, digits = true) {
        if (v > limit / 10)
            return "invalid";
        v = v * 10 + (uint64_t)(*s - '0');
        if (v > limit)
            return "invalid";
    }
    if (s < end && *s == '.') {
        for (s++; digit(s, end); s++, digits = true) {
            if (overflow || frac > (limit - 1) / 10) {
                overflow = true;
                continue;
            }
            frac = frac * 10 + (uint64_t)(*s - '0');
            scale *= 10;
        }
    }
    if (!digits)
        return "invalid";
    *unit = s;
    while (s < end && *s != '.' && !digit(s, end))
        s++;
    *unit_len = (size_t)(s - *unit);
    if (*unit_len == 0)
        return "missing unit";
    const struct unit *const u = unit_named(*unit, *unit_len);

    if (u == NULL)
        return "unknown unit";
    if (v > limit / u->ns)
        return "invalid";
    v *= u->ns;
    if (frac > 0) {
        v += (uint64_t)((double)frac * ((double)u->ns / scale));
        if (v > limit)
            return "invalid";
    }
    *total += v;
    *at = s;
    return *total > limit ? "invalid" : NULL;
}

int duration_parse(const char *text, size_t len, int64_t *ns, struct err *err)
{
    const char *at = text, *const end = text + len, *unit = NULL;
    size_t unit_len = 0;
    uint64_t total = 0;
    const char *why = NULL;
    bool negative = false, extended = false;

    for (size_t i = 0; i < len; i++)
        extended |= text[i] == 'd' || text[i] == 'w' || text[i] == 'y';
    if (at < end && (*at == '-' || *at == '+'))
        negative = *at++ == '-';
    if (end - at == 1 && *at == '0' && !extended) {
        *ns = 0;
        return 0;
    }
    if (at == end)
        why = "invalid";
    while (at < end && why == NULL)
        why = read_segment(&at, end, &total, &unit, &unit_len);
    if (why == NULL && !negative && total > INT64_MAX)
        why = "invalid";
    if (why != NULL && (extended || strcmp(why, "invalid") == 0))
        return err_set(err, ERR_INVALID, "time: invalid duration \"%.*s\"", (int)len, text);
    if (why != NULL && strcmp(why, "unknown unit") == 0)
        return err_set(err, ERR_INVALID, "time: unknown unit \"%.*s\" in duration \"%.*s\"",
                       (int)unit_len, unit, (int)len, text);
    if (why != NULL)
        return err_set(err, ERR_INVALID, "time: missing unit in duration \"%.*s\"", (int)len, text);
    *ns = negative ? (int64_t)(0 - total) : (int64_t)total;
    return 0;
}
