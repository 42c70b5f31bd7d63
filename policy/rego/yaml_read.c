#include "policy/rego/yaml_read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

#include "policy/machine/gofmt.h"
#include "policy/value/utf8.h"

struct reader {
    struct arena *a;
    yaml_document_t *doc;
    struct err *err;
    const char *text;
    size_t len;
    size_t nodes; /* read so far, aliases counted each time */
};

enum { YAML_NODES_MAX = 1000000 };

static bool one_of(const char *s, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(s, *words) == 0)
            return true;
    return false;
}

/* What 0x, 0o, 0b or a leading 0 means, as Go reads integers; *p steps over it. */
static int base_of(const char **p)
{
    static const struct {
        char letter;
        int base;
    } bases[] = {{'x', 16}, {'o', 8}, {'b', 2}};
    const char *const s = *p;

    if (s[0] != '0' || s[1] == '\0')
        return 10;
    for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]); i++)
        if ((s[1] | 0x20) == bases[i].letter) {
            *p = s + 2;
            return bases[i].base;
        }
    return 8;
}

static int digit_of(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *const at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c | 0x20 : c) : NULL;

    return at ? (int)(at - digits) : 16;
}

/* An integer of 64 bits, or NULL. */
static const struct value *integer(struct reader *r, const char *s)
{
    const bool negative = *s == '-';
    const char *p = s + (*s == '-' || *s == '+');
    const int base = base_of(&p);
    uint64_t n = 0;

    if (*p == '\0')
        return NULL;
    for (; *p; p++) {
        const int digit = digit_of(*p);

        if (digit >= base || n > (UINT64_MAX - (uint64_t)digit) / (uint64_t)base)
            return NULL;
        n = n * (uint64_t)base + (uint64_t)digit;
    }
    if (negative && n > (uint64_t)INT64_MAX + 1)
        return NULL;
    const char *const text =
        arena_printf(r->a, "%s%llu", negative && n ? "-" : "", (unsigned long long)n);

    return text ? value_number(r->a, text, strlen(text)) : NULL;
}

/* The nearest double, in the digits that JSON has for it; NULL: it is out of range. */
static const struct value *float_value(struct reader *r, const char *s)
{
    char *end;
    const double d = strtod(s, &end);
    AUTO_BUF struct buf b = BUF_INIT;
    struct gofmt f = {.out = &b};

    if (*end != '\0' || isinf(d) || !gofmt_float(&f, d, 'v') || b.failed)
        return NULL;
    /* 1e-07 is 1e-7 there. */
    if (b.len > 3 && b.data[b.len - 2] == '0' && b.data[b.len - 4] == 'e') {
        b.data[b.len - 2] = b.data[b.len - 1];
        b.len--;
    }
    return value_number(r->a, b.data, b.len);
}

static const char *digits(const char *p)
{
    while (*p >= '0' && *p <= '9')
        p++;
    return p;
}

/* [-+]?(.[0-9]+|[0-9]+(.[0-9]*)?)([eE][-+]?[0-9]+)?, or NULL. */
static const struct value *decimal(struct reader *r, const char *s)
{
    const char *p = s + (*s == '-' || *s == '+');
    const char *const whole = p;

    p = digits(p);
    if (*p == '.' && digits(p + 1) - p - 1 + (p - whole) > 0)
        p = digits(p + 1);
    if (p == whole)
        return NULL;
    if (*p == 'e' || *p == 'E') {
        const char *const from = p + 1 + (p[1] == '-' || p[1] == '+');

        p = digits(from);
        if (p == from)
            return NULL;
    }
    return *p == '\0' ? float_value(r, s) : NULL;
}

/* A number as go-yaml takes plain text: underscores mean nothing. */
static const struct value *number(struct reader *r, const char *s)
{
    char *const plain = strchr("+-.0123456789", *s) ? arena_strndup(r->a, s, strlen(s)) : NULL;
    size_t n = 0;

    if (!plain || *s == '\0')
        return NULL;
    for (const char *p = s; *p; p++)
        if (*p != '_')
            plain[n++] = *p;
    plain[n] = '\0';
    const struct value *const v = *s == '.' ? NULL : integer(r, plain);

    return v ? v : decimal(r, *s == '.' ? s : plain);
}

