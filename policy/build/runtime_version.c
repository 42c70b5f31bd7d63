#include "policy/build/runtime_version.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/own.h"

const struct value *runtime_version_parse(struct arena *a, const char *line)
{
    const char *at = strstr(line, "version ");
    struct value_list numbers = {0};
    struct value_fields f = {0};

    if (!at)
        return NULL;
    at += strlen("version ");
    const size_t len = strcspn(at, " \t\r\n");
    for (const char *c = at; c < at + len && *c >= '0' && *c <= '9' && numbers.n < 4;) {
        int64_t n = 0;

        for (; *c >= '0' && *c <= '9'; c++)
            n = n < 1000000 ? n * 10 + (*c - '0') : n;
        value_list_add(a, &numbers, value_int(a, n));
        c += *c == '.';
    }
    if (numbers.n < 2)
        return NULL;
    value_fields_add(a, &f, "text", value_string(a, at, len));
    value_fields_add(a, &f, "numbers", value_list_array(a, &numbers));
    return value_fields_object(a, &f);
}

/* What comes until the first line's end, the limit or the time's. */
static void read_line(int fd, char out[RUNTIME_VERSION_MAX])
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    size_t n = 0;

    while (n + 1 < RUNTIME_VERSION_MAX && poll(&p, 1, RUNTIME_VERSION_MS) > 0) {
        const ssize_t got = read(fd, out + n, RUNTIME_VERSION_MAX - 1 - n);

        if (got <= 0)
            break;
        n += (size_t)got;
        if (memchr(out, '\n', n))
            break;
    }
    out[n] = '\0';
}

static pid_t start(const char *path, int output)
{
    static char version[] = "--version", search[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    char name[4096];
    char *args[] = {name, version, NULL}, *env[] = {search, NULL};
    posix_spawn_file_actions_t act;
    pid_t pid = -1;

    if (strlen(path) >= sizeof(name) || posix_spawn_file_actions_init(&act) != 0)
        return -1;
    memcpy(name, path, strlen(path) + 1);
    const bool ready =
        posix_spawn_file_actions_addopen(&act, STDIN_FILENO, "/dev/null", O_RDONLY, 0) == 0 &&
        posix_spawn_file_actions_adddup2(&act, output, STDOUT_FILENO) == 0 &&
        posix_spawn_file_actions_addopen(&act, STDERR_FILENO, "/dev/null", O_WRONLY, 0) == 0;
    if (!ready || posix_spawn(&pid, path, &act, NULL, args, env) != 0)
        pid = -1;
    (void)posix_spawn_file_actions_destroy(&act);
    return pid;
}

const struct value *runtime_version(struct arena *a, const char *path)
{
    char line[RUNTIME_VERSION_MAX] = "";
    int ends[2];

    if (!path || path[0] != '/' || pipe2(ends, O_CLOEXEC) < 0)
        return NULL;
    AUTO_FD int from = ends[0];
    const pid_t pid = start(path, ends[1]);
    (void)close(ends[1]);
    if (pid < 0)
        return NULL;
    read_line(from, line);
    /* It has said what is asked; one that goes on is not waited for. */
    (void)kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
    }
    return runtime_version_parse(a, line);
}
