/* One pass: actions are carried out as they are read; what a condition leaves out is read without
 * being carried out, and the body of a range again for each element. */
#include "policy/machine/template.h"

#include <string.h>

#include "policy/value/json.h"

enum { VARIABLES_MAX = 256, ARGS_MAX = 64 };

struct variable {
    const char *name;
    size_t len;
    struct operand value;
};

/* What ended a list of nodes. */
enum stop { STOP_EOF, STOP_END, STOP_ELSE, STOP_BREAK, STOP_CONTINUE };

struct run {
    struct arena *arena;
    const char *text, *at, *end;
    struct operand dot;
    struct variable vars[VARIABLES_MAX];
    size_t vars_n;
    unsigned depth, ranges, turns;
    struct buf *out;
    struct err *err;
};

static int fail(struct run *r, const char *why)
{
    unsigned line = 1;

    for (const char *c = r->text; c < r->at; c++)
        line += *c == '\n';
    return err_set(r->err, ERR_INVALID, "template: template:%u: %s", line, why);
}

static bool space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_space(struct run *r)
{
    while (r->at < r->end && space(*r->at))
        r->at++;
}

static bool looking_at(const struct run *r, const char *s)
{
    const size_t n = strlen(s);

    return (size_t)(r->end - r->at) >= n && memcmp(r->at, s, n) == 0;
}

static bool word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (unsigned char)c >= 0x80;
}

/* The action's end: }} or -}} behind a space. */
static bool at_close(const struct run *r)
{
    return looking_at(r, "}}") || (looking_at(r, "-}}") && r->at > r->text && space(r->at[-1]));
}

static int take_close(struct run *r)
{
    skip_space(r);
    if (!at_close(r))
        return fail(r, r->at == r->end ? "unclosed action" : "unexpected text in action");
    const bool trim = *r->at == '-';

    r->at += trim ? 3 : 2;
    if (trim)
        skip_space(r);
    return 0;
}

static bool take_word(struct run *r, const char *word)
{
    const size_t n = strlen(word);

    skip_space(r);
    if (!looking_at(r, word) || (r->at + n < r->end && word_byte(r->at[n])))
        return false;
    r->at += n;
    return true;
}

/* --- pipelines --------------------------------------------------------------------------- */

static int pipeline(struct run *r, bool live, struct operand *out);

static struct operand field(struct run *r, struct operand of, const char *name, size_t len)
{
    struct operand none = {.v = NULL};
    const struct value *const key = value_string(r->arena, name, len);

    if (of.v == NULL || key == NULL || !value_is(of.v, VALUE_OBJECT))
        return none;
    return (struct operand){.v = value_get(of.v, key)};
}

/* .a.b behind a value. */
static int fields(struct run *r, bool live, struct operand *o)
{
    while (r->at + 1 < r->end && *r->at == '.' && word_byte(r->at[1])) {
        const char *const name = ++r->at;

        while (r->at < r->end && word_byte(*r->at))
            r->at++;
        if (live && o->v != NULL && !value_is(o->v, VALUE_OBJECT))
            return fail(r, "can't evaluate field of a value that is no map");
        *o = live ? field(r, *o, name, (size_t)(r->at - name)) : *o;
    }
    return 0;
}

static int variable(struct run *r, bool live, struct operand *out)
{
    const char *const name = r->at++;

    while (r->at < r->end && word_byte(*r->at))
        r->at++;
    for (size_t i = r->vars_n; i-- > 0;) {
        if (r->vars[i].len == (size_t)(r->at - name) &&
            memcmp(r->vars[i].name, name, r->vars[i].len) == 0) {
            *out = r->vars[i].value;
            return fields(r, live, out);
        }
    }
    return fail(r, "undefined variable");
}

static int string_literal(struct run *r, struct operand *out)
{
    const char quote = *r->at, *const from = r->at++;

    while (r->at < r->end && *r->at != quote)
        r->at += quote == '"' && *r->at == '\\' && r->at + 1 < r->end ? 2 : 1;
    if (r->at >= r->end)
        return fail(r, "unterminated quoted string");
    r->at++;
    if (quote == '`') {
        out->v = value_string(r->arena, from + 1, (size_t)(r->at - from) - 2);
        return out->v == NULL ? err_nomem(r->err) : 0;
    }
    size_t used = 0;
    struct err why = ERR_INIT;

    return json_parse(r->arena, from, (size_t)(r->at - from), 0, &out->v, &used, &why) < 0
               ? fail(r, "bad string constant")
               : 0;
}

static int number_literal(struct run *r, struct operand *out)
{
    const char *const from = r->at;
    struct err why = ERR_INIT;
    size_t used = 0;

    while (r->at < r->end && (word_byte(*r->at) || strchr("+-.", *r->at) != NULL))
        r->at++;
    const size_t skip = *from == '+';

    out->own = true;

    return json_parse(r->arena, from + skip, (size_t)(r->at - from) - skip, 0, &out->v, &used,
                      &why) < 0
               ? fail(r, "bad number syntax")
               : 0;
}

