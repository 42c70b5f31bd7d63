/* Run conformance cases: files of {"cases": [{note, query, modules, data, input, want_result,
 * ..}]}.
 *
 *     rego_conformance [-v] [-m] [-n NOTE] FILE...
 *
 * A case with want_errors is compiled only: codes and places of all errors must be those, with -m
 * their texts too. Prints a line per topic with the notes of the cases that failed and why; -v
 * names those that need built-ins which do not run at container start; -n runs the cases whose note
 * contains NOTE. Ends with "N passed, N failed, N skipped". */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/own.h"
#include "policy/machine/builtin.h"
#include "policy/rego/builtin_decls.h"
#include "policy/rego/eval.h"
#include "policy/value/json.h"

enum { CASE_MEMORY = 512 * 1024 * 1024, FILE_MAX = 64 * 1024 * 1024 };

struct totals {
    unsigned passed, failed, skipped, tools_only;
};

struct options {
    bool verbose, messages, fold;
    const char *note;
};

/* --- test.sleep, which OPA's cases call and OPA itself has not -------------------------------- */

static int test_sleep(struct builtin_ctx *ctx, const struct value *const *args,
                      const struct value **out, struct err *err)
{
    const struct timespec moment = {.tv_nsec = 1000000};

    if (!value_is(args[0], VALUE_STRING))
        return builtin_type_error(ctx, err, 1, "string", args[0]);
    (void)nanosleep(&moment, NULL); /* however long was asked: cases only want time to pass */
    *out = &value_null;
    return 0;
}

static const struct builtin sleep_row = {"test.sleep", test_sleep, 1, BUILTIN_NONDETERMINISTIC, 0};
static const struct builtin_decl sleep_decl = {
    "test.sleep", "", 1, BUILTIN_NONDETERMINISTIC, "duration: string", "slept: null"};

/* --- comparing --------------------------------------------------------------------------- */

/* As JSON shows it: sets are arrays, keys are strings. */
static const struct value *as_json(struct arena *a, const struct value *v)
{
    AUTO_BUF struct buf b = BUF_INIT;
    struct err err = ERR_INIT;
    const struct value *out = NULL;

    json_print(&b, v, JSON_COMPACT);
    if (b.failed || json_parse(a, b.data, b.len, JSON_LAST_WINS, &out, NULL, &err) < 0)
        return NULL;
    return out;
}

static const struct value *sorted(struct arena *a, const struct value *v)
{
    struct value_list l = {0};

    if (!value_is(v, VALUE_ARRAY))
        return v;
    for (uint32_t i = 0; i < v->count; i++) {
        size_t at = l.n;
        value_list_add(a, &l, value_at(v, i));
        for (; at > 0 && value_compare(l.items[at - 1], value_at(v, i)) > 0; at--)
            l.items[at] = l.items[at - 1];
        l.items[at] = value_at(v, i);
    }
    return value_list_array(a, &l);
}

/* Set of binding objects, their arrays sorted where the case asks for it. */
static const struct value *bindings_of(struct arena *a, const struct value *list, bool sort)
{
    struct value_list rows = {0};

    for (uint32_t i = 0; i < list->count; i++) {
        const struct value *const row = value_at(list, i);
        struct value_fields f = {0};

        for (uint32_t k = 0; k < row->count; k++)
            value_fields_put(a, &f, value_key_at(row, k),
                             sort ? sorted(a, value_val_at(row, k)) : value_val_at(row, k));
        value_list_add(a, &rows, value_fields_object(a, &f));
    }
    return value_list_set(a, &rows);
}

static const struct value *text_of(struct arena *a, const struct value *v)
{
    AUTO_BUF struct buf b = BUF_INIT;

    json_print(&b, v, JSON_COMPACT);
    return value_string(a, b.data ? b.data : "", b.len > 400 ? 400 : b.len);
}

/* --- one case ---------------------------------------------------------------------------- */

/* Why an error is not the one wanted; NULL: it is. */
static const char *wrong_error(struct arena *a, const struct value *c, const struct err *err,
                               const struct rego_diags *diags)
{
    const char *const got = err->eval ? err->eval : diags->n ? diags->at[0].code : "";
    const char *const code = value_cstr(value_field(c, "want_error_code"));
    const char *const text = value_cstr(value_field(c, "want_error"));

    if (!code && !text)
        return arena_printf(a, "error %s", err->text);
    if (code && strcmp(got, code) != 0)
        return arena_printf(a, "want %s, got %s", code, err->text);
    if (text && !strstr(err->text, text))
        return arena_printf(a, "want %s, got %s", text, err->text);
    return NULL;
}

