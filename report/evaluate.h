/* report/evaluate.h - Rego of tools, compiled and asked once.
 *
 * Layer:   report
 * Owns:    everything lives in the arena given.
 * Errors:  those of policy/rego and policy/machine; ERR_INVALID when the entry is undefined.
 */
#ifndef REPORT_EVALUATE_H
#define REPORT_EVALUATE_H

#include "policy/value/value.h"

enum { EVALUATE_STEPS_M = 4000 }; /* millions of the machine's steps */

/* Compile the modules of `dir` (tests left out) and of file `more` (may be NULL), and give the
 * value of `path` ("sallyport.report.model") on `input`. now_ns: what time.now_ns says. */
int evaluate(struct arena *a, const char *dir, const char *more, const char *path,
             const struct value *input, int64_t now_ns, const struct value **out,
             struct err *err) MUST_CHECK;

#endif
