/* policy/build/runtime_version.h - which version the real runtime says it is.
 *
 * Layer:   policy/build: asked at activation; a start asks nobody
 * Owns:    values live in the arena given.
 * Errors:  none: a runtime that does not answer has no version, and rules on it do not speak.
 * Trust:   the program is the one that root's settings name; its text is cut to
 * RUNTIME_VERSION_MAX. Limits:  RUNTIME_VERSION_MAX bytes, RUNTIME_VERSION_MS until it is ended.
 */
#ifndef POLICY_BUILD_RUNTIME_VERSION_H
#define POLICY_BUILD_RUNTIME_VERSION_H

#include "policy/value/value.h"

enum { RUNTIME_VERSION_MAX = 512, RUNTIME_VERSION_MS = 5000 };

/* {"text": "1.1.5+ds1-1", "numbers": [1, 1, 5]} of the first line of PATH --version, or NULL. */
const struct value *runtime_version(struct arena *a, const char *path);

/* The same of a line such as "runc version 1.1.5+ds1-1"; NULL when there is no version in it. */
const struct value *runtime_version_parse(struct arena *a, const char *line);

#endif
