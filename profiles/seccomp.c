#include "profiles/seccomp.h"

#include "base/own.h"
#include "profiles/doc.h"

enum { EPERM_NUMBER = 1 };

struct action_name {
    const char *name;
    enum seccomp_action action;
};

static const struct action_name action_names[] = {
    {"SCMP_ACT_ALLOW", SECCOMP_ALLOW},      {"SCMP_ACT_ERRNO", SECCOMP_ERRNO},
    {"SCMP_ACT_KILL", SECCOMP_KILL},        {"SCMP_ACT_KILL_PROCESS", SECCOMP_KILL},
    {"SCMP_ACT_KILL_THREAD", SECCOMP_KILL}, {"SCMP_ACT_TRAP", SECCOMP_TRAP},
    {"SCMP_ACT_TRACE", SECCOMP_TRACE},      {"SCMP_ACT_LOG", SECCOMP_LOG},
    {"SCMP_ACT_NOTIFY", SECCOMP_NOTIFY},
};

/* An action nobody knows is read as the weakest: a runtime will refuse it anyway. */
static struct seccomp_verdict verdict_of(const struct value *action, const struct value *errnum,
                                         unsigned errnum_default)
{
    struct seccomp_verdict v = {SECCOMP_ALLOW, 0};
    int64_t n = 0;

    for (size_t i = 0; i < ARRAY_LEN(action_names); i++) {
        if (value_is_str(action, action_names[i].name)) {
            v.action = action_names[i].action;
            break;
        }
    }
    if (v.action == SECCOMP_ERRNO) {
        v.errnum = errnum_default;
        if (value_int64(errnum, &n) && n >= 0 && n <= 4095)
            v.errnum = (unsigned)n;
    }
    return v;
}

static bool same_verdict(struct seccomp_verdict x, struct seccomp_verdict y)
{
    return x.action == y.action && (x.action != SECCOMP_ERRNO || x.errnum == y.errnum);
}

static const char *const op_names[] = {
    [SECCOMP_EQ] = "SCMP_CMP_EQ",
    [SECCOMP_NE] = "SCMP_CMP_NE",
    [SECCOMP_LT] = "SCMP_CMP_LT",
    [SECCOMP_LE] = "SCMP_CMP_LE",
    [SECCOMP_GT] = "SCMP_CMP_GT",
    [SECCOMP_GE] = "SCMP_CMP_GE",
    [SECCOMP_MASKED_EQ] = "SCMP_CMP_MASKED_EQ",
};

static struct seccomp_condition condition_of(const struct value *arg)
{
    struct seccomp_condition c = {.op = SECCOMP_EQ};
    const struct value *const op = value_field(arg, "op");
    uint64_t index = SECCOMP_ARGS;

    while (c.op < SECCOMP_ODD && !value_is_str(op, op_names[c.op]))
        c.op++;
    if (!value_uint64(value_field(arg, "index"), &index) || index >= SECCOMP_ARGS)
        return (struct seccomp_condition){.op = SECCOMP_ODD, .index = SECCOMP_ARGS};
    c.index = (uint32_t)index;
    (void)value_uint64(value_field(arg, "value"), &c.value);
    (void)value_uint64(value_field(arg, "valueTwo"), &c.two);
    return c;
}

static const struct seccomp_conditions *conditions_of(struct arena *a, const struct value *rule)
{
    const struct value *const args = value_field(rule, "args");
    static const struct seccomp_conditions always = {0};
    const size_t n = doc_len(args);

    if (n == 0)
        return &always;
    struct seccomp_conditions *const w = ARENA_NEW(a, struct seccomp_conditions);
    struct seccomp_condition *const at = ARENA_NEW_N(a, struct seccomp_condition, n);
    if (!w || !at)
        return NULL;
    *w = (struct seccomp_conditions){.at = at, .n = (uint32_t)n};
    for (size_t i = 0; i < n; i++) {
        at[i] = condition_of(value_at(args, i));
        if (at[i].index >= SECCOMP_ARGS) {
            w->odd = true;
            continue;
        }
        w->any = w->any || (w->reads >> at[i].index & 1u);
        w->reads |= 1u << at[i].index;
        w->odd = w->odd || at[i].op == SECCOMP_ODD;
    }
    return w;
}

