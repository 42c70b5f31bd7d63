/* facts/sensitive.h - which tree of the host a path is, lies in or holds, and whose socket it is.
 *
 * Layer:   facts
 * Trust:   names prove nothing: a source whose path, or any directory on it, is the same object
 *          (device and inode) as a tree counts as that tree whatever it is called.
 */
#ifndef FACTS_SENSITIVE_H
#define FACTS_SENSITIVE_H

#include "facts/look.h"

struct sensitive_finding {
    const char *tree;     /* NULL: none */
    const char *relation; /* "equal", "inside", "ancestor" */
    const char *socket;   /* whose control socket it is */
    const char *contains; /* path of a control socket below it */
    bool unseen;          /* a table of the kernel could not be had: there may be more to say */
};

/* For what an engine keeps by its own names: only whether it is a mount of something else, an
 * overlay's directories included. */
void sensitive_find_alias(struct look *l, const struct look_at *at, bool recursive,
                          struct sensitive_finding *out);

/* recursive: what is mounted below counts as well. */
void sensitive_find(struct look *l, const struct look_at *at, bool recursive,
                    struct sensitive_finding *out);

#endif
