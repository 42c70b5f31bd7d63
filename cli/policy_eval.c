#include <string.h>

#include "base/own.h"
#include "base/str.h"
#include "cli/cli.h"
#include "cli/go_json.h"
#include "cli/rego_errors.h"
#include "cli/rego_query.h"
#include "cli/table.h"
#include "policy/value/json.h"

#define EVAL_ARENA ((size_t)2 * 1024 * 1024 * 1024)

enum { EXIT_OPA_ERROR = 2, EXIT_OPA_FAIL = 1 };

static const char *const formats[] = {"json", "pretty",  "values", "bindings",
                                      "raw",  "discard", NULL};

const struct option_row policy_eval_options[] = {
    REGO_QUERY_OPTIONS,
    {"stdin", 0, NULL, "read the query from standard input", NULL},
    {"format", 'f', "FORMAT", "how to print", formats},
    {"pretty-limit", 0, "N",
     "cut the cells of -f pretty's table after so many bytes (80; 0: never)", NULL},
    {"fail", 0, NULL, "exit 1 when the result is undefined or empty", NULL},
    {"fail-defined", 0, NULL, "exit 1 when the result is defined and not empty", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

/* --- printing as Go's encoder does: field order of OPA's structures, two spaces, <>& escaped ---
 */

struct printer {
    struct buf *out;
    unsigned depth;
};

static void newline(struct printer *p)
{
    buf_putc(p->out, '\n');
    for (unsigned i = 0; i < p->depth; i++)
        buf_puts(p->out, "  ");
}

static void print_field(struct printer *p, const char *name, const struct value *v, bool *first)
{
    if (!v)
        return;
    if (!*first)
        buf_putc(p->out, ',');
    *first = false;
    newline(p);
    buf_printf(p->out, "\"%s\": ", name);
    go_json_print(p->out, v, p->depth);
}

static void open_bracket(struct printer *p, char c)
{
    buf_putc(p->out, c);
    p->depth++;
}

static void close_bracket(struct printer *p, char c)
{
    p->depth--;
    newline(p);
    buf_putc(p->out, c);
}

static void print_location(struct printer *p, const struct value *location)
{
    bool first = true;

    buf_putc(p->out, ',');
    newline(p);
    buf_puts(p->out, "\"location\": ");
    open_bracket(p, '{');
    print_field(p, "row", value_field(location, "row"), &first);
    print_field(p, "col", value_field(location, "col"), &first);
    close_bracket(p, '}');
}

static void print_expression(struct printer *p, const struct value *e)
{
    bool first = true;

    open_bracket(p, '{');
    print_field(p, "value", value_field(e, "value"), &first);
    print_field(p, "text", value_field(e, "text"), &first);
    if (value_field(e, "location"))
        print_location(p, value_field(e, "location"));
    close_bracket(p, '}');
}

static void print_answer(struct printer *p, const struct value *answer)
{
    const struct value *const expressions = value_field(answer, "expressions");
    const struct value *const bindings = value_field(answer, "bindings");
    bool first = false;

    open_bracket(p, '{');
    newline(p);
    buf_puts(p->out, "\"expressions\": ");
    open_bracket(p, '[');
    for (size_t i = 0; expressions && i < expressions->count; i++) {
        if (i)
            buf_putc(p->out, ',');
        newline(p);
        print_expression(p, value_at(expressions, i));
    }
    close_bracket(p, ']');
    if (bindings && bindings->count > 0)
        print_field(p, "bindings", bindings, &first);
    close_bracket(p, '}');
}

static void print_json(struct buf *out, const struct value *result)
{
    const struct value *const answers = value_field(result, "result");
    struct printer p = {.out = out};

    if (!answers || answers->count == 0) {
        buf_puts(out, "{}\n");
        return;
    }
    open_bracket(&p, '{');
    newline(&p);
    buf_puts(out, "\"result\": ");
    open_bracket(&p, '[');
    for (size_t i = 0; i < answers->count; i++) {
        if (i)
            buf_putc(out, ',');
        newline(&p);
        print_answer(&p, value_at(answers, i));
    }
    close_bracket(&p, ']');
    close_bracket(&p, '}');
    buf_putc(out, '\n');
}

/* One array of each answer's expression values, or bindings. */
static void print_each(struct buf *out, const struct value *result, bool bindings)
{
    const struct value *const answers = value_field(result, "result");
    struct printer p = {.out = out};

    for (size_t i = 0; answers && i < answers->count; i++) {
        const struct value *const answer = value_at(answers, i);
        const struct value *const expressions = value_field(answer, "expressions");

        if (bindings) {
            const struct value *const b = value_field(answer, "bindings");

            if (b)
                go_json_print(p.out, b, p.depth);
        } else {
            open_bracket(&p, '[');
            for (size_t k = 0; expressions && k < expressions->count; k++) {
                if (k)
                    buf_putc(out, ',');
                newline(&p);
                go_json_print(p.out, value_field(value_at(expressions, k), "value"), p.depth);
            }
            close_bracket(&p, ']');
        }
        buf_putc(out, '\n');
    }
}

/* Strings as they are, everything else as compact JSON; a line for each answer. */
static void print_raw(struct buf *out, const struct value *result)
{
    const struct value *const answers = value_field(result, "result");

    for (size_t i = 0; answers && i < answers->count; i++) {
        const struct value *const expressions = value_field(value_at(answers, i), "expressions");

        for (size_t k = 0; expressions && k < expressions->count; k++) {
            const struct value *const v = value_field(value_at(expressions, k), "value");

            if (k)
                buf_putc(out, ' ');
            if (v && value_is(v, VALUE_STRING))
                buf_add(out, value_bytes(v), v->count);
            else if (v)
                json_print(out, v, JSON_COMPACT);
        }
        buf_putc(out, '\n');
    }
}

/* --- pretty ------------------------------------------------------------------------------- */

static const struct value *expression_value(const struct value *answer, size_t i)
{
    return value_field(value_at(value_field(answer, "expressions"), i), "value");
}

/* A cell: compact JSON, cut after `limit` bytes. */
static const char *cell(struct arena *a, const struct value *v, size_t limit)
{
    AUTO_BUF struct buf b = BUF_INIT;

    if (v)
        json_print(&b, v, JSON_GO_HTML);
    const bool cut = limit > 0 && b.len > limit;
    return arena_printf(a, "%.*s%s", (int)(cut ? limit : b.len), b.len ? b.data : "",
                        cut ? "..." : "");
}

/* One column for each expression that is no truth value, then one for each variable. */
static int print_table(struct buf *out, struct arena *a, const struct value *answers, size_t limit,
                       struct err *err)
{
    const struct value *const first = value_at(answers, 0);
    const struct value *const bindings = value_field(first, "bindings");
    const size_t vars = bindings ? bindings->count : 0,
                 n = value_field(first, "expressions")->count;
    const char **const cells = ARENA_NEW_N(a, const char *, (answers->count + 1) * (n + vars + 1));
    size_t shown[TABLE_COLS_MAX], cols = 0;

    for (size_t i = 0; i < n && cols + vars < TABLE_COLS_MAX; i++)
        if (vars == 0 || !value_is(expression_value(first, i), VALUE_BOOL))
            shown[cols++] = i;
    if (!cells || cols + vars > TABLE_COLS_MAX)
        return err_set(err, ERR_LIMIT, "a table of more than %d columns", TABLE_COLS_MAX);
    const struct table t = {
        .cells = cells, .rows = answers->count + 1, .cols = cols + vars, .heading = true};
    for (size_t r = 0; r < t.rows; r++) {
        const struct value *const answer = r > 0 ? value_at(answers, r - 1) : first;
        const char **const row = cells + r * t.cols;

        for (size_t c = 0; c < cols; c++)
            row[c] = r > 0 ? cell(a, expression_value(answer, shown[c]), limit)
                           : value_cstr(value_field(
                                 value_at(value_field(first, "expressions"), shown[c]), "text"));
        for (size_t c = 0; c < vars; c++)
            row[cols + c] = r > 0 ? cell(a, value_val_at(value_field(answer, "bindings"), c), limit)
                                  : value_cstr(value_key_at(bindings, c));
        for (size_t c = 0; c < t.cols; c++)
            if (!row[c])
                return err_nomem(err);
    }
    table_print(out, &t);
    return 0;
}

static bool all_true_or_false(const struct value *answer)
{
    const size_t n = value_field(answer, "expressions")->count;

    for (size_t i = 0; i < n; i++)
        if (!value_is(expression_value(answer, i), VALUE_BOOL))
            return n == 1;
    return true;
}

static int print_pretty(struct call *call, struct arena *a, const struct value *result,
                        struct err *err)
{
    const struct value *const answers = value_field(result, "result");
    unsigned long long limit = 80;

    if (!str_decimal(call_value(call, "pretty-limit", "80"), 1000000, &limit))
        return err_set(err, ERR_USAGE, "policy eval: --pretty-limit takes a number");
    if (!answers || answers->count == 0) {
        buf_puts(&call->out, "undefined\n");
        return 0;
    }
    const struct value *const first = value_at(answers, 0);

    if (answers->count > 1 || value_field(first, "bindings") || !all_true_or_false(first))
        return print_table(&call->out, a, answers, (size_t)limit, err);
    go_json_print(&call->out, expression_value(first, 0), 0);
    buf_putc(&call->out, '\n');
    return 0;
}

static int print_result(struct call *call, struct arena *a, const struct value *result,
                        struct err *err)
{
    const char *const format = call_value(call, "format", "json");

    if (strcmp(format, "pretty") == 0)
        return print_pretty(call, a, result, err);
    if (strcmp(format, "json") == 0)
        print_json(&call->out, result);
    else if (strcmp(format, "raw") == 0)
        print_raw(&call->out, result);
    else if (strcmp(format, "discard") != 0)
        print_each(&call->out, result, strcmp(format, "bindings") == 0);
    return 0;
}

/* QUERY as an entry point of a compiled policy: what the gate itself runs. */
static int eval_image(const struct call *call, const struct rego_eval_job *job, struct arena *a,
                      struct image *img, const struct value **result, struct err *err)
{
    const struct value *value = NULL;
    struct machine_stats stats;
    struct value_fields expression = {0}, place = {0}, answer = {0}, whole = {0};
    struct value_list list = {0}, answers = {0};

    if (rego_query_image(call, img, err) < 0)
        return -1;
    if (machine_run(img, job->query, job->input, a, &job->machine, &value, &stats, err) < 0)
        return -1;
    if (value) {
        value_fields_add(a, &place, "row", value_int(a, 1));
        value_fields_add(a, &place, "col", value_int(a, 1));
        value_fields_add(a, &expression, "value", value);
        value_fields_add(a, &expression, "text", value_str(a, job->query));
        value_fields_add(a, &expression, "location", value_fields_object(a, &place));
        value_list_add(a, &list, value_fields_object(a, &expression));
        value_fields_add(a, &answer, "expressions", value_list_array(a, &list));
        value_list_add(a, &answers, value_fields_object(a, &answer));
        value_fields_add(a, &whole, "result", value_list_array(a, &answers));
    }
    *result = value_fields_object(a, &whole);
    return *result && !a->failed ? 0 : err_nomem(err);
}

int cmd_policy_eval(struct call *call, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(EVAL_ARENA);
    AUTO_BUF struct buf prints = BUF_INIT;
    AUTO_IMAGE struct image img = IMAGE_INIT;
    const char *text = call->args_n > 0 ? call->args[0] : NULL;
    struct rego_diags diags = {0};
    struct rego_eval_job job;
    const struct value *result = NULL;
    size_t len;

    if ((call->args_n > 0) == call_flag(call, "stdin"))
        return err_set(err, ERR_USAGE, "policy eval: a QUERY or --stdin");
    if (rego_query_load(call, &job, &a, err) < 0 ||
        (!text && rego_load_text(NULL, &a, &text, &len, err) < 0))
        return -1;
    job.query = text;
    job.machine.prints = &prints;
    const int done = rego_query_compiled(call) ? eval_image(call, &job, &a, &img, &result, err)
                                               : rego_eval(&a, &job, &result, &diags, err);
    if (prints.len)
        buf_add(&call->log, prints.data, prints.len);
    if (done < 0) {
        rego_errors_print(&call->out, &diags, err);
        return EXIT_OPA_ERROR;
    }
    if (print_result(call, &a, result, err) < 0)
        return -1;

    const struct value *const answers = value_field(result, "result");
    const bool defined = answers && answers->count > 0;
    if ((call_flag(call, "fail") && !defined) || (call_flag(call, "fail-defined") && defined))
        return EXIT_OPA_FAIL;
    return EXIT_CLEAN;
}
