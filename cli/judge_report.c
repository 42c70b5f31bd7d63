#include "cli/judge_report.h"

#include <string.h>

#include "base/own.h"
#include "cli/go_json.h"
#include "cli/lint_formats.h"
#include "policy/value/json.h"

const char *const judge_formats[] = {"stdout", "json",        "tap",   "table", "junit",
                                     "github", "azuredevops", "sarif", NULL};

/* The three kinds of findings, in the order in which they are told. */
enum kind { KIND_WARNING, KIND_FAILURE, KIND_EXCEPTION, KINDS };

/* clang-format off */
static const struct {
    const char *word, *row, *level, *plural;
    enum paint paint;
} kinds[KINDS] = {
    [KIND_WARNING]   = { "WARN", "warning",   "warning", "warnings",   PAINT_YELLOW },
    [KIND_FAILURE]   = { "FAIL", "failure",   "error",   "failures",   PAINT_RED    },
    [KIND_EXCEPTION] = { "EXCP", "exception", "note",    "exceptions", PAINT_DIM    },
};
/* clang-format on */

static const struct value_list *list_of(const struct judged_doc *d, enum kind k)
{
    return k == KIND_WARNING ? &d->warnings : k == KIND_FAILURE ? &d->failures : &d->exceptions;
}

static const char *message(const struct value *finding)
{
    const char *const msg = value_cstr(value_field(finding, "msg"));

    return msg ? msg : "";
}

static size_t total(const struct judged_doc *docs, size_t n, enum kind k)
{
    size_t sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += list_of(&docs[i], k)->n;
    return sum;
}

static size_t passed(const struct judged_doc *docs, size_t n)
{
    size_t sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += docs[i].passed;
    return sum;
}

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

/* --- for the eye -------------------------------------------------------------------------- */

static int report_stdout(struct call *call, struct arena *a, const struct judged_doc *docs,
                         size_t n, struct err *err)
{
    const size_t w = total(docs, n, KIND_WARNING), f = total(docs, n, KIND_FAILURE),
                 e = total(docs, n, KIND_EXCEPTION), ok = passed(docs, n);
    struct buf *const out = &call->out;

    (void)a, (void)err;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < KINDS; k++)
            for (size_t r = 0; r < list_of(&docs[i], (enum kind)k)->n; r++) {
                paint(call, kinds[k].paint, kinds[k].word);
                buf_puts(out, " - ");
                say(out, docs[i].file);
                buf_puts(out, " - ");
                say(out, docs[i].namespace);
                buf_puts(out, " - ");
                say(out, message(list_of(&docs[i], (enum kind)k)->items[r]));
                buf_putc(out, '\n');
            }
    buf_printf(out, "%s%zu test%s, %zu passed, %zu warning%s, %zu failure%s, %zu exception%s\n",
               w + f + e ? "\n" : "", ok + w + f + e, plural(ok + w + f + e), ok, w, plural(w), f,
               plural(f), e, plural(e));
    return 0;
}

/* FILE, NAMESPACE and MESSAGE end a line of the formats that have lines. */
static void line_end(struct buf *out, const char *between, const struct judged_doc *d,
                     const char *msg)
{
    say(out, d->file);
    buf_puts(out, between);
    say(out, d->namespace);
    buf_puts(out, between);
    say(out, msg);
    buf_putc(out, '\n');
}

static void table_row(struct buf *out, const char *word, const struct judged_doc *d,
                      const char *msg)
{
    buf_printf(out, "%-9s | ", word);
    line_end(out, " | ", d, msg);
}

static int report_table(struct call *call, struct arena *a, const struct judged_doc *docs, size_t n,
                        struct err *err)
{
    (void)a, (void)err;
    buf_puts(&call->out, "RESULT    | FILE | NAMESPACE | MESSAGE\n");
    for (size_t i = 0; i < n; i++) {
        for (size_t s = 0; s < docs[i].passed; s++)
            table_row(&call->out, "success", &docs[i], "SUCCESS");
        for (size_t k = KINDS; k-- > 0;)
            for (size_t r = 0; r < list_of(&docs[i], (enum kind)k)->n; r++)
                table_row(&call->out, kinds[k].row, &docs[i],
                          message(list_of(&docs[i], (enum kind)k)->items[r]));
    }
    return 0;
}

