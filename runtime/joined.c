#include "runtime/joined.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "profiles/doc.h"

static const struct {
    const char *fs;
    int type;
    const char *own;
} spaces[] = {
    {"sysfs", CLONE_NEWNET, "/proc/self/ns/net"},
    {"mqueue", CLONE_NEWIPC, "/proc/self/ns/ipc"},
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

    while (space < ARRAY_LEN(spaces) && strcmp(spaces[space].fs, fs) != 0)
        space++;
    if (space == ARRAY_LEN(spaces))
        return err_set(err, ERR_BUG, "%s shows no namespace", fs);
    AUTO_FD int tree = enter(&v, path, space, err) < 0 ? -1 : make(fs, readonly, err);
    if (leave(&v, tree < 0 ? -1 : 0, err) < 0)
        return -1;
    return fd_take(&tree);
}
