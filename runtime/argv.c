#include "runtime/argv.h"

#include <string.h>

#include "base/own.h"
#include "base/str.h"

static const char *const family_names[FAMILY_COUNT] = {
    [FAMILY_RUNC] = "runc",
    [FAMILY_CRUN] = "crun",
    [FAMILY_YOUKI] = "youki",
};

bool family_of(const char *name, enum family *out)
{
    for (enum family f = 0; f < FAMILY_COUNT; f++) {
        if (strcmp(family_names[f], name) == 0) {
            *out = f;
            return true;
        }
    }
    return false;
}

const char *family_name(enum family f)
{
    return family_names[f];
}

int argv_registration(int *argc, char **argv, const char **registration, struct err *err)
{
    static const char own[] = "--sallyport-registration=";

    *registration = NULL;
    if (*argc < 2 || !str_starts(argv[1], own))
        return 0;
    const char *const name = argv[1] + sizeof(own) - 1;
    if (*name == '\0' || strlen(name) > 64)
        return err_set(err, ERR_USAGE, "--sallyport-registration needs a name of 1 to 64 bytes");
    *registration = name;
    for (int i = 1; i < *argc; i++)
        argv[i] = argv[i + 1];
    *argc -= 1;
    return 0;
}

/* --- looking up ---------------------------------------------------------------------------- */

struct parse {
    struct arena *arena;
    struct argv_call *call;
    const struct allowances *allow;
    unsigned scope;   /* bit of the verb, or ARGV_GLOBAL */
    bool abbreviated; /* crun: a unique prefix stood for an option */
    bool two_forms;   /* the same option by name and by letter, or twice where once is allowed */
};

static bool in_scope(const struct parse *p, const struct option *o)
{
    return (o->families & 1u << p->call->family) != 0 && (o->verbs & p->scope) != 0;
}

static const struct option *by_name(const struct parse *p, const char *name, size_t len)
{
    for (size_t i = 0; i < argv_option_count; i++) {
        const struct option *const o = &argv_options[i];

        if (in_scope(p, o) && strlen(o->name) == len && memcmp(o->name, name, len) == 0)
            return o;
    }
    return NULL;
}

static const struct option *by_letter(const struct parse *p, char letter)
{
    for (size_t i = 0; i < argv_option_count; i++) {
        if (in_scope(p, &argv_options[i]) && argv_options[i].letter == letter)
            return &argv_options[i];
    }
    return NULL;
}

/* getopt_long's abbreviations: one option only that begins so. */
static const struct option *by_prefix(const struct parse *p, const char *name, size_t len)
{
    const struct option *found = NULL;

    for (size_t i = 0; len > 0 && i < argv_option_count; i++) {
        const struct option *const o = &argv_options[i];

        if (!in_scope(p, o) || strncmp(o->name, name, len) != 0)
            continue;
        if (found && strcmp(found->name, o->name) != 0)
            return NULL;
        found = o;
    }
    return found;
}

static bool listed(const struct value *names, const char *name, size_t len, const char *suffix)
{
    const size_t extra = strlen(suffix);

    for (size_t i = 0; names && value_is(names, VALUE_ARRAY) && i < names->count; i++) {
        const struct value *const v = value_at(names, i);

        if (value_is(v, VALUE_STRING) && v->count == len + extra &&
            memcmp(value_bytes(v), name, len) == 0 &&
            memcmp(value_bytes(v) + len, suffix, extra) == 0)
            return true;
    }
    return false;
}

/* --- one option ---------------------------------------------------------------------------- */

static bool is_number(const char *text)
{
    const char *const digits = text + (text[0] == '-');

    return *digits != '\0' && digits[strspn(digits, "0123456789")] == '\0' && strlen(digits) < 19;
}

/* Go's strconv.ParseBool. */
static const char *truth(const char *word)
{
    static const struct {
        const char *word, *means;
    } words[] = {
        {"1", "true"},    {"t", "true"},      {"T", "true"},      {"TRUE", "true"},
        {"true", "true"}, {"True", "true"},   {"0", "false"},     {"f", "false"},
        {"F", "false"},   {"FALSE", "false"}, {"false", "false"}, {"False", "false"},
    };

    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (strcmp(words[i].word, word) == 0)
            return words[i].means;
    }
    return NULL;
}

static int take(struct parse *p, const struct option *row, const char *value, bool letter,
                struct err *err)
{
    struct argv_call *const c = p->call;

