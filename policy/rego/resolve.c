#include <string.h>

#include "policy/rego/scope.h"
#include "policy/rego/tree.h"

static int resolve_body(struct resolver *r, struct rego_body *b);

struct rego_term *check_local(struct check *c, struct unit *u, struct rego_loc loc)
{
    struct resolver r = {.c = c, .u = u};
    uint32_t slot;

    return scope_new_slot(&r, NULL, loc, &slot) < 0 ? NULL : term_local(c->a, slot, loc);
}

static void to_local(struct rego_term *t, uint32_t slot)
{
    t->kind = TERM_LOCAL;
    t->u.slot = slot;
}

/* A variable that nothing declares: one slot by its name in the whole rule. */
static int plain_var(struct resolver *r, struct rego_term *t)
{
    struct scope_entry *e = scope_find_here(&r->plain, t->u.name);
    uint32_t slot;

    if (!e) {
        if (scope_new_slot(r, t->u.name, t->loc, &slot) < 0 ||
            !(e = scope_add(r, &r->plain, t->u.name, OCC_SEEN, slot, t->loc)))
            return -1;
    }
    slot = e->slot;
    if (!scope_find_here(r->top, t->u.name) &&
        !scope_add(r, r->top, t->u.name, OCC_SEEN, slot, t->loc))
        return -1;
    to_local(t, slot);
    return 0;
}

static int resolve_var(struct resolver *r, struct rego_term *t)
{
    struct scope_entry *const e = scope_find(r->top, t->u.name);

    if (e) {
        e->count += e->occ != OCC_ASSIGNED || !resolve_is_root(t);
        to_local(t, e->slot);
        return 0;
    }
    if (resolve_is_root(t)) {
        t->kind = term_is_var(t, "input") ? TERM_INPUT : TERM_DATA;
        return 0;
    }
    struct global *const g = resolve_global(r, t->u.name);

    if (!g)
        return plain_var(r, t);
    struct rego_term *const ref = term_copy(r->c->a, g->ref);

    if (!ref)
        return -1;
    const struct rego_loc loc = t->loc;

    g->used = true;
    *t = *ref;
    t->loc = loc;
    return 0;
}

/* A ref whose head became a ref takes that one's path in front of its own. */
static int splice_head(struct resolver *r, struct rego_term *t)
{
    struct rego_term *const head = t->u.list.at[0];
    struct rego_terms list = {0};

    if (head->kind != TERM_REF)
        return 0;
    for (size_t i = 0; i < head->u.list.n; i++)
        if (!terms_push(r->c->a, &list, head->u.list.at[i]))
            return -1;
    for (size_t i = 1; i < t->u.list.n; i++)
        if (!terms_push(r->c->a, &list, t->u.list.at[i]))
            return -1;
    t->u.list = list;
    return 0;
}

/* --- terms ------------------------------------------------------------------------------- */

/* A template's parts are comprehensions in form only: they stand in the scope around them. */
static int resolve_template(struct resolver *r, struct rego_term *t)
{
    for (size_t i = 0; i < t->u.list.n; i++) {
        struct rego_term *const part = t->u.list.at[i];
        const bool comp = part->kind == TERM_SET_COMP;

        if (comp && (resolve_body(r, part->u.comp.body) < 0 ||
                     (part->u.comp.value && resolve_term(r, part->u.comp.value) < 0)))
            return -1;
        if (!comp && resolve_term(r, part) < 0)
            return -1;
    }
    return 0;
}

static int resolve_comp(struct resolver *r, struct rego_term *t)
{
    struct scope s = {.up = r->top};

    if (scope_collect(r->c, &s, t->u.comp.body) < 0)
        return -1;
    r->top = &s;
    if (resolve_body(r, t->u.comp.body) < 0 ||
        (t->u.comp.key && resolve_term(r, t->u.comp.key) < 0) ||
        (t->u.comp.value && resolve_term(r, t->u.comp.value) < 0))
        return -1;
    scope_check_unused(r, &s);
    r->top = s.up;
    return 0;
}

/* `f()`, where f is a rule without arguments, is the rule's value: OPA took it for that for long,
 * and Gatekeeper's library has such. */
