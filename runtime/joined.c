#include "runtime/joined.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/mount.h>
#include <linux/nsfs.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "profiles/doc.h"

static const struct {
    const char *name, *fs;
    int type;
    const char *own;
} spaces[] = {
    {"network", "sysfs", CLONE_NEWNET, "/proc/self/ns/net"},
    {"ipc", "mqueue", CLONE_NEWIPC, "/proc/self/ns/ipc"},
    {"uts", NULL, CLONE_NEWUTS, "/proc/self/ns/uts"},
};

const char *joined_path(const struct value *config, const char *type)
{
    const struct value *const list = value_path(config, "linux", "namespaces", NULL);

    for (size_t i = 0; i < doc_len(list); i++) {
        const struct value *const ns = value_at(list, i);

        if (value_is_str(value_field(ns, "type"), type))
            return doc_str(ns, "path");
    }
    return NULL;
}

struct visit {
    int type, back;
};
#define VISIT_INIT ((struct visit){.back = -1})

static int enter(struct visit *v, const char *path, size_t space, struct err *err)
{
    AUTO_FD int there = open(path, O_RDONLY | O_CLOEXEC);
    struct stat theirs, ours;

    v->type = spaces[space].type;
    v->back = open(spaces[space].own, O_RDONLY | O_CLOEXEC);
    if (there < 0 || v->back < 0 || fstat(there, &theirs) < 0 || fstat(v->back, &ours) < 0)
        return err_sys(err, "%s", path);
    if (ioctl(there, NS_GET_NSTYPE) != v->type)
        return err_set(err, ERR_INVALID, "%s: not a namespace of that type", path);
    if (theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino)
        return err_set(err, ERR_INVALID, "%s: the host's own namespace", path);
    return setns(there, v->type) < 0 ? err_sys(err, "%s", path) : 0;
}

/* Also where the visit failed: the way back must never be lost in silence. */
static int leave(struct visit *v, int status, struct err *err)
{
    AUTO_FD int back = fd_take(&v->back);

    if (back < 0 || setns(back, v->type) == 0)
        return status;
    return err_sys(err, "way back to the host's namespace");
}

int joined_open_ports(const char *path, struct err *err)
{
    static const char file[] = "/proc/sys/net/ipv4/ip_unprivileged_port_start";
    struct visit v = VISIT_INIT;
    int status = enter(&v, path, 0, err);

    if (status == 0) {
        AUTO_FD int fd = open(file, O_WRONLY | O_CLOEXEC);

        if (fd < 0)
            status = err_sys(err, "%s", file);
        else
            status = file_write_all(fd, "0\n", 2, err);
    }
    return leave(&v, status, err);
}

static int make(const char *fs, bool readonly, struct err *err)
{
    AUTO_FD int made = (int)syscall(SYS_fsopen, fs, FSOPEN_CLOEXEC);
    const unsigned attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC |
                                (readonly ? MOUNT_ATTR_RDONLY : 0);

    if (made < 0 || syscall(SYS_fsconfig, made, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return err_sys(err, "%s", fs);
    const int tree = (int)syscall(SYS_fsmount, made, FSMOUNT_CLOEXEC, attributes);
    return tree < 0 ? err_sys(err, "%s", fs) : tree;
}

int joined_mount(const char *path, const char *fs, bool readonly, struct err *err)
{
    struct visit v = VISIT_INIT;
    size_t space = 0;

    while (space < ARRAY_LEN(spaces) && (!spaces[space].fs || strcmp(spaces[space].fs, fs) != 0))
        space++;
    if (space == ARRAY_LEN(spaces))
        return err_set(err, ERR_BUG, "%s shows no namespace", fs);
    AUTO_FD int tree = enter(&v, path, space, err) < 0 ? -1 : make(fs, readonly, err);
    if (leave(&v, tree < 0 ? -1 : 0, err) < 0)
        return -1;
    return fd_take(&tree);
}

/* --- to stay ---------------------------------------------------------------------------------- */

#if defined(__x86_64__)
static const uint32_t own_arch = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
static const uint32_t own_arch = AUDIT_ARCH_AARCH64;
#else
static const uint32_t own_arch = 0; /* no filter: an exec there fails as it would without us */
#endif

enum { FILTER_MAX = 6 + ARRAY_LEN(spaces) };

/* From here on, entering a namespace of one of these types again is done already. */
static int is_there(const int *types, size_t n, struct err *err)
{
    const uint32_t flag = offsetof(struct seccomp_data, args) + sizeof(uint64_t); /* low half */
    const uint8_t last = (uint8_t)n;
    struct sock_filter f[FILTER_MAX] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, own_arch, 0, (uint8_t)(last + 3)),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_setns, 0, (uint8_t)(last + 1)),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, flag),
    };
    size_t len = 5;

    for (size_t i = 0; i < n; i++)
        f[len++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)types[i],
                                                (uint8_t)(last - i), 0);
    f[len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    f[len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO); /* of 0 */
    const struct sock_fprog program = {.len = (unsigned short)len, .filter = f};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0
               ? err_sys(err, "namespaces that are joined")
               : 0;
}

/* Into one, if it is still what was judged. */
static int stay(size_t space, const char *path, const struct value *seen, struct err *err)
{
    const struct value *const ino = value_path(seen, spaces[space].name, "inode", NULL);
    AUTO_FD int there = open(path, O_RDONLY | O_CLOEXEC);
    uint64_t number = 0;
    struct stat st;

    if (there < 0 || fstat(there, &st) < 0)
        return err_sys(err, "%s namespace %s", spaces[space].name, path);
    if (!ino || !value_uint64(ino, &number) || st.st_ino != number ||
        ioctl(there, NS_GET_NSTYPE) != spaces[space].type)
        return err_set(err, ERR_TRUST, "%s is no longer the %s namespace that was judged", path,
                       spaces[space].name);
    return setns(there, spaces[space].type) < 0 ? err_sys(err, "%s", path) : 0;
}

int joined_stay(const struct value *config, const struct value *seen, struct err *err)
{
    int types[ARRAY_LEN(spaces)];
    size_t n = 0;

    for (size_t i = 0; i < ARRAY_LEN(spaces); i++) {
        const char *const path = joined_path(config, spaces[i].name);

        if (!path)
            continue;
        if (stay(i, path, seen, err) < 0)
            return -1;
        types[n++] = spaces[i].type;
    }
    return n > 0 && own_arch != 0 ? is_there(types, n, err) : 0;
}
