/* base/digest.h - SHA-256 (FIPS 180-4): digests of configs, images and records.
 *
 * Layer:   base. No allocation, no errors. Nettle does the work: OpenSSL would cost the shim 1.3 ms
 * of start-up, and a static Nettle nothing.
 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <nettle/sha2.h>
#include <stddef.h>
#include <stdint.h>

enum { DIGEST_LEN = 32, DIGEST_HEX_LEN = 64 };

struct digest {
    struct sha256_ctx ctx;
};

void digest_init(struct digest *s);
void digest_update(struct digest *s, const void *bytes, size_t len);
void digest_final(struct digest *s, uint8_t out[DIGEST_LEN]);

/* The whole of it in one call. */
void digest_sha256(const void *bytes, size_t len, uint8_t out[DIGEST_LEN]);

/* 64 lower-case hexadecimal digits and a NUL. */
void digest_hex(const void *bytes, size_t len, char out[DIGEST_HEX_LEN + 1]);

#endif
