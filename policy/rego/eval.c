#include "policy/rego/eval.h"

#include <string.h>

#include "policy/rego/builtin_decls.h"

#define QUERY_NAME "query"
#define CAPTURE "__expression"

/* --- capturing what expressions are worth ------------------------------------------------ */

/* The variable that holds an expression's value; NULL name: the expression is worth true. */
struct capture {
    const struct rego_expr *expr;
    const struct value *name;
};

struct query {
    struct rego_body *body;
    struct capture *captures;
    size_t n;
};

static bool has_vars(const struct rego_term *t)
{
    const struct rego_terms *const l = t->kind == TERM_CALL ? &t->u.call.args : &t->u.list;

    switch (t->kind) {
    case TERM_VAR:
        return true;
    case TERM_REF:
    case TERM_ARRAY:
    case TERM_SET:
    case TERM_OBJECT:
    case TERM_CALL:
        for (size_t i = t->kind == TERM_REF; i < l->n; i++)
            if (has_vars(l->at[i]))
                return true;
        return false;
    default:
        return false;
    }
}

/* A call that gives a value, and takes just the arguments written. */
static bool is_worth(const struct rego_expr *e)
{
    char name[128];
    size_t n = 0;

    if (e->kind != EXPR_TERM && e->kind != EXPR_CALL)
        return false;
    if (e->u.term->kind != TERM_CALL)
        return true;
    const struct rego_term *const callee = e->u.term->u.call.callee.name;
    if (!callee)
        return true;
    const size_t parts = callee->kind == TERM_REF ? callee->u.list.n : 1;
    for (size_t i = 0; i < parts; i++) {
        const struct rego_term *const t = callee->kind == TERM_REF ? callee->u.list.at[i] : callee;
        const struct value *const v = t->kind == TERM_VAR ? t->u.name : t->u.value;

        if (!value_is(v, VALUE_STRING) || n + v->count + 2 > sizeof(name))
            return true;
        if (i > 0)
            name[n++] = '.';
        memcpy(name + n, value_bytes(v), v->count);
        n += v->count;
    }
    name[n] = '\0';
    if (strcmp(name, "eq") == 0 || strcmp(name, "assign") == 0)
        return false;
    const struct builtin_decl *const d = builtin_decl_find(name);
    return !d || (d->result[0] != '\0' && d->arity == e->u.term->u.call.args.n);
}

static struct rego_term *new_var(struct arena *a, const struct value *name, struct rego_loc loc)
{
    struct rego_term *const t = ARENA_NEW(a, struct rego_term);

    if (t)
        *t = (struct rego_term){.kind = TERM_VAR, .loc = loc, .generated = true, .u.name = name};
    return t;
}

/* `e` becomes `variable = e`, and where there are more expressions, `variable` must then hold. */
static int capture(struct arena *a, struct rego_expr *e, size_t i, bool check, struct query *q)
{
    const struct value *const name = value_strf(a, CAPTURE "%zu__", i);
    struct rego_term *const var = name ? new_var(a, name, e->loc) : NULL;
    struct rego_term *const again = name ? new_var(a, name, e->loc) : NULL;
    struct rego_expr *const unify = ARENA_NEW(a, struct rego_expr);
    struct rego_expr *const holds = ARENA_NEW(a, struct rego_expr);

    if (!var || !again || !unify || !holds)
        return -1;
    *unify = *e;
    unify->kind = EXPR_UNIFY;
    unify->u.two.left = e->u.term;
    unify->u.two.right = var;
    *holds =
        (struct rego_expr){.kind = EXPR_TERM, .loc = e->loc, .generated = true, .u.term = again};
    q->captures[i].name = name;
    q->body->at[q->body->n++] = unify;
    if (check)
        q->body->at[q->body->n++] = holds;
    return 0;
}

static int capture_all(struct arena *a, const struct rego_body *parsed, struct query *q)
{
    bool check = parsed->n > 1;

    q->n = parsed->n;
    q->body = ARENA_NEW(a, struct rego_body);
    q->captures = ARENA_NEW_N(a, struct capture, parsed->n + 1);
    if (!q->body || !q->captures)
        return -1;
    *q->body = *parsed;
    q->body->n = 0;
    q->body->at = ARENA_NEW_N(a, struct rego_expr *, 2 * parsed->n + 1);
    if (!q->body->at)
        return -1;
    for (size_t i = 0; i < parsed->n; i++)
        check = check || (is_worth(parsed->at[i]) && has_vars(parsed->at[i]->u.term));
    for (size_t i = 0; i < parsed->n; i++) {
        q->captures[i].expr = parsed->at[i];
        if (!is_worth(parsed->at[i]))
            q->body->at[q->body->n++] = parsed->at[i];
        else if (capture(a, parsed->at[i], i, check, q) < 0)
            return -1;
    }
    return 0;
}

/* --- one run ----------------------------------------------------------------------------- */

