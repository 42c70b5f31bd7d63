#include <string.h>

#include "policy/rego/format_writer.h"
#include "policy/rego/tree.h"

static bool is_logic(const struct rego_expr *e)
{
    return e->kind == EXPR_AND || e->kind == EXPR_OR;
}

bool expr_is_set(const struct rego_expr *e)
{
    return e->kind == EXPR_TERM && e->u.term->kind == TERM_SET;
}

static bool is_union(const struct rego_expr *e)
{
    return e->kind == EXPR_CALL && term_is_union(e->u.term) && e->u.term->u.call.args.n == 2;
}

static const struct rego_term *leading(const struct rego_expr *e);

/* The term that a term's text begins with. */
static bool leads_with_brace(const struct rego_term *t)
{
    switch (t->kind) {
    case TERM_SET:
        return t->u.list.n > 0;
    case TERM_OBJECT:
    case TERM_SET_COMP:
    case TERM_OBJECT_COMP:
        return true;
    case TERM_REF:
        return leads_with_brace(t->u.list.at[0]);
    case TERM_CALL:
        return format_infix(t->u.call.callee.name) && t->u.call.args.n > 0 &&
               leads_with_brace(t->u.call.args.at[0]);
    default:
        return false;
    }
}

static const struct rego_term *leading(const struct rego_expr *e)
{
    if (e->kind == EXPR_TERM)
        return e->u.term;
    if (e->kind == EXPR_UNIFY || e->kind == EXPR_ASSIGN)
        return e->u.two.left;
    if (e->kind == EXPR_CALL && format_infix(e->u.term->u.call.callee.name)) {
        const struct rego_terms *const args = &e->u.term->u.call.args;

        return args->n == 0 ? NULL : args->n == 3 ? args->at[2] : args->at[0];
    }
    return NULL;
}

static bool begins_with_brace(const struct rego_expr *e)
{
    const struct rego_term *const t = leading(e);

    return t && leads_with_brace(t);
}

/* --- calls, some, every ------------------------------------------------------------------- */

static enum format_result two_terms(struct writer *w, const struct rego_term *left,
                                    const char *infix, const struct rego_term *right,
                                    struct notes *c)
{
    const enum format_result got = format_term(w, left, c);

    if (got != FORMAT_OK) {
        *c = notes_none();
        return got;
    }
    buf_printf(&w->out, " %s ", infix);
    return format_term(w, right, c);
}

static enum format_result call_expr(struct writer *w, const struct rego_expr *e, struct notes *c)
{
    const struct rego_term *const t = e->u.term;
    const struct rego_terms *const args = &t->u.call.args;
    const char *const infix = format_infix(t->u.call.callee.name);
    enum format_result got;

    if (!infix)
        return format_call(w, t, c);
    if (strcmp(infix, "in") == 0)
        return format_in(w, false, args->at, args->n, c);
    if (args->n == 2)
        return two_terms(w, args->at[0], infix, args->at[1], c);
    if (args->n != 3)
        return format_call(w, t, c);
    if ((got = format_term(w, args->at[2], c)) != FORMAT_OK) {
        *c = notes_none();
        return got;
    }
    buf_puts(&w->out, " = ");
    return two_terms(w, args->at[0], infix, args->at[1], c);
}

static enum format_result some_expr(struct writer *w, const struct rego_expr *e, struct notes *c)
{
    const struct rego_terms *const vars = &e->u.some.vars;
    const struct spot at = spot_at(w, e->loc.offset, e->loc.offset + 4);
    uint32_t row = at.row;
    enum format_result got = writer_insert(w, c, &at);

    if (got == FORMAT_OK)
        buf_puts(&w->out, "some ");
    if (got == FORMAT_OK && e->u.some.domain) {
        struct rego_term *const args[] = {vars->at[0], vars->n > 1 ? vars->at[1] : e->u.some.domain,
                                          e->u.some.domain};

        return format_in(w, false, args, vars->n + 1, c);
    }
    for (size_t i = 0; i < vars->n && got == FORMAT_OK; i++) {
        const struct spot here = spot_of_term(w, vars->at[i]);

        if (here.row > row) {
            writer_end_line(w);
            writer_start_line(w);
            buf_putc(&w->out, '\t');
            row = here.row;
        } else if (i > 0) {
            buf_putc(&w->out, ' ');
        }
        got = format_term(w, vars->at[i], c);
        if (got == FORMAT_OK && i + 1 < vars->n)
            buf_putc(&w->out, ',');
    }
    if (got != FORMAT_OK)
        *c = notes_none();
    return got;
}

