/* facts.mounts: what the sources are. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/own.h"
#include "facts/image_path.h"
#include "facts/parts.h"
#include "facts/sensitive.h"
#include "facts/tree.h"
#include "profiles/derive.h"
#include "profiles/doc.h"

/* A relative source resolves against the bundle in every runtime. */
static const char *absolute(struct parts *p, const char *source)
{
    if (source[0] == '/')
        return source;
    return p->req->bundle ? arena_printf(p->a, "%s/%s", p->req->bundle, source) : NULL;
}

static void source_unknown(struct parts *p, const char *base)
{
    for (const char *const *field = derive_seen_fields[SEEN_SOURCE]; *field; field++) {
        if (strcmp(*field, "engine_managed") != 0 && strcmp(*field, "backing") != 0 &&
            strcmp(*field, "destination_resolved") != 0)
            parts_unknown(p, "%s/%s", base, *field);
    }
}

/* Whose the files of an engine's volume are, before its container becomes somebody else. */
static int see_tree(struct parts *p, const struct look_at *at, struct value_fields *f,
                    struct err *err)
{
    AUTO_FD int fd = open(at->resolved, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    const struct value *tree = NULL;
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0 || st.st_dev != at->st.st_dev || st.st_ino != at->st.st_ino)
        return 0;
    if (tree_look(p->a, fd, &tree, err) < 0)
        return -1;
    value_fields_add(p->a, f, "tree", tree);
    return 0;
}

/* File systems that an engine makes for one container: a small one in memory that is none of the
 * host's own. */
static bool made_for_one(struct parts *p, const struct look_at *at)
{
    static const char *const hosts[] = {"/dev/shm", "/dev/mqueue", "/dev", "/run", "/tmp"};

    const char *const fs = look_fs_name(at->fs_magic);

    if (!fs || (strcmp(fs, "tmpfs") != 0 && strcmp(fs, "mqueue") != 0))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
        const struct stat *const st = look_dir(&p->look, hosts[i]);

        if (st && st->st_dev == at->st.st_dev)
            return false;
    }
    return true;
}

/* Somebody had the engine mount something there, or mounted it: a volume may be a bind of any
 * directory. */
static bool mounted_there(struct parts *p, const struct look_at *at)
{
    const char *const store = managed_store(&p->managed, p->a, at->resolved);
    uint64_t kept = 0, here = 0;

    if (!store || made_for_one(p, at))
        return false;
    return !look_mount(store, &kept) || !look_mount(at->resolved, &here) || kept != here;
}

static void put_sensitive(struct parts *p, struct value_fields *f,
                          const struct sensitive_finding *s)
{
    doc_put_str(p->a, f, "sensitive", s->tree);
    doc_put_str(p->a, f, "relation", s->relation);
    doc_put_str(p->a, f, "engine_socket", s->socket);
    doc_put_str(p->a, f, "contains_socket", s->contains);
}

/* The container's own document, root and bundle, and the runtime's state: whoever reaches them from
 * inside tells the runtime what to do at the next exec. */
static int find_own(struct parts *p, const struct look_at *at, struct sensitive_finding *out,
                    struct err *err)
{
    const char *const bundle = p->req->bundle;
    const struct {
        const char *path;
        bool below; /* what lies in it counts too */
    } places[] = {
        {bundle ? arena_printf(p->a, "%s/config.json", bundle) : NULL, false},
        {p->root, false},
        {p->req->runtime_root, true},
    };

    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        struct look_at own;

        if (!places[i].path || places[i].path[0] != '/')
            continue;
        if (look_path(&p->look, places[i].path, false, &own, err) < 0)
            return -1;
        if (own.end != LOOK_SEEN)
            continue;
        out->tree = own.resolved;
        out->relation = look_same(&own.st, &at->st) ? "equal" : "ancestor";
        if (look_passes(&p->look, own.resolved, &at->st))
            return 0;
        out->relation = "inside";
        if (places[i].below && look_passes(&p->look, at->resolved, &own.st))
            return 0;
        out->tree = out->relation = NULL;
    }
    return 0;
}

/* What the mount is of the engine's own. Its init is to be run, never to be written. */
static const char *kind_of(struct parts *p, const char *path, const struct value *mount)
{
    const char *const destination = doc_str(mount, "destination_clean");
    const char *const kind = managed_kind(&p->managed, path, destination ? destination : "");
    const bool writable = !mount || !doc_true(value_field(mount, "readonly"));

    return kind && writable && strcmp(kind, "init") == 0 ? NULL : kind;
}

