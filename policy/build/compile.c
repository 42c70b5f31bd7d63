/* policy/build/compile.c - see compile.h. */
#include "policy/build/compile.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/own.h"
#include "policy/build/aggregate.h"
#include "policy/build/bundle.h"
#include "policy/build/gatekeeper_gate.h"
#include "policy/build/inputs.h"
#include "policy/build/runtime_version.h"
#include "policy/build/test_cases.h"
#include "policy/build/tests.h"
#include "policy/schema/schemas.h"
#include "policy/value/json.h"

/* The default level; registrations and scopes that name their own keep it. */
static int override_level(struct arena *a, const char *level, struct settings *s, struct err *err)
{
    const struct value *const key = value_str(a, "level"), *const word = value_str(a, level);

    if (!key || !word)
        return err_nomem(err);
    s->rules_doc = value_object_with(a, s->rules_doc, key, word);
    s->meta_default = value_object_with(a, s->meta_default, key, word);
    return s->rules_doc && s->meta_default ? 0 : err_nomem(err);
}

static int read_settings(struct arena *a, const struct compile_options *o, struct compiled *out,
                         const char **text, size_t *len, struct err *err)
{
    *text = "";
    *len = 0;
    if (access(o->settings, F_OK) == 0 &&
        sources_read(a, o->settings, o->trusted, YAML_BYTES_MAX, text, len, err) < 0)
        return -1;
    if (settings_parse(a, o->settings, *text, *len, &out->settings, err) < 0)
        return -1;
    return o->level ? override_level(a, o->level, &out->settings, err) : 0;
}

enum { KEY_BYTES_MAX = 64 * 1024 };

/* The key's text, believed as the settings are. A secret's line end is none of it. */
static int read_key(struct arena *a, const char *path, bool trusted, const char **key,
                    struct err *err)
{
    size_t len;

    if (sources_read(a, path, trusted, KEY_BYTES_MAX, key, &len, err) < 0)
        return -1;
    while (len > 0 && (*key)[len - 1] == '\n')
        len--;
    *key = arena_strndup(a, *key, len);
    return *key ? 0 : err_nomem(err);
}

/* One entry of `policies:`, a path or a map of it and how to read it. */
static int gather_policy(struct arena *a, const struct compile_options *o,
                         const struct value *entry, struct sources *s, struct err *err)
{
    const struct value *const path =
        value_is(entry, VALUE_STRING) ? entry : value_field(entry, "path");
    const char *const key = value_cstr(value_field(entry, "key"));
    const struct value *const rego = value_field(entry, "rego");
    struct opa_bundle_trust trust = {
        .algorithm = value_cstr(value_field(entry, "algorithm")),
        .key_id = value_cstr(value_field(entry, "key_id")),
        .scope = value_cstr(value_field(entry, "scope")),
    };

    if (!key && (trust.algorithm || trust.key_id || trust.scope))
        return err_set(err, ERR_INVALID, "%s: a signature is looked at only with `key`",
                       value_bytes(path));
    if (key && read_key(a, key, o->trusted, &trust.key, err) < 0)
        return -1;
    s->trust = &trust;
    s->dialect = (uint8_t)(!rego ? 0 : (value_is_str(rego, "v0") ? REGO_V0 : REGO_V1) + 1);
    const int got = sources_add(s, a, value_bytes(path), o->trusted, false, err);

    s->trust = NULL;
    s->dialect = 0;
    return got;
}

static int gather_sources(struct arena *a, const struct compile_options *o, struct compiled *out,
                          struct err *err)
{
    const char *const baseline = o->baseline ? o->baseline : POLICY_BASELINE;
    const struct value *const more = out->settings.policies;

    if (sources_init(&out->sources, a, err) < 0 ||
        sources_add(&out->sources, a, baseline, o->trusted, true, err) < 0)
        return -1;
    for (size_t i = 0; i < more->count; i++) {
        if (gather_policy(a, o, value_at(more, i), &out->sources, err) < 0)
            return err_ctx(err, "policies");
    }
    return 0;
}

/* They stop nothing and no longer count: whoever activates should know. */
static void tell_expired(const struct compile_options *o, const struct value_list *list)
{
    char now[CLOCK_TEXT_MAX];

    clock_rfc3339(o->now_ns, 0, now);
    for (size_t i = 0; o->report && i < list->n; i++) {
        const char *const id = value_cstr(value_field(list->items[i], "id"));
        const char *const rule = value_cstr(value_field(list->items[i], "rule"));
        const char *const end = value_cstr(value_field(list->items[i], "expires"));

        if (id && rule && end && strncmp(end, now, 19) <= 0)
            buf_printf(o->report, "waiver %s of %s expired on %.10s: it no longer counts\n", id,
                       rule, end);
    }
}

