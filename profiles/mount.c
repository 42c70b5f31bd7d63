/* facts.mounts: what the document says about each mount. Sources: OCI runtime-spec config.md
 * "Mounts"; mount(8); crun(1) for its own options. */
#include "base/own.h"
#include "profiles/derive.h"
#include "profiles/doc.h"

enum flag {
    F_RO = 1u << 0,
    F_RRO = 1u << 1,
    F_NOSUID = 1u << 2,
    F_NODEV = 1u << 3,
    F_NOEXEC = 1u << 4,
    F_BIND = 1u << 5,
    F_REC = 1u << 6,
    F_REMOUNT = 1u << 7,
    F_IDMAP = 1u << 8,
    F_PROPAGATION = 1u << 9,
    F_SHARED = 1u << 10,
    F_DANGER = 1u << 11, /* weakens or surprises when written */
    F_PLAIN = 1u << 12,  /* known, and without meaning here */
};

struct option {
    const char *name;
    unsigned set, clear;
};

/* clang-format off */
static const struct option options[] = {
    { "ro",            F_RO,                    0 },
    { "rw",            F_PLAIN,                 F_RO | F_RRO },
    { "rro",           F_RO | F_RRO,            0 },
    { "rrw",           F_DANGER,                F_RRO },
    { "nosuid",        F_NOSUID,                0 },
    { "suid",          F_DANGER,                F_NOSUID },
    { "nodev",         F_NODEV,                 0 },
    { "dev",           F_DANGER,                F_NODEV },
    { "noexec",        F_NOEXEC,                0 },
    { "exec",          F_DANGER,                F_NOEXEC },
    { "rnosuid",       F_NOSUID,                0 },
    { "rsuid",         F_DANGER,                F_NOSUID },
    { "rnodev",        F_NODEV,                 0 },
    { "rdev",          F_DANGER,                F_NODEV },
    { "rnoexec",       F_NOEXEC,                0 },
    { "rexec",         F_DANGER,                F_NOEXEC },
    { "bind",          F_BIND,                  F_REC },
    { "rbind",         F_BIND | F_REC,          0 },
    { "remount",       F_REMOUNT,               0 },
    { "private",       F_PROPAGATION,           F_SHARED },
    { "rprivate",      F_PROPAGATION,           F_SHARED },
    { "slave",         F_PROPAGATION,           F_SHARED },
    { "rslave",        F_PROPAGATION,           F_SHARED },
    { "unbindable",    F_PROPAGATION,           F_SHARED },
    { "runbindable",   F_PROPAGATION,           F_SHARED },
    { "shared",        F_PROPAGATION | F_SHARED, 0 },
    { "rshared",       F_PROPAGATION | F_SHARED, 0 },
    { "idmap",         F_IDMAP,                 0 },
    { "ridmap",        F_IDMAP,                 0 },
    { "copy-symlink",  F_DANGER,                0 },
    { "src-nofollow",  F_DANGER,                0 },
    { "dest-nofollow", F_DANGER,                0 },
    { "tmpcopyup",     F_DANGER,                0 },
    { "symfollow",     F_DANGER,                0 },
    { "rsymfollow",    F_DANGER,                0 },
    { "mand",          F_DANGER,                0 },
    { "nosymfollow",   F_PLAIN,                 0 },
    { "rnosymfollow",  F_PLAIN,                 0 },
    { "defaults",      F_PLAIN,                 0 },
    { "async",         F_PLAIN,                 0 },
    { "sync",          F_PLAIN,                 0 },
    { "dirsync",       F_PLAIN,                 0 },
    { "atime",         F_PLAIN,                 0 },
    { "noatime",       F_PLAIN,                 0 },
    { "diratime",      F_PLAIN,                 0 },
    { "nodiratime",    F_PLAIN,                 0 },
    { "relatime",      F_PLAIN,                 0 },
    { "norelatime",    F_PLAIN,                 0 },
    { "strictatime",   F_PLAIN,                 0 },
    { "nostrictatime", F_PLAIN,                 0 },
    { "ratime",        F_PLAIN,                 0 },
    { "rnoatime",      F_PLAIN,                 0 },
    { "rrelatime",     F_PLAIN,                 0 },
    { "rstrictatime",  F_PLAIN,                 0 },
    { "rnodiratime",   F_PLAIN,                 0 },
    { "rdiratime",     F_PLAIN,                 0 },
    { "lazytime",      F_PLAIN,                 0 },
    { "nolazytime",    F_PLAIN,                 0 },
    { "iversion",      F_PLAIN,                 0 },
    { "noiversion",    F_PLAIN,                 0 },
    { "nomand",        F_PLAIN,                 0 },
    { "silent",        F_PLAIN,                 0 },
    { "loud",          F_PLAIN,                 0 },
    { "acl",           F_PLAIN,                 0 },
    { "noacl",         F_PLAIN,                 0 },
    { "newinstance",   F_PLAIN,                 0 },
    { "nofail",        F_PLAIN,                 0 },
    { "U",             F_PLAIN,                 0 },
    { "z",             F_PLAIN,                 0 },
    { "Z",             F_PLAIN,                 0 },
};

