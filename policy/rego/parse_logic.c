#include "policy/rego/parse.h"
#include "policy/rego/tree.h"

bool parse_logical_active(const struct rego_parser *p)
{
    return (p->keywords & (rego_keyword_bit(TOK_LOGICAL_AND) | rego_keyword_bit(TOK_LOGICAL_OR))) !=
           0;
}

static bool at_logic(const struct rego_parser *p)
{
    return parse_tok(p) == TOK_LOGICAL_AND || parse_tok(p) == TOK_LOGICAL_OR;
}

/* `not`, unless it begins a ref like not.x. */
bool parse_is_negated(struct rego_parser *p)
{
    if (parse_tok(p) != TOK_NOT)
        return false;
    const struct parse_state s = p->s;

    parse_scan_ws(p);
    const enum token_kind next = parse_tok(p);

    parse_restore(p, &s);
    return next != TOK_DOT && next != TOK_LBRACK;
}

static struct rego_expr *join(struct rego_parser *p, enum expr_kind kind, struct rego_body *left,
                              struct rego_body *right, struct rego_loc loc)
{
    struct rego_expr *const e = expr_new(p->a, kind, parse_span(p, loc.offset));

    if (!e || !(e->u.bodies.at = ARENA_NEW_N(p->a, struct rego_body *, 2)))
        return NULL;
    e->u.bodies.at[0] = left;
    e->u.bodies.at[1] = right;
    e->u.bodies.n = 2;
    return e;
}

static struct rego_expr *chain(struct rego_parser *p, struct rego_body *left, struct rego_loc loc,
                               enum token_kind op)
{
    struct rego_expr *e = NULL;

    while (parse_tok(p) == op || (op == TOK_LOGICAL_OR && parse_tok(p) == TOK_LOGICAL_AND)) {
        bool braces;

        if (op == TOK_LOGICAL_OR && parse_tok(p) == TOK_LOGICAL_AND) {
            e = chain(p, left, loc, TOK_LOGICAL_AND);
            if (!e || !(left = parse_body_of(p, e)))
                return NULL;
            continue;
        }
        /* Each step nests the tree by one. */
        if (!parse_enter(p))
            return NULL;
        parse_scan(p);
        struct rego_body *right = parse_logic_operand(p, &braces);

        if (right && op == TOK_LOGICAL_OR && parse_tok(p) == TOK_LOGICAL_AND)
            right = parse_body_of(p, chain(p, right, right->loc, TOK_LOGICAL_AND));
        if (!right)
            return NULL;
        e = join(p, op == TOK_LOGICAL_OR ? EXPR_OR : EXPR_AND, left, right, loc);
        if (!e || !(left = parse_body_of(p, e)))
            return NULL;
    }
    return e;
}

/* operand { "and" operand } { "or" operand { "and" operand } }, from the first operator on */
struct rego_expr *parse_logic_chain(struct rego_parser *p, struct rego_body *left,
                                    struct rego_loc loc)
{
    const unsigned depth = p->depth;
    struct rego_expr *const e = left ? chain(p, left, loc, TOK_LOGICAL_OR) : NULL;

    p->depth = depth;
    return e;
}

/* What may follow an operand that stands as a literal: operators, and `with` of the whole. */
struct rego_expr *parse_logic_tail(struct rego_parser *p, struct rego_body *body,
                                   struct rego_loc loc)
{
    struct rego_expr *e;

    if (!body)
        return NULL;
    if (at_logic(p))
        e = parse_logic_chain(p, body, loc);
    else
        e = body->at[0];
    return e && parse_withs(p, e) ? e : NULL;
}

static bool close_group(struct rego_parser *p)
{
    if (parse_tok(p) != TOK_RPAREN) {
        parse_error(p, parse_loc(p), "expected ) to close parenthesized group");
        return false;
    }
    parse_scan(p);
    return true;
}

