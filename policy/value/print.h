/* policy/value/print.h - values as Rego writes them.
 *
 * Layer:   policy/value
 */
#ifndef POLICY_VALUE_PRINT_H
#define POLICY_VALUE_PRINT_H

#include "base/buf.h"
#include "policy/value/value.h"

/* OPA's String() of a term: {"a": 1}, [1, 2], {"x", "y"}, set(), strings JSON-quoted. */
void rego_print(struct buf *b, const struct value *v);

/* A number as it is written. */
void rego_print_number(struct buf *b, const struct value *number);

/* One string as Rego (and Go's strconv.Quote) writes it, quotes included. */
void rego_quote(struct buf *b, const char *bytes, size_t len);

/* The same with another quote character, or with every rune outside ASCII escaped. */
void rego_quote_as(struct buf *b, const char *bytes, size_t len, char quote, bool ascii);

#endif
