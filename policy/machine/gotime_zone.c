/* Time zones from TZif bytes (RFC 8536): transitions, and the rule in the footer for what comes
 * after the last one. The bytes come from outside: every count is checked against their length. */
#include <string.h>

#include "base/own.h"
#include "policy/machine/gotime.h"

enum { TYPES_MAX = 256, HEADER = 44 };

struct zone_type {
    int32_t offset;
    const char *name;
};

/* When one of the two changes of a year happens. */
struct change {
    char kind; /* 'J': day 1-365 without leap days, 'D': day 0-365, 'M': weekday of a month */
    int day, week, month;
    int time; /* seconds of the day, may be negative */
};

struct rule {
    bool present, has_dst;
    struct zone_type std, dst;
    struct change start, end;
};

struct zone {
    const int64_t *at;
    const uint8_t *type_of;
    size_t n;
    struct zone_type types[TYPES_MAX];
    size_t types_n;
    struct rule rule;
};

gotime_zone_reader *gotime_zones;

/* --- TZif -------------------------------------------------------------------------------- */

static int64_t big_endian(const unsigned char *p, size_t n)
{
    uint64_t v = (p[0] & 0x80u) != 0 && n < 8 ? UINT64_MAX : 0;

    for (size_t i = 0; i < n; i++)
        v = v << 8 | p[i];
    return (int64_t)v;
}

struct header {
    size_t isut, isstd, leap, time, type, chars;
};

/* False: no TZif header. *size is the length of the block behind it. */
static bool read_header(const unsigned char *p, size_t len, size_t width, struct header *h,
                        size_t *size)
{
    if (len < HEADER || memcmp(p, "TZif", 4) != 0)
        return false;
    size_t *const counts[] = {&h->isut, &h->isstd, &h->leap, &h->time, &h->type, &h->chars};

    for (size_t i = 0; i < ARRAY_LEN(counts); i++)
        *counts[i] = (size_t)(uint32_t)big_endian(p + 20 + 4 * i, 4);
    *size =
        h->time * (width + 1) + h->type * 6 + h->chars + h->leap * (width + 4) + h->isstd + h->isut;
    return *size <= len - HEADER;
}

/* --- the footer's rule: EST5EDT,M3.2.0,M11.1.0 -------------------------------------------- */

static bool read_number(const char **s, int max, int *out)
{
    int v = 0;

    if (**s < '0' || **s > '9')
        return false;
    for (; **s >= '0' && **s <= '9'; (*s)++) {
        v = v * 10 + (**s - '0');
        if (v > max)
            return false;
    }
    *out = v;
    return true;
}

static bool read_zone_name(struct arena *a, const char **s, const char **out)
{
    const char *const from = *s + (**s == '<');
    const char *end = from;

    if (**s == '<') {
        while (*end != '\0' && *end != '>')
            end++;
        if (*end == '\0')
            return false;
        *s = end + 1;
    } else {
        while (*end != '\0' && strchr("0123456789,-+", *end) == NULL)
            end++;
        if (end - from < 3)
            return false;
        *s = end;
    }
    *out = arena_strndup(a, from, (size_t)(end - from));
    return *out != NULL;
}

/* [+-]hh[:mm[:ss]] */
static bool read_time(const char **s, int *out)
{
    int part[3] = {0, 0, 0};
    const bool negative = **s == '-';

    if (**s == '-' || **s == '+')
        (*s)++;
    for (int i = 0; i < 3; i++) {
        if (!read_number(s, i == 0 ? 24 * 7 : 59, &part[i]))
            return false;
        if (**s != ':' || i == 2)
            break;
        (*s)++;
    }
    *out = (part[0] * 60 + part[1]) * 60 + part[2];
    *out = negative ? -*out : *out;
    return true;
}

