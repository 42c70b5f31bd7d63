#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/judge_report.h"
#include "cli/rego_compile.h"
#include "cli/rego_errors.h"
#include "policy/build/aggregate.h"
#include "policy/rego/yaml_read.h"
#include "policy/value/json.h"

#define JUDGE_ARENA ((size_t)2 * 1024 * 1024 * 1024)

enum { DOCS_MAX = 100000, EXIT_WARNED = 1, EXIT_FAILED_TOO = 2 };

const struct option_row policy_judge_options[] = {
    {"policy", 'p', "PATH", "rules, once for each place (policy)", NULL},
    {"data", 'd', "PATH", "documents for data", NULL},
    {"bundle", 'b', "PATH", "a bundle of rules: a directory or an archive", NULL},
    {"namespace", 'n', "NAME", "the package whose rules count, once for each (main)", NULL},
    {"all-namespaces", 0, NULL, "every package's rules count", NULL},
    {"output", 'o', "FORMAT", "how to print", judge_formats},
    {"combine", 0, NULL, "all files are one input: [{path, contents}]", NULL},
    {"fail-on-warn", 0, NULL, "exit 1 for warnings, 2 for failures", NULL},
    {"no-fail", 0, NULL, "exit 0 whatever is found", NULL},
    {"strict-builtin-errors", 0, NULL, "a built-in's error is an error", NULL},
    REGO_LOAD_OPTIONS,
    {"v0-compatible", 0, NULL, "rules are Rego v0", NULL},
    {"v1-compatible", 0, NULL, "rules are Rego v1 (as without it)", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

struct subject {
    const char *file;
    const struct value *doc;
};

struct judging {
    struct call *call;
    struct arena a;
    struct image img;
    struct rego_tests rules; /* entry points: deny, warn, violation and exception rules */
    struct subject *docs;
    size_t docs_n;
    struct judged_doc *out;
    size_t out_n;
    struct buf prints;
};

/* --- documents ---------------------------------------------------------------------------- */

static bool ends_in(const char *s, const char *suffix)
{
    const size_t n = strlen(s), m = strlen(suffix);

    return n > m && strcmp(s + n - m, suffix) == 0;
}

static bool is_document(const char *name)
{
    return ends_in(name, ".json") || ends_in(name, ".yaml") || ends_in(name, ".yml");
}

static int add_doc(struct judging *j, const char *file, const struct value *doc, struct err *err)
{
    if (j->docs_n == DOCS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d documents", DOCS_MAX);
    j->docs[j->docs_n++] = (struct subject){.file = file, .doc = doc};
    return 0;
}

/* JSON is YAML too, but for what is read as it was written. */
static int read_file(struct judging *j, const char *path, struct err *err)
{
    const bool standard = strcmp(path, "-") == 0;
    const char *const name = arena_strndup(&j->a, standard ? "-" : path, strlen(path));
    const struct value *doc;
    struct value_list all = {0};
    const char *text;
    size_t len;

    if (!name)
        return err_nomem(err);
    if (rego_load_text(standard ? NULL : path, &j->a, &text, &len, err) < 0)
        return -1;
    if (!ends_in(path, ".yaml") && !ends_in(path, ".yml") &&
        json_parse(&j->a, text, len, JSON_LAST_WINS, &doc, NULL, err) == 0)
        return add_doc(j, name, doc, err);
    if (ends_in(path, ".json"))
        return err_ctx(err, "%s", path);
    *err = ERR_INIT;
    if (yaml_read_all(&j->a, text, len, &all, err) < 0)
        return err_ctx(err, "%s", path);
    for (size_t i = 0; i < all.n; i++)
        if ((all.n == 1 || !value_is(all.items[i], VALUE_NULL)) &&
            add_doc(j, name, all.items[i], err) < 0)
            return -1;
    return 0;
}

static int visible(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

static int read_path(struct judging *j, const char *path, unsigned depth, struct err *err)
{
    struct dirent **names = NULL;
    struct stat st;
    int got = 0;

    if (strcmp(path, "-") == 0)
        return read_file(j, path, err);
    if (depth > REGO_LOAD_DEPTH_MAX)
        return err_set(err, ERR_LIMIT, "%s: deeper than %d directories", path, REGO_LOAD_DEPTH_MAX);
    if (stat(path, &st) < 0)
        return err_sys(err, "%s", path);
    if (!S_ISDIR(st.st_mode))
        return depth == 0 || is_document(path) ? read_file(j, path, err) : 0;
    const int n = scandir(path, &names, visible, alphasort);
    if (n < 0)
        return err_sys(err, "%s", path);
    for (int i = 0; i < n; i++) {
        const char *const child = arena_printf(&j->a, "%s/%s", path, names[i]->d_name);

        if (got == 0)
            got = child ? read_path(j, child, depth + 1, err) : err_nomem(err);
        free(names[i]);
    }
    free(names);
    return got;
}

static int combine(struct judging *j, struct err *err)
{
    struct value_list l = {0};

    for (size_t i = 0; i < j->docs_n; i++) {
        struct value_fields f = {0};

        value_fields_add(&j->a, &f, "path", value_str(&j->a, j->docs[i].file));
        value_fields_add(&j->a, &f, "contents", j->docs[i].doc);
        value_list_add(&j->a, &l, value_fields_object(&j->a, &f));
    }
    const struct value *const all = value_list_array(&j->a, &l);
    if (!all)
        return err_nomem(err);
    j->docs[0] = (struct subject){.file = "Combined", .doc = all};
    j->docs_n = 1;
    return 0;
}

/* --- rules -------------------------------------------------------------------------------- */

static const char *namespace_of(struct arena *a, const struct rego_module *m)
{
    const char *out = "";

    for (size_t i = 0; out && i < m->package->count; i++)
        out = arena_printf(a, "%s%s%s", out, i ? "." : "", value_bytes(value_at(m->package, i)));
    return out;
}

static bool chosen(const struct call *call, const char *namespace)
{
    if (call_flag(call, "all-namespaces"))
        return true;
    for (size_t i = 0; call_values(call, "namespace", i); i++)
        if (strcmp(call_values(call, "namespace", i), namespace) == 0)
            return true;
    return !call_value(call, "namespace", NULL) && strcmp(namespace, "main") == 0;
}

static bool is_one(const char *name, const char *word)
{
    const size_t n = strlen(word);

    return strncmp(name, word, n) == 0 && (name[n] == '\0' || name[n] == '_');
}

static bool counts(const char *name)
{
    return is_one(name, "deny") || is_one(name, "violation") || is_one(name, "warn") ||
           strcmp(name, "exception") == 0;
}

static const char *rule_word(const struct rego_test *rule)
{
    return value_bytes(value_at(rule->path, rule->path->count - 1));
}

static int add_rule(struct judging *j, const struct rego_module *m, const struct value *name,
                    struct err *err)
{
    struct value_list path = {0};

    for (size_t i = 0; i < m->package->count; i++)
        value_list_add(&j->a, &path, value_at(m->package, i));
    value_list_add(&j->a, &path, name);
    struct rego_test t = {.path = value_list_array(&j->a, &path)};
    const char *const namespace = namespace_of(&j->a, m);
    t.name = namespace ? arena_printf(&j->a, "data.%s.%s", namespace, value_bytes(name)) : NULL;
    if (!t.path || !t.name)
        return err_nomem(err);
    for (size_t i = 0; i < j->rules.n; i++)
        if (strcmp(j->rules.at[i].name, t.name) == 0)
            return 0;
    j->rules.at[j->rules.n++] = t;
    return 0;
}

static int find_rules(struct judging *j, struct rego_module *const *modules, size_t n,
                      struct err *err)
{
    size_t all = 0;

    for (size_t i = 0; i < n; i++)
        all += modules[i]->rules_n;
    j->rules.at = ARENA_NEW_N(&j->a, struct rego_test, all + 1);
    if (!j->rules.at)
        return err_nomem(err);
    for (size_t i = 0; i < n; i++) {
        const char *const namespace = namespace_of(&j->a, modules[i]);

        if (!namespace)
            return err_nomem(err);
        for (size_t r = 0; chosen(j->call, namespace) && r < modules[i]->rules_n; r++) {
            const struct value *const name = aggregate_rule_name(modules[i]->rules[r]);

            if (name && modules[i]->rules[r]->args.n == 0 && counts(value_bytes(name)) &&
                add_rule(j, modules[i], name, err) < 0)
                return -1;
        }
    }
    return 0;
}

/* --- judging ------------------------------------------------------------------------------ */

static int evaluate(struct judging *j, const struct rego_test *rule, const struct value *input,
                    const struct value **got, struct err *err)
{
    const struct machine_options opt = {.strict_builtin_errors =
                                            call_flag(j->call, "strict-builtin-errors"),
                                        .now_ns = clock_wall_ns(),
                                        .seed = 1,
                                        .prints = &j->prints};
    struct machine_stats stats;

    *got = NULL;
    return machine_run(&j->img, rule->name, input, &j->a, &opt, got, &stats, err) < 0
               ? err_ctx(err, "%s", rule->name)
               : 0;
}

static size_t namespace_len(const struct rego_test *rule)
{
    return strlen(rule->name) - strlen(rule_word(rule)) - 1;
}

static bool same_namespace(const struct rego_test *a, const struct rego_test *b)
{
    const size_t n = namespace_len(a);

    return n == namespace_len(b) && strncmp(a->name, b->name, n) == 0;
}

/* Does the namespace's `exception` name this rule's suffix? */
static int excepted(struct judging *j, const struct rego_test *rule, const struct value *input,
                    bool *out, struct err *err)
{
    const char *const word = rule_word(rule), *const cut = strchr(word, '_');
    const char *const suffix = cut ? cut + 1 : "";

    *out = false;
    for (size_t i = 0; i < j->rules.n; i++) {
        const struct rego_test *const e = &j->rules.at[i];
        const struct value *got;

        if (strcmp(rule_word(e), "exception") != 0 || !same_namespace(e, rule))
            continue;
        if (evaluate(j, e, input, &got, err) < 0)
            return -1;
        for (size_t k = 0; got && value_is(got, VALUE_SET) && k < got->count; k++) {
            const struct value *const names = value_at(got, k);

            for (size_t s = 0; value_is(names, VALUE_ARRAY) && s < names->count; s++)
                *out = *out || value_is_str(value_at(names, s), suffix);
        }
    }
    return 0;
}

/* A sentence, or an object with msg. */
static const struct value *finding(struct judging *j, const struct value *raw, struct err *err)
{
    struct value_fields f = {0}, rest = {0};

    if (value_is(raw, VALUE_STRING)) {
        value_fields_add(&j->a, &f, "msg", raw);
    } else if (value_is(raw, VALUE_OBJECT) && value_cstr(value_field(raw, "msg"))) {
        for (size_t i = 0; i < raw->count; i++)
            if (!value_is_str(value_key_at(raw, i), "msg"))
                value_fields_put(&j->a, &rest, value_key_at(raw, i), value_val_at(raw, i));
        value_fields_add(&j->a, &f, "msg", value_field(raw, "msg"));
        if (rest.keys.n)
            value_fields_add(&j->a, &f, "metadata", value_fields_object(&j->a, &rest));
    } else {
        (void)err_set(err, ERR_INVALID,
                      "a rule gave what is neither a text nor an object with a text msg");
        return NULL;
    }
    const struct value *const out = value_fields_object(&j->a, &f);
    if (!out)
        (void)err_nomem(err);
    return out;
}

static int judge_rule(struct judging *j, const struct rego_test *rule, const struct subject *s,
                      struct judged_doc *out, struct err *err)
{
    const bool warns = is_one(rule_word(rule), "warn");
    const struct value *got;
    bool skip;

    if (excepted(j, rule, s->doc, &skip, err) < 0 || evaluate(j, rule, s->doc, &got, err) < 0)
        return -1;
    const bool many = got && (value_is(got, VALUE_SET) || value_is(got, VALUE_ARRAY));
    const size_t n = many ? got->count : got && value_truthy(got) ? 1 : 0;

    for (size_t i = 0; i < n; i++) {
        const struct value *const one = many ? value_at(got, i) : got;
        const struct value *const f = finding(j, one, err);

        if (!f)
            return err_ctx(err, "%s", rule->name);
        value_list_add(&j->a, skip ? &out->exceptions : warns ? &out->warnings : &out->failures, f);
    }
    out->passed += n == 0;
    return 0;
}

static int judge_doc(struct judging *j, const struct subject *s, struct err *err)
{
    for (size_t i = 0; i < j->rules.n; i++) {
        const struct rego_test *const rule = &j->rules.at[i];
        struct judged_doc *out = NULL;

        if (strcmp(rule_word(rule), "exception") == 0)
            continue;
        const char *const namespace = arena_strndup(&j->a, rule->name + 5, namespace_len(rule) - 5);
        if (!namespace)
            return err_nomem(err);
        for (size_t k = j->out_n; k-- > 0 && !out;)
            if (j->out[k].file == s->file && strcmp(j->out[k].namespace, namespace) == 0)
                out = &j->out[k];
        if (!out) {
            out = &j->out[j->out_n++];
            *out = (struct judged_doc){.file = s->file, .namespace = namespace};
        }
        if (judge_rule(j, rule, s, out, err) < 0)
            return -1;
    }
    return 0;
}

/* --- all ---------------------------------------------------------------------------------- */

static int load(struct judging *j, struct rego_diags *diags, struct err *err)
{
    const struct rego_options opt = {
        .version = call_flag(j->call, "v0-compatible") ? REGO_V0 : REGO_V1, .keep_prints = true};
    struct rego_load l = {0};
    struct rego_module **modules;

    if (rego_load_call(j->call, false, &l, &j->a, err) < 0)
        return -1;
    l.bundle = false;
    for (size_t i = 0; call_values(j->call, "policy", i); i++)
        if (rego_load_path(&l, call_values(j->call, "policy", i), &j->a, err) < 0)
            return -1;
    if (!call_value(j->call, "policy", NULL) && !call_value(j->call, "bundle", NULL) &&
        rego_load_path(&l, "policy", &j->a, err) < 0)
        return -1;
    if (rego_compile_parse(&l, &opt, &j->a, &modules, diags, err) < 0 ||
        find_rules(j, modules, l.sources_n, err) < 0)
        return -1;
    size_t judging = 0;
    for (size_t i = 0; i < j->rules.n; i++)
        judging += strcmp(rule_word(&j->rules.at[i]), "exception") != 0;
    if (judging == 0)
        return err_set(err, ERR_INVALID,
                       "no deny, warn or violation rule in %s: nothing would be judged",
                       call_flag(j->call, "all-namespaces") ? "any package"
                       : call_value(j->call, "namespace", NULL)
                           ? "the namespaces named"
                           : "namespace main (--namespace, --all-namespaces)");
    return rego_compile_image(&l, modules, &j->rules, &opt, &j->a, &j->img, diags, err);
}

static int exit_of(const struct judging *j)
{
    size_t warnings = 0, failures = 0;

    for (size_t i = 0; i < j->out_n; i++) {
        warnings += j->out[i].warnings.n;
        failures += j->out[i].failures.n;
    }
    if (call_flag(j->call, "no-fail"))
        return EXIT_CLEAN;
    if (call_flag(j->call, "fail-on-warn"))
        return failures ? EXIT_FAILED_TOO : warnings ? EXIT_WARNED : EXIT_CLEAN;
    return failures ? EXIT_FINDINGS : EXIT_CLEAN;
}

static int judge(struct judging *j, struct err *err)
{
    struct rego_diags diags = {0};

    j->docs = ARENA_NEW_N(&j->a, struct subject, DOCS_MAX);
    if (!j->docs)
        return err_nomem(err);
    if (load(j, &diags, err) < 0) {
        if (diags.n == 0)
            return -1;
        rego_errors_text(&j->call->log, &diags, err);
        return EXIT_FINDINGS;
    }
    for (size_t i = 0; i < j->call->args_n; i++)
        if (read_path(j, j->call->args[i], 0, err) < 0)
            return -1;
    if (j->docs_n == 0)
        return err_set(err, ERR_INVALID, "no document to judge");
    if (call_flag(j->call, "combine") && combine(j, err) < 0)
        return -1;
    j->out = ARENA_NEW_N(&j->a, struct judged_doc, j->docs_n * j->rules.n + 1);
    if (!j->out)
        return err_nomem(err);
    for (size_t i = 0; i < j->docs_n; i++)
        if (judge_doc(j, &j->docs[i], err) < 0)
            return -1;
    if (judge_report(j->call, call_value(j->call, "output", "stdout"), &j->a, j->out, j->out_n,
                     err) < 0)
        return -1;
    return exit_of(j);
}

int cmd_policy_judge(struct call *call, struct err *err)
{
    struct judging j = {.call = call, .a = ARENA_INIT(JUDGE_ARENA), .img = IMAGE_INIT};
    const int code = judge(&j, err);

    if (j.prints.len)
        buf_add(&call->log, j.prints.data, j.prints.len);
    buf_done(&j.prints);
    image_close(&j.img);
    arena_done(&j.a);
    return code;
}
