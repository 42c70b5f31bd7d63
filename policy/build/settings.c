/* policy/build/settings.c - see settings.h. */
#include "policy/build/settings.h"

#include <string.h>

#include "base/own.h"
#include "policy/build/shape.h"
#include "policy/schema/schemas.h"
#include "policy/value/json.h"

/* What a file that says nothing means. */
/* clang-format off */
static const struct {
    const char *key, *text;
} defaults[] = {
    { "runtime",               "/usr/bin/runc"      },
    { "level",                 "baseline"           },
    { "mode",                  "enforce"            },
    { "on_error",              "refuse"             },
    { "on_log_failure",        "refuse"             },
    { "on_unknown_container",  "warn"               },
    { "log",                   "/var/log/sallyport" },
    { "lifecycle_events",      "off"                },
    { "state",                 "/run/sallyport"     },
};

/* From the strictest on. */
static const char *const modes[] = {"enforce", "warn", "audit", "off"};
static const char *const levels[] = {"restricted", "baseline"};
static const char *const outcomes[] = {"refuse", "warn"};
static const char *const outcome_keys[] = {"on_error", "on_log_failure", "on_unknown_container"};
static const char *const families[] = {"runc", "crun", "youki"};
/* clang-format on */

static int fail_at(const char *file, const struct yaml_node *n, struct err *err, const char *what,
                   const char *name)
{
    return err_set(err, ERR_INVALID, "%s:%u:%u: %s%s%.100s", file, n->line, n->col, what,
                   name ? ": " : "", name ? name : "");
}

static size_t rank(const char *const *names, size_t n, const struct value *v)
{
    for (size_t i = 0; i < n; i++) {
        if (value_is_str(v, names[i]))
            return i;
    }
    return 0;
}

static int load_schema(struct arena *a, const char *def, const struct value **out, struct err *err)
{
    const struct schema_text text = schema_settings();

    if (json_parse(a, text.text, text.len, JSON_STRICT, out, NULL, err) < 0)
        return err_ctx(err, "schema of the settings");
    if (def) {
        struct value_fields f = {0};

        value_fields_add(a, &f, "$defs", value_field(*out, "$defs"));
        value_fields_add(a, &f, "$ref", value_strf(a, "#/$defs/%s", def));
        *out = value_fields_object(a, &f);
    }
    return *out ? 0 : err_nomem(err);
}

/* Whose command line the runtime understands: by what the file says, else by its name. */
static const struct value *family_of(struct arena *a, const struct value *said,
                                     const struct value *runtime)
{
    const char *const path = value_cstr(runtime);
    const char *const slash = path ? strrchr(path, '/') : NULL;

    if (said)
        return said;
    for (size_t i = 0; slash && i < ARRAY_LEN(families); i++) {
        const size_t n = strlen(families[i]);

        if (strncmp(slash + 1, families[i], n) == 0 &&
            (slash[1 + n] == '\0' || strchr(".-_", slash[1 + n])))
            return value_str(a, families[i]);
    }
    return NULL;
}

/* The narrower document's field, else the wider one's. */
static const struct value *either(const struct value *narrow, const struct value *wide,
                                  const char *key)
{
    const struct value *const v = value_field(narrow, key);

    return v ? v : value_field(wide, key);
}

/* SETTINGS of the image's meta (policy/schema/README.md). */
static const struct value *meta_of(struct arena *a, const struct value *own,
                                   const struct value *base, const struct value *family)
{
    static const char *const copied[] = {
        "runtime",
        "level",
        "mode",
        "on_error",
        "on_log_failure",
        "on_unknown_container",
        "log",
        "state",
        "host_labels",
        "lifecycle_events",
        "document_mib_per_day",
    };
    struct value_fields f = {0};
    const struct value *const none = value_array(a, NULL, 0);
    const struct value *verbs = either(own, base, "allow_verbs");
    const struct value *options = either(own, base, "allow_options");
    const struct value *weaker = value_field(own, "weaker");

    for (size_t i = 0; i < ARRAY_LEN(copied); i++)
        value_fields_add(a, &f, copied[i], either(own, base, copied[i]));
    value_fields_add(a, &f, "family", family);
    value_fields_add(a, &f, "weaker", weaker ? weaker : &value_false);
    value_fields_add(a, &f, "allow_verbs", verbs ? verbs : none);
    value_fields_add(a, &f, "allow_options", options ? options : none);
    return value_fields_object(a, &f);
}

