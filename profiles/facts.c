/* All facts that follow from an input document alone, and the list of those that do not. */
#include "base/own.h"
#include "profiles/derive.h"
#include "profiles/doc.h"

/* clang-format off */
static const char *const seen_source[] = {
    "resolved", "links", "kind", "dev", "ino", "mode", "uid", "gid", "nlink", "major", "minor",
    "fs", "socket", "engine_socket", "contains_socket", "sensitive", "relation", "changeable_by",
    "world_readable", "world_writable", "via_proc", "own_rootfs", "engine_managed", "backing", NULL,
};
static const char *const seen_namespace[] = { "state", "host", "inode", "changeable_by", NULL };
static const char *const seen_hook[] = {
    "resolved", "links", "kind", "uid", "mode", "changeable_by", "inside_rootfs", "engine",
    "digest", NULL,
};
static const char *const seen_rootfs[] = {
    "resolved", "links", "kind", "dev", "ino", "uid", "gid", "mode", "fs", "changeable_by",
    "writable_by_others", "sensitive", "relation", "storage", "outside_storage", "symlinked",
    "accounts", "groups", "program", "script", "service", "directories", "workdir", NULL,
};
static const char *const seen_cgroup[] = { "exists", NULL };

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

/* A fact per name, in order; any that cannot be made ends it. */
struct making {
    struct arena *a;
    struct value_fields f;
    struct err *err;
    int status;
};

/* `made` is read after the maker ran, whose status is an argument beside it. */
static const struct value *keep(struct making *m, const char *name, int status,
                                const struct value *const *made)
{
    if (status < 0 || !*made) {
        m->status = -1;
        return NULL;
    }
    value_fields_add(m->a, &m->f, name, *made);
    return *made;
}

static int config_facts(struct making *m, const struct value *input, const struct value *process)
{
    const struct value *const config = value_field(input, "config"), *v = NULL;
    const char *const id = value_cstr(value_path(input, "container", "id", (const char *)NULL));
    const char *const arch = value_cstr(value_path(input, "host", "arch", (const char *)NULL));
    const struct value *const filter = value_path(config, "linux", "seccomp", (const char *)NULL);
    struct arena *const a = m->a;
    struct err *const err = m->err;

    v = oci_facts(a, config, err);
    keep(m, "oci", 0, &v);
    v = net_devices(a, config, err);
    keep(m, "net_devices", 0, &v);
    keep(m, "mounts", derive_mounts(a, config, &v, err), &v);
    keep(m, "namespaces", derive_namespaces(a, config, &v, err), &v);
    const struct value *const seccomp =
        keep(m, "seccomp", derive_seccomp(a, filter, arch, &v, err), &v);
    const struct value *const devices = keep(m, "devices", derive_devices(a, config, &v, err), &v);
    const struct value *const paths = keep(m, "paths", derive_paths(a, config, &v, err), &v);
    keep(m, "rootfs", derive_rootfs(a, config, &v, err), &v);
    keep(m, "hooks", derive_hooks(a, config, &v, err), &v);
    keep(m, "annotations", derive_annotations(a, config, &v, err), &v);
    keep(m, "sysctls", derive_sysctls(a, config, &v, err), &v);
    keep(m, "cgroup", derive_cgroup(a, config, id, &v, err), &v);
    if (m->status < 0)
        return -1;
    const struct value *caps = NULL;
    const struct value *const own = process ? process : value_field(config, "process");
    if (derive_capabilities(a, own, false, &caps, err) < 0)
        return -1;
    v = value_bool_of(privileged(caps, seccomp, devices, paths));
    keep(m, "privileged", 0, &v);
    return m->status;
}

int derive_facts(struct arena *a, const struct value *input, const uint8_t *key, size_t key_len,
                 const struct value **out, struct err *err)
{
    const struct value *const config = value_field(input, "config");
    const struct value *const exec = value_field(input, "process");
    const struct value *const update = value_field(input, "resources");
    const struct value *const process = exec ? exec : value_field(config, "process");
    const struct value *const resources =
        update ? update : value_path(config, "linux", "resources", (const char *)NULL);
    struct making m = {.a = a, .err = err};
    struct value_list malformed = {0}, unknown = {0};
    const struct value *v = NULL;

    if (derive_shape(a, config, DERIVE_CONFIG, "/config", &malformed, &unknown, err) < 0 ||
        derive_shape(a, exec, DERIVE_PROCESS, "/process", &malformed, &unknown, err) < 0 ||
        derive_shape(a, update, DERIVE_RESOURCES, "/resources", &malformed, &unknown, err) < 0)
        return -1;
    keep(&m, "malformed", doc_finish_list(a, &malformed, &v, err), &v);
    keep(&m, "unknown_fields", doc_finish_list(a, &unknown, &v, err), &v);
    if (config && config_facts(&m, input, exec) < 0)
        return -1;
    const struct value *const userns = keep(&m, "userns", derive_userns(a, config, &v, err), &v);
    if (process) {
        const bool mapped = doc_true(value_field(userns, "present")) &&
                            !doc_true(value_field(userns, "maps_host_root"));

        keep(&m, "process", derive_process(a, process, config, userns, &v, err), &v);
        keep(&m, "capabilities", derive_capabilities(a, process, mapped, &v, err), &v);
        keep(&m, "lsm", derive_lsm(a, config, process, &v, err), &v);
        keep(&m, "secrets",
             derive_secrets(a, process, exec ? "/process" : "/config/process", key, key_len, &v,
                            err),
             &v);
    }
    keep(&m, "resources", derive_resources(a, resources, &v, err), &v);
    return m.status < 0 ? -1 : doc_finish(a, &m.f, out, err);
}
