/* policy/rego/graphql_walk.h - what the parts of graphql_validate share.
 *
 * Layer:   policy/rego, private to graphql_query.c and graphql_values.c
 */
#ifndef POLICY_REGO_GRAPHQL_WALK_H
#define POLICY_REGO_GRAPHQL_WALK_H

#include "base/buf.h"
#include "policy/rego/graphql.h"

enum gql_value_kind {
    KIND_VARIABLE,
    KIND_INT,
    KIND_FLOAT,
    KIND_STRING,
    KIND_BLOCK,
    KIND_BOOLEAN,
    KIND_NULL,
    KIND_ENUM,
    KIND_LIST,
    KIND_OBJECT,
};

struct gql_walk {
    const struct gql_schema *schema;
    struct arena *arena;
    const struct value *fragments;
    const struct value *operation; /* NULL within a fragment by itself */
    struct value_list spread;      /* fragments followed from this operation */
    struct value_list used;        /* names of variables met */
    unsigned depth;
    bool quiet; /* following a spread: only variables count, the rest is told once */
    struct buf errors;
    unsigned errors_n;
};

/* What a value is for. */
struct gql_want {
    const struct value *type; /* NULL: not known */
    bool has_default;
};

/* Add an error at a node. */
void gql_tell(struct gql_walk *w, const struct value *node, const char *fmt, ...) PRINTF_LIKE(3, 4);
const struct gql_type *gql_type_of(const struct gql_walk *w, const struct value *type);
bool gql_has_name(const struct value_list *l, const char *name);
/* The definition's default is there and not null. */
bool gql_has_default(const struct value *def);
/* A value where one is wanted: its variables, its type, its children. */
void gql_walk_value(struct gql_walk *w, const struct value *v, const struct gql_want *want);

#endif
