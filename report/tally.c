/* report/tally.c - see tally.h. */
#include "report/tally.h"

#include <string.h>

#include "base/own.h"
#include "base/str.h"

const char *const outcome_names[OUTCOMES] = {
    [OUTCOME_UNASKED] = "unasked",     [OUTCOME_NOT_APPLICABLE] = "not_applicable",
    [OUTCOME_PASS] = "pass",           [OUTCOME_HARDENED] = "hardened",
    [OUTCOME_PREVENTED] = "prevented", [OUTCOME_UNDETERMINED] = "undetermined",
    [OUTCOME_WAIVED] = "waived",       [OUTCOME_FAIL] = "fail",
};

enum { RULES_MAX = 1024, TEXT_MAX = 600 };

int tally_init(struct tally *t, struct arena *a, const struct value *asked, size_t width,
               struct err *err)
{
    *t = (struct tally){.a = a, .asked = asked, .bucket_width = width, .rules_cap = RULES_MAX};
    t->rules = ARENA_NEW_N(a, struct tally_rule, RULES_MAX);
    t->buckets = ARENA_NEW_N(a, struct tally_bucket, TALLY_BUCKETS);
    return t->rules && t->buckets ? 0 : err_nomem(err);
}

/* One harmless line. */
static const struct value *clean(struct arena *a, const char *text)
{
    char line[TEXT_MAX];

    if (!text)
        return NULL;
    return value_string(a, line, str_escape(text, strlen(text), line, sizeof line));
}

static int rule_index(struct tally *t, const char *name, size_t *out, struct err *err)
{
    for (size_t i = 0; i < t->rules_n; i++) {
        if (strcmp(t->rules[i].name, name) == 0) {
            *out = i;
            return 0;
        }
    }
    if (t->rules_n == t->rules_cap)
        return err_set(err, ERR_LIMIT, "more than %d rules", RULES_MAX);
    char *const copy = arena_strndup(t->a, name, strlen(name));
    if (!copy)
        return err_nomem(err);
    *out = t->rules_n++;
    t->rules[*out].name = copy;
    return 0;
}

int tally_policy(struct tally *t, const char *digest, const struct value *data, struct err *err)
{
    const struct value *const catalogue = value_path(data, "sallyport", "catalogue", NULL);
    size_t index;

    if (!catalogue || !value_is(catalogue, VALUE_OBJECT))
        return err_set(err, ERR_INVALID, "the policy image describes no rules");
    if (t->policies_n == TALLY_POLICIES)
        return err_set(err, ERR_LIMIT, "more than %d policies", TALLY_POLICIES);
    for (size_t i = 0; i < catalogue->count; i++) {
        if (rule_index(t, value_bytes(value_key_at(catalogue, i)), &index, err) < 0)
            return -1;
    }
    char *const copy = arena_strndup(t->a, digest, strlen(digest));
    if (!copy)
        return err_nomem(err);
    t->policies[t->policies_n].digest = copy;
    t->policies[t->policies_n].catalogue = catalogue;
    t->policies[t->policies_n++].settings = value_path(data, "sallyport", "settings", NULL);
    return 0;
}

/* --- was a rule asked? --------------------------------------------------------------------- */

struct asking {
    const struct value *catalogue, *settings; /* of the policy that judged */
    const struct value *host, *container;
    const char *operation; /* "start", "exec", "update", "checkpoint" */
    const char *verb;      /* as the engine asked */
    const char *level;
};

static bool off_in(const struct value *part, const char *rule)
{
    return value_is_str(value_path(part, "rules", rule, "mode", NULL), "off");
}

