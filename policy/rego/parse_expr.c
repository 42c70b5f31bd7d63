#include <string.h>

#include "policy/rego/parse.h"
#include "policy/rego/tree.h"

struct rego_body *parse_body_of(struct rego_parser *p, struct rego_expr *e)
{
    struct rego_body *const b = e ? body_new(p->a, e->loc) : NULL;

    return b && body_push(p->a, b, e) ? b : NULL;
}

struct rego_body *parse_true_body(struct rego_parser *p, struct rego_loc loc)
{
    return parse_body_of(p, expr_of_term(p->a, term_const(p->a, &value_true, loc)));
}

/* { "with" ref "as" term } */
bool parse_withs(struct rego_parser *p, struct rego_expr *e)
{
    while (parse_tok(p) == TOK_WITH) {
        struct rego_with w = {.loc = parse_loc(p)};

        parse_scan(p);
        if (parse_tok(p) != TOK_IDENT) {
            parse_illegal(p, "expected ident");
            return false;
        }
        if (!(w.target = parse_term(p)))
            return false;
        if (w.target->kind != TERM_REF && w.target->kind != TERM_VAR) {
            parse_illegal(p, "expected with target path");
            return false;
        }
        if (parse_tok(p) != TOK_AS) {
            parse_illegal(p, "expected as keyword");
            return false;
        }
        parse_scan(p);
        if (!(w.value = parse_infix(p)))
            return false;
        struct rego_with *const at = array_grow(p->a, e->with, e->with_n, sizeof(w));

        if (!at)
            return false;
        e->with = at;
        e->with[e->with_n++] = w;
    }
    return true;
}

/* expr = term [ ( ":=" | "=" ) term ] */
struct rego_expr *parse_expr(struct rego_parser *p)
{
    struct rego_term *const left = parse_infix(p);
    const enum token_kind tok = parse_tok(p);

    if (!left)
        return NULL;
    if (tok != TOK_ASSIGN && tok != TOK_UNIFY)
        return expr_of_term(p->a, left);
    struct rego_expr *const e =
        expr_new(p->a, tok == TOK_ASSIGN ? EXPR_ASSIGN : EXPR_UNIFY, left->loc);

    parse_scan(p);
    struct rego_term *const right = parse_infix(p);

    if (!e || !right)
        return NULL;
    e->u.two.left = left;
    e->u.two.right = right;
    e->loc = parse_span(p, left->loc.offset);
    return e;
}

/* `x in xs` and `k, v in xs` as terms are calls of these. */
static size_t member_args(const struct rego_term *t)
{
    if (t->kind != TERM_CALL)
        return 0;
    if (term_is_var(t->u.call.callee.name, "internal.member_2"))
        return 2;
    return term_is_var(t->u.call.callee.name, "internal.member_3") ? 3 : 0;
}

/* some = "some" [ term "," ] term "in" term | "some" var { "," var } */
static struct rego_expr *parse_some(struct rego_parser *p)
{
    struct rego_expr *const e = expr_new(p->a, EXPR_SOME, parse_loc(p));
    const struct parse_state s = p->s;

    if (!e)
        return NULL;
    parse_scan(p);
    struct rego_term *const t = parse_infix(p);

    if (t && t->kind == TERM_CALL) {
        const size_t n = member_args(t);

        if (n == 0) {
            parse_illegal(p, "expected `x in xs` or `x, y in xs` expression");
            return NULL;
        }
        for (size_t i = 0; i + 1 < n; i++)
            if (!terms_push(p->a, &e->u.some.vars, t->u.call.args.at[i]))
                return NULL;
        e->u.some.domain = t->u.call.args.at[n - 1];
        e->loc = parse_span(p, e->loc.offset);
        return parse_withs(p, e) ? e : NULL;
    }
    if (p->deep)
        return NULL;
    parse_restore(p, &s);
    do {
        parse_scan(p);
        if (parse_tok(p) != TOK_IDENT) {
            parse_illegal(p, "expected var");
            return NULL;
        }
        if (!terms_push(p->a, &e->u.some.vars, parse_var(p)))
            return NULL;
        parse_scan(p);
    } while (parse_tok(p) == TOK_COMMA);
    e->loc = parse_span(p, e->loc.offset);
    return e;
}

static bool is_plain_var(const struct rego_term *t)
{
    return t->kind == TERM_VAR && !parse_is_root(t);
}

/* every = "every" [ var "," ] var "in" term "{" body "}" */
static struct rego_expr *parse_every(struct rego_parser *p)
{
    struct rego_expr *const e = expr_new(p->a, EXPR_EVERY, parse_loc(p));

    if (!e)
        return NULL;
    parse_scan(p);
    struct rego_term *const t = parse_infix(p);

    if (!t)
        return NULL;
    const size_t n = member_args(t);

    if (n == 0) {
        parse_illegal(p, "expected `x[, y] in xs { ... }` expression");
        return NULL;
    }
    struct rego_term *const *const args = t->u.call.args.at;

    e->u.every.key = n == 3 ? args[0] : NULL;
    e->u.every.value = args[n - 2];
    e->u.every.domain = args[n - 1];
    if (e->u.every.key && !is_plain_var(e->u.every.key)) {
        parse_illegal(p, "expected key to be a variable");
        return NULL;
    }
    if (!is_plain_var(e->u.every.value)) {
        parse_illegal(p, "expected value to be a variable");
        return NULL;
    }
    if (parse_tok(p) != TOK_LBRACE) {
        parse_illegal(p, "missing body");
        return NULL;
    }
    parse_scan(p);
    if (!(e->u.every.body = parse_body(p, TOK_RBRACE)))
        return NULL;
    parse_scan(p);
    e->loc = parse_span(p, e->loc.offset);
    return parse_withs(p, e) ? e : NULL;
}

