#include <stdio.h>
#include <string.h>

#include "audit/log/merkle.h"
#include "base/file.h"
#include "base/own.h"

void tile_path(int level, uint64_t n, unsigned width, char out[TILE_PATH_MAX])
{
    char groups[8][5];
    size_t count = 0;
    int used;

    /* Groups of three digits, all but the last with an x before them. */
    do {
        (void)snprintf(groups[count], sizeof(groups[count]), count == 0 ? "%03u" : "x%03u",
                       (unsigned)(n % 1000));
        count++;
        n /= 1000;
    } while (n > 0);

    if (level == TILE_ENTRIES)
        used = snprintf(out, TILE_PATH_MAX, "tile/entries");
    else
        used = snprintf(out, TILE_PATH_MAX, "tile/%d", level);
    while (count > 0) {
        count--;
        used += snprintf(out + used, (size_t)(TILE_PATH_MAX - used), "/%s", groups[count]);
    }
    if (width < TILE_WIDTH)
        (void)snprintf(out + used, (size_t)(TILE_PATH_MAX - used), ".p/%u", width);
}

void tiles_init(struct tiles *t, int dirfd, uint64_t size)
{
    memset(t, 0, sizeof(*t));
    t->dirfd = dirfd;
    t->size = size;
}

unsigned tiles_width(const struct tiles *t, int level, uint64_t n)
{
    const unsigned shift = level < 0 ? 0 : (unsigned)level * TILE_BITS;
    const uint64_t hashes = shift >= 64 ? 0 : t->size >> shift;

    if (n < hashes / TILE_WIDTH)
        return TILE_WIDTH;
    return n == hashes / TILE_WIDTH ? (unsigned)(hashes % TILE_WIDTH) : 0;
}

/* The tile that holds hash `i` of `level`, in the cache. */
static int load(struct tiles *t, int level, uint64_t i, struct err *err)
{
    const uint64_t n = i / TILE_WIDTH;
    const unsigned width = tiles_width(t, level, n);
    char path[TILE_PATH_MAX];
    AUTO_FREE char *bytes = NULL;
    size_t len = 0;

    if (level >= TILE_LEVELS || i % TILE_WIDTH >= width)
        return err_set(err, ERR_INVALID, "no hash %llu at level %d in a tree of %llu",
                       (unsigned long long)i, level, (unsigned long long)t->size);
    if (t->cache[level].width == width && t->cache[level].n == n)
        return 0;
    tile_path(level, n, width, path);
    if (file_read_at(t->dirfd, path, TILE_WIDTH * DIGEST_LEN, &bytes, &len, NULL, err) < 0)
        return err_ctx(err, "%s", path);
    if (len != (size_t)width * DIGEST_LEN)
        return err_set(err, ERR_INVALID, "%s: %zu bytes where %u hashes take %u", path, len, width,
                       width * DIGEST_LEN);
    memcpy(t->cache[level].at, bytes, len);
    t->cache[level].n = n;
    t->cache[level].width = width;
    return 0;
}

int tiles_hash(struct tiles *t, int level, uint64_t i, struct merkle_hash *out, struct err *err)
{
    if (load(t, level, i, err) < 0)
        return -1;
    *out = t->cache[level].at[i % TILE_WIDTH];
    return 0;
}

/* The root of the complete subtree of 2^height leaves that begins at leaf `first`. */
static int subtree(struct tiles *t, unsigned height, uint64_t first, struct merkle_hash *out,
                   struct err *err)
{
    const int level = (int)(height / TILE_BITS);
    const unsigned above = height % TILE_BITS;
    const uint64_t at = first >> ((unsigned)level * TILE_BITS);
    struct merkle_hash fold[TILE_WIDTH];
    size_t n = (size_t)1 << above;

