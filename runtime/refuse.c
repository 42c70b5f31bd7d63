#include "runtime/refuse.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/own.h"
#include "base/str.h"
#include "policy/value/json.h"

/* docker and podman look for these words in the message and answer with another exit code or drop
 * the rest of the text. */
static const struct {
    const char *phrase, *instead;
} reworded[] = {
    {"no such file or directory", "it is not there"},
    {"executable file not found", "program is not in PATH"},
    {"permission denied", "access is refused"},
    {"operation not permitted", "the kernel refuses it"},
    {"not a directory", "no directory"},
    {"is a directory", "names no file"},
};

void refuse_reword(const char *text, char *out, size_t size)
{
    size_t at = 0;

    while (*text) {
        const char *piece = text;
        size_t take = 1, put = 1;
        unsigned code;

        for (size_t i = 0; i < ARRAY_LEN(reworded); i++) {
            const size_t n = strlen(reworded[i].phrase);

            if (strncasecmp(text, reworded[i].phrase, n) != 0)
                continue;
            piece = reworded[i].instead;
            put = strlen(piece);
            take = n;
            break;
        }
        if (piece == text) {
            const size_t n = str_utf8(text, strlen(text) < 4 ? strlen(text) : 4, &code);

            put = take = n > 0 ? n : 1;
        }
        if (at + put + 1 > size)
            break;
        memcpy(out + at, piece, put);
        at += put;
        text += take;
    }
    out[at] = '\0';
}

/* Escaping first: what it makes of hostile bytes is harmless, and rewording cuts no escape. */
static void clean(const char *text, char out[REFUSE_MAX])
{
    char escaped[REFUSE_MAX];

    (void)str_escape(text, strlen(text), escaped, sizeof(escaped));
    refuse_reword(escaped, out, REFUSE_MAX);
}

void refuse_line(const struct refuse_place *place, const char *text, int64_t now_ns, char *out,
                 size_t size)
{
    AUTO_BUF struct buf b = BUF_INIT;
    char plain[REFUSE_MAX], time[CLOCK_TEXT_MAX];

    clean(text, plain);
    clock_rfc3339(now_ns, 0, time);
    buf_puts(&b, place->json ? "{\"level\":\"error\",\"msg\":" : "time=\"");
    if (!place->json)
        buf_printf(&b, "%s\" level=error msg=", time);
    json_print_string(&b, plain, strlen(plain));
    if (place->json)
        buf_printf(&b, ",\"time\":\"%s\"}", time);
    buf_putc(&b, '\n');
    (void)str_copy(out, size, b.failed ? "" : b.data);
}

static void write_out(int fd, const char *text)
{
    size_t left = strlen(text);

    while (left > 0) {
        const ssize_t n = write(fd, text, left);

        if (n <= 0)
            return; /* nobody is left who could be told */
        text += n;
        left -= (size_t)n;
    }
}

void refuse_append(const struct refuse_place *place, const char *line)
{
    const char *path = place->log;

    if (!path || *path == '\0')
        return;
    if (str_starts(path, "file:")) /* crun's form */
        path += 5;
    AUTO_FD int fd = open(
        path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0644);
    if (fd >= 0)
        write_out(fd, line);
}

void refuse_tell(const struct refuse_place *place, const char *text, int64_t now_ns)
{
    char line[2 * REFUSE_MAX + 128]; /* every byte a quote, and what stands around */
    char plain[REFUSE_MAX];

    refuse_line(place, text, now_ns, line, sizeof(line));
    refuse_append(place, line);
    clean(text, plain);
    write_out(STDERR_FILENO, plain);
    write_out(STDERR_FILENO, "\n");
}

void refuse_kernel(const char *text)
{
    char line[900]; /* the kernel cuts a record at about a kilobyte */
    AUTO_FD int fd = open("/dev/kmsg", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

    if (fd < 0)
        return;
    memcpy(line, "<3>", 3);
    (void)str_escape(text, strlen(text), line + 3, sizeof(line) - 3);
    write_out(fd, line);
}
