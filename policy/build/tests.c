/* policy/build/tests.c - see tests.h. */
#include "policy/build/tests.h"

#include <string.h>

#include "policy/build/aggregate.h"
#include "policy/build/test_cases.h"

static bool known(const struct tests *t, const char *name)
{
    for (size_t i = 0; i < t->n; i++) {
        if (strcmp(t->entries[i].name, name) == 0)
            return true;
    }
    return false;
}

static int add_test(struct arena *a, const struct rego_module *m, const struct rego_rule *r,
                    const struct value *name, struct tests *t, struct err *err)
{
    struct value_list path = {0};
    const char *text = "data";

    for (size_t i = 0; i < m->package->count && text; i++) {
        value_list_add(a, &path, value_at(m->package, i));
        text = arena_printf(a, "%s.%s", text, value_bytes(value_at(m->package, i)));
    }
    value_list_add(a, &path, name);
    text = text ? arena_printf(a, "%s.%s", text, value_bytes(name)) : NULL;
    if (!text)
        return err_nomem(err);
    if (known(t, text))
        return 0;
    if (t->n == TESTS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d tests", TESTS_MAX);
    t->entries[t->n] = (struct rego_entry){.name = text, .path = value_list_array(a, &path)};
    t->locs[t->n] = r->loc;
    return t->entries[t->n++].path ? 0 : err_nomem(err);
}

int tests_find(struct arena *a, struct rego_module *const *modules, size_t n, struct tests *out,
               struct err *err)
{
    out->entries = ARENA_NEW_N(a, struct rego_entry, TESTS_MAX);
    out->locs = ARENA_NEW_N(a, struct rego_loc, TESTS_MAX);
    if (!out->entries || !out->locs)
        return err_nomem(err);
    for (size_t m = 0; m < n; m++) {
        for (size_t r = 0; r < modules[m]->rules_n; r++) {
            const struct rego_rule *const rule = modules[m]->rules[r];
            const struct value *const name = aggregate_rule_name(rule);

            if (!name || rule->args.n > 0)
                continue;
            if (strncmp(value_bytes(name), "todo_test_", 10) == 0)
                out->skipped++;
            else if (strncmp(value_bytes(name), "test_", 5) == 0 &&
                     add_test(a, modules[m], rule, name, out, err) < 0)
                return -1;
        }
    }
    return 0;
}

/* --- running ------------------------------------------------------------------------------ */

struct running {
    struct arena *a;
    const struct image *img;
    const struct tests *t;
    struct machine_options opt;
};

static bool names_cases(const char *entry)
{
    const size_t n = strlen(entry), m = strlen(TEST_CASES);

    return n > m && strcmp(entry + n - m, TEST_CASES) == 0;
}

static bool case_holds(const struct value *got, const struct value *names)
{
    for (size_t i = 0; got && i < names->count; i++)
        got = value_get(got, value_at(names, i));
    return got && value_truthy(got);
}

/* A test with cases passes when each that its rule names is there and holds. */
static int cases_hold(struct running *r, const char *name, const struct value *got, bool *out,
                      struct err *why)
{
    const char *const entry = arena_printf(r->a, "%s" TEST_CASES, name);
    struct machine_stats stats;
    const struct value *names = NULL;

    if (!entry)
        return err_nomem(why);
    *out = got->count > 0;
    if (!known(r->t, entry))
        return 0;
    if (machine_run(r->img, entry, NULL, r->a, &r->opt, &names, &stats, why) < 0)
        return -1;
    for (size_t i = 0; names && i < names->count; i++)
        *out = *out && case_holds(got, value_at(names, i));
    return 0;
}

static int run_one(struct running *r, const char *name, bool *holds, struct err *why)
{
    const struct arena_mark mark = arena_mark(r->a);
    const struct value *got = NULL;
    struct machine_stats stats = {0};
    int done = machine_run(r->img, name, NULL, r->a, &r->opt, &got, &stats, why);

    *holds = done == 0 && got && value_truthy(got);
    if (*holds && value_is(got, VALUE_OBJECT))
        done = cases_hold(r, name, got, holds, why);
    arena_reset(r->a, mark);
    return done;
}

size_t tests_run(struct arena *a, const struct image *img, const struct tests *t, int64_t now_ns,
                 struct buf *report)
{
    struct running r = {.a = a, .img = img, .t = t, .opt = {.now_ns = now_ns, .seed = 1}};
    size_t failed = 0;

    for (size_t i = 0; i < t->n; i++) {
        struct err why = ERR_INIT;
        bool holds = true;

        if (names_cases(t->entries[i].name))
            continue;
        const int done = run_one(&r, t->entries[i].name, &holds, &why);
        if (done == 0 && holds)
            continue;
        failed++;
        if (report)
            buf_printf(report, "%s:%u: %s: %s%s\n", t->locs[i].source->name,
                       rego_pos_of(t->locs[i]).line, t->entries[i].name,
                       done < 0 ? "ERROR: " : "FAIL", done < 0 ? why.text : "");
    }
    return failed;
}

size_t tests_count(const struct tests *t)
{
    size_t n = 0;

    for (size_t i = 0; i < t->n; i++)
        n += !names_cases(t->entries[i].name);
    return n;
}
