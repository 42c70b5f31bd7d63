/* facts.annotations: those that a runtime or engine acts on. */
#include "base/own.h"
#include "profiles/derive.h"
#include "profiles/doc.h"

struct annotation {
    const char *prefix;
    const char *class;
    const char *danger; /* NULL: harmless */
};

/* clang-format off */
/* The first row whose prefix fits wins, so exceptions stand before what they are exceptions of. */
static const struct annotation annotations[] = {
    { "run.oci.hooks.stdout",            "crun", "writes a host file as root" },
    { "run.oci.hooks.stderr",            "crun", "writes a host file as root" },
    { "run.oci.seccomp.plugins",         "crun", "loads a library into the runtime as root" },
    { "run.oci.seccomp_bpf_data",        "crun", "replaces the seccomp filter" },
    { "run.oci.seccomp.receiver",        "crun", "connects to a host socket as root" },
    { "run.oci.pidfd_receiver",          "crun", "connects to a host socket as root" },
    { "run.oci.seccomp_fail_unknown_syscall", "crun", NULL },
    { "run.oci.keep_original_groups",    "crun", "keeps the caller's groups" },
    { "run.oci.handler",                 "crun", "chooses another kind of isolation" },
    { "run.oci.systemd.subgroup",        "crun", "places the container in another cgroup" },
    { "run.oci.systemd.force_cgroup_v1", "crun", "mounts a cgroup v1 hierarchy" },
    { "run.oci.delegate-cgroup",         "crun", "gives the container a writable cgroup" },
    { "run.oci.mount_context_type",      "crun", "changes the SELinux context of mounts" },
    { "run.oci.timens_offset",           "crun", "shifts clocks" },
    { "run.oci.",                        "crun", "is a runtime option of unknown effect" },
    { "org.systemd.property.KillSignal", "systemd-property", NULL },
    { "org.systemd.property.TimeoutStopUSec", "systemd-property", NULL },
    { "org.systemd.property.CollectMode", "systemd-property", NULL },
    { "org.systemd.property.Description", "systemd-property", NULL },
    { "org.systemd.property.After",      "systemd-property", NULL },
    { "org.systemd.property.DefaultDependencies", "systemd-property", NULL },
    { "org.systemd.property.",           "systemd-property", "sets a property of the systemd unit" },
    { "org.criu.",                       "criu", "names a host file as CRIU's configuration" },
    { "io.katacontainers.",              "kata", "changes the hypervisor or its programs" },
    { "dev.gvisor.",                     "gvisor", "changes runsc's flags" },
    { "krun.",                           "krun", "chooses another kind of isolation" },
    { "module.wasm.image/",              "wasm", "chooses another kind of isolation" },
    { "io.kubernetes.cri.container-type", "containerd", NULL },
    { "io.kubernetes.cri-o.Devices",     "crio", "adds devices" },
    { "io.kubernetes.cri-o.userns-mode", "crio", "changes the user namespace" },
    { "io.kubernetes.cri-o.cgroup2-mount-hierarchy-rw", "crio", "gives the container a writable cgroup" },
    { "io.kubernetes.cri-o.UnifiedCgroup", "crio", "writes cgroup files" },
    { "io.kubernetes.cri-o.TrySkipVolumeSELinuxLabel", "crio", "skips SELinux labels" },
    { "io.kubernetes.cri-o.seccompNotifierAction", "crio", "hands system calls to a host process" },
    { "io.kubernetes.cri-o.LinkLogs",    "crio", "links host paths" },
    { "io.kubernetes.cri-o.PodLinuxOverhead", "crio", NULL },
    { "io.kubernetes.cri-o.",            "crio", NULL },
    { "cdi.k8s.io/",                     "cdi", "adds devices, mounts and hooks" },
    { "containerd.io/restart.",          "containerd", "can run a host command" },
    { "io.sallyport.",                   "sallyport", NULL },
};
/* clang-format on */

static const struct annotation nri = {"", "nri", "steers a plugin of the engine"};

static const struct annotation *find(const char *key)
{
    for (size_t i = 0; i < ARRAY_LEN(annotations); i++) {
        if (doc_prefix(key, annotations[i].prefix))
            return &annotations[i];
    }
    return strstr(key, ".nri.io/") ? &nri : NULL;
}

int derive_annotations(struct arena *a, const struct value *config, const struct value **out,
                       struct err *err)
{
    const struct value *const map = value_field(config, "annotations");
    struct value_list l = {0};

    for (size_t i = 0; map && value_is(map, VALUE_OBJECT) && i < map->count; i++) {
        const char *const key = value_bytes(value_key_at(map, i));
        const struct annotation *const row = find(key);
        struct value_fields f = {0};
        const struct value *v = NULL;

        if (!row)
            continue;
        doc_put_str(a, &f, "key", key);
        doc_put_str(a, &f, "class", row->class);
        doc_put_str(a, &f, "danger", row->danger);
        if (doc_finish(a, &f, &v, err) < 0)
            return -1;
        value_list_add(a, &l, v);
    }
    return doc_finish_list(a, &l, out, err);
}
