#include "policy/rego/yaml_read.h"

#include <string.h>
#include <yaml.h>

struct reader {
    struct arena *a;
    yaml_document_t *doc;
    struct err *err;
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

/* -?(0|[1-9][0-9]*)(.[0-9]+)?([eE][-+]?[0-9]+)? and a leading + or zeros, which are dropped. */
static const struct value *number(struct reader *r, const char *s)
{
    const char *p = s + (*s == '-' || *s == '+');
    const char *digits = p;

    while (p[0] == '0' && p[1] >= '0' && p[1] <= '9')
        p++;
    const char *const first = p;

    while (*p >= '0' && *p <= '9')
        p++;
    if (p == digits)
        return NULL;
    if (*p == '.') {
        p++;
        if (*p < '0' || *p > '9')
            return NULL;
        while (*p >= '0' && *p <= '9')
            p++;
    }
    if (*p == 'e' || *p == 'E') {
        p += 1 + (p[1] == '-' || p[1] == '+');
        if (*p < '0' || *p > '9')
            return NULL;
        while (*p >= '0' && *p <= '9')
            p++;
    }
    if (*p != '\0')
        return NULL;
    const char *const text = arena_printf(r->a, "%s%s", *s == '-' ? "-" : "", first);

    return text ? value_number(r->a, text, strlen(text)) : NULL;
}

static const struct value *scalar(struct reader *r, const yaml_node_t *n)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const trues[] = {"true", "True", "TRUE", NULL};
    static const char *const falses[] = {"false", "False", "FALSE", NULL};
    const char *const s = (const char *)n->data.scalar.value;
    const size_t len = n->data.scalar.length;

    if (n->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && strlen(s) == len) {
        if (one_of(s, nulls))
            return &value_null;
        if (one_of(s, trues))
            return &value_true;
        if (one_of(s, falses))
            return &value_false;
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

static const struct value *mapping(struct reader *r, const yaml_node_t *n, unsigned depth)
{
    struct value_fields fields = {0};

    for (const yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top;
         p++) {
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

/* 1 with *out, 0 at the end of the stream. */
static int read_document(struct arena *a, yaml_parser_t *parser, const struct value **out,
                         struct err *err)
{
    yaml_document_t doc;

    if (!yaml_parser_load(parser, &doc))
        return err_set(err, ERR_INVALID, "yaml: line %zu: %s", parser->problem_mark.line + 1,
                       parser->problem ? parser->problem : "malformed");
    struct reader r = {.a = a, .doc = &doc, .err = err};
    const bool there = yaml_document_get_root_node(&doc) != NULL;
    const struct value *const v = there ? read_node(&r, 1, 0) : &value_null;

    yaml_document_delete(&doc);
    if (!v)
        return a->failed ? err_nomem(err) : -1;
    *out = v;
    return there;
}

int yaml_read(struct arena *a, const char *text, size_t len, const struct value **out,
              struct err *err)
{
    yaml_parser_t parser;

    if (!yaml_parser_initialize(&parser))
        return err_nomem(err);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
    const int got = read_document(a, &parser, out, err);

    yaml_parser_delete(&parser);
    return got < 0 ? -1 : 0;
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
    while ((got = read_document(a, &parser, &doc, err)) > 0)
        value_list_add(a, out, doc);
    yaml_parser_delete(&parser);
    return got;
}
