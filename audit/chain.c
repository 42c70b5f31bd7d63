#include "audit/chain.h"

#include <stdint.h>
#include <string.h>

#include "base/digest.h"
#include "base/str.h"

static const char hex_digit[] = "0123456789abcdef";

size_t chain_blob_head(const char *json, size_t len)
{
    static const char head[] = "{\"kind\":\"blob\",\"digest\":\"";
    const size_t n = sizeof(head) - 1 + CHAIN_HASH + 1;

    return len > n && memcmp(json, head, sizeof(head) - 1) == 0 ? n : 0;
}

bool chain_is_redacted(const char *json, size_t len)
{
    const size_t head = chain_blob_head(json, len), end = head + sizeof(CHAIN_REDACTED) - 1;

    if (head == 0 || len < end ||
        memcmp(json + head, CHAIN_REDACTED, sizeof(CHAIN_REDACTED) - 1) != 0)
        return false;
    for (size_t i = end; i < len; i++)
        if (json[i] != ' ')
            return false;
    return true;
}

const char *chain_blob_value(const char *json, size_t len, size_t *value_len)
{
    static const char middle[] = ",\"value\":";
    const size_t head = chain_blob_head(json, len), before = head + sizeof(middle) - 1;

    if (head == 0 || len <= before + 1 || memcmp(json + head, middle, sizeof(middle) - 1) != 0)
        return NULL;
    *value_len = len - before - 1;
    return json + before;
}

bool chain_document_holds(const char *json, size_t len)
{
    const size_t head = chain_blob_head(json, len);
    char is[DIGEST_HEX_LEN + 1];
    size_t n = 0;

    if (head == 0 || chain_is_redacted(json, len))
        return true;
    const char *const value = chain_blob_value(json, len, &n);
    if (!value)
        return false;
    digest_hex(value, n, is);
    return memcmp(is, json + head - 1 - CHAIN_HASH, CHAIN_HASH) == 0;
}

void chain_hash(const char previous[CHAIN_HASH], const char *json, size_t len,
                char out[CHAIN_HASH + 1])
{
    uint8_t raw[DIGEST_LEN];
    struct digest d;

    digest_init(&d);
    digest_update(&d, previous, CHAIN_HASH);
    const size_t head = chain_blob_head(json, len);
    digest_update(&d, json, head ? head : len);
    digest_final(&d, raw);
    for (size_t i = 0; i < DIGEST_LEN; i++) {
        out[2 * i] = hex_digit[raw[i] >> 4];
        out[2 * i + 1] = hex_digit[raw[i] & 15];
    }
    out[CHAIN_HASH] = '\0';
}

void chain_line(struct buf *out, const char *json, size_t len, char hash[CHAIN_HASH + 1])
{
    char next[CHAIN_HASH + 1];

    chain_hash(hash, json, len, next);
    memcpy(hash, next, sizeof(next));
    buf_printf(out, "%s %zu ", hash, len);
    buf_add(out, json, len);
    buf_putc(out, '\n');
}

const char *chain_parse(const char *line, size_t len, struct chain_entry *out)
{
    char digits[21];
    unsigned long long told = 0;

    if (len < CHAIN_HASH + 4 || line[CHAIN_HASH] != ' ')
        return "not an entry";
    if (strspn(line, hex_digit) != CHAIN_HASH)
        return "hash malformed";
    const char *const number = line + CHAIN_HASH + 1;
    const char *const space = memchr(number, ' ', len - CHAIN_HASH - 1);
    if (!space || space - number >= (ptrdiff_t)sizeof(digits))
        return "length malformed";
    memcpy(digits, number, (size_t)(space - number));
    digits[space - number] = '\0';
    if (!str_decimal(digits, len, &told))
        return "length malformed";
    const size_t head = (size_t)(space + 1 - line);
    if (len - head != told)
        return "length differs";
    *out = (struct chain_entry){.hash = line, .json = line + head, .len = (size_t)told};
    return NULL;
}

bool chain_segment_number(const char *name, unsigned long long *out)
{
    char digits[21];

    if (strlen(name) != 24 || strcmp(name + 20, ".log") != 0)
        return false;
    memcpy(digits, name, 20);
    digits[20] = '\0';
    return str_decimal(digits, ~0ull - 1, out) && *out > 0;
}

/* Start of the line that ends before text[end]; *whole is false when it begins before text. */
static size_t line_start(const char *text, size_t end, bool from_start, bool *whole)
{
    const char *const before = end > 0 ? memrchr(text, '\n', end) : NULL;

    *whole = before || from_start;
    return before ? (size_t)(before - text) + 1 : 0;
}

enum chain_tail chain_tail(const char *text, size_t n, bool from_start, off_t *end,
                           char hash[CHAIN_HASH + 1], bool *sound)
{
    const char *const last = n > 0 ? memrchr(text, '\n', n) : NULL;
    char previous[CHAIN_HASH + 1] = CHAIN_ZERO;
    char computed[CHAIN_HASH + 1];
    struct chain_entry e, before;
    bool whole;

    *sound = true;
    if (!last)
        return from_start ? CHAIN_TAIL_EMPTY : CHAIN_TAIL_MORE;
    const size_t stop = (size_t)(last - text);
    const size_t start = line_start(text, stop, from_start, &whole);
    if (!whole)
        return CHAIN_TAIL_MORE;
    if (start > 0) {
        const size_t earlier = line_start(text, start - 1, from_start, &whole);

        if (!whole)
            return CHAIN_TAIL_MORE;
        if (chain_parse(text + earlier, start - 1 - earlier, &before) != NULL)
            *sound = false;
        else
            memcpy(previous, before.hash, CHAIN_HASH);
    }

    *end = (off_t)stop + 1;
    if (chain_parse(text + start, stop - start, &e) != NULL) {
        *sound = false;
        return CHAIN_TAIL_FOUND;
    }
    /* A segment's first line builds on the hash that it names. */
    if (start == 0) {
        static const char key[] = "\"hash\":\"";
        const char *const named = memmem(e.json, e.len, key, sizeof(key) - 1);

        if (named && e.json + e.len - named >= (ptrdiff_t)(sizeof(key) - 1 + CHAIN_HASH))
            memcpy(previous, named + sizeof(key) - 1, CHAIN_HASH);
    }
    chain_hash(previous, e.json, e.len, computed);
    *sound =
        *sound && memcmp(computed, e.hash, CHAIN_HASH) == 0 && chain_document_holds(e.json, e.len);
    memcpy(hash, e.hash, CHAIN_HASH);
    hash[CHAIN_HASH] = '\0';
    return CHAIN_TAIL_FOUND;
}
