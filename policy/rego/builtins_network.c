/* http.send, net.lookup_ip_addr: what they can answer without a network. A policy decides on what
 * it was given; a call that would reach out is an error. */
#include <string.h>

#include "base/own.h"
#include "policy/machine/builtin_text.h"
#include "policy/machine/ip.h"
#include "policy/rego/builtins_tools.h"
#include "policy/value/print.h"

static const char *const request_keys[] = {"body",
                                           "cache",
                                           "cache_ignored_headers",
                                           "caching_mode",
                                           "enable_redirect",
                                           "force_cache",
                                           "force_cache_duration_seconds",
                                           "force_json_decode",
                                           "force_yaml_decode",
                                           "headers",
                                           "max_retry_attempts",
                                           "method",
                                           "raise_error",
                                           "raw_body",
                                           "timeout",
                                           "tls_ca_cert",
                                           "tls_ca_cert_env_variable",
                                           "tls_ca_cert_file",
                                           "tls_client_cert",
                                           "tls_client_cert_env_variable",
                                           "tls_client_cert_file",
                                           "tls_client_key",
                                           "tls_client_key_env_variable",
                                           "tls_client_key_file",
                                           "tls_insecure_skip_verify",
                                           "tls_server_name",
                                           "tls_use_system_certs",
                                           "url"};

static int request_error(struct builtin_ctx *ctx, struct err *err, const char *what,
                         const struct value_list *keys)
{
    AUTO_BUF struct buf b = BUF_INIT;
    const struct value *const set = value_list_set(ctx->arena, keys);

    if (set == NULL)
        return err_nomem(err);
    rego_print(&b, set);
    if (buf_check(&b, err) < 0)
        return -1;
    return err_eval(err, "eval_type_error", "%s: operand 1 %s request parameters(s): %s", ctx->name,
                    what, b.data);
}

int builtin_http_send(struct builtin_ctx *ctx, const struct value *const *args,
                      const struct value **out, struct err *err)
{
    static const char *const required[] = {"method", "url"};
    struct value_list wrong = {0}, missing = {0};

    (void)out;
    if (text_object(ctx, args, 0, err) < 0)
        return -1;
    for (size_t i = 0; i < args[0]->count; i++) {
        bool known = false;

        for (size_t k = 0; k < ARRAY_LEN(request_keys); k++)
            known |= value_is_str(value_key_at(args[0], i), request_keys[k]);
        if (!known)
            value_list_add(ctx->arena, &wrong, value_key_at(args[0], i));
    }
    for (size_t k = 0; k < ARRAY_LEN(required); k++) {
        if (value_field(args[0], required[k]) == NULL)
            value_list_add(ctx->arena, &missing, value_str(ctx->arena, required[k]));
    }
    if (wrong.n > 0)
        return request_error(ctx, err, "invalid", &wrong);
    if (missing.n > 0)
        return request_error(ctx, err, "missing required", &missing);
    return builtin_error(ctx, err, "policies have no access to the network");
}

/* Addresses are their own; localhost is the loopback addresses (RFC 6761). */
int builtin_net_lookup_ip_addr(struct builtin_ctx *ctx, const struct value *const *args,
                               const struct value **out, struct err *err)
{
    const struct value *name = NULL;
    struct value_list l = {0};
    ip_bits ip = 0;
    char text[IP_TEXT_MAX];

    if (text_string(ctx, args, 0, &name, err) < 0)
        return -1;
    if (value_is_str(name, "localhost")) {
        value_list_add(ctx->arena, &l, value_str(ctx->arena, "127.0.0.1"));
        value_list_add(ctx->arena, &l, value_str(ctx->arena, "::1"));
    } else if (ip_parse(value_bytes(name), name->count, &ip)) {
        ip_print(ip, text);
        value_list_add(ctx->arena, &l, value_str(ctx->arena, text));
    } else {
        return builtin_error(ctx, err, "lookup %s: policies have no access to the network",
                             value_bytes(name));
    }
    return text_return(value_list_set(ctx->arena, &l), out, err);
}
