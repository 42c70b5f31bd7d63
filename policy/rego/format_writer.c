#include "policy/rego/format_writer.h"

#include <string.h>

/* --- places ------------------------------------------------------------------------------- */

static uint32_t row_of(const struct writer *w, uint32_t off)
{
    size_t low = 0, high = w->lines_n;

    while (high - low > 1) {
        const size_t mid = low + (high - low) / 2;

        if (w->lines[mid] <= off)
            low = mid;
        else
            high = mid;
    }
    return (uint32_t)low + 1;
}

struct spot spot_at(const struct writer *w, uint32_t off, uint32_t end)
{
    if (w->flat)
        return *w->flat;
    return (struct spot){
        .row = row_of(w, off), .text = w->source->text + off, .len = end > off ? end - off : 0};
}

static uint32_t text_start(const struct rego_term *t)
{
    if (t->parens)
        return t->paren_off;
    if (t->kind == TERM_CALL && format_infix(t->u.call.callee.name) && t->u.call.args.n > 0 &&
        t->u.call.args.at[0]->loc.offset <= t->u.call.callee.name->loc.offset)
        return text_start(t->u.call.args.at[0]);
    return t->loc.offset;
}

/* The row is the term's own, the text has its parentheses. */
struct spot spot_of_term(const struct writer *w, const struct rego_term *t)
{
    const uint32_t start = text_start(t);
    struct spot s = spot_at(w, t->loc.offset, t->loc.offset + t->loc.len);

    if (w->flat)
        return s;
    if (w->moved == t)
        s.row = w->moved_row;
    s.text = w->source->text + start;
    s.len = (t->parens ? t->paren_end : t->loc.offset + t->loc.len) - start;
    return s;
}

struct spot spot_of_expr(const struct writer *w, const struct rego_expr *e)
{
    uint32_t start = e->loc.offset, end = e->loc.offset + e->loc.len;
    const struct rego_term *const first = e->kind == EXPR_TERM || e->kind == EXPR_CALL ? e->u.term
                                          : e->kind == EXPR_UNIFY || e->kind == EXPR_ASSIGN
                                              ? e->u.two.left
                                              : NULL;

    if (first && text_start(first) < start)
        start = text_start(first);
    if (first && first->parens && first == e->u.term && first->paren_end > end)
        end = first->paren_end;
    for (size_t i = 0; i < e->with_n; i++) {
        const struct rego_term *const v = e->with[i].value;
        const uint32_t last = v->parens ? v->paren_end : v->loc.offset + v->loc.len;

        end = last > end ? last : end;
    }
    return spot_at(w, start, end);
}

static size_t count_lines(const char *text, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++)
        n += text[i] == '\n';
    return n;
}

uint32_t spot_end_row(const struct spot *s)
{
    return s->row + (uint32_t)count_lines(s->text, s->len);
}

/* From the first `open` on to its end; newlines between are counted in *rows. */
static bool pass(const struct spot *s, char open, char close, size_t *at, uint32_t *rows)
{
    size_t i = *at;
    unsigned depth = 1;

    while (i < s->len && s->text[i] != open)
        i++;
    while (depth > 0) {
        if (++i >= s->len)
            return false;
        if (s->text[i] == open && open != close)
            depth++;
        else if (s->text[i] == close)
            depth--;
        else if (s->text[i] == '\n')
            ++*rows;
    }
    *at = i;
    return true;
}

struct spot spot_closing(const struct spot *s, const char *skip, char open, char close)
{
    size_t at = 0;
    uint32_t rows = 0;

    if ((skip && !pass(s, skip[0], skip[1], &at, &rows)) || !pass(s, open, close, &at, &rows))
        return (struct spot){0};
    return (struct spot){.row = s->row + rows};
}

/* --- lines -------------------------------------------------------------------------------- */

void writer_start_line(struct writer *w)
{
    w->in_line = true;
    for (unsigned i = 0; i < w->level; i++)
        buf_putc(&w->out, '\t');
}

static void put_note(struct writer *w, const struct note *note)
{
    buf_putc(&w->out, '#');
    buf_add(&w->out, note->text, note->len);
}

void writer_end_line(struct writer *w)
{
    w->in_line = false;
    if (w->before_end && !w->delay) {
        buf_putc(&w->out, ' ');
        put_note(w, w->before_end);
        w->before_end = NULL;
    }
    w->delay = false;
    buf_putc(&w->out, '\n');
}

void writer_blank_line(struct writer *w)
{
    if (w->in_line)
        writer_end_line(w);
    buf_putc(&w->out, '\n');
}

void writer_line(struct writer *w, const struct note *note)
{
    if (!w->in_line)
        writer_start_line(w);
    put_note(w, note);
    writer_end_line(w);
}

void writer_down(struct writer *w)
{
    if (w->level > 0)
        w->level--;
    else
        w->failed = "it ends more blocks than it begins";
}

/* --- comments ----------------------------------------------------------------------------- */

struct notes notes_none(void)
{
    return (struct notes){0};
}

size_t notes_before(const struct notes *c, uint32_t row)
{
    size_t n = 0;

    while (n < c->n && c->at[n].row < row)
        n++;
    return n;
}

static bool begins_metadata(const struct note *c)
{
    size_t i = 0;

    while (i < c->len && c->text[i] == ' ')
        i++;
    return c->len - i == 8 && memcmp(c->text + i, "METADATA", 8) == 0;
}

void writer_notes(struct writer *w, const struct note *at, size_t n)
{
    bool metadata = false;

    for (size_t i = 0; i < n; i++) {
        if (i > 0 && at[i].row - at[i - 1].row > 1) {
            writer_blank_line(w);
            metadata = false;
        } else if (i > 0 && metadata && begins_metadata(&at[i])) {
            writer_blank_line(w);
        }
        metadata = metadata || begins_metadata(&at[i]);
        writer_line(w, &at[i]);
    }
}

static enum format_result set_before_end(struct writer *w, const struct note *note)
{
    if (!w->before_end) {
        w->before_end = note;
        return FORMAT_OK;
    }
    if (!note)
        return FORMAT_OK;
    w->before_end = NULL;
    return FORMAT_COMMENT;
}

enum format_result writer_insert(struct writer *w, struct notes *c, const struct spot *s)
{
    const size_t before = notes_before(c, s->row);
    const struct note *const first = c->at, *same = NULL;

    writer_notes(w, first, before);
    if (before > 0 && s->row - first[before - 1].row > 1)
        writer_blank_line(w);
    c->at += before;
    c->n -= before;
    while (c->n > 0 && c->at->row == s->row) {
        same = c->at++;
        c->n--;
    }
    return set_before_end(w, same);
}

enum format_result writer_unformatted(struct writer *w, const struct spot *s, struct notes *c)
{
    const uint32_t last = spot_end_row(s);

    if (s->len == 0) {
        w->failed = "a comment stands where it cannot be kept";
        return FORMAT_FAILED;
    }
    buf_add(&w->out, s->text, s->len);
    while (c->n > 0 && c->at->row < last) {
        c->at++;
        c->n--;
    }
    if (w->keep_last_note && c->n > 0 && c->at->row == last) {
        buf_putc(&w->out, ' ');
        put_note(w, c->at);
        c->at++;
        c->n--;
    }
    return FORMAT_OK;
}
