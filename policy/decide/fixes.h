/* policy/decide/fixes.h - the fixes that rules ask for, made into one patch.
 *
 * Layer:   policy/decide (private to this room and its tests)
 * Owns:    results live in the arena given and share what they did not change.
 * Errors:  ERR_INVALID (a fix has the wrong shape or reaches outside the document), ERR_LIMIT,
 *          ERR_NOMEM. Two rules that want different things at one place are no error but a
 *          conflict: the caller refuses and names both.
 * Purity:  findings and document in, operations out.
 *
 * A fix is a list of RFC 6902 operations `add`, `replace`, `remove` below /config, /process or
 * /resources. Rules name places in the document as it was judged, so the order matters:
 *   1. parents that are missing are made (an array where the next token is "-", else an object);
 *   2. members of objects are set;  3. elements are appended;
 *   4. elements are inserted and removed, the highest place first, so that no index moves.
 */
#ifndef POLICY_DECIDE_FIXES_H
#define POLICY_DECIDE_FIXES_H

#include "policy/value/value.h"

enum { FIXES_MAX = 1024 };

struct fix {
    const struct value *rule;  /* id of the rule that asks */
    const struct value *path;  /* pointer text */
    const struct value *value; /* NULL: remove */
    bool append;               /* ends in "-" */
    bool element;              /* an element of an array that the document has */
};

struct fixes {
    struct fix at[FIXES_MAX];
    size_t n;
    bool conflicting;
    struct fix conflict[2]; /* the first two that want different things at one place */
};

/* Add a finding's operations. Equal wishes merge; the first conflict met is kept. */
int fixes_add(struct fixes *f, const struct value *doc, const struct value *rule,
              const struct value *ops, struct err *err) MUST_CHECK;

/* The patch: array of operations, empty when nothing is asked. */
int fixes_patch(const struct fixes *f, struct arena *a, const struct value *doc,
                const struct value **ops, struct err *err) MUST_CHECK;

#endif
