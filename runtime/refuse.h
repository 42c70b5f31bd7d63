/* runtime/refuse.h - how a refusal reaches the person who asked.
 *
 * Layer:   runtime
 * Owns:    nothing.
 * Errors:  none that stop a refusal: a log file that cannot be written leaves standard error.
 * Sources: how docker, containerd, podman and conmon read a runtime's --log file and standard
 * error: one line of JSON, the last one counts, podman reads the whole file as one object; more
 * than 64 KiB on standard error blocks containerd and conmon for ever. Limits:  REFUSE_MAX bytes of
 * text.
 */
#ifndef RUNTIME_REFUSE_H
#define RUNTIME_REFUSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REFUSE_MAX = 3500 };

/* Copy text to out with the phrases reworded on which engines change their exit codes or their
 * messages, whatever their case; cut at a whole character. */
void refuse_reword(const char *text, char *out, size_t size);

/* What a refusal needs to be told; log NULL: none. Kept simple enough for a signal handler. */
struct refuse_place {
    const char *log; /* --log */
    bool json;       /* --log-format json */
};

/* One line into the log and on standard error. Text is reworded and escaped here. */
void refuse_tell(const struct refuse_place *place, const char *text, int64_t now_ns);

/* The line for the log, made ahead of need. */
void refuse_line(const struct refuse_place *place, const char *text, int64_t now_ns, char *out,
                 size_t size);
/* Append a made line to the log; safe in a signal handler. */
void refuse_append(const struct refuse_place *place, const char *line);

/* A line in the kernel's log: the last resort when nothing could be recorded. Safe in a signal
 * handler when text is plain. */
void refuse_kernel(const char *text);

#endif
