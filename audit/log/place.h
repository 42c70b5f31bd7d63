/* audit/log/place.h - how far each forwarder took the spool: DIR/forward/NAME.json.
 *
 * Layer:   audit/log (rotate asks what is still to be forwarded)
 * Owns:    nothing.
 */
#ifndef AUDIT_LOG_PLACE_H
#define AUDIT_LOG_PLACE_H

#include "audit/spool.h"
#include "base/buf.h"

/* Open DIR/forward; made (0700) when `make`. -1 with ENOENT when there is none. */
int place_open(const char *dir, bool make, struct err *err) MUST_CHECK;
enum { PLACE_MAX = 1 << 20 }; /* bytes of such a file */

/* No file: the beginning. */
int place_read(int dirfd, const char *name, struct spool_place *out, struct err *err) MUST_CHECK;
/* The same from a document that holds a place's fields among others; and those fields as text,
 * without the braces. */
int place_parse(const struct value *v, const char *name, struct spool_place *out,
                struct err *err) MUST_CHECK;
void place_print(struct buf *b, const struct spool_place *p);
int place_write(int dirfd, const char *name, const struct spool_place *p,
                struct err *err) MUST_CHECK;
/* The oldest segment that some forwarder still reads ("": the very first); *any: there is one. */
int place_oldest(const char *dir, char segment[32], bool *any, struct err *err) MUST_CHECK;

#endif
