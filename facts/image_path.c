#include "facts/image_path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/own.h"

struct way {
    char done[PATH_MAX]; /* no links in it */
    char rest[PATH_MAX];
    unsigned links;
};

/* Put the link's target before what is left; false when it does not fit. */
static bool put_target(struct way *w, const char *target)
{
    char joined[PATH_MAX];
    const int n = snprintf(joined, sizeof(joined), "%s/%s", target, w->rest);

    if (n < 0 || (size_t)n >= sizeof(joined) || ++w->links > IMAGE_LINKS_MAX)
        return false;
    memcpy(w->rest, joined, (size_t)n + 1);
    if (target[0] == '/')
        w->done[0] = '\0';
    return true;
}

/* The target of a link at `done`; false when there is none. */
static bool link_at(int root, const char *done, char target[PATH_MAX])
{
    const struct open_how how = {.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
                                 .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    AUTO_FD int fd = (int)syscall(SYS_openat2, root, done, &how, sizeof(how));
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISLNK(st.st_mode))
        return false;
    const ssize_t n = readlinkat(fd, "", target, PATH_MAX - 1);
    if (n < 0)
        return false;
    target[n] = '\0';
    return true;
}

/* One component; false at the end, *fits false when the way is too long. */
static bool step(struct way *w, int root, bool *fits)
{
    char name[PATH_MAX], target[PATH_MAX];
    const size_t skip = strspn(w->rest, "/"), len = strcspn(w->rest + skip, "/");
    const size_t before = strlen(w->done);

    if (len == 0)
        return false;
    memcpy(name, w->rest + skip, len);
    name[len] = '\0';
    memmove(w->rest, w->rest + skip + len, strlen(w->rest + skip + len) + 1);
    if (strcmp(name, ".") == 0)
        return true;
    if (strcmp(name, "..") == 0) {
        char *const slash = strrchr(w->done, '/');

        if (slash)
            *slash = '\0';
        return true;
    }
    *fits = before + len + 2 < sizeof(w->done);
    if (!*fits)
        return false;
    w->done[before] = '/';
    memcpy(w->done + before + 1, name, len + 1);
    if (link_at(root, w->done, target)) {
        w->done[before] = '\0';
        *fits = put_target(w, target);
    }
    return *fits;
}

/* The kernel says so at the first link, or at what is missing before any. */
static bool has_links(int root, const char *path)
{
    const struct open_how how = {.flags = O_PATH | O_CLOEXEC,
                                 .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS};
    struct stat st;

    if (path[0] == '/' && path[1] == '\0')
        return false;
    /* One component is seen by one look. */
    if (path[0] == '/' && path[1] != '.' && !strchr(path + 1, '/'))
        return fstatat(root, path + 1, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
    AUTO_FD int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));

    return fd < 0 && errno == ELOOP;
}

const char *image_path(struct arena *a, int root, const char *path)
{
    struct way w;
    bool fits = strlen(path) < sizeof(w.rest);

    if (!fits)
        return NULL;
    if (!has_links(root, path))
        return arena_strndup(a, path, strlen(path));
    memcpy(w.rest, path, strlen(path) + 1);
    w.done[0] = '\0';
    w.links = 0;
    while (step(&w, root, &fits)) {
    }
    if (!fits)
        return NULL;
    return w.done[0] ? arena_strndup(a, w.done, strlen(w.done)) : "/";
}
