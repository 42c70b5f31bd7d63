/* policy/rego/x509_json.h - certificates and keys as Go's crypto/x509 structures marshal.
 *
 * Layer:   policy/rego (tools only; OpenSSL 3)
 * Owns:    values live in the arena given; OpenSSL objects stay the caller's.
 * Errors:  NULL: out of memory.
 */
#ifndef POLICY_REGO_X509_JSON_H
#define POLICY_REGO_X509_JSON_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "policy/value/value.h"

/* With URIStrings when `extended`, as OPA adds it. */
const struct value *x509_cert_json(struct arena *a, X509 *cert, bool extended);
const struct value *x509_request_json(struct arena *a, X509_REQ *req);
const struct value *x509_private_json(struct arena *a, EVP_PKEY *key);
/* RFC 7517, private members included. */
const struct value *x509_jwk_json(struct arena *a, EVP_PKEY *key);
const struct value *x509_base64(struct arena *a, const void *bytes, size_t len);

#endif
