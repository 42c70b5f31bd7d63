#include "base/sha256.h"

void sha256_init(struct sha256 *s)
{
    nettle_sha256_init(&s->ctx);
}

void sha256_update(struct sha256 *s, const void *bytes, size_t len)
{
    nettle_sha256_update(&s->ctx, len, bytes);
}

void sha256_final(struct sha256 *s, uint8_t out[SHA256_LEN])
{
    nettle_sha256_digest(&s->ctx, SHA256_LEN, out);
}

void sha256_digest(const void *bytes, size_t len, uint8_t out[SHA256_LEN])
{
    struct sha256 s;

    sha256_init(&s);
    sha256_update(&s, bytes, len);
    sha256_final(&s, out);
}

void sha256_hex(const void *bytes, size_t len, char out[SHA256_HEX_LEN + 1])
{
    static const char digit[] = "0123456789abcdef";
    uint8_t raw[SHA256_LEN];

    sha256_digest(bytes, len, raw);
    for (size_t i = 0; i < SHA256_LEN; i++) {
        out[2 * i] = digit[raw[i] >> 4];
        out[2 * i + 1] = digit[raw[i] & 15];
    }
    out[SHA256_HEX_LEN] = '\0';
}
