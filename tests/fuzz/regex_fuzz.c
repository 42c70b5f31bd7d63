/* Pattern, newline, text. A match never takes more than (instructions + 1) x (bytes + 1) steps,
 * and asking for the match's groups finds one exactly when asking for none does. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "policy/machine/regex_ast.h"

enum { MEMORY = 64 * 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *const bytes = (const char *)data;
    const char *const nl = size > 0 ? memchr(bytes, '\n', size) : NULL;
    const size_t pattern_len = nl != NULL ? (size_t)(nl - bytes) : size;
    const char *const text = nl != NULL ? nl + 1 : bytes + size;
    const size_t len = (size_t)(bytes + size - text);
    AUTO_ARENA struct arena a = ARENA_INIT(MEMORY);
    const struct regex *re = NULL;
    struct err err = ERR_INIT;
    size_t caps[32];

    if (regex_compile(&a, bytes, pattern_len, &re, &err) < 0)
        return 0;
    uint64_t steps = 0;
    const size_t n = 2 * regex_groups(re);
    const int got = regex_find(re, &a, text, len, 0, caps, n < 32 ? n : 32, &steps, &err);

    assert(steps <= ((uint64_t)re->n + 1) * (len + 1));
    if (got >= 0) {
        const int alone = regex_find(re, &a, text, len, 0, NULL, 0, NULL, &err);

        assert(alone < 0 || alone == got);
        assert(got == 0 || (caps[0] <= caps[1] && caps[1] <= len));
    }
    return 0;
}
