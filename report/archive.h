/* report/archive.h - named files in one gzipped tar, whole in memory.
 *
 * Layer:   report
 * Owns:    names and bytes live in the arena given.
 * Errors:  ERR_INVALID (no such archive, cut short, a name that leads elsewhere, a name twice, what
 *          is no plain file), ERR_LIMIT, ERR_SYSTEM, ERR_NOMEM.
 * Trust:   an archive that is read comes from anyone: nothing is written to disk, names are plain
 *          relative paths, sizes are bounded.
 */
#ifndef REPORT_ARCHIVE_H
#define REPORT_ARCHIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"

enum { ARCHIVE_FILES_MAX = 200000 };
#define ARCHIVE_BYTES_MAX ((size_t)2 << 30)

struct archive_file {
    const char *name;
    const char *bytes;
    size_t len;
};

struct archive_files {
    struct archive_file *at;
    size_t n, cap, bytes;
    bool sorted; /* by name: as archive_unpack leaves them */
};

/* Add a file; its bytes are copied. */
int archive_add(struct archive_files *f, struct arena *a, const char *name, const void *bytes,
                size_t len, struct err *err) MUST_CHECK;
/* NULL: none of this name. */
const struct archive_file *archive_find(const struct archive_files *f, const char *name);

/* The archive's bytes: the same files give the same bytes. */
int archive_pack(const struct archive_files *f, int64_t mtime, struct buf *out,
                 struct err *err) MUST_CHECK;
int archive_unpack(struct arena *a, const void *bytes, size_t len, struct archive_files *out,
                   struct err *err) MUST_CHECK;

#endif
