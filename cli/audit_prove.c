/* `sallyport audit prove` and `sallyport audit check-proof`: one record for somebody who has
 * nothing but the log's verifier key. */
#include <fcntl.h>
#include <string.h>

#include "audit/log/log.h"
#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "cli/log_keys.h"
#include "cli/spooled.h"

enum { PROOF_MAX_BYTES = 256 * 1024, RECORD_MAX_BYTES = 65535 };

const struct option_row audit_prove_options[] = {
    {"output", 'o', "FILE", "write the proof there", NULL},
    {"record", 'r', "FILE", "write the record's bytes there", NULL},
    {"log", 0, "DIR", "the log's directory", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

const struct option_row audit_check_proof_options[] = {
    {"trust", 't', "FILE", "a trust policy: its quorum of witnesses must have cosigned", NULL},
    {"key", 'k', "FILE", "verifier keys (" LOG_KEY ".pub)", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

int cmd_audit_prove(struct call *call, struct err *err)
{
    AUTO_BUF struct buf proof = BUF_INIT;
    AUTO_FREE char *entry = NULL;
    const char *const dir = spooled_dir(call), *const what = call->args[0];
    const char *const output = call_value(call, "output", NULL);
    const char *const record = call_value(call, "record", NULL);
    unsigned long long n = 0;
    uint64_t index = 0;
    size_t len = 0;

    /* An id has 26 digits and letters; an index fewer digits. */
    if (strlen(what) < 20 && str_decimal(what, UINT64_MAX, &n))
        index = n;
    else if (log_find(dir, what, &index, err) < 0)
        return -1;
    if (log_entry(dir, index, &entry, &len, err) < 0 || log_prove(dir, index, &proof, err) < 0)
        return -1;
    if (record && file_replace_at(AT_FDCWD, record, entry, len, NULL, 0644, 0, err) < 0)
        return -1;
    if (output)
        return file_replace_at(AT_FDCWD, output, proof.data, proof.len, NULL, 0644, 0, err);
    buf_add(&call->out, proof.data, proof.len);
    return EXIT_CLEAN;
}

int cmd_audit_check_proof(struct call *call, struct err *err)
{
    AUTO_LOG_KEYS struct log_keys keys = {.n = 0};
    AUTO_FREE char *proof = NULL;
    AUTO_FREE char *entry = NULL;
    AUTO_TRUST struct trust *trust = NULL;
    const char *const policy = call_value(call, "trust", NULL);
    struct err why = ERR_INIT;
    size_t proof_len = 0, len = 0;

    if (log_keys_of(call, &keys, err) < 0 ||
        file_read_at(AT_FDCWD, call->args[0], PROOF_MAX_BYTES, &proof, &proof_len, NULL, err) < 0 ||
        file_read_at(AT_FDCWD, call->args[1], RECORD_MAX_BYTES + 1, &entry, &len, NULL, err) < 0)
        return -1;
    if (policy && trust_read(policy, &trust, err) < 0)
        return -1;
    if (log_check_proof(proof, proof_len, entry, len, &keys.key[0], trust, &why) < 0) {
        if (why.code == ERR_SYSTEM || why.code == ERR_NOMEM) {
            *err = why;
            return -1;
        }
        paint(call, PAINT_RED, "does not hold");
        buf_puts(&call->out, ": ");
        say(&call->out, why.text);
        buf_putc(&call->out, '\n');
        return EXIT_FINDINGS;
    }
    paint(call, PAINT_GREEN, "holds");
    buf_puts(&call->out, ": ");
    say(&call->out, keys.key[0].name);
    buf_puts(&call->out, " contains this record\n");
    return EXIT_CLEAN;
}
