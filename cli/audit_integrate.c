#include <string.h>
#include <time.h>
#include <unistd.h>

#include "audit/log/log.h"
#include "base/file.h"
#include "base/str.h"
#include "cli/log_keys.h"
#include "cli/spooled.h"
#include "policy/value/json.h"

enum { INTERVAL_MAX = 86400 };

const struct option_row audit_integrate_options[] = {
    {"interval", 'n', "SECONDS", "again and again, at this interval", NULL},
    {"quiet", 'q', NULL, "say nothing when there was nothing to add", NULL},
    {"key", 'k', "FILE", "the secret key's file (" LOG_KEY ")", NULL},
    {"format", 'f', "FORMAT", "how to print", format_text_json},
    {"log", 0, "DIR", "the log's directory", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

static void tell(struct call *call, const struct log_summary *s)
{
    if (s->added == 0 && call_flag(call, "quiet"))
        return;
    if (call_json(call))
        buf_printf(&call->out, "{\"added\": %llu, \"integrated\": %llu}\n",
                   (unsigned long long)s->added, (unsigned long long)s->size);
    else
        buf_printf(&call->out, "%llu added, %llu in the log\n", (unsigned long long)s->added,
                   (unsigned long long)s->size);
}

static int once(struct call *call, const struct log_keys *keys, struct err *err)
{
    struct log_summary s = {0};

    if (log_integrate(spooled_dir(call), keys->key[0].name, keys->key, keys->n, &s, err) < 0)
        return -1;
    tell(call, &s);
    return 0;
}

/* A loop says what it did as it does it, and goes on after a run that failed. */
static int loop(struct call *call, const struct log_keys *keys, unsigned long long seconds,
                struct err *err)
{
    for (;;) {
        struct err why = ERR_INIT;
        char text[ERR_TEXT_MAX * 2];

        if (once(call, keys, &why) < 0) {
            str_escape(why.text, strlen(why.text), text, sizeof(text));
            buf_printf(&call->log, "sallyport: %s\n", text);
        }
        if (buf_check(&call->out, err) < 0 || buf_check(&call->log, err) < 0)
            return -1;
        if ((call->out.len &&
             file_write_all(STDOUT_FILENO, call->out.data, call->out.len, err) < 0) ||
            (call->log.len &&
             file_write_all(STDERR_FILENO, call->log.data, call->log.len, err) < 0))
            return -1;
        buf_clear(&call->out);
        buf_clear(&call->log);
        const struct timespec nap = {.tv_sec = (time_t)seconds};
        (void)nanosleep(&nap, NULL);
    }
}

int cmd_audit_integrate(struct call *call, struct err *err)
{
    AUTO_LOG_KEYS struct log_keys keys = {.n = 0};
    const char *const interval = call_value(call, "interval", NULL);
    unsigned long long seconds = 0;

    if (interval && (!str_decimal(interval, INTERVAL_MAX, &seconds) || seconds == 0))
        return err_set(err, ERR_USAGE, "audit integrate: --interval takes seconds, 1 to %d",
                       INTERVAL_MAX);
    if (log_keys_secret(call_value(call, "key", LOG_KEY), &keys, err) < 0)
        return -1;
    if (interval)
        return loop(call, &keys, seconds, err);
    return once(call, &keys, err) < 0 ? -1 : EXIT_CLEAN;
}