    if (row->type == OPTION_NUMBER && !is_number(value))
        return err_set(err, ERR_USAGE, "--%s takes a plain number", row->name);
    for (size_t i = 0; i < c->given_count; i++) {
        const struct given *const g = &c->given[i];
        const bool once = c->family == FAMILY_YOUKI && row->type != OPTION_LIST;

        if (g->row == row &&
            (once || (c->family == FAMILY_RUNC && g->name[0] != (letter ? 'l' : 'n'))))
            p->two_forms = true;
    }
    /* The form is kept in the name's first byte while parsing; finish() puts the name there. */
    c->given[c->given_count++] = (struct given){
        .row = row,
        .name = letter ? "letter" : "name",
        .value = value,
        .global = p->scope == ARGV_GLOBAL,
    };
    return 0;
}

static int take_allowed(struct parse *p, const char *name, size_t len, const char *value,
                        struct err *err)
{
    struct argv_call *const c = p->call;

    if (!p->allow || !listed(p->allow->options, name, len, value ? "=" : ""))
        return err_set(err, ERR_USAGE,
                       "option --%.*s of %s is not known here; allow_options in the settings "
                       "admits it",
                       (int)(len < 64 ? len : 64), name,
                       c->verb_name ? c->verb_name : family_name(c->family));
    char *const copy = arena_strndup(p->arena, name, len);
    if (!copy)
        return err_nomem(err);
    c->given[c->given_count++] =
        (struct given){.name = copy, .value = value, .global = p->scope == ARGV_GLOBAL};
    return 0;
}

static int missing_value(const struct option *row, struct err *err)
{
    return err_set(err, ERR_USAGE, "--%s needs a value", row->name);
}

/* A value that looks like an option is read in different ways by different versions. */
static int odd_value(const struct parse *p, const struct option *row, const char *value,
                     struct err *err)
{
    if (p->scope == ARGV_GLOBAL || value[0] != '-' || value[1] == '\0' || is_number(value))
        return 0;
    return err_set(err, ERR_USAGE, "the value of --%s begins with a dash; write --%s=VALUE",
                   row->name, row->name);
}

/* The value that follows as an argument of its own. */
static const char *next_value(const struct parse *p, const struct option *row, char **args,
                              size_t n, size_t *at, struct err *err)
{
    if (*at + 1 >= n) {
        (void)missing_value(row, err);
        return NULL;
    }
    const char *const value = args[++*at];
    return odd_value(p, row, value, err) < 0 ? NULL : value;
}

/* --- Go's flag package --------------------------------------------------------------------- */

static int go_option(struct parse *p, char **args, size_t n, size_t *at, const char *name,
                     struct err *err)
{
    const char *const eq = strchr(name, '=');
    const size_t len = eq ? (size_t)(eq - name) : strlen(name);
    bool letter = false;

    if (len == 0 || name[0] == '-')
        return err_set(err, ERR_USAGE, "malformed option '%.64s'", args[*at]);
    const struct option *row = by_name(p, name, len);
    if (!row && len == 1) {
        row = by_letter(p, name[0]);
        letter = row != NULL;
    }
    if (!row)
        return take_allowed(p, name, len, eq ? eq + 1 : NULL, err);
    if (row->type == OPTION_FLAG) {
        const char *const value = eq ? truth(eq + 1) : "true";

        if (!value)
            return err_set(err, ERR_USAGE, "--%s is true or false", row->name);
        return take(p, row, value, letter, err);
    }
    const char *const value = eq ? eq + 1 : next_value(p, row, args, n, at, err);
    return value ? take(p, row, value, letter, err) : -1;
}

/* Options up to the first argument that is none; *used: how many arguments they took. */
static int go_options(struct parse *p, char **args, size_t n, size_t *used, struct err *err)
{
    size_t at = 0;

    for (; at < n; at++) {
        const char *s = args[at];

        if (s[0] != '-' || s[1] == '\0')
            break;
        s += s[1] == '-' ? 2 : 1;
        if (*s == '\0') {
            at++;
            break;
        }
        if (go_option(p, args, n, &at, s, err) < 0)
            return -1;
    }
    *used = at;
    return 0;
}

/* Is it one of the verb's options, for the reordering that comes before the reading? */
static bool go_is_option(const struct parse *p, const char *arg)
{
    if (arg[0] != '-' || strcmp(arg, "-") == 0 || strcmp(arg, "--") == 0)
        return false;
    const char *const name = arg + (arg[1] == '-' ? 2 : 1);
    const size_t len = strcspn(name, "=");

    return by_name(p, name, len) || (len == 1 && by_letter(p, name[0])) ||
           (p->allow && (listed(p->allow->options, name, len, "") ||
                         listed(p->allow->options, name, len, "=")));
}

