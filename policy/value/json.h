/* policy/value/json.h - JSON text in and out (RFC 8259).
 *
 * Layer:   policy/value
 * Owns:    nothing; parsed values live in the arena given, borrowing nothing from the text.
 * Errors:  ERR_INVALID with "line L, column C: ..." (1-based, columns in bytes), ERR_LIMIT,
 *          ERR_NOMEM.
 * Trust:   the text is hostile. Raw bytes, UTF-8, every escape, surrogate pairs and number
 *          grammar are checked here before yajl sees them, because yajl accepts malformed ones.
 * Limits:  JSON_DEPTH_MAX levels, JSON_BYTES_MAX bytes: a test stands at each limit and past it.
 */
#ifndef POLICY_VALUE_JSON_H
#define POLICY_VALUE_JSON_H

#include "base/buf.h"
#include "policy/value/value.h"

enum { JSON_DEPTH_MAX = 128, JSON_BYTES_MAX = 64 * 1024 * 1024 };

enum json_flags {
    /* What a runtime could read in two ways is refused: duplicate keys (after unescaping) at any
     * depth, NUL in any string, bytes other than white space after the document. */
    JSON_STRICT = 1u << 0,
    /* Duplicate keys: the last one stays (OPA's, Go's reading). Without either flag a duplicate
     * is an error too, NUL is allowed. */
    JSON_LAST_WINS = 1u << 1,
    /* Stop after the first document; *used tells how many bytes it took (spools, streams). */
    JSON_STREAM = 1u << 2,
    /* A number past 2^100000, or as near to zero, is an error: OPA does not calculate with it. */
    JSON_RANGE = 1u << 3,
};

int json_parse(struct arena *a, const char *text, size_t len, unsigned flags,
               const struct value **out, size_t *used, struct err *err) MUST_CHECK;

enum json_style {
    JSON_COMPACT, /* no white space; sets print as arrays in Rego's order */
    JSON_PRETTY,  /* indented by two spaces, as `opa eval -f json` */
    JSON_GO_HTML, /* compact, with < > & escaped as Go's encoder does (what OPA's json.marshal
                     prints) */
};

/* Non-string object keys print as their JSON text inside a string, as OPA converts them. */
void json_print(struct buf *b, const struct value *v, enum json_style style);

/* One string with its quotes, everything below 0x20, DEL-free, invalid UTF-8 as U+FFFD. */
void json_print_string(struct buf *b, const char *bytes, size_t len);

#endif
