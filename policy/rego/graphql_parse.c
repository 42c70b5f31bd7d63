#include <stdio.h>
#include <string.h>

#include "base/own.h"
#include "policy/rego/graphql_parser.h"

/* --- tokens ------------------------------------------------------------------------------ */

static void look(struct gql_parser *p)
{
    p->lexed = ERR_INIT;
    p->lexer.err = &p->lexed;
    if (gql_next(&p->lexer, &p->token) == 0)
        return;
    p->token.kind = GQL_INVALID;
    p->token.text = NULL;
    p->token.line = p->lexer.line;
    p->token.column = (unsigned)(p->lexer.runes - p->lexer.line_runes + 1);
}

void gp_fail_at(struct gql_parser *p, const struct gql_token *t, const char *fmt, ...)
{
    char text[256];
    va_list ap;

    if (p->failed)
        return;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    p->failed = true;
    if (p->lexed.code == ERR_NOMEM)
        *p->err = p->lexed;
    else
        (void)err_set(p->err, ERR_INVALID, "input:%u:%u: %s", t->line, t->column, text);
}

/* The token as messages show it: {, Name "x" */
const char *gp_token_text(struct gql_parser *p, const struct gql_token *t)
{
    if (t->text == NULL || t->text->count == 0)
        return gql_kind_text(t->kind);
    const char *const text =
        arena_printf(p->arena, "%s \"%s\"", gql_kind_text(t->kind), value_bytes(t->text));

    return text != NULL ? text : "";
}

void gp_unexpected(struct gql_parser *p)
{
    gp_fail_at(p, &p->token, "Unexpected %s", gp_token_text(p, &p->token));
}

struct gql_token gp_take(struct gql_parser *p)
{
    const struct gql_token t = p->token;

    if (p->failed)
        return t;
    if (p->lexed.code != ERR_NONE) {
        *p->err = p->lexed;
        p->failed = true;
        return t;
    }
    look(p);
    return t;
}

bool gp_at(const struct gql_parser *p, enum gql_kind kind)
{
    return !p->failed && p->token.kind == kind;
}

bool gp_at_word(const struct gql_parser *p, const char *word)
{
    return !p->failed && p->token.text != NULL && value_is_str(p->token.text, word);
}

bool gp_skip(struct gql_parser *p, enum gql_kind kind)
{
    if (!gp_at(p, kind))
        return false;
    (void)gp_take(p);
    return true;
}

struct gql_token gp_expect(struct gql_parser *p, enum gql_kind kind)
{
    if (gp_at(p, kind))
        return gp_take(p);
    gp_fail_at(p, &p->token, "Expected %s, found %s", gql_kind_text(kind),
               gql_kind_text(p->token.kind));
    return p->token;
}

struct gql_token gp_expect_word(struct gql_parser *p, const char *word)
{
    if (gp_at(p, GQL_NAME) && gp_at_word(p, word))
        return gp_take(p);
    gp_fail_at(p, &p->token, "Expected \"%s\", found %s", word, gp_token_text(p, &p->token));
    return p->token;
}

const struct value *gp_name(struct gql_parser *p)
{
    const struct gql_token t = gp_expect(p, GQL_NAME);

    return p->failed ? NULL : t.text;
}

/* --- nodes ------------------------------------------------------------------------------- */

void gp_put(struct gql_parser *p, struct value_fields *f, const char *key, const struct value *v)
{
    value_fields_add(p->arena, f, key, v);
}

void gp_put_text(struct gql_parser *p, struct value_fields *f, const char *key, const char *text)
{
    gp_put(p, f, key, value_str(p->arena, text));
}

void gp_put_list(struct gql_parser *p, struct value_fields *f, const char *key,
                 const struct value_list *l)
{
    if (l->n > 0)
        gp_put(p, f, key, value_list_array(p->arena, l));
}

/* Place and comments of the token looked at. */
void gp_put_place(struct gql_parser *p, struct value_fields *f)
{
    struct value_fields place = {0};

    gp_put(p, &place, "Column", value_int(p->arena, p->token.column));
    gp_put(p, &place, "Line", value_int(p->arena, p->token.line));
    gp_put(p, f, "Position", value_fields_object(p->arena, &place));
}

const struct value *gp_close(struct gql_parser *p, const struct value_fields *f)
{
    const struct value *const v = p->failed ? NULL : value_fields_object(p->arena, f);

    if (v == NULL && !p->failed) {
        p->failed = true;
        (void)err_nomem(p->err);
    }
    return v;
}

