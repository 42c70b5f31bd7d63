/* policy/machine/regex_parser.h - the parser's state, and what its two files share.
 *
 * Layer:   policy/machine, private to regex_parse.c and regex_parse_class.c
 * Errors:  -1 with *p->err set, in Go's words.
 */
#ifndef POLICY_MACHINE_REGEX_PARSER_H
#define POLICY_MACHINE_REGEX_PARSER_H

#include "policy/machine/regex_ast.h"

enum regex_flag {
    FLAG_FOLD = 1u << 0,   /* (?i) */
    FLAG_LINES = 1u << 1,  /* (?m) ^ and $ also at lines */
    FLAG_DOTALL = 1u << 2, /* (?s) . also \n */
    FLAG_LAZY = 1u << 3,   /* (?U) */
};

/* An open parenthesis (or the whole, at the bottom). */
struct regex_frame {
    struct regex_frame *outer;
    unsigned flags; /* to come back at the closing one */
    uint32_t group; /* 0: only for grouping */
    struct regex_node *alts, **alts_end;
    struct regex_node *items, **items_end, *last; /* of the alternative being read */
};

struct regex_parser {
    struct arena *arena;
    const char *pattern, *at, *end;
    unsigned flags;
    struct regex_frame *frame;
    struct regex_tree *tree;
    struct err *err;
};

/* "error parsing regexp: REASON: `PART`" */
int regex_fail(struct regex_parser *p, const char *reason, const char *from, const char *to);
/* The next rune of valid UTF-8; what is not is an error. */
int regex_next_rune(struct regex_parser *p, uint32_t *r) MUST_CHECK;
bool regex_looking_at(const struct regex_parser *p, const char *text);

/* One escaped character; p->at is at the backslash. */
int regex_parse_escape(struct regex_parser *p, uint32_t *out) MUST_CHECK;
/* \d \S \pL \P{Greek} at p->at into s: 1 taken, 0 something else, -1 error. */
int regex_parse_escaped_class(struct regex_parser *p, struct rune_set *s) MUST_CHECK;
/* [..] at p->at into s. */
int regex_parse_class(struct regex_parser *p, struct rune_set *s) MUST_CHECK;

#endif
