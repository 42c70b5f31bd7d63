/* rego.parse_module: the syntax tree of a module, shaped as OPA marshals its own. */
#include <string.h>

#include "base/own.h"
#include "policy/machine/builtin_text.h"
#include "policy/rego/annotations.h"
#include "policy/rego/builtins_tools.h"
#include "policy/rego/module_json.h"
#include "policy/rego/pem.h"
#include "policy/rego/rego.h"

static const struct value *term(struct arena *a, const struct rego_term *t);
static const struct value *body(struct arena *a, const struct rego_body *b);

static const struct value *typed(struct arena *a, const char *type, const struct value *v)
{
    struct value_fields f = {0};

    value_fields_add(a, &f, "type", value_str(a, type));
    value_fields_add(a, &f, "value", v);
    return v == NULL ? NULL : value_fields_object(a, &f);
}

static const struct value *terms(struct arena *a, const struct rego_terms *list)
{
    struct value_list l = {0};

    for (size_t i = 0; i < list->n; i++)
        value_list_add(a, &l, term(a, list->at[i]));
    return value_list_array(a, &l);
}

/* A constant: strings of refs and package paths stand as such. */
static const struct value *constant(struct arena *a, const struct value *v)
{
    struct value_list l = {0};

    switch ((enum value_type)v->type) {
    case VALUE_NULL:
        return typed(a, "null", value_object(a, NULL, NULL, 0));
    case VALUE_BOOL:
        return typed(a, "boolean", v);
    case VALUE_NUMBER:
        return typed(a, "number", v);
    case VALUE_STRING:
        return typed(a, "string", v);
    case VALUE_OBJECT:
        for (size_t i = 0; i < v->count; i++)
            value_list_add(a, &l,
                           value_array(a,
                                       (const struct value *[]){constant(a, value_key_at(v, i)),
                                                                constant(a, value_val_at(v, i))},
                                       2));
        return typed(a, "object", value_list_array(a, &l));
    default:
        for (size_t i = 0; i < v->count; i++)
            value_list_add(a, &l, constant(a, value_at(v, i)));
        return typed(a, value_is(v, VALUE_SET) ? "set" : "array", value_list_array(a, &l));
    }
}

static const struct value *object(struct arena *a, const struct rego_terms *pairs)
{
    struct value_list l = {0};

    for (size_t i = 0; i + 1 < pairs->n; i += 2) {
        const struct value *const pair[] = {term(a, pairs->at[i]), term(a, pairs->at[i + 1])};

        value_list_add(a, &l, pair[0] != NULL && pair[1] != NULL ? value_array(a, pair, 2) : NULL);
    }
    return value_list_array(a, &l);
}

/* A function's name as a ref, whether it was written as one or not. */
static const struct value *operator_of(struct arena *a, const struct value *name)
{
    const struct value *const var = typed(a, "var", name);

    return var == NULL ? NULL : typed(a, "ref", value_array(a, (const struct value *[]){var}, 1));
}

static const struct value *call(struct arena *a, const struct rego_term *t)
{
    const struct rego_term *const name = t->u.call.callee.name;
    struct value_list l = {0};

    value_list_add(a, &l, name->kind == TERM_VAR ? operator_of(a, name->u.name) : term(a, name));
    for (size_t i = 0; i < t->u.call.args.n; i++)
        value_list_add(a, &l, term(a, t->u.call.args.at[i]));
    return value_list_array(a, &l);
}

static const struct value *comprehension(struct arena *a, const struct rego_term *t)
{
    struct value_fields f = {0};

    if (t->kind == TERM_OBJECT_COMP) {
        value_fields_add(a, &f, "key", term(a, t->u.comp.key));
        value_fields_add(a, &f, "value", term(a, t->u.comp.value));
    } else {
        value_fields_add(a, &f, "term", term(a, t->u.comp.value));
    }
    value_fields_add(a, &f, "body", body(a, t->u.comp.body));
    return value_fields_object(a, &f);
}

