/* policy/rego/ast.h - the syntax tree of Rego, as parsed and as checked.
 *
 * Layer:   policy/rego (never in the shim)
 * Owns:    everything lives in the compile's arena; strings and constants are struct values.
 *
 * Two forms share these types.
 *  Parsed (rego_parse): what the text says, names unresolved, positions kept. It is what `parse`,
 *  `fmt` and rego.parse_module print.
 *  Checked (rego_check): what code generation reads. In it
 *   - every variable is TERM_LOCAL with a slot unique within its rule (closures included), or a
 *     TERM_REF whose head is TERM_INPUT or TERM_DATA; imports, packages, rule names are resolved;
 *   - calls in terms are hoisted: a TERM_CALL remains only as the right side of a UNIFY/ASSIGN or
 *     as an EXPR_CALL, with the callee resolved (built-in name or data path);
 *   - template strings, `some .. in`, `in`, operators and `==` are calls to built-ins;
 *   - bodies are ordered so that each expression finds the variables it reads already bound
 *     (OPA's safety and reordering); first[] tells which slots an expression binds;
 *   - `every`, `not`, comprehensions keep their own bodies, ordered in the same way.
 */
#ifndef POLICY_REGO_AST_H
#define POLICY_REGO_AST_H

#include "policy/value/value.h"

struct rego_source {
    const char *name; /* file name as reported */
    const char *text;
    size_t len;
    uint8_t dialect; /* 0: as the options say, else an enum rego_version and one more */
};

/* A place in a source: byte offset; line and column are computed when reporting. */
struct rego_loc {
    const struct rego_source *source;
    uint32_t offset, len;
};

struct rego_pos {
    unsigned line, col; /* 1-based; col counts bytes like OPA */
};
struct rego_pos rego_pos_of(struct rego_loc loc);

enum rego_version { REGO_V0, REGO_V1 };

enum term_kind {
    TERM_CONST,  /* u.value: null, bool, number, string; after folding also ground collections */
    TERM_VAR,    /* parsed only: u.name; wildcards are "$0", "$1", ... */
    TERM_LOCAL,  /* checked only: u.slot */
    TERM_INPUT,  /* checked only: the input document, as head of a ref or alone */
    TERM_DATA,   /* checked only */
    TERM_REF,    /* u.list: head, then path terms */
    TERM_CALL,   /* u.call */
    TERM_ARRAY,  /* u.list */
    TERM_SET,    /* u.list */
    TERM_OBJECT, /* u.list: key, value, key, value, ... */
    TERM_ARRAY_COMP,
    TERM_SET_COMP,
    TERM_OBJECT_COMP, /* u.comp */
    TERM_TEMPLATE,    /* parsed only: u.list of constants and, for each part to compute, a
                         TERM_SET_COMP without value whose body is the one expression */
};

struct rego_term;
struct rego_body;

struct rego_terms {
    struct rego_term **at;
    size_t n;
};

struct rego_callee {
    struct rego_term *name; /* parsed: var or ref as written; checked: NULL */
    const char *builtin;    /* checked: the built-in's name, or NULL */
    const struct value
        *path; /* checked: array of strings under data of the user's function, or NULL */
};

struct rego_term {
    enum term_kind kind;
    struct rego_loc loc;
    bool raw, parens, generated;   /* raw string; in parentheses; made by the compiler */
    uint32_t paren_off, paren_end; /* parsed: where its parentheses begin and end */
    uint16_t height; /* of the tree under it, comprehension bodies included; bounded by
                        REGO_DEPTH_MAX, so that walks may recurse */
    union {
        const struct value *value;
        const struct value *name;
        uint32_t slot;
        struct rego_terms list;
        struct {
            struct rego_callee callee;
            struct rego_terms args;
        } call;
        struct {
            struct rego_term *key, *value; /* key of object comprehensions only */
            struct rego_body *body;
        } comp;
    } u;
};

enum expr_kind {
    EXPR_TERM,   /* u.term: defined and not false */
    EXPR_CALL,   /* u.call: a call; one argument more than the arity unifies with the result */
    EXPR_UNIFY,  /* u.two: left = right */
    EXPR_ASSIGN, /* u.two: left := right; checked form: the left's variables are new */
    EXPR_SOME,   /* parsed only: u.some: `some x, y` (terms) or `some k, v in xs` */
    EXPR_EVERY,  /* u.every */
    EXPR_NOT,    /* u.body: negated whole; parsed plain `not e` is a body of one expression */
    EXPR_AND,    /* u.bodies: all must hold (opt-in keyword) */
    EXPR_OR,     /* u.bodies: the first that holds */
};

