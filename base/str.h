/* base/str.h - bytes from outside, printed where a person or a log reader sees them.
 *
 * Layer:   base
 * Owns:    nothing; output goes to the caller's storage and is always NUL-terminated.
 * Trust:   the bytes are hostile: control bytes, escape sequences, invalid UTF-8, text that runs
 *          backwards. What str_escape prints is one line of harmless UTF-8.
 * Limits:  the output's size; what does not fit is cut at a whole character and ends in "...".
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* Print len bytes into out[size] (size >= 4). Control bytes, DEL, bytes that are no UTF-8, and
 * characters that move or hide text (C1 controls, zero-width, bidirectional overrides, line and
 * paragraph separators) appear as \n, \t, \xHH or \u{HHHH}; a backslash as it is. Returns the bytes
 * written, NUL excluded. */
size_t str_escape(const char *bytes, size_t len, char *out, size_t size);

/* Length in bytes of the UTF-8 character at s (1..4), 0 when the bytes are no UTF-8. The code
 * point goes to *cp. */
size_t str_utf8(const char *s, size_t len, unsigned *cp);

/* Copy text into out[size]; false when it did not fit (the cut copy is NUL-terminated). */
bool str_copy(char *out, size_t size, const char *text);

/* A decimal number without sign, spaces or leading junk; false unless all of text is one and it is
 * at most max. */
bool str_decimal(const char *text, unsigned long long max, unsigned long long *out);

/* Does text start with prefix? */
bool str_starts(const char *text, const char *prefix);

#endif
