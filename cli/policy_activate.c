#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "policy/build/activate.h"

#define ACTIVATE_ARENA ((size_t)2 * 1024 * 1024 * 1024)

const struct option_row policy_activate_options[] = {
    {"format", 'f', "FORMAT", "how to print", format_text_json},
    {"settings", 's', "FILE", "settings other than " POLICY_SETTINGS, NULL},
    {"output", 'o', "FILE", "write the image here instead of putting it in force", NULL},
    {"baseline", 0, "DIR", "our rules from here instead of " POLICY_BASELINE, NULL},
    {"dry-run", 'n', NULL, "do everything but the writing", NULL},
    {"skip-tests", 0, NULL, "with --output or --dry-run: do not run the policies' tests", NULL},
    {"untrusted", 0, NULL, "with --output or --dry-run: files need not be root's alone", NULL},
    {"rollback", 0, NULL, "put the image before the active one in force again", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

static void print_json(struct call *call, const struct activated *d)
{
    buf_printf(&call->out,
               "{\"serial\": %llu, \"before\": %llu, \"digest\": \"%s\", \"rules\": %zu, "
               "\"tests\": %zu, \"skipped\": %zu, \"waivers\": %zu, \"bytes\": %zu}\n",
               (unsigned long long)d->serial, (unsigned long long)d->before, d->digest, d->rules,
               d->tests, d->skipped, d->waivers, d->bytes);
}

static void print_text(struct call *call, const struct activated *d, const char *verb)
{
    buf_printf(&call->out, "%s serial %llu", verb, (unsigned long long)d->serial);
    if (d->before)
        buf_printf(&call->out, " after %llu", (unsigned long long)d->before);
    if (d->rules)
        buf_printf(&call->out, ": %zu rules, %zu tests passed, %zu waivers, %zu bytes", d->rules,
                   d->tests, d->waivers, d->bytes);
    buf_putc(&call->out, '\n');
    if (d->runtime[0]) {
        buf_puts(&call->out, "runtime: ");
        say(&call->out, d->runtime);
        buf_putc(&call->out, '\n');
    }
}

static int check_usage(const struct call *call, struct err *err)
{
    const bool trial = call_value(call, "output", NULL) || call_flag(call, "dry-run");

    if (!trial && (call_flag(call, "untrusted") || call_flag(call, "skip-tests")))
        return err_set(err, ERR_USAGE,
                       "policy activate: what goes in force is tested and root's own; use --output "
                       "or --dry-run to try");
    if (call_flag(call, "rollback") &&
        call->options_n > (call_value(call, "format", NULL) ? 2u : 1u))
        return err_set(err, ERR_USAGE, "policy activate: --rollback stands alone");
    return 0;
}

int cmd_policy_activate(struct call *call, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(ACTIVATE_ARENA);
    struct activated done = {0};
    struct timespec now;

    if (check_usage(call, err) < 0)
        return -1;
    if (clock_gettime(CLOCK_REALTIME, &now) < 0)
        return err_sys(err, "clock");

    const struct activate_options o = {
        .settings = call_value(call, "settings", NULL),
        .image = call_value(call, "output", NULL),
        .baseline = call_value(call, "baseline", NULL),
        .untrusted = call_flag(call, "untrusted"),
        .skip_tests = call_flag(call, "skip-tests"),
        .dry_run = call_flag(call, "dry-run"),
        .now_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec,
        .report = &call->log,
    };
    const bool back = call_flag(call, "rollback");
    if ((back ? policy_rollback(POLICY_IMAGE, &done, err) : policy_activate(&a, &o, &done, err)) <
        0)
        return -1;
    if (call_json(call))
        print_json(call, &done);
    else
        print_text(call, &done,
                   back        ? "rolled back to"
                   : o.dry_run ? "would activate"
                   : o.image   ? "wrote"
                               : "active:");
    return EXIT_CLEAN;
}
