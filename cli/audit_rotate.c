#include <time.h>

#include "audit/log/log.h"
#include "base/clock.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/spooled.h"

enum { DAYS_DEFAULT = 90, DAYS_MAX = 36500 };

const struct option_row audit_rotate_options[] = {
    {"days", 'd', "N", "drop what is older than this many days (90)", NULL},
    {"log-days", 0, "N", "drop from the log itself what is older and no longer in the spool", NULL},
    {"dry-run", 'n', NULL, "only say what would be dropped", NULL},
    {"format", 'f', "FORMAT", "how to print", format_text_json},
    {"log", 0, "DIR", "the log's directory", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

/* Seconds since 1970 before which something is older than the option's days. */
static int limit_of(const struct call *call, const char *option, unsigned long long days,
                    int64_t *before, struct err *err)
{
    const char *const given = call_value(call, option, NULL);

    if (given && !str_decimal(given, DAYS_MAX, &days))
        return err_set(err, ERR_USAGE, "audit rotate: --%s takes 0 to %d", option, DAYS_MAX);
    *before = clock_wall_ns() / 1000000000 - (int64_t)days * 86400 + (days == 0);
    return 0;
}

static void print_json(struct call *call, bool dry, const struct log_rotation *r,
                       const struct log_pruning *p)
{
    buf_printf(&call->out,
               "{\"dropped\": %s, \"segments\": %llu, \"records\": %llu, \"bytes\": %llu, "
               "\"minimum\": %llu",
               dry ? "false" : "true", (unsigned long long)r->segments,
               (unsigned long long)r->records, (unsigned long long)r->bytes,
               (unsigned long long)r->minimum);
    if (p)
        buf_printf(&call->out, ", \"log_entries\": %llu, \"log_minimum\": %llu",
                   (unsigned long long)p->entries, (unsigned long long)p->minimum);
    buf_puts(&call->out, "}\n");
}

static void print_text(struct call *call, bool dry, const struct log_rotation *r,
                       const struct log_pruning *p)
{
    const char *const what = dry ? "would drop" : "dropped";

    buf_printf(&call->out,
               "%s %llu segments (%llu records, %llu bytes); the spool's first is record %llu\n",
               what, (unsigned long long)r->segments, (unsigned long long)r->records,
               (unsigned long long)r->bytes, (unsigned long long)r->minimum);
    if (p)
        buf_printf(&call->out, "%s %llu entries of the log; its first is record %llu\n", what,
                   (unsigned long long)p->entries, (unsigned long long)p->minimum);
}

int cmd_audit_rotate(struct call *call, struct err *err)
{
    const bool dry = call_flag(call, "dry-run"), prune = call_value(call, "log-days", NULL) != NULL;
    struct log_rotation r;
    struct log_pruning p = {0};
    int64_t before, log_before;

    if (limit_of(call, "days", DAYS_DEFAULT, &before, err) < 0 ||
        limit_of(call, "log-days", DAYS_MAX, &log_before, err) < 0)
        return -1;
    if (prune && log_before > before)
        return err_set(err, ERR_USAGE,
                       "audit rotate: the log keeps records at least as long as the spool does "
                       "(--log-days not below --days)");
    if (log_rotate(spooled_dir(call), before, dry, &r, err) < 0 ||
        (prune && log_prune(spooled_dir(call), log_before, dry, &p, err) < 0))
        return -1;
    (call_json(call) ? print_json : print_text)(call, dry, &r, prune ? &p : NULL);
    return EXIT_CLEAN;
}
