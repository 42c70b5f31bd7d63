#include "policy/rego/keys.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/buf.h"
#include "base/own.h"
#include "policy/rego/pem.h"
#include "policy/value/json.h"

static void own_bld(OSSL_PARAM_BLD **b)
{
    OSSL_PARAM_BLD_free(*b);
}
static void own_params(OSSL_PARAM **p)
{
    OSSL_PARAM_free(*p);
}
static void own_pkey_ctx(EVP_PKEY_CTX **c)
{
    EVP_PKEY_CTX_free(*c);
}
static void own_md_ctx(EVP_MD_CTX **c)
{
    EVP_MD_CTX_free(*c);
}
static void own_x509(X509 **x)
{
    X509_free(*x);
}
static void own_sig(ECDSA_SIG **s)
{
    ECDSA_SIG_free(*s);
}
static void own_ossl(unsigned char **p)
{
    OPENSSL_free(*p);
}
#define AUTO(fn) __attribute__((cleanup(fn)))

static const struct key_alg algs[] = {
    {"RS256", KEY_RSA, "SHA256"},  {"RS384", KEY_RSA, "SHA384"},  {"RS512", KEY_RSA, "SHA512"},
    {"PS256", KEY_PSS, "SHA256"},  {"PS384", KEY_PSS, "SHA384"},  {"PS512", KEY_PSS, "SHA512"},
    {"ES256", KEY_EC, "SHA256"},   {"ES384", KEY_EC, "SHA384"},   {"ES512", KEY_EC, "SHA512"},
    {"HS256", KEY_HMAC, "SHA256"}, {"HS384", KEY_HMAC, "SHA384"}, {"HS512", KEY_HMAC, "SHA512"},
    {"EdDSA", KEY_ED, NULL},
};

const struct key_alg *key_alg_named(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(algs); i++) {
        if (strcmp(algs[i].name, name) == 0)
            return &algs[i];
    }
    return NULL;
}

static void key_done(struct key *k)
{
    EVP_PKEY_free(k->pkey);
    free(k->alg);
    free(k->kid);
    OPENSSL_cleanse(k->secret, k->secret_len);
    free(k->secret);
}

void key_set_done(struct key_set *s)
{
    for (size_t i = 0; i < s->n; i++)
        key_done(&s->at[i]);
    free(s->at);
    *s = (struct key_set){0};
}

static struct key *add_key(struct key_set *s, const char *alg, const char *kid)
{
    struct key *const grown = reallocarray(s->at, s->n + 1, sizeof(*grown));

    if (grown == NULL)
        return NULL;
    s->at = grown;
    struct key *const k = &s->at[s->n++];

    *k = (struct key){.alg = strdup(alg), .kid = strdup(kid)};
    return k->alg != NULL && k->kid != NULL ? k : NULL;
}

/* --- JWK --------------------------------------------------------------------------------- */

static const char *text_field(const struct value *v, const char *name)
{
    const char *const s = value_cstr(value_field(v, name));

    return s != NULL ? s : "";
}

/* The bytes of a base64url member into b; false: not there or malformed. */
static bool member(const struct value *jwk, const char *name, struct buf *b)
{
    const struct value *const v = value_field(jwk, name);
    struct err ignored = ERR_INIT;

    buf_clear(b);
    return v != NULL && value_is(v, VALUE_STRING) && v->count > 0 &&
           base64url_decode(b, value_bytes(v), v->count, &ignored) == 0;
}

static EVP_PKEY *from_params(const char *type, OSSL_PARAM_BLD *bld, bool private)
{
    AUTO(own_params) OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
    AUTO(own_pkey_ctx) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *pkey = NULL;

    if (params == NULL || ctx == NULL || EVP_PKEY_fromdata_init(ctx) <= 0 ||
        EVP_PKEY_fromdata(ctx, &pkey, private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params) <=
            0)
        return NULL;
    return pkey;
}

enum { NUMBERS_MAX = 8 };

struct numbers {
    BIGNUM *at[NUMBERS_MAX];
    size_t n;
};

static void numbers_done(struct numbers *b)
{
    for (size_t i = 0; i < b->n; i++)
        BN_clear_free(b->at[i]);
}

