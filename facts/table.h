/* facts/table.h - the kernel's tables of mounts and of listening sockets, read when a question
 * needs them.
 *
 * Layer:   facts
 * Owns:    texts live in the arena given.
 * Errors:  none: a table that cannot be read, or is longer than the limit, answers nothing and says
 * so (`whole`). Trust:   the kernel's own text; a socket's name is what its process bound, so the
 * file is looked at again. Limits:  TABLE_BYTES_MAX of each table. Sources: proc_pid_mountinfo(5);
 * unix(7), /proc/net/unix.
 */
#ifndef FACTS_TABLE_H
#define FACTS_TABLE_H

#include "policy/value/value.h"

enum { TABLE_BYTES_MAX = 16 * 1024 * 1024 };

struct table_mount {
    const char *dev;  /* "254:0" */
    const char *root; /* what of the file system is mounted */
    const char *point;
    const char *type;
    const char *options; /* of the file system, escaped as the kernel writes them */
};

struct table {
    bool read, whole; /* whole: all of it could be had */
    struct table_mount *mounts;
    size_t n;
    bool sockets_read, sockets_whole;
    const char **sockets; /* absolute names that somebody listens on */
    size_t n_sockets;
};

/* The mounts of this process's namespace. */
void table_mounts(struct table *t, struct arena *a);

/* Names of listening sockets that are paths. */
void table_sockets(struct table *t, struct arena *a);

/* The mount that a clean absolute path lies on; NULL when none is known. */
const struct table_mount *table_mount_of(const struct table *t, const char *path);

/* The directories that an overlay is made of, strings; empty for other mounts. */
struct value_list table_layers(struct arena *a, const struct table_mount *m);

/* The name below directory `top` of what is `path` on mount m. */
const char *table_below(struct arena *a, const char *top, const struct table_mount *m,
                        const char *path);

/* The next other name of the same object, *at counting from 0; NULL at the end. */
const char *table_alias(const struct table *t, struct arena *a, const struct table_mount *m,
                        const char *path, size_t *at);

#endif
