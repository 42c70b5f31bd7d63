#include <stdlib.h>
#include <string.h>

#include "policy/value/json.h"
#include "policy/value/print.h"

/* What is read, printed and read again is the same value and the same text; the strict reading
 * accepts nothing that the plain one refuses. */

enum { BUDGET = 64 * 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct arena *a, const struct value *v, enum json_style style)
{
    struct buf first = BUF_INIT, second = BUF_INIT, rego = BUF_INIT;
    struct err err = ERR_INIT;
    const struct value *again;

    json_print(&first, v, style);
    rego_print(&rego, v);
    if (first.failed || rego.failed)
        abort();
    if (json_parse(a, first.data, first.len, 0, &again, NULL, &err) < 0) {
        if (err.code != ERR_NOMEM)
            abort();
    } else {
        json_print(&second, again, style);
        if (!value_equal(v, again) || value_compare(v, again) != 0 || first.len != second.len ||
            memcmp(first.data, second.data, first.len) != 0)
            abort();
    }
    buf_done(&first);
    buf_done(&second);
    buf_done(&rego);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = ARENA_INIT(BUDGET);
    struct err err = ERR_INIT;
    const struct value *v, *strict;
    size_t used = 0;
    const char *const text = (const char *)data;

    const int plain = json_parse(&a, text, size, JSON_LAST_WINS, &v, &used, &err);
    if (plain == 0) {
        check(&a, v, JSON_COMPACT);
        check(&a, v, JSON_PRETTY);
        check(&a, v, JSON_GO_HTML);
    }
    if (json_parse(&a, text, size, JSON_STRICT, &strict, NULL, &err) == 0 &&
        (plain < 0 || !value_equal(v, strict)))
        abort();
    if (json_parse(&a, text, size, JSON_STREAM, &v, &used, &err) == 0 && used > size)
        abort();
    arena_done(&a);
    return 0;
}
