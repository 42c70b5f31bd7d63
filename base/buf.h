/* base/buf.h - bytes that grow: what printers write into.
 *
 * Layer:   base
 * Owns:    its heap bytes until buf_done; buf.data is NUL-terminated whenever
 *          it is not NULL. After a failed allocation the buffer is `failed`
 *          and later writes do nothing, so that a printer checks once, at its end.
 * Limits:  `max` bytes (0: BUF_MAX); past it the buffer fails.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/err.h"

#define BUF_MAX ((size_t)1 << 30)

struct buf {
    char *data;
    size_t len, cap, max;
    bool failed;
};

#define BUF_INIT ((struct buf){0})
#define AUTO_BUF __attribute__((cleanup(buf_done)))

/* Room for `more` bytes and a NUL; false: the buffer failed. */
bool buf_room(struct buf *b, size_t more);

static inline void buf_add(struct buf *b, const void *bytes, size_t len)
{
    if ((b->failed || len >= b->cap - b->len) && !buf_room(b, len))
        return;
    if (len > 0)
        memcpy(b->data + b->len, bytes, len);
    b->len += len;
    b->data[b->len] = '\0';
}

static inline void buf_puts(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

static inline void buf_putc(struct buf *b, char c)
{
    if ((b->failed || b->cap - b->len <= 1) && !buf_room(b, 1))
        return;
    b->data[b->len++] = c;
    b->data[b->len] = '\0';
}

void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* ERR_NOMEM or ERR_LIMIT when a write was lost, else 0. */
int buf_check(const struct buf *b, struct err *err) MUST_CHECK;

/* Hand over the bytes (NUL-terminated, never NULL unless failed); the buffer is empty after. */
char *buf_take(struct buf *b, size_t *len) MUST_CHECK;

void buf_clear(struct buf *b);
void buf_done(struct buf *b);

#endif
