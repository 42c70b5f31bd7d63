/* policy/rego/graphql.h - GraphQL documents: read, and judged against a schema.
 *
 * Layer:   policy/rego (tools only)
 * Owns:    everything lives in the arena given.
 * Errors:  ERR_INVALID "input:LINE:COLUMN: TEXT" (without a place when the tree came without),
 *          ERR_LIMIT (nests deeper than GRAPHQL_DEPTH_MAX), ERR_NOMEM.
 * Trust:   text and trees are hostile.
 *
 * A document is a value of the shape OPA shows it in, so that trees that users hand back are the
 * same thing as parsed text. Places stand in "Position" members until graphql_prune.
 */
#ifndef POLICY_REGO_GRAPHQL_H
#define POLICY_REGO_GRAPHQL_H

#include "policy/value/value.h"

enum { GRAPHQL_DEPTH_MAX = 200 };

/* --- text to tokens ---------------------------------------------------------------------- */

enum gql_kind {
    GQL_INVALID,
    GQL_EOF,
    GQL_BANG,
    GQL_DOLLAR,
    GQL_AMP,
    GQL_PAREN_L,
    GQL_PAREN_R,
    GQL_SPREAD,
    GQL_COLON,
    GQL_EQUALS,
    GQL_AT,
    GQL_BRACKET_L,
    GQL_BRACKET_R,
    GQL_BRACE_L,
    GQL_BRACE_R,
    GQL_PIPE,
    GQL_NAME,
    GQL_INT,
    GQL_FLOAT,
    GQL_STRING,
    GQL_BLOCK,
};

struct gql_token {
    enum gql_kind kind;
    const struct value *text; /* of names, numbers and strings; else NULL */
    unsigned line, column;
    const struct value *comments; /* {"List": [..]} before it, or NULL */
};

struct gql_lexer {
    struct arena *arena;
    const char *at, *end;
    unsigned line;
    size_t runes, line_runes; /* read so far; at the line's beginning */
    struct err *err;
};

int gql_next(struct gql_lexer *l, struct gql_token *out) MUST_CHECK;
const char *gql_kind_text(enum gql_kind kind); /* "{", "Name", "<EOF>" */

/* --- documents --------------------------------------------------------------------------- */

int graphql_parse_query(struct arena *a, const char *text, size_t len, const struct value **out,
                        struct err *err) MUST_CHECK;
int graphql_parse_schema(struct arena *a, const char *text, size_t len, bool builtin,
                         const struct value **out, struct err *err) MUST_CHECK;

/* Without places, nulls and empty collections. */
const struct value *graphql_prune(struct arena *a, const struct value *v);

/* --- schemas ----------------------------------------------------------------------------- */

struct gql_type {
    const char *name, *kind; /* "OBJECT" */
    const struct value *def;
    bool builtin;
    struct value_list directives, interfaces, fields, types, values;
};

struct gql_schema {
    struct arena *arena;
    struct gql_type **types;
    size_t types_n, types_cap;
    struct value_list directives; /* definitions */
    struct gql_type *query, *mutation, *subscription;
};

/* The document and what every schema has. */
int graphql_schema(struct arena *a, const struct value *doc, struct gql_schema *out,
                   struct err *err) MUST_CHECK;
/* Whether the query document fits the schema; all that does not, in one text. */
int graphql_validate(const struct gql_schema *s, const struct value *query,
                     struct err *err) MUST_CHECK;

struct buf;
/* Conflicting fields, a line each; graphql_validate's part. */
void graphql_check_merge(struct buf *errors, unsigned *errors_n, const struct gql_schema *s,
                         const struct value *query);

struct gql_type *gql_type_named(const struct gql_schema *s, const char *name);
/* Element of an array (or list) of objects by its "Name". */
const struct value *gql_named(const struct value *list, const char *name);
const struct value *gql_named_in(const struct value_list *list, const char *name);
/* Text field, "" when it is none. */
const char *gql_text(const struct value *v, const char *field);
bool gql_flag(const struct value *v, const char *field);
size_t gql_count(const struct value *array); /* NULL: 0 */
/* The innermost name of a type; its whole text ("[String!]!"). */
const char *gql_type_name(const struct value *type);
const char *gql_type_text(struct arena *a, const struct value *type);
bool gql_is_kind(const struct gql_type *t, const char *kinds); /* "OBJECT UNION" */
bool gql_possible(const struct gql_schema *s, const struct gql_type *t, const struct gql_type *of);
/* Whether one of these texts is `text`. */
bool gql_lists(const struct value_list *l, const char *text);
/* A variable or argument of type x may stand where y is wanted. */
bool gql_compatible(const struct value *x, const struct value *y);
/* ERR_INVALID with the node's place before the text. */
int gql_error(struct err *err, const struct value *node, const char *fmt, ...) PRINTF_LIKE(3, 4);

#endif
