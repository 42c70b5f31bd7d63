/* policy/build/gatekeeper_run.c - see gatekeeper_run.h. */
#include "policy/build/gatekeeper_run.h"

#include <string.h>

#include "base/clock.h"
#include "base/own.h"

#define ENTRY "data.sallyport.gatekeeper.run.result"

/* KIND stands in quotes: whatever it is, it is one key. */
static const char run_text[] =
    "package sallyport.gatekeeper.run\n"
    "import data.sallyport.gatekeeper.match\n"
    "objects := [o | some o in [input.object, input.oldObject]; o != null]\n"
    "targets := [{\"object\": o, \"namespace\": input.namespace, \"source\": input.source} | some o in objects]\n"
    "error := [e | some t in targets; e := match.error(input.match, t)][0]\n"
    "matched if { some t in targets; match.matches(input.match, t) }\n"
    "raised contains r if {\n"
    "  some r in data.sallyport.gatekeeper.templates[\"%s\"].violation\n"
    "    with input as input.in with data.inventory as input.inventory\n"
    "}\n"
    "finding(r) := {\"msg\": r.msg, \"details\": object.get(r, \"details\", {})}\n"
    "violations contains finding(r) if { matched; some r in raised }\n"
    "result := {\"error\": error} if error\n"
    "else := {\"violations\": violations}\n";

static int our_modules(struct arena *a, const char *kind, struct rego_module **modules,
                       struct rego_diags *diags, struct err *err)
{
    const struct rego_options opt = {.version = REGO_V1};
    struct rego_source *const sources = ARENA_NEW_N(a, struct rego_source, 2);
    const char *const text = arena_printf(a, run_text, kind);

    if (!sources || !text)
        return err_nomem(err);
    if (strpbrk(kind, "\"\\\n"))
        return err_set(err, ERR_INVALID, "the kind is no name");
    sources[0] = gatekeeper_match_source();
    sources[1] =
        (struct rego_source){.name = "gatekeeper/run.rego", .text = text, .len = strlen(text)};
    for (size_t i = 0; i < 2; i++)
        if (rego_parse(a, &sources[i], &opt, &modules[i], diags, err) < 0)
            return -1;
    return 0;
}

int gatekeeper_compile(struct arena *a, const struct gatekeeper_template *t,
                       struct gatekeeper_program *out, struct rego_diags *diags, struct err *err)
{
    static const char *const words[] = {"sallyport", "gatekeeper", "run", "result"};
    const struct rego_options opt = {.version = REGO_V1, .keep_prints = true};
    struct rego_module *modules[GATEKEEPER_LIBS_MAX + 4];
    AUTO_BUF struct buf bytes = {.max = IMAGE_BYTES_MAX};
    struct value_list path = {0};
    struct rego_program *program;
    size_t n;

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        value_list_add(a, &path, value_str(a, words[i]));
    const struct rego_entry entry = {.name = ENTRY, .path = value_list_array(a, &path)};
    if (!entry.path)
        return err_nomem(err);
    if (gatekeeper_modules(a, t, &opt, modules, &n, diags, err) < 0 ||
        our_modules(a, t->kind, modules + n, diags, err) < 0 ||
        rego_check(a, modules, n + 2, &entry, 1, NULL, &opt, &program, diags, err) < 0 ||
        rego_emit(a, program, &entry, 1, NULL, &bytes, err) < 0)
        return -1;
    void *const kept = arena_alloc(a, bytes.len);
    if (!kept)
        return err_nomem(err);
    memcpy(kept, bytes.data, bytes.len);
    out->image = IMAGE_INIT;
    return image_borrow(&out->image, kept, bytes.len, err);
}

/* --- what is reviewed --------------------------------------------------------------------- */

static const struct value *empty(struct arena *a)
{
    return value_object(a, NULL, NULL, 0);
}

static bool is_set(const struct value *v)
{
    return v && !value_is(v, VALUE_NULL);
}

/* GROUP/VERSION and kind, as AdmissionRequest.kind has them. */
static const struct value *kind_of(struct arena *a, const struct value *object)
{
    const char *const version = value_cstr(value_field(object, "apiVersion"));
    const char *const slash = version ? strchr(version, '/') : NULL;
    struct value_fields f = {0};

    value_fields_add(
        a, &f, "group",
        value_string(a, version ? version : "", slash ? (size_t)(slash - version) : 0));
    value_fields_add(a, &f, "version", value_str(a, slash ? slash + 1 : version ? version : ""));
    value_fields_add(a, &f, "kind", value_field(object, "kind"));
    return value_fields_object(a, &f);
}

