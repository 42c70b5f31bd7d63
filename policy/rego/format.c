#include "policy/rego/format.h"

#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/rego/format_writer.h"
#include "policy/rego/tree.h"

/* --- rules -------------------------------------------------------------------------------- */

static struct spot head_spot(const struct writer *w, const struct rego_rule *r)
{
    return r->chained ? spot_at(w, r->loc.offset, r->loc.offset + r->loc.len)
                      : spot_at(w, r->head_off, r->head_end);
}

static struct spot rule_spot(const struct writer *w, const struct rego_rule *r)
{
    /* a rule without a body that `contains` ends with its head */
    return !r->body && (r->has_contains || r->of_body)
               ? head_spot(w, r)
               : spot_at(w, r->loc.offset, r->loc.offset + r->loc.len);
}

static bool is_true(const struct rego_term *t)
{
    return t && t->kind == TERM_CONST && value_is(t->u.value, VALUE_BOOL) && value_bool(t->u.value);
}

/* `p := 1`, and what says no more: `p if true`. */
static bool no_body(const struct rego_rule *r)
{
    if (r->otherwise)
        return false;
    return !r->body || (r->body->n == 1 && r->body->at[0]->kind == EXPR_TERM &&
                        r->body->at[0]->with_n == 0 && is_true(r->body->at[0]->u.term));
}

/* The key that the head has besides its name: of a set, and of documents p[x] in v0's way. */
static const struct rego_term *head_key(const struct rego_rule *r)
{
    const struct rego_terms *const ref = &r->ref->u.list;

    if (r->kind == RULE_SET)
        return r->value;
    if (r->kind == RULE_FUNCTION || ref->n != 2)
        return NULL;
    return r->has_if && ref->at[1]->kind == TERM_CONST ? NULL : ref->at[1];
}

static enum format_result head_name(struct writer *w, const struct rego_rule *r,
                                    const struct spot *head, bool *whole, struct notes *c)
{
    const struct rego_terms *const ref = &r->ref->u.list;

    *whole = false;
    if (w->ref_heads || ref->n == 1)
        return format_ref(w, ref, c);
    const struct spot key = spot_of_term(w, ref->at[1]);
    struct notes none = {0};

    *whole = c->n > 0 && c->at->row == key.row;
    if (*whole)
        return writer_unformatted(w, head, c);
    if (format_ref(w, &(struct rego_terms){.at = ref->at, .n = 1}, &none) != FORMAT_OK)
        return FORMAT_FAILED;
    buf_putc(&w->out, '[');
    /* a comment is none of the key's: it is written without */
    if (format_term(w, ref->at[1], &none) == FORMAT_FAILED)
        return FORMAT_FAILED;
    buf_putc(&w->out, ']');
    return FORMAT_OK;
}

static enum format_result head_args(struct writer *w, const struct rego_rule *r,
                                    const struct spot *head, struct notes *c)
{
    const struct format_items args = {.at = (const struct rego_term *const *)r->args.at,
                                      .n = r->args.n};
    const struct spot close = spot_closing(head, NULL, '(', ')');

    buf_putc(&w->out, '(');
    const enum format_result got = format_items(w, &args, head, &close, c);
    buf_putc(&w->out, ')');
    return got;
}

/* Does the head say its value? */
static bool says_value(const struct writer *w, const struct rego_rule *r, bool is_else, bool bare)
{
    const struct rego_term *const key = is_else ? NULL : head_key(r);

    if (r->kind == RULE_SET)
        return false;
    if (!key && is_true(r->value) && !bare && !r->is_default)
        return false;
    if (!r->implicit_value || is_else)
        return !(r->of_body && r->kind == RULE_FUNCTION && is_true(r->value) && !r->assign &&
                 r->value->loc.offset == r->loc.offset);
    /* the value was made by the parser */
    return !key && bare && (!r->of_body || w->v1);
}

