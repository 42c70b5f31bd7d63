/* policy/build/test_cases.h - tests as `opa test` counts them: each rule is one, and cases within
 * one.
 *
 * Layer:   policy/build
 * Owns:    what is added to the modules lives in the arena given.
 *
 * Two rules test_x of one package would be one document: the second becomes test_x#01, and so on.
 * A test whose head has variables, test_x[name], makes an object of case names; a case that fails
 * is not in it, so a rule beside it collects the names that the body's beginning gives.
 */
#ifndef POLICY_BUILD_TEST_CASES_H
#define POLICY_BUILD_TEST_CASES_H

#include "policy/rego/rego.h"

/* Suffix of the collecting rule's name. */
#define TEST_CASES " cases"

int test_cases_prepare(struct arena *a, struct rego_module *const *modules, size_t n,
                       struct err *err) MUST_CHECK;

#endif