static const struct value *bare_request(struct arena *a, const struct value *object)
{
    struct value_fields f = {0}, resource = {0};
    static const char *const parts[] = {"group", "version", "resource"};
    static const char *const names[] = {"name", "namespace"};

    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        value_fields_add(a, &resource, parts[i], value_str(a, ""));
    value_fields_add(a, &f, "uid", value_str(a, ""));
    value_fields_add(a, &f, "kind", kind_of(a, object));
    value_fields_add(a, &f, "resource", value_fields_object(a, &resource));
    value_fields_add(a, &f, "operation", value_str(a, ""));
    value_fields_add(a, &f, "userInfo", empty(a));
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const struct value *const v = value_path(object, "metadata", names[i], NULL);

        if (v && value_is(v, VALUE_STRING) && v->count > 0)
            value_fields_add(a, &f, names[i], v);
    }
    value_fields_add(a, &f, "object", object);
    value_fields_add(a, &f, "oldObject", &value_null);
    value_fields_add(a, &f, "options", &value_null);
    return value_fields_object(a, &f);
}

static int known_fields(const struct value *object, const char *const *names, size_t n,
                        const char *where, struct err *err)
{
    for (size_t i = 0; i < object->count; i++) {
        size_t k = 0;

        while (k < n && !value_is_str(value_key_at(object, i), names[k]))
            k++;
        if (k == n)
            return err_set(err, ERR_INVALID,
                           "not a valid AdmissionReview object: unable to convert to an "
                           "AdmissionReview object, error: strict decoding error: unknown field "
                           "\"%s%s\"",
                           where, value_bytes(value_key_at(object, i)));
    }
    return 0;
}

static int admission_request(struct arena *a, const struct value *review, const struct value **out,
                             struct err *err)
{
    static const char *const outer[] = {"apiVersion", "kind", "metadata", "request", "response"};
    static const char *const inner[] = {
        "uid",       "kind",      "resource",  "subResource", "requestKind", "requestResource",
        "name",      "namespace", "operation", "userInfo",    "object",      "requestSubResource",
        "oldObject", "dryRun",    "options"};
    const struct value *const request = value_field(review, "request");

    /* metadata is what every document may carry; the type has none, and reads past it */
    if (known_fields(review, outer, ARRAY_LEN(outer), "", err) < 0)
        return -1;
    if (!is_set(request) || !value_is(request, VALUE_OBJECT))
        return err_set(err, ERR_INVALID,
                       "missing an AdmissionRequest object: request did not actually pass in an "
                       "AdmissionRequest");
    if (known_fields(request, inner, ARRAY_LEN(inner), "request.", err) < 0)
        return -1;
    const struct value *const object = value_field(request, "object");
    const struct value *const old = value_field(request, "oldObject");
    if (!is_set(object) && !is_set(old))
        return err_set(err, ERR_INVALID,
                       "no object or oldObject found to review: AdmissionRequest does not contain "
                       "an \"object\" or \"oldObject\" to review");
    *out = request;
    if (!value_is_str(value_field(request, "operation"), "DELETE"))
        return 0;
    if (!is_set(old))
        return err_set(err, ERR_INVALID, "oldObject cannot be nil for DELETE operations");
    const struct value *const key = value_str(a, "object");
    *out = key ? value_object_with(a, request, key, old) : NULL;
    return *out ? 0 : err_nomem(err);
}

static int check_object(const struct value *object, struct err *err)
{
    if (!is_set(object))
        return 0;
    if (!value_cstr(value_field(object, "kind")))
        return err_set(err, ERR_INVALID,
                       "object or oldObject cannot be unmarshalled: Object 'Kind' is missing");
    return 0;
}

int gatekeeper_request(struct arena *a, const struct value *object, struct gatekeeper_review *out,
                       struct err *err)
{
    const char *const version = value_cstr(value_field(object, "apiVersion"));

    *out = (struct gatekeeper_review){.source = "Original"};
    if (!value_is(object, VALUE_OBJECT))
        return err_set(err, ERR_INVALID, "not a Kubernetes object");
    if (value_is_str(value_field(object, "kind"), "AdmissionReview") && version &&
        strncmp(version, "admission.k8s.io/", 17) == 0) {
        if (admission_request(a, object, &out->request, err) < 0)
            return -1;
    } else {
        out->request = bare_request(a, object);
    }
    if (!out->request)
        return err_nomem(err);
    return check_object(value_field(out->request, "object"), err) < 0 ||
                   check_object(value_field(out->request, "oldObject"), err) < 0
               ? -1
               : 0;
}

/* --- data.inventory ----------------------------------------------------------------------- */

static const struct value *put(struct arena *a, const struct value *in,
                               const struct value *const *path, size_t n, const struct value *leaf)
{
    if (n == 0)
        return leaf;
    const struct value *const at = in && value_is(in, VALUE_OBJECT) ? in : empty(a);
    const struct value *const child =
        at ? put(a, value_get(at, path[0]), path + 1, n - 1, leaf) : NULL;

    return child ? value_object_with(a, at, path[0], child) : NULL;
}

