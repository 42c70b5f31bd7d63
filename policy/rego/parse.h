/* policy/rego/parse.h - inside the parser: state and the rules that its files share.
 *
 * Layer:   policy/rego
 * Owns:    nodes, comments and diagnostics live in the parser's arena.
 * Errors:  a rule that fails returns NULL (or false) and has added a diagnostic; a rule that does
 *          not apply returns NULL and has added none. What was tried is undone by parse_restore,
 *          diagnostics included.
 * Limits:  REGO_DEPTH_MAX nested terms and bodies.
 *
 *     parse.c       modules, packages, imports       parse_rule.c  rules, heads, else
 *     parse_expr.c  literals, bodies, not/and/or     parse_term.c  terms, operators, collections
 */
#ifndef POLICY_REGO_PARSE_H
#define POLICY_REGO_PARSE_H

#include "policy/rego/diag.h"
#include "policy/rego/rego.h"
#include "policy/rego/scan.h"

/* What trying and undoing saves. */
struct parse_state {
    struct token tok;
    uint32_t last_end; /* where the last token that is no white space ended */
    bool skipped_nl;   /* a newline stands between that token and this one */
    uint32_t wildcards;
    size_t errors, comments;
};

/* Places where an attempt failed, so that it is not made again: without this, nested attempts
 * would take exponential time. */
struct parse_failed {
    uint32_t *at; /* open hash set of offset + 1 */
    size_t n, cap;
};

struct rego_parser {
    struct arena *a;
    struct rego_source *source;
    enum rego_version version;
    rego_keywords keywords;
    bool not_bodies; /* future.keywords.not */
    struct parse_state s;
    struct rego_diags *diags;
    struct rego_comment *comments;
    size_t comments_cap;
    unsigned depth;
    bool deep; /* the depth limit was reached: said once, and nothing is tried any more */
    struct parse_failed failed;
    const char *hint;

    struct rego_rule **rules;
    size_t rules_n;
    struct rego_import *imports;
    size_t imports_n;
    struct rego_body **bodies; /* on the module's level: rules, if they look like heads */
    size_t bodies_n;
    struct rego_loc *packages; /* after the first statement */
    size_t packages_n, statements;
    struct rego_loc first; /* of the first statement, where that is no package */
};

void parse_scan(struct rego_parser *p);    /* next token that is no white space */
void parse_scan_ws(struct rego_parser *p); /* next token, white space too */
void parse_scan_template(struct rego_parser *p, bool raw);
void parse_restore(struct rego_parser *p, const struct parse_state *s);
bool parse_enter(struct rego_parser *p) MUST_CHECK;
static inline void parse_leave(struct rego_parser *p)
{
    p->depth--;
}
bool parse_failed_at(const struct rego_parser *p, uint32_t off) MUST_CHECK;
void parse_note_failed(struct rego_parser *p, uint32_t off);

static inline enum token_kind parse_tok(const struct rego_parser *p)
{
    return p->s.tok.kind;
}
struct rego_loc parse_loc(const struct rego_parser *p);                 /* of the current token */
struct rego_loc parse_span(const struct rego_parser *p, uint32_t from); /* to the last token */
const char *parse_text(const struct rego_parser *p, size_t *len);

void parse_error(struct rego_parser *p, struct rego_loc loc, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/* "unexpected TOKEN token: NOTE"; NOTE may be NULL. */
void parse_illegal(struct rego_parser *p, const char *note);

/* May the token, a keyword, stand as a name in a ref? */
bool parse_is_ref_keyword(const struct rego_parser *p);
/* Turn a keyword that begins a ref (not.x, input["if"]) into a name. */
bool parse_keyword_ref(struct rego_parser *p);
bool parse_logical_active(const struct rego_parser *p);

/* parse_term.c */
struct rego_term *parse_infix(struct rego_parser *p);
struct rego_term *parse_infix_in_list(struct rego_parser *p);
struct rego_term *parse_term(struct rego_parser *p);
struct rego_term *parse_var(struct rego_parser *p);
struct rego_term *parse_ref(struct rego_parser *p, struct rego_term *head);
struct rego_term *parse_seal(struct rego_parser *p, struct rego_term *t);
const char *parse_kind_name(const struct rego_term *t);
bool parse_is_root(const struct rego_term *t); /* input or data, alone */

/* parse_string.c */
struct rego_term *parse_number(struct rego_parser *p);
struct rego_term *parse_string(struct rego_parser *p);
struct rego_term *parse_template(struct rego_parser *p, bool raw);

/* parse_expr.c */
struct rego_expr *parse_literal(struct rego_parser *p);
struct rego_body *parse_body(struct rego_parser *p, enum token_kind end);
struct rego_body *parse_query(struct rego_parser *p, bool require_semicolon, enum token_kind end);
struct rego_body *parse_true_body(struct rego_parser *p, struct rego_loc loc);
bool parse_withs(struct rego_parser *p, struct rego_expr *e) MUST_CHECK;

/* parse_logic.c: `a and b`, `{ ... } or c`, groups in parentheses */
struct rego_expr *parse_logic_chain(struct rego_parser *p, struct rego_body *left,
                                    struct rego_loc loc);
/* What an operand is; `made` tells whether a group was recognised at all. */
struct rego_body *parse_logic_group(struct rego_parser *p, bool operand, bool *made);
struct rego_body *parse_logic_operand(struct rego_parser *p, bool *braces);
bool parse_is_negated(struct rego_parser *p);
struct rego_expr *parse_not_of(struct rego_parser *p, struct rego_body *body, struct rego_loc loc);
struct rego_body *parse_body_of(struct rego_parser *p, struct rego_expr *e);
struct rego_expr *parse_expr(struct rego_parser *p);
struct rego_expr *parse_logic_tail(struct rego_parser *p, struct rego_body *body,
                                   struct rego_loc loc);

/* parse_rule.c */
/* `every := 1`: the token is a keyword in a rule name's place. Says so and returns true. */
bool parse_keyword_rule_name(struct rego_parser *p, bool is_default) MUST_CHECK;
bool parse_rules(struct rego_parser *p) MUST_CHECK;
void parse_rule_of_body(struct rego_parser *p, struct rego_body *body);
void parse_check_v1(struct rego_parser *p, const struct rego_rule *r);

#endif