static int call_of_value(struct resolver *r, struct rego_term *t)
{
    const struct value *const path = t->u.call.callee.path;
    const struct rule_node *n = path && t->u.call.args.n == 0 ? r->c->root : NULL;

    for (size_t i = 0; n && i < path->count; i++)
        n = ruletree_kid(n, value_at(path, i));
    if (!n || n->rules_n == 0 || n->rules[0]->kind != RULE_COMPLETE)
        return 0;
    struct rego_terms list = {0};

    if (!terms_push(r->c->a, &list, term_new(r->c->a, TERM_DATA, t->loc)))
        return -1;
    for (size_t i = 0; i < path->count; i++)
        if (!terms_push(r->c->a, &list, term_const(r->c->a, value_at(path, i), t->loc)))
            return -1;
    t->kind = TERM_REF;
    t->u.list = list;
    return 0;
}

/* A call in another term of a body. */
static bool is_nested(const struct resolver *r, const struct rego_term *call)
{
    return r->at.source && r->statement != call;
}

int resolve_term(struct resolver *r, struct rego_term *t)
{
    if (t->kind == TERM_VAR)
        return resolve_var(r, t);
    if (term_is_comp(t))
        return resolve_comp(r, t);
    if (t->kind == TERM_TEMPLATE)
        return resolve_template(r, t);
    if (t->kind == TERM_CALL &&
        (resolve_callee(r, &t->u.call.callee, t->loc, is_nested(r, t)) < 0 ||
         call_of_value(r, t) < 0))
        return -1;
    struct rego_terms *const kids = term_children(t);

    for (size_t i = 0; kids && i < kids->n; i++)
        if (resolve_term(r, kids->at[i]) < 0)
            return -1;
    return t->kind == TERM_REF ? splice_head(r, t) : 0;
}

/* --- expressions ------------------------------------------------------------------------- */

static int resolve_withs(struct resolver *r, struct rego_expr *e)
{
    for (size_t i = 0; i < e->with_n; i++)
        if (resolve_with_target(r, &e->with[i]) < 0 || resolve_with_value(r, &e->with[i]) < 0)
            return -1;
    return 0;
}

/* The left of := declares: variables, in arrays and in values of objects. */
static int declare_pattern(struct resolver *r, struct rego_term *t)
{
    switch (t->kind) {
    case TERM_VAR:
        if (scope_declare(r, t, OCC_ASSIGNED) < 0)
            return -1;
        const struct scope_entry *const e = scope_find_here(r->top, t->u.name);

        if (e)
            to_local(t, e->slot);
        return 0;
    case TERM_ARRAY:
        for (size_t i = 0; i < t->u.list.n; i++)
            if (declare_pattern(r, t->u.list.at[i]) < 0)
                return -1;
        return 0;
    case TERM_OBJECT:
        for (size_t i = 0; i < t->u.list.n; i++)
            if ((i % 2 ? declare_pattern(r, t->u.list.at[i]) : resolve_term(r, t->u.list.at[i])) <
                0)
                return -1;
        return 0;
    default:
        break;
    }
    static const char *const names[] = {
        [TERM_CONST] = NULL,
        [TERM_REF] = "ref",
        [TERM_CALL] = "call",
        [TERM_SET] = "set",
        [TERM_ARRAY_COMP] = "arraycomprehension",
        [TERM_SET_COMP] = "setcomprehension",
        [TERM_OBJECT_COMP] = "objectcomprehension",
        [TERM_TEMPLATE] = "templatestring",
    };
    static const char *const values[] = {"null", "boolean", "number", "string"};

    diag_add(r->c->a, r->c->diags, REGO_COMPILE_ERROR, t->loc, "cannot assign to %s",
             t->kind == TERM_CONST ? values[t->u.value->type] : names[t->kind]);
    return 0;
}

static int resolve_assign(struct resolver *r, struct rego_expr *e)
{
    if (resolve_term(r, e->u.two.right) < 0 || resolve_withs(r, e) < 0)
        return -1;
    return declare_pattern(r, e->u.two.left);
}

/* Does a name stand in the term, outside closures? */
static bool mentions(const struct rego_term *t, const struct value *name)
{
    if (t->kind == TERM_VAR)
        return value_equal(t->u.name, name);
    const struct rego_terms *const kids = term_children((struct rego_term *)(uintptr_t)t);

    for (size_t i = 0; kids && i < kids->n; i++)
        if (mentions(kids->at[i], name))
            return true;
    return false;
}

