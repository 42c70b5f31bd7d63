#include "facts/accounts.h"

#include <string.h>

#include "base/str.h"
#include "profiles/doc.h"

/* Field `index` of a line of colons. */
static const char *field_of(const char *line, size_t len, size_t index, size_t *out)
{
    for (size_t at = 0;; index--) {
        const char *const colon = memchr(line + at, ':', len - at);
        const size_t n = colon ? (size_t)(colon - line) - at : len - at;

        if (index == 0) {
            *out = n;
            return line + at;
        }
        if (!colon)
            return NULL;
        at += n + 1;
    }
}

static bool put_id(struct arena *a, struct value_fields *f, const char *key, const char *text,
                   size_t len)
{
    char digits[16];
    unsigned long long n = 0;

    if (!text || len == 0 || len >= sizeof(digits))
        return false;
    memcpy(digits, text, len);
    digits[len] = '\0';
    if (!str_decimal(digits, UINT32_MAX, &n))
        return false;
    doc_put_int(a, f, key, (int64_t)n);
    return true;
}

static void put_text(struct arena *a, struct value_fields *f, const char *key, const char *text,
                     size_t len)
{
    if (text)
        value_fields_add(a, f, key, value_string(a, text, len));
}

static const struct value *account_of(struct arena *a, const char *line, size_t len)
{
    struct value_fields f = {0};
    size_t n = 0;
    const char *text = field_of(line, len, 0, &n);

    if (!text || n == 0)
        return NULL;
    put_text(a, &f, "name", text, n);
    text = field_of(line, len, 2, &n);
    if (!put_id(a, &f, "uid", text, n))
        return NULL;
    text = field_of(line, len, 3, &n);
    if (!put_id(a, &f, "gid", text, n))
        return NULL;
    text = field_of(line, len, 5, &n);
    put_text(a, &f, "home", text, n);
    text = field_of(line, len, 6, &n);
    put_text(a, &f, "shell", text, n);
    return value_fields_object(a, &f);
}

static const struct value *group_of(struct arena *a, const char *line, size_t len)
{
    struct value_fields f = {0};
    struct value_list members = {0};
    size_t n = 0;
    const char *text = field_of(line, len, 0, &n);

    if (!text || n == 0)
        return NULL;
    put_text(a, &f, "name", text, n);
    text = field_of(line, len, 2, &n);
    if (!put_id(a, &f, "gid", text, n))
        return NULL;
    text = field_of(line, len, 3, &n);
    for (size_t at = 0; text && at < n;) {
        const char *const comma = memchr(text + at, ',', n - at);
        const size_t one = comma ? (size_t)(comma - text) - at : n - at;

        if (one)
            value_list_add(a, &members, value_string(a, text + at, one));
        at += one + 1;
    }
    doc_put_list(a, &f, "members", &members);
    return value_fields_object(a, &f);
}

typedef const struct value *line_fn(struct arena *a, const char *line, size_t len);

static int read_lines(struct arena *a, const char *text, size_t len, size_t max, line_fn *fn,
                      const struct value **out, struct err *err)
{
    struct value_list l = {0};

    for (size_t at = 0; at < len && l.n < max;) {
        const char *const end = memchr(text + at, '\n', len - at);
        const size_t n = end ? (size_t)(end - (text + at)) : len - at;
        const struct value *const v = fn(a, text + at, n);

        if (v)
            value_list_add(a, &l, v);
        at += n + 1;
    }
    return doc_finish_list(a, &l, out, err);
}

int accounts_passwd(struct arena *a, const char *text, size_t len, size_t max,
                    const struct value **out, struct err *err)
{
    return read_lines(a, text, len, max, account_of, out, err);
}

int accounts_group(struct arena *a, const char *text, size_t len, size_t max,
                   const struct value **out, struct err *err)
{
    return read_lines(a, text, len, max, group_of, out, err);
}
