/* Text to a moment by a layout, as Go's time.Parse reads it. */
#include <string.h>

#include "base/own.h"
#include "policy/machine/gotime.h"

struct parse {
    const char *layout, *value; /* whole */
    size_t value_len;
    const char *at, *end;
    int64_t year;
    int month, day, yday, hour, minute, second; /* month, day, yday: -1 when not given */
    int32_t ns;
    bool pm, am, utc, has_offset;
    int32_t offset;
    const char *range; /* what is out of range */
};

static void put_quoted(struct buf *b, const char *s, size_t len)
{
    buf_putc(b, '"');
    for (size_t i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)s[i];

        if (c == '"' || c == '\\')
            buf_printf(b, "\\%c", c);
        else if (c < ' ' || c >= 0x80)
            buf_printf(b, "\\x%02x", c);
        else
            buf_putc(b, s[i]);
    }
    buf_putc(b, '"');
}

static int fail(const struct parse *p, const char *message, const char *elem, size_t elem_len,
                const char *at, struct err *err)
{
    AUTO_BUF struct buf b = BUF_INIT;

    buf_puts(&b, "parsing time ");
    put_quoted(&b, p->value, p->value_len);
    if (message != NULL) {
        buf_puts(&b, message);
    } else {
        buf_puts(&b, " as ");
        put_quoted(&b, p->layout, strlen(p->layout));
        buf_puts(&b, ": cannot parse ");
        put_quoted(&b, at, (size_t)(p->end - at));
        buf_puts(&b, " as ");
        put_quoted(&b, elem, elem_len);
    }
    return b.failed ? err_nomem(err) : err_set(err, ERR_INVALID, "%s", b.data);
}

static bool digit_at(const struct parse *p, size_t i)
{
    return (size_t)(p->end - p->at) > i && p->at[i] >= '0' && p->at[i] <= '9';
}

static bool left(const struct parse *p, size_t n)
{
    return (size_t)(p->end - p->at) >= n;
}

/* One or two digits (`fixed`: exactly two). */
static bool get_num(struct parse *p, bool fixed, int *out)
{
    if (!digit_at(p, 0) || (fixed && !digit_at(p, 1)))
        return false;
    *out = *p->at++ - '0';
    if (digit_at(p, 0))
        *out = *out * 10 + (*p->at++ - '0');
    return true;
}

static bool get_ranged(struct parse *p, bool fixed, int *out, int limit, const char *name)
{
    if (!get_num(p, fixed, out))
        return false;
    if (*out >= limit)
        p->range = name;
    return true;
}

static bool get_digits(struct parse *p, size_t n, int64_t *out)
{
    int64_t v = 0;

    for (size_t i = 0; i < n; i++) {
        if (!digit_at(p, i))
            return false;
        v = v * 10 + (p->at[i] - '0');
    }
    p->at += n;
    *out = v;
    return true;
}

/* ".123": n bytes, the point included. */
static bool get_fraction(struct parse *p, size_t n)
{
    int32_t v = 0;

    if (!left(p, n) || (*p->at != '.' && *p->at != ','))
        return false;
    for (size_t i = 1; i < 10; i++) {
        if (i < n && !digit_at(p, i))
            return false;
        v = v * 10 + (i < n ? p->at[i] - '0' : 0);
    }
    p->ns = v;
    p->at += n;
    return true;
}

static bool same_text(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if ((a[i] | 0x20) != (b[i] | 0x20))
            return false;
    }
    return true;
}

static bool get_name(struct parse *p, const char *const *names, size_t n, size_t width, int *out)
{
    for (size_t i = 0; i < n; i++) {
        const size_t len = width > 0 ? width : strlen(names[i]);

        if (left(p, len) && same_text(p->at, names[i], len)) {
            p->at += len;
            *out = (int)i;
            return true;
        }
    }
    return false;
}

static bool get_yday(struct parse *p, bool fixed)
{
    int n = 0, i = 0;

    for (i = 0; !fixed && i < 2 && left(p, 1) && *p->at == ' '; i++)
        p->at++;
    for (i = 0; i < 3 && digit_at(p, 0); i++)
        n = n * 10 + (*p->at++ - '0');
    p->yday = n;
    return i > 0 && (!fixed || i == 3);
}

