#include <openssl/crypto.h>
#include <seccomp.h>

#include "cli/cli.h"
#include "policy/machine/machine.h"

const struct option_row version_options[] = {
    {"format", 'f', "FORMAT", "how to print", format_text_json},
    {NULL, 0, NULL, NULL, NULL},
};

int cmd_version(struct call *call, struct err *err)
{
    const struct scmp_version *const sc = seccomp_version();

    (void)err;
    if (call_json(call)) {
        buf_printf(&call->out, "{\"sallyport\": \"%s\", \"image_format\": %d}\n", SALLYPORT_VERSION,
                   IMAGE_FORMAT);
        return EXIT_CLEAN;
    }
    buf_printf(&call->out, "sallyport %s\npolicy image format %d\nlibseccomp %u.%u.%u\n%s\n",
               SALLYPORT_VERSION, IMAGE_FORMAT, sc->major, sc->minor, sc->micro,
               OpenSSL_version(OPENSSL_VERSION));
    return EXIT_CLEAN;
}
