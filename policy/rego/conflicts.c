/* Rules that cannot stand beside each other. */
#include "policy/rego/check.h"
#include "policy/rego/tree.h"
#include "policy/rego/visit.h"

static bool ground_ref(const struct rego_rule *r)
{
    for (size_t i = 1; i < r->ref->u.list.n; i++)
        if (r->ref->u.list.at[i]->kind != TERM_CONST)
            return false;
    return true;
}

static const struct rego_rule *first_below(const struct rule_node *n, bool functions)
{
    for (size_t i = 0; i < n->kids_n; i++) {
        const struct rule_node *const kid = n->kids[i];

        for (size_t j = 0; j < kid->rules_n; j++)
            if (!functions || kid->rules[j]->kind == RULE_FUNCTION)
                return kid->rules[j];
        const struct rego_rule *const r = first_below(kid, functions);

        if (r)
            return r;
    }
    return NULL;
}

static const char *rule_text(struct check *c, const struct rego_rule *r)
{
    struct rego_terms path = {0};
    const struct value *const package = r->module->package;

    for (size_t i = 0; i < package->count; i++)
        if (!terms_push(c->a, &path, term_const(c->a, value_at(package, i), r->loc)))
            return "data";
    for (size_t i = 0; i < r->ref->u.list.n; i++) {
        struct rego_term *const t = r->ref->u.list.at[i];

        if (!terms_push(c->a, &path, i == 0 ? term_const(c->a, t->u.name, r->loc) : t))
            return "data";
    }
    return check_path_text(c, &path);
}

static void check_below(struct check *c, const struct rule_node *n)
{
    const struct rego_rule *below = NULL;

    for (size_t i = 0; i < n->rules_n && !below; i++)
        below = first_below(n, !ground_ref(n->rules[i]));
    if (below)
        diag_add(c->a, c->diags, REGO_TYPE_ERROR, n->rules[0]->loc,
                 "rule %s conflicts with:\n  rule %s at %s:%u", rule_text(c, n->rules[0]),
                 rule_text(c, below), below->loc.source->name ? below->loc.source->name : "",
                 rego_pos_of(below->loc).line);
}

static void check_kinds(struct check *c, const struct rule_node *n)
{
    const struct rego_rule *const first = n->rules[0];
    size_t single = 0, multi = 0, complete = 0, sets = 0, objects = 0;
    bool arities = false;

    for (size_t i = 0; i < n->rules_n; i++) {
        const struct rego_rule *const r = n->rules[i];
        const bool ground = ground_ref(r), set = r->kind == RULE_SET;

        arities |= r->args.n != first->args.n;
        single += !set;
        multi += set;
        complete += !set && ground;
        sets += set && ground;
        objects += set && !ground;
    }
    if (arities || (single && multi) || (complete && complete < n->rules_n) || (sets && objects))
        diag_add(c->a, c->diags, REGO_TYPE_ERROR, first->loc, "conflicting rules %s found",
                 rule_text(c, first));
}

static void check_defaults(struct check *c, const struct rule_node *n)
{
    const struct rego_rule *first = NULL;
    const char *places = NULL;

    for (size_t i = 0; i < n->rules_n; i++) {
        const struct rego_rule *const r = n->rules[i];

        if (!r->is_default)
            continue;
        const char *const name = r->loc.source->name ? r->loc.source->name : "";

        places = places ? arena_printf(c->a, "%s, %s:%u", places, name, rego_pos_of(r->loc).line)
                        : arena_printf(c->a, "%s:%u", name, rego_pos_of(r->loc).line);
        if (!places)
            return;
        if (first && r == n->rules[n->rules_n - 1])
            break;
        first = first ? first : r;
    }
    size_t count = 0;

    for (size_t i = 0; i < n->rules_n; i++)
        count += n->rules[i]->is_default;
    if (count > 1)
        diag_add(c->a, c->diags, REGO_TYPE_ERROR, first->module->package_loc,
                 "multiple default rules %s found at %s", rule_text(c, first), places);
}

