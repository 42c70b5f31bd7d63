/* policy/build/yaml.c - see yaml.h. */
#include "policy/build/yaml.h"

#include <string.h>
#include <yaml.h>

#include "base/own.h"

struct reader {
    yaml_parser_t parser;
    struct arena *a;
    const char *file;
};

static int fail(const struct reader *r, yaml_mark_t at, struct err *err, const char *what)
{
    return err_set(err, ERR_INVALID, "%s:%zu:%zu: %s", r->file, at.line + 1, at.column + 1, what);
}

static int next(struct reader *r, yaml_event_t *ev, struct err *err)
{
    if (yaml_parser_parse(&r->parser, ev))
        return 0;
    if (r->parser.error == YAML_MEMORY_ERROR)
        return err_nomem(err);
    return fail(r, r->parser.problem_mark, err,
                r->parser.problem ? r->parser.problem : "malformed");
}

static bool is_number(const char *s)
{
    size_t n = 0;

    s += *s == '-';
    if (s[0] == '0' && s[1] >= '0' && s[1] <= '9')
        return false; /* a mode or an account number: it is text */
    for (; s[n] >= '0' && s[n] <= '9'; n++)
        ;
    if (n == 0)
        return false;
    if (s[n] == '.') {
        size_t f = n + 1;

        for (; s[f] >= '0' && s[f] <= '9'; f++)
            ;
        if (f == n + 1)
            return false;
        n = f;
    }
    return s[n] == '\0';
}

static const struct value *scalar(struct arena *a, const yaml_event_t *ev)
{
    const char *const s = (const char *)ev->data.scalar.value;
    const size_t n = ev->data.scalar.length;

    if (ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE) {
        if (n == 0 || strcmp(s, "~") == 0 || strcmp(s, "null") == 0)
            return &value_null;
        if (strcmp(s, "true") == 0)
            return &value_true;
        if (strcmp(s, "false") == 0)
            return &value_false;
        if (strlen(s) == n && is_number(s))
            return value_number(a, s, n);
    }
    return value_string(a, s, n);
}

struct kids {
    struct yaml_node **at;
    size_t n, cap;
};

static bool kids_add(struct arena *a, struct kids *k, struct yaml_node *node)
{
    if (k->n == k->cap) {
        const size_t cap = k->cap ? k->cap * 2 : 8;
        struct yaml_node **const more = ARENA_NEW_N(a, struct yaml_node *, cap);

        if (!more)
            return false;
        if (k->n > 0)
            memcpy(more, k->at, k->n * sizeof(*more));
        k->at = more;
        k->cap = cap;
    }
    k->at[k->n++] = node;
    return true;
}

static int node_of(struct reader *r, const yaml_event_t *ev, unsigned depth, struct yaml_node **out,
                   struct err *err);

static int read_node(struct reader *r, unsigned depth, yaml_event_type_t end,
                     struct yaml_node **out, struct err *err)
{
    yaml_event_t ev;

    *out = NULL;
    if (next(r, &ev, err) < 0)
        return -1;
    const int got = ev.type == end ? 0 : node_of(r, &ev, depth, out, err);
    yaml_event_delete(&ev);
    return got;
}

static int sequence(struct reader *r, unsigned depth, struct yaml_node *node, struct err *err)
{
    struct kids kids = {0};
    struct value_list values = {0};

    for (;;) {
        struct yaml_node *kid;

        if (read_node(r, depth, YAML_SEQUENCE_END_EVENT, &kid, err) < 0)
            return -1;
        if (!kid)
            break;
        if (!kids_add(r->a, &kids, kid))
            return err_nomem(err);
        value_list_add(r->a, &values, kid->value);
    }
    node->kids = kids.at;
    node->n = kids.n;
    node->value = value_list_array(r->a, &values);
    return node->value ? 0 : err_nomem(err);
}