struct rego_with {
    struct rego_term *target; /* checked: ref with head TERM_INPUT/TERM_DATA, or CONST string = a
                                 built-in's name */
    struct rego_term *value;  /* checked: a term, or a callee when `value_fn` */
    bool value_fn;            /* checked: value names a function; value_callee is set */
    bool target_fn;           /* checked: the target is a built-in or a user's function */
    struct rego_callee value_callee;
    struct rego_loc loc;
};

struct rego_expr {
    enum expr_kind kind;
    struct rego_loc loc;
    bool generated;
    bool not_body; /* parsed, EXPR_NOT: of future.keywords.not: calls within stay inside the not */
    struct rego_with *with;
    size_t with_n;
    const uint32_t *binds; /* checked: slots this expression is first to bind */
    size_t binds_n;
    union {
        struct rego_term *term; /* EXPR_TERM; EXPR_CALL: a TERM_CALL */
        struct {
            struct rego_term *left, *right;
        } two;
        struct {
            struct rego_terms vars;
            struct rego_term *domain; /* NULL for a plain declaration */
        } some;
        struct {
            struct rego_term *key, *value, *domain; /* key may be NULL */
            struct rego_body *body;
        } every;
        struct rego_body *body;
        struct {
            struct rego_body **at;
            size_t n;
        } bodies;
    } u;
};

struct rego_body {
    struct rego_expr **at;
    size_t n;
    struct rego_loc loc;
    bool braces; /* parsed: operand of not/and/or written in braces, a scope of its own */
};

enum rule_kind {
    RULE_COMPLETE, /* p := v, p if ..., and refs p.q[x].r := v whose path has variables: see path */
    RULE_SET,      /* p contains v */
    RULE_FUNCTION, /* f(args) := v */
};

struct rego_annotations; /* policy/rego/annotations.h */

struct rego_rule {
    enum rule_kind kind;
    struct rego_loc loc;
    bool is_default;
    bool v0_partial;             /* parsed: written p[x] { ... } as in v0 (a set) */
    bool has_if, has_contains;   /* parsed: keywords written in the head */
    bool implicit_value;         /* parsed: no value was written; value is true */
    bool assign;                 /* parsed: := rather than = */
    bool chained;                /* parsed: the second body and on of `p { ... } { ... }` */
    bool of_body;                /* parsed: an expression on the module's level that is a rule */
    uint32_t head_off, head_end; /* parsed: of the head's text; of an else branch from `else` on */
    struct rego_term *ref;       /* parsed: the head's reference as written */
    /* checked: absolute path under data, package included. The ground prefix is constants; from
     * the first non-constant term on, path terms are dynamic keys of the documents built. */
    struct rego_terms path;
    size_t ground;           /* checked: how many leading path terms are scalar constants */
    struct rego_terms args;  /* functions: parameter patterns */
    struct rego_term *value; /* RULE_SET: the member; else the value (CONST true when omitted) */
    struct rego_body *body;  /* NULL: none (constant rule) */
    struct rego_rule *otherwise; /* else branch */
    uint32_t slots;              /* checked: number of local slots, else branches included */
    const struct rego_annotations *const
        *annotations; /* checked: own ones, then document, package, ... */
    size_t annotations_n;
    struct rego_module *module;
};

struct rego_import {
    struct rego_term *path;
    const struct value *alias; /* NULL: last path element */
    struct rego_loc loc, alias_loc;
};

struct rego_comment {
    struct rego_loc loc; /* text without the leading # */
};

struct rego_module {
    struct rego_source *source;
    enum rego_version version; /* after `import rego.v1` is honoured */
    bool own_input; /* its input is given by `with`: the options' input schema is not its own */
    const struct value *package; /* array of strings, without "data" */
    struct rego_loc package_loc;
    const struct rego_term *package_path; /* parsed: as written, its head a var */
    struct rego_import *imports;
    size_t imports_n;
    struct rego_rule **rules;
    size_t rules_n;
    struct rego_comment *comments;
    size_t comments_n;
    const struct rego_annotations *const *annotations;
    size_t annotations_n;
};

/* One diagnostic, OPA's codes: rego_parse_error, rego_compile_error, rego_type_error,
 * rego_unsafe_var_error, rego_recursion_error. Printed "FILE:LINE: CODE: TEXT". */
struct rego_diag {
    const char *code;
    struct rego_loc loc;
    const char *text;
    size_t seq; /* order in which they were found: of one place the first comes first */
};
struct rego_diags {
    struct rego_diag *at;
    size_t n, cap;
};

#endif
