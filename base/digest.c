#include "base/digest.h"

void digest_init(struct digest *s)
{
    nettle_sha256_init(&s->ctx);
}

void digest_update(struct digest *s, const void *bytes, size_t len)
{
    nettle_sha256_update(&s->ctx, len, bytes);
}

void digest_final(struct digest *s, uint8_t out[DIGEST_LEN])
{
    nettle_sha256_digest(&s->ctx, DIGEST_LEN, out);
}

void digest_sha256(const void *bytes, size_t len, uint8_t out[DIGEST_LEN])
{
    struct digest s;

    digest_init(&s);
    digest_update(&s, bytes, len);
    digest_final(&s, out);
}

void digest_hex(const void *bytes, size_t len, char out[DIGEST_HEX_LEN + 1])
{
    static const char digit[] = "0123456789abcdef";
    uint8_t raw[DIGEST_LEN];

    digest_sha256(bytes, len, raw);
    for (size_t i = 0; i < DIGEST_LEN; i++) {
        out[2 * i] = digit[raw[i] >> 4];
        out[2 * i + 1] = digit[raw[i] & 15];
    }
    out[DIGEST_HEX_LEN] = '\0';
}
