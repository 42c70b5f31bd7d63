#include "facts/managed.h"

#include <string.h>

#include "base/own.h"
#include "profiles/doc.h"

enum { ID_HEX = 64 };

/* clang-format off */
/* What stands between the data root and a container's root file system. */
static const char *const docker_layouts[] = {
    "/overlay2/", "/overlay/", "/vfs/dir/", "/btrfs/subvolumes/", "/zfs/graph/", "/aufs/mnt/",
    "/devicemapper/mnt/", "/fuse-overlayfs/", "/rootfs/overlayfs/", "/plugins/",
};
static const char *const storage_layouts[] = {
    "/overlay/", "/vfs/dir/", "/btrfs/subvolumes/", "/zfs/graph/", "/overlay-containers/",
    "/vfs-containers/", "/btrfs-containers/", "/zfs-containers/",
};

struct known_file {
    const char *destination;
    const char *base; /* last component of the source; NULL: any */
    const char *kind;
};

static const struct known_file files[] = {
    { "/etc/hosts",           "hosts",         "hosts"           },
    { "/etc/hosts",           "etc-hosts",     "hosts"           },
    { "/etc/hostname",        "hostname",      "hostname"        },
    { "/etc/resolv.conf",     "resolv.conf",   "resolv.conf"     },
    { "/dev/shm",             "shm",           "shm"             },
    { "/run/.containerenv",   ".containerenv", "containerenv"    },
    { "/etc/passwd",          "passwd",        "account-file"    },
    { "/etc/group",           "group",         "account-file"    },
    { "/etc/localtime",       "localtime",     "localtime"       },
    { "/etc/mtab",            "mtab",          "mtab"            },
    { "/run/secrets",         "secrets",       "secret"          },
    { "/dev/mqueue",          "mqueue",        "shm"             },
};
/* clang-format on */

/* Everything before the last `layout` in path, when something follows it. */
static const char *before(struct arena *a, const char *path, const char *layout)
{
    const char *found = NULL;

    for (const char *at = path; (at = strstr(at, layout)); at++)
        found = at;
    return found && found != path ? arena_strndup(a, path, (size_t)(found - path)) : NULL;
}

static bool is_hex(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (!((s[i] >= '0' && s[i] <= '9') || (s[i] >= 'a' && s[i] <= 'f')))
            return false;
    }
    return len > 0;
}

/* What is kept there by an id, never the store of all of them. */
static bool one_of(const char *path, const char *layout)
{
    const char *const at = strstr(path, layout);
    const char *const id = at ? at + strlen(layout) : NULL;

    return id && is_hex(id, strcspn(id, "/-")) && strcspn(id, "/-") >= 32;
}

void managed_init(struct managed *m, struct arena *a, const char *root, const char *bundle)
{
    *m = (struct managed){.root = root, .bundle = bundle};
    /* buildah's root file system stands in its bundle. */
    if (!bundle && root && strstr(root, "/buildah"))
        m->bundle = before(a, root, "/mnt/rootfs");
    for (size_t i = 0; root && root[0] == '/' && i < ARRAY_LEN(docker_layouts); i++) {
        if (!m->data_root)
            m->data_root = before(a, root, docker_layouts[i]);
    }
    for (size_t i = 0; root && root[0] == '/' && i < ARRAY_LEN(storage_layouts); i++) {
        if (!m->graph_root)
            m->graph_root = before(a, root, storage_layouts[i]);
    }
}

static const char *known_file(const char *source, const char *destination)
{
    const char *const base = strrchr(source, '/');

    for (size_t i = 0; base && i < ARRAY_LEN(files); i++) {
        if (strcmp(files[i].destination, destination) == 0 &&
            (!files[i].base || strcmp(files[i].base, base + 1) == 0))
            return files[i].kind;
    }
    return NULL;
}

/* The rest of `path` below `root` and `middle`: "/data/containers/ID/hosts" -> "ID/hosts". */
static const char *below(const char *path, const char *root, const char *middle)
{
    const size_t len = root ? strlen(root) : 0;

    if (!root || strncmp(path, root, len) != 0 || !doc_prefix(path + len, middle))
        return NULL;
    return path + len + strlen(middle);
}

static const char *docker_kind(const struct managed *m, const char *source, const char *destination)
{
    const char *rest = below(source, m->data_root, "/containers/");

    if (rest && is_hex(rest, strcspn(rest, "/")) && strcspn(rest, "/") == ID_HEX) {
        const char *const after = rest + ID_HEX;

        if (doc_prefix(after, "/mounts/secrets"))
            return doc_prefix(destination, "/run/secrets") ? "secret" : NULL;
        if (strcmp(after, "/mounts/shm") == 0)
            return strcmp(destination, "/dev/shm") == 0 ? "shm" : NULL;
        return known_file(source, destination);
    }
    rest = below(source, m->data_root, "/volumes/");
    if (rest) {
        const char *const slash = strchr(rest, '/');

        /* The volume itself or what lies in it, never the store of volumes. */
        if (slash && doc_path_within(slash, "/_data"))
            return "volume";
    }
    return NULL;
}

