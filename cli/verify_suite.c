#include "cli/verify_suite.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/own.h"
#include "policy/rego/yaml_read.h"

#define POINT "gator.gatekeeper.sh"

enum { MANIFEST_MAX = 16 * 1024 * 1024 };

/* --- names -------------------------------------------------------------------------------- */

static int compile(struct arena *a, const char *text, size_t len, const struct regex **out,
                   struct err *err)
{
    return regex_compile(a, text, len, out, err) < 0 ? err_ctx(err, "invalid test filter") : 0;
}

int verify_filter_read(struct arena *a, const char *text, struct verify_filter *out,
                       struct err *err)
{
    *out = (struct verify_filter){0};
    if (!text || !*text)
        return 0;
    const char *const cut = strstr(text, "//");
    if (!cut) {
        out->either = true;
        return compile(a, text, strlen(text), &out->test, err);
    }
    if (strstr(cut + 2, "//"))
        return err_set(err, ERR_USAGE,
                       "invalid test filter: a filter may include at most one \"//\"");
    return compile(a, text, (size_t)(cut - text), &out->test, err) < 0 ||
                   compile(a, cut + 2, strlen(cut + 2), &out->one, err) < 0
               ? -1
               : 0;
}

static int finds(struct arena *a, const struct regex *re, const char *text, struct err *err)
{
    return re ? regex_find(re, a, text, strlen(text), 0, NULL, 0, NULL, err) : 1;
}

static int takes_case(struct arena *a, const struct verify_filter *f, const char *test,
                      const char *name, struct err *err)
{
    const int by_test = finds(a, f->test, test, err);

    if (by_test < 0)
        return -1;
    if (f->either)
        return by_test ? 1 : finds(a, f->test, name, err);
    return by_test ? finds(a, f->one, name, err) : 0;
}

static const char *text_of(const struct value *v, const char *key)
{
    const char *const s = value_cstr(value_field(v, key));

    return s ? s : "";
}

static const struct value *list_of(const struct value *v, const char *key)
{
    const struct value *const l = value_field(v, key);

    return l && value_is(l, VALUE_ARRAY) ? l : NULL;
}

static bool flag_of(const struct value *v, const char *key)
{
    const struct value *const b = value_field(v, key);

    return b && value_is(b, VALUE_BOOL) && value_bool(b);
}

static int takes_test(struct arena *a, const struct verify_filter *f, const struct value *test,
                      struct err *err)
{
    const struct value *const cases = list_of(test, "cases");
    int got = finds(a, f->test, text_of(test, "name"), err);

    for (size_t i = 0; got == 0 && f->either && cases && i < cases->count; i++)
        got = finds(a, f->test, text_of(value_at(cases, i), "name"), err);
    return got;
}

/* --- files -------------------------------------------------------------------------------- */

struct suite_run {
    struct arena *a;
    const char *path;
    const struct verify_filter *filter;
};

static int read_docs(struct arena *a, const char *path, struct value_list *docs, struct err *err)
{
    AUTO_FREE char *text = NULL;
    struct value_list all = {0};
    size_t len;

    if (file_read_at(AT_FDCWD, path, MANIFEST_MAX, &text, &len, NULL, err) < 0)
        return -1;
    if (yaml_read_all(a, text, len, &all, err) < 0)
        return err_ctx(err, "reading %s: invalid yaml", path);
    for (size_t i = 0; i < all.n; i++)
        if (!value_is(all.items[i], VALUE_NULL))
            value_list_add(a, docs, all.items[i]);
    return docs->failed ? err_nomem(err) : 0;
}

static const char *beside(const struct suite_run *r, const char *name, struct err *err)
{
    const char *const slash = strrchr(r->path, '/');
    const char *const path =
        arena_printf(r->a, "%.*s%s", slash ? (int)(slash + 1 - r->path) : 0, r->path, name);

    if (!path)
        (void)err_nomem(err);
    return path;
}

