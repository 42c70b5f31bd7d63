#include <string.h>

#include "base/own.h"
#include "policy/rego/format_writer.h"
#include "policy/rego/scan.h"
#include "policy/rego/tree.h"
#include "policy/value/print.h"

/* --- questions ---------------------------------------------------------------------------- */

/* clang-format off */
static const struct {
    const char *name, *infix;
} infixes[] = {
    { "eq", "=" },     { "assign", ":=" }, { "equal", "==" }, { "neq", "!=" },  { "lt", "<" },
    { "lte", "<=" },   { "gt", ">" },      { "gte", ">=" },   { "plus", "+" },  { "minus", "-" },
    { "mul", "*" },    { "div", "/" },     { "rem", "%" },    { "and", "&" },   { "or", "|" },
    { "internal.member_2", "in" },         { "internal.member_3", "in" },
};
/* clang-format on */

/* A name of two parts, written by hand. */
static bool is_dotted(const struct rego_term *callee, const char *name)
{
    const char *const dot = strchr(name, '.');
    const struct rego_terms *const ref = &callee->u.list;

    return dot && callee->kind == TERM_REF && ref->n == 2 && ref->at[0]->kind == TERM_VAR &&
           ref->at[0]->u.name->count == (size_t)(dot - name) &&
           memcmp(value_bytes(ref->at[0]->u.name), name, (size_t)(dot - name)) == 0 &&
           ref->at[1]->kind == TERM_CONST && value_is_str(ref->at[1]->u.value, dot + 1);
}

const char *format_infix(const struct rego_term *callee)
{
    for (size_t i = 0; i < ARRAY_LEN(infixes); i++)
        if (term_is_var(callee, infixes[i].name) || is_dotted(callee, infixes[i].name))
            return infixes[i].infix;
    return NULL;
}

bool term_is_union(const struct rego_term *t)
{
    return t->kind == TERM_CALL && term_is_var(t->u.call.callee.name, "or");
}

/* Its text begins with a parenthesis, be it its own or that of what leads it. */
bool term_text_in_parens(const struct rego_term *t)
{
    return t->parens || (t->kind == TERM_CALL && format_infix(t->u.call.callee.name) &&
                         t->u.call.args.n > 1 && term_text_in_parens(t->u.call.args.at[0]));
}

static bool is_name(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        const char c = s[i];

        if (!(c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
              (i > 0 && c >= '0' && c <= '9')))
            return false;
    }
    return len > 0;
}

static bool is_keyword(const struct writer *w, const struct value *name)
{
    const enum token_kind word = rego_keyword(value_bytes(name), name->count);

    return word != TOK_IDENT && (w->words & rego_keyword_bit(word));
}

/* --- lists -------------------------------------------------------------------------------- */

static const struct rego_term *first_of(const struct format_items *items, size_t i)
{
    return items->at[items->pairs ? 2 * i : i];
}

static enum format_result wrapped(struct writer *w, bool parens, const struct rego_term *t,
                                  struct notes *c)
{
    if (parens)
        buf_putc(&w->out, '(');
    const enum format_result got = format_term(w, t, c);
    if (parens)
        buf_putc(&w->out, ')');
    return got;
}

static enum format_result one_item(struct writer *w, const struct format_items *items, size_t i,
                                   struct notes *c)
{
    const struct rego_term *const t = first_of(items, i);

    if (!items->pairs)
        return wrapped(w, term_is_union(t) && (items->union_parens || term_text_in_parens(t)), t,
                       c);
    const enum format_result got = wrapped(w, term_is_union(t), t, c);

    if (got != FORMAT_OK) {
        *c = notes_none();
        return got;
    }
    buf_puts(&w->out, ": ");
    return wrapped(w, term_is_union(items->at[2 * i + 1]), items->at[2 * i + 1], c);
}

/* Items first to end on one line. */
static enum format_result item_line(struct writer *w, const struct format_items *items,
                                    size_t first, size_t end, struct notes *c)
{
    for (size_t i = first; i < end; i++) {
        const enum format_result got = one_item(w, items, i, c);

        if (got != FORMAT_OK) {
            if (i + 1 < end)
                *c = notes_none();
            return got;
        }
        if (i + 1 < end)
            buf_puts(&w->out, ", ");
    }
    return FORMAT_OK;
}