/* Whether !!str stands before the plain text. The document's tree does not tell: the default is
 * that tag too. Marks count runes. */
static bool says_string(struct reader *r, const yaml_node_t *n)
{
    static const char tag[] = "!!str";
    const size_t runes = n->end_mark.index - n->start_mark.index;
    const size_t from = runes == n->data.scalar.length
                            ? SIZE_MAX
                            : utf8_offset(r->text, r->len, n->start_mark.index);

    return from < r->len && r->len - from > sizeof(tag) - 1 &&
           memcmp(r->text + from, tag, sizeof(tag) - 1) == 0;
}

static const struct value *scalar(struct reader *r, const yaml_node_t *n)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const trues[] = {"true", "True", "TRUE", NULL};
    static const char *const falses[] = {"false", "False", "FALSE", NULL};
    static const char *const unlike_json[] = {".nan",  ".NaN",  ".NAN",  ".inf",  ".Inf",
                                              ".INF",  "+.inf", "+.Inf", "+.INF", "-.inf",
                                              "-.Inf", "-.INF", NULL};
    const char *const s = (const char *)n->data.scalar.value;
    const size_t len = n->data.scalar.length;

    if (n->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && strlen(s) == len && !says_string(r, n)) {
        if (one_of(s, nulls))
            return &value_null;
        if (one_of(s, trues))
            return &value_true;
        if (one_of(s, falses))
            return &value_false;
        if (one_of(s, unlike_json)) {
            (void)err_set(r->err, ERR_INVALID, "json: unsupported value: %s",
                          strcasecmp(s, ".nan") == 0 ? "NaN"
                          : *s == '-'                ? "-Inf"
                                                     : "+Inf");
            return NULL;
        }
        const struct value *const v = number(r, s);

        if (v)
            return v;
    }
    return value_string(r->a, s, len);
}

static const struct value *read_node(struct reader *r, int index, unsigned depth);

static const struct value *sequence(struct reader *r, const yaml_node_t *n, unsigned depth)
{
    struct value_list list = {0};

    for (const yaml_node_item_t *i = n->data.sequence.items.start; i < n->data.sequence.items.top;
         i++) {
        const struct value *const v = read_node(r, *i, depth + 1);

        if (!v)
            return NULL;
        value_list_add(r->a, &list, v);
    }
    return value_list_array(r->a, &list);
}

static bool is_merge(struct reader *r, const yaml_node_pair_t *p)
{
    const yaml_node_t *const key = yaml_document_get_node(r->doc, p->key);

    return key && key->type == YAML_SCALAR_NODE &&
           key->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && key->data.scalar.length == 2 &&
           memcmp(key->data.scalar.value, "<<", 2) == 0;
}

static void add_fields(struct reader *r, struct value_fields *fields, const struct value *v)
{
    for (size_t i = 0; value_is(v, VALUE_OBJECT) && i < v->count; i++)
        value_fields_put(r->a, fields, value_key_at(v, i), value_val_at(v, i));
}

/* What `<<` brings in stands behind the mapping's own fields, and behind what came in before it. */
static bool merge_fields(struct reader *r, const yaml_node_t *n, unsigned depth,
                         struct value_fields *fields)
{
    for (const yaml_node_pair_t *p = n->data.mapping.pairs.top;
         p-- > n->data.mapping.pairs.start;) {
        if (!is_merge(r, p))
            continue;
        const struct value *const v = read_node(r, p->value, depth + 1);

        if (!v)
            return false;
        for (size_t i = value_is(v, VALUE_ARRAY) ? v->count : 0; i-- > 0;)
            add_fields(r, fields, value_at(v, i));
        add_fields(r, fields, v);
    }
    return true;
}

