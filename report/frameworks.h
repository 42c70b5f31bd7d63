/* report/frameworks.h - the catalogues of what frameworks ask, and which rules speak of it.
 *
 * Layer:   report
 * Owns:    documents live in the arena given.
 * Errors:  ERR_USAGE (no such framework; the nearest is named), ERR_INVALID, ERR_SYSTEM.
 *
 *     DIR/frameworks/ID.json  {"id", "name", "title", "version", "kind", "mapping", "default",
 *                              "sections": [{"id", "title"}],
 *                              "controls": [{"id", "title", "section", "rules": [..],
 *                                            "claim": "direct" | "supporting", "why", "lacks"}]}
 *     DIR/rules.json          {RULE: {"operations": [..], "needs", "except_builds"}}
 */
#ifndef REPORT_FRAMEWORKS_H
#define REPORT_FRAMEWORKS_H

#include "policy/value/value.h"

enum { FRAMEWORKS_MAX = 256, FRAMEWORK_BYTES_MAX = 8 * 1024 * 1024 };

/* `names`: "cis-docker-1.6.0,k8s-pss" by id, by name (its default version), "all", or the path of
 * a file of one's own. */
int frameworks_load(struct arena *a, const char *dir, const char *names, struct value_list *out,
                    struct err *err) MUST_CHECK;

/* DIR/rules.json. */
int frameworks_asked(struct arena *a, const char *dir, const struct value **out,
                     struct err *err) MUST_CHECK;

#endif
