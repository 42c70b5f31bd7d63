/* policy/build/gatekeeper_gate.c - see gatekeeper_gate.h. */
#include "policy/build/gatekeeper_gate.h"

#include <string.h>

#include "base/own.h"
#include "policy/rego/yaml_read.h"
#include "policy/value/json.h"

#define NAME_LABEL "kubernetes.io/metadata.name"

/* --- gathering ---------------------------------------------------------------------------- */

struct doc {
    const struct value *value;
    const char *file;
};

struct docs {
    struct doc *at;
    size_t n;
};

/* Documents of other tools that stand beside templates in libraries of them. */
static bool passed_by(const struct value *doc)
{
    const char *const version = value_cstr(value_field(doc, "apiVersion"));

    return (version && (strncmp(version, "test.gatekeeper.sh/", 19) == 0 ||
                        strncmp(version, "kustomize.config.k8s.io/", 24) == 0)) ||
           (!version && value_field(doc, "resources") && !value_field(doc, "kind"));
}

static int add_doc(struct docs *d, const struct value *v, const char *file, struct err *err)
{
    if (value_is(v, VALUE_NULL) || (value_is(v, VALUE_OBJECT) && passed_by(v)))
        return 0;
    if (!gatekeeper_is_template(v) && !gatekeeper_is_constraint(v)) {
        const char *const kind = value_cstr(value_field(v, "kind"));

        return err_set(err, ERR_INVALID,
                       "%s: %s takes no effect here: YAML policies are Gatekeeper's templates and "
                       "constraints, and data.yaml",
                       file, kind ? kind : "a document without a kind");
    }
    if (d->n == GATEKEEPER_DOCS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d templates and constraints",
                       GATEKEEPER_DOCS_MAX);
    d->at[d->n++] = (struct doc){.value = v, .file = file};
    return 0;
}

static int read_docs(struct arena *a, const struct source *s, struct docs *d, struct err *err)
{
    struct value_list all = {0};

    if (yaml_read_all(a, s->text.text, s->text.len, &all, err) < 0)
        return err_ctx(err, "%s", s->text.name);
    for (size_t i = 0; i < all.n; i++)
        if (add_doc(d, all.items[i], s->text.name, err) < 0)
            return -1;
    return all.failed ? err_nomem(err) : 0;
}

static const struct gatekeeper_template *template_of(const struct gatekeeper_set *set,
                                                     const char *kind)
{
    for (size_t i = 0; kind && i < set->templates_n; i++)
        if (strcmp(set->templates[i].kind, kind) == 0)
            return &set->templates[i];
    return NULL;
}

static int take_template(struct arena *a, const struct doc *d, struct gatekeeper_set *out,
                         struct err *err)
{
    struct gatekeeper_template *const t = &out->templates[out->templates_n];

    if (gatekeeper_template(a, d->value, d->file, t, err) < 0)
        return -1;
    const struct gatekeeper_template *const other = template_of(out, t->kind);
    if (other)
        return err_set(err, ERR_INVALID, "%s: %s has a template of kind %s already", d->file,
                       other->file, t->kind);
    out->templates_n++;
    out->modules_max += 1 + t->libs->count;
    return 0;
}

static int take_constraint(struct arena *a, const struct doc *d, struct gatekeeper_set *out,
                           struct err *err)
{
    const char *const kind = value_cstr(value_field(d->value, "kind"));
    const struct gatekeeper_template *const t = template_of(out, kind);
    struct gatekeeper_constraint *const c = &out->constraints[out->constraints_n];

    if (!t)
        return err_set(err, ERR_INVALID, "%s: no template is of kind %s", d->file,
                       kind ? kind : "nothing");
    if (gatekeeper_constraint(a, d->value, d->file, t, c, NULL, err) < 0)
        return -1;
    for (size_t i = 0; i < out->constraints_n; i++)
        if (strcmp(out->constraints[i].kind, c->kind) == 0 &&
            strcmp(out->constraints[i].name, c->name) == 0)
            return err_set(err, ERR_INVALID, "%s: %s has a constraint %s/%s already", d->file,
                           out->constraints[i].file, c->kind, c->name);
    out->constraints_n++;
    out->modules_max++;
    return 0;
}