static EVP_PKEY *rsa_key(const struct value *jwk)
{
    static const struct {
        const char *member, *param;
    } parts[] = {{"n", OSSL_PKEY_PARAM_RSA_N},          {"e", OSSL_PKEY_PARAM_RSA_E},
                 {"d", OSSL_PKEY_PARAM_RSA_D},          {"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
                 {"q", OSSL_PKEY_PARAM_RSA_FACTOR2},    {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
                 {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2}, {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1}};
    AUTO(own_bld) OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
    AUTO(numbers_done) struct numbers numbers = {.n = 0};
    AUTO_BUF struct buf b = BUF_INIT;
    bool private = false;

    for (size_t i = 0; bld != NULL && i < ARRAY_LEN(parts); i++) {
        if (!member(jwk, parts[i].member, &b)) {
            if (i < 2)
                return NULL;
            continue;
        }
        BIGNUM *const n = BN_bin2bn((const unsigned char *)b.data, (int)b.len, NULL);

        if (n == NULL)
            return NULL;
        numbers.at[numbers.n++] = n;
        if (OSSL_PARAM_BLD_push_BN(bld, parts[i].param, n) != 1)
            return NULL;
        private |= i == 2;
    }
    return bld != NULL ? from_params("RSA", bld, private) : NULL;
}

static EVP_PKEY *ec_key(const struct value *jwk)
{
    static const struct {
        const char *crv, *group;
        size_t size;
    } curves[] = {{"P-256", "P-256", 32}, {"P-384", "P-384", 48}, {"P-521", "P-521", 66}};
    AUTO(own_bld) OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
    AUTO(numbers_done) struct numbers numbers = {.n = 0};
    AUTO_BUF struct buf x = BUF_INIT, y = BUF_INIT, d = BUF_INIT, point = BUF_INIT;
    const char *const crv = text_field(jwk, "crv");

    for (size_t i = 0; bld != NULL && i < ARRAY_LEN(curves); i++) {
        const size_t size = curves[i].size;

        if (strcmp(curves[i].crv, crv) != 0)
            continue;
        if (!member(jwk, "x", &x) || !member(jwk, "y", &y) || x.len > size || y.len > size)
            return NULL;
        buf_putc(&point, 4);
        for (size_t k = x.len; k < size; k++)
            buf_putc(&point, 0);
        buf_add(&point, x.data, x.len);
        for (size_t k = y.len; k < size; k++)
            buf_putc(&point, 0);
        buf_add(&point, y.data, y.len);
        if (point.failed ||
            OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, curves[i].group, 0) !=
                1 ||
            OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, point.data, point.len) !=
                1)
            return NULL;
        const bool private = member(jwk, "d", &d);

        if (private) {
            BIGNUM *const n = BN_bin2bn((const unsigned char *)d.data, (int)d.len, NULL);

            if (n == NULL)
                return NULL;
            numbers.at[numbers.n++] = n;
            if (OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PRIV_KEY, n) != 1)
                return NULL;
        }
        return from_params("EC", bld, private);
    }
    return NULL;
}

static EVP_PKEY *ed_key(const struct value *jwk)
{
    AUTO_BUF struct buf b = BUF_INIT;

    if (strcmp(text_field(jwk, "crv"), "Ed25519") != 0)
        return NULL;
    if (member(jwk, "d", &b))
        return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, (unsigned char *)b.data, b.len);
    return member(jwk, "x", &b)
               ? EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, (unsigned char *)b.data, b.len)
               : NULL;
}

static int load_one(const struct value *jwk, struct key_set *out, struct err *err)
{
    static const struct {
        const char *kty;
        EVP_PKEY *(*load)(const struct value *jwk);
    } types[] = {{"RSA", rsa_key}, {"EC", ec_key}, {"OKP", ed_key}};
    const char *const kty = text_field(jwk, "kty"), *const alg = text_field(jwk, "alg");
    AUTO_BUF struct buf b = BUF_INIT;

    struct key *const k = add_key(out, alg, text_field(jwk, "kid"));

    if (k == NULL)
        return err_nomem(err);
    if (strcmp(kty, "oct") == 0) {
        const struct value *const secret = value_field(jwk, "k");

        if (secret == NULL || (!member(jwk, "k", &b) && secret->count > 0))
            return err_set(err, ERR_INVALID, "malformed symmetric key");
        k->secret = malloc(b.len + 1);
        if (k->secret == NULL)
            return err_nomem(err);
        if (b.len > 0)
            memcpy(k->secret, b.data, b.len);
        k->secret_len = b.len;
        return 0;
    }
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (strcmp(types[i].kty, kty) != 0)
            continue;
        k->pkey = types[i].load(jwk);
        return k->pkey != NULL ? 0 : err_set(err, ERR_INVALID, "malformed %s key", kty);
    }
    return err_set(err, ERR_INVALID, "invalid key type from JSON (%s)", kty);
}

