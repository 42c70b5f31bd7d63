/* io.jwt.*: tokens in JWS compact form (RFC 7515, RFC 7519), judged as OPA does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/machine/builtin_text.h"
#include "policy/machine/machine.h"
#include "policy/rego/builtins_tools.h"
#include "policy/rego/keys.h"
#include "policy/rego/pem.h"
#include "policy/value/json.h"
#include "policy/value/number.h"

enum { NESTING_MAX = 16 };

struct part {
    const char *at;
    size_t len;
};

struct token {
    struct part header, payload, signature;
    struct part signed_text; /* header.payload */
    const struct value *head;
};

/* --- taking apart ------------------------------------------------------------------------ */

static int token_split(struct builtin_ctx *ctx, const struct value *v, struct token *t,
                       struct err *err)
{
    const char *at = NULL, *end = NULL;
    struct part parts[3] = {{NULL, 0}, {NULL, 0}, {NULL, 0}};
    size_t n = 0;

    if (!value_is(v, VALUE_STRING))
        return builtin_type_error(ctx, err, 1, "string", v);
    at = value_bytes(v);
    end = at + v->count;
    if (memchr(at, '.', v->count) == NULL)
        return builtin_error(ctx, err, "encoded JWT had no period separators");
    for (;; n++) {
        const char *const dot = memchr(at, '.', (size_t)(end - at));
        const size_t len = (size_t)((dot != NULL ? dot : end) - at);

        if (n < 3)
            parts[n] = (struct part){at, len};
        if (dot == NULL)
            break;
        at = dot + 1;
    }
    if (n + 1 != 3)
        return builtin_error(ctx, err, "encoded JWT must have 3 sections, found %zu", n + 1);
    *t = (struct token){.header = parts[0], .payload = parts[1], .signature = parts[2]};
    t->signed_text = (struct part){t->header.at, t->header.len + 1 + t->payload.len};
    return 0;
}

/* base64url to bytes in the arena. */
static int decode(struct builtin_ctx *ctx, struct part s, const char *what, struct part *out,
                  struct err *err)
{
    AUTO_BUF struct buf b = BUF_INIT;

    if (base64url_decode(&b, s.at, s.len, err) < 0) {
        if (what != NULL)
            (void)err_ctx(err, "%s had invalid encoding", what);
        return text_raise(ctx, err);
    }
    out->at = arena_strndup(ctx->arena, b.data != NULL ? b.data : "", b.len);
    out->len = b.len;
    return out->at == NULL ? err_nomem(err) : 0;
}

static int json_object(struct builtin_ctx *ctx, struct part s, const char *what,
                       const struct value **out, struct err *err)
{
    size_t used = 0;

    if (json_parse(ctx->arena, s.at, s.len, JSON_LAST_WINS, out, &used, err) < 0) {
        (void)err_ctx(err, "%sinvalid JSON", what);
        return text_raise(ctx, err);
    }
    return value_is(*out, VALUE_OBJECT)
               ? 0
               : builtin_error(ctx, err, "%sdecoded JSON type was not an Object", what);
}

static int token_header(struct builtin_ctx *ctx, struct token *t, struct err *err)
{
    struct part text;

    if (decode(ctx, t->header, "JWT header", &text, err) < 0 ||
        json_object(ctx, text, "bad JWT header: ", &t->head, err) < 0)
        return -1;
    if (value_field(t->head, "enc") != NULL)
        return builtin_error(ctx, err, "JWT is a JWE object, which is not supported");
    return 0;
}

static const struct value *empty_object(struct builtin_ctx *ctx)
{
    return value_object(ctx->arena, NULL, NULL, 0);
}

static int return_three(struct builtin_ctx *ctx, const struct value *x, const struct value *y,
                        const struct value *z, const struct value **out, struct err *err)
{
    if (x == NULL || y == NULL || z == NULL)
        return err_nomem(err);
    return text_return(value_array(ctx->arena, (const struct value *[]){x, y, z}, 3), out, err);
}

