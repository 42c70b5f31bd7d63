#include "policy/rego/diag.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/rego/tree.h"

struct rego_pos rego_pos_of(struct rego_loc loc)
{
    struct rego_pos pos = {1, 1};

    if (!loc.source)
        return pos;
    const char *const text = loc.source->text;
    const size_t len = loc.source->len;

    for (size_t i = 0; i < loc.offset && i < len; i++) {
        if (text[i] == '\n')
            pos = (struct rego_pos){pos.line + 1, 1};
        else if (((unsigned char)text[i] & 0xc0) != 0x80)
            pos.col++;
    }
    /* As OPA counts: a newline stands before its line's first character, and so does the end. */
    if (loc.offset < len && text[loc.offset] == '\n')
        pos = (struct rego_pos){pos.line + 1, 0};
    else if (loc.offset >= len)
        pos.col--;
    return pos;
}

void diag_add(struct arena *a, struct rego_diags *diags, const char *code, struct rego_loc loc,
              const char *fmt, ...)
{
    if (diags_full(diags))
        return;
    if (diags->n == diags->cap) {
        struct rego_diag *const at = ARENA_NEW_N(a, struct rego_diag, REGO_ERRORS_MAX);

        if (!at)
            return;
        if (diags->n)
            memcpy(at, diags->at, diags->n * sizeof(*at));
        diags->at = at;
        diags->cap = REGO_ERRORS_MAX;
    }
    char small[1024];
    va_list ap;

    va_start(ap, fmt);
    const int n = vsnprintf(small, sizeof(small), fmt, ap);
    va_end(ap);
    if (n < 0)
        return;
    if ((size_t)n >= sizeof(small))
        memcpy(small + sizeof(small) - 4, "...", 4);
    for (size_t i = 0; i < diags->n && strcmp(code, REGO_PARSE_ERROR) != 0; i++)
        if (diags->at[i].code == code && diags->at[i].loc.offset == loc.offset &&
            diags->at[i].loc.source == loc.source && strcmp(diags->at[i].text, small) == 0)
            return;
    const char *const kept = arena_strndup(a, small, strlen(small));

    if (!kept)
        return;
    diags->at[diags->n] =
        (struct rego_diag){.code = code, .loc = loc, .text = kept, .seq = diags->n};
    diags->n++;
}

void rego_diag_print(struct buf *b, const struct rego_diag *d)
{
    if (d->loc.source)
        buf_printf(b, "%s:%u: ", d->loc.source->name ? d->loc.source->name : "",
                   rego_pos_of(d->loc).line);
    buf_printf(b, "%s: %s", d->code, d->text);
}

static int diag_order(const void *x, const void *y)
{
    const struct rego_diag *const a = x, *const b = y;
    const int name = strcmp(a->loc.source && a->loc.source->name ? a->loc.source->name : "",
                            b->loc.source && b->loc.source->name ? b->loc.source->name : "");

    if (name)
        return name;
    if (a->loc.offset != b->loc.offset)
        return a->loc.offset < b->loc.offset ? -1 : 1;
    return a->seq < b->seq ? -1 : a->seq > b->seq;
}

int diags_finish(struct arena *a, struct rego_diags *diags, enum err_code code, struct err *err)
{
    if (a->failed)
        return err_nomem(err);
    if (diags->n == 0)
        return 0;
    qsort(diags->at, diags->n, sizeof(*diags->at), diag_order);
    AUTO_BUF struct buf b = BUF_INIT;

    rego_diag_print(&b, &diags->at[0]);
    if (buf_check(&b, err) < 0)
        return -1;
    if (diags->n == 1)
        return err_set(err, code, "%s", b.data);
    return err_set(err, code, "%s (and %zu more errors)", b.data, diags->n - 1);
}