/* Options and what follows each move to the front, positionals to the end; `--` stops it. */
static void go_reorder(const struct parse *p, char **args, size_t n, char **out)
{
    size_t front = 0, rest = 0;
    bool value_next = false;
    char **const tail = out + n; /* second half of the caller's room */

    for (size_t i = 0; i < n; i++) {
        const bool option = go_is_option(p, args[i]);

        if (value_next && !option) {
            value_next = false;
            out[front++] = args[i];
        } else if (strcmp(args[i], "--") == 0) {
            while (i < n)
                tail[rest++] = args[i++];
        } else if (option) {
            out[front++] = args[i];
            value_next = strchr(args[i], '=') == NULL;
        } else {
            tail[rest++] = args[i];
        }
    }
    memmove(out + front, tail, rest * sizeof(*out));
}

/* --- argp and clap ------------------------------------------------------------------------- */

static int long_option(struct parse *p, char **args, size_t n, size_t *at, struct err *err)
{
    const char *const name = args[*at] + 2;
    const char *const eq = strchr(name, '=');
    const size_t len = eq ? (size_t)(eq - name) : strlen(name);
    const struct option *row = by_name(p, name, len);

    if (!row && p->call->family == FAMILY_CRUN) {
        row = by_prefix(p, name, len);
        p->abbreviated = p->abbreviated || row;
    }
    if (!row)
        return take_allowed(p, name, len, eq ? eq + 1 : NULL, err);
    switch (row->type) {
    case OPTION_FLAG:
        if (eq)
            return err_set(err, ERR_USAGE, "--%s takes no value", row->name);
        return take(p, row, "true", false, err);
    case OPTION_MAYBE:
        return take(p, row, eq ? eq + 1 : "true", false, err);
    case OPTION_VALUE:
    case OPTION_NUMBER:
    case OPTION_LIST:
        break;
    }
    const char *const value = eq ? eq + 1 : next_value(p, row, args, n, at, err);
    return value ? take(p, row, value, false, err) : -1;
}

/* -abc, -bVALUE, -b VALUE; clap: -b=VALUE too. */
static int short_options(struct parse *p, char **args, size_t n, size_t *at, struct err *err)
{
    for (const char *s = args[*at] + 1; *s != '\0'; s++) {
        const struct option *const row = by_letter(p, *s);

        if (!row)
            return take_allowed(p, s, 1, NULL, err);
        if (row->type == OPTION_FLAG) {
            if (take(p, row, "true", true, err) < 0)
                return -1;
            continue;
        }
        const char *value = s[1] != '\0' ? s + 1 : NULL;
        if (value && p->call->family == FAMILY_YOUKI && *value == '=')
            value++;
        if (!value)
            value = row->type == OPTION_MAYBE ? "true" : next_value(p, row, args, n, at, err);
        return value ? take(p, row, value, true, err) : -1;
    }
    return 0;
}

/* In order, up to the first positional; clap goes on past positionals up to `--`. Positionals are
 * gathered in c->positional when `all`. */
static int getopt_options(struct parse *p, char **args, size_t n, bool all, size_t *used,
                          struct err *err)
{
    struct argv_call *const c = p->call;
    size_t at = 0;

    for (; at < n; at++) {
        const char *const s = args[at];

        if (strcmp(s, "--") == 0) {
            at++;
            break;
        }
        if (s[0] != '-' || s[1] == '\0') {
            if (!all || c->family != FAMILY_YOUKI)
                break;
            c->positional[c->positional_count++] = args[at];
            continue;
        }
        if ((s[1] == '-' ? long_option(p, args, n, &at, err)
                         : short_options(p, args, n, &at, err)) < 0)
            return -1;
    }
    *used = at;
    return 0;
}

/* --- the whole line ------------------------------------------------------------------------ */

static const struct verb *find_verb(enum family family, const char *name, unsigned *bit)
{
    for (size_t i = 0; i < argv_verb_count; i++) {
        const struct verb *const v = &argv_verbs[i];

        if ((v->families & 1u << family) != 0 && strcmp(v->name, name) == 0) {
            *bit = 1u << i;
            return v;
        }
    }
    return NULL;
}