int builtin_jwt_decode(struct builtin_ctx *ctx, const struct value *const *args,
                       const struct value **out, struct err *err)
{
    const struct value *v = args[0], *payload = NULL;
    struct token t;
    struct part text, sig;

    for (unsigned i = 0;; i++) {
        if (token_split(ctx, v, &t, err) < 0 || token_header(ctx, &t, err) < 0 ||
            decode(ctx, t.payload, "JWT payload", &text, err) < 0)
            return -1;
        if (!value_is_str(value_field(t.head, "cty"), "JWT") || i == NESTING_MAX)
            break;
        /* a token within: in quotes, as some write it */
        while (text.len > 0 && (*text.at == '"' || *text.at == '\''))
            text = (struct part){text.at + 1, text.len - 1};
        while (text.len > 0 && (text.at[text.len - 1] == '"' || text.at[text.len - 1] == '\''))
            text.len--;
        v = value_string(ctx->arena, text.at, text.len);
        if (v == NULL)
            return err_nomem(err);
    }
    if (json_object(ctx, text, "", &payload, err) < 0 ||
        decode(ctx, t.signature, "JWT signature", &sig, err) < 0)
        return -1;
    AUTO_BUF struct buf hex = BUF_INIT;

    for (size_t i = 0; i < sig.len; i++)
        buf_printf(&hex, "%02x", (unsigned char)sig.at[i]);
    if (buf_check(&hex, err) < 0)
        return -1;
    return return_three(ctx, t.head, payload,
                        value_string(ctx->arena, hex.data != NULL ? hex.data : "", hex.len), out,
                        err);
}

/* --- header parameters ------------------------------------------------------------------- */

struct header {
    const char *alg, *kid, *cty;
    bool critical_unknown;
};

static int read_header(struct builtin_ctx *ctx, const struct value *h, struct header *out,
                       struct err *err)
{
    const struct value *const crit = value_field(h, "crit");
    const struct {
        const char *name;
        const char **to;
    } texts[] = {{"alg", &out->alg}, {"kid", &out->kid}, {"cty", &out->cty}, {"typ", NULL}};

    *out = (struct header){"", "", "", false};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const struct value *const v = value_field(h, texts[i].name);

        if (v == NULL)
            continue;
        if (!value_is(v, VALUE_STRING))
            return builtin_error(ctx, err, "%s: must be a string", texts[i].name);
        if (texts[i].to != NULL)
            *texts[i].to = value_bytes(v);
    }
    if (crit == NULL)
        return 0;
    if (!value_is(crit, VALUE_ARRAY))
        return builtin_error(ctx, err, "crit: must be a list");
    if (crit->count == 0)
        return builtin_error(ctx, err, "crit: must be a nonempty list");
    for (size_t i = 0; i < crit->count; i++) {
        static const char *const known[] = {"alg", "kid", "typ", "cty", "crit"};
        const struct value *const name = value_at(crit, i);
        bool is_known = false;

        for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++)
            is_known |= value_is_str(name, known[k]);
        out->critical_unknown |= !is_known && value_get(h, name) != NULL;
    }
    return 0;
}

/* --- verifying --------------------------------------------------------------------------- */

/* Whether a key of the set verifies: the one that the token names, else any whose algorithm, when
 * it says one, is the token's. */
static bool any_verifies(const struct key_set *keys, const struct header *h,
                         const struct key_alg *alg, const struct token *t, struct part sig)
{
    for (size_t i = 0; *h->kid != '\0' && i < keys->n; i++) {
        if (strcmp(keys->at[i].kid, h->kid) == 0)
            return key_verify(&keys->at[i], alg, t->signed_text.at, t->signed_text.len, sig.at,
                              sig.len);
    }
    for (size_t i = 0; i < keys->n; i++) {
        const struct key *const k = &keys->at[i];

        if ((*k->alg == '\0' || strcmp(k->alg, h->alg) == 0) &&
            key_verify(k, alg, t->signed_text.at, t->signed_text.len, sig.at, sig.len))
            return true;
    }
    return false;
}

static int verify(struct builtin_ctx *ctx, const struct value *const *args, const char *alg_name,
                  const struct value **out, struct err *err)
{
    const struct key_alg *const alg = key_alg_named(alg_name);
    AUTO_KEYS struct key_set keys = {NULL, 0};
    struct token t;
    struct header h;
    struct part sig;

    if (token_split(ctx, args[0], &t, err) < 0)
        return -1;
    if (!value_is(args[1], VALUE_STRING))
        return builtin_type_error(ctx, err, 2, "string", args[1]);
    if (key_set_load(ctx->arena, value_bytes(args[1]), args[1]->count, &keys, err) < 0)
        return text_raise(ctx, err);
    if (decode(ctx, t.signature, NULL, &sig, err) < 0 || token_header(ctx, &t, err) < 0 ||
        read_header(ctx, t.head, &h, err) < 0)
        return -1;
    *out = value_bool_of(any_verifies(&keys, &h, alg, &t, sig));
    return 0;
}

