#include <string.h>

#include "policy/value/json.h"
#include "policy/value/print.h"
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

/* Which bytes need a look: those to escape under some flag, and the first of U+2028's. */
enum { LOOK_ALWAYS = 1u << 7 };
static const uint8_t look[256] = {
    [0 ... 0x1f] = LOOK_ALWAYS, ['"'] = LOOK_ALWAYS,           ['\\'] = LOOK_ALWAYS,
    [0x7f] = ESCAPE_DEL,        ['<'] = ESCAPE_HTML,           ['>'] = ESCAPE_HTML,
    ['&'] = ESCAPE_HTML,        [0x80 ... 0xff] = LOOK_ALWAYS,
};

/* Whether none of eight bytes needs a look under any flag. */
static bool plain_word(const char *p)
{
    const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
    uint64_t w;

    memcpy(&w, p, sizeof(w));
    const uint64_t quote = w ^ (ones * '"'), slash = w ^ (ones * '\\'), del = w ^ (ones * 0x7f);
    const uint64_t less = w ^ (ones * '<'), more = w ^ (ones * '>'), amp = w ^ (ones * '&');
    /* A borrow can only make a plain byte look like one to see, never the other way round. */
    return (((w - ones * 0x20) | w | (quote - ones) | (slash - ones) | (del - ones) |
             (less - ones) | (more - ones) | (amp - ones)) &
            highs) == 0;
}

/* A string without anything to escape, which most are: one look at the room, words at a time.
 * False: nothing was written. */
static bool print_plain(struct buf *b, const char *bytes, size_t len)
{
    size_t i = 0;

    if (!buf_room(b, len + 2))
        return false;
    char *const to = b->data + b->len;
    to[0] = '"';
    for (; i + 8 <= len; i += 8) {
        if (!plain_word(bytes + i))
            return false;
        memcpy(to + 1 + i, bytes + i, 8);
    }
    for (; i < len; i++) {
        if (look[(uint8_t)bytes[i]])
            return false;
        to[1 + i] = bytes[i];
    }
    to[len + 1] = '"';
    to[len + 2] = '\0';
    b->len += len + 2;
    return true;
}

/* U+2028 and U+2029 are escaped always, as Go does: JavaScript reads them as line ends. */
static void print_string(struct buf *b, const char *bytes, size_t len, unsigned escapes)
{
    const unsigned mask = escapes | LOOK_ALWAYS;
    size_t plain = 0;

    if (print_plain(b, bytes, len) || b->failed)
        return;
    buf_putc(b, '"');
    for (size_t i = 0; i < len;) {
        if (len - i >= 8 && plain_word(bytes + i)) {
            i += 8;
            continue;
        }
        const uint8_t c = (uint8_t)bytes[i];
        uint32_t code = c;
        size_t n = 1;

        if (!(look[c] & mask)) {
            i++;
            continue;
        }
        if (c >= 0x80)
            n = utf8_decode(bytes + i, len - i, &code);
        if (c < 0x80 || code == 0x2028 || code == 0x2029 || (code == UTF8_ERROR && n == 1)) {
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
        rego_print_number(b, v);
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
