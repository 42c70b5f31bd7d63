/* audit/chain.h - the spool's lines: how one is written, read and linked to the one before.
 *
 * Layer:   audit (spool.c and spool_walk.c share it)
 * Owns:    nothing.
 * Trust:   the bytes of a segment may have been changed by anyone: nothing is believed before its
 *          hash was computed.
 */
#ifndef AUDIT_CHAIN_H
#define AUDIT_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"

enum { CHAIN_HASH = 64 };
#define CHAIN_ZERO "0000000000000000000000000000000000000000000000000000000000000000"

/* Append `HASH LENGTH JSON\n` and leave the new hash in `hash`. */
void chain_line(struct buf *out, const char *json, size_t len, char hash[CHAIN_HASH + 1]);

/* A document's entry is bound by its digest: this much of it is hashed into the chain, so that the
 * document itself can be taken away (spool_redact) and the chain stays whole. 0: all of the entry
 * is. */
size_t chain_blob_head(const char *json, size_t len);

/* What follows a blob's digest once its value was taken away; spaces fill the rest of the entry. */
#define CHAIN_REDACTED ",\"value\":null,\"redacted\":true}"
bool chain_is_redacted(const char *json, size_t len);

/* The value of a blob's entry; NULL when there is none of this form. */
const char *chain_blob_value(const char *json, size_t len, size_t *value_len);

/* Is the entry's document what its digest says, or taken away? True of an entry that has none. */
bool chain_document_holds(const char *json, size_t len);

/* The hash of an entry that follows `previous`. */
void chain_hash(const char previous[CHAIN_HASH], const char *json, size_t len,
                char out[CHAIN_HASH + 1]);

/* One line, newline excluded. NULL, or what is wrong with its form. */
struct chain_entry {
    const char *hash; /* CHAIN_HASH digits */
    const char *json;
    size_t len;
};
const char *chain_parse(const char *line, size_t len, struct chain_entry *out) MUST_CHECK;

/* "00000000000000000001.log" and its number. */
bool chain_segment_number(const char *name, unsigned long long *out) MUST_CHECK;

/* Look at the end of a segment: text[0..n) is its tail, whole when `from_start`. */
enum chain_tail { CHAIN_TAIL_FOUND, CHAIN_TAIL_EMPTY, CHAIN_TAIL_MORE };
enum chain_tail chain_tail(const char *text, size_t n, bool from_start, off_t *end,
                           char hash[CHAIN_HASH + 1], bool *sound) MUST_CHECK;

#endif
