/* report/replay.c - see replay.h. */
#include "report/replay.h"

#include <string.h>

static bool is_list(const struct value *v)
{
    return v && (value_is(v, VALUE_ARRAY) || value_is(v, VALUE_SET));
}

static bool alike(const struct value *x, const struct value *y)
{
    const struct value *const xp = value_field(x, "path"), *const yp = value_field(y, "path");
    const struct value *const xr = value_field(x, "rule"), *const yr = value_field(y, "rule");

    return xr && yr && value_equal(xr, yr) && (!xp || !yp ? xp == yp : value_equal(xp, yp));
}

static const struct value *in_short(struct arena *a, const struct value *f)
{
    static const char *const kept[] = {"rule", "path", "msg", "enforcement", "severity"};
    struct value_fields out = {0};

    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        value_fields_add(a, &out, kept[i], value_field(f, kept[i]));
    return value_fields_object(a, &out);
}

/* Those of `all` that `others` has no equal of. */
static const struct value *without(struct arena *a, const struct value *all,
                                   const struct value *others)
{
    struct value_list l = {0};

    for (size_t i = 0; is_list(all) && i < all->count; i++) {
        bool found = false;

        for (size_t k = 0; is_list(others) && k < others->count && !found; k++)
            found = alike(value_at(all, i), value_at(others, k));
        if (!found)
            value_list_add(a, &l, in_short(a, value_at(all, i)));
    }
    return value_list_array(a, &l);
}

int replay(struct arena *a, const struct image *image, const struct value *record,
           const struct value *input, struct replay *out, struct err *err)
{
    const struct value *const result = value_field(record, "result");
    const struct value *const findings = value_field(result, "findings");
    const char *const was = value_cstr(value_field(result, "verdict"));
    struct decision d;

    if (!was)
        return err_set(err, ERR_INVALID, "the record has no verdict");
    if (decide(image, input, a, &d, err) < 0)
        return -1;
    *out = (struct replay){
        .was = was,
        .now = verdict_name(d.verdict),
        .told = is_list(findings),
        .was_n = is_list(findings) ? findings->count : 0,
        .now_n = d.findings->count,
        .refusals = d.refusals,
        .patch = d.patch,
    };
    out->appeared = out->told ? without(a, d.findings, findings) : value_array(a, NULL, 0);
    out->gone = out->told ? without(a, findings, d.findings) : value_array(a, NULL, 0);
    if (!out->appeared || !out->gone)
        return err_nomem(err);
    out->same = strcmp(was, out->now) == 0 && out->appeared->count == 0 && out->gone->count == 0;
    return 0;
}
