/* policy/build/tests.h - the policies' own tests, as `opa test` runs them.
 *
 * Layer:   policy/build
 * Owns:    results live in the arena given.
 *
 * Rules named test_ pass when they are defined and not false; todo_test_ are skipped.
 */
#ifndef POLICY_BUILD_TESTS_H
#define POLICY_BUILD_TESTS_H

#include "base/buf.h"
#include "policy/machine/machine.h"
#include "policy/rego/rego.h"

enum { TESTS_MAX = 8192 };

struct tests {
    struct rego_entry *entries;
    struct rego_loc *locs;
    size_t n, skipped;
};

/* Each once, in source order, with the entries that name their cases (policy/build/test_cases.h).
 */
int tests_find(struct arena *a, struct rego_module *const *modules, size_t n, struct tests *out,
               struct err *err) MUST_CHECK;

/* Tests among them. */
size_t tests_count(const struct tests *t);

/* How many fail; each failure is a line of `report` ("FILE:LINE: data.p.test_x: FAIL"). */
size_t tests_run(struct arena *a, const struct image *img, const struct tests *t, int64_t now_ns,
                 struct buf *report);

#endif