static bool read_change(const char **s, struct change *c)
{
    *c = (struct change){.kind = 'D', .time = 2 * 3600};
    if (**s == 'J' || **s == 'M')
        c->kind = *(*s)++;
    if (c->kind == 'M') {
        if (!read_number(s, 12, &c->month) || c->month < 1 || *(*s)++ != '.' ||
            !read_number(s, 5, &c->week) || c->week < 1 || *(*s)++ != '.' ||
            !read_number(s, 6, &c->day))
            return false;
    } else if (!read_number(s, 365, &c->day)) {
        return false;
    }
    if (**s != '/')
        return true;
    (*s)++;
    return read_time(s, &c->time);
}

static bool read_rule(struct arena *a, const char *s, struct rule *r)
{
    int offset = 0;

    if (!read_zone_name(a, &s, &r->std.name) || !read_time(&s, &offset))
        return false;
    r->std.offset = -offset;
    r->present = true;
    if (*s == '\0')
        return true;
    if (!read_zone_name(a, &s, &r->dst.name))
        return false;
    r->dst.offset = r->std.offset + 3600;
    if (*s != '\0' && *s != ',') {
        if (!read_time(&s, &offset))
            return false;
        r->dst.offset = -offset;
    }
    r->has_dst = true;
    if (*s == '\0')
        s = ",M3.2.0,M11.1.0";
    return *s++ == ',' && read_change(&s, &r->start) && *s++ == ',' && read_change(&s, &r->end);
}

/* When c happens in a year, where the clock is `offset` from UTC before it. */
static int64_t change_at(const struct change *c, int64_t year, int32_t offset)
{
    int64_t day = days_of_civil(year, 1, 1);

    if (c->kind == 'J') {
        day += c->day - 1;
        if (days_in_month(year, 2) == 29 && c->day >= 60)
            day++;
    } else if (c->kind == 'D') {
        day += c->day;
    } else {
        const int64_t first = days_of_civil(year, c->month, 1);
        const int64_t weekday = ((first + 4) % 7 + 7) % 7;
        int64_t in_month = (c->day - weekday + 7) % 7 + (c->week - 1) * 7;

        if (in_month >= days_in_month(year, c->month))
            in_month -= 7;
        day = first + in_month;
    }
    return day * 86400 + c->time - offset;
}

static struct zone_span rule_at(const struct rule *r, int64_t sec)
{
    const int64_t year = civil_of((struct moment){sec, 0}, NULL).year;
    struct zone_span span = {INT64_MIN, INT64_MAX, r->std.offset, r->std.name};

    if (!r->has_dst)
        return span;
    /* the changes of the years around: the last one at or before sec says what is in force */
    for (int64_t y = year - 1; y <= year + 1; y++) {
        const struct {
            int64_t at;
            const struct zone_type *to;
        } changes[2] = {{change_at(&r->start, y, r->std.offset), &r->dst},
                        {change_at(&r->end, y, r->dst.offset), &r->std}};

        for (int i = 0; i < 2; i++) {
            if (changes[i].at <= sec && changes[i].at >= span.from) {
                span.from = changes[i].at;
                span.offset = changes[i].to->offset;
                span.name = changes[i].to->name;
            }
            if (changes[i].at > sec && changes[i].at < span.until)
                span.until = changes[i].at;
        }
    }
    return span;
}

/* --- reading ----------------------------------------------------------------------------- */

static int malformed(struct err *err)
{
    return err_set(err, ERR_INVALID, "malformed time zone information");
}

static int read_block(struct arena *a, const unsigned char *p, const struct header *h, size_t width,
                      struct zone *z, struct err *err)
{
    const unsigned char *const types = p + h->time * (width + 1);
    const char *const chars = (const char *)types + h->type * 6;
    int64_t *const at = ARENA_NEW_N(a, int64_t, h->time + 1);
    uint8_t *const type_of = ARENA_NEW_N(a, uint8_t, h->time + 1);

