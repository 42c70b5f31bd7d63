/* policy/rego/dump.h - trees as text, for tests and for the eye.
 *
 * Layer:   policy/rego
 * Owns:    nothing.
 *
 * Checked form: locals print as _0, _1, ...; after an expression "# binds _0" tells what it is the
 * first to bind. Parsed form prints names as written.
 */
#ifndef POLICY_REGO_DUMP_H
#define POLICY_REGO_DUMP_H

#include "policy/rego/rego.h"

void rego_dump_term(struct buf *b, const struct rego_term *t);
void rego_dump_body(struct buf *b, const struct rego_body *body, unsigned indent);
void rego_dump_rule(struct buf *b, const struct rego_rule *r);
void rego_dump_program(struct buf *b, const struct rego_program *p);

#endif