/* `some` over a domain declares the variables of its patterns that the domain does not use. */
static int declare_some(struct resolver *r, struct rego_term *t, const struct rego_term *domain)
{
    if (t->kind == TERM_VAR)
        return mentions(domain, t->u.name) ? 0 : scope_declare(r, t, OCC_DECLARED);
    if (t->kind != TERM_ARRAY && t->kind != TERM_OBJECT && t->kind != TERM_REF)
        return 0;
    for (size_t i = t->kind == TERM_REF; i < t->u.list.n; i++)
        if ((t->kind != TERM_OBJECT || i % 2) && declare_some(r, t->u.list.at[i], domain) < 0)
            return -1;
    return 0;
}

/* some k, v in xs: v = xs[k] */
static int resolve_some_in(struct resolver *r, struct rego_expr *e)
{
    struct rego_terms *const vars = &e->u.some.vars;
    struct rego_term *domain = e->u.some.domain;
    struct rego_term *const value = vars->at[vars->n - 1];
    struct rego_term *key = vars->n == 2 ? vars->at[0] : NULL;
    if (term_is_scalar(domain) && !(domain = term_new(r->c->a, TERM_OBJECT, domain->loc)))
        return -1; /* nothing is in a scalar, nor in an empty object */
    struct rego_term *const ref = term_ref(r->c->a, domain);

    if (!ref)
        return -1;
    for (size_t i = 0; i < vars->n; i++)
        if (declare_some(r, vars->at[i], domain) < 0)
            return -1;
    if (!key && !(key = check_local(r->c, r->u, e->loc)))
        return -1;
    if (!terms_push(r->c->a, &ref->u.list, key))
        return -1;
    ref->loc = domain->loc;
    e->kind = EXPR_UNIFY;
    e->u.two.left = value;
    e->u.two.right = ref;
    return resolve_term(r, value) < 0 || resolve_term(r, ref) < 0 ? -1 : resolve_withs(r, e);
}

static int resolve_every(struct resolver *r, struct rego_expr *e)
{
    struct scope s = {.up = r->top};
    struct rego_term *const vars[] = {e->u.every.key, e->u.every.value};

    if (resolve_term(r, e->u.every.domain) < 0)
        return -1;
    r->top = &s;
    for (size_t i = 0; i < 2; i++) {
        if (!vars[i])
            continue;
        if (scope_collect_term(r->c, &s, vars[i]) < 0 ||
            scope_declare(r, vars[i], OCC_DECLARED) < 0)
            return -1;
        struct scope_entry *const entry = scope_find_here(&s, vars[i]->u.name);

        entry->loc = e->u.every.body->at[0]->loc; /* where OPA says that it is not used */
        to_local(vars[i], entry->slot);
    }
    if (scope_collect(r->c, &s, e->u.every.body) < 0 || resolve_body(r, e->u.every.body) < 0)
        return -1;
    scope_check_unused(r, &s);
    r->top = s.up;
    return resolve_withs(r, e);
}

/* An operand in braces is a scope of its own; others stand in the scope around. */
static int resolve_operand(struct resolver *r, struct rego_body *b)
{
    struct scope s = {.up = r->top};

    if (!b->braces) {
        if (b->n == 1 && b->at[0]->kind == EXPR_ASSIGN)
            diag_add(r->c->a, r->c->diags, REGO_COMPILE_ERROR, r->at,
                     "cannot assign vars inside negated expression");
        return resolve_body(r, b);
    }
    r->top = &s;
    if (resolve_body(r, b) < 0)
        return -1;
    scope_check_unused(r, &s);
    r->top = s.up;
    return 0;
}

static int resolve_expr(struct resolver *r, struct rego_expr *e)
{
    switch (e->kind) {
    case EXPR_TERM:
    case EXPR_CALL:
        r->statement = e->u.term;
        if (resolve_term(r, e->u.term) < 0)
            return -1;
        if (e->u.term->kind != TERM_CALL)
            e->kind = EXPR_TERM;
        return resolve_withs(r, e);
    case EXPR_UNIFY:
        return resolve_term(r, e->u.two.left) < 0 || resolve_term(r, e->u.two.right) < 0
                   ? -1
                   : resolve_withs(r, e);
    case EXPR_ASSIGN:
        return resolve_assign(r, e);
    case EXPR_SOME:
        if (e->u.some.domain)
            return resolve_some_in(r, e);
        for (size_t i = 0; i < e->u.some.vars.n; i++)
            if (scope_declare(r, e->u.some.vars.at[i], OCC_DECLARED) < 0)
                return -1;
        return 0;
    case EXPR_EVERY:
        return resolve_every(r, e);
    case EXPR_NOT:
        return resolve_operand(r, e->u.body) < 0 ? -1 : resolve_withs(r, e);
    case EXPR_AND:
    case EXPR_OR:
        for (size_t i = 0; i < e->u.bodies.n; i++)
            if (resolve_operand(r, e->u.bodies.at[i]) < 0)
                return -1;
        return resolve_withs(r, e);
    }
    return 0;
}