int gatekeeper_gather(struct arena *a, const struct sources *s, struct gatekeeper_set *out,
                      struct err *err)
{
    struct docs d = {.at = ARENA_NEW_N(a, struct doc, GATEKEEPER_DOCS_MAX)};

    *out = (struct gatekeeper_set){0};
    if (!d.at)
        return err_nomem(err);
    for (size_t i = 0; i < s->n; i++)
        if (s->at[i].yaml && read_docs(a, &s->at[i], &d, err) < 0)
            return -1;
    out->templates = ARENA_NEW_N(a, struct gatekeeper_template, d.n + 1);
    out->constraints = ARENA_NEW_N(a, struct gatekeeper_constraint, d.n + 1);
    if (!out->templates || !out->constraints)
        return err_nomem(err);
    out->modules_max = 2;
    for (size_t i = 0; i < d.n; i++)
        if (gatekeeper_is_template(d.at[i].value) && take_template(a, &d.at[i], out, err) < 0)
            return -1;
    for (size_t i = 0; i < d.n; i++)
        if (gatekeeper_is_constraint(d.at[i].value) && take_constraint(a, &d.at[i], out, err) < 0)
            return -1;
    return 0;
}

/* --- enforcement -------------------------------------------------------------------------- */

static enum gatekeeper_action action_here(const struct gatekeeper_constraint *c)
{
    static const char *const points[] = {"validation.gatekeeper.sh", "sallyport"};
    enum gatekeeper_action best = GATEKEEPER_NONE;

    for (size_t i = 0; i < ARRAY_LEN(points); i++) {
        const enum gatekeeper_action one = gatekeeper_action(c, points[i]);

        best = one < best ? one : best;
    }
    return best;
}

static bool lists(const struct value *list, const char *word)
{
    for (size_t i = 0; list && value_is(list, VALUE_ARRAY) && i < list->count; i++)
        if (value_is_str(value_at(list, i), word) || value_is_str(value_at(list, i), "*"))
            return true;
    return !list || !value_is(list, VALUE_ARRAY) || list->count == 0;
}

static bool reaches_pods(const struct gatekeeper_constraint *c)
{
    const struct value *const kinds = value_field(c->match, "kinds");
    bool any = !kinds || kinds->count == 0;

    for (size_t i = 0; kinds && i < kinds->count; i++)
        any = any || (lists(value_field(value_at(kinds, i), "kinds"), "Pod") &&
                      lists(value_field(value_at(kinds, i), "apiGroups"), ""));
    return any && !value_is_str(value_field(c->match, "scope"), "Cluster");
}

static bool constrained(const struct gatekeeper_set *set, const char *kind)
{
    for (size_t i = 0; i < set->constraints_n; i++)
        if (strcmp(set->constraints[i].kind, kind) == 0)
            return true;
    return false;
}

/* The name is the one label of a namespace that a node knows. */
static bool known_label(const struct value *key)
{
    return key && value_is_str(key, NAME_LABEL);
}

static bool asks_unknown_labels(const struct value *selector)
{
    const struct value *const labels = value_field(selector, "matchLabels");
    const struct value *const list = value_field(selector, "matchExpressions");

    for (size_t i = 0; labels && value_is(labels, VALUE_OBJECT) && i < labels->count; i++)
        if (!known_label(value_key_at(labels, i)))
            return true;
    for (size_t i = 0; list && value_is(list, VALUE_ARRAY) && i < list->count; i++)
        if (!known_label(value_field(value_at(list, i), "key")))
            return true;
    return false;
}

