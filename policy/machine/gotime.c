#include "policy/machine/gotime.h"

#include <string.h>

#include "base/own.h"

const char *const month_names[12] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};
const char *const weekday_names[7] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                      "Thursday", "Friday", "Saturday"};

enum { DAY = 86400 };

static const struct {
    const char *name, *layout;
} layouts[] = {
    {"ANSIC", "Mon Jan _2 15:04:05 2006"},
    {"UnixDate", "Mon Jan _2 15:04:05 MST 2006"},
    {"RubyDate", "Mon Jan 02 15:04:05 -0700 2006"},
    {"RFC822", "02 Jan 06 15:04 MST"},
    {"RFC822Z", "02 Jan 06 15:04 -0700"},
    {"RFC850", "Monday, 02-Jan-06 15:04:05 MST"},
    {"RFC1123", "Mon, 02 Jan 2006 15:04:05 MST"},
    {"RFC1123Z", "Mon, 02 Jan 2006 15:04:05 -0700"},
    {"RFC3339", "2006-01-02T15:04:05Z07:00"},
    {"RFC3339Nano", "2006-01-02T15:04:05.999999999Z07:00"},
};

const char *layout_named(const char *layout)
{
    for (size_t i = 0; i < ARRAY_LEN(layouts); i++) {
        if (strcmp(layouts[i].name, layout) == 0)
            return layouts[i].layout;
    }
    return layout;
}

/* --- calendar ---------------------------------------------------------------------------- */

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

/* Years from March on, in eras of 400: leap days come last. */
int64_t days_of_civil(int64_t year, int month, int day)
{
    const int64_t y = year - (month <= 2);
    const int64_t era = floor_div(y, 400);
    const int64_t yoe = y - era * 400;
    const int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    const int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

    return era * 146097 + doe - 719468;
}

static void civil_of_days(int64_t days, struct civil *c)
{
    const int64_t z = days + 719468;
    const int64_t era = floor_div(z, 146097);
    const int64_t doe = z - era * 146097;
    const int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    const int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    const int64_t mp = (5 * doy + 2) / 153;

    c->day = (int)(doy - (153 * mp + 2) / 5 + 1);
    c->month = (int)(mp < 10 ? mp + 3 : mp - 9);
    c->year = yoe + era * 400 + (c->month <= 2);
    c->weekday = (int)(((days + 4) % 7 + 7) % 7);
    c->yday = (int)(days - days_of_civil(c->year, 1, 1)) + 1;
}

int days_in_month(int64_t year, int month)
{
    const int64_t next_year = month == 12 ? year + 1 : year;
    const int next_month = month == 12 ? 1 : month + 1;

    return (int)(days_of_civil(next_year, next_month, 1) - days_of_civil(year, month, 1));
}

struct civil civil_of(struct moment t, const struct zone *zone)
{
    const struct zone_span span = zone_at(zone, t.sec);
    const int64_t local = t.sec + span.offset;
    const int64_t days = floor_div(local, DAY);
    const int in_day = (int)(local - days * DAY);
    struct civil c = {.hour = in_day / 3600,
                      .minute = in_day / 60 % 60,
                      .second = in_day % 60,
                      .ns = t.ns,
                      .offset = span.offset,
                      .zone = span.name};

    civil_of_days(days, &c);
    return c;
}

struct moment moment_of(const struct civil *c, const struct zone *zone)
{
    const int64_t months = c->year * 12 + c->month - 1;
    const int64_t year = floor_div(months, 12);
    const int month = (int)(months - year * 12) + 1;
    const int64_t days = days_of_civil(year, month, 1) + c->day - 1;
    int64_t sec = days * DAY + c->hour * 3600 + c->minute * 60 + c->second;
    struct zone_span span = zone_at(zone, sec);

    /* the offset in force at that wall-clock reading: looked up once more when the first guess
     * falls outside of its span */
    if (span.offset != 0 && (sec - span.offset < span.from || sec - span.offset >= span.until))
        span = zone_at(zone, sec - span.offset);
    sec -= span.offset;
    return (struct moment){sec, c->ns};
}

bool moment_ns(struct moment t, int64_t *ns)
{
    int64_t out = 0;

    /* the least value's seconds alone do not fit: count them from the second above */
    if (t.sec < 0) {
        if (__builtin_mul_overflow(t.sec + 1, 1000000000, &out) ||
            __builtin_add_overflow(out, t.ns - 1000000000, &out))
            return false;
    } else if (__builtin_mul_overflow(t.sec, 1000000000, &out) ||
               __builtin_add_overflow(out, t.ns, &out)) {
        return false;
    }
    *ns = out;
    return true;
}

