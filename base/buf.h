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

#include "base/err.h"

#define BUF_MAX ((size_t)1 << 30)

struct buf {
    char *data;
    size_t len, cap, max;
    bool failed;
};

#define BUF_INIT ((struct buf){0})
#define AUTO_BUF __attribute__((cleanup(buf_done)))

void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* ERR_NOMEM or ERR_LIMIT when a write was lost, else 0. */
int buf_check(const struct buf *b, struct err *err) MUST_CHECK;

/* Hand over the bytes (NUL-terminated, never NULL unless failed); the buffer is empty after. */
char *buf_take(struct buf *b, size_t *len) MUST_CHECK;

void buf_clear(struct buf *b);
void buf_done(struct buf *b);

#endif
