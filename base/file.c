#include "base/file.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/own.h"

enum { READ_FIRST = 16 * 1024, TRUST_LINKS_MAX = 40 };

int file_write_all(int fd, const void *bytes, size_t len, struct err *err)
{
    const char *at = bytes;

    while (len > 0) {
        const ssize_t n = write(fd, at, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_sys(err, "write");
        at += n;
        len -= (size_t)n;
    }
    return 0;
}

/* Up to `want` bytes; fewer only at the end of the file. */
static ssize_t read_some(int fd, char *at, size_t want)
{
    size_t done = 0;

    while (done < want) {
        const ssize_t n = read(fd, at + done, want - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

int file_read_at(int dirfd, const char *name, size_t max, char **out, size_t *len, struct stat *st,
                 struct err *err)
{
    AUTO_FD int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    AUTO_FREE char *text = NULL;
    struct stat s;

    if (fd < 0)
        return err_sys(err, "%s", name);
    if (fstat(fd, &s) < 0)
        return err_sys(err, "%s: stat", name);
    if (!S_ISREG(s.st_mode))
        return err_set(err, ERR_INVALID, "%s: not a regular file", name);
    if (s.st_size < 0 || (uint64_t)s.st_size > max)
        return err_set(err, ERR_LIMIT, "%s: larger than %zu bytes", name, max);

    /* One byte more than its size: a file that grows while read is noticed like one that shrinks.
     * Files of procfs have no size and are read through file_read_fd. */
    const size_t size = (size_t)s.st_size;
    text = malloc(size + 2);
    if (!text)
        return err_nomem(err);
    const ssize_t n = read_some(fd, text, size + 1);
    if (n < 0)
        return err_sys(err, "%s: read", name);
    if ((size_t)n != size)
        return err_set(err, ERR_INVALID, "%s: %s while being read", name,
                       (size_t)n < size ? "shrank" : "grew");

    text[size] = '\0';
    *out = PTR_TAKE(text);
    *len = size;
    if (st)
        *st = s;
    return 0;
}

int file_read_fd(int fd, size_t max, char **out, size_t *len, struct err *err)
{
    AUTO_FREE char *text = NULL;
    size_t cap = max < READ_FIRST ? max : READ_FIRST;
    size_t used = 0;

    for (;;) {
        char *const grown = realloc(text, cap + 2);
        if (!grown)
            return err_nomem(err);
        text = grown;

        const ssize_t n = read_some(fd, text + used, cap + 1 - used);
        if (n < 0)
            return err_sys(err, "read");
        used += (size_t)n;
        if (used <= cap)
            break;
        if (cap >= max)
            return err_set(err, ERR_LIMIT, "larger than %zu bytes", max);
        cap = cap > max / 2 ? max : cap * 2;
    }
    text[used] = '\0';
    *out = PTR_TAKE(text);
    *len = used;
    return 0;
}

const struct dirent64 *file_next_entry(struct file_entries *e)
{
    if (e->at == e->n) {
        const ssize_t got = getdents64(e->dir, e->bytes, sizeof(e->bytes));

        e->error = got < 0 ? errno : 0;
        if (got <= 0)
            return NULL;
        e->at = 0;
        e->n = (size_t)got;
    }
    const struct dirent64 *const entry = (const void *)(e->bytes + e->at);
    e->at += entry->d_reclen;
    return entry;
}

char *file_real(const char *path, char *out)
{
    static const char gone[] = " (deleted)";
    const struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_MAGICLINKS};
    AUTO_FD int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
    char link[40];

    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES))
        return NULL;
    (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    const ssize_t n = fd < 0 ? -1 : readlink(link, out, PATH_MAX - 1);
    /* A link of /proc on the way, a file without a name, a name that may be a remark: the long way
     * tells. */
    if (n <= 0 || n == PATH_MAX - 1 || out[0] != '/' ||
        ((size_t)n >= sizeof(gone) &&
         memcmp(out + n - (sizeof(gone) - 1), gone, sizeof(gone) - 1) == 0))
        return realpath(path, out);
    out[n] = '\0';
    return out;
}

/* A name nobody else uses: eight random bytes, and O_EXCL should two meet. */
static int open_temporary(int dirfd, char name[40], struct err *err)
{
    for (int tries = 0; tries < 8; tries++) {
        uint64_t r = 0;

        if (getrandom(&r, sizeof(r), 0) != (ssize_t)sizeof(r))
            return err_sys(err, "getrandom");
        (void)snprintf(name, 40, ".sallyport-%016llx", (unsigned long long)r);
        const int fd =
            openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd >= 0)
            return fd;
        if (errno != EEXIST)
            return err_sys(err, "temporary file");
    }
    return err_set(err, ERR_SYSTEM, "temporary file: no free name");
}

/* Owner before mode: chown clears set-user-id bits and only then the mode is what it says. */
static int dress(int fd, const struct stat *like, mode_t mode, struct err *err)
{
    if (like) {
        struct stat now;

        if (fstat(fd, &now) < 0)
            return err_sys(err, "stat");
        if ((now.st_uid != like->st_uid || now.st_gid != like->st_gid) &&
            fchown(fd, like->st_uid, like->st_gid) < 0)
            return err_sys(err, "chown");
        mode = like->st_mode & 07777;
    }
    return fchmod(fd, mode) < 0 ? err_sys(err, "chmod") : 0;
}

static int write_temporary(int dirfd, int fd, const char *temporary, const char *name,
                           const void *bytes, size_t len, const struct stat *like, mode_t mode,
                           int sync, struct err *err)
{
    if (dress(fd, like, mode, err) < 0 || file_write_all(fd, bytes, len, err) < 0)
        return -1;
    if (sync && fdatasync(fd) < 0)
        return err_sys(err, "sync");
    if (renameat(dirfd, temporary, dirfd, name) < 0)
        return err_sys(err, "rename");
    return 0;
}

/* fsync wants a descriptor of the directory that is not O_PATH. */
static int sync_directory(int dirfd, struct err *err)
{
    AUTO_FD int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return err_sys(err, "directory");
    return fsync(fd) < 0 ? err_sys(err, "sync of the directory") : 0;
}

int file_replace_at(int dirfd, const char *name, const void *bytes, size_t len,
                    const struct stat *like, mode_t mode, int sync, struct err *err)
{
    char path[PATH_MAX];
    const char *const slash = strrchr(name, '/');
    AUTO_FD int parent = -1;

    /* The temporary must stand in the directory of the name. */
    if (slash) {
        const size_t n = slash == name ? 1 : (size_t)(slash - name);

        if (n >= sizeof(path))
            return err_set(err, ERR_LIMIT, "%s: path too long", name);
        memcpy(path, name, n);
        path[n] = '\0';
        parent = openat(dirfd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (parent < 0)
            return err_sys(err, "%s", path);
    }
    const int where = slash ? parent : dirfd;
    const char *const leaf = slash ? slash + 1 : name;
    char temporary[40];
    AUTO_FD int fd = open_temporary(where, temporary, err);

    if (fd < 0)
        return err_ctx(err, "%s", name);
    if (write_temporary(where, fd, temporary, leaf, bytes, len, like, mode, sync, err) < 0) {
        (void)unlinkat(where, temporary, 0);
        return err_ctx(err, "%s", name);
    }
    if (sync && sync_directory(where, err) < 0)
        return err_ctx(err, "%s", name);
    return 0;
}

/* --- trust --------------------------------------------------------------------------------- */

static int believe(const struct stat *st, const char *what, struct err *err)
{
    if (st->st_uid != 0)
        return err_set(err, ERR_TRUST, "%s: belongs to uid %u, not to root", what,
                       (unsigned)st->st_uid);
    if (!S_ISLNK(st->st_mode) && (st->st_mode & 022) != 0)
        return err_set(err, ERR_TRUST, "%s: writable by others than root (mode %04o)", what,
                       (unsigned)(st->st_mode & 07777));
    return 0;
}

/* Put the target of the link `name` before what is left of the path. */
static int splice_link(int dirfd, const char *name, const char *left, char rest[PATH_MAX],
                       struct err *err)
{
    char joined[PATH_MAX];
    const ssize_t n = readlinkat(dirfd, name, joined, sizeof(joined) - 1);

    if (n < 0)
        return err_sys(err, "%s: read link", name);
    joined[n] = '\0';
    const int len =
        snprintf(joined + n, sizeof(joined) - (size_t)n, "%s%s", *left ? "/" : "", left);
    if (len < 0 || (size_t)n + (size_t)len >= sizeof(joined))
        return err_set(err, ERR_LIMIT, "%s: path too long", name);
    memcpy(rest, joined, (size_t)n + (size_t)len + 1);
    return 0;
}

static int open_root(struct err *err)
{
    AUTO_FD int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return err_sys(err, "/");
    if (believe(&st, "/", err) < 0)
        return -1;
    return fd_take(&fd);
}

/* Follows links, one component after the other, and tells which one cannot be believed. */
static int open_walking(const char *path, int flags, struct err *err)
{
    char rest[PATH_MAX]; /* what is still to be walked */
    char name[NAME_MAX + 1];
    int links = 0;

    if (path[0] != '/')
        return err_set(err, ERR_TRUST, "%s: not an absolute path", path);
    if (strlen(path) >= sizeof(rest))
        return err_set(err, ERR_LIMIT, "path too long");
    memcpy(rest, path, strlen(path) + 1);

    AUTO_FD int dir = open_root(err);
    if (dir < 0)
        return err_ctx(err, "%s", path);

    for (char *at = rest;;) {
        at += strspn(at, "/");
        if (*at == '\0')
            return err_set(err, ERR_INVALID, "%s: names a directory", path);
        const size_t n = strcspn(at, "/");
        if (n >= sizeof(name))
            return err_set(err, ERR_LIMIT, "%s: component too long", path);
        memcpy(name, at, n);
        name[n] = '\0';
        at += n;
        const bool last = at[strspn(at, "/")] == '\0';

        AUTO_FD int next = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        struct stat st;
        if (next < 0 || fstat(next, &st) < 0)
            return err_sys(err, "%s: '%s'", path, name);
        if (believe(&st, name, err) < 0)
            return err_ctx(err, "%s", path);

        if (S_ISLNK(st.st_mode)) {
            if (++links > TRUST_LINKS_MAX)
                return err_set(err, ERR_TRUST, "%s: too many symbolic links", path);
            if (splice_link(dir, name, at + strspn(at, "/"), rest, err) < 0)
                return err_ctx(err, "%s", path);
            at = rest;
            if (*at == '/') {
                own_close(&dir);
                dir = open_root(err);
                if (dir < 0)
                    return err_ctx(err, "%s", path);
            }
            continue;
        }
        if (!last) {
            own_close(&dir);
            dir = fd_take(&next);
            continue;
        }

        /* The very object that was looked at: opened by name once more and compared. */
        AUTO_FD int fd = openat(dir, name, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        struct stat again;
        if (fd < 0 || fstat(fd, &again) < 0)
            return err_sys(err, "%s", path);
        if (again.st_dev != st.st_dev || again.st_ino != st.st_ino)
            return err_set(err, ERR_TRUST, "%s: replaced while being opened", path);
        return fd_take(&fd);
    }
}

/* Directories believed so far, where the process keeps them. */
enum { KEPT_MAX = 24, KEPT_LEN = 128 };
static struct {
    bool on;
    size_t n;
    char path[KEPT_MAX][KEPT_LEN];
} kept;

void file_trust_keeps(void)
{
    kept.on = true;
}

static bool is_kept(const char *path)
{
    for (size_t i = 0; i < kept.n; i++) {
        if (strcmp(kept.path[i], path) == 0)
            return true;
    }
    return false;
}

static void keep(const char *path, size_t len)
{
    if (kept.on && kept.n < KEPT_MAX && len < KEPT_LEN)
        memcpy(kept.path[kept.n++], path, len + 1);
}

static bool believed_directory(const char *path)
{
    struct stat st;

    if (is_kept(path))
        return true;
    errno = 0;
    if (lstat(path, &st) < 0 || !S_ISDIR(st.st_mode) || st.st_uid != 0 || (st.st_mode & 022) != 0)
        return false;
    keep(path, strlen(path));
    return true;
}

/* The directory of `path` when every directory from / down is root's alone: then nobody else can
 * have put another thing behind a name between two looks. -1: one is missing (errno is ENOENT), a
 * link stands there, or somebody can change it; the walk says which. */
static int open_believed(const char *path)
{
    const char *const last = strrchr(path, '/');
    char prefix[PATH_MAX];

    errno = 0;
    if (path[0] != '/' || strlen(path) >= sizeof(prefix) || !believed_directory("/"))
        return -1;
    for (const char *at = path; at != last;) {
        at += 1 + strcspn(at + 1, "/");
        memcpy(prefix, path, (size_t)(at - path));
        prefix[at - path] = '\0';
        if (!believed_directory(prefix))
            return -1;
    }
    return open(last == path ? "/" : prefix, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int file_open_trusted_in(int *dir, const char *path, int flags, struct err *err)
{
    const char *const last = strrchr(path, '/');
    struct stat st;

    if (*dir < 0) {
        *dir = open_believed(path);
        if (*dir < 0 && errno == ENOENT)
            return err_sys(err, "%s", path);
    }
    if (*dir < 0 || !last || !last[1])
        return open_walking(path, flags, err);

    AUTO_FD int fd = openat(*dir, last + 1, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 && errno == ELOOP)
        return open_walking(path, flags, err);
    if (fd < 0 || fstat(fd, &st) < 0)
        return err_sys(err, "%s", path);
    if (believe(&st, last + 1, err) < 0)
        return err_ctx(err, "%s", path);
    return fd_take(&fd);
}

int file_open_trusted(const char *path, int flags, struct err *err)
{
    AUTO_FD int dir = -1;

    return file_open_trusted_in(&dir, path, flags, err);
}
