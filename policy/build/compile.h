/* policy/build/compile.h - settings and policies in, image out. Nothing is written.
 *
 * Layer:   policy/build
 * Owns:    everything lives in the arena given.
 * Errors:  those of settings.h, sources.h, aggregate.h and rego.h. Compile errors stand in
 *          `report`, one a line ("FILE:LINE: CODE: TEXT"); *err has the first.
 *
 * Two images are made: the one for the start path, checked against the input document's schema and
 * against what the shim links, and one of the tests. A test that fails fails the build. The shipped
 * rules' tests run with the settings of an empty file; those of other policies with the file's own.
 */
#ifndef POLICY_BUILD_COMPILE_H
#define POLICY_BUILD_COMPILE_H

#include "base/buf.h"
#include "policy/build/settings.h"
#include "policy/build/sources.h"
#include "policy/machine/machine.h"

#define POLICY_BASELINE "/usr/share/sallyport/policy"
#define POLICY_ENTRY "data.sallyport.main.decision"

struct compile_options {
    const char *settings; /* file; absent: every default */
    const char *baseline; /* directory of the shipped rules; NULL: POLICY_BASELINE */
    const char *level;    /* judge at this level, whatever the settings say; NULL: theirs */
    bool trusted;         /* files must be root's alone */
    bool skip_tests;
    bool
        ask_runtime; /* data.sallyport.settings.runtime_version: what the real runtime says it is */
    int64_t now_ns;
    uint64_t serial;
    struct buf *report; /* errors and failed tests, lines */
};

struct compiled {
    struct settings settings;
    struct sources sources;
    const struct value *catalogue;
    const struct value *meta;
    const void *image; /* aligned bytes */
    size_t image_len;
    char digest[72]; /* "sha256:..." over settings and sources */
    size_t rules, tests, skipped, waivers;
};

int policy_compile(struct arena *a, const struct compile_options *o, struct compiled *out,
                   struct err *err) MUST_CHECK;

/* The baseline seccomp profile as it stands in data.sallyport.profiles.seccomp.baseline. */
int compile_profiles(struct arena *a, const struct value **out, struct err *err) MUST_CHECK;

#endif
