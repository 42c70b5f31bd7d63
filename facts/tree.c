#include "facts/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/own.h"
#include "profiles/doc.h"

struct tree {
    uint32_t uids[TREE_UIDS_MAX];
    size_t n_uids;
    uint64_t bytes;
    int entries, special, depth;
    bool incomplete;
};

static void note_uid(struct tree *t, uint32_t uid)
{
    for (size_t i = 0; i < t->n_uids; i++) {
        if (t->uids[i] == uid)
            return;
    }
    if (t->n_uids == TREE_UIDS_MAX)
        t->incomplete = true;
    else
        t->uids[t->n_uids++] = uid;
}

static int open_dir(int dir, const char *name)
{
    const struct open_how how = {
        .flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NOATIME,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
    };

    return (int)syscall(SYS_openat2, dir, name, &how, sizeof(how));
}

static void walk(struct tree *t, int parent, const char *name);

static void note(struct tree *t, int dir, const struct dirent *e)
{
    struct stat st;

    if (fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
        t->incomplete = t->incomplete || errno != ENOENT;
        return;
    }
    note_uid(t, st.st_uid);
    if (S_ISREG(st.st_mode))
        t->bytes += (uint64_t)st.st_size;
    else if (!S_ISDIR(st.st_mode) && !S_ISLNK(st.st_mode))
        t->special++;
    t->incomplete = t->incomplete || t->bytes > TREE_BYTES_MAX;
    if (S_ISDIR(st.st_mode) && !t->incomplete)
        walk(t, dir, e->d_name);
}

static void walk(struct tree *t, int parent, const char *name)
{
    AUTO_FD int fd = open_dir(parent, name);
    DIR *const dir = fd < 0 || t->depth == TREE_DEPTH_MAX ? NULL : fdopendir(fd);

    if (!dir) {
        t->incomplete = true;
        return;
    }
    const int own = fd_take(&fd);
    t->depth++;
    for (const struct dirent *e = readdir(dir); e && !t->incomplete; e = readdir(dir)) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (++t->entries > TREE_ENTRIES_MAX)
            t->incomplete = true;
        else
            note(t, own, e);
    }
    t->depth--;
    (void)closedir(dir);
}

int tree_look(struct arena *a, int dir, const struct value **out, struct err *err)
{
    struct tree t = {.entries = 0};
    struct value_fields f = {0};
    struct value_list l = {0};

    walk(&t, dir, ".");
    /* Few, and in order: the same tree gives the same document. */
    for (size_t i = 0; i < t.n_uids; i++) {
        for (size_t k = i + 1; k < t.n_uids; k++) {
            const uint32_t x = t.uids[i];

            if (t.uids[k] < x) {
                t.uids[i] = t.uids[k];
                t.uids[k] = x;
            }
        }
        value_list_add(a, &l, value_u64(a, t.uids[i]));
    }
    doc_put_int(a, &f, "entries", t.entries);
    doc_put_int(a, &f, "bytes", (int64_t)t.bytes);
    doc_put_bool(a, &f, "complete", !t.incomplete);
    doc_put_int(a, &f, "special", t.special);
    doc_put_list(a, &f, "uids", &l);
    return doc_finish(a, &f, out, err);
}
