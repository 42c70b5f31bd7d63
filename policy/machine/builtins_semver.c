/* semver.*: versions as OPA compares them. */
#include <string.h>

#include "policy/machine/builtin_text.h"
#include "policy/machine/builtins_text.h"

struct part {
    const char *at;
    size_t len;
};

struct version {
    int64_t number[3];
    struct part pre;
};

/* What stands before the first `by`; *rest what stands behind it, empty when there is none. */
static struct part cut(struct part s, char by, struct part *rest)
{
    const char *const hit = s.len > 0 ? memchr(s.at, by, s.len) : NULL;

    if (hit == NULL) {
        *rest = (struct part){s.at + s.len, 0};
        return s;
    }
    *rest = (struct part){hit + 1, s.len - (size_t)(hit - s.at) - 1};
    return (struct part){s.at, (size_t)(hit - s.at)};
}

static bool digits(struct part s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] < '0' || s.at[i] > '9')
            return false;
    }
    return s.len > 0;
}

/* Digits with a leading zero, which numbers of a version never have. */
static bool padded(struct part s)
{
    return s.len > 1 && *s.at == '0' && digits(s);
}

/* Dot-separated words of letters, digits and '-'; none of them empty. */
static bool identifiers(struct part s)
{
    bool in_word = false;

    for (size_t i = 0; i < s.len; i++) {
        const char c = s.at[i];
        const bool word =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';

        if (!word && (c != '.' || !in_word))
            return false;
        in_word = word;
    }
    return in_word;
}

/* Identifiers of which none is a number with a leading zero. */
static bool pre_release(struct part s)
{
    if (!identifiers(s))
        return false;
    while (s.len > 0)
        if (padded(cut(s, '.', &s)))
            return false;
    return true;
}

static bool number(struct part s, int64_t *out)
{
    int64_t n = 0;

    if (!digits(s) || padded(s))
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, s.at[i] - '0', &n))
            return false;
    }
    *out = n;
    return true;
}

static bool version_parse(const struct value *text, struct version *v)
{
    struct part rest = {value_bytes(text), text->count}, meta, pre;

    if (rest.len > 0 && *rest.at == 'v')
        rest = (struct part){rest.at + 1, rest.len - 1};
    const char *const end = rest.at + rest.len;
    rest = cut(rest, '+', &meta);
    if (rest.at + rest.len != end && !identifiers(meta))
        return false;
    const char *const pre_end = rest.at + rest.len;
    rest = cut(rest, '-', &pre);
    if (rest.at + rest.len != pre_end && !pre_release(pre))
        return false;
    v->pre = pre;
    for (unsigned i = 0; i < 3; i++) {
        const bool last = i == 2, dot = rest.len > 0 && memchr(rest.at, '.', rest.len) != NULL;
        const struct part one = cut(rest, '.', &rest);

        if (dot == last || !number(one, &v->number[i]))
            return false;
    }
    return true;
}

static int compare_bytes(struct part a, struct part b)
{
    const int c = memcmp(a.at, b.at, a.len < b.len ? a.len : b.len);

    if (c != 0)
        return c < 0 ? -1 : 1;
    return a.len < b.len ? -1 : a.len > b.len;
}

/* Numbers of any length: without leading zeros the longer one is the larger. */
static int compare_digits(struct part a, struct part b)
{
    for (; a.len > 1 && *a.at == '0'; a.at++)
        a.len--;
    for (; b.len > 1 && *b.at == '0'; b.at++)
        b.len--;
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return compare_bytes(a, b);
}

static int compare_pre(struct part a, struct part b)
{
    if (a.len == 0 || b.len == 0)
        return (a.len == 0) - (b.len == 0); /* a release is later than what came before it */
    while (a.len > 0 && b.len > 0) {
        const struct part x = cut(a, '.', &a), y = cut(b, '.', &b);
        const bool x_number = digits(x), y_number = digits(y);
        int c = 0;

        if (x_number != y_number)
            return x_number ? -1 : 1;
        c = x_number ? compare_digits(x, y) : compare_bytes(x, y);
        if (c != 0)
            return c;
    }
    return (a.len > 0) - (b.len > 0);
}

int builtin_semver_compare(struct builtin_ctx *ctx, const struct value *const *args,
                           const struct value **out, struct err *err)
{
    const struct value *text[2] = {NULL, NULL};
    struct version v[2];
    int c = 0;

    if (text_string(ctx, args, 0, &text[0], err) < 0 ||
        text_string(ctx, args, 1, &text[1], err) < 0)
        return -1;
    for (unsigned i = 0; i < 2; i++) {
        if (!version_parse(text[i], &v[i]))
            return builtin_error(ctx, err, "operand %u: string \"%s\" is not a valid SemVer", i + 1,
                                 value_bytes(text[i]));
    }
    for (unsigned i = 0; i < 3 && c == 0; i++)
        c = (v[0].number[i] > v[1].number[i]) - (v[0].number[i] < v[1].number[i]);
    if (c == 0)
        c = compare_pre(v[0].pre, v[1].pre);
    return text_return(value_int(ctx->arena, c), out, err);
}

int builtin_semver_is_valid(struct builtin_ctx *ctx, const struct value *const *args,
                            const struct value **out, struct err *err)
{
    struct version v;

    (void)ctx;
    (void)err;
    *out = value_bool_of(value_is(args[0], VALUE_STRING) && version_parse(args[0], &v));
    return 0;
}