struct fs_type {
    const char *name; /* a trailing * stands for any rest */
    const char *danger; /* NULL: a pseudo file system that containers use */
};

static const struct fs_type fs_types[] = {
    { "proc", NULL }, { "sysfs", NULL }, { "tmpfs", NULL }, { "devpts", NULL }, { "mqueue", NULL },
    { "cgroup", NULL }, { "cgroup2", NULL }, { "shm", NULL }, { "ramfs", "unbounded" },
    { "ext2", "block-file-system" }, { "ext3", "block-file-system" }, { "ext4", "block-file-system" },
    { "xfs", "block-file-system" }, { "btrfs", "block-file-system" }, { "vfat", "block-file-system" },
    { "msdos", "block-file-system" }, { "exfat", "block-file-system" }, { "ntfs*", "block-file-system" },
    { "squashfs", "block-file-system" }, { "erofs", "block-file-system" }, { "iso9660", "block-file-system" },
    { "udf", "block-file-system" }, { "f2fs", "block-file-system" }, { "zfs", "block-file-system" },
    { "bcachefs", "block-file-system" }, { "jfs", "block-file-system" }, { "hfs*", "block-file-system" },
    { "minix", "block-file-system" }, { "ocfs2", "block-file-system" }, { "gfs2", "block-file-system" },
    { "9p", "network" }, { "virtiofs", "network" }, { "nfs*", "network" }, { "cifs", "network" },
    { "smb*", "network" }, { "ceph", "network" }, { "afs", "network" }, { "glusterfs", "network" },
    { "lustre", "network" }, { "vboxsf", "network" }, { "orangefs", "network" },
    { "fuse*", "fuse" }, { "devtmpfs", "devtmpfs" }, { "binfmt_misc", "binfmt_misc" },
    { "debugfs", "kernel-interface" }, { "tracefs", "kernel-interface" },
    { "securityfs", "kernel-interface" }, { "bpf", "kernel-interface" },
    { "configfs", "kernel-interface" }, { "efivarfs", "kernel-interface" },
    { "pstore", "kernel-interface" }, { "selinuxfs", "kernel-interface" },
    { "hugetlbfs", "kernel-interface" }, { "rpc_pipefs", "kernel-interface" },
    { "autofs", "kernel-interface" }, { "resctrl", "kernel-interface" }, { "functionfs", "kernel-interface" },
};
/* clang-format on */

struct reading {
    unsigned flags;
    const char *propagation;
    const char *size, *label;
    bool host_root; /* an id mapping that reaches the host's 0 */
    bool own_map;   /* idmap= brings ids of its own */
    struct value_list danger, unknown;
    struct value_list layers; /* directories that an overlay is made of */
};

