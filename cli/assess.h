/* cli/assess.h - this host held against the rules of policy/host.
 *
 * Layer:   cli
 * Owns:    documents live in the arena given.
 */
#ifndef CLI_ASSESS_H
#define CLI_ASSESS_H

#include "cli/cli.h"
#include "policy/value/value.h"
#include "report/tally.h"

/* Where frameworks, host rules and formats stand: below the installation's, or --data's. */
#define REPORT_DATA "/usr/share/sallyport"

/* {"facts": what was seen, "results": [{"rule", "outcome", "msg"}], "catalogue": {RULE: ..}}. */
int assess_host(struct arena *a, const char *data, const struct value *settings,
                const struct value **out, struct err *err) MUST_CHECK;

/* Count its results. */
int assess_tally(struct tally *t, const struct value *assessment, struct err *err) MUST_CHECK;

#endif