/* Names that compilers make: where such a term stands says nothing. */
static bool is_generated(const struct rego_term *t)
{
    if (t->kind == TERM_VAR)
        return strncmp(value_bytes(t->u.name), "__local", 7) == 0;
    const struct rego_terms *const kids = term_children((struct rego_term *)(uintptr_t)t);

    for (size_t i = 0; kids && i < kids->n; i++)
        if (is_generated(kids->at[i]))
            return true;
    return false;
}

static bool has_generated(const struct format_items *items)
{
    for (size_t i = 0; i < items->n * (items->pairs ? 2 : 1); i++)
        if (is_generated(items->at[i]))
            return true;
    return false;
}

static size_t line_end(const struct writer *w, const struct format_items *items, size_t first)
{
    size_t i = first;

    if (has_generated(items))
        return items->n;
    while (i + 1 < items->n) {
        const struct spot here = spot_of_term(w, first_of(items, i));
        const struct spot next = spot_of_term(w, first_of(items, i + 1));

        i++;
        if (next.row > here.row)
            return i;
    }
    return items->n;
}

/* All on one line: does a newline stand before the first? */
static bool newline_first(const struct writer *w, const struct format_items *items,
                          const struct spot *last)
{
    if (items->n == 0)
        return false;
    const struct spot first = spot_of_term(w, first_of(items, 0));
    const char *const at = first.len ? memmem(last->text, last->len, first.text, first.len) : NULL;

    if (!at || at == last->text)
        return false;
    const char *const nl = memchr(last->text, '\n', (size_t)(at - last->text));
    return nl && nl > last->text;
}

static bool note_between(const struct notes *c, const struct spot *last, const struct spot *close)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->at[i].row > last->row && c->at[i].row < close->row)
            return true;
    return false;
}

static enum format_result fail(struct notes *c, enum format_result got)
{
    *c = notes_none();
    return got;
}

enum format_result format_items(struct writer *w, const struct format_items *items,
                                const struct spot *last, const struct spot *close, struct notes *c)
{
    size_t at = line_end(w, items, 0), from = 0;
    bool many = at < items->n;
    enum format_result got;

    if (!many) {
        if (note_between(c, last, close))
            return FORMAT_COMMENT;
        many = newline_first(w, items, last);
    }
    if (many) {
        w->delay = true;
        writer_end_line(w);
        w->level++;
        writer_start_line(w);
    }
    for (; at < items->n; from = at, at = line_end(w, items, at)) {
        if ((got = item_line(w, items, from, at, c)) != FORMAT_OK)
            return fail(c, got);
        buf_putc(&w->out, ',');
        writer_end_line(w);
        writer_start_line(w);
    }
    if ((got = item_line(w, items, from, items->n, c)) != FORMAT_OK)
        return fail(c, got);
    if (!many)
        return FORMAT_OK;
    buf_putc(&w->out, ',');
    writer_end_line(w);
    if ((got = writer_insert(w, c, close)) != FORMAT_OK)
        return fail(c, got);
    writer_down(w);
    writer_start_line(w);
    return FORMAT_OK;
}

/* --- refs --------------------------------------------------------------------------------- */

void format_ref_step(struct writer *w, const struct value *name, bool quoted)
{
    if (is_name(value_bytes(name), name->count) && !(quoted && is_keyword(w, name))) {
        buf_printf(&w->out, ".%s", value_bytes(name));
        return;
    }
    buf_putc(&w->out, '[');
    rego_print(&w->out, name);
    buf_putc(&w->out, ']');
}

static void put_var(struct writer *w, const struct rego_term *t)
{
    buf_puts(&w->out, term_is_wildcard(t) ? "_" : value_bytes(t->u.name));
}

static enum format_result ref_step(struct writer *w, const struct rego_term *t, struct notes *c)
{
    enum format_result got;

    if (t->kind == TERM_CONST && value_is(t->u.value, VALUE_STRING)) {
        format_ref_step(w, t->u.value,
                        w->source->text[t->loc.offset] == '"' && t->loc.source == w->source);
        return FORMAT_OK;
    }
    buf_putc(&w->out, '[');
    if (t->kind == TERM_VAR) {
        put_var(w, t);
    } else if ((got = format_term(w, t, c)) != FORMAT_OK) {
        if (got != FORMAT_COMMENT)
            return got;
        buf_putc(&w->out, '\n'); /* the bracket must not become part of the comment */
    }
    buf_putc(&w->out, ']');
    return FORMAT_OK;
}