/* Switched off anywhere: it cannot be told from here whether that scope was in force. */
static bool switched_off(const struct value *settings, const char *rule)
{
    const struct value *const scopes = value_field(settings, "scopes");
    const struct value *const regs = value_field(settings, "registrations");
    bool off = off_in(settings, rule);

    for (size_t i = 0; !off && scopes && value_is(scopes, VALUE_ARRAY) && i < scopes->count; i++)
        off = off_in(value_at(scopes, i), rule);
    for (size_t i = 0; !off && regs && value_is(regs, VALUE_OBJECT) && i < regs->count; i++)
        off = off_in(value_val_at(regs, i), rule);
    return off;
}

static bool among(const struct value *names, const char *a, const char *b)
{
    if (!names || !value_is(names, VALUE_ARRAY))
        return strcmp(a, "start") == 0; /* of a rule that is not ours nothing else is known */
    for (size_t i = 0; i < names->count; i++) {
        if (value_is_str(value_at(names, i), a) || value_is_str(value_at(names, i), b))
            return true;
    }
    return false;
}

/* What a rule without a finding comes to; *why tells where it was not asked. */
static enum outcome silent(const struct tally *t, const struct asking *q, const char *rule,
                           const char **why)
{
    const struct value *const entry = value_field(q->catalogue, rule);
    const struct value *const how = value_field(t->asked, rule);
    const char *const needs = value_cstr(value_field(how, "needs"));
    const struct value *const except = value_field(how, "except_builds");
    const struct value *const has = needs ? value_field(q->host, needs) : NULL;

    *why = NULL;
    if (!entry) {
        *why = "the policy that judged does not have it, or is not at hand";
        return OUTCOME_UNASKED;
    }
    if (value_is_str(value_field(entry, "level"), "restricted") &&
        strcmp(q->level, "restricted") != 0) {
        *why = "it counts at level restricted only";
        return OUTCOME_UNASKED;
    }
    if (switched_off(q->settings, rule)) {
        *why = "it is switched off in the settings";
        return OUTCOME_UNASKED;
    }
    if (!among(value_field(how, "operations"), q->operation, q->verb))
        return OUTCOME_NOT_APPLICABLE;
    if (except && value_bool(except) && value_is_str(value_field(q->container, "scope"), "build"))
        return OUTCOME_NOT_APPLICABLE;
    if (needs && !has) {
        *why = "it is not known whether the host has what the rule is about";
        return OUTCOME_UNASKED;
    }
    return needs && !value_bool(has) ? OUTCOME_NOT_APPLICABLE : OUTCOME_PASS;
}

/* --- findings -------------------------------------------------------------------------------- */

static bool flag(const struct value *v, const char *name)
{
    const struct value *const f = value_field(v, name);

    return f && value_bool(f);
}

static enum outcome outcome_of(const struct value *finding, const char *verdict,
                               enum tally_kind kind)
{
    const bool refused = strcmp(verdict, "refuse") == 0;

    if (flag(finding, "undetermined"))
        return OUTCOME_UNDETERMINED;
    if (value_field(finding, "waived"))
        return OUTCOME_WAIVED;
    if (kind == TALLY_RECORD && refused)
        return OUTCOME_PREVENTED;
    if (flag(finding, "fixed") && kind != TALLY_RUNNING && strcmp(verdict, "admit") != 0)
        return OUTCOME_HARDENED;
    return OUTCOME_FAIL;
}

/* By name, by id, else as the caller says. */
static const struct value *subject_of(const struct tally *t, const struct value *container)
{
    const char *const id = value_cstr(value_field(container, "id"));
    const char *const name = value_cstr(value_field(container, "name"));

    return clean(t->a, name ? name : id ? id : t->subject ? t->subject : "-");
}

