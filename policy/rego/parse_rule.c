#include <string.h>

#include "policy/rego/builtin_decls.h"
#include "policy/rego/parse.h"
#include "policy/rego/tree.h"

static bool push_rule(struct rego_parser *p, struct rego_rule *r)
{
    void *const at = r ? array_grow(p->a, p->rules, p->rules_n, sizeof(struct rego_rule *)) : NULL;

    if (!at)
        return false;
    p->rules = at;
    p->rules[p->rules_n++] = r;
    return true;
}

/* What makes it sure, after a keyword, that a rule's name was meant. */
#define FOLLOWS(kind) (1u << FOLLOW_##kind)
enum { FOLLOW_ASSIGN, FOLLOW_UNIFY, FOLLOW_IF, FOLLOW_CONTAINS, FOLLOW_LPAREN };
static const enum token_kind followers[] = {
    [FOLLOW_ASSIGN] = TOK_ASSIGN,     [FOLLOW_UNIFY] = TOK_UNIFY,   [FOLLOW_IF] = TOK_IF,
    [FOLLOW_CONTAINS] = TOK_CONTAINS, [FOLLOW_LPAREN] = TOK_LPAREN,
};
static const unsigned follow_value = FOLLOWS(ASSIGN) | FOLLOWS(UNIFY);
static const unsigned follow_head =
    FOLLOWS(ASSIGN) | FOLLOWS(UNIFY) | FOLLOWS(IF) | FOLLOWS(CONTAINS);

static unsigned keyword_followers(enum token_kind keyword)
{
    switch ((int)keyword) {
    case TOK_EVERY:
    case TOK_IF:
    case TOK_IN:
    case TOK_SOME:
    case TOK_AS:
        return follow_head | FOLLOWS(LPAREN);
    case TOK_PACKAGE:
    case TOK_IMPORT:
        return follow_value | FOLLOWS(LPAREN);
    case TOK_NOT:
    case TOK_LOGICAL_AND:
    case TOK_LOGICAL_OR:
        return follow_head;
    case TOK_CONTAINS:
        return FOLLOWS(IF) | FOLLOWS(CONTAINS);
    default:
        return 0;
    }
}

bool parse_keyword_rule_name(struct rego_parser *p, bool is_default)
{
    const struct parse_state s = p->s;
    const enum token_kind keyword = parse_tok(p);
    const unsigned may = keyword_followers(keyword);
    bool found = is_default && may;

    if (!may)
        return false;
    parse_scan(p);
    for (size_t i = 0; i < sizeof(followers) / sizeof(followers[0]); i++)
        found = found || ((may >> i & 1) && parse_tok(p) == followers[i]);
    parse_restore(p, &s);
    if (found)
        parse_error(p, parse_loc(p), "%s keyword cannot be used for rule name",
                    rego_token_text(keyword));
    return found;
}

static struct rego_rule *rule_new(struct rego_parser *p, struct rego_loc loc)
{
    struct rego_rule *const r = ARENA_NEW(p->a, struct rego_rule);

    if (r)
        r->loc = loc;
    return r;
}

static struct rego_term *true_term(struct rego_parser *p, struct rego_loc loc)
{
    return term_const(p->a, &value_true, loc);
}

/* Set ref and args from what was written before := { and so on. */
static bool set_head(struct rego_parser *p, struct rego_rule *r, struct rego_term *t)
{
    if (t->kind == TERM_CALL) {
        r->kind = t->u.call.args.n ? RULE_FUNCTION : RULE_COMPLETE;
        r->args = t->u.call.args;
        t = t->u.call.callee.name;
    }
    if (t->kind != TERM_VAR && (t->kind != TERM_REF || t->u.list.at[0]->kind != TERM_VAR))
        return false; /* as a body it may be more */
    r->ref = term_ref(p->a, t);
    return r->ref != NULL;
}

static struct rego_term *head_name(struct rego_parser *p)
{
    struct rego_term *const var = parse_var(p);

