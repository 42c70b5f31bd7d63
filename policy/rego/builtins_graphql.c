/* graphql.*: OPA's functions over policy/rego/graphql.h. */
#include <stdio.h>
#include <string.h>

#include "policy/machine/builtin_text.h"
#include "policy/rego/builtins_tools.h"
#include "policy/rego/graphql.h"

/* "input:LINE:COLUMN: TEXT" as OPA tells it. */
static int raise(struct builtin_ctx *ctx, struct err *err)
{
    const struct err said = *err;
    unsigned line = 0, column = 0;
    int used = 0;

    if (said.code != ERR_INVALID)
        return -1;
    if (sscanf(said.text, "input:%u:%u: %n", &line, &column, &used) < 2 || used == 0)
        return builtin_error(ctx, err, "GraphQL parse error: %s", said.text);
    size_t n = strlen(said.text + used);

    /* a list of errors ends its lines; the last full stop goes with the line end */
    if (n > 1 && strcmp(said.text + used + n - 2, ".\n") == 0)
        n -= 2;
    return builtin_error(ctx, err, "%.*s in GraphQL string at location %u:%u", (int)n,
                         said.text + used, line, column);
}

/* Text to a document; an object is one already. */
/* A document given as an object: what it has besides a document's fields does not count. */
static const struct value *known_fields(struct arena *a, const struct value *v, bool schema)
{
    static const char *const of_query[] = {"Comment", "Fragments", "Operations", "Position", NULL};
    static const char *const of_schema[] = {"Comment",         "Definitions", "Directives",
                                            "Extensions",      "Position",    "Schema",
                                            "SchemaExtension", NULL};
    struct value_fields f = {0};

    for (const char *const *name = schema ? of_schema : of_query; *name; name++)
        if (value_field(v, *name))
            value_fields_add(a, &f, *name, value_field(v, *name));
    return value_fields_object(a, &f);
}

static int document(struct builtin_ctx *ctx, const struct value *v, unsigned operand, bool schema,
                    const struct value **out, struct err *err)
{
    if (value_is(v, VALUE_OBJECT)) {
        *out = known_fields(ctx->arena, v, schema);
        return *out ? 0 : err_nomem(err);
    }
    if (!value_is(v, VALUE_STRING))
        return builtin_type_error(ctx, err, operand, "one of {string, object}", v);
    return schema ? graphql_parse_schema(ctx->arena, value_bytes(v), v->count, false, out, err)
                  : graphql_parse_query(ctx->arena, value_bytes(v), v->count, out, err);
}

static int return_pruned(struct builtin_ctx *ctx, const struct value *doc, const struct value **out,
                         struct err *err)
{
    return text_return(graphql_prune(ctx->arena, doc), out, err);
}

/* Query and schema read and judged. 0, or -1 with *err. */
static int judge(struct builtin_ctx *ctx, const struct value *const *args,
                 const struct value **query, const struct value **schema, struct err *err)
{
    struct gql_schema s;

    if (document(ctx, args[0], 0, false, query, err) < 0 ||
        document(ctx, args[1], 1, true, schema, err) < 0)
        return raise(ctx, err);
    if (graphql_schema(ctx->arena, *schema, &s, err) < 0) {
        if (err->code != ERR_INVALID)
            return -1;
        (void)err_ctx(err, "Error in gqlparser SchemaDocument to Schema conversion");
        return text_raise(ctx, err);
    }
    return graphql_validate(&s, *query, err) < 0 ? raise(ctx, err) : 0;
}

/* What is wrong with a document makes an answer; memory and limits stay errors. */
static bool answerable(struct err *err)
{
    if (err->code == ERR_NOMEM || err->code == ERR_LIMIT)
        return false;
    *err = ERR_INIT;
    return true;
}

int builtin_graphql_parse(struct builtin_ctx *ctx, const struct value *const *args,
                          const struct value **out, struct err *err)
{
    const struct value *query = NULL, *schema = NULL;

    if (judge(ctx, args, &query, &schema, err) < 0)
        return -1;
    query = graphql_prune(ctx->arena, query);
    schema = graphql_prune(ctx->arena, schema);
    if (query == NULL || schema == NULL)
        return err_nomem(err);
    return text_return(value_array(ctx->arena, (const struct value *[]){query, schema}, 2), out,
                       err);
}

int builtin_graphql_parse_and_verify(struct builtin_ctx *ctx, const struct value *const *args,
                                     const struct value **out, struct err *err)
{
    const struct value *query = NULL, *schema = NULL;
    const bool valid = judge(ctx, args, &query, &schema, err) == 0;

    if (!valid && !answerable(err))
        return -1;
    query = valid ? graphql_prune(ctx->arena, query) : value_object(ctx->arena, NULL, NULL, 0);
    schema = valid ? graphql_prune(ctx->arena, schema) : value_object(ctx->arena, NULL, NULL, 0);
    if (query == NULL || schema == NULL)
        return err_nomem(err);
    return text_return(
        value_array(ctx->arena, (const struct value *[]){value_bool_of(valid), query, schema}, 3),
        out, err);
}

int builtin_graphql_is_valid(struct builtin_ctx *ctx, const struct value *const *args,
                             const struct value **out, struct err *err)
{
    const struct value *query = NULL, *schema = NULL;
    const bool valid = judge(ctx, args, &query, &schema, err) == 0;

    if (!valid && !answerable(err))
        return -1;
    *out = value_bool_of(valid);
    return 0;
}

int builtin_graphql_parse_query(struct builtin_ctx *ctx, const struct value *const *args,
                                const struct value **out, struct err *err)
{
    const struct value *text = NULL, *doc = NULL;

    if (text_string(ctx, args, 0, &text, err) < 0)
        return -1;
    if (document(ctx, text, 1, false, &doc, err) < 0)
        return raise(ctx, err);
    return return_pruned(ctx, doc, out, err);
}

int builtin_graphql_parse_schema(struct builtin_ctx *ctx, const struct value *const *args,
                                 const struct value **out, struct err *err)
{
    const struct value *text = NULL, *doc = NULL;

    if (text_string(ctx, args, 0, &text, err) < 0)
        return -1;
    if (document(ctx, text, 1, true, &doc, err) < 0)
        return raise(ctx, err);
    return return_pruned(ctx, doc, out, err);
}

int builtin_graphql_schema_is_valid(struct builtin_ctx *ctx, const struct value *const *args,
                                    const struct value **out, struct err *err)
{
    const struct value *doc = NULL;
    struct gql_schema s;
    const bool valid = document(ctx, args[0], 0, true, &doc, err) == 0 &&
                       graphql_schema(ctx->arena, doc, &s, err) == 0;

    if (!valid && !answerable(err))
        return -1;
    *out = value_bool_of(valid);
    return 0;
}
