#include "cli/diff.h"

#include <stdlib.h>
#include <string.h>

#include "base/own.h"

struct line {
    const char *text;
    size_t len;
};

/* One step of the edit script. */
struct step {
    char kind; /* ' ', '-', '+' */
    struct line line;
    size_t a, b; /* lines before it in each text */
};

static size_t split(const char *text, struct line *lines, size_t max)
{
    size_t n = 0;

    while (*text && n < max) {
        const size_t len = strcspn(text, "\n");

        lines[n++] = (struct line){text, len};
        text += len + (text[len] == '\n');
    }
    return *text ? max + 1 : n;
}

static bool same(const struct line *x, const struct line *y)
{
    return x->len == y->len && memcmp(x->text, y->text, x->len) == 0;
}

struct script {
    struct step *steps;
    size_t n;
};

static void step(struct script *s, char kind, const struct line *line, size_t a, size_t b)
{
    s->steps[s->n++] = (struct step){kind, *line, a, b};
}

/* Longest common subsequence of the middle, n * m cells: what hardening changes is small once the
 * common head and tail are off, and larger middles are told as one replacement. */
static int middle(struct script *s, const struct line *a, size_t n, const struct line *b, size_t m,
                  size_t at_a, size_t at_b, struct err *err)
{
    enum { CELLS_MAX = 16 * 1024 * 1024 };
    const size_t width = m + 1;
    size_t i = 0, j = 0;
    AUTO_FREE unsigned *len = NULL;

    if (n > 0 && m > 0 && (n + 1) <= CELLS_MAX / width) {
        len = calloc((n + 1) * width, sizeof *len);
        if (!len)
            return err_nomem(err);
        for (size_t x = n; x-- > 0;) {
            for (size_t y = m; y-- > 0;) {
                const unsigned down = len[(x + 1) * width + y], right = len[x * width + y + 1];

                len[x * width + y] = same(&a[x], &b[y]) ? len[(x + 1) * width + y + 1] + 1
                                     : down > right     ? down
                                                        : right;
            }
        }
    }
    while (i < n || j < m) {
        if (len && i < n && j < m && same(&a[i], &b[j])) {
            step(s, ' ', &a[i], at_a + i, at_b + j);
            i++, j++;
        } else if (i < n &&
                   (!len || j == m || len[(i + 1) * width + j] >= len[i * width + j + 1])) {
            step(s, '-', &a[i], at_a + i, at_b + j);
            i++;
        } else {
            step(s, '+', &b[j], at_a + i, at_b + j);
            j++;
        }
    }
    return 0;
}

static void print_hunk(struct buf *out, const struct script *s, size_t from, size_t to)
{
    size_t a = 0, b = 0;

    for (size_t i = from; i < to; i++) {
        a += s->steps[i].kind != '+';
        b += s->steps[i].kind != '-';
    }
    buf_printf(out, "@@ -%zu,%zu +%zu,%zu @@\n", s->steps[from].a + (a > 0), a,
               s->steps[from].b + (b > 0), b);
    for (size_t i = from; i < to; i++) {
        buf_putc(out, s->steps[i].kind);
        buf_add(out, s->steps[i].line.text, s->steps[i].line.len);
        buf_putc(out, '\n');
    }
}

static void print_hunks(struct buf *out, const struct script *s)
{
    for (size_t i = 0; i < s->n;) {
        if (s->steps[i].kind == ' ') {
            i++;
            continue;
        }
        const size_t from = i > DIFF_CONTEXT ? i - DIFF_CONTEXT : 0;
        size_t last = i; /* the last changed step of this hunk */
        for (size_t j = i; j < s->n && j - last <= 2 * DIFF_CONTEXT; j++) {
            if (s->steps[j].kind != ' ')
                last = j;
        }
        const size_t to = last + 1 + DIFF_CONTEXT < s->n ? last + 1 + DIFF_CONTEXT : s->n;
        print_hunk(out, s, from, to);
        i = to;
    }
}

int diff_print(struct buf *out, const char *name, const char *before, const char *after,
               struct err *err)
{
    AUTO_FREE struct line *a = calloc(DIFF_LINES_MAX, sizeof *a);
    AUTO_FREE struct line *b = calloc(DIFF_LINES_MAX, sizeof *b);
    AUTO_FREE struct step *steps = calloc(2u * DIFF_LINES_MAX, sizeof *steps);
    struct script s = {steps, 0};
    size_t head = 0, tail = 0;

    if (!a || !b || !steps)
        return err_nomem(err);
    const size_t n = split(before, a, DIFF_LINES_MAX), m = split(after, b, DIFF_LINES_MAX);
    if (n > DIFF_LINES_MAX || m > DIFF_LINES_MAX)
        return err_set(err, ERR_LIMIT, "%s: more than %d lines to compare", name, DIFF_LINES_MAX);

    while (head < n && head < m && same(&a[head], &b[head]))
        step(&s, ' ', &a[head], head, head), head++;
    if (head == n && head == m)
        return 0;
    while (tail < n - head && tail < m - head && same(&a[n - 1 - tail], &b[m - 1 - tail]))
        tail++;
    if (middle(&s, a + head, n - head - tail, b + head, m - head - tail, head, head, err) < 0)
        return -1;
    for (size_t i = tail; i > 0; i--)
        step(&s, ' ', &a[n - i], n - i, m - i);

    buf_printf(out, "--- %s\n+++ %s (hardened)\n", name, name);
    print_hunks(out, &s);
    return 0;
}
