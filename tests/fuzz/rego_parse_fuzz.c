#include <stdlib.h>
#include <string.h>

#include "policy/rego/dump.h"
#include "policy/rego/rego.h"

/* Any bytes are parsed and, if they are a module, checked; what passes prints as a whole. */

enum { BUDGET = 64 * 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void module(const char *text, size_t size, const struct rego_options *opt)
{
    struct arena a = ARENA_INIT(BUDGET);
    struct rego_source source = {.name = "fuzz.rego", .text = text, .len = size};
    struct rego_diags diags = {0};
    struct rego_module *m;
    struct rego_program *p;
    struct err err = ERR_INIT;

    if (rego_parse(&a, &source, opt, &m, &diags, &err) == 0 &&
        rego_check(&a, &m, 1, NULL, 0, NULL, opt, &p, &diags, &err) == 0) {
        struct buf b = BUF_INIT;

        rego_dump_program(&b, p);
        buf_done(&b);
    } else if (err.code == ERR_NONE) {
        abort();
    }
    for (size_t i = 0; i < diags.n; i++)
        if (diags.at[i].loc.offset > size)
            abort();
    arena_done(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *const text = malloc(size + 1);
    const struct rego_options v0 = {.version = REGO_V0, .strict = true};
    const struct rego_options v1 = {.version = REGO_V1, .keep_prints = true};

    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    module(text, size, &v0);
    module(text, size, &v1);
    free(text);
    return 0;
}
