/* tests/help/json.h - values from JSON and back, for tables of tests. */
#ifndef TESTS_HELP_JSON_H
#define TESTS_HELP_JSON_H

#include <check.h>
#include <string.h>

#include "policy/value/json.h"
#include "policy/value/print.h"

/* The document in `text`; a failure of the test when it is none. */
static inline const struct value *from_json(struct arena *a, const char *text)
{
    const struct value *v = NULL;
    struct err err = ERR_INIT;

    ck_assert_msg(json_parse(a, text, strlen(text), 0, &v, NULL, &err) == 0, "%s: %s", text,
                  err.text);
    return v;
}

/* Compact JSON, in the arena. */
static inline const char *to_json(struct arena *a, const struct value *v)
{
    struct buf b = BUF_INIT;

    json_print(&b, v, JSON_COMPACT);
    ck_assert(!b.failed);
    const char *const text = arena_strndup(a, b.data, b.len);
    buf_done(&b);
    ck_assert_ptr_nonnull(text);
    return text;
}

#endif
