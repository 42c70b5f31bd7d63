/* cli/spooled.h - records read back from the spool, for people and tools.
 *
 * Layer:   cli
 * Owns:    what is found lives in the arena given.
 */
#ifndef CLI_SPOOLED_H
#define CLI_SPOOLED_H

#include "audit/spool.h"
#include "cli/cli.h"
#include "policy/value/value.h"

/* The record whose decision_id is `id` (or begins with it, eight characters at least, when only
 * one does). ERR_USAGE when there is none or several. */
int spooled_record(const char *dir, const char *id, struct arena *a, const struct value **record,
                   struct err *err) MUST_CHECK;

/* The record of the newest start of a container, by its name, id, or the beginning of its id (eight
 * characters at least). */
int spooled_start(const char *dir, const char *container, struct arena *a,
                  const struct value **record, struct err *err) MUST_CHECK;

/* The blob (an input document) with this digest. ERR_INVALID when the spool has none. */
int spooled_blob(const char *dir, const char *digest, struct arena *a, const struct value **blob,
                 struct err *err) MUST_CHECK;

/* One line of text for a record. */
void spooled_line(struct call *call, const struct value *record);

/* Send out what was gathered once there are `at` bytes of it (0: now): output that may be larger
 * than memory, or that somebody waits for. */
int spooled_flush(struct call *call, size_t at, struct err *err) MUST_CHECK;

/* The exit status after a walk: a broken spool does not hide what is sound, but is not passed over
 * in silence. */
int spooled_finish(struct call *call, const struct spool_report *report);

/* The directory that --log names, or Sallyport's own. */
const char *spooled_dir(const struct call *call);

#endif
