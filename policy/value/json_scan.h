/* policy/value/json_scan.h - is this JSON, byte for byte?
 *
 * Layer:   policy/value (private to this room)
 * Errors:  ERR_INVALID, ERR_LIMIT, both with "line L, column C: ...".
 * Trust:   the text is hostile. What passes here is RFC 8259 with valid UTF-8 and paired
 *          surrogates; whoever reads it afterwards need not judge anything again.
 */
#ifndef POLICY_VALUE_JSON_SCAN_H
#define POLICY_VALUE_JSON_SCAN_H

#include "policy/value/json.h"

/* One document from the start of text; *used is where it ends. Unless JSON_STREAM only white space
 * may follow, and *used is len. */
int json_scan(const char *text, size_t len, unsigned flags, size_t *used,
              struct err *err) MUST_CHECK;

/* "line L, column C: WHAT" for the byte at offset `at`. Returns -1. */
int json_error_at(struct err *err, enum err_code code, const char *text, size_t len, size_t at,
                  const char *what);

#endif
