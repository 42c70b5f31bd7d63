/* All facts that follow from an input document alone, and the list of those that do not. */
#include "base/own.h"
#include "profiles/derive.h"
#include "profiles/doc.h"

/* clang-format off */
static const char *const seen_source[] = {
    "resolved", "links", "kind", "dev", "ino", "mode", "uid", "gid", "nlink", "major", "minor",
    "fs", "socket", "engine_socket", "contains_socket", "sensitive", "relation", "changeable_by",
    "world_readable", "world_writable", "via_proc", "own_rootfs", "engine_managed", "tree", "backing",
    "destination_resolved", NULL,
};
static const char *const seen_namespace[] = { "state", "host", "inode", "changeable_by", NULL };
static const char *const seen_hook[] = {
    "resolved", "links", "kind", "uid", "mode", "changeable_by", "inside_rootfs", "engine",
    "digest", NULL,
};
static const char *const seen_rootfs[] = {
    "resolved", "links", "kind", "dev", "ino", "uid", "gid", "mode", "fs", "changeable_by",
    "writable_by_others", "sensitive", "relation", "storage", "outside_storage", "symlinked",
    "accounts", "groups", "program", "script", "executed", "service", "directories", "workdir", "workdir_resolved", NULL,
};
static const char *const seen_cgroup[] = { "exists", "occupied", NULL };

const char *const *const derive_seen_fields[SEEN_KINDS] = {
    [SEEN_SOURCE] = seen_source, [SEEN_NAMESPACE] = seen_namespace, [SEEN_HOOK] = seen_hook,
    [SEEN_ROOTFS] = seen_rootfs, [SEEN_CGROUP] = seen_cgroup,
};
/* clang-format on */

static const struct value *oci_facts(struct arena *a, const struct value *config, struct err *err)
{
    static const char *const known[] = {"1.0.", "1.1.", "1.2.", "1.3."};
    const char *const version = doc_str(config, "ociVersion");
    const struct value *out = NULL;
    struct value_fields f = {0};
    bool supported = version && strcmp(version, "1.0") == 0;

    for (size_t i = 0; version && i < ARRAY_LEN(known); i++)
        supported = supported || doc_prefix(version, known[i]);
    doc_put_str(a, &f, "version", version);
    doc_put_bool(a, &f, "supported", supported);
    return doc_finish(a, &f, &out, err) < 0 ? NULL : out;
}

/* What engines call privileged has no mark of its own; this is what it amounts to. */
static bool privileged(const struct value *caps, const struct value *seccomp,
                       const struct value *devices, const struct value *paths)
{
    return doc_true(value_field(caps, "all")) && !doc_true(value_field(seccomp, "present")) &&
           doc_true(value_field(devices, "allow_all")) &&
           doc_len(value_field(paths, "masked")) == 0;
}

static const struct value *net_devices(struct arena *a, const struct value *config, struct err *err)
{
    const struct value *const map = value_path(config, "linux", "netDevices", (const char *)NULL);
    const struct value *out = NULL;
    struct value_list l = {0};

    for (size_t i = 0; map && value_is(map, VALUE_OBJECT) && i < map->count; i++)
        value_list_add(a, &l, value_key_at(map, i));
    return doc_finish_list(a, &l, &out, err) < 0 ? NULL : out;
}

/* --- the parts ----------------------------------------------------------------------------- */

enum part_id {
    PART_OCI,
    PART_NET_DEVICES,
    PART_MOUNTS,
    PART_NAMESPACES,
    PART_SECCOMP,
    PART_DEVICES,
    PART_PATHS,
    PART_ROOTFS,
    PART_HOOKS,
    PART_ANNOTATIONS,
    PART_SYSCTLS,
    PART_CGROUP,
    PART_PRIVILEGED,
    PART_USERNS,
    PART_PROCESS,
    PART_CAPABILITIES,
    PART_LSM,
    PART_SECRETS,
    PART_RESOURCES,
    PARTS,
};

/* What the makers read: the document's parts, and facts made before their own. */
struct making {
    struct arena *a;
    const struct value *input, *config, *exec, *process, *resources;
    const uint8_t *key;
    size_t key_len;
    const struct value *made[PARTS];
    struct err *err;
};

typedef int make_fn(struct making *m, const struct value **out);

static int make_oci(struct making *m, const struct value **out)
{
    *out = oci_facts(m->a, m->config, m->err);
    return *out ? 0 : -1;
}

static int make_net_devices(struct making *m, const struct value **out)
{
    *out = net_devices(m->a, m->config, m->err);
    return *out ? 0 : -1;
}

static int make_mounts(struct making *m, const struct value **out)
{
    return derive_mounts(m->a, m->config, out, m->err);
}

static int make_namespaces(struct making *m, const struct value **out)
{
    return derive_namespaces(m->a, m->config, out, m->err);
}

