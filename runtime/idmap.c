#include "runtime/idmap.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "runtime/overlay.h"

/* The C library's <sys/mount.h> and the kernel's header cannot be had together. */
extern int mount(const char *source, const char *target, const char *type, unsigned long flags,
                 const void *data);

enum { FLAG_NOSUID = 2, FLAG_NODEV = 4, FLAG_REC = 16384, FLAG_SLAVE = 1 << 19 };

/* --- the namespace ------------------------------------------------------------------------- */

static int write_map(pid_t pid, const char *file, uint32_t base, uint32_t count, struct err *err)
{
    char path[64], line[64];

    (void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
    const int n = snprintf(line, sizeof(line), "0 %u %u\n", base, count);
    AUTO_FD int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, line, (size_t)n) != n)
        return err_sys(err, "%s", path);
    return 0;
}

/* The one child of a start: it makes the namespace, does nothing and ends before anything else is
 * done. No signal tells of its end, and it dies with us. */
static pid_t sleeper(void)
{
    const pid_t parent = getpid();
    const pid_t pid = (pid_t)syscall(SYS_clone, CLONE_NEWUSER, NULL, NULL, NULL, NULL);

    if (pid != 0)
        return pid;
    /* In the child: system calls only. A namespace's first process may not be signalled by its
     * parent's death if that came before; the parent's id tells. */
    (void)syscall(SYS_prctl, 1 /* PR_SET_PDEATHSIG */, SIGKILL, 0, 0, 0);
    if (syscall(SYS_getppid) == parent) {
        for (;;)
            (void)syscall(SYS_ppoll, NULL, 0, NULL, NULL, 0);
    }
    (void)syscall(SYS_exit_group, 0);
    __builtin_unreachable();
}

int idmap_namespace(uint32_t base, uint32_t count, struct err *err)
{
    const pid_t pid = sleeper();
    char path[64];
    int fd = -1;

    if (pid < 0)
        return err_sys(err, "user namespace");
    if (write_map(pid, "uid_map", base, count, err) == 0 &&
        write_map(pid, "gid_map", base, count, err) == 0) {
        (void)snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            (void)err_sys(err, "%s", path);
    }
    if (kill(pid, SIGKILL) < 0) { /* it ends with us: nobody may wait for it */
        own_close(&fd);
        return err_sys(err, "user namespace: its first process");
    }
    while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
        ;
    return fd;
}

int idmap_private_mounts(struct err *err)
{
    if (unshare(CLONE_NEWNS) < 0)
        return err_sys(err, "mount namespace");
    if (mount("", "/", NULL, FLAG_REC | FLAG_SLAVE, NULL) < 0)
        return err_sys(err, "mount namespace");
    return 0;
}

/* --- copies of mounts ------------------------------------------------------------------------ */

static int open_path(int dir, const char *path, uint64_t resolve, struct err *err)
{
    const struct open_how how = {.flags = O_PATH | O_CLOEXEC | O_NOFOLLOW, .resolve = resolve};
    const int fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));

    return fd < 0 ? err_sys(err, "%s", path) : fd;
}

int idmap_open(const char *path, struct err *err)
{
    return open_path(AT_FDCWD, path, RESOLVE_NO_SYMLINKS, err);
}

int idmap_open_below(int dir, const char *path, struct err *err)
{
    while (*path == '/')
        path++;
    return open_path(dir, *path ? path : ".",
                     RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV, err);
}

int idmap_open_fact(const struct value *fact, struct err *err)
{
    const char *const path = value_cstr(value_field(fact, "resolved"));
    const struct value *const ino = value_field(fact, "ino");
    uint64_t number = 0;
    struct stat st;
    char dev[32];

    if (!path || !ino || !value_uint64(ino, &number))
        return err_set(err, ERR_INVALID, "it could not be looked at");
    AUTO_FD int fd = idmap_open(path, err);
    if (fd < 0)
        return -1;
    if (fstat(fd, &st) < 0)
        return err_sys(err, "%s", path);
    (void)snprintf(dev, sizeof(dev), "%u:%u", major(st.st_dev), minor(st.st_dev));
    if (st.st_ino != number || !value_is_str(value_field(fact, "dev"), dev))
        return err_set(err, ERR_TRUST, "%s is no longer what was judged", path);
    return fd_take(&fd);
}

int idmap_clone(int fd, int ns, bool recursive, uint64_t attributes, struct err *err)
{
    const unsigned below = recursive ? AT_RECURSIVE : 0;
    AUTO_FD int tree = (int)syscall(SYS_open_tree, fd, "",
                                    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | below);
    struct mount_attr attr = {.attr_set = attributes};

    if (tree < 0)
        return err_sys(err, "copy of a mount");
    if (ns >= 0) {
        attr.attr_set |= MOUNT_ATTR_IDMAP;
        attr.userns_fd = (uint64_t)(unsigned)ns;
    }
    if (attr.attr_set &&
        syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | below, &attr, sizeof(attr)) < 0)
        return err_sys(err, "ids of a mount");
    return fd_take(&tree);
}

