/* policy/rego/format_writer.h - inside the formatter: lines, indentation, comments.
 *
 * Layer:   policy/rego
 * Owns:    a struct writer borrows its arena and source; `out` is its own.
 * Errors:  writers return a format_result. FORMAT_COMMENT: a comment stands where the layout has no
 *          place for one; whoever holds the term then writes it as it was.
 *
 *     format.c       modules, imports, rules       format_expr.c  expressions
 *     format_term.c  terms and lists of them       format_writer.c  this
 *
 * Comments that are not written yet are handed from writer to writer, in the order of the source.
 */
#ifndef POLICY_REGO_FORMAT_WRITER_H
#define POLICY_REGO_FORMAT_WRITER_H

#include "policy/rego/format.h"
#include "policy/rego/scan.h"

enum format_result { FORMAT_OK, FORMAT_COMMENT, FORMAT_FAILED };

/* A place in the source: its first row, and its text. Row 0: nowhere. */
struct spot {
    uint32_t row;
    const char *text;
    size_t len;
};

struct note {
    uint32_t row;
    const char *text; /* behind the #, trimmed */
    size_t len;
};
struct notes {
    const struct note *at;
    size_t n;
};

struct writer {
    struct arena *a;
    struct buf out;
    const struct rego_source *source;
    uint32_t *lines; /* offsets of line starts */
    size_t lines_n;
    unsigned level;
    bool in_line;        /* a line is begun */
    bool delay;          /* the end-of-line comment waits one line more */
    bool keep_last_note; /* of unformatted text: the comment on its last line goes along */
    const struct note *before_end;      /* comment for the end of this line */
    const struct rego_expr *paren_expr; /* is to be written in parentheses */
    const struct rego_term *paren_term;
    const struct spot *flat;       /* everything is taken to stand here */
    const struct rego_term *moved; /* a term that is taken to begin on another row */
    uint32_t moved_row;
    bool v1, contains, ifs, ref_heads;
    rego_keywords words; /* that refs quote as they were */
    const char *failed;  /* why nothing comes of it */
};

/* --- places ------------------------------------------------------------------------------- */

struct spot spot_at(const struct writer *w, uint32_t off, uint32_t end);
struct spot spot_of_term(const struct writer *w, const struct rego_term *t);
struct spot spot_of_expr(const struct writer *w, const struct rego_expr *e);
uint32_t spot_end_row(const struct spot *s);
/* Where what `open` begins in the text ends; row 0 where it cannot be told. Brackets of `skip`, if
 * any, are passed first. */
struct spot spot_closing(const struct spot *s, const char *skip, char open, char close);

/* --- lines -------------------------------------------------------------------------------- */

void writer_start_line(struct writer *w);
void writer_end_line(struct writer *w);
void writer_blank_line(struct writer *w);
void writer_line(struct writer *w, const struct note *note);
void writer_down(struct writer *w);

/* --- comments ----------------------------------------------------------------------------- */

struct notes notes_none(void);
/* How many of the comments stand before the row. */
size_t notes_before(const struct notes *c, uint32_t row);
void writer_notes(struct writer *w, const struct note *at, size_t n);
/* Write the comments before the spot's row; the one on it waits for the end of the line. */
enum format_result writer_insert(struct writer *w, struct notes *c, const struct spot *s);
/* The text as it is, with its comments. */
enum format_result writer_unformatted(struct writer *w, const struct spot *s, struct notes *c);

/* --- format_term.c ------------------------------------------------------------------------ */

struct format_items {
    const struct rego_term *const *at; /* terms, or of objects keys and values in turn */
    size_t n;                          /* of items */
    bool pairs;
    bool union_parens; /* a | b needs parentheses among these */
};

bool term_text_in_parens(const struct rego_term *t);
bool term_is_union(const struct rego_term *t);
const char *format_infix(const struct rego_term *callee);
enum format_result format_term(struct writer *w, const struct rego_term *t, struct notes *c);
enum format_result format_term_parens(struct writer *w, bool parens, const struct rego_term *t,
                                      struct notes *c);
enum format_result format_ref(struct writer *w, const struct rego_terms *ref, struct notes *c);
enum format_result format_items(struct writer *w, const struct format_items *items,
                                const struct spot *last, const struct spot *close, struct notes *c);
enum format_result format_call(struct writer *w, const struct rego_term *call, struct notes *c);
enum format_result format_in(struct writer *w, bool parens, struct rego_term *const *args, size_t n,
                             struct notes *c);
void format_ref_step(struct writer *w, const struct value *name, bool quoted);

/* --- format_expr.c ------------------------------------------------------------------------ */

enum format_result format_expr(struct writer *w, const struct rego_expr *e, struct notes *c);
enum format_result format_body(struct writer *w, const struct rego_body *b, struct notes *c);
/* What stands behind | or { of `whole`; `from` is where its line began. */
enum format_result format_inner_body(struct writer *w, char open, char close,
                                     const struct rego_body *b, const struct spot *from,
                                     const struct spot *whole, struct notes *c);
bool expr_is_set(const struct rego_expr *e);
/* The union that leads the expression gets parentheses. */
void format_mark_union(struct writer *w, const struct rego_expr *e);

#endif