static int verify_secret(struct builtin_ctx *ctx, const struct value *const *args,
                         const char *alg_name, const struct value **out, struct err *err)
{
    const struct value *token = NULL, *secret = NULL;
    struct token t;
    struct part sig;

    if (text_string(ctx, args, 0, &token, err) < 0 || text_string(ctx, args, 1, &secret, err) < 0 ||
        token_split(ctx, token, &t, err) < 0 || decode(ctx, t.signature, NULL, &sig, err) < 0)
        return -1;
    char *const copy = arena_strndup(ctx->arena, value_bytes(secret), secret->count);

    if (copy == NULL)
        return err_nomem(err);
    const struct key key = {.secret = (unsigned char *)copy, .secret_len = secret->count};

    *out = value_bool_of(key_verify(&key, key_alg_named(alg_name), t.signed_text.at,
                                    t.signed_text.len, sig.at, sig.len));
    return 0;
}

#define VERIFY(fn, how, alg)                                                                       \
    int fn(struct builtin_ctx *ctx, const struct value *const *args, const struct value **out,     \
           struct err *err)                                                                        \
    {                                                                                              \
        return how(ctx, args, alg, out, err);                                                      \
    }

VERIFY(builtin_jwt_verify_rs256, verify, "RS256")
VERIFY(builtin_jwt_verify_rs384, verify, "RS384")
VERIFY(builtin_jwt_verify_rs512, verify, "RS512")
VERIFY(builtin_jwt_verify_ps256, verify, "PS256")
VERIFY(builtin_jwt_verify_ps384, verify, "PS384")
VERIFY(builtin_jwt_verify_ps512, verify, "PS512")
VERIFY(builtin_jwt_verify_es256, verify, "ES256")
VERIFY(builtin_jwt_verify_es384, verify, "ES384")
VERIFY(builtin_jwt_verify_es512, verify, "ES512")
VERIFY(builtin_jwt_verify_eddsa, verify, "EdDSA")
VERIFY(builtin_jwt_verify_hs256, verify_secret, "HS256")
VERIFY(builtin_jwt_verify_hs384, verify_secret, "HS384")
VERIFY(builtin_jwt_verify_hs512, verify_secret, "HS512")

/* --- decode_verify ----------------------------------------------------------------------- */

struct constraints {
    struct key_set keys;
    struct key secret;
    bool has_keys;
    const char *alg, *iss, *aud;
    double time; /* ns */
};

static void constraints_done(struct constraints *c)
{
    key_set_done(&c->keys);
}

static int read_text(struct builtin_ctx *ctx, const char *name, const struct value *v,
                     const char **to, struct err *err)
{
    if (!value_is(v, VALUE_STRING))
        return builtin_error(ctx, err, "%s constraint: must be a string", name);
    *to = value_bytes(v);
    return 0;
}

static int read_constraint(struct builtin_ctx *ctx, const char *name, const struct value *v,
                           struct constraints *c, struct err *err)
{
    const char *text = NULL;

    if (strcmp(name, "cert") == 0) {
        if (read_text(ctx, name, v, &text, err) < 0)
            return -1;
        c->has_keys = true;
        return key_set_load(ctx->arena, text, v->count, &c->keys, err) < 0 ? text_raise(ctx, err)
                                                                           : 0;
    }
    if (strcmp(name, "secret") == 0) {
        if (read_text(ctx, name, v, &text, err) < 0)
            return -1;
        char *const copy = arena_strndup(ctx->arena, text, v->count);

        if (copy == NULL)
            return err_nomem(err);
        c->secret.secret = (unsigned char *)copy;
        c->secret.secret_len = v->count;
        return 0;
    }
    if (strcmp(name, "alg") == 0)
        return read_text(ctx, name, v, &c->alg, err);
    if (strcmp(name, "iss") == 0)
        return read_text(ctx, name, v, &c->iss, err);
    if (strcmp(name, "aud") == 0)
        return read_text(ctx, name, v, &c->aud, err);
    if (strcmp(name, "time") != 0)
        return builtin_error(ctx, err, "unknown token validation constraint: %s", name);
    if (!value_is(v, VALUE_NUMBER))
        return builtin_error(ctx, err, "token time constraint: must be a number");
    c->time = number_double(v);
    return c->time >= 0 ? 0
                        : builtin_error(ctx, err, "token time constraint: must not be negative");
}

static int read_constraints(struct builtin_ctx *ctx, const struct value *v, struct constraints *c,
                            struct err *err)
{
    *c = (struct constraints){.alg = "", .iss = "", .aud = "", .time = (double)ctx->opt->now_ns};
    for (size_t i = 0; i < v->count; i++) {
        const char *const name = value_cstr(value_key_at(v, i));

        if (read_constraint(ctx, name != NULL ? name : "", value_val_at(v, i), c, err) < 0)
            return -1;
    }
    if (c->has_keys && c->secret.secret_len > 0)
        return builtin_error(ctx, err, "duplicate key constraints");
    if (!c->has_keys && c->secret.secret_len == 0)
        return builtin_error(ctx, err, "no key constraint");
    return 0;
}

