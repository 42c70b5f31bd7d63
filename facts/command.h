/* facts/command.h - which program a command line is about: behind an init and other wrappers, and
 * the script that a shell was given.
 *
 * Layer:   facts
 * Limits:  a reading of the usual forms by their names; of what it does not know the first word is
 * the program.
 */
#ifndef FACTS_COMMAND_H
#define FACTS_COMMAND_H

#include <stdbool.h>

#include "policy/value/value.h"

struct command {
    size_t at;    /* the word that names the program or the script; == number of words: none */
    bool is_file; /* a shell was given this file: found beside the working directory, need not be
                     executable */
    const char *text; /* a shell was given this text (-c), or NULL; the program is the shell, `at`
                         is its word */
};

/* `args`: process.args. Strings stay the document's. */
struct command command_read(const struct value *args);

#endif