static int parse_all(struct arena *a, const struct rego_eval_job *job,
                     struct rego_module ***modules, struct rego_diags *diags, struct err *err)
{
    *modules = ARENA_NEW_N(a, struct rego_module *, job->sources_n + 1);
    if (!*modules)
        return err_nomem(err);
    for (size_t i = 0; i < job->sources_n; i++)
        if (rego_parse(a, &job->sources[i], &job->rego, &(*modules)[i], diags, err) < 0)
            return -1;
    return 0;
}

static int compile(struct arena *a, const struct rego_eval_job *job, struct rego_body *query,
                   struct rego_module *const *modules, struct image *img, struct rego_diags *diags,
                   struct err *err)
{
    const struct rego_entry entry = {.name = QUERY_NAME, .query = query};
    AUTO_BUF struct buf bytes = {.max = IMAGE_BYTES_MAX};
    struct rego_program *program;

    if (rego_check(a, modules, job->sources_n, &entry, 1, job->data, &job->rego, &program, diags,
                   err) < 0 ||
        rego_emit(a, program, &entry, 1, NULL, &bytes, err) < 0)
        return -1;
    void *const kept = arena_alloc(a, bytes.len);
    if (!kept)
        return err_nomem(err);
    memcpy(kept, bytes.data, bytes.len);
    return image_borrow(img, kept, bytes.len, err);
}

static int run(struct arena *a, const struct rego_eval_job *job, bool values, struct query *q,
               const struct value **out, struct rego_diags *diags, struct err *err)
{
    struct rego_source *const text = ARENA_NEW(a, struct rego_source);
    struct rego_module **modules;
    struct rego_body *parsed;
    struct image img = IMAGE_INIT;

    if (!text)
        return err_nomem(err);
    *text = (struct rego_source){.name = "query", .text = job->query, .len = strlen(job->query)};
    if (parse_all(a, job, &modules, diags, err) < 0 ||
        rego_parse_query(a, text, &job->rego, &parsed, diags, err) < 0)
        return -1;
    if (values && capture_all(a, parsed, q) < 0)
        return err_nomem(err);
    if (compile(a, job, values ? q->body : parsed, modules, &img, diags, err) < 0)
        return -1;
    if (job->image)
        *job->image = img;
    return machine_run(&img, QUERY_NAME, job->input, a, &job->machine, out, job->stats, err);
}

int rego_eval_bindings(struct arena *a, const struct rego_eval_job *job,
                       const struct value **bindings, struct rego_diags *diags, struct err *err)
{
    return run(a, job, false, NULL, bindings, diags, err);
}

/* --- the result set ---------------------------------------------------------------------- */

static const struct value *one_expression(struct arena *a, const struct capture *c,
                                          const struct value *row)
{
    const struct rego_loc loc = c->expr->loc;
    const struct rego_pos pos = rego_pos_of(loc);
    struct value_fields f = {0}, where = {0};
    const struct value *const got = c->name ? value_get(row, c->name) : NULL;

    value_fields_add(a, &where, "row", value_int(a, pos.line));
    value_fields_add(a, &where, "col", value_int(a, pos.col));
    value_fields_add(a, &f, "value", got ? got : &value_true);
    value_fields_add(a, &f, "text", value_string(a, loc.source->text + loc.offset, loc.len));
    value_fields_add(a, &f, "location", value_fields_object(a, &where));
    return value_fields_object(a, &f);
}

static const struct value *one_result(struct arena *a, const struct query *q,
                                      const struct value *row)
{
    struct value_fields f = {0}, bindings = {0};
    struct value_list expressions = {0};

    for (size_t i = 0; i < q->n; i++)
        value_list_add(a, &expressions, one_expression(a, &q->captures[i], row));
    for (uint32_t i = 0; i < row->count; i++) {
        const struct value *const key = value_key_at(row, i);

        if (key->count < strlen(CAPTURE) || memcmp(value_bytes(key), CAPTURE, strlen(CAPTURE)) != 0)
            value_fields_put(a, &bindings, key, value_val_at(row, i));
    }
    value_fields_add(a, &f, "expressions", value_list_array(a, &expressions));
    if (bindings.keys.n > 0)
        value_fields_add(a, &f, "bindings", value_fields_object(a, &bindings));
    return value_fields_object(a, &f);
}

int rego_eval(struct arena *a, const struct rego_eval_job *job, const struct value **result,
              struct rego_diags *diags, struct err *err)
{
    struct query q = {0};
    struct value_list rows = {0};
    struct value_fields f = {0};
    const struct value *set;

    if (run(a, job, true, &q, &set, diags, err) < 0)
        return -1;
    for (uint32_t i = 0; set && i < set->count; i++)
        value_list_add(a, &rows, one_result(a, &q, value_at(set, i)));
    if (rows.n > 0)
        value_fields_add(a, &f, "result", value_list_array(a, &rows));
    *result = value_fields_object(a, &f);
    return *result ? 0 : err_nomem(err);
}
