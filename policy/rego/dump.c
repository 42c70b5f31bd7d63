#include "policy/rego/dump.h"

#include "policy/rego/tree.h"
#include "policy/value/print.h"

static void dump_list(struct buf *b, const struct rego_terms *list, size_t from)
{
    for (size_t i = from; i < list->n; i++) {
        if (i > from)
            buf_puts(b, ", ");
        rego_dump_term(b, list->at[i]);
    }
}

static void dump_path(struct buf *b, const struct rego_terms *list, size_t from)
{
    for (size_t i = from; i < list->n; i++) {
        buf_putc(b, '[');
        rego_dump_term(b, list->at[i]);
        buf_putc(b, ']');
    }
}

static void dump_callee(struct buf *b, const struct rego_callee *callee)
{
    if (callee->builtin) {
        buf_puts(b, callee->builtin);
    } else if (callee->path) {
        buf_puts(b, "data");
        for (size_t i = 0; i < callee->path->count; i++)
            buf_printf(b, ".%s", value_bytes(value_at(callee->path, i)));
    } else if (callee->name) {
        rego_dump_term(b, callee->name);
    }
}

static void dump_line(struct buf *b, const struct rego_body *body)
{
    for (size_t i = 0; i < body->n; i++) {
        AUTO_BUF struct buf one = BUF_INIT;
        const struct rego_body alone = {.at = &body->at[i], .n = 1};

        rego_dump_body(&one, &alone, 0);
        if (i)
            buf_puts(b, "; ");
        if (one.len)
            buf_add(b, one.data, one.len - 1);
    }
}

static void dump_comp(struct buf *b, const struct rego_term *t, char open, char close)
{
    buf_putc(b, open);
    if (t->u.comp.key) {
        rego_dump_term(b, t->u.comp.key);
        buf_puts(b, ": ");
    }
    if (t->u.comp.value)
        rego_dump_term(b, t->u.comp.value);
    buf_puts(b, " | ");
    dump_line(b, t->u.comp.body);
    buf_putc(b, close);
}

static void dump_object(struct buf *b, const struct rego_terms *list)
{
    buf_putc(b, '{');
    for (size_t i = 0; i + 1 < list->n; i += 2) {
        if (i)
            buf_puts(b, ", ");
        rego_dump_term(b, list->at[i]);
        buf_puts(b, ": ");
        rego_dump_term(b, list->at[i + 1]);
    }
    buf_putc(b, '}');
}

void rego_dump_term(struct buf *b, const struct rego_term *t)
{
    switch (t->kind) {
    case TERM_CONST:
        rego_print(b, t->u.value);
        break;
    case TERM_VAR:
        buf_puts(b, value_bytes(t->u.name));
        break;
    case TERM_LOCAL:
        buf_printf(b, "_%u", t->u.slot);
        break;
    case TERM_INPUT:
        buf_puts(b, "input");
        break;
    case TERM_DATA:
        buf_puts(b, "data");
        break;
    case TERM_REF:
        rego_dump_term(b, t->u.list.at[0]);
        dump_path(b, &t->u.list, 1);
        break;
    case TERM_CALL:
        dump_callee(b, &t->u.call.callee);
        buf_putc(b, '(');
        dump_list(b, &t->u.call.args, 0);
        buf_putc(b, ')');
        break;
    case TERM_ARRAY:
        buf_putc(b, '[');
        dump_list(b, &t->u.list, 0);
        buf_putc(b, ']');
        break;
    case TERM_SET:
        buf_puts(b, t->u.list.n ? "{" : "set(");
        dump_list(b, &t->u.list, 0);
        buf_putc(b, t->u.list.n ? '}' : ')');
        break;
    case TERM_OBJECT:
        dump_object(b, &t->u.list);
        break;
    case TERM_ARRAY_COMP:
        dump_comp(b, t, '[', ']');
        break;
    case TERM_SET_COMP:
    case TERM_OBJECT_COMP:
        dump_comp(b, t, '{', '}');
        break;
    case TERM_TEMPLATE:
        buf_puts(b, "$(");
        dump_list(b, &t->u.list, 0);
        buf_putc(b, ')');
        break;
    }
}

static void dump_withs(struct buf *b, const struct rego_expr *e)
{
    for (size_t i = 0; i < e->with_n; i++) {
        buf_puts(b, " with ");
        rego_dump_term(b, e->with[i].target);
        buf_puts(b, " as ");
        if (e->with[i].value_fn)
            dump_callee(b, &e->with[i].value_callee);
        else
            rego_dump_term(b, e->with[i].value);
    }
}