static enum format_result rule_head(struct writer *w, const struct rego_rule *r, bool is_else,
                                    bool bare, struct notes *c)
{
    const struct spot head = head_spot(w, r);
    enum format_result got = FORMAT_OK;
    bool whole = false;

    if (is_else) {
        buf_puts(&w->out, "else");
        got = writer_insert(w, c, &head);
        w->moved = r->value;
        w->moved_row = head.row;
    } else {
        got = head_name(w, r, &head, &whole, c);
    }
    if (whole)
        return got;
    if (got == FORMAT_OK && !is_else && r->args.n > 0)
        got = head_args(w, r, &head, c);
    if (got != FORMAT_OK)
        return got;
    if (r->kind == RULE_SET) {
        buf_puts(&w->out, w->contains ? " contains " : "[");
        got = format_term(w, r->value, c);
        if (got == FORMAT_OK && !w->contains)
            buf_putc(&w->out, ']');
    } else if (says_value(w, r, is_else, bare)) {
        buf_puts(&w->out, r->assign || w->v1 ? " := " : " = ");
        got = format_term(w, r->value, c);
    }
    return got;
}

static enum format_result write_rule(struct writer *w, const struct rego_rule *r, bool is_else,
                                     struct notes *c);

/* Was the text before this else on its line? */
static bool else_is_inline(const struct writer *w, const struct rego_rule *r)
{
    const char *const start = w->source->text + r->loc.offset;
    const char *at = w->source->text + r->otherwise->head_off;

    while (at > start && (at[-1] == ' ' || at[-1] == '\t' || at[-1] == '\r'))
        at--;
    return at > start && at[-1] != '\n';
}

static enum format_result write_else(struct writer *w, const struct rego_rule *r, struct notes *c)
{
    const struct rego_rule *const other = r->otherwise;
    const struct spot whole = rule_spot(w, r), head = head_spot(w, other);
    const bool was_inline = head.row > whole.row && else_is_inline(w, r);
    const bool note_above = (c->n > 0 && c->at->row < head.row) || w->before_end;

    if (!note_above && was_inline) {
        buf_putc(&w->out, ' ');
    } else {
        writer_blank_line(w);
        writer_start_line(w);
    }
    const enum format_result got = writer_insert(w, c, &head);
    if (got != FORMAT_OK) {
        *c = notes_none();
        return got;
    }
    if (note_above && !was_inline)
        writer_start_line(w);
    return write_rule(w, other, true, c);
}

/* The single expression behind `if`, where it stands on the head's last line. */
static bool on_head_line(const struct writer *w, const struct rego_rule *r, bool is_else)
{
    const struct spot head = head_spot(w, r), at = spot_of_expr(w, r->body->at[0]);

    if (r->body->n != 1 || expr_is_set(r->body->at[0]))
        return false;
    /* what follows `else if` without braces counts as standing there */
    return is_else && w->source->text[r->loc.offset + r->loc.len - 1] != '}'
               ? head.row == spot_end_row(&head) || at.row == spot_end_row(&head)
               : at.row == spot_end_row(&head);
}

static enum format_result inline_body(struct writer *w, const struct rego_rule *r, bool is_else,
                                      struct notes *c)
{
    buf_putc(&w->out, ' ');
    (void)is_else;
    const enum format_result got = format_expr(w, r->body->at[0], c);

    if (got == FORMAT_FAILED)
        return got;
    writer_end_line(w);
    return r->otherwise ? write_else(w, r, c) : FORMAT_OK;
}

static enum format_result block(struct writer *w, const struct rego_rule *r, bool is_else,
                                struct notes *c)
{
    const struct spot whole = rule_spot(w, r);
    const char *const skip = r->args.n > 0 && !is_else ? "()"
                             : head_key(r) && !is_else ? "[]"
                                                       : NULL;

    if (w->ifs && !is_else && (w->contains || r->kind != RULE_SET))
        format_mark_union(w, r->body->at[0]);
    w->level++;
    enum format_result got = format_body(w, r->body, c);
    if (got == FORMAT_FAILED)
        return got;
    const struct spot close = spot_closing(&whole, skip, '{', '}');
    got = writer_insert(w, c, &close);
    if (got != FORMAT_OK) {
        *c = notes_none();
        return got;
    }
    writer_down(w);
    writer_start_line(w);
    buf_putc(&w->out, '}');
    return r->otherwise ? write_else(w, r, c) : FORMAT_OK;
}

