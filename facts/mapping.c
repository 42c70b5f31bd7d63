/* facts.mapping: can this container's root become nobody on the host, by a user namespace over its
 * mapped files? What the kernel and the storage allow; whether to do it is the policy's to say. */
#include "base/own.h"
#include "facts/parts.h"
#include "profiles/doc.h"

enum { MAPPING_SIZE = 65536 };

/* Since when a file system's mounts can be mapped; an overlay's layers stand for it. */
static const struct {
    const char *fs;
    int major, minor;
} since[] = {
    {"overlay", 5, 19}, {"ext4", 5, 12}, {"xfs", 5, 12},
    {"btrfs", 5, 15},   {"f2fs", 5, 18}, {"tmpfs", 6, 3},
};

static bool kernel_maps(const struct value *host, const char *fs)
{
    const struct value *const v = value_field(host, "kernel_version");
    int64_t major = 0, minor = 0;

    if (doc_len(v) < 2 || !value_int64(value_at(v, 0), &major) ||
        !value_int64(value_at(v, 1), &minor))
        return false;
    for (size_t i = 0; fs && i < ARRAY_LEN(since); i++) {
        if (strcmp(since[i].fs, fs) == 0)
            return major > since[i].major || (major == since[i].major && minor >= since[i].minor);
    }
    return false;
}

static const char *hindrance(const struct parts *p, const struct value *host,
                             const struct value *rootfs)
{
    if (!p->req->trusted_host)
        return "the engine is not the host's root";
    if (!p->req->map_base)
        return "no range of ids is free, or nobody could mount here";
    if (doc_true(value_field(host, "selinux")))
        return "labels of SELinux would be lost";
    if (!kernel_maps(host, doc_str(rootfs, "fs")))
        return "this kernel cannot map ids of its storage";
    if (!doc_true(value_field(host, "user_namespaces")))
        return "the host allows no user namespaces";
    return NULL;
}

int facts_mapping(struct parts *p, const struct value *host, const struct value *rootfs,
                  const struct value **out, struct err *err)
{
    const char *const why = hindrance(p, host, rootfs);
    struct value_fields f = {0};

    doc_put_bool(p->a, &f, "possible", !why);
    doc_put_str(p->a, &f, "hindrance", why);
    if (!why) {
        doc_put_int(p->a, &f, "base", p->req->map_base);
        doc_put_int(p->a, &f, "count", MAPPING_SIZE);
    }
    return doc_finish(p->a, &f, out, err);
}
