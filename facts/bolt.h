/* facts/bolt.h - read a few keys of a bolt database that its owner goes on writing.
 *
 * Layer:   facts
 * Owns:    borrows the descriptor; pages and values live in the arena given to bolt_open.
 * Errors:  ERR_INVALID (no bolt file, a page that contradicts itself), ERR_LIMIT, ERR_SYSTEM,
 *          ERR_NOMEM.
 * Trust:   the file is the engine's, written by root; its bytes are checked all the same: every
 *          offset lies in its page, every walk ends.
 * Limits:  BOLT_DEPTH levels of branches, BOLT_RUN bytes of one page with its overflow, BOLT_READ
 *          bytes in all.
 *
 * No lock is taken: the writer holds its own for as long as it runs. A committed tree's pages are
 * written again only by the commit after the next one begins, so what was read is of one moment
 * when bolt_same says afterwards that no transaction has been committed since. Source: the format
 * as go.etcd.io/bbolt writes it.
 */
#ifndef FACTS_BOLT_H
#define FACTS_BOLT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum { BOLT_DEPTH = 16, BOLT_RUN = 1024 * 1024, BOLT_READ = 16 * 1024 * 1024 };

struct bolt {
    int fd;
    struct arena *a;
    uint32_t page_size;
    uint64_t txid, root;
    size_t read; /* bytes so far */
};

struct bolt_bucket {
    uint64_t root;         /* page of its tree; 0: inline */
    const uint8_t *inside; /* the inline page */
    size_t inside_len;
};

struct bolt_bytes {
    const char *at;
    size_t len;
};

/* Read the newest whole meta page. */
int bolt_open(struct bolt *b, int fd, struct arena *a, struct err *err) MUST_CHECK;

/* The bucket that all others are in. */
struct bolt_bucket bolt_top(const struct bolt *b);

/* 1 and the bucket `name` in `in`; 0 when there is none. */
int bolt_find(struct bolt *b, const struct bolt_bucket *in, const char *name,
              struct bolt_bucket *out, struct err *err) MUST_CHECK;

/* 1 and the value of `key`; 0 when there is none. */
int bolt_value(struct bolt *b, const struct bolt_bucket *in, const char *key,
               struct bolt_bytes *out, struct err *err) MUST_CHECK;

/* Call fn for every key that has a value, in order, until it returns false. Only buckets of one
 * page are walked: ERR_LIMIT for others. */
typedef bool bolt_visit(void *ctx, struct bolt_bytes key, struct bolt_bytes value);
int bolt_each(struct bolt *b, const struct bolt_bucket *in, bolt_visit *fn, void *ctx,
              struct err *err) MUST_CHECK;

/* Has no transaction been committed since bolt_open? */
bool bolt_same(const struct bolt *b);

#endif
