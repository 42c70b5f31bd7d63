/* policy/build/gatekeeper_rego.c - a template's Rego, moved to where no other template's is. See
 * gatekeeper.h. */
#include <string.h>

#include "base/own.h"
#include "policy/build/aggregate.h"
#include "policy/build/gatekeeper.h"
#include "policy/rego/diag.h"
#include "policy/rego/tree.h"
#include "policy/rego/visit.h"

/* Our own Rego, as bytes of the program. */
#define EMBED(name, path)                                                                          \
    __asm__(".pushsection .rodata\n" name "_bytes:\n.incbin \"" path "\"\n" name                   \
            "_end:\n.byte 0\n.popsection\n")

EMBED("gatekeeper_match", "policy/gatekeeper/match.rego");
EMBED("gatekeeper_pod", "policy/gatekeeper/pod.rego");
extern const char gatekeeper_match_bytes[] __attribute__((visibility("hidden")));
extern const char gatekeeper_match_end[] __attribute__((visibility("hidden")));
extern const char gatekeeper_pod_bytes[] __attribute__((visibility("hidden")));
extern const char gatekeeper_pod_end[] __attribute__((visibility("hidden")));

struct rego_source gatekeeper_match_source(void)
{
    return (struct rego_source){.name = "gatekeeper/match.rego",
                                .text = gatekeeper_match_bytes,
                                .len = (size_t)(gatekeeper_match_end - gatekeeper_match_bytes)};
}

struct rego_source gatekeeper_pod_source(void)
{
    return (struct rego_source){.name = "gatekeeper/pod.rego",
                                .text = gatekeeper_pod_bytes,
                                .len = (size_t)(gatekeeper_pod_end - gatekeeper_pod_bytes)};
}

struct move {
    struct visit visit;
    struct arena *a;
    const char *kind;
    struct rego_diags *diags;
};

static bool is_elem(const struct rego_term *t, const char *text)
{
    return t->kind == TERM_CONST && value_is(t->u.value, VALUE_STRING) &&
           value_is_str(t->u.value, text);
}

/* data.lib... becomes data.sallyport.gatekeeper.libs.KIND.lib...; data.inventory stays. */
static int move_ref(struct move *m, struct rego_term *t)
{
    const char *const before[] = {"sallyport", "gatekeeper", "libs", m->kind};
    struct rego_terms list = {0};

    if (t->u.list.n > 1 && is_elem(t->u.list.at[1], "inventory"))
        return 0;
    if (t->u.list.n < 2 || !is_elem(t->u.list.at[1], "lib")) {
        diag_add(m->a, m->diags, REGO_COMPILE_ERROR, t->loc,
                 "a template may read data.lib and data.inventory only");
        return 0;
    }
    if (!terms_push(m->a, &list, t->u.list.at[0]))
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(before); i++)
        if (!terms_push(m->a, &list, term_str(m->a, before[i], t->loc)))
            return -1;
    for (size_t i = 1; i < t->u.list.n; i++)
        if (!terms_push(m->a, &list, t->u.list.at[i]))
            return -1;
    t->u.list = list;
    return 0;
}

static int move_term(struct visit *w, struct rego_term *t)
{
    struct move *const m = w->ctx;

    if (t->kind == TERM_CALL && t->u.call.callee.name && visit_term(w, t->u.call.callee.name) < 0)
        return -1;
    if (t->kind == TERM_VAR && value_is_str(t->u.name, "data"))
        diag_add(m->a, m->diags, REGO_COMPILE_ERROR, t->loc,
                 "a template may read data.lib and data.inventory only");
    if (t->kind != TERM_REF || t->u.list.n == 0 || !term_is_var(t->u.list.at[0], "data"))
        return 0;
    if (move_ref(m, t) < 0)
        return -1;
    /* What stands in its brackets may be a ref too; its head is done. */
    for (size_t i = 1; i < t->u.list.n; i++)
        if (visit_term(w, t->u.list.at[i]) < 0)
            return -1;
    return 1;
}