    if (!var)
        return NULL;
    parse_scan_ws(p);
    if (parse_tok(p) >= TOK_ADD && parse_tok(p) <= TOK_LTE && parse_tok(p) != TOK_UNIFY &&
        parse_tok(p) != TOK_ASSIGN)
        parse_illegal(p, NULL);
    if (parse_tok(p) == TOK_SPACE)
        parse_scan(p);
    if (parse_tok(p) == TOK_LPAREN || parse_tok(p) == TOK_DOT || parse_tok(p) == TOK_LBRACK)
        return parse_ref(p, var);
    return var;
}

/* "x[...] := VALUE" in messages: the head as far as it was read. */
static const char *head_text(struct rego_parser *p, const struct rego_rule *r)
{
    const struct rego_loc l = r->ref->loc;

    return arena_strndup(p->a, l.source->text + l.offset, l.len);
}

static bool head_value(struct rego_parser *p, struct rego_rule *r)
{
    r->assign = parse_tok(p) == TOK_ASSIGN;
    parse_scan(p);
    if ((r->value = parse_infix(p)))
        return true;
    const char *const name = head_text(p, r);

    if (!name || p->deep)
        return false;
    /* Read on: what follows may be wrong too. */
    r->value = r->is_default ? NULL : true_term(p, r->loc);
    if (!r->assign)
        parse_illegal(
            p, arena_printf(p->a, "expected rule value term (e.g., %s = <VALUE> { ... })", name));
    else if (r->kind == RULE_FUNCTION)
        parse_illegal(
            p, arena_printf(p->a, "expected function value term (e.g., %s(...) := <VALUE> { ... })",
                            name));
    else if (r->is_default)
        parse_illegal(p, arena_printf(p->a,
                                      "expected default rule value term (e.g., default %s := "
                                      "<VALUE>)",
                                      name));
    else
        parse_illegal(
            p, arena_printf(p->a, "expected rule value term (e.g., %s := <VALUE> { ... })", name));
    return true;
}

static bool head_member(struct rego_parser *p, struct rego_rule *r)
{
    const char *const name = head_text(p, r);

    if (!name)
        return false;
    if (r->kind == RULE_FUNCTION) {
        parse_illegal(p, arena_printf(p->a,
                                      "the contains keyword can only be used with multi-value "
                                      "rule definitions (e.g., %s contains <VALUE> { ... })",
                                      name));
    }
    r->kind = RULE_SET;
    r->has_contains = true;
    parse_scan(p);
    if ((r->value = parse_infix(p)))
        return true;
    if (p->deep)
        return false;
    parse_illegal(
        p, arena_printf(p->a, "expected rule key term (e.g., %s contains <VALUE> { ... })", name));
    return (r->value = true_term(p, r->loc)) != NULL;
}

/* head = name [ args ] [ "contains" term | ( ":=" | "=" ) term ] */
static bool parse_head(struct rego_parser *p, struct rego_rule *r)
{
    struct rego_term *const t = head_name(p);

    if (!t) {
        if (!p->deep)
            parse_illegal(p, "expected rule head name");
        return false;
    }
    if (!set_head(p, r, t))
        return false;
    if (parse_tok(p) == TOK_CONTAINS)
        return head_member(p, r);
    if (parse_tok(p) == TOK_UNIFY || parse_tok(p) == TOK_ASSIGN)
        return head_value(p, r);
    r->implicit_value = true;
    return (r->value = true_term(p, r->loc)) != NULL;
}

static bool bad_default_value(struct rego_parser *p, const struct rego_rule *r, struct rego_term *t)
{
    if (term_is_comp(t))
        return false;
    if (t->kind == TERM_VAR || t->kind == TERM_REF || t->kind == TERM_CALL) {
        parse_error(p, r->loc, "illegal default rule (value cannot contain %s)",
                    parse_kind_name(t));
        return true;
    }
    const struct rego_terms *const kids = term_children(t);

    for (size_t i = 0; kids && i < kids->n; i++)
        if (bad_default_value(p, r, kids->at[i]))
            return true;
    return false;
}

