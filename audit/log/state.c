#include "audit/log/state.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/own.h"
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

int state_read(int dirfd, struct log_state *out, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(1 << 20);
    AUTO_FREE char *text = NULL;
    const struct value *v = NULL;
    size_t len = 0;
    uint64_t size = 0, line = 0;

    *out = (struct log_state){0};
    if (faccessat(dirfd, ".state", F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
        return 0;
    if (file_read_at(dirfd, ".state", 4096, &text, &len, NULL, err) < 0 ||
        json_parse(&a, text, len, JSON_STRICT, &v, NULL, err) < 0)
        return err_ctx(err, "log/.state");
    const char *const segment = value_cstr(value_field(v, "segment"));
    const struct value *const size_value = value_field(v, "size");
    const struct value *const line_value = value_field(v, "line");
    if (!segment || strlen(segment) >= sizeof(out->segment) || !size_value ||
        !value_uint64(size_value, &size) || !line_value || !value_uint64(line_value, &line))
        return err_set(err, ERR_INVALID, "log/.state: not a state");
    out->size = size;
    out->line = line;
    memcpy(out->segment, segment, strlen(segment) + 1);
    return 0;
}

int state_write(int dirfd, const struct log_state *s, struct err *err)
{
    AUTO_BUF struct buf b = BUF_INIT;

    buf_printf(&b, "{\"size\":%" PRIu64 ",\"segment\":\"%s\",\"line\":%" PRIu64 "}\n", s->size,
               s->segment, s->line);
    if (buf_check(&b, err) < 0 ||
        file_replace_at(dirfd, ".state", b.data, b.len, NULL, 0644, 1, err) < 0)
        return err_ctx(err, "log/.state");
    return 0;
}

int state_after(const struct log_state *s, const char *segment, uint64_t line)
{
    const int order = strcmp(segment, s->segment);

    return order > 0 || (order == 0 && line > s->line);
}
