/* policy/decide/decide.c - see decide.h. */
#include "policy/decide/decide.h"

#include <string.h>

#include "base/own.h"
#include "policy/decide/fixes.h"
#include "policy/value/pointer.h"

static const char *const verdict_names[] = {"admit", "harden", "refuse"};
static const char *const modes[] = {"enforce", "warn", "audit"};
static const char *const enforcements[] = {"deny", "warn", "audit"};

const char *verdict_name(enum verdict v)
{
    return verdict_names[v];
}

bool decision_acts(const struct decision *d, const char *name)
{
    for (size_t i = 0; d->actions && i < d->actions->count; i++) {
        if (value_is_str(value_field(value_at(d->actions, i), "action"), name))
            return true;
    }
    return false;
}

/* One look: what the rules said about one form of the document. */
struct look {
    const struct value *findings;
    const char *mode;
};

static bool is_one_of(const struct value *v, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (value_is_str(v, names[i]))
            return true;
    }
    return false;
}

static int finding_check(const struct value *f, struct err *err)
{
    const char *const rule = value_cstr(value_field(f, "rule"));
    const struct value *const fix = value_field(f, "fix"), *const acts = value_field(f, "actions");

    if (!rule)
        return err_set(err, ERR_INVALID, "a finding has no rule");
    if (!value_cstr(value_field(f, "msg")))
        return err_set(err, ERR_INVALID, "rule %s: a finding has no msg", rule);
    if (!value_cstr(value_field(f, "path")))
        return err_set(err, ERR_INVALID, "rule %s: a finding has no path", rule);
    if (!is_one_of(value_field(f, "enforcement"), enforcements, ARRAY_LEN(enforcements)))
        return err_set(err, ERR_INVALID, "rule %s: enforcement is not deny, warn or audit", rule);
    if ((fix && !value_is(fix, VALUE_ARRAY)) || (acts && !value_is(acts, VALUE_ARRAY)))
        return err_set(err, ERR_INVALID, "rule %s: fix and actions must be arrays", rule);
    return 0;
}

/* Two or four digits at *s, and the byte after them; -1 when they are not there. */
static int digits(const char **s, int n, const char *after)
{
    int got = 0;

    for (; n > 0; n--, (*s)++) {
        if (**s < '0' || **s > '9')
            return -1;
        got = got * 10 + (**s - '0');
    }
    if (**s == '\0' || !strchr(after, **s))
        return -1;
    (*s)++;
    return got;
}

/* Days since 1970 of a date in the Gregorian calendar, months from 1. No time zone is asked, which
 * would read a file. The year starts in March, so that the leap day is its last. */
static int64_t days_of(int64_t year, int month, int day)
{
    const int64_t y = month > 2 ? year : year - 1;
    const int64_t from_march = (month + 9) % 12;

    return y * 365 + y / 4 - y / 100 + y / 400 + (from_march * 153 + 2) / 5 + day - 1 - 719468;
}

/* What time.now_ns() says in rules: the document's time (RFC 3339, UTC), never the clock. */
static int document_time(const struct value *input, int64_t *ns, struct err *err)
{
    const char *s = value_cstr(value_field(input, "time"));

    if (!s)
        return err_set(err, ERR_INVALID, "the input has no time");
    const int year = digits(&s, 4, "-");
    const int month = year < 0 ? -1 : digits(&s, 2, "-");
    const int day = month < 1 || month > 12 ? -1 : digits(&s, 2, "Tt");
    const int hour = day < 1 ? -1 : digits(&s, 2, ":");
    const int minute = hour < 0 ? -1 : digits(&s, 2, ":");
    const int second = minute < 0 ? -1 : digits(&s, 2, ".Zz");
    if (second < 0)
        return err_set(err, ERR_INVALID, "the input's time is not RFC 3339 in UTC");
    *ns = 0;
    for (int64_t unit = 100000000; *s >= '0' && *s <= '9'; s++, unit /= 10)
        *ns += unit * (*s - '0');
    *ns += (((days_of(year, month, day) * 24 + hour) * 60 + minute) * 60 + second) * 1000000000;
    return 0;
}

static int look(const struct image *img, const struct value *input, struct arena *a,
                struct machine_memory *memory, struct look *out, struct machine_stats *stats,
                struct err *err)
{
    const struct value *got = NULL;
    int64_t rules = 0;
    struct machine_stats now = {0};
    struct machine_options opt = {.strict_builtin_errors = true, .memory = memory};

