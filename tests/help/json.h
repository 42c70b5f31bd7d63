/* tests/help/json.h - a document from its text, or the test's end. */
#ifndef TESTS_HELP_JSON_H
#define TESTS_HELP_JSON_H

#include <check.h>
#include <string.h>

#include "policy/value/json.h"

static inline const struct value *json_of(struct arena *a, const char *text)
{
    const struct value *v = NULL;
    struct err err = ERR_INIT;

    ck_assert_msg(json_parse(a, text, strlen(text), JSON_STRICT, &v, NULL, &err) == 0, "%s: %s",
                  text, err.text);
    return v;
}

#endif
