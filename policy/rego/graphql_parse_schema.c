/* Schema documents. */
#include <string.h>

#include "base/own.h"
#include "policy/rego/graphql_parser.h"

/* A string before a definition: its text, and the comments before it. */
static void put_description(struct gql_parser *p, struct value_fields *f)
{
    if (!gp_at(p, GQL_STRING) && !gp_at(p, GQL_BLOCK)) {
        gp_put_text(p, f, "Description", "");
        return;
    }
    const struct gql_token t = gp_take(p);

    gp_put(p, f, "Description", t.text);
    if (t.text != NULL && t.text->count > 0)
        gp_put(p, f, "BeforeDescriptionComment", t.comments);
}

static const struct value *input_value(struct gql_parser *p)
{
    struct value_fields f = {0};

    put_description(p, &f);
    gp_put(p, &f, "AfterDescriptionComment", p->token.comments);
    gp_put_place(p, &f);
    gp_put(p, &f, "Name", gp_name(p));
    (void)gp_expect(p, GQL_COLON);
    gp_put(p, &f, "Type", gp_parse_type(p));
    if (gp_skip(p, GQL_EQUALS))
        gp_put(p, &f, "DefaultValue", gp_parse_value(p, true));
    gp_put_directives(p, &f, true);
    return gp_close(p, &f);
}

static const struct value *field(struct gql_parser *p)
{
    struct value_fields f = {0};

    put_description(p, &f);
    gp_put(p, &f, "AfterDescriptionComment", p->token.comments);
    gp_put_place(p, &f);
    gp_put(p, &f, "Name", gp_name(p));
    const struct value_list args = gp_some(p, GQL_PAREN_L, GQL_PAREN_R, input_value, NULL);

    gp_put_list(p, &f, "Arguments", &args);
    (void)gp_expect(p, GQL_COLON);
    gp_put(p, &f, "Type", gp_parse_type(p));
    gp_put_directives(p, &f, true);
    return gp_close(p, &f);
}

static const struct value *enum_value(struct gql_parser *p)
{
    struct value_fields f = {0};

    put_description(p, &f);
    gp_put(p, &f, "AfterDescriptionComment", p->token.comments);
    gp_put_place(p, &f);
    gp_put(p, &f, "Name", gp_name(p));
    gp_put_directives(p, &f, true);
    return gp_close(p, &f);
}

/* Names with marks between them, one leading mark allowed. */
static void put_names(struct gql_parser *p, struct value_fields *f, const char *key,
                      enum gql_kind mark)
{
    struct value_list l = {0};

    (void)gp_skip(p, mark);
    do
        value_list_add(p->arena, &l, gp_name(p));
    while (gp_skip(p, mark));
    if (!p->failed)
        gp_put_list(p, f, key, &l);
}

static const struct value *operation_of_schema(struct gql_parser *p)
{
    struct value_fields f = {0};

    gp_put_place(p, &f);
    gp_put(p, &f, "Comment", p->token.comments);
    gp_put(p, &f, "Operation", gp_operation_type(p));
    (void)gp_expect(p, GQL_COLON);
    gp_put(p, &f, "Type", gp_name(p));
    return gp_close(p, &f);
}

static bool has(const struct value_fields *f, const char *key)
{
    for (size_t i = 0; i < f->keys.n; i++) {
        if (value_is_str(f->keys.items[i], key))
            return true;
    }
    return false;
}

static void put_body(struct gql_parser *p, struct value_fields *f, const char *key, gql_item *item)
{
    const struct value *comments = NULL;
    const struct value_list l = gp_some(p, GQL_BRACE_L, GQL_BRACE_R, item, &comments);

    gp_put_list(p, f, key, &l);
    gp_put(p, f, "EndOfDefinitionComment", comments);
}

static const struct value *schema_definition(struct gql_parser *p, struct value_fields *f,
                                             bool extension)
{
    const struct gql_token word = gp_expect_word(p, "schema");

    gp_put(p, f, "AfterDescriptionComment", word.comments);
    gp_put_place(p, f);
    gp_put_directives(p, f, true);
    put_body(p, f, "OperationTypes", operation_of_schema);
    if (extension && !has(f, "Directives") && !has(f, "OperationTypes"))
        gp_unexpected(p);
    return gp_close(p, f);
}

static const struct type_form {
    const char *word, *kind;
    bool interfaces;
    const char *key; /* of the body */
    gql_item *item;  /* NULL: names */
} type_forms[] = {
    {"scalar", "SCALAR", false, NULL, NULL},
    {"type", "OBJECT", true, "Fields", field},
    {"interface", "INTERFACE", true, "Fields", field},
    {"union", "UNION", false, "Types", NULL},
    {"enum", "ENUM", false, "EnumValues", enum_value},
    {"input", "INPUT_OBJECT", false, "Fields", input_value},
};

static const struct type_form *type_form(const struct gql_parser *p)
{
    for (size_t i = 0; i < ARRAY_LEN(type_forms); i++) {
        if (gp_at(p, GQL_NAME) && gp_at_word(p, type_forms[i].word))
            return &type_forms[i];
    }
    return NULL;
}