    if (document_time(input, &opt.now_ns, err) < 0)
        return -1;
    if (machine_run(img, DECIDE_ENTRY, input, a, &opt, &got, &now, err) < 0)
        return -1;
    stats->steps += now.steps;
    stats->calls += now.calls;
    stats->rules += now.rules;
    if (!got || !value_is(got, VALUE_OBJECT))
        return err_set(err, ERR_INVALID, "the policy gives no decision");
    if (!value_int64(value_field(got, "rules"), &rules) || rules <= 0)
        return err_set(err, ERR_INVALID, "no rule was evaluated");

    out->findings = value_field(got, "findings");
    out->mode = NULL;
    for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
        if (value_is_str(value_field(got, "mode"), modes[i]))
            out->mode = modes[i];
    }
    if (!out->mode)
        return err_set(err, ERR_INVALID, "the decision's mode is not enforce, warn or audit");
    if (!out->findings ||
        (!value_is(out->findings, VALUE_ARRAY) && !value_is(out->findings, VALUE_SET)))
        return err_set(err, ERR_INVALID, "the decision has no findings");
    if (out->findings->count > DECIDE_FINDINGS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d findings", DECIDE_FINDINGS_MAX);
    for (size_t i = 0; i < out->findings->count; i++) {
        if (finding_check(value_at(out->findings, i), err) < 0)
            return -1;
    }
    return 0;
}

/* Denied, and nobody waived it. */
static bool counts(const struct value *finding)
{
    return value_is_str(value_field(finding, "enforcement"), "deny") &&
           !value_field(finding, "waived");
}

static bool has(const struct value *finding, const char *field)
{
    const struct value *const v = value_field(finding, field);

    return v && value_is(v, VALUE_ARRAY) && v->count > 0;
}

/* A remedy by the shim's hand stands beside the document, so its finding stays there to be seen. */
static bool remedied(const struct value *finding)
{
    return has(finding, "actions") && !has(finding, "fix");
}

static void add_once(struct arena *a, struct value_list *l, const struct value *v)
{
    for (size_t i = 0; i < l->n; i++) {
        if (value_equal(l->items[i], v))
            return;
    }
    value_list_add(a, l, v);
}

static const struct value *conflict_finding(struct arena *a, const struct fixes *f)
{
    struct value_fields out = {0};
    const struct fix *const x = &f->conflict[0], *const y = &f->conflict[1];

    value_fields_add(a, &out, "rule", x->rule);
    value_fields_add(a, &out, "msg",
                     value_strf(a, "rules %s and %s ask for different values at %s",
                                value_bytes(x->rule), value_bytes(y->rule), value_bytes(y->path)));
    value_fields_add(a, &out, "path", y->path);
    value_fields_add(a, &out, "enforcement", value_str(a, "deny"));
    value_fields_add(a, &out, "severity", value_str(a, "high"));
    return value_fields_object(a, &out);
}

/* Whether a finding like `f` is among `left` still. Indexes move when elements go, texts stay. */
static bool stands(const struct value *f, const struct value_list *left)
{
    for (size_t i = 0; i < left->n; i++) {
        if (value_equal(value_field(f, "rule"), value_field(left->items[i], "rule")) &&
            value_equal(value_field(f, "msg"), value_field(left->items[i], "msg")))
            return true;
    }
    return false;
}

static const struct value *with_fixed(struct arena *a, const struct value *findings,
                                      const struct value_list *left)
{
    struct value_list out = {0};
    const struct value *const key = value_str(a, "fixed");

    if (!key)
        return NULL;
    for (size_t i = 0; i < findings->count; i++) {
        const struct value *const f = value_at(findings, i);
        const bool asked = counts(f) && (has(f, "fix") || has(f, "actions"));
        const struct value *const one =
            value_object_with(a, f, key, value_bool_of(asked && !stands(f, left)));

        if (!one)
            return NULL;
        value_list_add(a, &out, one);
    }
    return value_list_array(a, &out);
}

static int apply(struct arena *a, const struct value *before, const struct value *ops,
                 const struct value **after, struct err *err)
{
    const struct value *patched = NULL, *facts = NULL;
    const struct value *const key = value_str(a, "facts");

    if (!key)
        return err_nomem(err);
    if (patch_apply(a, before, ops, &patched, err) < 0)
        return err_ctx(err, "patch");
    if (facts_renew(a, before, patched, &facts, err) < 0)
        return err_ctx(err, "facts");
    *after = value_object_with(a, patched, key, facts);
    return *after ? 0 : err_nomem(err);
}

