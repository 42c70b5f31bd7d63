/* policy/rego/format.h - Rego as everybody lays it out.
 *
 * Layer:   policy/rego (never in the shim)
 * Owns:    the text goes to the caller's buffer; what is made on the way lives in the arena given.
 * Errors:  those of rego_parse, with diagnostics; ERR_INVALID when the text cannot be laid out or
 *          would not read back.
 * Follows: `opa fmt`: the same bytes, comments kept.
 */
#ifndef POLICY_REGO_FORMAT_H
#define POLICY_REGO_FORMAT_H

#include "policy/rego/rego.h"

struct format_options {
    enum rego_version version; /* of the text */
    bool v0_to_v1;             /* text of v0 for both: keywords and `import rego.v1` are put in */
    bool drop_imports;         /* leave out imports that v1 makes needless */
};

int rego_format(struct arena *a, struct rego_source *source, const struct format_options *opt,
                struct buf *out, struct rego_diags *diags, struct err *err) MUST_CHECK;

#endif
