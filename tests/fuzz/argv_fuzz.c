/* Hostile command lines: NUL parts arguments. Each family's reading ends, names what it takes from
 * the arguments themselves, and a judged call always has an id that is none of the options. */
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "runtime/argv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARGUMENTS = 64 };

static void read_as(enum family family, int argc, char **argv)
{
    AUTO_ARENA struct arena a = ARENA_INIT(8 << 20);
    struct argv_call call;
    struct err err = ERR_INIT;

    if (argv_parse(&a, family, argc, argv, NULL, &call, &err) < 0)
        return;
    if (call.kind == VERB_JUDGE && (!call.id || !*call.id || !call.verb_name))
        abort();
    if (call.kind != VERB_UNKNOWN && !argv_facts(&a, &call))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum family families[] = {FAMILY_RUNC, FAMILY_CRUN, FAMILY_YOUKI};
    char *const text = malloc(size + 1), *argv[ARGUMENTS + 2];
    int argc = 1;

    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    static char name[] = "runc";
    argv[0] = name;
    for (size_t at = 0; at < size && argc <= ARGUMENTS; at += strlen(text + at) + 1)
        argv[argc++] = text + at;
    argv[argc] = NULL;
    for (size_t i = 0; i < ARRAY_LEN(families); i++)
        read_as(families[i], argc, argv);
    free(text);
    return 0;
}
