#include <string.h>

#include "policy/rego/parse.h"
#include "policy/rego/tree.h"

struct rego_term *parse_seal(struct rego_parser *p, struct rego_term *t)
{
    if (!t)
        return NULL;
    t->loc = parse_span(p, t->loc.offset);
    t->height = term_height(t);
    if (t->height)
        return t;
    if (!p->deep)
        parse_error(p, t->loc, "max parsing recursion depth exceeded");
    p->deep = true;
    return NULL;
}

const char *parse_kind_name(const struct rego_term *t)
{
    static const char *const names[] = {
        [TERM_VAR] = "var",
        [TERM_REF] = "ref",
        [TERM_CALL] = "call",
        [TERM_ARRAY] = "array",
        [TERM_SET] = "set",
        [TERM_OBJECT] = "object",
        [TERM_ARRAY_COMP] = "arraycomprehension",
        [TERM_SET_COMP] = "setcomprehension",
        [TERM_OBJECT_COMP] = "objectcomprehension",
        [TERM_TEMPLATE] = "templatestring",
    };
    static const char *const values[] = {
        [VALUE_NULL] = "null",     [VALUE_BOOL] = "boolean", [VALUE_NUMBER] = "number",
        [VALUE_STRING] = "string", [VALUE_ARRAY] = "array",  [VALUE_OBJECT] = "object",
        [VALUE_SET] = "set",
    };

    if (t->kind == TERM_CONST)
        return values[t->u.value->type];
    return names[t->kind] ? names[t->kind] : "term";
}

bool parse_is_root(const struct rego_term *t)
{
    return term_is_var(t, "input") || term_is_var(t, "data");
}

struct rego_term *parse_var(struct rego_parser *p)
{
    size_t len;
    const char *const text = parse_text(p, &len);

    if (len == 1 && text[0] == '_')
        return term_var(p->a, value_strf(p->a, "$%u", p->s.wildcards++), parse_loc(p));
    return term_var(p->a, value_string(p->a, text, len), parse_loc(p));
}

static struct rego_term *constant(struct rego_parser *p, const struct value *v)
{
    return term_const(p->a, v, parse_loc(p));
}

/* [, ] | ... with the list's first term read, or NULL: terms up to `end`, which stays. */
static bool term_list(struct rego_parser *p, enum token_kind end, struct rego_terms *list)
{
    while (parse_tok(p) != end) {
        struct rego_term *const t = parse_infix_in_list(p);

        if (!t || !terms_push(p->a, list, t))
            return false;
        if (parse_tok(p) == end)
            return true;
        if (parse_tok(p) != TOK_COMMA) {
            const char *const note =
                arena_printf(p->a, "expected \",\" or \"%s\"", rego_token_text(end));
            parse_illegal(p, note);
            return false;
        }
        parse_scan(p);
    }
    return true;
}

/* Of pairs with the same key the last counts; what the others say is never looked at. */
static void drop_repeated(struct rego_terms *list)
{
    const struct rego_term *const last = list->at[list->n - 2];

    for (size_t i = 0; i + 2 < list->n; i += 2) {
        if (!term_same(list->at[i], last))
            continue;
        list->at[i + 1] = list->at[list->n - 1];
        list->n -= 2;
        return;
    }
}

enum { PAIRS_COMPARED = 128 }; /* beyond, an object is data whose constants are sorted anyway */

static bool push_pair(struct rego_parser *p, struct rego_terms *list, struct rego_term *key,
                      struct rego_term *val)
{
    if (!terms_push(p->a, list, key) || !terms_push(p->a, list, val))
        return false;
    if (list->n <= 2 * PAIRS_COMPARED)
        drop_repeated(list);
    return true;
}

static bool pair_list(struct rego_parser *p, struct rego_terms *list)
{
    while (parse_tok(p) != TOK_RBRACE) {
        struct rego_term *const key = parse_infix_in_list(p);

        if (!key)
            return false;
        if (parse_tok(p) != TOK_COLON) {
            parse_illegal(p, "expected \":\"");
            return false;
        }
        parse_scan(p);
        struct rego_term *const val = parse_infix_in_list(p);

        if (!val || !push_pair(p, list, key, val))
            return false;
        if (parse_tok(p) == TOK_RBRACE)
            return true;
        if (parse_tok(p) != TOK_COMMA) {
            parse_illegal(p, "expected \",\" or \"}\"");
            return false;
        }
        parse_scan(p);
    }
    return true;
}

