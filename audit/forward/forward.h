/* audit/forward/forward.h - records from the spool to a sink, each at least once.
 *
 * Layer:   audit/forward
 * Owns:    nothing beyond a call.
 * Errors:  ERR_SYSTEM (the sink is away: try again later), ERR_INVALID (the spool is broken: what
 *          stands before the fault was sent), ERR_LIMIT (another forwarder of this name runs).
 * Steps:   from the place kept in DIR/forward/NAME.json a batch is read, sent, and only then the
 *          place moves on, durably. What was sent just before a crash is sent again: its
 *          decision_id is the same.
 */
#ifndef AUDIT_FORWARD_FORWARD_H
#define AUDIT_FORWARD_FORWARD_H

#include "audit/forward/sink.h"

/* Send all that is there now; *sent counts the records, also when -1 is returned. */
int forward_all(const char *dir, const char *name, struct sink *sink, uint64_t *sent,
                struct err *err) MUST_CHECK;

#endif