/* Take the token apart and check its signature, a nested one's too: 1, 0 (not verified), -1. */
static int verify_whole(struct builtin_ctx *ctx, const struct value *v, const struct constraints *c,
                        struct token *t, struct part *text, struct err *err)
{
    for (unsigned i = 0; i < NESTING_MAX; i++) {
        struct header h;
        struct part sig;

        if (token_split(ctx, v, t, err) < 0 || token_header(ctx, t, err) < 0 ||
            read_header(ctx, t->head, &h, err) < 0)
            return -1;
        const struct key_alg *const alg = key_alg_named(h.alg);

        if (*h.alg == '\0' || h.critical_unknown || (*c->alg != '\0' && strcmp(c->alg, h.alg) != 0))
            return 0;
        if (decode(ctx, t->signature, NULL, &sig, err) < 0)
            return -1;
        if (alg == NULL || !(c->has_keys ? any_verifies(&c->keys, &h, alg, t, sig)
                                         : key_verify(&c->secret, alg, t->signed_text.at,
                                                      t->signed_text.len, sig.at, sig.len)))
            return 0;
        if (decode(ctx, t->payload, "JWT payload", text, err) < 0)
            return -1;
        if (strcasecmp(h.cty, "JWT") != 0)
            return 1;
        v = value_string(ctx->arena, text->at, text->len);
        if (v == NULL)
            return err_nomem(err);
    }
    return 0;
}

/* ns as seconds, in the shortest digits that name the same double. */
static const struct value *seconds(struct arena *a, double ns)
{
    const double s = ns / 1e9;
    char text[64];

    for (int precision = 1; precision <= 17; precision++) {
        (void)snprintf(text, sizeof(text), "%.*g", precision, s);
        if (strtod(text, NULL) == s)
            break;
    }
    return value_number(a, text, strlen(text));
}

static bool audience_fits(const struct value *aud, const char *want)
{
    if (value_is(aud, VALUE_STRING))
        return value_is_str(aud, want);
    for (size_t i = 0; value_is(aud, VALUE_ARRAY) && i < aud->count; i++) {
        if (value_is_str(value_at(aud, i), want))
            return true;
    }
    return false;
}

/* The registered claims against the constraints: 1, 0, -1. */
static int check_claims(struct builtin_ctx *ctx, const struct value *payload,
                        const struct constraints *c, struct err *err)
{
    const struct value *const iss = value_field(payload, "iss"), *const aud =
                                                                     value_field(payload, "aud");
    const struct value *const exp = value_field(payload, "exp"), *const nbf =
                                                                     value_field(payload, "nbf");
    const struct value *const now = seconds(ctx->arena, c->time);

    if (now == NULL)
        return err_nomem(err);
    if (*c->iss != '\0' && !value_is_str(iss, c->iss))
        return 0;
    if (aud != NULL ? !audience_fits(aud, c->aud) : *c->aud != '\0')
        return 0;
    if (exp != NULL && !value_is(exp, VALUE_NUMBER))
        return builtin_error(ctx, err, "exp value must be a number");
    if (exp != NULL && number_compare(now, exp) >= 0)
        return 0;
    if (nbf != NULL && !value_is(nbf, VALUE_NUMBER))
        return builtin_error(ctx, err, "nbf value must be a number");
    return nbf == NULL || number_compare(now, nbf) >= 0;
}

int builtin_jwt_decode_verify(struct builtin_ctx *ctx, const struct value *const *args,
                              const struct value **out, struct err *err)
{
    __attribute__((cleanup(constraints_done))) struct constraints c = {.keys = {NULL, 0}};
    const struct value *payload = NULL;
    struct token t;
    struct part text = {"", 0};

    if (text_object(ctx, args, 1, err) < 0 || read_constraints(ctx, args[1], &c, err) < 0)
        return -1;
    int got = verify_whole(ctx, args[0], &c, &t, &text, err);

    if (got > 0) {
        if (json_object(ctx, text, "", &payload, err) < 0)
            return -1;
        got = check_claims(ctx, payload, &c, err);
    }
    if (got < 0)
        return -1;
    if (got == 0)
        return return_three(ctx, &value_false, empty_object(ctx), empty_object(ctx), out, err);
    return return_three(ctx, &value_true, t.head, payload, out, err);
}