/* The bracket that ends a collection or comprehension is the current token: its span takes it in;
 * parse_finish steps over it. */
static struct rego_term *closed(struct rego_parser *p, struct rego_term *t)
{
    if (!t)
        return NULL;
    p->s.last_end = p->s.tok.end;
    return parse_seal(p, t);
}

static struct rego_term *comprehension(struct rego_parser *p, enum term_kind kind,
                                       struct rego_loc loc, struct rego_term *key,
                                       struct rego_term *value, enum token_kind end)
{
    struct rego_body *const body = parse_body(p, end);
    struct rego_term *const t = body ? term_new(p->a, kind, loc) : NULL;

    if (!t)
        return NULL;
    t->u.comp.key = key;
    t->u.comp.value = value;
    t->u.comp.body = body;
    return closed(p, t);
}

/* `head | body end` where `| ...` may also be the or-operator of an element: tried once. When it
 * is no comprehension the state stands at the | again. */
static struct rego_term *try_comprehension(struct rego_parser *p, enum term_kind kind,
                                           struct rego_loc loc, struct rego_term *key,
                                           struct rego_term *head, enum token_kind end,
                                           bool *give_up)
{
    const struct parse_state s = p->s;

    *give_up = false;
    if (parse_failed_at(p, s.tok.off))
        return NULL;
    parse_scan(p);
    struct rego_term *const t = comprehension(p, kind, loc, key, head, end);

    if (t)
        return t;
    *give_up = kind != TERM_OBJECT_COMP && parse_tok(p) != TOK_COMMA;
    if (*give_up || p->deep)
        return NULL;
    parse_note_failed(p, s.tok.off);
    parse_restore(p, &s);
    return NULL;
}

static struct rego_term *infix_from(struct rego_parser *p, struct rego_term *left, bool pair);

static struct rego_term *rest_of_list(struct rego_parser *p, enum term_kind kind,
                                      enum token_kind end, struct rego_loc loc,
                                      struct rego_term *first)
{
    struct rego_term *const t = term_new(p->a, kind, loc);

    if (!t || (first && !terms_push(p->a, &t->u.list, first)))
        return NULL;
    if (first && parse_tok(p) == TOK_COMMA)
        parse_scan(p);
    else if (first && parse_tok(p) != end) {
        parse_illegal(p, kind == TERM_SET ? "non-terminated set" : "expected \",\" or \"]\"");
        return NULL;
    }
    return term_list(p, end, &t->u.list) ? closed(p, t) : NULL;
}

/* array = "[" [ term { "," term } ] "]" | "[" term "|" body "]" */
static struct rego_term *parse_array(struct rego_parser *p)
{
    const struct rego_loc loc = parse_loc(p);
    bool give_up = false, plain = false;

    parse_scan(p);
    if (parse_tok(p) == TOK_COMMA) { /* a leading comma has always been let pass */
        plain = true;
        parse_scan(p);
    }
    if (parse_tok(p) == TOK_RBRACK)
        return rest_of_list(p, TERM_ARRAY, TOK_RBRACK, loc, NULL);
    struct rego_term *head = parse_term(p);

    if (head && parse_tok(p) == TOK_OR && !plain) {
        struct rego_term *const t =
            try_comprehension(p, TERM_ARRAY_COMP, loc, NULL, head, TOK_RBRACK, &give_up);
        if (t || give_up || p->deep)
            return t;
    }
    head = head ? infix_from(p, head, false) : NULL;
    return head ? rest_of_list(p, TERM_ARRAY, TOK_RBRACK, loc, head) : NULL;
}

/* After `{ key`, at the colon. */
static struct rego_term *parse_object(struct rego_parser *p, struct rego_loc loc,
                                      struct rego_term *key, bool plain)
{
    bool give_up = false;

