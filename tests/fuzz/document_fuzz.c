/* Hostile documents: whatever parses strictly yields facts, renews to the same facts, and neither
 * crashes nor hangs. The first byte chooses what the document is. */
#include <stdlib.h>

#include "facts/facts.h"
#include "policy/decide/decide.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = ARENA_INIT(64 << 20);
    const struct value *doc = NULL, *input = NULL, *facts = NULL;
    struct err err = ERR_INIT;
    struct facts_request req = {.operation = "create",
                                .caller = "lint",
                                .id = "c1",
                                .bundle = "/nonexistent/bundle",
                                .bundle_fd = -1,
                                .runtime = "runc",
                                .host = FACTS_NO_HOST};

    if (size == 0 || document_parse(&a, (const char *)data + 1, size - 1, &doc, &err) < 0) {
        arena_done(&a);
        return 0;
    }
    if (data[0] == 'p')
        req.process = doc;
    else if (data[0] == 'r')
        req.resources = doc;
    else
        req.config = doc;
    if (facts_input(&a, &req, &input, &err) == 0 &&
        facts_renew(&a, input, input, &facts, &err) == 0 && value_field(facts, "malformed") == NULL)
        abort();
    arena_done(&a);
    return 0;
}