/* The one document of a file that the suite names. */
static int read_one(const struct suite_run *r, const char *name, const struct value **out,
                    struct err *err)
{
    struct value_list docs = {0};
    const char *const path = beside(r, name, err);

    if (!path || read_docs(r->a, path, &docs, err) < 0)
        return -1;
    if (docs.n == 0)
        return err_set(err, ERR_INVALID, "missing objects: path \"%s\" defines no YAML objects",
                       path);
    if (docs.n > 1)
        return err_set(err, ERR_INVALID,
                       "object file must contain exactly one object: \"%s\" defines %zu objects",
                       path, docs.n);
    *out = docs.items[0];
    return 0;
}

/* --- assertions --------------------------------------------------------------------------- */

static void go_list(struct buf *b, const struct value *violations)
{
    buf_puts(b, ": got messages [");
    for (size_t i = 0; i < violations->count; i++) {
        const struct value *const msg = value_field(value_at(violations, i), "msg");

        buf_puts(b, i ? " " : "");
        buf_add(b, value_bytes(msg), msg->count);
    }
    buf_putc(b, ']');
}

static int miscounted(const struct value *violations, size_t got, const char *message,
                      const char *want, struct err *err)
{
    AUTO_BUF struct buf b = BUF_INIT;

    buf_printf(&b, "unexpected number of violations: got %zu violations", got);
    if (message)
        buf_printf(&b, " containing \"%s\"", message);
    buf_printf(&b, " but want %s", want);
    go_list(&b, violations);
    return err_set(err, ERR_INVALID, "%s", b.data ? b.data : "");
}

static int count_matching(struct arena *a, const struct value *violations, const char *message,
                          size_t *n, struct err *err)
{
    const struct regex *re = NULL;

    *n = 0;
    if (message && regex_compile(a, message, strlen(message), &re, err) < 0)
        return err_ctx(err, "message contains invalid regular expression");
    for (size_t i = 0; i < violations->count; i++) {
        const struct value *const msg = value_field(value_at(violations, i), "msg");
        const int found =
            re ? regex_find(re, a, value_bytes(msg), msg->count, 0, NULL, 0, NULL, err) : 1;

        if (found < 0)
            return -1;
        *n += (size_t)found;
    }
    return 0;
}

static int run_assertion(struct arena *a, const struct value *assertion,
                         const struct value *violations, struct err *err)
{
    static const char wrong[] =
        "invalid yaml: assertion.violation, if set, must be a nonnegative integer, \"yes\", or "
        "\"no\"";
    const struct value *const want = value_field(assertion, "violations");
    const char *const message = value_cstr(value_field(assertion, "message"));
    int64_t exactly;
    char text[48];
    size_t n;

    if (count_matching(a, violations, message, &n, err) < 0)
        return -1;
    if (!want || value_is(want, VALUE_NULL) || value_is_str(want, "yes"))
        return n ? 0 : miscounted(violations, n, message, "at least 1", err);
    if (value_is_str(want, "no"))
        return n ? miscounted(violations, n, message, "none", err) : 0;
    if (!value_int64(want, &exactly) || exactly < 0)
        return err_set(err, ERR_INVALID, wrong);
    (void)snprintf(text, sizeof text, "exactly %lld", (long long)exactly);
    return (uint64_t)exactly == n ? 0 : miscounted(violations, n, message, text, err);
}

/* --- cases -------------------------------------------------------------------------------- */

struct ready {
    struct gatekeeper_template template;
    struct gatekeeper_constraint constraint;
    struct gatekeeper_program program;
};