/* Fields of one source: of a bind, a block device or a directory of an overlay (mount NULL). */
static int see_source(struct parts *p, const char *source, const struct value *mount,
                      bool recursive, const char *base, struct value_fields *f, struct err *err)
{
    const char *const path = absolute(p, source);
    const char *const kind = path ? kind_of(p, path, mount) : NULL;
    struct sensitive_finding s = {0};
    struct look_at at;

    if (!p->host || !path) {
        doc_put_str(p->a, f, "engine_managed", kind);
        source_unknown(p, base);
        return 0;
    }
    if (look_path(&p->look, path, false, &at, err) < 0)
        return -1;
    if (at.end == LOOK_UNSEEN)
        source_unknown(p, base);
    look_put(p->a, f, &at);
    /* The name is believed only where no link was passed and none but root could have put another
     * thing there. Debian's docker-init is a link to tini's. */
    const bool straight =
        at.links.n == 0 || (kind && strcmp(kind, "init") == 0 && managed_is_init(at.resolved));
    bool managed = kind && straight && !at.changeable_by && at.end == LOOK_SEEN;
    const bool elsewhere = managed && mounted_there(p, &at);
    if (elsewhere)
        sensitive_find_alias(&p->look, &at, recursive, &s);
    managed = managed && !s.tree && !s.contains && !s.unseen;
    if (managed)
        doc_put_str(p->a, f, "engine_managed",
                    elsewhere && strcmp(kind, "volume") == 0 ? "volume-elsewhere" : kind);
    if (managed && !elsewhere && p->gives && strcmp(kind, "volume") == 0 &&
        S_ISDIR(at.st.st_mode) && see_tree(p, &at, f, err) < 0)
        return -1;
    const bool own = p->root && strcmp(p->root, "/") != 0 && doc_path_within(at.resolved, p->root);
    /* Over what the document seems to say: a link may lead out. */
    doc_put_bool(p->a, f, "own_rootfs", own);
    if (!managed && !own && !elsewhere) {
        struct sensitive_finding mine = {0};

        sensitive_find(&p->look, &at, recursive, &s);
        if (at.end == LOOK_SEEN && find_own(p, &at, &mine, err) < 0)
            return -1;
        if (mine.tree)
            s.tree = mine.tree, s.relation = mine.relation;
    }
    if (s.unseen && !s.tree)
        source_unknown(p, base);
    if (!managed && !own)
        put_sensitive(p, f, &s);
    return 0;
}

static int see_backing(struct parts *p, const struct value *list, size_t index,
                       struct value_fields *f, struct err *err)
{
    struct value_list l = {0};

    for (size_t i = 0; i < doc_len(list); i++) {
        const struct value *const one = value_at(list, i);
        struct value_fields s = {0};
        char base[96];

        (void)snprintf(base, sizeof(base), "/facts/mounts/%zu/backing/%zu", index, i);
        if (see_source(p, value_bytes(value_field(one, "source")), NULL, false, base, &s, err) < 0)
            return -1;
        value_list_add(p->a, &l, parts_merge(p->a, one, &s));
    }
    doc_put_list(p->a, f, "backing", &l);
    return 0;
}

/* Where the destination leads when the image has links on the way: runtimes follow them. */
static void see_destination(struct parts *p, int root, const struct value *m,
                            struct value_fields *f)
{
    const char *const dest = doc_str(m, "destination_clean");
    const char *const found = root >= 0 && dest ? image_path(p->a, root, dest) : NULL;

    if (found && strcmp(found, dest) != 0)
        doc_put_str(p->a, f, "destination_resolved", found);
}

int facts_mounts(struct parts *p, const struct value *derived, const struct value **out,
                 struct err *err)
{
    struct value_list l = {0};
    AUTO_FD int root = p->host && p->root ? open(p->root, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

    p->managed.pods =
        p->engine && (strcmp(p->engine, "cri") == 0 || strcmp(p->engine, "crio") == 0);
    p->managed.pod =
        doc_str(value_field(p->req->config, "annotations"), "io.kubernetes.cri.sandbox-uid");
    for (size_t i = 0; i < doc_len(derived); i++) {
        const struct value *const m = value_at(derived, i);
        const struct value *const backing = value_field(m, "backing");
        const char *const source = doc_str(m, "source");
        const char *const danger = doc_str(m, "type_danger");
        struct value_fields f = {0};
        char base[64];

        if (i >= FACTS_MOUNTS_MAX)
            return err_set(err, ERR_LIMIT, "more than %d mounts", FACTS_MOUNTS_MAX);
        (void)snprintf(base, sizeof(base), "/facts/mounts/%zu", i);
        const bool bind = doc_true(value_field(m, "bind"));
        const bool device = danger && source && source[0] == '/';
        if (source && (bind || device) &&
            see_source(p, source, m, doc_true(value_field(m, "recursive")), base, &f, err) < 0)
            return -1;
        if (backing && see_backing(p, backing, i, &f, err) < 0)
            return -1;
        see_destination(p, root, m, &f);
        value_list_add(p->a, &l, f.keys.n || f.keys.failed ? parts_merge(p->a, m, &f) : m);
    }
    return doc_finish_list(p->a, &l, out, err);
}
