/* report/evaluate.c - see evaluate.h. */
#include "report/evaluate.h"

#include <string.h>

#include "base/own.h"
#include "policy/build/sources.h"
#include "policy/machine/machine.h"
#include "policy/rego/rego.h"

/* "a.b.c" as a list of strings. */
static const struct value *path_value(struct arena *a, const char *path)
{
    struct value_list l = {0};

    for (;;) {
        const size_t n = strcspn(path, ".");

        value_list_add(a, &l, value_string(a, path, n));
        if (!path[n])
            return value_list_array(a, &l);
        path += n + 1;
    }
}

static int compile(struct arena *a, struct sources *s, const char *path, struct image *img,
                   struct err *err)
{
    const struct rego_options opt = {.version = REGO_V1};
    struct rego_module **const modules = ARENA_NEW_N(a, struct rego_module *, s->n + 1);
    const struct rego_entry entry = {.name = path, .path = path_value(a, path)};
    AUTO_BUF struct buf bytes = {.max = IMAGE_BYTES_MAX};
    struct rego_diags diags = {0};
    struct rego_program *program;
    size_t n = 0;

    if (!modules || !entry.path)
        return err_nomem(err);
    for (size_t i = 0; i < s->n; i++) {
        if (!s->at[i].test && rego_parse(a, &s->at[i].text, &opt, &modules[n++], &diags, err) < 0)
            return -1;
    }
    if (rego_check(a, modules, n, &entry, 1, s->data, &opt, &program, &diags, err) < 0 ||
        rego_emit(a, program, &entry, 1, NULL, &bytes, err) < 0)
        return -1;
    void *const kept = arena_alloc(a, bytes.len);
    if (!kept)
        return err_nomem(err);
    memcpy(kept, bytes.data, bytes.len);
    return image_borrow(img, kept, bytes.len, err);
}

int evaluate(struct arena *a, const char *dir, const char *more, const char *path,
             const struct value *input, int64_t now_ns, const struct value **out, struct err *err)
{
    const struct machine_options opt = {
        .limits = {.steps = (uint64_t)EVALUATE_STEPS_M * 1000000},
        .strict_builtin_errors = true,
        .now_ns = now_ns,
    };
    struct machine_stats stats = {0};
    struct image img = IMAGE_INIT;
    struct sources s;

    if (sources_init(&s, a, err) < 0 || sources_add(&s, a, dir, false, true, err) < 0 ||
        (more && sources_add(&s, a, more, false, false, err) < 0) ||
        compile(a, &s, path, &img, err) < 0 ||
        machine_run(&img, path, input, a, &opt, out, &stats, err) < 0)
        return err_ctx(err, "%s", more ? more : dir);
    return *out ? 0
                : err_set(err, ERR_INVALID, "%s: data.%s is undefined", more ? more : dir, path);
}
