/* cli/host_facts.h - what the host's rules ask to be looked at.
 *
 * Layer:   cli
 * Owns:    documents live in the arena given.
 * Errors:  ERR_NOMEM. What cannot be seen is left out, or told with its reason: the rules then say
 *          so, never that it is well.
 * Trust:   files of the host's root, mostly; nothing is executed. The engine is asked on its own
 *          socket alone, by GET.
 * Limits:  those of the enum; what reaches one is not complete, and says so.
 *
 * Rules give {"stat": [PATH], "text": [PATH], "json": [PATH], "glob": [PATTERN], "setuid": [DIR],
 * "docker": [QUESTION]}; what comes back:
 *     {"stat": {PATH: {"kind", "uid", "gid", "mode", "dev", "real"} | {"missing": true} |
 *               {"unknown": WHY}},
 *      "text": {PATH: TEXT}, "json": {PATH: VALUE | {"unreadable": WHY}},
 *      "glob": {PATTERN: [PATH]}, "setuid": {DIR: {"files": [PATH], "complete"}},
 *      "docker": {QUESTION: ANSWER}, "processes": [{"pid", "args"}], "mounts": [PATH]}
 */
#ifndef CLI_HOST_FACTS_H
#define CLI_HOST_FACTS_H

#include "policy/value/value.h"

enum {
    HOST_FACTS_PATHS_MAX = 4096,
    HOST_TEXT_MAX = 1024 * 1024,
    HOST_QUESTIONS_MAX = 2000,
    HOST_SETUID_FILES_MAX = 200,      /* told of one directory */
    HOST_SETUID_ENTRIES_MAX = 300000, /* looked at in one directory */
};

/* What does not need to be named: processes of engines, mount points. */
int host_facts_plain(struct arena *a, const struct value **out, struct err *err) MUST_CHECK;

/* Look at what `look` names; the answers join those of `facts`. What was seen before stays as it
 * was seen. */
int host_facts_look(struct arena *a, const struct value *look, const struct value *facts,
                    const struct value **out, struct err *err) MUST_CHECK;

#endif
