/* cli/go_json.h - JSON as Go's encoder lays it out: two spaces, <, > and & escaped.
 *
 * Layer:   cli
 */
#ifndef CLI_GO_JSON_H
#define CLI_GO_JSON_H

#include "base/buf.h"
#include "policy/value/value.h"

/* The same with the fields that `order` (NULL-terminated) names first, in its order. */
void go_json_ordered(struct buf *out, const struct value *v, const char *const *order,
                     unsigned depth);

/* The value, `depth` levels to the right after its first line. */
void go_json_print(struct buf *out, const struct value *v, unsigned depth);

#endif