/* --- signing ----------------------------------------------------------------------------- */

static bool blank(struct part s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (strchr(" \t\r\n", s.at[i]) == NULL)
            return false;
    }
    return true;
}

/* The header's alg and typ; why not, as OPA says it. */
static int sign_header(struct builtin_ctx *ctx, struct part text, const struct value **head,
                       const struct value **alg, struct err *err)
{
    static const char missing[] = "missing or invalid 'alg' header";
    struct err why = ERR_INIT;
    size_t used = 0;

    *alg = NULL;
    *head = NULL;
    if (blank(text))
        return builtin_error(ctx, err, "%s: cannot parse JSON: cannot parse empty string", missing);
    if (json_parse(ctx->arena, text.at, text.len, JSON_LAST_WINS, head, &used, &why) < 0) {
        *head = NULL;
        if (why.code == ERR_NOMEM) {
            *err = why;
            return -1;
        }
        if (*text.at == '{' || *text.at == '[' || *text.at == '"')
            return builtin_error(ctx, err, "%s: cannot parse JSON: %s", missing, why.text);
    }
    *alg = *head != NULL ? value_field(*head, "alg") : NULL;
    if (*alg == NULL || !value_is(*alg, VALUE_STRING))
        return builtin_error(ctx, err, "%s: jwsbb: header \"alg\" not found", missing);
    return 0;
}

static int sign(struct builtin_ctx *ctx, struct part header, struct part payload, struct part jwk,
                const struct value **out, struct err *err)
{
    AUTO_KEYS struct key_set keys = {NULL, 0};
    AUTO_BUF struct buf text = BUF_INIT, sig = BUF_INIT;
    const struct value *head = NULL, *alg_name = NULL, *any = NULL;
    struct err why = ERR_INIT;
    size_t used = 0;

    if (key_set_jwk(ctx->arena, jwk.at, jwk.len, &keys, err) < 0) {
        (void)err_ctx(err, "failed to parse JWK");
        return text_raise(ctx, err);
    }
    if (keys.n == 0)
        return builtin_error(ctx, err, "no keys found in JWK set");
    if (sign_header(ctx, header, &head, &alg_name, err) < 0)
        return -1;
    const struct key_alg *const alg = key_alg_named(value_bytes(alg_name));
    const struct value *const typ = value_field(head, "typ");

    if (alg == NULL)
        return builtin_error(ctx, err, "unknown JWS algorithm: %s", value_bytes(alg_name));
    if ((typ == NULL || !value_is(typ, VALUE_STRING) || value_is_str(typ, "JWT")) &&
        json_parse(ctx->arena, payload.at, payload.len, JSON_LAST_WINS, &any, &used, &why) < 0)
        return builtin_error(ctx, err, "type is JWT but payload is not JSON");
    base64url_encode(&text, header.at, header.len);
    buf_putc(&text, '.');
    base64url_encode(&text, payload.at, payload.len);
    if (buf_check(&text, err) < 0 || key_sign(&keys.at[0], alg, text.data, text.len, &sig, err) < 0)
        return text_raise(ctx, err);
    buf_putc(&text, '.');
    base64url_encode(&text, sig.data, sig.len);
    return text_return_buf(ctx, &text, out, err);
}

int builtin_jwt_encode_sign(struct builtin_ctx *ctx, const struct value *const *args,
                            const struct value **out, struct err *err)
{
    AUTO_BUF struct buf header = BUF_INIT, payload = BUF_INIT, jwk = BUF_INIT;

    json_print(&header, args[0], JSON_GO_HTML);
    json_print(&payload, args[1], JSON_GO_HTML);
    json_print(&jwk, args[2], JSON_GO_HTML);
    if (buf_check(&header, err) < 0 || buf_check(&payload, err) < 0 || buf_check(&jwk, err) < 0)
        return -1;
    return sign(ctx, (struct part){header.data, header.len},
                (struct part){payload.data, payload.len}, (struct part){jwk.data, jwk.len}, out,
                err);
}

int builtin_jwt_encode_sign_raw(struct builtin_ctx *ctx, const struct value *const *args,
                                const struct value **out, struct err *err)
{
    const struct value *s[3] = {NULL, NULL, NULL};

    for (unsigned i = 3; i-- > 0;) {
        if (text_string(ctx, args, i, &s[i], err) < 0)
            return -1;
    }
    return sign(ctx, (struct part){value_bytes(s[0]), s[0]->count},
                (struct part){value_bytes(s[1]), s[1]->count},
                (struct part){value_bytes(s[2]), s[2]->count}, out, err);
}
