/* Sinks that speak to a socket: journald, and syslog in its three ways. */
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

#include "audit/forward/sink.h"
#include "audit/log/records.h"
#include "base/own.h"
#include "base/str.h"

/* One id for all decisions of Sallyport, so that journalctl MESSAGE_ID= finds them. */
#define DECISION_MESSAGE_ID "6f3c0d1e5a9247b8a1d4c2e7f8b93a60"
#define JOURNAL_SOCKET "/run/systemd/journal/socket"

static int set_timeouts(int fd, struct err *err)
{
    const struct timeval limit = {.tv_sec = SINK_TIMEOUT_S};

    if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0)
        return err_sys(err, "socket");
    return 0;
}

static int connect_unix(const char *path, struct err *err)
{
    AUTO_FD int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un to = {.sun_family = AF_UNIX};

    if (fd < 0)
        return err_sys(err, "socket");
    if (!str_copy(to.sun_path, sizeof(to.sun_path), path))
        return err_set(err, ERR_USAGE, "%s: too long for a socket's path", path);
    if (set_timeouts(fd, err) < 0)
        return -1;
    if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
        return err_sys(err, "%s", path);
    return fd_take(&fd);
}

int sink_connect(const char *target, int type, char host_out[SINK_HOST_MAX], struct err *err)
{
    char host[SINK_HOST_MAX];
    const char *const colon = strrchr(target, ':');
    const bool bracket = target[0] == '[';
    const struct addrinfo hints = {.ai_socktype = type, .ai_family = AF_UNSPEC};
    struct addrinfo *list = NULL;

    if (!colon || colon == target || (size_t)(colon - target) >= sizeof(host) ||
        (bracket && colon[-1] != ']'))
        return err_set(err, ERR_USAGE, "%s: want HOST:PORT", target);
    const size_t len = (size_t)(colon - target) - (bracket ? 2 : 0);
    memcpy(host, target + bracket, len);
    host[len] = '\0';
    if (host_out)
        memcpy(host_out, host, len + 1);
    const int why = getaddrinfo(host, colon + 1, &hints, &list);
    if (why != 0)
        return err_set(err, ERR_SYSTEM, "%s: %s", target, gai_strerror(why));

    AUTO_FD int fd = -1;
    for (const struct addrinfo *a = list; a && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
        if (fd < 0)
            continue;
        if (set_timeouts(fd, err) == 0 && connect(fd, a->ai_addr, a->ai_addrlen) == 0)
            break;
        own_close(&fd);
    }
    const int saved = errno;
    freeaddrinfo(list);
    errno = saved;
    return fd < 0 ? err_sys(err, "%s", target) : fd_take(&fd);
}

