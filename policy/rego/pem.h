/* policy/rego/pem.h - base64 and PEM as Go's packages read them.
 *
 * Layer:   policy/rego (tools only)
 * Errors:  ERR_INVALID "illegal base64 data at input byte N", ERR_NOMEM.
 * Trust:   the text is hostile.
 */
#ifndef POLICY_REGO_PEM_H
#define POLICY_REGO_PEM_H

#include <stdbool.h>

#include "base/buf.h"

/* Standard alphabet, padded; line ends are passed over. */
int base64_decode(struct buf *out, const char *s, size_t len, struct err *err) MUST_CHECK;
/* URL alphabet, padding may be left out. */
int base64url_decode(struct buf *out, const char *s, size_t len, struct err *err) MUST_CHECK;
/* URL alphabet without padding. */
void base64url_encode(struct buf *out, const void *bytes, size_t len);
void base64_encode(struct buf *out, const void *bytes, size_t len);

struct pem_block {
    const char *type; /* within the text */
    size_t type_len;
    struct buf der; /* the caller's to clear */
    const char *rest;
    size_t rest_len;
};

/* The first block at or behind s; false: none. */
bool pem_decode(const char *s, size_t len, struct pem_block *out);
bool pem_is(const struct pem_block *b, const char *type);

#endif
