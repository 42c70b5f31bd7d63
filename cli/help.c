#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

static const char intro[] =
    "Sallyport judges, hardens or refuses containers ahead of the OCI runtime.\n\n"
    "usage: sallyport COMMAND [OPTION...] [ARGUMENT...]\n\ncommands:\n";

static const char outro[] =
    "\nsallyport COMMAND --help says more. Exit codes: 0 clean, 1 findings, 2 wrong usage, 3 fault.\n"
    "NO_COLOR turns colours off.\n";

static void help_rows(struct buf *out, const char *group)
{
    const size_t len = group ? strlen(group) : 0;

    for (size_t i = 0; i < commands_n; i++) {
        const char *const name = commands[i].name;

        if (!group || (strncmp(name, group, len) == 0 && name[len] == ' '))
            buf_printf(out, "  %-18s %s\n", name, commands[i].summary);
    }
}

void help_all(struct buf *out)
{
    buf_puts(out, intro);
    help_rows(out, NULL);
    buf_puts(out, outro);
}

void help_group(struct buf *out, const char *group)
{
    buf_printf(out, "usage: sallyport %s COMMAND [OPTION...] [ARGUMENT...]\n\ncommands:\n", group);
    help_rows(out, group);
}

static void help_option(struct buf *out, const struct option_row *row)
{
    char left[64];
    AUTO_BUF struct buf word = BUF_INIT;

    if (row->letter)
        buf_printf(&word, "-%c, ", row->letter);
    buf_printf(&word, "--%s%s%s", row->name, row->value ? " " : "", row->value ? row->value : "");
    (void)snprintf(left, sizeof left, "%s", word.data ? word.data : "");
    buf_printf(out, "  %-28s %s", left, row->help);
    for (size_t i = 0; row->choices && row->choices[i]; i++)
        buf_printf(out, "%s%s", i ? ", " : ": ", row->choices[i]);
    buf_putc(out, '\n');
}

void help_command(struct buf *out, const struct command *command)
{
    buf_printf(out, "usage: sallyport %s%s%s\n\n%s.\n", command->name,
               *command->synopsis ? " " : "", command->synopsis, command->summary);
    if (*command->detail)
        buf_printf(out, "\n%s\n", command->detail);
    buf_puts(out, "\noptions:\n");
    for (const struct option_row *row = command->options; row && row->name; row++)
        help_option(out, row);
    buf_puts(out, "  -h, --help                   print this help\n");
}
