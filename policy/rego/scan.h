/* policy/rego/scan.h - tokens of Rego text.
 *
 * Layer:   policy/rego
 * Owns:    nothing; tokens are places in the text.
 * Errors:  a token that is wrong has kind TOK_ILLEGAL and `error` says why (static text).
 * Trust:   the text is hostile: NUL bytes, malformed UTF-8 and byte-order marks are illegal.
 *
 * White space is a token too, because `f (x)` and `f(x)`, `a.b` and `a . b` differ.
 */
#ifndef POLICY_REGO_SCAN_H
#define POLICY_REGO_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/rego/ast.h"

/* X(kind, what messages call it). Keywords are those from TOK_PACKAGE to TOK_LOGICAL_OR. */
#define REGO_TOKENS(X)                                                                             \
    X(ILLEGAL, "illegal")                                                                          \
    X(EOF, "eof")                                                                                  \
    X(SPACE, "whitespace")                                                                         \
    X(IDENT, "identifier")                                                                         \
    X(COMMENT, "comment")                                                                          \
    X(PACKAGE, "package")                                                                          \
    X(IMPORT, "import")                                                                            \
    X(AS, "as")                                                                                    \
    X(DEFAULT, "default")                                                                          \
    X(ELSE, "else")                                                                                \
    X(NOT, "not")                                                                                  \
    X(SOME, "some")                                                                                \
    X(WITH, "with")                                                                                \
    X(NULL, "null")                                                                                \
    X(TRUE, "true")                                                                                \
    X(FALSE, "false")                                                                              \
    X(IN, "in")                                                                                    \
    X(EVERY, "every")                                                                              \
    X(CONTAINS, "contains")                                                                        \
    X(IF, "if")                                                                                    \
    X(LOGICAL_AND, "and")                                                                          \
    X(LOGICAL_OR, "or")                                                                            \
    X(NUMBER, "number")                                                                            \
    X(STRING, "string")                                                                            \
    X(RAW_STRING, "string")                                                                        \
    X(TEMPLATE_PART, "template-string-part")                                                       \
    X(TEMPLATE_END, "template-string-end")                                                         \
    X(RAW_TEMPLATE_PART, "raw-template-string-part")                                               \
    X(RAW_TEMPLATE_END, "raw-template-string-end")                                                 \
    X(LBRACK, "[")                                                                                 \
    X(RBRACK, "]")                                                                                 \
    X(LBRACE, "{")                                                                                 \
    X(RBRACE, "}")                                                                                 \
    X(LPAREN, "(")                                                                                 \
    X(RPAREN, ")")                                                                                 \
    X(COMMA, ",")                                                                                  \
    X(COLON, ":")                                                                                  \
    X(ADD, "plus")                                                                                 \
    X(SUB, "minus")                                                                                \
    X(MUL, "mul")                                                                                  \
    X(QUO, "div")                                                                                  \
    X(REM, "rem")                                                                                  \
    X(AND, "and")                                                                                  \
    X(OR, "or")                                                                                    \
    X(UNIFY, "eq")                                                                                 \
    X(EQUAL, "equal")                                                                              \
    X(ASSIGN, "assign")                                                                            \
    X(NEQ, "neq")                                                                                  \
    X(GT, "gt")                                                                                    \
    X(LT, "lt")                                                                                    \
    X(GTE, "gte")                                                                                  \
    X(LTE, "lte")                                                                                  \
    X(DOT, ".")                                                                                    \
    X(SEMICOLON, ";")

enum token_kind {
#define REGO_TOKEN_ENUM(kind, text) TOK_##kind,
    REGO_TOKENS(REGO_TOKEN_ENUM)
#undef REGO_TOKEN_ENUM
        TOK_KINDS
};

enum { TOKEN_ERRORS_MAX = 2 };

struct token {
    enum token_kind kind;
    uint32_t off, end;                    /* bytes [off, end) of the text */
    const char *errors[TOKEN_ERRORS_MAX]; /* of TOK_ILLEGAL, NULL where there are fewer */
};

/* Which words are keywords: a bit for each token kind from TOK_PACKAGE to TOK_LOGICAL_OR. */
typedef uint32_t rego_keywords;

static inline rego_keywords rego_keyword_bit(enum token_kind kind)
{
    return (rego_keywords)1 << (kind - TOK_PACKAGE);
}

/* The words that are keywords in every module, and those that v1 adds. */
rego_keywords rego_keywords_v0(void);
rego_keywords rego_keywords_v1(void);

/* Token kind of a word if it may be a keyword at all, else TOK_IDENT. */
enum token_kind rego_keyword(const char *word, size_t len);

const char *rego_token_text(enum token_kind kind);

static inline bool rego_token_is_keyword(enum token_kind kind)
{
    return kind >= TOK_PACKAGE && kind <= TOK_LOGICAL_OR;
}

/* The token that begins at `at`; its end is where the next begins. */
struct token rego_scan(const struct rego_source *source, uint32_t at, rego_keywords keywords);

/* What follows the } of a template string's part, up to the next { or the closing quote. */
struct token rego_scan_template(const struct rego_source *source, uint32_t at, bool raw);

#endif
