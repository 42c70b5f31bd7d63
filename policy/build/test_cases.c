#include "policy/build/test_cases.h"

#include <string.h>

#include "base/own.h"
#include "base/str.h"
#include "policy/build/aggregate.h"
#include "policy/rego/tree.h"
#include "policy/rego/visit.h"

enum { CASE_VARS_MAX = 16 };

static bool is_test(const struct rego_rule *r)
{
    const struct value *const name = aggregate_rule_name(r);

    return name && str_starts(value_bytes(name), "test_");
}

static bool is_plain(const struct rego_rule *r)
{
    return r->ref->kind == TERM_VAR || r->ref->u.list.n == 1;
}

/* --- numbering ---------------------------------------------------------------------------- */

static bool same_rule(const struct rego_rule *x, const struct value *name,
                      const struct rego_rule *y)
{
    const struct value *const other = aggregate_rule_name(y);

    return other && value_equal(name, other) && value_equal(x->module->package, y->module->package);
}

static int rename_rule(struct arena *a, struct rego_rule *r, const struct value *name)
{
    struct rego_term *const var = term_var(a, name, r->loc);

    if (!name || !var)
        return -1;
    r->ref = term_ref(a, var);
    return r->ref ? 0 : -1;
}

/* Names are compared as they were: from the last rule backwards, how many stand before it. */
static int number(struct arena *a, struct rego_module *const *modules, size_t m, size_t r)
{
    struct rego_rule *const rule = modules[m]->rules[r];
    const struct value *const name = aggregate_rule_name(rule);
    size_t before = 0;

    for (size_t i = 0; i <= m; i++)
        for (size_t k = 0; k < (i < m ? modules[i]->rules_n : r); k++)
            before += same_rule(rule, name, modules[i]->rules[k]);
    return before ? rename_rule(a, rule, value_strf(a, "%s#%02zu", value_bytes(name), before)) : 0;
}

/* --- cases -------------------------------------------------------------------------------- */

struct names {
    const struct value *at[CASE_VARS_MAX];
    bool bound[CASE_VARS_MAX];
    size_t n, bound_n;
};

static int find_var(struct visit *w, struct rego_term *t)
{
    struct names *const names = w->ctx;

    for (size_t i = 0; t->kind == TERM_VAR && i < names->n; i++) {
        if (!names->bound[i] && value_equal(names->at[i], t->u.name)) {
            names->bound[i] = true;
            names->bound_n++;
        }
    }
    return 0;
}

/* The shortest beginning of the body that binds the head's variables; 0: none does. */
static size_t binding_part(const struct rego_rule *r, struct names *names)
{
    struct visit w = {.term = find_var, .flags = VISIT_NO_CLOSURES, .ctx = names};

    for (size_t i = 0; r->body && i < r->body->n; i++) {
        struct rego_expr *const e = r->body->at[i];
        const bool declares = e->kind == EXPR_SOME && !e->u.some.domain;

        if (e->kind == EXPR_NOT || e->kind == EXPR_EVERY || declares)
            continue;
        if (visit_expr(&w, e) < 0)
            return 0;
        if (names->bound_n == names->n)
            return i + 1;
    }
    return 0;
}

static struct rego_rule *collector(struct arena *a, const struct rego_rule *r, size_t part)
{
    struct rego_rule *const made = ARENA_NEW(a, struct rego_rule);
    struct rego_term *const key = term_new(a, TERM_ARRAY, r->loc);
    const struct value *const name =
        value_strf(a, "%s" TEST_CASES, value_bytes(aggregate_rule_name(r)));
    struct rego_body *const body = body_copy(a, r->body);

    if (!made || !key || !name || !body)
        return NULL;
    *made = (struct rego_rule){.kind = RULE_SET,
                               .loc = r->loc,
                               .has_if = true,
                               .has_contains = true,
                               .module = r->module,
                               .value = key,
                               .body = body};
    body->n = part;
    for (size_t i = 1; i < r->ref->u.list.n; i++)
        if (!terms_push(a, &key->u.list, term_copy(a, r->ref->u.list.at[i])))
            return NULL;
    key->height = term_height(key);
    return rename_rule(a, made, name) < 0 ? NULL : made;
}

static int add_collectors(struct arena *a, struct rego_module *m)
{
    const size_t n = m->rules_n;

    for (size_t i = 0; i < n; i++) {
        const struct rego_rule *const r = m->rules[i];
        struct names names = {0};

        if (!is_test(r) || is_plain(r) || r->args.n)
            continue;
        for (size_t k = 1; k < r->ref->u.list.n && names.n < CASE_VARS_MAX; k++)
            if (r->ref->u.list.at[k]->kind == TERM_VAR)
                names.at[names.n++] = r->ref->u.list.at[k]->u.name;
        const size_t part = names.n ? binding_part(r, &names) : 0;
        if (part == 0)
            continue;
        struct rego_rule *const made = collector(a, r, part);
        void *const more = made ? ARENA_NEW_N(a, struct rego_rule *, m->rules_n + 1) : NULL;
        if (!more)
            return -1;
        memcpy(more, m->rules, m->rules_n * sizeof(*m->rules));
        m->rules = more;
        m->rules[m->rules_n++] = made;
    }
    return 0;
}

int test_cases_prepare(struct arena *a, struct rego_module *const *modules, size_t n,
                       struct err *err)
{
    for (size_t m = n; m-- > 0;)
        for (size_t r = modules[m]->rules_n; r-- > 0;)
            if (is_test(modules[m]->rules[r]) && is_plain(modules[m]->rules[r]) &&
                number(a, modules, m, r) < 0)
                return err_nomem(err);
    for (size_t m = 0; m < n; m++)
        if (add_collectors(a, modules[m]) < 0)
            return err_nomem(err);
    return 0;
}