static int read_waivers(struct arena *a, const struct compile_options *o, struct compiled *out,
                        struct value_list *list, struct err *err)
{
    const char *const dir = settings_waivers_dir(a, &out->settings, o->settings);
    const struct value *names;

    if (!dir)
        return err_nomem(err);
    if (!out->settings.waivers && access(dir, F_OK) < 0)
        return 0;
    if (sources_list(a, dir, ".yaml", &names, err) < 0)
        return err_ctx(err, "waivers");
    for (size_t i = 0; i < names->count; i++) {
        const char *const path = arena_printf(a, "%s/%s", dir, value_bytes(value_at(names, i)));
        const char *text;
        size_t len;

        if (!path)
            return err_nomem(err);
        if (sources_read(a, path, o->trusted, YAML_BYTES_MAX, &text, &len, err) < 0 ||
            waivers_parse(a, path, text, len, out->catalogue, o->now_ns, out->settings.waiver_days,
                          list, err) < 0)
            return -1;
    }
    out->waivers = list->n;
    tell_expired(o, list);
    return 0;
}

static void print_diags(struct buf *report, const struct rego_diags *diags)
{
    for (size_t i = 0; i < diags->n; i++) {
        rego_diag_print(report, &diags->at[i]);
        buf_putc(report, '\n');
    }
}

/* Which of the sources. */
struct which {
    bool tests;         /* with the tests */
    bool shipped_alone; /* ours alone */
};

/* Whether a module that is no v1 is one of v0. */
static bool is_old(struct arena *a, const struct source *s, const struct rego_options *opt)
{
    struct rego_source *const again = ARENA_NEW(a, struct rego_source);
    struct rego_diags ignored = {0};
    struct rego_module *m;
    struct err err = ERR_INIT;

    if (!again || s->shipped || s->text.dialect)
        return false;
    *again = s->text;
    again->dialect = REGO_V0 + 1;
    return rego_parse(a, again, opt, &m, &ignored, &err) == 0;
}

/* There is room for `more`. */
static int parse_modules(struct arena *a, struct sources *s, struct which which, size_t more,
                         const struct rego_options *opt, struct rego_module ***out, size_t *n,
                         struct rego_diags *diags, struct err *err)
{
    *out = ARENA_NEW_N(a, struct rego_module *, s->n + more);
    *n = 0;
    if (!*out)
        return err_nomem(err);
    for (size_t i = 0; i < s->n; i++) {
        if (s->at[i].yaml || (s->at[i].test && !which.tests) ||
            (which.shipped_alone && !s->at[i].shipped))
            continue;
        if (rego_parse(a, &s->at[i].text, opt, &(*out)[*n], diags, err) < 0)
            return is_old(a, &s->at[i], opt)
                       ? err_ctx(err,
                                 "this is Rego v0: under `policies:` say {path: .., rego: v0}, "
                                 "or `sallyport policy fmt --v0-v1 -w` it")
                       : -1;
        (*n)++;
    }
    return 0;
}

/* {"sallyport": {"settings", "catalogue", "profiles"}} and what the policies bring. */
static const struct value *base_documents(struct arena *a, const struct compiled *c,
                                          const struct value *settings,
                                          const struct value *profiles)
{
    struct value_fields own = {0};
    const struct value *const key = value_str(a, "sallyport");

    value_fields_add(a, &own, "settings", settings);
    value_fields_add(a, &own, "catalogue", c->catalogue);
    value_fields_add(a, &own, "profiles", profiles);
    const struct value *const doc = value_fields_object(a, &own);
    return key && doc ? value_object_with(a, c->sources.data, key, doc) : NULL;
}

static const struct value *meta_of(struct arena *a, const struct compile_options *o,
                                   const struct compiled *c)
{
    struct value_fields f = {0};
    char built[CLOCK_TEXT_MAX];

    clock_rfc3339(o->now_ns, 0, built);
    value_fields_add(a, &f, "version", value_int(a, 1));
    value_fields_add(a, &f, "serial", value_u64(a, o->serial));
    value_fields_add(a, &f, "built", value_str(a, built));
    value_fields_add(a, &f, "sallyport", value_str(a, SALLYPORT_VERSION));
    value_fields_add(a, &f, "digest", value_str(a, c->digest));
    value_fields_add(a, &f, "settings_file", value_str(a, o->settings));
    value_fields_add(a, &f, "baseline", value_str(a, o->baseline ? o->baseline : POLICY_BASELINE));
    value_fields_add(a, &f, "sources", sources_digests(&c->sources, a));
    value_fields_add(a, &f, "default", c->settings.meta_default);
    value_fields_add(a, &f, "registrations", c->settings.registrations);
    return value_fields_object(a, &f);
}

