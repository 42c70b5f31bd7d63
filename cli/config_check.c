/* sallyport config check: what is wrong with the settings, all of it, with places. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/own.h"
#include "base/str.h"
#include "cli/cli.h"
#include "policy/build/activate.h"
#include "policy/build/shape.h"
#include "policy/schema/schemas.h"
#include "policy/value/json.h"

#define CONFIG_ARENA ((size_t)1024 * 1024 * 1024)

const struct option_row config_check_options[] = {
    {"format", 'f', "FORMAT", "how to print", format_text_json},
    {"rules", 0, "DIR", "the shipped rules from here", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

/* Unknown keys and wrong types: every one of them. */
static int check_shape(const char *file, struct arena *a, struct buf *says, struct err *err)
{
    const struct schema_text schema = schema_settings();
    const struct value *doc;
    struct yaml_node *tree;
    const char *text;
    size_t len;

    if (json_parse(a, schema.text, schema.len, JSON_STRICT, &doc, NULL, err) < 0)
        return err_ctx(err, "schema of the settings");
    if (sources_read(a, file, false, YAML_BYTES_MAX, &text, &len, err) < 0 ||
        yaml_parse(a, file, text, len, &tree, err) < 0)
        return -1;
    return shape_check_all(file, tree, doc, says, err);
}

/* A place in the settings names a program that is there and can be run. */
static void check_program(const char *file, const struct yaml_node *at, struct buf *says)
{
    const char *const path = at ? value_cstr(at->value) : NULL;
    struct stat st;

    if (!path)
        return;
    if (stat(path, &st) < 0)
        buf_printf(says, "%s:%u:%u: %s: %s\n", file, at->line, at->col, path, strerror(errno));
    else if (!S_ISREG(st.st_mode) || !(st.st_mode & 0111))
        buf_printf(says, "%s:%u:%u: %s is not a program\n", file, at->line, at->col, path);
}

static void check_programs(const char *file, const struct settings *s, struct buf *says)
{
    const struct yaml_node *const regs = yaml_get(s->tree, "registrations");
    const struct yaml_node *const own = yaml_get(s->tree, "runtime");
    const char *const path = value_cstr(value_field(s->meta_default, "runtime"));

    if (own)
        check_program(file, own, says);
    else if (path && access(path, X_OK) < 0)
        buf_printf(says, "%s: runtime is not set, and %s is not here\n", file, path);
    for (size_t i = 0; regs && i < regs->n; i++)
        check_program(file, yaml_get(regs->kids[i], "runtime"), says);
}

/* FILE:LINE:COLUMN: TEXT, one a line, as {"file", "line", "column", "text"}. */
static const struct value *line_json(struct arena *a, const char *file, const char *line,
                                     size_t len)
{
    struct value_fields f = {0};
    const size_t skip = strlen(file);
    unsigned at[2] = {0, 0};
    size_t i = skip;

    if (len > skip && memcmp(line, file, skip) == 0) {
        for (size_t k = 0; k < 2 && i < len && line[i] == ':'; k++) {
            size_t d = i + 1;

            for (at[k] = 0; d < len && line[d] >= '0' && line[d] <= '9'; d++)
                at[k] = at[k] * 10 + (unsigned)(line[d] - '0');
            if (d == i + 1)
                break;
            i = d;
        }
        value_fields_add(a, &f, "file", value_str(a, file));
    } else {
        i = 0;
    }
    while (i < len && (line[i] == ':' || line[i] == ' '))
        i++;
    value_fields_add(a, &f, "line", at[0] ? value_int(a, at[0]) : NULL);
    value_fields_add(a, &f, "column", at[1] ? value_int(a, at[1]) : NULL);
    value_fields_add(a, &f, "text", value_string(a, line + i, len - i));
    return value_fields_object(a, &f);
}

static int print_json(struct call *call, struct arena *a, const char *file, const struct buf *says,
                      struct err *err)
{
    struct value_list list = {0};

    for (const char *p = says->data; p && *p;) {
        const size_t len = strcspn(p, "\n");

        value_list_add(a, &list, line_json(a, file, p, len));
        p += len + (p[len] == '\n');
    }
    const struct value *const all = value_list_array(a, &list);
    if (!all || list.failed)
        return err_nomem(err);
    json_print(&call->out, all, JSON_PRETTY);
    buf_putc(&call->out, '\n');
    return 0;
}

static bool is_about_settings(const struct err *e)
{
    return e->code == ERR_INVALID || e->code == ERR_PARSE || e->code == ERR_COMPILE ||
           e->code == ERR_LIMIT;
}

int cmd_config_check(struct call *call, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(CONFIG_ARENA);
    AUTO_BUF struct buf says = BUF_INIT;
    const char *const file = call->args_n ? call->args[0] : POLICY_SETTINGS;
    struct compiled out;
    const struct compile_options o = {
        .settings = file,
        .baseline = call_value(call, "rules", POLICY_BASELINE),
        .skip_tests = true,
        .now_ns = clock_wall_ns(),
        .report = &says,
    };

    int got = check_shape(file, &a, &says, err);
    if (got < 0 && !is_about_settings(err))
        return -1;
    if (got == 0)
        got = policy_compile(&a, &o, &out, err);
    if (got < 0 && !is_about_settings(err))
        return -1;
    if (got < 0 && says.len == 0)
        buf_printf(&says, "%s\n", err->text);
    if (got == 0)
        check_programs(file, &out.settings, &says);
    if (buf_check(&says, err) < 0 ||
        (call_json(call) && print_json(call, &a, file, &says, err) < 0))
        return -1;
    for (const char *p = says.data; !call_json(call) && p && *p;) {
        const size_t len = strcspn(p, "\n");
        char shown[2048];

        (void)str_escape(p, len, shown, sizeof shown);
        buf_printf(&call->out, "%s\n", shown);
        p += len + (p[len] == '\n');
    }
    return says.len ? EXIT_FINDINGS : EXIT_CLEAN;
}
