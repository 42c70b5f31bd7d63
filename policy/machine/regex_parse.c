#include <string.h>

#include "base/own.h"
#include "policy/machine/regex_parser.h"
#include "policy/machine/rune.h"

int regex_fail(struct regex_parser *p, const char *reason, const char *from, const char *to)
{
    return err_set(p->err, ERR_INVALID, "error parsing regexp: %s: `%.*s`", reason,
                   (int)(to - from), from);
}

static int fail_whole(struct regex_parser *p, const char *reason)
{
    return regex_fail(p, reason, p->pattern, p->end);
}

/* The next rune of valid UTF-8; what is not is an error. */
int regex_next_rune(struct regex_parser *p, uint32_t *r)
{
    size_t width = 0;

    *r = rune_at(p->at, (size_t)(p->end - p->at), &width);
    if (*r == UTF8_ERROR && width == 1)
        return regex_fail(p, "invalid UTF-8", p->at, p->end);
    p->at += width;
    return 0;
}

bool regex_looking_at(const struct regex_parser *p, const char *text)
{
    const size_t n = strlen(text);

    return (size_t)(p->end - p->at) >= n && memcmp(p->at, text, n) == 0;
}

/* --- the tree ---------------------------------------------------------------------------- */

static struct regex_node *node_new(struct regex_parser *p, enum node_op op)
{
    struct regex_node *const node = ARENA_NEW(p->arena, struct regex_node);

    if (node == NULL) {
        (void)err_nomem(p->err);
        return NULL;
    }
    node->op = op;
    node->height = 1;
    node->size = 1;
    return node;
}

static int check_limits(struct regex_parser *p, const struct regex_node *node)
{
    if (node->size > REGEX_PROGRAM_MAX)
        return err_set(p->err, ERR_LIMIT, "error parsing regexp: expression too large: `%.*s`",
                       (int)(p->end - p->pattern), p->pattern);
    if (node->height > REGEX_HEIGHT_MAX)
        return err_set(p->err, ERR_LIMIT,
                       "error parsing regexp: expression nests too deeply: `%.*s`",
                       (int)(p->end - p->pattern), p->pattern);
    return 0;
}

static int push(struct regex_parser *p, struct regex_node *node)
{
    struct regex_frame *const f = p->frame;

    if (node == NULL || check_limits(p, node) < 0)
        return -1;
    if (f->last != NULL)
        f->items_end = &f->last->next;
    *f->items_end = node;
    f->last = node;
    return 0;
}

static int push_assert(struct regex_parser *p, enum regex_assert which)
{
    struct regex_node *const node = node_new(p, NODE_ASSERT);

    if (node == NULL)
        return -1;
    node->u.assert = which;
    node->nullable = true;
    return push(p, node);
}

static int push_set(struct regex_parser *p, struct rune_set *s)
{
    rune_set_tidy(s);
    if (s->failed)
        return err_nomem(p->err);
    struct regex_node *const node = node_new(p, s->n == 0 ? NODE_NEVER : NODE_SET);

    if (node == NULL)
        return -1;
    node->u.set.at = s->at;
    node->u.set.n = s->n;
    if (s->n == 1 && s->at[0].lo == s->at[0].hi) {
        node->op = NODE_RUNE;
        node->u.rune = s->at[0].lo;
    }
    return push(p, node);
}

static int push_rune(struct regex_parser *p, uint32_t r)
{
    if ((p->flags & FLAG_FOLD) != 0 && rune_fold_next(r) != r) {
        struct rune_set s = {.arena = p->arena};

        rune_set_add_folded(&s, r, r);
        return push_set(p, &s);
    }
    struct regex_node *const node = node_new(p, NODE_RUNE);

    if (node == NULL)
        return -1;
    node->u.rune = r;
    return push(p, node);
}

static int open_frame(struct regex_parser *p, uint32_t group)
{
    struct regex_frame *const f = ARENA_NEW(p->arena, struct regex_frame);

    if (f == NULL)
        return err_nomem(p->err);
    f->outer = p->frame;
    f->flags = p->flags;
    f->group = group;
    f->alts_end = &f->alts;
    f->items_end = &f->items;
    p->frame = f;
    return 0;
}

