/* policy/rego/yaml_read.h - YAML documents as values.
 *
 * Layer:   policy/rego
 * Owns:    the value lives in the arena given.
 * Errors:  ERR_INVALID ("yaml: line N: ..."), ERR_LIMIT (depth), ERR_NOMEM.
 * Trust:   hostile text; aliases are followed, within the limits of depth and of the arena.
 * Limits:  YAML_DEPTH_MAX levels.
 *
 * Plain scalars mean what YAML 1.2's core schema says; mapping keys become strings.
 */
#ifndef POLICY_REGO_YAML_READ_H
#define POLICY_REGO_YAML_READ_H

#include "policy/value/value.h"

enum { YAML_DEPTH_MAX = 100 };

/* Every document of a stream: empty ones are null. */
int yaml_read_all(struct arena *a, const char *text, size_t len, struct value_list *out,
                  struct err *err) MUST_CHECK;

/* The first document; those after it must be well-formed. yaml_read_start does not look at them. */
int yaml_read(struct arena *a, const char *text, size_t len, const struct value **out,
              struct err *err) MUST_CHECK;
int yaml_read_start(struct arena *a, const char *text, size_t len, const struct value **out,
                    struct err *err) MUST_CHECK;

#endif