static bool is_logic_or_not(const struct rego_body *b)
{
    if (b->n != 1)
        return false;
    const enum expr_kind kind = b->at[0]->kind;

    return kind == EXPR_AND || kind == EXPR_OR || kind == EXPR_NOT;
}

static struct rego_body *no_group(struct rego_parser *p, const struct parse_state *s, bool *made)
{
    if (p->deep)
        return NULL;
    parse_note_failed(p, s->tok.off);
    parse_restore(p, s);
    *made = false;
    return NULL;
}

static struct rego_body *group_inside(struct rego_parser *p, bool operand, bool *made,
                                      const struct parse_state *s)
{
    const struct rego_loc loc = parse_loc(p);
    bool braces;

    parse_scan(p);
    if (parse_tok(p) == TOK_RPAREN) {
        if (!operand)
            return no_group(p, s, made);
        parse_error(p, loc, "empty parenthesized group");
        return NULL;
    }
    const bool brace_first = parse_tok(p) == TOK_LBRACE;
    struct rego_body *const left = parse_logic_operand(p, &braces);

    if (!left)
        return operand && brace_first ? NULL : no_group(p, s, made);
    if (at_logic(p)) {
        struct rego_expr *const e = parse_logic_chain(p, left, loc);
        return e && parse_withs(p, e) && close_group(p) ? parse_body_of(p, e) : NULL;
    }
    if (parse_tok(p) == TOK_WITH && !braces && left->n == 1) {
        const struct rego_loc with_loc = parse_loc(p);

        if (!parse_withs(p, left->at[0]))
            return NULL;
        if (at_logic(p)) {
            parse_error(p, with_loc, "`with` modifier is not allowed on operand of `%s`",
                        rego_token_text(parse_tok(p)));
            return NULL;
        }
        if (!close_group(p))
            return NULL;
        return operand || at_logic(p) ? left : no_group(p, s, made);
    }
    if (braces) {
        if (!close_group(p))
            return NULL;
        return operand || at_logic(p) ? left : no_group(p, s, made);
    }
    if (is_logic_or_not(left))
        return close_group(p) ? left : NULL;
    return no_group(p, s, made);
}

/* "(" operand ... ")" of operators and nots; an ordinary term in parentheses is none */
struct rego_body *parse_logic_group(struct rego_parser *p, bool operand, bool *made)
{
    const struct parse_state s = p->s;

    *made = !parse_failed_at(p, s.tok.off);
    if (!*made)
        return NULL;
    if (!parse_enter(p))
        return NULL;
    struct rego_body *const b = group_inside(p, operand, made, &s);

    parse_leave(p);
    return b;
}

struct rego_body *parse_logic_operand(struct rego_parser *p, bool *braces)
{
    const struct rego_loc loc = parse_loc(p);

    *braces = parse_tok(p) == TOK_LBRACE;
    if (*braces) {
        parse_scan(p);
        struct rego_body *const body = parse_body(p, TOK_RBRACE);

        if (body) {
            body->braces = true;
            parse_scan(p);
        }
        return body;
    }
    const bool negated = parse_is_negated(p);

    if (negated)
        parse_scan(p);
    if (negated && p->not_bodies && parse_tok(p) == TOK_LBRACE) {
        parse_scan(p);
        struct rego_body *const body = parse_body(p, TOK_RBRACE);

        if (!body)
            return NULL;
        body->braces = true;
        parse_scan(p);
        return parse_body_of(p, parse_not_of(p, body, loc));
    }
    if (parse_tok(p) == TOK_LPAREN && (!negated || p->not_bodies)) {
        bool made;
        struct rego_body *const body = parse_logic_group(p, true, &made);

        if (made)
            return negated && body ? parse_body_of(p, parse_not_of(p, body, loc)) : body;
    }
    struct rego_body *const body = parse_body_of(p, parse_expr(p));

    return negated && body ? parse_body_of(p, parse_not_of(p, body, loc)) : body;
}