/* What was read since the last | becomes one alternative. */
static int close_alternative(struct regex_parser *p)
{
    struct regex_frame *const f = p->frame;
    struct regex_node *node = f->items;

    if (node == NULL || node->next != NULL) {
        node = node_new(p, f->items == NULL ? NODE_EMPTY : NODE_CONCAT);
        if (node == NULL)
            return -1;
        node->nullable = true;
        node->kid = f->items;
        node->size = f->items == NULL;
        for (const struct regex_node *k = f->items; k != NULL; k = k->next) {
            node->nullable &= k->nullable;
            node->size += k->size;
            if (node->height < k->height + 1)
                node->height = k->height + 1;
        }
        if (check_limits(p, node) < 0)
            return -1;
    }
    *f->alts_end = node;
    f->alts_end = &node->next;
    f->items = NULL;
    f->last = NULL;
    f->items_end = &f->items;
    return 0;
}

/* Leave the frame: the tree of all its alternatives. */
static struct regex_node *close_frame(struct regex_parser *p)
{
    struct regex_frame *const f = p->frame;

    if (close_alternative(p) < 0)
        return NULL;
    struct regex_node *node = f->alts;

    if (node->next != NULL) {
        node = node_new(p, NODE_ALT);
        if (node == NULL)
            return NULL;
        node->kid = f->alts;
        for (const struct regex_node *k = f->alts; k != NULL; k = k->next) {
            node->nullable |= k->nullable;
            node->size += k->size + 2;
            if (node->height < k->height + 1)
                node->height = k->height + 1;
        }
    }
    if (f->group != 0) {
        struct regex_node *const group = node_new(p, NODE_GROUP);

        if (group == NULL)
            return NULL;
        group->kid = node;
        group->nullable = node->nullable;
        group->size = node->size + 2;
        group->height = node->height + 1;
        group->u.group = f->group;
        node = group;
    }
    p->flags = f->flags;
    p->frame = f->outer;
    return check_limits(p, node) < 0 ? NULL : node;
}

/* --- repetition -------------------------------------------------------------------------- */

/* {n,m} within {n,m}: the product of the counts may not pass the limit. */
static bool repeat_valid(const struct regex_node *node, int n)
{
    if (node->op == NODE_REPEAT && (node->u.repeat.min > 1 || node->u.repeat.max > 1)) {
        const int m = node->u.repeat.max < 0 ? node->u.repeat.min : node->u.repeat.max;

        if (m > n)
            return false;
        n /= m;
    }
    for (const struct regex_node *k = node->kid; k != NULL; k = k->next) {
        if (!repeat_valid(k, n))
            return false;
    }
    return true;
}

static uint64_t repeat_size(uint64_t size, int min, int max)
{
    const uint64_t copies = max < 0 ? (uint64_t)(min > 0 ? min : 1) : (uint64_t)max;

    return copies * (size + 1) + 2;
}

/* Apply min, max to what was read last. `from` is where the operator begins, `last_repeat` where
 * the one just before it did, or NULL. */
static int repeat(struct regex_parser *p, int min, int max, const char *from,
                  const char *last_repeat)
{
    struct regex_frame *const f = p->frame;
    bool lazy = (p->flags & FLAG_LAZY) != 0;

    if (regex_looking_at(p, "?")) {
        p->at++;
        lazy = !lazy;
    }
    if (last_repeat != NULL)
        return regex_fail(p, "invalid nested repetition operator", last_repeat, p->at);
    struct regex_node *const sub = f->last;

    if (sub == NULL)
        return regex_fail(p, "missing argument to repetition operator", from, p->at);
    struct regex_node *const node = node_new(p, NODE_REPEAT);

    if (node == NULL)
        return -1;
    node->kid = sub;
    node->lazy = lazy;
    node->u.repeat.min = min;
    node->u.repeat.max = max;
    node->nullable = min == 0 || sub->nullable;
    node->height = sub->height + 1;
    node->size = repeat_size(sub->size, min, max);
    if (f->items == sub) {
        f->items = node;
    } else {
        *f->items_end = node;
    }
    f->last = node;
    if (check_limits(p, node) < 0)
        return -1;
    if ((min >= 2 || max >= 2) && !repeat_valid(node, REGEX_REPEAT_MAX))
        return regex_fail(p, "invalid repeat count", from, p->at);
    return 0;
}

