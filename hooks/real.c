#include "hooks/real.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "policy/value/json.h"

int real_state_read(int fd, struct arena *a, struct real_state *out, struct err *err)
{
    AUTO_FREE char *text = NULL;
    size_t len = 0;
    const struct value *doc = NULL;
    int64_t pid = 0;

    if (file_read_fd(fd, REAL_STATE_MAX, &text, &len, err) < 0 ||
        json_parse(a, text, len, JSON_STRICT, &doc, NULL, err) < 0)
        return err_ctx(err, "state");
    const struct value *const number = value_field(doc, "pid");
    if (number && (!value_int64(number, &pid) || pid < 0 || pid > INT_MAX))
        return err_set(err, ERR_INVALID, "state: pid is no process id");
    *out = (struct real_state){
        .id = value_cstr(value_field(doc, "id")),
        .bundle = value_cstr(value_field(doc, "bundle")),
        .status = value_cstr(value_field(doc, "status")),
        .pid = (pid_t)pid,
    };
    if (!out->id || !out->bundle || out->bundle[0] != '/')
        return err_set(err, ERR_INVALID, "state: no id or no bundle");
    return 0;
}

int real_rootfs(const char *bundle, const struct value *config, char *out, size_t size,
                struct err *err)
{
    const char *const path = value_cstr(value_path(config, "root", "path", NULL));

    if (!path || !*path)
        return err_set(err, ERR_INVALID, "root.path is missing");
    const int n = path[0] == '/' ? snprintf(out, size, "%s", path)
                                 : snprintf(out, size, "%s/%s", bundle, path);
    return n > 0 && (size_t)n < size ? 0 : err_set(err, ERR_LIMIT, "root.path: too long");
}

/* --- mounts -------------------------------------------------------------------------------- */

/* `path` below dirfd, links resolved inside it. */
static int open_inside(int dirfd, const char *path)
{
    const struct open_how how = {
        .flags = O_PATH | O_CLOEXEC,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };

    return (int)syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
}

/* The container's root file system as its process sees it: below the host's paths until the
 * runtime has changed the root, the root itself after. */
static int open_rootfs(pid_t pid, const char *rootfs, struct err *err)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
    AUTO_FD int top = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (top < 0)
        return err_sys(err, "%s", path);
    const int inner = open_inside(top, rootfs);
    return inner >= 0 ? inner : fd_take(&top);
}

static int compare_mount(int rootfs, const struct value *judged, struct err *err)
{
    const char *const destination = value_cstr(value_field(judged, "destination"));
    const char *const source = value_cstr(value_field(judged, "source"));
    const char *const dev = value_cstr(value_field(judged, "dev"));
    const struct value *const number = value_field(judged, "ino");
    uint64_t ino = 0;
    char real[32];
    struct stat st;

    if (destination && value_field(judged, "missing"))
        return err_set(err, ERR_REFUSED, "mount %s is not what was judged: there was nothing at %s",
                       destination, source ? source : "its source");
    if (!destination || !dev || !number || !value_uint64(number, &ino))
        return err_set(err, ERR_INVALID, "malformed list of mounts");
    AUTO_FD int fd = open_inside(rootfs, destination);
    if (fd < 0 || fstat(fd, &st) < 0)
        return err_sys(err, "mount %s", destination);
    (void)snprintf(real, sizeof(real), "%u:%u", major(st.st_dev), minor(st.st_dev));
    if (st.st_ino != ino || strcmp(real, dev) != 0)
        return err_set(
            err, ERR_REFUSED,
            "mount %s is not what was judged: %s was exchanged on the way (%s inode %llu, "
            "not %s inode %llu)",
            destination, source ? source : "its source", real, (unsigned long long)st.st_ino, dev,
            (unsigned long long)ino);
    return 0;
}

int real_mounts(pid_t pid, const char *rootfs, const struct value *judged, struct err *err)
{
    if (!judged || !value_is(judged, VALUE_ARRAY))
        return err_set(err, ERR_INVALID, "malformed list of mounts");
    if (judged->count == 0)
        return 0;
    AUTO_FD int top = open_rootfs(pid, rootfs, err);
    if (top < 0)
        return -1;
    for (size_t i = 0; i < judged->count; i++) {
        if (compare_mount(top, value_at(judged, i), err) < 0)
            return -1;
    }
    return 0;
}

/* --- namespaces ---------------------------------------------------------------------------- */

