/* The formats a schema may ask of strings, and json.match_schema, json.verify_schema. */
#include <string.h>

#include "base/own.h"
#include "policy/machine/builtins_text.h"
#include "policy/machine/gotime.h"
#include "policy/machine/ip.h"
#include "policy/machine/jsonschema.h"
#include "policy/value/json.h"

static int any_layout(const struct value *v, const char *const *layouts, struct err *err)
{
    struct moment t;

    for (; *layouts != NULL; layouts++) {
        struct err why = ERR_INIT;

        if (time_parse(*layouts, value_bytes(v), v->count, &t, &why) == 0)
            return 1;
        if (why.code == ERR_NOMEM) {
            *err = why;
            return -1;
        }
    }
    return 0;
}

static int is_date(struct builtin_ctx *ctx, const struct value *v, struct err *err)
{
    static const char *const layouts[] = {"2006-01-02", NULL};

    (void)ctx;
    return any_layout(v, layouts, err);
}

static int is_time(struct builtin_ctx *ctx, const struct value *v, struct err *err)
{
    static const char *const layouts[] = {"15:04:05Z07:00", "15:04:05", NULL};

    (void)ctx;
    return any_layout(v, layouts, err);
}

static int is_date_time(struct builtin_ctx *ctx, const struct value *v, struct err *err)
{
    static const char *const layouts[] = {"15:04:05", "15:04:05Z07:00", "2006-01-02",
                                          "2006-01-02T15:04:05Z07:00", NULL};

    (void)ctx;
    return any_layout(v, layouts, err);
}

static int is_pattern(struct builtin_ctx *ctx, const struct value *v, const char *pattern,
                      struct err *err)
{
    const struct regex *re = NULL;

    if (text_regex(ctx, pattern, strlen(pattern), &re, err) < 0)
        return -1;
    return regex_find(re, ctx->arena, value_bytes(v), v->count, 0, NULL, 0, NULL, err);
}

static int is_hostname(struct builtin_ctx *ctx, const struct value *v, struct err *err)
{
    return v->count >= 256 ? 0
                           : is_pattern(ctx, v,
                                        "^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
                                        "(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$",
                                        err);
}

static int is_email(struct builtin_ctx *ctx, const struct value *v, struct err *err)
{
    /* an address alone or behind a name, in angle brackets */
    return is_pattern(ctx, v,
                      "^\\s*(?:[^<>@]*<)?"
                      "(?:[^\\s<>()\\[\\]:;@\\\\,.\"]+(?:\\.[^\\s<>()\\[\\]:;@\\\\,.\"]+)*"
                      "|\"(?:[^\"\\\\]|\\\\.)*\")"
                      "@(?:[^\\s<>()\\[\\]:;@\\\\,.\"]+(?:\\.[^\\s<>()\\[\\]:;@\\\\,.\"]+)*"
                      "|\\[[^\\]]*\\])>?\\s*$",
                      err);
}

static int is_ip(struct builtin_ctx *ctx, const struct value *v, struct err *err)
{
    ip_bits ip = 0;

    (void)ctx;
    (void)err;
    return ip_parse(value_bytes(v), v->count, &ip);
}

static int is_ipv4(struct builtin_ctx *ctx, const struct value *v, struct err *err)
{
    return is_ip(ctx, v, err) && memchr(value_bytes(v), '.', v->count) != NULL;
}

static int is_ipv6(struct builtin_ctx *ctx, const struct value *v, struct err *err)
{
    return is_ip(ctx, v, err) && memchr(value_bytes(v), ':', v->count) != NULL;
}

static int is_uri_reference(struct builtin_ctx *ctx, const struct value *v, struct err *err)
{
    bool scheme = false;

    (void)ctx;
    (void)err;
    return text_uri(value_bytes(v), v->count, &scheme, NULL) &&
           memchr(value_bytes(v), '\\', v->count) == NULL;
}

static int is_uri(struct builtin_ctx *ctx, const struct value *v, struct err *err)
{
    bool scheme = false;

    (void)ctx;
    (void)err;
    return text_uri(value_bytes(v), v->count, &scheme, NULL) && scheme &&
           memchr(value_bytes(v), '\\', v->count) == NULL;
}

static int is_uri_template(struct builtin_ctx *ctx, const struct value *v, struct err *err)
{
    AUTO_BUF struct buf path = BUF_INIT;
    bool scheme = false;

    if (!text_uri(value_bytes(v), v->count, &scheme, &path) ||
        memchr(value_bytes(v), '\\', v->count) != NULL)
        return 0;
    if (buf_check(&path, err) < 0)
        return -1;
    const struct value *const text =
        value_string(ctx->arena, path.data != NULL ? path.data : "", path.len);

    return text == NULL ? err_nomem(err) : is_pattern(ctx, text, "^([^{]*({[^}]*})?)*$", err);
}

