/* policy/rego/keys.h - keys from PEM and JWK, and what signs and verifies with them.
 *
 * Layer:   policy/rego (tools only; OpenSSL 3)
 * Owns:    a struct key_set owns its keys until key_set_done.
 * Errors:  ERR_INVALID with the reason; a signature that does not fit is no error.
 * Trust:   keys, tokens and signatures are hostile bytes.
 */
#ifndef POLICY_REGO_KEYS_H
#define POLICY_REGO_KEYS_H

#include <openssl/evp.h>

#include "policy/value/value.h"

enum key_kind { KEY_HMAC, KEY_RSA, KEY_PSS, KEY_EC, KEY_ED };

struct key_alg {
    const char *name; /* "RS256" */
    enum key_kind kind;
    const char *digest; /* "SHA256"; NULL: none */
};

const struct key_alg *key_alg_named(const char *name); /* NULL: unknown */

struct key {
    char *alg, *kid; /* "" when not given */
    EVP_PKEY *pkey;  /* NULL: symmetric */
    unsigned char *secret;
    size_t secret_len;
};

struct key_set {
    struct key *at;
    size_t n;
};

#define AUTO_KEYS __attribute__((cleanup(key_set_done)))
void key_set_done(struct key_set *s);

/* A certificate, a public key (PEM), a JWK or a set of them (JSON). Keys of unknown algorithms
 * are left out. */
int key_set_load(struct arena *a, const char *text, size_t len, struct key_set *out,
                 struct err *err) MUST_CHECK;
/* A JWK or a set of them; private members are read. */
int key_set_jwk(struct arena *a, const char *text, size_t len, struct key_set *out,
                struct err *err) MUST_CHECK;

bool key_verify(const struct key *key, const struct key_alg *alg, const void *data, size_t len,
                const void *sig, size_t sig_len);
struct buf;
int key_sign(const struct key *key, const struct key_alg *alg, const void *data, size_t len,
             struct buf *sig, struct err *err) MUST_CHECK;

#endif
