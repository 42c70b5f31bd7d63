#include <string.h>

#include "base/own.h"
#include "policy/machine/regex_ast.h"
#include "policy/machine/utf8.h"

enum regex_flag {
    FLAG_FOLD = 1u << 0,   /* (?i) */
    FLAG_LINES = 1u << 1,  /* (?m) ^ and $ also at lines */
    FLAG_DOTALL = 1u << 2, /* (?s) . also \n */
    FLAG_LAZY = 1u << 3,   /* (?U) */
};

/* An open parenthesis (or the whole, at the bottom). */
struct frame {
    struct frame *outer;
    unsigned flags; /* to come back at the closing one */
    uint32_t group; /* 0: only for grouping */
    struct regex_node *alts, **alts_end;
    struct regex_node *items, **items_end, *last; /* of the alternative being read */
};

struct parser {
    struct arena *arena;
    const char *pattern, *at, *end;
    unsigned flags;
    struct frame *frame;
    struct regex_tree *tree;
    struct err *err;
};

static int fail(struct parser *p, const char *reason, const char *from, const char *to)
{
    return err_set(p->err, ERR_INVALID, "error parsing regexp: %s: `%.*s`", reason,
                   (int)(to - from), from);
}

static int fail_whole(struct parser *p, const char *reason)
{
    return fail(p, reason, p->pattern, p->end);
}

/* The next rune of valid UTF-8; what is not is an error. */
static int next_rune(struct parser *p, uint32_t *r)
{
    size_t width = 0;

    *r = utf8_decode(p->at, (size_t)(p->end - p->at), &width);
    if (*r == RUNE_ERROR && width == 1)
        return fail(p, "invalid UTF-8", p->at, p->end);
    p->at += width;
    return 0;
}

static bool looking_at(const struct parser *p, const char *text)
{
    const size_t n = strlen(text);

    return (size_t)(p->end - p->at) >= n && memcmp(p->at, text, n) == 0;
}

/* --- the tree ---------------------------------------------------------------------------- */

static struct regex_node *node_new(struct parser *p, enum node_op op)
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

static int check_limits(struct parser *p, const struct regex_node *node)
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

static int push(struct parser *p, struct regex_node *node)
{
    struct frame *const f = p->frame;

    if (node == NULL || check_limits(p, node) < 0)
        return -1;
    if (f->last != NULL)
        f->items_end = &f->last->next;
    *f->items_end = node;
    f->last = node;
    return 0;
}

static int push_assert(struct parser *p, enum regex_assert which)
{
    struct regex_node *const node = node_new(p, NODE_ASSERT);

    if (node == NULL)
        return -1;
    node->u.assert = which;
    node->nullable = true;
    return push(p, node);
}

static int push_set(struct parser *p, struct rune_set *s)
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

static int push_rune(struct parser *p, uint32_t r)
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