static int mapping(struct reader *r, unsigned depth, struct yaml_node *node, struct err *err)
{
    struct kids keys = {0}, kids = {0};
    struct value_fields fields = {0};

    for (;;) {
        struct yaml_node *key, *kid;

        if (read_node(r, depth, YAML_MAPPING_END_EVENT, &key, err) < 0)
            return -1;
        if (!key)
            break;
        const yaml_mark_t at = {.line = key->line - 1, .column = key->col - 1};
        if (!value_cstr(key->value))
            return fail(r, at, err, "a key must be text");
        for (size_t i = 0; i < keys.n; i++) {
            if (value_equal(keys.at[i]->value, key->value))
                return err_set(err, ERR_INVALID, "%s:%u:%u: key '%s' stands twice", r->file,
                               key->line, key->col, value_bytes(key->value));
        }
        if (read_node(r, depth, YAML_NO_EVENT, &kid, err) < 0)
            return -1;
        if (!kids_add(r->a, &keys, key) || !kids_add(r->a, &kids, kid))
            return err_nomem(err);
        value_fields_put(r->a, &fields, key->value, kid->value);
    }
    node->keys = keys.at;
    node->kids = kids.at;
    node->n = kids.n;
    node->value = value_fields_object(r->a, &fields);
    return node->value ? 0 : err_nomem(err);
}

static int node_of(struct reader *r, const yaml_event_t *ev, unsigned depth, struct yaml_node **out,
                   struct err *err)
{
    struct yaml_node *const node = ARENA_NEW(r->a, struct yaml_node);

    if (!node)
        return err_nomem(err);
    if (depth == YAML_DEPTH_MAX)
        return err_set(err, ERR_LIMIT, "%s: deeper than %d levels", r->file, YAML_DEPTH_MAX);
    node->line = (unsigned)ev->start_mark.line + 1;
    node->col = (unsigned)ev->start_mark.column + 1;
    *out = node;
    if (ev->type == YAML_SCALAR_EVENT) {
        if (ev->data.scalar.anchor || ev->data.scalar.tag)
            return fail(r, ev->start_mark, err, "anchors and tags are not understood here");
        node->value = scalar(r->a, ev);
        return node->value ? 0 : err_nomem(err);
    }
    if (ev->type == YAML_SEQUENCE_START_EVENT && !ev->data.sequence_start.anchor)
        return sequence(r, depth + 1, node, err);
    if (ev->type == YAML_MAPPING_START_EVENT && !ev->data.mapping_start.anchor)
        return mapping(r, depth + 1, node, err);
    return fail(r, ev->start_mark, err, "anchors and aliases are not understood here");
}

static int document(struct reader *r, struct yaml_node **out, struct err *err)
{
    yaml_event_t ev;

    *out = NULL;
    for (;;) {
        if (next(r, &ev, err) < 0)
            return -1;
        const yaml_event_type_t type = ev.type;
        const yaml_mark_t at = ev.start_mark;
        int got = 0;

        if (type == YAML_SCALAR_EVENT || type == YAML_SEQUENCE_START_EVENT ||
            type == YAML_MAPPING_START_EVENT || type == YAML_ALIAS_EVENT)
            got = *out ? fail(r, at, err, "more than one document") : node_of(r, &ev, 0, out, err);
        yaml_event_delete(&ev);
        if (got < 0)
            return -1;
        if (type == YAML_STREAM_END_EVENT)
            break;
    }
    if (*out)
        return 0;
    *out = ARENA_NEW(r->a, struct yaml_node); /* an empty file is an empty mapping */
    if (!*out)
        return err_nomem(err);
    **out = (struct yaml_node){.line = 1, .col = 1, .value = value_object(r->a, NULL, NULL, 0)};
    return (*out)->value ? 0 : err_nomem(err);
}

int yaml_parse(struct arena *a, const char *file, const char *text, size_t len,
               struct yaml_node **out, struct err *err)
{
    struct reader r = {.a = a, .file = file};

    if (len > YAML_BYTES_MAX)
        return err_set(err, ERR_LIMIT, "%s: larger than %d bytes", file, YAML_BYTES_MAX);
    if (!yaml_parser_initialize(&r.parser))
        return err_nomem(err);
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, len);
    const int got = document(&r, out, err);
    yaml_parser_delete(&r.parser);
    return got;
}

const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
    for (size_t i = 0; map && map->keys && i < map->n; i++) {
        if (value_is_str(map->keys[i]->value, key))
            return map->kids[i];
    }
    return NULL;
}
