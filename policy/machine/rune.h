/* policy/machine/rune.h - one rune after another, as Go's range over a string reads them.
 *
 * Layer:   policy/machine
 * Trust:   bytes may be anything: an invalid byte reads as UTF8_ERROR of width 1, which *width
 * alone tells from a written U+FFFD. policy/value/utf8.h decodes; ASCII is read here.
 */
#ifndef POLICY_MACHINE_RUNE_H
#define POLICY_MACHINE_RUNE_H

#include "policy/value/utf8.h"

enum { RUNE_MAX = 0x10ffff };

/* The rune at s[0..len), len > 0; *width is how many bytes it takes. */
static inline uint32_t rune_at(const char *s, size_t len, size_t *width)
{
    uint32_t rune = (uint8_t)*s;

    *width = rune < 0x80 ? 1 : utf8_decode(s, len, &rune);
    return rune;
}

#endif
