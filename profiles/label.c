/* facts.lsm: what AppArmor profile names and SELinux labels amount to. */
#include "base/own.h"
#include "profiles/derive.h"
#include "profiles/doc.h"

/* clang-format off */
/* Types of the reference and container policies that confine nothing, or the engine itself. */
static const char *const unconfined_types[] = {
    "spc_t", "unconfined_t", "unconfined_service_t", "container_runtime_t", "container_engine_t",
    "init_t", "initrc_t", "kernel_t", "sysadm_t", "docker_t", "crio_t", "kubelet_t",
};
/* clang-format on */

static bool unconfined_type(const char *type)
{
    for (size_t i = 0; i < ARRAY_LEN(unconfined_types); i++) {
        if (strcmp(unconfined_types[i], type) == 0)
            return true;
    }
    return false;
}

/* user:role:type[:level], the level may hold colons. n parts are found. */
static size_t split_label(struct arena *a, const char *label, const char *part[4])
{
    size_t n = 0;

    while (n < 3) {
        const size_t len = strcspn(label, ":");

        part[n++] = arena_strndup(a, label, len);
        label += len;
        if (!*label)
            return n;
        label++;
    }
    part[n++] = label;
    return n;
}

/* Categories of a level: s0:c1,c2 has two; a range s0-s0:c0.c1023 separates nothing. */
static int64_t categories(const char *level)
{
    const char *const colon = strchr(level, ':');
    int64_t n = 0;

    if (!colon || strchr(colon, '.'))
        return 0;
    for (const char *c = colon; *c; c++)
        n += *c == 'c';
    return n;
}

static const struct value *selinux(struct arena *a, const struct value *config,
                                   const struct value *process, struct err *err)
{
    const char *const label = doc_str(process, "selinuxLabel");
    const char *const mount = doc_str(value_field(config, "linux"), "mountLabel");
    const char *part[4] = {0};
    const struct value *out = NULL;
    struct value_fields f = {0};
    bool confined = false;

    if (label) {
        const size_t n = split_label(a, label, part);

        doc_put_str(a, &f, "label", label);
        doc_put_bool(a, &f, "malformed", n < 3);
        doc_put_str(a, &f, "user", part[0]);
        doc_put_str(a, &f, "role", part[1]);
        doc_put_str(a, &f, "type", part[2]);
        doc_put_str(a, &f, "level", part[3]);
        confined = n >= 3 && part[2] && *part[2] && !unconfined_type(part[2]);
    }
    doc_put_bool(a, &f, "unconfined", !confined);
    doc_put_int(a, &f, "categories", part[3] ? categories(part[3]) : 0);
    if (mount) {
        const char *piece[4] = {0};

        (void)split_label(a, mount, piece);
        doc_put_str(a, &f, "mount_label", mount);
        doc_put_str(a, &f, "mount_type", piece[2]);
    }
    return doc_finish(a, &f, &out, err) < 0 ? NULL : out;
}

int derive_lsm(struct arena *a, const struct value *config, const struct value *process,
               const struct value **out, struct err *err)
{
    const char *const profile = doc_str(process, "apparmorProfile");
    struct value_fields f = {0}, apparmor = {0};
    const struct value *aa = NULL, *const se = selinux(a, config, process, err);

    doc_put_str(a, &apparmor, "profile", profile);
    doc_put_bool(a, &apparmor, "unconfined", !profile || strcmp(profile, "unconfined") == 0);
    if (!se || doc_finish(a, &apparmor, &aa, err) < 0)
        return -1;
    value_fields_add(a, &f, "apparmor", aa);
    value_fields_add(a, &f, "selinux", se);
    return doc_finish(a, &f, out, err);
}