static const char *wrong_result(struct arena *a, const struct value *c, const struct value *set)
{
    const struct value *const want = value_field(c, "want_result");
    const bool sort =
        value_field(c, "sort_bindings") && value_bool(value_field(c, "sort_bindings"));

    if (value_field(c, "want_error_code") || value_field(c, "want_error"))
        return arena_printf(a, "no error; got %s", value_bytes(text_of(a, set)));
    const struct value *const got = as_json(a, set);
    if (!got || !want || !value_is(want, VALUE_ARRAY))
        return want ? "the result is no JSON" : NULL;
    const struct value *const x = bindings_of(a, got, sort), *const y = bindings_of(a, want, sort);
    if (value_equal(x, y))
        return NULL;
    return arena_printf(a, "want %s, got %s", value_bytes(text_of(a, y)),
                        value_bytes(text_of(a, x)));
}

static int sources_of(struct arena *a, const struct value *c, struct rego_eval_job *job,
                      struct err *err)
{
    const struct value *const modules = value_field(c, "modules");
    const struct value *const strict = value_field(c, "strict");
    const size_t n = modules && value_is(modules, VALUE_ARRAY) ? modules->count : 0;

    job->rego.version = value_is_str(value_field(c, "version"), "v0") ? REGO_V0 : REGO_V1;
    job->rego.strict = strict && value_bool(strict);
    job->sources_n = n;
    job->sources = ARENA_NEW_N(a, struct rego_source, n + 1);
    if (!job->sources)
        return err_nomem(err);
    for (uint32_t i = 0; i < n; i++) {
        const struct value *const text = value_at(modules, i);

        job->sources[i] = (struct rego_source){.name = arena_printf(a, "test-%u.rego", i),
                                               .text = value_bytes(text),
                                               .len = text->count};
    }
    return 0;
}

static int job_of(struct arena *a, const struct value *c, struct rego_eval_job *job,
                  struct err *err)
{
    const struct value *const term = value_field(c, "input_term");

    job->query = value_cstr(value_field(c, "query"));
    job->data = value_field(c, "data");
    job->input = value_field(c, "input");
    if (!job->query)
        return err_set(err, ERR_INVALID, "the case has no query");
    if (sources_of(a, c, job, err) < 0)
        return -1;
    if (job->data && value_is(job->data, VALUE_NULL))
        job->data = NULL;
    if (!term || value_is(term, VALUE_NULL))
        return 0;
    struct rego_source *const source = ARENA_NEW(a, struct rego_source);
    *source = (struct rego_source){.name = "input", .text = value_bytes(term), .len = term->count};
    return rego_parse_term(a, source, &job->input, err);
}

static bool tools_only(const struct image *img)
{
    const struct value *const names = img->bytes ? image_builtins(img) : NULL;

    for (uint32_t i = 0; names && i < names->count; i++)
        if (!builtin_on_start_path(value_bytes(value_at(names, i))))
            return true;
    return false;
}

/* NULL: passed. */
static const char *run_case(struct arena *a, const struct value *c, bool fold, struct image *img)
{
    struct rego_eval_job job = {.image = img, .rego.fold = fold};
    struct rego_diags diags = {0};
    struct err err = ERR_INIT;
    const struct value *set = NULL;
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    job.machine.now_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    job.machine.seed = 42;
    job.machine.strict_builtin_errors =
        value_field(c, "strict_error") && value_bool(value_field(c, "strict_error"));
    if (job_of(a, c, &job, &err) < 0 || rego_eval_bindings(a, &job, &set, &diags, &err) < 0)
        return wrong_error(a, c, &err, &diags);
    if (image_check(img, &err) < 0)
        return arena_printf(a, "image_check: %s", err.text);
    return wrong_result(a, c, set);
}

/* --- modules that do not compile -------------------------------------------------------------- */

static int compile(struct arena *a, struct rego_eval_job *job, struct rego_diags *diags,
                   struct err *err)
{
    struct rego_module **const modules = ARENA_NEW_N(a, struct rego_module *, job->sources_n + 1);
    struct rego_program *program;

