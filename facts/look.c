#include "facts/look.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/own.h"
#include "profiles/doc.h"

struct fs_name {
    uint64_t magic;
    const char *name;
};

/* clang-format off */
static const struct fs_name fs_names[] = {
    { 0xEF53, "ext4" }, { 0x58465342, "xfs" }, { 0x9123683E, "btrfs" }, { 0x01021994, "tmpfs" },
    { 0x794C7630, "overlay" }, { 0x9FA0, "proc" }, { 0x62656572, "sysfs" }, { 0x27E0EB, "cgroup" },
    { 0x63677270, "cgroup2" }, { 0x1CD1, "devpts" }, { 0x19800202, "mqueue" }, { 0x2FC12FC1, "zfs" },
    { 0x64626720, "debugfs" }, { 0x74726163, "tracefs" }, { 0x73636673, "securityfs" },
    { 0xCAFE4A11, "bpf" }, { 0x62656570, "configfs" }, { 0xDE5E81E4, "efivarfs" },
    { 0x6165676C, "pstore" }, { 0xF97CFF8C, "selinuxfs" }, { 0x958458F6, "hugetlbfs" },
    { 0x42494E4D, "binfmt_misc" }, { 0x6E736673, "nsfs" }, { 0x6969, "nfs" }, { 0xFF534D42, "cifs" },
    { 0x01021997, "9p" }, { 0x65735546, "fuse" }, { 0x858458F6, "ramfs" }, { 0x73717368, "squashfs" },
    { 0xE0F5E1E2, "erofs" }, { 0x4D44, "vfat" }, { 0xF2F52010, "f2fs" }, { 0x9660, "iso9660" },
    { 0x0187, "autofs" }, { 0x00C36400, "ceph" }, { 0x67596969, "rpc_pipefs" },
};
/* clang-format on */

const char *look_fs_name(uint64_t magic)
{
    for (size_t i = 0; i < ARRAY_LEN(fs_names); i++) {
        if (fs_names[i].magic == magic)
            return fs_names[i].name;
    }
    return NULL;
}

const char *look_kind(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFDIR:
        return "directory";
    case S_IFREG:
        return "file";
    case S_IFLNK:
        return "symlink";
    case S_IFSOCK:
        return "socket";
    case S_IFBLK:
        return "block";
    case S_IFCHR:
        return "char";
    case S_IFIFO:
        return "fifo";
    default:
        return "missing";
    }
}

void look_init(struct look *l, struct arena *a)
{
    *l = (struct look){.a = a};
    l->dirs = arena_alloc(a, LOOK_CACHE_MAX * sizeof(*l->dirs));
}

/* The place of a path in the cache; *known: it was there. NULL: no memory. */
static struct look_dir *place_of(struct look *l, const char *path, bool *known)
{
    const uint32_t hash = value_hash_bytes(path, strlen(path));

    *known = true;
    if (!l->dirs)
        return NULL;
    for (size_t i = 0; i < l->n; i++) {
        if (l->dirs[i].hash == hash && strcmp(l->dirs[i].path, path) == 0)
            return &l->dirs[i];
    }
    *known = false;
    /* When full the last place serves again: a miss costs a call, never an answer. */
    struct look_dir *const d = &l->dirs[l->n < LOOK_CACHE_MAX ? l->n++ : LOOK_CACHE_MAX - 1];
    d->hash = hash;
    d->seen = false;
    d->path = arena_strndup(l->a, path, strlen(path));
    if (!d->path) {
        d->path = "";
        return NULL;
    }
    return d;
}

const struct stat *look_dir(struct look *l, const char *path)
{
    bool known = false;
    struct look_dir *const d = place_of(l, path, &known);

    if (d && !known)
        d->seen = lstat(path, &d->st) == 0;
    return d && d->seen ? &d->st : NULL;
}

/* What was just opened at the end of a path need not be looked at by name. */
static void note_end(struct look *l, const struct look_at *at)
{
    bool known = false;
    struct look_dir *const d = at->end == LOOK_SEEN ? place_of(l, at->resolved, &known) : NULL;

    if (d && !known) {
        d->seen = true;
        d->st = at->st;
    }
}

/* --- who can change a path ---------------------------------------------------------------------
 */

/* Root, or in a user namespace whom it shows for the machine's root and all others outside. */
static bool is_root(const struct look *l, unsigned id)
{
    enum { OVERFLOW_ID = 65534 };

    return id == 0 || (l->rootless && id == OVERFLOW_ID);
}

static bool others_write(const struct look *l, const struct stat *st)
{
    return (st->st_mode & S_IWOTH) || ((st->st_mode & S_IWGRP) && !is_root(l, st->st_gid));
}

/* Somebody other than root can replace `child` in directory `dir`. In a sticky directory that is
 * the owner of the child alone. */
static bool can_replace(const struct look *l, const struct stat *dir, const struct stat *child)
{
    if (!is_root(l, dir->st_uid))
        return true;
    if (!others_write(l, dir))
        return false;
    return !(dir->st_mode & S_ISVTX) || !child || !is_root(l, child->st_uid);
}

