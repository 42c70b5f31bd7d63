#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "base/str.h"
#include "cli/cli.h"

const char *const format_text_json[] = {"text", "json", NULL};

/* clang-format off */
static const char *const codes[] = {
    [PAINT_PLAIN]  = "",
    [PAINT_BOLD]   = "\033[1m",
    [PAINT_RED]    = "\033[1;31m",
    [PAINT_YELLOW] = "\033[33m",
    [PAINT_GREEN]  = "\033[32m",
    [PAINT_DIM]    = "\033[2m",
};
/* clang-format on */

void say(struct buf *b, const char *text)
{
    const size_t len = strlen(text), room = len * 10 + 8; /* the longest escape: \u{10ffff} */
    AUTO_FREE char *line = malloc(room);

    if (!line) {
        b->failed = true;
        return;
    }
    str_escape(text, len, line, room);
    buf_puts(b, line);
}

void paint(struct call *call, enum paint how, const char *text)
{
    const bool on = call->color && how != PAINT_PLAIN;

    if (on)
        buf_puts(&call->out, codes[how]);
    say(&call->out, text);
    if (on)
        buf_puts(&call->out, "\033[0m");
}