void gatekeeper_tell(const struct gatekeeper_set *set, struct buf *report)
{
    for (size_t i = 0; i < set->templates_n; i++)
        if (!constrained(set, set->templates[i].kind))
            buf_printf(report, "%s: template %s has no constraint: nothing is enforced by it\n",
                       set->templates[i].file, set->templates[i].name);
    for (size_t i = 0; i < set->constraints_n; i++) {
        const struct gatekeeper_constraint *const c = &set->constraints[i];

        if (action_here(c) == GATEKEEPER_NONE)
            buf_printf(report, "%s: constraint %s/%s names no enforcement point of the gate\n",
                       c->file, c->kind, c->name);
        else if (!reaches_pods(c))
            buf_printf(report,
                       "%s: constraint %s/%s does not match Pods: no container is held to "
                       "it\n",
                       c->file, c->kind, c->name);
        if (asks_unknown_labels(value_field(c->match, "namespaceSelector")))
            buf_printf(report,
                       "%s: constraint %s/%s selects by labels of namespaces, which a node "
                       "does not know: it counts in all of them\n",
                       c->file, c->kind, c->name);
    }
}

/* --- spec.match as the gate asks it ------------------------------------------------------- */

static const struct value *known_labels(struct arena *a, const struct value *labels)
{
    struct value_fields f = {0};

    for (size_t i = 0; i < labels->count; i++)
        if (known_label(value_key_at(labels, i)))
            value_fields_put(a, &f, value_key_at(labels, i), value_val_at(labels, i));
    return value_fields_object(a, &f);
}

static const struct value *known_expressions(struct arena *a, const struct value *list)
{
    struct value_list l = {0};

    for (size_t i = 0; i < list->count; i++)
        if (known_label(value_field(value_at(list, i), "key")))
            value_list_add(a, &l, value_at(list, i));
    return value_list_array(a, &l);
}

/* What is asked of labels that nobody here knows counts as met: the constraint holds. */
static const struct value *match_here(struct arena *a, const struct value *match)
{
    const struct value *const key = value_str(a, "namespaceSelector");
    const struct value *const selector = value_field(match, "namespaceSelector");
    const struct value *const labels = value_field(selector, "matchLabels");
    const struct value *const list = value_field(selector, "matchExpressions");
    struct value_fields f = {0};

    if (!selector || !asks_unknown_labels(selector))
        return match;
    if (labels && value_is(labels, VALUE_OBJECT))
        value_fields_add(a, &f, "matchLabels", known_labels(a, labels));
    if (list && value_is(list, VALUE_ARRAY))
        value_fields_add(a, &f, "matchExpressions", known_expressions(a, list));
    const struct value *const rest = value_fields_object(a, &f);
    return key && rest ? value_object_with(a, match, key, rest) : NULL;
}

/* --- modules ------------------------------------------------------------------------------ */

static const struct value *annotation(const struct gatekeeper_template *t, const char *name)
{
    return value_path(t->doc, "metadata", "annotations", name, NULL);
}

static void print_text(struct buf *b, const char *before, const struct value *text)
{
    buf_puts(b, before);
    json_print_string(b, value_bytes(text), text->count);
}

static void print_metadata(struct buf *b, const struct gatekeeper_template *t,
                           const struct value *id)
{
    const struct value *const title = annotation(t, "metadata.gatekeeper.sh/title");
    const struct value *const about = annotation(t, "description");

    buf_puts(b, "# METADATA\n");
    print_text(b, "# title: ", title && value_is(title, VALUE_STRING) ? title : id);
    if (about && value_is(about, VALUE_STRING))
        print_text(b, "\n# description: ", about);
    print_text(b, "\n# custom: {\"id\": ", id);
    buf_puts(b, ", \"severity\": \"high\"}\n");
}

static const char *const words[] = {
    [GATEKEEPER_DENY] = "deny",
    [GATEKEEPER_WARN] = "warn",
    [GATEKEEPER_DRYRUN] = "audit",
};

