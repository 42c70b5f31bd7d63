#include <string.h>

#include "policy/value/json.h"
#include "policy/value/utf8.h"

/* What a string escapes beyond what JSON demands. */
enum escapes { ESCAPE_DEL = 1u << 0, ESCAPE_HTML = 1u << 1 };

static void put_escape(struct buf *b, uint32_t code)
{
    static const struct {
        uint8_t code;
        char letter;
    } shorts[] = {{'"', '"'},  {'\\', '\\'}, {'\n', 'n'}, {'\r', 'r'},
                  {'\t', 't'}, {'\b', 'b'},  {'\f', 'f'}};

    for (size_t i = 0; i < sizeof(shorts) / sizeof(shorts[0]); i++) {
        if (shorts[i].code == code) {
            buf_add(b, (char[2]){'\\', shorts[i].letter}, 2);
            return;
        }
    }
    buf_printf(b, "\\u%04x", code);
}

static bool must_escape(uint8_t c, unsigned escapes)
{
    return c < 0x20 || c == '"' || c == '\\' || (c == 0x7f && (escapes & ESCAPE_DEL)) ||
           ((c == '<' || c == '>' || c == '&') && (escapes & ESCAPE_HTML));
}

/* U+2028 and U+2029 are escaped always, as Go does: JavaScript reads them as line ends. */
static void print_string(struct buf *b, const char *bytes, size_t len, unsigned escapes)
{
    size_t plain = 0;

    buf_putc(b, '"');
    for (size_t i = 0; i < len;) {
        const uint8_t c = (uint8_t)bytes[i];
        uint32_t code = c;
        size_t n = 1;
        bool escape;

        if (c < 0x80) {
            escape = must_escape(c, escapes);
        } else {
            n = utf8_decode(bytes + i, len - i, &code);
            escape = code == 0x2028 || code == 0x2029 || (code == UTF8_ERROR && n == 1);
        }
        if (escape) {
            buf_add(b, bytes + plain, i - plain);
            put_escape(b, code);
            plain = i + n;
        }
        i += n;
    }
    buf_add(b, bytes + plain, len - plain);
    buf_putc(b, '"');
}

void json_print_string(struct buf *b, const char *bytes, size_t len)
{
    print_string(b, bytes, len, ESCAPE_DEL);
}

static void new_line(struct buf *b, enum json_style style, unsigned depth)
{
    if (style != JSON_PRETTY)
        return;
    buf_putc(b, '\n');
    for (unsigned i = 0; i < depth; i++)
        buf_puts(b, "  ");
}

static void print_value(struct buf *b, const struct value *v, enum json_style style,
                        unsigned depth);

static unsigned style_escapes(enum json_style style)
{
    return style == JSON_GO_HTML ? ESCAPE_HTML : ESCAPE_DEL;
}

/* Keys that are no strings are printed as JSON, then that text as a string. */
static void print_key(struct buf *b, const struct value *key, enum json_style style)
{
    struct buf text = BUF_INIT;

    if (value_is(key, VALUE_STRING)) {
        print_string(b, value_bytes(key), key->count, style_escapes(style));
        return;
    }
    print_value(&text, key, style == JSON_PRETTY ? JSON_COMPACT : style, 0);
    if (text.failed)
        b->failed = true;
    else
        print_string(b, text.data, text.len, style_escapes(style));
    buf_done(&text);
}

static void print_items(struct buf *b, const struct value *v, enum json_style style, unsigned depth)
{
    const bool object = value_is(v, VALUE_OBJECT);

    buf_putc(b, object ? '{' : '[');
    for (size_t i = 0; i < v->count; i++) {
        if (i > 0)
            buf_putc(b, ',');
        new_line(b, style, depth + 1);
        if (object) {
            print_key(b, value_key_at(v, i), style);
            buf_puts(b, style == JSON_PRETTY ? ": " : ":");
        }
        print_value(b, object ? value_val_at(v, i) : value_at(v, i), style, depth + 1);
    }
    if (v->count > 0)
        new_line(b, style, depth);
    buf_putc(b, object ? '}' : ']');
}

static void print_value(struct buf *b, const struct value *v, enum json_style style, unsigned depth)
{
    switch ((enum value_type)v->type) {
    case VALUE_NULL:
        buf_puts(b, "null");
        return;
    case VALUE_BOOL:
        buf_puts(b, value_bool(v) ? "true" : "false");
        return;
    case VALUE_NUMBER:
        if (v->form == VALUE_FORM_INT)
            buf_printf(b, "%lld", (long long)v->u.integer);
        else
            buf_add(b, v->u.digits, v->count);
        return;
    case VALUE_STRING:
        print_string(b, value_bytes(v), v->count, style_escapes(style));
        return;
    case VALUE_ARRAY:
    case VALUE_OBJECT:
    case VALUE_SET:
        print_items(b, v, style, depth);
        return;
    }
}

void json_print(struct buf *b, const struct value *v, enum json_style style)
{
    print_value(b, v, style, 0);
}
