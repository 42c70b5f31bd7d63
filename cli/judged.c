#include "cli/judged.h"

#include <fcntl.h>
#include <string.h>

#include "base/clock.h"
#include "base/own.h"
#include "base/str.h"
#include "policy/build/activate.h"

/* The settings of the registration asked for, from the image's meta. */
static int choose(struct judged *j, const char *registration, struct err *err)
{
    const struct value *const named =
        registration ? value_path(j->gate.image.meta, "registrations", registration, NULL) : NULL;

    if (registration && strcmp(registration, "default") != 0 && !named)
        return err_set(err, ERR_USAGE, "the policy has no registration %s", registration);
    j->gate.settings = named ? named : value_field(j->gate.image.meta, "default");
    if (!j->gate.settings)
        return err_set(err, ERR_INVALID, "the policy image carries no settings");
    const char *const digest = value_cstr(value_field(j->gate.image.meta, "digest"));
    (void)str_copy(j->gate.image_digest, sizeof j->gate.image_digest, digest ? digest : "");
    return 0;
}

/* An image named on the command line is the caller's own to believe. */
static int open_image(struct judged *j, const char *path, const char *registration, struct err *err)
{
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return err_sys(err, "%s", path);
    if (image_map(&j->gate.image, fd, err) < 0 || image_check(&j->gate.image, err) < 0 ||
        choose(j, registration, err) < 0)
        return err_ctx(err, "%s", path);
    return 0;
}

/* Compile what the command line names, untested and unsigned: it judges here and is not kept. */
static int compile(struct judged *j, const struct call *call, const char *registration,
                   struct arena *a, struct err *err)
{
    AUTO_BUF struct buf report = BUF_INIT;
    struct compiled out;
    const struct compile_options o = {
        .settings = call_value(call, "settings", POLICY_SETTINGS),
        .baseline = call_value(call, "rules", POLICY_BASELINE),
        .level = call_value(call, "level", NULL),
        .skip_tests = true,
        .ask_runtime = j->ask_runtime,
        .now_ns = clock_wall_ns(),
        .report = &report,
    };

    if (policy_compile(a, &o, &out, err) < 0 ||
        image_borrow(&j->gate.image, out.image, out.image_len, err) < 0)
        return -1;
    return choose(j, registration, err);
}

static bool wants_compile(const struct call *call)
{
    return call_value(call, "settings", NULL) || call_value(call, "rules", NULL) ||
           call_value(call, "level", NULL);
}

int judged_open(struct judged *j, const struct call *call, const char *caller, struct arena *a,
                struct err *err)
{
    const char *const image = call_value(call, "policy", call_value(call, "image", NULL));
    const char *const registration = call_value(call, "registration", NULL);

    j->gate.caller = caller;
    if (image && wants_compile(call))
        return err_set(err, ERR_USAGE,
                       "--image is compiled: --level, --settings and --rules "
                       "come too late");
    if (wants_compile(call))
        return compile(j, call, registration, a, err);
    if (image)
        return open_image(j, image, registration, err);
    if (gate_open(&j->gate, registration, caller, a, err) == 0)
        return 0;
    if (err->code != ERR_SYSTEM || err->sys != ENOENT)
        return -1;
    if (access(POLICY_BASELINE, R_OK) == 0)
        return compile(j, call, registration, a, err);
    return err_ctx(err, "no active policy (sallyport policy activate makes it)");
}

void judged_close(struct judged *j)
{
    gate_close(&j->gate);
}
