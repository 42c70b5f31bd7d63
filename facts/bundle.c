#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "facts/facts.h"
#include "facts/parts.h"
#include "profiles/doc.h"

/* The directory's path as the kernel has it, for messages and for relative sources. */
static char *path_of(int fd)
{
    char link[64], path[PATH_MAX];

    (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    const ssize_t n = readlink(link, path, sizeof(path) - 1);
    if (n <= 0 || n >= PATH_MAX - 1 || path[0] != '/')
        return NULL;
    path[n] = '\0';
    return strdup(path);
}

/* Only root may change the file or replace a directory above it. */
static int believe(const struct bundle *b, const char *name, struct err *err)
{
    struct arena a = ARENA_INIT(1024 * 1024);
    struct look look;
    struct look_at at;

    if (b->st.st_uid != 0 || (b->st.st_mode & S_IWOTH) ||
        ((b->st.st_mode & S_IWGRP) && b->st.st_gid != 0))
        return err_set(err, ERR_TRUST, "%s: a user other than root can change it", name);
    look_init(&look, &a);
    const int status = look_path(&look, b->dir, true, &at, err);
    if (status == 0 && at.changeable_by)
        (void)err_set(err, ERR_TRUST, "'%s' can be changed by a user other than root",
                      at.changeable_by);
    const bool bad = status < 0 || at.changeable_by;
    arena_done(&a);
    return bad ? -1 : 0;
}

int bundle_open(struct bundle *b, const char *path, const char *name, bool trust, struct arena *a,
                struct err *err)
{
    AUTO_FD int dirfd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    AUTO_BUNDLE struct bundle made = BUNDLE_INIT;
    const struct value *doc = NULL;

    if (dirfd < 0)
        return err_sys(err, "bundle");
    made.dir = path_of(dirfd);
    if (!made.dir)
        return err_set(err, ERR_INVALID, "bundle: its path cannot be told");
    if (file_read_at(dirfd, name, BUNDLE_CONFIG_MAX, &made.bytes, &made.len, &made.st, err) < 0)
        return err_ctx(err, "bundle: %s", name);
    if (trust && believe(&made, name, err) < 0)
        return err_ctx(err, "bundle");
    if (document_parse(a, made.bytes, made.len, &doc, err) < 0)
        return err_ctx(err, "%s", name);
    made.doc = doc;
    made.dirfd = fd_take(&dirfd);
    *b = made;
    made = BUNDLE_INIT;
    return 0;
}

void bundle_close(struct bundle *b)
{
    own_close(&b->dirfd);
    own_free(&b->dir);
    own_free(&b->bytes);
    *b = BUNDLE_INIT;
}

int facts_bundle_part(struct parts *p, const struct value **out, struct err *err)
{
    struct value_fields f = {0};
    struct look_at at;

    doc_put_str(p->a, &f, "path", p->req->bundle);
    if (!p->host) {
        parts_unknown(p, "/facts/bundle/uid");
        parts_unknown(p, "/facts/bundle/mode");
        parts_unknown(p, "/facts/bundle/changeable_by");
    } else {
        if (look_path(&p->look, p->req->bundle, true, &at, err) < 0)
            return -1;
        doc_put_str(p->a, &f, "changeable_by", at.changeable_by);
        if (at.end == LOOK_SEEN) {
            doc_put_int(p->a, &f, "uid", at.st.st_uid);
            doc_put_int(p->a, &f, "mode", at.st.st_mode & 07777);
        }
    }
    return doc_finish(p->a, &f, out, err);
}
