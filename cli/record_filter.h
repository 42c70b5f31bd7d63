/* cli/record_filter.h - which records a command is asked for.
 *
 * Layer:   cli
 * Owns:    nothing: borrows the call's arguments.
 */
#ifndef CLI_RECORD_FILTER_H
#define CLI_RECORD_FILTER_H

#include "cli/cli.h"
#include "policy/value/value.h"

enum { FILTER_TIME_MAX = 48 };

struct record_filter {
    const struct call *call;
    char since[FILTER_TIME_MAX], until[FILTER_TIME_MAX]; /* "" when not asked for */
};

/* The rows that every filtering command has; they stand first in its option list. */
#define RECORD_FILTER_ROWS                                                                         \
    {"container", 'c', "ID", "only this container (id, its beginning, or name); may be repeated",  \
     NULL},                                                                                        \
        {"verdict", 'v', "VERDICT", "only these; may be repeated", record_verdicts},               \
        {"rule", 'r', "RULE", "only records with a finding of this rule; may be repeated", NULL},  \
        {"operation", 0, "VERB", "only this operation", NULL},                                     \
        {"image", 'i', "TEXT", "only images whose name or digest contains this", NULL},            \
        {"engine", 'e', "NAME", "only this engine's", NULL},                                       \
        {"since", 0, "TIME", "from then on: RFC 3339 in UTC, a date, or 90s, 15m, 6h, 7d ago",     \
         NULL},                                                                                    \
    {                                                                                              \
        "until", 0, "TIME", "before then", NULL                                                    \
    }

extern const char *const record_verdicts[];

int record_filter_init(struct record_filter *f, const struct call *call,
                       struct err *err) MUST_CHECK;
bool record_filter_wants(const struct record_filter *f, const struct value *record);

/* A point in time as the beginning of a record's timestamp. */
int record_time(const char *text, int64_t now_ns, char out[FILTER_TIME_MAX],
                struct err *err) MUST_CHECK;

#endif
