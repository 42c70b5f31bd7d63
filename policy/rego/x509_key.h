/* policy/rego/x509_key.h - keys and algorithms as Go's structures marshal; x509_json's part.
 *
 * Layer:   policy/rego (tools only; OpenSSL 3)
 */
#ifndef POLICY_REGO_X509_KEY_H
#define POLICY_REGO_X509_KEY_H

#include <openssl/bn.h>
#include <openssl/x509.h>

#include "policy/value/value.h"

const struct value *x509_number(struct arena *a, const BIGNUM *n);
const struct value *x509_public_json(struct arena *a, EVP_PKEY *key);
int x509_key_algorithm(const EVP_PKEY *key);
int x509_signature_algorithm(const X509_ALGOR *alg);

#endif
