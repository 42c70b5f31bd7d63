/* cli/rego_errors.h - diagnostics of the Rego compiler as OPA's tools print them.
 *
 * Layer:   cli
 */
#ifndef CLI_REGO_ERRORS_H
#define CLI_REGO_ERRORS_H

#include "base/buf.h"
#include "policy/rego/rego.h"

/* {"errors": [{"message", "code", "location": {"file", "row", "col"}}]}, two spaces deep. Without
 * diagnostics the one error in *err. */
void rego_errors_print(struct buf *out, const struct rego_diags *diags, const struct err *err);

/* "FILE:LINE: CODE: TEXT" a line for each. */
void rego_errors_text(struct buf *out, const struct rego_diags *diags, const struct err *err);

#endif
