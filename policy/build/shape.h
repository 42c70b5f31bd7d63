/* policy/build/shape.h - a YAML document against a JSON Schema, with places and nearest names.
 *
 * Layer:   policy/build
 * Errors:  ERR_INVALID "FILE:LINE:COL: unknown key 'rulez'; did you mean 'rules'?" and the like;
 *          the first one met, in the order of the file.
 * Sources: of JSON Schema what policy/schema/settings.schema.json uses: type, enum, properties,
 *          additionalProperties, required, items, minimum, maximum, pattern "^/" (an absolute
 * path), anyOf, $ref into #/$defs. The schema is ours, so anything else in it is a bug.
 */
#ifndef POLICY_BUILD_SHAPE_H
#define POLICY_BUILD_SHAPE_H

#include "base/buf.h"
#include "policy/build/yaml.h"

int shape_check(const char *file, const struct yaml_node *node, const struct value *schema,
                struct err *err) MUST_CHECK;

/* The same, and on: every mistake is a line of `report`, the first one stands in *err. */
int shape_check_all(const char *file, const struct yaml_node *node, const struct value *schema,
                    struct buf *report, struct err *err) MUST_CHECK;

/* The name among n that is nearest to `text`; NULL when none is near. */
const char *shape_nearest(const char *text, const char *const *names, size_t n);

#endif
