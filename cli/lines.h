/* cli/lines.h - which line of a JSON text a pointer names.
 *
 * Layer:   cli
 * Errors:  0: no such place. The text was parsed before, so that only its shape is followed here.
 */
#ifndef CLI_LINES_H
#define CLI_LINES_H

#include <stdbool.h>
#include <stddef.h>

/* 1-based line of the value at RFC 6901 pointer `ptr` in `text`; 0 when it is not there. */
size_t json_line(const char *text, size_t len, const char *ptr);

struct json_place {
    size_t line, column; /* 1-based, columns in characters; line 0: not there */
};

/* Where the value at `ptr` begins; with `nearest`, where its nearest parent that is there does. */
struct json_place json_place(const char *text, size_t len, const char *ptr, bool nearest);

/* Has the text more than one line? */
bool text_has_lines(const char *text, size_t len);

#endif
