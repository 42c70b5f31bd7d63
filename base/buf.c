#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUF_FIRST = 256 };

bool buf_room(struct buf *b, size_t more)
{
    const size_t max = b->max ? b->max : BUF_MAX;

    if (b->failed)
        return false;
    if (more >= max || b->len > max - more - 1) {
        b->failed = true;
        return false;
    }
    const size_t need = b->len + more + 1;
    if (need <= b->cap)
        return true;

    size_t cap = b->cap ? b->cap * 2 : BUF_FIRST;
    while (cap < need)
        cap *= 2;
    /* Writers that find room ask no further: there must be none past the limit. */
    if (cap > max)
        cap = max;
    char *const grown = realloc(b->data, cap);
    if (!grown) {
        b->failed = true;
        return false;
    }
    b->data = grown;
    b->cap = cap;
    return true;
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    const size_t room = b->failed ? 0 : b->cap - b->len;
    va_list ap;

    va_start(ap, fmt);
    const int len = vsnprintf(room > 0 ? b->data + b->len : NULL, room, fmt, ap);
    va_end(ap);
    if (len < 0) {
        b->failed = true;
        return;
    }
    if ((size_t)len >= room) {
        if (!buf_room(b, (size_t)len))
            return;
        va_start(ap, fmt);
        (void)vsnprintf(b->data + b->len, (size_t)len + 1, fmt, ap);
        va_end(ap);
    }
    b->len += (size_t)len;
}

int buf_check(const struct buf *b, struct err *err)
{
    return b->failed ? err_nomem(err) : 0;
}

char *buf_take(struct buf *b, size_t *len)
{
    if (!buf_room(b, 0))
        return NULL;
    char *const got = b->data;

    got[b->len] = '\0';
    *len = b->len;
    *b = (struct buf){.max = b->max};
    return got;
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->failed = false;
    if (b->data)
        b->data[0] = '\0';
}

void buf_done(struct buf *b)
{
    free(b->data);
    *b = BUF_INIT;
}
