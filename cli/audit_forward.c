#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "audit/forward/forward.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "cli/log_keys.h"
#include "cli/spooled.h"

#define TEMPLATES "/usr/share/sallyport/templates"

enum { INTERVAL_MAX = 86400, BACKOFF_MAX = 300, HEADERS_MAX = 32, TEMPLATE_MAX = 1 << 20 };

const struct option_row audit_forward_options[] = {
    {"interval", 'n', "SECONDS", "again and again, at this interval", NULL},
    {"name", 0, "NAME", "under which the place is kept (made of the target)", NULL},
    {"format", 'f', "FORMAT", "of file: and http: targets (json)", record_format_names},
    {"header", 0, "TEXT", "HTTP: send this header; may be repeated", NULL},
    {"ca", 0, "FILE", "TLS: believe these certificates", NULL},
    {"template", 't', "FILE", "of file: and http: targets: how each record is written", NULL},
    {"log", 0, "DIR", "the log's directory", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

/* The scheme and eight digits of the target's hash: stable, and fit for a file's name. */
static void default_name(const char *url, char out[64])
{
    char hex[DIGEST_HEX_LEN + 1];
    const size_t scheme = strcspn(url, ":");

    digest_hex(url, strlen(url), hex);
    (void)snprintf(out, 64, "%.*s-%.8s", scheme < 20 ? (int)scheme : 20, url, hex);
}

static int flush(struct call *call, struct err *err)
{
    if (buf_check(&call->out, err) < 0 || buf_check(&call->log, err) < 0)
        return -1;
    if ((call->out.len && file_write_all(STDOUT_FILENO, call->out.data, call->out.len, err) < 0) ||
        (call->log.len && file_write_all(STDERR_FILENO, call->log.data, call->log.len, err) < 0))
        return -1;
    buf_clear(&call->out);
    buf_clear(&call->log);
    return 0;
}

/* A peer that is away is told once, and tried again more and more seldom. */
static int loop(struct call *call, const char *name, struct sink *sink, unsigned long long seconds,
                struct err *err)
{
    unsigned long long nap = seconds;
    bool away = false;

    for (;;) {
        struct err why = ERR_INIT;
        uint64_t sent = 0;
        const int status = forward_all(spooled_dir(call), name, sink, &sent, &why);

        if (sent > 0)
            buf_printf(&call->out, "%llu forwarded\n", (unsigned long long)sent);
        if (status < 0 && !away) {
            buf_puts(&call->log, "sallyport: ");
            say(&call->log, why.text);
            buf_puts(&call->log, "; trying again\n");
        }
        away = status < 0;
        nap = !away ? seconds : nap * 2 > BACKOFF_MAX ? BACKOFF_MAX : nap * 2;
        if (flush(call, err) < 0)
            return -1;
        (void)nanosleep(&(const struct timespec){.tv_sec = (time_t)nap}, NULL);
    }
}

/* A word without a slash or dot is one of the templates that come with Sallyport. */
static int read_template(const char *what, char **out, size_t *len, struct err *err)
{
    char path[256];

    if (!strpbrk(what, "/.")) {
        (void)snprintf(path, sizeof(path), TEMPLATES "/%.100s.tmpl", what);
        what = path;
    }
    return file_read_at(AT_FDCWD, what, TEMPLATE_MAX, out, len, NULL, err);
}

int cmd_audit_forward(struct call *call, struct err *err)
{
    const char *const url = call->args[0];
    const char *const interval = call_value(call, "interval", NULL);
    const char *headers[HEADERS_MAX + 1] = {NULL};
    unsigned long long seconds = 0;
    const char *const template = call_value(call, "template", NULL);
    AUTO_LOG_KEYS struct log_keys keys = {.n = 0};
    AUTO_FREE char *text = NULL;
    struct err no_key = ERR_INIT;
    struct sink sink;
    uint64_t sent = 0;
    char made[64];

    if (interval && (!str_decimal(interval, INTERVAL_MAX, &seconds) || seconds == 0))
        return err_set(err, ERR_USAGE, "audit forward: --interval takes seconds, 1 to %d",
                       INTERVAL_MAX);
    if (sink_open(&sink, url, record_format_of(call_value(call, "format", "json")), err) < 0)
        return -1;
    for (size_t i = 0; call_values(call, "header", i); i++) {
        headers[i < HEADERS_MAX ? i : HEADERS_MAX - 1] = call_values(call, "header", i);
        if (i == HEADERS_MAX)
            return err_set(err, ERR_USAGE, "audit forward: at most %d headers", HEADERS_MAX);
    }
    sink.headers = headers;
    sink.ca = call_value(call, "ca", NULL);
    if (template && read_template(template, &text, &sink.template_len, err) < 0)
        return -1;
    sink.template = text;
    if (log_keys_of(call, &keys, &no_key) == 0) /* no key: no log yet, hence no name of it */
        sink.origin = keys.key[0].name;
    default_name(url, made);
    const char *const name = call_value(call, "name", made);
    if (interval)
        return loop(call, name, &sink, seconds, err);
    const int status = forward_all(spooled_dir(call), name, &sink, &sent, err);
    buf_printf(status < 0 ? &call->log : &call->out, "%llu forwarded\n", (unsigned long long)sent);
    return status < 0 ? -1 : EXIT_CLEAN;
}
