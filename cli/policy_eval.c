#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/own.h"
#include "cli/cli.h"
#include "cli/go_json.h"
#include "cli/rego_errors.h"
#include "cli/rego_load.h"
#include "policy/rego/eval.h"
#include "policy/value/json.h"
#include "runtime/judge.h"

#define EVAL_ARENA ((size_t)2 * 1024 * 1024 * 1024)

enum { EXIT_OPA_ERROR = 2, EXIT_OPA_FAIL = 1 };

static const char *const formats[] = {"json", "values", "bindings", "raw", "discard", NULL};

const struct option_row policy_eval_options[] = {
    {"data", 'd', "PATH", "Rego file, JSON file or directory", NULL},
    {"bundle", 'b', "PATH", "a bundle: a directory or an archive", NULL},
    REGO_TRUST_OPTIONS,
    {"input", 'i', "FILE", "the input document", NULL},
    {"stdin-input", 'I', NULL, "read the input document from standard input", NULL},
    {"format", 'f', "FORMAT", "how to print", formats},
    {"image", 0, "FILE", "evaluate an entry point of this compiled policy", NULL},
    {"active", 0, NULL, "evaluate an entry point of the active policy", NULL},
    {"strict-builtin-errors", 0, NULL, "a built-in's error ends the evaluation", NULL},
    {"v0-compatible", 0, NULL, "read modules as Rego v0", NULL},
    {"v1-compatible", 0, NULL, "read modules as Rego v1 (as without it)", NULL},
    {"fail", 0, NULL, "exit 1 when the result is undefined or empty", NULL},
    {"fail-defined", 0, NULL, "exit 1 when the result is defined and not empty", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

static int load_input(const struct call *call, const struct value **input, struct arena *a,
                      struct err *err)
{
    const char *const path = call_value(call, "input", NULL);

    if (path && call_flag(call, "stdin-input"))
        return err_set(err, ERR_USAGE, "policy eval: --input or --stdin-input, not both");
    if (path || call_flag(call, "stdin-input"))
        return rego_load_json(path, a, input, err);
    return 0;
}

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

static void print_result(struct call *call, const struct value *result)
{
    const char *const format = call_value(call, "format", "json");

    if (strcmp(format, "json") == 0)
        print_json(&call->out, result);
    else if (strcmp(format, "raw") == 0)
        print_raw(&call->out, result);
    else if (strcmp(format, "discard") != 0)
        print_each(&call->out, result, strcmp(format, "bindings") == 0);
}

/* QUERY as an entry point of a compiled policy: what the gate itself runs. */
static int eval_image(const struct call *call, const struct rego_eval_job *job, struct arena *a,
                      struct image *img, const struct value **result, struct err *err)
{
    const char *const path = call_value(call, "image", SALLYPORT_IMAGE);
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const struct value *value = NULL;
    struct machine_stats stats;
    struct value_fields expression = {0}, place = {0}, answer = {0}, whole = {0};
    struct value_list list = {0}, answers = {0};

    if (fd < 0)
        return err_sys(err, "%s", path);
    if (image_map(img, fd, err) < 0 || image_check(img, err) < 0)
        return err_ctx(err, "%s", path);
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
    struct rego_load load = {0};
    struct rego_diags diags = {0};
    struct timespec now;
    const struct value *result = NULL;
    AUTO_IMAGE struct image img = IMAGE_INIT;

    if (clock_gettime(CLOCK_REALTIME, &now) < 0)
        return err_sys(err, "clock");
    struct rego_eval_job job = {
        .query = call->args[0],
        .rego = {.version = call_flag(call, "v0-compatible") ? REGO_V0 : REGO_V1,
                 .keep_prints = true},
        .machine = {.strict_builtin_errors = call_flag(call, "strict-builtin-errors"),
                    .now_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec,
                    .seed = (uint64_t)now.tv_nsec ^ (uint64_t)now.tv_sec << 20,
                    .prints = &prints},
    };
    if (rego_load_call(call, false, &load, &a, err) < 0 ||
        load_input(call, &job.input, &a, err) < 0)
        return -1;
    job.sources = load.sources;
    job.sources_n = load.sources_n;
    job.data = load.data;

    const bool compiled = call_flag(call, "active") || call_value(call, "image", NULL);
    if (compiled && (job.sources_n || job.data))
        return err_set(err, ERR_USAGE,
                       "policy eval: a compiled policy takes no --data or --bundle");
    const int done = compiled ? eval_image(call, &job, &a, &img, &result, err)
                              : rego_eval(&a, &job, &result, &diags, err);
    if (prints.len)
        buf_add(&call->log, prints.data, prints.len);
    if (done < 0) {
        rego_errors_print(&call->out, &diags, err);
        return EXIT_OPA_ERROR;
    }
    print_result(call, result);

    const struct value *const answers = value_field(result, "result");
    const bool defined = answers && answers->count > 0;
    if ((call_flag(call, "fail") && !defined) || (call_flag(call, "fail-defined") && defined))
        return EXIT_OPA_FAIL;
    return EXIT_CLEAN;
}
