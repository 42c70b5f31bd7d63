#include "policy/machine/builtin_text.h"

#include <string.h>

enum { CACHE_BUCKETS = 64 };

struct cached {
    struct cached *next;
    enum text_kind kind;
    uint32_t hash;
    size_t len;
    const char *key;
    const void *made;
};

struct cache {
    struct cached *bucket[CACHE_BUCKETS];
};

int text_return(const struct value *made, const struct value **out, struct err *err)
{
    if (made == NULL)
        return err_nomem(err);
    *out = made;
    return 0;
}

int text_return_buf(struct builtin_ctx *ctx, const struct buf *b, const struct value **out,
                    struct err *err)
{
    if (buf_check(b, err) < 0)
        return -1;
    return text_return(value_string(ctx->arena, b->data != NULL ? b->data : "", b->len), out, err);
}

int text_raise(struct builtin_ctx *ctx, struct err *err)
{
    struct err said = *err;

    if (said.code != ERR_INVALID)
        return -1;
    return builtin_error(ctx, err, "%s", said.text);
}

const void *text_cache_get(struct builtin_ctx *ctx, enum text_kind kind, const char *key,
                           size_t len)
{
    const struct cache *const cache = ctx->cache;
    const uint32_t hash = value_hash_bytes(key, len);

    if (cache == NULL)
        return NULL;
    for (const struct cached *c = cache->bucket[hash % CACHE_BUCKETS]; c != NULL; c = c->next) {
        if (c->hash == hash && c->kind == kind && c->len == len && memcmp(c->key, key, len) == 0)
            return c->made;
    }
    return NULL;
}

void text_cache_put(struct builtin_ctx *ctx, enum text_kind kind, const char *key, size_t len,
                    const void *made)
{
    struct cache *cache = ctx->cache;

    if (cache == NULL)
        ctx->cache = cache = ARENA_NEW(ctx->arena, struct cache);
    struct cached *const c = ARENA_NEW(ctx->arena, struct cached);
    char *const copy = arena_strndup(ctx->arena, key, len);

    if (cache == NULL || c == NULL || copy == NULL)
        return;
    c->kind = kind;
    c->hash = value_hash_bytes(key, len);
    c->len = len;
    c->key = copy;
    c->made = made;
    c->next = cache->bucket[c->hash % CACHE_BUCKETS];
    cache->bucket[c->hash % CACHE_BUCKETS] = c;
}

int text_regex(struct builtin_ctx *ctx, const char *pattern, size_t len, const struct regex **out,
               struct err *err)
{
    const struct regex *re = text_cache_get(ctx, TEXT_REGEX, pattern, len);

    if (re == NULL) {
        if (regex_compile(ctx->arena, pattern, len, &re, err) < 0)
            return text_raise(ctx, err);
        text_cache_put(ctx, TEXT_REGEX, pattern, len, re);
    }
    *out = re;
    return 0;
}