/* What is no option of the runtime goes to mount(2) as text: of such a list only what weakens is
 * believed. */
enum { BELIEVED = F_BIND | F_REC | F_REMOUNT | F_IDMAP | F_PROPAGATION | F_SHARED | F_DANGER };

static const struct fs_type *fs_find(const char *type)
{
    for (size_t i = 0; type && i < ARRAY_LEN(fs_types); i++) {
        const char *const name = fs_types[i].name;
        const size_t n = strlen(name);

        if (name[n - 1] == '*' ? strncmp(name, type, n - 1) == 0 : strcmp(name, type) == 0)
            return &fs_types[i];
    }
    return NULL;
}

static const struct option *option_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        if (options[i].name[0] == name[0] && strcmp(options[i].name, name) == 0)
            return &options[i];
    }
    return NULL;
}

/* crun's idmap=uids=INSIDE-OUTSIDE-SIZE#...;gids=...: whether an OUTSIDE is 0. */
static bool idmap_reaches_root(const char *text)
{
    for (const char *at = strchr(text, '-'); at; at = strchr(at + 1, '-')) {
        if (at[1] == '0' && (at[2] == '-' || at[2] == '\0'))
            return true;
    }
    return false;
}

static bool mappings_reach_root(const struct value *list)
{
    for (size_t i = 0; i < doc_len(list); i++) {
        uint64_t outside = 1;

        if (value_uint64(value_field(value_at(list, i), "hostID"), &outside) && outside == 0)
            return true;
    }
    return false;
}

static void add_backing(struct arena *a, struct value_list *l, const char *path, size_t len)
{
    struct value_fields f = {0};

    if (len == 0)
        return;
    value_fields_add(a, &f, "source", value_string(a, path, len));
    value_list_add(a, l, value_fields_object(a, &f));
}

/* lowerdir=A:B\:C::D - colons part layers, a backslash takes the next byte as it is. */
static void add_lower(struct arena *a, struct value_list *l, const char *text)
{
    char *const copy = arena_alloc(a, strlen(text) + 1);
    size_t n = 0;

    if (!copy) {
        l->failed = true;
        return;
    }
    for (; *text; text++) {
        if (*text == ':') {
            add_backing(a, l, copy, n);
            n = 0;
        } else {
            if (*text == '\\' && text[1])
                text++;
            copy[n++] = *text;
        }
    }
    add_backing(a, l, copy, n);
}

bool derive_layers(struct arena *a, const char *option, struct value_list *out)
{
    const char *const eq = strchr(option, '=');

    if (doc_prefix(option, "lowerdir") || doc_prefix(option, "datadir")) {
        if (eq)
            add_lower(a, out, eq + 1);
        return true;
    }
    if (!doc_prefix(option, "upperdir=") && !doc_prefix(option, "workdir="))
        return false;
    add_backing(a, out, eq + 1, strlen(eq + 1));
    return true;
}

/* What is no flag goes to mount(2) as text, in which commas part options: they are read apart. */
static void read_one(struct arena *a, struct reading *r, const struct value *v, bool bind_type,
                     unsigned believed);

static void read_option(struct arena *a, struct reading *r, const struct value *v, bool bind_type)
{
    const char *const text = value_cstr(v);

    if (!text)
        return;
    if (!strchr(text, ',')) {
        read_one(a, r, v, bind_type, ~0u);
        return;
    }
    for (const char *at = text, *end; *at; at = *end ? end + 1 : end) {
        end = strchrnul(at, ',');
        const struct value *const part = value_string(a, at, (size_t)(end - at));

        if (part && end > at)
            read_one(a, r, part, bind_type, BELIEVED);
    }
}

