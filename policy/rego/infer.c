/* Types: of each expression's terms from what stands before it, of rules from their bodies. */
#include "policy/rego/infer.h"

#include <stdlib.h>
#include <string.h>

#include "policy/rego/tree.h"
#include "policy/rego/visit.h"

enum { TYPE_ARGS_MAX = 16, TYPE_CHAIN_MAX = 100 };

/* --- terms ------------------------------------------------------------------------------- */

static const struct type *list_type(struct infer *x, struct rego_term *t)
{
    const size_t n = t->u.list.n;
    const struct type **const of = ARENA_NEW_N(x->c->a, const struct type *, n + 1);
    const struct value **const keys = ARENA_NEW_N(x->c->a, const struct value *, n + 1);
    const struct type *key = NULL, *dynamic = NULL;
    size_t known = 0;

    if (!of || !keys)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        struct rego_term *const item = t->u.list.at[i];

        if (t->kind == TERM_ARRAY) {
            of[known++] = infer_term(x, item);
        } else if (t->kind == TERM_SET) {
            const struct type *const member = infer_term(x, item);

            if (!member)
                return type_set(x->c->a, NULL);
            dynamic = type_or(x->c->a, dynamic, member);
        } else if (item->kind == TERM_CONST) {
            keys[known] = item->u.value;
            of[known++] = infer_term(x, t->u.list.at[++i]);
        } else {
            key = infer_term(x, item);
            dynamic = infer_term(x, t->u.list.at[++i]);
            key = key ? key : &type_any;
            dynamic = dynamic ? dynamic : &type_any;
        }
    }
    if (t->kind == TERM_ARRAY)
        return type_array(x->c->a, of, known, NULL);
    if (t->kind == TERM_SET)
        return n ? type_set(x->c->a, dynamic) : &type_empty_set;
    return type_object(x->c->a, keys, of, known, key, dynamic);
}

/* Closures see the types around them; what they learn stays inside. */
static const struct type **keep_env(struct infer *x)
{
    const size_t size = (x->u->locals->n + 1u) * sizeof(*x->env);
    const struct type **const kept = arena_alloc(&x->c->scratch, size);

    if (kept)
        memcpy(kept, x->env, size);
    return kept;
}

static void restore_env(struct infer *x, const struct type **kept)
{
    if (kept)
        memcpy(x->env, kept, (x->u->locals->n + 1u) * sizeof(*x->env));
}

static int closure_body(struct infer *x, struct rego_body *b)
{
    const struct type **const kept = keep_env(x);
    const int got = kept ? infer_body(x, b) : -1;

    restore_env(x, kept);
    return got;
}

static const struct type *or_any(const struct type *t)
{
    return t ? t : &type_any;
}

static const struct type *comp_type(struct infer *x, struct rego_term *t)
{
    if (x->comp == t)
        return x->comp_type;
    const struct type **const kept = keep_env(x);
    const struct type *type = NULL;

    if (kept && infer_body(x, t->u.comp.body) == 0) {
        const struct type *const value = or_any(infer_term(x, t->u.comp.value));

        if (t->kind == TERM_ARRAY_COMP)
            type = type_array(x->c->a, NULL, 0, value);
        else if (t->kind == TERM_SET_COMP)
            type = type_set(x->c->a, value);
        else
            type = type_object(x->c->a, NULL, NULL, 0, or_any(infer_term(x, t->u.comp.key)), value);
    }
    restore_env(x, kept);
    x->comp = t;
    x->comp_type = type;
    return type;
}

const struct type *infer_term(struct infer *x, struct rego_term *t)
{
    switch (t->kind) {
    case TERM_CONST:
        return type_of_value(x->c->a, t->u.value);
    case TERM_LOCAL:
        return x->env[t->u.slot];
    case TERM_INPUT: {
        const struct type *replaced = infer_input(x);
        size_t steps;

        (void)(x->relax && relax_look(x, t, false, &replaced, &steps));
        return replaced;
    }
    case TERM_REF:
        return infer_ref(x, t, false);
    case TERM_ARRAY:
    case TERM_SET:
    case TERM_OBJECT:
        return list_type(x, t);
    case TERM_ARRAY_COMP:
    case TERM_SET_COMP:
    case TERM_OBJECT_COMP:
        return comp_type(x, t);
    case TERM_DATA:
    case TERM_VAR:
    case TERM_CALL:
    case TERM_TEMPLATE:
        break;
    }
    return &type_any;
}

/* --- expressions ------------------------------------------------------------------------- */

static int ref_term(struct visit *v, struct rego_term *t)
{
    if (t->kind == TERM_REF)
        (void)infer_ref(v->ctx, t, true);
    return 0;
}

