/* facts.namespaces: whose a namespace given by path is, by device and inode. */
#include <linux/magic.h>
#include <string.h>
#include <sys/statfs.h>

#include "base/own.h"
#include "facts/parts.h"
#include "profiles/doc.h"

struct type_link {
    const char *type, *link;
};

static const struct type_link links[] = {
    {"pid", "/proc/self/ns/pid"},       {"network", "/proc/self/ns/net"},
    {"mount", "/proc/self/ns/mnt"},     {"ipc", "/proc/self/ns/ipc"},
    {"uts", "/proc/self/ns/uts"},       {"user", "/proc/self/ns/user"},
    {"cgroup", "/proc/self/ns/cgroup"}, {"time", "/proc/self/ns/time"},
};

static int see_one(struct parts *p, const char *type, const char *link, const char *path,
                   struct value_fields *f, struct err *err)
{
    struct stat theirs, ours;
    struct statfs fs;

    if (!p->host || path[0] != '/' || stat(path, &theirs) < 0 || statfs(path, &fs) < 0 ||
        stat(link, &ours) < 0) {
        static const char *const seen[] = {"state", "host", "inode", "changeable_by"};

        for (size_t i = 0; i < ARRAY_LEN(seen); i++)
            parts_unknown(p, "/facts/namespaces/%s/%s", type, seen[i]);
        return 0;
    }
    const bool nsfs = (uint64_t)(uint32_t)fs.f_type == NSFS_MAGIC;
    const bool host = nsfs && theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino;

    /* A path that is no namespace makes the runtime fail; it is told as another's. */
    doc_put_str(p->a, f, "state", host ? "host" : "shared");
    doc_put_bool(p->a, f, "host", host);
    doc_put_int(p->a, f, "inode", (int64_t)theirs.st_ino);
    if (!doc_prefix(path, "/proc/")) {
        struct look_at at;

        if (look_path(&p->look, path, true, &at, err) < 0)
            return -1;
        /* A namespace file itself is the kernel's; only the way to it counts. */
        if (at.changeable_by && strcmp(at.changeable_by, path) != 0)
            doc_put_str(p->a, f, "changeable_by", at.changeable_by);
    }
    return 0;
}

int facts_namespaces(struct parts *p, const struct value *derived, const struct value **out,
                     struct err *err)
{
    struct value_fields all = {0};

    for (size_t i = 0; i < ARRAY_LEN(links); i++) {
        const struct value *const one = value_field(derived, links[i].type);
        const char *const path = doc_str(one, "path");
        struct value_fields f = {0};

        if (!path)
            continue;
        if (see_one(p, links[i].type, links[i].link, path, &f, err) < 0)
            return -1;
        value_fields_add(p->a, &all, links[i].type, parts_merge(p->a, one, &f));
    }
    *out = all.keys.n ? parts_merge(p->a, derived, &all) : derived;
    return *out ? 0 : err_nomem(err);
}