enum format_result format_ref(struct writer *w, const struct rego_terms *ref, struct notes *c)
{
    const struct rego_term *const head = ref->at[0];
    enum format_result got =
        format_term_parens(w, head->kind == TERM_CALL && head->parens, head, c);

    if (got != FORMAT_OK)
        return fail(c, got);
    for (size_t i = 1; i < ref->n; i++)
        if ((got = ref_step(w, ref->at[i], c)) != FORMAT_OK)
            return fail(c, got);
    return FORMAT_OK;
}

/* --- calls -------------------------------------------------------------------------------- */

/* The name of a function, without the comments that a term would look for. */
static enum format_result callee(struct writer *w, const struct rego_term *name, struct notes *c)
{
    const struct rego_terms one = {
        .at = (struct rego_term *[]){(struct rego_term *)(uintptr_t)name}, .n = 1};

    return format_ref(w, name->kind == TERM_REF ? &name->u.list : &one, c);
}

enum format_result format_call(struct writer *w, const struct rego_term *call, struct notes *c)
{
    const struct rego_term *const name = call->u.call.callee.name;
    const struct spot at = spot_of_term(w, name), nowhere = {0};
    const struct format_items args = {.at = (const struct rego_term *const *)call->u.call.args.at,
                                      .n = call->u.call.args.n};
    enum format_result got = callee(w, name, c);

    if (got != FORMAT_OK)
        return got;
    buf_putc(&w->out, '(');
    const struct spot close = w->flat ? spot_closing(&at, NULL, '(', ')') : nowhere;
    got = format_items(w, &args, &at, &close, c);
    buf_putc(&w->out, ')');
    return got == FORMAT_OK ? got : fail(c, got);
}

enum format_result format_in(struct writer *w, bool parens, struct rego_term *const *args, size_t n,
                             struct notes *c)
{
    enum format_result got = FORMAT_OK;

    parens = parens && n == 3;
    if (parens)
        buf_putc(&w->out, '(');
    for (size_t i = 0; i < n && got == FORMAT_OK; i++) {
        got = format_term_parens(w, true, args[i], c);
        if (got == FORMAT_OK && i + 1 < n)
            buf_puts(&w->out, i + 2 < n ? ", " : " in ");
    }
    if (parens)
        buf_putc(&w->out, ')');
    return got == FORMAT_OK ? got : fail(c, got);
}

static enum format_result call_term(struct writer *w, bool parens, const struct rego_term *t,
                                    struct notes *c)
{
    const struct rego_terms *const args = &t->u.call.args;
    const char *const infix = format_infix(t->u.call.callee.name);
    enum format_result got;

    /* = and := are no operators of terms: such a call stays one */
    if (!infix || strcmp(infix, "=") == 0 || strcmp(infix, ":=") == 0)
        return format_call(w, t, c);
    if (strcmp(infix, "in") == 0)
        return format_in(w, true, args->at, args->n, c);
    if (args->n != 2) {
        w->failed = "an operator has not two operands";
        return FORMAT_FAILED;
    }
    if (parens)
        buf_putc(&w->out, '(');
    if ((got = format_term_parens(w, true, args->at[0], c)) != FORMAT_OK)
        return fail(c, got);
    buf_printf(&w->out, " %s ", infix);
    if ((got = format_term_parens(w, true, args->at[1], c)) != FORMAT_OK)
        return fail(c, got);
    if (parens)
        buf_putc(&w->out, ')');
    return FORMAT_OK;
}

/* --- collections -------------------------------------------------------------------------- */

static bool same_scalar(const struct rego_term *a, const struct rego_term *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind == TERM_CONST)
        return value_equal(a->u.value, b->u.value);
    return a->kind == TERM_VAR && !term_is_wildcard(a) && value_equal(a->u.name, b->u.name);
}

/* A member of a set that was said before is left out. */
static bool each_once(struct writer *w, struct format_items *items)
{
    const struct rego_term **const at = ARENA_NEW_N(w->a, const struct rego_term *, items->n);
    size_t n = 0;

    for (size_t i = 0; at && i < items->n; i++) {
        bool seen = false;

        for (size_t k = 0; k < n && !seen; k++)
            seen = same_scalar(at[k], items->at[i]);
        if (!seen)
            at[n++] = items->at[i];
    }
    items->at = at;
    items->n = n;
    return at != NULL;
}

