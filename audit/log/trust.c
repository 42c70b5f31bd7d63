#include "audit/log/trust.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"

enum { WORDS_MAX = 3 + TRUST_MAX * 2 };

struct line {
    char *word[WORDS_MAX];
    size_t n;
};

static int named(const struct trust *t, const char *name, size_t *out)
{
    for (size_t i = 0; i < t->witnesses_n; i++)
        if (strcmp(t->witnesses[i].name, name) == 0) {
            *out = i;
            return 1;
        }
    for (size_t i = 0; i < t->groups_n; i++)
        if (strcmp(t->groups[i].name, name) == 0) {
            *out = TRUST_MAX + i;
            return 1;
        }
    return 0;
}

static int new_name(const struct trust *t, const char *name, char out[TRUST_WORD_MAX + 1],
                    struct err *err)
{
    size_t other;

    if (strcmp(name, "none") == 0 || named(t, name, &other))
        return err_set(err, ERR_INVALID, "the name '%s' is taken", name);
    if (!str_copy(out, TRUST_WORD_MAX + 1, name))
        return err_set(err, ERR_LIMIT, "a name longer than %d bytes", TRUST_WORD_MAX);
    return 0;
}

static int full(size_t n, struct err *err)
{
    return n < TRUST_MAX ? 0
                         : err_set(err, ERR_LIMIT, "more than %d lines of this kind", TRUST_MAX);
}

static int read_log(struct trust *t, const struct line *l, struct err *err)
{
    if (full(t->logs_n, err) < 0 || note_key_parse(l->word[1], &t->logs[t->logs_n], err) < 0)
        return -1;
    t->logs_n++;
    return 0;
}

static int read_witness(struct trust *t, const struct line *l, struct err *err)
{
    struct trust_witness *const w = &t->witnesses[t->witnesses_n];

    if (full(t->witnesses_n, err) < 0 || new_name(t, l->word[1], w->name, err) < 0)
        return -1;
    if (l->n > 3 && !str_copy(w->url, sizeof(w->url), l->word[3]))
        return err_set(err, ERR_LIMIT, "a URL longer than %d bytes", TRUST_WORD_MAX);
    if (note_key_parse(l->word[2], &w->key, err) < 0)
        return -1;
    t->witnesses_n++;
    if (w->key.type == NOTE_ED25519)
        return err_set(err, ERR_INVALID, "'%s' is a log's key, not one of a witness", l->word[1]);
    return 0;
}

static int read_group(struct trust *t, const struct line *l, struct err *err)
{
    struct trust_group *const g = &t->groups[t->groups_n];
    unsigned long long needed = 1;

    if (full(t->groups_n, err) < 0 || new_name(t, l->word[1], g->name, err) < 0)
        return -1;
    g->n = l->n - 3;
    for (size_t i = 0; i < g->n; i++) {
        if (!named(t, l->word[3 + i], &g->member[i]))
            return err_set(err, ERR_INVALID, "'%s' is no witness or group named above",
                           l->word[3 + i]);
        for (size_t k = 0; k < i; k++)
            if (g->member[k] == g->member[i])
                return err_set(err, ERR_INVALID, "'%s' stands twice", l->word[3 + i]);
    }
    if (strcmp(l->word[2], "all") == 0)
        needed = g->n;
    else if (strcmp(l->word[2], "any") != 0 &&
             (!str_decimal(l->word[2], g->n, &needed) || needed == 0))
        return err_set(err, ERR_INVALID, "'%s': want all, any, or 1 to %zu", l->word[2], g->n);
    g->needed = (size_t)needed;
    t->groups_n++;
    return 0;
}

static int read_quorum(struct trust *t, const struct line *l, struct err *err)
{
    if (t->quorum != TRUST_NONE + 1)
        return err_set(err, ERR_INVALID, "a second quorum");
    if (strcmp(l->word[1], "none") == 0)
        t->quorum = TRUST_NONE;
    else if (!named(t, l->word[1], &t->quorum))
        return err_set(err, ERR_INVALID, "'%s' is no witness or group named above", l->word[1]);
    return 0;
}

static const struct {
    const char *word;
    size_t min, max;
    int (*read)(struct trust *t, const struct line *l, struct err *err);
} lines[] = {
    {"log", 2, 3, read_log},
    {"witness", 3, 4, read_witness},
    {"group", 4, WORDS_MAX, read_group},
    {"quorum", 2, 2, read_quorum},
};

