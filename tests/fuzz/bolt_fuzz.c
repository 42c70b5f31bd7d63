/* Hostile databases of containerd's: every walk ends, nothing outside of the pages is read. */
#include "base/own.h"
#include "facts/bolt.h"

#include "tests/fuzz/input_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool look(void *ctx, struct bolt_bytes key, struct bolt_bytes value)
{
    volatile char seen = 0;

    (void)ctx;
    for (size_t i = 0; i < key.len; i++)
        seen = key.at[i];
    for (size_t i = 0; i < value.len; i++)
        seen = value.at[i];
    (void)seen;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA struct arena a = ARENA_INIT((size_t)64 << 20);
    AUTO_FD int fd = open(input_file("meta.db", data, size), O_RDONLY | O_CLOEXEC);
    static const char *const names[] = {"v1", "default", "containers", "c1", "labels"};
    struct bolt_bytes value;
    struct bolt b;
    struct err err = ERR_INIT;

    if (fd < 0)
        abort();
    if (bolt_open(&b, fd, &a, &err) < 0)
        return 0;
    struct bolt_bucket at = bolt_top(&b), next;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        (void)!bolt_each(&b, &at, look, NULL, &err);
        if (bolt_value(&b, &at, "image", &value, &err) > 0)
            (void)look(NULL, value, value);
        if (bolt_find(&b, &at, names[i], &next, &err) <= 0)
            break;
        at = next;
    }
    (void)bolt_same(&b);
    return 0;
}
