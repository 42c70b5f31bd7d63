/* cli/table.h - a table in lines of box drawing, as `opa` prints it.
 *
 * Layer:   cli
 * Limits:  TABLE_COLS_MAX columns; text is taken as it is.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum { TABLE_COLS_MAX = 64 };

struct table {
    const char *const *cells; /* row by row, the heading first where there is one */
    size_t rows, cols;
    bool heading;   /* the first row is one: centred, with a line below */
    unsigned right; /* bits: columns that stand at the right */
};

void table_print(struct buf *out, const struct table *t);

#endif
