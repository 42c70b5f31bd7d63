#include <string.h>

#include "cli/cli.h"
#include "cli/judged.h"
#include "policy/value/json.h"

enum { EXPLAIN_ARENA = 64 * 1024 * 1024 };

const struct option_row explain_options[] = {
    {"format", 'f', "FORMAT", "how to print", format_text_json},
    {"image", 0, "FILE", "a compiled policy other than the active one", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

static const struct value *rules_of(const struct image *image)
{
    return value_path(image->data, "sallyport", "catalogue", NULL);
}

static int no_rule(const struct value *rules, const char *id, struct err *err)
{
    const char *names[1024];
    size_t n = 0;

    for (size_t i = 0; i < rules->count && n < 1024; i++) {
        const char *const name = value_cstr(value_key_at(rules, i));

        if (name)
            names[n++] = name;
    }
    const char *const near = nearest(id, names, n);
    if (near)
        return err_set(err, ERR_USAGE, "there is no rule %s; did you mean %s?", id, near);
    return err_set(err, ERR_USAGE, "there is no rule %s; sallyport explain lists them", id);
}

static void list(struct call *call, const struct value *rules)
{
    for (size_t i = 0; i < rules->count; i++) {
        const struct value *const rule = value_val_at(rules, i);
        const char *const name = value_cstr(value_key_at(rules, i));
        const char *const severity = value_cstr(value_field(rule, "severity"));
        const char *const title = value_cstr(value_field(rule, "title"));

        paint(call, PAINT_BOLD, name ? name : "?");
        for (size_t pad = name ? strlen(name) : 1; pad < 28; pad++)
            buf_putc(&call->out, ' ');
        buf_printf(&call->out, " %-9s ", severity ? severity : "-");
        say(&call->out, title ? title : "");
        buf_putc(&call->out, '\n');
    }
}

/* "  docker      TEXT" for each key of an object of texts. */
static void print_texts(struct call *call, const struct value *texts)
{
    for (size_t i = 0; i < texts->count; i++) {
        const char *const key = value_cstr(value_key_at(texts, i));
        const char *const text = value_cstr(value_val_at(texts, i));

        if (key && text) {
            buf_printf(&call->out, "  %-12s ", key);
            say(&call->out, text);
            buf_putc(&call->out, '\n');
        }
    }
}

/* "  limit        TEXT" for each parameter that the settings may give. */
static void print_parameters(struct call *call, const struct value *parameters)
{
    for (size_t i = 0; i < parameters->count; i++) {
        const char *const about =
            value_cstr(value_field(value_val_at(parameters, i), "description"));

        buf_printf(&call->out, "  %-16s ", value_bytes(value_key_at(parameters, i)));
        say(&call->out, about ? about : "");
        buf_putc(&call->out, '\n');
    }
}

static void print_controls(struct call *call, const struct value *controls)
{
    for (size_t i = 0; i < controls->count; i++) {
        const char *const framework = value_cstr(value_key_at(controls, i));
        const struct value *const ids = value_val_at(controls, i);

        buf_printf(&call->out, "  %-24s", framework ? framework : "?");
        for (size_t k = 0; value_is(ids, VALUE_ARRAY) && k < ids->count; k++) {
            const char *const id = value_cstr(value_at(ids, k));

            buf_puts(&call->out, k ? ", " : " ");
            say(&call->out, id ? id : "?");
        }
        buf_putc(&call->out, '\n');
    }
}

static void print_section(struct call *call, const struct value *rule, const char *field,
                          const char *title)
{
    const struct value *const v = value_field(rule, field);
    const char *const text = value_cstr(v);

    if (!v || (!text && (!value_is(v, VALUE_OBJECT) || v->count == 0)))
        return;
    buf_putc(&call->out, '\n');
    paint(call, PAINT_BOLD, title);
    buf_putc(&call->out, '\n');
    if (text) {
        buf_puts(&call->out, "  ");
        say(&call->out, text);
        buf_putc(&call->out, '\n');
    } else if (strcmp(field, "controls") == 0) {
        print_controls(call, v);
    } else if (strcmp(field, "parameters") == 0) {
        print_parameters(call, v);
    } else {
        print_texts(call, v);
    }
}

static void print_rule(struct call *call, const char *id, const struct value *rule)
{
    static const char *const sections[][2] = {
        {"description", "What it looks for"},
        {"why", "Why"},
        {"risk", "Risk"},
        {"remediation", "What to do"},
        {"parameters", "Parameters of the settings"},
        {"controls", "Controls"},
    };
    const char *const title = value_cstr(value_field(rule, "title"));
    const char *const severity = value_cstr(value_field(rule, "severity"));

    paint(call, PAINT_BOLD, id);
    if (severity)
        buf_printf(&call->out, " (%s)", severity);
    buf_puts(&call->out, "\n  ");
    say(&call->out, title ? title : "");
    buf_putc(&call->out, '\n');
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++)
        print_section(call, rule, sections[i][0], sections[i][1]);
}

int cmd_explain(struct call *call, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(EXPLAIN_ARENA);
    AUTO_JUDGED struct judged judged = JUDGED_INIT;

    if (judged_open(&judged, call, "lint", &a, err) < 0)
        return -1;
    const struct value *const rules = rules_of(&judged.gate.image);
    if (!rules || !value_is(rules, VALUE_OBJECT))
        return err_set(err, ERR_INVALID, "the policy image describes no rules");

    const char *const id = call->args_n ? call->args[0] : NULL;
    const struct value *const rule = id ? value_field(rules, id) : rules;
    if (!rule)
        return no_rule(rules, id, err);
    if (call_json(call)) {
        json_print(&call->out, rule, JSON_PRETTY);
        buf_putc(&call->out, '\n');
    } else if (id) {
        print_rule(call, id, rule);
    } else {
        list(call, rules);
    }
    return EXIT_CLEAN;
}