static const struct value *term(struct arena *a, const struct rego_term *t)
{
    switch (t->kind) {
    case TERM_CONST:
        return constant(a, t->u.value);
    case TERM_VAR:
        return typed(a, "var", t->u.name);
    case TERM_REF:
        return typed(a, "ref", terms(a, &t->u.list));
    case TERM_CALL:
        return typed(a, "call", call(a, t));
    case TERM_ARRAY:
        return typed(a, "array", terms(a, &t->u.list));
    case TERM_SET:
        return typed(a, "set", terms(a, &t->u.list));
    case TERM_OBJECT:
        return typed(a, "object", object(a, &t->u.list));
    case TERM_ARRAY_COMP:
        return typed(a, "arraycomprehension", comprehension(a, t));
    case TERM_SET_COMP:
        return typed(a, "setcomprehension", comprehension(a, t));
    case TERM_OBJECT_COMP:
        return typed(a, "objectcomprehension", comprehension(a, t));
    case TERM_TEMPLATE:
        return typed(a, "templatestring", terms(a, &t->u.list));
    case TERM_INPUT:
        return typed(a, "var", value_str(a, "input"));
    case TERM_DATA:
        return typed(a, "var", value_str(a, "data"));
    case TERM_LOCAL:
        break;
    }
    return NULL;
}

/* --- expressions ------------------------------------------------------------------------- */

static const struct value *two(struct arena *a, const char *op, const struct rego_term *left,
                               const struct rego_term *right)
{
    const struct value *const name = value_str(a, op);
    const struct value *const items[] = {name != NULL ? operator_of(a, name) : NULL, term(a, left),
                                         term(a, right)};

    return items[0] != NULL && items[1] != NULL && items[2] != NULL ? value_array(a, items, 3)
                                                                    : NULL;
}

static const struct value *some(struct arena *a, const struct rego_expr *e)
{
    struct value_fields f = {0};
    struct value_list l = {0};
    const struct rego_terms *const vars = &e->u.some.vars;

    if (e->u.some.domain == NULL) {
        value_fields_add(a, &f, "symbols", terms(a, vars));
        return value_fields_object(a, &f);
    }
    /* some k, v in xs is a call of internal.member_3(k, v, xs) */
    struct value_list call = {0};
    const struct value *const path[] = {
        typed(a, "var", value_str(a, "internal")),
        typed(a, "string", value_str(a, vars->n > 1 ? "member_3" : "member_2"))};

    value_list_add(a, &call, typed(a, "ref", value_array(a, path, 2)));
    for (size_t i = 0; i < vars->n; i++)
        value_list_add(a, &call, term(a, vars->at[i]));
    value_list_add(a, &call, term(a, e->u.some.domain));
    value_list_add(a, &l, typed(a, "call", value_list_array(a, &call)));
    value_fields_add(a, &f, "symbols", value_list_array(a, &l));
    return value_fields_object(a, &f);
}

static const struct value *every(struct arena *a, const struct rego_expr *e)
{
    struct value_fields f = {0};

    value_fields_add(a, &f, "key", e->u.every.key != NULL ? term(a, e->u.every.key) : &value_null);
    value_fields_add(a, &f, "value", term(a, e->u.every.value));
    value_fields_add(a, &f, "domain", term(a, e->u.every.domain));
    value_fields_add(a, &f, "body", body(a, e->u.every.body));
    return value_fields_object(a, &f);
}

static const struct value *sides(struct arena *a, const struct rego_expr *e)
{
    struct value_fields f = {0};

    value_fields_add(a, &f, "lhs", e->u.bodies.n > 0 ? body(a, e->u.bodies.at[0]) : NULL);
    value_fields_add(a, &f, "rhs",
                     e->u.bodies.n > 1 ? body(a, e->u.bodies.at[e->u.bodies.n - 1]) : NULL);
    return value_fields_object(a, &f);
}

static const struct value *expr_terms(struct arena *a, const struct rego_expr *e)
{
    switch (e->kind) {
    case EXPR_TERM:
        return term(a, e->u.term);
    case EXPR_CALL:
        return call(a, e->u.term);
    case EXPR_UNIFY:
        return two(a, "eq", e->u.two.left, e->u.two.right);
    case EXPR_ASSIGN:
        return two(a, "assign", e->u.two.left, e->u.two.right);
    case EXPR_SOME:
        return some(a, e);
    case EXPR_EVERY:
        return every(a, e);
    case EXPR_AND:
    case EXPR_OR:
        return sides(a, e);
    case EXPR_NOT:
        return body(a, e->u.body);
    }
    return NULL;
}

