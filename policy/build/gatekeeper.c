/* policy/build/gatekeeper.c - see gatekeeper.h. */
#include "policy/build/gatekeeper.h"

#include <ctype.h>
#include <string.h>

#include "base/own.h"
#include "base/str.h"

#define TARGET "admission.k8s.gatekeeper.sh"

static const char *group_of(const struct value *doc, size_t *len)
{
    const char *const version = value_cstr(value_field(doc, "apiVersion"));
    const char *const slash = version ? strchr(version, '/') : NULL;

    *len = slash ? (size_t)(slash - version) : 0;
    return slash ? version : "";
}

static bool in_group(const struct value *doc, const char *group)
{
    size_t len;
    const char *const own = group_of(doc, &len);

    return len == strlen(group) && memcmp(own, group, len) == 0;
}

bool gatekeeper_is_template(const struct value *doc)
{
    return value_is(doc, VALUE_OBJECT) && in_group(doc, "templates.gatekeeper.sh") &&
           value_is_str(value_field(doc, "kind"), "ConstraintTemplate");
}

bool gatekeeper_is_constraint(const struct value *doc)
{
    return value_is(doc, VALUE_OBJECT) && in_group(doc, "constraints.gatekeeper.sh");
}

static const struct value *objectish(const struct value *v)
{
    return v && value_is(v, VALUE_OBJECT) ? v : NULL;
}

/* --- templates ---------------------------------------------------------------------------- */

static bool lowered(const char *name, const char *kind)
{
    for (; *name && *kind; name++, kind++)
        if (*name != (char)tolower((unsigned char)*kind))
            return false;
    return *name == *kind;
}

/* The source to run: `rego` beside `code`, else the first code of engine Rego. */
static const struct value *source_of(const struct value *target, bool *other_engine)
{
    const struct value *const legacy = value_field(target, "rego");
    const struct value *const code = value_field(target, "code");

    *other_engine = false;
    if (legacy && value_is(legacy, VALUE_STRING) && legacy->count > 0)
        return target;
    for (size_t i = 0; code && value_is(code, VALUE_ARRAY) && i < code->count; i++) {
        if (value_is_str(value_field(value_at(code, i), "engine"), "Rego"))
            return objectish(value_field(value_at(code, i), "source"));
        *other_engine = true;
    }
    return NULL;
}

static int read_source(struct arena *a, const struct value *source, struct gatekeeper_template *out,
                       struct err *err)
{
    const struct value *const version = value_field(source, "version");
    const struct value *const libs = value_field(source, "libs");

    out->rego = value_field(source, "rego");
    out->version = REGO_V0;
    if (!out->rego || !value_is(out->rego, VALUE_STRING))
        return err_set(err, ERR_INVALID, "%s: template %s: rego is no text", out->file, out->name);
    if (value_is_str(version, "v1"))
        out->version = REGO_V1;
    else if (version && !value_is_str(version, "v0") && !value_is_str(version, ""))
        return err_set(err, ERR_INVALID, "%s: template %s: Rego version is neither v0 nor v1",
                       out->file, out->name);
    out->libs = libs && !value_is(libs, VALUE_NULL) ? libs : value_array(a, NULL, 0);
    if (!out->libs)
        return err_nomem(err);
    if (!value_is(out->libs, VALUE_ARRAY) || out->libs->count > GATEKEEPER_LIBS_MAX)
        return err_set(err, ERR_INVALID, "%s: template %s: libs is no list of at most %d texts",
                       out->file, out->name, GATEKEEPER_LIBS_MAX);
    for (size_t i = 0; i < out->libs->count; i++)
        if (!value_is(value_at(out->libs, i), VALUE_STRING))
            return err_set(err, ERR_INVALID, "%s: template %s: libs[%zu] is no text", out->file,
                           out->name, i);
    return 0;
}

static int read_target(struct arena *a, const struct value *spec, struct gatekeeper_template *out,
                       struct err *err)
{
    const struct value *const targets = value_field(spec, "targets");
    bool other = false;

