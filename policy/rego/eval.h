/* policy/rego/eval.h - one call from Rego text to an answer.
 *
 * Layer:   policy/rego (never in the shim)
 * Owns:    everything it makes lives in the arena given, the image included.
 * Errors:  as rego_parse, rego_check, rego_emit and machine_run; parse and compile errors with
 * their diagnostics in *diags. Follows: the result set that `opa eval -f json` prints.
 *
 *     struct rego_eval_job job = {.sources = files, .sources_n = n, .query = "data.a.allow"};
 *     rego_eval(&arena, &job, &result, &diags, &err)
 */
#ifndef POLICY_REGO_EVAL_H
#define POLICY_REGO_EVAL_H

#include "policy/machine/machine.h"
#include "policy/rego/rego.h"

struct rego_eval_job {
    struct rego_source *sources; /* modules */
    size_t sources_n;
    const char *query;
    const struct value *data;  /* base documents; NULL: none */
    const struct value *input; /* NULL: undefined */
    struct rego_options rego;
    struct machine_options machine;
    struct machine_stats *stats; /* may be NULL */
    struct image *image;         /* receives the image (borrowed from the arena); may be NULL */
};

/* {"result": [{"expressions": [{"value", "text", "location"}], "bindings": {..}}]}; {} when the
 * query is undefined. */
int rego_eval(struct arena *a, const struct rego_eval_job *job, const struct value **result,
              struct rego_diags *diags, struct err *err) MUST_CHECK;

/* The set of bindings only: an object {variable: value} for each answer. */
int rego_eval_bindings(struct arena *a, const struct rego_eval_job *job,
                       const struct value **bindings, struct rego_diags *diags,
                       struct err *err) MUST_CHECK;

#endif
