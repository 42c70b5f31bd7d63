/* report/replay.h - a recorded decision made again, by the same policy or another.
 *
 * Layer:   report
 * Owns:    everything lives in the arena given, or in the image.
 * Errors:  those of decide.h.
 * Purity:  record, input and image in, difference out: a record replays exactly.
 */
#ifndef REPORT_REPLAY_H
#define REPORT_REPLAY_H

#include "policy/decide/decide.h"

struct replay {
    const char *was, *now;                /* verdicts */
    bool same;                            /* verdict, and rule and place of every finding */
    bool told;                            /* the record has its findings: those were compared */
    const struct value *appeared, *gone;  /* findings {"rule", "path", "msg"} of one side alone */
    const struct value *refusals, *patch; /* of the new decision */
    size_t was_n, now_n;                  /* findings */
};

int replay(struct arena *a, const struct image *image, const struct value *record,
           const struct value *input, struct replay *out, struct err *err) MUST_CHECK;

#endif