/* Declarations without a domain have no place in the checked form. */
static int resolve_body(struct resolver *r, struct rego_body *b)
{
    const struct rego_loc at = r->at;
    size_t n = 0;

    for (size_t i = 0; i < b->n; i++) {
        r->at = b->at[i]->loc;
        if (resolve_expr(r, b->at[i]) < 0)
            return -1;
        if (b->at[i]->kind != EXPR_SOME)
            b->at[n++] = b->at[i];
    }
    if (n == 0 && b->n > 0) {
        struct rego_expr *const e =
            expr_of_term(r->c->a, term_const(r->c->a, &value_true, b->at[0]->loc));

        if (!e)
            return -1;
        b->at[n++] = e;
    }
    b->n = n;
    r->at = at;
    return 0;
}

/* --- rules ------------------------------------------------------------------------------- */

static int resolve_arg(struct resolver *r, struct rego_term *t)
{
    switch (t->kind) {
    case TERM_VAR: {
        struct scope_entry *e = scope_find_here(r->top, t->u.name);
        uint32_t slot;

        if (resolve_is_root(t)) {
            diag_add(r->c->a, r->c->diags, REGO_COMPILE_ERROR, r->u->rule->loc,
                     "args must not shadow %s (use a different variable name)",
                     value_bytes(t->u.name));
            return 0;
        }
        if (!e) {
            if (scope_collect_term(r->c, r->top, t) < 0 ||
                scope_new_slot(r, t->u.name, t->loc, &slot) < 0 ||
                !(e = scope_add(r, r->top, t->u.name, OCC_ARG, slot, t->loc)))
                return -1;
        } else {
            e->count++;
        }
        to_local(t, e->slot);
        return 0;
    }
    case TERM_CALL:
        diag_add(r->c->a, r->c->diags, REGO_COMPILE_ERROR, t->loc,
                 "rule arguments cannot contain calls");
        return 0;
    case TERM_ARRAY:
    case TERM_OBJECT:
        for (size_t i = 0; i < t->u.list.n; i++)
            if ((t->kind == TERM_OBJECT && i % 2 == 0 ? resolve_term(r, t->u.list.at[i])
                                                      : resolve_arg(r, t->u.list.at[i])) < 0)
                return -1;
        return 0;
    case TERM_REF:
        if (t->u.list.at[0]->kind == TERM_VAR && resolve_is_root(t->u.list.at[0]))
            diag_add(r->c->a, r->c->diags, REGO_UNSAFE_VAR_ERROR, t->loc, "var %s is unsafe",
                     value_bytes(t->u.list.at[0]->u.name));
        return resolve_term(r, t);
    default:
        return resolve_term(r, t);
    }
}

/* The absolute path, from the module's package and the head's ref. */
static int head_path(struct resolver *r, struct rego_rule *rule)
{
    struct check *const c = r->c;
    const struct value *const package = rule->module->package;
    const struct rego_terms *const ref = &rule->ref->u.list;

    rule->path = (struct rego_terms){0};
    for (size_t i = 0; i < package->count; i++)
        if (!terms_push(c->a, &rule->path, term_const(c->a, value_at(package, i), rule->loc)))
            return -1;
    for (size_t i = 0; i < ref->n; i++) {
        struct rego_term *const t =
            i == 0 ? term_const(c->a, ref->at[0]->u.name, rule->loc) : term_copy(c->a, ref->at[i]);

        if (!t || (i > 0 && resolve_term(r, t) < 0) || !terms_push(c->a, &rule->path, t))
            return -1;
    }
    rule->ground = 0;
    while (rule->ground < rule->path.n && term_is_scalar(rule->path.at[rule->ground]))
        rule->ground++;
    return 0;
}