/* Arguments in text: "(number, string)". */
static void print_args(struct buf *b, const struct type *const *types, size_t n)
{
    buf_putc(b, '(');
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_puts(b, ", ");
        type_print(b, types[i]);
    }
    buf_putc(b, ')');
}

static void say_args(struct infer *x, struct rego_expr *e, const struct builtin_decl *d,
                     const struct type *const *have, size_t n, const struct type *const *want,
                     size_t want_n)
{
    AUTO_BUF struct buf b = BUF_INIT;

    buf_printf(&b, "%s: invalid argument(s)\n\thave: ",
               check_callee_text(x->c, &e->u.term->u.call.callee));
    print_args(&b, have, n);
    buf_puts(&b, "\n\twant: ");
    if (d)
        buf_printf(&b, "(%s%s%s)", d->args, *d->args && *d->result ? ", " : "", d->result);
    else
        print_args(&b, want, want_n);
    if (!b.failed)
        diag_add(x->c->a, x->c->diags, REGO_TYPE_ERROR, e->loc, "%s", b.data);
}

/* Types that a callee wants, its result last; -1: nothing is known of it. */
static int callee_types(struct infer *x, const struct rego_callee *callee,
                        const struct builtin_decl *d, const struct type **want, size_t *n)
{
    size_t more;

    if (d) {
        if (type_parse_args(x->c->a, d->args, want, TYPE_ARGS_MAX, n) < 0)
            return -1;
        return type_parse_args(x->c->a, d->result, want + *n, TYPE_ARGS_MAX - *n, &more) < 0
                   ? -1
                   : (int)(*n += more);
    }
    struct rule_node *const node = ruletree_function(x->c, callee);

    if (node && relax_hides(x, node))
        return -1;
    const struct type *const result = node ? infer_node(x->all, node) : NULL;
    const int arity = check_arity(x->c, callee);

    if (!result || !node->args || arity < 0 || arity >= TYPE_ARGS_MAX)
        return -1;
    for (*n = 0; *n < (size_t)arity; ++*n)
        want[*n] = or_any(node->args[*n]);
    want[(*n)++] = result;
    return 0;
}

static bool known_types(struct infer *x, const struct rego_callee *callee, const struct type **want,
                        size_t *n)
{
    return callee_types(x, callee, callee->builtin ? builtin_decl_find(callee->builtin) : NULL,
                        want, n) >= 0;
}

static const struct value *target_path(struct infer *x, const struct rego_term *target)
{
    struct value_list list = {0};

    for (size_t i = 1; target->kind == TERM_REF && i < target->u.list.n; i++)
        value_list_add(x->c->a, &list, target->u.list.at[i]->u.value);
    return value_list_array(x->c->a, &list);
}

static void say_match(struct infer *x, const struct rego_expr *e, const struct type *left,
                      const struct type *right)
{
    AUTO_BUF struct buf b = BUF_INIT;

    buf_puts(&b, "match error\n\tleft  : ");
    type_print(&b, left);
    buf_puts(&b, "\n\tright : ");
    type_print(&b, right);
    if (!b.failed)
        diag_add(x->c->a, x->c->diags, REGO_TYPE_ERROR, e->loc, "%s", b.data);
}

/* Can the term be among what the collection holds? */
static bool check_member(struct infer *x, const struct rego_expr *e, struct rego_term *t,
                         const struct type *of)
{
    const struct type *const have = of ? infer_term(x, t) : NULL;

    if (!of || type_unknown(of) || (type_unifies(have, of) && infer_expect(x, t, of, false)))
        return true;
    say_match(x, e, have, of);
    return false;
}

/* `in`: what may be found depends on the collection, which no declaration can say. */
static bool check_membership(struct infer *x, const struct rego_expr *e, const char *name)
{
    struct rego_terms *const args = &e->u.term->u.call.args;
    const bool key = strcmp(name, "internal.member_3") == 0;
    const size_t n = key ? 3 : 2;

    if ((!key && strcmp(name, "internal.member_2") != 0) || args->n < n)
        return true;
    const struct type *const in = infer_term(x, args->at[n - 1]);
    const struct type *const values = in ? type_values(x->c->a, in) : NULL;

    if (!values)
        return true;
    if (key && !check_member(x, e, args->at[0], type_keys(x->c->a, in)))
        return false;
    return check_member(x, e, args->at[n - 2], values);
}