static int make_seccomp(struct making *m, const struct value **out)
{
    const char *const arch = value_cstr(value_path(m->input, "host", "arch", (const char *)NULL));

    return derive_seccomp(m->a, value_path(m->config, "linux", "seccomp", (const char *)NULL), arch,
                          out, m->err);
}

static int make_devices(struct making *m, const struct value **out)
{
    return derive_devices(m->a, m->config, out, m->err);
}

static int make_paths(struct making *m, const struct value **out)
{
    return derive_paths(m->a, m->config, out, m->err);
}

static int make_rootfs(struct making *m, const struct value **out)
{
    return derive_rootfs(m->a, m->config, out, m->err);
}

static int make_hooks(struct making *m, const struct value **out)
{
    return derive_hooks(m->a, m->config, out, m->err);
}

static int make_annotations(struct making *m, const struct value **out)
{
    return derive_annotations(m->a, m->config, out, m->err);
}

static int make_sysctls(struct making *m, const struct value **out)
{
    return derive_sysctls(m->a, m->config, out, m->err);
}

static int make_cgroup(struct making *m, const struct value **out)
{
    const char *const id = value_cstr(value_path(m->input, "container", "id", (const char *)NULL));

    return derive_cgroup(m->a, m->config, id, out, m->err);
}

static int make_privileged(struct making *m, const struct value **out)
{
    const struct value *caps = NULL;

    if (derive_capabilities(m->a, m->process, false, &caps, m->err) < 0)
        return -1;
    *out = value_bool_of(
        privileged(caps, m->made[PART_SECCOMP], m->made[PART_DEVICES], m->made[PART_PATHS]));
    return 0;
}

static int make_userns(struct making *m, const struct value **out)
{
    return derive_userns(m->a, m->config, out, m->err);
}

static int make_process(struct making *m, const struct value **out)
{
    return derive_process(m->a, m->process, m->config, m->made[PART_USERNS], out, m->err);
}

static int make_capabilities(struct making *m, const struct value **out)
{
    const struct value *const userns = m->made[PART_USERNS];
    const bool mapped = doc_true(value_field(userns, "present")) &&
                        !doc_true(value_field(userns, "maps_host_root"));

    return derive_capabilities(m->a, m->process, mapped, out, m->err);
}

static int make_lsm(struct making *m, const struct value **out)
{
    return derive_lsm(m->a, m->config, m->process, out, m->err);
}

static int make_secrets(struct making *m, const struct value **out)
{
    return derive_secrets(m->a, m->process, m->exec ? "/process" : "/config/process", m->key,
                          m->key_len, out, m->err);
}

static int make_resources(struct making *m, const struct value **out)
{
    return derive_resources(m->a, m->resources, out, m->err);
}

/* A part needs its document, and says which places of the input it and its renewal read: where
 * none of them changed, the part stays as it was. */
enum { READS_MAX = 10, PLACE_MAX = 4 };

struct part {
    const char *name;
    enum { ALWAYS, OF_CONFIG, OF_PROCESS } when;
    make_fn *make;
    const char *reads[READS_MAX][PLACE_MAX];
};

#define LINUX(name)                                                                                \
    {                                                                                              \
        "config", "linux", name                                                                    \
    }
#define PROCESS                                                                                    \
    {"config", "process"},                                                                         \
    {                                                                                              \
        "process"                                                                                  \
    }
#define MASKS LINUX("maskedPaths"), LINUX("readonlyPaths")
#define DEVICES                                                                                    \
    LINUX("devices"),                                                                              \
    {                                                                                              \
        "config", "linux", "resources", "devices"                                                  \
    }
#define SECCOMP                                                                                    \
    LINUX("seccomp"),                                                                              \
    {                                                                                              \
        "host", "arch"                                                                             \
    }
#define USERNS LINUX("namespaces"), LINUX("uidMappings"), LINUX("gidMappings")

