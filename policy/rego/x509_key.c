#include "policy/rego/x509_key.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <string.h>

#include "base/buf.h"
#include "base/own.h"
#include "policy/rego/pem.h"
#include "policy/rego/x509_json.h"

const struct value *x509_number(struct arena *a, const BIGNUM *n)
{
    char *const text = BN_bn2dec(n);
    const struct value *const v = text != NULL ? value_number(a, text, strlen(text)) : NULL;

    OPENSSL_free(text);
    return v;
}

int x509_key_algorithm(const EVP_PKEY *key)
{
    static const struct {
        const char *type;
        int number;
    } types[] = {{"RSA", 1}, {"DSA", 2}, {"EC", 3}, {"ED25519", 4}};

    for (size_t i = 0; key != NULL && i < ARRAY_LEN(types); i++) {
        if (EVP_PKEY_is_a(key, types[i].type) == 1)
            return types[i].number;
    }
    return 0;
}

int x509_signature_algorithm(const X509_ALGOR *alg)
{
    static const int nids[] = {0,
                               NID_md2WithRSAEncryption,
                               NID_md5WithRSAEncryption,
                               NID_sha1WithRSAEncryption,
                               NID_sha256WithRSAEncryption,
                               NID_sha384WithRSAEncryption,
                               NID_sha512WithRSAEncryption,
                               NID_dsaWithSHA1,
                               NID_dsa_with_SHA256,
                               NID_ecdsa_with_SHA1,
                               NID_ecdsa_with_SHA256,
                               NID_ecdsa_with_SHA384,
                               NID_ecdsa_with_SHA512,
                               NID_rsassaPss,
                               0,
                               0,
                               NID_ED25519};
    const ASN1_OBJECT *o = NULL;

    X509_ALGOR_get0(&o, NULL, NULL, alg);
    const int nid = OBJ_obj2nid(o);

    for (size_t i = 1; i < ARRAY_LEN(nids); i++) {
        if (nids[i] == nid && nid != 0)
            return (int)i;
    }
    return 0;
}

/* A number of the key; a negative word when it has none. */
static const struct value *part(struct arena *a, const EVP_PKEY *key, const char *param)
{
    BIGNUM *n = NULL;

    if (EVP_PKEY_get_bn_param(key, param, &n) != 1)
        return NULL;
    const struct value *const v = x509_number(a, n);

    BN_clear_free(n);
    return v;
}

static const struct value *raw(struct arena *a, const EVP_PKEY *key, bool private)
{
    unsigned char bytes[64];
    size_t n = 32, m = 32;

    if (private) {
        if (EVP_PKEY_get_raw_private_key(key, bytes, &n) != 1 ||
            EVP_PKEY_get_raw_public_key(key, bytes + 32, &m) != 1)
            return NULL;
        return x509_base64(a, bytes, n + m);
    }
    return EVP_PKEY_get_raw_public_key(key, bytes, &n) == 1 ? x509_base64(a, bytes, n) : NULL;
}

const struct value *x509_public_json(struct arena *a, EVP_PKEY *key)
{
    struct value_fields f = {0};

    switch (x509_key_algorithm(key)) {
    case 1:
        value_fields_add(a, &f, "N", part(a, key, OSSL_PKEY_PARAM_RSA_N));
        value_fields_add(a, &f, "E", part(a, key, OSSL_PKEY_PARAM_RSA_E));
        break;
    case 3:
        value_fields_add(a, &f, "Curve", value_object(a, NULL, NULL, 0));
        value_fields_add(a, &f, "X", part(a, key, OSSL_PKEY_PARAM_EC_PUB_X));
        value_fields_add(a, &f, "Y", part(a, key, OSSL_PKEY_PARAM_EC_PUB_Y));
        break;
    case 4:
        return raw(a, key, false);
    default:
        return &value_null;
    }
    return value_fields_object(a, &f);
}

