#include "facts/sensitive.h"

#include <linux/magic.h>
#include <string.h>

#include "base/own.h"
#include "profiles/doc.h"

/* clang-format off */
/* More particular rows first: the first that holds the path names it. */
enum { LAYERS_MAX = 4 }; /* overlays of overlays */
enum { HOLDERS = 6 }; /* rows at the end that count only when they are the source themselves */

static const char *const trees[] = {
    /* engines and orchestrators */
    "/var/lib/kubelet/pki", "/var/lib/kubelet", "/etc/kubernetes", "/var/lib/etcd", "/var/lib/rancher",
    "/var/lib/docker", "/var/lib/containerd", "/var/lib/containers", "/var/lib/cni", "/var/lib/crio",
    "/var/lib/lxcfs", "/var/lib/lxd", "/var/lib/libvirt", "/var/lib/incus",
    "/run/containerd", "/run/docker", "/run/containers", "/run/crio", "/run/podman", "/run/buildkit",
    "/run/runc", "/run/crun", "/run/nri", "/run/netns", "/run/k3s",
    /* ours */
    "/etc/sallyport", "/var/lib/sallyport", "/var/log/sallyport", "/run/sallyport",
    "/usr/lib/sallyport", "/usr/share/sallyport",
    /* code that root runs */
    "/etc/cron.d", "/var/spool/cron", "/var/spool/at", "/run/systemd", "/lib/systemd",
    "/usr/lib/systemd", "/usr/local/bin", "/usr/local/sbin", "/usr/local/lib", "/lib/modules",
    "/usr/lib/modules", "/usr/src", "/lib/firmware", "/usr/lib/firmware",
    "/opt/cni", "/opt/containerd", "/var/lib/dpkg", "/var/lib/rpm", "/var/lib/apt", "/var/cache/apt",
    "/var/lib/snapd", "/snap",
    "/boot", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32",
    "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/libexec", "/usr/share",
    /* identity */
    "/var/lib/cloud", "/var/lib/waagent", "/run/credentials", "/run/secrets", "/var/lib/dhcp",
    "/var/lib/sss", "/var/lib/private", "/var/lib/systemd", "/var/backups",
    /* kernel */
    "/proc", "/sys", "/dev/shm", "/dev/mqueue", "/dev",
    /* people and records */
    "/root", "/home", "/run/user", "/var/log", "/run/log", "/var/spool", "/run/udev", "/run/dbus",
    "/etc",
    /* what holds them */
    "/opt", "/var/lib", "/usr/local", "/usr", "/run", "/var",
};

/* File systems whose every mount is the kernel's, wherever it stands. */
static const char *const kernel_types[] = {
    "proc", "sysfs", "cgroup", "cgroup2", "devtmpfs", "devpts", "debugfs", "tracefs", "securityfs",
    "bpf", "configfs", "efivarfs", "pstore", "selinuxfs", "binfmt_misc", "rpc_pipefs", "resctrl",
};

/* Files that count under any name of theirs. */
static const char *const files[] = {
    "/etc/shadow", "/etc/gshadow", "/etc/passwd", "/etc/group", "/etc/sudoers", "/etc/crontab",
    "/root/.ssh/authorized_keys", "/root/.ssh/id_rsa", "/root/.ssh/id_ed25519",
    "/etc/ssh/ssh_host_rsa_key", "/etc/ssh/ssh_host_ed25519_key", "/etc/ssh/ssh_host_ecdsa_key",
    "/usr/bin/runc", "/usr/sbin/runc", "/usr/bin/crun", "/usr/bin/docker", "/usr/bin/dockerd",
    "/usr/sbin/dockerd", "/usr/bin/containerd", "/usr/bin/containerd-shim-runc-v2", "/usr/bin/conmon",
};

struct socket_name {
    const char *path;
    const char *owner;
};