const char *look_step(const char *path, const char *at, char prefix[PATH_MAX])
{
    if (*at != '/' || !at[1])
        return NULL;
    const size_t len = (size_t)(at - path) + 1 + strcspn(at + 1, "/");

    if (len >= PATH_MAX)
        return NULL;
    memcpy(prefix, path, len);
    prefix[len] = '\0';
    return path + len;
}

/* The first component of a clean absolute path that can be replaced; NULL when none. */
static const char *first_changeable(struct look *l, const char *path, bool own)
{
    char prefix[PATH_MAX];
    const struct stat *dir = look_dir(l, "/");

    for (const char *at = path; (at = look_step(path, at, prefix));) {
        const struct stat *const st = look_dir(l, prefix);

        if (dir && can_replace(l, dir, st))
            return arena_strndup(l->a, prefix, strlen(prefix));
        if (!st)
            return NULL; /* what is missing is told as missing */
        dir = st;
    }
    if (own && dir && !S_ISLNK(dir->st_mode) && (!is_root(l, dir->st_uid) || others_write(l, dir)))
        return path;
    return NULL;
}

bool look_same(const struct stat *x, const struct stat *y)
{
    return x && y && x->st_dev == y->st_dev && x->st_ino == y->st_ino;
}

const char *look_passes(struct look *l, const char *path, const struct stat *st)
{
    char prefix[PATH_MAX];

    if (look_same(look_dir(l, "/"), st))
        return "/";
    for (const char *at = path; (at = look_step(path, at, prefix));) {
        if (look_same(look_dir(l, prefix), st))
            return arena_strndup(l->a, prefix, strlen(prefix));
    }
    return NULL;
}

bool look_mount(const char *path, uint64_t *id)
{
    struct statx sx;

    if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_MNT_ID, &sx) < 0 ||
        !(sx.stx_mask & STATX_MNT_ID))
        return false;
    *id = sx.stx_mnt_id;
    return true;
}

/* --- following links ----------------------------------------------------------------------------
 */

static int open_path(const char *path)
{
    const struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS};

    return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

static bool in_proc(const char *path)
{
    struct statfs fs;

    return statfs(path, &fs) == 0 && (uint64_t)fs.f_type == PROC_SUPER_MAGIC;
}

struct trail {
    struct look *l;
    struct look_at *out;
    char done[PATH_MAX]; /* resolved so far */
    char rest[PATH_MAX]; /* still to go, without leading slash */
    const char *changeable;
    unsigned links;
};

static void pop_component(char *path)
{
    char *const slash = strrchr(path, '/');

    if (slash)
        *slash = '\0';
}

/* Put a link's target before what is left. */
static bool splice_link(struct trail *t, const char *target)
{
    char joined[PATH_MAX];
    const size_t len = strlen(target), rest = strlen(t->rest);

    if (len + rest + 2 >= sizeof(joined))
        return false;
    memcpy(joined, target, len);
    joined[len] = '/';
    memcpy(joined + len + 1, t->rest, rest + 1);
    memcpy(t->rest, joined, len + rest + 2);
    if (target[0] == '/')
        t->done[0] = '\0';
    return true;
}

/* One step; false when the end is known (in t->out->end) or the walk cannot go on. */
static bool step(struct trail *t)
{
    char target[PATH_MAX];
    size_t skip = strspn(t->rest, "/");
    const size_t len = strcspn(t->rest + skip, "/");
    char name[NAME_MAX + 1];

    if (len == 0)
        return false;
    if (len > NAME_MAX) {
        t->out->end = LOOK_MISSING;
        return false;
    }
    memcpy(name, t->rest + skip, len);
    name[len] = '\0';
    memmove(t->rest, t->rest + skip + len, strlen(t->rest + skip + len) + 1);
    if (strcmp(name, ".") == 0)
        return true;
    if (strcmp(name, "..") == 0) {
        pop_component(t->done);
        return true;
    }
    const size_t before = strlen(t->done);
    if (before + len + 2 >= sizeof(t->done)) {
        t->out->end = LOOK_MISSING;
        return false;
    }
    t->done[before] = '/';
    memcpy(t->done + before + 1, name, len + 1);
    const struct stat *const st = look_dir(t->l, t->done);

    if (!st || !S_ISLNK(st->st_mode))
        return true; /* what is missing shows at the end */
    doc_list_str(t->l->a, &t->out->links, t->done);
    if (!t->changeable)
        t->changeable = first_changeable(t->l, t->done, false);
    const ssize_t n = readlink(t->done, target, sizeof(target) - 1);
    if (n < 0 || ++t->links > LOOK_LINKS_MAX) {
        t->out->end = n < 0 ? LOOK_UNSEEN : LOOK_MISSING;
        return false;
    }
    target[n] = '\0';
    t->done[before] = '\0';
    /* A link of /proc is no text: following it reaches another process's object, which the text
     * only names. /proc/self and its like are plain links. */
    if ((target[0] == '/' || strchr(target, ':')) && in_proc(before ? t->done : "/")) {
        t->out->via_proc = true;
        if (target[0] != '/') { /* pipe:[1], socket:[2], mnt:[3], anon_inode:x */
            t->out->end = LOOK_UNSEEN;
            return false;
        }
    }
    return splice_link(t, target);
}