const struct value *x509_private_json(struct arena *a, EVP_PKEY *key)
{
    struct value_fields f = {0}, more = {0};
    struct value_list primes = {0};

    switch (x509_key_algorithm(key)) {
    case 1:
        value_fields_add(a, &f, "N", part(a, key, OSSL_PKEY_PARAM_RSA_N));
        value_fields_add(a, &f, "E", part(a, key, OSSL_PKEY_PARAM_RSA_E));
        value_fields_add(a, &f, "D", part(a, key, OSSL_PKEY_PARAM_RSA_D));
        value_list_add(a, &primes, part(a, key, OSSL_PKEY_PARAM_RSA_FACTOR1));
        value_list_add(a, &primes, part(a, key, OSSL_PKEY_PARAM_RSA_FACTOR2));
        value_fields_add(a, &f, "Primes", value_list_array(a, &primes));
        value_fields_add(a, &more, "Dp", part(a, key, OSSL_PKEY_PARAM_RSA_EXPONENT1));
        value_fields_add(a, &more, "Dq", part(a, key, OSSL_PKEY_PARAM_RSA_EXPONENT2));
        value_fields_add(a, &more, "Qinv", part(a, key, OSSL_PKEY_PARAM_RSA_COEFFICIENT1));
        value_fields_add(a, &more, "CRTValues", value_array(a, NULL, 0));
        value_fields_add(a, &f, "Precomputed", value_fields_object(a, &more));
        break;
    case 3:
        value_fields_add(a, &f, "Curve", value_object(a, NULL, NULL, 0));
        value_fields_add(a, &f, "X", part(a, key, OSSL_PKEY_PARAM_EC_PUB_X));
        value_fields_add(a, &f, "Y", part(a, key, OSSL_PKEY_PARAM_EC_PUB_Y));
        value_fields_add(a, &f, "D", part(a, key, OSSL_PKEY_PARAM_PRIV_KEY));
        break;
    case 4:
        return raw(a, key, true);
    default:
        return &value_null;
    }
    return value_fields_object(a, &f);
}

/* --- JWK --------------------------------------------------------------------------------- */

/* A number in base64url; `size` bytes at least. */
static void put_url(struct arena *a, struct value_fields *f, const char *member,
                    const EVP_PKEY *key, const char *param, int size)
{
    BIGNUM *n = NULL;
    AUTO_BUF struct buf b = BUF_INIT;

    if (EVP_PKEY_get_bn_param(key, param, &n) != 1)
        return;
    const int len = BN_num_bytes(n) > size ? BN_num_bytes(n) : size;
    unsigned char *const bytes = len > 0 ? OPENSSL_malloc((size_t)len) : NULL;

    if (bytes != NULL && BN_bn2binpad(n, bytes, len) == len) {
        base64url_encode(&b, bytes, (size_t)len);
        value_fields_add(a, f, member, b.failed ? NULL : value_string(a, b.data, b.len));
    }
    OPENSSL_clear_free(bytes, len > 0 ? (size_t)len : 0);
    BN_clear_free(n);
}

static void put_raw(struct arena *a, struct value_fields *f, const char *member,
                    const EVP_PKEY *key, bool private)
{
    unsigned char bytes[64];
    size_t n = sizeof(bytes);
    AUTO_BUF struct buf b = BUF_INIT;
    const int got = private ? EVP_PKEY_get_raw_private_key(key, bytes, &n)
                            : EVP_PKEY_get_raw_public_key(key, bytes, &n);

    if (got != 1)
        return;
    base64url_encode(&b, bytes, n);
    value_fields_add(a, f, member, b.failed ? NULL : value_string(a, b.data, b.len));
}

const struct value *x509_jwk_json(struct arena *a, EVP_PKEY *key)
{
    static const struct {
        const char *member, *param;
    } rsa[] = {{"n", OSSL_PKEY_PARAM_RSA_N},          {"e", OSSL_PKEY_PARAM_RSA_E},
               {"d", OSSL_PKEY_PARAM_RSA_D},          {"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
               {"q", OSSL_PKEY_PARAM_RSA_FACTOR2},    {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
               {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2}, {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1}};
    struct value_fields f = {0};
    const int bits = EVP_PKEY_get_bits(key), size = (bits + 7) / 8;

    switch (x509_key_algorithm(key)) {
    case 1:
        value_fields_add(a, &f, "kty", value_str(a, "RSA"));
        for (size_t i = 0; i < ARRAY_LEN(rsa); i++)
            put_url(a, &f, rsa[i].member, key, rsa[i].param, 0);
        break;
    case 3:
        value_fields_add(a, &f, "kty", value_str(a, "EC"));
        value_fields_add(a, &f, "crv", value_strf(a, "P-%d", bits));
        put_url(a, &f, "x", key, OSSL_PKEY_PARAM_EC_PUB_X, size);
        put_url(a, &f, "y", key, OSSL_PKEY_PARAM_EC_PUB_Y, size);
        put_url(a, &f, "d", key, OSSL_PKEY_PARAM_PRIV_KEY, size);
        break;
    case 4:
        value_fields_add(a, &f, "kty", value_str(a, "OKP"));
        value_fields_add(a, &f, "crv", value_str(a, "Ed25519"));
        put_raw(a, &f, "x", key, false);
        put_raw(a, &f, "d", key, true);
        break;
    default:
        return &value_null;
    }
    return value_fields_object(a, &f);
}