static bool check_default(struct rego_parser *p, const struct rego_rule *r)
{
    const struct rego_terms *const args = &r->args;

    if (r->kind == RULE_SET || !r->value ||
        (r->implicit_value && r->ref->u.list.n == 2 && r->kind == RULE_COMPLETE)) {
        parse_error(p, r->loc, "illegal default rule (must have a value)");
        return false;
    }
    if (bad_default_value(p, r, r->value))
        return false;
    for (size_t i = 0; i < args->n; i++) {
        if (args->at[i]->kind != TERM_VAR) {
            parse_error(p, r->loc, "illegal default rule (arguments cannot contain %s)",
                        parse_kind_name(args->at[i]));
            return false;
        }
        for (size_t j = 0; j < i; j++)
            if (value_equal(args->at[i]->u.name, args->at[j]->u.name)) {
                parse_error(p, r->loc, "illegal default rule (arguments cannot be repeated %s)",
                            value_bytes(args->at[i]->u.name));
                return false;
            }
    }
    return true;
}

/* p[x] { ... } and p.x { ... } without if are a set in v0, whose name loses its last step. */
static bool to_v0_set(struct rego_rule *r, size_t n)
{
    if (r->has_if || r->kind != RULE_COMPLETE || n != 2 || !r->implicit_value)
        return false;
    r->kind = RULE_SET;
    r->v0_partial = true;
    r->implicit_value = false;
    r->value = r->ref->u.list.at[1];
    r->ref->u.list.n = 1;
    return true;
}

static struct rego_body *braced_body(struct rego_parser *p)
{
    parse_scan(p);
    struct rego_body *const body = parse_body(p, TOK_RBRACE);

    if (body)
        parse_scan(p);
    return body;
}

/* After `if`: a literal, or a body in braces; `{ ... }` that reads as a set is a body. */
static struct rego_body *if_body(struct rego_parser *p)
{
    parse_scan(p);
    const struct parse_state s = p->s;
    struct rego_expr *const e = parse_literal(p);

    if (e && !(e->kind == EXPR_TERM && e->u.term->kind == TERM_SET && s.tok.kind == TOK_LBRACE))
        return parse_body_of(p, e);
    if (p->deep || (!e && s.tok.kind != TOK_LBRACE))
        return NULL;
    parse_restore(p, &s);
    if (parse_tok(p) != TOK_LBRACE)
        return e ? parse_body_of(p, e) : NULL;
    return braced_body(p);
}

static struct rego_rule *parse_else(struct rego_parser *p, const struct rego_rule *head);

static bool else_body(struct rego_parser *p, struct rego_rule *r)
{
    r->has_if = parse_tok(p) == TOK_IF;
    if (!r->has_if && parse_tok(p) != TOK_LBRACE)
        return !r->implicit_value;
    if (r->has_if)
        parse_scan(p);
    if (parse_tok(p) == TOK_LBRACE)
        return (r->body = braced_body(p)) != NULL;
    if (parse_tok(p) == TOK_EOF) {
        parse_illegal(p, "rule body expected");
        return false;
    }
    return (r->body = parse_body_of(p, parse_literal(p))) != NULL;
}

/* else = "else" [ ( ":=" | "=" ) term ] [ "if" ] body [ else ]; arguments are the rule's own */
static struct rego_rule *parse_else(struct rego_parser *p, const struct rego_rule *head)
{
    struct rego_rule *const r = rule_new(p, parse_loc(p));

    if (!r)
        return NULL;
    r->kind = head->kind;
    r->ref = head->ref;
    r->args = head->args;
    r->head_off = p->s.tok.off;
    r->head_end = p->s.tok.end;
    parse_scan(p);
    switch (parse_tok(p)) {
    case TOK_LBRACE:
    case TOK_IF:
        r->implicit_value = true;
        r->value = true_term(p, r->loc);
        break;
    case TOK_ASSIGN:
    case TOK_UNIFY:
        r->assign = parse_tok(p) == TOK_ASSIGN;
        parse_scan(p);
        r->value = parse_infix(p);
        r->head_end = p->s.last_end;
        break;
    default:
        parse_illegal(p, "expected else value term or rule body");
        return NULL;
    }
    if (!r->value || !else_body(p, r))
        return NULL;
    r->loc = parse_span(p, r->loc.offset);
    if (parse_tok(p) == TOK_ELSE) {
        if (!parse_enter(p) || !(r->otherwise = parse_else(p, head)))
            return NULL;
        parse_leave(p);
    }
    return r;
}

