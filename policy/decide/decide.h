/* policy/decide/decide.h - the decision: input document in, verdict and patch out. Pure.
 *
 * Layer:   policy/decide (may include profiles, policy/machine, policy/value, policy/schema, base)
 * Owns:    everything in a decision lives in the arena given or in the image.
 * Errors:  ERR_EVAL, ERR_LIMIT, ERR_INVALID (a rule's finding has the wrong shape; conflicting
 *          fixes name both rules), ERR_NOMEM. Callers on the start path turn each into a refusal.
 * Purity:  no clock, files, environment, randomness: the time is in the input. The same image and
 *          input always give the same decision, so a recorded one replays exactly.
 *
 * The image's entry point DECIDE_ENTRY is evaluated on the input; its value is
 *     {"findings": [{"rule", "msg", "path", "enforcement": "deny"|"warn"|"audit", "severity",
 *                    "fix": [RFC 6902 operations over the input document, /config/... or
 *                            /process/... or /resources/...], "actions": [...], "waived": ID,
 *                    "undetermined": true, "unknown": ["/facts/.."]}],
 *      "level": "...", "mode": "enforce"|"warn"|"audit", "rules": N (rules evaluated)}
 * Fixes of all findings are gathered: same path and value merge, different values are a conflict
 * that refuses and names both rules; removals from arrays go last and highest index first. The
 * patched document gets its facts renewed (facts_renew: pure) and is judged again, DECIDE_ROUNDS
 * at most, until no rule asks for a fix. What then still has enforcement deny refuses; a denying
 * finding with neither fix nor actions refuses whenever it is seen, also when another rule's fix
 * would take it out of sight. A conflict of fixes is such a finding.
 */
#ifndef POLICY_DECIDE_DECIDE_H
#define POLICY_DECIDE_DECIDE_H

#include "policy/machine/machine.h"

#define DECIDE_ENTRY "data.sallyport.main.decision"

enum { DECIDE_ROUNDS = 3, DECIDE_FINDINGS_MAX = 1000 };

enum verdict { VERDICT_ADMIT, VERDICT_HARDEN, VERDICT_REFUSE };

struct decision {
    enum verdict verdict;         /* what happens: in audit and warn mode never REFUSE */
    enum verdict would;           /* what enforce mode would have done */
    const char *mode;             /* "enforce", "warn", "audit" */
    const struct value *findings; /* array: of the first look, each with "fixed": true|false */
    const struct value *refusals; /* array: findings that deny and have no remedy */
    const struct value *patch;    /* array of RFC 6902 operations over the input document */
    const struct value *actions; /* array: remedies by the shim's hand (closed table in runtime/) */
    const struct value *input; /* the document after the patch; == the given one when patch is [] */
    unsigned rounds;
    struct machine_stats stats;
};

int decide(const struct image *image, const struct value *input, struct arena *a,
           struct decision *out, struct err *err) MUST_CHECK;

const char *verdict_name(enum verdict v); /* "admit", "harden", "refuse" */

/* Is there an action of this name among the decision's? */
bool decision_acts(const struct decision *d, const char *name);

/* The facts of a patched document, from the facts of the one before: what analysis of the document
 * alone yields (process, capabilities, seccomp, resources, own mounts) is derived anew; what was
 * seen on the host stays with the mount, namespace, hook it was seen for (matched by value, not by
 * index). Pure. */
int facts_renew(struct arena *a, const struct value *input_before, const struct value *input_after,
                const struct value **facts, struct err *err) MUST_CHECK;

#endif