static const struct socket_name sockets[] = {
    { "/run/docker.sock",                      "docker"      },
    { "/run/docker/plugins",                   NULL          },
    { "/run/docker/containerd/containerd.sock", "containerd" },
    { "/run/docker/containerd/containerd.sock.ttrpc", "containerd" },
    { "/run/docker/metrics.sock",              "docker"      },
    { "/run/docker/swarm/control.sock",        "docker"      },
    { "/run/containerd/containerd.sock",       "containerd"  },
    { "/run/containerd/containerd.sock.ttrpc", "containerd"  },
    { "/run/k3s/containerd/containerd.sock",   "containerd"  },
    { "/run/crio/crio.sock",                   "crio"        },
    { "/run/podman/podman.sock",               "podman"      },
    { "/run/buildkit/buildkitd.sock",          "buildkit"    },
    { "/run/cri-dockerd.sock",                 "cri-dockerd" },
    { "/run/dockershim.sock",                  "cri-dockerd" },
    { "/run/nri/nri.sock",                     "nri"         },
    { "/var/lib/kubelet/device-plugins/kubelet.sock", "kubelet" },
    { "/run/systemd/private",                  "systemd"     },
    { "/run/systemd/notify",                   "systemd"     },
    { "/run/systemd/journal/socket",           "journal"     },
    { "/run/systemd/journal/stdout",           "journal"     },
    { "/run/systemd/journal/dev-log",          "journal"     },
    { "/run/dbus/system_bus_socket",           "dbus"        },
    { "/run/udev/control",                     "udev"        },
    { "/run/libvirt/libvirt-sock",             "libvirt"     },
    { "/run/snapd.socket",                     "snapd"       },
    { "/var/lib/lxd/unix.socket",              "lxd"         },
    { "/var/snap/lxd/common/lxd/unix.socket",  "lxd"         },
    { "/var/lib/incus/unix.socket",            "incus"       },
    { "/run/lxd.socket",                       "lxd"         },
};

/* A socket of such a name counts wherever it stands. */
static const struct socket_name socket_names[] = {
    { "docker.sock", "docker" }, { "containerd.sock", "containerd" },
    { "containerd.sock.ttrpc", "containerd" }, { "crio.sock", "crio" }, { "podman.sock", "podman" },
    { "buildkitd.sock", "buildkit" }, { "cri-dockerd.sock", "cri-dockerd" },
    { "dockershim.sock", "cri-dockerd" }, { "nri.sock", "nri" }, { "kubelet.sock", "kubelet" },
    { "libvirt-sock", "libvirt" }, { "system_bus_socket", "dbus" },
};
/* clang-format on */

/* The tree that directory `path` is under another name: a bind of it elsewhere. */
static const char *tree_by_inode(struct look *l, const struct stat *st)
{
    if (look_same(st, look_dir(l, "/")))
        return "/";
    for (size_t i = 0; i < ARRAY_LEN(trees); i++) {
        const struct stat *const tree = look_dir(l, trees[i]);

        /* /bin and its kin are links where /usr is merged: compare directories alone. */
        if (tree && S_ISDIR(tree->st_mode) && look_same(st, tree))
            return trees[i];
    }
    return NULL;
}

static const char *join(struct arena *a, const char *tree, const char *rest)
{
    return arena_printf(a, "%s%s", strcmp(tree, "/") == 0 ? "" : tree, *rest ? rest : "");
}

/* The same by looks at all of them; for where the table of mounts cannot be had. */
static const char *usual_by_inode(struct look *l, const struct look_at *at)
{
    char prefix[PATH_MAX];
    const char *const path = at->resolved;

    for (const char *c = path; (c = look_step(path, c, prefix));) {
        const struct stat *const st = look_dir(l, prefix);
        const char *const tree = st && S_ISDIR(st->st_mode) ? tree_by_inode(l, st) : NULL;

        if (tree && !doc_path_within(path, tree))
            return join(l->a, tree, c);
    }
    return path;
}

/* Is a directory on the way of `path`, in mount m, a tree by the way of `name`, in mount other? */
static bool passes_tree(const struct table_mount *m, const char *path,
                        const struct table_mount *other, const char *name)
{
    const size_t len = strlen(path), n = strlen(name);

    for (size_t i = 0; i < ARRAY_LEN(trees); i++) {
        const char *const tree = trees[i];

        if (!doc_path_within(name, tree) || doc_path_within(path, tree) ||
            !doc_path_within(tree, other->point))
            continue;
        /* What follows the tree follows the directory as well, without leaving the mount. */
        const size_t rest = n - strlen(tree), way = rest < len ? len - rest : 0;
        const size_t point = strcmp(m->point, "/") == 0 ? 0 : strlen(m->point);

        if (way >= point && strcmp(path + way, name + n - rest) == 0)
            return true;
    }
    return false;
}

/* The same object's usual path, when a directory on the way is a tree under another name. A
 * directory has a second name by a mount alone, and the table has them all. */