static int is_uuid(struct builtin_ctx *ctx, const struct value *v, struct err *err)
{
    return is_pattern(ctx, v, "^(?i)[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$",
                      err);
}

static int is_regex(struct builtin_ctx *ctx, const struct value *v, struct err *err)
{
    const struct regex *re = NULL;
    struct err why = ERR_INIT;

    if (text_regex(ctx, value_bytes(v), v->count, &re, &why) == 0)
        return 1;
    if (why.code != ERR_NOMEM)
        return 0;
    *err = why;
    return -1;
}

static int is_pointer(struct builtin_ctx *ctx, const struct value *v, struct err *err)
{
    return is_pattern(ctx, v, "^(?:/(?:[^~/]|~0|~1)*)*$", err);
}

static int is_relative_pointer(struct builtin_ctx *ctx, const struct value *v, struct err *err)
{
    return is_pattern(ctx, v, "^(?:0|[1-9][0-9]*)(?:#|(?:/(?:[^~/]|~0|~1)*)*)$", err);
}

static const struct {
    const char *name;
    int (*is)(struct builtin_ctx *ctx, const struct value *v, struct err *err);
} formats[] = {
    {"date", is_date},
    {"time", is_time},
    {"date-time", is_date_time},
    {"hostname", is_hostname},
    {"email", is_email},
    {"idn-email", is_email},
    {"ipv4", is_ipv4},
    {"ipv6", is_ipv6},
    {"uri", is_uri},
    {"uri-reference", is_uri_reference},
    {"iri", is_uri},
    {"iri-reference", is_uri_reference},
    {"uri-template", is_uri_template},
    {"uuid", is_uuid},
    {"regex", is_regex},
    {"json-pointer", is_pointer},
    {"relative-json-pointer", is_relative_pointer},
};

int schema_format(struct builtin_ctx *ctx, const char *format, const struct value *v,
                  struct err *err)
{
    for (size_t i = 0; value_is(v, VALUE_STRING) && i < ARRAY_LEN(formats); i++) {
        if (strcmp(formats[i].name, format) == 0)
            return formats[i].is(ctx, v, err);
    }
    return 1;
}

/* --- built-ins --------------------------------------------------------------------------- */

/* Sets, and what is no JSON, as their JSON form; text as the document it holds. */
static int load(struct builtin_ctx *ctx, const struct value *v, const struct value **out,
                struct err *err)
{
    AUTO_BUF struct buf b = BUF_INIT;
    struct err why = ERR_INIT;
    const char *text = NULL;
    size_t len = 0, used = 0;

    if (value_is(v, VALUE_STRING)) {
        text = value_bytes(v);
        len = v->count;
    } else if (value_is(v, VALUE_OBJECT) || value_is(v, VALUE_ARRAY)) {
        json_print(&b, v, JSON_COMPACT);
        if (buf_check(&b, err) < 0)
            return -1;
        text = b.data;
        len = b.len;
    } else {
        return err_set(err, ERR_INVALID, "wrong type, expected string or object");
    }
    if (json_parse(ctx->arena, text, len, JSON_LAST_WINS, out, &used, &why) == 0)
        return 0;
    if (why.code == ERR_INVALID)
        return err_set(err, ERR_INVALID, "invalid JSON string");
    *err = why;
    return -1;
}

static int return_pair(struct builtin_ctx *ctx, bool valid, const struct value *second,
                       const struct value **out, struct err *err)
{
    if (second == NULL)
        return err_nomem(err);
    return text_return(
        value_array(ctx->arena, (const struct value *[]){value_bool_of(valid), second}, 2), out,
        err);
}

int builtin_json_verify_schema(struct builtin_ctx *ctx, const struct value *const *args,
                               const struct value **out, struct err *err)
{
    const struct value *root = NULL;
    struct schema s;

    if (load(ctx, args[0], &root, err) == 0 && schema_check(ctx, root, &s, err) == 0)
        return return_pair(ctx, true, &value_null, out, err);
    if (err->code != ERR_INVALID)
        return -1;
    const struct value *const why = value_strf(ctx->arena, "jsonschema: %s", err->text);

    *err = ERR_INIT;
    return return_pair(ctx, false, why, out, err);
}

int builtin_json_match_schema(struct builtin_ctx *ctx, const struct value *const *args,
                              const struct value **out, struct err *err)
{
    const struct value *doc = NULL, *root = NULL, *errors = NULL;
    struct schema s;

    if (load(ctx, args[0], &doc, err) < 0 || load(ctx, args[1], &root, err) < 0 ||
        schema_check(ctx, root, &s, err) < 0 || schema_match(&s, doc, &errors, err) < 0)
        return text_raise(ctx, err);
    return return_pair(ctx, errors->count == 0, errors, out, err);
}
