/* policy/machine/glob.h - glob patterns, as a regular expression.
 *
 * Layer:   policy/machine
 * Errors:  ERR_INVALID with the reason in gobwas/glob's words, ERR_NOMEM.
 * Trust:   the pattern is hostile; what comes out is matched in linear time.
 *
 *     *      any runes but separators       [abc] [!abc] [a-z]   one rune
 *     **     any runes                      {a,b*}               one of these patterns
 *     ?      one rune, no separator         \x                   x itself
 */
#ifndef POLICY_MACHINE_GLOB_H
#define POLICY_MACHINE_GLOB_H

#include "base/buf.h"

/* Append to b the pattern, anchored at both ends, for regex_compile. `separators` are runes in
 * UTF-8, one after the other. */
int glob_to_regex(struct buf *b, const char *glob, size_t len, const char *separators,
                  size_t separators_len, struct err *err) MUST_CHECK;

/* Append `bytes` with a backslash before what means something in a glob. */
void glob_quote(struct buf *b, const char *bytes, size_t len);

/* Whether some text matches both (OPA's regex.globs_match: '.', [sets], x+ and x*). 1, 0, -1. */
struct arena;
int globs_intersect(struct arena *a, const char *x, size_t x_len, const char *y, size_t y_len,
                    struct err *err) MUST_CHECK;

#endif
