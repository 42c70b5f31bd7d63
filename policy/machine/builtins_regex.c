/* regex.*: OPA's functions over the engine of policy/machine/regex.h. */
#include <string.h>

#include "policy/machine/builtin_text.h"
#include "policy/machine/builtins_text.h"
#include "policy/machine/rune.h"

/* All matches from left to right as Go's FindAll gives them: an empty one directly behind
 * another does not count. */
struct scan {
    struct builtin_ctx *ctx;
    const struct regex *re;
    const char *text;
    size_t len;
    size_t *caps, ncaps;
    size_t pos, last_end;
};

static int scan_init(struct scan *s, struct builtin_ctx *ctx, const struct value *pattern,
                     const struct value *text, bool groups, struct err *err)
{
    *s = (struct scan){.ctx = ctx, .text = value_bytes(text), .len = text->count};
    if (text_regex(ctx, value_bytes(pattern), pattern->count, &s->re, err) < 0)
        return -1;
    s->ncaps = groups ? 2 * regex_groups(s->re) : 2;
    s->caps = ARENA_NEW_N(ctx->arena, size_t, s->ncaps);
    s->last_end = SIZE_MAX;
    return s->caps == NULL ? err_nomem(err) : 0;
}

/* 1: a match in caps; 0: no more. */
static int scan_next(struct scan *s, struct err *err)
{
    while (s->pos <= s->len) {
        const int got =
            regex_find(s->re, s->ctx->arena, s->text, s->len, s->pos, s->caps, s->ncaps, NULL, err);
        bool accept = true;

        if (got <= 0)
            return got;
        if (s->caps[1] == s->pos) {
            size_t width = 1;

            accept = s->caps[0] != s->last_end;
            if (s->pos < s->len)
                (void)rune_at(s->text + s->pos, s->len - s->pos, &width);
            s->pos += width;
        } else {
            s->pos = s->caps[1];
        }
        s->last_end = s->caps[1];
        if (accept)
            return 1;
    }
    return 0;
}

static const struct value *capture(const struct scan *s, size_t group)
{
    const size_t from = s->caps[2 * group], to = s->caps[2 * group + 1];

    return from == REGEX_NONE ? value_str(s->ctx->arena, "")
                              : value_string(s->ctx->arena, s->text + from, to - from);
}

int builtin_regex_match(struct builtin_ctx *ctx, const struct value *const *args,
                        const struct value **out, struct err *err)
{
    const struct value *pattern = NULL, *text = NULL;
    const struct regex *re = NULL;

    if (text_string(ctx, args, 0, &pattern, err) < 0 || text_string(ctx, args, 1, &text, err) < 0 ||
        text_regex(ctx, value_bytes(pattern), pattern->count, &re, err) < 0)
        return -1;
    const int got =
        regex_find(re, ctx->arena, value_bytes(text), text->count, 0, NULL, 0, NULL, err);

    if (got < 0)
        return -1;
    *out = value_bool_of(got > 0);
    return 0;
}

int builtin_regex_is_valid(struct builtin_ctx *ctx, const struct value *const *args,
                           const struct value **out, struct err *err)
{
    const struct regex *re = NULL;
    struct err why = ERR_INIT;
    bool valid = value_is(args[0], VALUE_STRING);

    if (valid && text_regex(ctx, value_bytes(args[0]), args[0]->count, &re, &why) < 0) {
        if (why.code == ERR_NOMEM) {
            *err = why;
            return -1;
        }
        valid = false;
    }
    *out = value_bool_of(valid);
    return 0;
}

