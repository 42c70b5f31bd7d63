/* policy/value/utf8.h - runes: decode, encode, count, class, case.
 *
 * Layer:   policy/value
 * Owns:    nothing.
 * Trust:   bytes may be anything; what is no UTF-8 decodes to UTF8_ERROR, one byte at a time, as
 *          Go's range over a string does.
 * Source:  the Unicode character database; tables of ranges in utf8_tables.inc.
 */
#ifndef POLICY_VALUE_UTF8_H
#define POLICY_VALUE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { UTF8_ERROR = 0xfffd, UTF8_MAX = 4 };

/* Rune at p (left > 0); returns its bytes: 1 with UTF8_ERROR when it is malformed. */
size_t utf8_decode(const char *p, size_t left, uint32_t *rune);

/* Bytes written to out; surrogates and what is past U+10FFFF become UTF8_ERROR. */
size_t utf8_encode(char out[UTF8_MAX], uint32_t rune);
void utf8_put(struct buf *b, uint32_t rune);

/* Runes in the text, malformed bytes counting one each. */
size_t utf8_count(const char *p, size_t len);

/* Offset of rune `index`; len when the text is shorter. */
size_t utf8_offset(const char *p, size_t len, size_t index);

/* Go's unicode.IsPrint: letters, marks, numbers, punctuation, symbols, and the ASCII space. */
bool utf8_is_print(uint32_t rune);
/* Unicode's White_Space. */
bool utf8_is_space(uint32_t rune);
/* Simple case mapping: one rune for one. */
uint32_t utf8_upper(uint32_t rune);
uint32_t utf8_lower(uint32_t rune);

#endif
