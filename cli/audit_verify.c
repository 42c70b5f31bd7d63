#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "audit/log/records.h"
#include "base/file.h"
#include "base/own.h"
#include "cli/log_keys.h"
#include "cli/spooled.h"
#include "policy/value/json.h"

enum { SCRATCH = 256 * 1024 * 1024 };

const struct option_row audit_verify_options[] = {
    {"known", 0, "FILE", "a checkpoint of this log kept elsewhere: the log must contain it", NULL},
    {"trust", 't', "FILE", "a trust policy: its quorum of witnesses must have cosigned", NULL},
    {"key", 'k', "FILE", "verifier keys (" LOG_KEY ".pub)", NULL},
    {"format", 'f', "FORMAT", "how to print", format_text_json},
    {"log", 0, "DIR", "the log's directory", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

/* Documents that were taken away, and those that records say are. */
struct redactions {
    struct arena *a;
    struct value_list gone, told;
};

struct verified {
    struct spool_report spool;
    struct redactions redactions;
    struct log_summary log;
    bool logged, intact;
    char origin[NOTE_NAME_MAX + 1];
    const char *fault;
};

static void print_json(struct call *call, const struct verified *v)
{
    buf_printf(&call->out,
               "{\"intact\": %s, \"records\": %llu, \"documents\": %llu, \"redacted\": %llu, "
               "\"segments\": %llu, "
               "\"integrated\": %llu, \"pending\": %llu, \"first\": %llu, \"pruned\": %llu, "
               "\"origin\": ",
               v->intact ? "true" : "false", (unsigned long long)v->spool.records,
               (unsigned long long)v->spool.blobs, (unsigned long long)v->spool.redacted,
               (unsigned long long)v->spool.segments, (unsigned long long)v->log.size,
               (unsigned long long)v->log.pending, (unsigned long long)v->log.first,
               (unsigned long long)v->log.pruned);
    if (v->logged)
        json_print_string(&call->out, v->origin, strlen(v->origin));
    else
        buf_puts(&call->out, "null");
    buf_puts(&call->out, ", \"fault\": ");
    if (v->intact)
        buf_puts(&call->out, "null");
    else
        json_print_string(&call->out, v->fault, strlen(v->fault));
    buf_puts(&call->out, "}\n");
}

static void print_text(struct call *call, const struct verified *v)
{
    paint(call, v->intact ? PAINT_GREEN : PAINT_RED, v->intact ? "intact" : "broken");
    buf_printf(&call->out, ": %llu records, %llu documents, %llu segments\n",
               (unsigned long long)v->spool.records, (unsigned long long)v->spool.blobs,
               (unsigned long long)v->spool.segments);
    if (v->spool.redacted)
        buf_printf(&call->out, "documents redacted: %llu\n", (unsigned long long)v->spool.redacted);
    if (v->log.pruned)
        buf_printf(&call->out, "records below %llu were pruned from the log\n",
                   (unsigned long long)v->log.pruned);
    if (v->logged) {
        buf_puts(&call->out, "log: ");
        say(&call->out, v->origin);
        buf_printf(&call->out, ", %llu integrated, %llu pending\n", (unsigned long long)v->log.size,
                   (unsigned long long)v->log.pending);
    } else {
        buf_puts(&call->out, "log: nothing integrated yet (sallyport audit integrate)\n");
    }
    if (!v->intact) {
        buf_puts(&call->out, "first fault: ");
        say(&call->out, v->fault);
        buf_putc(&call->out, '\n');
    }
}

/* The log may be sound, and yet nobody else have seen it. */
static int verify_trust(struct call *call, struct verified *v, struct err *err)
{
    AUTO_TRUST struct trust *trust = NULL;
    struct err why = ERR_INIT;

    if (trust_read(call_value(call, "trust", NULL), &trust, err) < 0)
        return -1;
    if (log_trusted(spooled_dir(call), trust, &why) == 0)
        return 0;
    if (why.code != ERR_TRUST) {
        *err = why;
        return -1;
    }
    v->log.intact = false;
    (void)snprintf(v->log.fault, sizeof(v->log.fault), "checkpoint: %.380s", why.text);
    return 0;
}

/* The tree: with each of the log's keys, and with what is known from elsewhere. */
static int verify_log(struct call *call, struct verified *v, struct err *err)
{
    AUTO_LOG_KEYS struct log_keys keys = {.n = 0};
    AUTO_FREE char *known = NULL;
    const char *const file = call_value(call, "known", NULL);
    size_t len = 0;

    if (log_keys_of(call, &keys, err) < 0)
        return -1;
    if (file && file_read_at(AT_FDCWD, file, NOTE_MAX, &known, &len, NULL, err) < 0)
        return err_ctx(err, "%s", file);
    for (size_t i = 0; i < keys.n && (i == 0 || v->log.intact); i++)
        if (log_verify(spooled_dir(call), &keys.key[i], known, len, &v->log, err) < 0)
            return -1;
    (void)snprintf(v->origin, sizeof(v->origin), "%s", keys.key[0].name);
    return v->log.intact && call_value(call, "trust", NULL) ? verify_trust(call, v, err) : 0;
}

/* Without a checkpoint there is no log, unless something says that there was one. */
static int verify_none(struct call *call, struct verified *v, struct err *err)
{
    char path[4096];

    v->log.pending = v->spool.records;
    v->log.intact = true;
    if (snprintf(path, sizeof(path), "%s/log/.state", spooled_dir(call)) >= (int)sizeof(path))
        return err_set(err, ERR_LIMIT, "path too long");
    if (call_value(call, "known", NULL) || access(path, F_OK) == 0) {
        v->log.intact = false;
        (void)snprintf(v->log.fault, sizeof(v->log.fault), "the log's checkpoint is gone");
    }
    return 0;
}

static int note_redaction(void *ctx, const struct spool_entry *entry, struct err *err)
{
    struct redactions *const r = ctx;
    const char *value;
    char digest[65];
    size_t len;

    if (entry->redacted && !spool_blob(entry, digest, &value, &len))
        value_list_add(r->a, &r->gone, value_str(r->a, digest));
    if (entry->is_blob || !memmem(entry->json, entry->len, "\"redact\"", 8))
        return 0;
    AUTO_ARENA struct arena scratch = ARENA_INIT(SCRATCH);
    const struct value *v;
    if (json_parse(&scratch, entry->json, entry->len, JSON_LAST_WINS, &v, NULL, err) < 0)
        return err_ctx(err, "%s line %llu", entry->segment, (unsigned long long)entry->line);
    const struct value *const own = value_field(v, "sallyport");
    const struct value *const document = value_path(own, "request", "document", NULL);
    if (value_is_str(value_field(own, "operation"), "redact") && document)
        value_list_add(r->a, &r->told, value_copy(r->a, document));
    return 0;
}

/* A document that is gone without a record of why is one that somebody removed. */
static int check_redactions(struct verified *v, struct err *err)
{
    const struct redactions *const r = &v->redactions;

    if (r->told.failed || r->gone.failed)
        return err_nomem(err);
    for (size_t i = 0; i < r->gone.n && v->spool.intact; i++) {
        size_t k = 0;

        while (k < r->told.n && !value_equal(r->told.items[k], r->gone.items[i]))
            k++;
        if (k < r->told.n)
            continue;
        v->spool.intact = false;
        (void)snprintf(v->spool.first_fault, sizeof(v->spool.first_fault),
                       "document %.16s... was taken away without a record of it",
                       value_bytes(r->gone.items[i]));
    }
    return 0;
}

int cmd_audit_verify(struct call *call, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(SCRATCH);
    struct verified v = {.log = {.intact = true}, .redactions = {.a = &a}};
    const int logged = records_logged(spooled_dir(call), err);

    if (logged < 0 ||
        spool_walk(spooled_dir(call), note_redaction, &v.redactions, &v.spool, err) < 0 ||
        check_redactions(&v, err) < 0)
        return -1;
    v.logged = logged == 1;
    if ((logged ? verify_log : verify_none)(call, &v, err) < 0)
        return -1;
    v.intact = v.spool.intact && v.log.intact;
    v.fault = !v.log.intact && v.log.fault[0] ? v.log.fault : v.spool.first_fault;
    (call_json(call) ? print_json : print_text)(call, &v);
    return v.intact ? EXIT_CLEAN : EXIT_FINDINGS;
}