static const struct value *withs(struct arena *a, const struct rego_expr *e)
{
    struct value_list l = {0};

    for (size_t i = 0; i < e->with_n; i++) {
        struct value_fields f = {0};

        value_fields_add(a, &f, "target", term(a, e->with[i].target));
        value_fields_add(a, &f, "value", term(a, e->with[i].value));
        value_list_add(a, &l, value_fields_object(a, &f));
    }
    return value_list_array(a, &l);
}

static const struct value *expr(struct arena *a, const struct rego_expr *e, size_t index)
{
    struct value_fields f = {0};
    const struct rego_expr *inner = e;

    /* `not e` is e, negated */
    if (e->kind == EXPR_NOT && e->u.body->n == 1) {
        inner = e->u.body->at[0];
        value_fields_add(a, &f, "negated", &value_true);
    }
    value_fields_add(a, &f, "index", value_int(a, (int64_t)index));
    value_fields_add(a, &f, "terms", expr_terms(a, inner));
    if (e->with_n > 0 || inner->with_n > 0)
        value_fields_add(a, &f, "with", withs(a, e->with_n > 0 ? e : inner));
    return value_fields_object(a, &f);
}

static const struct value *body(struct arena *a, const struct rego_body *b)
{
    struct value_list l = {0};

    for (size_t i = 0; b != NULL && i < b->n; i++)
        value_list_add(a, &l, expr(a, b->at[i], i));
    if (b == NULL) { /* a rule without a body holds always */
        struct value_fields f = {0};

        value_fields_add(a, &f, "index", value_int(a, 0));
        value_fields_add(a, &f, "terms", constant(a, &value_true));
        value_fields_add(a, &f, "generated", &value_true);
        value_list_add(a, &l, value_fields_object(a, &f));
    }
    return value_list_array(a, &l);
}

/* --- modules ----------------------------------------------------------------------------- */

static const struct value *head(struct arena *a, const struct rego_rule *r)
{
    struct value_fields f = {0};
    const struct rego_term *const ref = r->ref;
    struct value_list path = {0};

    if (r->assign)
        value_fields_add(a, &f, "assign", &value_true);
    if (ref != NULL && ref->kind == TERM_REF) {
        for (size_t i = 0; i < ref->u.list.n; i++)
            value_list_add(a, &path, term(a, ref->u.list.at[i]));
    } else if (ref != NULL) {
        value_list_add(a, &path, term(a, ref));
    }
    const struct rego_term *const first =
        ref != NULL && ref->kind == TERM_REF ? ref->u.list.at[0] : ref;
    /* a head of two steps has a name where v0 made a document of it */
    if (first != NULL && first->kind == TERM_VAR &&
        (path.n == 1 || (path.n == 2 && !r->has_if && !r->has_contains && r->args.n == 0)))
        value_fields_add(a, &f, "name", first->u.name);
    if (path.n > 0)
        value_fields_add(a, &f, "ref", value_list_array(a, &path));
    if (r->args.n > 0)
        value_fields_add(a, &f, "args", terms(a, &r->args));
    if (r->value != NULL)
        value_fields_add(a, &f, r->kind == RULE_SET ? "key" : "value", term(a, r->value));
    return value_fields_object(a, &f);
}

static const struct value *rule(struct arena *a, const struct rego_rule *r)
{
    struct value_fields f = {0};

    if (r->is_default)
        value_fields_add(a, &f, "default", &value_true);
    value_fields_add(a, &f, "head", head(a, r));
    value_fields_add(a, &f, "body", body(a, r->body));
    if (r->otherwise != NULL)
        value_fields_add(a, &f, "else", rule(a, r->otherwise));
    return value_fields_object(a, &f);
}

static const struct value *package(struct arena *a, const struct value *path)
{
    struct value_list l = {0};
    struct value_fields f = {0};

    value_list_add(a, &l, typed(a, "var", value_str(a, "data")));
    for (size_t i = 0; i < path->count; i++)
        value_list_add(a, &l, typed(a, "string", value_at(path, i)));
    value_fields_add(a, &f, "path", value_list_array(a, &l));
    return value_fields_object(a, &f);
}