static int find_all(struct builtin_ctx *ctx, const struct value *const *args, bool groups,
                    const struct value **out, struct err *err)
{
    const struct value *pattern = NULL, *text = NULL;
    int64_t limit = 0;
    struct scan s;
    struct value_list found = {0};
    int got = 0;

    if (text_string(ctx, args, 0, &pattern, err) < 0 || text_string(ctx, args, 1, &text, err) < 0 ||
        arg_int(ctx, args, 2, &limit, err) < 0 ||
        scan_init(&s, ctx, pattern, text, groups, err) < 0)
        return -1;
    for (int64_t n = 0; limit < 0 || n < limit; n++) {
        got = scan_next(&s, err);
        if (got <= 0)
            break;
        if (!groups) {
            value_list_add(ctx->arena, &found, capture(&s, 0));
            continue;
        }
        struct value_list one = {0};

        for (size_t g = 0; g < s.ncaps / 2; g++)
            value_list_add(ctx->arena, &one, capture(&s, g));
        value_list_add(ctx->arena, &found, value_list_array(ctx->arena, &one));
    }
    return got < 0 ? -1 : text_return(value_list_array(ctx->arena, &found), out, err);
}

int builtin_regex_find_n(struct builtin_ctx *ctx, const struct value *const *args,
                         const struct value **out, struct err *err)
{
    return find_all(ctx, args, false, out, err);
}

int builtin_regex_find_all_string_submatch_n(struct builtin_ctx *ctx,
                                             const struct value *const *args,
                                             const struct value **out, struct err *err)
{
    return find_all(ctx, args, true, out, err);
}

int builtin_regex_split(struct builtin_ctx *ctx, const struct value *const *args,
                        const struct value **out, struct err *err)
{
    const struct value *pattern = NULL, *text = NULL;
    struct scan s;
    struct value_list parts = {0};
    size_t begin = 0, end = 0;
    int got = 0;

    if (text_string(ctx, args, 0, &pattern, err) < 0 || text_string(ctx, args, 1, &text, err) < 0 ||
        scan_init(&s, ctx, pattern, text, false, err) < 0)
        return -1;
    if (pattern->count > 0 && text->count == 0) {
        value_list_add(ctx->arena, &parts, text);
        return text_return(value_list_array(ctx->arena, &parts), out, err);
    }
    while ((got = scan_next(&s, err)) > 0) {
        end = s.caps[0];
        if (s.caps[1] != 0)
            value_list_add(ctx->arena, &parts,
                           value_string(ctx->arena, s.text + begin, end - begin));
        begin = s.caps[1];
    }
    if (got < 0)
        return -1;
    if (end != s.len)
        value_list_add(ctx->arena, &parts, value_string(ctx->arena, s.text + begin, s.len - begin));
    return text_return(value_list_array(ctx->arena, &parts), out, err);
}

/* --- replace ----------------------------------------------------------------------------- */

static bool name_byte(const char *s, size_t len, size_t *width)
{
    const unsigned char c = (unsigned char)*s;

    *width = 1;
    if (c < 0x80)
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '_';
    const uint32_t r = rune_at(s, len, width);

    return rune_is_word(r);
}

/* $name, ${name}, $1, $$ of the template at *at (behind the $): append what it stands for. False:
 * no such form, the $ stands for itself. */
static bool expand_one(const struct scan *s, struct buf *b, const char **at, const char *end)
{
    const char *name = *at;
    bool brace = false;
    size_t n = 0, width = 0, number = 0;

    if (name < end && *name == '$') {
        buf_putc(b, '$');
        *at = name + 1;
        return true;
    }
    if (name < end && *name == '{') {
        brace = true;
        name++;
    }
    while (name + n < end && name_byte(name + n, (size_t)(end - name) - n, &width))
        n += width;
    if (n == 0 || (brace && (name + n == end || name[n] != '}')))
        return false;
    *at = name + n + brace;
    bool is_number = n == 1 || name[0] != '0';

    for (size_t i = 0; i < n && is_number; i++) {
        is_number = name[i] >= '0' && name[i] <= '9' && number < 100000000;
        number = number * 10 + (size_t)(name[i] - '0');
    }
    if (!is_number) {
        number = regex_group_named(s->re, name, n, 0);
        while (number != 0 && s->caps[2 * number] == REGEX_NONE)
            number = regex_group_named(s->re, name, n, number);
        if (number == 0)
            return true;
    }
    if (number < s->ncaps / 2 && s->caps[2 * number] != REGEX_NONE)
        buf_add(b, s->text + s->caps[2 * number], s->caps[2 * number + 1] - s->caps[2 * number]);
    return true;
}

