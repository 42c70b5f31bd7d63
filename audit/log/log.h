/* audit/log/log.h - the log proper: records of the spool in a C2SP tlog-tiles log.
 *
 * Layer:   audit/log (may include audit, policy/value, base)
 * Owns:    a struct log owns its descriptors.
 * Errors:  ERR_SYSTEM, ERR_INVALID, ERR_LIMIT, ERR_TRUST; see each.
 * Steps:   integrate: lock; read state (the truth); append the spool's new records to entry bundles
 *          and tiles, each file written whole, synced and renamed; then state, the commit point;
 *          then sign and replace `checkpoint`. After a crash at any step the next run writes the
 *          same files again, because state says where to go on, and no checkpoint names more.
 * Trust:   only the integrator reads the secret key. Someone with root can fork a log kept on one
 *          machine; checkpoints kept elsewhere (log_verify's `known`) show that.
 *
 *     DIR/spool/...                  what the gate wrote
 *     DIR/log/{checkpoint,tile/...}  what readers read
 *     DIR/log/.state                 how far: {"size", "segment", "line", "offset", "hash",
 *                                    "minimum", "collected", "pruned"}
 */
#ifndef AUDIT_LOG_LOG_H
#define AUDIT_LOG_LOG_H

#include <stdbool.h>

#include "audit/log/note.h"
#include "audit/log/trust.h"
#include "policy/value/value.h"

struct log_summary {
    uint64_t size;    /* entries in the log */
    uint64_t added;   /* by this run */
    uint64_t first;   /* index of the first record that the spool still holds */
    uint64_t pruned;  /* index of the first entry that the log still holds */
    uint64_t pending; /* records in the spool that the log does not hold yet */
    bool intact;
    char fault[400]; /* what and where, when not intact */
};

/* Take the spool's records below `dir` into the log and publish a checkpoint signed with keys[0]
 * (and the others). A spool whose chain is broken is not integrated past the break: ERR_INVALID. */
int log_integrate(const char *dir, const char *origin, const struct note_key *keys, size_t keys_n,
                  struct log_summary *out, struct err *err) MUST_CHECK;

/* Verify everything: signature of the checkpoint, every tile against the entries, the root, the
 * spool's chain, and that the spool's records are the log's entries. `known` (may be NULL): a note
 * of this log kept elsewhere; the log must contain that tree. Faults are reported in *out. */
int log_verify(const char *dir, const struct note_key *key, const char *known, size_t known_len,
               struct log_summary *out, struct err *err) MUST_CHECK;

/* Drop the spool's segments (records and the documents beside them) that were last written before
 * `before` (seconds since 1970), oldest first, and that lie whole below the checkpoint: each of
 * their records is compared with its leaf first, and nothing else is ever dropped. The index of the
 * first record that stays is kept in the state. The log itself keeps every record. */
struct log_rotation {
    uint64_t segments, records, bytes; /* dropped */
    uint64_t minimum;                  /* index of the first record that the spool still holds */
};
int log_rotate(const char *dir, int64_t before, bool dry, struct log_rotation *out,
               struct err *err) MUST_CHECK;

/* Drop the log's own entries, from its beginning on, in whole bundles of TILE_WIDTH whose records
 * are older than `before` and have left the spool, and the tiles that only they need (C2SP
 * tlog-tiles' minimum index). Checkpoints stay what they were; entries that stay are proven as
 * before. */
struct log_pruning {
    uint64_t entries; /* dropped by this run */
    uint64_t minimum; /* index of the first entry that the log still holds */
};
int log_prune(const char *dir, int64_t before, bool dry, struct log_pruning *out,
              struct err *err) MUST_CHECK;

/* How the log stands, without verifying anything: size, pending, and when its checkpoint was
 * signed, seconds since 1970 (0: never). */
int log_status(const char *dir, uint64_t *size, uint64_t *pending, int64_t *signed_at,
               struct err *err) MUST_CHECK;

/* Call `visit` with every entry from index `from` on (or from the first that was not pruned), up to
 * the checkpoint. */
typedef int log_visit(void *ctx, uint64_t index, const char *entry, size_t len, struct err *err);
int log_each(const char *dir, uint64_t from, log_visit *visit, void *ctx,
             struct err *err) MUST_CHECK;

/* The entry at `index`: bytes malloc'ed, the caller's. */
int log_entry(const char *dir, uint64_t index, char **out, size_t *len, struct err *err) MUST_CHECK;

/* The index of the record with this decision_id. ERR_INVALID when the log does not hold it. */
int log_find(const char *dir, const char *decision_id, uint64_t *index, struct err *err) MUST_CHECK;

/* Write a tlog-proof (c2sp.org/tlog-proof@v1) of one entry under the current checkpoint. */
int log_prove(const char *dir, uint64_t index, struct buf *out, struct err *err) MUST_CHECK;

/* Verify a tlog-proof of `entry`, whose checkpoint `key` signed; trust (may be NULL): and that
 * meets this policy. ERR_TRUST when signatures or path do not hold. */
int log_check_proof(const char *proof, size_t proof_len, const char *entry, size_t entry_len,
                    const struct note_key *key, const struct trust *trust,
                    struct err *err) MUST_CHECK;

/* Does the published checkpoint meet the policy? ERR_TRUST when it does not. */
int log_trusted(const char *dir, const struct trust *trust, struct err *err) MUST_CHECK;

#endif
