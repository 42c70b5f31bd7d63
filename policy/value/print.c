#include "policy/value/print.h"

#include "policy/value/utf8.h"

/* strconv.Quote's text: C's letters, \xNN for bytes that are no UTF-8 and for other control
 * characters, \u and \U for runes that do not print. */
static void quote_rune(struct buf *b, const char *at, size_t n, uint32_t rune, char quote,
                       bool ascii)
{
    static const char letters[] = "abtnvfr"; /* from 7 to 13 */

    if (rune == UTF8_ERROR && n == 1)
        buf_printf(b, "\\x%02x", (unsigned)(uint8_t)*at);
    else if (rune == (uint32_t)quote || rune == '\\')
        buf_add(b, (char[2]){'\\', (char)rune}, 2);
    else if (utf8_is_print(rune) && (rune < 0x80 || !ascii))
        buf_add(b, at, n);
    else if (rune >= '\a' && rune <= '\r')
        buf_add(b, (char[2]){'\\', letters[rune - '\a']}, 2);
    else if (rune < 0x80)
        buf_printf(b, "\\x%02x", rune);
    else
        buf_printf(b, rune < 0x10000 ? "\\u%04x" : "\\U%08x", rune);
}

void rego_quote_as(struct buf *b, const char *bytes, size_t len, char quote, bool ascii)
{
    size_t plain = 0;

    buf_putc(b, quote);
    for (size_t i = 0; i < len;) {
        const uint8_t c = (uint8_t)bytes[i];
        if (c >= 0x20 && c < 0x7f && c != (uint8_t)quote && c != '\\') {
            i++;
            continue;
        }
        uint32_t rune;
        const size_t n = utf8_decode(bytes + i, len - i, &rune);
        buf_add(b, bytes + plain, i - plain);
        quote_rune(b, bytes + i, n, rune, quote, ascii);
        i += n;
        plain = i;
    }
    buf_add(b, bytes + plain, len - plain);
    buf_putc(b, quote);
}

void rego_quote(struct buf *b, const char *bytes, size_t len)
{
    rego_quote_as(b, bytes, len, '"', false);
}

void rego_print_number(struct buf *b, const struct value *number)
{
    char digits[24];
    size_t at = sizeof(digits);

    if (number->form == VALUE_FORM_TEXT) {
        buf_add(b, number->u.digits, number->count);
        return;
    }
    const int64_t n = number->u.integer;
    uint64_t left = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    do {
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (n < 0)
        digits[--at] = '-';
    buf_add(b, digits + at, sizeof(digits) - at);
}

static void print_items(struct buf *b, const struct value *v, const char *brackets)
{
    buf_putc(b, brackets[0]);
    for (size_t i = 0; i < v->count; i++) {
        if (i > 0)
            buf_puts(b, ", ");
        if (value_is(v, VALUE_OBJECT)) {
            rego_print(b, value_key_at(v, i));
            buf_puts(b, ": ");
            rego_print(b, value_val_at(v, i));
        } else {
            rego_print(b, value_at(v, i));
        }
    }
    buf_putc(b, brackets[1]);
}

void rego_print(struct buf *b, const struct value *v)
{
    switch ((enum value_type)v->type) {
    case VALUE_NULL:
        buf_puts(b, "null");
        return;
    case VALUE_BOOL:
        buf_puts(b, value_bool(v) ? "true" : "false");
        return;
    case VALUE_NUMBER:
        rego_print_number(b, v);
        return;
    case VALUE_STRING:
        rego_quote(b, value_bytes(v), v->count);
        return;
    case VALUE_ARRAY:
        print_items(b, v, "[]");
        return;
    case VALUE_OBJECT:
        print_items(b, v, "{}");
        return;
    case VALUE_SET:
        if (v->count == 0)
            buf_puts(b, "set()");
        else
            print_items(b, v, "{}");
        return;
    }
}
