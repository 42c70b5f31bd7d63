/* policy/machine/gotime.h - moments, calendars and time zones, by Go's layouts.
 *
 * Layer:   policy/machine
 * Owns:    nothing; a zone's tables borrow the bytes they were read from.
 * Errors:  ERR_INVALID in Go's words ("parsing time ..", "time: invalid duration ..").
 * Purity:  no clock and no files: zone data (TZif, RFC 8536) comes as bytes from gotime_zones,
 *          which only programs that may read files set; without it every zone but UTC is unknown.
 */
#ifndef POLICY_MACHINE_GOTIME_H
#define POLICY_MACHINE_GOTIME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"

struct moment {
    int64_t sec; /* since 1970-01-01T00:00:00Z */
    int32_t ns;  /* 0 .. 999,999,999 */
};

struct civil {
    int64_t year;
    int month, day, hour, minute, second; /* month and day from 1 */
    int weekday;                          /* Sunday is 0 */
    int yday;                             /* from 1 */
    int32_t ns;
    int32_t offset; /* seconds east of UTC */
    const char *zone;
};

/* --- zones ------------------------------------------------------------------------------- */

struct zone; /* NULL is UTC */

/* What is in force at a moment, and from when until when. */
struct zone_span {
    int64_t from, until;
    int32_t offset;
    const char *name;
};

/* Read the bytes of zone NAME ("Europe/Rome"): 0, or -1 when there is none. In a's memory. */
typedef int gotime_zone_reader(struct arena *a, const char *name, const char **bytes, size_t *len);
extern gotime_zone_reader *gotime_zones;

/* "" and "UTC" and "Local" give NULL, UTC. */
int zone_load(struct arena *a, const char *name, const struct zone **out,
              struct err *err) MUST_CHECK;
int zone_parse(struct arena *a, const char *bytes, size_t len, const struct zone **out,
               struct err *err) MUST_CHECK;
struct zone_span zone_at(const struct zone *zone, int64_t sec);

/* --- calendar ---------------------------------------------------------------------------- */

int64_t days_of_civil(int64_t year, int month, int day); /* since 1970-01-01 */
int days_in_month(int64_t year, int month);

struct civil civil_of(struct moment t, const struct zone *zone);
/* The moment of wall-clock time c (its offset is not read) in a zone; fields may be out of range
 * and carry over. */
struct moment moment_of(const struct civil *c, const struct zone *zone);

/* Nanoseconds since 1970; false: they do not fit in 64 bits. */
bool moment_ns(struct moment t, int64_t *ns);
struct moment moment_of_ns(int64_t ns);

/* --- text -------------------------------------------------------------------------------- */

/* The layout with one of the names of Go's constants ("RFC822"); the text itself otherwise. */
const char *layout_named(const char *layout);

void time_format(struct buf *b, const char *layout, const struct civil *c);
int time_parse(const char *layout, const char *value, size_t len, struct moment *out,
               struct err *err) MUST_CHECK;
/* "1h30m", and OPA's d, w, y. */
int duration_parse(const char *text, size_t len, int64_t *ns, struct err *err) MUST_CHECK;

/* --- shared by format and parse ----------------------------------------------------------- */

enum time_field {
    FIELD_NONE,
    FIELD_MONTH_LONG,
    FIELD_MONTH_SHORT,
    FIELD_MONTH,
    FIELD_MONTH2,
    FIELD_WEEKDAY_LONG,
    FIELD_WEEKDAY_SHORT,
    FIELD_DAY,
    FIELD_DAY_SPACE,
    FIELD_DAY2,
    FIELD_YDAY_SPACE,
    FIELD_YDAY3,
    FIELD_HOUR,
    FIELD_HOUR12,
    FIELD_HOUR12_2,
    FIELD_MINUTE,
    FIELD_MINUTE2,
    FIELD_SECOND,
    FIELD_SECOND2,
    FIELD_YEAR4,
    FIELD_YEAR2,
    FIELD_PM,
    FIELD_PM_LOWER,
    FIELD_ZONE,
    FIELD_OFFSET,
    FIELD_FRACTION0,
    FIELD_FRACTION9,
};

struct time_chunk {
    const char *prefix;
    size_t prefix_len; /* literal text before the field */
    enum time_field field;
    const char *text; /* of the field in the layout */
    size_t len;
    const char *rest;
    /* FIELD_OFFSET */
    bool z;     /* Z for UTC */
    bool colon; /* 07:00 */
    int parts;  /* 1: hours, 2: minutes too, 3: seconds too */
    int digits; /* of a fraction */
};

struct time_chunk layout_next(const char *layout);
extern const char *const month_names[12], *const weekday_names[7];

#endif
