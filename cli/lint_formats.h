/* cli/lint_formats.h - what lint found, for other programs.
 *
 * Layer:   cli
 * Sources: SARIF 2.1.0 (OASIS); the JUnit report that Jenkins and GitLab read; workflow commands
 *          of GitHub Actions.
 *
 * `results` is the array of what lint_json makes of each bundle, `catalogue` the rules by id.
 */
#ifndef CLI_LINT_FORMATS_H
#define CLI_LINT_FORMATS_H

#include "base/buf.h"
#include "policy/value/value.h"

int lint_sarif(struct buf *out, struct arena *a, const struct value *results,
               const struct value *catalogue, struct err *err) MUST_CHECK;
void lint_junit(struct buf *out, const struct value *results);
void lint_github(struct buf *out, const struct value *results);

/* Text as XML's, and as a command of GitHub's (`property`: within its head). */
void lint_xml(struct buf *b, const char *text);
void lint_command_text(struct buf *b, const char *text, bool property);

#endif
