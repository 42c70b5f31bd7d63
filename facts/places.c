#include "facts/places.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"

struct todo {
    const char *path;
    int depth;
};

struct walk {
    struct arena *a;
    int root;
    places_found *found;
    void *to;
    struct todo queue[PLACES_DIRS];
    size_t n;
};

/* Where the trees of an image's own begin, beside the distribution's directories. `own`: every
 * child is one. */
static const struct {
    const char *path, *const *others;
    bool own;
    int depth; /* that its children have already */
} starts[] = {
    {"/",
     (const char *const[]){"bin",    "boot",       "dev",   "etc", "home", "lib",  "lib32", "lib64",
                           "libx32", "lost+found", "media", "mnt", "opt",  "proc", "root",  "run",
                           "sbin",   "srv",        "sys",   "tmp", "usr",  "var",  NULL},
     true, 0},
    {"/opt", NULL, true, 0},
    {"/srv", NULL, true, 0},
    {"/usr/local",
     (const char *const[]){"bin", "etc", "games", "include", "lib", "libexec", "man", "sbin",
                           "share", "src", NULL},
     true, 0},
    {"/home", NULL, false, 1},
    {"/usr/src", NULL, false, 1},
    {"/var/www", NULL, false, 1},
    {"/var/lib", (const char *const[]){"apt", "dpkg", "systemd", NULL}, false, 2},
    {"/var/cache", (const char *const[]){"apt", "debconf", NULL}, false, 2},
    {"/var/log", NULL, false, 2},
    {"/var/spool", NULL, false, 2},
};

bool places_plain(const char *name)
{
    static const char good[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-.@";

    return name[0] != '\0' && name[strspn(name, good)] == '\0' && strcmp(name, ".") != 0 &&
           strcmp(name, "..") != 0;
}

static bool is_among(const char *const *names, const char *name)
{
    for (; names && *names; names++) {
        if (strcmp(*names, name) == 0)
            return true;
    }
    return false;
}

static void later(struct walk *w, const char *path, int depth)
{
    if (path && depth < PLACES_DEPTH && w->n < PLACES_DIRS)
        w->queue[w->n++] = (struct todo){.path = path, .depth = depth};
}

/* Libraries are many and nobody's data. */
static bool is_library(const char *name)
{
    static const char *const libraries[] = {"node_modules",  "vendor", "site-packages",
                                            "dist-packages", ".git",   NULL};

    return is_among(libraries, name);
}

static void child(struct walk *w, int dir, const char *parent, const char *name, bool own,
                  int depth)
{
    struct stat st;

    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode))
        return;
    const bool given = st.st_uid != 0 || (st.st_mode & 022) != 0;
    const char *const path = given || own || !is_library(name)
                                 ? arena_printf(w->a, "%s/%s", parent[1] ? parent : "", name)
                                 : NULL;
    if (!path)
        return;
    if (given || own)
        w->found(w->to, path, &st, own);
    /* What is given whole needs no second look. */
    if (st.st_uid == 0 && !is_library(name))
        later(w, path, depth);
}

static void children(struct walk *w, const char *path, const char *const *others, bool own,
                     int depth)
{
    const struct open_how how = {
        .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS,
    };
    AUTO_FD int fd = (int)syscall(SYS_openat2, w->root, path, &how, sizeof(how));
    struct file_entries entries = {.dir = fd};
    int looked = 0;

    for (const struct dirent64 *e;
         fd >= 0 && looked < PLACES_CHILDREN && (e = file_next_entry(&entries));) {
        looked++;
        if ((e->d_type == DT_DIR || e->d_type == DT_UNKNOWN) && places_plain(e->d_name) &&
            !is_among(others, e->d_name))
            child(w, fd, path, e->d_name, own, depth);
    }
}

void places_look(struct arena *a, int root, const char *const *more, size_t n, places_found *found,
                 void *to)
{
    struct walk *const w = ARENA_NEW_N(a, struct walk, 1);

    if (!w)
        return;
    *w = (struct walk){.a = a, .root = root, .found = found, .to = to};
    for (size_t i = 0; i < n; i++)
        later(w, more[i], 0);
    for (size_t i = 0; i < ARRAY_LEN(starts); i++)
        children(w, starts[i].path, starts[i].others, starts[i].own, starts[i].depth);
    for (size_t i = 0; i < w->n; i++)
        children(w, w->queue[i].path, NULL, false, w->queue[i].depth + 1);
}