static bool read_int(const char **at, const char *end, int *out)
{
    const char *s = *at;
    int n = 0;

    if (s == end || *s < '0' || *s > '9')
        return false;
    if (end - s >= 2 && s[0] == '0' && s[1] >= '0' && s[1] <= '9')
        return false;
    for (; s < end && *s >= '0' && *s <= '9'; s++)
        n = n < 0 || n >= 100000000 ? -1 : n * 10 + (*s - '0');
    *at = s;
    *out = n;
    return true;
}

/* {n}, {n,}, {n,m} at p->at; false: these are characters like others. */
static bool read_counts(struct regex_parser *p, int *min, int *max)
{
    const char *s = p->at + 1;

    if (!read_int(&s, p->end, min) || s == p->end)
        return false;
    if (*s != ',') {
        *max = *min;
    } else {
        s++;
        if (s == p->end)
            return false;
        if (*s == '}')
            *max = -1;
        else if (!read_int(&s, p->end, max))
            return false;
        else if (*max < 0)
            *min = -1; /* too large: refused as such */
    }
    if (s == p->end || *s != '}')
        return false;
    p->at = s + 1;
    return true;
}

static int parse_bracket(struct regex_parser *p)
{
    struct rune_set s = {.arena = p->arena};

    return regex_parse_class(p, &s) < 0 ? -1 : push_set(p, &s);
}

/* --- groups ------------------------------------------------------------------------------ */