static enum format_result write_rule(struct writer *w, const struct rego_rule *r, bool is_else,
                                     struct notes *c)
{
    const bool bare = no_body(r);

    if (!is_else)
        writer_start_line(w);
    if (r->is_default)
        buf_puts(&w->out, "default ");
    w->keep_last_note = bare;
    const struct spot place = head_spot(w, r);
    /* the second body's head is taken to stand where the body does */
    w->flat = r->chained ? &place : NULL;
    const enum format_result head = rule_head(w, r, is_else, bare, c);
    w->flat = NULL;
    if (head == FORMAT_FAILED)
        return head;
    if (bare) {
        writer_end_line(w);
        return FORMAT_OK;
    }
    w->keep_last_note = true;
    if (w->ifs && (w->contains || r->kind != RULE_SET)) {
        buf_puts(&w->out, " if");
        if (on_head_line(w, r, is_else))
            return inline_body(w, r, is_else, c);
    }
    if (head == FORMAT_COMMENT && c->n > 0) {
        buf_puts(&w->out, " { ");
    } else {
        buf_puts(&w->out, " {");
        writer_end_line(w);
    }
    return block(w, r, is_else, c);
}

/* Is it written on one line, so that it may stand right above another one? */
static bool groupable(const struct writer *w, const struct rego_rule *r)
{
    if ((r->body && r->body->n > 1) || r->is_default || r->otherwise)
        return false;
    if (r->body && r->body->n == 1 && expr_is_set(r->body->at[0]))
        return false;
    return w->ifs && (w->contains || r->kind != RULE_SET);
}

static enum format_result write_rules(struct writer *w, struct rego_rule *const *rules, size_t n,
                                      struct notes *c)
{
    for (size_t i = 0; i < n; i++) {
        const struct spot at = rule_spot(w, rules[i]);

        if (writer_insert(w, c, &at) == FORMAT_FAILED ||
            write_rule(w, rules[i], false, c) == FORMAT_FAILED)
            return FORMAT_FAILED;
        if (i + 1 < n && groupable(w, rules[i]) && groupable(w, rules[i + 1])) {
            const struct spot next = rule_spot(w, rules[i + 1]);

            if (next.row == at.row + 1)
                continue;
        }
        writer_blank_line(w);
    }
    return FORMAT_OK;
}

/* --- imports ------------------------------------------------------------------------------ */

struct line {
    const struct rego_import *import; /* NULL: `import rego.v1`, put in */
    uint32_t row, offset;
    const struct note *note; /* on its line */
};

static const struct value *step_name(const struct rego_term *t)
{
    return t->kind == TERM_VAR ? t->u.name : t->u.value;
}

static int by_name(const void *x, const void *y)
{
    const struct line *const a = x, *const b = y;

    if (!a->import || !b->import)
        return !b->import - !a->import;
    const struct rego_terms *const p = &a->import->path->u.list, *const q =
                                                                     &b->import->path->u.list;
    for (size_t i = 0; i < p->n && i < q->n; i++) {
        const int d = value_compare(step_name(p->at[i]), step_name(q->at[i]));

        if (d)
            return d;
    }
    if (p->n != q->n)
        return p->n < q->n ? -1 : 1;
    if (!a->import->alias || !b->import->alias)
        return (a->import->alias != NULL) - (b->import->alias != NULL);
    return value_compare(a->import->alias, b->import->alias);
}