    if (!targets || !value_is(targets, VALUE_ARRAY) || targets->count != 1)
        return err_set(err, ERR_INVALID, "%s: template %s: expected exactly 1 item in targets",
                       out->file, out->name);
    const struct value *const target = value_at(targets, 0);
    if (!value_is_str(value_field(target, "target"), TARGET))
        return err_set(err, ERR_INVALID, "%s: template %s: the target is not " TARGET, out->file,
                       out->name);
    const struct value *const source = source_of(target, &other);
    if (!source)
        return err_set(err, ERR_INVALID, "%s: template %s has no Rego%s", out->file, out->name,
                       other ? ", and code of another engine is not run" : "");
    return read_source(a, source, out, err);
}

int gatekeeper_template(struct arena *a, const struct value *doc, const char *file,
                        struct gatekeeper_template *out, struct err *err)
{
    const struct value *const spec = objectish(value_field(doc, "spec"));
    const struct value *const crd = objectish(value_path(doc, "spec", "crd", "spec", NULL));
    const struct value *const validation = objectish(value_field(crd, "validation"));

    *out = (struct gatekeeper_template){.doc = doc, .file = file};
    if (!gatekeeper_is_template(doc))
        return err_set(err, ERR_INVALID, "%s: not a ConstraintTemplate", file);
    out->name = value_cstr(value_path(doc, "metadata", "name", NULL));
    out->kind = value_cstr(value_path(crd, "names", "kind", NULL));
    if (!out->name || !*out->name)
        return err_set(err, ERR_INVALID, "%s: the template has no name", file);
    if (!out->kind || !*out->kind)
        return err_set(err, ERR_INVALID, "%s: template %s has no spec.crd.spec.names.kind", file,
                       out->name);
    if (!lowered(out->name, out->kind))
        return err_set(err, ERR_INVALID,
                       "%s: the ConstraintTemplate's name %s is not the lowercase of CRD's Kind %s",
                       file, out->name, out->kind);
    out->declared = objectish(value_field(validation, "openAPIV3Schema"));
    if (!out->declared)
        out->declared = objectish(value_field(validation, "legacySchema"));
    if (out->declared && !(out->schema = gatekeeper_json_schema(a, out->declared)))
        return err_nomem(err);
    return read_target(a, spec, out, err);
}

/* --- constraints -------------------------------------------------------------------------- */

/* What the schema that every constraint's kind has says of spec.match. */
/* clang-format off */
static const struct {
    const char *key;
    enum value_type type;
} match_keys[] = {
    { "source",             VALUE_STRING },
    { "kinds",              VALUE_ARRAY  },
    { "scope",              VALUE_STRING },
    { "namespaces",         VALUE_ARRAY  },
    { "excludedNamespaces", VALUE_ARRAY  },
    { "labelSelector",      VALUE_OBJECT },
    { "namespaceSelector",  VALUE_OBJECT },
    { "name",               VALUE_STRING },
};

static const char *const type_words[] = {
    [VALUE_NULL] = "null", [VALUE_BOOL] = "a boolean", [VALUE_NUMBER] = "a number",
    [VALUE_STRING] = "a string", [VALUE_ARRAY] = "an array", [VALUE_OBJECT] = "an object",
    [VALUE_SET] = "a set",
};

static const struct {
    const char *word;
    enum gatekeeper_action action;
} actions[] = {
    { "deny",   GATEKEEPER_DENY   },
    { "warn",   GATEKEEPER_WARN   },
    { "dryrun", GATEKEEPER_DRYRUN },
};
/* clang-format on */

static int all_strings(const struct gatekeeper_constraint *c, const char *where,
                       const struct value *list, struct err *err)
{
    for (size_t i = 0; list && i < list->count; i++)
        if (!value_is(value_at(list, i), VALUE_STRING))
            return err_set(err, ERR_INVALID,
                           "%s: constraint %s: spec.match.%s[%zu] is not a string", c->file,
                           c->name, where, i);
    return 0;
}

static int check_kinds(const struct gatekeeper_constraint *c, const struct value *kinds,
                       struct err *err)
{
    static const char *const keys[] = {"kinds", "apiGroups"};

