/* policy/build/aggregate.c - see aggregate.h. */
#include "policy/build/aggregate.h"

#include <string.h>

#include "base/own.h"
#include "policy/rego/annotations.h"
#include "policy/value/json.h"

/* clang-format off */
static const struct {
    const char *name, *kind;
} kinds[] = {
    { "deny",      "deny"      },
    { "violation", "deny"      },
    { "warn",      "warn"      },
    { "exception", "exception" },
};
/* clang-format on */

const struct value *aggregate_rule_name(const struct rego_rule *rule)
{
    const struct rego_term *t = rule->ref;

    if (t && t->kind == TERM_REF && t->u.list.n > 0)
        t = t->u.list.at[0];
    return t && t->kind == TERM_VAR ? t->u.name : NULL;
}

/* "deny_run_as_root" is of kind deny with suffix "run_as_root"; NULL: no rule that counts. */
static const char *kind_of(const char *name, const char **suffix)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        const size_t n = strlen(kinds[i].name);

        if (strncmp(name, kinds[i].name, n) != 0 || (name[n] != '\0' && name[n] != '_'))
            continue;
        *suffix = name[n] == '_' ? name + n + 1 : "";
        return kinds[i].kind;
    }
    return NULL;
}

static bool has_prefix(const struct value *package, const char *first, const char *second)
{
    return package->count >= 2 && value_is_str(value_at(package, 0), first) &&
           value_is_str(value_at(package, 1), second);
}

/* Is it one of ours: sallyport.rules.NAME? */
static bool is_ours(const struct value *package)
{
    return package->count == 3 && has_prefix(package, "sallyport", "rules");
}

static const struct value *package_metadata(const struct rego_module *m)
{
    for (size_t i = 0; i < m->annotations_n; i++) {
        if (m->annotations[i]->scope == ANNOTATION_PACKAGE)
            return m->annotations[i]->value;
    }
    return NULL;
}

static const struct value *rule_metadata(const struct rego_module *m, const struct rego_rule *rule)
{
    for (size_t i = 0; i < m->annotations_n; i++) {
        if (m->annotations[i]->rule == rule)
            return m->annotations[i]->value;
    }
    return package_metadata(m);
}

static const char *dotted(struct arena *a, const struct value *package)
{
    const char *out = "";

    for (size_t i = 0; i < package->count && out; i++)
        out = arena_printf(a, "%s%s%s", out, i ? "." : "", value_bytes(value_at(package, i)));
    return out;
}

/* The catalogue's entry: `custom`, with title and description beside it. */
static const struct value *entry_of(struct arena *a, const struct value *metadata)
{
    static const char *const plain[] = {"title", "description", "related_resources"};
    const struct value *custom = value_field(metadata, "custom");

    if (!custom || !value_is(custom, VALUE_OBJECT))
        custom = value_object(a, NULL, NULL, 0);
    for (size_t i = 0; i < ARRAY_LEN(plain) && custom; i++) {
        const struct value *const v = value_field(metadata, plain[i]);
        const struct value *const key = value_str(a, plain[i]);

        if (v && key)
            custom = value_object_with(a, custom, key, v);
    }
    return custom;
}

struct gather {
    struct arena *a;
    struct buf *text;
    struct value_fields catalogue;
    size_t rules;
};

static void print_ref(struct buf *b, const struct value *package, const struct value *rule)
{
    buf_puts(b, "data");
    for (size_t i = 0; i < package->count; i++) {
        const struct value *const part = value_at(package, i);

        buf_putc(b, '[');
        json_print_string(b, value_bytes(part), part->count);
        buf_putc(b, ']');
    }
    buf_putc(b, '[');
    json_print_string(b, value_bytes(rule), rule->count);
    buf_putc(b, ']');
}

static void print_text(struct buf *b, const char *before, const char *text)
{
    buf_puts(b, before);
    json_print_string(b, text, strlen(text));
}