static const struct part parts[PARTS] = {
    [PART_OCI] = {"oci", OF_CONFIG, make_oci, {{"config", "ociVersion"}}},
    [PART_NET_DEVICES] = {"net_devices", OF_CONFIG, make_net_devices, {LINUX("netDevices")}},
    [PART_MOUNTS] = {"mounts",
                     OF_CONFIG,
                     make_mounts,
                     {{"config", "mounts"}, {"config", "root"}, MASKS}},
    [PART_NAMESPACES] = {"namespaces", OF_CONFIG, make_namespaces, {LINUX("namespaces")}},
    [PART_SECCOMP] = {"seccomp", OF_CONFIG, make_seccomp, {SECCOMP}},
    [PART_DEVICES] = {"devices", OF_CONFIG, make_devices, {DEVICES}},
    [PART_PATHS] = {"paths", OF_CONFIG, make_paths, {MASKS}},
    [PART_ROOTFS] = {"rootfs",
                     OF_CONFIG,
                     make_rootfs,
                     {{"config", "root"},
                      {"config", "mounts"},
                      LINUX("rootfsPropagation"),
                      {"config", "process", "args"},
                      {"config", "process", "cwd"},
                      {"process"}}},
    [PART_HOOKS] = {"hooks", OF_CONFIG, make_hooks, {{"config", "hooks"}}},
    [PART_ANNOTATIONS] = {"annotations", OF_CONFIG, make_annotations, {{"config", "annotations"}}},
    [PART_SYSCTLS] = {"sysctls", OF_CONFIG, make_sysctls, {LINUX("sysctl"), LINUX("namespaces")}},
    [PART_CGROUP] = {"cgroup", OF_CONFIG, make_cgroup, {LINUX("cgroupsPath"), {"container", "id"}}},
    [PART_PRIVILEGED] = {"privileged",
                         OF_CONFIG,
                         make_privileged,
                         {PROCESS, SECCOMP, DEVICES, MASKS}},
    [PART_USERNS] = {"userns", ALWAYS, make_userns, {USERNS}},
    [PART_PROCESS] = {"process", OF_PROCESS, make_process, {PROCESS, USERNS}},
    [PART_CAPABILITIES] = {"capabilities", OF_PROCESS, make_capabilities, {PROCESS, USERNS}},
    [PART_LSM] = {"lsm", OF_PROCESS, make_lsm, {PROCESS, LINUX("mountLabel")}},
    [PART_SECRETS] = {"secrets",
                      OF_PROCESS,
                      make_secrets,
                      {{"config", "process", "env"}, {"config", "process", "args"}, {"process"}}},
    [PART_RESOURCES] = {"resources", ALWAYS, make_resources, {LINUX("resources"), {"resources"}}},
};

/* The same node at one place of both documents, or none in either. */
static bool same_place(const struct value *x, const struct value *y, const char *const *place)
{
    for (size_t i = 0; i < PLACE_MAX && place[i] && x != y; i++) {
        x = value_field(x, place[i]);
        y = value_field(y, place[i]);
    }
    return x == y;
}

static bool stands(const struct part *p, const struct value *before, const struct value *after)
{
    for (size_t i = 0; i < READS_MAX && p->reads[i][0]; i++) {
        if (!same_place(before, after, p->reads[i]))
            return false;
    }
    return true;
}

/* --- all of them --------------------------------------------------------------------------- */

/* What of a document was well formed before, in a part that is still there, needs no other look. */
static int shapes(struct arena *a, const struct value *input, const struct derive_before *b,
                  struct value_fields *f, struct err *err)
{
    static const struct {
        const char *name, *base;
        enum derive_kind kind;
    } documents[] = {{"config", "/config", DERIVE_CONFIG},
                     {"process", "/process", DERIVE_PROCESS},
                     {"resources", "/resources", DERIVE_RESOURCES}};
    const bool sound = b && doc_empty(value_field(b->facts, "malformed")) &&
                       doc_empty(value_field(b->facts, "unknown_fields"));
    struct value_list malformed = {0}, unknown = {0};

    for (size_t i = 0; i < ARRAY_LEN(documents); i++) {
        const struct value *const doc = value_field(input, documents[i].name);
        const struct value *const known = sound ? value_field(b->input, documents[i].name) : NULL;

        if (derive_shape(a, doc, known, documents[i].kind, documents[i].base, &malformed, &unknown,
                         err) < 0)
            return -1;
    }
    doc_put_list(a, f, "malformed", &malformed);
    doc_put_list(a, f, "unknown_fields", &unknown);
    return 0;
}

int derive_facts(struct arena *a, const struct value *input, const struct derive_before *before,
                 const uint8_t *key, size_t key_len, const struct value **out, struct err *err)
{
    struct making m = {.a = a, .input = input, .key = key, .key_len = key_len, .err = err};
    struct value_fields f = {0};

    m.config = value_field(input, "config");
    m.exec = value_field(input, "process");
    m.process = m.exec ? m.exec : value_field(m.config, "process");
    m.resources = value_field(input, "resources");
    if (!m.resources)
        m.resources = value_path(m.config, "linux", "resources", (const char *)NULL);
    if (shapes(a, input, before, &f, err) < 0)
        return -1;
    for (size_t i = 0; i < PARTS; i++) {
        const struct part *const p = &parts[i];

        if ((p->when == OF_CONFIG && !m.config) || (p->when == OF_PROCESS && !m.process))
            continue;
        if (before && stands(p, before->input, input))
            m.made[i] = value_field(before->facts, p->name);
        if (!m.made[i] && p->make(&m, &m.made[i]) < 0)
            return -1;
        value_fields_add(a, &f, p->name, m.made[i]);
    }
    return doc_finish(a, &f, out, err);
}
