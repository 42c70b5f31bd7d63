/* input.host, and the security modules' part of facts.lsm. */
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "facts/accounts.h"
#include "facts/parts.h"
#include "profiles/doc.h"

enum { PROFILES_BYTES_MAX = 512 * 1024, GROUP_BYTES_MAX = 1024 * 1024 };

struct cloud {
    const char *vendor, *name;
};

static const struct cloud clouds[] = {
    {"Amazon EC2", "aws"},
    {"Google", "gcp"},
    {"Microsoft Corporation", "azure"},
    {"DigitalOcean", "digitalocean"},
    {"Hetzner", "hetzner"},
    {"OpenStack Foundation", "openstack"},
    {"Alibaba Cloud", "alibaba"},
    {"Scaleway", "scaleway"},
    {"Vultr", "vultr"},
};

static uint64_t magic_of(const char *path)
{
    struct statfs fs;

    return statfs(path, &fs) == 0 ? (uint64_t)(uint32_t)fs.f_type : 0;
}

static const char *cgroup_mode(void)
{
    const uint64_t top = magic_of("/sys/fs/cgroup");

    if (top == CGROUP2_SUPER_MAGIC)
        return "v2";
    if (top == 0)
        return NULL;
    return magic_of("/sys/fs/cgroup/unified") == CGROUP2_SUPER_MAGIC ? "hybrid" : "v1";
}

/* "6.18.44-x" -> [6, 18, 44] */
static const struct value *version_numbers(struct arena *a, const char *release)
{
    struct value_list l = {0};

    for (const char *c = release; *c >= '0' && *c <= '9' && l.n < 4;) {
        int64_t n = 0;

        while (*c >= '0' && *c <= '9' && n < 1000000)
            n = n * 10 + (*c++ - '0');
        value_list_add(a, &l, value_int(a, n));
        if (*c == '.')
            c++;
    }
    return value_list_array(a, &l);
}

static void put_lsm(struct parts *p, struct value_fields *f)
{
    char text[512] = "", flag[8] = "";
    struct value_list l = {0};
    bool apparmor = false, selinux = false;

    if (!parts_read_line("/sys/kernel/security/lsm", text, sizeof(text))) {
        /* securityfs is not mounted everywhere; the modules show elsewhere too. */
        apparmor = access("/sys/module/apparmor", F_OK) == 0;
        selinux = access("/sys/fs/selinux/enforce", F_OK) == 0;
    }
    for (const char *at = text; *at;) {
        const size_t len = strcspn(at, ",");

        value_list_add(p->a, &l, value_string(p->a, at, len));
        apparmor = apparmor || (len == 8 && strncmp(at, "apparmor", 8) == 0);
        selinux = selinux || (len == 7 && strncmp(at, "selinux", 7) == 0);
        at += len + (at[len] == ',');
    }
    if (apparmor && parts_read_line("/sys/module/apparmor/parameters/enabled", flag, sizeof(flag)))
        apparmor = flag[0] == 'Y';
    doc_put_list(p->a, f, "lsm", &l);
    doc_put_bool(p->a, f, "apparmor", apparmor);
    doc_put_bool(p->a, f, "selinux", selinux);
    if (selinux) {
        const bool read = parts_read_line("/sys/fs/selinux/enforce", flag, sizeof(flag));

        doc_put_bool(p->a, f, "selinux_enforcing", read && flag[0] == '1');
    }
}

static const char *cloud_name(void)
{
    char vendor[128];

    if (!parts_read_line("/sys/class/dmi/id/sys_vendor", vendor, sizeof(vendor)))
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(clouds); i++) {
        if (strcmp(clouds[i].vendor, vendor) == 0)
            return clouds[i].name;
    }
    return NULL;
}

static const struct value *runtime_part(struct parts *p, struct err *err)
{
    const struct value *out = NULL;
    struct value_fields f = {0};

    doc_put_str(p->a, &f, "family", p->req->runtime);
    doc_put_str(p->a, &f, "root", p->req->runtime_root);
    return doc_finish(p->a, &f, &out, err) < 0 ? NULL : out;
}

