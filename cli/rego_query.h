/* cli/rego_query.h - a query and what it is asked of, as `policy eval` and `policy bench` take it.
 *
 * Layer:   cli
 * Owns:    what it loads lives in the arena given; the image is the caller's to close.
 * Errors:  ERR_USAGE (--input with --stdin-input, --data with a compiled policy), and those of
 *          rego_load.h and image_map.
 */
#ifndef CLI_REGO_QUERY_H
#define CLI_REGO_QUERY_H

#include "cli/rego_load.h"
#include "policy/rego/eval.h"

#define REGO_QUERY_OPTIONS                                                                         \
    {"data", 'd', "PATH", "Rego file, JSON file or directory", NULL},                              \
        {"bundle", 'b', "PATH", "a bundle: a directory or an archive", NULL}, REGO_LOAD_OPTIONS,   \
        {"input", 'i', "FILE", "the input document", NULL},                                        \
        {"stdin-input", 'I', NULL, "read the input document from standard input", NULL},           \
        {"image", 0, "FILE", "evaluate an entry point of this compiled policy", NULL},             \
        {"active", 0, NULL, "evaluate an entry point of the active policy", NULL},                 \
        {"strict", 'S', NULL, "unused and shadowing names are errors too", NULL},                  \
        {"strict-builtin-errors", 0, NULL, "a built-in's error ends the evaluation", NULL},        \
        {"v0-compatible", 0, NULL, "read modules as Rego v0", NULL},                               \
    {                                                                                              \
        "v1-compatible", 0, NULL, "read modules as Rego v1 (as without it)", NULL                  \
    }

/* The job that the command line describes: modules, data, input, query, options. */
int rego_query_load(const struct call *call, struct rego_eval_job *job, struct arena *a,
                    struct err *err) MUST_CHECK;

/* Whether a compiled policy is asked; its image, mapped and checked. */
bool rego_query_compiled(const struct call *call);
int rego_query_image(const struct call *call, struct image *img, struct err *err) MUST_CHECK;

#endif