/* One operand: 1 taken, 0 something else. A bare word is a function's name, told in *name. */
static int operand(struct run *r, bool live, struct operand *out, const char **name, size_t *len)
{
    *name = NULL;
    skip_space(r);
    if (r->at == r->end || at_close(r) || *r->at == '|' || *r->at == ')')
        return 0;
    if (*r->at == '(') {
        r->at++;
        if (pipeline(r, live, out) < 0)
            return -1;
        skip_space(r);
        if (r->at == r->end || *r->at != ')')
            return fail(r, "unclosed left paren");
        r->at++;
        return fields(r, live, out) < 0 ? -1 : 1;
    }
    if (*r->at == '.') {
        *out = r->dot;
        if (r->at + 1 < r->end && word_byte(r->at[1]))
            return fields(r, live, out) < 0 ? -1 : 1;
        r->at++;
        return 1;
    }
    if (*r->at == '$')
        return variable(r, live, out) < 0 ? -1 : 1;
    if (*r->at == '"' || *r->at == '`')
        return string_literal(r, out) < 0 ? -1 : 1;
    if ((*r->at >= '0' && *r->at <= '9') || *r->at == '-' || *r->at == '+')
        return number_literal(r, out) < 0 ? -1 : 1;
    if (take_word(r, "true") || take_word(r, "false")) {
        out->v = value_bool_of(r->at[-4] == 't');
        return 1;
    }
    if (take_word(r, "nil")) {
        out->v = &value_null;
        return 1;
    }
    if (!word_byte(*r->at))
        return fail(r, "unexpected character in action");
    *name = r->at;
    while (r->at < r->end && word_byte(*r->at))
        r->at++;
    *len = (size_t)(r->at - *name);
    return 1;
}

/* A value, or a function with its operands; `last` is what the pipe brings. */
static int command(struct run *r, bool live, const struct operand *last, struct operand *out)
{
    struct operand args[ARGS_MAX];
    const char *fn = NULL, *name = NULL;
    size_t fn_len = 0, len = 0, n = 0;
    int got = operand(r, live, out, &fn, &fn_len);

    if (got <= 0)
        return got < 0 ? -1 : fail(r, "missing value for command");
    if (fn == NULL) {
        skip_space(r);
        if (last != NULL)
            return fail(r, "can't give argument to non-function");
        return 0;
    }
    for (;;) {
        struct operand one = {.v = NULL};

        got = operand(r, live, &one, &name, &len);
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        if (n + 1 == ARGS_MAX)
            return fail(r, "too many arguments");
        if (name != NULL && live && template_call(r->arena, name, len, NULL, 0, &one, r->err) <= 0)
            return fail(r, "function not defined");
        args[n++] = one;
    }
    if (last != NULL)
        args[n++] = *last;
    if (!live)
        return 0;
    got = template_call(r->arena, fn, fn_len, args, n, out, r->err);
    return got == 0 ? fail(r, "function not defined") : got < 0 ? -1 : 0;
}

static int pipeline(struct run *r, bool live, struct operand *out)
{
    struct operand last = {.v = NULL};
    const bool deep = ++r->depth > TEMPLATE_DEPTH_MAX;

    if (deep)
        return err_set(r->err, ERR_LIMIT, "template nests deeper than %d levels",
                       TEMPLATE_DEPTH_MAX);
    if (command(r, live, NULL, out) < 0)
        return -1;
    for (skip_space(r); r->at < r->end && *r->at == '|'; skip_space(r)) {
        r->at++;
        last = *out;
        if (command(r, live, &last, out) < 0)
            return -1;
    }
    r->depth--;
    return 0;
}

/* $x := or $x = or $i, $x := before a pipeline: how many names there are. */
static size_t declarations(struct run *r, struct variable *names, bool *assign)
{
    const char *const from = r->at;
    size_t n = 0;

    for (; n < 2; n++) {
        skip_space(r);
        if (r->at == r->end || *r->at != '$')
            break;
        names[n].name = r->at++;
        while (r->at < r->end && word_byte(*r->at))
            r->at++;
        names[n].len = (size_t)(r->at - names[n].name);
        skip_space(r);
        if (r->at == r->end || *r->at != ',') {
            n++;
            break;
        }
        r->at++;
    }
    *assign = looking_at(r, "=");
    if (n > 0 && (*assign || looking_at(r, ":="))) {
        r->at += *assign ? 1 : 2;
        return n;
    }
    r->at = from;
    return 0;
}