static const struct value *comment(struct arena *a, const struct rego_comment *c)
{
    struct value_fields f = {0}, place = {0};
    const struct rego_pos pos = rego_pos_of(c->loc);
    const char *const text = c->loc.source->text + c->loc.offset;
    const size_t skip = c->loc.len > 0 && *text == '#';
    AUTO_BUF struct buf b = BUF_INIT;

    base64_encode(&b, text + skip, c->loc.len - skip);
    value_fields_add(a, &place, "col", value_int(a, (int64_t)pos.col - 1)); /* of the # */
    value_fields_add(a, &place, "file", value_str(a, c->loc.source->name));
    value_fields_add(a, &place, "row", value_int(a, pos.line));
    value_fields_add(a, &f, "Location", value_fields_object(a, &place));
    value_fields_add(a, &f, "Text",
                     b.failed ? NULL : value_string(a, b.data != NULL ? b.data : "", b.len));
    return value_fields_object(a, &f);
}

const struct value *rego_module_json(struct arena *a, const struct rego_module *m)
{
    struct value_fields f = {0};
    struct value_list imports = {0}, rules = {0}, comments = {0}, annotations = {0};

    for (size_t i = 0; i < m->imports_n; i++) {
        struct value_fields one = {0};

        value_fields_add(a, &one, "path", term(a, m->imports[i].path));
        value_fields_add(a, &one, "alias", m->imports[i].alias);
        value_list_add(a, &imports, value_fields_object(a, &one));
    }
    for (size_t i = 0; i < m->rules_n; i++)
        value_list_add(a, &rules, rule(a, m->rules[i]));
    for (size_t i = 0; i < m->comments_n; i++)
        value_list_add(a, &comments, comment(a, &m->comments[i]));
    for (size_t i = 0; i < m->annotations_n; i++)
        value_list_add(a, &annotations, m->annotations[i]->value);
    value_fields_add(a, &f, "package", package(a, m->package));
    if (imports.n > 0)
        value_fields_add(a, &f, "imports", value_list_array(a, &imports));
    if (annotations.n > 0)
        value_fields_add(a, &f, "annotations", value_list_array(a, &annotations));
    if (rules.n > 0)
        value_fields_add(a, &f, "rules", value_list_array(a, &rules));
    if (comments.n > 0)
        value_fields_add(a, &f, "comments", value_list_array(a, &comments));
    return value_fields_object(a, &f);
}

int builtin_rego_parse_module(struct builtin_ctx *ctx, const struct value *const *args,
                              const struct value **out, struct err *err)
{
    const struct value *name = NULL, *text = NULL;
    const struct rego_options opt = {.version = REGO_V1, .keep_prints = true};
    struct rego_diags diags = {0};
    struct rego_module *m = NULL;

    if (text_string(ctx, args, 0, &name, err) < 0 ||
        !value_is(args[1], VALUE_STRING)) /* OPA calls this operand the first, too */
        return value_is(args[0], VALUE_STRING) ? builtin_type_error(ctx, err, 1, "string", args[1])
                                               : -1;
    text = args[1];
    struct rego_source *const source = ARENA_NEW(ctx->arena, struct rego_source);

    if (source == NULL)
        return err_nomem(err);
    *source = (struct rego_source){
        .name = value_bytes(name), .text = value_bytes(text), .len = text->count};
    if (rego_parse(ctx->arena, source, &opt, &m, &diags, err) < 0) {
        if (err->code == ERR_NOMEM || err->code == ERR_LIMIT)
            return -1;
        AUTO_BUF struct buf b = BUF_INIT;

        for (size_t i = 0; i < diags.n; i++) {
            buf_putc(&b, i > 0 || diags.n > 1 ? '\n' : ' ');
            rego_diag_print(&b, &diags.at[i]);
        }
        return builtin_error(ctx, err, "%zu error%s occurred:%s", diags.n, diags.n > 1 ? "s" : "",
                             b.data ? b.data : "");
    }
    return text_return(rego_module_json(ctx->arena, m), out, err);
}
