/* base/clock.h - the time, and how it is written.
 *
 * Layer:   base
 * Errors:  none: the clocks asked for always exist.
 * Note:    gmtime reads /etc/localtime on first use; what stands here opens nothing.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

enum { CLOCK_TEXT_MAX = 40 };

/* Nanoseconds of the wall clock since 1970, and of the clock that never jumps. */
int64_t clock_wall_ns(void);
int64_t clock_steady_ns(void);

/* RFC 3339 in UTC with `digits` (0..9) of the fraction: 2026-11-24T15:23:19.000Z. */
void clock_rfc3339(int64_t ns, int digits, char out[CLOCK_TEXT_MAX]);

#endif