int seccomp_read(struct arena *a, const struct value *doc, struct seccomp *out, struct err *err)
{
    const struct value *const rules = value_field(doc, "syscalls");
    struct seccomp s = {.doc = doc};
    size_t names = 0, made = 0;
    uint32_t buckets = 64;

    s.fallback = verdict_of(value_field(doc, "defaultAction"), value_field(doc, "defaultErrnoRet"),
                            EPERM_NUMBER);
    for (size_t i = 0; i < doc_len(rules); i++)
        names += doc_len(value_field(value_at(rules, i), "names"));
    if (names > SECCOMP_NAMES_MAX)
        return err_set(err, ERR_LIMIT, "seccomp: more than %d names", SECCOMP_NAMES_MAX);
    while (buckets < names * 2)
        buckets *= 2;
    s.bucket = ARENA_NEW_N(a, struct seccomp_entry *, buckets);
    struct seccomp_entry *const pool = ARENA_NEW_N(a, struct seccomp_entry, names + 1);
    if (!s.bucket || !pool)
        return err_nomem(err);
    s.mask = buckets - 1;
    s.names = names;

    /* Backwards, so that putting in front keeps the document's order within a bucket. */
    for (size_t i = doc_len(rules); i-- > 0;) {
        const struct value *const rule = value_at(rules, i);
        const struct value *const list = value_field(rule, "names");
        const struct seccomp_verdict v =
            verdict_of(value_field(rule, "action"), value_field(rule, "errnoRet"), EPERM_NUMBER);

        if (same_verdict(v, s.fallback))
            continue;
        const struct seccomp_conditions *const when = conditions_of(a, rule);
        if (!when)
            return err_nomem(err);
        for (size_t k = doc_len(list); k-- > 0;) {
            const struct value *const name = value_at(list, k);

            if (!value_is(name, VALUE_STRING))
                continue;
            struct seccomp_entry *const e = &pool[made++];
            const uint32_t hash = value_hash_bytes(value_bytes(name), name->count);
            *e = (struct seccomp_entry){when, (uint32_t)i, hash, name, v, s.bucket[hash & s.mask]};
            s.bucket[hash & s.mask] = e;
        }
    }
    *out = s;
    return 0;
}

static const struct seccomp_entry *matching(const struct seccomp_entry *e, uint32_t hash,
                                            const char *name)
{
    while (e && !(e->hash == hash && strcmp(value_bytes(e->name), name) == 0))
        e = e->next;
    return e;
}

const struct seccomp_entry *seccomp_first(const struct seccomp *s, const char *name)
{
    const uint32_t hash = value_hash_bytes(name, strlen(name));

    return matching(s->bucket[hash & s->mask], hash, name);
}

const struct seccomp_entry *seccomp_next(const struct seccomp_entry *e, const char *name)
{
    return matching(e->next, e->hash, name);
}

bool seccomp_runs(struct seccomp_verdict v)
{
    return v.action >= SECCOMP_NOTIFY;
}

/* Whether a condition can hold for a call of which only some arguments are fixed. */
static bool condition_can_hold(const struct seccomp_condition *c, const struct seccomp_call *call)
{
    if (c->op == SECCOMP_ODD || !(call->known >> c->index & 1u))
        return true;
    const uint64_t arg = call->args[c->index];

    switch (c->op) {
    case SECCOMP_EQ:
        return arg == c->value;
    case SECCOMP_NE:
        return arg != c->value;
    case SECCOMP_LT:
        return arg < c->value;
    case SECCOMP_LE:
        return arg <= c->value;
    case SECCOMP_GT:
        return arg > c->value;
    case SECCOMP_GE:
        return arg >= c->value;
    case SECCOMP_MASKED_EQ:
        return (arg & c->value) == (c->two & c->value);
    case SECCOMP_ODD:
        break;
    }
    return true;
}

static bool rule_can_match(const struct seccomp_conditions *when, const struct seccomp_call *call)
{
    for (uint32_t i = 0; i < when->n; i++) {
        if (condition_can_hold(&when->at[i], call) == when->any)
            return when->any;
    }
    return !when->any;
}

struct seccomp_verdict seccomp_eval(const struct seccomp *s, const struct seccomp_call *call)
{
    struct seccomp_verdict weakest = {SECCOMP_KILL, 0};
    bool matched = false, fixed = true;

    for (const struct seccomp_entry *e = seccomp_first(s, call->name); e;
         e = seccomp_next(e, call->name)) {
        if (e->when->n == 0)
            return e->verdict;
        if (!rule_can_match(e->when, call))
            continue;
        /* Whether a rule must match matters only when every argument it reads is fixed. */
        if (e->when->odd || (e->when->reads & ~call->known))
            fixed = false;
        if (!matched || e->verdict.action > weakest.action)
            weakest = e->verdict;
        matched = true;
    }
    if (!matched)
        return s->fallback;
    return !fixed && s->fallback.action > weakest.action ? s->fallback : weakest;
}
