/* facts/accounts.h - the lines of passwd(5) and group(5).
 *
 * Layer:   facts
 * Owns:    nothing: what is read lives in the arena given.
 * Errors:  ERR_NOMEM. A line that is none is passed over, as the C library does.
 * Trust:   text may be an image's: nothing is believed of it but what it says.
 * Limits:  the first `max` entries.
 */
#ifndef FACTS_ACCOUNTS_H
#define FACTS_ACCOUNTS_H

#include "policy/value/value.h"

/* [{"name", "uid", "gid", "home", "shell"}] */
int accounts_passwd(struct arena *a, const char *text, size_t len, size_t max,
                    const struct value **out, struct err *err) MUST_CHECK;
/* [{"name", "gid", "members"}] */
int accounts_group(struct arena *a, const char *text, size_t len, size_t max,
                   const struct value **out, struct err *err) MUST_CHECK;

#endif