static bool get_offset(struct parse *p, const struct time_chunk *f)
{
    static const char *const names[] = {"time zone offset hour", "time zone offset minute",
                                        "time zone offset second"};
    static const int limits[] = {24, 60, 60};
    int part[3] = {0, 0, 0};

    if (f->z && left(p, 1) && *p->at == 'Z') {
        p->at++;
        p->utc = true;
        return true;
    }
    if (!left(p, 1) || (*p->at != '+' && *p->at != '-'))
        return false;
    const bool negative = *p->at++ == '-';

    for (int i = 0; i < f->parts; i++) {
        if (i > 0 && f->colon) {
            if (!left(p, 1) || *p->at != ':')
                return false;
            p->at++;
        }
        if (!get_num(p, true, &part[i]))
            return false;
        if (part[i] > limits[i])
            p->range = names[i];
    }
    p->offset = (part[0] * 60 + part[1]) * 60 + part[2];
    p->offset = negative ? -p->offset : p->offset;
    p->has_offset = true;
    return true;
}

/* "+3", "-11" at s: its length, 0 when it is none. */
static size_t signed_offset(const char *s, const char *end)
{
    int v = 0;
    const char *d = s + 1;

    if (s == end || (*s != '+' && *s != '-'))
        return 0;
    for (; d < end && *d >= '0' && *d <= '9'; d++)
        v = v > 1000 ? v : v * 10 + (*d - '0');
    return d == s + 1 || v > 23 ? 0 : (size_t)(d - s);
}

/* The length of a zone's abbreviation, 0 when there is none. An abbreviation says nothing of the
 * offset: the time counts as UTC. */
static size_t zone_name(const char *s, const char *end)
{
    const size_t len = (size_t)(end - s);
    size_t upper = 0;

    if (len < 3)
        return 0;
    if (len >= 4 && (memcmp(s, "ChST", 4) == 0 || memcmp(s, "MeST", 4) == 0))
        return 4;
    if (memcmp(s, "GMT", 3) == 0)
        return 3 + signed_offset(s + 3, end);
    if (*s == '+' || *s == '-')
        return signed_offset(s, end);
    while (upper < 6 && upper < len && s[upper] >= 'A' && s[upper] <= 'Z')
        upper++;
    if (upper == 5)
        return s[4] == 'T' ? 5 : 0;
    if (upper == 4)
        return s[3] == 'T' || memcmp(s, "WITA", 4) == 0 ? 4 : 0;
    return upper == 3 ? 3 : 0;
}

static bool get_second(struct parse *p, const struct time_chunk *f)
{
    if (!get_ranged(p, f->field == FIELD_SECOND2, &p->second, 60, "second"))
        return false;
    /* a fraction may follow that the layout does not ask for */
    if (p->range == NULL && left(p, 2) && (*p->at == '.' || *p->at == ',') && digit_at(p, 1)) {
        const enum time_field next = layout_next(f->rest).field;
        size_t n = 2;

        if (next == FIELD_FRACTION0 || next == FIELD_FRACTION9)
            return true;
        while (digit_at(p, n))
            n++;
        return get_fraction(p, n);
    }
    return true;
}

static bool get_pm(struct parse *p, const char *pm, const char *am)
{
    if (!left(p, 2))
        return false;
    p->pm = memcmp(p->at, pm, 2) == 0;
    p->am = memcmp(p->at, am, 2) == 0;
    p->at += 2;
    return p->pm || p->am;
}

static bool get_field(struct parse *p, const struct time_chunk *f)
{
    int ignored = 0;
    size_t n = 0;

    switch (f->field) {
    case FIELD_NONE:
        return true;
    case FIELD_YEAR2:
        if (!get_digits(p, 2, &p->year))
            return false;
        p->year += p->year >= 69 ? 1900 : 2000;
        return true;
    case FIELD_YEAR4:
        return get_digits(p, 4, &p->year);
    case FIELD_MONTH_SHORT:
    case FIELD_MONTH_LONG:
        if (!get_name(p, month_names, 12, f->field == FIELD_MONTH_SHORT ? 3 : 0, &p->month))
            return false;
        p->month++;
        return true;
    case FIELD_MONTH:
    case FIELD_MONTH2:
        if (!get_ranged(p, f->field == FIELD_MONTH2, &p->month, 13, "month"))
            return false;
        if (p->month == 0)
            p->range = "month";
        return true;
    case FIELD_WEEKDAY_SHORT:
    case FIELD_WEEKDAY_LONG:
        return get_name(p, weekday_names, 7, f->field == FIELD_WEEKDAY_SHORT ? 3 : 0, &ignored);
    case FIELD_DAY_SPACE:
        p->at += left(p, 1) && *p->at == ' ';
        return get_num(p, false, &p->day);
    case FIELD_DAY:
    case FIELD_DAY2:
        return get_num(p, f->field == FIELD_DAY2, &p->day);
    case FIELD_YDAY_SPACE:
    case FIELD_YDAY3:
        return get_yday(p, f->field == FIELD_YDAY3);
    case FIELD_HOUR:
        return get_ranged(p, false, &p->hour, 24, "hour");
    case FIELD_HOUR12:
    case FIELD_HOUR12_2:
        return get_ranged(p, f->field == FIELD_HOUR12_2, &p->hour, 13, "hour");
    case FIELD_MINUTE:
    case FIELD_MINUTE2:
        return get_ranged(p, f->field == FIELD_MINUTE2, &p->minute, 60, "minute");
    case FIELD_SECOND:
    case FIELD_SECOND2:
        return get_second(p, f);
    case FIELD_PM:
        return get_pm(p, "PM", "AM");
    case FIELD_PM_LOWER:
        return get_pm(p, "pm", "am");
    case FIELD_OFFSET:
        return get_offset(p, f);
    case FIELD_ZONE:
        n = zone_name(p->at, p->end);
        p->at += n;
        return n > 0;
    case FIELD_FRACTION0:
        return get_fraction(p, 1 + (size_t)f->digits);
    case FIELD_FRACTION9:
        if (!left(p, 2) || (*p->at != '.' && *p->at != ',') || !digit_at(p, 1))
            return true;
        for (n = 1; digit_at(p, n); n++)
            continue;
        return get_fraction(p, n);
    }
    return false;
}