static void check_call(struct infer *x, struct rego_expr *e)
{
    const struct rego_callee *const callee = &e->u.term->u.call.callee;
    const struct builtin_decl *const d =
        callee->builtin ? builtin_decl_find(callee->builtin) : NULL;
    struct rego_terms *const args = &e->u.term->u.call.args;
    const struct type *want[TYPE_ARGS_MAX + 1], *have[TYPE_ARGS_MAX + 1];
    size_t n = 0;
    bool ok = true;

    if (args->n > TYPE_ARGS_MAX || (d && !check_membership(x, e, d->name)))
        return;
    for (size_t i = 0; i < args->n; i++)
        have[i] = infer_term(x, args->at[i]);
    if (callee_types(x, callee, d, want, &n) < 0 || args->n > n) {
        for (size_t i = 0; i < args->n; i++)
            (void)infer_expect(x, args->at[i], &type_any, false);
        return;
    }
    for (size_t i = 0; i < args->n && ok; i++)
        ok = type_unifies(have[i], want[i]) && infer_expect(x, args->at[i], want[i], false);
    if (!ok)
        say_args(x, e, d, have, args->n, want, n);
}

static void check_two(struct infer *x, struct rego_expr *e)
{
    struct rego_term *const left = e->u.two.left, *const right = e->u.two.right;
    const struct type *const tl = infer_term(x, left), *const tr = infer_term(x, right);

    if (!infer_unify(x, left, tl, right, tr))
        say_match(x, e, tl, tr);
}

/* Replacements by `with` are not judged: targets need not be, values are documents' parts. */
static int check_refs(struct infer *x, const struct rego_expr *e)
{
    struct visit refs = {.term = ref_term, .flags = VISIT_NO_CLOSURES, .ctx = x};
    struct rego_expr alone = *e;

    alone.with_n = 0;
    return visit_expr(&refs, &alone);
}

static int inside_term(struct visit *v, struct rego_term *t)
{
    if (term_is_comp(t)) {
        (void)infer_term(v->ctx, t);
        return 1;
    }
    return ref_term(v, t);
}

/* Of what every, and, or and bodies of not hold only refs and comprehensions are judged, and that
 * with nothing known of the variables they declare. */
static int check_inside(struct infer *x, struct rego_expr *e)
{
    struct visit v = {.term = inside_term, .flags = VISIT_NO_WITHS, .ctx = x};
    struct rego_expr alone = *e;
    const struct type **const kept = keep_env(x);

    alone.with_n = 0;
    const int got = kept ? visit_expr(&v, &alone) : -1;

    restore_env(x, kept);
    return got < 0 ? -1 : 0;
}

static int check_alone(struct infer *x, struct rego_expr *e)
{
    switch (e->kind) {
    case EXPR_TERM:
        if (check_refs(x, e) < 0)
            return -1;
        (void)infer_term(x, e->u.term);
        return 0;
    case EXPR_CALL:
        if (check_refs(x, e) < 0)
            return -1;
        check_call(x, e);
        return 0;
    case EXPR_UNIFY:
    case EXPR_ASSIGN:
        if (check_refs(x, e) < 0)
            return -1;
        check_two(x, e);
        return 0;
    case EXPR_NOT:
        return e->not_body ? check_inside(x, e) : closure_body(x, e->u.body);
    case EXPR_EVERY:
    case EXPR_AND:
    case EXPR_OR:
        return check_inside(x, e);
    case EXPR_SOME:
        break;
    }
    return 0;
}

/* A function that replaces another must take what that one takes. */
static bool check_replacement(struct infer *x, const struct rego_with *w)
{
    struct rego_callee target = {.builtin = NULL};
    const struct type *want[TYPE_ARGS_MAX + 1], *have[TYPE_ARGS_MAX + 1];
    size_t want_n = 0, have_n = 0;

    if (!w->target_fn || !w->value_fn)
        return true;
    if (w->target->kind == TERM_CONST)
        target.builtin = value_bytes(w->target->u.value);
    else
        target.path = target_path(x, w->target);
    const int arity = check_arity(x->c, &target), other = check_arity(x->c, &w->value_callee);
    bool ok = arity == other;

    if (ok && known_types(x, &target, want, &want_n) &&
        known_types(x, &w->value_callee, have, &have_n))
        for (int i = 0; i < arity && ok; i++)
            ok = type_unifies(want[i], have[i]);
    if (!ok)
        diag_add(x->c->a, x->c->diags, REGO_TYPE_ERROR, w->loc, "%s: arity mismatch",
                 check_callee_text(x->c, &target));
    return ok;
}

/* Under `with` the documents replaced have the replacement's type too, and of rules that depend on
 * them nothing is known. */
static int check_expr(struct infer *x, struct rego_expr *e)
{
    struct relax relax = {.outer = x->relax};
    bool ok = true;

    if (e->with_n == 0)
        return check_alone(x, e);
    if (relax_make(x, e, &relax) < 0)
        return -1;
    x->relax = &relax;
    x->comp = NULL;
    for (size_t i = 0; i < e->with_n && ok; i++)
        ok = check_replacement(x, &e->with[i]);
    const int got = ok ? check_alone(x, e) : 0;

    x->relax = relax.outer;
    x->comp = NULL;
    return got;
}

