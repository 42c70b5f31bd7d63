#include "runtime/mapped.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "policy/value/pointer.h"
#include "profiles/doc.h"
#include "runtime/idmap.h"
#include "runtime/joined.h"
#include "runtime/ranges.h"

/* --- the action ------------------------------------------------------------------------------ */

static bool number(const struct value *v, uint64_t least, uint64_t most, uint32_t *out)
{
    uint64_t n = 0;

    if (!v || !value_uint64(v, &n) || n < least || n > most)
        return false;
    *out = (uint32_t)n;
    return true;
}

static bool range_of(const struct value *action, uint32_t *base, uint32_t *count)
{
    return number(value_field(action, "base"), RANGES_SIZE, UINT32_MAX - RANGES_SIZE, base) &&
           number(value_field(action, "count"), 1, RANGES_SIZE, count);
}

int mapped_check(const struct value *action, struct err *err)
{
    uint32_t base = 0, count = 0;

    return range_of(action, &base, &count)
               ? 0
               : err_set(err, ERR_INVALID, "action map_root: base and count are no range of ids");
}

/* --- the stage ------------------------------------------------------------------------------- */

/* Root of the namespace is nobody to the directories on the way: they must let everybody pass. */
static int make_stage(const struct state *s, struct mapped *m, struct err *err)
{
    static const char *const parts[] = {"", "/root", "/work"};
    struct stat st;
    AUTO_FD int dir = state_place(s, STATE_ROOTS, 0711, err);

    if (dir < 0)
        return err_ctx(err, "stage");
    if (fchmod(dir, 0711) < 0 || stat(s->dir, &st) < 0 ||
        chmod(s->dir, (st.st_mode & 07777) | 0011) < 0)
        return err_sys(err, "stage: %s", s->dir);
    if (!state_stage(s, m->dir, sizeof(m->dir) - 16))
        return err_set(err, ERR_LIMIT, "stage: path too long");
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        char path[PATH_MAX];

        (void)snprintf(path, sizeof(path), "%.*s%s", PATH_MAX - 16, m->dir, parts[i]);
        /* Whatever the engine's umask is. */
        if ((mkdir(path, 0711) < 0 && errno != EEXIST) || chmod(path, 0711) < 0)
            return err_sys(err, "stage: %s", path);
    }
    return 0;
}

/* --- the plan -------------------------------------------------------------------------------- */

static const struct value *replacement(struct arena *a, const char *path, const char *text)
{
    struct value_fields f = {0};

    doc_put_str(a, &f, "op", "replace");
    doc_put_str(a, &f, "path", path);
    doc_put_str(a, &f, "value", text);
    return value_fields_object(a, &f);
}

static bool has_option(const struct value *mount, const char *name)
{
    const struct value *const list = value_field(mount, "options");

    for (size_t i = 0; i < doc_len(list); i++) {
        if (value_is_str(value_at(list, i), name))
            return true;
    }
    return false;
}

/* The path inside the root file system; NULL when the source lies elsewhere. */
static const char *inside(const struct mapped *m, const struct value *fact)
{
    const char *const resolved = doc_str(fact, "resolved");

    return doc_true(value_field(fact, "own_rootfs")) && resolved &&
                   doc_path_within(resolved, m->root)
               ? resolved + strlen(m->root)
               : NULL;
}

static int plan_bind(struct arena *a, struct mapped *m, size_t index, const struct value *mount,
                     const struct value *fact, struct err *err)
{
    struct mapped_bind *const b = &m->binds[m->n];
    const char *const kind = doc_str(fact, "kind");

    *b = (struct mapped_bind){
        .destination = doc_str(mount, "destination"),
        .fact = fact,
        .inside = inside(m, fact),
        .name = arena_printf(a, "b%zu", index),
        .directory = kind && strcmp(kind, "directory") == 0,
        .recursive = has_option(mount, "rbind"),
    };
    /* Where mapping is not to be had: nothing can be written there, or anybody may, or it is one
     * file that the engine made for reading. */
    b->bare = doc_true(value_field(fact, "readonly")) || !b->directory ||
              doc_true(value_field(fact, "world_writable"));
    if (!b->name)
        return err_nomem(err);
    if (!kind)
        return err_set(err, ERR_INVALID, "%s: its source could not be looked at",
                       b->destination ? b->destination : "mount");
    m->n++;
    return 0;
}

