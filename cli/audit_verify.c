#include <string.h>

#include "cli/spooled.h"
#include "policy/value/json.h"

const struct option_row audit_verify_options[] = {
    {"format", 'f', "FORMAT", "how to print", format_text_json},
    {"log", 0, "DIR", "the log's directory", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

static void print_json(struct call *call, const struct spool_report *r)
{
    buf_printf(&call->out,
               "{\"intact\": %s, \"records\": %llu, \"documents\": %llu, \"segments\": %llu, ",
               r->intact ? "true" : "false", (unsigned long long)r->records,
               (unsigned long long)r->blobs, (unsigned long long)r->segments);
    buf_puts(&call->out, "\"first_fault\": ");
    if (r->intact)
        buf_puts(&call->out, "null");
    else
        json_print_string(&call->out, r->first_fault, strlen(r->first_fault));
    buf_puts(&call->out, "}\n");
}

static void print_text(struct call *call, const struct spool_report *r)
{
    paint(call, r->intact ? PAINT_GREEN : PAINT_RED, r->intact ? "intact" : "broken");
    buf_printf(&call->out, ": %llu records, %llu documents, %llu segments\n",
               (unsigned long long)r->records, (unsigned long long)r->blobs,
               (unsigned long long)r->segments);
    if (!r->intact) {
        buf_puts(&call->out, "first fault: ");
        say(&call->out, r->first_fault);
        buf_putc(&call->out, '\n');
    }
}

int cmd_audit_verify(struct call *call, struct err *err)
{
    struct spool_report report;

    if (spool_walk(spooled_dir(call), NULL, NULL, &report, err) < 0)
        return -1;
    (call_json(call) ? print_json : print_text)(call, &report);
    return report.intact ? EXIT_CLEAN : EXIT_FINDINGS;
}