static void write_import(struct writer *w, const struct line *l)
{
    writer_start_line(w);
    buf_puts(&w->out, "import ");
    if (!l->import) {
        buf_puts(&w->out, "rego.v1");
    } else {
        const struct rego_terms *const path = &l->import->path->u.list;

        buf_puts(&w->out, value_bytes(path->at[0]->u.name));
        for (size_t i = 1; i < path->n; i++)
            format_ref_step(w, path->at[i]->u.value,
                            w->source->text[path->at[i]->loc.offset] == '"');
        if (l->import->alias)
            buf_printf(&w->out, " as %s", value_bytes(l->import->alias));
    }
    if (l->note) {
        buf_puts(&w->out, " #");
        buf_add(&w->out, l->note->text, l->note->len);
    }
    writer_end_line(w);
}

/* The comments on the imports' lines go to them; the others stay in order. */
static bool take_notes(struct writer *w, struct line *lines, size_t n, struct notes *c)
{
    struct note *const rest = ARENA_NEW_N(w->a, struct note, c->n + 1);
    size_t kept = 0;

    if (!rest)
        return false;
    for (size_t k = 0; k < c->n; k++) {
        bool taken = false;

        for (size_t i = 0; i < n && !taken; i++) {
            taken = lines[i].import && lines[i].row == c->at[k].row;
            if (taken)
                lines[i].note = &c->at[k];
        }
        if (!taken)
            rest[kept++] = c->at[k];
    }
    *c = (struct notes){.at = rest, .n = kept};
    return true;
}

static enum format_result write_imports(struct writer *w, struct line *lines, size_t n,
                                        struct notes *c)
{
    if (n > 0 && !take_notes(w, lines, n, c))
        return FORMAT_FAILED;
    for (size_t first = 0, end; first < n; first = end) {
        const struct spot at = {.row = lines[first].row};

        for (end = first + 1; end < n && lines[end].row <= lines[end - 1].row + 1;)
            end++;
        if (writer_insert(w, c, &at) == FORMAT_FAILED)
            return FORMAT_FAILED;
        qsort(lines + first, end - first, sizeof(*lines), by_name);
        for (size_t i = first; i < end; i++)
            write_import(w, &lines[i]);
        writer_blank_line(w);
    }
    return FORMAT_OK;
}

/* --- the module --------------------------------------------------------------------------- */

static bool imports_word(const struct rego_import *imp, const char *head, const char *second)
{
    const struct rego_terms *const path = &imp->path->u.list;

    return term_is_var(path->at[0], head) && path->n > 1 &&
           value_is_str(path->at[1]->u.value, second);
}

static bool any_import(const struct rego_module *m, const char *head, const char *second)
{
    for (size_t i = 0; i < m->imports_n; i++)
        if (imports_word(&m->imports[i], head, second))
            return true;
    return false;
}

/* Does `import future.keywords` open this word, by itself or with all? */
static bool future_word(const struct rego_module *m, const char *word)
{
    for (size_t i = 0; i < m->imports_n; i++) {
        const struct rego_terms *const path = &m->imports[i].path->u.list;

        if (imports_word(&m->imports[i], "future", "keywords") &&
            (path->n == 2 || value_is_str(path->at[2]->u.value, word)))
            return true;
    }
    return false;
}

/* Is this word opened by name? */
static bool names_word(const struct rego_module *m, const char *word)
{
    for (size_t i = 0; i < m->imports_n; i++) {
        const struct rego_terms *const path = &m->imports[i].path->u.list;

        if (imports_word(&m->imports[i], "future", "keywords") && path->n == 3 &&
            value_is_str(path->at[2]->u.value, word))
            return true;
    }
    return false;
}

/* The keywords that refs may have to quote. */
static void choose_words(struct writer *w, const struct rego_module *m)
{
    static const char *const words[] = {"and", "contains", "every", "if", "in", "not", "or"};
    const bool v2 = any_import(m, "rego", "v2");

    w->words = w->v1 || v2 ? rego_keywords_v1() : rego_keywords_v0();
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (v2 || names_word(m, words[i]))
            w->words |= rego_keyword_bit(rego_keyword(words[i], strlen(words[i])));
}

