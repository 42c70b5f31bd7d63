/* crypto.x509.*, crypto.parse_private_keys: OPA's functions over OpenSSL. */
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/machine/builtin_text.h"
#include "policy/machine/machine.h"
#include "policy/rego/builtins_tools.h"
#include "policy/rego/pem.h"
#include "policy/rego/x509_json.h"

struct certs {
    X509 **at;
    size_t n;
};

static void certs_done(struct certs *c)
{
    for (size_t i = 0; i < c->n; i++)
        X509_free(c->at[i]);
    free(c->at);
    *c = (struct certs){0};
}
#define AUTO_CERTS __attribute__((cleanup(certs_done)))

static int add_cert(struct certs *c, X509 *cert, struct err *err)
{
    X509 **const grown = reallocarray(c->at, c->n + 1, sizeof(X509 *));

    if (grown == NULL) {
        X509_free(cert);
        return err_nomem(err);
    }
    c->at = grown;
    c->at[c->n++] = cert;
    return 0;
}

/* One certificate after the other, in DER. */
static int read_der(struct certs *c, const char *bytes, size_t len, struct err *err)
{
    const unsigned char *at = (const unsigned char *)bytes, *const end = at + len;

    while (at < end) {
        X509 *const cert = d2i_X509(NULL, &at, end - at);

        ERR_clear_error();
        if (cert == NULL)
            return err_set(err, ERR_INVALID, "x509: malformed certificate");
        if (add_cert(c, cert, err) < 0)
            return -1;
    }
    return 0;
}

static bool begins_pem(const char *s, size_t len)
{
    return len >= 10 && memcmp(s, "-----BEGIN", 10) == 0;
}

static int read_pem_certs(struct certs *c, const char *s, size_t len, struct err *err)
{
    struct pem_block p = {.der = BUF_INIT};
    int got = 0;

    while (got == 0 && len > 0 && pem_decode(s, len, &p)) {
        if (!pem_is(&p, "CERTIFICATE"))
            got = err_set(err, ERR_INVALID, "PEM block type is '%.*s', expected CERTIFICATE",
                          (int)p.type_len, p.type);
        else
            got = read_der(c, p.der.data, p.der.len, err);
        s = p.rest;
        len = p.rest_len;
    }
    buf_done(&p.der);
    return got;
}

/* PEM, or base64 of PEM or DER. */
static int read_certs(struct certs *c, const struct value *v, struct err *err)
{
    AUTO_BUF struct buf b = BUF_INIT;

    if (begins_pem(value_bytes(v), v->count))
        return read_pem_certs(c, value_bytes(v), v->count, err);
    if (base64_decode(&b, value_bytes(v), v->count, err) < 0)
        return -1;
    return begins_pem(b.data != NULL ? b.data : "", b.len)
               ? read_pem_certs(c, b.data, b.len, err)
               : read_der(c, b.data != NULL ? b.data : "", b.len, err);
}

static const struct value *certs_json(struct arena *a, X509 *const *certs, size_t n, bool extended)
{
    struct value_list l = {0};

    for (size_t i = 0; i < n; i++)
        value_list_add(a, &l, x509_cert_json(a, certs[i], extended));
    return value_list_array(a, &l);
}

int builtin_x509_parse_certificates(struct builtin_ctx *ctx, const struct value *const *args,
                                    const struct value **out, struct err *err)
{
    AUTO_CERTS struct certs c = {0};
    const struct value *text = NULL;

    if (text_string(ctx, args, 0, &text, err) < 0)
        return -1;
    if (read_certs(&c, text, err) < 0)
        return text_raise(ctx, err);
    return text_return(certs_json(ctx->arena, c.at, c.n, true), out, err);
}

/* --- verifying --------------------------------------------------------------------------- */

struct verify {
    const char *host;
    int64_t time; /* seconds */
    size_t usages_n;
    const char *usage_list[16];
};

