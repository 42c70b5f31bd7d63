/* Looking into the root file system: accounts and owners of directories. */
#include "facts/inside.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "facts/accounts.h"
#include "facts/image_path.h"
#include "facts/places.h"
#include "facts/tree.h"
#include "profiles/derive.h"
#include "profiles/doc.h"

enum { CHILDREN_MAX = 256, PLACES_MAX = 96 };

int inside_open(const struct inside *in, const char *path, unsigned flags, unsigned resolve)
{
    const struct open_how how = {
        .flags = flags | O_CLOEXEC | (flags & O_PATH ? 0u : O_NOCTTY),
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve,
    };

    return (int)syscall(SYS_openat2, in->fd, path, &how, sizeof(how));
}

/* The directory at an absolute path without a link on the way, opened to be read, once. The
 * descriptor is in's; -1 and errno. */
int inside_directory(struct inside *in, const char *path)
{
    if (strcmp(path, "/") == 0)
        return in->fd;
    for (size_t i = 0; i < in->n_opened; i++) {
        if (strcmp(in->opened[i].path, path) == 0) {
            errno = in->opened[i].error;
            return in->opened[i].fd;
        }
    }
    if (in->n_opened == INSIDE_DIRECTORIES_MAX) {
        errno = EMFILE;
        return -1;
    }
    struct opened *const o = &in->opened[in->n_opened];
    o->path = path;
    o->fd = inside_open(in, path, O_RDONLY | O_DIRECTORY, RESOLVE_NO_SYMLINKS);
    o->error = o->fd < 0 ? errno : 0;
    in->n_opened++;
    return o->fd;
}

static void close_directories(struct inside *in)
{
    for (size_t i = 0; i < in->n_opened; i++)
        own_close(&in->opened[i].fd);
    own_close(&in->fd);
}

/* One place for every file: what was read is copied out before the next. */
char *inside_scratch(struct inside *in, struct err *err)
{
    if (!in->scratch)
        in->scratch = arena_alloc(in->p->a, ROOTFS_FILE_MAX);
    if (!in->scratch)
        (void)err_nomem(err);
    return in->scratch;
}

/* The first bytes of a regular file; false when it is none. */
bool inside_read_fd(int fd, char *out, size_t size, size_t *len, bool *truncated)
{
    struct stat st;
    size_t n = 0;

    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return false;
    while (n < size) {
        const ssize_t got = pread(fd, out + n, size - n, (off_t)n);

        if (got < 0)
            return false;
        n += (size_t)got;
        if (got == 0 || (st.st_size > 0 && n >= (size_t)st.st_size))
            break;
    }
    *len = n;
    if (truncated)
        *truncated = st.st_size > (off_t)n;
    return true;
}

bool inside_read(const struct inside *in, const char *path, char *out, size_t size, size_t *len)
{
    AUTO_FD int fd = inside_open(in, path, O_RDONLY | O_NONBLOCK, 0);

    return inside_read_fd(fd, out, size, len, NULL);
}

/* One of the image's tables; a file that is not there has no entries. */
typedef int table_fn(struct arena *a, const char *text, size_t len, size_t max,
                     const struct value **out, struct err *err);

static const struct value *read_table(struct inside *in, const char *path, table_fn *fn,
                                      struct err *err)
{
    const struct value *out = NULL;
    size_t len = 0;
    char *const text = inside_scratch(in, err);

    if (!text)
        return NULL;
    if (!inside_read(in, path, text, ROOTFS_FILE_MAX, &len))
        len = 0;
    return fn(in->p->a, text, len, ROOTFS_ACCOUNTS_MAX, &out, err) < 0 ? NULL : out;
}

void inside_name(struct inside *in, const char *name)
{
    if (!name || !*name || strchr(name, '/') || name[0] == '.' || in->n_names == INSIDE_NAMES_MAX)
        return;
    for (size_t i = 0; i < in->n_names; i++) {
        if (strcmp(in->names[i], name) == 0)
            return;
    }
    in->names[in->n_names++] = name;
}

/* --- directories
 * ------------------------------------------------------------------------------------ */

/* An owner as the container sees it. One outside of the document's range of ids is told as it is:
 * so are all where the mounts are mapped, not the files. */