static void check_unused_args(struct resolver *r, const struct scope *args)
{
    for (size_t i = 0; i < args->n && r->c->opt->strict; i++)
        if (args->entries[i].count <= 1 && value_bytes(args->entries[i].name)[0] != '$')
            check_soft(r->c, REGO_COMPILE_ERROR, r->u->first->loc,
                       "unused argument %s. (hint: use _ (wildcard variable) instead)",
                       value_bytes(args->entries[i].name));
}

static int resolve_branch(struct resolver *r, struct unit *u, struct scope *args,
                          const struct scope *plain)
{
    /* The body is in the arguments' scope: what it declares may not be an argument again. */
    struct scope s = {.entries = NULL, .declared = NULL};
    struct rego_rule *const rule = u->rule;

    r->u = u;
    r->plain = *plain;
    r->unused = false;
    r->errors = r->c->diags->n - r->c->soft;
    for (size_t i = 0; i < args->n; i++)
        if (!scope_add(r, &s, args->entries[i].name, OCC_ARG, args->entries[i].slot,
                       args->entries[i].loc))
            return -1;
    for (size_t i = 0; i < args->declared_n; i++) {
        void *const at = array_grow(r->c->a, s.declared, s.declared_n, sizeof(*s.declared));

        if (!at)
            return -1;
        s.declared = at;
        s.declared[s.declared_n++] = args->declared[i];
    }
    if (scope_collect(r->c, &s, rule->body) < 0)
        return -1;
    r->top = &s;
    if (rule->body && resolve_body(r, rule->body) < 0)
        return -1;
    const bool unused = r->unused;

    r->unused = false; /* the head's closures are looked at apart */
    if (head_path(r, rule) < 0 || resolve_term(r, rule->value) < 0)
        return -1;
    r->unused = unused;
    scope_check_unused(r, &s);
    for (size_t i = 0; i < args->n; i++)
        args->entries[i].count += s.entries[i].count - 1;
    r->top = NULL;
    return 0;
}

static int resolve_rule(struct check *c, struct unit *u, size_t branches, struct globals *g)
{
    struct scope args = {0};
    struct resolver r = {.c = c, .u = u, .top = &args, .globals = g};

    for (size_t i = 0; i < u->rule->args.n; i++)
        if (resolve_arg(&r, u->rule->args.at[i]) < 0)
            return -1;
    const struct scope plain = r.plain;

    for (size_t i = 0; i < branches; i++)
        if (resolve_branch(&r, &u[i], &args, &plain) < 0)
            return -1;
    check_unused_args(&r, &args);
    return 0;
}

static int resolve_query(struct check *c, struct unit *u)
{
    struct scope s = {0};
    struct resolver r = {.c = c, .u = u, .top = &s, .errors = c->diags->n - c->soft};

    return scope_collect(c, &s, u->body) < 0 ? -1 : resolve_body(&r, u->body);
}

static void check_unused_imports(struct check *c, const struct globals *g)
{
    for (size_t i = 0; i < g->n && c->opt->strict; i++)
        if (g->at[i].import && !g->at[i].used)
            check_soft(c, REGO_COMPILE_ERROR, g->at[i].import->loc, "%.*s unused",
                       (int)(g->at[i].import->path->loc.offset + g->at[i].import->path->loc.len -
                             g->at[i].import->loc.offset),
                       g->at[i].import->loc.source->text + g->at[i].import->loc.offset);
}

/* Units of a module follow one another, and so do the branches of a rule. */
int check_resolve(struct check *c)
{
    struct globals g = {0};
    const struct rego_module *of = NULL;

    for (size_t i = 0; i < c->units_n;) {
        struct unit *const u = &c->units[i];
        size_t branches = 1;

        if (!u->rule) {
            if (resolve_query(c, u) < 0)
                return -1;
            i++;
            continue;
        }
        while (i + branches < c->units_n && c->units[i + branches].first == u->first &&
               c->units[i + branches].rule)
            branches++;
        if (u->module != of) {
            if (of)
                check_unused_imports(c, &g);
            g = (struct globals){0};
            if (globals_make(c, u->module, &g) < 0)
                return -1;
            of = u->module;
        }
        if (resolve_rule(c, u, branches, &g) < 0)
            return -1;
        i += branches;
    }
    if (of)
        check_unused_imports(c, &g);
    return 0;
}
