#include "policy/rego/annotations.h"

#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/rego/annotation_fields.h"
#include "policy/rego/diag.h"
#include "policy/rego/tree.h"
#include "policy/rego/yaml_read.h"
#include "policy/value/json.h"

static const char *const scope_names[] = {
    [ANNOTATION_RULE] = "rule",
    [ANNOTATION_DOCUMENT] = "document",
    [ANNOTATION_PACKAGE] = "package",
    [ANNOTATION_SUBPACKAGES] = "subpackages",
};

/* --- blocks ------------------------------------------------------------------------------ */

static const char *text_of(const struct rego_comment *c)
{
    return c->loc.source->text + c->loc.offset;
}

static bool at_line_start(const struct rego_comment *c)
{
    const size_t hash = c->loc.offset - 1;

    return hash == 0 || c->loc.source->text[hash - 1] == '\n';
}

static bool is_metadata(const struct rego_comment *c)
{
    const char *s = text_of(c);
    uint32_t n = c->loc.len;

    while (n > 0 && (*s == ' ' || *s == '\t')) {
        s++;
        n--;
    }
    return at_line_start(c) && n >= 8 && memcmp(s, "METADATA", 8) == 0;
}

static bool goes_on(const struct rego_comment *c, const struct rego_comment *before)
{
    return at_line_start(c) && !is_metadata(c) &&
           rego_pos_of(c->loc).line == rego_pos_of(before->loc).line + 1;
}

/* The block's YAML: its comments' texts less one space each. */
static void block_text(struct buf *b, const struct rego_comment *from, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *s = text_of(&from[i]);
        uint32_t len = from[i].loc.len;

        if (len > 0 && *s == ' ') {
            s++;
            len--;
        }
        if (len > 0 && s[len - 1] == '\r')
            len--;
        buf_add(b, s, len);
        buf_putc(b, '\n');
    }
}

static bool is_blank(const struct buf *b)
{
    for (size_t i = 0; i < b->len; i++)
        if (!strchr(" \t\r\n", b->data[i]))
            return false;
    return true;
}

/* --- what a block stands before ----------------------------------------------------------- */

enum stands { BEFORE_NOTHING, BEFORE_PACKAGE, BEFORE_IMPORT, BEFORE_RULE };

static enum stands next_statement(const struct rego_module *m, struct rego_loc loc,
                                  const struct rego_rule **rule)
{
    uint32_t best = UINT32_MAX;
    enum stands what = BEFORE_NOTHING;

    if (m->package_loc.offset > loc.offset) {
        best = m->package_loc.offset;
        what = BEFORE_PACKAGE;
    }
    for (size_t i = 0; i < m->imports_n; i++)
        if (m->imports[i].loc.offset > loc.offset && m->imports[i].loc.offset < best) {
            best = m->imports[i].loc.offset;
            what = BEFORE_IMPORT;
        }
    for (size_t i = 0; i < m->rules_n; i++)
        if (m->rules[i]->loc.offset > loc.offset && m->rules[i]->loc.offset < best) {
            best = m->rules[i]->loc.offset;
            what = BEFORE_RULE;
            *rule = m->rules[i];
        }
    return what;
}

static const struct value *rule_path(struct arena *a, const struct rego_rule *r)
{
    const struct value *const package = r->module->package;
    const struct rego_terms *const ref = &r->ref->u.list;
    struct value_list path = {0};

    for (size_t i = 0; i < package->count; i++)
        value_list_add(a, &path, value_at(package, i));
    value_list_add(a, &path, ref->at[0]->u.name);
    for (size_t i = 1; i < ref->n && ref->at[i]->kind == TERM_CONST; i++)
        value_list_add(a, &path, ref->at[i]->u.value);
    return value_list_array(a, &path);
}

static const char *scope_text(struct arena *a, const struct value *written, enum stands stands,
                              bool entrypoint)
{
    AUTO_BUF struct buf b = BUF_INIT;

    if (written && value_is(written, VALUE_STRING) && written->count > 0)
        return value_bytes(written);
    if (written && (value_is(written, VALUE_NUMBER) || value_is(written, VALUE_BOOL))) {
        json_print(&b, written, JSON_COMPACT);
        const char *const text = b.failed ? NULL : arena_strndup(a, b.data, b.len);

        return text ? text : "";
    }
    if (stands == BEFORE_RULE)
        return scope_names[entrypoint ? ANNOTATION_DOCUMENT : ANNOTATION_RULE];
    return stands == BEFORE_PACKAGE ? "package" : stands == BEFORE_IMPORT ? "import" : "";
}