static void dump_braced(struct buf *b, const struct rego_body *body)
{
    buf_puts(b, "{ ");
    dump_line(b, body);
    buf_puts(b, " }");
}

static void dump_some(struct buf *b, const struct rego_expr *e)
{
    buf_puts(b, "some ");
    dump_list(b, &e->u.some.vars, 0);
    if (e->u.some.domain) {
        buf_puts(b, " in ");
        rego_dump_term(b, e->u.some.domain);
    }
}

static void dump_every(struct buf *b, const struct rego_expr *e)
{
    buf_puts(b, "every ");
    if (e->u.every.key) {
        rego_dump_term(b, e->u.every.key);
        buf_puts(b, ", ");
    }
    rego_dump_term(b, e->u.every.value);
    buf_puts(b, " in ");
    rego_dump_term(b, e->u.every.domain);
    buf_putc(b, ' ');
    dump_braced(b, e->u.every.body);
}

static void dump_expr(struct buf *b, const struct rego_expr *e)
{
    switch (e->kind) {
    case EXPR_TERM:
    case EXPR_CALL:
        rego_dump_term(b, e->u.term);
        break;
    case EXPR_UNIFY:
    case EXPR_ASSIGN:
        rego_dump_term(b, e->u.two.left);
        buf_puts(b, e->kind == EXPR_UNIFY ? " = " : " := ");
        rego_dump_term(b, e->u.two.right);
        break;
    case EXPR_SOME:
        dump_some(b, e);
        break;
    case EXPR_EVERY:
        dump_every(b, e);
        break;
    case EXPR_NOT:
        buf_puts(b, "not ");
        if (e->not_body || e->u.body->n != 1)
            dump_braced(b, e->u.body);
        else
            dump_line(b, e->u.body);
        break;
    case EXPR_AND:
    case EXPR_OR:
        for (size_t i = 0; i < e->u.bodies.n; i++) {
            if (i)
                buf_puts(b, e->kind == EXPR_AND ? " and " : " or ");
            dump_braced(b, e->u.bodies.at[i]);
        }
        break;
    }
    dump_withs(b, e);
}

void rego_dump_body(struct buf *b, const struct rego_body *body, unsigned indent)
{
    for (size_t i = 0; i < body->n; i++) {
        const struct rego_expr *const e = body->at[i];

        buf_printf(b, "%*s", (int)indent, "");
        dump_expr(b, e);
        for (size_t j = 0; indent > 0 && j < e->binds_n; j++)
            buf_printf(b, "%s_%u", j ? ", " : "  # binds ", e->binds[j]);
        buf_putc(b, '\n');
    }
}

static void dump_head(struct buf *b, const struct rego_rule *r)
{
    if (r->is_default)
        buf_puts(b, "default ");
    if (r->path.n) {
        buf_puts(b, "data");
        dump_path(b, &r->path, 0);
    } else {
        rego_dump_term(b, r->ref);
    }
    if (r->kind == RULE_FUNCTION) {
        buf_putc(b, '(');
        dump_list(b, &r->args, 0);
        buf_putc(b, ')');
    }
    buf_puts(b, r->kind == RULE_SET ? " contains " : " := ");
    rego_dump_term(b, r->value);
}

void rego_dump_rule(struct buf *b, const struct rego_rule *r)
{
    dump_head(b, r);
    for (; r; r = r->otherwise) {
        if (r->body) {
            buf_puts(b, " if {\n");
            rego_dump_body(b, r->body, 4);
            buf_putc(b, '}');
        }
        if (r->otherwise) {
            buf_puts(b, " else := ");
            rego_dump_term(b, r->otherwise->value);
        }
    }
    buf_putc(b, '\n');
}

void rego_dump_program(struct buf *b, const struct rego_program *p)
{
    for (size_t i = 0; i < p->rules_n; i++)
        rego_dump_rule(b, p->rules[i]);
    for (size_t i = 0; i < p->queries_n; i++) {
        const struct rego_checked_query *const q = &p->queries[i];

        buf_printf(b, "query %s", q->name);
        for (size_t j = 0; j < q->vars_n; j++)
            buf_printf(b, " %s=_%u", value_bytes(q->vars[j].name), q->vars[j].slot);
        buf_puts(b, " {\n");
        rego_dump_body(b, q->body, 4);
        buf_puts(b, "}\n");
    }
}