static bool skip_literal(struct parse *p, const char *s, size_t len)
{
    const char *const end = s + len;

    while (s < end) {
        if (*s == ' ') {
            if (left(p, 1) && *p->at != ' ')
                return false;
            while (s < end && *s == ' ')
                s++;
            while (left(p, 1) && *p->at == ' ')
                p->at++;
            continue;
        }
        if (!left(p, 1) || *p->at != *s)
            return false;
        p->at++;
        s++;
    }
    return true;
}

static int finish(struct parse *p, struct moment *out, struct err *err)
{
    if (p->pm && p->hour < 12)
        p->hour += 12;
    else if (p->am && p->hour == 12)
        p->hour = 0;
    if (p->yday >= 0) {
        const int64_t first = days_of_civil(p->year, 1, 1);
        const int64_t year_days = days_of_civil(p->year + 1, 1, 1) - first;
        const struct civil c = civil_of((struct moment){(first + p->yday - 1) * 86400, 0}, NULL);

        if (p->yday < 1 || p->yday > year_days)
            return fail(p, ": day-of-year out of range", NULL, 0, NULL, err);
        if (p->month >= 0 && p->month != c.month)
            return fail(p, ": day-of-year does not match month", NULL, 0, NULL, err);
        if (p->day >= 0 && p->day != c.day)
            return fail(p, ": day-of-year does not match day", NULL, 0, NULL, err);
        p->month = c.month;
        p->day = c.day;
    }
    p->month = p->month < 0 ? 1 : p->month;
    p->day = p->day < 0 ? 1 : p->day;
    if (p->day < 1 || p->day > days_in_month(p->year, p->month))
        return fail(p, ": day out of range", NULL, 0, NULL, err);
    const struct civil c = {.year = p->year,
                            .month = p->month,
                            .day = p->day,
                            .hour = p->hour,
                            .minute = p->minute,
                            .second = p->second,
                            .ns = p->ns};

    *out = moment_of(&c, NULL);
    if (!p->utc && p->has_offset)
        out->sec -= p->offset;
    return 0;
}

int time_parse(const char *layout, const char *value, size_t len, struct moment *out,
               struct err *err)
{
    struct parse p = {.layout = layout,
                      .value = value,
                      .value_len = len,
                      .at = value,
                      .end = value + len,
                      .month = -1,
                      .day = -1,
                      .yday = -1};
    AUTO_BUF struct buf b = BUF_INIT;

    for (const char *l = layout;;) {
        const struct time_chunk f = layout_next(l);

        if (!skip_literal(&p, f.prefix, f.prefix_len))
            return fail(&p, NULL, f.prefix, f.prefix_len, p.at, err);
        if (f.field == FIELD_NONE) {
            if (p.at == p.end)
                break;
            buf_puts(&b, ": extra text: ");
            put_quoted(&b, p.at, (size_t)(p.end - p.at));
            return b.failed ? err_nomem(err) : fail(&p, b.data, NULL, 0, NULL, err);
        }
        const char *const hold = p.at;
        const bool got = get_field(&p, &f);

        if (p.range != NULL) {
            buf_printf(&b, ": %s out of range", p.range);
            return b.failed ? err_nomem(err) : fail(&p, b.data, NULL, 0, NULL, err);
        }
        if (!got)
            return fail(&p, NULL, f.text, f.len, hold, err);
        l = f.rest;
    }
    return finish(&p, out, err);
}