static int read_line(struct trust *t, char *text, struct err *err)
{
    struct line l = {.n = 0};

    for (char *w = text + strspn(text, " \t"); *w; w += strspn(w, " \t")) {
        if (l.n == WORDS_MAX)
            return err_set(err, ERR_LIMIT, "more than %d words", WORDS_MAX);
        l.word[l.n++] = w;
        w += strcspn(w, " \t");
        if (*w)
            *w++ = '\0';
    }
    if (l.n == 0 || l.word[0][0] == '#')
        return 0;
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        if (strcmp(l.word[0], lines[i].word) != 0)
            continue;
        if (l.n < lines[i].min || l.n > lines[i].max)
            return err_set(err, ERR_INVALID, "'%s' takes %zu to %zu words", lines[i].word,
                           lines[i].min - 1, lines[i].max - 1);
        return lines[i].read(t, &l, err);
    }
    return err_set(err, ERR_INVALID, "'%s': want log, witness, group or quorum", l.word[0]);
}

/* What the format allows: tabs, line feeds, printable ASCII, bytes above 0x7f. */
static bool allowed(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)text[i];

        if (c != '\t' && c != '\n' && (c < 0x20 || c == 0x7f))
            return false;
    }
    return true;
}

int trust_parse(const char *text, size_t len, struct trust **out, struct err *err)
{
    AUTO_TRUST struct trust *t = calloc(1, sizeof(*t));
    AUTO_FREE char *copy = malloc(len + 1);
    char *save = NULL;
    size_t number = 0;

    if (!t || !copy)
        return err_nomem(err);
    if (!allowed(text, len))
        return err_set(err, ERR_INVALID, "bytes that a trust policy may not hold");
    memcpy(copy, text, len);
    copy[len] = '\0';
    t->quorum = TRUST_NONE + 1; /* not said yet */
    for (char *line = copy; line; line = save) {
        save = strchr(line, '\n');
        if (save)
            *save++ = '\0';
        number++;
        if (read_line(t, line, err) < 0)
            return err_ctx(err, "line %zu", number);
    }
    if (t->logs_n == 0 || t->quorum == TRUST_NONE + 1)
        return err_set(err, ERR_INVALID, "a trust policy needs a log and a quorum");
    *out = t;
    t = NULL;
    return 0;
}

int trust_read(const char *path, struct trust **out, struct err *err)
{
    AUTO_FREE char *text = NULL;
    size_t len = 0;

    if (file_read_at(AT_FDCWD, path, TRUST_TEXT_MAX, &text, &len, NULL, err) < 0)
        return -1;
    return trust_parse(text, len, out, err) < 0 ? err_ctx(err, "%s", path) : 0;
}

void trust_close(struct trust **t)
{
    for (size_t i = 0; *t && i < (*t)->logs_n; i++)
        note_key_close(&(*t)->logs[i]);
    for (size_t i = 0; *t && i < (*t)->witnesses_n; i++)
        note_key_close(&(*t)->witnesses[i].key);
    free(*t);
    *t = NULL;
}

/* Groups name only what stands above them: each is settled when it is come to. */
static bool met(const struct trust *t, const bool signed_by[TRUST_MAX])
{
    bool holds[TRUST_NONE] = {false};

    memcpy(holds, signed_by, TRUST_MAX * sizeof(bool));
    for (size_t i = 0; i < t->groups_n; i++) {
        size_t n = 0;

        for (size_t k = 0; k < t->groups[i].n; k++)
            n += holds[t->groups[i].member[k]];
        holds[TRUST_MAX + i] = n >= t->groups[i].needed;
    }
    return t->quorum == TRUST_NONE || holds[t->quorum];
}

int trust_verify(const struct trust *t, const char *note, size_t len, struct checkpoint *out,
                 struct err *err)
{
    bool signed_by[TRUST_MAX] = {false};
    AUTO_BUF struct buf missing = BUF_INIT;
    bool logged = false;

    for (size_t i = 0; i < t->logs_n && !logged; i++) {
        struct err why = ERR_INIT;

        logged = note_verify(note, len, &t->logs[i], out, &why) == 0;
        if (!logged)
            *err = why;
    }
    if (!logged)
        return -1;
    for (size_t i = 0; i < t->witnesses_n; i++) {
        struct err why = ERR_INIT;
        struct checkpoint same;

        signed_by[i] = note_verify(note, len, &t->witnesses[i].key, &same, &why) == 0;
        if (!signed_by[i])
            buf_printf(&missing, "%s%s", missing.len ? ", " : "", t->witnesses[i].name);
    }
    if (buf_check(&missing, err) < 0)
        return -1;
    if (!met(t, signed_by))
        return err_set(err, ERR_TRUST, "too few witnesses: no cosignature of %s", missing.data);
    return 0;
}
