/* base/file.h - files opened, read and replaced without surprises.
 *
 * Layer:   base
 * Owns:    returned buffers are malloc'ed and the caller's (AUTO_FREE).
 * Errors:  ERR_SYSTEM, ERR_INVALID (not a regular file, shrank while read),
 *          ERR_LIMIT (larger than max), ERR_TRUST, ERR_NOMEM.
 * Trust:   the last component is never followed when it is a symbolic link,
 *          FIFOs cannot block, every descriptor is O_CLOEXEC.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "base/err.h"

/* Read regular file `name` under dirfd (AT_FDCWD allowed): at most max bytes, NUL added after
 * len. When st is not NULL it receives fstat of the very file that was read. */
int file_read_at(int dirfd, const char *name, size_t max, char **out, size_t *len, struct stat *st,
                 struct err *err) MUST_CHECK;

/* The same through a descriptor, from its current offset to the end; pipes allowed. */
int file_read_fd(int fd, size_t max, char **out, size_t *len, struct err *err) MUST_CHECK;

/* Replace `name` under dirfd atomically: temporary file in the same directory, owner and mode of
 * *like (NULL: caller's, `mode`), rename. With sync, fdatasync before and fsync of the directory
 * after. On failure the old file stands and no temporary remains. */
int file_replace_at(int dirfd, const char *name, const void *bytes, size_t len,
                    const struct stat *like, mode_t mode, int sync, struct err *err) MUST_CHECK;

/* The one absolute name of what `path` leads to, as realpath(3) has it but by one look of the
 * kernel's; out has PATH_MAX bytes. NULL and errno when there is nothing, or no name for it. */
char *file_real(const char *path, char *out) MUST_CHECK;

/* The entries of a directory, from where its descriptor (borrowed, opened to be read) stands, "."
 * and
 * ".." among them. */
enum { FILE_ENTRIES_BYTES = 8 * 1024 };
struct file_entries {
    int dir;
    int error; /* errno where the end is none; 0: all were seen */
    size_t at, n;
    _Alignas(struct dirent64) char bytes[FILE_ENTRIES_BYTES];
};

/* The next entry, in e until the call after; NULL at the end. */
const struct dirent64 *file_next_entry(struct file_entries *e);

/* Write all bytes, retrying short writes and EINTR. */
int file_write_all(int fd, const void *bytes, size_t len, struct err *err) MUST_CHECK;

/* Open an absolute path for reading, believing it only when every component from / down belongs
 * to uid 0 and is writable by nobody else (sticky directories do not count as safe), with no
 * symbolic link owned by another. ERR_TRUST names the component that cannot be believed. */
int file_open_trusted(const char *path, int flags, struct err *err) MUST_CHECK;

/* From now on this process, which must be short and have one thread, believes a directory that it
 * believed once: what root gives away meanwhile is not seen. */
void file_trust_keeps(void);

/* The same for several files of one directory. *dir is -1 at first; where no link stands on the way
 * it becomes the directory's descriptor (O_PATH, the caller's), and later calls with it, for files
 * of that directory alone, do not look at the way again. For programs that end soon: what root
 * gives away meanwhile is not seen. */
int file_open_trusted_in(int *dir, const char *path, int flags, struct err *err) MUST_CHECK;

#endif
