/* cli/rego_compile.h - loaded modules parsed and checked, and the tests among their rules.
 *
 * Layer:   cli
 * Owns:    everything lives in the arena given.
 */
#ifndef CLI_REGO_COMPILE_H
#define CLI_REGO_COMPILE_H

#include "cli/rego_load.h"
#include "policy/machine/machine.h"

struct rego_test {
    const char *name;         /* "data.PACKAGE.test_x" */
    const struct value *path; /* array of strings under data */
    struct rego_loc loc;
    const char *cases; /* entry that gives the names of its cases; NULL: it has none */
    const struct value *cases_path;
    bool todo; /* todo_test_: not run */
};

struct rego_tests {
    struct rego_test *at;
    size_t n;
};

int rego_compile_parse(const struct rego_load *l, const struct rego_options *opt, struct arena *a,
                       struct rego_module ***modules, struct rego_diags *diags,
                       struct err *err) MUST_CHECK;

/* Rules named test_* and todo_test_*, each once, in source order; test_cases_prepare comes first.
 */
int rego_compile_tests(struct rego_module *const *modules, size_t n, struct arena *a,
                       struct rego_tests *out, struct err *err) MUST_CHECK;

/* Check the modules with the tests as entry points, and borrow an image of them from the arena. */
int rego_compile_image(const struct rego_load *l, struct rego_module *const *modules,
                       const struct rego_tests *tests, const struct rego_options *opt,
                       struct arena *a, struct image *img, struct rego_diags *diags,
                       struct err *err) MUST_CHECK;

#endif