/* --- for programs ------------------------------------------------------------------------- */

static int report_json(struct call *call, struct arena *a, const struct judged_doc *docs, size_t n,
                       struct err *err)
{
    static const char *const order[] = {"filename",   "namespace", "successes",
                                        "skipped",    "warnings",  "failures",
                                        "exceptions", "msg",       NULL};
    struct value_list l = {0};

    for (size_t i = 0; i < n; i++) {
        struct value_fields f = {0};

        value_fields_add(a, &f, "filename", value_str(a, docs[i].file));
        value_fields_add(a, &f, "namespace", value_str(a, docs[i].namespace));
        value_fields_add(a, &f, "successes", value_u64(a, docs[i].passed));
        for (size_t k = 0; k < KINDS; k++)
            if (list_of(&docs[i], (enum kind)k)->n)
                value_fields_add(a, &f, kinds[k].plural,
                                 value_list_array(a, list_of(&docs[i], (enum kind)k)));
        value_list_add(a, &l, value_fields_object(a, &f));
    }
    const struct value *const doc = value_list_array(a, &l);
    if (!doc)
        return err_nomem(err);
    go_json_ordered(&call->out, doc, order, 0);
    buf_putc(&call->out, '\n');
    return 0;
}

static void tap_line(struct buf *out, const char *word, size_t number, const struct judged_doc *d,
                     const char *msg)
{
    buf_printf(out, "%s %zu - ", word, number);
    line_end(out, " - ", d, msg);
}

static int report_tap(struct call *call, struct arena *a, const struct judged_doc *docs, size_t n,
                      struct err *err)
{
    static const enum kind order[] = {KIND_FAILURE, KIND_WARNING, KIND_EXCEPTION};
    size_t number = 0;
    struct buf *const out = &call->out;

    (void)a, (void)err;
    buf_printf(out, "1..%zu\n",
               passed(docs, n) + total(docs, n, KIND_WARNING) + total(docs, n, KIND_FAILURE) +
                   total(docs, n, KIND_EXCEPTION));
    for (size_t o = 0; o < ARRAY_LEN(order); o++) {
        if (order[o] != KIND_FAILURE && total(docs, n, order[o]))
            buf_printf(out, "# %s\n", kinds[order[o]].plural);
        for (size_t i = 0; i < n; i++)
            for (size_t r = 0; r < list_of(&docs[i], order[o])->n; r++)
                tap_line(out, order[o] == KIND_EXCEPTION ? "ok" : "not ok", ++number, &docs[i],
                         message(list_of(&docs[i], order[o])->items[r]));
    }
    if (passed(docs, n))
        buf_puts(out, "# successes\n");
    for (size_t i = 0; i < n; i++)
        for (size_t s = 0; s < docs[i].passed; s++)
            tap_line(out, "ok", ++number, &docs[i], "SUCCESS");
    return 0;
}

static void junit_case(struct buf *out, const struct judged_doc *d, const char *msg,
                       const char *end)
{
    buf_puts(out, "    <testcase classname=\"");
    lint_xml(out, d->file);
    buf_puts(out, "\" name=\"");
    lint_xml(out, d->namespace);
    if (*msg)
        buf_puts(out, ": ");
    lint_xml(out, msg);
    buf_puts(out, *end ? "\">" : "\"/>\n");
    if (*end) {
        buf_printf(out, "<%s message=\"", end);
        lint_xml(out, msg);
        buf_puts(out, "\"/></testcase>\n");
    }
}

static int report_junit(struct call *call, struct arena *a, const struct judged_doc *docs, size_t n,
                        struct err *err)
{
    struct buf *const out = &call->out;

    (void)a, (void)err;
    buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for (size_t i = 0; i < n; i++) {
        const struct judged_doc *const d = &docs[i];
        const size_t bad = d->failures.n + d->warnings.n;

        buf_puts(out, "  <testsuite name=\"");
        lint_xml(out, d->file);
        buf_printf(out, "\" tests=\"%zu\" failures=\"%zu\" skipped=\"%zu\">\n",
                   d->passed + bad + d->exceptions.n, bad, d->exceptions.n);
        for (size_t s = 0; s < d->passed; s++)
            junit_case(out, d, "", "");
        for (size_t k = 0; k < KINDS; k++)
            for (size_t r = 0; r < list_of(d, (enum kind)k)->n; r++)
                junit_case(out, d, message(list_of(d, (enum kind)k)->items[r]),
                           k == KIND_EXCEPTION ? "skipped" : "failure");
        buf_puts(out, "  </testsuite>\n");
    }
    buf_puts(out, "</testsuites>\n");
    return 0;
}