static const struct {
    const char *type, *file;
} namespaces[] = {
    {"pid", "pid_for_children"},
    {"network", "net"},
    {"mount", "mnt"},
    {"ipc", "ipc"},
    {"uts", "uts"},
    {"user", "user"},
    {"cgroup", "cgroup"},
};

static int namespace_of(const char *process, const char *file, struct stat *st, struct err *err)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "/proc/%s/ns/%s", process, file);
    return stat(path, st) < 0 ? err_sys(err, "%s", path) : 0;
}

static int compare_namespace(const char *process, const struct value *ns, struct err *err)
{
    const struct value *const type = value_field(ns, "type");
    struct stat own, theirs;

    if (value_field(ns, "path")) /* joined: what it is was judged by path */
        return 0;
    for (size_t i = 0; i < ARRAY_LEN(namespaces); i++) {
        if (!value_is_str(type, namespaces[i].type))
            continue;
        if (namespace_of("self", namespaces[i].file, &own, err) < 0 ||
            namespace_of(process, namespaces[i].file, &theirs, err) < 0)
            return -1;
        /* crun enters the cgroup namespace last of all. */
        if (own.st_ino == theirs.st_ino && own.st_dev == theirs.st_dev &&
            strcmp(namespaces[i].type, "cgroup") != 0)
            return err_set(err, ERR_REFUSED, "the process is in the host's %s namespace",
                           namespaces[i].type);
    }
    return 0;
}

int real_namespaces(pid_t pid, const struct value *config, struct err *err)
{
    const struct value *const list = value_path(config, "linux", "namespaces", NULL);
    char process[16];

    (void)snprintf(process, sizeof(process), "%d", (int)pid);
    for (size_t i = 0; list && value_is(list, VALUE_ARRAY) && i < list->count; i++) {
        if (compare_namespace(process, value_at(list, i), err) < 0)
            return -1;
    }
    return 0;
}

/* --- privileges ---------------------------------------------------------------------------- */

/* The number after `key` in a status file, in hexadecimal or decimal. */
static bool status_number(const char *text, const char *key, int base, unsigned long long *out)
{
    const char *const line = strstr(text, key);
    char *end = NULL;

    if (!line)
        return false;
    *out = strtoull(line + strlen(key), &end, base);
    return end != line + strlen(key);
}

static unsigned long long mask_of(const struct value *names)
{
    unsigned long long mask = 0;

    for (size_t i = 0; names && value_is(names, VALUE_ARRAY) && i < names->count; i++) {
        const char *const name = value_cstr(value_at(names, i));
        cap_value_t number;
        char lower[40];
        size_t n = 0;

        for (; name && name[n] && n + 1 < sizeof(lower); n++)
            lower[n] = (char)(name[n] >= 'A' && name[n] <= 'Z' ? name[n] | 0x20 : name[n]);
        lower[n] = '\0';
        if (n > 0 && cap_from_name(lower, &number) == 0)
            mask |= 1ull << number;
    }
    return mask;
}

int real_privileges(pid_t pid, const struct value *config, struct err *err)
{
    const struct value *const process = value_field(config, "process");
    const struct value *const wanted = value_field(process, "noNewPrivileges");
    AUTO_FREE char *text = NULL;
    size_t len = 0;
    char path[64];
    unsigned long long nnp = 0, filter = 0, held = 0;

    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_sys(err, "%s", path);
    if (file_read_fd(fd, REAL_STATUS_MAX, &text, &len, err) < 0)
        return err_ctx(err, "%s", path);
    if (!status_number(text, "NoNewPrivs:\t", 10, &nnp) ||
        !status_number(text, "Seccomp:\t", 10, &filter) ||
        !status_number(text, "CapBnd:\t", 16, &held))
        return err_set(err, ERR_INVALID, "%s: not a status file", path);

    if (wanted && value_bool(wanted) && nnp == 0)
        return err_set(err, ERR_REFUSED, "the process may gain privileges; the config says not");
    if (value_path(config, "linux", "seccomp", NULL) && filter != 2)
        return err_set(err, ERR_REFUSED, "the process has no seccomp filter; the config has one");
    const unsigned long long bound = mask_of(value_path(process, "capabilities", "bounding", NULL));
    if ((held & ~bound) != 0)
        return err_set(
            err, ERR_REFUSED,
            "the process can hold capabilities that the config does not give (mask %llx)",
            held & ~bound);
    return 0;
}