static void see(struct look_at *out, int fd)
{
    struct statfs fs;

    if (fstat(fd, &out->st) < 0)
        return;
    out->end = LOOK_SEEN;
    if (fstatfs(fd, &fs) == 0)
        out->fs_magic = (uint64_t)(uint32_t)fs.f_type;
}

static int look_anew(struct look *l, const char *path, bool own, struct look_at *out,
                     struct err *err)
{
    const char *const clean = doc_path_clean(l->a, path);
    const size_t len = strlen(path);

    *out = (struct look_at){.end = LOOK_UNSEEN};
    if (!clean)
        return err_nomem(err);
    out->resolved = clean;
    if (path[0] != '/' || len >= PATH_MAX) {
        out->end = LOOK_MISSING;
        return 0;
    }
    AUTO_FD int fd = open_path(path);
    if (fd >= 0) {
        /* No links anywhere: the clean path is the path. */
        see(out, fd);
        note_end(l, out);
        out->changeable_by = first_changeable(l, clean, own);
        return 0;
    }
    if (errno == ENOENT || errno == ENOTDIR) {
        /* A link may stand before what is missing; only then is there more to tell. */
        out->end = LOOK_MISSING;
    }
    struct trail *const t = arena_zalloc(l->a, 1, sizeof(*t));
    if (!t)
        return err_nomem(err);
    t->l = l;
    t->out = out;
    memcpy(t->rest, path, len + 1);
    while (step(t)) {
    }
    if (t->done[0] == '\0')
        memcpy(t->done, "/", 2);
    out->resolved = arena_strndup(l->a, t->done, strlen(t->done));
    if (!out->resolved)
        return err_nomem(err);
    if (t->links > LOOK_LINKS_MAX || t->rest[strspn(t->rest, "/")])
        return 0; /* did not come to an end: unseen or missing, as set */
    AUTO_FD int end = open_path(out->resolved);
    if (end >= 0) {
        see(out, end);
        note_end(l, out);
    } else {
        out->end = errno == ENOENT || errno == ENOTDIR ? LOOK_MISSING : LOOK_UNSEEN;
    }
    out->changeable_by = t->changeable ? t->changeable : first_changeable(l, out->resolved, own);
    return 0;
}

int look_path(struct look *l, const char *path, bool own, struct look_at *out, struct err *err)
{
    for (size_t i = 0; i < l->n_kept && i < LOOK_KEPT_MAX; i++) {
        if (l->kept[i].own == own && strcmp(l->kept[i].path, path) == 0) {
            *out = l->kept[i].at;
            return 0;
        }
    }
    if (look_anew(l, path, own, out, err) < 0)
        return -1;
    const char *const name = arena_strndup(l->a, path, strlen(path));
    if (!name)
        return err_nomem(err);
    l->kept[l->n_kept++ % LOOK_KEPT_MAX] = (struct look_kept){.path = name, .own = own, .at = *out};
    return 0;
}

void look_put(struct arena *a, struct value_fields *f, const struct look_at *at)
{
    const struct stat *const st = &at->st;
    const char *const fs = look_fs_name(at->fs_magic);

    doc_put_str(a, f, "resolved", at->resolved);
    doc_put_list(a, f, "links", &at->links);
    if (at->via_proc)
        doc_put_bool(a, f, "via_proc", true);
    doc_put_str(a, f, "changeable_by", at->changeable_by);
    if (at->end == LOOK_MISSING)
        doc_put_str(a, f, "kind", "missing");
    if (at->end != LOOK_SEEN)
        return;
    doc_put_str(a, f, "kind", look_kind(st->st_mode));
    value_fields_add(a, f, "dev", value_strf(a, "%u:%u", major(st->st_dev), minor(st->st_dev)));
    doc_put_int(a, f, "ino", (int64_t)st->st_ino);
    doc_put_int(a, f, "mode", st->st_mode & 07777);
    doc_put_int(a, f, "uid", st->st_uid);
    doc_put_int(a, f, "gid", st->st_gid);
    if (S_ISREG(st->st_mode))
        doc_put_int(a, f, "nlink", (int64_t)st->st_nlink);
    if (S_ISBLK(st->st_mode) || S_ISCHR(st->st_mode)) {
        doc_put_int(a, f, "major", major(st->st_rdev));
        doc_put_int(a, f, "minor", minor(st->st_rdev));
    }
    value_fields_add(a, f, "fs",
                     fs ? value_str(a, fs)
                        : value_strf(a, "hex:%llx", (unsigned long long)at->fs_magic));
    doc_put_bool(a, f, "socket", S_ISSOCK(st->st_mode));
    doc_put_bool(a, f, "world_readable", st->st_mode & S_IROTH);
    doc_put_bool(a, f, "world_writable", st->st_mode & S_IWOTH);
}