static int verb_options(struct parse *p, char **args, size_t n, struct err *err)
{
    struct argv_call *const c = p->call;
    size_t used = 0;

    c->positional = ARENA_NEW_N(p->arena, char *, n + 1);
    if (!c->positional)
        return err_nomem(err);
    if (c->family == FAMILY_RUNC) {
        if (!c->verb->ordered) {
            char **const sorted = ARENA_NEW_N(p->arena, char *, 2 * n + 1);

            if (!sorted)
                return err_nomem(err);
            go_reorder(p, args, n, sorted);
            args = sorted;
        }
        if (go_options(p, args, n, &used, err) < 0)
            return -1;
    } else if (getopt_options(p, args, n, true, &used, err) < 0) {
        return -1;
    }
    for (; used < n; used++)
        c->positional[c->positional_count++] = args[used];
    if (c->verb->least > 0 && c->positional_count > 0)
        c->id = c->positional[0];
    return 0;
}

static int judged_form(const struct parse *p, struct err *err)
{
    const struct argv_call *const c = p->call;
    const int n = (int)c->positional_count;

    if (p->abbreviated)
        return err_set(err, ERR_USAGE, "abbreviated options of %s are not judged", c->verb_name);
    if (p->two_forms)
        return err_set(err, ERR_USAGE, "an option of %s is given twice in different forms",
                       c->verb_name);
    if (n < c->verb->least || (c->verb->most >= 0 && n > c->verb->most))
        return err_set(err, ERR_USAGE, "%s takes %d argument%s, not %d", c->verb_name,
                       c->verb->least, c->verb->least == 1 ? "" : "s", n);
    if (c->id && *c->id == '\0')
        return err_set(err, ERR_USAGE, "the container id is empty");
    return 0;
}

static void finish(struct argv_call *c)
{
    for (size_t i = 0; i < c->given_count; i++) {
        if (c->given[i].row)
            c->given[i].name = c->given[i].row->name;
    }
}

static int parse_verb(struct parse *p, char **args, size_t n, struct err *err)
{
    struct argv_call *const c = p->call;

    c->kind = c->verb->kind;
    const int status = verb_options(p, args, n, err);
    finish(c);
    if (status == 0 && argv_flag(c, "help"))
        c->kind = VERB_PASS;
    /* A passing verb's options are the runtime's affair. */
    if (c->kind == VERB_PASS)
        return 0;
    return status < 0 ? -1 : judged_form(p, err);
}

int argv_parse(struct arena *a, enum family family, int argc, char **argv,
               const struct allowances *allow, struct argv_call *out, struct err *err)
{
    struct parse p = {.arena = a, .call = out, .allow = allow, .scope = ARGV_GLOBAL};
    const size_t n = argc > 1 ? (size_t)argc - 1 : 0;
    size_t used = 0;

    *out = (struct argv_call){
        .family = family, .kind = VERB_PASS, .args = argv, .count = argc, .verb_at = argc};
    /* Short clusters give more options than arguments. */
    size_t room = 1;
    for (size_t i = 0; i < n; i++)
        room += strlen(argv[i + 1]) + 1;
    out->given = ARENA_NEW_N(a, struct given, room);
    if (!out->given)
        return err_nomem(err);

    if ((family == FAMILY_RUNC ? go_options(&p, argv + 1, n, &used, err)
                               : getopt_options(&p, argv + 1, n, false, &used, err)) < 0)
        return -1;
    finish(out);
    if (used >= n || argv_flag(out, "version") || argv_flag(out, "help") || argv_flag(out, "usage"))
        return 0;

    out->verb_at = (int)used + 1;
    out->verb_name = argv[used + 1];
    out->verb = find_verb(family, out->verb_name, &p.scope);
    if (!out->verb) {
        const bool allowed =
            allow && listed(allow->verbs, out->verb_name, strlen(out->verb_name), "");

        out->kind = allowed ? VERB_PASS : VERB_UNKNOWN;
        return 0;
    }
    return parse_verb(&p, argv + used + 2, n - used - 1, err);
}

const char *argv_value(const struct argv_call *c, const char *name)
{
    const char *found = NULL;

    for (size_t i = 0; i < c->given_count; i++) {
        if (c->given[i].row && strcmp(c->given[i].name, name) == 0)
            found = c->given[i].value;
    }
    return found;
}

bool argv_flag(const struct argv_call *c, const char *name)
{
    const char *const value = argv_value(c, name);

    return value && strcmp(value, "false") != 0;
}