static const struct value *place_of(const struct tally *t, const struct value *record,
                                    const struct value *finding, enum outcome outcome)
{
    static const char *const kept[] = {"path", "waived", "enforcement", "severity"};
    const struct value *const c = value_path(record, "sallyport", "container", NULL);
    struct value_fields f = {0};

    value_fields_add(t->a, &f, "subject", subject_of(t, c));
    value_fields_add(t->a, &f, "id", clean(t->a, value_cstr(value_field(c, "id"))));
    value_fields_add(t->a, &f, "decision",
                     clean(t->a, value_cstr(value_field(record, "decision_id"))));
    value_fields_add(t->a, &f, "time", clean(t->a, value_cstr(value_field(record, "timestamp"))));
    value_fields_add(t->a, &f, "image",
                     clean(t->a, value_cstr(value_path(c, "image", "name", NULL))));
    value_fields_add(t->a, &f, "msg", clean(t->a, value_cstr(value_field(finding, "msg"))));
    value_fields_add(t->a, &f, "outcome", value_str(t->a, outcome_names[outcome]));
    for (size_t i = 0; i < ARRAY_LEN(kept); i++)
        value_fields_add(t->a, &f, kept[i], clean(t->a, value_cstr(value_field(finding, kept[i]))));
    return value_fields_object(t->a, &f);
}

/* --- one record ------------------------------------------------------------------------------ */

struct counts {
    enum outcome got[RULES_MAX];
    bool found[RULES_MAX];
};

static int gather(struct tally *t, struct counts *c, const struct value *record,
                  const struct value *findings, const char *verdict, enum tally_kind kind,
                  struct err *err)
{
    for (size_t i = 0; findings && value_is(findings, VALUE_ARRAY) && i < findings->count; i++) {
        const struct value *const f = value_at(findings, i);
        const char *const rule = value_cstr(value_field(f, "rule"));
        const enum outcome outcome = outcome_of(f, verdict, kind);
        size_t at;

        if (!rule)
            continue;
        if (rule_index(t, rule, &at, err) < 0)
            return -1;
        if (!c->found[at] || outcome > c->got[at])
            c->got[at] = outcome;
        c->found[at] = true;
        if (outcome >= OUTCOME_PREVENTED && t->rules[at].failing.n < TALLY_FAILING)
            value_list_add(t->a, &t->rules[at].failing, place_of(t, record, f, outcome));
    }
    return 0;
}

static struct tally_bucket *bucket_of(struct tally *t, const struct value *record)
{
    const char *const when = value_cstr(value_field(record, "timestamp"));
    const size_t w = t->bucket_width;

    if (w == 0 || !when || strlen(when) < w)
        return NULL;
    for (size_t i = t->buckets_n; i-- > 0;) {
        if (strncmp(t->buckets[i].from, when, w) == 0)
            return &t->buckets[i];
    }
    if (t->buckets_n == TALLY_BUCKETS)
        return NULL;
    struct tally_bucket *const b = &t->buckets[t->buckets_n];
    b->n = arena_zalloc(t->a, RULES_MAX, sizeof *b->n);
    if (!b->n)
        return NULL;
    memcpy(b->from, when, w);
    t->buckets_n++;
    return b;
}

static void add(struct tally *t, struct tally_bucket *b, size_t rule, enum outcome outcome)
{
    t->rules[rule].n[outcome]++;
    if (b)
        b->n[rule][outcome]++;
}

static void keep_subject(struct tally *t, const struct value *record, enum tally_kind kind,
                         size_t fails)
{
    const struct value *const own = value_field(record, "sallyport");
    const struct value *const c = value_field(own, "container");
    struct value_fields f = {0};

    if (t->subjects.n == TALLY_SUBJECTS)
        return;
    value_fields_add(t->a, &f, "name", subject_of(t, c));
    value_fields_add(t->a, &f, "id", clean(t->a, value_cstr(value_field(c, "id"))));
    value_fields_add(t->a, &f, "engine", clean(t->a, value_cstr(value_field(c, "engine"))));
    value_fields_add(t->a, &f, "image",
                     clean(t->a, value_cstr(value_path(c, "image", "name", NULL))));
    value_fields_add(t->a, &f, "operation", clean(t->a, value_cstr(value_field(own, "operation"))));
    value_fields_add(t->a, &f, "verdict",
                     clean(t->a, value_cstr(value_path(record, "result", "verdict", NULL))));
    value_fields_add(t->a, &f, "decision",
                     clean(t->a, value_cstr(value_field(record, "decision_id"))));
    value_fields_add(t->a, &f, "time", clean(t->a, value_cstr(value_field(record, "timestamp"))));
    value_fields_add(t->a, &f, "fails", value_u64(t->a, fails));
    value_fields_add(t->a, &f, "kind",
                     value_str(t->a, kind == TALLY_RECORD    ? "record"
                                     : kind == TALLY_RUNNING ? "running"
                                                             : "bundle"));
    value_list_add(t->a, &t->subjects, value_fields_object(t->a, &f));
}

