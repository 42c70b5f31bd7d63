/* providers.aws.sign_req: AWS Signature Version 4 over a request object. */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/machine/builtin_text.h"
#include "policy/machine/gotime.h"
#include "policy/rego/builtins_tools.h"
#include "policy/value/json.h"
#include "policy/value/print.h"

enum { HEADERS_MAX = 256, SHA256_LEN = 32, SHA256_HEX_LEN = 64 };

struct header {
    const char *name, *value;
};

struct signer {
    const char *service, *access, *secret, *region, *token;
    bool unsigned_payload;
    char date[16], time[32];
    struct header own[4]; /* what the signature adds */
    size_t own_n;
    struct header all[HEADERS_MAX]; /* signed, by name */
    size_t n;
};

static int operand_error(struct builtin_ctx *ctx, struct err *err, unsigned n, const char *what,
                         const struct value *set)
{
    AUTO_BUF struct buf b = BUF_INIT;

    if (set != NULL)
        rego_print(&b, set);
    return err_eval(err, "eval_type_error", "%s: operand %u %s%s", ctx->name, n, what,
                    b.data != NULL ? b.data : "");
}

/* The keys of `want` that v lacks (missing), or holds with no string; NULL: none. */
static const struct value *faults(struct builtin_ctx *ctx, const struct value *v,
                                  const char *const *want, bool missing)
{
    struct value_list l = {0};

    for (; *want != NULL; want++) {
        const struct value *const have = value_field(v, *want);

        if (missing ? have == NULL : have != NULL && !value_is(have, VALUE_STRING))
            value_list_add(ctx->arena, &l, value_str(ctx->arena, *want));
    }
    return l.n > 0 ? value_list_set(ctx->arena, &l) : NULL;
}

static int check_keys(struct builtin_ctx *ctx, const struct value *v, unsigned operand,
                      const char *const *want, const char *missing, const char *invalid,
                      struct err *err)
{
    const struct value *set = missing != NULL ? faults(ctx, v, want, true) : NULL;

    if (set != NULL)
        return operand_error(ctx, err, operand, missing, set);
    set = invalid != NULL ? faults(ctx, v, want, false) : NULL;
    return set != NULL ? operand_error(ctx, err, operand, invalid, set) : 0;
}

static const char *text(const struct value *v, const char *field)
{
    const char *const s = value_cstr(value_field(v, field));

    return s != NULL ? s : "";
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct header *)a)->name, ((const struct header *)b)->name);
}

/* Set a header to be signed; a later one replaces one of the same name. */
static void sign_header(struct signer *s, const char *name, const char *value)
{
    for (size_t i = 0; i < s->n; i++) {
        if (strcmp(s->all[i].name, name) == 0) {
            s->all[i].value = value;
            return;
        }
    }
    if (s->n < HEADERS_MAX)
        s->all[s->n++] = (struct header){name, value};
}

static void add_own(struct signer *s, const char *name, const char *value)
{
    s->own[s->own_n++] = (struct header){name, value};
    sign_header(s, name, value);
}

static int add_given(struct builtin_ctx *ctx, struct signer *s, const struct value *headers,
                     struct err *err)
{
    static const char *const ignored[] = {"authorization", "user-agent", "x-amzn-trace-id"};

    for (size_t i = 0; headers != NULL && i < headers->count; i++) {
        const char *const key = value_cstr(value_key_at(headers, i));
        const char *const value = value_cstr(value_val_at(headers, i));
        char *const lower =
            arena_strndup(ctx->arena, key != NULL ? key : "", key != NULL ? strlen(key) : 0);
        bool skip = false;

        if (lower == NULL)
            return err_nomem(err);
        for (char *c = lower; *c != '\0'; c++)
            *c = *c >= 'A' && *c <= 'Z' ? (char)(*c | 0x20) : *c;
        for (size_t k = 0; k < ARRAY_LEN(ignored); k++)
            skip |= strcmp(lower, ignored[k]) == 0;
        if (!skip)
            sign_header(s, lower, value != NULL ? value : "");
    }
    return 0;
}

