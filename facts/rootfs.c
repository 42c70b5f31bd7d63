/* facts.rootfs: the root file system's directory, and what in it tells who the service runs as. */
#include "facts/rootfs.h"

#include <linux/magic.h>
#include <string.h>

#include "base/own.h"
#include "facts/sensitive.h"
#include "profiles/derive.h"
#include "profiles/doc.h"

/* Directories that a host keeps other things in: nobody's root file system, though what lies below
 * them may be one. Source: Filesystem Hierarchy Standard 3.0, section 3. */
static struct sensitive_finding holder_of_roots(const char *path)
{
    static const char *const holders[] = {"/srv",     "/mnt",       "/media",     "/tmp",
                                          "/var/tmp", "/var/cache", "/lost+found"};

    for (size_t i = 0; i < ARRAY_LEN(holders); i++) {
        if (strcmp(holders[i], path) == 0)
            return (struct sensitive_finding){.tree = holders[i], .relation = "equal"};
    }
    return (struct sensitive_finding){0};
}

static void put_place(struct parts *p, struct value_fields *f, const struct look_at *at)
{
    struct sensitive_finding s;
    const char *const storage = managed_storage(&p->managed, at->resolved);

    /* What engines mount there is an overlay of their own store. */
    const bool engines = storage && strcmp(storage, "bundle") != 0 && at->end == LOOK_SEEN &&
                         at->fs_magic == OVERLAYFS_SUPER_MAGIC;

    doc_put_str(p->a, f, "storage", storage);
    doc_put_bool(p->a, f, "outside_storage", !storage);
    /* Runtimes bind the root with all that is mounted below it. */
    if (engines)
        s = (struct sensitive_finding){0};
    else if (storage)
        sensitive_find_alias(&p->look, at, true, &s);
    else
        sensitive_find(&p->look, at, true, &s);
    if (!storage && !s.tree)
        s = holder_of_roots(at->resolved);
    if (s.unseen && !s.tree)
        parts_unknown(p, "/facts/rootfs/resolved");
    doc_put_str(p->a, f, "sensitive", s.tree);
    doc_put_str(p->a, f, "relation", s.relation);
}

static void all_unknown(struct parts *p)
{
    for (const char *const *field = derive_seen_fields[SEEN_ROOTFS]; *field; field++)
        parts_unknown(p, "/facts/rootfs/%s", *field);
}

int facts_rootfs(struct parts *p, const struct value *derived, const struct value *process,
                 const struct value **out, struct err *err)
{
    struct value_fields f = {0};
    struct look_at at;

    *out = derived;
    if (!p->host || !p->root) {
        all_unknown(p);
        return 0;
    }
    if (look_path(&p->look, p->root, false, &at, err) < 0)
        return -1;
    if (at.end == LOOK_UNSEEN) {
        all_unknown(p);
        return 0;
    }
    doc_put_str(p->a, &f, "resolved", at.resolved);
    doc_put_list(p->a, &f, "links", &at.links);
    doc_put_str(p->a, &f, "changeable_by", at.changeable_by);
    put_place(p, &f, &at);
    if (at.end == LOOK_MISSING) {
        doc_put_str(p->a, &f, "kind", "missing");
        parts_unknown(p, "/facts/rootfs/symlinked");
        parts_unknown(p, "/facts/rootfs/accounts");
        parts_unknown(p, "/facts/rootfs/program");
    } else {
        const struct stat *const st = &at.st;
        struct value_fields seen = {0};

        look_put(p->a, &seen, &at);
        const struct value *const all = value_fields_object(p->a, &seen);
        static const char *const kept[] = {"kind", "dev", "ino", "uid", "gid", "mode", "fs"};

        for (size_t i = 0; i < ARRAY_LEN(kept); i++)
            value_fields_add(p->a, &f, kept[i], value_field(all, kept[i]));
        doc_put_bool(p->a, &f, "writable_by_others", st->st_mode & S_IWOTH);
        if (rootfs_inside(p, &at, process, &f, err) < 0)
            return -1;
    }
    *out = parts_merge(p->a, derived, &f);
    return *out ? 0 : err_nomem(err);
}