static int add_rule(struct gather *g, const struct rego_module *m, const struct rego_rule *rule,
                    struct err *err)
{
    const struct value *const name = aggregate_rule_name(rule);
    const char *suffix;
    const char *const kind = kind_of(value_bytes(name), &suffix);
    const char *const package = dotted(g->a, m->package);
    const struct value *const metadata = rule_metadata(m, rule);
    const char *id = value_cstr(value_path(metadata, "custom", "id", NULL));

    if (!package)
        return err_nomem(err);
    if (strcmp(kind, "exception") == 0) {
        print_text(g->text, "\nexceptions contains {\"namespace\": ", package);
        buf_puts(g->text, ", \"names\": names} if some names in ");
        print_ref(g->text, m->package, name);
        buf_putc(g->text, '\n');
        return 0;
    }
    if (!id && is_ours(m->package))
        return err_set(err, ERR_INVALID, "%s: package %s has no id in its metadata",
                       m->source->name, package);
    if (!id)
        id = arena_printf(g->a, "%s.%s", package, value_bytes(name));
    const struct value *const entry = entry_of(g->a, metadata);
    if (!id || !entry)
        return err_nomem(err);
    for (size_t i = 0; i < g->catalogue.keys.n; i++) {
        if (value_is_str(g->catalogue.keys.items[i], id))
            return err_set(err, ERR_INVALID, "%s: rule id %s is taken", m->source->name, id);
    }
    value_fields_add(g->a, &g->catalogue, id, entry);
    g->rules++;

    print_text(g->text, "\nran contains ", id);
    print_text(g->text, "\n\norigins[", id);
    print_text(g->text, "] := {\"kind\": ", kind);
    print_text(g->text, ", \"namespace\": ", package);
    print_text(g->text, ", \"name\": ", suffix);
    print_text(g->text, "}\n\nraised contains [", id);
    buf_puts(g->text, ", raw] if some raw in ");
    print_ref(g->text, m->package, name);
    buf_putc(g->text, '\n');
    return 0;
}

/* A rule of several bodies, or of several files of one package, is named once. */
static bool seen_before(struct rego_module *const *modules, size_t at, size_t rule)
{
    const struct value *const name = aggregate_rule_name(modules[at]->rules[rule]);

    for (size_t m = 0; m <= at; m++) {
        if (m < at && !value_equal(modules[m]->package, modules[at]->package))
            continue;
        const size_t end = m < at ? modules[m]->rules_n : rule;
        for (size_t r = 0; r < end; r++) {
            const struct value *const other = aggregate_rule_name(modules[m]->rules[r]);

            if (other && value_equal(other, name))
                return true;
        }
    }
    return false;
}

/* The product's own packages that are no rules: main, lib, identity. */
static bool is_machinery(const struct value *package)
{
    return package->count > 0 && value_is_str(value_at(package, 0), "sallyport") &&
           !is_ours(package);
}

int aggregate(struct arena *a, struct rego_module *const *modules, size_t n, struct buf *text,
              const struct value **catalogue, size_t *rules, struct err *err)
{
    struct gather g = {.a = a, .text = text};

    /* `exceptions` is defined even where no module says any. */
    buf_puts(
        text,
        "package sallyport.aggregate\n\nexceptions contains {\"namespace\": \"\", \"names\": []} if false\n");
    for (size_t m = 0; m < n; m++) {
        if (is_machinery(modules[m]->package))
            continue;
        for (size_t r = 0; r < modules[m]->rules_n; r++) {
            const struct value *const name = aggregate_rule_name(modules[m]->rules[r]);
            const char *suffix;

            if (!name || !kind_of(value_bytes(name), &suffix) || seen_before(modules, m, r) ||
                modules[m]->rules[r]->args.n > 0)
                continue;
            if (add_rule(&g, modules[m], modules[m]->rules[r], err) < 0)
                return -1;
        }
    }
    if (g.rules == 0)
        return err_set(err, ERR_INVALID, "no rule is there to judge by");
    *rules = g.rules;
    *catalogue = value_fields_object(a, &g.catalogue);
    return *catalogue && buf_check(text, err) == 0 ? 0 : err_nomem(err);
}