/* A package may not stand where a rule of another module defines a value. */
static void check_package(struct check *c, const struct rule_node *n)
{
    for (size_t i = 0; n->package && i < n->rules_n; i++)
        if (ground_ref(n->rules[i])) {
            const char *const path = rule_text(c, n->rules[i]);
            const struct rego_rule *const r = n->rules[i];

            diag_add(c->a, c->diags, REGO_TYPE_ERROR, r->module->package_loc,
                     "package %s conflicts with rule %.*s defined at %s:%u", path + 5,
                     (int)r->ref->loc.len, r->loc.source->text + r->ref->loc.offset,
                     r->loc.source->name ? r->loc.source->name : "", rego_pos_of(r->loc).line);
            return;
        }
}

static void check_node(struct check *c, const struct rule_node *n)
{
    if (n->rules_n > 0) {
        const size_t before = c->diags->n;

        check_below(c, n);
        if (c->diags->n == before)
            check_kinds(c, n);
        if (c->diags->n == before)
            check_defaults(c, n);
        check_package(c, n);
    }
    for (size_t i = 0; i < n->kids_n; i++)
        check_node(c, n->kids[i]);
}

/* Imports of one module that give the same name, where v1 or strict asks. */
static void check_imports(struct check *c, const struct rego_module *m)
{
    for (size_t i = 0; i < m->imports_n; i++) {
        const struct rego_term *const path = m->imports[i].path;
        const struct rego_term *const last = path->u.list.at[path->u.list.n - 1];
        const struct value *const name = m->imports[i].alias      ? m->imports[i].alias
                                         : last->kind == TERM_VAR ? last->u.name
                                                                  : last->u.value;

        for (size_t j = 0; j < i; j++) {
            const struct rego_term *const other = m->imports[j].path;
            const struct rego_term *const end = other->u.list.at[other->u.list.n - 1];
            const struct value *const taken = m->imports[j].alias     ? m->imports[j].alias
                                              : end->kind == TERM_VAR ? end->u.name
                                                                      : end->u.value;
            const struct rego_loc l = m->imports[j].loc;

            if (!value_equal(name, taken))
                continue;
            check_soft(c, REGO_COMPILE_ERROR, m->imports[i].loc, "import must not shadow %.*s",
                       (int)(other->loc.offset + other->loc.len - l.offset),
                       l.source->text + l.offset);
            break;
        }
    }
}

static int reserved_expr(struct visit *v, struct rego_expr *e)
{
    struct check *const c = v->ctx;
    const struct rego_term *const t = e->kind == EXPR_ASSIGN ? e->u.two.left : NULL;

    if (t && (term_is_var(t, "input") || term_is_var(t, "data")))
        check_soft(c, REGO_COMPILE_ERROR, e->loc,
                   "variables must not shadow %s (use a different variable name)",
                   value_bytes(t->u.name));
    return 0;
}

static int any_term(struct visit *v, struct rego_term *t)
{
    (void)v;
    (void)t;
    return 0;
}

static void check_reserved(struct check *c, const struct rego_module *m)
{
    struct visit v = {.term = any_term, .expr = reserved_expr, .ctx = c};

    for (size_t i = 0; i < m->rules_n; i++)
        for (struct rego_rule *r = m->rules[i]; r; r = r->otherwise)
            (void)visit_rule(&v, r);
    for (size_t i = 0; i < m->rules_n; i++) {
        const struct rego_term *const name = m->rules[i]->ref->u.list.at[0];

        if (term_is_var(name, "input") || term_is_var(name, "data"))
            check_soft(c, REGO_COMPILE_ERROR, m->rules[i]->loc,
                       "rules must not shadow %s (use a different rule name)",
                       value_bytes(name->u.name));
    }
}

int check_modules(struct check *c)
{
    for (size_t i = 0; i < c->modules_n; i++) {
        if (c->modules[i]->version != REGO_V1 && !c->opt->strict)
            continue;
        check_imports(c, c->modules[i]);
        check_reserved(c, c->modules[i]);
    }
    return c->a->failed ? -1 : 0;
}

int check_conflicts(struct check *c)
{
    check_node(c, c->root);
    return c->a->failed ? -1 : 0;
}