    parse_scan(p);
    struct rego_term *val = parse_term(p);

    if (val && parse_tok(p) == TOK_OR && !plain) {
        struct rego_term *const t =
            try_comprehension(p, TERM_OBJECT_COMP, loc, key, val, TOK_RBRACE, &give_up);
        if (t || p->deep)
            return t;
    }
    val = val ? infix_from(p, val, false) : NULL;
    if (!val)
        return NULL;
    struct rego_term *const t = term_new(p->a, TERM_OBJECT, loc);

    if (!t || !terms_push(p->a, &t->u.list, key) || !terms_push(p->a, &t->u.list, val))
        return NULL;
    if (parse_tok(p) == TOK_COMMA)
        parse_scan(p);
    else if (parse_tok(p) != TOK_RBRACE) {
        parse_illegal(p, "non-terminated object");
        return NULL;
    }
    return pair_list(p, &t->u.list) ? closed(p, t) : NULL;
}

/* braces = object | set | comprehension of either; {} is an object, set() the empty set */
static struct rego_term *parse_braces(struct rego_parser *p)
{
    const struct rego_loc loc = parse_loc(p);
    bool give_up = false, plain = false;

    parse_scan(p);
    if (parse_tok(p) == TOK_RBRACE)
        return closed(p, term_new(p->a, TERM_OBJECT, loc));
    if (parse_tok(p) == TOK_COMMA) {
        plain = true;
        parse_scan(p);
    }
    struct rego_term *head = parse_term(p);

    if (head && parse_tok(p) == TOK_OR && !plain) {
        struct rego_term *const t =
            try_comprehension(p, TERM_SET_COMP, loc, NULL, head, TOK_RBRACE, &give_up);
        if (t || give_up || p->deep)
            return t;
    }
    head = head ? infix_from(p, head, false) : NULL;
    if (!head)
        return NULL;
    if (parse_tok(p) == TOK_COLON)
        return parse_object(p, loc, head, plain);
    return rest_of_list(p, TERM_SET, TOK_RBRACE, loc, head);
}

/* "(" args ")" after the operator; what follows the ) is scanned with white space */
static struct rego_term *parse_call(struct rego_parser *p, struct rego_term *operator)
{
    struct rego_term *t = term_new(p->a, TERM_CALL, operator->loc);

    if (!t)
        return NULL;
    parse_scan(p);
    if (parse_tok(p) == TOK_RPAREN && term_is_var(operator, "set")) {
        t = closed(p, term_new(p->a, TERM_SET, operator->loc));
    } else {
        t->u.call.callee.name = operator;
        t = term_list(p, TOK_RPAREN, &t->u.call.args) ? closed(p, t) : NULL;
    }
    if (t)
        parse_scan_ws(p);
    return t;
}

static struct rego_term *ref_or_head(struct rego_parser *p, struct rego_term *ref)
{
    return ref->u.list.n == 1 ? ref->u.list.at[0] : parse_seal(p, ref);
}

/* Said, and read on: what follows may be wrong too. */
static void check_ref_head(struct rego_parser *p, const struct rego_term *head)
{
    const bool root = head->kind == TERM_VAR && head->parens && parse_is_root(head);

    if (root || head->kind == TERM_CONST || head->kind == TERM_REF || head->kind == TERM_TEMPLATE)
        parse_error(p, head->loc, "illegal ref (head cannot be %s)",
                    root ? "ref" : parse_kind_name(head));
}

/* ref = head { "." name | "[" term "]" } [ "(" args ")" [ ref ] ]; stands at . [ or ( */
struct rego_term *parse_ref(struct rego_parser *p, struct rego_term *head)
{
    check_ref_head(p, head);
    if (!parse_enter(p))
        return NULL;
    struct rego_term *ref = term_new(p->a, TERM_REF, head->loc);
    bool ok = ref && terms_push(p->a, &ref->u.list, head);