/* Whether the certificate may be used for one of these; without the extension for all. */
static bool usage_fits(X509 *cert, const struct verify *v)
{
    EXTENDED_KEY_USAGE *const all = X509_get_ext_d2i(cert, NID_ext_key_usage, NULL, NULL);
    bool fits = all == NULL;

    for (size_t i = 0; i < v->usages_n; i++)
        fits |= strcmp(v->usage_list[i], "anyExtendedKeyUsage") == 0;
    for (int i = 0; all != NULL && i < sk_ASN1_OBJECT_num(all); i++) {
        const char *const name = OBJ_nid2sn(OBJ_obj2nid(sk_ASN1_OBJECT_value(all, i)));

        for (size_t k = 0; k < v->usages_n; k++)
            fits |= strcmp(name, v->usage_list[k]) == 0;
        fits |= strcmp(name, "anyExtendedKeyUsage") == 0;
    }
    sk_ASN1_OBJECT_pop_free(all, ASN1_OBJECT_free);
    return fits;
}

/* The chain from the last certificate to the first: its JSON, or NULL when it does not hold. */
static const struct value *verify_chain(struct arena *a, const struct certs *c,
                                        const struct verify *v, bool extended)
{
    if (c->n < 2)
        return NULL;
    X509_STORE *const store = X509_STORE_new();
    X509_STORE_CTX *const ctx = X509_STORE_CTX_new();
    STACK_OF(X509) *const between = sk_X509_new_null();
    X509 *const leaf = c->at[c->n - 1];
    const struct value *chain = NULL;

    for (size_t i = 1; between != NULL && i + 1 < c->n; i++)
        (void)sk_X509_push(between, c->at[i]);
    if (store != NULL && ctx != NULL && between != NULL &&
        X509_STORE_add_cert(store, c->at[0]) == 1 &&
        X509_STORE_CTX_init(ctx, store, leaf, between) == 1) {
        X509_STORE_CTX_set_time(ctx, 0, (time_t)v->time);
        X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_PARTIAL_CHAIN);
        if (X509_verify_cert(ctx) == 1 && usage_fits(leaf, v) &&
            (*v->host == '\0' || X509_check_host(leaf, v->host, 0, 0, NULL) == 1)) {
            STACK_OF(X509) *const found = X509_STORE_CTX_get0_chain(ctx);
            struct value_list l = {0};

            for (int i = 0; i < sk_X509_num(found); i++)
                value_list_add(a, &l, x509_cert_json(a, sk_X509_value(found, i), extended));
            chain = value_list_array(a, &l);
        }
    }
    ERR_clear_error();
    sk_X509_free(between);
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    return chain;
}

static int return_verified(struct builtin_ctx *ctx, const struct value *chain,
                           const struct value **out, struct err *err)
{
    const struct value *const list = chain != NULL ? chain : value_array(ctx->arena, NULL, 0);

    if (list == NULL)
        return err_nomem(err);
    return text_return(
        value_array(ctx->arena, (const struct value *[]){value_bool_of(chain != NULL), list}, 2),
        out, err);
}

static int read_options(struct builtin_ctx *ctx, const struct value *opt, struct verify *out,
                        struct err *err);

/* Options (NULL: none) are looked at only where there are certificates to verify. */
static int verify_certs(struct builtin_ctx *ctx, const struct value *text, struct verify *v,
                        bool extended, const struct value *opt, const struct value **out,
                        struct err *err)
{
    AUTO_CERTS struct certs c = {0};
    struct err why = ERR_INIT;

    if (read_certs(&c, text, &why) < 0 && why.code != ERR_INVALID) {
        *err = why;
        return -1;
    }
    if (why.code == ERR_NONE && opt && read_options(ctx, opt, v, err) < 0)
        return -1;
    return return_verified(
        ctx, why.code == ERR_NONE ? verify_chain(ctx->arena, &c, v, extended) : NULL, out, err);
}

static struct verify verify_default(const struct builtin_ctx *ctx)
{
    struct verify v = {.host = "", .time = ctx->opt->now_ns / 1000000000, .usages_n = 1};

    v.usage_list[0] = "serverAuth";
    return v;
}

