#include "policy/rego/infer.h"
#include "policy/rego/tree.h"
#include "policy/value/print.h"

static bool is_word(const struct value *v)
{
    const char *const s = value_bytes(v);

    for (uint32_t i = 0; i < v->count; i++)
        if (!((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z') || s[i] == '_' ||
              (i > 0 && s[i] >= '0' && s[i] <= '9')))
            return false;
    return v->count > 0;
}

static void print_local(struct buf *b, const struct infer *x, uint32_t slot)
{
    const struct value *const name = x->u->locals->at[slot].name;

    if (name)
        buf_puts(b, value_bytes(name));
    else
        buf_printf(b, "__local%u__", slot);
}

static void print_ref(struct buf *b, const struct infer *x, const struct rego_term *ref, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct rego_term *const t = ref->u.list.at[i];

        if (i == 0 && t->kind != TERM_LOCAL) {
            buf_puts(b, t->kind == TERM_INPUT ? "input" : "data");
        } else if (i == 0) {
            print_local(b, x, t->u.slot);
        } else if (term_is_str(t) && is_word(t->u.value)) {
            buf_printf(b, ".%s", value_bytes(t->u.value));
        } else {
            buf_putc(b, '[');
            if (t->kind == TERM_CONST)
                rego_print(b, t->u.value);
            else if (t->kind == TERM_LOCAL)
                print_local(b, x, t->u.slot);
            else
                buf_puts(b, "_");
            buf_putc(b, ']');
        }
    }
}

static void print_keys(struct buf *b, const struct type *t, bool *any)
{
    if (t->kind == TYPE_UNION)
        for (size_t i = 0; i < t->n; i++)
            print_keys(b, t->of[i], any);
    for (size_t i = 0; t->kind == TYPE_OBJECT && i < t->n; i++) {
        buf_putc(b, *any ? ' ' : '[');
        rego_print(b, t->keys[i]);
        *any = true;
    }
}

static void say(struct infer *x, const struct rego_term *ref, const struct buf *b)
{
    if (b->data && !b->failed)
        diag_add(x->c->a, x->c->diags, REGO_TYPE_ERROR, ref->loc, "%s", b->data);
}

/* t[key] cannot be: what t admits, under the step that is wrong. */
static void say_invalid(struct infer *x, const struct rego_term *ref, size_t at,
                        const struct type *t, const struct type *have)
{
    AUTO_BUF struct buf b = BUF_INIT, prefix = BUF_INIT;
    bool any = false;

    print_ref(&prefix, x, ref, at);
    const int pad = (int)prefix.len + 1;

    buf_puts(&b, "undefined ref: ");
    print_ref(&b, x, ref, ref->u.list.n);
    buf_puts(&b, "\n\t");
    print_ref(&b, x, ref, ref->u.list.n);
    buf_printf(&b, "\n\t%*s^\n\t%*s", pad, "", pad, "");
    if (have) {
        buf_puts(&b, "have (type): ");
        type_print(&b, have);
    } else {
        buf_puts(&b, "have: ");
        rego_print(&b, ref->u.list.at[at]->u.value);
    }
    buf_printf(&b, "\n\t%*swant (one of): ", pad, "");
    print_keys(&b, t, &any);
    if (any) {
        buf_putc(&b, ']');
    } else {
        b.len -= sizeof("(one of): ") - 1;
        buf_puts(&b, "(type): ");
        type_print(&b, type_keys(x->c->a, t));
    }
    say(x, ref, &b);
}

/* What has no elements is indexed. */
static void say_unsupported(struct infer *x, const struct rego_term *ref, size_t at,
                            const struct type *t)
{
    AUTO_BUF struct buf b = BUF_INIT, prefix = BUF_INIT;

    print_ref(&prefix, x, ref, at);
    buf_puts(&b, "undefined ref: ");
    print_ref(&b, x, ref, ref->u.list.n);
    buf_puts(&b, "\n\t");
    print_ref(&b, x, ref, ref->u.list.n);
    buf_puts(&b, "\n\t");
    for (size_t i = 0; i < prefix.len; i++)
        buf_putc(&b, '^');
    buf_puts(&b, "\n\thave: ");
    type_print(&b, t);
    say(x, ref, &b);
}

/* One step into a value of type t; NULL: it cannot be. */
static const struct type *step(struct infer *x, struct rego_term *ref, size_t at,
                               const struct type *t, bool report)
{
    struct rego_term *const key = ref->u.list.at[at];
    const struct type *const keys = type_keys(x->c->a, t);

    if (!keys) {
        if (report)
            say_unsupported(x, ref, at, t);
        return NULL;
    }
    if (key->kind == TERM_CONST && key->u.value->type <= VALUE_STRING) {
        const struct type *const got = type_select(x->c->a, t, key->u.value);

        if (!got && report)
            say_invalid(x, ref, at, t, NULL);
        return got;
    }
    if (report && !infer_expect(x, key, keys, false)) {
        say_invalid(x, ref, at, t, infer_term(x, key));
        return NULL;
    }
    const struct type *const values = type_values(x->c->a, t);

    return values ? values : &type_any;
}

static const struct type *steps(struct infer *x, struct rego_term *ref, size_t at,
                                const struct type *t, bool report)
{
    for (; at < ref->u.list.n && t; at++)
        t = step(x, ref, at, t, report);
    return t;
}

/* Steps whose values nothing is known of: variables there may be anything. */
static const struct type *unknown(struct infer *x, struct rego_term *ref, size_t at, bool report)
{
    return steps(x, ref, at, &type_any, report);
}

static const struct type *data_ref(struct infer *x, struct rego_term *ref, bool report)
{
    struct rule_node *n = x->c->root;
    size_t at = 1;

    while (n && n->rules_n == 0 && at < ref->u.list.n && ref->u.list.at[at]->kind == TERM_CONST)
        n = ruletree_kid(n, ref->u.list.at[at++]->u.value);
    if (!n || n->rules_n == 0 || n->kids_n > 0)
        return unknown(x, ref, at, report);
    if (n->rules[0]->kind == RULE_FUNCTION) {
        AUTO_BUF struct buf b = BUF_INIT;

        buf_puts(&b, "function ");
        print_ref(&b, x, ref, at);
        buf_puts(&b, " used as reference, not called");
        if (report)
            say(x, ref, &b);
        return &type_any;
    }
    const struct type *const t = infer_node(x->all, n);

    return t ? steps(x, ref, at, t, report) : unknown(x, ref, at, report);
}

const struct type *infer_ref(struct infer *x, struct rego_term *ref, bool report)
{
    const struct rego_term *const head = ref->u.list.at[0];

    if (head->kind == TERM_DATA)
        return data_ref(x, ref, report);
    const struct type *const t = head->kind == TERM_INPUT   ? infer_input(x)
                                 : head->kind == TERM_LOCAL ? x->env[head->u.slot]
                                                            : NULL;

    return t ? steps(x, ref, 1, t, report) : unknown(x, ref, 1, report);
}
