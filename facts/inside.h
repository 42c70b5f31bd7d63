/* facts/inside.h - what the looks into a root file system share: inside.c (accounts, directories)
 * and program.c (program, entry script, service).
 *
 * Layer:   facts, private to these two
 * Owns:    fd and the opened directories are rootfs_inside's; strings are the arena's or static.
 * Trust:   as facts/rootfs.h: every path is the image's, opened by openat2(RESOLVE_IN_ROOT).
 */
#ifndef FACTS_INSIDE_H
#define FACTS_INSIDE_H

#include "facts/rootfs.h"

enum { INSIDE_NAMES_MAX = 8, INSIDE_DIRECTORIES_MAX = 16 };

/* A directory of the image that more than one question is about. */
struct opened {
    const char *path;
    int fd;    /* -1: it could not be opened */
    int error; /* why */
};

struct inside {
    struct parts *p;
    int fd; /* the root directory */
    const char *root;
    const struct value *accounts;
    const char *names[INSIDE_NAMES_MAX]; /* for which /var/lib/NAME and its kin matter */
    size_t n_names;
    char *scratch; /* ROOTFS_FILE_MAX bytes of the file that is read now */
    struct opened opened[INSIDE_DIRECTORIES_MAX];
    size_t n_opened;
};

/* Open a path of the image; `resolve`: more of openat2's RESOLVE_*. -1 and errno. */
int inside_open(const struct inside *in, const char *path, unsigned flags, unsigned resolve);

/* The directory at an absolute path without a link on the way, opened to be read, once. The
 * descriptor is in's; -1 and errno. */
int inside_directory(struct inside *in, const char *path);

/* ROOTFS_FILE_MAX bytes, the same at each call; NULL: no memory. */
char *inside_scratch(struct inside *in, struct err *err);

/* At most `size` bytes of a regular file, by descriptor and by path; false: it cannot be read. */
bool inside_read_fd(int fd, char *out, size_t size, size_t *len, bool *truncated);
bool inside_read(const struct inside *in, const char *path, char *out, size_t size, size_t *len);

/* The directories of this name matter (/var/lib/NAME and its kin): a name without a slash, kept. */
void inside_name(struct inside *in, const char *name);

/* Add to f: program, script, executed; service. */
int inside_program(struct inside *in, const struct value *process, struct value_fields *f,
                   struct err *err) MUST_CHECK;
void inside_service(struct inside *in, const struct value *process, struct value_fields *f);

#endif