/* Everything that comes from the documents stands in JSON's quotes. */
static int constraint_text(struct arena *a, const struct gatekeeper_template *t,
                           const struct gatekeeper_constraint *c, struct buf *b, struct err *err)
{
    const struct value *const id = value_strf(a, "%s/%s", c->kind, c->name);
    const struct value *const kind = value_str(a, c->kind);
    const struct value *const match = match_here(a, c->match);
    const char *const enforcement = words[action_here(c)];

    if (!id || !kind || !match)
        return err_nomem(err);
    print_metadata(b, t, id);
    print_text(b, "package gatekeeper[", id);
    buf_puts(b, "]\n\nimport data.sallyport.gatekeeper.match\n"
                "import data.sallyport.gatekeeper.pod\n\n"
                "wanted := ");
    json_print(b, match, JSON_COMPACT);
    buf_puts(b, "\n\nparameters := ");
    json_print(b, c->parameters, JSON_COMPACT);
    buf_printf(b,
               "\n\nviolation contains object.union(pod.finding(raised), {\"enforcement\": "
               "\"%s\"}) if {\n"
               "\tpod.judged\n\tmatch.matches(wanted, pod.target)\n\tsome raised in "
               "data.sallyport.gatekeeper.templates[",
               enforcement);
    json_print_string(b, value_bytes(kind), kind->count);
    buf_printf(b,
               "].violation with input as {\"review\": pod.review, \"parameters\": parameters} "
               "with data.inventory as {}\n}\n\n"
               "violation contains {\"msg\": wrong, \"enforcement\": \"%s\"} if {\n"
               "\tpod.judged\n\twrong := match.error(wanted, pod.target)\n}\n",
               enforcement);
    return buf_check(b, err);
}

static int add_text(struct arena *a, struct sources *s, const char *name, const char *text,
                    size_t len, const struct rego_options *opt, struct rego_module **out,
                    struct rego_diags *diags, struct err *err)
{
    if (!name || !text)
        return err_nomem(err);
    if (sources_add_text(s, name, text, len, err) < 0)
        return -1;
    return rego_parse(a, &s->at[s->n - 1].text, opt, out, diags, err);
}

int gatekeeper_gate_rules(struct arena *a, const struct gatekeeper_set *set, struct sources *s,
                          const struct rego_options *opt, struct rego_module **modules, size_t *n,
                          struct rego_diags *diags, struct err *err)
{
    const struct rego_source own[] = {gatekeeper_match_source(), gatekeeper_pod_source()};

    if (set->constraints_n == 0)
        return 0;
    for (size_t i = 0; i < ARRAY_LEN(own); i++)
        if (add_text(a, s, own[i].name, own[i].text, own[i].len, opt, &modules[(*n)++], diags,
                     err) < 0)
            return -1;
    for (size_t i = 0; i < set->constraints_n; i++) {
        const struct gatekeeper_constraint *const c = &set->constraints[i];
        AUTO_BUF struct buf b = BUF_INIT;

        if (action_here(c) == GATEKEEPER_NONE)
            continue;
        if (constraint_text(a, template_of(set, c->kind), c, &b, err) < 0 ||
            add_text(a, s, arena_printf(a, "%s#%s/%s", c->file, c->kind, c->name),
                     arena_strndup(a, b.data, b.len), b.len, opt, &modules[(*n)++], diags, err) < 0)
            return -1;
    }
    return 0;
}

int gatekeeper_gate_templates(struct arena *a, const struct gatekeeper_set *set,
                              const struct rego_options *opt, struct rego_module **modules,
                              size_t *n, struct rego_diags *diags, struct err *err)
{
    for (size_t i = 0; i < set->templates_n; i++) {
        size_t more;

        if (gatekeeper_modules(a, &set->templates[i], opt, modules + *n, &more, diags, err) < 0)
            return -1;
        for (size_t m = 0; m < more; m++)
            modules[*n + m]->own_input = true;
        *n += more;
    }
    return 0;
}