static void close_braces(struct writer *w, const struct rego_body *b, bool last, uint32_t row)
{
    const struct spot at = spot_of_expr(w, b->at[last ? b->n - 1 : 0]);

    if ((last || b->n == 1) && at.row == row)
        buf_putc(&w->out, ' ');
    buf_putc(&w->out, '}');
}

static enum format_result every_expr(struct writer *w, const struct rego_expr *e, struct notes *c)
{
    const struct spot whole = spot_of_expr(w, e);
    enum format_result got = writer_insert(w, c, &whole);

    if (got == FORMAT_OK)
        buf_puts(&w->out, "every ");
    if (got == FORMAT_OK && e->u.every.key &&
        (got = format_term(w, e->u.every.key, c)) == FORMAT_OK)
        buf_puts(&w->out, ", ");
    if (got == FORMAT_OK)
        got = format_term(w, e->u.every.value, c);
    if (got == FORMAT_OK) {
        buf_puts(&w->out, " in ");
        got = format_term(w, e->u.every.domain, c);
    }
    if (got != FORMAT_OK) {
        *c = notes_none();
        return got;
    }
    buf_puts(&w->out, " {");
    got = format_inner_body(w, '{', '}', e->u.every.body, &whole, &whole, c);
    if (got == FORMAT_FAILED)
        return got;
    close_braces(w, e->u.every.body, false, whole.row);
    return FORMAT_OK;
}

/* --- not, and, or ------------------------------------------------------------------------- */

static enum format_result braced(struct writer *w, const struct rego_body *b,
                                 const struct spot *brace, struct notes *c)
{
    if (is_union(b->at[0]))
        w->paren_expr = b->at[0];
    buf_putc(&w->out, '{');
    const enum format_result got = format_inner_body(w, '{', '}', b, brace, brace, c);

    if (got == FORMAT_FAILED)
        return got;
    close_braces(w, b, true, brace->row);
    return FORMAT_OK;
}

/* The one expression of a `not` without braces is read back only in parentheses? */
static bool not_needs_parens(const struct rego_expr *e)
{
    return e->with_n > 0 || is_logic(e) || (e->kind == EXPR_NOT && e->not_body) ||
           begins_with_brace(e);
}

static enum format_result not_body(struct writer *w, const struct rego_expr *e, struct notes *c)
{
    const struct spot whole = spot_of_expr(w, e);
    const struct rego_body *const b = e->u.body;
    enum format_result got = writer_insert(w, c, &whole);

    if (got != FORMAT_OK)
        return got;
    buf_puts(&w->out, "not ");
    if (b->braces || b->n > 1)
        return braced(w, b, &whole, c);
    const bool parens = not_needs_parens(b->at[0]);
    if (parens)
        buf_putc(&w->out, '(');
    got = format_expr(w, b->at[0], c);
    if (got == FORMAT_FAILED)
        return got;
    if (parens)
        buf_putc(&w->out, ')');
    return FORMAT_OK;
}

static bool operand_needs_parens(const struct rego_expr *e, enum expr_kind parent, bool right)
{
    if (e->with_n > 0)
        return true;
    if (e->kind == EXPR_OR)
        return parent == EXPR_AND || right;
    if (e->kind == EXPR_AND)
        return parent == EXPR_AND && right;
    return begins_with_brace(e);
}

static bool is_braced(const struct rego_body *b)
{
    return b->braces || b->n != 1;
}

/* Where the { of an operand stands: the last one before its first expression. */
static struct spot brace_of(const struct writer *w, const struct rego_body *b)
{
    const struct spot first = spot_of_expr(w, b->at[0]);
    uint32_t at = b->at[0]->loc.offset;

    while (at > 0 && w->source->text[at] != '{')
        at--;
    struct spot s = spot_at(w, at, (uint32_t)w->source->len);
    s.row = s.row <= first.row ? s.row : first.row;
    return s;
}

static enum format_result operand(struct writer *w, const struct rego_body *b,
                                  enum expr_kind parent, bool right, struct notes *c)
{
    if (is_braced(b)) {
        const struct spot brace = brace_of(w, b);

        return braced(w, b, &brace, c);
    }
    const bool parens = operand_needs_parens(b->at[0], parent, right);

