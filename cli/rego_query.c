#include "cli/rego_query.h"

#include <fcntl.h>

#include "base/clock.h"
#include "base/own.h"
#include "runtime/judge.h"

static int load_input(const struct call *call, const struct value **input, struct arena *a,
                      struct err *err)
{
    const char *const path = call_value(call, "input", NULL);

    if (path && call_flag(call, "stdin-input"))
        return err_set(err, ERR_USAGE, "%s: --input or --stdin-input, not both",
                       call->command->name);
    if (path || call_flag(call, "stdin-input"))
        return rego_load_json(path, a, input, err);
    return 0;
}

bool rego_query_compiled(const struct call *call)
{
    return call_flag(call, "active") || call_value(call, "image", NULL);
}

int rego_query_load(const struct call *call, struct rego_eval_job *job, struct arena *a,
                    struct err *err)
{
    const int64_t now = clock_wall_ns();
    struct rego_load load = {0};

    *job = (struct rego_eval_job){
        .query = call->args_n > 0 ? call->args[0] : NULL,
        .rego = {.version = call_flag(call, "v0-compatible") ? REGO_V0 : REGO_V1,
                 .strict = call_flag(call, "strict"),
                 .keep_prints = true},
        .machine = {.strict_builtin_errors = call_flag(call, "strict-builtin-errors"),
                    .now_ns = now,
                    .seed = (uint64_t)now * 0x9e3779b97f4a7c15u},
    };
    if (rego_load_call(call, false, &load, a, err) < 0 || load_input(call, &job->input, a, err) < 0)
        return -1;
    job->sources = load.sources;
    job->sources_n = load.sources_n;
    job->data = load.data;
    if (rego_query_compiled(call) && (job->sources_n || job->data))
        return err_set(err, ERR_USAGE, "%s: a compiled policy takes no --data or --bundle",
                       call->command->name);
    return 0;
}

int rego_query_image(const struct call *call, struct image *img, struct err *err)
{
    const char *const path = call_value(call, "image", SALLYPORT_IMAGE);
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return err_sys(err, "%s", path);
    if (image_map(img, fd, err) < 0 || image_check(img, err) < 0)
        return err_ctx(err, "%s", path);
    return 0;
}