/* The class of operation that rules ask about; NULL: none of a container. */
static const char *class_of(const char *operation)
{
    static const char *const starts[] = {"create", "run", "restore"};
    static const char *const others[] = {"exec", "update", "checkpoint"};

    for (size_t i = 0; operation && i < ARRAY_LEN(starts); i++) {
        if (strcmp(operation, starts[i]) == 0)
            return "start";
    }
    for (size_t i = 0; operation && i < ARRAY_LEN(others); i++) {
        if (strcmp(operation, others[i]) == 0)
            return others[i];
    }
    return NULL;
}

static void ask(const struct tally *t, struct asking *q, const struct value *record)
{
    const struct value *const own = value_field(record, "sallyport");
    const char *const digest = value_cstr(value_path(own, "policy", "image", NULL));
    const char *const level = value_cstr(value_path(own, "policy", "level", NULL));

    q->verb = value_cstr(value_field(own, "operation"));
    q->host = value_field(own, "host");
    q->container = value_field(own, "container");
    q->level = level ? level : "";
    q->catalogue = q->settings = NULL;
    for (size_t i = 0; digest && i < t->policies_n; i++) {
        if (strcmp(t->policies[i].digest, digest) == 0) {
            q->catalogue = t->policies[i].catalogue;
            q->settings = t->policies[i].settings;
        }
    }
}

/* Findings that did not fit into the record are not known to be absent. */
static bool told_whole(const struct value *result)
{
    return value_field(result, "findings") && !value_field(result, "findings_total");
}

int tally_record(struct tally *t, const struct value *record, enum tally_kind kind,
                 const char *subject, struct err *err)
{
    const struct value *const result = value_field(record, "result");
    const char *const verdict = value_cstr(value_field(result, "verdict"));
    struct asking q = {
        .operation = class_of(value_cstr(value_path(record, "sallyport", "operation", NULL)))};
    struct counts scratch = {0}, *const c = &scratch;
    size_t fails = 0;

    if (!q.operation || !verdict || strcmp(verdict, "not-started") == 0) {
        t->others++;
        return 0;
    }
    const bool refused = kind == TALLY_RECORD && strcmp(verdict, "refuse") == 0;
    t->subject = subject;
    struct tally_bucket *const b = bucket_of(t, record);

    ask(t, &q, record);
    if (gather(t, c, record, value_field(result, refused ? "refusals" : "findings"), verdict, kind,
               err) < 0)
        return -1;
    for (size_t i = 0; i < t->rules_n; i++) {
        const char *why = NULL;

        /* Of what was refused only the reasons are told: it never ran. */
        if (refused && !c->found[i])
            continue;
        if (!c->found[i])
            c->got[i] = silent(t, &q, t->rules[i].name, &why);
        if (!c->found[i] && c->got[i] == OUTCOME_PASS && !told_whole(result))
            c->got[i] = OUTCOME_UNDETERMINED;
        if (why)
            t->rules[i].unasked = why;
        fails += c->got[i] == OUTCOME_FAIL;
        add(t, b, i, c->got[i]);
    }
    t->starts += !refused;
    t->refused += refused;
    t->failed += fails > 0;
    t->unknown_policy += !q.catalogue;
    if (b)
        b->starts += !refused;
    keep_subject(t, record, kind, fails);
    return t->a->failed ? err_nomem(err) : 0;
}

