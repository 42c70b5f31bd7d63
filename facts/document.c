/* Documents that a runtime will read, parsed so that nobody can read them in another way. */
#include "base/str.h"
#include "facts/facts.h"
#include "policy/value/json.h"
#include "profiles/derive.h"

int document_parse(struct arena *a, const char *bytes, size_t len, const struct value **out,
                   struct err *err)
{
    const struct value *doc = NULL;

    if (json_parse(a, bytes, len, JSON_STRICT, &doc, NULL, err) < 0)
        return -1;
    const struct value *const key = derive_folding_key(doc, 0);
    if (key) {
        char shown[128];

        (void)str_escape(value_bytes(key), key->count, shown, sizeof(shown));
        return err_set(err, ERR_INVALID,
                       "key \"%s\" differs from a known one only by case; runtimes disagree on it",
                       shown);
    }
    *out = doc;
    return 0;
}
