/* cli/divert.h - whether the gate stands under the runtimes' own names.
 *
 * Layer:   cli (divert, doctor)
 * Owns:    nothing; paths are copied into the caller's storage.
 */
#ifndef CLI_DIVERT_H
#define CLI_DIVERT_H

#include "base/err.h"
#include "runtime/divert.h"

enum { DIVERT_MAX = 32 };

enum divert_state {
    DIVERT_OFF,   /* a plain runtime */
    DIVERT_ON,    /* the gate, the real one beside it */
    DIVERT_OLD,   /* the gate in another version */
    DIVERT_LOST,  /* a real runtime beside another: something replaced the gate */
    DIVERT_HALF,  /* both names are one file: a run that did not end */
    DIVERT_ALIEN, /* the gate with no real runtime beside it */
};

/* What stands at `name`; `gate` is sallyport-runtime's path. */
enum divert_state divert_look(const char *name, const char *gate);

/* The runtimes in the usual places: links resolved, each once. */
size_t divert_find(char found[DIVERT_MAX][DIVERT_PATH_MAX]);

/* The path of the gate that came with this very program. */
int divert_gate(char *out, size_t size, struct err *err) MUST_CHECK;

#endif
