/* time.*: OPA's functions over policy/machine/gotime.h. */
#include "policy/machine/builtin_text.h"
#include "policy/machine/builtins_text.h"
#include "policy/machine/gotime.h"
#include "policy/machine/machine.h"

/* Years and months further away than this cannot be in range, days likewise. */
enum { YEARS_MAX = 1000, DAYS_MAX = 400 * YEARS_MAX };

/* ns or [ns, zone] or [ns, zone, layout]. */
struct when {
    struct moment at;
    const struct zone *zone;
    const char *layout;
};

static int type_wrong(struct builtin_ctx *ctx, const struct value *v, struct err *err)
{
    return builtin_type_error(ctx, err, 1, "either number (ns) or [number (ns), string (tz)]", v);
}

static int get_string(struct builtin_ctx *ctx, const struct value *array, size_t i,
                      const char **out, struct err *err)
{
    const struct value *const v = value_at(array, i);

    if (!value_is(v, VALUE_STRING))
        return builtin_type_error(ctx, err, 1, "string", v);
    *out = value_bytes(v);
    return 0;
}

static int get_when(struct builtin_ctx *ctx, const struct value *v, struct when *out,
                    struct err *err)
{
    const struct value *n = v;
    const char *zone = "";
    int64_t ns = 0;

    *out = (struct when){.layout = ""};
    if (value_is(v, VALUE_ARRAY)) {
        if (v->count == 0)
            return type_wrong(ctx, v, err);
        n = value_at(v, 0);
        if (!value_is(n, VALUE_NUMBER))
            return builtin_type_error(ctx, err, 1, "number", n);
        if ((v->count > 1 && get_string(ctx, v, 1, &zone, err) < 0) ||
            (v->count > 2 && get_string(ctx, v, 2, &out->layout, err) < 0))
            return -1;
        if (zone_load(ctx->arena, zone, &out->zone, err) < 0)
            return text_raise(ctx, err);
    } else if (!value_is(v, VALUE_NUMBER)) {
        return type_wrong(ctx, v, err);
    }
    if (!value_int64(n, &ns))
        return builtin_error(ctx, err, "timestamp too big");
    out->at = moment_of_ns(ns);
    return 0;
}

static int return_moment(struct builtin_ctx *ctx, struct moment t, const struct value **out,
                         struct err *err)
{
    int64_t ns = 0;

    if (!moment_ns(t, &ns))
        return builtin_error(ctx, err, "time outside of valid range");
    return text_return(value_int(ctx->arena, ns), out, err);
}

static int return_ints(struct builtin_ctx *ctx, const int64_t *n, size_t count,
                       const struct value **out, struct err *err)
{
    struct value_list l = {0};

    for (size_t i = 0; i < count; i++)
        value_list_add(ctx->arena, &l, value_int(ctx->arena, n[i]));
    return text_return(value_list_array(ctx->arena, &l), out, err);
}

int builtin_time_now_ns(struct builtin_ctx *ctx, const struct value *const *args,
                        const struct value **out, struct err *err)
{
    (void)args;
    return text_return(value_int(ctx->arena, ctx->opt->now_ns), out, err);
}

int builtin_time_parse_ns(struct builtin_ctx *ctx, const struct value *const *args,
                          const struct value **out, struct err *err)
{
    const struct value *layout = NULL, *text = NULL;
    struct moment t;

    if (text_string(ctx, args, 0, &layout, err) < 0 || text_string(ctx, args, 1, &text, err) < 0)
        return -1;
    if (time_parse(layout_named(value_bytes(layout)), value_bytes(text), text->count, &t, err) < 0)
        return text_raise(ctx, err);
    return return_moment(ctx, t, out, err);
}

int builtin_time_parse_rfc3339_ns(struct builtin_ctx *ctx, const struct value *const *args,
                                  const struct value **out, struct err *err)
{
    const struct value *text = NULL;
    struct moment t;

    if (text_string(ctx, args, 0, &text, err) < 0)
        return -1;
    if (time_parse(layout_named("RFC3339"), value_bytes(text), text->count, &t, err) < 0)
        return text_raise(ctx, err);
    return return_moment(ctx, t, out, err);
}