int builtin_x509_parse_and_verify(struct builtin_ctx *ctx, const struct value *const *args,
                                  const struct value **out, struct err *err)
{
    const struct value *text = NULL;
    struct verify v = verify_default(ctx);

    if (text_string(ctx, args, 0, &text, err) < 0)
        return -1;
    return verify_certs(ctx, text, &v, true, NULL, out, err);
}

static const struct {
    const char *go, *openssl;
} usages[] = {{"KeyUsageAny", "anyExtendedKeyUsage"},
              {"KeyUsageServerAuth", "serverAuth"},
              {"KeyUsageClientAuth", "clientAuth"},
              {"KeyUsageCodeSigning", "codeSigning"},
              {"KeyUsageEmailProtection", "emailProtection"},
              {"KeyUsageIPSECEndSystem", "ipsecEndSystem"},
              {"KeyUsageIPSECTunnel", "ipsecTunnel"},
              {"KeyUsageIPSECUser", "ipsecUser"},
              {"KeyUsageTimeStamping", "timeStamping"},
              {"KeyUsageOCSPSigning", "OCSPSigning"},
              {"KeyUsageMicrosoftServerGatedCrypto", "msSGC"},
              {"KeyUsageNetscapeServerGatedCrypto", "nsSGC"},
              {"KeyUsageMicrosoftCommercialCodeSigning", "msCodeCom"},
              {"KeyUsageMicrosoftKernelCodeSigning", "msCodeInd"}};

static int read_usages(struct builtin_ctx *ctx, const struct value *v, struct verify *out,
                       struct err *err)
{
    AUTO_BUF struct buf wrong = BUF_INIT;

    if (!value_is(v, VALUE_ARRAY) && !value_is(v, VALUE_SET))
        return builtin_error(ctx, err, "'KeyUsages' should be an Array or Set");
    out->usages_n = 0;
    for (size_t i = 0; i < v->count; i++) {
        const char *const name = value_cstr(value_at(v, i));
        const char *known = NULL;

        for (size_t k = 0; name != NULL && k < ARRAY_LEN(usages); k++)
            known = strcmp(usages[k].go, name) == 0 ? usages[k].openssl : known;
        if (known == NULL && name != NULL)
            buf_printf(&wrong, "%s%s", wrong.len > 0 ? " " : "", name);
        else if (known != NULL && out->usages_n < ARRAY_LEN(out->usage_list))
            out->usage_list[out->usages_n++] = known;
    }
    if (wrong.len > 0)
        return builtin_error(ctx, err, "invalid entries for 'KeyUsages' found: [%s]", wrong.data);
    if (out->usages_n == 0) {
        out->usage_list[0] = "serverAuth";
        out->usages_n = 1;
    }
    return 0;
}

static int read_options(struct builtin_ctx *ctx, const struct value *opt, struct verify *out,
                        struct err *err)
{
    for (size_t i = 0; i < opt->count; i++) {
        const struct value *const key = value_key_at(opt, i), *const v = value_val_at(opt, i);
        int64_t n = 0;

        if (!value_is(key, VALUE_STRING))
            continue;
        if (value_is_str(key, "DNSName")) {
            if (!value_is(v, VALUE_STRING))
                return builtin_error(ctx, err, "'DNSName' should be a string");
            out->host = value_bytes(v);
        } else if (value_is_str(key, "CurrentTime")) {
            if (!value_is(v, VALUE_NUMBER))
                return builtin_error(ctx, err, "'CurrentTime' should be a number");
            if (!value_int64(v, &n))
                return builtin_error(ctx, err, "'CurrentTime' should be a valid int64 number");
            out->time = n / 1000000000;
        } else if (value_is_str(key, "MaxConstraintComparisons")) {
            if (!value_is(v, VALUE_NUMBER))
                return builtin_error(ctx, err, "'MaxConstraintComparisons' should be a number");
            if (!value_int64(v, &n))
                return builtin_error(ctx, err,
                                     "'MaxConstraintComparisons' should be a valid number");
        } else if (value_is_str(key, "KeyUsages")) {
            if (read_usages(ctx, v, out, err) < 0)
                return -1;
        } else {
            return builtin_error(ctx, err, "invalid key option");
        }
    }
    return 0;
}

