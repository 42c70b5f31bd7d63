#include "policy/rego/infer.h"
#include "policy/rego/tree.h"
#include "policy/value/print.h"

enum { TYPE_PATH_MAX = 64 };

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

/* A constant is never in what is empty; running through it yields nothing, of any type. */
static const struct type *step_empty(struct infer *x, struct rego_term *ref, size_t at,
                                     const struct type *t, bool report)
{
    struct rego_term *const key = ref->u.list.at[at];

    if (term_is_scalar(key) || (t->kind == TYPE_ARRAY && key->kind == TERM_LOCAL &&
                                !type_unifies(x->env[key->u.slot], &type_number))) {
        if (report)
            say_invalid(x, ref, at, t, term_is_scalar(key) ? NULL : infer_term(x, key));
        return NULL;
    }
    if (report && key->kind == TERM_LOCAL && !x->env[key->u.slot])
        x->env[key->u.slot] = &type_any;
    return &type_any;
}

/* One step into a value of type t; NULL: it cannot be. */
static const struct type *step(struct infer *x, struct rego_term *ref, size_t at,
                               const struct type *t, bool report)
{
    struct rego_term *const key = ref->u.list.at[at];

    if (type_is_empty(t))
        return step_empty(x, ref, at, t, report);
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

/* --- documents that rules make ----------------------------------------------------------- */

static const struct type *node_type(struct infer *x, struct rule_node *n);

/* All that rules below `n` make, by path from `top`, into the object type *t. */
static void insert_below(struct infer *x, const struct rule_node *top, const struct rule_node *n,
                         const struct type **t)
{
    for (size_t i = 0; i < n->kids_n && *t; i++) {
        struct rule_node *const kid = n->kids[i];
        const struct value *path[TYPE_PATH_MAX];
        size_t len = 0;

        if (kid->rules_n == 0) {
            insert_below(x, top, kid, t);
            continue;
        }
        for (const struct rule_node *up = kid; up != top && len < TYPE_PATH_MAX; up = up->parent)
            path[TYPE_PATH_MAX - ++len] = up->key;
        if (len < TYPE_PATH_MAX)
            *t = type_insert(x->c->a, *t, path + TYPE_PATH_MAX - len, len, node_type(x, kid));
    }
}

/* Of a node without rules: an object that base documents may add to. */
static const struct type *extent_type(struct infer *x, const struct rule_node *n)
{
    const struct value **const keys = ARENA_NEW_N(x->c->a, const struct value *, n->kids_n + 1);
    const struct type **const of = ARENA_NEW_N(x->c->a, const struct type *, n->kids_n + 1);
    size_t known = 0;

    for (size_t i = 0; keys && of && i < n->kids_n; i++) {
        if (value_is(n->kids[i]->key, VALUE_NULL))
            continue;
        keys[known] = n->kids[i]->key;
        of[known++] = node_type(x, n->kids[i]);
    }
    return keys && of ? type_object(x->c->a, keys, of, known, &type_string, &type_any) : NULL;
}

static const struct type *node_type(struct infer *x, struct rule_node *n)
{
    if (n->rules_n == 0)
        return extent_type(x, n);
    if (relax_hides(x, n) || n->rules[0]->kind == RULE_FUNCTION)
        return &type_any;
    const struct type *t = infer_node(x->all, n);

    if (!t)
        return &type_any;
    if (t->kind == TYPE_OBJECT && n->kids_n > 0)
        insert_below(x, n, n, &t);
    return t;
}

/* A variable steps into a place of the tree: its type is that of the names there. */
static const struct type *step_nodes(struct infer *x, struct rego_term *ref, size_t at,
                                     const struct rule_node *n, bool report)
{
    const struct type *const t = report ? extent_type(x, n) : NULL;
    const struct type *const keys = t ? type_keys(x->c->a, t) : NULL;

    if (keys && !infer_expect(x, ref->u.list.at[at], keys, false)) {
        say_invalid(x, ref, at, t, infer_term(x, ref->u.list.at[at]));
        return NULL;
    }
    return unknown(x, ref, at + 1, report);
}

static const struct type *data_ref(struct infer *x, struct rego_term *ref, bool report)
{
    struct rule_node *n = x->c->root;
    size_t at = 1;

    for (; at < ref->u.list.n && n->rules_n == 0; at++) {
        if (ref->u.list.at[at]->kind != TERM_CONST)
            return step_nodes(x, ref, at, n, report);
        if (!(n = ruletree_kid(n, ref->u.list.at[at]->u.value)))
            return unknown(x, ref, at + 1, report);
    }
    /* What is read of a document is its part's own type, where that part has rules. */
    while (!report && n->kids_n > 0 && at < ref->u.list.n &&
           ref->u.list.at[at]->kind == TERM_CONST) {
        struct rule_node *const kid = ruletree_kid(n, ref->u.list.at[at]->u.value);

        if (!kid)
            break;
        n = kid;
        at++;
    }
    if (n->rules_n == 0 || relax_hides(x, n))
        return steps(x, ref, at, node_type(x, n), report);
    if (n->rules[0]->kind == RULE_FUNCTION) {
        AUTO_BUF struct buf b = BUF_INIT;

        buf_puts(&b, "function ");
        print_ref(&b, x, ref, at);
        buf_puts(&b, " used as reference, not called");
        if (report)
            say(x, ref, &b);
        return &type_any;
    }
    const struct type *const t = node_type(x, n);

    return t ? steps(x, ref, at, t, report) : unknown(x, ref, at, report);
}

const struct type *infer_ref(struct infer *x, struct rego_term *ref, bool report)
{
    const struct rego_term *const head = ref->u.list.at[0];
    const struct type *replaced = NULL;
    size_t through = 0;

    if (x->relax && (head->kind == TERM_DATA || head->kind == TERM_INPUT))
        switch (relax_look(x, ref, report, &replaced, &through)) {
        case RELAXED:
            return steps(x, ref, through + 1, replaced, report);
        case RELAX_WRONG:
            say_invalid(x, ref, through + 1, replaced, infer_term(x, ref->u.list.at[through + 1]));
            return NULL;
        case RELAX_NOTHING:
            break;
        }
    if (head->kind == TERM_DATA)
        return data_ref(x, ref, report);
    const struct type *const t = head->kind == TERM_INPUT   ? infer_input(x)
                                 : head->kind == TERM_LOCAL ? x->env[head->u.slot]
                                                            : NULL;

    return t ? steps(x, ref, 1, t, report) : unknown(x, ref, 1, report);
}
