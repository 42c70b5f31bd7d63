/* Reading entry scripts: who they become, what they give away, what they write. A reading of the
 * common forms, line by line; what it does not understand it leaves out. */
#include <string.h>

#include "base/own.h"
#include "facts/rootfs.h"
#include "profiles/doc.h"

enum { WORDS_MAX = 32, WORD_MAX = 128, VARIABLES_MAX = 32, LIST_MAX = 32 };

struct words {
    char word[WORDS_MAX][WORD_MAX];
    size_t n;
};

struct variable {
    char name[WORD_MAX], value[WORD_MAX];
};

struct reading {
    struct arena *a;
    struct variable variable[VARIABLES_MAX];
    size_t variables;
    char drops_to[WORD_MAX];
    const char *drop_by;
    bool guarded, arguments, setcap;
    struct value_list chowns, accounts, etc, execs;
};

/* --- words -------------------------------------------------------------------------------------
 */

static bool separator(char c)
{
    return c == ' ' || c == '\t' || c == ';' || c == '(' || c == ')' || c == '|' || c == '&';
}

/* Words of one line without quotes, redirections as words of their own. */
static void split(const char *line, size_t len, struct words *w)
{
    size_t n = 0;

    w->n = 0;
    for (size_t i = 0; i <= len; i++) {
        const char c = i < len ? line[i] : ' ';
        const bool redirect = c == '>' || c == '<';

        if (c == '#' && n == 0 && (i == 0 || separator(line[i - 1])))
            len = i; /* a comment ends the line */
        if (i >= len || separator(c) || redirect) {
            if (n > 0 && w->n < WORDS_MAX) {
                w->word[w->n++][n] = '\0';
                n = 0;
            }
            if (redirect && w->n < WORDS_MAX) {
                w->word[w->n][0] = c;
                w->word[w->n++][1] = '\0';
            }
            continue;
        }
        if (c == '"' || c == '\'' || c == '\\')
            continue;
        if (w->n < WORDS_MAX && n < WORD_MAX - 1)
            w->word[w->n][n++] = c;
    }
}

/* $NAME, ${NAME} and ${NAME:-default} by what was assigned before. */
static const char *expand(const struct reading *r, const char *word, char out[WORD_MAX])
{
    if (word[0] != '$')
        return word;
    const char *const name = word[1] == '{' ? word + 2 : word + 1;
    const size_t len =
        strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789");

    for (size_t i = r->variables; i-- > 0;) {
        if (strlen(r->variable[i].name) == len && strncmp(r->variable[i].name, name, len) == 0)
            return r->variable[i].value;
    }
    if (strncmp(name + len, ":-", 2) == 0) {
        const size_t n = strcspn(name + len + 2, "}");

        if (n < WORD_MAX) {
            memcpy(out, name + len + 2, n);
            out[n] = '\0';
            return out;
        }
    }
    return "";
}