/* Groups of this host that give access to its objects, by their names. */
static const struct value *groups_part(struct parts *p, struct err *err)
{
    static const char *const names[] = {"docker", "disk",    "shadow", "kvm",  "sudo",
                                        "wheel",  "adm",     "lxd",    "lxc",  "incus",
                                        "kmem",   "libvirt", "podman", "root", "systemd-journal"};
    AUTO_FREE char *text = NULL;
    const struct value *all = NULL;
    size_t len = 0;
    struct err ignored = ERR_INIT;
    struct value_list l = {0};

    if (file_read_at(AT_FDCWD, "/etc/group", GROUP_BYTES_MAX, &text, &len, NULL, &ignored) < 0) {
        parts_unknown(p, "/host/groups");
        return value_list_array(p->a, &l);
    }
    if (accounts_group(p->a, text, len, GROUP_BYTES_MAX, &all, err) < 0)
        return NULL;
    for (size_t i = 0; i < all->count; i++) {
        const struct value *const group = value_at(all, i);
        const char *const name = doc_str(group, "name");

        for (size_t k = 0; name && k < ARRAY_LEN(names); k++) {
            struct value_fields f = {0};

            if (strcmp(name, names[k]) != 0)
                continue;
            value_fields_add(p->a, &f, "id", value_field(group, "gid"));
            doc_put_str(p->a, &f, "name", name);
            value_list_add(p->a, &l, value_fields_object(p->a, &f));
        }
    }
    return value_list_array(p->a, &l);
}

int facts_host_part(struct parts *p, const struct value **out, struct err *err)
{
    static const char *const seen[] = {
        "hostname", "kernel", "kernel_version", "cgroup",         "apparmor",        "selinux",
        "lsm",      "cloud",  "trusted",        "legacy_tiocsti", "user_namespaces", "groups"};
    const struct value *const runtime = runtime_part(p, err);
    struct value_fields f = {0};
    struct utsname u;
    char text[64];

    if (!runtime)
        return -1;
    value_fields_add(p->a, &f, "runtime", runtime);
    if (uname(&u) < 0)
        return err_sys(err, "uname");
    /* Filters are read for the machine that reads them when no host is given. */
    doc_put_str(p->a, &f, "arch", u.machine);
    if (!p->host) {
        for (size_t i = 0; i < ARRAY_LEN(seen); i++)
            parts_unknown(p, "/host/%s", seen[i]);
        return doc_finish(p->a, &f, out, err);
    }
    doc_put_str(p->a, &f, "hostname", u.nodename);
    doc_put_str(p->a, &f, "kernel", u.release);
    value_fields_add(p->a, &f, "kernel_version", version_numbers(p->a, u.release));
    doc_put_str(p->a, &f, "cgroup", cgroup_mode());
    put_lsm(p, &f);
    doc_put_str(p->a, &f, "cloud", cloud_name());
    doc_put_bool(p->a, &f, "trusted", p->req->trusted_host);
    const struct value *const groups = groups_part(p, err);
    if (!groups)
        return err->code ? -1 : err_nomem(err);
    value_fields_add(p->a, &f, "groups", groups);
    value_fields_add(p->a, &f, "labels", p->req->host_labels);
    if (parts_read_line("/proc/sys/user/max_user_namespaces", text, sizeof(text)))
        doc_put_bool(p->a, &f, "user_namespaces", strcmp(text, "0") != 0);
    else
        doc_put_bool(p->a, &f, "user_namespaces", access("/proc/self/ns/user", F_OK) == 0);
    /* Absent before 6.2: such kernels always allow it. */
    doc_put_bool(p->a, &f, "legacy_tiocsti",
                 !parts_read_line("/proc/sys/dev/tty/legacy_tiocsti", text, sizeof(text)) ||
                     text[0] == '1');
    return doc_finish(p->a, &f, out, err);
}

/* --- loaded profiles ----------------------------------------------------------------------------
 */

/* Lines "NAME (MODE)"; names may hold blanks. */
static void read_profiles(struct parts *p, const char *text, const char *want,
                          struct value_fields *f)
{
    static const char *const known[] = {"docker-default", "containers-default-",
                                        "cri-containerd.apparmor.d", "crio-default", "sallyport-"};
    struct value_list l = {0};
    bool loaded = false;