/* File systems that show a namespace are its owner's to mount: where the container joins one, root
 * of another user namespace may not, so that it is mounted for it. */
static bool plan_shown(struct arena *a, struct mapped *m, size_t index, const struct value *doc,
                       const struct value *mount, struct value_list *ops)
{
    static const char *const shown[][2] = {{"sysfs", "network"}, {"mqueue", "ipc"}};
    const char *space = NULL, *fs = NULL;

    for (size_t i = 0; i < ARRAY_LEN(shown); i++) {
        if (value_is_str(value_field(mount, "type"), shown[i][0])) {
            fs = shown[i][0];
            space = joined_path(doc, shown[i][1]);
        }
    }
    if (!space)
        return false;
    struct mapped_bind *const b = &m->binds[m->n++];
    *b = (struct mapped_bind){
        .destination = doc_str(mount, "destination"),
        .shows = fs,
        .space = space,
        .readonly = has_option(mount, "ro"),
        .name = arena_printf(a, "b%zu", index),
        .directory = true,
    };
    value_list_add(a, ops, replacement(a, arena_printf(a, "/mounts/%zu/type", index), "bind"));
    if (!has_option(mount, "bind")) {
        struct value_fields f = {0};

        doc_put_str(a, &f, "op", "add");
        doc_put_str(a, &f, "path", arena_printf(a, "/mounts/%zu/options/-", index));
        doc_put_str(a, &f, "value", "bind");
        value_list_add(a, ops, value_fields_object(a, &f));
    }
    return true;
}

static int plan_mounts(struct arena *a, struct mapped *m, const struct decision *d,
                       const struct value *doc, struct value_list *ops, struct err *err)
{
    const struct value *const mounts = value_field(doc, "mounts");
    const struct value *const facts = value_path(d->input, "facts", "mounts", NULL);

    m->binds = ARENA_NEW_N(a, struct mapped_bind, doc_len(mounts) + 1);
    if (!m->binds)
        return err_nomem(err);
    for (size_t i = 0; i < doc_len(mounts); i++) {
        const struct value *const fact = i < doc_len(facts) ? value_at(facts, i) : NULL;

        const bool bind = doc_true(value_field(fact, "bind"));

        if (bind && value_is_str(value_field(fact, "kind"), "missing"))
            continue;
        if (!bind && !plan_shown(a, m, i, doc, value_at(mounts, i), ops))
            continue;
        if (bind && plan_bind(a, m, i, value_at(mounts, i), fact, err) < 0)
            return -1;
        value_list_add(a, ops,
                       replacement(a, arena_printf(a, "/mounts/%zu/source", i),
                                   arena_printf(a, "%s/work/%s", m->dir, m->binds[m->n - 1].name)));
    }
    return 0;
}

int mapped_plan(struct arena *a, const struct state *s, const struct decision *d,
                const struct value *action, struct mapped *out, const struct value **doc,
                struct err *err)
{
    const struct value *const root = value_path(d->input, "facts", "rootfs", NULL);
    struct value_list ops = {0};

    *out = (struct mapped){.on = true, .rootfs = root, .root = doc_str(root, "resolved")};
    if (!range_of(action, &out->base, &out->count))
        return mapped_check(action, err);
    if (!out->root)
        return err_set(err, ERR_INVALID, "the root file system could not be looked at");
    if (make_stage(s, out, err) < 0)
        return -1;
    value_list_add(a, &ops, replacement(a, "/root/path", arena_printf(a, "%s/root", out->dir)));
    if (plan_mounts(a, out, d, *doc, &ops, err) < 0)
        return -1;
    const struct value *const all = value_list_array(a, &ops);
    return all ? patch_apply(a, *doc, all, doc, err) : err_nomem(err);
}