static const char *usual_path(struct look *l, const struct look_at *at)
{
    const char *const path = at->resolved;
    size_t next = 0;

    table_mounts(&l->table, l->a);
    const struct table_mount *const m = l->table.whole ? table_mount_of(&l->table, path) : NULL;
    if (!m)
        return usual_by_inode(l, at);
    for (const char *name; (name = table_alias(&l->table, l->a, m, path, &next));) {
        if (passes_tree(m, path, &l->table.mounts[next - 1], name))
            return name;
    }
    return path;
}

static bool match(const char *tree, const char *path, struct sensitive_finding *out)
{
    if (strcmp(tree, path) == 0)
        out->relation = "equal";
    else if (doc_path_within(path, tree))
        out->relation = "inside";
    else
        return false;
    out->tree = tree;
    return true;
}

static void find_tree(const char *path, struct sensitive_finding *out)
{
    if (strcmp(path, "/") == 0) {
        (void)match("/", path, out);
        return;
    }
    /* Equal or inside goes before ancestor: it says more. */
    for (size_t i = 0; i < ARRAY_LEN(trees); i++) {
        const bool holder = i >= ARRAY_LEN(trees) - HOLDERS;

        if (holder ? strcmp(trees[i], path) == 0 : doc_path_within(path, trees[i])) {
            (void)match(trees[i], path, out);
            return;
        }
    }
    for (size_t i = 0; !out->tree && i < ARRAY_LEN(trees); i++) {
        if (doc_path_within(trees[i], path)) {
            out->tree = trees[i];
            out->relation = "ancestor";
        }
    }
}

static void find_socket(struct look *l, const struct look_at *at, const char *path,
                        struct sensitive_finding *out)
{
    const char *const base = strrchr(path, '/');
    const bool is_socket = at->end == LOOK_SEEN && S_ISSOCK(at->st.st_mode);

    for (size_t i = 0; i < ARRAY_LEN(sockets); i++) {
        if (!sockets[i].owner)
            continue;
        /* What is missing may be there a moment later. */
        if ((is_socket || at->end != LOOK_SEEN) &&
            (strcmp(sockets[i].path, path) == 0 ||
             (is_socket && look_same(&at->st, look_dir(l, sockets[i].path))))) {
            out->socket = sockets[i].owner;
            return;
        }
        if (!is_socket && !out->contains && doc_path_within(sockets[i].path, path)) {
            const struct stat *const st = look_dir(l, sockets[i].path);

            if (st && S_ISSOCK(st->st_mode))
                out->contains = sockets[i].path;
        }
    }
    for (size_t i = 0; is_socket && base && i < ARRAY_LEN(socket_names); i++) {
        if (strcmp(base + 1, socket_names[i].path) == 0)
            out->socket = socket_names[i].owner;
    }
}

/* Sockets of usual names directly below a directory that is no known tree. */
static void find_below(struct look *l, const struct look_at *at, struct sensitive_finding *out)
{
    if (out->contains || at->end != LOOK_SEEN || !S_ISDIR(at->st.st_mode))
        return;
    for (size_t i = 0; i < ARRAY_LEN(socket_names); i++) {
        const char *const path =
            join(l->a, at->resolved, arena_printf(l->a, "/%s", socket_names[i].path));
        struct stat st;

        if (path && lstat(path, &st) == 0 && S_ISSOCK(st.st_mode)) {
            out->contains = path;
            return;
        }
    }
}

/* A socket below that somebody of the host listens on: of a usual name, or root's own. */
static void find_listening(struct look *l, const struct look_at *at, struct sensitive_finding *out)
{
    if (out->contains || at->end != LOOK_SEEN || !S_ISDIR(at->st.st_mode))
        return;
    table_sockets(&l->table, l->a);
    out->unseen = out->unseen || !l->table.sockets_whole;
    for (size_t i = 0; i < l->table.n_sockets; i++) {
        const char *const name = l->table.sockets[i];
        const char *const path = doc_prefix(name, "/var/run/") ? name + 4 : name;
        const char *const base = strrchr(path, '/');
        bool usual = false;
        struct stat st;

        if (!doc_path_within(path, at->resolved))
            continue;
        for (size_t k = 0; base && k < ARRAY_LEN(socket_names); k++)
            usual = usual || strcmp(base + 1, socket_names[k].path) == 0;
        /* The name is as its process sees it, which may be another place's. */
        if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode) && (usual || st.st_uid == 0)) {
            out->contains = path;
            return;
        }
    }
}