int idmap_attach(int tree, int dir, const char *name, bool directory, struct err *err)
{
    AUTO_FD int made = -1;

    if (directory) {
        if (mkdirat(dir, name, 0711) < 0 && errno != EEXIST)
            return err_sys(err, "%s", name);
    } else {
        made = openat(dir, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (made < 0)
            return err_sys(err, "%s", name);
    }
    if (syscall(SYS_move_mount, tree, "", dir, name, MOVE_MOUNT_F_EMPTY_PATH) < 0)
        return err_sys(err, "%s: mount", name);
    return 0;
}

/* --- the root file system ----------------------------------------------------------------------
 */

/* An overlay makes its files as the one who mounted it: that has to be somebody whom the layers
 * know. Losing id 0 takes the capabilities over files away, which are still permitted. */
static int become(uint32_t id, struct err *err)
{
    (void)setfsgid(id);
    (void)setfsuid(id);
    /* They fail in silence; asking for an impossible id tells which one holds. */
    if (setfsgid((gid_t)-1) != (int)id || setfsuid((uid_t)-1) != (int)id)
        return err_set(err, ERR_SYSTEM, "ids for files: not permitted");
    return 0;
}

static int all_capabilities(struct err *err)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct caps[2];

    if (syscall(SYS_capget, &head, caps) < 0)
        return err_sys(err, "capabilities");
    caps[0].effective = caps[0].permitted;
    caps[1].effective = caps[1].permitted;
    return syscall(SYS_capset, &head, caps) < 0 ? err_sys(err, "capabilities") : 0;
}

static int mount_as(uint32_t id, const char *to, const char *options, struct err *err)
{
    int status = become(id, err);

    if (status == 0)
        status = all_capabilities(err);
    if (status == 0 && mount("overlay", to, "overlay", 0, options) < 0)
        status = err_sys(err, "overlay of mapped layers");
    return become(0, err) < 0 ? -1 : status;
}

static int attach_layer(const struct idmap_root *r, int fd, const char *name, struct err *err)
{
    AUTO_FD int tree = idmap_clone(fd, r->ns, false, 0, err);

    return tree < 0 ? -1 : idmap_attach(tree, r->work, name, true, err);
}

/* The directory of the host that a layer's path names, `home` for a relative one. The engine's own
 * links to its layers are followed. */
static int open_layer(const char *home, const char *path, struct err *err)
{
    char whole[PATH_MAX];
    const int n = snprintf(whole, sizeof(whole), "%s%s%s", *path == '/' ? "" : home,
                           *path == '/' ? "" : "/", path);

    if (n < 0 || (size_t)n >= sizeof(whole))
        return err_set(err, ERR_LIMIT, "a layer's path is too long");
    const int fd = open(whole, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? err_sys(err, "layer %s", whole) : fd;
}

/* Copies of all layers below r->work; their names go to the options of the new overlay. Its
 * working directory is one of its own: the engine's belongs to the engine's mount. */
static int stage(const struct idmap_root *r, const struct overlay *o, char *options, size_t size,
                 struct err *err)
{
    static const char own_work[] = "sallyport-work";
    char name[24];
    size_t n = (size_t)snprintf(options, size, "index=off%s,lowerdir=", o->kept);

    for (size_t i = 0; i < o->lowers; i++) {
        AUTO_FD int fd = open_layer(o->home, o->lower[i], err);

        (void)snprintf(name, sizeof(name), "l%zu", i);
        if (fd < 0 || attach_layer(r, fd, name, err) < 0)
            return -1;
        n += (size_t)snprintf(options + n, n < size ? size - n : 0, "%s%s", i ? ":" : "", name);
    }
    if (o->upper_name[0]) {
        AUTO_FD int fd = open_layer(o->home, o->upper_parent, err);

        if (fd < 0 || attach_layer(r, fd, "up", err) < 0)
            return -1;
        if (mkdirat(fd, own_work, 0700) < 0 && errno != EEXIST)
            return err_sys(err, "%s", own_work);
        n += (size_t)snprintf(options + n, n < size ? size - n : 0, ",upperdir=up/%s,workdir=up/%s",
                              o->upper_name, own_work);
    }
    return n < size ? 0 : err_set(err, ERR_LIMIT, "overlay: too many layers");
}

static int overlay_root(const struct idmap_root *r, struct err *err)
{
    struct overlay o = {.lowers = 0};
    char options[OVERLAY_OPTIONS_MAX];
    struct stat before, after;
    AUTO_FD int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (here < 0)
        return err_sys(err, "current directory");
    if (overlay_read(r->fd, r->path, &o, err) < 0 ||
        stage(r, &o, options, sizeof(options), err) < 0)
        return -1;
    /* Layers are named from there: the kernel takes one page of options. */
    if (fchdir(r->work) < 0)
        return err_sys(err, "layers");
    const int status = mount_as(r->base, r->to, options, err);
    if (fchdir(here) < 0)
        return err_sys(err, "current directory");
    if (status < 0)
        return -1;
    if (fstat(r->fd, &before) < 0 || stat(r->to, &after) < 0)
        return err_sys(err, "%s", r->to);
    return before.st_ino == after.st_ino && after.st_uid == before.st_uid + r->base
               ? 0
               : err_set(err, ERR_INVALID, "%s: its layers do not give the same root", r->path);
}

static int plain_root(const struct idmap_root *r, struct err *err)
{
    AUTO_FD int tree = idmap_clone(r->fd, r->ns, false, 0, err);

    if (tree < 0)
        return -1;
    if (syscall(SYS_move_mount, tree, "", AT_FDCWD, r->to, MOVE_MOUNT_F_EMPTY_PATH) < 0)
        return err_sys(err, "%s", r->to);
    return 0;
}

int idmap_root(const struct idmap_root *r, struct err *err)
{
    struct statfs fs;

    if (fstatfs(r->fd, &fs) < 0)
        return err_sys(err, "%s", r->path);
    const int status =
        (uint64_t)(uint32_t)fs.f_type == OVERLAY_MAGIC ? overlay_root(r, err) : plain_root(r, err);
    return status < 0 ? err_ctx(err, "root file system") : 0;
}