static enum format_result collection(struct writer *w, const struct rego_term *t, struct notes *c)
{
    const bool array = t->kind == TERM_ARRAY;
    const char open = array ? '[' : '{', close = array ? ']' : '}';
    const struct spot here = spot_of_term(w, t);
    struct format_items items = {.at = (const struct rego_term *const *)t->u.list.at,
                                 .n = t->u.list.n / (t->kind == TERM_OBJECT ? 2 : 1),
                                 .pairs = t->kind == TERM_OBJECT,
                                 .union_parens = true};

    if (t->kind == TERM_SET && t->u.list.n == 0) {
        const struct spot end = spot_closing(&here, NULL, '(', ')');

        buf_puts(&w->out, "set()");
        const enum format_result got = writer_insert(w, c, &end);
        return got == FORMAT_OK ? got : fail(c, got);
    }
    if (t->kind == TERM_SET && !each_once(w, &items))
        return FORMAT_FAILED;
    const struct spot end = spot_closing(&here, NULL, open, close);

    buf_putc(&w->out, open);
    const enum format_result got = format_items(w, &items, &here, &end, c);
    buf_putc(&w->out, close);
    return got == FORMAT_OK || t->kind == TERM_OBJECT ? got : fail(c, got);
}

static enum format_result comprehension(struct writer *w, const struct rego_term *t,
                                        struct notes *c)
{
    const bool array = t->kind == TERM_ARRAY_COMP;
    const char open = array ? '[' : '{', close = array ? ']' : '}';
    const struct rego_term *const key = t->u.comp.key, *const value = t->u.comp.value;
    const struct spot here = spot_of_term(w, t);
    struct spot at = spot_of_term(w, value);
    enum format_result got = FORMAT_OK;

    buf_putc(&w->out, open);
    if (key) {
        at.row = here.row; /* the value stays on the key's line */
        if ((got = wrapped(w, term_is_union(key), key, c)) != FORMAT_OK) {
            buf_putc(&w->out, close);
            return fail(c, got);
        }
        buf_puts(&w->out, ": ");
    }
    if (at.row > here.row) {
        writer_end_line(w);
        writer_start_line(w);
    }
    const bool parens =
        value->kind == TERM_CALL && (term_is_union(value) || term_text_in_parens(value));
    if (key) {
        w->moved = value;
        w->moved_row = here.row;
    }
    got = format_term_parens(w, parens, value, c);
    if (got == FORMAT_OK) {
        buf_puts(&w->out, " |");
        got = format_inner_body(w, open, close, t->u.comp.body, &at, &here, c);
    } else {
        *c = notes_none();
    }
    buf_putc(&w->out, close);
    return got;
}

/* --- template strings --------------------------------------------------------------------- */

/* A { that is text is escaped. */
static void template_text(struct writer *w, const struct value *text, bool raw)
{
    AUTO_BUF struct buf b = BUF_INIT;
    size_t from = 0;

    if (raw)
        buf_add(&b, value_bytes(text), text->count);
    else
        rego_print(&b, text);
    const size_t end = b.len - (raw ? 0 : 1);
    for (size_t i = from = raw ? 0 : 1; b.data && i < end; i++) {
        if (b.data[i] == '{')
            buf_putc(&w->out, '\\');
        buf_putc(&w->out, b.data[i]);
    }
}

/* Comments within the braces, before the expression. */
static void template_lead(struct writer *w, const struct spot *at, struct notes *c)
{
    if (w->before_end) {
        writer_end_line(w);
        writer_start_line(w);
        return;
    }
    const size_t before = notes_before(c, at->row);

    if (before == 0)
        return;
    buf_putc(&w->out, ' ');
    w->in_line = true;
    writer_notes(w, c->at, before);
    c->at += before;
    c->n -= before;
}