static int send_all(int fd, const char *bytes, size_t len, struct err *err)
{
    for (size_t done = 0; done < len;) {
        const ssize_t n = send(fd, bytes + done, len - done, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_sys(err, "send");
        done += (size_t)n;
    }
    return 0;
}

static int syslog_line(const struct sink *s, struct buf *b, const struct sink_item *item,
                       struct err *err)
{
    const struct format_context c = {.origin = s->origin, .index = RECORD_PENDING};

    buf_clear(b);
    return format_record(b, FORMAT_SYSLOG, &c, item->record, item->json, item->len, err);
}

/* --- datagrams ------------------------------------------------------------------------------- */

static int send_datagrams(const struct sink *s, int fd, const struct sink_item *items, size_t n,
                          size_t *sent, struct err *err)
{
    AUTO_BUF struct buf b = BUF_INIT;

    for (size_t i = 0; i < n; i++) {
        if (syslog_line(s, &b, &items[i], err) < 0)
            return -1;
        if (send(fd, b.data, b.len, MSG_NOSIGNAL) < 0)
            return err_sys(err, "send");
        (*sent)++;
    }
    return 0;
}

int sink_syslog_unix(struct sink *s, const struct sink_item *items, size_t n, size_t *sent,
                     struct err *err)
{
    AUTO_FD int fd = connect_unix(*s->target ? s->target : "/dev/log", err);

    return fd < 0 ? -1 : send_datagrams(s, fd, items, n, sent, err);
}

int sink_syslog_udp(struct sink *s, const struct sink_item *items, size_t n, size_t *sent,
                    struct err *err)
{
    AUTO_FD int fd = sink_connect(s->target, SOCK_DGRAM, NULL, err);

    return fd < 0 ? -1 : send_datagrams(s, fd, items, n, sent, err);
}

/* --- a stream -------------------------------------------------------------------------------- */

/* TCP tells what reached the peer's kernel, not what the peer read. A peer that reads to our end
 * closes its side; one that died resets. Until then nothing counts as sent. */
static int wait_for_end(int fd, struct err *err)
{
    char byte[64];

    if (shutdown(fd, SHUT_WR) < 0)
        return err_sys(err, "shutdown");
    for (;;) {
        const ssize_t n = recv(fd, byte, sizeof(byte), 0);

        if (n == 0)
            return 0;
        if (n < 0 && errno != EINTR)
            return err_sys(err, "the peer did not read to the end");
    }
}

int sink_frames(const struct sink *s, const struct sink_item *items, size_t n, struct buf *b,
                struct err *err)
{
    AUTO_BUF struct buf line = BUF_INIT;

    for (size_t i = 0; i < n; i++) {
        if (syslog_line(s, &line, &items[i], err) < 0)
            return -1;
        buf_printf(b, "%zu ", line.len);
        buf_add(b, line.data, line.len);
    }
    return buf_check(b, err);
}

int sink_syslog_tcp(struct sink *s, const struct sink_item *items, size_t n, size_t *sent,
                    struct err *err)
{
    AUTO_FD int fd = sink_connect(s->target, SOCK_STREAM, NULL, err);
    AUTO_BUF struct buf all = BUF_INIT;

    if (fd < 0 || sink_frames(s, items, n, &all, err) < 0)
        return -1;
    if (send_all(fd, all.data, all.len, err) < 0 || wait_for_end(fd, err) < 0)
        return err_ctx(err, "%s", s->target);
    *sent = n;
    return 0;
}

/* --- journald -------------------------------------------------------------------------------- */

/* NAME, newline, length (64 bits, little endian), bytes: the form that bears any value. */
static void journal_field(struct buf *b, const char *name, const char *value, size_t len)
{
    if (!value)
        return;
    buf_puts(b, name);
    buf_putc(b, '\n');
    for (int i = 0; i < 8; i++)
        buf_putc(b, (char)((uint64_t)len >> (8 * i) & 0xff));
    buf_add(b, value, len);
    buf_putc(b, '\n');
}

static void journal_text(struct buf *b, const char *name, const struct value *v)
{
    const char *const text = value_cstr(v);

    if (text)
        journal_field(b, name, text, strlen(text));
}

static void journal_entry(struct buf *b, const struct sink_item *item)
{
    const struct value *const r = item->record;
    const struct value *const c = value_path(r, "sallyport", "container", NULL);
    AUTO_BUF struct buf sentence = BUF_INIT;

    format_sentence(&sentence, r);
    journal_field(b, "MESSAGE", sentence.data, sentence.len);
    buf_printf(b, "PRIORITY=%d\nSYSLOG_IDENTIFIER=sallyport\nMESSAGE_ID=" DECISION_MESSAGE_ID "\n",
               format_severity(r));
    journal_text(b, "SALLYPORT_DECISION_ID", value_field(r, "decision_id"));
    journal_text(b, "SALLYPORT_VERDICT", value_path(r, "result", "verdict", NULL));
    journal_text(b, "SALLYPORT_OPERATION", value_path(r, "sallyport", "operation", NULL));
    journal_text(b, "CONTAINER_ID_FULL", value_field(c, "id"));
    journal_text(b, "CONTAINER_NAME", value_field(c, "name"));
    journal_text(b, "IMAGE_NAME", value_path(c, "image", "name", NULL));
    journal_field(b, "SALLYPORT_RECORD", item->json, item->len);
}

/* What is too large for a datagram goes in a sealed memory file. */
static int send_memfd(int sock, const struct buf *b, struct err *err)
{
    AUTO_FD int fd = memfd_create("sallyport-journal", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr m = {.msg_control = control.bytes, .msg_controllen = sizeof(control.bytes)};

    if (fd < 0 || write(fd, b->data, b->len) != (ssize_t)b->len ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0)
        return err_sys(err, "memory file");
    struct cmsghdr *const c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(c), &fd, sizeof(int));
    return sendmsg(sock, &m, MSG_NOSIGNAL) < 0 ? err_sys(err, "send") : 0;
}

int sink_journald(struct sink *s, const struct sink_item *items, size_t n, size_t *sent,
                  struct err *err)
{
    AUTO_FD int fd = connect_unix(*s->target ? s->target : JOURNAL_SOCKET, err);
    AUTO_BUF struct buf b = BUF_INIT;

    if (fd < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        buf_clear(&b);
        journal_entry(&b, &items[i]);
        if (buf_check(&b, err) < 0)
            return -1;
        if (send(fd, b.data, b.len, MSG_NOSIGNAL) < 0) {
            if (errno != EMSGSIZE && errno != ENOBUFS)
                return err_sys(err, "send");
            if (send_memfd(fd, &b, err) < 0)
                return -1;
        }
        (*sent)++;
    }
    return 0;
}