int tally_result(struct tally *t, const char *rule, enum outcome outcome, const char *subject,
                 const char *msg, struct err *err)
{
    size_t at;
    struct value_fields f = {0};

    if (rule_index(t, rule, &at, err) < 0)
        return -1;
    add(t, NULL, at, outcome);
    if (outcome == OUTCOME_UNASKED || outcome == OUTCOME_NOT_APPLICABLE) {
        const struct value *const why = clean(t->a, msg);

        if (why)
            t->rules[at].unasked = value_bytes(why);
        return 0;
    }
    if (outcome < OUTCOME_PREVENTED || t->rules[at].failing.n == TALLY_FAILING)
        return 0;
    value_fields_add(t->a, &f, "subject", clean(t->a, subject ? subject : "host"));
    value_fields_add(t->a, &f, "msg", clean(t->a, msg));
    value_fields_add(t->a, &f, "outcome", value_str(t->a, outcome_names[outcome]));
    value_list_add(t->a, &t->rules[at].failing, value_fields_object(t->a, &f));
    return t->a->failed ? err_nomem(err) : 0;
}

/* --- as a document --------------------------------------------------------------------------- */

static const struct value *rule_value(const struct tally *t, const struct tally_rule *r)
{
    struct value_fields f = {0};

    for (size_t i = 0; i < OUTCOMES; i++)
        value_fields_add(t->a, &f, outcome_names[i], value_u64(t->a, r->n[i]));
    value_fields_add(t->a, &f, "failing", value_list_array(t->a, &r->failing));
    if (r->unasked)
        value_fields_add(t->a, &f, "unasked_why", value_str(t->a, r->unasked));
    return value_fields_object(t->a, &f);
}

static const struct value *bucket_value(const struct tally *t, const struct tally_bucket *b)
{
    struct value_fields f = {0}, rules = {0};

    for (size_t r = 0; r < t->rules_n; r++) {
        struct value_fields n = {0};

        for (size_t i = 0; i < OUTCOMES; i++) {
            if (b->n[r][i])
                value_fields_add(t->a, &n, outcome_names[i], value_u64(t->a, b->n[r][i]));
        }
        value_fields_add(t->a, &rules, t->rules[r].name, value_fields_object(t->a, &n));
    }
    value_fields_add(t->a, &f, "from", clean(t->a, b->from));
    value_fields_add(t->a, &f, "starts", value_u64(t->a, b->starts));
    value_fields_add(t->a, &f, "rules", value_fields_object(t->a, &rules));
    return value_fields_object(t->a, &f);
}

const struct value *tally_value(const struct tally *t)
{
    struct value_fields f = {0}, rules = {0};
    struct value_list trend = {0};

    for (size_t i = 0; i < t->rules_n; i++)
        value_fields_add(t->a, &rules, t->rules[i].name, rule_value(t, &t->rules[i]));
    for (size_t i = 0; i < t->buckets_n; i++)
        value_list_add(t->a, &trend, bucket_value(t, &t->buckets[i]));
    value_fields_add(t->a, &f, "rules", value_fields_object(t->a, &rules));
    value_fields_add(t->a, &f, "trend", value_list_array(t->a, &trend));
    value_fields_add(t->a, &f, "subjects", value_list_array(t->a, &t->subjects));
    value_fields_add(t->a, &f, "starts", value_u64(t->a, t->starts));
    value_fields_add(t->a, &f, "refused", value_u64(t->a, t->refused));
    value_fields_add(t->a, &f, "failed", value_u64(t->a, t->failed));
    value_fields_add(t->a, &f, "others", value_u64(t->a, t->others));
    value_fields_add(t->a, &f, "unknown_policy", value_u64(t->a, t->unknown_policy));
    return value_fields_object(t->a, &f);
}
