/* policy/machine/regex.h - regular expressions with RE2's syntax and linear time.
 *
 * Layer:   policy/machine
 * Owns:    a program is one block of the arena it was compiled into: offsets only, no pointers,
 *          never changed afterwards. Scratch of a search is given back before it returns.
 * Errors:  ERR_INVALID "error parsing regexp: REASON: `PART`", the wording of Go's regexp, which
 *          OPA's users see; ERR_LIMIT (expression too large, nests too deeply); ERR_NOMEM.
 * Trust:   pattern and text are hostile. Matching takes at most (instructions + 1) x (bytes + 1)
 *          steps whatever they are; there is no backtracking without memory of where it was.
 * Limits:  REGEX_PROGRAM_MAX instructions, REGEX_HEIGHT_MAX nesting, REGEX_REPEAT_MAX in {n,m}.
 *
 * Leftmost-first (Perl's choice among alternatives), as OPA's. Source followed: RE2's syntax page.
 */
#ifndef POLICY_MACHINE_REGEX_H
#define POLICY_MACHINE_REGEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum { REGEX_PROGRAM_MAX = 200000, REGEX_HEIGHT_MAX = 1000, REGEX_REPEAT_MAX = 1000 };

#define REGEX_NONE SIZE_MAX /* a group that took no part in the match */

struct regex;

int regex_compile(struct arena *a, const char *pattern, size_t len, const struct regex **out,
                  struct err *err) MUST_CHECK;

/* Groups, the whole match (0) included. */
size_t regex_groups(const struct regex *re);
/* The first group behind `after` with this name; 0 when there is none. */
size_t regex_group_named(const struct regex *re, const char *name, size_t len, size_t after);

/* The leftmost match at or after `from`: 1 and caps[2 * i], caps[2 * i + 1] are the ends of group
 * i < ncaps / 2; 0 no match; -1 out of memory. With ncaps 0 only whether there is one.
 * *steps (may be NULL) is increased by the work done. */
int regex_find(const struct regex *re, struct arena *a, const char *text, size_t len, size_t from,
               size_t *caps, size_t ncaps, uint64_t *steps, struct err *err) MUST_CHECK;

/* Unicode's letters, decimal digits and '_': what names are made of. */
bool rune_is_word(uint32_t r);

/* Append `bytes` with the characters escaped that mean something in a pattern. */
struct buf;
void regex_quote(struct buf *b, const char *bytes, size_t len);

#endif
