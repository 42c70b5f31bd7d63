/* policy/rego/annotation_fields.h - the fields of a metadata block.
 *
 * Layer:   policy/rego
 * Owns:    the object lives in the arena given.
 * Errors:  ERR_INVALID with what OPA says of the field.
 */
#ifndef POLICY_REGO_ANNOTATION_FIELDS_H
#define POLICY_REGO_ANNOTATION_FIELDS_H

#include "policy/value/value.h"

/* The block, as YAML gave it, as rego.metadata shows it. NULL: *err, or no memory. */
const struct value *annotation_object(struct arena *a, const struct value *raw, const char *scope,
                                      struct err *err) MUST_CHECK;

#endif