    for (size_t i = 0; kinds && i < kinds->count; i++) {
        for (size_t k = 0; k < ARRAY_LEN(keys); k++) {
            const struct value *const list = value_field(value_at(kinds, i), keys[k]);

            if (!value_is(value_at(kinds, i), VALUE_OBJECT) ||
                (list && !value_is(list, VALUE_ARRAY)))
                return err_set(err, ERR_INVALID,
                               "%s: constraint %s: spec.match.kinds[%zu] is wrong", c->file,
                               c->name, i);
            if (list && all_strings(c, "kinds", list, err) < 0)
                return -1;
        }
    }
    return 0;
}

/* metav1.LabelSelector, as the API server validates it. */
static int check_selector(const struct gatekeeper_constraint *c, const char *where,
                          const struct value *selector, struct err *err)
{
    static const char *const operators[] = {"In", "NotIn", "Exists", "DoesNotExist"};
    const struct value *const labels = value_field(selector, "matchLabels");
    const struct value *const list = value_field(selector, "matchExpressions");

    for (size_t i = 0; labels && value_is(labels, VALUE_OBJECT) && i < labels->count; i++)
        if (!value_is(value_val_at(labels, i), VALUE_STRING))
            return err_set(err, ERR_INVALID,
                           "%s: constraint %s: spec.match.%s.matchLabels: not a string", c->file,
                           c->name, where);
    for (size_t i = 0; list && value_is(list, VALUE_ARRAY) && i < list->count; i++) {
        const struct value *const op = value_field(value_at(list, i), "operator");
        const struct value *const values = value_field(value_at(list, i), "values");
        const size_t n = values && value_is(values, VALUE_ARRAY) ? values->count : 0;
        size_t o = 0;

        while (o < ARRAY_LEN(operators) && !value_is_str(op, operators[o]))
            o++;
        if (o == ARRAY_LEN(operators) || !value_cstr(value_field(value_at(list, i), "key")))
            return err_set(err, ERR_INVALID,
                           "%s: constraint %s: spec.match.%s.matchExpressions[%zu]: not a valid "
                           "selector operator, or no key",
                           c->file, c->name, where, i);
        if ((o < 2) != (n > 0))
            return err_set(err, ERR_INVALID,
                           "%s: constraint %s: spec.match.%s.matchExpressions[%zu]: values %s for "
                           "%s",
                           c->file, c->name, where, i, o < 2 ? "must be given" : "may not be given",
                           operators[o]);
    }
    return 0;
}

static int check_match(const struct gatekeeper_constraint *c, struct err *err)
{
    static const char *const selectors[] = {"labelSelector", "namespaceSelector"};
    static const char *const lists[] = {"namespaces", "excludedNamespaces"};

    for (size_t i = 0; i < ARRAY_LEN(match_keys); i++) {
        const struct value *const v = value_field(c->match, match_keys[i].key);

        if (v && !value_is(v, match_keys[i].type))
            return err_set(err, ERR_INVALID, "%s: constraint %s: spec.match.%s must be %s", c->file,
                           c->name, match_keys[i].key, type_words[match_keys[i].type]);
    }
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        if (all_strings(c, lists[i], value_field(c->match, lists[i]), err) < 0)
            return -1;
    for (size_t i = 0; i < ARRAY_LEN(selectors); i++)
        if (check_selector(c, selectors[i], value_field(c->match, selectors[i]), err) < 0)
            return -1;
    return check_kinds(c, value_field(c->match, "kinds"), err);
}

/* doc with spec.parameters replaced. */
static const struct value *with_parameters(struct arena *a, const struct value *doc,
                                           const struct value *parameters)
{
    const struct value *const spec_key = value_str(a, "spec"), *const key =
                                                                   value_str(a, "parameters");
    const struct value *spec = objectish(value_field(doc, "spec"));

    if (!spec)
        spec = value_object(a, NULL, NULL, 0);
    if (spec_key && key && spec)
        spec = value_object_with(a, spec, key, parameters);
    return spec_key && spec ? value_object_with(a, doc, spec_key, spec) : NULL;
}