static void choose(struct writer *w, const struct rego_module *m, const struct format_options *o)
{
    const bool imported = any_import(m, "rego", "v1") || any_import(m, "rego", "v2");

    w->v1 = o->version == REGO_V1 || o->v0_to_v1;
    w->contains = w->v1 || imported || future_word(m, "contains");
    w->ifs = w->v1 || imported || future_word(m, "if");
    choose_words(w, m);
    for (size_t i = 0; i < m->rules_n; i++) {
        const struct rego_rule *const r = m->rules[i];

        w->ref_heads =
            w->ref_heads || r->ref->u.list.n > 2 || (r->ref->u.list.n == 2 && r->kind == RULE_SET);
    }
}

static bool keeps_import(const struct rego_module *m, const struct format_options *o, bool v1,
                         const struct rego_import *imp)
{
    const bool v2 = any_import(m, "rego", "v2");
    const bool drop = o->drop_imports && o->version == REGO_V1;
    const bool rego_v1 = any_import(m, "rego", "v1") || o->v0_to_v1;

    if (imports_word(imp, "rego", "v1"))
        return !v2 && !drop;
    if (!imports_word(imp, "future", "keywords") || !(v1 || rego_v1 || v2) ||
        !(o->drop_imports || rego_v1 || v2))
        return true;
    /* words that v1 itself has not got stay imported */
    const struct rego_terms *const path = &imp->path->u.list;
    return !v2 && path->n == 3 &&
           (value_is_str(path->at[2]->u.value, "not") ||
            value_is_str(path->at[2]->u.value, "and") || value_is_str(path->at[2]->u.value, "or"));
}

static int by_row(const void *x, const void *y)
{
    const struct line *const a = x, *const b = y;

    return a->offset < b->offset ? -1 : a->offset > b->offset;
}

static uint32_t last_future_row(const struct writer *w, const struct rego_module *m)
{
    uint32_t row = 0;

    for (size_t i = 0; i < m->imports_n; i++) {
        const struct spot at = spot_at(w, m->imports[i].loc.offset, m->imports[i].loc.offset + 6);

        if (term_is_var(m->imports[i].path->u.list.at[0], "future") && at.row > row)
            row = at.row;
    }
    return row;
}

static struct line *import_lines(struct writer *w, const struct rego_module *m,
                                 const struct format_options *o, size_t *n)
{
    struct line *const lines = ARENA_NEW_N(w->a, struct line, m->imports_n + 2);

    *n = 0;
    if (!lines)
        return NULL;
    for (size_t i = 0; i < m->imports_n; i++) {
        const struct rego_import *const imp = &m->imports[i];

        if (keeps_import(m, o, w->v1, imp))
            lines[(*n)++] =
                (struct line){.import = imp,
                              .row = spot_at(w, imp->loc.offset, imp->loc.offset + 6).row,
                              .offset = imp->loc.offset};
    }
    if (o->v0_to_v1 && !any_import(m, "rego", "v1")) {
        const uint32_t row = last_future_row(w, m);
        const uint32_t next = row && row < w->lines_n ? w->lines[row] : 0;
        const uint32_t rule = m->rules_n ? m->rules[0]->loc.offset : next;

        lines[(*n)++] =
            (struct line){.row = row ? row + 1 : 1, .offset = next < rule ? next : rule};
    }
    qsort(lines, *n, sizeof(*lines), by_row);
    return lines;
}

static void write_package(struct writer *w, const struct rego_module *m, struct notes *c)
{
    const struct spot at =
        spot_at(w, m->package_loc.offset, m->package_loc.offset + m->package_loc.len);

    (void)writer_insert(w, c, &at);
    writer_start_line(w);
    buf_printf(&w->out, "package %s", value_bytes(value_at(m->package, 0)));
    for (size_t i = 1; i < m->package->count; i++)
        format_ref_step(w, value_at(m->package, i),
                        w->source->text[m->package_path->u.list.at[i]->loc.offset] == '"');
    writer_blank_line(w);
}

/* Imports and rules in turn, as the text has them. */
static enum format_result write_statements(struct writer *w, const struct rego_module *m,
                                           struct line *lines, size_t lines_n, struct notes *c)
{
    size_t l = 0, r = 0;