static int add_inventory(const struct suite_run *r, const struct value *names,
                         struct gatekeeper_inventory *inv, struct err *err)
{
    for (size_t i = 0; names && i < names->count; i++) {
        struct value_list docs = {0};
        const char *const name = value_cstr(value_at(names, i));
        const char *const path = name ? beside(r, name, err) : NULL;

        if (!path)
            return name ? -1 : err_set(err, ERR_INVALID, "invalid Case: inventory is no path");
        if (read_docs(r->a, path, &docs, err) < 0)
            return -1;
        if (docs.n == 0)
            return err_set(err, ERR_INVALID, "missing objects: path \"%s\" defines no YAML objects",
                           path);
        for (size_t d = 0; d < docs.n; d++)
            if (gatekeeper_inventory_add(r->a, inv, docs.items[d], err) < 0)
                return -1;
    }
    return 0;
}

static int check_case(const struct suite_run *r, const struct ready *ready, const struct value *c,
                      struct buf *prints, struct err *err)
{
    const struct value *const assertions = list_of(c, "assertions");
    const struct value *object, *violations;
    struct gatekeeper_inventory inv = {0};
    struct gatekeeper_review review;

    if (!*text_of(c, "object"))
        return err_set(err, ERR_INVALID, "invalid Case: must define object");
    if (!assertions || assertions->count == 0)
        return err_set(err, ERR_INVALID, "invalid Case: assertions must be non-empty");
    if (read_one(r, text_of(c, "object"), &object, err) < 0 ||
        add_inventory(r, list_of(c, "inventory"), &inv, err) < 0 ||
        gatekeeper_request(r->a, object, &review, err) < 0 ||
        gatekeeper_judge(r->a, &ready->program, &ready->constraint, &review, &inv, POINT, prints,
                         &violations, err) < 0)
        return -1;
    for (size_t i = 0; i < assertions->count; i++)
        if (run_assertion(r->a, value_at(assertions, i), violations, err) < 0)
            return -1;
    return 0;
}

/* The error's text where it says something is wrong with the test; memory is the call's. */
static int keep_error(struct arena *a, const struct err *why, const char **out, struct err *err)
{
    *out = a->failed ? NULL : arena_strndup(a, why->text, strlen(why->text));
    return *out ? 0 : err_nomem(err);
}

static int run_case(const struct suite_run *r, const struct ready *ready, const char *test,
                    const struct value *c, struct verify_case *out, struct err *err)
{
    AUTO_BUF struct buf prints = BUF_INIT;
    const int64_t start = clock_steady_ns();
    struct err why = ERR_INIT;

    out->name = text_of(c, "name");
    const int takes = takes_case(r->a, r->filter, test, out->name, err);
    if (takes < 0)
        return -1;
    out->skipped = !takes || flag_of(c, "skip");
    if (out->skipped)
        return 0;
    if (check_case(r, ready, c, &prints, &why) < 0 && keep_error(r->a, &why, &out->error, err) < 0)
        return -1;
    out->prints = prints.len ? arena_strndup(r->a, prints.data, prints.len) : NULL;
    out->ns = clock_steady_ns() - start;
    return 0;
}

/* --- tests -------------------------------------------------------------------------------- */

/* *schema: the constraint's parameters or match are what the schema refuses. */
static int prepare(const struct suite_run *r, const struct value *test, struct ready *out,
                   bool *schema, struct err *err)
{
    const char *const template = text_of(test, "template");
    const char *const constraint = text_of(test, "constraint");
    struct rego_diags diags = {0};
    const struct value *doc;

    *schema = false;
    if (!*template)
        return err_set(err, ERR_INVALID, "invalid Suite: missing template");
    if (*text_of(test, "expansion"))
        return err_set(err, ERR_INVALID, "invalid Suite: expansion templates are not run");
    if (read_one(r, template, &doc, err) < 0 ||
        gatekeeper_template(r->a, doc, template, &out->template, err) < 0 ||
        gatekeeper_compile(r->a, &out->template, &out->program, &diags, err) < 0)
        return err_ctx(err, "adding template");
    if (!*constraint)
        return err_set(err, ERR_INVALID, "invalid Suite: missing constraint");
    if (read_one(r, constraint, &doc, err) < 0 ||
        gatekeeper_constraint(r->a, doc, constraint, &out->template, &out->constraint, schema,
                              err) < 0)
        return err_ctx(err, "adding constraint");
    return 0;
}

