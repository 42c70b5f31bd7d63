/* audit/log/state.h - where integration stands: DIR/log/.state, replaced whole.
 *
 * Layer:   audit/log (log.c and verify.c share it)
 */
#ifndef AUDIT_LOG_STATE_H
#define AUDIT_LOG_STATE_H

#include "audit/log/merkle.h"
#include "audit/spool.h"

struct log_state {
    uint64_t size;            /* entries that tiles hold */
    struct spool_place place; /* how far the spool was taken */
    uint64_t collected;       /* partial tiles that full ones replaced are gone up to here */
    uint64_t minimum;         /* entries below it may have left the spool (log_rotate) */
    uint64_t pruned; /* entries below it have left the log (log_prune): the minimum index */
};

/* Open DIR/log; made when `make`. Returns the descriptor. */
int log_open(const char *dir, int make, struct err *err) MUST_CHECK;
/* No state file: zero. */
int state_read(int dirfd, struct log_state *out, struct err *err) MUST_CHECK;
int state_write(int dirfd, const struct log_state *s, struct err *err) MUST_CHECK;
/* Take the log's lock, shared or exclusive: returns the descriptor that holds it. */
int log_lock(int dirfd, int how, struct err *err) MUST_CHECK;
/* Does this record of the spool come after what the state names? */
int state_after(const struct log_state *s, const char *segment, uint64_t line);

#endif
