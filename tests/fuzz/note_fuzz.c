/* Hostile checkpoints and keys of the transparency log: read or refused. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "audit/log/note.h"
#include "base/own.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_FREE char *text = malloc(size + 1);
    struct checkpoint c;
    struct note_key key;
    struct err err = ERR_INIT;

    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    (void)!checkpoint_parse(text, size, &c, &err);
    const char *const rest = strchr(text, '\n');
    const size_t line = rest ? (size_t)(rest - text) : size;

    /* The first line as a key for the rest. */
    text[line] = '\0';
    if (note_key_parse(text, &key, &err) == 0 && line < size)
        (void)!note_verify(text + line + 1, size - line - 1, &key, &c, &err);
    return 0;
}
