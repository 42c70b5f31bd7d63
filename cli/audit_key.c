#include <unistd.h>

#include "cli/log_keys.h"

const struct option_row audit_key_options[] = {
    {"key", 'k', "FILE", "the secret key's file (" LOG_KEY ")", NULL},
    {"origin", 'o', "NAME",
     "the log's name (of host name and machine id); sigsum: by the key's hash", NULL},
    {"make", 'm', NULL, "make the key", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

int cmd_audit_key(struct call *call, struct err *err)
{
    AUTO_LOG_KEYS struct log_keys keys = {.n = 0};
    const char *const file = call_value(call, "key", LOG_KEY);
    char made[NOTE_NAME_MAX + 1];
    const char *origin = call_value(call, "origin", NULL);

    if (origin && !call_flag(call, "make"))
        return err_set(err, ERR_USAGE, "audit key: --origin goes with --make");
    if (call_flag(call, "make")) {
        if (!origin && log_origin(made, err) < 0)
            return -1;
        if (log_keys_make(file, origin ? origin : made, &keys, err) < 0)
            return -1;
        if (keys.n == 1)
            buf_puts(&call->log, "sallyport: this OpenSSL has no ML-DSA-44: Ed25519 only\n");
    } else if (log_keys_secret(file, &keys, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < keys.n; i++) {
        note_key_print(&call->out, &keys.key[i]);
        buf_putc(&call->out, '\n');
    }
    return EXIT_CLEAN;
}