int infer_body(struct infer *x, struct rego_body *b)
{
    for (size_t i = 0; i < b->n; i++)
        if (check_expr(x, b->at[i]) < 0)
            return -1;
    return x->c->a->failed || x->c->scratch.failed ? -1 : 0;
}

/* --- rules ------------------------------------------------------------------------------- */

static int by_rule(const void *x, const void *y)
{
    const uintptr_t a = (uintptr_t)((const struct rule_unit *)x)->rule;
    const uintptr_t b = (uintptr_t)((const struct rule_unit *)y)->rule;

    return a < b ? -1 : a > b;
}

struct unit *infer_unit_of(const struct typing *all, const struct rego_rule *r)
{
    const struct rule_unit key = {.rule = r};
    const struct rule_unit *const found =
        bsearch(&key, all->units, all->units_n, sizeof(key), by_rule);

    return found ? found->unit : NULL;
}

/* The document that a rule's head builds, from the last step of its path inwards. */
static const struct type *head_type(struct infer *x, const struct rego_rule *r)
{
    const struct type *t = or_any(infer_term(x, r->value));
    size_t from = r->module->package->count + 1;

    while (from < r->path.n && r->path.at[from]->kind == TERM_CONST)
        from++;
    if (r->kind == RULE_SET)
        t = type_set(x->c->a, t);
    for (size_t i = r->path.n; i > from && t; i--)
        t = type_object(x->c->a, NULL, NULL, 0, or_any(infer_term(x, r->path.at[i - 1])), t);
    return t;
}

static void join_args(struct infer *x, struct rule_node *n, bool wrong)
{
    const struct rego_terms *const args = &x->u->rule->args;

    for (size_t i = 0; n->args && i < args->n; i++)
        n->args[i] =
            type_or(x->c->a, n->args[i], wrong ? &type_any : or_any(infer_term(x, args->at[i])));
}

static int infer_unit(struct typing *all, struct rule_node *n, struct unit *u)
{
    struct infer x = {.all = all, .c = all->c, .u = u};
    const size_t before = all->c->diags->n;

    x.env = ARENA_NEW_N(all->c->a, const struct type *, u->locals->n + 1u);
    if (!x.env)
        return -1;
    if (u->body && infer_body(&x, u->body) < 0)
        return -1;
    if (!n)
        return 0;
    if (u->rule->kind == RULE_FUNCTION)
        join_args(&x, n, all->c->diags->n > before);
    /* Of a rule that is wrong nothing is known, so that it is not reported where it is used. */
    const struct type *const type = all->c->diags->n > before ? &type_any : head_type(&x, u->rule);

    n->type = u->rule->kind == RULE_FUNCTION ? type_or(all->c->a, n->type, type)
                                             : type_merge(all->c->a, n->type, type);
    return 0;
}

const struct type *infer_node(struct typing *all, struct rule_node *n)
{
    if (n->typed != NODE_UNTYPED || all->depth >= TYPE_CHAIN_MAX)
        return n->typed == NODE_TYPED ? n->type : NULL;
    n->typed = NODE_TYPING;
    all->depth++;
    n->args = ARENA_NEW_N(all->c->a, const struct type *, n->rules[0]->args.n + 1);
    for (size_t i = 0; i < n->rules_n; i++)
        for (struct rego_rule *r = n->rules[i]; r; r = r->otherwise) {
            struct unit *const u = infer_unit_of(all, r);

            if (!u || infer_unit(all, n, u) < 0)
                n->type = &type_any;
        }
    all->depth--;
    n->typed = NODE_TYPED;
    return n->type;
}

static void infer_tree(struct typing *all, struct rule_node *n)
{
    if (n->rules_n)
        (void)infer_node(all, n);
    for (size_t i = 0; i < n->kids_n; i++)
        infer_tree(all, n->kids[i]);
}

int check_types(struct check *c)
{
    struct typing all = {.c = c, .input = &type_any};

    if (c->opt->input_schema && !(all.input = type_of_schema(c->a, c->opt->input_schema)))
        return -1;
    all.units = ARENA_NEW_N(c->a, struct rule_unit, c->units_n + 1);
    if (!all.units)
        return -1;
    for (size_t i = 0; i < c->units_n; i++)
        if (c->units[i].rule)
            all.units[all.units_n++] =
                (struct rule_unit){.rule = c->units[i].rule, .unit = &c->units[i]};
    if (all.units_n)
        qsort(all.units, all.units_n, sizeof(*all.units), by_rule);
    infer_tree(&all, c->root);
    for (size_t i = 0; i < c->units_n; i++)
        if (!c->units[i].rule && infer_unit(&all, NULL, &c->units[i]) < 0)
            return -1;
    return 0;
}