    while (ok) {
        const enum token_kind tok = parse_tok(p);
        struct rego_term *step = NULL;

        if (tok == TOK_DOT) {
            parse_scan_ws(p);
            if (parse_tok(p) == TOK_IDENT || parse_is_ref_keyword(p)) {
                size_t len;
                const char *const text = parse_text(p, &len);

                step = constant(p, value_string(p->a, text, len));
            } else {
                parse_illegal(p, "expected identifier");
            }
        } else if (tok == TOK_LBRACK) {
            parse_scan(p);
            step = parse_infix(p);
            if (step && parse_tok(p) != TOK_RBRACK) {
                parse_illegal(p, "expected [");
                step = NULL;
            }
        } else if (tok == TOK_LPAREN) {
            struct rego_term *t = ref_or_head(p, ref);

            t = t ? parse_call(p, t) : NULL;
            if (t && (parse_tok(p) == TOK_DOT || parse_tok(p) == TOK_LBRACK))
                t = parse_ref(p, t);
            else if (t && parse_tok(p) == TOK_SPACE)
                parse_scan(p);
            parse_leave(p);
            return t;
        } else {
            if (tok == TOK_SPACE)
                parse_scan(p);
            parse_leave(p);
            return ref_or_head(p, ref);
        }
        ok = step && terms_push(p->a, &ref->u.list, step);
        if (ok)
            parse_scan_ws(p);
    }
    parse_leave(p);
    return NULL;
}

static struct rego_term *parse_finish(struct rego_parser *p, struct rego_term *head)
{
    if (!head)
        return NULL;
    parse_scan_ws(p);
    switch (parse_tok(p)) {
    case TOK_LPAREN:
    case TOK_DOT:
    case TOK_LBRACK:
        return parse_ref(p, head);
    case TOK_SPACE:
        parse_scan(p);
        return head;
    default:
        return head;
    }
}

static struct rego_term *parse_minus(struct rego_parser *p)
{
    const struct parse_state s = p->s;
    const struct rego_loc loc = parse_loc(p);

    parse_scan(p);
    if (parse_tok(p) != TOK_IDENT && parse_tok(p) != TOK_CONTAINS) {
        parse_restore(p, &s);
        return parse_finish(p, parse_number(p));
    }
    struct rego_term *const ref = parse_finish(p, parse_var(p));
    struct rego_term *const t = ref ? term_op(p->a, "minus", loc) : NULL;

    if (!t || !terms_push(p->a, &t->u.call.args, term_const(p->a, value_int(p->a, 0), loc)) ||
        !terms_push(p->a, &t->u.call.args, ref))
        return NULL;
    return parse_seal(p, t);
}

static struct rego_term *parse_parens(struct rego_parser *p)
{
    const uint32_t off = p->s.tok.off;

    parse_scan(p);
    struct rego_term *const t = parse_infix(p);

    if (t && parse_tok(p) != TOK_RPAREN) {
        parse_error(p, parse_loc(p), "non-terminated expression");
        return NULL;
    }
    if (t) {
        t->parens = true;
        t->paren_off = off;
        t->paren_end = p->s.tok.end;
    }
    return t;
}

static struct rego_term *term_start(struct rego_parser *p)
{
    switch (parse_tok(p)) {
    case TOK_NULL:
        return constant(p, &value_null);
    case TOK_TRUE:
        return constant(p, &value_true);
    case TOK_FALSE:
        return constant(p, &value_false);
    case TOK_DOT:
    case TOK_NUMBER:
        return parse_number(p);
    case TOK_STRING:
    case TOK_RAW_STRING:
        return parse_string(p);
    case TOK_TEMPLATE_PART:
    case TOK_TEMPLATE_END:
        return parse_template(p, false);
    case TOK_RAW_TEMPLATE_PART:
    case TOK_RAW_TEMPLATE_END:
        return parse_template(p, true);
    case TOK_IDENT:
    case TOK_CONTAINS: /* a keyword in rule heads only */
        return parse_var(p);
    case TOK_LBRACK:
        return parse_array(p);
    case TOK_LBRACE:
        return parse_braces(p);
    case TOK_LPAREN:
        return parse_parens(p);
    default:
        parse_illegal(p, NULL);
        return NULL;
    }
}