static const struct value *type_definition(struct gql_parser *p, struct value_fields *f,
                                           const struct type_form *form, bool extension,
                                           bool builtin)
{
    const struct gql_token word = gp_take(p);

    if (!has(f, "AfterDescriptionComment"))
        gp_put(p, f, "AfterDescriptionComment", word.comments);
    gp_put_place(p, f);
    gp_put_text(p, f, "Kind", form->kind);
    gp_put(p, f, "Name", gp_name(p));
    gp_put(p, f, "BuiltIn", value_bool_of(builtin));
    if (form->interfaces && gp_at_word(p, "implements")) {
        (void)gp_take(p);
        put_names(p, f, "Interfaces", GQL_AMP);
    }
    gp_put_directives(p, f, true);
    if (form->item != NULL)
        put_body(p, f, form->key, form->item);
    else if (form->key != NULL && gp_skip(p, GQL_EQUALS))
        put_names(p, f, form->key, GQL_PIPE);
    if (extension && !has(f, "Interfaces") && !has(f, "Directives") &&
        (form->key == NULL || !has(f, form->key)))
        gp_unexpected(p);
    return gp_close(p, f);
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

static const struct value *location(struct gql_parser *p)
{
    const struct gql_token t = gp_expect(p, GQL_NAME);

    for (size_t i = 0; !p->failed && i < ARRAY_LEN(locations); i++) {
        if (value_is_str(t.text, locations[i]))
            return t.text;
    }
    gp_fail_at(p, &t, "Unexpected %s", gp_token_text(p, &t));
    return NULL;
}

static const struct value *directive_definition(struct gql_parser *p, struct value_fields *f)
{
    const struct gql_token word = gp_expect_word(p, "directive");
    struct value_list l = {0};

    gp_put(p, f, "AfterDescriptionComment", word.comments);
    (void)gp_expect(p, GQL_AT);
    gp_put_place(p, f);
    gp_put(p, f, "Name", gp_name(p));
    const struct value_list args = gp_some(p, GQL_PAREN_L, GQL_PAREN_R, input_value, NULL);

    gp_put_list(p, f, "Arguments", &args);
    const bool repeatable = gp_at(p, GQL_NAME) && gp_at_word(p, "repeatable");

    if (repeatable)
        (void)gp_take(p);
    gp_put(p, f, "IsRepeatable", value_bool_of(repeatable));
    (void)gp_expect_word(p, "on");
    (void)gp_skip(p, GQL_PIPE);
    do
        value_list_add(p->arena, &l, location(p));
    while (gp_skip(p, GQL_PIPE));
    if (!p->failed)
        gp_put_list(p, f, "Locations", &l);
    return gp_close(p, f);
}

struct schema_lists {
    struct value_list schema, schema_extensions, directives, definitions, extensions;
};

static void extension(struct gql_parser *p, struct schema_lists *l, bool builtin)
{
    struct value_fields f = {0};
    const struct gql_token word = gp_take(p);
    const struct type_form *const form = type_form(p);

    gp_put_text(p, &f, "Description", "");
    if (gp_at(p, GQL_NAME) && gp_at_word(p, "schema")) {
        value_list_add(p->arena, &l->schema_extensions, schema_definition(p, &f, true));
    } else if (form != NULL) {
        gp_put(p, &f, "AfterDescriptionComment", word.comments);
        value_list_add(p->arena, &l->extensions, type_definition(p, &f, form, true, builtin));
    } else {
        gp_unexpected(p);
    }
}

static void definition(struct gql_parser *p, struct schema_lists *l, bool builtin)
{
    struct value_fields f = {0};
    const struct gql_token before = p->token;

    put_description(p, &f);
    const struct type_form *const form = type_form(p);

    if (form != NULL) {
        value_list_add(p->arena, &l->definitions, type_definition(p, &f, form, false, builtin));
    } else if (gp_at(p, GQL_NAME) && gp_at_word(p, "schema")) {
        value_list_add(p->arena, &l->schema, schema_definition(p, &f, false));
    } else if (gp_at(p, GQL_NAME) && gp_at_word(p, "directive")) {
        value_list_add(p->arena, &l->directives, directive_definition(p, &f));
    } else if (gp_at(p, GQL_NAME) && gp_at_word(p, "extend")) {
        if (before.text != p->token.text && before.text != NULL && before.text->count > 0)
            gp_fail_at(p, &before, "Unexpected %s", gp_token_text(p, &before));
        extension(p, l, builtin);
    } else {
        gp_unexpected(p);
    }
}

int graphql_parse_schema(struct arena *a, const char *text, size_t len, bool builtin,
                         const struct value **out, struct err *err)
{
    struct gql_parser p = gp_parser_of(a, text, len, err);
    struct schema_lists l = {0};
    struct value_fields f = {0};

    while (!p.failed && !gp_at(&p, GQL_EOF))
        definition(&p, &l, builtin);
    gp_put_list(&p, &f, "Schema", &l.schema);
    gp_put_list(&p, &f, "SchemaExtension", &l.schema_extensions);
    gp_put_list(&p, &f, "Directives", &l.directives);
    gp_put_list(&p, &f, "Definitions", &l.definitions);
    gp_put_list(&p, &f, "Extensions", &l.extensions);
    gp_put(&p, &f, "Comment", p.token.comments);
    *out = gp_close(&p, &f);
    return p.failed ? -1 : 0;
}
