#include <time.h>

#include "audit/log/log.h"
#include "base/clock.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/spooled.h"

enum { DAYS_DEFAULT = 90, DAYS_MAX = 36500 };

const struct option_row audit_rotate_options[] = {
    {"days", 'd', "N", "drop what is older than this many days (90)", NULL},
    {"dry-run", 'n', NULL, "only say what would be dropped", NULL},
    {"format", 'f', "FORMAT", "how to print", format_text_json},
    {"log", 0, "DIR", "the log's directory", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

int cmd_audit_rotate(struct call *call, struct err *err)
{
    const char *const days = call_value(call, "days", NULL);
    const bool dry = call_flag(call, "dry-run");
    unsigned long long n = DAYS_DEFAULT;
    struct log_rotation r;

    if (days && !str_decimal(days, DAYS_MAX, &n))
        return err_set(err, ERR_USAGE, "audit rotate: --days takes 0 to %d", DAYS_MAX);
    const int64_t before = clock_wall_ns() / 1000000000 - (int64_t)n * 86400 + (n == 0);
    if (log_rotate(spooled_dir(call), before, dry, &r, err) < 0)
        return -1;
    if (call_json(call))
        buf_printf(&call->out,
                   "{\"dropped\": %s, \"segments\": %llu, \"records\": %llu, \"bytes\": %llu, "
                   "\"minimum\": %llu}\n",
                   dry ? "false" : "true", (unsigned long long)r.segments,
                   (unsigned long long)r.records, (unsigned long long)r.bytes,
                   (unsigned long long)r.minimum);
    else
        buf_printf(
            &call->out,
            "%s %llu segments (%llu records, %llu bytes); the spool's first is record %llu\n",
            dry ? "would drop" : "dropped", (unsigned long long)r.segments,
            (unsigned long long)r.records, (unsigned long long)r.bytes,
            (unsigned long long)r.minimum);
    return EXIT_CLEAN;
}
