/* base/sha256.h - SHA-256 (FIPS 180-4): digests of configs, images and records.
 *
 * Layer:   base. No allocation, no errors. OpenSSL would cost the shim 1.3 ms of start-up.
 */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_LEN = 32, SHA256_HEX_LEN = 64, SHA256_BLOCK = 64 };

struct sha256 {
    uint32_t h[8];
    uint64_t len; /* bytes so far */
    uint8_t block[SHA256_BLOCK];
};

void sha256_init(struct sha256 *s);
void sha256_update(struct sha256 *s, const void *bytes, size_t len);
void sha256_final(struct sha256 *s, uint8_t out[SHA256_LEN]);

/* The whole of it in one call. */
void sha256_digest(const void *bytes, size_t len, uint8_t out[SHA256_LEN]);

/* 64 lower-case hexadecimal digits and a NUL. */
void sha256_hex(const void *bytes, size_t len, char out[SHA256_HEX_LEN + 1]);

#endif
