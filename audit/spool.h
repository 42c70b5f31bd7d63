/* audit/spool.h - the durable end of a start: one append, one fdatasync.
 *
 * Layer:   audit
 * Owns:    a struct spool owns its descriptors.
 * Errors:  ERR_SYSTEM, ERR_LIMIT (lock wait over SPOOL_LOCK_MS, quota), ERR_TRUST. On error nothing
 *          half-written stays: the next writer cuts a torn tail first.
 * Format:  DIR/spool/SEGMENT.log; each entry is one line: `SHA256-HEX LENGTH JSON\n`, the hash over
 *          the previous entry's hash and the JSON bytes: a chain from the segment's first line,
 * which names the last hash of the segment before. Input documents are entries of kind "blob" ahead
 * of the record that names them, once by digest per segment. Steps:   open, flock (bounded), find
 * the end, cut a torn tail, append, unlock, fdatasync. A segment whose sync failed is sealed and
 * never appended to again.
 */
#ifndef AUDIT_SPOOL_H
#define AUDIT_SPOOL_H

#include "policy/value/value.h"

enum { SPOOL_LOCK_MS = 1000, SPOOL_SEGMENT_MAX = 64 * 1024 * 1024 };

struct spool {
    int dirfd, fd;
    char segment[32];
};
#define SPOOL_INIT ((struct spool){.dirfd = -1, .fd = -1})
#define AUTO_SPOOL __attribute__((cleanup(spool_close)))

int spool_open(struct spool *s, const char *dir, struct err *err) MUST_CHECK;
void spool_close(struct spool *s);

/* Append blobs (may be NULL) and the record, durably. */
int spool_append(struct spool *s, const struct value *blob, const char *blob_digest,
                 const struct value *record, struct err *err) MUST_CHECK;

/* Walk all segments oldest first. Callback returns <0 to stop. */
struct spool_entry {
    const char *segment;
    uint64_t line; /* 1-based in the segment */
    const char *json;
    size_t len;
    bool is_blob;
};
typedef int spool_visit(void *ctx, const struct spool_entry *entry, struct err *err);

struct spool_report {
    uint64_t records, blobs, segments;
    bool intact;
    char first_fault[256]; /* "SEGMENT line N: what" when not intact */
};

/* Verify the chain and visit every good entry (visit may be NULL). A broken chain is reported in
 * *report, not as an error. */
int spool_walk(const char *dir, spool_visit *visit, void *ctx, struct spool_report *report,
               struct err *err) MUST_CHECK;

#endif
