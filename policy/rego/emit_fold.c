/* What the rules that read no input are worth: worked out once, when the image is made.
 *
 * A set that is pure by mark_pure (no input, nothing that `with` may change, no built-in that
 * answers differently each time) has one value for all runs of the image. What cannot be had within
 * the bounds below, or ends in an error, is left to the run, which then says the same. */
#include "policy/rego/emit.h"

enum {
    FOLD_STEPS = 1000 * 1000,
    FOLD_MEMORY = 64 * 1024 * 1024, /* bytes of one evaluation */
    FOLD_NODES = 20 * 1000,         /* of one value: the image carries it */
};

/* Nodes of v, counted up to the bound. */
static size_t nodes_of(const struct value *v, size_t n)
{
    const size_t kids = v->type == VALUE_OBJECT  ? 2 * (size_t)v->count
                        : v->type >= VALUE_ARRAY ? v->count
                                                 : 0;

    n++;
    for (size_t i = 0; i < kids && n <= FOLD_NODES; i++)
        n = nodes_of(value_kid(v, i), n);
    return n;
}

static const struct value *fold_one(struct arena *a, const struct image *img, uint32_t set)
{
    AUTO_ARENA struct arena mine = ARENA_INIT(FOLD_MEMORY);
    const struct machine_options opt = {.strict_builtin_errors = true, .limits.steps = FOLD_STEPS};
    const struct value *v = NULL;
    struct err err = ERR_INIT;

    if (machine_run_set(img, set, NULL, &mine, &opt, &v, NULL, &err) < 0 || !v ||
        nodes_of(v, 0) > FOLD_NODES)
        return NULL;
    return value_copy(a, v);
}

int fold_sets(struct arena *a, const struct buf *image, const struct value *const **out,
              struct err *err)
{
    struct image img = IMAGE_INIT;
    void *const bytes = arena_alloc(a, image->len);

    if (!bytes)
        return err_nomem(err);
    memcpy(bytes, image->data, image->len);
    if (image_borrow(&img, bytes, image->len, err) < 0)
        return -1;
    const struct image_set *const sets = image_table(&img, IMAGE_SETS);
    const uint32_t n = image_count(&img, IMAGE_SETS);
    const struct value **const folded = ARENA_NEW_N(a, const struct value *, (size_t)n + 1);
    if (!folded)
        return err_nomem(err);
    for (uint32_t i = 0; i < n; i++)
        if ((sets[i].flags & SET_PURE) && sets[i].kind != SET_FUNCTION)
            folded[i] = fold_one(a, &img, i);
    *out = folded;
    return a->failed ? err_nomem(err) : 0;
}
