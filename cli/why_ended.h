/* cli/why_ended.h - a container that does not work as it did: which of our changes, likeliest
 * first.
 *
 * Layer:   cli
 * Owns:    nothing; output goes to call->out.
 * Errors:  what the container said is evidence, not input: where it cannot be read, the changes are
 *          told in the order in which they commonly matter.
 * Trust:   a container's output is hostile: bounded, escaped, matched by plain text alone.
 */
#ifndef CLI_WHY_ENDED_H
#define CLI_WHY_ENDED_H

#include "cli/cli.h"
#include "policy/value/value.h"

enum { WHY_SAID_MAX = 256 * 1024, WHY_CHANGES_MAX = 5 };

/* Of a record of a start that was hardened: the changes most likely to matter, what speaks for each
 * and how not to have it. said: what the container wrote, NULL: unknown. */
void why_ended(struct call *call, const struct value *record, const char *said);

/* How not to have what a rule's finding (msg) changed; digest of the image, NULL: unknown. Each
 * line begins with `margin`. */
void change_opt_out(struct call *call, const char *margin, const char *rule, const char *msg,
                    const char *digest);

/* What the engine kept of a container's output and of its end, by the document that was judged;
 * NULL: nothing that can be read. malloc'ed. */
char *why_engines_log(struct call *call, const struct value *record, const struct value *input);

#endif