static int read_parameters(struct arena *a, const struct value *spec,
                           const struct gatekeeper_template *t, struct gatekeeper_constraint *out,
                           bool *schema, struct err *err)
{
    const struct value *got = value_field(spec, "parameters");

    if (!got || value_is(got, VALUE_NULL))
        got = value_object(a, NULL, NULL, 0);
    if (!got)
        return err_nomem(err);
    if (t->declared) {
        got = gatekeeper_defaults(a, t->declared, got);
        if (!got)
            return err_nomem(err);
        const int fits = gatekeeper_fits(a, t->schema, got, err);
        if (fits <= 0) {
            *schema = fits == 0;
            return err_ctx(err, "%s: constraint %s: spec.parameters", out->file, out->name);
        }
    }
    out->parameters = got;
    out->doc = with_parameters(a, out->doc, got);
    return out->doc ? 0 : err_nomem(err);
}

int gatekeeper_constraint(struct arena *a, const struct value *doc, const char *file,
                          const struct gatekeeper_template *t, struct gatekeeper_constraint *out,
                          bool *schema, struct err *err)
{
    const struct value *const spec = objectish(value_field(doc, "spec"));
    const struct value *const action = value_field(spec, "enforcementAction");
    bool unused = false;

    schema = schema ? schema : &unused;
    *schema = false;
    *out = (struct gatekeeper_constraint){.doc = doc, .file = file};
    if (!gatekeeper_is_constraint(doc))
        return err_set(err, ERR_INVALID, "%s: not a Constraint", file);
    out->name = value_cstr(value_path(doc, "metadata", "name", NULL));
    out->kind = value_cstr(value_field(doc, "kind"));
    if (!out->name || !*out->name)
        return err_set(err, ERR_INVALID, "%s: the constraint has no name", file);
    if (!out->kind || strcmp(out->kind, t->kind) != 0)
        return err_set(err, ERR_INVALID, "%s: constraint %s is of kind %s, the template's is %s",
                       file, out->name, out->kind ? out->kind : "nothing", t->kind);
    *schema = true; /* what follows is the CRD's schema to refuse */
    if (action && !value_is(action, VALUE_STRING))
        return err_set(err, ERR_INVALID, "%s: constraint %s: enforcementAction is not a string",
                       file, out->name);
    out->action = action && action->count ? value_bytes(action) : "deny";
    out->match = objectish(value_field(spec, "match"));
    if (!out->match)
        out->match = value_object(a, NULL, NULL, 0);
    if (!out->match)
        return err_nomem(err);
    if (check_match(out, err) < 0)
        return -1;
    *schema = false;
    return read_parameters(a, spec, t, out, schema, err);
}

static enum gatekeeper_action action_of(const struct value *word)
{
    for (size_t i = 0; i < ARRAY_LEN(actions); i++)
        if (value_is_str(word, actions[i].word))
            return actions[i].action;
    return GATEKEEPER_DRYRUN; /* Gatekeeper's webhook takes no notice of an action it does not know
                               */
}

static bool names_point(const struct value *scoped, const char *point)
{
    const struct value *const points = value_field(scoped, "enforcementPoints");

    for (size_t i = 0; points && value_is(points, VALUE_ARRAY) && i < points->count; i++) {
        const struct value *const name = value_field(value_at(points, i), "name");

        if (value_is_str(name, "*") || value_is_str(name, point))
            return true;
    }
    return false;
}

enum gatekeeper_action gatekeeper_action(const struct gatekeeper_constraint *c, const char *point)
{
    const struct value *const scoped = value_path(c->doc, "spec", "scopedEnforcementActions", NULL);
    enum gatekeeper_action best = GATEKEEPER_NONE;

    if (strcmp(c->action, "scoped") != 0) {
        for (size_t i = 0; i < ARRAY_LEN(actions); i++)
            if (strcmp(c->action, actions[i].word) == 0)
                return actions[i].action;
        return GATEKEEPER_DRYRUN;
    }
    for (size_t i = 0; scoped && value_is(scoped, VALUE_ARRAY) && i < scoped->count; i++) {
        const enum gatekeeper_action one = action_of(value_field(value_at(scoped, i), "action"));

        if (names_point(value_at(scoped, i), point) && one < best)
            best = one;
    }
    return best;
}
