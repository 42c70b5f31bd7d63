/* audit/spool.h - the durable end of a start: one append, one fdatasync.
 *
 * Layer:   audit
 * Owns:    a struct spool owns its descriptors.
 * Errors:  ERR_SYSTEM, ERR_LIMIT (lock wait over SPOOL_LOCK_MS), ERR_TRUST (directory or segment
 *          is not ours alone). On error nothing half-written stays: what a failed write left is cut
 *          at once, and the next writer cuts a torn tail first.
 * Format:  DIR/spool/SEGMENT.log; each entry is one line: `SHA256-HEX LENGTH JSON\n`, the hash over
 *          the previous entry's hash (64 hexadecimal digits; zeros before the first) and the JSON
 *          bytes (of a blob: up to its digest, which binds the rest): a chain. A segment's first
 * line is {"kind":"segment","previous":NAME,"hash":H}: the segment before and the hash it ended in.
 * Input documents are lines
 *          {"kind":"blob","digest":D,"value":V}, D the SHA-256 of V's bytes as they stand there,
 *          ahead of the record that names them, once by digest among a segment's newest 200.
 *          Every other line is a record.
 * Steps:   open, flock (bounded), find the end, cut a torn tail, append with one write, unlock,
 *          fdatasync: the kernel groups the syncs of writers that come together. A segment whose
 *          sync failed is sealed (made read-only) and never appended to again. The segment before
 *          a fresh one is synced first: no crash breaks the chain between them.
 * Quota:   DIR/spool/lock holds the day and the bytes of blobs appended on it, `DAY BYTES\n`.
 * Reserve: DIR/spool/reserve keeps SPOOL_RESERVE bytes of the disk: spool_release_reserve gives
 *          them back so that refusals can still be recorded when the disk is full.
 */
#ifndef AUDIT_SPOOL_H
#define AUDIT_SPOOL_H

#include <stdbool.h>

#include "base/buf.h"
#include "policy/value/value.h"

enum {
    SPOOL_LOCK_MS = 800,     /* twice is less than the watchdog's time: refusals try again */
    SPOOL_NOTE_LOCK_MS = 50, /* spool_note waits no longer */
    SPOOL_SEGMENT_MAX = 64 * 1024 * 1024, /* a segment this large gets no more entries */
    SPOOL_ENTRY_MAX = 16 * 1024 * 1024,   /* bytes of one line's JSON */
    SPOOL_RESERVE = 1024 * 1024,
};

enum {
    SPOOL_FREE_PART = 20,                /* documents leave this part of the disk free, ... */
    SPOOL_FREE_MAX = 1024 * 1024 * 1024, /* ... or so many bytes where that is more */
};

struct spool {
    int dirfd, lock;
    char segment[32]; /* where the last append went */
};
#define SPOOL_INIT ((struct spool){.dirfd = -1, .lock = -1})
#define AUTO_SPOOL __attribute__((cleanup(spool_close)))

/* Open DIR/spool, made when missing (0700). */
int spool_open(struct spool *s, const char *dir, struct err *err) MUST_CHECK;
void spool_close(struct spool *s);

/* An input document printed once, as its line in the spool will have it; `digest` is the SHA-256
 * of its own bytes there: 64 digits and a NUL. ERR_LIMIT: larger than SPOOL_ENTRY_MAX. */
struct spool_document {
    struct buf json;
    char digest[65];
};
#define SPOOL_DOCUMENT_INIT ((struct spool_document){.json = BUF_INIT})
#define AUTO_SPOOL_DOCUMENT __attribute__((cleanup(spool_document_done)))
int spool_document_print(struct spool_document *d, const struct value *v,
                         struct err *err) MUST_CHECK;
void spool_document_done(struct spool_document *d);

/* Append the document (may be NULL) and the record, durably. */
int spool_append(struct spool *s, const struct spool_document *blob, const struct value *record,
                 struct err *err) MUST_CHECK;

/* Is there room for one more blob: are less than `quota` bytes of blobs appended on this day (UTC),
 * and does the disk keep SPOOL_FREE_PART of it free? Records are written without; they alone are
 * what no start may go without. A bound that writers at the same time may pass by a blob each. What
 * cannot be told is no reason to leave one out. */
bool spool_room(const struct spool *s, uint64_t quota, int64_t now_ns) MUST_CHECK;

/* Append a record that nothing waits for: the lock is waited for SPOOL_NOTE_LOCK_MS at most and the
 * record is not synced. It is chained at once and durable with the next record that is, with the
 * integrator's next run, or when the kernel writes it; a power cut before may take it. */
int spool_note(struct spool *s, const struct value *record, struct err *err) MUST_CHECK;

/* Give the reserve's bytes back to the disk; after ENOSPC, before one more try. */
int spool_release_reserve(struct spool *s, struct err *err) MUST_CHECK;

/* Take away the document of this digest wherever the spool holds it: its value becomes null, marked
 * as redacted, of the same length. *n: how many entries that were. The caller recorded before that
 * it would. After a crash within, the next call goes on. */
int spool_redact(const char *dir, const char *digest, uint64_t *n, struct err *err) MUST_CHECK;

/* Hold the spool's lock, waiting `wait_ms` at most; closing the spool gives it back. */
int spool_lock(struct spool *s, int wait_ms, struct err *err) MUST_CHECK;

/* Walk all segments oldest first. Callback returns <0 to stop. */
struct spool_entry {
    const char *segment;
    uint64_t line; /* 1-based in the segment */
    const char *json;
    size_t len;
    bool is_blob;
    bool redacted; /* a blob whose value was taken away */
};
/* Of a blob: its digest, and where its value's bytes stand in the line (their SHA-256 is the
 * digest). False when the entry is none, or was redacted: *digest is set then too. */
bool spool_blob(const struct spool_entry *e, char digest[65], const char **value,
                size_t *len) MUST_CHECK;

typedef int spool_visit(void *ctx, const struct spool_entry *entry, struct err *err);

struct spool_report {
    uint64_t records, blobs, segments;
    uint64_t redacted; /* of the blobs */
    bool intact;
    char first_fault[256]; /* "SEGMENT line N: what" when not intact */
};

/* Verify the chain and visit every good entry (visit may be NULL). A broken chain is reported in
 * *report, not as an error; a torn last line of the last segment is neither: it was never
 * admitted. */
int spool_walk(const char *dir, spool_visit *visit, void *ctx, struct spool_report *report,
               struct err *err) MUST_CHECK;

/* Where a walk stood: after `line` of `segment`, `offset` bytes into it, where the chain's hash was
 * `hash`. Zero: at the very beginning. */
struct spool_place {
    char segment[32];
    uint64_t line, offset;
    char hash[65];
};

/* Go on from *place and leave in it where the last good line ends; nothing is visited past a fault.
 * What is visited was synced first, so that no crash can take it back. From the beginning, a
 * directory without a spool is one in which nothing was recorded yet. */
int spool_walk_on(const char *dir, struct spool_place *place, spool_visit *visit, void *ctx,
                  struct spool_report *report, struct err *err) MUST_CHECK;

/* The segments' names, oldest first: malloc'ed, the caller's. */
int spool_segments(const char *dir, char (**names)[32], size_t *n, struct err *err) MUST_CHECK;

#endif
