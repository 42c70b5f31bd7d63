/* cli/judged.h - the policy a command judges with: the active image, or another.
 *
 * Layer:   cli
 * Owns:    a struct judged owns the image's mapping; an image compiled for the call lives in the
 *          arena given.
 * Errors:  ERR_SYSTEM with a hint at `sallyport policy activate` when there is no active image.
 */
#ifndef CLI_JUDGED_H
#define CLI_JUDGED_H

#include "cli/cli.h"
#include "runtime/judge.h"

struct judged {
    struct gate gate;
    bool ask_runtime; /* a policy compiled here knows the real runtime's version, as activation's */
};
#define JUDGED_INIT ((struct judged){.gate = GATE_INIT})
#define AUTO_JUDGED __attribute__((cleanup(judged_close)))

/* Open what --image (or --policy) and --registration ask for, or compile in memory what --settings,
 * --baseline and --level ask for; where nothing is active yet, the shipped rules with the settings
 * found. */
int judged_open(struct judged *j, const struct call *call, const char *caller, struct arena *a,
                struct err *err) MUST_CHECK;
void judged_close(struct judged *j);

#endif