    if (!modules)
        return err_nomem(err);
    for (size_t i = 0; i < job->sources_n; i++)
        if (rego_parse(a, &job->sources[i], &job->rego, &modules[i], diags, err) < 0)
            return -1;
    return rego_check(a, modules, job->sources_n, NULL, 0, NULL, &job->rego, &program, diags, err);
}

static const char *field_text(const struct value *v, const char *name)
{
    const char *const s = value_cstr(value_field(v, name));

    return s ? s : "";
}

struct fault {
    const char *code, *file, *text; /* the first line of the text, text_len bytes */
    size_t text_len;
    int64_t row, col; /* 0: no place */
    bool met;
};
struct faults {
    struct fault *at;
    size_t n;
};

static struct fault fault_of(const struct value *e)
{
    struct fault f = {.code = field_text(e, "code"),
                      .file = field_text(e, "file"),
                      .text = field_text(e, "message")};

    (void)value_int64(value_field(e, "row"), &f.row);
    (void)value_int64(value_field(e, "col"), &f.col);
    return f;
}

static struct fault fault_of_diag(const struct rego_diag *d)
{
    const struct rego_pos pos = rego_pos_of(d->loc);

    return (struct fault){.code = d->code,
                          .file = d->loc.source ? d->loc.source->name : "",
                          .text = d->text,
                          .row = pos.line,
                          .col = pos.col};
}

static struct faults faults_make(struct arena *a, const struct value *want,
                                 const struct rego_diags *diags)
{
    struct faults f = {.n = want ? want->count : diags->n};

    f.at = ARENA_NEW_N(a, struct fault, f.n + 1);
    for (size_t i = 0; f.at && i < f.n; i++) {
        f.at[i] = want ? fault_of(value_at(want, i)) : fault_of_diag(&diags->at[i]);
        f.at[i].text_len = strcspn(f.at[i].text, "\n");
    }
    return f;
}

static void list(struct buf *b, const struct faults *f)
{
    for (size_t i = 0; i < f->n; i++)
        buf_printf(b, "\n    %s %s:%lld:%lld %.*s", f->at[i].code, f->at[i].file,
                   (long long)f->at[i].row, (long long)f->at[i].col, (int)f->at[i].text_len,
                   f->at[i].text);
    buf_puts(b, f->n ? "" : " no error");
}

/* OPA gives no place where the compiler made the term itself. */
static bool same_fault(const struct fault *want, const struct fault *got, bool text)
{
    return strcmp(want->code, got->code) == 0 &&
           (want->row == 0 || (want->row == got->row && want->col == got->col &&
                               strcmp(want->file, got->file) == 0)) &&
           (!text || (want->text_len == got->text_len &&
                      memcmp(want->text, got->text, want->text_len) == 0));
}

static bool all_met(struct faults *want, struct faults *got, bool text)
{
    size_t met = 0;

    for (unsigned placed = 0; placed < 2; placed++)
        for (size_t i = 0; i < want->n; i++)
            for (size_t k = 0; k < got->n && !want->at[i].met; k++)
                if ((want->at[i].row == 0) == placed && !got->at[k].met &&
                    same_fault(&want->at[i], &got->at[k], text)) {
                    want->at[i].met = got->at[k].met = true;
                    met++;
                }
    return met == want->n && met == got->n;
}

/* Codes and places must agree, of all; with `text`, what they say too. */
static const char *wrong_faults(struct arena *a, const struct value *c, bool text)
{
    struct rego_eval_job job = {.rego.keep_prints = true};
    struct rego_diags diags = {0};
    struct err err = ERR_INIT;
    AUTO_BUF struct buf told = BUF_INIT;

    if (sources_of(a, c, &job, &err) < 0 || (compile(a, &job, &diags, &err) < 0 && diags.n == 0))
        return arena_printf(a, "%s", err.text);
    struct faults want = faults_make(a, value_field(c, "want_errors"), &diags);
    struct faults got = faults_make(a, NULL, &diags);

    if (!want.at || !got.at || all_met(&want, &got, text))
        return want.at && got.at ? NULL : "no memory";
    buf_puts(&told, "want");
    list(&told, &want);
    buf_puts(&told, "\n   got");
    list(&told, &got);
    return arena_printf(a, "%s", told.data ? told.data : "");
}

