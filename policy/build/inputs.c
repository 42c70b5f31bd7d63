/* policy/build/inputs.c - see inputs.h. */
#include "policy/build/inputs.h"

#include <string.h>

#include "base/buf.h"
#include "policy/rego/diag.h"
#include "policy/rego/visit.h"

struct pass {
    struct arena *a;
    const struct value *schema;
    struct rego_diags *diags;
};

static const struct value *follow(const struct pass *p, const struct value *schema)
{
    const char *const ref = value_cstr(value_field(schema, "$ref"));

    if (!ref || strncmp(ref, "#/$defs/", 8) != 0)
        return schema;
    return value_path(p->schema, "$defs", ref + 8, NULL);
}

/* One step down: the schema of what is there; NULL with *wrong: nothing can be there; NULL without:
 * anything can. `key` NULL: a variable. */
static const struct value *step(const struct pass *p, const struct value *schema,
                                const struct value *key, bool *wrong)
{
    const struct value *const props = value_field(schema, "properties");
    const struct value *const more = value_field(schema, "additionalProperties");
    const struct value *const items = value_field(schema, "items");

    *wrong = false;
    if (items) {
        *wrong = key && !value_is(key, VALUE_NUMBER);
        return *wrong ? NULL : follow(p, items);
    }
    if (!props && !more) {
        /* A plain string or number has nothing below it. */
        *wrong =
            value_field(schema, "type") && !value_is_str(value_field(schema, "type"), "object");
        return NULL;
    }
    const struct value *const own = key && props ? value_get(props, key) : NULL;
    if (own)
        return follow(p, own);
    if (more && value_is(more, VALUE_OBJECT))
        return follow(p, more);
    *wrong = key != NULL;
    return NULL;
}

static void print_ref(struct buf *b, const struct rego_terms *path)
{
    buf_puts(b, "input");
    for (size_t i = 1; i < path->n; i++) {
        const struct rego_term *const t = path->at[i];

        if (t->kind == TERM_CONST && value_is(t->u.value, VALUE_STRING))
            buf_printf(b, ".%s", value_bytes(t->u.value));
        else
            buf_puts(b, "[_]");
    }
}

static int see_term(struct visit *w, struct rego_term *t)
{
    const struct pass *const p = w->ctx;
    const struct value *at = p->schema;

    if (t->kind != TERM_REF || t->u.list.n < 2 || t->u.list.at[0]->kind != TERM_VAR ||
        !value_is_str(t->u.list.at[0]->u.name, "input"))
        return 0;
    for (size_t i = 1; i < t->u.list.n && at; i++) {
        const struct rego_term *const key = t->u.list.at[i];
        bool wrong;

        at = step(p, at, key->kind == TERM_CONST ? key->u.value : NULL, &wrong);
        if (!wrong)
            continue;
        AUTO_BUF struct buf text = BUF_INIT;
        print_ref(&text, &t->u.list);
        diag_add(p->a, p->diags, REGO_TYPE_ERROR, t->loc,
                 "undefined ref: %s: the input document has no such field",
                 text.data ? text.data : "input");
        return 0;
    }
    return 0;
}

int inputs_check(struct arena *a, struct rego_module *const *modules, size_t n,
                 const struct value *schema, struct rego_diags *diags, struct err *err)
{
    struct pass p = {.a = a, .schema = schema, .diags = diags};
    struct visit w = {.term = see_term, .ctx = &p};

    for (size_t m = 0; m < n; m++) {
        for (size_t r = 0; r < modules[m]->rules_n; r++) {
            for (struct rego_rule *rule = modules[m]->rules[r]; rule; rule = rule->otherwise) {
                if (visit_rule(&w, rule) < 0)
                    return err_nomem(err);
            }
        }
    }
    return diags_finish(a, diags, ERR_COMPILE, err);
}
