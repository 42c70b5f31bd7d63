/* cli/host_facts.h - what the host's rules ask to be looked at.
 *
 * Layer:   cli
 * Owns:    documents live in the arena given.
 * Errors:  ERR_NOMEM. What cannot be seen is left out, or told with its reason: the rules then say
 *          so, never that it is well.
 * Trust:   files of the host's root, mostly; nothing is executed. The engine is asked on its own
 *          socket alone, and only for its settings.
 *
 * Rules give {"stat": [PATH], "text": [PATH], "json": [PATH], "glob": [PATTERN]}; what comes back:
 *     {"stat": {PATH: {"kind", "uid", "gid", "mode", "dev", "real"} | {"missing": true} |
 *               {"unknown": WHY}},
 *      "text": {PATH: TEXT}, "json": {PATH: VALUE | {"unreadable": WHY}}, "glob": {PATTERN:
 * [PATH]}, "processes": [{"pid", "args"}], "mounts": [PATH], "docker": {"info", "version"}}
 */
#ifndef CLI_HOST_FACTS_H
#define CLI_HOST_FACTS_H

#include "policy/value/value.h"

enum { HOST_FACTS_PATHS_MAX = 4096, HOST_TEXT_MAX = 1024 * 1024 };

/* What does not need to be named: processes of engines, mount points, the engine's own word. */
int host_facts_plain(struct arena *a, const struct value **out, struct err *err) MUST_CHECK;

/* Look at what `look` names; the answers join those of `facts`. */
int host_facts_look(struct arena *a, const struct value *look, const struct value *facts,
                    const struct value **out, struct err *err) MUST_CHECK;

#endif
