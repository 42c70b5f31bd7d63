/* policy/machine/base64.h - base64 as Go's encoding/base64 reads it.
 *
 * Layer:   policy/machine
 * Owns:    nothing; the caller gives the room.
 * Errors:  -1 with the offset that Go's CorruptInputError names.
 * Trust:   the text is hostile.
 * Source:  RFC 4648; line ends are skipped, and bits left over at the end are not looked at.
 */
#ifndef POLICY_MACHINE_BASE64_H
#define POLICY_MACHINE_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

extern const char base64_std[], base64_url[]; /* the alphabets */

/* Bytes written to `to`, which has room for len / 4 * 3 + 3; padding is needed where `padded` and
 * an error where not. -1: *wrong is the offset of what is not as it must be. */
int64_t base64_read(const char *alphabet, bool padded, const char *s, size_t len, char *to,
                    size_t *wrong);

#endif