struct rego_expr *parse_not_of(struct rego_parser *p, struct rego_body *body, struct rego_loc loc)
{
    struct rego_expr *const e = body ? expr_new(p->a, EXPR_NOT, parse_span(p, loc.offset)) : NULL;

    if (!e)
        return NULL;
    e->u.body = body;
    e->not_body = p->not_bodies;
    return e;
}

static struct rego_expr *literal_expr(struct rego_parser *p, bool negated, struct rego_loc not_loc)
{
    if (negated && p->not_bodies && parse_tok(p) == TOK_LPAREN && parse_logical_active(p)) {
        bool made;
        struct rego_body *const body = parse_logic_group(p, true, &made);

        if (made) {
            struct rego_expr *const e = parse_not_of(p, body, not_loc);
            return e ? parse_logic_tail(p, parse_body_of(p, e), e->loc) : NULL;
        }
    }
    struct rego_expr *e = parse_expr(p);
    const struct rego_loc with_loc = parse_loc(p);

    if (e)
        e->loc = parse_span(p, not_loc.offset);

    if (!e || !parse_withs(p, e))
        return NULL;
    if (negated) {
        struct rego_expr *const outer = parse_not_of(p, parse_body_of(p, e), not_loc);

        if (!outer)
            return NULL;
        outer->with = e->with;
        outer->with_n = e->with_n;
        e->with = NULL;
        e->with_n = 0;
        e = outer;
    }
    if (parse_tok(p) != TOK_LOGICAL_AND && parse_tok(p) != TOK_LOGICAL_OR)
        return e;
    if (e->with_n) {
        parse_error(p, with_loc, "`with` modifier is not allowed on operand of `%s`",
                    rego_token_text(parse_tok(p)));
        return NULL;
    }
    return parse_logic_tail(p, parse_body_of(p, e), e->loc);
}

/* `{ body } and ...` at the start of a literal; NULL and nothing taken when it is a term. */
static struct rego_expr *try_braces_operand(struct rego_parser *p)
{
    const struct parse_state s = p->s;
    const struct rego_loc loc = parse_loc(p);

    if (parse_failed_at(p, loc.offset))
        return NULL;
    parse_scan(p);
    struct rego_body *const body = parse_body(p, TOK_RBRACE);

    if (body) {
        body->braces = true;
        parse_scan(p);
        if (parse_tok(p) == TOK_LOGICAL_AND || parse_tok(p) == TOK_LOGICAL_OR)
            return parse_logic_tail(p, body, loc);
    }
    if (!p->deep) {
        parse_note_failed(p, loc.offset);
        parse_restore(p, &s);
    }
    return NULL;
}

struct rego_expr *parse_literal(struct rego_parser *p)
{
    const struct rego_loc loc = parse_loc(p);

    if (parse_logical_active(p) && parse_tok(p) == TOK_LBRACE) {
        const size_t errors = p->s.errors;
        struct rego_expr *const e = try_braces_operand(p);

        if (e || p->deep || p->s.errors != errors)
            return e;
    }
    if (parse_logical_active(p) && parse_tok(p) == TOK_LPAREN) {
        bool made;
        struct rego_body *const body = parse_logic_group(p, false, &made);

        if (made)
            return body ? parse_logic_tail(p, body, loc) : NULL;
    }
    if (parse_keyword_ref(p))
        return literal_expr(p, false, loc);
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
        struct rego_expr *const e = parse_not_of(p, body, loc);
        return e ? parse_logic_tail(p, parse_body_of(p, e), loc) : NULL;
    }
    if (parse_tok(p) == TOK_SOME || parse_tok(p) == TOK_EVERY) {
        if (negated) {
            parse_illegal(p, parse_tok(p) == TOK_SOME ? "illegal negation of 'some'"
                                                      : "illegal negation of 'every'");
            return NULL;
        }
        return parse_tok(p) == TOK_SOME ? parse_some(p) : parse_every(p);
    }
    return literal_expr(p, negated, loc);
}

/* literals separated by ; or newlines, up to `end`, which stays */
struct rego_body *parse_query(struct rego_parser *p, bool require_semicolon, enum token_kind end)
{
    if (parse_tok(p) == end) {
        parse_error(p, parse_loc(p), "found empty body");
        return NULL;
    }
    struct rego_body *const body = body_new(p->a, parse_loc(p));

    while (body) {
        struct rego_expr *const e = parse_literal(p);

        if (!e || !body_push(p->a, body, e))
            return NULL;
        if (parse_tok(p) == TOK_SEMICOLON) {
            parse_scan(p);
            continue;
        }
        if (parse_tok(p) == end || require_semicolon)
            return body;
        if (!p->s.skipped_nl && p->s.errors > 0)
            return NULL;
        if (!p->s.skipped_nl) {
            const char *const note =
                arena_printf(p->a, "expected \\n or ; or %s", rego_token_text(end));
            parse_illegal(p, note);
            return NULL;
        }
    }
    return NULL;
}

struct rego_body *parse_body(struct rego_parser *p, enum token_kind end)
{
    if (!parse_enter(p))
        return NULL;
    struct rego_body *const body = parse_query(p, false, end);

    parse_leave(p);
    return body;
}
