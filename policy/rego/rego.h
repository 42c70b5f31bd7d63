/* policy/rego/rego.h - from Rego text to a compiled image.
 *
 * Layer:   policy/rego (may include policy/machine, policy/value, policy/schema, base)
 * Owns:    a struct rego_compile borrows its arena; modules, diagnostics and programs live there.
 * Errors:  -1 with diagnostics in diags (sorted by file, line) and the first in *err
 *          ("FILE:LINE: CODE: TEXT"; "N errors" when more).
 * Limits:  REGO_DEPTH_MAX nesting, REGO_SOURCE_MAX bytes a file, REGO_ERRORS_MAX diagnostics.
 *
 *     rego_parse (each file) -> rego_check (all together, with queries) -> rego_emit -> image bytes
 */
#ifndef POLICY_REGO_REGO_H
#define POLICY_REGO_REGO_H

#include "base/buf.h"
#include "policy/rego/ast.h"

enum { REGO_DEPTH_MAX = 500, REGO_SOURCE_MAX = 16 * 1024 * 1024, REGO_ERRORS_MAX = 10 };

struct rego_options {
    enum rego_version version;
    bool strict;                      /* opa check --strict */
    bool keep_prints;                 /* print() calls stay */
    const struct value *input_schema; /* JSON Schema: a reference under input it does not know is an
                                         error; NULL: any */
    bool start_path_only; /* calls of built-ins that the shim does not link are errors */
    bool fold;            /* rules that read no input are worked out at compile time */
};

/* An entry: a name under which machine_run finds it, and what it evaluates. */
struct rego_entry {
    const char *name;
    const struct value *path; /* array of strings under data; or NULL for a query */
    struct rego_body
        *query; /* parsed query; result is a set of objects {var: value} of its variables */
};

/* The checked whole: what code generation reads. */
struct rego_program {
    struct rego_rule **rules; /* all modules' rules, defaults included, in source order */
    size_t rules_n;
    const struct value *const *packages; /* arrays of strings; a package without rules is {} */
    size_t packages_n;
    struct rego_checked_query {
        const char *name;
        struct rego_body *body;
        struct rego_query_var {
            const struct value *name; /* as written, no wildcards or generated names */
            uint32_t slot;
        } * vars;
        size_t vars_n;
        uint32_t slots;
    } * queries;
    size_t queries_n;
    const struct value *data;           /* base documents (object), may be NULL */
    struct rego_module *const *modules; /* their packages exist even when they have no rules */
    size_t modules_n;
    bool start_path_only; /* from the options: rego_emit refuses what the shim does not link */
    bool fold;            /* from the options, false where print() calls stay */
};

int rego_parse(struct arena *a, struct rego_source *source, const struct rego_options *opt,
               struct rego_module **out, struct rego_diags *diags, struct err *err) MUST_CHECK;
int rego_parse_query(struct arena *a, struct rego_source *source, const struct rego_options *opt,
                     struct rego_body **out, struct rego_diags *diags, struct err *err) MUST_CHECK;
/* A term alone (input_term of conformance cases). Must be ground. */
int rego_parse_term(struct arena *a, struct rego_source *source, const struct value **out,
                    struct err *err) MUST_CHECK;

/* Resolve, rewrite, check safety, order, recursion, arity, types. Modules' trees are consumed. */
int rego_check(struct arena *a, struct rego_module *const *modules, size_t n,
               const struct rego_entry *entries, size_t entries_n, const struct value *data,
               const struct rego_options *opt, struct rego_program **out, struct rego_diags *diags,
               struct err *err) MUST_CHECK;

/* Generate code. `entries` with a path become entry points; queries carry their own names.
 * `meta` is stored for image.meta (settings, digests); `data` of the program becomes image.data. */
int rego_emit(struct arena *a, const struct rego_program *program, const struct rego_entry *entries,
              size_t entries_n, const struct value *meta, struct buf *image,
              struct err *err) MUST_CHECK;

void rego_diag_print(struct buf *b, const struct rego_diag *d);

#endif
