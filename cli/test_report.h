/* cli/test_report.h - results of tests, printed as `opa test` prints them.
 *
 * Layer:   cli
 */
#ifndef CLI_TEST_REPORT_H
#define CLI_TEST_REPORT_H

#include "cli/cli.h"
#include "cli/rego_compile.h"

enum test_outcome { TEST_PASS, TEST_FAIL, TEST_SKIP, TEST_ERROR, TEST_OUTCOMES };

struct test_result {
    const struct rego_test *test;
    enum test_outcome outcome;
    int64_t ns; /* of the run, or of one of them when benchmarking */
    uint64_t runs;
    const char *prints;        /* NULL: none */
    const char *error, *code;  /* TEST_ERROR */
    const struct value *cases; /* {NAME: false or true or cases of it}; NULL: the test has none */
};

/* FILE:ROW: and data.p.test_x: PASS (1.2ms), failures only unless verbose, and the sums. */
void test_report_pretty(struct call *call, const struct test_result *r, size_t n, bool verbose);
/* OPA's array. */
void test_report_json(struct call *call, const struct test_result *r, size_t n);
/* One line a test: name, runs, ns/op; with `go` as Go's benchmarks are named. */
void test_report_bench(struct call *call, const struct test_result *r, size_t n, bool go);

#endif
