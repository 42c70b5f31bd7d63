#include <string.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/rego_compile.h"
#include "cli/rego_errors.h"
#include "policy/build/activate.h"

#define CHECK_ARENA ((size_t)1024 * 1024 * 1024)

const struct option_row policy_check_options[] = {
    {"format", 'f', "FORMAT", "how to print", format_text_json},
    {"strict", 'S', NULL, "unused and shadowing names are errors too", NULL},
    {"start-path", 0, NULL, "built-ins that do not run at container start are errors", NULL},
    {"input-schema", 's', "FILE", "names under input that this JSON schema lacks are errors", NULL},
    {"bundle", 'b', "PATH", "a bundle: a directory or an archive", NULL},
    REGO_LOAD_OPTIONS,
    {"v0-compatible", 0, NULL, "read modules as Rego v0", NULL},
    {"v1-compatible", 0, NULL, "read modules as Rego v1 (as without it)", NULL},
    {"settings", 0, "FILE", "without PATH: settings other than " POLICY_SETTINGS, NULL},
    {"baseline", 0, "DIR", "without PATH: our rules from here", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

static int check(const struct rego_load *l, const struct rego_options *opt, struct arena *a,
                 struct rego_diags *diags, struct err *err)
{
    const struct rego_tests none = {0};
    struct rego_module **modules;
    struct image img = IMAGE_INIT;

    if (rego_compile_parse(l, opt, a, &modules, diags, err) < 0)
        return -1;
    return rego_compile_image(l, modules, &none, opt, a, &img, diags, err);
}

/* What activation would compile; nothing need be root's to be checked. */
static int check_settings(struct call *call, struct arena *a, struct err *err)
{
    struct compiled out;
    const struct compile_options o = {
        .settings = call_value(call, "settings", POLICY_SETTINGS),
        .baseline = call_value(call, "baseline", POLICY_BASELINE),
        .skip_tests = true,
        .now_ns = clock_wall_ns(),
        .report = &call->out,
    };

    if (policy_compile(a, &o, &out, err) == 0)
        return EXIT_CLEAN;
    if (err->code != ERR_INVALID && err->code != ERR_PARSE && err->code != ERR_COMPILE)
        return -1;
    if (call->out.len == 0) {
        say(&call->out, err->text);
        buf_putc(&call->out, '\n');
    }
    return EXIT_FINDINGS;
}

int cmd_policy_check(struct call *call, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(CHECK_ARENA);
    struct rego_options opt = {.version = call_flag(call, "v0-compatible") ? REGO_V0 : REGO_V1,
                               .strict = call_flag(call, "strict"),
                               .start_path_only = call_flag(call, "start-path"),
                               .keep_prints = true};
    const char *const schema = call_value(call, "input-schema", NULL);
    struct rego_load load = {0};
    struct rego_diags diags = {0};

    if (call->args_n == 0 && !call_value(call, "bundle", NULL))
        return check_settings(call, &a, err);
    if (schema && rego_load_json(schema, &a, &opt.input_schema, err) < 0)
        return -1;
    if (rego_load_call(call, true, &load, &a, err) < 0)
        return -1;
    if (check(&load, &opt, &a, &diags, err) == 0)
        return EXIT_CLEAN;
    if (diags.n == 0)
        return -1;
    if (call_json(call))
        rego_errors_print(&call->out, &diags, err);
    else
        rego_errors_text(&call->out, &diags, err);
    return EXIT_FINDINGS;
}