int builtin_x509_parse_and_verify_with_options(struct builtin_ctx *ctx,
                                               const struct value *const *args,
                                               const struct value **out, struct err *err)
{
    const struct value *text = NULL;
    struct verify v = verify_default(ctx);

    if (text_string(ctx, args, 0, &text, err) < 0 || text_object(ctx, args, 1, err) < 0)
        return -1;
    return verify_certs(ctx, text, &v, false, args[1], out, err);
}

/* --- requests and keys ------------------------------------------------------------------- */

/* The bytes of PEM text, of base64, or what base64 holds. */
static int unwrap(const struct value *v, struct buf *out, struct err *err)
{
    if (begins_pem(value_bytes(v), v->count)) {
        buf_add(out, value_bytes(v), v->count);
        return buf_check(out, err);
    }
    return base64_decode(out, value_bytes(v), v->count, err);
}

int builtin_x509_parse_certificate_request(struct builtin_ctx *ctx, const struct value *const *args,
                                           const struct value **out, struct err *err)
{
    const struct value *text = NULL;
    AUTO_BUF struct buf b = BUF_INIT;
    struct pem_block p = {.der = BUF_INIT};

    if (text_string(ctx, args, 0, &text, err) < 0)
        return -1;
    if (unwrap(text, &b, err) < 0)
        return text_raise(ctx, err);
    const bool pem = b.len > 0 && pem_decode(b.data, b.len, &p);
    const bool right = !pem || pem_is(&p, "CERTIFICATE REQUEST");
    const struct buf *const der = pem ? &p.der : &b;
    const unsigned char *at = (const unsigned char *)der->data;
    X509_REQ *const req = right ? d2i_X509_REQ(NULL, &at, (long)der->len) : NULL;
    const struct value *const made = req != NULL ? x509_request_json(ctx->arena, req) : NULL;
    const bool read = req != NULL;

    X509_REQ_free(req);
    ERR_clear_error();
    buf_done(&p.der);
    if (!right)
        return builtin_error(ctx, err, "invalid PEM-encoded certificate signing request");
    if (!read)
        return builtin_error(ctx, err, "asn1: structure error: tags don't match");
    return text_return(made, out, err);
}

struct private_keys {
    EVP_PKEY *at[16];
    size_t n;
};

static void keys_done(struct private_keys *k)
{
    for (size_t i = 0; i < k->n; i++)
        EVP_PKEY_free(k->at[i]);
}

/* The private keys of all PEM blocks. */
static int read_keys(const char *s, size_t len, struct private_keys *out, struct err *err)
{
    struct pem_block p = {.der = BUF_INIT};
    int got = 0;

    while (got == 0 && len > 0 && out->n < ARRAY_LEN(out->at) && pem_decode(s, len, &p)) {
        const unsigned char *at = (const unsigned char *)p.der.data;

        if (pem_is(&p, "RSA PRIVATE KEY") || pem_is(&p, "PRIVATE KEY") ||
            pem_is(&p, "EC PRIVATE KEY")) {
            EVP_PKEY *const key = d2i_AutoPrivateKey(NULL, &at, (long)p.der.len);

            if (key != NULL)
                out->at[out->n++] = key;
            else
                got = err_set(err, ERR_INVALID, "x509: failed to parse private key");
        }
        s = p.rest;
        len = p.rest_len;
    }
    ERR_clear_error();
    buf_done(&p.der);
    return got;
}

int builtin_crypto_parse_private_keys(struct builtin_ctx *ctx, const struct value *const *args,
                                      const struct value **out, struct err *err)
{
    __attribute__((cleanup(keys_done))) struct private_keys keys = {.n = 0};
    const struct value *text = NULL;
    AUTO_BUF struct buf b = BUF_INIT;
    struct err ignored = ERR_INIT;
    struct value_list l = {0};

    if (text_string(ctx, args, 0, &text, err) < 0)
        return -1;
    if (text->count == 0) {
        *out = &value_null;
        return 0;
    }
    const bool decoded = base64_decode(&b, value_bytes(text), text->count, &ignored) == 0;
    const char *const s = decoded ? (b.data != NULL ? b.data : "") : value_bytes(text);

    if (read_keys(s, decoded ? b.len : text->count, &keys, err) < 0)
        return text_raise(ctx, err);
    for (size_t i = 0; i < keys.n; i++)
        value_list_add(ctx->arena, &l, x509_private_json(ctx->arena, keys.at[i]));
    return text_return(value_list_array(ctx->arena, &l), out, err);
}

