#include <nettle/hmac.h>
#include <nettle/md5.h>
#include <nettle/memops.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>

#include "policy/machine/builtin_arg.h"
#include "policy/machine/builtins_core.h"

enum { DIGEST_MAX = SHA512_DIGEST_SIZE };

static int result_hex(struct builtin_ctx *ctx, const uint8_t *bytes, size_t len,
                      const struct value **out, struct err *err)
{
    static const char digits[] = "0123456789abcdef";
    char text[2 * DIGEST_MAX];

    for (size_t i = 0; i < len; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    return result_string(ctx, text, 2 * len, out, err);
}

static const uint8_t *bytes_of(const struct value *v)
{
    return (const uint8_t *)value_bytes(v);
}

#define DIGEST(name, alg, ALG)                                                                     \
    BUILTIN_FN(name)                                                                               \
    {                                                                                              \
        struct alg##_ctx state;                                                                    \
        uint8_t digest[ALG##_DIGEST_SIZE];                                                         \
                                                                                                   \
        if (arg_string(ctx, args, 0, err) < 0)                                                     \
            return -1;                                                                             \
        alg##_init(&state);                                                                        \
        alg##_update(&state, args[0]->count, bytes_of(args[0]));                                   \
        alg##_digest(&state, sizeof(digest), digest);                                              \
        return result_hex(ctx, digest, sizeof(digest), out, err);                                  \
    }

DIGEST(builtin_crypto_md5, md5, MD5)
DIGEST(builtin_crypto_sha1, sha1, SHA1)
DIGEST(builtin_crypto_sha256, sha256, SHA256)

#define HMAC(name, alg, ALG)                                                                       \
    BUILTIN_FN(name)                                                                               \
    {                                                                                              \
        struct hmac_##alg##_ctx state;                                                             \
        uint8_t digest[ALG##_DIGEST_SIZE];                                                         \
                                                                                                   \
        if (arg_strings(ctx, args, 2, err) < 0)                                                    \
            return -1;                                                                             \
        hmac_##alg##_set_key(&state, args[1]->count, bytes_of(args[1]));                           \
        hmac_##alg##_update(&state, args[0]->count, bytes_of(args[0]));                            \
        hmac_##alg##_digest(&state, sizeof(digest), digest);                                       \
        return result_hex(ctx, digest, sizeof(digest), out, err);                                  \
    }

HMAC(builtin_hmac_md5, md5, MD5)
HMAC(builtin_hmac_sha1, sha1, SHA1)
HMAC(builtin_hmac_sha256, sha256, SHA256)
HMAC(builtin_hmac_sha512, sha512, SHA512)

/* In time that depends on the lengths alone. */
BUILTIN_FN(builtin_hmac_equal)
{
    if (arg_strings(ctx, args, 2, err) < 0)
        return -1;
    return result_bool(
        args[0]->count == args[1]->count &&
            nettle_memeql_sec(value_bytes(args[0]), value_bytes(args[1]), args[0]->count) != 0,
        out);
}
