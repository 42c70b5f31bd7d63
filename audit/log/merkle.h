/* audit/log/merkle.h - RFC 6962 section 2.1 hashes over tiles of 256 (C2SP tlog-tiles).
 *
 * Layer:   audit/log (may include audit, base)
 * Owns:    a struct tiles owns its descriptor; hashes are plain values.
 * Errors:  ERR_SYSTEM, ERR_INVALID (a tile is missing, short or of the wrong length), ERR_LIMIT.
 * Trust:   tiles are read as they lie on disk; nothing here believes them: a root computed from
 *          them means something only once a signed checkpoint names it.
 *
 *     leaf = SHA-256(0x00 || entry)    node = SHA-256(0x01 || left || right)
 *     tile/<L>/<N>[.p/<W>]             256 (or W) hashes of level 8L, oldest first
 *     tile/entries/<N>[.p/<W>]         256 (or W) entries: u16be length, bytes
 */
#ifndef AUDIT_LOG_MERKLE_H
#define AUDIT_LOG_MERKLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/err.h"

enum { TILE_WIDTH = 256, TILE_BITS = 8, TILE_LEVELS = 8, PROOF_MAX = 64, TILE_PATH_MAX = 96 };
enum { TILE_ENTRIES = -1 }; /* level of entry bundles */

struct merkle_hash {
    uint8_t b[DIGEST_LEN];
};

struct merkle_hash merkle_leaf(const void *entry, size_t len);
struct merkle_hash merkle_node(const struct merkle_hash *left, const struct merkle_hash *right);
struct merkle_hash merkle_empty(void);
int merkle_equal(const struct merkle_hash *a, const struct merkle_hash *b);

struct merkle_proof {
    struct merkle_hash at[PROOF_MAX];
    size_t n;
};

/* Does the proof lead from this leaf (entry `index` of `size`) to the root? 1 yes, 0 no. */
int merkle_included(const struct merkle_proof *p, uint64_t index, uint64_t size,
                    const struct merkle_hash *leaf, const struct merkle_hash *root);

/* Does the proof show that the tree of `size` begins with the tree of `old`? 1 yes, 0 no. */
int merkle_consistent(const struct merkle_proof *p, uint64_t old, uint64_t size,
                      const struct merkle_hash *old_root, const struct merkle_hash *root);

/* --- tiles on disk ----------------------------------------------------------------------- */

struct tiles {
    int dirfd;     /* the log's directory: tile/ and checkpoint lie below it */
    uint64_t size; /* entries of the tree that is looked at */
    struct {       /* the tile read last, per level */
        uint64_t n;
        unsigned width;
        struct merkle_hash at[TILE_WIDTH];
    } cache[TILE_LEVELS];
};

/* "tile/2/x001/234" or "tile/2/x001/234.p/17" (width 256: full). */
void tile_path(int level, uint64_t n, unsigned width, char out[TILE_PATH_MAX]);

/* Look at the tree of `size` entries below `dirfd`, which stays the caller's. */
void tiles_init(struct tiles *t, int dirfd, uint64_t size);

/* Width of tile n at `level` in the tree looked at: 0 when there is none. */
unsigned tiles_width(const struct tiles *t, int level, uint64_t n);

/* Hash `i` of `level` as the tile holds it. */
int tiles_hash(struct tiles *t, int level, uint64_t i, struct merkle_hash *out,
               struct err *err) MUST_CHECK;
int tiles_leaf(struct tiles *t, uint64_t index, struct merkle_hash *out,
               struct err *err) MUST_CHECK;
int tiles_root(struct tiles *t, struct merkle_hash *out, struct err *err) MUST_CHECK;
int tiles_inclusion(struct tiles *t, uint64_t index, struct merkle_proof *out,
                    struct err *err) MUST_CHECK;
int tiles_consistency(struct tiles *t, uint64_t old, struct merkle_proof *out,
                      struct err *err) MUST_CHECK;

#endif