int key_set_jwk(struct arena *a, const char *text, size_t len, struct key_set *out, struct err *err)
{
    const struct value *v = NULL;
    size_t used = 0;

    if (json_parse(a, text, len, JSON_LAST_WINS, &v, &used, err) < 0)
        return -1;
    const struct value *const list = value_field(v, "keys");

    if (!value_is(v, VALUE_OBJECT) || (list == NULL && value_field(v, "kty") == NULL))
        return err_set(err, ERR_INVALID, "no key in JSON");
    if (list == NULL)
        return load_one(v, out, err);
    for (size_t i = 0; value_is(list, VALUE_ARRAY) && i < list->count; i++) {
        if (load_one(value_at(list, i), out, err) < 0)
            return -1;
    }
    return 0;
}

/* --- PEM --------------------------------------------------------------------------------- */

static int load_pem(const struct pem_block *p, struct key_set *out, struct err *err)
{
    const unsigned char *der = (const unsigned char *)p->der.data;
    struct key *k = NULL;

    if (p->rest_len > 0)
        return err_set(err, ERR_INVALID, "extra data after a PEM certificate block");
    if (!pem_is(p, "CERTIFICATE") && !pem_is(p, "PUBLIC KEY"))
        return err_set(err, ERR_INVALID, "failed to extract a Key from the PEM certificate");
    k = add_key(out, "", "");
    if (k == NULL)
        return err_nomem(err);
    if (pem_is(p, "PUBLIC KEY")) {
        k->pkey = d2i_PUBKEY(NULL, &der, (long)p->der.len);
        return k->pkey != NULL ? 0 : err_set(err, ERR_INVALID, "failed to parse a PEM public key");
    }
    AUTO(own_x509) X509 *cert = d2i_X509(NULL, &der, (long)p->der.len);

    k->pkey = cert != NULL ? X509_get_pubkey(cert) : NULL;
    return k->pkey != NULL ? 0
                           : err_set(err, ERR_INVALID,
                                     "failed to parse a PEM certificate: x509: malformed "
                                     "certificate");
}

int key_set_load(struct arena *a, const char *text, size_t len, struct key_set *out,
                 struct err *err)
{
    struct pem_block p = {.der = BUF_INIT};
    int got = 0;

    if (pem_decode(text, len, &p)) {
        got = load_pem(&p, out, err);
    } else if (key_set_jwk(a, text, len, out, err) < 0) {
        (void)err_ctx(err, "failed to parse a JWK key (set)");
        got = -1;
    }
    buf_done(&p.der);
    for (size_t i = 0; got == 0 && i < out->n; i++) {
        struct key *const k = &out->at[i];

        if (*k->alg == '\0' || key_alg_named(k->alg) != NULL)
            continue;
        key_done(k);
        memmove(k, k + 1, (out->n - i - 1) * sizeof(*k));
        out->n--;
        i--;
    }
    return got;
}

/* --- signatures -------------------------------------------------------------------------- */

static bool fits(const struct key *key, enum key_kind kind)
{
    static const char *const types[] = {
        [KEY_RSA] = "RSA", [KEY_PSS] = "RSA", [KEY_EC] = "EC", [KEY_ED] = "ED25519"};

    return kind == KEY_HMAC ? key->secret != NULL
                            : key->pkey != NULL && EVP_PKEY_is_a(key->pkey, types[kind]) == 1;
}

static bool hmac(const struct key *key, const char *digest, const void *data, size_t len,
                 unsigned char *mac, size_t *mac_len)
{
    return EVP_Q_mac(NULL, "HMAC", NULL, digest, NULL, key->secret, key->secret_len, data, len, mac,
                     EVP_MAX_MD_SIZE, mac_len) != NULL;
}

/* Padding of RSA; verifying takes a salt of any length, signing one as long as the digest. */
static bool set_padding(EVP_PKEY_CTX *ctx, enum key_kind kind, bool sign)
{
    if (kind != KEY_PSS)
        return true;
    return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, sign ? RSA_PSS_SALTLEN_DIGEST
                                                      : RSA_PSS_SALTLEN_AUTO) > 0;
}

