/* cli/verify_suite.h - Gatekeeper's suites of tests: read, filter, run.
 *
 * Layer:   cli
 * Owns:    results live in the arena given; `error` texts and names are NUL-terminated.
 * Errors:  what is wrong with a test or case is its result, not the call's; -1 is for a file that
 *          cannot be read as YAML and for memory.
 * Sources: gator's Suite, test.gatekeeper.sh/v1alpha1. Paths in it are relative to its file.
 */
#ifndef CLI_VERIFY_SUITE_H
#define CLI_VERIFY_SUITE_H

#include "policy/build/gatekeeper_run.h"
#include "policy/machine/regex.h"

struct verify_filter {
    const struct regex *test, *one; /* NULL: any */
    bool either;                    /* one pattern for the names of both */
};

struct verify_case {
    const char *name, *error, *prints; /* error NULL: passed */
    bool skipped;
    int64_t ns;
};

struct verify_test {
    const char *name, *error;
    bool skipped;
    int64_t ns;
    struct verify_case *cases;
    size_t cases_n, assertions;
};

struct verify_suite {
    const char *path;
    bool skipped;
    int64_t ns;
    struct verify_test *tests;
    size_t tests_n;
};

/* "TEXT", "TEST//CASE" or NULL, as gator verify --run. */
int verify_filter_read(struct arena *a, const char *text, struct verify_filter *out,
                       struct err *err) MUST_CHECK;

/* 1: a suite, run; 0: a YAML file that is none. */
int verify_suite_run(struct arena *a, const char *path, const struct verify_filter *filter,
                     struct verify_suite *out, struct err *err) MUST_CHECK;

bool verify_test_failed(const struct verify_test *t);
bool verify_suite_failed(const struct verify_suite *s);

#endif
