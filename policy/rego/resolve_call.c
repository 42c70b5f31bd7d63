/* Names where functions stand: callees, and targets and values of `with`. */
#include "policy/rego/scope.h"
#include "policy/rego/tree.h"

bool resolve_is_root(const struct rego_term *t)
{
    return term_is_var(t, "input") || term_is_var(t, "data");
}

/* A name that no scope shadows and that means a rule or an import. */
struct global *resolve_global(struct resolver *r, const struct value *name)
{
    return scope_declares(r->top, name) ? NULL : globals_find(r->globals, name);
}

static const struct value *callee_head(const struct rego_term *name)
{
    const struct rego_term *const t = name->kind == TERM_REF ? name->u.list.at[0] : name;

    return t->kind == TERM_VAR ? t->u.name : NULL;
}

/* The path under data of a callee whose head is `ref` (NULL: `data` itself); NULL: not constant. */
static const struct value *callee_path(struct resolver *r, const struct rego_term *ref,
                                       const struct rego_term *name)
{
    struct value_list path = {0};

    for (size_t i = 1; ref && i < ref->u.list.n; i++)
        value_list_add(r->c->a, &path, ref->u.list.at[i]->u.value);
    for (size_t i = 1; name->kind == TERM_REF && i < name->u.list.n; i++) {
        if (!term_is_str(name->u.list.at[i]))
            return NULL;
        value_list_add(r->c->a, &path, name->u.list.at[i]->u.value);
    }
    return value_list_array(r->c->a, &path);
}

/* "a.b.c" of a callee as written; NULL when a step is no name. */
static const char *dotted(struct resolver *r, const struct rego_term *name)
{
    const char *text = NULL;

    if (name->kind == TERM_VAR)
        return value_bytes(name->u.name);
    for (size_t i = 0; i < name->u.list.n; i++) {
        const struct rego_term *const t = name->u.list.at[i];

        if (t->kind != TERM_VAR && !term_is_str(t))
            return NULL;
        const char *const step = value_bytes(t->kind == TERM_VAR ? t->u.name : t->u.value);

        text = text ? arena_printf(r->c->a, "%s.%s", text, step) : step;
    }
    return text;
}

/* What names no function stays as written: check_calls says so, when all names are resolved. */
int resolve_callee(struct resolver *r, struct rego_callee *callee, struct rego_loc loc, bool nested)
{
    struct rego_term *const name = callee->name;
    const struct value *const head = callee_head(name);
    const char *const text = dotted(r, name);

    if (!head || !text)
        return r->c->a->failed ? -1 : 0;
    const struct scope_entry *const e = scope_find(r->top, head);
    struct global *const g = resolve_global(r, head);

    if (e) { /* a variable is no function */
        if (nested)
            diag_add(r->c->a, r->c->diags, REGO_COMPILE_ERROR, loc, "called function %s shadowed",
                     text);
        return 0;
    }
    if (g) {
        g->used = true;
        if (g->ref->kind == TERM_DATA ||
            (g->ref->kind == TERM_REF && g->ref->u.list.at[0]->kind == TERM_DATA))
            callee->path = callee_path(r, g->ref->kind == TERM_REF ? g->ref : NULL, name);
    } else if (value_is_str(head, "data")) {
        callee->path = callee_path(r, NULL, name);
    } else {
        const struct builtin_decl *const d = builtin_decl_find(text);

        callee->builtin = d ? d->name : NULL;
    }
    return r->c->a->failed ? -1 : 0;
}

/* `input` and `data` as targets mean the documents, whatever shadows them. Built-in names become
 * constants; what names nothing stays a variable, for check_with to refuse. */
int resolve_with_target(struct resolver *r, struct rego_with *w)
{
    struct rego_term *const t = w->target;
    struct rego_term *const head = t->kind == TERM_REF ? t->u.list.at[0] : t;
    const char *const text = head->kind == TERM_VAR ? dotted(r, t) : NULL;

    if (head->kind == TERM_VAR && resolve_is_root(head)) {
        head->kind = term_is_var(head, "input") ? TERM_INPUT : TERM_DATA;
        for (size_t i = 1; t->kind == TERM_REF && i < t->u.list.n; i++)
            if (resolve_term(r, t->u.list.at[i]) < 0)
                return -1;
        return 0;
    }
    if (text && !resolve_global(r, head->u.name) && builtin_decl_find(text)) {
        w->target = term_str(r->c->a, text, t->loc);
        w->target_fn = true;
        return w->target ? 0 : -1;
    }
    return resolve_term(r, t);
}

int resolve_with_value(struct resolver *r, struct rego_with *w)
{
    const struct rego_term *const t = w->value;
    const struct rego_term *const head = t->kind == TERM_REF ? t->u.list.at[0] : t;
    const char *const text = head->kind == TERM_VAR ? dotted(r, t) : NULL;
    const struct builtin_decl *const d =
        text && !resolve_global(r, head->u.name) && !scope_find(r->top, head->u.name)
            ? builtin_decl_find(text)
            : NULL;

    if (!d)
        return resolve_term(r, w->value);
    w->value_fn = true;
    w->value_callee.builtin = d->name;
    return 0;
}
