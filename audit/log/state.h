/* audit/log/state.h - where integration stands: DIR/log/.state, replaced whole.
 *
 * Layer:   audit/log (log.c and verify.c share it)
 */
#ifndef AUDIT_LOG_STATE_H
#define AUDIT_LOG_STATE_H

#include "audit/log/merkle.h"

struct log_state {
    uint64_t size;    /* entries that tiles hold */
    char segment[64]; /* of the last record taken; "" before the first */
    uint64_t line;
};

/* Open DIR/log; made when `make`. Returns the descriptor. */
int log_open(const char *dir, int make, struct err *err) MUST_CHECK;
/* No state file: zero. */
int state_read(int dirfd, struct log_state *out, struct err *err) MUST_CHECK;
int state_write(int dirfd, const struct log_state *s, struct err *err) MUST_CHECK;
/* Does this record of the spool come after what the state names? */
int state_after(const struct log_state *s, const char *segment, uint64_t line);

#endif
