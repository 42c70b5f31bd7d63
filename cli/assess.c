/* `sallyport assess host`: the host's own settings, held against Rego rules over what was seen. */
#include "cli/assess.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/host_facts.h"
#include "cli/judged.h"
#include "policy/value/json.h"
#include "report/evaluate.h"

enum { ASSESS_ARENA = 1024 * 1024 * 1024, LOOKS = 3 };

const struct option_row assess_host_options[] = {
    {"format", 'f', "FORMAT", "how to print", format_text_json},
    {"facts", 0, NULL, "print what was seen, as JSON", NULL},
    {"all", 'a', NULL, "passes too", NULL},
    {"data", 0, "DIR", "where the rules stand, below host/ (" REPORT_DATA ")", NULL},
    {"settings", 's', "FILE", "of these settings, not those in force", NULL},
    {"rules", 0, "DIR", "with the shipped rules from here", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

int assess_host(struct arena *a, const char *data, const struct value *settings,
                const struct value **out, struct err *err)
{
    const char *const dir = arena_printf(a, "%s/host", data);
    const struct value *const key = value_str(a, "settings");
    const int64_t now = clock_wall_ns();
    const struct value *plain, *facts, *look, *results;
    struct value_fields f = {0};

    if (!dir || !key)
        return err_nomem(err);
    if (host_facts_plain(a, &plain, err) < 0)
        return -1;
    plain = value_object_with(a, plain, key, settings ? settings : &value_null);
    if (!plain)
        return err_nomem(err);
    facts = plain;
    /* What one answer names (a runtime's path, an image, its layers) is looked at in the next. */
    for (int i = 0; i < LOOKS; i++) {
        if (evaluate(a, dir, NULL, "sallyport.host.look", facts, now, &look, err) < 0 ||
            host_facts_look(a, look, facts, &facts, err) < 0)
            return -1;
    }
    if (evaluate(a, dir, NULL, "sallyport.host.assessment", facts, now, &results, err) < 0)
        return -1;
    value_fields_add(a, &f, "facts", facts);
    value_fields_add(a, &f, "results", value_field(results, "results"));
    value_fields_add(a, &f, "catalogue", value_field(results, "catalogue"));
    *out = value_fields_object(a, &f);
    return *out ? 0 : err_nomem(err);
}

static int outcome_of(const char *name, enum outcome *out, struct err *err)
{
    for (size_t i = 0; name && i < OUTCOMES; i++) {
        if (strcmp(name, outcome_names[i]) == 0) {
            *out = (enum outcome)i;
            return 0;
        }
    }
    return err_set(err, ERR_INVALID, "a rule of the host ends in '%s'", name ? name : "nothing");
}

int assess_tally(struct tally *t, const struct value *assessment, struct err *err)
{
    const struct value *const results = value_field(assessment, "results");

    for (size_t i = 0; results && i < results->count; i++) {
        const struct value *const r = value_at(results, i);
        const char *const rule = value_cstr(value_field(r, "rule"));
        const char *const subject = value_cstr(value_field(r, "subject"));
        enum outcome outcome;

        if (!rule)
            return err_set(err, ERR_INVALID, "a result of the host has no rule");
        if (outcome_of(value_cstr(value_field(r, "outcome")), &outcome, err) < 0 ||
            tally_result(t, rule, outcome, subject ? subject : "host",
                         value_cstr(value_field(r, "msg")), err) < 0)
            return -1;
    }
    return 0;
}

/* --- the command -------------------------------------------------------------------------------
 */

static enum paint paint_of(const char *outcome)
{
    if (strcmp(outcome, "fail") == 0)
        return PAINT_RED;
    return strcmp(outcome, "pass") == 0 ? PAINT_GREEN : PAINT_YELLOW;
}

static void print_one(struct call *call, const struct value *r)
{
    const char *const outcome = value_cstr(value_field(r, "outcome"));
    const char *const msg = value_cstr(value_field(r, "msg"));
    char word[32];

    (void)snprintf(word, sizeof word, "%-14s", outcome ? outcome : "?");
    paint(call, outcome ? paint_of(outcome) : PAINT_PLAIN, word);
    buf_puts(&call->out, " ");
    say(&call->out, value_cstr(value_field(r, "rule")));
    buf_puts(&call->out, ": ");
    say(&call->out, msg ? msg : "");
    buf_putc(&call->out, '\n');
}

int cmd_assess_host(struct call *call, struct err *err)
{
    AUTO_ARENA struct arena a = ARENA_INIT(ASSESS_ARENA);
    AUTO_JUDGED struct judged judged = JUDGED_INIT;
    const char *const data = call_value(call, "data", REPORT_DATA);
    const struct value *doc;
    size_t failed = 0;

    if (judged_open(&judged, call, "lint", &a, err) < 0 ||
        assess_host(&a, data, judged.gate.settings, &doc, err) < 0)
        return -1;
    const struct value *const results = value_field(doc, "results");
    for (size_t i = 0; results && i < results->count; i++) {
        const struct value *const r = value_at(results, i);
        const struct value *const outcome = value_field(r, "outcome");

        failed += value_is_str(outcome, "fail");
        if (!call_json(call) && !call_flag(call, "facts") &&
            (call_flag(call, "all") || !value_is_str(outcome, "pass")))
            print_one(call, r);
    }
    if (call_flag(call, "facts") || call_json(call)) {
        json_print(&call->out, call_flag(call, "facts") ? value_field(doc, "facts") : doc,
                   JSON_PRETTY);
        buf_putc(&call->out, '\n');
    }
    return failed ? EXIT_FINDINGS : EXIT_CLEAN;
}