/* --- making ---------------------------------------------------------------------------------- */

/* What the document has the runtime set on the mount. Not every runtime manages to when it mounts
 * as root of a user namespace (crun leaves a mapped bind as it finds it). */
static uint64_t attributes_of(const struct value *fact)
{
    static const struct {
        const char *field;
        uint64_t attribute;
    } rows[] = {
        {"nosuid", MOUNT_ATTR_NOSUID},
        {"nodev", MOUNT_ATTR_NODEV},
        {"noexec", MOUNT_ATTR_NOEXEC},
        {"recursive_readonly", MOUNT_ATTR_RDONLY},
    };
    uint64_t all = 0;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        all |= doc_true(value_field(fact, rows[i].field)) ? rows[i].attribute : 0;
    return all;
}

/* A copy with the namespace's ids; as it is where the file system knows no mapping and none is
 * needed. */
static int copy_of(const struct mapped_bind *b, int fd, int ns, struct err *err)
{
    const uint64_t attributes = attributes_of(b->fact);
    const int tree = idmap_clone(fd, b->inside ? -1 : ns, b->recursive, attributes, err);

    if (tree >= 0 || b->inside || !b->bare || (err->sys != EINVAL && err->sys != EPERM))
        return tree;
    return idmap_clone(fd, -1, b->recursive, attributes, err);
}

static int make_bind(const struct mapped_bind *b, int root, int work, int ns, struct err *err)
{
    AUTO_FD int shown = b->shows ? joined_mount(b->space, b->shows, b->readonly, err) : -1;
    if (b->shows) {
        if (shown < 0 || idmap_attach(shown, work, b->name, true, err) < 0)
            return err_ctx(err, "%s", b->destination ? b->destination : "mount");
        return 0;
    }
    AUTO_FD int fd =
        b->inside ? idmap_open_below(root, b->inside, err) : idmap_open_fact(b->fact, err);
    AUTO_FD int tree = fd < 0 ? -1 : copy_of(b, fd, ns, err);

    if (tree < 0 || idmap_attach(tree, work, b->name, b->directory, err) < 0)
        return err_ctx(err, "%s", b->destination ? b->destination : "mount");
    return 0;
}

static int make_mounts(const struct mapped *m, int ns, struct err *err)
{
    char to[PATH_MAX], place[PATH_MAX];
    AUTO_FD int root = idmap_open_fact(m->rootfs, err);

    if (root < 0)
        return -1;
    (void)snprintf(to, sizeof(to), "%.*s/root", PATH_MAX - 8, m->dir);
    (void)snprintf(place, sizeof(place), "%.*s/work", PATH_MAX - 8, m->dir);
    if (mount("tmpfs", place, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=711,size=1m") < 0)
        return err_sys(err, "stage");
    AUTO_FD int work = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (work < 0)
        return err_sys(err, "stage");
    const struct idmap_root r = {
        .fd = root, .path = m->root, .ns = ns, .base = m->base, .work = work, .to = to};
    if (idmap_root(&r, err) < 0)
        return -1;
    AUTO_FD int mapped = open(to, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (mapped < 0)
        return err_sys(err, "stage");
    for (size_t i = 0; i < m->n; i++) {
        if (make_bind(&m->binds[i], mapped, work, ns, err) < 0)
            return -1;
    }
    return 0;
}

int mapped_make(const struct mapped *m, const struct state *s, struct err *err)
{
    if (ranges_claim(s, m->base, err) < 0)
        return err_ctx(err, "action map_root");
    AUTO_FD int ns = idmap_namespace(m->base, m->count, err);
    if (ns < 0 || idmap_private_mounts(err) < 0 || make_mounts(m, ns, err) < 0)
        return err_ctx(err, "action map_root");
    return 0;
}

void mapped_undo(const struct mapped *m)
{
    static const char *const parts[] = {"root", "work"};
    char path[PATH_MAX];

    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        const int n = snprintf(path, sizeof(path), "%s/%s", m->dir, parts[i]);

        if (n > 0 && (size_t)n < sizeof(path))
            (void)umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW);
    }
}