static int report_github(struct call *call, struct arena *a, const struct judged_doc *docs,
                         size_t n, struct err *err)
{
    static const char *const words[KINDS] = {"warning", "error", "notice"};

    (void)a, (void)err;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < KINDS; k++)
            for (size_t r = 0; r < list_of(&docs[i], (enum kind)k)->n; r++) {
                buf_printf(&call->out, "::%s file=", words[k]);
                lint_command_text(&call->out, docs[i].file, true);
                buf_puts(&call->out, ",line=1,title=");
                lint_command_text(&call->out, docs[i].namespace, true);
                buf_puts(&call->out, "::");
                lint_command_text(&call->out, message(list_of(&docs[i], (enum kind)k)->items[r]),
                                  false);
                buf_putc(&call->out, '\n');
            }
    return 0;
}

/* ; and ] end a property of Azure's commands. */
static void azure_text(struct buf *out, const char *text)
{
    for (; *text; text++) {
        if (strchr("\r\n;]%", *text))
            buf_printf(out, "%%%02X", (unsigned)(unsigned char)*text);
        else
            buf_putc(out, *text);
    }
}

static int report_azure(struct call *call, struct arena *a, const struct judged_doc *docs, size_t n,
                        struct err *err)
{
    (void)a, (void)err;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < KIND_EXCEPTION; k++)
            for (size_t r = 0; r < list_of(&docs[i], (enum kind)k)->n; r++) {
                buf_printf(&call->out, "##vso[task.logissue type=%s;sourcepath=", kinds[k].level);
                azure_text(&call->out, docs[i].file);
                buf_puts(&call->out, "]");
                azure_text(&call->out, message(list_of(&docs[i], (enum kind)k)->items[r]));
                buf_putc(&call->out, '\n');
            }
    return 0;
}

static void sarif_text(struct buf *out, const char *before, const char *text)
{
    buf_puts(out, before);
    json_print_string(out, text, strlen(text));
}

static int report_sarif(struct call *call, struct arena *a, const struct judged_doc *docs, size_t n,
                        struct err *err)
{
    struct buf *const out = &call->out;
    bool first = true;

    (void)a, (void)err;
    buf_puts(out, "{\"version\": \"2.1.0\", \"$schema\": "
                  "\"https://json.schemastore.org/sarif-2.1.0.json\", \"runs\": [{\"tool\": "
                  "{\"driver\": {\"name\": \"sallyport\", \"version\": \"" SALLYPORT_VERSION
                  "\"}}, \"results\": [");
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < KINDS; k++)
            for (size_t r = 0; r < list_of(&docs[i], (enum kind)k)->n; r++) {
                sarif_text(out, first ? "\n{\"ruleId\": " : ",\n{\"ruleId\": ", docs[i].namespace);
                sarif_text(out, ", \"level\": ", kinds[k].level);
                sarif_text(out, ", \"message\": {\"text\": ",
                           message(list_of(&docs[i], (enum kind)k)->items[r]));
                sarif_text(out,
                           "}, \"locations\": [{\"physicalLocation\": {\"artifactLocation\": "
                           "{\"uri\": ",
                           docs[i].file);
                buf_puts(out, "}}}]}");
                first = false;
            }
    buf_puts(out, "]}]}\n");
    return 0;
}

typedef int report_fn(struct call *call, struct arena *a, const struct judged_doc *docs, size_t n,
                      struct err *err);

/* In the order of judge_formats. */
static report_fn *const reports[] = {report_stdout, report_json,   report_tap,   report_table,
                                     report_junit,  report_github, report_azure, report_sarif};

int judge_report(struct call *call, const char *format, struct arena *a,
                 const struct judged_doc *docs, size_t n, struct err *err)
{
    size_t at = 0;

    while (judge_formats[at] && strcmp(judge_formats[at], format) != 0)
        at++;
    return at < ARRAY_LEN(reports) ? reports[at](call, a, docs, n, err)
                                   : err_set(err, ERR_USAGE, "unknown format %s", format);
}
