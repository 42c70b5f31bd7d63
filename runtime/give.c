#include "runtime/give.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "profiles/doc.h"
#include "runtime/idmap.h"

struct giving {
    uint32_t uid, gid;
    int entries, depth;
    uint64_t bytes;
};

static bool id_of(const struct value *v, uint32_t *out)
{
    uint64_t n = 0;

    if (!v || !value_uint64(v, &n) || n == 0 || n >= UINT32_MAX)
        return false;
    *out = (uint32_t)n;
    return true;
}

int give_check(const struct value *action, struct err *err)
{
    const char *const inside = doc_str(action, "inside"), *const mount = doc_str(action, "mount");
    uint32_t id;

    if (!id_of(value_field(action, "uid"), &id) || !id_of(value_field(action, "gid"), &id))
        return err_set(err, ERR_INVALID, "action own: uid and gid are no user's");
    if (!inside == !mount || (inside && (inside[0] != '/' || !inside[1])) ||
        (mount && mount[0] != '/'))
        return err_set(err, ERR_INVALID, "action own: it takes one of mount and inside");
    return 0;
}

/* Root's, of one name, without a bit that would make its owner matter to others. */
static bool is_to_give(const struct stat *st)
{
    if (st->st_uid != 0)
        return false;
    if (S_ISDIR(st->st_mode) || S_ISSOCK(st->st_mode) || S_ISFIFO(st->st_mode))
        return true;
    return S_ISREG(st->st_mode) && st->st_nlink == 1 && (st->st_mode & (S_ISUID | S_ISGID)) == 0;
}

/* By the descriptor that was looked at. Owners change the set-id bits of no directory. */
static int give_one(const struct giving *g, int fd, const struct stat *st, struct err *err)
{
    if (!is_to_give(st))
        return 0;
    return fchownat(fd, "", g->uid, g->gid, AT_EMPTY_PATH) < 0 ? err_sys(err, "owner") : 0;
}

static int walk(struct giving *g, int fd, struct err *err);

static int entry(struct giving *g, int dir, const char *name, struct err *err)
{
    struct stat st;

    if (++g->entries > GIVE_ENTRIES_MAX)
        return err_set(err, ERR_LIMIT, "more than %d entries", GIVE_ENTRIES_MAX);
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : err_sys(err, "%s", name);
    if (S_ISLNK(st.st_mode))
        return 0;
    AUTO_FD int fd = idmap_open_below(dir, name, err);
    if (fd < 0) /* exchanged for a link, gone, or another mount: not ours to give */
        return err->sys == ENOENT || err->sys == ELOOP || err->sys == EXDEV ? 0 : -1;
    if (fstat(fd, &st) < 0)
        return err_sys(err, "%s", name);
    g->bytes += S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
    if (g->bytes > GIVE_BYTES_MAX)
        return err_set(err, ERR_LIMIT, "more than %d MiB", GIVE_BYTES_MAX / 1024 / 1024);
    return S_ISDIR(st.st_mode) ? walk(g, fd, err) : give_one(g, fd, &st, err);
}

/* fd: the directory, for looking at alone. */
static int walk(struct giving *g, int fd, struct err *err)
{
    AUTO_FD int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *const dir = own < 0 ? NULL : fdopendir(own);
    struct stat st;
    int status = 0;

    if (!dir)
        return err_sys(err, "directory");
    const int listed = fd_take(&own);
    if (++g->depth > GIVE_DEPTH_MAX)
        status = err_set(err, ERR_LIMIT, "more than %d directories deep", GIVE_DEPTH_MAX);
    for (const struct dirent *e = readdir(dir); e && status == 0; e = readdir(dir)) {
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            status = entry(g, listed, e->d_name, err);
    }
    g->depth--;
    (void)closedir(dir);
    if (status < 0 || fstat(fd, &st) < 0)
        return status < 0 ? -1 : err_sys(err, "directory");
    return give_one(g, fd, &st, err);
}

int give_tree(int dir, uint32_t uid, uint32_t gid, struct err *err)
{
    struct giving g = {.uid = uid, .gid = gid};

    return walk(&g, dir, err);
}

/* --- which directory ------------------------------------------------------------------------- */

static int open_volume(const struct decision *d, const char *destination, struct err *err)
{
    const struct value *const mounts = value_path(d->input, "facts", "mounts", NULL);
    const struct value *found = NULL;

    for (size_t i = 0; i < doc_len(mounts); i++) {
        const struct value *const m = value_at(mounts, i);

        if (value_is_str(value_field(m, "destination"), destination))
            found = m; /* the last one is on top */
    }
    if (!value_is_str(value_field(found, "engine_managed"), "volume") ||
        doc_true(value_field(found, "readonly")))
        return err_set(err, ERR_INVALID, "%s is no volume of the engine's that may be written",
                       destination);
    return idmap_open_fact(found, err);
}

static int open_inside(const struct decision *d, const char *path, struct err *err)
{
    AUTO_FD int root = idmap_open_fact(value_path(d->input, "facts", "rootfs", NULL), err);

    return root < 0 ? -1 : idmap_open_below(root, path, err);
}

int give_run(const struct decision *d, const struct value *action, struct err *err)
{
    const char *const inside = doc_str(action, "inside"), *const mount = doc_str(action, "mount");
    uint32_t uid = 0, gid = 0;

    if (give_check(action, err) < 0 || !id_of(value_field(action, "uid"), &uid) ||
        !id_of(value_field(action, "gid"), &gid))
        return -1;
    AUTO_FD int fd = mount ? open_volume(d, mount, err) : open_inside(d, inside, err);
    if (fd < 0 || give_tree(fd, uid, gid, err) < 0)
        return err_ctx(err, "action own: %s", mount ? mount : inside);
    return 0;
}
