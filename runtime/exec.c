#include "runtime/exec.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"

int exec_check(const char *path, bool trusted, struct err *err)
{
    struct stat st, own;

    if (path[0] != '/')
        return err_set(err, ERR_TRUST, "runtime '%s': not an absolute path", path);
    if (stat(path, &st) < 0)
        return err_sys(err, "runtime %s", path);
    if (!S_ISREG(st.st_mode) || (st.st_mode & 0111) == 0)
        return err_set(err, ERR_TRUST, "runtime %s: not a program", path);
    if (trusted && (st.st_uid != 0 || (st.st_mode & 022) != 0))
        return err_set(err, ERR_TRUST, "runtime %s: others than root can change it", path);
    if (stat("/proc/self/exe", &own) < 0)
        return err_sys(err, "/proc/self/exe");
    if (st.st_dev == own.st_dev && st.st_ino == own.st_ino)
        return err_set(err, ERR_TRUST, "runtime %s is Sallyport itself", path);
    return 0;
}

/* Through a variable of its own type: argv's strings are not const, a path is. */
static char *as_argument(const char *path)
{
    union {
        const char *given;
        char *wanted;
    } u = {.given = path};

    return u.wanted;
}

int exec_runtime(const char *path, const char *name, char **args, char **env, struct err *err)
{
    args[0] = as_argument(name);
    (void)execve(path, args, env);
    return err_sys(err, "start of %s", path);
}

/* Names, or beginnings of names where they end in '*'. */
static const char *const unwanted[] = {
    "LD_*",       "GLIBC_TUNABLES", "MALLOC_*",        "GCONV_PATH", "GODEBUG", "GOTRACEBACK",
    "GOCOVERDIR", "RUN_OCI_*",      "_LIBCONTAINER_*", "RUNC_*",     "CRUN_*",  "LIBCRUN_*",
    "YOUKI_*",    "RUST_*",         "BASH_ENV",        "ENV",        "PYTHON*", "SSLKEYLOGFILE",
};

static bool is_unwanted(const char *entry)
{
    const size_t len = strcspn(entry, "=");

    for (size_t i = 0; i < ARRAY_LEN(unwanted); i++) {
        const size_t n = strlen(unwanted[i]);
        const bool open_end = unwanted[i][n - 1] == '*';

        if (open_end ? strncmp(entry, unwanted[i], n - 1) == 0
                     : len == n && memcmp(entry, unwanted[i], n) == 0)
            return true;
    }
    return false;
}

char **exec_environment(struct arena *a, char **env, const struct value **names)
{
    struct value_list removed = {0};
    size_t n = 0, kept = 0;

    while (env[n])
        n++;
    char **const out = ARENA_NEW_N(a, char *, n + 1);
    if (!out)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        if (is_unwanted(env[i]))
            value_list_add(a, &removed, value_string(a, env[i], strcspn(env[i], "=")));
        else
            out[kept++] = env[i];
    }
    *names = value_list_array(a, &removed);
    return *names ? out : NULL;
}

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008u
#endif

int exec_memory(const void *bytes, size_t len, int least, struct err *err)
{
    AUTO_FD int fd = memfd_create("sallyport", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);

    if (fd < 0 && errno == EINVAL) /* before Linux 6.3 */
        fd = memfd_create("sallyport", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return err_sys(err, "memory file");
    if (file_write_all(fd, bytes, len, err) < 0)
        return err_ctx(err, "memory file");
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
        return err_sys(err, "memory file: seal");
    if (lseek(fd, 0, SEEK_SET) < 0)
        return err_sys(err, "memory file");
    const int kept = least == 0 ? dup2(fd, 0) : fcntl(fd, F_DUPFD, least);
    return kept < 0 ? err_sys(err, "memory file") : kept;
}
