/* cli/main.c - `sallyport`: find the command, parse its arguments, run it, print what it says. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "cli/cli.h"
#include "policy/rego/builtins_tools.h"

#define AUTO_CALL __attribute__((cleanup(call_done)))

static bool is_group(const char *word)
{
    const size_t len = strlen(word);

    for (size_t i = 0; i < commands_n; i++) {
        if (strncmp(commands[i].name, word, len) == 0 && commands[i].name[len] == ' ')
            return true;
    }
    return false;
}

/* The row for `word`, or for `word next` in a group; *used tells how many words it took. */
static const struct command *find(const char *word, const char *next, size_t *used)
{
    const size_t len = strlen(word);

    for (size_t i = 0; i < commands_n; i++) {
        const char *const name = commands[i].name;

        if (strcmp(name, word) == 0) {
            *used = 1;
            return &commands[i];
        }
        if (next && strncmp(name, word, len) == 0 && name[len] == ' ' &&
            strcmp(name + len + 1, next) == 0) {
            *used = 2;
            return &commands[i];
        }
    }
    return NULL;
}

static int unknown_command(const char *word, const char *next, struct err *err)
{
    const char *names[64];
    size_t n = 0;
    char full[128], shown[160];

    for (size_t i = 0; i < commands_n && n < 64; i++)
        names[n++] = commands[i].name;
    (void)snprintf(full, sizeof full, "%s%s%s", word, next ? " " : "", next ? next : "");

    const char *near = nearest(full, names, n);
    if (!near)
        near = nearest(word, names, n);
    str_escape(full, strlen(full), shown, sizeof shown);
    if (near)
        return err_set(err, ERR_USAGE, "there is no command %s; did you mean sallyport %s?", shown,
                       near);
    return err_set(err, ERR_USAGE, "there is no command %s; see sallyport --help", shown);
}

static int flush(const struct buf *b, int fd, struct err *err)
{
    if (buf_check(b, err) < 0)
        return -1;
    return b->len ? file_write_all(fd, b->data, b->len, err) : 0;
}

static int report(const struct err *err)
{
    char line[ERR_TEXT_MAX * 2];

    str_escape(err->text, strlen(err->text), line, sizeof line);
    (void)fprintf(stderr, "sallyport: %s\n", line);
    return err->code == ERR_USAGE ? EXIT_BAD_USAGE : EXIT_FAULT;
}

static bool asks_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0;
}

/* `help` in its forms: for all, for a group, for a command. */
static int help(struct call *call, const char *word, const char *next, struct err *err)
{
    size_t used;

    if (!word) {
        help_all(&call->out);
        return EXIT_CLEAN;
    }
    const struct command *const command = find(word, next, &used);
    if (command)
        help_command(&call->out, command);
    else if (is_group(word) && !next)
        help_group(&call->out, word);
    else
        return unknown_command(word, next, err);
    return EXIT_CLEAN;
}

static int dispatch(struct call *call, const char *const *argv, size_t argc, struct err *err)
{
    size_t used = 0;

    if (argc == 0)
        return err_set(err, ERR_USAGE, "no command given; see sallyport --help");
    if (asks_help(argv[0]))
        return help(call, argc > 1 ? argv[1] : NULL, argc > 2 ? argv[2] : NULL, err);

    const bool version = strcmp(argv[0], "--version") == 0;
    const char *const word = version ? "version" : argv[0];
    const char *const next = argc > 1 ? argv[1] : NULL;
    call->command = find(word, next, &used);
    if (!call->command && is_group(word) && (!next || asks_help(next))) {
        if (!next)
            return err_set(err, ERR_USAGE, "%s needs a command; see sallyport %s --help", word,
                           word);
        return help(call, word, NULL, err);
    }
    if (!call->command)
        return unknown_command(word, is_group(word) ? next : NULL, err);
    if (call_parse(call, argv + used, argc - used, err) < 0)
        return -1;
    if (call_flag(call, "help")) {
        help_command(&call->out, call->command);
        return EXIT_CLEAN;
    }
    return call->command->run(call, err);
}

static bool want_color(void)
{
    const char *const no = getenv("NO_COLOR");

    return isatty(STDOUT_FILENO) && !(no && *no);
}

int main(int argc, char *argv[])
{
    AUTO_CALL struct call call = {.color = want_color()};
    struct err err = ERR_INIT, late = ERR_INIT;
    const size_t n = argc > 0 ? (size_t)argc - 1 : 0;
    rego_builtins_register();
    const int code = dispatch(&call, (const char *const *)argv + 1, n, &err);

    if (flush(&call.log, STDERR_FILENO, &late) < 0)
        return report(&late);
    if (code < 0)
        return report(&err);
    if (flush(&call.out, STDOUT_FILENO, &late) < 0)
        return report(&late);
    return code;
}
