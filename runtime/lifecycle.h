/* runtime/lifecycle.h - records of requests that are passed on: start, kill, delete.
 *
 * Layer:   runtime
 * Owns:    nothing; what it makes lives in the arena given.
 * Errors:  none that stop a request: a container must be stoppable whatever the log does. What
 *          could not be recorded is told in the kernel's log.
 * Limits:  waits SPOOL_NOTE_LOCK_MS for the spool's lock, never for the disk.
 */
#ifndef RUNTIME_LIFECYCLE_H
#define RUNTIME_LIFECYCLE_H

#include "runtime/argv.h"
#include "runtime/judge.h"

/* Is it one of the verbs that `lifecycle_events: on` is about? */
bool lifecycle_is(const struct argv_call *call);

/* Record the request where the settings of the gate (opened here, for the registration) ask. */
void lifecycle_record(struct gate *g, const char *registration, const struct argv_call *call,
                      struct arena *a);

#endif