struct rego_term *parse_term(struct rego_parser *p)
{
    if (!parse_enter(p))
        return NULL;
    struct rego_term *const t =
        parse_tok(p) == TOK_SUB ? parse_minus(p) : parse_finish(p, term_start(p));

    parse_leave(p);
    return t;
}

/* Operators by how tightly they bind: all associate to the left. `in` stands below these. */
static const uint8_t op_level[TOK_KINDS] = {
    [TOK_EQUAL] = 1, [TOK_NEQ] = 1, [TOK_LT] = 1,  [TOK_GT] = 1,  [TOK_LTE] = 1,
    [TOK_GTE] = 1,   [TOK_OR] = 2,  [TOK_AND] = 3, [TOK_ADD] = 4, [TOK_SUB] = 4,
    [TOK_MUL] = 5,   [TOK_QUO] = 5, [TOK_REM] = 5,
};

static struct rego_term *op_call(struct rego_parser *p, const char *name, struct rego_loc loc,
                                 struct rego_term *const *args, size_t n)
{
    struct rego_term *const t = term_op(p->a, name, loc);

    for (size_t i = 0; t && i < n; i++)
        if (!terms_push(p->a, &t->u.call.args, args[i]))
            return NULL;
    if (!t)
        return NULL;
    t->loc.offset = args[0]->loc.offset;
    return parse_seal(p, t);
}

/* Everything that binds at `level` or tighter, after `left`, which may be NULL: then it is read.
 * An operator without its right side is an error, after which reading goes on with looser ones. */
static struct rego_term *parse_ops(struct rego_parser *p, struct rego_term *left, unsigned level)
{
    unsigned most = UINT8_MAX;

    if (!left)
        left = parse_term(p);
    while (left && op_level[parse_tok(p)] >= level && op_level[parse_tok(p)] <= most) {
        const enum token_kind op = parse_tok(p);
        const struct rego_loc loc = parse_loc(p);

        parse_scan(p);
        struct rego_term *const right = parse_ops(p, NULL, op_level[op] + 1u);

        if (p->deep)
            return NULL;
        most = right ? UINT8_MAX : op_level[op] - 1u;
        struct rego_term *const args[] = {left, right};

        left = right ? op_call(p, rego_token_text(op), loc, args, 2) : left;
    }
    return left;
}

/* `left , middle in right`: NULL and nothing taken when it is not that. */
static struct rego_term *try_key_value(struct rego_parser *p, struct rego_term *left)
{
    const struct parse_state s = p->s;

    parse_scan(p);
    struct rego_term *const middle = parse_ops(p, NULL, 1);

    if (middle && parse_tok(p) == TOK_IN) {
        const struct rego_loc loc = parse_loc(p);

        parse_scan(p);
        struct rego_term *const right = parse_ops(p, NULL, 1);
        struct rego_term *const args[] = {left, middle, right};

        if (right)
            return op_call(p, "internal.member_3", loc, args, 3);
    }
    if (!p->deep)
        parse_restore(p, &s);
    return NULL;
}

/* infix = ops [ "," ops ] { "in" ops } */
static struct rego_term *infix_from(struct rego_parser *p, struct rego_term *left, bool pair)
{
    left = parse_ops(p, left, 1);
    while (left) {
        if (pair && parse_tok(p) == TOK_COMMA) {
            struct rego_term *const t = try_key_value(p, left);

            if (!t)
                return p->deep ? NULL : left;
            left = t;
        }
        pair = false;
        (void)parse_keyword_ref(p);
        if (parse_tok(p) != TOK_IN)
            return left;
        const struct rego_loc loc = parse_loc(p);

        parse_scan(p);
        struct rego_term *const right = parse_ops(p, NULL, 1);
        struct rego_term *const args[] = {left, right};

        if (!right)
            return p->deep ? NULL : left;
        left = op_call(p, "internal.member_2", loc, args, 2);
    }
    return NULL;
}

/* Depth is counted by the terms in it. */
struct rego_term *parse_infix(struct rego_parser *p)
{
    return infix_from(p, NULL, true);
}

struct rego_term *parse_infix_in_list(struct rego_parser *p)
{
    return infix_from(p, NULL, false);
}
