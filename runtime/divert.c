#include "runtime/divert.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "base/str.h"

/* Stands in every version of the gate, so that one version knows another. */
static const char mark[] = "sallyport-runtime: this program is a gate, not a runtime";

/* A program whose file was replaced or removed while it runs has this after its path. */
static const char gone[] = " (deleted)";

static bool named(const char *path, struct diverted *d)
{
    const char *const slash = strrchr(path, '/');

    return path[0] == '/' && slash && family_of(slash + 1, &d->family) &&
           str_copy(d->name, sizeof(d->name), path) &&
           (size_t)snprintf(d->real, sizeof(d->real), "%s" DIVERT_SUFFIX, path) < sizeof(d->real);
}

bool divert_of_self(struct diverted *d)
{
    const volatile char *const kept = mark; /* read, so that the linker keeps it */
    char path[DIVERT_PATH_MAX];
    const ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
    bool replaced = false;

    (void)*kept;
    *d = DIVERTED_INIT;
    if (n <= 0 || (size_t)n >= sizeof(path) - 1)
        return false;
    path[n] = '\0';
    if ((size_t)n > strlen(gone) && strcmp(path + n - strlen(gone), gone) == 0) {
        path[(size_t)n - strlen(gone)] = '\0';
        replaced = true;
    }
    if (!named(path, d)) {
        d->real[0] = '\0';
        return false;
    }
    if (access(d->real, F_OK) == 0)
        return true;
    /* Without the other name this is a gate that somebody put under a runtime's name by hand, and
     * the settings say which runtime is real; unless the diversion has just been undone. */
    if (!replaced) {
        d->real[0] = '\0';
        return false;
    }
    (void)str_copy(d->real, sizeof(d->real), d->name);
    return true;
}

bool divert_of_path(const char *path, struct diverted *d)
{
    struct stat st, own;

    *d = DIVERTED_INIT;
    /* A name that is a link to this file is the gate; so is, beside a real one, a copy of it. */
    if (named(path, d) && access(d->real, F_OK) == 0 && stat(path, &st) == 0 &&
        stat("/proc/self/exe", &own) == 0 &&
        ((st.st_dev == own.st_dev && st.st_ino == own.st_ino) || st.st_size == own.st_size))
        return true;
    d->real[0] = '\0';
    return false;
}

bool divert_is_gate(const char *path)
{
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    bool found;

    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size <= 0)
        return false;
    const size_t size = (size_t)st.st_size;
    void *const bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED)
        return false;
    found = memmem(bytes, size, mark, sizeof(mark) - 1) != NULL;
    (void)munmap(bytes, size);
    return found;
}