int builtin_x509_parse_rsa_private_key(struct builtin_ctx *ctx, const struct value *const *args,
                                       const struct value **out, struct err *err)
{
    __attribute__((cleanup(keys_done))) struct private_keys keys = {.n = 0};
    const struct value *text = NULL;
    AUTO_BUF struct buf b = BUF_INIT;

    if (text_string(ctx, args, 0, &text, err) < 0)
        return -1;
    if (text->count == 0)
        return builtin_error(ctx, err, "input PEM data was empty");
    if (unwrap(text, &b, err) < 0 || read_keys(b.data != NULL ? b.data : "", b.len, &keys, err) < 0)
        return text_raise(ctx, err);
    if (keys.n == 0) {
        *out = &value_null;
        return 0;
    }
    return text_return(x509_jwk_json(ctx->arena, keys.at[0]), out, err);
}

/* --- key pairs --------------------------------------------------------------------------- */

static int read_pair(const struct value *const *args, struct certs *certs,
                     struct private_keys *keys, struct err *err)
{
    AUTO_BUF struct buf b = BUF_INIT;

    if (read_certs(certs, args[0], err) < 0 || unwrap(args[1], &b, err) < 0)
        return -1;
    if (certs->n == 0)
        return err_set(err, ERR_INVALID, "tls: failed to find any PEM data in certificate input");
    if (begins_pem(b.data != NULL ? b.data : "", b.len)) {
        if (read_keys(b.data, b.len, keys, err) < 0)
            return -1;
    } else {
        const unsigned char *at = (const unsigned char *)b.data;
        EVP_PKEY *const key = d2i_AutoPrivateKey(NULL, &at, (long)b.len);

        if (key != NULL)
            keys->at[keys->n++] = key;
    }
    ERR_clear_error();
    if (keys->n == 0)
        return err_set(err, ERR_INVALID, "tls: failed to parse private key");
    if (X509_check_private_key(certs->at[0], keys->at[0]) != 1) {
        ERR_clear_error();
        return err_set(err, ERR_INVALID, "tls: private key does not match public key");
    }
    return 0;
}

int builtin_x509_parse_keypair(struct builtin_ctx *ctx, const struct value *const *args,
                               const struct value **out, struct err *err)
{
    __attribute__((cleanup(keys_done))) struct private_keys keys = {.n = 0};
    AUTO_CERTS struct certs certs = {0};
    const struct value *text = NULL;
    struct value_list chain = {0};
    struct value_fields f = {0};

    for (unsigned i = 0; i < 2; i++) {
        if (text_string(ctx, args, i, &text, err) < 0)
            return -1;
    }
    if (read_pair(args, &certs, &keys, err) < 0)
        return text_raise(ctx, err);
    const struct value *const leaf = x509_cert_json(ctx->arena, certs.at[0], false);

    for (size_t i = 0; i < certs.n; i++) {
        const struct value *const json = x509_cert_json(ctx->arena, certs.at[i], false);

        value_list_add(ctx->arena, &chain, value_field(json, "Raw"));
    }
    if (leaf == NULL)
        return err_nomem(err);
    value_fields_add(ctx->arena, &f, "Certificate", value_list_array(ctx->arena, &chain));
    value_fields_add(ctx->arena, &f, "Leaf", leaf);
    value_fields_add(ctx->arena, &f, "PrivateKey", x509_private_json(ctx->arena, keys.at[0]));
    value_fields_add(ctx->arena, &f, "OCSPStaple", &value_null);
    value_fields_add(ctx->arena, &f, "SignedCertificateTimestamps", &value_null);
    value_fields_add(ctx->arena, &f, "SupportedSignatureAlgorithms", &value_null);
    return text_return(value_fields_object(ctx->arena, &f), out, err);
}