    /* 2^above neighbours of one tile: they never cross its edge. */
    if (load(t, level, at + n - 1, err) < 0)
        return -1;
    memcpy(fold, &t->cache[level].at[at % TILE_WIDTH], n * sizeof(fold[0]));
    for (; n > 1; n /= 2)
        for (size_t i = 0; i < n / 2; i++)
            fold[i] = merkle_node(&fold[2 * i], &fold[2 * i + 1]);
    *out = fold[0];
    return 0;
}

static unsigned log2_floor(uint64_t n)
{
    return 63u - (unsigned)__builtin_clzll(n);
}

/* The largest power of two below n (n > 1). */
static uint64_t split(uint64_t n)
{
    return (uint64_t)1 << log2_floor(n - 1);
}

/* MTH(D[first : first + n]), n > 0; `first` is a multiple of the power of two at or above n. */
static int range_root(struct tiles *t, uint64_t first, uint64_t n, struct merkle_hash *out,
                      struct err *err)
{
    if ((n & (n - 1)) == 0)
        return subtree(t, log2_floor(n), first, out, err);

    const uint64_t k = split(n);
    struct merkle_hash left, right;
    if (subtree(t, log2_floor(k), first, &left, err) < 0 ||
        range_root(t, first + k, n - k, &right, err) < 0)
        return -1;
    *out = merkle_node(&left, &right);
    return 0;
}

int tiles_leaf(struct tiles *t, uint64_t index, struct merkle_hash *out, struct err *err)
{
    return tiles_hash(t, 0, index, out, err);
}

int tiles_root(struct tiles *t, struct merkle_hash *out, struct err *err)
{
    if (t->size == 0) {
        *out = merkle_empty();
        return 0;
    }
    return range_root(t, 0, t->size, out, err);
}

static int prove(struct tiles *t, uint64_t first, uint64_t n, struct merkle_proof *p,
                 struct err *err)
{
    if (p->n == PROOF_MAX)
        return err_set(err, ERR_LIMIT, "proof longer than %d hashes", PROOF_MAX);
    if (range_root(t, first, n, &p->at[p->n], err) < 0)
        return -1;
    p->n++;
    return 0;
}

/* PATH(m, D[first : first + n]) of RFC 6962: the siblings, the leaf's first. */
static int path_of(struct tiles *t, uint64_t m, uint64_t first, uint64_t n, struct merkle_proof *p,
                   struct err *err)
{
    if (n == 1)
        return 0;
    const uint64_t k = split(n);
    if (m < k)
        return path_of(t, m, first, k, p, err) < 0 ? -1 : prove(t, first + k, n - k, p, err);
    return path_of(t, m - k, first + k, n - k, p, err) < 0 ? -1 : prove(t, first, k, p, err);
}

int tiles_inclusion(struct tiles *t, uint64_t index, struct merkle_proof *out, struct err *err)
{
    out->n = 0;
    if (index >= t->size)
        return err_set(err, ERR_INVALID, "entry %llu is not in a tree of %llu",
                       (unsigned long long)index, (unsigned long long)t->size);
    return path_of(t, index, 0, t->size, out, err);
}

/* SUBPROOF(m, D[first : first + n], whole) of RFC 6962. */
static int subproof(struct tiles *t, uint64_t m, uint64_t first, uint64_t n, int whole,
                    struct merkle_proof *p, struct err *err)
{
    if (m == n)
        return whole ? 0 : prove(t, first, n, p, err);
    const uint64_t k = split(n);
    if (m <= k)
        return subproof(t, m, first, k, whole, p, err) < 0 ? -1
                                                           : prove(t, first + k, n - k, p, err);
    return subproof(t, m - k, first + k, n - k, 0, p, err) < 0 ? -1 : prove(t, first, k, p, err);
}

int tiles_consistency(struct tiles *t, uint64_t old, struct merkle_proof *out, struct err *err)
{
    out->n = 0;
    if (old > t->size)
        return err_set(err, ERR_INVALID, "a tree of %llu cannot begin with one of %llu",
                       (unsigned long long)t->size, (unsigned long long)old);
    if (old == 0 || old == t->size)
        return 0;
    return subproof(t, old, 0, t->size, 1, out, err);
}
