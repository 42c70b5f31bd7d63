/* `sallyport report`: what frameworks ask, held against what ran. */
#include <fcntl.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/str.h"
#include "cli/assess.h"
#include "cli/report_gather.h"
#include "report/render.h"

#define REPORT_ARENA ((size_t)8 * 1024 * 1024 * 1024)

static const char *const trends[] = {"day", "hour", "none", NULL};
static const char *const levels[] = {"baseline", "restricted", NULL};

const struct option_row report_options[] = {
    {"framework", 'F', "LIST", "by id or name, with commas between, or all (cis-docker,k8s-pss)",
     NULL},
    {"format", 'f', "FORMAT", "how to print (text)", report_formats},
    {"output", 'o', "FILE", "write it there", NULL},
    {"template", 't', "FILE", "a format of your own: a template, or Rego", NULL},
    {"running", 0, NULL, "over the containers that run now", NULL},
    {"assess", 0, NULL, "with this host's own settings (sallyport assess host)", NULL},
    {"since", 0, "TIME", "over the log from then on: RFC 3339 in UTC, a date, or 6h, 7d ago", NULL},
    {"until", 0, "TIME", "before then", NULL},
    {"container", 'c', "ID", "only this container (id, its beginning, or name); may be repeated",
     NULL},
    {"engine", 'e', "NAME", "only this engine's", NULL},
    {"trend", 0, "STEP", "a step of the trend over the log (day)", trends},
    {"fail-under", 0, "PERCENT", "exit 1 when a framework's score is below", NULL},
    {"aws-account", 0, "ID", "asff: twelve digits (000000000000)", NULL},
    {"aws-region", 0, "REGION", "asff (us-east-1)", NULL},
    {"title", 0, "TEXT", "of the report", NULL},
    {"level", 'l', "LEVEL", "bundles: judge at this level", levels},
    {"settings", 's', "FILE", "bundles: judge by these settings", NULL},
    {"rules", 0, "DIR", "bundles: judge by the shipped rules from here", NULL},
    {"no-host", 0, NULL, "bundles: not this machine's, so facts about the host are unknown", NULL},
    {"host", 0, NULL, "bundles: this machine's, even if the rootfs is not here", NULL},
    {"data", 0, "DIR", "frameworks, formats and host rules (" REPORT_DATA ")", NULL},
    {"log", 0, "DIR", "the log's directory", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

/* Is a framework with a score below it? What has no score is not. */
static bool below(const struct value *model, unsigned long long least)
{
    const struct value *const all = value_field(model, "frameworks");

    for (size_t i = 0; all && i < all->count; i++) {
        const struct value *const percent = value_field(value_at(all, i), "percent");
        int64_t n;

        if (percent && value_int64(percent, &n) && n < (int64_t)least)
            return true;
    }
    return false;
}

static int check_usage(const struct call *call, unsigned long long *least, struct err *err)
{
    const char *const under = call_value(call, "fail-under", NULL);

    *least = 0;
    if (under && !str_decimal(under, 100, least))
        return err_set(err, ERR_USAGE, "report: --fail-under takes 0 to 100");
    if (call_flag(call, "running") && call->args_n)
        return err_set(err, ERR_USAGE, "report: --running or bundles, not both");
    if (call_value(call, "template", NULL) && call_value(call, "format", NULL))
        return err_set(err, ERR_USAGE, "report: --template or --format, not both");
    return 0;
}

/* Some formats hold less than every framework. */
static int check_format(const struct call *call, const struct value *model, struct err *err)
{
    const char *const format = call_value(call, "format", "text");
    const struct value *const all = value_field(model, "frameworks");
    bool stig = false;

    for (size_t i = 0; i < all->count; i++)
        stig = stig || value_is_str(value_field(value_at(all, i), "kind"), "stig");
    if (!stig && (strcmp(format, "ckl") == 0 || strcmp(format, "cklb") == 0))
        return err_set(err, ERR_USAGE,
                       "report: a checklist holds STIGs: name one, such as docker-ee-stig");
    if (all->count != 1 && strcmp(format, "xccdf") == 0)
        return err_set(err, ERR_USAGE,
                       "report: xccdf holds one framework (arf takes several): name one");
    return 0;
}

int cmd_report(struct call *call, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(REPORT_ARENA);
    AUTO_GATHERING struct gathering g = GATHERING_INIT;
    AUTO_BUF struct buf text = BUF_INIT;
    const struct value *gathered, *model;
    const int64_t now = clock_wall_ns();
    const char *const output = call_value(call, "output", NULL);
    const char *const formats =
        arena_printf(&a, "%s/report", call_value(call, "data", REPORT_DATA));
    unsigned long long least;

    if (!formats)
        return err_nomem(err);
    if (check_usage(call, &least, err) < 0 ||
        gathering_run(&g, call, &a, now, &gathered, err) < 0 ||
        report_model(&a, formats, gathered, now, &model, err) < 0 ||
        check_format(call, model, err) < 0 ||
        report_render(&a, formats, call_value(call, "format", "text"),
                      call_value(call, "template", NULL), gathered, model, now, &text, err) < 0)
        return -1;
    if (output && file_replace_at(AT_FDCWD, output, text.data ? text.data : "", text.len, NULL,
                                  0644, 0, err) < 0)
        return err_ctx(err, "%s", output);
    if (!output)
        buf_add(&call->out, text.data ? text.data : "", text.len);
    return below(model, least) ? EXIT_FINDINGS : EXIT_CLEAN;
}