static bool ref_has_vars(const struct rego_term *ref)
{
    for (size_t i = 1; i < ref->u.list.n; i++)
        if (ref->u.list.at[i]->kind != TERM_CONST)
            return true;
    return false;
}

static bool rule_else(struct rego_parser *p, struct rego_rule *r)
{
    if (parse_tok(p) != TOK_ELSE || parse_keyword_ref(p))
        return true;
    if (ref_has_vars(r->ref)) {
        parse_error(p, parse_loc(p), "else keyword cannot be used on rules with variables in head");
        return false;
    }
    if (r->kind == RULE_SET) {
        parse_error(p, parse_loc(p), "else keyword cannot be used on multi-value rules");
        return false;
    }
    return (r->otherwise = parse_else(p, r)) != NULL;
}

static struct rego_terms *copy_terms(struct rego_parser *p, const struct rego_terms *from,
                                     struct rego_terms *to)
{
    *to = (struct rego_terms){0};
    for (size_t i = 0; i < from->n; i++)
        if (!terms_push(p->a, to, term_copy(p->a, from->at[i])))
            return NULL;
    return to;
}

/* v0: `p { ... } { ... }` is two rules of one head. */
static bool chained_bodies(struct rego_parser *p, const struct rego_rule *first)
{
    while (parse_tok(p) == TOK_LBRACE) {
        const struct rego_loc loc = parse_loc(p);
        struct rego_rule *const r = rule_new(p, loc);

        if (first->otherwise) {
            parse_error(p, loc, "expected else keyword");
            return false;
        }
        if (!r)
            return false;
        *r = *first;
        r->loc = loc;
        r->chained = true;
        r->ref = term_copy(p->a, first->ref);
        r->value = term_copy(p->a, first->value);
        if (!r->ref || !r->value || !copy_terms(p, &first->args, &r->args) ||
            !(r->body = braced_body(p)))
            return false;
        r->loc = parse_span(p, loc.offset);
        if (!push_rule(p, r))
            return false;
    }
    return true;
}

/* rule = [ "default" ] head [ "if" literal | [ "if" ] "{" body "}" { "{" body "}" } ] [ else ]
 * false without a diagnostic: no rule, a body perhaps (`p := 1` reads as one). */
bool parse_rules(struct rego_parser *p)
{
    struct rego_rule *const r = rule_new(p, parse_loc(p));

    if (!r)
        return false;
    (void)parse_keyword_ref(p);
    if (parse_tok(p) == TOK_DEFAULT) {
        parse_scan(p);
        r->is_default = true;
        (void)parse_keyword_ref(p);
        if (parse_tok(p) != TOK_IDENT && parse_keyword_rule_name(p, true))
            return false;
    }
    r->head_off = p->s.tok.off;
    if (parse_tok(p) != TOK_IDENT || !parse_head(p, r))
        return false;
    r->head_end = p->s.last_end;
    const size_t n = r->ref->u.list.n;

    if (r->is_default) {
        r->loc = parse_span(p, r->loc.offset);
        return check_default(p, r) && push_rule(p, r);
    }
    r->has_if = parse_tok(p) == TOK_IF;
    (void)to_v0_set(r, n);
    if (r->has_if)
        r->body = if_body(p);
    else if (parse_tok(p) == TOK_LBRACE)
        r->body = braced_body(p);
    else if (r->has_contains)
        return push_rule(p, r);
    if (!r->body || !rule_else(p, r))
        return false;
    r->loc = parse_span(p, r->loc.offset);
    return push_rule(p, r) && chained_bodies(p, r);
}

static const char *bad_rule_body(const struct rego_body *body)
{
    const struct rego_expr *const e = body->at[0];

    if (body->n != 1)
        return "multiple expressions cannot be used for rule head";
    if (e->with_n)
        return "expressions using with keyword cannot be used for rule head";
    if (e->kind == EXPR_NOT)
        return "negated expressions cannot be used for rule head";
    if (e->kind == EXPR_SOME)
        return "'some' declarations cannot be used for rule head";
    if (e->kind == EXPR_EVERY || e->kind == EXPR_AND || e->kind == EXPR_OR)
        return "expression cannot be used for rule head";
    return NULL;
}

