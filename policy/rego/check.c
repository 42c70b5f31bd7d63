#include "policy/rego/check.h"

#include "policy/rego/annotations.h"
#include "policy/rego/builtins_tools.h"
#include "policy/rego/tree.h"

static size_t count_units(const struct check *c, size_t queries)
{
    size_t n = queries;

    for (size_t i = 0; i < c->modules_n; i++)
        for (size_t j = 0; j < c->modules[i]->rules_n; j++)
            for (const struct rego_rule *r = c->modules[i]->rules[j]; r; r = r->otherwise)
                n++;
    return n;
}

static int rule_units(struct check *c, struct rego_module *m, struct rego_rule *first)
{
    struct locals *const locals = ARENA_NEW(c->a, struct locals);

    if (!locals)
        return -1;
    for (struct rego_rule *r = first; r; r = r->otherwise)
        c->units[c->units_n++] = (struct unit){.rule = r,
                                               .first = first,
                                               .body = r->body,
                                               .locals = locals,
                                               .module = m,
                                               .version = m->version};
    return 0;
}

static int query_units(struct check *c, const struct rego_entry *entries, size_t n,
                       struct rego_program *p)
{
    p->queries = ARENA_NEW_N(c->a, struct rego_checked_query, n + 1);
    if (!p->queries)
        return -1;
    for (size_t i = 0; i < n; i++) {
        struct locals *const locals = ARENA_NEW(c->a, struct locals);
        struct rego_checked_query *const q = &p->queries[p->queries_n];

        if (!entries[i].query)
            continue;
        if (!locals)
            return -1;
        p->queries_n++;
        q->name = entries[i].name;
        c->units[c->units_n++] = (struct unit){
            .query = q, .body = entries[i].query, .locals = locals, .version = c->opt->version};
    }
    return 0;
}

static int make_units(struct check *c, const struct rego_entry *entries, size_t n,
                      struct rego_program *p)
{
    c->units = ARENA_NEW_N(c->a, struct unit, count_units(c, n) + 1);
    if (!c->units)
        return -1;
    for (size_t i = 0; i < c->modules_n; i++)
        for (size_t j = 0; j < c->modules[i]->rules_n; j++)
            if (rule_units(c, c->modules[i], c->modules[i]->rules[j]) < 0)
                return -1;
    return query_units(c, entries, n, p);
}

/* A query's variables are what its result shows: those that it names and binds outside closures. */
static int query_vars(struct check *c, struct unit *u)
{
    struct rego_checked_query *const q = u->query;
    bool *const bound = ARENA_NEW_N(c->a, bool, u->locals->n + 1u);

    q->body = u->body;
    q->slots = u->locals->n;
    if (!bound)
        return -1;
    for (size_t i = 0; i < u->body->n; i++)
        for (size_t j = 0; j < u->body->at[i]->binds_n; j++)
            bound[u->body->at[i]->binds[j]] = true;
    for (uint32_t i = 0; i < u->locals->n; i++) {
        const struct value *const name = u->locals->at[i].name;

        if (!bound[i] || !name || value_is_str(name, "_"))
            continue;
        void *const at = array_grow(c->a, q->vars, q->vars_n, sizeof(*q->vars));

        if (!at)
            return -1;
        q->vars = at;
        q->vars[q->vars_n].name = name;
        q->vars[q->vars_n++].slot = i;
    }
    return 0;
}

static int finish(struct check *c, struct rego_program *p)
{
    size_t n = 0;

    p->rules = ARENA_NEW_N(c->a, struct rego_rule *, c->units_n + 1);
    if (!p->rules)
        return -1;
    for (size_t i = 0; i < c->units_n; i++) {
        struct unit *const u = &c->units[i];

        if (!u->rule) {
            if (query_vars(c, u) < 0)
                return -1;
            continue;
        }
        struct rego_annotation_chain chain = {0};

        if (annotations_of(c->a, c->modules, c->modules_n, u->rule, &chain) < 0)
            return -1;
        u->rule->annotations = (const struct rego_annotations *const *)chain.at;
        u->rule->annotations_n = chain.n;
        u->rule->body = u->body;
        u->rule->slots = u->locals->n;
        if (u->rule == u->first)
            p->rules[n++] = u->rule;
    }
    p->rules_n = n;
    const struct value **const packages = ARENA_NEW_N(c->a, const struct value *, c->modules_n + 1);

    for (size_t i = 0; packages && i < c->modules_n; i++)
        packages[i] = c->modules[i]->package;
    p->packages = packages;
    p->packages_n = c->modules_n;
    return packages ? 0 : -1;
}

static int check_annotations(struct check *c)
{
    annotations_check(c->a, c->modules, c->modules_n, c->diags);
    return 0;
}

static int (*const passes[])(struct check *) = {
    check_modules, check_annotations, check_ruletree,  check_resolve, check_rewrite,
    check_with,    check_conflicts,   check_calls,     check_safety,  rewrite_equals,
    check_dynamic, check_order,       check_recursion, check_types,
};

static int run(struct check *c, const struct rego_entry *entries, size_t n, struct rego_program *p)
{
    if (make_units(c, entries, n, p) < 0)
        return -1;
    for (size_t i = 0; i < sizeof(passes) / sizeof(passes[0]); i++) {
        if (passes[i](c) < 0 || c->a->failed || c->scratch.failed)
            return -1;
        if (c->diags->n > c->soft)
            return 0;
    }
    return c->diags->n ? 0 : finish(c, p);
}

int rego_check(struct arena *a, struct rego_module *const *modules, size_t n,
               const struct rego_entry *entries, size_t entries_n, const struct value *data,
               const struct rego_options *opt, struct rego_program **out, struct rego_diags *diags,
               struct err *err)
{
    struct rego_program *const p = ARENA_NEW(a, struct rego_program);
    struct check c = {.a = a,
                      .scratch = ARENA_INIT(a->budget),
                      .opt = opt,
                      .diags = diags,
                      .modules = modules,
                      .modules_n = n};

    rego_builtins_register(); /* who compiles here runs here, with the tools' built-ins */
    if (!p)
        return err_nomem(err);
    p->data = data;
    p->modules = modules;
    p->modules_n = n;
    p->start_path_only = opt->start_path_only;
    p->fold = opt->fold && !opt->keep_prints;
    diags->n = 0;
    const int got = run(&c, entries, entries_n, p);

    arena_done(&c.scratch);
    if (got < 0)
        return err_nomem(err);
    if (diags_finish(a, diags, ERR_COMPILE, err) < 0)
        return -1;
    *out = p;
    return 0;
}