static int64_t seen_inside(const struct inside *in, const char *mappings, uint64_t id)
{
    const struct value *const list =
        value_path(in->p->req->config, "linux", mappings, (const char *)NULL);

    for (size_t i = 0; i < doc_len(list); i++) {
        const struct value *const m = value_at(list, i);
        uint64_t inside = 0, host = 0, size = 0;

        if (value_uint64(value_field(m, "containerID"), &inside) &&
            value_uint64(value_field(m, "hostID"), &host) &&
            value_uint64(value_field(m, "size"), &size) && id >= host && id - host < size &&
            inside <= UINT32_MAX)
            return (int64_t)(inside + (id - host));
    }
    return (int64_t)id;
}

static const struct value *owned_of(const struct inside *in, const char *path,
                                    const struct stat *st, bool own)
{
    struct arena *const a = in->p->a;
    struct value_fields f = {0};

    doc_put_str(a, &f, "path", path);
    doc_put_str(a, &f, "kind", look_kind(st->st_mode));
    if (!S_ISLNK(st->st_mode)) {
        doc_put_int(a, &f, "uid", seen_inside(in, "uidMappings", st->st_uid));
        doc_put_int(a, &f, "gid", seen_inside(in, "gidMappings", st->st_gid));
        doc_put_int(a, &f, "mode", st->st_mode & 07777);
    }
    if (own)
        doc_put_bool(a, &f, "own_tree", true);
    return value_fields_object(a, &f);
}

/* A link on the way counts as a link itself: where it leads is not looked at, since a bind of the
 * path would follow it. */
static bool look_long(const struct inside *in, const char *path, struct stat *st)
{
    AUTO_FD int fd = inside_open(in, path, O_PATH | O_NOFOLLOW, RESOLVE_NO_SYMLINKS);

    *st = (struct stat){.st_mode = S_IFLNK};
    return fd < 0 ? errno == ELOOP : fstat(fd, st) == 0;
}

/* The same from the directory above, which is open already or will serve others: for clean paths
 * below few directories. */
static bool look_short(struct inside *in, const char *path, struct stat *st)
{
    static const char *const shared[] = {"/var", "/run", "/var/lib", "/var/log"};
    const char *parent = "/";
    size_t len = 0;

    for (size_t i = 0; i < ARRAY_LEN(shared); i++) {
        const size_t n = strlen(shared[i]);

        if (strncmp(path, shared[i], n) == 0 && path[n] == '/') {
            parent = shared[i];
            len = n;
        }
    }
    const char *const name = path + len + 1;
    if (path[0] != '/' || !*name || strchr(name, '/') || name[0] == '.')
        return look_long(in, path, st);
    const int dir = inside_directory(in, parent);
    *st = (struct stat){.st_mode = S_IFLNK};
    return dir < 0 ? errno == ELOOP : fstatat(dir, name, st, AT_SYMLINK_NOFOLLOW) == 0;
}

static const struct value *owned(struct inside *in, const char *path)
{
    struct stat st;

    return look_short(in, path, &st) ? owned_of(in, path, &st, false) : NULL;
}

static bool is_listed(const struct value_list *l, const char *path)
{
    for (size_t i = 0; i < l->n; i++) {
        if (value_is_str(value_field(l->items[i], "path"), path))
            return true;
    }
    return l->n >= ROOTFS_DIRECTORIES_MAX;
}

static void add_owned(struct inside *in, struct value_list *l, const char *path)
{
    if (!path || is_listed(l, path))
        return;
    const struct value *const v = owned(in, path);
    if (v)
        value_list_add(in->p->a, l, v);
}

/* Accounts that an image added beside its distribution's own. */
static void add_service_accounts(struct inside *in)
{
    static const char *const base[] = {
        "root",   "daemon",   "bin",        "sys",   "sync",     "games",   "man",      "lp",
        "mail",   "news",     "uucp",       "proxy", "backup",   "list",    "irc",      "gnats",
        "nobody", "_apt",     "messagebus", "adm",   "shutdown", "halt",    "operator", "ftp",
        "guest",  "cyrus",    "smmsp",      "ntp",   "dbus",     "sshd",    "at",       "squid",
        "xfs",    "vpopmail", "postmaster", "svn",   "cron",     "portage", "polkitd"};

    for (size_t i = 0; i < doc_len(in->accounts); i++) {
        const char *const name = doc_str(value_at(in->accounts, i), "name");
        bool usual = !name || doc_prefix(name, "systemd-");

        for (size_t k = 0; name && k < ARRAY_LEN(base); k++)
            usual = usual || strcmp(base[k], name) == 0;
        if (!usual)
            inside_name(in, name);
    }
}

