#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/own.h"
#include "cli/cli.h"
#include "cli/judged.h"
#include "cli/spooled.h"
#include "cli/why_ended.h"
#include "policy/value/json.h"
#include "report/replay.h"

enum { WHY_ARENA = 512 * 1024 * 1024 };

const struct option_row why_options[] = {
    {"format", 'f', "FORMAT", "how to print", format_text_json},
    {"input", 'i', NULL, "print the document that was judged, as JSON", NULL},
    {"replay", 0, NULL, "decide again and compare", NULL},
    {"image", 0, "FILE", "replay: a compiled policy other than the active one", NULL},
    {"said", 's', "FILE", "what the container wrote (- for standard input)", NULL},
    {"log", 0, "DIR", "the log's directory", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

static const char *text_or(const struct value *v, const char *otherwise)
{
    const char *const text = value_cstr(v);

    return text ? text : otherwise;
}

static void row(struct call *call, const char *name, const struct value *v)
{
    AUTO_BUF struct buf text = BUF_INIT;

    if (!v || value_is(v, VALUE_NULL))
        return;
    if (!value_cstr(v))
        json_print(&text, v, JSON_COMPACT);
    buf_printf(&call->out, "  %-12s ", name);
    say(&call->out, value_cstr(v) ? value_cstr(v) : text.data ? text.data : "");
    buf_putc(&call->out, '\n');
}

static void print_finding(struct call *call, const struct value *f)
{
    const struct value *const fixed = value_field(f, "fixed");
    const struct value *const waived = value_field(f, "waived");
    const bool deny = value_is_str(value_field(f, "enforcement"), "deny");
    const char *const end = waived                       ? "waived"
                            : fixed && value_bool(fixed) ? "harden"
                            : deny                       ? "refuse"
                                                         : "warn";

    buf_puts(&call->out, "  ");
    paint(call, strcmp(end, "refuse") == 0 ? PAINT_RED : PAINT_PLAIN, end);
    buf_puts(&call->out, " ");
    paint(call, PAINT_BOLD, text_or(value_field(f, "rule"), "?"));
    buf_puts(&call->out, ": ");
    say(&call->out, text_or(value_field(f, "msg"), ""));
    const char *const path = value_cstr(value_field(f, "path"));
    if (path && *path) {
        buf_puts(&call->out, " [");
        say(&call->out, path);
        buf_puts(&call->out, "]");
    }
    buf_putc(&call->out, '\n');
}

static void print_list(struct call *call, const char *title, const struct value *items,
                       void (*one)(struct call *, const struct value *))
{
    if (!items || !value_is(items, VALUE_ARRAY) || items->count == 0)
        return;
    paint(call, PAINT_BOLD, title);
    buf_putc(&call->out, '\n');
    for (size_t i = 0; i < items->count; i++)
        one(call, value_at(items, i));
}

static void print_change(struct call *call, const struct value *op)
{
    AUTO_BUF struct buf value = BUF_INIT;
    const struct value *const v = value_field(op, "value");

    if (v)
        json_print(&value, v, JSON_COMPACT);
    buf_printf(&call->out, "  %-8s ", text_or(value_field(op, "op"), "?"));
    say(&call->out, text_or(value_field(op, "path"), "?"));
    if (value.data) {
        buf_puts(&call->out, " ");
        say(&call->out, value.data);
    }
    buf_putc(&call->out, '\n');
}

/* What the gate did itself beside the document. */
static void print_action(struct call *call, const struct value *action)
{
    buf_printf(&call->out, "  %-12s", text_or(value_field(action, "action"), "?"));
    for (size_t i = 0; value_is(action, VALUE_OBJECT) && i < action->count; i++) {
        AUTO_BUF struct buf text = BUF_INIT;
        const char *const key = value_cstr(value_key_at(action, i));
        const struct value *const v = value_val_at(action, i);

        if (!key || strcmp(key, "action") == 0)
            continue;
        if (!value_cstr(v))
            json_print(&text, v, JSON_COMPACT);
        buf_putc(&call->out, ' ');
        say(&call->out, key);
        buf_putc(&call->out, ' ');
        say(&call->out, value_cstr(v) ? value_cstr(v) : text.data ? text.data : "");
    }
    buf_putc(&call->out, '\n');
}

static void print_record(struct call *call, const struct value *r)
{
    const struct value *const own = value_field(r, "sallyport");
    const struct value *const container = value_field(own, "container");
    const struct value *const result = value_field(r, "result");

    paint(call, PAINT_BOLD, text_or(value_field(r, "decision_id"), "?"));
    buf_puts(&call->out, " ");
    paint(call, value_is_str(value_field(result, "verdict"), "refuse") ? PAINT_RED : PAINT_GREEN,
          text_or(value_field(result, "verdict"), "?"));
    buf_putc(&call->out, '\n');
    row(call, "time", value_field(r, "timestamp"));
    row(call, "operation", value_field(own, "operation"));
    row(call, "request", value_field(own, "request"));
    row(call, "follows", value_field(own, "follows"));
    row(call, "caller", value_field(own, "caller"));
    row(call, "container", value_field(container, "id"));
    row(call, "name", value_field(container, "name"));
    row(call, "engine", value_field(container, "engine"));
    row(call, "actor", value_field(own, "actor"));
    row(call, "mode", value_field(result, "mode"));
    row(call, "would", value_field(result, "would"));
    row(call, "policy", value_field(own, "policy"));
    row(call, "error", value_field(own, "error"));
    row(call, "unknown", value_field(own, "unknown"));
    row(call, "digests", value_field(own, "digests"));
    row(call, "timings", value_field(r, "metrics"));
    print_list(call, "findings", value_field(result, "findings"), print_finding);
    print_list(call, "still refused after hardening", value_field(result, "refusals"),
               print_finding);
    print_list(call, "changes", value_field(result, "patch"), print_change);
    print_list(call, "by the gate's own hand", value_field(result, "actions"), print_action);
}

static int input_of(const struct call *call, const struct value *record, struct arena *a,
                    const struct value **input, struct err *err)
{
    const char *const digest =
        value_cstr(value_path(record, "sallyport", "digests", "input", NULL));

    if (!digest)
        return err_set(err, ERR_INVALID, "the record names no document: no decision was reached");
    return spooled_blob(spooled_dir(call), digest, a, input, err);
}

static int replay_record(struct call *call, const struct value *record, struct arena *a,
                         struct err *err)
{
    AUTO_JUDGED struct judged judged = JUDGED_INIT;
    const struct value *input;
    struct replay r;

    if (input_of(call, record, a, &input, err) < 0 ||
        judged_open(&judged, call, "lint", a, err) < 0 ||
        replay(a, &judged.gate.image, record, input, &r, err) < 0)
        return -1;
    buf_printf(&call->out, "%s: recorded %s, replayed %s, %zu and %zu findings\n",
               r.same ? "same" : "differs", r.was, r.now, r.was_n, r.now_n);
    return r.same ? EXIT_CLEAN : EXIT_FINDINGS;
}

/* A start that was hardened: which change may be in the way, by what the container said. */
static int print_ended(struct call *call, const struct value *record, struct arena *a,
                       struct err *err)
{
    const char *const file = call_value(call, "said", NULL);
    const struct value *const operation = value_path(record, "sallyport", "operation", NULL);
    const struct value *input = NULL;
    AUTO_FREE char *said = NULL;
    struct err ignored = ERR_INIT;
    size_t len = 0;

    if (!value_is_str(operation, "create") && !value_is_str(operation, "run"))
        return 0;
    if (!value_is_str(value_path(record, "result", "verdict", NULL), "harden"))
        return 0;
    if (file) {
        AUTO_FD int fd =
            strcmp(file, "-") == 0 ? dup(STDIN_FILENO) : open(file, O_RDONLY | O_CLOEXEC);

        if (fd < 0)
            return err_sys(err, "%s", file);
        if (file_read_fd(fd, WHY_SAID_MAX, &said, &len, err) < 0)
            return err_ctx(err, "%s", file);
    } else if (input_of(call, record, a, &input, &ignored) == 0) {
        said = why_engines_log(call, record, input);
    }
    why_ended(call, record, said);
    return 0;
}

/* Records' ids are upper-case, containers' ids and names are not: one that is no record's is a
 * container's, whose last start is told. */
static int find(struct call *call, struct arena *a, const struct value **record, struct err *err)
{
    const char *const id = call->args[0];
    const bool lower = id[strcspn(id, "abcdefghijklmnopqrstuvwxyz")] != '\0';

    return lower ? spooled_start(spooled_dir(call), id, a, record, err)
                 : spooled_record(spooled_dir(call), id, a, record, err);
}

int cmd_why(struct call *call, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(WHY_ARENA);
    const struct value *record, *shown;

    if (find(call, &a, &record, err) < 0)
        return -1;
    if (call_flag(call, "replay"))
        return replay_record(call, record, &a, err);
    shown = record;
    if (call_flag(call, "input") && input_of(call, record, &a, &shown, err) < 0)
        return -1;
    if (call_flag(call, "input") || call_json(call)) {
        json_print(&call->out, shown, JSON_PRETTY);
        buf_putc(&call->out, '\n');
    } else {
        print_record(call, record);
        if (print_ended(call, record, &a, err) < 0)
            return -1;
    }
    return EXIT_CLEAN;
}