/* Functions that OPA's own harness adds to the language for its tests, and nobody else has. */
static const char *const harness[] = {"test.sleep"};

/* The one that a failed case could not do without, or NULL. */
static const char *harness_only(struct arena *a, const char *why)
{
    for (size_t i = 0; i < ARRAY_LEN(harness); i++) {
        const char *const said = arena_printf(a, "undefined function %s", harness[i]);

        if (said && strstr(why, said))
            return harness[i];
    }
    return NULL;
}

static void run_cases(const char *topic, const struct value *cases, const struct options *opt,
                      struct totals *all)
{
    struct totals t = {0};
    AUTO_BUF struct buf lines = BUF_INIT;

    for (uint32_t i = 0; i < cases->count; i++) {
        AUTO_ARENA struct arena a = ARENA_INIT(CASE_MEMORY);
        const struct value *const c = value_at(cases, i);
        const char *const note = value_cstr(value_field(c, "note"));
        struct image img = IMAGE_INIT;

        if (opt->note && (!note || !strstr(note, opt->note)))
            continue;
        const char *const why = value_field(c, "want_errors") ? wrong_faults(&a, c, opt->messages)
                                                              : run_case(&a, c, opt->fold, &img);
        const bool tools = tools_only(&img);
        const char *const missing = why ? harness_only(&a, why) : NULL;
        t.passed += !why;
        t.failed += why && !missing;
        t.skipped += missing != NULL;
        t.tools_only += tools;
        if (missing)
            buf_printf(&lines, "  SKIP %s: %s is a function of OPA's own harness\n",
                       note ? note : "?", missing);
        else if (why)
            buf_printf(&lines, "  FAIL %s: %s\n", note ? note : "?", why);
        else if (tools && opt->verbose)
            buf_printf(&lines, "  tools only: %s\n", note ? note : "?");
    }
    if (t.passed + t.failed + t.skipped > 0)
        printf("%s: %u of %u passed%s\n%s", topic, t.passed, t.passed + t.failed,
               t.tools_only ? ", some by built-ins of the tools" : "",
               lines.data ? lines.data : "");
    all->passed += t.passed;
    all->failed += t.failed;
    all->skipped += t.skipped;
    all->tools_only += t.tools_only;
}

static int run_file(const char *path, const struct options *opt, struct totals *all)
{
    AUTO_ARENA struct arena a = ARENA_INIT(CASE_MEMORY);
    AUTO_FREE char *text = NULL;
    const struct value *doc;
    struct err err = ERR_INIT;
    size_t len;

    if (file_read_at(AT_FDCWD, path, FILE_MAX, &text, &len, NULL, &err) < 0 ||
        json_parse(&a, text, len, JSON_LAST_WINS, &doc, NULL, &err) < 0) {
        fprintf(stderr, "%s: %s\n", path, err.text);
        return -1;
    }
    const struct value *const cases = value_field(doc, "cases");
    if (!cases || !value_is(cases, VALUE_ARRAY)) {
        fprintf(stderr, "%s: no cases\n", path);
        return -1;
    }
    const char *const slash = strrchr(path, '/');
    run_cases(slash ? slash + 1 : path, cases, opt, all);
    return 0;
}

int main(int argc, char **argv)
{
    struct options opt = {0};
    struct totals all = {0};
    int i = 1, bad = 0;

    builtin_register(&sleep_row, 1);
    builtin_decl_register(&sleep_decl, 1);
    for (; i < argc && argv[i][0] == '-'; i++) {
        if (strcmp(argv[i], "-v") == 0)
            opt.verbose = true;
        else if (strcmp(argv[i], "-f") == 0)
            opt.fold = true;
        else if (strcmp(argv[i], "-m") == 0)
            opt.messages = true;
        else if (strcmp(argv[i], "-n") == 0 && i + 1 < argc)
            opt.note = argv[++i];
        else
            break;
    }
    for (; i < argc; i++)
        bad |= run_file(argv[i], &opt, &all) < 0;
    printf("%u cases need built-ins that do not run at container start\n", all.tools_only);
    printf("%u passed, %u failed, %u skipped\n", all.passed, all.failed, all.skipped);
    return bad || all.failed > 0 || all.passed == 0;
}
