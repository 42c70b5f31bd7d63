/* policy/rego/graphql_parser.h - the parser's state, and what its two files share.
 *
 * Layer:   policy/rego, private to graphql_parse.c and graphql_parse_schema.c
 * Errors:  the first one is kept in *p->err and sets p->failed; after it the functions do nothing
 *          and return NULL or false.
 */
#ifndef POLICY_REGO_GRAPHQL_PARSER_H
#define POLICY_REGO_GRAPHQL_PARSER_H

#include "policy/rego/graphql.h"

struct gql_parser {
    struct gql_lexer lexer;
    struct arena *arena;
    struct gql_token token; /* the one looked at */
    struct err lexed;       /* what is wrong with it; told when it is taken */
    unsigned depth;
    struct err *err;
    bool failed;
};

typedef const struct value *gql_item(struct gql_parser *p);

void gp_fail_at(struct gql_parser *p, const struct gql_token *t, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
void gp_unexpected(struct gql_parser *p);
const char *gp_token_text(struct gql_parser *p, const struct gql_token *t);
/* The token looked at; the next one is looked at then. */
struct gql_token gp_take(struct gql_parser *p);
bool gp_at(const struct gql_parser *p, enum gql_kind kind);
bool gp_at_word(const struct gql_parser *p, const char *word);
bool gp_skip(struct gql_parser *p, enum gql_kind kind);
struct gql_token gp_expect(struct gql_parser *p, enum gql_kind kind);
struct gql_token gp_expect_word(struct gql_parser *p, const char *word);
const struct value *gp_name(struct gql_parser *p);
/* Members of the node being made. */
void gp_put(struct gql_parser *p, struct value_fields *f, const char *key, const struct value *v);
void gp_put_text(struct gql_parser *p, struct value_fields *f, const char *key, const char *text);
void gp_put_list(struct gql_parser *p, struct value_fields *f, const char *key,
                 const struct value_list *l);
/* Place and comments of the token looked at. */
void gp_put_place(struct gql_parser *p, struct value_fields *f);
const struct value *gp_close(struct gql_parser *p, const struct value_fields *f);
/* Items between marks, at least one; *comments are those before the closing one. */
struct value_list gp_some(struct gql_parser *p, enum gql_kind open, enum gql_kind shut,
                          gql_item *item, const struct value **comments);
const struct value *gp_parse_value(struct gql_parser *p, bool constant);
void gp_put_directives(struct gql_parser *p, struct value_fields *f, bool constant);
const struct value *gp_parse_type(struct gql_parser *p);
const struct value *gp_operation_type(struct gql_parser *p);
struct gql_parser gp_parser_of(struct arena *a, const char *text, size_t len, struct err *err);

#endif