/* Does the scope fit what follows? false: said why not. */
static bool scope_fits(struct arena *a, struct rego_diags *diags, struct rego_loc loc,
                       const char *scope, enum stands stands, bool entrypoint,
                       enum annotation_scope *out)
{
    static const char *const have[] = {[BEFORE_NOTHING] = "",
                                       [BEFORE_PACKAGE] = " (have package)",
                                       [BEFORE_IMPORT] = " (have import)",
                                       [BEFORE_RULE] = " (have rule)"};
    size_t s = 0;

    while (s < ARRAY_LEN(scope_names) && strcmp(scope, scope_names[s]) != 0)
        s++;
    if (s == ARRAY_LEN(scope_names)) {
        diag_add(a, diags, REGO_PARSE_ERROR, loc,
                 "invalid annotation scope '%s'. Use one of 'rule', 'document', 'package', or "
                 "'subpackages'",
                 scope);
        return false;
    }
    const bool of_rule = s == ANNOTATION_RULE || s == ANNOTATION_DOCUMENT;
    const size_t before = diags->n;

    if (stands != (of_rule ? BEFORE_RULE : BEFORE_PACKAGE)) {
        diag_add(a, diags, REGO_PARSE_ERROR, loc, "annotation scope '%s' must be applied to %s%s",
                 scope, of_rule ? "rule" : "package", have[stands]);
    }
    if (entrypoint && s != ANNOTATION_DOCUMENT && s != ANNOTATION_PACKAGE) {
        diag_add(a, diags, REGO_PARSE_ERROR, loc,
                 "annotation entrypoint applied to non-document or package scope '%s'", scope);
    }
    *out = (enum annotation_scope)s;
    return diags->n == before;
}

/* Where a comment's line begins. */
static struct rego_loc line_of(const struct rego_comment *c)
{
    return (struct rego_loc){c->loc.source, c->loc.offset - 1, c->loc.len + 1};
}

static const struct rego_annotations *read_block(struct arena *a, struct rego_module *m,
                                                 struct rego_diags *diags,
                                                 const struct rego_comment *head, size_t n)
{
    AUTO_BUF struct buf text = BUF_INIT;
    struct rego_annotations *const one = ARENA_NEW(a, struct rego_annotations);
    const struct value *raw;
    struct err err = ERR_INIT;

    const struct rego_loc first = line_of(head), last = line_of(head + n);

    block_text(&text, head + 1, n);
    if (!one || text.failed)
        return NULL;
    one->loc = first;
    if (is_blank(&text)) {
        diag_add(a, diags, REGO_PARSE_ERROR, first, "expected METADATA block, found whitespace");
        return NULL;
    }
    if (yaml_read_start(a, text.data, text.len, &raw, &err) < 0) {
        diag_add(a, diags, REGO_PARSE_ERROR, last, "%s", err.text);
        return NULL;
    }
    const enum stands stands = next_statement(m, head->loc, &one->rule);
    const struct value *const entrypoint = value_field(raw, "entrypoint");

    one->entrypoint = entrypoint && value_bool(entrypoint);
    const char *const scope = scope_text(a, value_field(raw, "scope"), stands, one->entrypoint);

    if (value_is(raw, VALUE_OBJECT) &&
        !scope_fits(a, diags, first, scope, stands, one->entrypoint, &one->scope))
        return NULL;
    if (one->scope == ANNOTATION_PACKAGE || one->scope == ANNOTATION_SUBPACKAGES)
        one->rule = NULL;
    one->path = one->rule ? rule_path(a, one->rule) : m->package;
    one->value = annotation_object(a, raw, scope, &err);
    if (!one->value && !a->failed)
        diag_add(a, diags, REGO_PARSE_ERROR, strncmp(err.text, "yaml: ", 6) == 0 ? last : first,
                 "%s", err.text);
    return one->value && one->path ? one : NULL;
}

void annotations_attach(struct arena *a, struct rego_module *m, struct rego_diags *diags)
{
    const struct rego_annotations **list = NULL;
    size_t n = 0;

    for (size_t i = 0; i < m->comments_n; i++) {
        size_t lines = 0;

        if (!is_metadata(&m->comments[i]))
            continue;
        while (i + lines + 1 < m->comments_n &&
               goes_on(&m->comments[i + lines + 1], &m->comments[i + lines]))
            lines++;
        const struct rego_annotations *const one = read_block(a, m, diags, &m->comments[i], lines);
        void *const at = one ? array_grow(a, list, n, sizeof(*list)) : NULL;

        if (at) {
            list = at;
            list[n++] = one;
        }
        i += lines;
    }
    m->annotations = (const struct rego_annotations *const *)list;
    m->annotations_n = n;
}

/* --- what applies to a rule -------------------------------------------------------------- */