static void assign(struct reading *r, const char *word)
{
    const char *const eq = strchr(word, '=');
    const size_t len = eq ? (size_t)(eq - word) : 0;

    if (len == 0 || len >= WORD_MAX || r->variables == VARIABLES_MAX ||
        strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789") != len)
        return;
    struct variable *const v = &r->variable[r->variables];
    char room[WORD_MAX];
    const char *const value = expand(r, eq + 1, room);

    if (strlen(value) >= WORD_MAX || !*value)
        return;
    memcpy(v->name, word, len);
    v->name[len] = '\0';
    memmove(v->value, value, strlen(value) + 1);
    r->variables++;
}

static void remember(struct reading *r, struct value_list *l, const char *text, size_t len)
{
    if (len == 0 || l->n >= LIST_MAX)
        return;
    for (size_t i = 0; i < l->n; i++) {
        if (l->items[i]->count == len && strncmp(value_bytes(l->items[i]), text, len) == 0)
            return;
    }
    value_list_add(r->a, l, value_string(r->a, text, len));
}

/* --- commands -----------------------------------------------------------------------------------
 */

struct helper {
    const char *name;
    const char *options[3]; /* that carry the account, as NAME or NAME=VALUE; none: first word */
};

static const struct helper helpers[] = {
    {"gosu", {NULL}},
    {"su-exec", {NULL}},
    {"setpriv", {"--reuid", NULL}},
    {"runuser", {"-u", "--user", NULL}},
    {"chroot", {"--userspec", NULL}},
    {"sudo", {"-u", "--user", NULL}},
    {"su", {NULL}},
    {"s6-setuidgid", {NULL}},
    {"chpst", {"-u", NULL}},
    {"start-stop-daemon", {"--chuid", "-c", NULL}},
};

static const char *option_value(const struct words *w, size_t from, const char *const *options)
{
    for (size_t i = from; i < w->n; i++) {
        for (size_t k = 0; options[k]; k++) {
            const size_t len = strlen(options[k]);

            if (strcmp(w->word[i], options[k]) == 0 && i + 1 < w->n)
                return w->word[i + 1];
            if (strncmp(w->word[i], options[k], len) == 0 && w->word[i][len] == '=')
                return w->word[i] + len + 1;
        }
    }
    return NULL;
}

static const char *first_plain(const struct words *w, size_t from)
{
    for (size_t i = from; i < w->n; i++) {
        if (w->word[i][0] != '-')
            return w->word[i];
        /* su -s SHELL NAME: the options of su that take a value. */
        if (strcmp(w->word[i], "-s") == 0 || strcmp(w->word[i], "-c") == 0)
            i++;
    }
    return NULL;
}

static const char *base_name(const char *path)
{
    const char *const slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static void note_drop(struct reading *r, const struct words *w, size_t at)
{
    const char *const name = base_name(w->word[at]);

    for (size_t i = 0; i < ARRAY_LEN(helpers); i++) {
        char room[WORD_MAX];

        if (strcmp(helpers[i].name, name) != 0)
            continue;
        const char *account = helpers[i].options[0] ? option_value(w, at + 1, helpers[i].options)
                                                    : first_plain(w, at + 1);
        if (!account)
            return;
        account = expand(r, account, room);
        const size_t len = strcspn(account, ":");
        if (len == 0 || len >= WORD_MAX || account[0] == '-' ||
            (len == 4 && strncmp(account, "root", 4) == 0))
            return;
        memmove(r->drops_to, account, len);
        r->drops_to[len] = '\0';
        r->drop_by = helpers[i].name;
        return;
    }
}

static void note_chown(struct reading *r, const struct words *w, size_t at)
{
    char room[WORD_MAX];
    bool owner = true;

    for (size_t i = at + 1; i < w->n; i++) {
        const char *const word = w->word[i];

        if (word[0] == '-' || word[0] == '>' || word[0] == '<')
            continue;
        const char *const text = expand(r, word, room);
        if (owner && strcmp(text, "root") != 0 && !doc_prefix(text, "root:"))
            remember(r, &r->accounts, text, strcspn(text, ":."));
        else if (!owner && text[0] == '/')
            remember(r, &r->chowns, text, strlen(text));
        owner = false;
    }
}

/* Programs that edit the configuration they are made for; ".": files of /etc itself. */
static const struct {
    const char *name, *edits;
} editors[] = {
    {"postconf", "postfix"}, {"newaliases", "."},     {"ssh-keygen", "ssh"},
    {"a2enmod", "apache2"},  {"a2dismod", "apache2"}, {"a2ensite", "apache2"},
    {"a2enconf", "apache2"}, {"useradd", "."},        {"usermod", "."},
    {"groupadd", "."},       {"groupmod", "."},       {"adduser", "."},
    {"addgroup", "."},       {"chpasswd", "."},       {"passwd", "."},
    {"deluser", "."},
};

/* /etc/NAME/...: NAME, when the line writes there; "." for a file of /etc itself. */
static void note_etc(struct reading *r, const struct words *w)
{
    static const char *const writers[] = {"tee",     "touch",    "cp", "mv",       "mkdir",  "ln",
                                          "install", "postconf", "rm", "envsubst", "usermod"};
    bool writes = false;

    for (size_t i = 0; i < w->n; i++) {
        const char *const name = base_name(w->word[i]);

        for (size_t k = 0; k < ARRAY_LEN(writers); k++)
            writes = writes || strcmp(writers[k], name) == 0;
        writes = writes || w->word[i][0] == '>' ||
                 (strcmp(name, "sed") == 0 && i + 1 < w->n && doc_prefix(w->word[i + 1], "-i"));
    }
    for (size_t i = 0; writes && i < w->n; i++) {
        if (doc_prefix(w->word[i], "/etc/"))
            remember(r, &r->etc, w->word[i] + 5, strcspn(w->word[i] + 5, "/"));
    }
    for (size_t i = 0; i < w->n; i++) {
        for (size_t k = 0; k < ARRAY_LEN(editors); k++) {
            if (strcmp(editors[k].name, base_name(w->word[i])) == 0)
                remember(r, &r->etc, editors[k].edits, strlen(editors[k].edits));
        }
    }
}

static void note_exec(struct reading *r, const struct words *w, size_t at)
{
    for (size_t i = at + 1; i < w->n; i++) {
        const char *const name = base_name(w->word[i]);
        bool helper = false;

        for (size_t k = 0; k < ARRAY_LEN(helpers); k++)
            helper = helper || strcmp(helpers[k].name, name) == 0;
        if (helper) {
            i++; /* and its account */
            continue;
        }
        if (w->word[i][0] == '-' || strchr(w->word[i], '=') || strcmp(name, "env") == 0)
            continue;
        if (strcmp(w->word[i], "$@") == 0)
            r->arguments = true;
        else if (w->word[i][0] != '$' && w->word[i][0] != '>')
            remember(r, &r->execs, w->word[i], strlen(w->word[i]));
        return;
    }
}

static bool tests_user(const char *line, size_t len)
{
    return memmem(line, len, "id -u", 5) || memmem(line, len, "$EUID", 5) ||
           memmem(line, len, "$UID", 4) || memmem(line, len, "${EUID", 6) ||
           memmem(line, len, "whoami", 6);
}

/* `own`: of the entry script itself. */
static void read_line(struct reading *r, const char *line, size_t len, bool own, struct words *w)
{
    split(line, len, w);
    if (w->n == 0)
        return;
    r->guarded = r->guarded || (own && tests_user(line, len));
    for (size_t i = 0; i < w->n && i < 2; i++) {
        if (i == 0 || strcmp(w->word[0], "export") == 0 || strcmp(w->word[0], "local") == 0)
            assign(r, w->word[i]);
    }
    for (size_t i = 0; i < w->n; i++) {
        if (strcmp(base_name(w->word[i]), "chown") == 0)
            note_chown(r, w, i);
        if (strcmp(base_name(w->word[i]), "setcap") == 0)
            r->setcap = true;
        if (own && strcmp(w->word[i], "exec") == 0)
            note_exec(r, w, i);
        if (own)
            note_drop(r, w, i);
    }
    note_etc(r, w);
}

int script_read(struct arena *a, const struct script_text *script, const struct value **out,
                struct err *err)
{
    const char *const text = script->text;
    const size_t len = script->len;
    struct reading *const r = arena_zalloc(a, 1, sizeof(*r));
    struct words *const w = arena_zalloc(a, 1, sizeof(*w));
    struct value_fields f = {0};

    if (!r || !w)
        return err_nomem(err);
    r->a = a;
    for (size_t at = 0; at < len;) {
        const char *const end = memchr(text + at, '\n', len - at);
        const size_t n = end ? (size_t)(end - (text + at)) : len - at;

        read_line(r, text + at, n, at < script->own, w);
        at += n + 1;
    }
    if (r->drop_by) {
        doc_put_str(a, &f, "drops_to", r->drops_to);
        doc_put_str(a, &f, "drop_by", r->drop_by);
    }
    doc_put_bool(a, &f, "guarded", r->guarded);
    doc_put_list(a, &f, "chowns", &r->chowns);
    doc_put_list(a, &f, "chown_accounts", &r->accounts);
    doc_put_list(a, &f, "edits_etc", &r->etc);
    doc_put_list(a, &f, "execs", &r->execs);
    doc_put_bool(a, &f, "execs_arguments", r->arguments);
    doc_put_bool(a, &f, "sets_capabilities", r->setcap);
    doc_put_bool(a, &f, "truncated", script->truncated);
    return doc_finish(a, &f, out, err);
}