static void expand(const struct scan *s, struct buf *b, const char *at, const char *end)
{
    while (at < end) {
        const char *const dollar = memchr(at, '$', (size_t)(end - at));

        if (dollar == NULL)
            break;
        buf_add(b, at, (size_t)(dollar - at));
        at = dollar + 1;
        if (!expand_one(s, b, &at, end))
            buf_putc(b, '$');
    }
    buf_add(b, at, (size_t)(end - at));
}

int builtin_regex_replace(struct builtin_ctx *ctx, const struct value *const *args,
                          const struct value **out, struct err *err)
{
    const struct value *text = NULL, *pattern = NULL, *with = NULL;
    struct scan s;
    AUTO_BUF struct buf b = BUF_INIT;
    size_t copied = 0;
    int got = 0;

    if (text_string(ctx, args, 0, &text, err) < 0 || text_string(ctx, args, 1, &pattern, err) < 0 ||
        text_string(ctx, args, 2, &with, err) < 0 ||
        scan_init(&s, ctx, pattern, text, true, err) < 0)
        return -1;
    while ((got = scan_next(&s, err)) > 0) {
        buf_add(&b, s.text + copied, s.caps[0] - copied);
        expand(&s, &b, value_bytes(with), value_bytes(with) + with->count);
        copied = s.caps[1];
    }
    if (got < 0)
        return -1;
    buf_add(&b, s.text + copied, s.len - copied);
    return text_return_buf(ctx, &b, out, err);
}

/* --- template_match ---------------------------------------------------------------------- */

static int unbalanced(struct builtin_ctx *ctx, const struct value *template, struct err *err)
{
    return builtin_error(ctx, err, "unbalanced braces in \"%s\"", value_bytes(template));
}

/* Literal text with patterns between delimiters, as one pattern anchored at both ends. */
static int template_pattern(struct builtin_ctx *ctx, const struct value *template, char open,
                            char close, struct buf *b, struct err *err)
{
    const char *const t = value_bytes(template);
    size_t literal = 0, from = 0;
    int level = 0;

    buf_putc(b, '^');
    for (size_t i = 0; i < template->count; i++) {
        if (t[i] == open) {
            if (++level == 1)
                from = i;
        } else if (t[i] == close) {
            if (--level < 0)
                return unbalanced(ctx, template, err);
            if (level > 0)
                continue;
            const struct regex *alone = NULL;

            if (text_regex(ctx, t + from + 1, i - from - 1, &alone, err) < 0)
                return -1;
            regex_quote(b, t + literal, from - literal);
            buf_putc(b, '(');
            buf_add(b, t + from + 1, i - from - 1);
            buf_putc(b, ')');
            literal = i + 1;
        }
    }
    if (level != 0)
        return unbalanced(ctx, template, err);
    regex_quote(b, t + literal, template->count - literal);
    buf_putc(b, '$');
    return buf_check(b, err);
}

int builtin_regex_template_match(struct builtin_ctx *ctx, const struct value *const *args,
                                 const struct value **out, struct err *err)
{
    const struct value *s[4] = {NULL};
    const struct regex *re = NULL;
    AUTO_BUF struct buf b = BUF_INIT;

    for (unsigned i = 0; i < 4; i++) {
        if (text_string(ctx, args, i, &s[i], err) < 0)
            return -1;
    }
    if (s[2]->count != 1)
        return builtin_error(ctx, err,
                             "start delimiter has to be exactly one character long but is %u long",
                             s[2]->count);
    if (s[3]->count != 1)
        return builtin_error(ctx, err,
                             "end delimiter has to be exactly one character long but is %u long",
                             s[2]->count);
    if (template_pattern(ctx, s[0], *value_bytes(s[2]), *value_bytes(s[3]), &b, err) < 0 ||
        text_regex(ctx, b.data, b.len, &re, err) < 0)
        return -1;
    const int got =
        regex_find(re, ctx->arena, value_bytes(s[1]), s[1]->count, 0, NULL, 0, NULL, err);

    if (got < 0)
        return -1;
    *out = value_bool_of(got > 0);
    return 0;
}
