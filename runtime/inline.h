/* runtime/inline.h - documents from options: what exec and update would run without a file.
 *
 * Layer:   runtime
 * Owns:    documents live in the arena given.
 * Errors:  ERR_USAGE: a value that is no number, a missing command; ERR_NOMEM.
 * Note:    the runtime then gets the document made here, as a file of its own: what was judged is
 *          what runs.
 */
#ifndef RUNTIME_INLINE_H
#define RUNTIME_INLINE_H

#include "runtime/argv.h"

/* The process of an exec: the container's own, with what the options change. */
int inline_process(struct arena *a, const struct argv_call *c, const struct value *base,
                   const struct value **out, struct err *err) MUST_CHECK;

/* The resources of an update. */
int inline_resources(struct arena *a, const struct argv_call *c, const struct value **out,
                     struct err *err) MUST_CHECK;

#endif