/* Name of the built-in that a head would call, as in `count(x)` alone on a line. */
static bool is_builtin_call(struct rego_parser *p, const struct rego_term *name)
{
    AUTO_BUF struct buf b = BUF_INIT;

    if (name->kind == TERM_VAR)
        return builtin_decl_find(value_bytes(name->u.name)) != NULL;
    for (size_t i = 0; i < name->u.list.n; i++) {
        const struct rego_term *const t = name->u.list.at[i];

        if (t->kind != TERM_VAR && !term_is_str(t))
            return false;
        buf_printf(&b, "%s%s", i ? "." : "",
                   value_bytes(t->kind == TERM_VAR ? t->u.name : t->u.value));
    }
    (void)p;
    return b.data && builtin_decl_find(b.data) != NULL;
}

/* A body alone on the module's level is a rule if it looks like a head: `p := 1`, `p["x"]`. */
void parse_rule_of_body(struct rego_parser *p, struct rego_body *body)
{
    struct rego_expr *const e = body->at[0];
    const char *const bad = bad_rule_body(body);
    struct rego_rule *const r = rule_new(p, e->loc);
    const bool two = e->kind == EXPR_UNIFY || e->kind == EXPR_ASSIGN;
    struct rego_term *const left = two ? e->u.two.left : e->u.term;

    if (bad) {
        parse_error(p, e->loc, "%s", bad);
        return;
    }
    if (!r)
        return;
    if (e->kind == EXPR_CALL && is_builtin_call(p, left->u.call.callee.name)) {
        parse_error(p, e->loc, "rule name conflicts with built-in function");
        return;
    }
    if (e->kind == EXPR_CALL && left->u.call.args.n == 0) {
        parse_error(p, e->loc, "rule argument list must take at least one argument");
        return;
    }
    if (left->kind != TERM_CALL && left->kind != TERM_REF && (left->kind != TERM_VAR || !two)) {
        parse_error(p, e->loc, "%s cannot be used for rule name", parse_kind_name(left));
        return;
    }
    struct rego_term *const head = left->kind == TERM_CALL ? left->u.call.callee.name : left;

    if (head->kind == TERM_REF && head->u.list.at[0]->kind != TERM_VAR) {
        parse_error(p, e->loc, "invalid rule head: %.*s", (int)head->loc.len,
                    head->loc.source->text + head->loc.offset);
        return;
    }
    if (!set_head(p, r, left))
        return;
    r->of_body = true;
    r->head_off = e->loc.offset;
    r->head_end = e->loc.offset + e->loc.len;
    r->assign = e->kind == EXPR_ASSIGN;
    r->value = two ? e->u.two.right : true_term(p, e->loc);
    r->implicit_value = !two && left->kind == TERM_REF;
    if (r->value) {
        (void)to_v0_set(r, r->ref->u.list.n);
        (void)push_rule(p, r);
    }
}

/* What v1 asks of rules, else branches included. */
void parse_check_v1(struct rego_parser *p, const struct rego_rule *r)
{
    for (; r; r = r->otherwise) {
        const char *const what = r->kind == RULE_FUNCTION ? "function" : "rule";
        const struct value *const name = r->ref->u.list.at[0]->u.name;
        const enum token_kind word = rego_keyword(value_bytes(name), name->count);

        if (r->ref->u.list.n < 2 && word != TOK_IDENT &&
            (rego_keywords_v1() & rego_keyword_bit(word)))
            parse_error(p, r->loc, "%s keyword cannot be used for rule name", value_bytes(name));
        if (!r->body && r->implicit_value && !r->is_default)
            parse_error(p, r->loc, "%s must have value assignment and/or body declaration", what);
        if (r->body && !r->has_if && !r->is_default)
            parse_error(p, r->loc, "`if` keyword is required before %s body", what);
        if (r->kind == RULE_SET && !r->has_contains)
            parse_error(p, r->loc, "`contains` keyword is required for partial set rules");
    }
}
