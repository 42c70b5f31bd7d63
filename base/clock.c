#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static const int64_t second = 1000000000;

static int64_t read_clock(clockid_t id)
{
    struct timespec t = {0};

    (void)clock_gettime(id, &t);
    return (int64_t)t.tv_sec * second + t.tv_nsec;
}

int64_t clock_wall_ns(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t clock_steady_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

/* Floor division: times before 1970 count backwards. */
static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

void clock_rfc3339(int64_t ns, int digits, char out[CLOCK_TEXT_MAX])
{
    const int64_t seconds = floor_div(ns, second);
    const int64_t days = floor_div(seconds, 86400);
    const int of_day = (int)(seconds - days * 86400);
    int64_t fraction = ns - seconds * second;

    /* The proleptic Gregorian calendar, in eras of 400 years that begin on 1 March. */
    const int64_t z = days + 719468;
    const int64_t era = floor_div(z, 146097);
    const int doe = (int)(z - era * 146097);
    const int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    const int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    const int mp = (5 * doy + 2) / 153;
    const int day = doy - (153 * mp + 2) / 5 + 1;
    const int month = mp < 10 ? mp + 3 : mp - 9;
    const int year = (int)(yoe + era * 400) + (month <= 2);

    for (int i = digits; i < 9; i++)
        fraction /= 10;
    const int n = snprintf(out, CLOCK_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d", year, month, day,
                           of_day / 3600, of_day / 60 % 60, of_day % 60);
    const size_t at = n > 0 && n < CLOCK_TEXT_MAX ? (size_t)n : 0;
    if (digits > 0)
        (void)snprintf(out + at, CLOCK_TEXT_MAX - at, ".%0*lldZ", digits, (long long)fraction);
    else
        (void)snprintf(out + at, CLOCK_TEXT_MAX - at, "Z");
}