static void digest_all(struct compiled *c, const struct value *settings_doc)
{
    AUTO_BUF struct buf text = BUF_INIT;
    struct digest d;
    uint8_t sum[DIGEST_LEN];
    char hex[DIGEST_HEX_LEN + 1];

    digest_init(&d);
    json_print(&text, settings_doc, JSON_COMPACT);
    digest_update(&d, text.data ? text.data : "", text.len);
    for (size_t i = 0; i < c->sources.n; i++) {
        digest_update(&d, c->sources.at[i].text.name, strlen(c->sources.at[i].text.name) + 1);
        digest_update(&d, c->sources.at[i].sha256, sizeof(c->sources.at[i].sha256));
    }
    digest_final(&d, sum);
    digest_hex(sum, sizeof(sum), hex);
    (void)snprintf(c->digest, sizeof(c->digest), "sha256:%s", hex);
}

static int input_schema(struct arena *a, const struct value **out, struct err *err)
{
    const struct schema_text text = schema_input();

    if (json_parse(a, text.text, text.len, JSON_STRICT, out, NULL, err) < 0)
        return err_ctx(err, "schema of the input document");
    return 0;
}

/* Check and emit; the bytes move to the arena, aligned for the machine. */
static int make_image(struct arena *a, struct rego_module *const *modules, size_t n,
                      const struct rego_entry *entries, size_t entries_n, const struct value *data,
                      const struct value *meta, const struct rego_options *opt, const void **image,
                      size_t *len, struct rego_diags *diags, struct err *err)
{
    AUTO_BUF struct buf bytes = {.max = IMAGE_BYTES_MAX};
    struct rego_program *program;

    if (rego_check(a, modules, n, entries, entries_n, data, opt, &program, diags, err) < 0 ||
        rego_emit(a, program, entries, entries_n, meta, &bytes, err) < 0)
        return -1;
    void *const kept = arena_alloc(a, bytes.len);
    if (!kept)
        return err_nomem(err);
    memcpy(kept, bytes.data, bytes.len);
    *image = kept;
    *len = bytes.len;
    return 0;
}

static int start_image(struct arena *a, struct compiled *c, struct rego_module *const *modules,
                       size_t n, const struct value *data, const struct rego_options *opt,
                       struct rego_diags *diags, struct err *err)
{
    const struct value *const parts[] = {value_str(a, "sallyport"), value_str(a, "main"),
                                         value_str(a, "decision")};
    struct image img = IMAGE_INIT;

    if (!parts[0] || !parts[1] || !parts[2])
        return err_nomem(err);
    const struct rego_entry entry = {.name = POLICY_ENTRY, .path = value_array(a, parts, 3)};
    if (!entry.path)
        return err_nomem(err);
    if (make_image(a, modules, n, &entry, 1, data, c->meta, opt, &c->image, &c->image_len, diags,
                   err) < 0)
        return -1;
    if (image_borrow(&img, c->image, c->image_len, err) < 0 || image_check(&img, err) < 0)
        return err_ctx(err, "the compiled image does not pass its own check");
    return 0;
}

/* Of the tests found, those that stand in our own files, or those that do not. */
static void keep_tests(const struct sources *s, bool shipped, struct tests *t)
{
    size_t kept = 0;

    for (size_t i = 0; i < t->n; i++) {
        size_t of = 0;

        while (of < s->n && &s->at[of].text != t->locs[i].source)
            of++;
        if ((of < s->n && s->at[of].shipped) != shipped)
            continue;
        t->entries[kept] = t->entries[i];
        t->locs[kept++] = t->locs[i];
    }
    t->n = kept;
}

/* Our rules' tests run as they were written: with the settings of an empty file and no policy
 * beside ours, so that no setting makes one fail. Everybody else's run with what goes in force. */
static int run_tests_of(struct arena *a, struct compiled *c, bool shipped, const struct value *data,
                        const struct compile_options *o, size_t *failed, struct rego_diags *diags,
                        struct err *err)
{
    const struct rego_options opt = {.version = REGO_V1};
    const struct which which = {.tests = true, .shipped_alone = shipped};
    struct rego_module **modules;
    struct tests tests = {0};
    struct image img = IMAGE_INIT;
    const void *bytes;
    size_t n, len;