/* Places whose direct children tell who owns what: all of them below /run, which a start empties;
 * elsewhere those that belong to somebody but root. */
static const struct {
    const char *parent;
    bool all;
} children_of[] = {
    {"/run", true},        {"/var/lib", false},   {"/var/log", false},
    {"/var/cache", false}, {"/var/spool", false},
};

/* An entry of a directory; true when it counted as a look. */
static bool add_child(struct inside *in, struct value_list *l, int dir, const char *parent,
                      const struct dirent64 *e, bool all)
{
    struct stat st;

    if ((e->d_type != DT_DIR && e->d_type != DT_UNKNOWN) || !places_plain(e->d_name) ||
        e->d_name[0] == '.')
        return false;
    if (fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode) &&
        (all || st.st_uid != 0)) {
        const char *const path = arena_printf(in->p->a, "%s/%s", parent, e->d_name);

        if (path && !is_listed(l, path))
            value_list_add(in->p->a, l, owned_of(in, path, &st, false));
    }
    return true;
}

static void add_children(struct inside *in, struct value_list *l, const char *parent, bool all)
{
    struct file_entries entries = {.dir = inside_directory(in, parent)};
    int looked = 0;

    for (const struct dirent64 *e;
         entries.dir >= 0 && looked < CHILDREN_MAX && (e = file_next_entry(&entries));)
        looked += add_child(in, l, entries.dir, parent, e, all);
}

/* Programs' own trees are not looked through: nothing there is given away. */
static bool is_system(const char *path)
{
    static const char *const systems[] = {"/bin",  "/etc", "/lib",     "/proc",    "/run",
                                          "/sbin", "/sys", "/usr/bin", "/usr/lib", "/usr/sbin"};

    for (size_t i = 0; i < ARRAY_LEN(systems); i++) {
        if (doc_path_within(path, systems[i]))
            return true;
    }
    return false;
}

struct placing {
    const struct inside *in;
    struct value_list *l;
};

static void add_place(void *to, const char *path, const struct stat *st, bool own)
{
    const struct placing *const p = to;

    if (p->l->n < PLACES_MAX && !is_listed(p->l, path))
        value_list_add(p->in->p->a, p->l, owned_of(p->in, path, st, own));
}

/* What the image keeps in places of its own, below the working directory and services' homes too.
 */
static void add_places(const struct inside *in, struct value_list *l, const char *cwd)
{
    const char *more[2 + INSIDE_NAMES_MAX];
    size_t n = 0;

    if (cwd && cwd[0] == '/' && cwd[1] && !is_system(cwd))
        more[n++] = cwd;
    for (size_t i = 0; i < in->n_names; i++)
        more[n++] = arena_printf(in->p->a, "/usr/share/%s", in->names[i]);
    places_look(in->p->a, in->fd, more, n, add_place, &(struct placing){.in = in, .l = l});
}

static void put_directories(struct inside *in, const char *cwd, struct value_fields *f)
{
    static const char *const fixed[] = {
        "/run",     "/tmp",       "/var/tmp",   "/run/lock", "/var/run", "/var/lib",
        "/var/log", "/var/cache", "/var/spool", "/var/mail", "/var/opt", "/root",
        "/home",    "/srv",       "/opt",       "/etc",      "/var/www", "/usr/src"};
    static const char *const parents[] = {"/var/lib",   "/var/log", "/var/cache",
                                          "/var/spool", "/run",     "/etc"};
    const struct value *const so_far = value_fields_object(in->p->a, f);
    const struct value *const script = value_field(so_far, "script");
    const struct value *const edits = value_field(script, "edits_etc");
    const struct value *const gives = value_field(script, "chowns");
    struct arena *const a = in->p->a;
    struct value_list l = {0};

    for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
        add_owned(in, &l, fixed[i]);
    if (!in->p->req->process)
        add_places(in, &l, cwd);
    if (doc_true(value_field(script, "sets_capabilities"))) /* the program itself is written */
        add_owned(in, &l, doc_str(value_field(so_far, "executed"), "resolved"));
    for (size_t i = 0; i < doc_len(gives); i++) {
        const char *const path = value_cstr(value_at(gives, i));

        if (path && path[0] == '/')
            add_owned(in, &l, path);
    }
    for (size_t i = 0; i < doc_len(edits); i++) {
        const char *const name = value_cstr(value_at(edits, i));

        if (name && places_plain(name))
            add_owned(in, &l, arena_printf(a, "/etc/%s", name));
    }
    /* An exec makes nothing writable any more. */
    for (size_t i = 0; !in->p->req->process && i < ARRAY_LEN(children_of); i++)
        add_children(in, &l, children_of[i].parent, children_of[i].all);
    for (size_t k = 0; k < ARRAY_LEN(parents); k++) {
        const int dir = in->n_names ? inside_directory(in, parents[k]) : -1;

        for (size_t i = 0; dir >= 0 && i < in->n_names; i++) {
            struct stat st;

            if (fstatat(dir, in->names[i], &st, AT_SYMLINK_NOFOLLOW) == 0 &&
                l.n < ROOTFS_DIRECTORIES_MAX)
                value_list_add(
                    a, &l,
                    owned_of(in, arena_printf(a, "%s/%s", parents[k], in->names[i]), &st, false));
        }
    }
    for (size_t i = 0; i < in->n_names; i++) {
        for (size_t k = 0; k < doc_len(in->accounts); k++) {
            const struct value *const account = value_at(in->accounts, k);
            const char *const home = doc_str(account, "home");

            if (value_is_str(value_field(account, "name"), in->names[i]) && home &&
                home[0] == '/' && home[1])
                add_owned(in, &l, home);
        }
    }
    doc_put_list(a, f, "directories", &l);
}

