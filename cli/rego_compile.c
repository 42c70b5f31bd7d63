#include "cli/rego_compile.h"

#include <string.h>

#include "base/str.h"
#include "policy/build/aggregate.h"
#include "policy/build/test_cases.h"

int rego_compile_parse(const struct rego_load *l, const struct rego_options *opt, struct arena *a,
                       struct rego_module ***modules, struct rego_diags *diags, struct err *err)
{
    int result = 0;

    *modules = ARENA_NEW_N(a, struct rego_module *, l->sources_n + 1);
    if (!*modules)
        return err_nomem(err);
    /* Every file is parsed, so that one run tells the mistakes of all. */
    for (size_t i = 0; i < l->sources_n; i++) {
        struct err own = ERR_INIT;

        if (rego_parse(a, &l->sources[i], opt, &(*modules)[i], diags, &own) < 0) {
            if (result == 0)
                *err = own;
            result = -1;
        }
    }
    return result;
}

static bool seen(const struct rego_tests *tests, const struct value *path)
{
    for (size_t i = 0; i < tests->n; i++) {
        if (value_equal(tests->at[i].path, path))
            return true;
    }
    return false;
}

static const char *dotted(struct arena *a, const struct value *path)
{
    const char *text = "data";

    for (size_t i = 0; text && i < path->count; i++)
        text = arena_printf(a, "%s.%s", text, value_bytes(value_at(path, i)));
    return text;
}

/* A head with variables, for which test_cases_prepare made a rule that names the cases. */
static bool has_cases(const struct rego_rule *rule)
{
    const struct value *const name =
        aggregate_rule_name(rule); /* "test_x": the maker adds TEST_CASES */
    const struct rego_module *const m = rule->module;

    for (size_t i = 0; i < m->rules_n; i++) {
        const struct value *const other = aggregate_rule_name(m->rules[i]);

        if (other && other->count == name->count + strlen(TEST_CASES) &&
            memcmp(value_bytes(other), value_bytes(name), name->count) == 0 &&
            strcmp(value_bytes(other) + name->count, TEST_CASES) == 0)
            return true;
    }
    return false;
}

static int add_cases(struct rego_test *t, const struct value *package, const struct value *name,
                     struct arena *a)
{
    struct value_list path = {0};

    for (size_t i = 0; i < package->count; i++)
        value_list_add(a, &path, value_at(package, i));
    value_list_add(a, &path, value_strf(a, "%s" TEST_CASES, value_bytes(name)));
    t->cases_path = value_list_array(a, &path);
    t->cases = t->cases_path ? dotted(a, t->cases_path) : NULL;
    return t->cases ? 0 : -1;
}

static bool is_test_name(const char *name)
{
    const size_t n = strlen(name), m = strlen(TEST_CASES);

    return (str_starts(name, "test_") || str_starts(name, "todo_test_")) &&
           !(n > m && strcmp(name + n - m, TEST_CASES) == 0);
}

static int add_test(struct rego_tests *tests, const struct rego_rule *rule,
                    const struct value *name, struct arena *a, struct err *err)
{
    const struct value *const package = rule->module->package;
    struct value_list path = {0};

    for (size_t i = 0; i < package->count; i++)
        value_list_add(a, &path, value_at(package, i));
    value_list_add(a, &path, name);

    struct rego_test t = {.path = value_list_array(a, &path),
                          .loc = rule->loc,
                          .todo = str_starts(value_bytes(name), "todo_")};
    t.name = t.path ? dotted(a, t.path) : NULL;
    if (!t.name || (has_cases(rule) && add_cases(&t, package, name, a) < 0))
        return err_nomem(err);
    if (!seen(tests, t.path))
        tests->at[tests->n++] = t;
    return 0;
}

int rego_compile_tests(struct rego_module *const *modules, size_t n, struct arena *a,
                       struct rego_tests *out, struct err *err)
{
    size_t rules = 0;

    for (size_t i = 0; i < n; i++)
        rules += modules[i]->rules_n;
    *out = (struct rego_tests){.at = ARENA_NEW_N(a, struct rego_test, rules + 1)};
    if (!out->at)
        return err_nomem(err);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < modules[i]->rules_n; k++) {
            const struct rego_rule *const rule = modules[i]->rules[k];
            const struct value *const name = aggregate_rule_name(rule);
            const char *const text = name ? value_cstr(name) : NULL;

            if (text && is_test_name(text) && add_test(out, rule, name, a, err) < 0)
                return -1;
        }
    }
    return 0;
}

int rego_compile_image(const struct rego_load *l, struct rego_module *const *modules,
                       const struct rego_tests *tests, const struct rego_options *opt,
                       struct arena *a, struct image *img, struct rego_diags *diags,
                       struct err *err)
{
    struct rego_entry *const entries = ARENA_NEW_N(a, struct rego_entry, 2 * tests->n + 1);
    size_t n = 0;
    AUTO_BUF struct buf bytes = {.max = IMAGE_BYTES_MAX};
    struct rego_program *program;

    if (!entries)
        return err_nomem(err);
    for (size_t i = 0; i < tests->n; i++) {
        const struct rego_test *const t = &tests->at[i];

        entries[n++] = (struct rego_entry){.name = t->name, .path = t->path};
        if (t->cases)
            entries[n++] = (struct rego_entry){.name = t->cases, .path = t->cases_path};
    }
    if (rego_check(a, modules, l->sources_n, entries, n, l->data, opt, &program, diags, err) < 0 ||
        rego_emit(a, program, entries, n, NULL, &bytes, err) < 0)
        return -1;
    void *const kept = arena_alloc(a, bytes.len);
    if (!kept)
        return err_nomem(err);
    memcpy(kept, bytes.data, bytes.len);
    return image_borrow(img, kept, bytes.len, err);
}