static bool same_place(const struct rego_annotations *x, const struct rego_annotations *y)
{
    return x->scope == y->scope && x->scope != ANNOTATION_RULE && value_equal(x->path, y->path);
}

void annotations_check(struct arena *a, struct rego_module *const *modules, size_t n,
                       struct rego_diags *diags)
{
    struct rego_annotation_chain seen = {0};

    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < modules[i]->annotations_n; j++) {
            const struct rego_annotations *const one = modules[i]->annotations[j];
            const size_t before = diags->n;

            for (size_t k = 0; k < seen.n && diags->n == before; k++)
                if (same_place(seen.at[k], one))
                    diag_add(a, diags, REGO_TYPE_ERROR, one->loc, "%s annotation redeclared: %s:%u",
                             scope_names[one->scope],
                             seen.at[k]->loc.source->name ? seen.at[k]->loc.source->name : "",
                             rego_pos_of(seen.at[k]->loc).line);
            void *const at = array_grow(a, seen.at, seen.n, sizeof(*seen.at));

            if (!at)
                return;
            seen.at = at;
            seen.at[seen.n++] = one;
        }
}

static bool add(struct arena *a, struct rego_annotation_chain *c,
                const struct rego_annotations *one)
{
    void *const at = array_grow(a, c->at, c->n, sizeof(*c->at));

    if (!at)
        return false;
    c->at = at;
    c->at[c->n++] = one;
    return true;
}

static bool begins_with(const struct value *path, const struct value *prefix)
{
    for (size_t i = 0; i < prefix->count; i++)
        if (i >= path->count || !value_equal(value_at(path, i), value_at(prefix, i)))
            return false;
    return true;
}

/* Those of one scope, which `path` (the rule's or the package's) selects. */
static bool add_scope(struct arena *a, struct rego_module *const *modules, size_t n,
                      enum annotation_scope scope, const struct rego_rule *r,
                      const struct value *path, struct rego_annotation_chain *out)
{
    const size_t from = out->n;

    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < modules[i]->annotations_n; j++) {
            const struct rego_annotations *const one = modules[i]->annotations[j];
            const bool fits = scope == ANNOTATION_RULE          ? one->rule == r
                              : scope == ANNOTATION_SUBPACKAGES ? begins_with(path, one->path)
                                                                : value_equal(one->path, path);
            if (one->scope != scope || !fits)
                continue;
            if (!add(a, out, one))
                return false;
            /* Nearest first: later blocks, longer paths. */
            for (size_t k = out->n - 1;
                 k > from &&
                 (scope == ANNOTATION_RULE || one->path->count > out->at[k - 1]->path->count);
                 k--) {
                out->at[k] = out->at[k - 1];
                out->at[k - 1] = one;
            }
        }
    return true;
}

int annotations_of(struct arena *a, struct rego_module *const *modules, size_t n,
                   const struct rego_rule *r, struct rego_annotation_chain *out)
{
    const struct value *const path = rule_path(a, r);
    const struct value *const package = r->module->package;

    return path && add_scope(a, modules, n, ANNOTATION_RULE, r, path, out) &&
                   add_scope(a, modules, n, ANNOTATION_DOCUMENT, r, path, out) &&
                   add_scope(a, modules, n, ANNOTATION_PACKAGE, r, package, out) &&
                   add_scope(a, modules, n, ANNOTATION_SUBPACKAGES, r, package, out)
               ? 0
               : -1;
}

const struct value *annotations_rule(struct arena *a, struct rego_module *const *modules, size_t n,
                                     const struct rego_rule *r)
{
    struct rego_annotation_chain own = {0};

    if (!add_scope(a, modules, n, ANNOTATION_RULE, r, NULL, &own))
        return NULL;
    return own.n ? own.at[0]->value : value_object(a, NULL, NULL, 0);
}

static void add_link(struct arena *a, struct value_list *links, const struct value *path,
                     const struct value *annotations)
{
    struct value_fields link = {0};

    value_fields_add(a, &link, "path", path);
    value_fields_add(a, &link, "annotations", annotations);
    value_list_add(a, links, value_fields_object(a, &link));
}

const struct value *annotations_chain(struct arena *a, struct rego_module *const *modules, size_t n,
                                      const struct rego_rule *r)
{
    struct rego_annotation_chain chain = {0};
    struct value_list links = {0};

    if (annotations_of(a, modules, n, r, &chain) < 0)
        return NULL;
    /* The rule itself always leads, though nothing be said of it. */
    if (chain.n == 0 || chain.at[0]->scope != ANNOTATION_RULE)
        add_link(a, &links, rule_path(a, r), NULL);
    for (size_t i = 0; i < chain.n; i++)
        add_link(a, &links, chain.at[i]->path, chain.at[i]->value);
    return value_list_array(a, &links);
}