static const struct value *with_defaults(struct arena *a, const struct value *doc)
{
    static const char *const maps[] = {"registrations", "rules", "parameters"};
    const struct value *out = doc;

    for (size_t i = 0; i < ARRAY_LEN(defaults) && out; i++) {
        const struct value *const key = value_str(a, defaults[i].key);

        if (key && !value_get(out, key))
            out = value_object_with(a, out, key, value_str(a, defaults[i].text));
    }
    for (size_t i = 0; i < ARRAY_LEN(maps) && out; i++) {
        const struct value *const key = value_str(a, maps[i]);

        if (key && !value_get(out, key))
            out = value_object_with(a, out, key, value_object(a, NULL, NULL, 0));
    }
    const struct value *const scopes = value_str(a, "scopes");
    if (out && scopes && !value_get(out, scopes))
        out = value_object_with(a, out, scopes, value_array(a, NULL, 0));
    return out;
}

/* Whether `own` asks less than `base` anywhere. */
static bool weaker_than(const struct value *own, const struct value *base)
{
    const struct value *const rules = value_field(own, "rules");

    if (rank(modes, ARRAY_LEN(modes), either(own, base, "mode")) >
            rank(modes, ARRAY_LEN(modes), value_field(base, "mode")) ||
        rank(levels, ARRAY_LEN(levels), either(own, base, "level")) >
            rank(levels, ARRAY_LEN(levels), value_field(base, "level")))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(outcome_keys); i++) {
        if (rank(outcomes, ARRAY_LEN(outcomes), either(own, base, outcome_keys[i])) >
            rank(outcomes, ARRAY_LEN(outcomes), value_field(base, outcome_keys[i])))
            return true;
    }
    for (size_t i = 0; rules && i < rules->count; i++) {
        const struct value *const wide =
            value_path(base, "rules", value_bytes(value_key_at(rules, i)), "mode", NULL);
        const struct value *const narrow = value_field(value_val_at(rules, i), "mode");

        if (rank(modes, ARRAY_LEN(modes), narrow) > rank(modes, ARRAY_LEN(modes), wide) ||
            value_field(value_val_at(rules, i), "percent"))
            return true;
    }
    /* A parameter can allow what the default refuses: nobody can tell from here. */
    return value_field(own, "parameters") != NULL || value_field(own, "allow_verbs") != NULL ||
           value_field(own, "allow_options") != NULL;
}

static bool chosen_by_requester(const struct value *selector)
{
    return value_field(selector, "label") || value_field(selector, "image_name");
}

static int check_scopes(const char *file, const struct yaml_node *tree, const struct value *base,
                        struct err *err)
{
    const struct yaml_node *const scopes = yaml_get(tree, "scopes");

    for (size_t i = 0; scopes && i < scopes->n; i++) {
        const struct yaml_node *const selector = yaml_get(scopes->kids[i], "selector");

        if (selector->n == 0)
            return fail_at(file, selector, err, "the selector is empty: say it as default", NULL);
        if (chosen_by_requester(selector->value) && weaker_than(scopes->kids[i]->value, base))
            return fail_at(file, selector, err,
                           "label and image_name are the requester's choice: a scope that goes by "
                           "them may not weaken",
                           NULL);
    }
    return 0;
}

static int read_registrations(struct arena *a, const char *file, const struct yaml_node *tree,
                              const struct value *base, const struct value *base_family,
                              const struct value **out, struct err *err)
{
    const struct yaml_node *const regs = yaml_get(tree, "registrations");
    struct value_fields f = {0};

    for (size_t i = 0; regs && i < regs->n; i++) {
        const struct value *const own = regs->kids[i]->value;
        const char *const name = value_bytes(regs->keys[i]->value);

        if (weaker_than(own, base) &&
            !value_bool(value_field(own, "weaker") ? value_field(own, "weaker") : &value_false))
            return fail_at(file, regs->keys[i], err,
                           "weaker than the default; say `weaker: true` to mean it", name);
        const struct value *const family =
            value_field(own, "runtime") || value_field(own, "family")
                ? family_of(a, value_field(own, "family"), value_field(own, "runtime"))
                : base_family;
        if (!family)
            return fail_at(file, regs->keys[i], err,
                           "the runtime's name tells no family; give `family`", name);
        value_fields_add(a, &f, name, meta_of(a, own, base, family));
    }
    *out = value_fields_object(a, &f);
    return *out ? 0 : err_nomem(err);
}

int settings_parse(struct arena *a, const char *file, const char *text, size_t len,
                   struct settings *out, struct err *err)
{
    struct yaml_node *tree;
    const struct value *schema, *waivers, *days, *policies;