static bool enter(struct gql_parser *p)
{
    if (++p->depth <= GRAPHQL_DEPTH_MAX)
        return true;
    if (!p->failed)
        (void)err_set(p->err, ERR_LIMIT, "GraphQL nests deeper than %d levels", GRAPHQL_DEPTH_MAX);
    p->failed = true;
    return false;
}

/* Items between marks, at least one; *comments are those before the closing one. */
struct value_list gp_some(struct gql_parser *p, enum gql_kind open, enum gql_kind shut,
                          gql_item *item, const struct value **comments)
{
    struct value_list l = {0};

    if (!gp_skip(p, open))
        return l;
    while (!p->failed && !gp_at(p, shut))
        value_list_add(p->arena, &l, item(p));
    if (l.n == 0)
        gp_fail_at(p, &p->token, "expected at least one definition, found %s",
                   gql_kind_text(p->token.kind));
    if (comments != NULL)
        *comments = p->token.comments;
    (void)gp_take(p);
    return l;
}

/* --- values ------------------------------------------------------------------------------ */

enum value_kind {
    KIND_VARIABLE,
    KIND_INT,
    KIND_FLOAT,
    KIND_STRING,
    KIND_BLOCK,
    KIND_BOOLEAN,
    KIND_NULL,
    KIND_ENUM,
    KIND_LIST,
    KIND_OBJECT,
};

static const struct value *child(struct gql_parser *p, bool constant, bool named)
{
    struct value_fields f = {0};

    if (named) {
        gp_put_place(p, &f);
        gp_put(p, &f, "Comment", p->token.comments);
        gp_put(p, &f, "Name", gp_name(p));
        (void)gp_expect(p, GQL_COLON);
    } else {
        gp_put_text(p, &f, "Name", "");
    }
    gp_put(p, &f, "Value", gp_parse_value(p, constant));
    return gp_close(p, &f);
}

static const struct value *value_node(struct gql_parser *p, struct value_fields *f,
                                      enum value_kind kind, const struct value *raw)
{
    gp_put(p, f, "ExpectedTypeHasDefault", &value_false);
    gp_put(p, f, "Kind", value_int(p->arena, kind));
    gp_put(p, f, "Raw", raw != NULL ? raw : value_str(p->arena, ""));
    return gp_close(p, f);
}

static const struct value *parse_many(struct gql_parser *p, bool constant, enum gql_kind shut,
                                      enum value_kind kind)
{
    struct value_fields f = {0};
    struct value_list l = {0};

    if (!enter(p))
        return NULL;
    gp_put_place(p, &f);
    gp_put(p, &f, "Comment", p->token.comments);
    (void)gp_take(p);
    while (!p->failed && !gp_at(p, shut))
        value_list_add(p->arena, &l, child(p, constant, kind == KIND_OBJECT));
    (void)gp_take(p);
    gp_put_list(p, &f, "Children", &l);
    p->depth--;
    return value_node(p, &f, kind, NULL);
}

static enum value_kind word_kind(const struct gql_parser *p)
{
    if (gp_at_word(p, "true") || gp_at_word(p, "false"))
        return KIND_BOOLEAN;
    return gp_at_word(p, "null") ? KIND_NULL : KIND_ENUM;
}

const struct value *gp_parse_value(struct gql_parser *p, bool constant)
{
    struct value_fields f = {0};
    enum value_kind kind = KIND_INT;

    if (p->failed)
        return NULL;
    gp_put_place(p, &f);
    switch (p->token.kind) {
    case GQL_BRACKET_L:
        return parse_many(p, constant, GQL_BRACKET_R, KIND_LIST);
    case GQL_BRACE_L:
        return parse_many(p, constant, GQL_BRACE_R, KIND_OBJECT);
    case GQL_DOLLAR:
        if (constant)
            break;
        gp_put(p, &f, "Comment", p->token.comments);
        (void)gp_take(p);
        return value_node(p, &f, KIND_VARIABLE, gp_name(p));
    case GQL_INT:
        return value_node(p, &f, kind, gp_take(p).text);
    case GQL_FLOAT:
        return value_node(p, &f, KIND_FLOAT, gp_take(p).text);
    case GQL_STRING:
        return value_node(p, &f, KIND_STRING, gp_take(p).text);
    case GQL_BLOCK:
        return value_node(p, &f, KIND_BLOCK, gp_take(p).text);
    case GQL_NAME:
        kind = word_kind(p);
        return value_node(p, &f, kind, gp_take(p).text);
    default:
        break;
    }
    gp_unexpected(p);
    return NULL;
}