static void sha256_hex(const char *bytes, size_t len, char out[SHA256_HEX_LEN + 1])
{
    unsigned char hash[EVP_MAX_MD_SIZE];

    (void)EVP_Digest(bytes, len, hash, NULL, EVP_sha256(), NULL);
    for (size_t i = 0; i < SHA256_LEN; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", hash[i]);
}

static void mac(unsigned char key[SHA256_LEN], size_t key_len, const char *first,
                const char *message)
{
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    const void *const k = first != NULL ? (const void *)first : key;

    (void)HMAC(EVP_sha256(), k, (int)key_len, (const unsigned char *)message, strlen(message), out,
               &n);
    memcpy(key, out, SHA256_LEN);
}

struct url {
    const char *host, *path, *query;
};

static int split_url(struct builtin_ctx *ctx, const char *s, struct url *out, struct err *err)
{
    const char *const scheme = strstr(s, "://");
    const char *const authority = scheme != NULL ? scheme + 3 : s;
    const size_t host_len = scheme != NULL ? strcspn(authority, "/?#") : 0;
    const char *const path = authority + host_len;
    const size_t path_len = strcspn(path, "?#");
    const char *const query = path[path_len] == '?' ? path + path_len + 1 : "";
    const char *const at = memchr(authority, '@', host_len);
    const char *const host = at != NULL ? at + 1 : authority;

    out->host = arena_strndup(ctx->arena, host, (size_t)(path - host));
    out->path = arena_strndup(ctx->arena, path, path_len);
    out->query = arena_strndup(ctx->arena, query, strcspn(query, "#"));
    return out->host == NULL || out->path == NULL || out->query == NULL ? err_nomem(err) : 0;
}

/* The Authorization header. */
static int authorize(struct signer *s, const char *method, const struct url *url,
                     const char *content, struct buf *out, struct err *err)
{
    AUTO_BUF struct buf canonical = BUF_INIT, names = BUF_INIT, to_sign = BUF_INIT,
                        secret = BUF_INIT;
    char hash[SHA256_HEX_LEN + 1];
    unsigned char key[SHA256_LEN];

    qsort(s->all, s->n, sizeof(s->all[0]), by_name);
    buf_printf(&canonical, "%s\n%s\n%s\n", method, url->path, url->query);
    for (size_t i = 0; i < s->n; i++) {
        buf_printf(&canonical, "%s:%s\n", s->all[i].name, s->all[i].value);
        buf_printf(&names, "%s%s", i > 0 ? ";" : "", s->all[i].name);
    }
    if (buf_check(&names, err) < 0)
        return -1;
    buf_printf(&canonical, "\n%s\n%s", names.data, content);
    buf_printf(&secret, "AWS4%s", s->secret);
    if (buf_check(&canonical, err) < 0 || buf_check(&secret, err) < 0)
        return -1;
    sha256_hex(canonical.data, canonical.len, hash);
    buf_printf(&to_sign, "AWS4-HMAC-SHA256\n%s\n%s/%s/%s/aws4_request\n%s", s->time, s->date,
               s->region, s->service, hash);
    if (buf_check(&to_sign, err) < 0)
        return -1;
    mac(key, secret.len, secret.data, s->date);
    mac(key, SHA256_LEN, NULL, s->region);
    mac(key, SHA256_LEN, NULL, s->service);
    mac(key, SHA256_LEN, NULL, "aws4_request");
    mac(key, SHA256_LEN, NULL, to_sign.data);
    buf_printf(out,
               "AWS4-HMAC-SHA256 Credential=%s/%s/%s/%s/aws4_request,SignedHeaders=%s,Signature=",
               s->access, s->date, s->region, s->service, names.data);
    for (size_t i = 0; i < SHA256_LEN; i++)
        buf_printf(out, "%02x", key[i]);
    return buf_check(out, err);
}

static int read_config(struct builtin_ctx *ctx, const struct value *config, struct signer *s,
                       struct err *err)
{
    static const char *const keys[] = {"aws_service", "aws_access_key", "aws_secret_access_key",
                                       "aws_region", NULL};

    if (check_keys(ctx, config, 2, keys, "missing required AWS config parameters(s): ",
                   "invalid values for required AWS config parameters(s): ", err) < 0)
        return -1;
    s->service = text(config, "aws_service");
    s->access = text(config, "aws_access_key");
    s->secret = text(config, "aws_secret_access_key");
    s->region = text(config, "aws_region");
    s->token = text(config, "aws_session_token");
    return 0;
}

/* An integer with a point or an exponent does not count as one here. */
static bool number_written_plain(const struct value *v)
{
    AUTO_BUF struct buf b = BUF_INIT;

    json_print(&b, v, JSON_COMPACT);
    return !b.failed && strpbrk(b.data, ".eE") == NULL;
}

static int set_time(struct builtin_ctx *ctx, const struct value *v, struct signer *s,
                    struct err *err)
{
    AUTO_BUF struct buf date = BUF_INIT, time = BUF_INIT;
    int64_t ns = 0;

    if (!value_is(v, VALUE_NUMBER))
        return builtin_type_error(ctx, err, 1, "number", v);
    if (!value_int64(v, &ns) || !number_written_plain(v))
        return operand_error(ctx, err, 3, "could not convert time_ns value into a unix timestamp",
                             NULL);
    const struct civil c = civil_of(moment_of_ns(ns), NULL);

    time_format(&date, "20060102", &c);
    time_format(&time, "20060102T150405Z", &c);
    if (buf_check(&date, err) < 0 || buf_check(&time, err) < 0)
        return -1;
    (void)memccpy(s->date, date.data, 0, sizeof(s->date) - 1);
    (void)memccpy(s->time, time.data, 0, sizeof(s->time) - 1);
    return 0;
}

static int body_bytes(const struct value *req, struct buf *b, struct err *err)
{
    const struct value *const raw = value_field(req, "raw_body"), *const body =
                                                                      value_field(req, "body");

    if (raw != NULL && value_is(raw, VALUE_STRING))
        buf_add(b, value_bytes(raw), raw->count);
    else if (raw == NULL && body != NULL)
        json_print(b, body, JSON_GO_HTML);
    return buf_check(b, err);
}

static const struct value *signed_request(struct builtin_ctx *ctx, const struct value *req,
                                          const struct value *headers, const struct signer *s,
                                          const struct buf *authorization)
{
    struct value_fields f = {0};
    const struct value *const key = value_str(ctx->arena, "headers");

    for (size_t i = 0; headers != NULL && i < headers->count; i++) {
        const struct value *const v = value_val_at(headers, i);

        value_fields_put(ctx->arena, &f, value_key_at(headers, i),
                         value_is(v, VALUE_STRING) ? v : value_str(ctx->arena, ""));
    }
    value_fields_add(ctx->arena, &f, "Authorization",
                     value_string(ctx->arena, authorization->data, authorization->len));
    for (size_t i = 0; i < s->own_n; i++)
        value_fields_add(ctx->arena, &f, s->own[i].name, value_str(ctx->arena, s->own[i].value));
    const struct value *const made = value_fields_object(ctx->arena, &f);

    return key == NULL || made == NULL ? NULL : value_object_with(ctx->arena, req, key, made);
}

int builtin_providers_aws_sign_req(struct builtin_ctx *ctx, const struct value *const *args,
                                   const struct value **out, struct err *err)
{
    static const char *const keys[] = {"method", "url", NULL};
    const struct value *const req = args[0], *const config = args[1];
    const struct value *const headers = value_field(req, "headers");
    const struct value *const disable = value_field(config, "disable_payload_signing");
    AUTO_BUF struct buf body = BUF_INIT, authorization = BUF_INIT;
    struct signer s = {.n = 0};
    struct url url;
    char hash[SHA256_HEX_LEN + 1];

    if (text_object(ctx, args, 0, err) < 0)
        return -1;
    if (!value_is(config, VALUE_OBJECT))
        return builtin_type_error(ctx, err, 1, "object", config);
    if (read_config(ctx, config, &s, err) < 0 || set_time(ctx, args[2], &s, err) < 0 ||
        check_keys(ctx, req, 1, keys, "missing required request parameters(s): ", NULL, err) < 0)
        return -1;
    if (headers != NULL && !value_is(headers, VALUE_OBJECT))
        return builtin_type_error(ctx, err, 0, "object", headers);
    if (check_keys(ctx, req, 1, keys, NULL,
                   "invalid values for required request parameters(s): ", err) < 0)
        return -1;
    if (disable != NULL && !value_is(disable, VALUE_BOOL))
        return operand_error(ctx, err, 2,
                             "invalid value for 'disable_payload_signing' in AWS config", NULL);
    if (split_url(ctx, text(req, "url"), &url, err) < 0 || body_bytes(req, &body, err) < 0)
        return -1;
    sha256_hex(body.data != NULL ? body.data : "", body.len, hash);
    const char *const content = disable != NULL && value_bool(disable) ? "UNSIGNED-PAYLOAD" : hash;

    add_own(&s, "host", url.host);
    add_own(&s, "x-amz-date", s.time);
    if (strcmp(s.service, "s3") == 0 || strcmp(s.service, "glacier") == 0)
        add_own(&s, "x-amz-content-sha256", content);
    if (*s.token != '\0')
        add_own(&s, "x-amz-security-token", s.token);
    if (add_given(ctx, &s, headers, err) < 0 ||
        authorize(&s, text(req, "method"), &url, content, &authorization, err) < 0)
        return -1;
    return text_return(signed_request(ctx, req, headers, &s, &authorization), out, err);
}