static void put_symlinked(struct inside *in, struct value_fields *f)
{
    static const char *const places[] = {"proc", "sys", "dev", "etc", "run"};
    struct value_list l = {0};

    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        struct stat st;

        if (fstatat(in->fd, places[i], &st, AT_SYMLINK_NOFOLLOW) == 0) {
            if (S_ISLNK(st.st_mode))
                value_list_add(in->p->a, &l, value_strf(in->p->a, "/%s", places[i]));
        } else if (errno != ENOENT) {
            parts_unknown(in->p, "/facts/rootfs/symlinked");
            return; /* a link that was not seen is not the same as none */
        }
    }
    doc_put_list(in->p->a, f, "symlinked", &l);
}

static int put_workdir(struct inside *in, const char *cwd, struct value_fields *f, struct err *err)
{
    const struct value *const at = owned(in, cwd), *tree = NULL;
    const bool looks = in->p->gives && strcmp(cwd, "/") != 0 && !is_system(cwd);
    struct value_fields more = {0};

    AUTO_FD int fd = looks && value_is_str(value_field(at, "kind"), "directory")
                         ? inside_open(in, cwd, O_RDONLY | O_DIRECTORY, RESOLVE_NO_SYMLINKS)
                         : -1;
    if (fd >= 0 && tree_look(in->p->a, fd, &tree, err) < 0)
        return -1;
    value_fields_add(in->p->a, &more, "tree", tree);
    if (at)
        value_fields_add(in->p->a, f, "workdir", parts_merge(in->p->a, at, &more));
    return 0;
}

int rootfs_inside(struct parts *p, const struct look_at *root, const struct value *process,
                  struct value_fields *f, struct err *err)
{
    __attribute__((cleanup(close_directories))) struct inside in = {
        .p = p,
        .fd = open(root->resolved, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
        .root = root->resolved};
    const char *const cwd = doc_str(process, "cwd");

    if (in.fd < 0) {
        for (const char *const *field = derive_seen_fields[SEEN_ROOTFS]; *field; field++)
            parts_unknown(p, "/facts/rootfs/%s", *field);
        return 0;
    }
    put_symlinked(&in, f);
    in.accounts = read_table(&in, "etc/passwd", accounts_passwd, err);
    const struct value *const groups = read_table(&in, "etc/group", accounts_group, err);
    if (!in.accounts || !groups)
        return -1;
    value_fields_add(p->a, f, "accounts", in.accounts);
    value_fields_add(p->a, f, "groups", groups);
    if (process) {
        if (inside_program(&in, process, f, err) < 0)
            return -1;
        inside_service(&in, process, f);
    }
    add_service_accounts(&in);
    put_directories(&in, cwd, f);
    if (cwd && cwd[0] == '/' && put_workdir(&in, cwd, f, err) < 0)
        return -1;
    if (cwd && cwd[0] == '/')
        doc_put_str(p->a, f, "workdir_resolved", image_path(p->a, in.fd, cwd));
    return f->keys.failed ? err_nomem(err) : 0;
}