static void read_one(struct arena *a, struct reading *r, const struct value *v, bool bind_type,
                     unsigned believed)
{
    static const char *const labels[] = {"context=", "fscontext=", "defcontext=", "rootcontext="};
    const char *const text = value_cstr(v);

    if (!text)
        return;
    const struct option *const o = option_find(text);
    if (o) {
        r->flags = (r->flags & ~o->clear) | (o->set & believed);
        if (o->set & F_PROPAGATION)
            r->propagation = text;
        if (o->set & F_DANGER)
            value_list_add(a, &r->danger, v);
        return;
    }
    if (doc_prefix(text, "size="))
        r->size = text + 5;
    for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
        if (doc_prefix(text, labels[i]))
            r->label = text;
    }
    if (doc_prefix(text, "idmap=") || doc_prefix(text, "ridmap=")) {
        r->flags |= F_IDMAP;
        r->own_map = true;
        r->host_root = r->host_root || idmap_reaches_root(text);
    } else if (!derive_layers(a, text, &r->layers) && !r->label &&
               (bind_type || !strchr(text, '='))) {
        value_list_add(a, &r->unknown, v);
    }
}

/* Bytes with a unit of 1024, or a share of the memory in percent. More than half of it, or more
 * than there is anywhere, is no bound. *bytes stays where they are not told. */
static bool bounded(const char *size, uint64_t *bytes)
{
    static const char units[] = "kmgtpe";
    uint64_t n = 0;
    const char *c = size;

    if (!c)
        return false;
    for (; *c >= '0' && *c <= '9' && n < (UINT64_C(1) << 50); c++)
        n = n * 10 + (uint64_t)(*c - '0');
    if (*c == '%')
        return n > 0 && n <= 50 && !c[1];
    const char *const unit = *c ? strchr(units, *c | 0x20) : NULL;
    for (const char *u = units; unit && u <= unit && n < (UINT64_C(1) << 50); u++)
        n *= 1024;
    *bytes = n;
    return n > 0 && n < (UINT64_C(1) << 50);
}

/* Every id that the list reaches on the host is one of the container's own user namespace. */
static bool mappings_within(const struct value *list, const struct value *own)
{
    for (size_t i = 0; i < doc_len(list); i++) {
        uint64_t from = 0, size = 0;
        bool found = false;

        (void)value_uint64(value_field(value_at(list, i), "hostID"), &from);
        (void)value_uint64(value_field(value_at(list, i), "size"), &size);
        for (size_t k = 0; k < doc_len(own) && !found; k++) {
            uint64_t start = 0, n = 0;

            (void)value_uint64(value_field(value_at(own, k), "hostID"), &start);
            (void)value_uint64(value_field(value_at(own, k), "size"), &n);
            found = from >= start && n >= size && from - start <= n - size;
        }
        if (!found)
            return false;
    }
    return true;
}

static bool maps_outside(const struct reading *r, const struct value *m,
                         const struct value *linux_part)
{
    const struct value *const uids = value_field(m, "uidMappings");
    const struct value *const gids = value_field(m, "gidMappings");

    if (!(r->flags & F_IDMAP) && doc_len(uids) == 0 && doc_len(gids) == 0)
        return false;
    return r->own_map || doc_len(value_field(linux_part, "uidMappings")) == 0 ||
           !mappings_within(uids, value_field(linux_part, "uidMappings")) ||
           !mappings_within(gids, value_field(linux_part, "gidMappings"));
}

/* --- destinations ----------------------------------------------------------------------------- */

struct seen {
    const char *clean;
    bool writable_bind;
    const char *type;
};

static bool has_dotdot(const char *path)
{
    for (const char *at = path; *at;) {
        const size_t step = strcspn(at, "/");

        if (step == 2 && at[0] == '.' && at[1] == '.')
            return true;
        at += step;
        at += *at == '/';
    }
    return false;
}

static bool on_dev(const char *clean)
{
    static const char *const usual[] = {"/dev/shm", "/dev/mqueue", "/dev/termination-log",
                                        "/dev/hugepages"};

    if (!doc_path_within(clean, "/dev"))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(usual); i++) {
        if (strcmp(clean, usual[i]) == 0)
            return false;
    }
    return true;
}