int builtin_time_parse_duration_ns(struct builtin_ctx *ctx, const struct value *const *args,
                                   const struct value **out, struct err *err)
{
    const struct value *text = NULL;
    int64_t ns = 0;

    if (text_string(ctx, args, 0, &text, err) < 0)
        return -1;
    if (duration_parse(value_bytes(text), text->count, &ns, err) < 0)
        return text_raise(ctx, err);
    return text_return(value_int(ctx->arena, ns), out, err);
}

int builtin_time_format(struct builtin_ctx *ctx, const struct value *const *args,
                        const struct value **out, struct err *err)
{
    struct when w;
    AUTO_BUF struct buf b = BUF_INIT;

    if (get_when(ctx, args[0], &w, err) < 0)
        return -1;
    const struct civil c = civil_of(w.at, w.zone);

    time_format(&b, layout_named(*w.layout != '\0' ? w.layout : "RFC3339Nano"), &c);
    return text_return_buf(ctx, &b, out, err);
}

int builtin_time_date(struct builtin_ctx *ctx, const struct value *const *args,
                      const struct value **out, struct err *err)
{
    struct when w;

    if (get_when(ctx, args[0], &w, err) < 0)
        return -1;
    const struct civil c = civil_of(w.at, w.zone);

    return return_ints(ctx, (const int64_t[]){c.year, c.month, c.day}, 3, out, err);
}

int builtin_time_clock(struct builtin_ctx *ctx, const struct value *const *args,
                       const struct value **out, struct err *err)
{
    struct when w;

    if (get_when(ctx, args[0], &w, err) < 0)
        return -1;
    const struct civil c = civil_of(w.at, w.zone);

    return return_ints(ctx, (const int64_t[]){c.hour, c.minute, c.second}, 3, out, err);
}

int builtin_time_weekday(struct builtin_ctx *ctx, const struct value *const *args,
                         const struct value **out, struct err *err)
{
    struct when w;

    if (get_when(ctx, args[0], &w, err) < 0)
        return -1;
    const struct civil c = civil_of(w.at, w.zone);

    return text_return(value_str(ctx->arena, weekday_names[c.weekday]), out, err);
}

int builtin_time_add_date(struct builtin_ctx *ctx, const struct value *const *args,
                          const struct value **out, struct err *err)
{
    struct when w;
    int64_t add[3];

    if (get_when(ctx, args[0], &w, err) < 0)
        return -1;
    for (unsigned i = 0; i < 3; i++) {
        if (arg_int(ctx, args, i + 1, &add[i], err) < 0)
            return -1;
        const int64_t limit = i == 0 ? YEARS_MAX : i == 1 ? 12 * YEARS_MAX : DAYS_MAX;

        /* past the limit even the other two cannot bring the sum back to the years that fit */
        if (add[i] > 4 * limit || add[i] < -4 * limit)
            return builtin_error(ctx, err, "time outside of valid range");
    }
    struct civil c = civil_of(w.at, w.zone);

    c.year += add[0];
    c.month += (int)add[1];
    c.day += (int)add[2];
    return return_moment(ctx, moment_of(&c, w.zone), out, err);
}

static bool later(struct moment a, struct moment b)
{
    return a.sec != b.sec ? a.sec > b.sec : a.ns > b.ns;
}

int builtin_time_diff(struct builtin_ctx *ctx, const struct value *const *args,
                      const struct value **out, struct err *err)
{
    struct when a, b;

    if (get_when(ctx, args[0], &a, err) < 0 || get_when(ctx, args[1], &b, err) < 0)
        return -1;
    const bool swap = later(a.at, b.at);
    /* both as clocks in the first one's zone show them, the earlier one first */
    const struct civil x = civil_of(swap ? b.at : a.at, a.zone);
    const struct civil y = civil_of(swap ? a.at : b.at, a.zone);
    int64_t d[6] = {y.year - x.year, y.month - x.month,   y.day - x.day,
                    y.hour - x.hour, y.minute - x.minute, y.second - x.second};
    const int64_t size[6] = {0, 12, days_in_month(x.year, x.month), 24, 60, 60};

    for (unsigned i = 5; i > 0; i--) {
        if (d[i] < 0) {
            d[i] += size[i];
            d[i - 1]--;
        }
    }
    return return_ints(ctx, d, 6, out, err);
}