static const struct value *argument(struct gql_parser *p, bool constant)
{
    struct value_fields f = {0};

    gp_put_place(p, &f);
    gp_put(p, &f, "Comment", p->token.comments);
    gp_put(p, &f, "Name", gp_name(p));
    (void)gp_expect(p, GQL_COLON);
    gp_put(p, &f, "Value", gp_parse_value(p, constant));
    return gp_close(p, &f);
}

static const struct value *argument_any(struct gql_parser *p)
{
    return argument(p, false);
}

static const struct value *argument_constant(struct gql_parser *p)
{
    return argument(p, true);
}

static struct value_list arguments(struct gql_parser *p, bool constant)
{
    return gp_some(p, GQL_PAREN_L, GQL_PAREN_R, constant ? argument_constant : argument_any, NULL);
}

static struct value_list directives(struct gql_parser *p, bool constant)
{
    struct value_list l = {0};

    while (gp_skip(p, GQL_AT)) {
        struct value_fields f = {0};

        gp_put_place(p, &f);
        gp_put(p, &f, "Name", gp_name(p));
        gp_put_text(p, &f, "Location", "");
        const struct value_list args = arguments(p, constant);

        gp_put_list(p, &f, "Arguments", &args);
        value_list_add(p->arena, &l, gp_close(p, &f));
    }
    return l;
}

void gp_put_directives(struct gql_parser *p, struct value_fields *f, bool constant)
{
    const struct value_list l = directives(p, constant);

    gp_put_list(p, f, "Directives", &l);
}

const struct value *gp_parse_type(struct gql_parser *p)
{
    struct value_fields f = {0};

    if (!enter(p))
        return NULL;
    if (gp_skip(p, GQL_BRACKET_L)) {
        gp_put_place(p, &f);
        gp_put(p, &f, "Elem", gp_parse_type(p));
        gp_put_text(p, &f, "NamedType", "");
        (void)gp_expect(p, GQL_BRACKET_R);
    } else {
        gp_put_place(p, &f);
        gp_put(p, &f, "NamedType", gp_name(p));
    }
    gp_put(p, &f, "NonNull", value_bool_of(gp_skip(p, GQL_BANG)));
    p->depth--;
    return gp_close(p, &f);
}

/* --- queries ----------------------------------------------------------------------------- */

static const struct value *selection(struct gql_parser *p);

static void put_selections(struct gql_parser *p, struct value_fields *f, bool required)
{
    if (!gp_at(p, GQL_BRACE_L)) {
        if (required)
            (void)gp_expect(p, GQL_BRACE_L);
        return;
    }
    if (!enter(p))
        return;
    const struct value_list l = gp_some(p, GQL_BRACE_L, GQL_BRACE_R, selection, NULL);

    gp_put_list(p, f, "SelectionSet", &l);
    p->depth--;
}

static const struct value *fragment_name(struct gql_parser *p)
{
    if (gp_at_word(p, "on")) {
        gp_unexpected(p);
        return NULL;
    }
    return gp_name(p);
}

static const struct value *spread(struct gql_parser *p)
{
    struct value_fields f = {0};
    const struct value *const comments = gp_take(p).comments;

    gp_put(p, &f, "Comment", comments);
    gp_put_place(p, &f);
    if (gp_at(p, GQL_NAME) && !gp_at_word(p, "on")) {
        gp_put(p, &f, "Name", gp_name(p));
        gp_put_directives(p, &f, false);
        return gp_close(p, &f);
    }
    if (gp_at_word(p, "on")) {
        (void)gp_take(p);
        gp_put(p, &f, "TypeCondition", gp_name(p));
    } else {
        gp_put_text(p, &f, "TypeCondition", "");
    }
    gp_put_directives(p, &f, false);
    put_selections(p, &f, true);
    return gp_close(p, &f);
}

