/* runtime/divert.h - a runtime whose own name the gate has taken.
 *
 * `sallyport divert on` leaves two files in the runtime's directory: NAME, which is the gate, and
 * NAME.sallyport-real, which is the runtime. Those two names are the whole table: a program asks
 * /proc/self/exe under which name it was started, and the other name follows from it. So there is
 * no moment at which a table and the files disagree, and one rename undoes all.
 *
 * Layer:   runtime (the shim; the CLI makes and undoes diversions)
 * Owns:    nothing.
 * Trust:   what stands beside a runtime is root's to write, as the runtime itself; exec_check looks
 *          at the file that is executed in the end.
 * Limits:  DIVERT_PATH_MAX bytes of path; a longer one counts as not diverted.
 */
#ifndef RUNTIME_DIVERT_H
#define RUNTIME_DIVERT_H

#include <stdbool.h>

#include "base/err.h"
#include "runtime/argv.h"

#define DIVERT_SUFFIX ".sallyport-real"
enum { DIVERT_PATH_MAX = 512 };

struct diverted {
    char name[DIVERT_PATH_MAX]; /* as engines call it: /usr/sbin/runc */
    char real[DIVERT_PATH_MAX]; /* the real runtime; empty: not diverted */
    enum family family;         /* by the name */
};

#define DIVERTED_INIT ((struct diverted){0})

/* Is this very program standing under a runtime's name? True: *d says which, and where the real one
 * is. When the diversion was undone since this program started, `real` is `name` itself. */
bool divert_of_self(struct diverted *d);

/* The settings name `path` as the real runtime: true when the gate has taken that name, and *d says
 * where the real one is. */
bool divert_of_path(const char *path, struct diverted *d);

/* Is the file the gate, of this or another version? It is read whole: not for the start path. */
bool divert_is_gate(const char *path);

#endif