static int open_frame(struct parser *p, uint32_t group)
{
    struct frame *const f = ARENA_NEW(p->arena, struct frame);

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
static int close_alternative(struct parser *p)
{
    struct frame *const f = p->frame;
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
static struct regex_node *close_frame(struct parser *p)
{
    struct frame *const f = p->frame;

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
static int repeat(struct parser *p, int min, int max, const char *from, const char *last_repeat)
{
    struct frame *const f = p->frame;
    bool lazy = (p->flags & FLAG_LAZY) != 0;

    if (looking_at(p, "?")) {
        p->at++;
        lazy = !lazy;
    }
    if (last_repeat != NULL)
        return fail(p, "invalid nested repetition operator", last_repeat, p->at);
    struct regex_node *const sub = f->last;

    if (sub == NULL)
        return fail(p, "missing argument to repetition operator", from, p->at);
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
        return fail(p, "invalid repeat count", from, p->at);
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
static bool read_counts(struct parser *p, int *min, int *max)
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

/* --- escapes and classes ----------------------------------------------------------------- */

static int hex_digit(uint32_t c)
{
    if (c >= '0' && c <= '9')
        return (int)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (int)(c - 'a') + 10;
    if (c >= 'A' && c <= 'F')
        return (int)(c - 'A') + 10;
    return -1;
}

static int parse_hex(struct parser *p, const char *from, uint32_t *out)
{
    uint32_t c = 0, d = 0, r = 0;

    if (p->at == p->end)
        return fail(p, "invalid escape sequence", from, p->at);
    if (next_rune(p, &c) < 0)
        return -1;
    if (c != '{') {
        const int hi = hex_digit(c);

        if (p->at == p->end)
            return fail(p, "invalid escape sequence", from, p->at);
        if (next_rune(p, &d) < 0)
            return -1;
        const int lo = hex_digit(d);

        if (hi < 0 || lo < 0)
            return fail(p, "invalid escape sequence", from, p->at);
        *out = (uint32_t)(hi * 16 + lo);
        return 0;
    }
    for (unsigned digits = 0;; digits++) {
        if (p->at == p->end)
            break;
        if (next_rune(p, &c) < 0)
            return -1;
        if (c == '}' && digits > 0) {
            *out = r;
            return 0;
        }
        const int v = hex_digit(c);

        if (v < 0)
            break;
        r = r * 16 + (uint32_t)v;
        if (r > RUNE_MAX)
            break;
    }
    return fail(p, "invalid escape sequence", from, p->at);
}

/* One escaped character; p->at is at the backslash. */
static int parse_escape(struct parser *p, uint32_t *out)
{
    static const char letters[] = "afnrtv", values[] = "\a\f\n\r\t\v";
    const char *const from = p->at++;
    uint32_t c = 0;

    if (p->at == p->end)
        return fail(p, "trailing backslash at end of expression", p->end, p->end);
    if (next_rune(p, &c) < 0)
        return -1;
    if (c >= '0' && c <= '7') {
        const bool octal_follows = p->at < p->end && *p->at >= '0' && *p->at <= '7';

        if (c != '0' && !octal_follows)
            return fail(p, "invalid escape sequence", from, p->at);
        *out = c - '0';
        for (int i = 1; i < 3 && p->at < p->end && *p->at >= '0' && *p->at <= '7'; i++)
            *out = *out * 8 + (uint32_t)(*p->at++ - '0');
        return 0;
    }
    if (c == 'x')
        return parse_hex(p, from, out);
    const char *const letter = c < 0x80 && c != 0 ? strchr(letters, (int)c) : NULL;

    if (letter != NULL) {
        *out = (uint32_t)values[letter - letters];
        return 0;
    }
    const bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

    if (c >= 0x80 || word)
        return fail(p, "invalid escape sequence", from, p->at);
    *out = c;
    return 0;
}

/* ASCII classes by name: \d and [[:digit:]] alike. Pairs of first and last characters. */
static const struct ascii_class {
    const char *name, *spans;
} ascii_classes[] = {
    {"d", "09"},         {"s", "\t\n\f\r  "},   {"w", "09AZ__az"},
    {"alnum", "09AZaz"}, {"alpha", "AZaz"},     {"ascii", ""}, /* begins with NUL: below */
    {"blank", "\t\t  "}, {"cntrl", ""},                        /* likewise */
    {"digit", "09"},     {"graph", "!~"},       {"lower", "az"},
    {"print", " ~"},     {"punct", "!/:@[`{~"}, {"space", "\t\r  "},
    {"upper", "AZ"},     {"word", "09AZ__az"},  {"xdigit", "09AFaf"},
};

static bool add_ascii_class(struct parser *p, struct rune_set *s, const char *name, size_t len,
                            bool negate)
{
    struct rune_set own = {.arena = p->arena};

    for (size_t i = 0; i < ARRAY_LEN(ascii_classes); i++) {
        const struct ascii_class *const c = &ascii_classes[i];

        if (strlen(c->name) != len || memcmp(c->name, name, len) != 0)
            continue;
        if (strcmp(c->name, "ascii") == 0) {
            rune_set_add(&own, 0, 0x7f);
        } else if (strcmp(c->name, "cntrl") == 0) {
            rune_set_add(&own, 0, 0x1f);
            rune_set_add(&own, 0x7f, 0x7f);
        }
        for (const char *t = c->spans; *t != '\0'; t += 2) {
            if ((p->flags & FLAG_FOLD) != 0)
                rune_set_add_folded(&own, (uint32_t)t[0], (uint32_t)t[1]);
            else
                rune_set_add(&own, (uint32_t)t[0], (uint32_t)t[1]);
        }
        if (negate)
            rune_set_negate(&own);
        rune_set_add_all(s, &own);
        return true;
    }
    return false;
}

/* \d \S \pL \P{Greek} at p->at into s: 1 taken, 0 something else, -1 error. */
static int parse_escaped_class(struct parser *p, struct rune_set *s)
{
    if (p->end - p->at < 2 || p->at[0] != '\\')
        return 0;
    const char *const from = p->at;
    const char c = from[1];

    if (strchr("dswDSW", c) != NULL && c != '\0') {
        const char lower = (char)(c | 0x20);

        p->at += 2;
        return add_ascii_class(p, s, &lower, 1, c != lower) ? 1 : 0;
    }
    if (c != 'p' && c != 'P')
        return 0;
    bool negate = c == 'P';
    const char *name = from + 2, *name_end = name;
    uint32_t r = 0;

    p->at += 2;
    if (p->at == p->end)
        return fail(p, "invalid character class range", from, p->end);
    if (next_rune(p, &r) < 0)
        return -1;
    name_end = p->at;
    if (r == '{') {
        name = p->at;
        name_end = memchr(name, '}', (size_t)(p->end - name));
        if (name_end == NULL)
            return fail(p, "invalid character class range", from, p->end);
        p->at = name_end + 1;
        if (name < name_end && *name == '^') {
            negate = !negate;
            name++;
        }
    }
    if (!rune_set_add_property(s, name, (size_t)(name_end - name), negate,
                               (p->flags & FLAG_FOLD) != 0))
        return fail(p, "invalid character class range", from, p->at);
    return 1;
}

/* [:alpha:] at p->at: 1 taken, 0 something else, -1 error. */
static int parse_named_class(struct parser *p, struct rune_set *s)
{
    if (p->end - p->at <= 2 || !looking_at(p, "[:"))
        return 0;
    const char *const from = p->at;
    const char *const close = memmem(from + 2, (size_t)(p->end - from) - 2, ":]", 2);

    if (close == NULL)
        return 0;
    const char *name = from + 2;
    const bool negate = *name == '^';

    name += negate;
    p->at = close + 2;
    /* one-letter names are the escapes' */
    if (close - name < 2 || !add_ascii_class(p, s, name, (size_t)(close - name), negate))
        return fail(p, "invalid character class range", from, p->at);
    return 1;
}

static int parse_class_rune(struct parser *p, const char *class, uint32_t *out)
{
    if (p->at == p->end)
        return fail(p, "missing closing ]", class, p->end);
    return *p->at == '\\' ? parse_escape(p, out) : next_rune(p, out);
}

static int parse_class_span(struct parser *p, const char *class, struct rune_set *s)
{
    const char *const from = p->at;
    uint32_t lo = 0, hi = 0;

    if (parse_class_rune(p, class, &lo) < 0)
        return -1;
    hi = lo;
    if (p->end - p->at >= 2 && p->at[0] == '-' && p->at[1] != ']') {
        p->at++;
        if (parse_class_rune(p, class, &hi) < 0)
            return -1;
        if (hi < lo)
            return fail(p, "invalid character class range", from, p->at);
    }
    if ((p->flags & FLAG_FOLD) != 0)
        rune_set_add_folded(s, lo, hi);
    else
        rune_set_add(s, lo, hi);
    return 0;
}

static int parse_class(struct parser *p)
{
    const char *const class = p->at++;
    struct rune_set s = {.arena = p->arena};
    const bool negate = looking_at(p, "^");

    p->at += negate;
    for (bool first = true; first || p->at == p->end || *p->at != ']'; first = false) {
        int taken = parse_named_class(p, &s);

        if (taken == 0)
            taken = parse_escaped_class(p, &s);
        if (taken < 0 || (taken == 0 && parse_class_span(p, class, &s) < 0))
            return -1;
        if (s.failed)
            return err_nomem(p->err);
    }
    p->at++;
    if (negate)
        rune_set_negate(&s);
    return push_set(p, &s);
}

/* --- groups ------------------------------------------------------------------------------ */

static int parse_named_group(struct parser *p, const char *name)
{
    const char *const from = p->at;
    const char *const close = memchr(from, '>', (size_t)(p->end - from));
    bool valid = close != NULL && close > name;

    if (close == NULL)
        return fail(p, "invalid named capture", from, p->end);
    for (const char *c = name; valid && c < close; c++)
        valid = *c == '_' || (*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') ||
                (*c >= 'A' && *c <= 'Z');
    if (!valid)
        return fail(p, "invalid named capture", from, close + 1);
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
static int parse_perl_group(struct parser *p)
{
    const char *const from = p->at;
    unsigned flags = p->flags;
    bool negative = false, saw_flag = false;

    if (p->end - p->at > 4 && looking_at(p, "(?P<"))
        return parse_named_group(p, p->at + 4);
    if (p->end - p->at > 3 && looking_at(p, "(?<"))
        return parse_named_group(p, p->at + 3);
    p->at += 2;
    while (p->at < p->end) {
        uint32_t c = 0;

        if (next_rune(p, &c) < 0)
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
    return fail(p, "invalid or unsupported Perl syntax", from, p->at);
}

static int parse_close(struct parser *p)
{
    if (p->frame->outer == NULL)
        return fail_whole(p, "unexpected )");
    p->at++;
    return push(p, close_frame(p));
}

/* --- the whole --------------------------------------------------------------------------- */

/* \Q literal \E; p->at is behind \Q. */
static int parse_quoted(struct parser *p)
{
    const char *const close = memmem(p->at, (size_t)(p->end - p->at), "\\E", 2);
    const char *const end = close != NULL ? close : p->end;

    while (p->at < end) {
        uint32_t r = 0;

        if (next_rune(p, &r) < 0 || push_rune(p, r) < 0)
            return -1;
    }
    p->at = close != NULL ? close + 2 : p->end;
    return 0;
}

static int parse_backslash(struct parser *p)
{
    struct rune_set s = {.arena = p->arena};
    uint32_t r = 0;

    if (p->end - p->at >= 2) {
        const char c = p->at[1];

        switch (c) {
        case 'C':
            return fail(p, "invalid escape sequence", p->at, p->at + 2);
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
    const int taken = parse_escaped_class(p, &s);

    if (taken != 0)
        return taken < 0 ? -1 : push_set(p, &s);
    return parse_escape(p, &r) < 0 ? -1 : push_rune(p, r);
}

static int parse_repeat(struct parser *p, const char **last_repeat)
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
            return fail(p, "invalid repeat count", from, p->at);
    } else {
        p->at++;
    }
    if (repeat(p, min, max, from, *last_repeat) < 0)
        return -1;
    *last_repeat = from;
    return 0;
}

static int parse_one(struct parser *p)
{
    uint32_t r = 0;

    switch (*p->at) {
    case '(':
        if (looking_at(p, "(?"))
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
        return parse_class(p);
    case '\\':
        return parse_backslash(p);
    default:
        return next_rune(p, &r) < 0 ? -1 : push_rune(p, r);
    }
}

int regex_parse(struct arena *a, const char *pattern, size_t len, struct regex_tree *out,
                struct err *err)
{
    struct parser p = {.arena = a,
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