static const struct value *mapping(struct reader *r, const yaml_node_t *n, unsigned depth)
{
    struct value_fields fields = {0};

    if (!merge_fields(r, n, depth, &fields))
        return NULL;
    for (const yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top;
         p++) {
        if (is_merge(r, p))
            continue;
        const yaml_node_t *const key = yaml_document_get_node(r->doc, p->key);
        const struct value *const v = read_node(r, p->value, depth + 1);

        if (!v)
            return NULL;
        if (!key || key->type != YAML_SCALAR_NODE) {
            (void)err_set(r->err, ERR_INVALID, "yaml: line %zu: a key must be a scalar",
                          n->start_mark.line + 1);
            return NULL;
        }
        value_fields_put(
            r->a, &fields,
            value_string(r->a, (const char *)key->data.scalar.value, key->data.scalar.length), v);
    }
    return value_fields_object(r->a, &fields);
}

static const struct value *read_node(struct reader *r, int index, unsigned depth)
{
    const yaml_node_t *const n = yaml_document_get_node(r->doc, index);

    if (depth > YAML_DEPTH_MAX || ++r->nodes > YAML_NODES_MAX) {
        (void)err_set(r->err, ERR_LIMIT, "yaml: too deep or too large");
        return NULL;
    }
    switch (n ? n->type : YAML_NO_NODE) {
    case YAML_SCALAR_NODE:
        return scalar(r, n);
    case YAML_SEQUENCE_NODE:
        return sequence(r, n, depth);
    case YAML_MAPPING_NODE:
        return mapping(r, n, depth);
    case YAML_NO_NODE:
        break;
    }
    return &value_null;
}

/* As go-yaml tells: the place where the construct began if that is not the first line, in lines
 * that only the scanner counts from 1. */
static int malformed(const yaml_parser_t *parser, struct err *err)
{
    const size_t mark =
        parser->context_mark.line ? parser->context_mark.line : parser->problem_mark.line;
    const size_t line = mark + (mark && parser->error == YAML_SCANNER_ERROR);
    const char *const why = parser->problem ? parser->problem : "malformed";

    return line ? err_set(err, ERR_INVALID, "yaml: line %zu: %s", line, why)
                : err_set(err, ERR_INVALID, "yaml: %s", why);
}

/* 1 with *out, 0 at the end of the stream. */
static int read_document(struct arena *a, yaml_parser_t *parser, const char *text, size_t len,
                         const struct value **out, struct err *err)
{
    yaml_document_t doc;

    if (!yaml_parser_load(parser, &doc))
        return malformed(parser, err);
    struct reader r = {.a = a, .doc = &doc, .err = err, .text = text, .len = len};
    const bool there = yaml_document_get_root_node(&doc) != NULL;
    const struct value *const v = there ? read_node(&r, 1, 0) : &value_null;

    yaml_document_delete(&doc);
    if (!v)
        return a->failed ? err_nomem(err) : -1;
    *out = v;
    return there;
}

static int read_first(struct arena *a, const char *text, size_t len, bool whole,
                      const struct value **out, struct err *err)
{
    yaml_parser_t parser;

    if (!yaml_parser_initialize(&parser))
        return err_nomem(err);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
    int got = read_document(a, &parser, text, len, out, err);

    /* The first document counts; those after it must be well-formed. */
    for (yaml_document_t doc; whole && got > 0;) {
        if (!yaml_parser_load(&parser, &doc)) {
            got = malformed(&parser, err);
            break;
        }
        got = yaml_document_get_root_node(&doc) != NULL;
        yaml_document_delete(&doc);
    }
    yaml_parser_delete(&parser);
    return got < 0 ? -1 : 0;
}

int yaml_read(struct arena *a, const char *text, size_t len, const struct value **out,
              struct err *err)
{
    return read_first(a, text, len, true, out, err);
}

int yaml_read_start(struct arena *a, const char *text, size_t len, const struct value **out,
                    struct err *err)
{
    return read_first(a, text, len, false, out, err);
}

int yaml_read_all(struct arena *a, const char *text, size_t len, struct value_list *out,
                  struct err *err)
{
    yaml_parser_t parser;
    const struct value *doc;
    int got;

    if (!yaml_parser_initialize(&parser))
        return err_nomem(err);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
    while ((got = read_document(a, &parser, text, len, &doc, err)) > 0)
        value_list_add(a, out, doc);
    yaml_parser_delete(&parser);
    return got;
}
