/* cli/diff.h - what changed between two texts, as a unified diff.
 *
 * Layer:   cli
 * Errors:  ERR_LIMIT (more than DIFF_LINES_MAX lines), ERR_NOMEM.
 */
#ifndef CLI_DIFF_H
#define CLI_DIFF_H

#include <stdbool.h>

#include "base/buf.h"

enum { DIFF_LINES_MAX = 100000, DIFF_CONTEXT = 3 };

/* Append the diff of `before` and `after`; nothing when they are equal. */
int diff_print(struct buf *out, const char *name, const char *before, const char *after,
               struct err *err) MUST_CHECK;

#endif