/* What the looks gather until nothing more is asked. */
struct course {
    const struct value *first, *input;
    struct value_list patch, actions, refusals;
    struct machine_memory memory; /* the next look evaluates what the fixes changed */
    unsigned rounds;
    const char *mode;
};

/* Gather one look's fixes into *ops (empty: none), and its actions. */
static int gather(struct course *c, struct arena *a, const struct value *findings,
                  const struct value **ops, struct err *err)
{
    struct fixes *const f = arena_alloc(a, sizeof(*f));

    if (!f)
        return err_nomem(err);
    /* Most of it is never written: not worth the pages that clearing it would touch. */
    f->n = 0;
    f->conflicting = false;
    for (size_t i = 0; i < findings->count; i++) {
        const struct value *const x = value_at(findings, i);
        const struct value *const acts = value_field(x, "actions");

        if (!counts(x))
            continue;
        for (size_t k = 0; acts && k < acts->count; k++)
            add_once(a, &c->actions, value_at(acts, k));
        if (has(x, "fix") &&
            fixes_add(f, c->input, value_field(x, "rule"), value_field(x, "fix"), err) < 0)
            return -1;
    }
    if (f->conflicting) {
        value_list_add(a, &c->refusals, conflict_finding(a, f));
        f->n = 0;
    }
    return fixes_patch(f, a, c->input, ops, err);
}

/* A rule without a remedy refuses what it saw, also when another rule's fix takes it out of sight:
 * whoever asked for it would get something else in silence. With a remedy it refuses when the
 * finding stands after the last look. */
static void refuse_by(struct course *c, struct arena *a, const struct value *findings, bool last)
{
    for (size_t i = 0; i < findings->count; i++) {
        const struct value *const f = value_at(findings, i);
        const bool remedy = has(f, "fix") || has(f, "actions");

        if (counts(f) && !remedied(f) && (last || !remedy) && !stands(f, &c->refusals))
            value_list_add(a, &c->refusals, f);
    }
}

static int run_course(const struct image *img, struct arena *a, struct course *c,
                      struct machine_stats *stats, struct err *err)
{
    for (;;) {
        struct look now = {0};
        const struct value *ops = NULL;

        if (look(img, c->input, a, &c->memory, &now, stats, err) < 0)
            return -1;
        c->rounds++;
        c->mode = now.mode;
        if (!c->first)
            c->first = now.findings;
        if (gather(c, a, now.findings, &ops, err) < 0)
            return -1;
        const bool last = ops->count == 0 || c->rounds > DECIDE_ROUNDS;
        refuse_by(c, a, now.findings, last);
        if (last)
            return 0;
        for (size_t i = 0; i < ops->count; i++)
            value_list_add(a, &c->patch, value_at(ops, i));
        if (apply(a, c->input, ops, &c->input, err) < 0)
            return -1;
    }
}

int decide(const struct image *image, const struct value *input, struct arena *a,
           struct decision *out, struct err *err)
{
    struct course c = {.input = input};
    const struct value *const none = value_array(a, NULL, 0);

    *out = (struct decision){.verdict = VERDICT_REFUSE, .would = VERDICT_REFUSE};
    if (!none)
        return err_nomem(err);
    if (run_course(image, a, &c, &out->stats, err) < 0)
        return -1;

    out->mode = c.mode;
    out->rounds = c.rounds;
    out->would = c.refusals.n > 0                   ? VERDICT_REFUSE
                 : c.patch.n > 0 || c.actions.n > 0 ? VERDICT_HARDEN
                                                    : VERDICT_ADMIT;
    const bool enforce = strcmp(c.mode, "enforce") == 0;
    const bool changes = enforce && out->would == VERDICT_HARDEN;
    out->verdict = enforce ? out->would : VERDICT_ADMIT;
    out->findings = with_fixed(a, c.first, &c.refusals);
    out->refusals = value_list_array(a, &c.refusals);
    out->patch = changes ? value_list_array(a, &c.patch) : none;
    out->actions = changes ? value_list_array(a, &c.actions) : none;
    out->input = changes ? c.input : input;
    if (a->failed || !out->findings || !out->refusals || !out->patch || !out->actions)
        return err_nomem(err);
    return 0;
}
