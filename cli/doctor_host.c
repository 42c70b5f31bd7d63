#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>

#include "base/own.h"
#include "base/str.h"
#include "cli/doctor.h"

/* Text without the line end that the kernel adds; "" when the file is not there. */
static const char *kernel_text(struct checkup *c, const char *path)
{
    AUTO_FREE char *text = doctor_read(path);
    const char *const copy = text ? arena_strndup(c->arena, text, strcspn(text, "\n")) : NULL;

    return copy ? copy : "";
}

static bool is_type(const char *path, long magic)
{
    struct statfs fs;

    return statfs(path, &fs) == 0 && (long)fs.f_type == magic;
}

enum health check_cgroup(struct checkup *c)
{
    if (is_type("/sys/fs/cgroup", CGROUP2_SUPER_MAGIC)) {
        buf_puts(c->says, "version 2");
        return HEALTH_GOOD;
    }
    if (is_type("/sys/fs/cgroup/unified", CGROUP2_SUPER_MAGIC)) {
        buf_puts(c->says, "version 1 with a version 2 hierarchy beside it (hybrid)");
        return HEALTH_GOOD;
    }
    if (is_type("/sys/fs/cgroup", TMPFS_MAGIC)) {
        buf_puts(c->says, "version 1: release_agent is a way out for whoever may write there");
        return HEALTH_NOTE;
    }
    buf_puts(c->says, "none mounted at /sys/fs/cgroup");
    return HEALTH_BAD;
}

enum health check_lsm(struct checkup *c)
{
    const char *const lsms = kernel_text(c, "/sys/kernel/security/lsm");
    const bool apparmor =
        str_starts(kernel_text(c, "/sys/module/apparmor/parameters/enabled"), "Y");
    const char *const selinux = kernel_text(c, "/sys/fs/selinux/enforce");

    buf_printf(c->says, "AppArmor %s, SELinux %s", apparmor ? "enabled" : "not enabled",
               *selinux == '1'   ? "enforcing"
               : *selinux == '0' ? "permissive"
                                 : "not enabled");
    if (*lsms)
        buf_printf(c->says, " (%s)", lsms);
    return apparmor || *selinux == '1' ? HEALTH_GOOD : HEALTH_NOTE;
}

enum health check_seccomp(struct checkup *c)
{
    const char *const actions = kernel_text(c, "/proc/sys/kernel/seccomp/actions_avail");

    buf_printf(c->says, "%s%s", *actions ? "actions " : "not in this kernel", actions);
    return *actions ? HEALTH_GOOD : HEALTH_BAD;
}

enum health check_userns(struct checkup *c)
{
    unsigned long long n = 0;
    const char *const max = kernel_text(c, "/proc/sys/user/max_user_namespaces");

    if (!str_decimal(max, 1000000000ull, &n) || n == 0) {
        buf_puts(c->says, "user namespaces are off: services with a root phase cannot be moved "
                          "into one");
        return HEALTH_NOTE;
    }
    buf_printf(c->says, "up to %llu user namespaces", n);
    return HEALTH_GOOD;
}