    while (l < lines_n || r < m->rules_n) {
        size_t le = l, re = r;

        while (le < lines_n && (r == m->rules_n || lines[le].offset <= m->rules[r]->loc.offset))
            le++;
        if (write_imports(w, lines + l, le - l, c) == FORMAT_FAILED)
            return FORMAT_FAILED;
        l = le;
        while (re < m->rules_n && (l == lines_n || m->rules[re]->loc.offset < lines[l].offset))
            re++;
        if (write_rules(w, m->rules + r, re - r, c) == FORMAT_FAILED)
            return FORMAT_FAILED;
        r = re;
    }
    return FORMAT_OK;
}

static bool find_lines(struct writer *w)
{
    size_t n = 1;

    for (size_t i = 0; i < w->source->len; i++)
        n += w->source->text[i] == '\n';
    w->lines = ARENA_NEW_N(w->a, uint32_t, n + 1);
    if (!w->lines)
        return false;
    w->lines_n = 1;
    for (size_t i = 0; i < w->source->len; i++)
        if (w->source->text[i] == '\n')
            w->lines[w->lines_n++] = (uint32_t)i + 1;
    return true;
}

static bool find_notes(struct writer *w, const struct rego_module *m, struct notes *c)
{
    struct note *const at = ARENA_NEW_N(w->a, struct note, m->comments_n + 1);

    if (!at)
        return false;
    for (size_t i = 0; i < m->comments_n; i++) {
        const struct rego_loc l = m->comments[i].loc;
        size_t len = l.len;

        while (len > 0 && strchr(" \t\r\v\f\n", w->source->text[l.offset + len - 1]))
            len--;
        at[i] = (struct note){.row = spot_at(w, l.offset, l.offset + 1).row,
                              .text = w->source->text + l.offset,
                              .len = len};
    }
    *c = (struct notes){.at = at, .n = m->comments_n};
    return true;
}

static int write_module(struct writer *w, const struct rego_module *m,
                        const struct format_options *o, struct err *err)
{
    struct notes c;
    size_t n;

    if (!find_lines(w) || !find_notes(w, m, &c))
        return err_nomem(err);
    choose(w, m, o);
    struct line *const lines = import_lines(w, m, o, &n);
    if (!lines)
        return err_nomem(err);
    write_package(w, m, &c);
    if (write_statements(w, m, lines, n, &c) == FORMAT_FAILED || w->failed)
        return err_set(err, ERR_INVALID, "%s: cannot be laid out: %s", w->source->name,
                       w->failed ? w->failed : "out of memory");
    for (size_t i = 0; i < c.n; i++)
        writer_line(w, &c.at[i]);
    while (w->out.len > 1 && w->out.data[w->out.len - 2] == '\n')
        w->out.len--;
    return buf_check(&w->out, err);
}

/* What was written must read back. */
static int read_back(struct arena *a, const struct buf *text, const char *name,
                     const struct format_options *o, struct err *err)
{
    struct rego_source *const again = ARENA_NEW(a, struct rego_source);
    const struct rego_options opt = {.version = o->version};
    struct rego_diags diags = {0};
    struct rego_module *m;

    if (!again)
        return err_nomem(err);
    *again = (struct rego_source){.name = name, .text = text->data, .len = text->len};
    if (rego_parse(a, again, &opt, &m, &diags, err) < 0)
        return err_ctx(err, "the formatted text of %s does not read back", name);
    return 0;
}

int rego_format(struct arena *a, struct rego_source *source, const struct format_options *o,
                struct buf *out, struct rego_diags *diags, struct err *err)
{
    const struct rego_options opt = {.version = o->version};
    struct writer w = {.a = a, .source = source};
    struct rego_module *m;

    if (rego_parse(a, source, &opt, &m, diags, err) < 0)
        return -1;
    int got = write_module(&w, m, o, err);
    if (got == 0)
        got = read_back(a, &w.out, source->name, o, err);
    if (got == 0)
        buf_add(out, w.out.data, w.out.len);
    buf_done(&w.out);
    return got < 0 ? -1 : buf_check(out, err);
}
