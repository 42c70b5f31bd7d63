/* audit/log/bundle.h - entry bundles and the growing edge of a tree.
 *
 * Layer:   audit/log (log.c and verify.c share it)
 * Owns:    a struct edge owns its buffers until edge_done.
 * Errors:  as merkle.h.
 */
#ifndef AUDIT_LOG_BUNDLE_H
#define AUDIT_LOG_BUNDLE_H

#include "audit/log/merkle.h"
#include "base/buf.h"

enum { ENTRY_MAX = 65535, BUNDLE_MAX = TILE_WIDTH * (2 + ENTRY_MAX) };

/* Call `visit` for the entries of bundle `n` in order. */
typedef int bundle_visit(void *ctx, uint64_t index, const char *entry, size_t len, struct err *err);
int bundle_each(const struct tiles *t, uint64_t n, bundle_visit *visit, void *ctx,
                struct err *err) MUST_CHECK;

/* The rightmost tile of every level, not yet full, and the bundle beside them. */
struct edge {
    int dirfd;
    uint64_t size;
    struct buf entries;
    struct {
        struct merkle_hash at[TILE_WIDTH];
        unsigned n;
    } level[TILE_LEVELS];
};

/* Read the edge of the tree of `size` entries. */
int edge_open(struct edge *e, int dirfd, uint64_t size, struct err *err) MUST_CHECK;
/* Append one entry; tiles that become full are written. */
int edge_add(struct edge *e, const char *entry, size_t len, struct err *err) MUST_CHECK;
/* Write what is not full as partial tiles, so that the tree can be published. */
int edge_write(struct edge *e, struct err *err) MUST_CHECK;
/* Remove the partial tiles that stand beside full ones since the tree grew from `from` to `to`. */
int edge_collect(int dirfd, uint64_t from, uint64_t to, struct err *err) MUST_CHECK;
void edge_done(struct edge *e);

#endif
