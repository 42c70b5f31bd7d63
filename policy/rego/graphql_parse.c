#include <stdio.h>
#include <string.h>

#include "base/own.h"
#include "policy/rego/graphql.h"

struct parser {
    struct gql_lexer lexer;
    struct arena *arena;
    struct gql_token token; /* the one looked at */
    struct err lexed;       /* what is wrong with it; told when it is taken */
    unsigned depth;
    struct err *err;
    bool failed;
};

/* --- tokens ------------------------------------------------------------------------------ */

static void look(struct parser *p)
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

static void fail_at(struct parser *p, const struct gql_token *t, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
static void fail_at(struct parser *p, const struct gql_token *t, const char *fmt, ...)
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
static const char *token_text(struct parser *p, const struct gql_token *t)
{
    if (t->text == NULL || t->text->count == 0)
        return gql_kind_text(t->kind);
    const char *const text =
        arena_printf(p->arena, "%s \"%s\"", gql_kind_text(t->kind), value_bytes(t->text));

    return text != NULL ? text : "";
}

static void unexpected(struct parser *p)
{
    fail_at(p, &p->token, "Unexpected %s", token_text(p, &p->token));
}

static struct gql_token take(struct parser *p)
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

static bool at(const struct parser *p, enum gql_kind kind)
{
    return !p->failed && p->token.kind == kind;
}

static bool at_word(const struct parser *p, const char *word)
{
    return !p->failed && p->token.text != NULL && value_is_str(p->token.text, word);
}

static bool skip(struct parser *p, enum gql_kind kind)
{
    if (!at(p, kind))
        return false;
    (void)take(p);
    return true;
}

static struct gql_token expect(struct parser *p, enum gql_kind kind)
{
    if (at(p, kind))
        return take(p);
    fail_at(p, &p->token, "Expected %s, found %s", gql_kind_text(kind),
            gql_kind_text(p->token.kind));
    return p->token;
}

static struct gql_token expect_word(struct parser *p, const char *word)
{
    if (at(p, GQL_NAME) && at_word(p, word))
        return take(p);
    fail_at(p, &p->token, "Expected \"%s\", found %s", word, token_text(p, &p->token));
    return p->token;
}

static const struct value *name(struct parser *p)
{
    const struct gql_token t = expect(p, GQL_NAME);

    return p->failed ? NULL : t.text;
}

/* --- nodes ------------------------------------------------------------------------------- */

static void put(struct parser *p, struct value_fields *f, const char *key, const struct value *v)
{
    value_fields_add(p->arena, f, key, v);
}

static void put_text(struct parser *p, struct value_fields *f, const char *key, const char *text)
{
    put(p, f, key, value_str(p->arena, text));
}

static void put_list(struct parser *p, struct value_fields *f, const char *key,
                     const struct value_list *l)
{
    if (l->n > 0)
        put(p, f, key, value_list_array(p->arena, l));
}

/* Place and comments of the token looked at. */
static void put_place(struct parser *p, struct value_fields *f)
{
    struct value_fields place = {0};

    put(p, &place, "Column", value_int(p->arena, p->token.column));
    put(p, &place, "Line", value_int(p->arena, p->token.line));
    put(p, f, "Position", value_fields_object(p->arena, &place));
}

static const struct value *node_close(struct parser *p, const struct value_fields *f)
{
    const struct value *const v = p->failed ? NULL : value_fields_object(p->arena, f);

    if (v == NULL && !p->failed) {
        p->failed = true;
        (void)err_nomem(p->err);
    }
    return v;
}

static bool enter(struct parser *p)
{
    if (++p->depth <= GRAPHQL_DEPTH_MAX)
        return true;
    if (!p->failed)
        (void)err_set(p->err, ERR_LIMIT, "GraphQL nests deeper than %d levels", GRAPHQL_DEPTH_MAX);
    p->failed = true;
    return false;
}

typedef const struct value *item_fn(struct parser *p);

/* Items between marks, at least one; *comments are those before the closing one. */
static struct value_list some(struct parser *p, enum gql_kind open, enum gql_kind shut,
                              item_fn *item, const struct value **comments)
{
    struct value_list l = {0};

    if (!skip(p, open))
        return l;
    while (!p->failed && !at(p, shut))
        value_list_add(p->arena, &l, item(p));
    if (l.n == 0)
        fail_at(p, &p->token, "expected at least one definition, found %s",
                gql_kind_text(p->token.kind));
    if (comments != NULL)
        *comments = p->token.comments;
    (void)take(p);
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

static const struct value *parse_value(struct parser *p, bool constant);

static const struct value *child(struct parser *p, bool constant, bool named)
{
    struct value_fields f = {0};

    if (named) {
        put_place(p, &f);
        put(p, &f, "Comment", p->token.comments);
        put(p, &f, "Name", name(p));
        (void)expect(p, GQL_COLON);
    } else {
        put_text(p, &f, "Name", "");
    }
    put(p, &f, "Value", parse_value(p, constant));
    return node_close(p, &f);
}

static const struct value *value_node(struct parser *p, struct value_fields *f,
                                      enum value_kind kind, const struct value *raw)
{
    put(p, f, "ExpectedTypeHasDefault", &value_false);
    put(p, f, "Kind", value_int(p->arena, kind));
    put(p, f, "Raw", raw != NULL ? raw : value_str(p->arena, ""));
    return node_close(p, f);
}

static const struct value *parse_many(struct parser *p, bool constant, enum gql_kind shut,
                                      enum value_kind kind)
{
    struct value_fields f = {0};
    struct value_list l = {0};

    if (!enter(p))
        return NULL;
    put_place(p, &f);
    put(p, &f, "Comment", p->token.comments);
    (void)take(p);
    while (!p->failed && !at(p, shut))
        value_list_add(p->arena, &l, child(p, constant, kind == KIND_OBJECT));
    (void)take(p);
    put_list(p, &f, "Children", &l);
    p->depth--;
    return value_node(p, &f, kind, NULL);
}

static enum value_kind word_kind(const struct parser *p)
{
    if (at_word(p, "true") || at_word(p, "false"))
        return KIND_BOOLEAN;
    return at_word(p, "null") ? KIND_NULL : KIND_ENUM;
}

static const struct value *parse_value(struct parser *p, bool constant)
{
    struct value_fields f = {0};
    enum value_kind kind = KIND_INT;

    if (p->failed)
        return NULL;
    put_place(p, &f);
    switch (p->token.kind) {
    case GQL_BRACKET_L:
        return parse_many(p, constant, GQL_BRACKET_R, KIND_LIST);
    case GQL_BRACE_L:
        return parse_many(p, constant, GQL_BRACE_R, KIND_OBJECT);
    case GQL_DOLLAR:
        if (constant)
            break;
        put(p, &f, "Comment", p->token.comments);
        (void)take(p);
        return value_node(p, &f, KIND_VARIABLE, name(p));
    case GQL_INT:
        return value_node(p, &f, kind, take(p).text);
    case GQL_FLOAT:
        return value_node(p, &f, KIND_FLOAT, take(p).text);
    case GQL_STRING:
        return value_node(p, &f, KIND_STRING, take(p).text);
    case GQL_BLOCK:
        return value_node(p, &f, KIND_BLOCK, take(p).text);
    case GQL_NAME:
        kind = word_kind(p);
        return value_node(p, &f, kind, take(p).text);
    default:
        break;
    }
    unexpected(p);
    return NULL;
}

static const struct value *argument(struct parser *p, bool constant)
{
    struct value_fields f = {0};

    put_place(p, &f);
    put(p, &f, "Comment", p->token.comments);
    put(p, &f, "Name", name(p));
    (void)expect(p, GQL_COLON);
    put(p, &f, "Value", parse_value(p, constant));
    return node_close(p, &f);
}

static const struct value *argument_any(struct parser *p)
{
    return argument(p, false);
}

static const struct value *argument_constant(struct parser *p)
{
    return argument(p, true);
}

static struct value_list arguments(struct parser *p, bool constant)
{
    return some(p, GQL_PAREN_L, GQL_PAREN_R, constant ? argument_constant : argument_any, NULL);
}

static struct value_list directives(struct parser *p, bool constant)
{
    struct value_list l = {0};

    while (skip(p, GQL_AT)) {
        struct value_fields f = {0};

        put_place(p, &f);
        put(p, &f, "Name", name(p));
        put_text(p, &f, "Location", "");
        const struct value_list args = arguments(p, constant);

        put_list(p, &f, "Arguments", &args);
        value_list_add(p->arena, &l, node_close(p, &f));
    }
    return l;
}

static void put_directives(struct parser *p, struct value_fields *f, bool constant)
{
    const struct value_list l = directives(p, constant);

    put_list(p, f, "Directives", &l);
}

static const struct value *parse_type(struct parser *p)
{
    struct value_fields f = {0};

    if (!enter(p))
        return NULL;
    if (skip(p, GQL_BRACKET_L)) {
        put_place(p, &f);
        put(p, &f, "Elem", parse_type(p));
        put_text(p, &f, "NamedType", "");
        (void)expect(p, GQL_BRACKET_R);
    } else {
        put_place(p, &f);
        put(p, &f, "NamedType", name(p));
    }
    put(p, &f, "NonNull", value_bool_of(skip(p, GQL_BANG)));
    p->depth--;
    return node_close(p, &f);
}

/* --- queries ----------------------------------------------------------------------------- */

static const struct value *selection(struct parser *p);

static void put_selections(struct parser *p, struct value_fields *f, bool required)
{
    if (!at(p, GQL_BRACE_L)) {
        if (required)
            (void)expect(p, GQL_BRACE_L);
        return;
    }
    if (!enter(p))
        return;
    const struct value_list l = some(p, GQL_BRACE_L, GQL_BRACE_R, selection, NULL);

    put_list(p, f, "SelectionSet", &l);
    p->depth--;
}

static const struct value *fragment_name(struct parser *p)
{
    if (at_word(p, "on")) {
        unexpected(p);
        return NULL;
    }
    return name(p);
}

static const struct value *spread(struct parser *p)
{
    struct value_fields f = {0};
    const struct value *const comments = take(p).comments;

    put(p, &f, "Comment", comments);
    put_place(p, &f);
    if (at(p, GQL_NAME) && !at_word(p, "on")) {
        put(p, &f, "Name", name(p));
        put_directives(p, &f, false);
        return node_close(p, &f);
    }
    if (at_word(p, "on")) {
        (void)take(p);
        put(p, &f, "TypeCondition", name(p));
    } else {
        put_text(p, &f, "TypeCondition", "");
    }
    put_directives(p, &f, false);
    put_selections(p, &f, true);
    return node_close(p, &f);
}

static const struct value *selection(struct parser *p)
{
    struct value_fields f = {0};

    if (at(p, GQL_SPREAD))
        return spread(p);
    put_place(p, &f);
    put(p, &f, "Comment", p->token.comments);
    const struct value *const alias = name(p);

    put(p, &f, "Alias", alias);
    put(p, &f, "Name", skip(p, GQL_COLON) ? name(p) : alias);
    const struct value_list args = arguments(p, false);

    put_list(p, &f, "Arguments", &args);
    put_directives(p, &f, false);
    put_selections(p, &f, false);
    return node_close(p, &f);
}

static const struct value *variable(struct parser *p)
{
    struct value_fields f = {0};

    put_place(p, &f);
    put(p, &f, "Comment", p->token.comments);
    (void)expect(p, GQL_DOLLAR);
    put(p, &f, "Variable", name(p));
    (void)expect(p, GQL_COLON);
    put(p, &f, "Type", parse_type(p));
    if (skip(p, GQL_EQUALS))
        put(p, &f, "DefaultValue", parse_value(p, true));
    put_directives(p, &f, false);
    put(p, &f, "Used", &value_false);
    return node_close(p, &f);
}

static const struct value *operation_type(struct parser *p)
{
    static const char *const types[] = {"query", "mutation", "subscription"};

    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (at_word(p, types[i]))
            return take(p).text;
    }
    unexpected(p);
    return NULL;
}

static const struct value *operation(struct parser *p)
{
    struct value_fields f = {0};

    put_place(p, &f);
    put(p, &f, "Comment", p->token.comments);
    if (at(p, GQL_BRACE_L)) {
        put_text(p, &f, "Operation", "query");
        put_text(p, &f, "Name", "");
        put_selections(p, &f, true);
        return node_close(p, &f);
    }
    put(p, &f, "Operation", operation_type(p));
    put(p, &f, "Name", at(p, GQL_NAME) ? take(p).text : value_str(p->arena, ""));
    const struct value_list l = some(p, GQL_PAREN_L, GQL_PAREN_R, variable, NULL);

    put_list(p, &f, "VariableDefinitions", &l);
    put_directives(p, &f, false);
    put_selections(p, &f, true);
    return node_close(p, &f);
}

static const struct value *fragment(struct parser *p)
{
    struct value_fields f = {0};

    put_place(p, &f);
    put(p, &f, "Comment", p->token.comments);
    (void)expect_word(p, "fragment");
    put(p, &f, "Name", fragment_name(p));
    const struct value_list l = some(p, GQL_PAREN_L, GQL_PAREN_R, variable, NULL);

    put_list(p, &f, "VariableDefinition", &l);
    (void)expect_word(p, "on");
    put(p, &f, "TypeCondition", name(p));
    put_directives(p, &f, false);
    put_selections(p, &f, true);
    return node_close(p, &f);
}

static struct parser parser_of(struct arena *a, const char *text, size_t len, struct err *err)
{
    struct parser p = {
        .lexer = {.arena = a, .at = text, .end = text + len, .line = 1}, .arena = a, .err = err};

    look(&p);
    p.lexer.err = NULL;
    return p;
}

int graphql_parse_query(struct arena *a, const char *text, size_t len, const struct value **out,
                        struct err *err)
{
    struct parser p = parser_of(a, text, len, err);
    struct value_list operations = {0}, fragments = {0};
    struct value_fields f = {0};

    while (!p.failed && !at(&p, GQL_EOF)) {
        if (at(&p, GQL_BRACE_L) ||
            (at(&p, GQL_NAME) &&
             (at_word(&p, "query") || at_word(&p, "mutation") || at_word(&p, "subscription"))))
            value_list_add(a, &operations, operation(&p));
        else if (at(&p, GQL_NAME) && at_word(&p, "fragment"))
            value_list_add(a, &fragments, fragment(&p));
        else
            unexpected(&p);
    }
    put_list(&p, &f, "Operations", &operations);
    put_list(&p, &f, "Fragments", &fragments);
    *out = node_close(&p, &f);
    return p.failed ? -1 : 0;
}

/* --- schemas ----------------------------------------------------------------------------- */

/* A string before a definition: its text, and the comments before it. */
static void put_description(struct parser *p, struct value_fields *f)
{
    if (!at(p, GQL_STRING) && !at(p, GQL_BLOCK)) {
        put_text(p, f, "Description", "");
        return;
    }
    const struct gql_token t = take(p);

    put(p, f, "Description", t.text);
    if (t.text != NULL && t.text->count > 0)
        put(p, f, "BeforeDescriptionComment", t.comments);
}

static const struct value *input_value(struct parser *p)
{
    struct value_fields f = {0};

    put_description(p, &f);
    put(p, &f, "AfterDescriptionComment", p->token.comments);
    put_place(p, &f);
    put(p, &f, "Name", name(p));
    (void)expect(p, GQL_COLON);
    put(p, &f, "Type", parse_type(p));
    if (skip(p, GQL_EQUALS))
        put(p, &f, "DefaultValue", parse_value(p, true));
    put_directives(p, &f, true);
    return node_close(p, &f);
}

static const struct value *field(struct parser *p)
{
    struct value_fields f = {0};

    put_description(p, &f);
    put(p, &f, "AfterDescriptionComment", p->token.comments);
    put_place(p, &f);
    put(p, &f, "Name", name(p));
    const struct value_list args = some(p, GQL_PAREN_L, GQL_PAREN_R, input_value, NULL);

    put_list(p, &f, "Arguments", &args);
    (void)expect(p, GQL_COLON);
    put(p, &f, "Type", parse_type(p));
    put_directives(p, &f, true);
    return node_close(p, &f);
}

static const struct value *enum_value(struct parser *p)
{
    struct value_fields f = {0};

    put_description(p, &f);
    put(p, &f, "AfterDescriptionComment", p->token.comments);
    put_place(p, &f);
    put(p, &f, "Name", name(p));
    put_directives(p, &f, true);
    return node_close(p, &f);
}

/* Names with marks between them, one leading mark allowed. */
static void put_names(struct parser *p, struct value_fields *f, const char *key, enum gql_kind mark)
{
    struct value_list l = {0};

    (void)skip(p, mark);
    do
        value_list_add(p->arena, &l, name(p));
    while (skip(p, mark));
    if (!p->failed)
        put_list(p, f, key, &l);
}

static const struct value *operation_of_schema(struct parser *p)
{
    struct value_fields f = {0};

    put_place(p, &f);
    put(p, &f, "Comment", p->token.comments);
    put(p, &f, "Operation", operation_type(p));
    (void)expect(p, GQL_COLON);
    put(p, &f, "Type", name(p));
    return node_close(p, &f);
}

static bool has(const struct value_fields *f, const char *key)
{
    for (size_t i = 0; i < f->keys.n; i++) {
        if (value_is_str(f->keys.items[i], key))
            return true;
    }
    return false;
}

static void put_body(struct parser *p, struct value_fields *f, const char *key, item_fn *item)
{
    const struct value *comments = NULL;
    const struct value_list l = some(p, GQL_BRACE_L, GQL_BRACE_R, item, &comments);

    put_list(p, f, key, &l);
    put(p, f, "EndOfDefinitionComment", comments);
}

static const struct value *schema_definition(struct parser *p, struct value_fields *f,
                                             bool extension)
{
    const struct gql_token word = expect_word(p, "schema");

    put(p, f, "AfterDescriptionComment", word.comments);
    put_place(p, f);
    put_directives(p, f, true);
    put_body(p, f, "OperationTypes", operation_of_schema);
    if (extension && !has(f, "Directives") && !has(f, "OperationTypes"))
        unexpected(p);
    return node_close(p, f);
}

static const struct type_form {
    const char *word, *kind;
    bool interfaces;
    const char *key; /* of the body */
    item_fn *item;   /* NULL: names */
} type_forms[] = {
    {"scalar", "SCALAR", false, NULL, NULL},
    {"type", "OBJECT", true, "Fields", field},
    {"interface", "INTERFACE", true, "Fields", field},
    {"union", "UNION", false, "Types", NULL},
    {"enum", "ENUM", false, "EnumValues", enum_value},
    {"input", "INPUT_OBJECT", false, "Fields", input_value},
};

static const struct type_form *type_form(const struct parser *p)
{
    for (size_t i = 0; i < ARRAY_LEN(type_forms); i++) {
        if (at(p, GQL_NAME) && at_word(p, type_forms[i].word))
            return &type_forms[i];
    }
    return NULL;
}

static const struct value *type_definition(struct parser *p, struct value_fields *f,
                                           const struct type_form *form, bool extension,
                                           bool builtin)
{
    const struct gql_token word = take(p);

    if (!has(f, "AfterDescriptionComment"))
        put(p, f, "AfterDescriptionComment", word.comments);
    put_place(p, f);
    put_text(p, f, "Kind", form->kind);
    put(p, f, "Name", name(p));
    put(p, f, "BuiltIn", value_bool_of(builtin));
    if (form->interfaces && at_word(p, "implements")) {
        (void)take(p);
        put_names(p, f, "Interfaces", GQL_AMP);
    }
    put_directives(p, f, true);
    if (form->item != NULL)
        put_body(p, f, form->key, form->item);
    else if (form->key != NULL && skip(p, GQL_EQUALS))
        put_names(p, f, form->key, GQL_PIPE);
    if (extension && !has(f, "Interfaces") && !has(f, "Directives") &&
        (form->key == NULL || !has(f, form->key)))
        unexpected(p);
    return node_close(p, f);
}

static const char *const locations[] = {"QUERY",
                                        "MUTATION",
                                        "SUBSCRIPTION",
                                        "FIELD",
                                        "FRAGMENT_DEFINITION",
                                        "FRAGMENT_SPREAD",
                                        "INLINE_FRAGMENT",
                                        "VARIABLE_DEFINITION",
                                        "SCHEMA",
                                        "SCALAR",
                                        "OBJECT",
                                        "FIELD_DEFINITION",
                                        "ARGUMENT_DEFINITION",
                                        "INTERFACE",
                                        "UNION",
                                        "ENUM",
                                        "ENUM_VALUE",
                                        "INPUT_OBJECT",
                                        "INPUT_FIELD_DEFINITION"};

static const struct value *location(struct parser *p)
{
    const struct gql_token t = expect(p, GQL_NAME);

    for (size_t i = 0; !p->failed && i < ARRAY_LEN(locations); i++) {
        if (value_is_str(t.text, locations[i]))
            return t.text;
    }
    fail_at(p, &t, "Unexpected %s", token_text(p, &t));
    return NULL;
}

static const struct value *directive_definition(struct parser *p, struct value_fields *f)
{
    const struct gql_token word = expect_word(p, "directive");
    struct value_list l = {0};

    put(p, f, "AfterDescriptionComment", word.comments);
    (void)expect(p, GQL_AT);
    put_place(p, f);
    put(p, f, "Name", name(p));
    const struct value_list args = some(p, GQL_PAREN_L, GQL_PAREN_R, input_value, NULL);

    put_list(p, f, "Arguments", &args);
    const bool repeatable = at(p, GQL_NAME) && at_word(p, "repeatable");

    if (repeatable)
        (void)take(p);
    put(p, f, "IsRepeatable", value_bool_of(repeatable));
    (void)expect_word(p, "on");
    (void)skip(p, GQL_PIPE);
    do
        value_list_add(p->arena, &l, location(p));
    while (skip(p, GQL_PIPE));
    if (!p->failed)
        put_list(p, f, "Locations", &l);
    return node_close(p, f);
}

struct schema_lists {
    struct value_list schema, schema_extensions, directives, definitions, extensions;
};

static void extension(struct parser *p, struct schema_lists *l, bool builtin)
{
    struct value_fields f = {0};
    const struct gql_token word = take(p);
    const struct type_form *const form = type_form(p);

    put_text(p, &f, "Description", "");
    if (at(p, GQL_NAME) && at_word(p, "schema")) {
        value_list_add(p->arena, &l->schema_extensions, schema_definition(p, &f, true));
    } else if (form != NULL) {
        put(p, &f, "AfterDescriptionComment", word.comments);
        value_list_add(p->arena, &l->extensions, type_definition(p, &f, form, true, builtin));
    } else {
        unexpected(p);
    }
}

static void definition(struct parser *p, struct schema_lists *l, bool builtin)
{
    struct value_fields f = {0};
    const struct gql_token before = p->token;

    put_description(p, &f);
    const struct type_form *const form = type_form(p);

    if (form != NULL) {
        value_list_add(p->arena, &l->definitions, type_definition(p, &f, form, false, builtin));
    } else if (at(p, GQL_NAME) && at_word(p, "schema")) {
        value_list_add(p->arena, &l->schema, schema_definition(p, &f, false));
    } else if (at(p, GQL_NAME) && at_word(p, "directive")) {
        value_list_add(p->arena, &l->directives, directive_definition(p, &f));
    } else if (at(p, GQL_NAME) && at_word(p, "extend")) {
        if (before.text != p->token.text && before.text != NULL && before.text->count > 0)
            fail_at(p, &before, "Unexpected %s", token_text(p, &before));
        extension(p, l, builtin);
    } else {
        unexpected(p);
    }
}

int graphql_parse_schema(struct arena *a, const char *text, size_t len, bool builtin,
                         const struct value **out, struct err *err)
{
    struct parser p = parser_of(a, text, len, err);
    struct schema_lists l = {0};
    struct value_fields f = {0};

    while (!p.failed && !at(&p, GQL_EOF))
        definition(&p, &l, builtin);
    put_list(&p, &f, "Schema", &l.schema);
    put_list(&p, &f, "SchemaExtension", &l.schema_extensions);
    put_list(&p, &f, "Directives", &l.directives);
    put_list(&p, &f, "Definitions", &l.definitions);
    put_list(&p, &f, "Extensions", &l.extensions);
    put(&p, &f, "Comment", p.token.comments);
    *out = node_close(&p, &f);
    return p.failed ? -1 : 0;
}