/* containers/storage: .../{driver}-containers/ID/userdata/FILE and volumes/NAME/_data. */
static const char *storage_kind(const struct managed *m, const char *source,
                                const char *destination)
{
    const char *const at = strstr(source, "-containers/");

    if (at) {
        const char *const id = at + strlen("-containers/");

        if (strcspn(id, "/") == ID_HEX && is_hex(id, ID_HEX) &&
            doc_prefix(id + ID_HEX, "/userdata/")) {
            /* podman run -v DIR:DIR:O writes there what the container changes. */
            if (doc_prefix(id + ID_HEX, "/userdata/overlay/"))
                return *destination ? NULL : "overlay";
            return known_file(source, destination);
        }
    }
    const char *const rest = below(source, m->graph_root, "/volumes/");
    const char *const slash = rest ? strchr(rest, '/') : NULL;
    return slash && doc_path_within(slash, "/_data") ? "volume" : NULL;
}

static const char *cri_kind(const char *source, const char *destination)
{
    static const char *const stores[] = {"/io.containerd.grpc.v1.cri/sandboxes/",
                                         "/io.containerd.grpc.v1.cri/containers/"};
    const char *id = NULL;

    for (size_t i = 0; i < ARRAY_LEN(stores) && !id; i++) {
        const char *const at = strstr(source, stores[i]);

        id = at ? at + strlen(stores[i]) : NULL;
    }
    if (!id)
        return NULL;
    if (strcspn(id, "/") != ID_HEX || !is_hex(id, ID_HEX))
        return NULL;
    if (doc_prefix(id + ID_HEX, "/volumes/"))
        return "volume";
    return known_file(source, destination);
}

/* A pod's own volumes; another pod's hold its service account's token. */
static const char *kubelet_kind(const struct managed *m, const char *source,
                                const char *destination)
{
    const char *const rest = below(source, "/var/lib/kubelet", "/pods/");
    const char *const part = rest ? strchr(rest, '/') : NULL;

    if (!part)
        return NULL;
    if (m->pod &&
        (strlen(m->pod) != (size_t)(part - rest) || strncmp(m->pod, rest, strlen(m->pod)) != 0))
        return NULL;
    if (doc_prefix(part, "/volumes/") || doc_prefix(part, "/volume-subpaths/"))
        return "pod-volume";
    if (strcmp(part, "/etc-hosts") == 0)
        return strcmp(destination, "/etc/hosts") == 0 ? "hosts" : NULL;
    if (doc_prefix(part, "/containers/"))
        return "termination-log";
    return NULL;
}

bool managed_is_init(const char *path)
{
    static const char *const programs[] = {
        "/usr/bin/docker-init", "/usr/libexec/docker/docker-init",
        "/usr/bin/tini-static", "/usr/libexec/podman/catatonit",
        "/usr/bin/catatonit",   "/usr/sbin/docker-init"};

    for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
        if (strcmp(programs[i], path) == 0)
            return true;
    }
    return false;
}

static const char *init_kind(const char *source, const char *destination)
{
    if (strcmp(destination, "/sbin/docker-init") != 0 && strcmp(destination, "/dev/init") != 0 &&
        strcmp(destination, "/run/podman-init") != 0 && strcmp(destination, "/catatonit") != 0)
        return NULL;
    return managed_is_init(source) ? "init" : NULL;
}

/* buildah and podman build keep a container's files in the bundle itself. */
static const char *bundle_kind(const struct managed *m, const char *source, const char *destination)
{
    if (!m->bundle || !doc_path_within(source, m->bundle))
        return NULL;
    return known_file(source, destination);
}

const char *managed_kind(const struct managed *m, const char *source, const char *destination)
{
    const char *kind = docker_kind(m, source, destination);

    if (!kind)
        kind = storage_kind(m, source, destination);
    if (!kind)
        kind = cri_kind(source, destination);
    if (!kind && m->pods)
        kind = kubelet_kind(m, source, destination);
    if (!kind)
        kind = init_kind(source, destination);
    return kind ? kind : bundle_kind(m, source, destination);
}

const char *managed_store(const struct managed *m, struct arena *a, const char *source)
{
    static const char *const layouts[] = {"/io.containerd.grpc.v1.cri/", "-containers/"};

    if (m->data_root && doc_path_within(source, m->data_root))
        return m->data_root;
    if (m->graph_root && doc_path_within(source, m->graph_root))
        return m->graph_root;
    if (m->pods && doc_path_within(source, "/var/lib/kubelet"))
        return "/var/lib/kubelet";
    for (size_t i = 0; i < ARRAY_LEN(layouts); i++) {
        const char *const found = before(a, source, layouts[i]);
        char *const slash = found ? strrchr(found, '/') : NULL;

        if (slash && slash != found)
            return arena_strndup(a, found, (size_t)(slash - found));
    }
    return m->bundle && doc_path_within(source, m->bundle) ? m->bundle : NULL;
}

const char *managed_storage(const struct managed *m, const char *path)
{
    if (strstr(path, "/io.containerd.runtime.v2.task/"))
        return "containerd";
    if (strstr(path, "/buildah") && doc_prefix(strstr(path, "/buildah"), "/buildah") &&
        (strstr(path, "/mnt/rootfs") || strstr(path, "/rootfs")))
        return "buildah";
    if (m->bundle && strcmp(m->bundle, "/") != 0 && doc_path_within(path, m->bundle))
        return "bundle";
    for (size_t i = 0; i < ARRAY_LEN(storage_layouts); i++) {
        if (strstr(path, "/containers/storage/") && one_of(path, storage_layouts[i]))
            return "containers-storage";
    }
    for (size_t i = 0; i < ARRAY_LEN(docker_layouts); i++) {
        if (one_of(path, docker_layouts[i]))
            return strcmp(docker_layouts[i], "/overlay/") == 0 ||
                           (m->bundle && strstr(m->bundle, "-containers/"))
                       ? "containers-storage"
                       : "docker";
    }
    return NULL;
}
