/* Hostile segments of the spool: a walk ends, and one that visited everything says so again. */
#include <string.h>

#include "audit/spool.h"
#include "base/own.h"

#include "tests/fuzz/input_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int count(void *ctx, const struct spool_entry *entry, struct err *err)
{
    (void)entry, (void)err;
    ++*(uint64_t *)ctx;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct spool_report first = {0}, second = {0};
    uint64_t one = 0, other = 0;
    struct err err = ERR_INIT;
    char dir[256];

    (void)snprintf(dir, sizeof(dir), "%s/spool", input_dir());
    (void)mkdir(dir, 0700);
    (void)input_file("spool/00000000000000000001.log", data, size);
    const int a = spool_walk(input_dir(), count, &one, &first, &err);
    const int b = spool_walk(input_dir(), count, &other, &second, &err);
    if (a != b || one != other || first.intact != second.intact ||
        (a == 0 && !first.intact && first.first_fault[0] == '\0'))
        abort();
    return 0;
}