    if (parens)
        buf_putc(&w->out, '(');
    const enum format_result got = format_expr(w, b->at[0], c);
    if (parens)
        buf_putc(&w->out, ')');
    return got;
}

static uint32_t operand_end_row(const struct writer *w, const struct rego_body *b)
{
    if (is_braced(b)) {
        const struct spot brace = brace_of(w, b), end = spot_closing(&brace, NULL, '{', '}');

        if (end.row > 0)
            return end.row;
    }
    const struct spot last = spot_of_expr(w, b->at[b->n - 1]);
    return spot_end_row(&last);
}

/* A chain of operators on the left is one chain, with one indentation. */
static enum format_result chain(struct writer *w, const struct rego_expr *e, bool *indented,
                                struct notes *c)
{
    const struct rego_body *const left = e->u.bodies.at[0], *const right = e->u.bodies.at[1];
    const bool inner = !is_braced(left) && is_logic(left->at[0]) &&
                       !operand_needs_parens(left->at[0], e->kind, false);
    enum format_result got =
        inner ? chain(w, left->at[0], indented, c) : operand(w, left, e->kind, false, c);

    if (got == FORMAT_FAILED)
        return got;
    buf_puts(&w->out, e->kind == EXPR_AND ? " and" : " or");
    const struct spot at = is_braced(right) ? brace_of(w, right) : spot_of_expr(w, right->at[0]);
    if (at.row > operand_end_row(w, left)) {
        if (!*indented)
            w->level++;
        *indented = true;
        writer_end_line(w);
        writer_start_line(w);
    } else {
        buf_putc(&w->out, ' ');
    }
    got = operand(w, right, e->kind, true, c);
    return got == FORMAT_FAILED ? got : FORMAT_OK;
}

static enum format_result logic(struct writer *w, const struct rego_expr *e, struct notes *c)
{
    bool indented = false;
    const enum format_result got = chain(w, e, &indented, c);

    if (indented)
        writer_down(w);
    return got;
}

void format_mark_union(struct writer *w, const struct rego_expr *e)
{
    if (e->kind == EXPR_NOT)
        return;
    if (is_logic(e)) {
        const struct rego_body *const left = e->u.bodies.at[0];

        if (!is_braced(left) && !operand_needs_parens(left->at[0], e->kind, false))
            format_mark_union(w, left->at[0]);
        return;
    }
    if (is_union(e)) {
        w->paren_expr = e;
        return;
    }
    const struct rego_term *const t = e->kind == EXPR_TERM ? NULL : leading(e);
    if (t && term_is_union(t))
        w->paren_term = t;
}

/* --- with --------------------------------------------------------------------------------- */

static enum format_result one_with(struct writer *w, const struct rego_with *with, bool indented,
                                   struct notes *c)
{
    const struct rego_term *const v = with->value;
    const struct spot at =
        spot_at(w, with->loc.offset, v->parens ? v->paren_end : v->loc.offset + v->loc.len);
    enum format_result got = writer_insert(w, c, &at);

    if (got == FORMAT_OK) {
        buf_puts(&w->out, indented ? "with " : " with ");
        got = format_term(w, with->target, c);
    }
    if (got != FORMAT_OK) {
        *c = notes_none();
        return got;
    }
    buf_puts(&w->out, " as ");
    got = format_term(w, with->value, c);
    return got == FORMAT_FAILED ? got : FORMAT_OK;
}

/* The row on which what stands before the first `with` ends. */
static uint32_t terms_end_row(const struct writer *w, const struct rego_expr *e)
{
    struct spot s = spot_of_expr(w, e);

    if (!w->flat && e->with_n > 0) {
        const char *const with = w->source->text + e->with[0].loc.offset;

        if (with > s.text)
            s.len = (size_t)(with - s.text);
    }
    while (s.len > 0 && strchr(" \t\r\n", s.text[s.len - 1]))
        s.len--;
    return spot_end_row(&s);
}

static enum format_result withs(struct writer *w, const struct rego_expr *e, struct notes *c)
{
    uint32_t row = terms_end_row(w, e);
    bool indented = false;
    enum format_result got = FORMAT_OK;