static int set_variable(struct run *r, const struct variable *v, struct operand value, bool assign)
{
    for (size_t i = r->vars_n; assign && i-- > 0;) {
        if (r->vars[i].len == v->len && memcmp(r->vars[i].name, v->name, v->len) == 0) {
            r->vars[i].value = value;
            return 0;
        }
    }
    if (assign)
        return fail(r, "undefined variable");
    if (r->vars_n == VARIABLES_MAX)
        return err_set(r->err, ERR_LIMIT, "template has more than %d variables", VARIABLES_MAX);
    r->vars[r->vars_n++] = (struct variable){v->name, v->len, value};
    return 0;
}

/* --- lists of nodes ----------------------------------------------------------------------- */

static int nodes(struct run *r, bool live, enum stop *why);

/* The lists behind a condition: `holds` says whether the first counts. */
static int branches(struct run *r, bool live, bool holds, enum stop *why);

static int condition(struct run *r, bool live, bool with, enum stop *why)
{
    struct variable names[2];
    struct operand o = {.v = NULL};
    bool assign = false;
    const size_t vars = r->vars_n, n = declarations(r, names, &assign);
    const struct operand dot = r->dot;

    if (pipeline(r, live, &o) < 0 || take_close(r) < 0 ||
        (n > 0 && live && set_variable(r, &names[0], o, assign) < 0))
        return -1;
    const bool holds = live && template_truth(o);

    if (with && holds)
        r->dot = o;
    enum stop inner = STOP_EOF;

    if (nodes(r, holds, &inner) < 0)
        return -1;
    r->dot = dot;
    if (inner == STOP_BREAK || inner == STOP_CONTINUE) {
        /* read on to the end without carrying anything out */
        const enum stop jump = inner;

        if (nodes(r, false, &inner) < 0)
            return -1;
        if (inner == STOP_ELSE && branches(r, false, true, &inner) < 0)
            return -1;
        r->vars_n = vars;
        *why = jump;
        return 0;
    }
    if (inner == STOP_ELSE && branches(r, live, holds, &inner) < 0)
        return -1;
    r->vars_n = vars;
    *why = inner == STOP_BREAK || inner == STOP_CONTINUE ? inner : STOP_END;
    return inner == STOP_EOF ? fail(r, "unexpected EOF") : 0;
}

/* Behind {{else: " if ..", " with ..", or the last list. */
static int branches(struct run *r, bool live, bool done, enum stop *why)
{
    if (take_word(r, "if"))
        return condition(r, live && !done, false, why);
    if (take_word(r, "with"))
        return condition(r, live && !done, true, why);
    if (take_close(r) < 0 || nodes(r, live && !done, why) < 0)
        return -1;
    return 0;
}

/* Element i of what is ranged over, and its key. */
static size_t range_count(const struct value *v)
{
    int64_t n = 0;

    if (v == NULL)
        return 0;
    if (value_is(v, VALUE_ARRAY) || value_is(v, VALUE_OBJECT) || value_is(v, VALUE_SET))
        return v->count;
    return value_is(v, VALUE_NUMBER) && value_int64(v, &n) && n > 0 ? (size_t)n : 0;
}

static void range_at(struct run *r, const struct value *v, size_t i, struct operand *key,
                     struct operand *element)
{
    const struct value *const index = value_int(r->arena, (int64_t)i);

    /* An index is Go's own int, not a number of the document. */
    const struct operand count = {.v = index, .own = true};

    *key = value_is(v, VALUE_OBJECT) ? (struct operand){.v = value_key_at(v, i)} : count;
    *element = value_is(v, VALUE_OBJECT)   ? (struct operand){.v = value_val_at(v, i)}
               : value_is(v, VALUE_NUMBER) ? count
                                           : (struct operand){.v = value_at(v, i)};
}

static int range_body(struct run *r, const struct variable *names, size_t n, struct operand over,
                      const char *body, enum stop *inner)
{
    const size_t vars = r->vars_n, count = range_count(over.v);
    const struct operand dot = r->dot;

    for (size_t i = 0; i < count; i++) {
        struct operand key, element;

        if (++r->turns > TEMPLATE_TURNS_MAX)
            return err_set(r->err, ERR_LIMIT, "template ranges over more than %d elements",
                           TEMPLATE_TURNS_MAX);
        r->at = body;
        range_at(r, over.v, i, &key, &element);
        r->dot = element;
        if ((n == 2 && set_variable(r, &names[0], key, false) < 0) ||
            (n > 0 && set_variable(r, &names[n - 1], element, false) < 0))
            return -1;
        r->ranges++;
        if (nodes(r, true, inner) < 0)
            return -1;
        r->ranges--;
        r->vars_n = vars;
        if (*inner == STOP_BREAK)
            break;
    }
    r->dot = dot;
    return 0;
}

