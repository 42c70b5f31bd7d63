#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "base/str.h"
#include "cli/cli.h"

enum { NEAREST_WORD_MAX = 64 };

/* Edits (insert, delete, replace, swap of neighbours) from a to b; both shorter than the limit. */
static unsigned distance(const char *a, const char *b)
{
    const size_t n = strlen(a), m = strlen(b);
    unsigned rows[3][NEAREST_WORD_MAX + 1];

    if (n > NEAREST_WORD_MAX || m > NEAREST_WORD_MAX)
        return NEAREST_WORD_MAX;
    for (size_t j = 0; j <= m; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= n; i++) {
        unsigned *const row = rows[i % 3];
        const unsigned *const up = rows[(i + 2) % 3], *const up2 = rows[(i + 1) % 3];

        row[0] = (unsigned)i;
        for (size_t j = 1; j <= m; j++) {
            unsigned best = up[j - 1] + (a[i - 1] != b[j - 1]);

            if (up[j] + 1 < best)
                best = up[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                up2[j - 2] + 1 < best)
                best = up2[j - 2] + 1;
            row[j] = best;
        }
    }
    return rows[n % 3][m];
}

const char *nearest(const char *word, const char *const *candidates, size_t n)
{
    unsigned best = strlen(word) >= 5 ? 3 : 2; /* fewer edits than this are near */
    const char *found = NULL;

    for (size_t i = 0; i < n; i++) {
        const unsigned d = distance(word, candidates[i]);

        if (d < best) {
            best = d;
            found = candidates[i];
        }
    }
    return found;
}

/* Every command takes these. */
static const struct option_row common[] = {
    {"help", 'h', NULL, "print this help", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

static const struct option_row *row_in(const struct option_row *rows, const char *name, size_t len,
                                       char letter)
{
    for (const struct option_row *row = rows; row && row->name; row++) {
        if (name ? strlen(row->name) == len && memcmp(row->name, name, len) == 0
                 : letter && row->letter == letter)
            return row;
    }
    return NULL;
}

static const struct option_row *row_find(const struct call *call, const char *name, size_t len,
                                         char letter)
{
    const struct option_row *const row = row_in(call->command->options, name, len, letter);

    return row ? row : row_in(common, name, len, letter);
}

static int unknown_option(const struct call *call, const char *arg, size_t len, struct err *err)
{
    const char *names[64];
    size_t n = 0;
    char word[NEAREST_WORD_MAX + 1] = "", shown[128];

    for (const struct option_row *r = call->command->options; r && r->name && n < 63; r++)
        names[n++] = r->name;
    names[n++] = "help";
    if (len > 2 && len - 2 < sizeof word)
        memcpy(word, arg + 2, len - 2);
    str_escape(arg, len, shown, sizeof shown);

    const char *const near = *word ? nearest(word, names, n) : NULL;
    if (near)
        return err_set(err, ERR_USAGE, "%s: unknown option %s; did you mean --%s?",
                       call->command->name, shown, near);
    return err_set(err, ERR_USAGE, "%s: unknown option %s; see sallyport %s --help",
                   call->command->name, shown, call->command->name);
}

static int check_choice(const struct call *call, const struct option_row *row, const char *value,
                        struct err *err)
{
    size_t n = 0;
    AUTO_BUF struct buf all = BUF_INIT;

    if (!row->choices)
        return 0;
    for (; row->choices[n]; n++) {
        if (strcmp(row->choices[n], value) == 0)
            return 0;
        buf_printf(&all, "%s%s", n ? ", " : "", row->choices[n]);
    }
    char shown[128];
    str_escape(value, strlen(value), shown, sizeof shown);
    const char *const near = nearest(value, row->choices, n);
    if (near)
        return err_set(err, ERR_USAGE, "%s: --%s does not take %s; did you mean %s?",
                       call->command->name, row->name, shown, near);
    return err_set(err, ERR_USAGE, "%s: --%s does not take %s; it takes %s", call->command->name,
                   row->name, shown, all.data ? all.data : "nothing");
}

static int add_option(struct call *call, const struct option_row *row, const char *value,
                      struct err *err)
{
    if (value && check_choice(call, row, value, err) < 0)
        return -1;
    call->options[call->options_n++] = (struct call_option){.row = row, .value = value};
    return 0;
}

/* One argument that begins with a dash; *i moves on when it takes the next one as its value. */
static int parse_option(struct call *call, const char *const *argv, size_t argc, size_t *i,
                        struct err *err)
{
    const char *const arg = argv[*i];
    const bool is_long = arg[1] == '-';
    const char *const equals = strchr(arg, '=');
    const size_t len = equals ? (size_t)(equals - arg) : strlen(arg);
    const struct option_row *const row =
        is_long ? row_find(call, arg + 2, len - 2, 0) : row_find(call, NULL, 0, arg[1]);
    const char *value = NULL;

    if (!row)
        return unknown_option(call, arg, is_long ? len : strlen(arg), err);
    if (is_long && equals)
        value = equals + 1;
    else if (!is_long && arg[2])
        value = arg + (arg[2] == '=' ? 3 : 2);
    if (!row->value && value)
        return err_set(err, ERR_USAGE, "%s: --%s takes no value", call->command->name, row->name);
    if (row->value && !value) {
        if (*i + 1 >= argc)
            return err_set(err, ERR_USAGE, "%s: --%s needs a value (%s)", call->command->name,
                           row->name, row->value);
        value = argv[++*i];
    }
    return add_option(call, row, value, err);
}

int call_parse(struct call *call, const char *const *argv, size_t argc, struct err *err)
{
    bool options = true;

    if (argc > CALL_ARGS_MAX)
        return err_set(err, ERR_USAGE, "more than %d arguments", CALL_ARGS_MAX);
    call->args = calloc(argc + 1, sizeof *call->args);
    call->options = calloc(argc + 1, sizeof *call->options);
    if (!call->args || !call->options)
        return err_nomem(err);

    for (size_t i = 0; i < argc; i++) {
        if (options && strcmp(argv[i], "--") == 0)
            options = false;
        else if (options && argv[i][0] == '-' && argv[i][1]) {
            if (parse_option(call, argv, argc, &i, err) < 0)
                return -1;
        } else {
            call->args[call->args_n++] = argv[i];
        }
    }
    if (call_flag(call, "help"))
        return 0;
    if (call->args_n < call->command->min_args || call->args_n > call->command->max_args)
        return err_set(err, ERR_USAGE, "usage: sallyport %s %s", call->command->name,
                       call->command->synopsis);
    return 0;
}

void call_done(struct call *call)
{
    own_free(&call->args);
    own_free(&call->options);
    buf_done(&call->out);
    buf_done(&call->log);
}

const char *call_value(const struct call *call, const char *name, const char *otherwise)
{
    for (size_t i = call->options_n; i-- > 0;) {
        if (strcmp(call->options[i].row->name, name) == 0)
            return call->options[i].value;
    }
    return otherwise;
}

bool call_flag(const struct call *call, const char *name)
{
    for (size_t i = 0; i < call->options_n; i++) {
        if (strcmp(call->options[i].row->name, name) == 0)
            return true;
    }
    return false;
}

const char *call_values(const struct call *call, const char *name, size_t i)
{
    for (size_t at = 0; at < call->options_n; at++) {
        if (strcmp(call->options[at].row->name, name) == 0 && i-- == 0)
            return call->options[at].value;
    }
    return NULL;
}

bool call_json(const struct call *call)
{
    return strcmp(call_value(call, "format", "text"), "json") == 0;
}
