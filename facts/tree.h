/* facts/tree.h - whose the files of one directory are: a bounded look.
 *
 * Layer:   facts
 * Owns:    results live in the arena given.
 * Errors:  ERR_NOMEM. What cannot be seen makes the look incomplete.
 * Trust:   the tree may be a running container's: entries are looked at by openat2 below the
 *          directory, no link followed, no other mount entered; nothing is read.
 * Limits:  TREE_ENTRIES_MAX entries, TREE_BYTES_MAX bytes of files, TREE_DEPTH_MAX directories
 * deep.
 */
#ifndef FACTS_TREE_H
#define FACTS_TREE_H

#include "policy/value/value.h"

enum {
    TREE_ENTRIES_MAX = 1000,
    TREE_DEPTH_MAX = 24,
    TREE_UIDS_MAX = 8,
    TREE_BYTES_MAX = 32 * 1024 * 1024,
};

/* {"entries", "bytes", "complete", "uids": [sorted], "special": entries that are no file, directory
 * or link}. dir is any descriptor of the directory. */
int tree_look(struct arena *a, int dir, const struct value **out, struct err *err) MUST_CHECK;

#endif