static int run_cases(const struct suite_run *r, const struct ready *ready, const struct value *test,
                     struct verify_test *out, struct err *err)
{
    const struct value *const cases = list_of(test, "cases");
    const size_t n = cases ? cases->count : 0;

    out->cases = ARENA_NEW_N(r->a, struct verify_case, n + 1);
    if (!out->cases)
        return err_nomem(err);
    for (size_t i = 0; i < n; i++) {
        const struct value *const c = value_at(cases, i);
        const struct value *const assertions = list_of(c, "assertions");

        if (run_case(r, ready, out->name, c, &out->cases[out->cases_n++], err) < 0)
            return -1;
        if (!out->cases[i].skipped && assertions)
            out->assertions += assertions->count;
    }
    return 0;
}

static int run_test(const struct suite_run *r, const struct value *test, struct verify_test *out,
                    struct err *err)
{
    const int64_t start = clock_steady_ns();
    struct err why = ERR_INIT;
    struct ready ready = {0};
    bool schema;

    out->name = text_of(test, "name");
    const int takes = takes_test(r->a, r->filter, test, err);
    if (takes < 0)
        return -1;
    out->skipped = !takes || flag_of(test, "skip");
    if (out->skipped)
        return 0;
    const int got = prepare(r, test, &ready, &schema, &why);
    if (flag_of(test, "invalid")) {
        if (got == 0)
            (void)err_set(&why, ERR_INVALID, "constraint should have failed schema validation");
        else if (!schema)
            (void)err_ctx(&why, "constraint should have failed schema validation: got error");
        if ((got == 0 || !schema) && keep_error(r->a, &why, &out->error, err) < 0)
            return -1;
    } else if (got < 0) {
        if (keep_error(r->a, &why, &out->error, err) < 0)
            return -1;
    } else if (run_cases(r, &ready, test, out, err) < 0) {
        return -1;
    }
    image_close(&ready.program.image);
    out->ns = clock_steady_ns() - start;
    return 0;
}

/* --- suites ------------------------------------------------------------------------------- */

static bool is_suite(const struct value *doc)
{
    const char *const version = value_cstr(value_field(doc, "apiVersion"));

    return version && strncmp(version, "test.gatekeeper.sh/", 19) == 0 &&
           value_is_str(value_field(doc, "kind"), "Suite");
}

int verify_suite_run(struct arena *a, const char *path, const struct verify_filter *filter,
                     struct verify_suite *out, struct err *err)
{
    const struct suite_run r = {.a = a, .path = path, .filter = filter};
    const int64_t start = clock_steady_ns();
    struct value_list docs = {0};

    *out = (struct verify_suite){.path = path};
    if (read_docs(a, path, &docs, err) < 0)
        return -1;
    if (docs.n == 0 || !is_suite(docs.items[0]))
        return 0;
    out->skipped = flag_of(docs.items[0], "skip");
    const struct value *const tests = list_of(docs.items[0], "tests");
    if (out->skipped || !tests)
        return 1;
    out->tests = ARENA_NEW_N(a, struct verify_test, tests->count + 1u);
    if (!out->tests)
        return err_nomem(err);
    for (size_t i = 0; i < tests->count; i++)
        if (run_test(&r, value_at(tests, i), &out->tests[out->tests_n++], err) < 0)
            return -1;
    out->ns = clock_steady_ns() - start;
    return 1;
}

bool verify_test_failed(const struct verify_test *t)
{
    bool failed = t->error != NULL;

    for (size_t i = 0; i < t->cases_n; i++)
        failed = failed || t->cases[i].error;
    return failed;
}

bool verify_suite_failed(const struct verify_suite *s)
{
    bool failed = false;

    for (size_t i = 0; i < s->tests_n; i++)
        failed = failed || verify_test_failed(&s->tests[i]);
    return failed;
}