    if (parse_modules(a, &c->sources, which, 1, &opt, &modules, &n, diags, err) < 0 ||
        test_cases_prepare(a, modules, n, err) < 0 || tests_find(a, modules, n, &tests, err) < 0)
        return -1;
    keep_tests(&c->sources, shipped, &tests);
    if (tests.n == 0)
        return 0;
    if (make_image(a, modules, n, tests.entries, tests.n, data, NULL, &opt, &bytes, &len, diags,
                   err) < 0)
        return err_ctx(err, "tests");
    if (image_borrow(&img, bytes, len, err) < 0)
        return -1;
    *failed += tests_run(a, &img, &tests, o->now_ns, o->report);
    c->tests += tests_count(&tests);
    c->skipped += tests.skipped;
    return 0;
}

static int run_tests(struct arena *a, struct compiled *c, const struct value *data,
                     const struct value *profiles, const struct compile_options *o,
                     struct rego_diags *diags, struct err *err)
{
    struct settings plain;
    size_t failed = 0;

    if (settings_parse(a, o->settings, "", 0, &plain, err) < 0)
        return -1;
    const struct value *const plain_data = base_documents(a, c, plain.rules_doc, profiles);
    if (!plain_data)
        return err_nomem(err);
    if (run_tests_of(a, c, true, plain_data, o, &failed, diags, err) < 0 ||
        run_tests_of(a, c, false, data, o, &failed, diags, err) < 0)
        return -1;
    return failed == 0 ? 0 : err_set(err, ERR_INVALID, "%zu of %zu tests fail", failed, c->tests);
}

/* What the runtime is today is no part of the sources: their digest stays the same. */
static const struct value *with_version(struct arena *a, const struct value *settings)
{
    const struct value *const key = value_str(a, "runtime_version");
    const struct value *const version =
        runtime_version(a, value_cstr(value_field(settings, "runtime")));

    return key && version ? value_object_with(a, settings, key, version) : settings;
}

static int compile(struct arena *a, const struct compile_options *o, struct compiled *out,
                   struct rego_diags *diags, struct err *err)
{
    struct rego_options opt = {.version = REGO_V1, .start_path_only = true, .fold = true};
    AUTO_BUF struct buf index = BUF_INIT;
    struct rego_module **modules;
    struct gatekeeper_set constraints;
    struct value_list waivers = {0};
    const struct value *profiles;
    const char *text;
    size_t n, len;

    if (read_settings(a, o, out, &text, &len, err) < 0 || gather_sources(a, o, out, err) < 0 ||
        input_schema(a, &opt.input_schema, err) < 0 || compile_profiles(a, &profiles, err) < 0 ||
        gatekeeper_gather(a, &out->sources, &constraints, err) < 0)
        return -1;
    if (o->report)
        gatekeeper_tell(&constraints, o->report);
    if (parse_modules(a, &out->sources, (struct which){0}, 1 + constraints.modules_max, &opt,
                      &modules, &n, diags, err) < 0 ||
        gatekeeper_gate_rules(a, &constraints, &out->sources, &opt, modules, &n, diags, err) < 0 ||
        inputs_check(a, modules, n, opt.input_schema, diags, err) < 0 ||
        aggregate(a, modules, n, &index, &out->catalogue, &out->rules, err) < 0 ||
        settings_check_rules(&out->settings, o->settings, out->catalogue, err) < 0 ||
        read_waivers(a, o, out, &waivers, err) < 0)
        return -1;

    const char *const kept = arena_strndup(a, index.data, index.len);
    if (!kept)
        return err_nomem(err);
    if (sources_add_text(&out->sources, "aggregate", kept, index.len, err) < 0)
        return -1;
    out->sources.at[out->sources.n - 1].shipped = true;
    if (rego_parse(a, &out->sources.at[out->sources.n - 1].text, &opt, &modules[n++], diags, err) <
            0 ||
        gatekeeper_gate_templates(a, &constraints, &opt, modules, &n, diags, err) < 0)
        return -1;
    const struct value *settings = settings_with_waivers(a, &out->settings, &waivers);
    if (!settings)
        return err_nomem(err);
    digest_all(out, settings);
    if (o->ask_runtime)
        settings = with_version(a, settings);
    const struct value *const data = base_documents(a, out, settings, profiles);
    out->meta = meta_of(a, o, out);
    if (!data || !out->meta)
        return err_nomem(err);
    if (start_image(a, out, modules, n, data, &opt, diags, err) < 0)
        return -1;
    return o->skip_tests ? 0 : run_tests(a, out, data, profiles, o, diags, err);
}

int policy_compile(struct arena *a, const struct compile_options *o, struct compiled *out,
                   struct err *err)
{
    struct rego_diags diags = {0};

    *out = (struct compiled){0};
    const int got = compile(a, o, out, &diags, err);
    if (o->report)
        print_diags(o->report, &diags);
    return got;
}