static bool covers_any(const struct value *paths, const char *clean)
{
    for (size_t i = 0; i < doc_len(paths); i++) {
        if (doc_path_within(value_bytes(value_at(paths, i)), clean))
            return true;
    }
    return false;
}

static void put_destination(struct arena *a, struct value_fields *f, const char *dest,
                            const char *clean, const struct seen *before, size_t n,
                            const struct value *paths, bool bind, const char *type)
{
    struct value_list odd = {0};
    const bool usual = type && ((strcmp(type, "proc") == 0 && strcmp(clean, "/proc") == 0) ||
                                (strcmp(type, "sysfs") == 0 && strcmp(clean, "/sys") == 0));
    bool twice = false, below = false;

    if (dest[0] != '/')
        doc_list_str(a, &odd, "relative");
    if (strcmp(dest, clean) != 0)
        doc_list_str(a, &odd, "unclean");
    if (has_dotdot(dest))
        doc_list_str(a, &odd, "dotdot");
    if (strcmp(clean, "/") == 0)
        doc_list_str(a, &odd, "root");
    if (doc_path_within(clean, "/proc") && strcmp(clean, "/proc") != 0)
        doc_list_str(a, &odd, "inside-proc");
    if (doc_path_within(clean, "/sys") && strcmp(clean, "/sys") != 0 &&
        !doc_path_within(clean, "/sys/fs/cgroup"))
        doc_list_str(a, &odd, "inside-sys");
    if (bind && on_dev(clean))
        doc_list_str(a, &odd, "on-dev");
    for (size_t i = 0; i < n; i++) {
        twice = twice || strcmp(before[i].clean, clean) == 0;
        below = below || (before[i].writable_bind && strcmp(before[i].clean, clean) != 0 &&
                          doc_path_within(clean, before[i].clean));
    }
    if (twice)
        doc_list_str(a, &odd, "duplicate");
    if (below)
        doc_list_str(a, &odd, "below-writable-bind");
    if (!usual && strcmp(clean, "/") != 0) {
        if (covers_any(value_field(paths, "masked"), clean))
            doc_list_str(a, &odd, "covers-masked");
        if (covers_any(value_field(paths, "readonly"), clean))
            doc_list_str(a, &odd, "covers-readonly");
    }
    doc_put_str(a, f, "destination_clean", clean);
    doc_put_list(a, f, "destination_odd", &odd);
}

/* The source as a path of the host, relative ones left to the one who knows the bundle. */
static bool in_own_rootfs(struct arena *a, const char *source, const char *root)
{
    const char *const clean = source && source[0] == '/' ? doc_path_clean(a, source) : NULL;

    return clean && root && root[0] == '/' && strcmp(root, "/") != 0 &&
           doc_path_within(clean, root);
}

static const struct value *mount_facts(struct arena *a, const struct value *m, size_t index,
                                       struct seen *seen, const struct value *paths,
                                       const char *root, const struct value *linux_part,
                                       struct err *err)
{
    const char *const dest = doc_str(m, "destination"), *const type = doc_str(m, "type");
    const char *const source = doc_str(m, "source");
    const struct value *const opts = value_field(m, "options"), *out = NULL;
    const bool bind_type = type && strcmp(type, "bind") == 0;
    const struct fs_type *const fs = fs_find(type);
    const char *const clean = doc_path_clean(a, dest ? dest : "");
    struct value_fields f = {0};
    struct reading r = {0};

    if (!clean) {
        (void)err_nomem(err);
        return NULL;
    }
    for (size_t i = 0; i < doc_len(opts); i++)
        read_option(a, &r, value_at(opts, i), bind_type);
    const bool bind = bind_type || (r.flags & F_BIND);
    const bool readonly = r.flags & F_RO;
    const bool overlay = type && strcmp(type, "overlay") == 0;