    if (at == NULL || type_of == NULL)
        return err_nomem(err);
    if (h->type == 0 || h->type > TYPES_MAX)
        return malformed(err);
    for (size_t i = 0; i < h->time; i++) {
        at[i] = big_endian(p + i * width, width);
        type_of[i] = p[h->time * width + i];
        if (type_of[i] >= h->type || (i > 0 && at[i] <= at[i - 1]))
            return malformed(err);
    }
    for (size_t i = 0; i < h->type; i++) {
        const size_t name = types[6 * i + 5];
        const char *const end =
            name < h->chars ? memchr(chars + name, '\0', h->chars - name) : NULL;

        if (end == NULL)
            return malformed(err);
        z->types[i].offset = (int32_t)big_endian(types + 6 * i, 4);
        z->types[i].name = arena_strndup(a, chars + name, (size_t)(end - (chars + name)));
        if (z->types[i].name == NULL)
            return err_nomem(err);
    }
    z->at = at;
    z->type_of = type_of;
    z->n = h->time;
    z->types_n = h->type;
    return 0;
}

int zone_parse(struct arena *a, const char *bytes, size_t len, const struct zone **out,
               struct err *err)
{
    const unsigned char *p = (const unsigned char *)bytes;
    struct zone *const z = ARENA_NEW(a, struct zone);
    struct header h;
    size_t size = 0, width = 4;

    if (z == NULL)
        return err_nomem(err);
    if (!read_header(p, len, width, &h, &size))
        return malformed(err);
    if (p[4] >= '2') { /* the same again with 64 bits */
        p += HEADER + size;
        len -= HEADER + size;
        width = 8;
        if (!read_header(p, len, width, &h, &size))
            return malformed(err);
    }
    if (read_block(a, p + HEADER, &h, width, z, err) < 0)
        return -1;
    const char *const footer = (const char *)p + HEADER + size;
    const size_t footer_len = len - HEADER - size;
    const char *const end =
        footer_len > 1 && *footer == '\n' ? memchr(footer + 1, '\n', footer_len - 1) : NULL;

    if (end != NULL && end > footer + 1) {
        char *const text = arena_strndup(a, footer + 1, (size_t)(end - footer) - 1);

        if (text == NULL)
            return err_nomem(err);
        if (!read_rule(a, text, &z->rule))
            z->rule.present = false;
    }
    *out = z;
    return 0;
}

int zone_load(struct arena *a, const char *name, const struct zone **out, struct err *err)
{
    const char *bytes = NULL;
    size_t len = 0;

    *out = NULL;
    if (*name == '\0' || strcmp(name, "UTC") == 0 || strcmp(name, "Local") == 0)
        return 0;
    if (strstr(name, "..") != NULL || *name == '/' || strchr(name, '\\') != NULL)
        return err_set(err, ERR_INVALID, "time: invalid location name");
    if (gotime_zones == NULL || gotime_zones(a, name, &bytes, &len) < 0)
        return err_set(err, ERR_INVALID, "unknown time zone %s", name);
    return zone_parse(a, bytes, len, out, err);
}

struct zone_span zone_at(const struct zone *z, int64_t sec)
{
    size_t lo = 0, hi = 0;

    if (z == NULL)
        return (struct zone_span){INT64_MIN, INT64_MAX, 0, "UTC"};
    if (z->rule.present && (z->n == 0 || sec >= z->at[z->n - 1])) {
        struct zone_span span = rule_at(&z->rule, sec);

        if (z->n > 0 && span.from < z->at[z->n - 1])
            span.from = z->at[z->n - 1];
        return span;
    }
    for (hi = z->n; lo < hi;) { /* the first transition behind sec */
        const size_t mid = lo + (hi - lo) / 2;

        if (z->at[mid] <= sec)
            lo = mid + 1;
        else
            hi = mid;
    }
    const struct zone_type *const type = &z->types[lo == 0 ? 0 : z->type_of[lo - 1]];

    return (struct zone_span){lo == 0 ? INT64_MIN : z->at[lo - 1],
                              lo == z->n ? INT64_MAX : z->at[lo], type->offset, type->name};
}