    for (size_t i = 0; i < e->with_n && got == FORMAT_OK; i++) {
        const struct spot at = spot_at(w, e->with[i].loc.offset, e->with[i].loc.offset + 4);
        const bool own_line = i == 0 ? at.row != row && at.row > row : at.row > row;

        if (own_line) {
            if (!indented)
                w->level++;
            indented = true;
            writer_end_line(w);
            writer_start_line(w);
            row = at.row;
        }
        got = one_with(w, &e->with[i], own_line, c);
        if (i == 0 && !own_line)
            row = at.row;
    }
    if (indented)
        writer_down(w);
    return got;
}

/* --- all ---------------------------------------------------------------------------------- */

static enum format_result expr_terms(struct writer *w, const struct rego_expr *e, struct notes *c)
{
    enum format_result got = FORMAT_OK;

    switch (e->kind) {
    case EXPR_TERM:
        return format_term(w, e->u.term, c);
    case EXPR_CALL:
        return call_expr(w, e, c);
    case EXPR_UNIFY:
        return two_terms(w, e->u.two.left, "=", e->u.two.right, c);
    case EXPR_ASSIGN:
        return two_terms(w, e->u.two.left, ":=", e->u.two.right, c);
    case EXPR_SOME:
        return some_expr(w, e, c);
    case EXPR_EVERY:
        got = every_expr(w, e, c);
        break;
    case EXPR_NOT:
        got = not_body(w, e, c);
        break;
    case EXPR_AND:
    case EXPR_OR:
        got = logic(w, e, c);
        break;
    }
    if (got != FORMAT_OK)
        *c = notes_none();
    return got;
}

enum format_result format_expr(struct writer *w, const struct rego_expr *e, struct notes *c)
{
    const bool parens = w->paren_expr == e;
    const bool negated = e->kind == EXPR_NOT && !e->not_body;
    const struct spot at = spot_of_expr(w, e);
    enum format_result got;

    if (parens)
        w->paren_expr = NULL;
    if ((got = writer_insert(w, c, &at)) != FORMAT_OK)
        return got;
    if (!w->in_line)
        writer_start_line(w);
    if (negated)
        buf_puts(&w->out, "not ");
    if (parens)
        buf_putc(&w->out, '(');
    got = expr_terms(w, negated ? e->u.body->at[0] : e, c);
    if (got != FORMAT_OK)
        return got;
    if (parens)
        buf_putc(&w->out, ')');
    return e->with_n ? withs(w, e, c) : FORMAT_OK;
}

enum format_result format_body(struct writer *w, const struct rego_body *b, struct notes *c)
{
    const struct spot first = spot_of_expr(w, b->at[0]);
    const enum format_result begun = writer_insert(w, c, &first);

    if (begun != FORMAT_OK)
        return begun;
    for (size_t i = 0; i < b->n; i++) {
        const struct spot at = spot_of_expr(w, b->at[i]);

        if (i > 0) {
            const struct spot before = spot_of_expr(w, b->at[i - 1]);

            if (at.row > spot_end_row(&before) + 1)
                writer_blank_line(w);
        }
        writer_start_line(w);
        if (format_expr(w, b->at[i], c) == FORMAT_FAILED)
            return FORMAT_FAILED;
        writer_end_line(w);
    }
    return FORMAT_OK;
}

static bool one_line(const struct writer *w, const struct rego_body *b, const struct spot *from)
{
    uint32_t row = from->row;

    for (size_t i = 0; i < b->n; i++) {
        const struct spot at = spot_of_expr(w, b->at[i]);

        if (at.row > row)
            return false;
        row = at.row;
    }
    return true;
}

enum format_result format_inner_body(struct writer *w, char open, char close,
                                     const struct rego_body *b, const struct spot *from,
                                     const struct spot *whole, struct notes *c)
{
    const bool line = one_line(w, b, from);
    enum format_result got = FORMAT_OK;

    if (line) {
        buf_putc(&w->out, ' ');
        for (size_t i = 0; i < b->n && got == FORMAT_OK; i++) {
            got = format_expr(w, b->at[i], c);
            if (got == FORMAT_OK && i + 1 < b->n)
                buf_puts(&w->out, "; ");
        }
    } else {
        writer_end_line(w);
        w->level++;
        got = format_body(w, b, c);
    }
    if (got == FORMAT_OK) {
        const struct spot end = spot_closing(whole, NULL, open, close);

        got = writer_insert(w, c, &end);
        if (got != FORMAT_OK)
            *c = notes_none();
    }
    if (!line) {
        writer_down(w);
        writer_start_line(w);
    }
    return got;
}
