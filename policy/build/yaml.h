/* policy/build/yaml.h - YAML of settings and waivers: values that know where they stand.
 *
 * Layer:   policy/build (never in the shim)
 * Owns:    nodes and values live in the arena given.
 * Errors:  ERR_INVALID "FILE:LINE:COL: ..." (1-based), ERR_LIMIT, ERR_NOMEM.
 * Limits:  YAML_DEPTH_MAX levels, YAML_BYTES_MAX bytes, one document, no anchors, aliases or tags:
 *          settings say what they mean where they mean it. A key twice is an error.
 * Sources: YAML 1.2 core schema for plain scalars (libyaml scans).
 */
#ifndef POLICY_BUILD_YAML_H
#define POLICY_BUILD_YAML_H

#include "policy/value/value.h"

enum { YAML_DEPTH_MAX = 32, YAML_BYTES_MAX = 1024 * 1024 };

struct yaml_node {
    const struct value *value; /* the whole of it, children included */
    unsigned line, col;
    struct yaml_node **kids; /* elements, or values of a mapping in the order written */
    struct yaml_node **keys; /* keys of a mapping; else NULL */
    size_t n;
};

int yaml_parse(struct arena *a, const char *file, const char *text, size_t len,
               struct yaml_node **out, struct err *err) MUST_CHECK;

/* Value node of a mapping's key; NULL when absent. */
const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);

#endif
