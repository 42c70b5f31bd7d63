/* runtime/watchdog.h - a start that hangs is refused aloud.
 *
 * Layer:   runtime
 * Owns:    one timer of the process; execve drops it.
 * Note:    when time is up the handler writes the lines made at the start and ends the process with
 *          status 1: the container does not start. Nothing was recorded then, so the kernel's log
 *          is told. Disposition and mask are restored before execve.
 */
#ifndef RUNTIME_WATCHDOG_H
#define RUNTIME_WATCHDOG_H

#include "base/err.h"
#include "runtime/refuse.h"

enum { WATCHDOG_MS = 2000 };

int watchdog_start(const struct refuse_place *place, int ms, struct err *err) MUST_CHECK;
void watchdog_stop(void);

#endif