struct moment moment_of_ns(int64_t ns)
{
    const int64_t sec = floor_div(ns, 1000000000);

    const int64_t rest = ns % 1000000000; /* sec * 10^9 may be below the smallest integer */

    return (struct moment){sec, (int32_t)(rest < 0 ? rest + 1000000000 : rest)};
}

/* --- layouts ----------------------------------------------------------------------------- */

static bool begins(const char *s, const char *with)
{
    return strncmp(s, with, strlen(with)) == 0;
}

static bool lower_follows(const char *s)
{
    return *s >= 'a' && *s <= 'z';
}

static const struct form {
    const char *text;
    enum time_field field;
    bool z, colon;
    int parts;
} forms[] = {
    /* of those that begin alike the longest one first */
    {"January", FIELD_MONTH_LONG, false, false, 0},
    {"Jan", FIELD_MONTH_SHORT, false, false, 0},
    {"Monday", FIELD_WEEKDAY_LONG, false, false, 0},
    {"Mon", FIELD_WEEKDAY_SHORT, false, false, 0},
    {"MST", FIELD_ZONE, false, false, 0},
    {"01", FIELD_MONTH2, false, false, 0},
    {"002", FIELD_YDAY3, false, false, 0},
    {"02", FIELD_DAY2, false, false, 0},
    {"03", FIELD_HOUR12_2, false, false, 0},
    {"04", FIELD_MINUTE2, false, false, 0},
    {"05", FIELD_SECOND2, false, false, 0},
    {"06", FIELD_YEAR2, false, false, 0},
    {"15", FIELD_HOUR, false, false, 0},
    {"1", FIELD_MONTH, false, false, 0},
    {"2006", FIELD_YEAR4, false, false, 0},
    {"2", FIELD_DAY, false, false, 0},
    {"__2", FIELD_YDAY_SPACE, false, false, 0},
    {"_2", FIELD_DAY_SPACE, false, false, 0},
    {"3", FIELD_HOUR12, false, false, 0},
    {"4", FIELD_MINUTE, false, false, 0},
    {"5", FIELD_SECOND, false, false, 0},
    {"PM", FIELD_PM, false, false, 0},
    {"pm", FIELD_PM_LOWER, false, false, 0},
    {"-070000", FIELD_OFFSET, false, false, 3},
    {"-07:00:00", FIELD_OFFSET, false, true, 3},
    {"-0700", FIELD_OFFSET, false, false, 2},
    {"-07:00", FIELD_OFFSET, false, true, 2},
    {"-07", FIELD_OFFSET, false, false, 1},
    {"Z070000", FIELD_OFFSET, true, false, 3},
    {"Z07:00:00", FIELD_OFFSET, true, true, 3},
    {"Z0700", FIELD_OFFSET, true, false, 2},
    {"Z07:00", FIELD_OFFSET, true, true, 2},
    {"Z07", FIELD_OFFSET, true, false, 1},
};

static bool fraction_at(const char *s, struct time_chunk *c)
{
    const char digit = s[1];
    size_t n = 1;

    if ((*s != '.' && *s != ',') || (digit != '0' && digit != '9'))
        return false;
    while (s[n] == digit)
        n++;
    if (s[n] >= '0' && s[n] <= '9')
        return false;
    c->field = digit == '0' ? FIELD_FRACTION0 : FIELD_FRACTION9;
    c->len = n;
    c->digits = (int)n - 1;
    return true;
}

static bool form_at(const char *s, struct time_chunk *c)
{
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        const struct form *const f = &forms[i];

        if (!begins(s, f->text))
            continue;
        c->len = strlen(f->text);
        /* "Janet", "Month" are words */
        if ((f->field == FIELD_MONTH_SHORT || f->field == FIELD_WEEKDAY_SHORT) &&
            lower_follows(s + c->len))
            return false;
        c->field = f->field;
        c->z = f->z;
        c->colon = f->colon;
        c->parts = f->parts;
        return true;
    }
    return fraction_at(s, c);
}

struct time_chunk layout_next(const char *layout)
{
    struct time_chunk c = {.prefix = layout};
    const char *s = layout;

    for (; *s != '\0'; s++) {
        if (begins(s, "_2006")) /* a literal underscore */
            continue;
        if (form_at(s, &c))
            break;
    }
    c.prefix_len = (size_t)(s - layout);
    c.text = s;
    if (c.field == FIELD_NONE)
        c.len = 0;
    c.rest = s + c.len;
    return c;
}
