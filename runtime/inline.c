#include "runtime/inline.h"

#include <string.h>

#include "base/own.h"
#include "base/str.h"

static const struct value *with(struct arena *a, const struct value *obj, const char *key,
                                const struct value *val)
{
    const struct value *const name = value_str(a, key);

    return obj && name && val ? value_object_with(a, obj, name, val) : NULL;
}

static const struct value *empty(struct arena *a)
{
    return value_object(a, NULL, NULL, 0);
}

/* The list at key (or none), with every value of the option after it. */
static const struct value *extended(struct arena *a, const struct argv_call *c, const char *option,
                                    const struct value *list, bool numbers, struct err *err)
{
    struct value_list l = {0};

    for (size_t i = 0; list && value_is(list, VALUE_ARRAY) && i < list->count; i++)
        value_list_add(a, &l, value_at(list, i));
    for (size_t i = 0; i < c->given_count; i++) {
        const struct given *const g = &c->given[i];
        unsigned long long n = 0;

        if (!g->row || strcmp(g->name, option) != 0)
            continue;
        if (numbers && !str_decimal(g->value, UINT32_MAX, &n)) {
            (void)err_set(err, ERR_USAGE, "--%s takes a number", option);
            return NULL;
        }
        value_list_add(a, &l, numbers ? value_u64(a, n) : value_str(a, g->value));
    }
    const struct value *const out = value_list_array(a, &l);
    if (!out)
        (void)err_nomem(err);
    return out;
}

/* UID[:GID]. crun starts from nobody's user, the others from the container's. */
static const struct value *user_of(struct arena *a, const struct argv_call *c,
                                   const struct value *base, struct err *err)
{
    const char *const spec = argv_value(c, "user");
    const struct value *user = base && value_is(base, VALUE_OBJECT) ? base : empty(a);
    unsigned long long uid = 0, gid = 0;

    if (spec) {
        char first[24];
        const size_t n = strcspn(spec, ":");
        const bool both = spec[n] == ':';

        if (n >= sizeof(first))
            return err_set(err, ERR_USAGE, "--user takes UID[:GID]"), NULL;
        memcpy(first, spec, n);
        first[n] = '\0';
        if (!str_decimal(first, UINT32_MAX, &uid) ||
            (both && !str_decimal(spec + n + 1, UINT32_MAX, &gid)))
            return err_set(err, ERR_USAGE, "--user takes UID[:GID]"), NULL;
        if (c->family == FAMILY_CRUN)
            user = empty(a);
        user = with(a, user, "uid", value_u64(a, uid));
        if (both || c->family == FAMILY_CRUN)
            user = with(a, user, "gid", value_u64(a, gid));
    }
    if (user && argv_value(c, "additional-gids")) {
        const struct value *const groups =
            extended(a, c, "additional-gids", value_field(user, "additionalGids"), true, err);

        if (!groups)
            return NULL;
        user = with(a, user, "additionalGids", groups);
    }
    if (!user)
        (void)err_nomem(err);
    return user;
}

static const struct value *capabilities_of(struct arena *a, const struct argv_call *c,
                                           const struct value *base, struct err *err)
{
    /* crun replaces the sets, inheritable among them; the others add to theirs. */
    static const char *const sets[] = {"bounding", "effective", "permitted", "ambient",
                                       "inheritable"};
    const bool replaces = c->family == FAMILY_CRUN;
    const struct value *caps = base && value_is(base, VALUE_OBJECT) && !replaces ? base : empty(a);

    for (size_t i = 0; i < ARRAY_LEN(sets) - !replaces; i++) {
        const struct value *const set =
            extended(a, c, "cap", value_field(caps, sets[i]), false, err);

        if (!set)
            return NULL;
        caps = with(a, caps, sets[i], set);
    }
    if (!caps)
        (void)err_nomem(err);
    return caps;
}

static const struct value *arguments_of(struct arena *a, const struct argv_call *c)
{
    struct value_list l = {0};

    for (size_t i = 1; i < c->positional_count; i++)
        value_list_add(a, &l, value_str(a, c->positional[i]));
    return value_list_array(a, &l);
}