static bool kernel_type(const char *type)
{
    for (size_t i = 0; type && i < ARRAY_LEN(kernel_types); i++) {
        if (strcmp(kernel_types[i], type) == 0)
            return true;
    }
    return false;
}

static void find_mount(struct look *l, const struct table_mount *m, const char *path,
                       unsigned layers, struct sensitive_finding *out);

/* An overlay shows what its directories hold. The system's own root may be one: everything on it
 * would count by where its layers happen to be kept. */
static void find_layers(struct look *l, const struct table_mount *m, const char *path,
                        unsigned layers, struct sensitive_finding *out)
{
    if (layers == 0 || strcmp(m->point, "/") == 0)
        return;
    const struct value_list dirs = table_layers(l->a, m);

    for (size_t i = 0; !out->tree && i < dirs.n; i++) {
        const char *const name = table_below(l->a, value_bytes(dirs.items[i]), m, path);
        struct look_at at;
        struct err err = ERR_INIT;

        if (!name || look_path(l, name, false, &at, &err) < 0) {
            /* No memory to look with: as if it were the worst. */
            *out = (struct sensitive_finding){.tree = m->point, .relation = "inside"};
            return;
        }
        const char *const usual = at.end == LOOK_SEEN ? usual_path(l, &at) : at.resolved;
        const struct table_mount *const under = table_mount_of(&l->table, at.resolved);

        if (usual)
            find_tree(usual, out);
        if (!out->tree && under)
            find_mount(l, under, at.resolved, layers - 1, out);
    }
}

/* Other names of the same object: a mount of a sensitive tree, or of a part of it, elsewhere. */
static void find_mount(struct look *l, const struct table_mount *m, const char *path,
                       unsigned layers, struct sensitive_finding *out)
{
    size_t next = 0;

    for (const char *name; !out->tree && (name = table_alias(&l->table, l->a, m, path, &next));)
        find_tree(name, out);
    if (!out->tree)
        find_layers(l, m, path, layers, out);
}

static void find_elsewhere(struct look *l, const struct look_at *at, bool recursive,
                           struct sensitive_finding *out)
{
    const char *const path = at->resolved;

    if (out->tree || at->end != LOOK_SEEN)
        return;
    if (kernel_type(look_fs_name(at->fs_magic))) {
        out->tree = at->fs_magic == PROC_SUPER_MAGIC ? "/proc" : "/sys";
        out->relation = "inside";
        return;
    }
    for (size_t i = 0; S_ISREG(at->st.st_mode) && at->st.st_nlink > 1 && i < ARRAY_LEN(files);
         i++) {
        if (look_same(&at->st, look_dir(l, files[i])))
            find_tree(files[i], out);
    }
    table_mounts(&l->table, l->a);
    out->unseen = out->unseen || !l->table.whole;
    const struct table_mount *const own = table_mount_of(&l->table, path);
    if (own)
        find_mount(l, own, path, LAYERS_MAX, out);
    for (size_t i = 0; recursive && !out->tree && i < l->table.n; i++) {
        const struct table_mount *const m = &l->table.mounts[i];

        if (!doc_path_within(m->point, path) || strcmp(m->point, path) == 0)
            continue;
        if (kernel_type(m->type))
            out->tree = m->point;
        else
            find_mount(l, m, m->point, LAYERS_MAX, out);
        if (out->tree)
            out->relation = "ancestor";
    }
}

void sensitive_find(struct look *l, const struct look_at *at, bool recursive,
                    struct sensitive_finding *out)
{
    /* What is not there can be no bind of a tree: its name is all there is. */
    const char *const path = at->end == LOOK_SEEN ? usual_path(l, at) : at->resolved;

    *out = (struct sensitive_finding){0};
    if (!path)
        return;
    find_tree(path, out);
    find_elsewhere(l, at, recursive, out);
    find_socket(l, at, path, out);
    find_below(l, at, out);
    find_listening(l, at, out);
}

void sensitive_find_alias(struct look *l, const struct look_at *at, bool recursive,
                          struct sensitive_finding *out)
{
    *out = (struct sensitive_finding){0};
    find_elsewhere(l, at, recursive, out);
    find_below(l, at, out);
}