    *out = (struct settings){.waiver_days = WAIVER_DAYS};
    if (yaml_parse(a, file, text, len, &tree, err) < 0 || load_schema(a, NULL, &schema, err) < 0 ||
        shape_check(file, tree, schema, err) < 0)
        return -1;
    out->tree = tree;
    out->rules_doc = with_defaults(a, tree->value);
    if (!out->rules_doc)
        return err_nomem(err);

    const struct yaml_node *const runtime = yaml_get(tree, "runtime");
    const struct value *const family =
        family_of(a, value_field(tree->value, "family"), value_field(out->rules_doc, "runtime"));
    if (!family)
        return fail_at(file, runtime ? runtime : tree, err,
                       "the runtime's name tells no family; give `family`", NULL);
    if (check_scopes(file, tree, out->rules_doc, err) < 0 ||
        read_registrations(a, file, tree, out->rules_doc, family, &out->registrations, err) < 0)
        return -1;
    out->meta_default = meta_of(a, tree->value, out->rules_doc, family);
    policies = value_field(tree->value, "policies");
    out->policies = policies ? policies : value_array(a, NULL, 0);
    waivers = value_field(tree->value, "waivers");
    out->waivers = value_cstr(waivers);
    days = value_field(tree->value, "waiver_days");
    if (days)
        (void)value_int64(days, &out->waiver_days);
    return out->meta_default && out->policies ? 0 : err_nomem(err);
}

/* --- names of rules ------------------------------------------------------------------------- */

enum { RULES_MAX = 512, SCHEMA_BYTES = 1024 * 1024 };

static int unknown_rule(const char *file, const struct yaml_node *at, const char *rule,
                        const struct value *catalogue, struct err *err)
{
    const char *names[RULES_MAX];
    size_t n = 0;

    for (; n < catalogue->count && n < RULES_MAX; n++)
        names[n] = value_bytes(value_key_at(catalogue, n));
    const char *const near = shape_nearest(rule, names, n);
    return err_set(err, ERR_INVALID, "%s:%u:%u: no such rule '%.100s'%s%s%s", file, at->line,
                   at->col, rule, near ? "; did you mean '" : "", near ? near : "",
                   near ? "'?" : "");
}

static int check_names(const char *file, const struct yaml_node *map, const struct value *catalogue,
                       struct err *err)
{
    for (size_t i = 0; map && i < map->n; i++) {
        if (!value_get(catalogue, map->keys[i]->value))
            return unknown_rule(file, map->keys[i], value_bytes(map->keys[i]->value), catalogue,
                                err);
    }
    return 0;
}

/* A rule that says in its metadata which parameters it has takes no others. */
static int check_parameters(const char *file, const struct yaml_node *map,
                            const struct value *catalogue, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(SCHEMA_BYTES);
    const struct value *whole = NULL;

    for (size_t i = 0; map && i < map->n; i++) {
        const struct value *const said =
            value_field(value_get(catalogue, map->keys[i]->value), "parameters");
        struct value_fields f = {0};

        if (!said)
            continue;
        if (!whole && load_schema(&a, NULL, &whole, err) < 0)
            return -1;
        value_fields_add(&a, &f, "$defs", value_field(whole, "$defs"));
        value_fields_add(&a, &f, "type", value_str(&a, "object"));
        value_fields_add(&a, &f, "properties", said);
        value_fields_add(&a, &f, "additionalProperties", &value_false);
        const struct value *const schema = value_fields_object(&a, &f);
        if (!schema)
            return err_nomem(err);
        if (shape_check(file, map->kids[i], schema, err) < 0)
            return -1;
    }
    return 0;
}

static int check_part(const char *file, const struct yaml_node *part, const struct value *catalogue,
                      struct err *err)
{
    const struct yaml_node *const parameters = yaml_get(part, "parameters");

    if (check_names(file, yaml_get(part, "rules"), catalogue, err) < 0 ||
        check_names(file, parameters, catalogue, err) < 0)
        return -1;
    return check_parameters(file, parameters, catalogue, err);
}

int settings_check_rules(const struct settings *s, const char *file, const struct value *catalogue,
                         struct err *err)
{
    const struct yaml_node *const parts[] = {yaml_get(s->tree, "registrations"),
                                             yaml_get(s->tree, "scopes")};

