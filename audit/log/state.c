#include "audit/log/state.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "policy/value/json.h"

int log_open(const char *dir, int make, struct err *err)
{
    AUTO_FD int outer = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (outer < 0)
        return err_sys(err, "%s", dir);
    if (make && mkdirat(outer, "log", 0755) < 0 && errno != EEXIST)
        return err_sys(err, "%s/log", dir);
    const int fd = openat(outer, "log", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? err_sys(err, "%s/log", dir) : fd;
}

int log_lock(int dirfd, int how, struct err *err)
{
    AUTO_FD int fd = openat(dirfd, ".lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0 || flock(fd, how) < 0)
        return err_sys(err, "log/.lock");
    return fd_take(&fd);
}

/* A whole number of the state; absent ones leave *out. */
static bool number(const struct value *v, const char *name, uint64_t *out)
{
    const struct value *const n = value_field(v, name);

    return !n || value_uint64(n, out);
}

int state_read(int dirfd, struct log_state *out, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(1 << 20);
    AUTO_FREE char *text = NULL;
    const struct value *v = NULL;
    struct log_state s = {0};
    size_t len = 0;

    *out = (struct log_state){0};
    if (faccessat(dirfd, ".state", F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
        return 0;
    if (file_read_at(dirfd, ".state", 4096, &text, &len, NULL, err) < 0 ||
        json_parse(&a, text, len, JSON_STRICT, &v, NULL, err) < 0)
        return err_ctx(err, "log/.state");
    const char *const segment = value_cstr(value_field(v, "segment"));
    const char *const hash = value_cstr(value_field(v, "hash"));
    if (!segment || !str_copy(s.place.segment, sizeof(s.place.segment), segment) || !hash ||
        !str_copy(s.place.hash, sizeof(s.place.hash), hash) || !value_field(v, "size") ||
        !number(v, "size", &s.size) || !number(v, "line", &s.place.line) ||
        !number(v, "offset", &s.place.offset) || !number(v, "minimum", &s.minimum) ||
        !number(v, "collected", &s.collected) || !number(v, "pruned", &s.pruned) ||
        s.pruned % TILE_WIDTH != 0 || s.pruned > s.size)
        return err_set(err, ERR_INVALID, "log/.state: not a state");
    *out = s;
    return 0;
}

int state_write(int dirfd, const struct log_state *s, struct err *err)
{
    AUTO_BUF struct buf b = BUF_INIT;

    buf_printf(&b,
               "{\"size\":%" PRIu64 ",\"segment\":\"%s\",\"line\":%" PRIu64 ",\"offset\":%" PRIu64
               ",\"hash\":\"%s\",\"minimum\":%" PRIu64 ",\"collected\":%" PRIu64
               ",\"pruned\":%" PRIu64 "}\n",
               s->size, s->place.segment, s->place.line, s->place.offset, s->place.hash, s->minimum,
               s->collected, s->pruned);
    if (buf_check(&b, err) < 0 ||
        file_replace_at(dirfd, ".state", b.data, b.len, NULL, 0644, 1, err) < 0)
        return err_ctx(err, "log/.state");
    return 0;
}

int state_after(const struct log_state *s, const char *segment, uint64_t line)
{
    const int order = strcmp(segment, s->place.segment);

    return order > 0 || (order == 0 && line > s->place.line);
}
