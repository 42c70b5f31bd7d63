/* `sallyport policy simulate`: which containers another policy would treat otherwise, and why. */
#include <string.h>
#include <unistd.h>

#include "cli/judged.h"
#include "cli/lint_many.h"
#include "cli/simulate.h"
#include "cli/spooled.h"
#include "policy/value/json.h"

#define SIMULATE_ARENA ((size_t)4 << 30)

static const char *const levels[] = {"baseline", "restricted", NULL};

const struct option_row policy_simulate_options[] = {
    {"policy", 'p', "FILE", "the compiled policy (sallyport policy activate --output)", NULL},
    {"settings", 's', "FILE", "or these settings, compiled here", NULL},
    {"rules", 0, "DIR", "with the shipped rules from here", NULL},
    {"level", 'l', "LEVEL", "at this level", levels},
    {"since", 0, "TIME", "records from then on: RFC 3339 in UTC, a date, or 6h, 30d ago", NULL},
    {"until", 0, "TIME", "before then", NULL},
    {"container", 'c', "ID", "only this container (id, its beginning, or name); may be repeated",
     NULL},
    {"operation", 0, "VERB", "only this operation", NULL},
    {"engine", 'e', "NAME", "only this engine's", NULL},
    {"jobs", 'j', "N", "records judged at a time (one for each processor)", NULL},
    {"format", 'f', "FORMAT", "how to print", format_text_json},
    {"log", 0, "DIR", "the log's directory", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

/* Rows in the order that people look for them: by container, then in time. */
static const struct value *sorted(struct arena *a, const struct value_list *rows)
{
    static const char *const by[] = {"container", "id", "operation", "was", "now", "time"};
    struct value_list keyed = {0}, out = {0};

    for (size_t i = 0; i < rows->n; i++) {
        const struct value *pair[2];
        struct value_list key = {0};

        for (size_t k = 0; k < sizeof by / sizeof by[0]; k++) {
            const struct value *const v = value_field(rows->items[i], by[k]);

            value_list_add(a, &key, v ? v : &value_null);
        }
        pair[0] = value_list_array(a, &key);
        pair[1] = rows->items[i];
        value_list_add(a, &keyed, pair[0] ? value_array(a, pair, 2) : NULL);
    }
    const struct value *const set = value_list_set(a, &keyed);
    for (size_t i = 0; set && i < set->count; i++)
        value_list_add(a, &out, value_at(value_at(set, i), 1));
    return set ? value_list_array(a, &out) : NULL;
}

static const struct value *document(struct arena *a, const struct simulation *s,
                                    const struct gate *gate, const struct value *rows)
{
    struct value_fields f = {0}, policy = {0};

    value_fields_add(a, &policy, "digest", value_str(a, gate->image_digest));
    value_fields_add(a, &policy, "serial", value_field(gate->image.meta, "serial"));
    value_fields_add(a, &policy, "level", value_field(gate->settings, "level"));
    value_fields_add(a, &policy, "mode", value_field(gate->settings, "mode"));
    value_fields_add(a, &f, "version", value_int(a, 1));
    value_fields_add(a, &f, "policy", value_fields_object(a, &policy));
    value_fields_add(a, &f, "since", value_str(a, s->filter->since));
    value_fields_add(a, &f, "until", value_str(a, s->filter->until));
    value_fields_add(a, &f, "records", value_u64(a, s->records));
    value_fields_add(a, &f, "same", value_u64(a, s->same));
    value_fields_add(a, &f, "findings_only", value_u64(a, s->findings_only));
    value_fields_add(a, &f, "changed", value_u64(a, s->changed));
    value_fields_add(a, &f, "cannot_tell", value_u64(a, s->cannot_tell));
    value_fields_add(a, &f, "changes", rows);
    value_fields_add(a, &f, "rules", s->rules);
    return value_fields_object(a, &f);
}

static const char *text(const struct value *row, const char *name)
{
    const char *const t = value_cstr(value_field(row, name));

    return t ? t : "-";
}

static void print_findings(struct call *call, const struct value *list, const char *sign)
{
    for (size_t i = 0; list && value_is(list, VALUE_ARRAY) && i < list->count; i++) {
        buf_printf(&call->out, "    %s ", sign);
        say(&call->out, text(value_at(list, i), "rule"));
        buf_puts(&call->out, ": ");
        say(&call->out, text(value_at(list, i), "msg"));
        buf_putc(&call->out, '\n');
    }
}

/* Alike but for the time and the record. */
static bool alike(const struct value *x, const struct value *y)
{
    static const char *const parts[] = {"container", "image", "operation", "was",
                                        "now",       "why",   "appeared",  "gone"};

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const struct value *const p = value_field(x, parts[i]), *const q = value_field(y, parts[i]);

        if (!p != !q || (p && !value_equal(p, q)))
            return false;
    }
    return true;
}

static void print_row(struct call *call, const struct value *row, size_t times)
{
    const char *const now = text(row, "now");

    say(&call->out, text(row, "container"));
    buf_puts(&call->out, " (");
    say(&call->out, text(row, "operation"));
    buf_puts(&call->out, "): ");
    say(&call->out, text(row, "was"));
    buf_puts(&call->out, " -> ");
    paint(call,
          strcmp(now, "refuse") == 0        ? PAINT_RED
          : strcmp(now, "cannot tell") == 0 ? PAINT_YELLOW
                                            : PAINT_GREEN,
          now);
    buf_printf(&call->out, ", %zu times, last ", times);
    say(&call->out, text(row, "decision"));
    if (value_field(row, "why")) {
        buf_puts(&call->out, ": ");
        say(&call->out, text(row, "why"));
    }
    buf_putc(&call->out, '\n');
    print_findings(call, value_field(row, "appeared"), "+");
    print_findings(call, value_field(row, "gone"), "-");
}

static void print_text(struct call *call, const struct simulation *s, const struct value *rows)
{
    for (size_t i = 0; i < rows->count;) {
        size_t n = 1;

        while (i + n < rows->count && alike(value_at(rows, i), value_at(rows, i + n)))
            n++;
        print_row(call, value_at(rows, i + n - 1), n);
        i += n;
    }
    buf_printf(&call->out,
               "%llu records: %llu decided alike, %llu with other findings, %llu with another "
               "verdict, %llu cannot be told\n",
               (unsigned long long)s->records, (unsigned long long)s->same,
               (unsigned long long)s->findings_only, (unsigned long long)s->changed,
               (unsigned long long)s->cannot_tell);
}

int cmd_policy_simulate(struct call *call, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(SIMULATE_ARENA);
    AUTO_JUDGED struct judged judged = JUDGED_INIT;
    struct record_filter filter;
    struct simulation s = {
        .filter = &filter, .dir = spooled_dir(call), .progress = isatty(STDERR_FILENO) == 1};

    if (jobs_wanted(call, JOBS_MAX, &s.jobs, err) < 0 || record_filter_init(&filter, call, err) < 0)
        return -1;
    if (!call_value(call, "policy", NULL) && !call_value(call, "settings", NULL) &&
        !call_value(call, "rules", NULL) && !call_value(call, "level", NULL))
        return err_set(err, ERR_USAGE,
                       "policy simulate: name the other policy: --policy, --settings, --rules or "
                       "--level");
    judged.ask_runtime = true;
    if (judged_open(&judged, call, "lint", &a, err) < 0)
        return -1;
    s.image = &judged.gate.image;
    if (simulate_run(&s, &a, err) < 0)
        return -1;
    const struct value *const rows = sorted(&a, &s.changes);
    const struct value *const doc = rows ? document(&a, &s, &judged.gate, rows) : NULL;
    if (!doc)
        return err_nomem(err);
    if (call_json(call)) {
        json_print(&call->out, doc, JSON_PRETTY);
        buf_putc(&call->out, '\n');
    } else {
        print_text(call, &s, rows);
    }
    return s.changed || s.cannot_tell ? EXIT_FINDINGS : EXIT_CLEAN;
}