/* r and s side by side, as DER. */
static int ec_der(const unsigned char *sig, size_t len, unsigned char **der)
{
    AUTO(own_sig) ECDSA_SIG *s = ECDSA_SIG_new();
    const size_t half = len / 2;
    BIGNUM *const r = BN_bin2bn(sig, (int)half, NULL);
    BIGNUM *const t = BN_bin2bn(sig + half, (int)(len - half), NULL);

    if (s == NULL || r == NULL || t == NULL || ECDSA_SIG_set0(s, r, t) != 1) {
        BN_free(r);
        BN_free(t);
        return -1;
    }
    return i2d_ECDSA_SIG(s, der);
}

bool key_verify(const struct key *key, const struct key_alg *alg, const void *data, size_t len,
                const void *sig, size_t sig_len)
{
    AUTO(own_md_ctx) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    AUTO(own_ossl) unsigned char *der = NULL;
    EVP_PKEY_CTX *pctx = NULL;
    unsigned char mac[EVP_MAX_MD_SIZE];
    size_t mac_len = 0;

    if (!fits(key, alg->kind) || ctx == NULL)
        return false;
    if (alg->kind == KEY_HMAC)
        return hmac(key, alg->digest, data, len, mac, &mac_len) && mac_len == sig_len &&
               CRYPTO_memcmp(mac, sig, mac_len) == 0;
    if (alg->kind == KEY_EC) {
        const int n = ec_der(sig, sig_len, &der);

        if (n <= 0)
            return false;
        sig = der;
        sig_len = (size_t)n;
    }
    return EVP_DigestVerifyInit_ex(ctx, &pctx, alg->digest, NULL, NULL, key->pkey, NULL) == 1 &&
           set_padding(pctx, alg->kind, false) &&
           EVP_DigestVerify(ctx, sig, sig_len, data, len) == 1;
}

/* DER as r and s of the curve's size. */
static int ec_raw(const struct key *key, const unsigned char *der, size_t len, struct buf *out)
{
    AUTO(own_sig) ECDSA_SIG *s = d2i_ECDSA_SIG(NULL, &der, (long)len);
    const int size = (EVP_PKEY_get_bits(key->pkey) + 7) / 8;
    unsigned char half[128];

    if (s == NULL || size <= 0 || (size_t)size > sizeof(half))
        return -1;
    if (BN_bn2binpad(ECDSA_SIG_get0_r(s), half, size) != size)
        return -1;
    buf_add(out, half, (size_t)size);
    if (BN_bn2binpad(ECDSA_SIG_get0_s(s), half, size) != size)
        return -1;
    buf_add(out, half, (size_t)size);
    return 0;
}

int key_sign(const struct key *key, const struct key_alg *alg, const void *data, size_t len,
             struct buf *out, struct err *err)
{
    AUTO(own_md_ctx) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pctx = NULL;
    unsigned char mac[EVP_MAX_MD_SIZE];
    size_t n = 0;

    if (ctx == NULL)
        return err_nomem(err);
    if (!fits(key, alg->kind))
        return err_set(err, ERR_INVALID, "key does not fit algorithm %s", alg->name);
    if (alg->kind == KEY_HMAC) {
        if (!hmac(key, alg->digest, data, len, mac, &n))
            return err_set(err, ERR_INVALID, "HMAC failed");
        buf_add(out, mac, n);
        return buf_check(out, err);
    }
    if (EVP_DigestSignInit_ex(ctx, &pctx, alg->digest, NULL, NULL, key->pkey, NULL) != 1 ||
        !set_padding(pctx, alg->kind, true) || EVP_DigestSign(ctx, NULL, &n, data, len) != 1)
        return err_set(err, ERR_INVALID, "key cannot sign");
    AUTO_FREE unsigned char *sig = malloc(n);

    if (sig == NULL)
        return err_nomem(err);
    if (EVP_DigestSign(ctx, sig, &n, data, len) != 1)
        return err_set(err, ERR_INVALID, "key cannot sign");
    if (alg->kind != KEY_EC)
        buf_add(out, sig, n);
    else if (ec_raw(key, sig, n, out) < 0)
        return err_set(err, ERR_INVALID, "key cannot sign");
    return buf_check(out, err);
}
