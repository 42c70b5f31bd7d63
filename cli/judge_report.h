/* cli/judge_report.h - what rules said of documents, in the formats that CI reads.
 *
 * Layer:   cli
 * Follows: the outputs of `conftest test`.
 */
#ifndef CLI_JUDGE_REPORT_H
#define CLI_JUDGE_REPORT_H

#include "cli/cli.h"
#include "policy/value/value.h"

/* One document under one namespace; findings are objects with msg. */
struct judged_doc {
    const char *file, *namespace;
    size_t passed; /* rules that found nothing */
    struct value_list warnings, failures, exceptions;
};

extern const char *const judge_formats[];

int judge_report(struct call *call, const char *format, struct arena *a,
                 const struct judged_doc *docs, size_t n, struct err *err) MUST_CHECK;

#endif