static enum format_result template_part(struct writer *w, const struct rego_term *part,
                                        const struct rego_term *next, struct notes *c)
{
    const struct rego_expr *const e = part->u.comp.body->at[0];
    const struct spot at = spot_of_expr(w, e);

    buf_putc(&w->out, '{');
    w->level++;
    template_lead(w, &at, c);
    const enum format_result got = format_expr(w, e, c);
    if (got != FORMAT_OK)
        return got;
    if (next) {
        const struct spot after = spot_of_term(w, next);
        const size_t before = notes_before(c, after.row);

        if (before > 0) {
            writer_end_line(w);
            writer_notes(w, c->at, before);
            c->at += before;
            c->n -= before;
            writer_start_line(w);
        }
    }
    buf_putc(&w->out, '}');
    writer_down(w);
    return FORMAT_OK;
}

static enum format_result template_string(struct writer *w, const struct rego_term *t,
                                          struct notes *c)
{
    const char quote = t->raw ? '`' : '"';

    buf_putc(&w->out, '$');
    buf_putc(&w->out, quote);
    for (size_t i = 0; i < t->u.list.n; i++) {
        const struct rego_term *const part = t->u.list.at[i];
        enum format_result got;

        if (part->kind == TERM_CONST && value_is(part->u.value, VALUE_STRING))
            template_text(w, part->u.value, t->raw);
        else if (part->kind == TERM_CONST)
            rego_print(&w->out, part->u.value);
        else if ((got = template_part(w, part, i + 1 < t->u.list.n ? t->u.list.at[i + 1] : NULL,
                                      c)) != FORMAT_OK)
            return got;
    }
    buf_putc(&w->out, quote);
    return FORMAT_OK;
}

/* --- all ---------------------------------------------------------------------------------- */

static void constant(struct writer *w, const struct rego_term *t)
{
    const char *const text = w->source->text + t->loc.offset;

    /* strings stay as they are written */
    if (value_is(t->u.value, VALUE_STRING) && t->loc.len > 1 && (*text == '"' || *text == '`'))
        buf_add(&w->out, text, t->loc.len);
    else
        rego_print(&w->out, t->u.value);
}

static enum format_result write_kind(struct writer *w, bool parens, const struct rego_term *t,
                                     struct notes *c)
{
    enum format_result got = FORMAT_OK;

    switch (t->kind) {
    case TERM_CONST:
        constant(w, t);
        break;
    case TERM_VAR:
        put_var(w, t);
        break;
    case TERM_REF:
        got = format_ref(w, &t->u.list, c);
        break;
    case TERM_CALL:
        got = call_term(w, parens, t, c);
        break;
    case TERM_ARRAY:
    case TERM_SET:
    case TERM_OBJECT:
        got = collection(w, t, c);
        break;
    case TERM_ARRAY_COMP:
    case TERM_SET_COMP:
    case TERM_OBJECT_COMP:
        got = comprehension(w, t, c);
        break;
    case TERM_TEMPLATE:
        got = template_string(w, t, c);
        break;
    case TERM_LOCAL:
    case TERM_INPUT:
    case TERM_DATA:
        w->failed = "the tree is a checked one";
        got = FORMAT_FAILED;
        break;
    }
    return got;
}

enum format_result format_term_parens(struct writer *w, bool parens, const struct rego_term *t,
                                      struct notes *c)
{
    const struct spot here = spot_of_term(w, t);
    enum format_result got;

    if (w->paren_term == t) {
        w->paren_term = NULL;
        parens = true;
    }
    if ((got = writer_insert(w, c, &here)) != FORMAT_OK)
        return fail(c, got);
    if (!w->in_line)
        writer_start_line(w);
    if ((got = write_kind(w, parens, t, c)) != FORMAT_OK)
        return fail(c, got);
    if (!w->in_line)
        writer_start_line(w);
    return FORMAT_OK;
}

enum format_result format_term(struct writer *w, const struct rego_term *t, struct notes *c)
{
    const struct notes had = *c;
    const size_t len = w->out.len;
    const unsigned level = w->level;
    const enum format_result got = format_term_parens(w, false, t, c);

    if (got != FORMAT_COMMENT || had.n == 0)
        return got;
    const struct spot here = spot_of_term(w, t);

    w->out.len = len;
    w->out.data[len] = '\0';
    w->level = level;
    if (w->before_end && here.len && w->before_end->row >= here.row &&
        w->before_end->row <= spot_end_row(&here))
        w->before_end = NULL;
    *c = had;
    const enum format_result raw = writer_unformatted(w, &here, c);
    return raw == FORMAT_OK ? FORMAT_COMMENT : raw;
}
