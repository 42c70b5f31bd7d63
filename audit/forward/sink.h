/* audit/forward/sink.h - where records are forwarded to.
 *
 * Layer:   audit/forward
 * Owns:    a struct sink owns its descriptor or curl handle until sink_close.
 * Errors:  ERR_USAGE (a target that is none), ERR_SYSTEM (the peer is away or says no): the records
 *          stay where they are and are sent again.
 *
 *     file:PATH                     one line each, synced; PATH may be moved away at any time
 *     journald: or journald:SOCKET  systemd's native protocol
 *     syslog+unix:SOCKET            RFC 5424, one datagram each
 *     syslog+udp://HOST:PORT        the same; nobody tells whether it arrived
 *     syslog+tcp://HOST:PORT        RFC 6587 octet counting; a batch is delivered when the peer has
 *                                   read it to its end and closed its side
 *     syslog+tls://HOST:PORT        RFC 5425, the peer's certificate and name checked
 *     audit:                        the kernel's audit log: VIRT_CONTROL, acknowledged
 *     http://... https://...        a POST of JSON each; any 2xx is delivered
 *     opa+http://... opa+https://   OPA's decision-log service: POST URL/logs, a gzipped array
 *     otlp+http://... otlp+https:// OTLP/HTTP logs, JSON: POST URL/v1/logs, gzipped
 */
#ifndef AUDIT_FORWARD_SINK_H
#define AUDIT_FORWARD_SINK_H

#include <stdbool.h>

#include "audit/forward/format.h"

enum { SINK_BATCH = 100, SINK_TIMEOUT_S = 10 };

struct sink_item {
    const struct value *record;
    const char *json;
    size_t len;
};

struct sink {
    const struct sink_kind *kind;
    char target[1024]; /* what follows the scheme, or the whole URL */
    enum record_format format;
    const char *const *headers; /* HTTP: "Name: value", NULL-terminated, borrowed */
    const char *ca;             /* TLS: file of certificates to believe, or NULL */
    const char *origin;         /* of the log, or NULL; borrowed */
    const char *template;       /* files and webhooks: in place of the format; borrowed, or NULL */
    size_t template_len;
};

/* The name before the target's colon, as in the table above. */
int sink_open(struct sink *s, const char *url, enum record_format format,
              struct err *err) MUST_CHECK;

/* Send items; *sent tells how many of them, from the first on, arrived even when -1 is returned. */
int sink_send(struct sink *s, const struct sink_item *items, size_t n, size_t *sent,
              struct err *err) MUST_CHECK;

/* Append an item as the sink's template or format has it. */
int sink_print(const struct sink *s, const struct sink_item *item, struct buf *b,
               struct err *err) MUST_CHECK;

/* --- the kinds, one file each group ------------------------------------------------------- */

typedef int sink_sender(struct sink *s, const struct sink_item *items, size_t n, size_t *sent,
                        struct err *err);
struct sink_kind {
    const char *scheme;
    bool whole_url;
    sink_sender *send;
};
sink_sender sink_file, sink_journald, sink_syslog_unix, sink_syslog_udp, sink_syslog_tcp,
    sink_syslog_tls, sink_audit, sink_webhook, sink_opa, sink_otlp;

/* --- what the socket's kinds share ----------------------------------------------------------- */

/* A connected socket with time limits. `target` is HOST:PORT or [IPV6]:PORT; `host`, when not
 * NULL, receives the host's name. */
enum { SINK_HOST_MAX = 256 };
int sink_connect(const char *target, int type, char host[SINK_HOST_MAX],
                 struct err *err) MUST_CHECK;
/* The items as RFC 5424 with octet counting (RFC 6587, RFC 5425). */
int sink_frames(const struct sink *s, const struct sink_item *items, size_t n, struct buf *b,
                struct err *err) MUST_CHECK;

#endif