int inline_process(struct arena *a, const struct argv_call *c, const struct value *base,
                   const struct value **out, struct err *err)
{
    static const struct {
        const char *option, *field;
    } strings[] = {
        {"cwd", "cwd"}, {"apparmor", "apparmorProfile"}, {"process-label", "selinuxLabel"}};
    const char *const tty = argv_value(c, "tty");

    if (!base || !value_is(base, VALUE_OBJECT))
        return err_set(err, ERR_INVALID, "the container's own process is not known");
    if (c->positional_count < 2)
        return err_set(err, ERR_USAGE, "exec needs a command or --process");

    const struct value *p = with(a, base, "args", arguments_of(a, c));
    for (size_t i = 0; i < ARRAY_LEN(strings); i++) {
        const char *const text = argv_value(c, strings[i].option);

        if (text && *text)
            p = with(a, p, strings[i].field, value_str(a, text));
    }
    p = with(a, p, "terminal",
             value_bool_of(tty && strcmp(tty, "false") != 0 && strcmp(tty, "no") != 0));
    if (argv_value(c, "no-new-privs"))
        p = with(a, p, "noNewPrivileges", value_bool_of(argv_flag(c, "no-new-privs")));
    if (argv_value(c, "env")) {
        const struct value *const env = extended(a, c, "env", value_field(p, "env"), false, err);

        if (!env)
            return -1;
        p = with(a, p, "env", env);
    }
    if (argv_value(c, "user") || argv_value(c, "additional-gids")) {
        const struct value *const user = user_of(a, c, value_field(p, "user"), err);

        if (!user)
            return -1;
        p = with(a, p, "user", user);
    }
    if (argv_value(c, "cap")) {
        const struct value *const caps = capabilities_of(a, c, value_field(p, "capabilities"), err);

        if (!caps)
            return -1;
        p = with(a, p, "capabilities", caps);
    }
    *out = p;
    return p ? 0 : err_nomem(err);
}

/* --- update -------------------------------------------------------------------------------- */

enum unit { UNIT_NUMBER, UNIT_BYTES, UNIT_TEXT };

static const struct {
    const char *option, *part, *field;
    enum unit unit;
} limits[] = {
    {"blkio-weight", "blockIO", "weight", UNIT_NUMBER},
    {"cpu-burst", "cpu", "burst", UNIT_NUMBER},
    {"cpu-idle", "cpu", "idle", UNIT_NUMBER},
    {"cpu-period", "cpu", "period", UNIT_NUMBER},
    {"cpu-quota", "cpu", "quota", UNIT_NUMBER},
    {"cpu-rt-period", "cpu", "realtimePeriod", UNIT_NUMBER},
    {"cpu-rt-runtime", "cpu", "realtimeRuntime", UNIT_NUMBER},
    {"cpu-share", "cpu", "shares", UNIT_NUMBER},
    {"cpuset-cpus", "cpu", "cpus", UNIT_TEXT},
    {"cpuset-mems", "cpu", "mems", UNIT_TEXT},
    {"kernel-memory", "memory", "kernel", UNIT_BYTES},
    {"kernel-memory-tcp", "memory", "kernelTCP", UNIT_BYTES},
    {"memory", "memory", "limit", UNIT_BYTES},
    {"memory-reservation", "memory", "reservation", UNIT_BYTES},
    {"memory-swap", "memory", "swap", UNIT_BYTES},
    {"pids-limit", "pids", "limit", UNIT_NUMBER},
};

/* Whole numbers; bytes may end in k, m, g or t (of 1024), b or ib after it. */
static bool number_of(const char *text, enum unit unit, int64_t *out)
{
    char digits[24];
    const bool minus = *text == '-';
    const char *const start = text + minus;
    const size_t n = strspn(start, "0123456789");
    static const char letters[] = "kmgt";
    unsigned long long value = 0;

    if (n == 0 || n >= sizeof(digits))
        return false;
    memcpy(digits, start, n);
    digits[n] = '\0';
    if (!str_decimal(digits, INT64_MAX, &value))
        return false;
    int64_t got = (int64_t)value;
    const char *tail = start + n;
    const char *const letter = *tail ? strchr(letters, *tail | 0x20) : NULL;
    if (unit == UNIT_BYTES && letter) {
        for (const char *l = letters; l <= letter; l++) {
            if (__builtin_mul_overflow(got, (int64_t)1024, &got))
                return false;
        }
        tail++;
        tail += *tail == 'i';
    }
    if (unit == UNIT_BYTES && (*tail | 0x20) == 'b')
        tail++;
    *out = minus ? -got : got;
    return *tail == '\0';
}

int inline_resources(struct arena *a, const struct argv_call *c, const struct value **out,
                     struct err *err)
{
    const struct value *doc = empty(a);

    for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
        const char *const text = argv_value(c, limits[i].option);
        const struct value *const old = value_field(doc, limits[i].part);
        int64_t n = 0;

        if (!text || !*text)
            continue;
        if (limits[i].unit != UNIT_TEXT && !number_of(text, limits[i].unit, &n))
            return err_set(err, ERR_USAGE, "--%s takes a whole number", limits[i].option);
        const struct value *const part =
            with(a, old ? old : empty(a), limits[i].field,
                 limits[i].unit == UNIT_TEXT ? value_str(a, text) : value_int(a, n));
        doc = with(a, doc, limits[i].part, part);
    }
    *out = doc;
    return doc ? 0 : err_nomem(err);
}
