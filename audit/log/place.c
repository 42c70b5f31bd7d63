#include "audit/log/place.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "policy/value/json.h"

int place_open(const char *dir, bool make, struct err *err)
{
    AUTO_FD int outer = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (outer < 0)
        return err_sys(err, "%s", dir);
    if (make && mkdirat(outer, "forward", 0700) < 0 && errno != EEXIST)
        return err_sys(err, "%s/forward", dir);
    const int fd = openat(outer, "forward", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? err_sys(err, "%s/forward", dir) : fd;
}

int place_parse(const struct value *v, const char *name, struct spool_place *out, struct err *err)
{
    const char *const segment = value_cstr(value_field(v, "segment"));
    const char *const hash = value_cstr(value_field(v, "hash"));
    const struct value *const line = value_field(v, "line"), *const offset =
                                                                 value_field(v, "offset");
    struct spool_place p = {0};

    if (!segment || !str_copy(p.segment, sizeof(p.segment), segment) || !hash ||
        !str_copy(p.hash, sizeof(p.hash), hash) || !line || !value_uint64(line, &p.line) ||
        !offset || !value_uint64(offset, &p.offset))
        return err_set(err, ERR_INVALID, "forward/%s: not a place in the spool", name);
    *out = p;
    return 0;
}

int place_read(int dirfd, const char *name, struct spool_place *out, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(1 << 20);
    AUTO_FREE char *text = NULL;
    const struct value *v = NULL;
    size_t len = 0;

    *out = (struct spool_place){0};
    if (faccessat(dirfd, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
        return 0;
    if (file_read_at(dirfd, name, PLACE_MAX, &text, &len, NULL, err) < 0 ||
        json_parse(&a, text, len, JSON_STRICT, &v, NULL, err) < 0)
        return err_ctx(err, "forward/%s", name);
    return place_parse(v, name, out, err);
}

void place_print(struct buf *b, const struct spool_place *p)
{
    buf_printf(b, "\"segment\":\"%s\",\"line\":%" PRIu64 ",\"offset\":%" PRIu64 ",\"hash\":\"%s\"",
               p->segment, p->line, p->offset, p->hash);
}

int place_write(int dirfd, const char *name, const struct spool_place *p, struct err *err)
{
    AUTO_BUF struct buf b = BUF_INIT;

    buf_putc(&b, '{');
    place_print(&b, p);
    buf_puts(&b, "}\n");
    if (buf_check(&b, err) < 0 ||
        file_replace_at(dirfd, name, b.data, b.len, NULL, 0600, 1, err) < 0)
        return err_ctx(err, "forward");
    return 0;
}

static bool is_place(const char *name)
{
    const size_t len = strlen(name);

    return name[0] != '.' && len > 5 && strcmp(name + len - 5, ".json") == 0;
}

int place_oldest(const char *dir, char segment[32], bool *any, struct err *err)
{
    const int fd = place_open(dir, false, err);
    int status = 0;

    segment[0] = '\0';
    *any = false;
    if (fd < 0)
        return err->code == ERR_SYSTEM && err->sys == ENOENT ? 0 : -1;
    DIR *const d = fdopendir(fd);
    if (!d) {
        err_sys(err, "%s/forward", dir);
        (void)close(fd);
        return -1;
    }
    for (const struct dirent *e = readdir(d); e && status == 0; e = readdir(d)) {
        struct spool_place p;

        if (!is_place(e->d_name))
            continue;
        status = place_read(fd, e->d_name, &p, err);
        if (status == 0 && (!*any || strcmp(p.segment, segment) < 0))
            (void)str_copy(segment, 32, p.segment);
        *any = true;
    }
    (void)closedir(d);
    return status;
}
