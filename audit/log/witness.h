/* audit/log/witness.h - have the checkpoint cosigned: C2SP tlog-witness, without its transport.
 *
 * Layer:   audit/log
 * Owns:    nothing beyond a call.
 * Errors:  ERR_SYSTEM, ERR_INVALID, ERR_TRUST (an answer whose signature does not hold: nothing of
 *          it is kept).
 * Trust:   a witness's answer is checked with its key before a line of it is published.
 *
 * What a witness has seen last is kept in DIR/log/.witness/KEYID; a witness that knows better says
 * so (409), and is believed.
 */
#ifndef AUDIT_LOG_WITNESS_H
#define AUDIT_LOG_WITNESS_H

#include <stdbool.h>

#include "audit/log/note.h"

struct witness_question {
    struct checkpoint c; /* what is to be cosigned */
    struct buf body;     /* of POST URL/add-checkpoint */
    bool done;           /* this key has cosigned it already: there is nothing to ask */
};
#define WITNESS_QUESTION_INIT ((struct witness_question){.done = false})
#define AUTO_WITNESS_QUESTION __attribute__((cleanup(witness_question_done)))
void witness_question_done(struct witness_question *q);

/* Ask `witness` about the published checkpoint. *old: the size it saw last; NULL: as kept. */
int witness_ask(const char *dir, const struct note_key *witness, const uint64_t *old,
                struct witness_question *out, struct err *err) MUST_CHECK;

/* Take its answer, signature lines: the checkpoint's file gets the line. 1: it did; 0: the
 * checkpoint is another by now. */
int witness_take(const char *dir, const struct note_key *witness, const struct witness_question *q,
                 const char *lines, size_t len, struct err *err) MUST_CHECK;

#endif
