/* cli/simulate.h - recorded documents judged by another policy, on all processors.
 *
 * Layer:   cli
 * Owns:    rows live in the arena given.
 * Errors:  those of spool.h and replay.h. A document that is no longer at hand, and one that this
 *          version cannot judge, are counted as such: never as unchanged.
 * Threads: one reads the spool, the others judge; decide() is pure, and the image is shared.
 */
#ifndef CLI_SIMULATE_H
#define CLI_SIMULATE_H

#include <stdbool.h>

#include "cli/record_filter.h"
#include "policy/machine/machine.h"
#include "policy/value/value.h"

struct simulation {
    const struct image *image;
    const struct record_filter *filter;
    const char *dir;
    size_t jobs;
    bool progress;
    /* what came of it */
    uint64_t records, same, changed, findings_only, cannot_tell;
    struct value_list changes; /* one for each record whose verdict changes, or cannot be told */
    const struct value *rules; /* {RULE: {"appeared": N, "gone": N}} */
};

int simulate_run(struct simulation *s, struct arena *a, struct err *err) MUST_CHECK;

#endif