static int parse_named_group(struct regex_parser *p, const char *name)
{
    const char *const from = p->at;
    const char *const close = memchr(from, '>', (size_t)(p->end - from));
    bool valid = close != NULL && close > name;

    if (close == NULL)
        return regex_fail(p, "invalid named capture", from, p->end);
    for (const char *c = name; valid && c < close; c++)
        valid = *c == '_' || (*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') ||
                (*c >= 'A' && *c <= 'Z');
    if (!valid)
        return regex_fail(p, "invalid named capture", from, close + 1);
    struct regex_name *const row = ARENA_NEW(p->arena, struct regex_name);

    if (row == NULL)
        return err_nomem(p->err);
    row->bytes = name;
    row->len = (size_t)(close - name);
    row->group = ++p->tree->groups;
    row->next = p->tree->names;
    p->tree->names = row;
    p->at = close + 1;
    return open_frame(p, row->group);
}

static unsigned flag_of(uint32_t c)
{
    return c == 'i'   ? FLAG_FOLD
           : c == 'm' ? FLAG_LINES
           : c == 's' ? FLAG_DOTALL
           : c == 'U' ? FLAG_LAZY
                      : 0;
}

/* (?flags) or (?flags:..), (?P<name>..), (?<name>..); p->at is at the parenthesis. */
static int parse_perl_group(struct regex_parser *p)
{
    const char *const from = p->at;
    unsigned flags = p->flags;
    bool negative = false, saw_flag = false;

    if (p->end - p->at > 4 && regex_looking_at(p, "(?P<"))
        return parse_named_group(p, p->at + 4);
    if (p->end - p->at > 3 && regex_looking_at(p, "(?<"))
        return parse_named_group(p, p->at + 3);
    p->at += 2;
    while (p->at < p->end) {
        uint32_t c = 0;

        if (regex_next_rune(p, &c) < 0)
            return -1;
        const unsigned flag = flag_of(c);

        if (flag != 0) {
            flags = negative ? flags & ~flag : flags | flag;
            saw_flag = true;
        } else if (c == '-' && !negative) {
            negative = true;
            saw_flag = false;
        } else if ((c == ':' || c == ')') && (!negative || saw_flag)) {
            if (c == ':' && open_frame(p, 0) < 0)
                return -1;
            p->flags = flags;
            return 0;
        } else {
            break;
        }
    }
    return regex_fail(p, "invalid or unsupported Perl syntax", from, p->at);
}

static int parse_close(struct regex_parser *p)
{
    if (p->frame->outer == NULL)
        return fail_whole(p, "unexpected )");
    p->at++;
    return push(p, close_frame(p));
}

/* --- the whole --------------------------------------------------------------------------- */

/* \Q literal \E; p->at is behind \Q. */
static int parse_quoted(struct regex_parser *p)
{
    const char *const close = memmem(p->at, (size_t)(p->end - p->at), "\\E", 2);
    const char *const end = close != NULL ? close : p->end;

    while (p->at < end) {
        uint32_t r = 0;

        if (regex_next_rune(p, &r) < 0 || push_rune(p, r) < 0)
            return -1;
    }
    p->at = close != NULL ? close + 2 : p->end;
    return 0;
}

static int parse_backslash(struct regex_parser *p)
{
    struct rune_set s = {.arena = p->arena};
    uint32_t r = 0;

    if (p->end - p->at >= 2) {
        const char c = p->at[1];

        switch (c) {
        case 'C':
            return regex_fail(p, "invalid escape sequence", p->at, p->at + 2);
        case 'A':
        case 'b':
        case 'B':
        case 'z':
            p->at += 2;
            return push_assert(p, c == 'A'   ? ASSERT_TEXT_BEGIN
                                  : c == 'z' ? ASSERT_TEXT_END
                                  : c == 'b' ? ASSERT_WORD
                                             : ASSERT_NOT_WORD);
        case 'Q':
            p->at += 2;
            return parse_quoted(p);
        default:
            break;
        }
    }
    const int taken = regex_parse_escaped_class(p, &s);

    if (taken != 0)
        return taken < 0 ? -1 : push_set(p, &s);
    return regex_parse_escape(p, &r) < 0 ? -1 : push_rune(p, r);
}

static int parse_repeat(struct regex_parser *p, const char **last_repeat)
{
    const char *const from = p->at;
    int min = *from == '+', max = *from == '?' ? 1 : -1;

    if (*from == '{') {
        if (!read_counts(p, &min, &max)) {
            p->at++;
            *last_repeat = NULL;
            return push_rune(p, '{');
        }
        if (min < 0 || min > REGEX_REPEAT_MAX || max > REGEX_REPEAT_MAX || (max >= 0 && min > max))
            return regex_fail(p, "invalid repeat count", from, p->at);
    } else {
        p->at++;
    }
    if (repeat(p, min, max, from, *last_repeat) < 0)
        return -1;
    *last_repeat = from;
    return 0;
}

static int parse_one(struct regex_parser *p)
{
    uint32_t r = 0;

    switch (*p->at) {
    case '(':
        if (regex_looking_at(p, "(?"))
            return parse_perl_group(p);
        p->at++;
        return open_frame(p, ++p->tree->groups);
    case ')':
        return parse_close(p);
    case '|':
        p->at++;
        return close_alternative(p);
    case '^':
        p->at++;
        return push_assert(p, (p->flags & FLAG_LINES) != 0 ? ASSERT_LINE_BEGIN : ASSERT_TEXT_BEGIN);
    case '$':
        p->at++;
        return push_assert(p, (p->flags & FLAG_LINES) != 0 ? ASSERT_LINE_END : ASSERT_TEXT_END);
    case '.':
        p->at++;
        return push(p, node_new(p, (p->flags & FLAG_DOTALL) != 0 ? NODE_ANY : NODE_LINE));
    case '[':
        return parse_bracket(p);
    case '\\':
        return parse_backslash(p);
    default:
        return regex_next_rune(p, &r) < 0 ? -1 : push_rune(p, r);
    }
}

int regex_parse(struct arena *a, const char *pattern, size_t len, struct regex_tree *out,
                struct err *err)
{
    struct regex_parser p = {.arena = a,
                             .pattern = pattern,
                             .at = pattern,
                             .end = pattern + len,
                             .tree = out,
                             .err = err};
    const char *last_repeat = NULL;

    *out = (struct regex_tree){0};
    if (open_frame(&p, 0) < 0)
        return -1;
    while (p.at < p.end) {
        if (*p.at != '\0' && strchr("*+?{", *p.at) != NULL) {
            if (parse_repeat(&p, &last_repeat) < 0)
                return -1;
        } else {
            last_repeat = NULL;
            if (parse_one(&p) < 0)
                return -1;
        }
    }
    if (p.frame->outer != NULL)
        return fail_whole(&p, "missing closing )");
    out->root = close_frame(&p);
    return out->root == NULL ? -1 : 0;
}
