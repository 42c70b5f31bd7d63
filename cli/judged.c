#include "cli/judged.h"

#include <fcntl.h>
#include <string.h>

#include "base/own.h"

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

int judged_open(struct judged *j, const struct call *call, const char *caller, struct arena *a,
                struct err *err)
{
    const char *const image = call_value(call, "image", NULL);
    const char *const registration = call_value(call, "registration", NULL);

    j->gate.caller = caller;
    if (image)
        return open_image(j, image, registration, err);
    if (gate_open(&j->gate, registration, caller, a, err) == 0)
        return 0;
    if (err->code == ERR_SYSTEM && err->sys == ENOENT)
        return err_ctx(err, "no active policy (sallyport policy activate makes it)");
    return -1;
}

void judged_close(struct judged *j)
{
    gate_close(&j->gate);
    own_free(&j->bytes);
}