static int move_rule(struct move *m, struct rego_rule *r)
{
    for (; r; r = r->otherwise) {
        if (r->ref && visit_term(&m->visit, r->ref) < 0)
            return -1;
        for (size_t i = 0; i < r->args.n; i++)
            if (visit_term(&m->visit, r->args.at[i]) < 0)
                return -1;
        if (r->value && visit_term(&m->visit, r->value) < 0)
            return -1;
        if (r->body && visit_body(&m->visit, r->body) < 0)
            return -1;
    }
    return 0;
}

static int move_names(struct arena *a, const char *kind, struct rego_module *mod,
                      struct rego_diags *diags)
{
    struct move m = {.visit = {.term = move_term}, .a = a, .kind = kind, .diags = diags};

    m.visit.ctx = &m;
    for (size_t i = 0; i < mod->imports_n; i++) {
        struct rego_term *const path = mod->imports[i].path;

        if (path->kind == TERM_REF && term_is_var(path->u.list.at[0], "data") &&
            move_ref(&m, path) < 0)
            return -1;
    }
    for (size_t i = 0; i < mod->rules_n; i++)
        if (move_rule(&m, mod->rules[i]) < 0)
            return -1;
    return 0;
}

/* The package: of the template its new one, of a library its own below the template's place. */
static const struct value *new_package(struct arena *a, const char *kind, bool lib,
                                       const struct value *own)
{
    struct value_list l = {0};

    value_list_add(a, &l, value_str(a, "sallyport"));
    value_list_add(a, &l, value_str(a, "gatekeeper"));
    value_list_add(a, &l, value_str(a, lib ? "libs" : "templates"));
    value_list_add(a, &l, value_str(a, kind));
    for (size_t i = 0; lib && i < own->count; i++)
        value_list_add(a, &l, value_at(own, i));
    return value_list_array(a, &l);
}

static int parse_one(struct arena *a, const struct gatekeeper_template *t, const struct value *text,
                     const char *part, const struct rego_options *opt, struct rego_module **out,
                     struct rego_diags *diags, struct err *err)
{
    struct rego_source *const source = ARENA_NEW(a, struct rego_source);
    struct rego_options own = *opt;

    if (!source)
        return err_nomem(err);
    *source = (struct rego_source){.name = arena_printf(a, "%s#%s", t->file, part),
                                   .text = value_bytes(text),
                                   .len = text->count};
    if (!source->name)
        return err_nomem(err);
    own.version = t->version;
    return rego_parse(a, source, &own, out, diags, err);
}

static bool defines_violation(const struct rego_module *m)
{
    for (size_t i = 0; i < m->rules_n; i++) {
        const struct value *const name = aggregate_rule_name(m->rules[i]);

        if (name && value_is_str(name, "violation") && m->rules[i]->args.n == 0)
            return true;
    }
    return false;
}

int gatekeeper_modules(struct arena *a, const struct gatekeeper_template *t,
                       const struct rego_options *opt, struct rego_module **modules, size_t *n,
                       struct rego_diags *diags, struct err *err)
{
    *n = 0;
    for (size_t i = 0; i <= t->libs->count; i++) {
        const char *const part = i ? arena_printf(a, "libs[%zu]", i - 1) : "rego";
        const struct value *const text = i ? value_at(t->libs, i - 1) : t->rego;
        struct rego_module *m;

        if (!part)
            return err_nomem(err);
        if (parse_one(a, t, text, part, opt, &m, diags, err) < 0)
            return -1;
        if (i == 0 && !defines_violation(m))
            return err_set(err, ERR_INVALID, "%s: template %s: its Rego has no rule `violation`",
                           t->file, t->name);
        if (i > 0 && (m->package->count == 0 || !value_is_str(value_at(m->package, 0), "lib")))
            return err_set(err, ERR_INVALID, "%s: template %s: libs[%zu] is not in a package lib.*",
                           t->file, t->name, i - 1);
        m->package = new_package(a, t->kind, i > 0, m->package);
        if (!m->package || move_names(a, t->kind, m, diags) < 0)
            return err_nomem(err);
        modules[(*n)++] = m;
    }
    return diags_finish(a, diags, ERR_COMPILE, err);
}
