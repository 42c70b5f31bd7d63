/* policy/build/activate.h - put a policy in force, or the one before it.
 *
 * Layer:   policy/build (sallyport policy activate)
 * Errors:  those of compile.h; ERR_SYSTEM, ERR_TRUST. On failure what was in force stays so.
 * Trust:   settings and policies are believed as root's files only.
 *
 * In the image's directory stand:
 *   active.img      the image in force      active.img.previous  the one before it
 *   runtime         "PATH FAMILY\n" of the real runtime
 *   serial          the highest serial ever activated: it never goes back. A roll-back puts the
 *                   previous image with its own, lower serial in force, which records then show;
 *                   the next activation counts on from the highest.
 * Each is replaced by rename, so that a start sees the old or the new one whole.
 */
#ifndef POLICY_BUILD_ACTIVATE_H
#define POLICY_BUILD_ACTIVATE_H

#include "policy/build/compile.h"

#define POLICY_SETTINGS "/etc/sallyport/sallyport.yaml"
#define POLICY_IMAGE "/var/lib/sallyport/policy/active.img"

struct activate_options {
    const char *settings; /* NULL: POLICY_SETTINGS */
    const char *image;    /* NULL: POLICY_IMAGE */
    const char *baseline; /* NULL: POLICY_BASELINE */
    bool untrusted; /* files need not be root's: for trying out, never with an image in force */
    bool skip_tests;
    bool dry_run; /* everything but the writing */
    int64_t now_ns;
    struct buf *report; /* errors and failed tests, lines; may be NULL */
};

struct activated {
    uint64_t serial, before; /* of the new image and of the one it replaces (0: none) */
    char digest[72];         /* of the sources; empty after a roll-back */
    size_t rules, tests, skipped, waivers, bytes;
    char runtime[4096];
};

int policy_activate(struct arena *a, const struct activate_options *o, struct activated *out,
                    struct err *err) MUST_CHECK;

/* Exchange the image in force with the one before it; the runtime file follows. */
int policy_rollback(const char *image, struct activated *out, struct err *err) MUST_CHECK;

#endif
