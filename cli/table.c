#include "cli/table.h"

#include <string.h>

#include "policy/value/utf8.h"

static size_t width_of(const char *text)
{
    return utf8_count(text, strlen(text));
}

static void fill(struct buf *out, const char *with, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_puts(out, with);
}

static void line(struct buf *out, const size_t *widths, size_t cols, const char *const ends[3])
{
    for (size_t c = 0; c < cols; c++) {
        buf_puts(out, c == 0 ? ends[0] : ends[1]);
        fill(out, "─", widths[c] + 2);
    }
    buf_puts(out, ends[2]);
    buf_putc(out, '\n');
}

void table_print(struct buf *out, const struct table *t)
{
    static const char *const top[] = {"┌", "┬", "┐"}, *const below[] = {"├", "┼", "┤"},
                             *const bottom[] = {"└", "┴", "┘"};
    const size_t cols = t->cols < TABLE_COLS_MAX ? t->cols : TABLE_COLS_MAX;
    size_t widths[TABLE_COLS_MAX] = {0};

    for (size_t i = 0; i < t->rows * t->cols; i++) {
        const size_t w = width_of(t->cells[i]);

        if (i % t->cols < cols && w > widths[i % t->cols])
            widths[i % t->cols] = w;
    }
    line(out, widths, cols, top);
    for (size_t r = 0; r < t->rows; r++) {
        for (size_t c = 0; c < cols; c++) {
            const char *const text = t->cells[r * t->cols + c];
            const size_t room = widths[c] - width_of(text);
            const size_t before = t->heading && r == 0        ? room / 2
                                  : (t->right >> c & 1u) != 0 ? room
                                                              : 0;

            buf_puts(out, "│ ");
            fill(out, " ", before);
            buf_puts(out, text);
            fill(out, " ", room - before + 1);
        }
        buf_puts(out, "│\n");
        if (t->heading && r == 0)
            line(out, widths, cols, below);
    }
    line(out, widths, cols, bottom);
}
