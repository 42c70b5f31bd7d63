#include "policy/rego/builtins_tools.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/own.h"
#include "policy/machine/gotime.h"

enum { ZONE_BYTES_MAX = 1024 * 1024 };

static const struct builtin rows[] = {
#define BUILTIN(name, fn, arity, flags) {name, fn, arity, flags, sizeof(name) - 1},
#include "policy/rego/builtins_tools.def"
#undef BUILTIN
};

/* The system's zone data. The name was checked: relative, without dots. */
static int read_zone(struct arena *a, const char *name, const char **bytes, size_t *len)
{
    static const char *const dirs[] = {"/usr/share/zoneinfo", "/usr/lib/zoneinfo"};

    for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
        AUTO_FD int dir = open(dirs[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        AUTO_FREE char *text = NULL;
        struct err ignored = ERR_INIT;
        size_t n = 0;

        if (dir < 0)
            continue;
        AUTO_FD int fd = openat(dir, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

        if (fd < 0 || file_read_fd(fd, ZONE_BYTES_MAX, &text, &n, &ignored) < 0)
            continue;
        *bytes = arena_strndup(a, text, n);
        *len = n;
        return *bytes != NULL ? 0 : -1;
    }
    return -1;
}

void rego_builtins_register(void)
{
    static bool done;

    if (done)
        return;
    done = true;
    gotime_zones = read_zone;
    builtin_register(rows, ARRAY_LEN(rows));
}
