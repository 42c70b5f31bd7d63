/* Hostile archives of policies: read or refused; what was read has names that lead nowhere else. */
#include <string.h>

#include "base/own.h"
#include "policy/build/bundle.h"

#include "tests/fuzz/input_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA struct arena a = ARENA_INIT((size_t)512 << 20);
    const struct opa_bundle_trust trust = {.skip = true};
    struct opa_bundle b;
    struct rego_source *modules;
    const struct value *out;
    size_t n;
    struct err err = ERR_INIT;

    if (opa_bundle_open(&a, input_file("b.tar.gz", data, size), false, &trust, &b, &err) < 0)
        return 0;
    for (size_t i = 0; i < b.n; i++) {
        if (b.files[i].name[0] == '/' || strncmp(b.files[i].name, "../", 3) == 0 ||
            strstr(b.files[i].name, "/../"))
            abort();
    }
    (void)!opa_bundle_modules(&a, &b, &modules, &n, &err);
    (void)!opa_bundle_data(&a, &b, &out, &err);
    return 0;
}
