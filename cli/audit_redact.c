/* `sallyport audit redact`: take the document of a record away, and say so in the log. */
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "cli/cli.h"
#include "cli/spooled.h"
#include "runtime/judge.h"

enum { REDACT_ARENA = 64 * 1024 * 1024, REASON_MAX = 400 };

const struct option_row audit_redact_options[] = {
    {"reason", 'r', "TEXT", "why; stands in the record", NULL},
    {"format", 'f', "FORMAT", "how to print", format_text_json},
    {"log", 0, "DIR", "the log's directory", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

/* Durable before anything is taken away. */
static int record(struct call *call, struct arena *a, const struct value *of, const char *digest,
                  char id[32], struct err *err)
{
    struct gate g = GATE_INIT;
    struct err ignored = ERR_INIT;
    const struct value *const container = value_path(of, "sallyport", "container", "id", NULL);
    struct value_fields f = {0};

    /* The policy in force is told where there is one; without one a document can go as well. */
    if (gate_open(&g, NULL, "operator", a, &ignored) < 0)
        g.settings = NULL;
    g.caller = "operator";
    if (call_value(call, "log", NULL) && !str_copy(g.log, sizeof g.log, spooled_dir(call))) {
        gate_close(&g);
        return err_set(err, ERR_USAGE, "--log: path too long");
    }
    value_fields_add(a, &f, "document", value_str(a, digest));
    const struct failed told = {
        .operation = "redact",
        .container = value_cstr(container),
        .verdict = "pass",
        .why = call_value(call, "reason", NULL),
        .follows = value_cstr(value_field(of, "decision_id")),
        .request = value_fields_object(a, &f),
    };
    const int got = told.request ? judge_failed(&g, &told, a, id, err) : err_nomem(err);
    gate_close(&g);
    return got < 0 ? err_ctx(err, "not recorded, so nothing was taken away") : 0;
}

int cmd_audit_redact(struct call *call, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(REDACT_ARENA);
    const char *const reason = call_value(call, "reason", NULL), *const dir = spooled_dir(call);
    const struct value *of;
    char id[32];
    uint64_t n;

    if (!reason || !*reason || strlen(reason) > REASON_MAX)
        return err_set(err, ERR_USAGE, "audit redact: --reason says why, in 1 to %d bytes",
                       REASON_MAX);
    if (spooled_record(dir, call->args[0], &a, &of, err) < 0)
        return -1;
    const char *const digest = value_cstr(value_path(of, "sallyport", "digests", "input", NULL));
    if (!digest || strlen(digest) != 64)
        return err_set(err, ERR_USAGE, "audit redact: the record names no document");
    if (record(call, &a, of, digest, id, err) < 0 || spool_redact(dir, digest, &n, err) < 0)
        return -1;
    if (call_json(call))
        buf_printf(&call->out, "{\"record\": \"%s\", \"document\": \"%s\", \"entries\": %llu}\n",
                   id, digest, (unsigned long long)n);
    else if (n == 0)
        buf_printf(&call->out, "the spool no longer holds the document (record %s)\n", id);
    else
        buf_printf(&call->out, "redacted; record %s says so\n", id);
    return EXIT_CLEAN;
}
