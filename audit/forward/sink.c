#include "audit/forward/sink.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/log/records.h"
#include "base/file.h"
#include "base/own.h"
#include "base/str.h"

static const struct sink_kind kinds[] = {
    {"file:", false, sink_file},
    {"journald:", false, sink_journald},
    {"syslog+unix:", false, sink_syslog_unix},
    {"syslog+udp://", false, sink_syslog_udp},
    {"syslog+tcp://", false, sink_syslog_tcp},
    {"syslog+tls://", false, sink_syslog_tls},
    {"audit:", false, sink_audit},
    {"http://", true, sink_webhook},
    {"https://", true, sink_webhook},
    {"opa+http://", true, sink_opa},
    {"opa+https://", true, sink_opa},
    {"otlp+http://", true, sink_otlp},
    {"otlp+https://", true, sink_otlp},
};

int sink_open(struct sink *s, const char *url, enum record_format format, struct err *err)
{
    *s = (struct sink){.format = format};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        const struct sink_kind *const k = &kinds[i];

        if (!str_starts(url, k->scheme))
            continue;
        s->kind = k;
        if (!str_copy(s->target, sizeof(s->target), k->whole_url ? url : url + strlen(k->scheme)))
            return err_set(err, ERR_USAGE, "target longer than %zu bytes", sizeof(s->target) - 1);
        return 0;
    }
    return err_set(err, ERR_USAGE,
                   "'%s' is no target: want file:, journald:, audit:, syslog+unix:, syslog+udp://, "
                   "syslog+tcp://, syslog+tls://, http(s)://, opa+http(s):// or otlp+http(s)://",
                   url);
}

int sink_send(struct sink *s, const struct sink_item *items, size_t n, size_t *sent,
              struct err *err)
{
    *sent = 0;
    return s->kind->send(s, items, n, sent, err);
}

int sink_print(const struct sink *s, const struct sink_item *item, struct buf *b, struct err *err)
{
    const struct format_context c = {.origin = s->origin, .index = RECORD_PENDING};

    if (s->template)
        return format_template(b, s->template, s->template_len, &c, item->record, err);
    return format_record(b, s->format, &c, item->record, item->json, item->len, err);
}

/* Opened anew for each batch: a rotated file is left to whoever moved it. */
int sink_file(struct sink *s, const struct sink_item *items, size_t n, size_t *sent,
              struct err *err)
{
    AUTO_BUF struct buf b = BUF_INIT;
    struct stat st;
    AUTO_FD int fd =
        open(s->target, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);

    if (fd < 0 || fstat(fd, &st) < 0)
        return err_sys(err, "%s", s->target);
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_TRUST, "%s: not a plain file", s->target);
    for (size_t i = 0; i < n; i++) {
        if (sink_print(s, &items[i], &b, err) < 0)
            return -1;
        if (b.len == 0 || b.data[b.len - 1] != '\n') /* a template may end its own line */
            buf_putc(&b, '\n');
    }
    if (buf_check(&b, err) < 0)
        return -1;
    if (file_write_all(fd, b.data, b.len, err) < 0) {
        const struct err why = *err;

        /* A half line would join with the next: what came through is cut again. */
        if (ftruncate(fd, st.st_size) < 0)
            return err_sys(err, "%s: cut after a failed write", s->target);
        *err = why;
        return err_ctx(err, "%s", s->target);
    }
    if (fdatasync(fd) < 0)
        return err_sys(err, "%s: sync", s->target);
    *sent = n;
    return 0;
}