static const struct value *selection(struct gql_parser *p)
{
    struct value_fields f = {0};

    if (gp_at(p, GQL_SPREAD))
        return spread(p);
    gp_put_place(p, &f);
    gp_put(p, &f, "Comment", p->token.comments);
    const struct value *const alias = gp_name(p);

    gp_put(p, &f, "Alias", alias);
    gp_put(p, &f, "Name", gp_skip(p, GQL_COLON) ? gp_name(p) : alias);
    const struct value_list args = arguments(p, false);

    gp_put_list(p, &f, "Arguments", &args);
    gp_put_directives(p, &f, false);
    put_selections(p, &f, false);
    return gp_close(p, &f);
}

static const struct value *variable(struct gql_parser *p)
{
    struct value_fields f = {0};

    gp_put_place(p, &f);
    gp_put(p, &f, "Comment", p->token.comments);
    (void)gp_expect(p, GQL_DOLLAR);
    gp_put(p, &f, "Variable", gp_name(p));
    (void)gp_expect(p, GQL_COLON);
    gp_put(p, &f, "Type", gp_parse_type(p));
    if (gp_skip(p, GQL_EQUALS))
        gp_put(p, &f, "DefaultValue", gp_parse_value(p, true));
    gp_put_directives(p, &f, false);
    gp_put(p, &f, "Used", &value_false);
    return gp_close(p, &f);
}

const struct value *gp_operation_type(struct gql_parser *p)
{
    static const char *const types[] = {"query", "mutation", "subscription"};

    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (gp_at_word(p, types[i]))
            return gp_take(p).text;
    }
    gp_unexpected(p);
    return NULL;
}

static const struct value *operation(struct gql_parser *p)
{
    struct value_fields f = {0};

    gp_put_place(p, &f);
    if (!gp_at(p, GQL_BRACE_L))
        gp_put(p, &f, "Comment", p->token.comments);
    if (gp_at(p, GQL_BRACE_L)) {
        gp_put_text(p, &f, "Operation", "query");
        gp_put_text(p, &f, "Name", "");
        put_selections(p, &f, true);
        return gp_close(p, &f);
    }
    gp_put(p, &f, "Operation", gp_operation_type(p));
    gp_put(p, &f, "Name", gp_at(p, GQL_NAME) ? gp_take(p).text : value_str(p->arena, ""));
    const struct value_list l = gp_some(p, GQL_PAREN_L, GQL_PAREN_R, variable, NULL);

    gp_put_list(p, &f, "VariableDefinitions", &l);
    gp_put_directives(p, &f, false);
    put_selections(p, &f, true);
    return gp_close(p, &f);
}

static const struct value *fragment(struct gql_parser *p)
{
    struct value_fields f = {0};

    gp_put_place(p, &f);
    gp_put(p, &f, "Comment", p->token.comments);
    (void)gp_expect_word(p, "fragment");
    gp_put(p, &f, "Name", fragment_name(p));
    const struct value_list l = gp_some(p, GQL_PAREN_L, GQL_PAREN_R, variable, NULL);

    gp_put_list(p, &f, "VariableDefinition", &l);
    (void)gp_expect_word(p, "on");
    gp_put(p, &f, "TypeCondition", gp_name(p));
    gp_put_directives(p, &f, false);
    put_selections(p, &f, true);
    return gp_close(p, &f);
}

struct gql_parser gp_parser_of(struct arena *a, const char *text, size_t len, struct err *err)
{
    struct gql_parser p = {
        .lexer = {.arena = a, .at = text, .end = text + len, .line = 1}, .arena = a, .err = err};

    look(&p);
    p.lexer.err = NULL;
    return p;
}

int graphql_parse_query(struct arena *a, const char *text, size_t len, const struct value **out,
                        struct err *err)
{
    struct gql_parser p = gp_parser_of(a, text, len, err);
    struct value_list operations = {0}, fragments = {0};
    struct value_fields f = {0};

    while (!p.failed && !gp_at(&p, GQL_EOF)) {
        if (gp_at(&p, GQL_BRACE_L) ||
            (gp_at(&p, GQL_NAME) && (gp_at_word(&p, "query") || gp_at_word(&p, "mutation") ||
                                     gp_at_word(&p, "subscription"))))
            value_list_add(a, &operations, operation(&p));
        else if (gp_at(&p, GQL_NAME) && gp_at_word(&p, "fragment"))
            value_list_add(a, &fragments, fragment(&p));
        else
            gp_unexpected(&p);
    }
    gp_put_list(&p, &f, "Operations", &operations);
    gp_put_list(&p, &f, "Fragments", &fragments);
    *out = gp_close(&p, &f);
    return p.failed ? -1 : 0;
}
