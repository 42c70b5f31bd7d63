#include "audit/log/merkle.h"

#include <string.h>

/* --- hashes ---------------------------------------------------------------------------------- */

static struct merkle_hash hash_of(uint8_t prefix, const void *a, size_t a_len, const void *b,
                                  size_t b_len)
{
    struct digest d;
    struct merkle_hash out;

    digest_init(&d);
    digest_update(&d, &prefix, 1);
    digest_update(&d, a, a_len);
    if (b_len > 0)
        digest_update(&d, b, b_len);
    digest_final(&d, out.b);
    return out;
}

struct merkle_hash merkle_leaf(const void *entry, size_t len)
{
    return hash_of(0, entry, len, NULL, 0);
}

struct merkle_hash merkle_node(const struct merkle_hash *left, const struct merkle_hash *right)
{
    return hash_of(1, left->b, DIGEST_LEN, right->b, DIGEST_LEN);
}

struct merkle_hash merkle_empty(void)
{
    struct merkle_hash out;

    digest_sha256("", 0, out.b);
    return out;
}

int merkle_equal(const struct merkle_hash *a, const struct merkle_hash *b)
{
    return memcmp(a->b, b->b, DIGEST_LEN) == 0;
}

/* --- proofs ---------------------------------------------------------------------------------- */

/* RFC 9162 section 2.1.3.2. */
int merkle_included(const struct merkle_proof *p, uint64_t index, uint64_t size,
                    const struct merkle_hash *leaf, const struct merkle_hash *root)
{
    uint64_t fn = index, sn = size - 1;
    struct merkle_hash r = *leaf;

    if (index >= size)
        return 0;
    for (size_t i = 0; i < p->n; i++) {
        if (sn == 0)
            return 0;
        if ((fn & 1) || fn == sn) {
            r = merkle_node(&p->at[i], &r);
            while (!(fn & 1) && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            r = merkle_node(&r, &p->at[i]);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && merkle_equal(&r, root);
}

/* RFC 9162 section 2.1.4.2. */
int merkle_consistent(const struct merkle_proof *p, uint64_t old, uint64_t size,
                      const struct merkle_hash *old_root, const struct merkle_hash *root)
{
    if (old > size)
        return 0;
    if (old == size)
        return p->n == 0 && merkle_equal(old_root, root);
    if (old == 0)
        return p->n == 0;

    const int whole = (old & (old - 1)) == 0; /* the old root is a node of the new tree */
    size_t i = 0;
    if (!whole && p->n == 0)
        return 0;
    const struct merkle_hash first = whole ? *old_root : p->at[i++];
    uint64_t fn = old - 1, sn = size - 1;
    while (fn & 1) {
        fn >>= 1;
        sn >>= 1;
    }
    struct merkle_hash fr = first, sr = first;
    for (; i < p->n; i++) {
        if (sn == 0)
            return 0;
        if ((fn & 1) || fn == sn) {
            fr = merkle_node(&p->at[i], &fr);
            sr = merkle_node(&p->at[i], &sr);
            while (!(fn & 1) && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            sr = merkle_node(&sr, &p->at[i]);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && merkle_equal(&fr, old_root) && merkle_equal(&sr, root);
}