    doc_put_int(a, &f, "index", (int64_t)index);
    doc_put_str(a, &f, "destination", dest);
    put_destination(a, &f, dest ? dest : "", clean, seen, index, paths, bind, type);
    doc_put_str(a, &f, "type", type);
    doc_put_str(a, &f, "source", source);
    doc_put_bool(a, &f, "bind", bind);
    doc_put_bool(a, &f, "recursive", r.flags & F_REC);
    doc_put_bool(a, &f, "readonly", readonly);
    doc_put_bool(a, &f, "recursive_readonly",
                 (r.flags & F_RRO) || (readonly && !(bind && (r.flags & F_REC))));
    doc_put_bool(a, &f, "nosuid", r.flags & F_NOSUID);
    doc_put_bool(a, &f, "nodev", r.flags & F_NODEV);
    doc_put_bool(a, &f, "noexec", r.flags & F_NOEXEC);
    doc_put_bool(a, &f, "remount", r.flags & F_REMOUNT);
    doc_put_str(a, &f, "propagation", r.propagation);
    doc_put_bool(a, &f, "propagation_shared", r.flags & F_SHARED);
    doc_put_bool(a, &f, "idmap",
                 (r.flags & F_IDMAP) || doc_len(value_field(m, "uidMappings")) > 0 ||
                     doc_len(value_field(m, "gidMappings")) > 0);
    doc_put_bool(a, &f, "maps_host_root",
                 r.host_root || mappings_reach_root(value_field(m, "uidMappings")) ||
                     mappings_reach_root(value_field(m, "gidMappings")));
    doc_put_bool(a, &f, "idmap_outside", maps_outside(&r, m, linux_part));
    doc_put_list(a, &f, "options_danger", &r.danger);
    doc_put_list(a, &f, "options_unknown", &r.unknown);
    doc_put_str(a, &f, "label", r.label);
    uint64_t size = 0;
    doc_put_bool(a, &f, "size_limited", bounded(r.size, &size));
    if (size > 0)
        doc_put_int(a, &f, "size", (int64_t)size);
    doc_put_bool(a, &f, "pseudo", !bind && fs && !fs->danger);
    doc_put_bool(a, &f, "second",
                 !bind && type &&
                     ((strcmp(type, "proc") == 0 && strcmp(clean, "/proc") != 0) ||
                      (strcmp(type, "sysfs") == 0 && strcmp(clean, "/sys") != 0)));
    /* The bind option wins over the type in every runtime. */
    if (!bind && !overlay)
        doc_put_str(a, &f, "type_danger", fs ? fs->danger : "unknown");
    doc_put_bool(a, &f, "writable_root_bind",
                 bind && !readonly && !((r.flags & F_NOSUID) && (r.flags & F_NODEV)));
    if (overlay && !bind && r.layers.n > 0)
        doc_put_list(a, &f, "backing", &r.layers);
    if (bind && in_own_rootfs(a, source, root))
        doc_put_bool(a, &f, "own_rootfs", true);
    seen[index] = (struct seen){clean, bind && !readonly, type};
    return doc_finish(a, &f, &out, err) < 0 ? NULL : out;
}

int derive_mounts(struct arena *a, const struct value *config, const struct value **out,
                  struct err *err)
{
    const struct value *const mounts = value_field(config, "mounts"), *paths = NULL;
    const size_t n = doc_len(mounts);
    const char *const root = doc_str(value_field(config, "root"), "path");
    const char *const clean_root = root ? doc_path_clean(a, root) : NULL;
    struct seen *const seen = ARENA_NEW_N(a, struct seen, n + 1);
    struct value_list l = {0};

    if (!seen)
        return err_nomem(err);
    if (derive_paths(a, config, &paths, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        const struct value *const v = mount_facts(a, value_at(mounts, i), i, seen, paths,
                                                  clean_root, value_field(config, "linux"), err);

        if (!v)
            return -1;
        value_list_add(a, &l, v);
    }
    return doc_finish_list(a, &l, out, err);
}
