#include "cli/rego_compile.h"

#include <string.h>

#include "base/str.h"

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

/* The rule's plain name, when its head is one: test rules are. */
static const struct value *plain_name(const struct rego_rule *rule)
{
    const struct rego_term *const ref = rule->ref;

    if (ref && ref->kind == TERM_VAR)
        return ref->u.name;
    if (ref && ref->kind == TERM_REF && ref->u.list.n == 1 && ref->u.list.at[0]->kind == TERM_VAR)
        return ref->u.list.at[0]->u.name;
    return NULL;
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
    if (!t.path)
        return err_nomem(err);
    t.name = dotted(a, t.path);
    if (!t.name)
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
            const struct value *const name = plain_name(rule);
            const char *const text = name ? value_cstr(name) : NULL;

            if (text && (str_starts(text, "test_") || str_starts(text, "todo_test_")) &&
                add_test(out, rule, name, a, err) < 0)
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
    struct rego_entry *const entries = ARENA_NEW_N(a, struct rego_entry, tests->n + 1);
    AUTO_BUF struct buf bytes = {.max = IMAGE_BYTES_MAX};
    struct rego_program *program;

    if (!entries)
        return err_nomem(err);
    for (size_t i = 0; i < tests->n; i++)
        entries[i] = (struct rego_entry){.name = tests->at[i].name, .path = tests->at[i].path};
    if (rego_check(a, modules, l->sources_n, entries, tests->n, l->data, opt, &program, diags,
                   err) < 0 ||
        rego_emit(a, program, entries, tests->n, NULL, &bytes, err) < 0)
        return -1;
    void *const kept = arena_alloc(a, bytes.len);
    if (!kept)
        return err_nomem(err);
    memcpy(kept, bytes.data, bytes.len);
    return image_borrow(img, kept, bytes.len, err);
}