int gatekeeper_inventory_add(struct arena *a, struct gatekeeper_inventory *inv,
                             const struct value *object, struct err *err)
{
    const struct value *const version = value_field(object, "apiVersion");
    const struct value *const kind = value_field(object, "kind");
    const struct value *const name = value_path(object, "metadata", "name", NULL);
    const struct value *const ns = value_path(object, "metadata", "namespace", NULL);
    const struct value *path[5];
    size_t n = 0;

    if (!value_cstr(version) || !value_cstr(kind))
        return err_set(err, ERR_INVALID, "unable to add object to data.inventory: it has no %s",
                       value_cstr(version) ? "kind" : "apiVersion");
    if (!value_cstr(name))
        return err_set(err, ERR_INVALID, "unable to add object to data.inventory: it has no name");
    const bool namespaced = ns && value_is(ns, VALUE_STRING) && ns->count > 0;
    path[n++] = value_str(a, namespaced ? "namespace" : "cluster");
    if (namespaced)
        path[n++] = ns;
    path[n++] = version;
    path[n++] = kind;
    path[n++] = name;
    if (!path[0])
        return err_nomem(err);
    inv->data = put(a, inv->data, path, n, object);
    return inv->data ? 0 : err_nomem(err);
}

static const struct value *namespace_object(const struct gatekeeper_inventory *inv,
                                            const struct value *request)
{
    const char *const name = value_cstr(value_field(request, "namespace"));
    const struct value *const got =
        name ? value_path(inv->data, "cluster", "v1", "Namespace", name, NULL) : NULL;

    return got ? got : &value_null;
}

/* --- the judgement ------------------------------------------------------------------------ */

static const struct value *or_null(const struct value *v)
{
    return v ? v : &value_null;
}

static const struct value *run_input(struct arena *a, const struct gatekeeper_constraint *c,
                                     const struct gatekeeper_review *review,
                                     const struct gatekeeper_inventory *inv)
{
    struct value_fields f = {0}, in = {0};
    const struct value *const ns = namespace_object(inv, review->request);
    const struct value *const key = value_str(a, "namespaceObject");

    value_fields_add(a, &in, "review", key ? value_object_with(a, review->request, key, ns) : NULL);
    value_fields_add(a, &in, "parameters", c->parameters);
    value_fields_add(a, &f, "in", value_fields_object(a, &in));
    value_fields_add(a, &f, "match", c->match);
    value_fields_add(a, &f, "object", or_null(value_field(review->request, "object")));
    value_fields_add(a, &f, "oldObject", or_null(value_field(review->request, "oldObject")));
    value_fields_add(a, &f, "namespace", ns);
    value_fields_add(a, &f, "source", value_str(a, review->source));
    value_fields_add(a, &f, "inventory", inv->data ? inv->data : empty(a));
    return value_fields_object(a, &f);
}

static const struct value *one_violation(struct arena *a, const char *msg)
{
    struct value_fields f = {0};
    struct value_list l = {0};

    value_fields_add(a, &f, "msg", value_str(a, msg));
    value_fields_add(a, &f, "details", empty(a));
    value_list_add(a, &l, value_fields_object(a, &f));
    return value_list_array(a, &l);
}

static int collect(struct arena *a, const struct gatekeeper_constraint *c,
                   const struct value *result, const struct value **out, struct err *err)
{
    const struct value *const error = value_field(result, "error");
    const struct value *const set = value_field(result, "violations");
    struct value_list l = {0};

    if (error) {
        *out = one_violation(
            a, arena_printf(a, "unable to match constraints: %s :failed to run Match criteria: %s",
                            c->name, value_bytes(error)));
        return *out ? 0 : err_nomem(err);
    }
    for (size_t i = 0; set && i < set->count; i++) {
        const struct value *const v = value_at(set, i);

        if (!value_is(value_field(v, "msg"), VALUE_STRING))
            return err_set(err, ERR_INVALID, "constraint %s: a violation's msg is no text",
                           c->name);
        value_list_add(a, &l, v);
    }
    *out = value_list_array(a, &l);
    return *out ? 0 : err_nomem(err);
}

int gatekeeper_judge(struct arena *a, const struct gatekeeper_program *p,
                     const struct gatekeeper_constraint *c, const struct gatekeeper_review *review,
                     const struct gatekeeper_inventory *inv, const char *point, struct buf *prints,
                     const struct value **violations, struct err *err)
{
    const struct machine_options opt = {.now_ns = clock_wall_ns(), .seed = 1, .prints = prints};
    struct machine_stats stats;
    const struct value *result = NULL;
    struct err why = ERR_INIT;

    if (gatekeeper_action(c, point) == GATEKEEPER_NONE) {
        *violations = value_array(a, NULL, 0);
        return *violations ? 0 : err_nomem(err);
    }
    const struct value *const input = run_input(a, c, review, inv);
    if (!input)
        return err_nomem(err);
    if (machine_run(&p->image, ENTRY, input, a, &opt, &result, &stats, &why) < 0) {
        *violations = one_violation(a, why.text);
        return *violations ? 0 : err_nomem(err);
    }
    return collect(a, c, result, violations, err);
}