static int range(struct run *r, bool live, enum stop *why)
{
    struct variable names[2];
    struct operand over = {.v = NULL};
    bool assign = false;
    const size_t n = declarations(r, names, &assign);
    enum stop inner = STOP_EOF;

    if (pipeline(r, live, &over) < 0 || take_close(r) < 0)
        return -1;
    const char *const body = r->at;

    if (live && range_body(r, names, n, over, body, &inner) < 0)
        return -1;
    /* once more without effect, to find where the body ends */
    r->at = body;
    const size_t vars = r->vars_n;

    for (size_t i = 0; i < n; i++) {
        if (set_variable(r, &names[i], (struct operand){.v = NULL}, false) < 0)
            return -1;
    }
    r->ranges++;
    if (nodes(r, false, &inner) < 0)
        return -1;
    r->ranges--;
    r->vars_n = vars;
    if (inner == STOP_ELSE && branches(r, live, range_count(over.v) > 0, &inner) < 0)
        return -1;
    *why = inner;
    return inner == STOP_END ? 0 : fail(r, "unexpected EOF");
}

static int value_action(struct run *r, bool live)
{
    struct variable names[2];
    struct operand o = {.v = NULL};
    bool assign = false;
    const size_t n = declarations(r, names, &assign);

    if (pipeline(r, live, &o) < 0 || take_close(r) < 0)
        return -1;
    if (n > 0)
        return set_variable(r, &names[0], o, assign);
    if (live)
        template_show(r->out, o);
    return r->out->len > TEMPLATE_OUTPUT_MAX
               ? err_set(r->err, ERR_LIMIT, "template writes more than %d bytes",
                         TEMPLATE_OUTPUT_MAX)
               : 0;
}

static int comment(struct run *r)
{
    const char *const close = memmem(r->at, (size_t)(r->end - r->at), "*/", 2);

    if (close == NULL)
        return fail(r, "unclosed comment");
    r->at = close + 2;
    return take_close(r);
}

/* One action; *why is set when it ends the list. */
static int action(struct run *r, bool live, enum stop *why, bool *ends)
{
    *ends = true;
    if (looking_at(r, "/*")) {
        *ends = false;
        return comment(r);
    }
    if (take_word(r, "end")) {
        *why = STOP_END;
        return take_close(r);
    }
    if (take_word(r, "else")) {
        *why = STOP_ELSE; /* what follows is read by who began */
        return 0;
    }
    if (r->ranges > 0 && (take_word(r, "break") || take_word(r, "continue"))) {
        *why = r->at[-1] == 'k' ? STOP_BREAK : STOP_CONTINUE;
        *ends = live;
        return take_close(r);
    }
    *ends = false;
    enum stop inner = STOP_END;
    int got = 0;

    if (take_word(r, "if"))
        got = condition(r, live, false, &inner);
    else if (take_word(r, "with"))
        got = condition(r, live, true, &inner);
    else if (take_word(r, "range"))
        got = range(r, live, &inner);
    else
        return value_action(r, live);
    *ends = live && (inner == STOP_BREAK || inner == STOP_CONTINUE);
    *why = *ends ? inner : *why;
    return got;
}

static int nodes(struct run *r, bool live, enum stop *why)
{
    bool ends = false;

    if (++r->depth > TEMPLATE_DEPTH_MAX)
        return err_set(r->err, ERR_LIMIT, "template nests deeper than %d levels",
                       TEMPLATE_DEPTH_MAX);
    *why = STOP_EOF;
    while (!ends && r->at < r->end) {
        const char *const open = memmem(r->at, (size_t)(r->end - r->at), "{{", 2);
        const char *text_end = open != NULL ? open : r->end;
        const char *const from = r->at;
        const bool trim = open != NULL && r->end - open > 3 && open[2] == '-' && space(open[3]);

        r->at = open != NULL ? open + (trim ? 3 : 2) : r->end;
        while (trim && text_end > from && space(text_end[-1]))
            text_end--;
        if (live)
            buf_add(r->out, from, (size_t)(text_end - from));
        if (open == NULL)
            break;
        skip_space(r);
        if (action(r, live, why, &ends) < 0)
            return -1;
    }
    r->depth--;
    return 0;
}

int template_render(struct arena *a, const char *text, size_t len, const struct value *dot,
                    struct buf *out, struct err *err)
{
    struct run *const r = arena_zalloc(a, 1, sizeof(*r));
    enum stop why = STOP_EOF;

    if (r == NULL)
        return err_nomem(err);
    r->arena = a;
    r->text = r->at = text;
    r->end = text + len;
    r->dot = (struct operand){.v = dot};
    r->out = out;
    r->err = err;
    r->vars[r->vars_n++] = (struct variable){"$", 1, r->dot};
    if (nodes(r, true, &why) < 0)
        return -1;
    if (why != STOP_EOF)
        return fail(r, why == STOP_ELSE ? "unexpected {{else}}" : "unexpected {{end}}");
    return buf_check(out, err);
}