    if (check_part(file, s->tree, catalogue, err) < 0)
        return -1;
    for (size_t p = 0; p < ARRAY_LEN(parts); p++) {
        for (size_t i = 0; parts[p] && i < parts[p]->n; i++) {
            if (check_part(file, parts[p]->kids[i], catalogue, err) < 0)
                return -1;
        }
    }
    return 0;
}

/* --- waivers -------------------------------------------------------------------------------- */

/* Days since 1970 of "2026-12-31"; -1 when it is no day. */
static int64_t day_of(const char *s)
{
    unsigned n[3] = {0};
    static const unsigned width[3] = {4, 2, 2};

    for (size_t p = 0; p < 3; p++) {
        for (unsigned i = 0; i < width[p]; i++, s++) {
            if (*s < '0' || *s > '9')
                return -1;
            n[p] = n[p] * 10 + (unsigned)(*s - '0');
        }
        if (p < 2 ? *s++ != '-' : *s != '\0')
            return -1;
    }
    if (n[1] < 1 || n[1] > 12 || n[2] < 1 || n[2] > 31)
        return -1;
    const int64_t y = (int64_t)n[0] - (n[1] <= 2), era = y / 400, yoe = y - era * 400;
    const int64_t doy = (153 * ((int64_t)n[1] + (n[1] > 2 ? -3 : 9)) + 2) / 5 + (int64_t)n[2] - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static int one_waiver(struct arena *a, const char *file, const struct yaml_node *w,
                      const struct value *catalogue, int64_t today, int64_t days,
                      struct value_list *list, struct err *err)
{
    const struct yaml_node *const rule = yaml_get(w, "rule"), *const expires =
                                                                  yaml_get(w, "expires");
    const struct yaml_node *const selector = yaml_get(w, "selector");
    const struct value *const entry = value_get(catalogue, rule->value);
    const struct value *const waivable = value_field(entry, "waivable");
    const int64_t last = day_of(value_bytes(expires->value));

    if (!entry)
        return unknown_rule(file, rule, value_bytes(rule->value), catalogue, err);
    if (waivable && !value_truthy(waivable))
        return fail_at(file, rule, err, "this rule cannot be waived", value_bytes(rule->value));
    if (chosen_by_requester(selector->value))
        return fail_at(file, selector, err,
                       "label and image_name are the requester's choice: no waiver goes by them",
                       NULL);
    if (selector->n == 0)
        return fail_at(file, selector, err, "the selector is empty: it would waive everywhere",
                       NULL);
    if (last < 0)
        return fail_at(file, expires, err, "not a day such as 2026-12-31",
                       value_bytes(expires->value));
    if (last - today > days)
        return err_set(err, ERR_INVALID, "%s:%u:%u: a waiver lasts %lld days at most", file,
                       expires->line, expires->col, (long long)days);

    const struct value *const key = value_str(a, "expires");
    const struct value *const end = value_strf(a, "%sT23:59:59Z", value_bytes(expires->value));
    const struct value *const out = key && end ? value_object_with(a, w->value, key, end) : NULL;
    if (!out)
        return err_nomem(err);
    value_list_add(a, list, out);
    return 0;
}

int waivers_parse(struct arena *a, const char *file, const char *text, size_t len,
                  const struct value *catalogue, int64_t now_ns, int64_t days,
                  struct value_list *list, struct err *err)
{
    struct yaml_node *tree;
    const struct value *schema;

    if (yaml_parse(a, file, text, len, &tree, err) < 0 ||
        load_schema(a, "waivers", &schema, err) < 0 || shape_check(file, tree, schema, err) < 0)
        return -1;
    const struct yaml_node *const all = yaml_get(tree, "waivers");
    for (size_t i = 0; i < all->n; i++) {
        if (list->n == WAIVERS_MAX)
            return err_set(err, ERR_LIMIT, "more than %d waivers", WAIVERS_MAX);
        if (one_waiver(a, file, all->kids[i], catalogue, now_ns / 1000000000 / 86400, days, list,
                       err) < 0)
            return -1;
    }
    return 0;
}

const struct value *settings_with_waivers(struct arena *a, const struct settings *s,
                                          const struct value_list *waivers)
{
    const struct value *const key = value_str(a, "waivers");
    const struct value *const list = value_list_array(a, waivers);

    return key && list ? value_object_with(a, s->rules_doc, key, list) : NULL;
}

const char *settings_waivers_dir(struct arena *a, const struct settings *s, const char *file)
{
    const char *const slash = strrchr(file, '/');

    if (s->waivers)
        return s->waivers;
    return arena_printf(a, "%.*swaivers", slash ? (int)(slash - file) + 1 : 0, file);
}