    for (const char *at = text; *at;) {
        const size_t len = strcspn(at, "\n");
        const char *open = NULL;

        for (const char *c = at; c + 1 < at + len; c++) {
            if (c[0] == ' ' && c[1] == '(')
                open = c;
        }
        const size_t name = open ? (size_t)(open - at) : len;
        for (size_t i = 0; i < ARRAY_LEN(known); i++) {
            if (name >= strlen(known[i]) && strncmp(at, known[i], strlen(known[i])) == 0)
                value_list_add(p->a, &l, value_string(p->a, at, name));
        }
        if (want && strlen(want) == name && strncmp(at, want, name) == 0) {
            loaded = true;
            if (open && len > name + 3)
                value_fields_add(p->a, f, "mode", value_string(p->a, open + 2, len - name - 3));
        }
        at += len + (at[len] == '\n');
    }
    doc_put_bool(p->a, f, "loaded", loaded);
    doc_put_sorted(p->a, f, "known_loaded", &l);
}

int facts_lsm(struct parts *p, const struct value *derived, const struct value *host,
              const struct value **out, struct err *err)
{
    const struct value *const aa = value_field(derived, "apparmor");
    const struct value *const se = value_field(derived, "selinux");
    struct value_fields apparmor = {0}, selinux = {0}, f = {0};
    const bool enabled = doc_true(value_field(host, "apparmor"));

    if (!p->host) {
        static const char *const seen[] = {"apparmor/enabled", "apparmor/loaded",
                                           "apparmor/mode",    "apparmor/known_loaded",
                                           "selinux/enabled",  "selinux/enforcing"};

        for (size_t i = 0; i < ARRAY_LEN(seen); i++)
            parts_unknown(p, "/facts/lsm/%s", seen[i]);
        *out = derived;
        return 0;
    }
    doc_put_bool(p->a, &apparmor, "enabled", enabled);
    doc_put_bool(p->a, &selinux, "enabled", doc_true(value_field(host, "selinux")));
    doc_put_bool(p->a, &selinux, "enforcing", doc_true(value_field(host, "selinux_enforcing")));
    if (enabled) {
        AUTO_FD int fd = open("/sys/kernel/security/apparmor/profiles", O_RDONLY | O_CLOEXEC);
        AUTO_FREE char *text = NULL;
        size_t len = 0;
        struct err ignored = ERR_INIT;

        if (fd >= 0 && file_read_fd(fd, PROFILES_BYTES_MAX, &text, &len, &ignored) == 0) {
            read_profiles(p, text, doc_str(aa, "profile"), &apparmor);
        } else {
            parts_unknown(p, "/facts/lsm/apparmor/loaded");
            parts_unknown(p, "/facts/lsm/apparmor/known_loaded");
        }
    }
    const struct value *const made_aa = parts_merge(p->a, aa, &apparmor);
    const struct value *const made_se = parts_merge(p->a, se, &selinux);
    if (!made_aa || !made_se)
        return err_nomem(err);
    value_fields_add(p->a, &f, "apparmor", made_aa);
    value_fields_add(p->a, &f, "selinux", made_se);
    return doc_finish(p->a, &f, out, err);
}

/* --- cgroup
 * --------------------------------------------------------------------------------------- */

int facts_cgroup(struct parts *p, const struct value *derived, const struct value *host,
                 const struct value **out, struct err *err)
{
    const char *const path = doc_str(derived, "path");
    const char *const mode = value_cstr(value_field(host, "cgroup"));
    struct value_fields f = {0};
    struct stat st;

    *out = derived;
    if (!path)
        return 0;
    if (!p->host || doc_true(value_field(derived, "systemd")) || path[0] != '/' || !mode) {
        parts_unknown(p, "/facts/cgroup/exists");
        parts_unknown(p, "/facts/cgroup/occupied");
        return 0;
    }
    const char *const at =
        arena_printf(p->a, "/sys/fs/cgroup%s%s", strcmp(mode, "v2") == 0 ? "" : "/devices", path);
    if (!at)
        return err_nomem(err);
    const bool exists = lstat(at, &st) == 0;
    const char *const procs = arena_printf(p->a, "%s/cgroup.procs", at);
    char first[24];

    doc_put_bool(p->a, &f, "exists", exists);
    /* A directory has a link more for each directory in it: groups below are somebody's too. */
    doc_put_bool(p->a, &f, "occupied",
                 (exists && st.st_nlink > 2) ||
                     (procs && parts_read_line(procs, first, sizeof(first)) && *first));
    *out = parts_merge(p->a, derived, &f);
    return *out ? 0 : err_nomem(err);
}
