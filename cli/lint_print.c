#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cli/lines.h"
#include "cli/lint.h"
#include "cli/lint_baseline.h"

/* clang-format off */
const char *const lint_end_names[LINT_ENDS] = {
    [LINT_REFUSE]    = "refuse",
    [LINT_HARDEN]    = "harden",
    [LINT_WARN]      = "warn",
    [LINT_WAIVED]    = "waived",
    [LINT_UNCHECKED] = "not checked",
    [LINT_KNOWN]     = "known",
};

static const enum paint end_paint[LINT_ENDS] = {
    [LINT_REFUSE]    = PAINT_RED,
    [LINT_HARDEN]    = PAINT_GREEN,
    [LINT_WARN]      = PAINT_YELLOW,
    [LINT_WAIVED]    = PAINT_DIM,
    [LINT_UNCHECKED] = PAINT_DIM,
    [LINT_KNOWN]     = PAINT_DIM,
};
/* clang-format on */

static bool is_true(const struct value *finding, const char *name)
{
    const struct value *const v = value_field(finding, name);

    return v && value_bool(v);
}

enum lint_end lint_end_of(const struct lint *l, const struct value *finding)
{
    if (value_field(finding, "waived"))
        return LINT_WAIVED;
    if (lint_baseline_has(l->baseline, l->path, finding))
        return LINT_KNOWN;
    if (is_true(finding, "undetermined"))
        return l->looked ? LINT_REFUSE : LINT_UNCHECKED;
    if (is_true(finding, "fixed"))
        return LINT_HARDEN;
    return value_is_str(value_field(finding, "enforcement"), "deny") ? LINT_REFUSE : LINT_WARN;
}

const char *lint_verdict(const struct lint *l)
{
    if (l->denied > 0)
        return "refuse";
    if (l->unchecked > 0)
        return "undetermined";
    return l->fixed > 0 ? "harden" : verdict_name(l->j.decision.verdict);
}

const char *lint_pointer(const struct value *finding)
{
    static const char prefix[] = "/config";
    const char *const path = value_cstr(value_field(finding, "path"));

    if (!path || !str_starts(path, prefix))
        return NULL;
    return path[sizeof prefix - 1] == '/' || path[sizeof prefix - 1] == '\0'
               ? path + sizeof prefix - 1
               : NULL;
}

struct json_place lint_place_of(const struct lint *l, const struct value *finding)
{
    const char *const ptr = lint_pointer(finding);

    return ptr ? json_place(l->bundle.bytes, l->bundle.len, ptr, true) : (struct json_place){0, 0};
}

static void print_finding(struct call *call, const struct lint *l, const struct value *f)
{
    const enum lint_end end = lint_end_of(l, f);
    const char *const rule = value_cstr(value_field(f, "rule"));
    const char *const msg = value_cstr(value_field(f, "msg"));
    const char *const path = value_cstr(value_field(f, "path"));
    const struct json_place at = lint_place_of(l, f);
    const bool lines = at.line && text_has_lines(l->bundle.bytes, l->bundle.len);

    say(&call->out, l->path);
    if (lines)
        buf_printf(&call->out, ":%zu:%zu", at.line, at.column);
    buf_puts(&call->out, ": ");
    paint(call, end_paint[end], lint_end_names[end]);
    buf_putc(&call->out, ' ');
    paint(call, PAINT_BOLD, rule ? rule : "?");
    buf_puts(&call->out, ": ");
    say(&call->out, msg ? msg : "");
    if (end == LINT_UNCHECKED)
        buf_puts(&call->out, " (needs host)");
    if (path && *path && !lines) {
        buf_puts(&call->out, " [");
        say(&call->out, path);
        buf_putc(&call->out, ']');
    }
    buf_putc(&call->out, '\n');
}

void lint_print_text(struct call *call, const struct lint *l)
{
    const struct {
        size_t n;
        const char *what;
    } counts[] = {
        {l->denied, "refused"}, {l->fixed, "hardened"},        {l->warned, "warned"},
        {l->waived, "waived"},  {l->unchecked, "not checked"}, {l->known, "known"},
    };
    const char *sep = " (";

    for (enum lint_end end = 0; end < LINT_KNOWN; end++) {
        for (size_t i = 0; i < l->j.decision.findings->count; i++) {
            const struct value *const f = value_at(l->j.decision.findings, i);

            if (lint_end_of(l, f) == end)
                print_finding(call, l, f);
        }
    }
    say(&call->out, l->path);
    buf_puts(&call->out, ": ");
    paint(call, l->denied ? PAINT_RED : PAINT_GREEN, lint_verdict(l));
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        if (counts[i].n) {
            buf_printf(&call->out, "%s%zu %s", sep, counts[i].n, counts[i].what);
            sep = ", ";
        }
    }
    buf_puts(&call->out, *sep == ',' ? ")" : "");
    buf_printf(&call->out, "%s\n", l->looked ? "" : "; host not looked at");
}

/* The finding as the decision has it, with its line and how it ends. */
static const struct value *finding_json(struct arena *a, const struct lint *l,
                                        const struct value *f)
{
    const struct json_place at = lint_place_of(l, f);
    struct value_fields out = {0};

    for (size_t i = 0; i < f->count; i++)
        value_fields_put(a, &out, value_key_at(f, i), value_val_at(f, i));
    value_fields_add(a, &out, "end", value_str(a, lint_end_names[lint_end_of(l, f)]));
    if (at.line) {
        value_fields_add(a, &out, "line", value_int(a, (int64_t)at.line));
        value_fields_add(a, &out, "column", value_int(a, (int64_t)at.column));
    }
    return value_fields_object(a, &out);
}

const struct value *lint_json(struct arena *a, const struct lint *l)
{
    const struct decision *const d = &l->j.decision;
    struct value_list findings = {0};
    struct value_fields out = {0};

    for (size_t i = 0; i < d->findings->count; i++)
        value_list_add(a, &findings, finding_json(a, l, value_at(d->findings, i)));
    value_fields_add(a, &out, "bundle", value_str(a, l->path));
    value_fields_add(a, &out, "verdict", value_str(a, lint_verdict(l)));
    value_fields_add(a, &out, "would", value_str(a, verdict_name(d->would)));
    value_fields_add(a, &out, "mode", value_str(a, d->mode));
    value_fields_add(a, &out, "host", value_str(a, l->looked ? "looked" : "unknown"));
    value_fields_add(a, &out, "findings", value_list_array(a, &findings));
    value_fields_add(a, &out, "refusals", d->refusals);
    value_fields_add(a, &out, "patch", d->patch);
    value_fields_add(a, &out, "actions", d->actions);
    return value_fields_object(a, &out);
}
