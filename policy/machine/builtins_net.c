/* net.cidr_*: OPA's functions on networks. */
#include <stdlib.h>
#include <string.h>

#include "policy/machine/builtin_text.h"
#include "policy/machine/builtins_text.h"
#include "policy/machine/ip.h"

enum { EXPAND_MAX = 1 << 20 };

static int get_cidr(struct builtin_ctx *ctx, const struct value *v, struct cidr *out,
                    struct err *err)
{
    if (!value_is(v, VALUE_STRING))
        return builtin_type_error(ctx, err, 1, "string", v);
    if (!cidr_parse(value_bytes(v), v->count, out))
        return builtin_error(ctx, err, "invalid CIDR address: %s", value_bytes(v));
    return 0;
}

/* Whether network a contains b, an address or a network: 1, 0, -1. */
static int contains(struct builtin_ctx *ctx, const struct value *a, const struct value *b,
                    struct err *err)
{
    struct cidr x, y;
    ip_bits ip = 0;

    if (get_cidr(ctx, a, &x, err) < 0)
        return -1;
    if (!value_is(b, VALUE_STRING))
        return builtin_type_error(ctx, err, 1, "string", b);
    if (ip_parse(value_bytes(b), b->count, &ip))
        return cidr_has(&x, ip);
    if (!cidr_parse(value_bytes(b), b->count, &y))
        return builtin_error(ctx, err,
                             "not a valid textual representation of an IP address or CIDR: %s",
                             value_bytes(b));
    /* by prefix: the last address of a short IPv6 prefix may look like an IPv4 one */
    if (!x.v4 && !y.v4)
        return x.bits <= y.bits && cidr_first(&y) >= cidr_first(&x) &&
               cidr_first(&y) <= cidr_last(&x);
    return cidr_has(&x, cidr_first(&y)) && cidr_has(&x, cidr_last(&y));
}

int builtin_net_cidr_contains(struct builtin_ctx *ctx, const struct value *const *args,
                              const struct value **out, struct err *err)
{
    const int got = contains(ctx, args[0], args[1], err);

    if (got < 0)
        return -1;
    *out = value_bool_of(got > 0);
    return 0;
}

int builtin_net_cidr_intersects(struct builtin_ctx *ctx, const struct value *const *args,
                                const struct value **out, struct err *err)
{
    struct cidr x, y;

    if (get_cidr(ctx, args[0], &x, err) < 0 || get_cidr(ctx, args[1], &y, err) < 0)
        return -1;
    *out = value_bool_of(cidr_has(&x, cidr_first(&y)) || cidr_has(&y, cidr_first(&x)));
    return 0;
}

int builtin_net_cidr_is_valid(struct builtin_ctx *ctx, const struct value *const *args,
                              const struct value **out, struct err *err)
{
    struct cidr c;

    (void)ctx;
    (void)err;
    *out = value_bool_of(value_is(args[0], VALUE_STRING) &&
                         cidr_parse(value_bytes(args[0]), args[0]->count, &c));
    return 0;
}

int builtin_net_cidr_expand(struct builtin_ctx *ctx, const struct value *const *args,
                            const struct value **out, struct err *err)
{
    struct cidr c;
    struct value_list l = {0};

    if (get_cidr(ctx, args[0], &c, err) < 0)
        return -1;
    const ip_bits first = cidr_first(&c), last = cidr_last(&c);

    if (last - first >= EXPAND_MAX)
        return err_set(err, ERR_LIMIT, "%s: more than %d addresses", ctx->name, EXPAND_MAX);
    for (ip_bits ip = first;; ip++) {
        char text[IP_TEXT_MAX];

        ip_print(ip, text);
        value_list_add(ctx->arena, &l, value_str(ctx->arena, text));
        if (ip == last)
            break;
    }
    return text_return(value_list_set(ctx->arena, &l), out, err);
}

/* --- contains_matches -------------------------------------------------------------------- */

/* Entry i of an operand: the network's text and what names it in the result. */
struct entry {
    const struct value *cidr, *index;
};

static int entry_at(struct builtin_ctx *ctx, const struct value *v, unsigned operand, size_t i,
                    struct entry *out, struct err *err)
{
    const struct value *e = v;

    switch ((enum value_type)v->type) {
    case VALUE_ARRAY:
        e = value_at(v, i);
        out->index = value_int(ctx->arena, (int64_t)i);
        break;
    case VALUE_SET:
        e = value_at(v, i);
        out->index = e;
        break;
    case VALUE_OBJECT:
        e = value_val_at(v, i);
        out->index = value_key_at(v, i);
        break;
    default:
        out->index = v;
        break;
    }
    if (value_is(e, VALUE_ARRAY) && e->count > 0)
        e = value_at(e, 0);
    else if (!value_is(e, VALUE_STRING))
        return builtin_error(ctx, err, "operand %u: element must be string or non-empty array",
                             operand);
    out->cidr = e;
    return out->index == NULL ? err_nomem(err) : 0;
}

static size_t entries(const struct value *v)
{
    switch ((enum value_type)v->type) {
    case VALUE_STRING:
        return 1;
    case VALUE_ARRAY:
    case VALUE_SET:
    case VALUE_OBJECT:
        return v->count;
    default:
        return 0;
    }
}

int builtin_net_cidr_contains_matches(struct builtin_ctx *ctx, const struct value *const *args,
                                      const struct value **out, struct err *err)
{
    struct value_list found = {0};

    for (size_t i = 0; i < entries(args[0]); i++) {
        struct entry a, b;

        if (entry_at(ctx, args[0], 1, i, &a, err) < 0)
            return -1;
        for (size_t j = 0; j < entries(args[1]); j++) {
            if (entry_at(ctx, args[1], 2, j, &b, err) < 0)
                return -1;
            const int got = contains(ctx, a.cidr, b.cidr, err);

            if (got < 0)
                return -1;
            if (got > 0)
                value_list_add(
                    ctx->arena, &found,
                    value_array(ctx->arena, (const struct value *[]){a.index, b.index}, 2));
        }
    }
    return text_return(value_list_set(ctx->arena, &found), out, err);
}

/* --- merge ------------------------------------------------------------------------------- */

struct range {
    ip_bits first, last;
    struct cidr cidr; /* as given, unless `merged` */
    bool merged;
};

static int by_last(const void *a, const void *b)
{
    const struct range *const x = a, *const y = b;

    if (x->last != y->last)
        return x->last < y->last ? -1 : 1;
    return x->first < y->first ? -1 : x->first > y->first;
}

/* A network, or an IPv4 address that stands for the network of its class. */
static int get_range(struct builtin_ctx *ctx, const struct value *v, struct range *out,
                     struct err *err)
{
    struct cidr *const c = &out->cidr;

    if (!value_is(v, VALUE_STRING))
        return builtin_error(ctx, err, "element must be string");
    if (ip_parse(value_bytes(v), v->count, &c->ip)) {
        if (!ip_is_v4(c->ip))
            return builtin_error(ctx, err, "IPv6 invalid: needs prefix length");
        const unsigned top = (unsigned)(c->ip >> 24 & 255);

        c->v4 = true;
        c->bits = 96 + (top < 0x80 ? 8 : top < 0xc0 ? 16 : 24);
    } else if (!cidr_parse(value_bytes(v), v->count, c)) {
        return builtin_error(ctx, err, "invalid CIDR address: %s", value_bytes(v));
    } else {
        c->ip = cidr_first(c);
    }
    out->first = cidr_first(c);
    out->last = cidr_last(c);
    out->merged = false;
    return 0;
}

static void add_cidr(struct builtin_ctx *ctx, struct value_list *l, const struct cidr *c)
{
    char text[IP_TEXT_MAX];

    cidr_print(c, text);
    value_list_add(ctx->arena, l, value_str(ctx->arena, text));
}

/* The fewest networks that cover first .. last and nothing else. */
static void add_range(struct builtin_ctx *ctx, struct value_list *l, ip_bits first, ip_bits last)
{
    const bool v4 = ip_is_v4(first) && ip_is_v4(last);

    for (;;) {
        unsigned host = 0;

        while (host < (v4 ? 32u : 128u)) {
            const ip_bits mask = host + 1 == 128 ? ~(ip_bits)0 : ((ip_bits)1 << (host + 1)) - 1;

            if ((first & mask) != 0 || (first | mask) > last)
                break;
            host++;
        }
        const struct cidr c = {.ip = first, .bits = 128 - host, .v4 = v4};

        add_cidr(ctx, l, &c);
        if (cidr_last(&c) == last)
            return;
        first = cidr_last(&c) + 1;
    }
}

static size_t merge(struct range *r, size_t n)
{
    qsort(r, n, sizeof(*r), by_last);
    for (size_t i = n; i-- > 1;) {
        const bool lowest = r[i].first == 0 || r[i].first == (ip_bits)0xffff << 32;
        const ip_bits before = lowest ? r[i].first : r[i].first - 1;

        if (before > r[i - 1].last)
            continue;
        if (r[i].first < r[i - 1].first)
            r[i - 1].first = r[i].first;
        r[i - 1].last = r[i].last;
        r[i - 1].merged = true;
        memmove(&r[i], &r[i + 1], (n - i - 1) * sizeof(*r));
        n--;
    }
    return n;
}

int builtin_net_cidr_merge(struct builtin_ctx *ctx, const struct value *const *args,
                           const struct value **out, struct err *err)
{
    const struct value *const v = args[0];
    struct value_list l = {0};

    if (!value_is(v, VALUE_ARRAY) && !value_is(v, VALUE_SET))
        return builtin_error(ctx, err, "operand must be an array");
    struct range *const r = ARENA_NEW_N(ctx->arena, struct range, (size_t)v->count + 1);

    if (r == NULL)
        return err_nomem(err);
    for (size_t i = 0; i < v->count; i++) {
        if (get_range(ctx, value_at(v, i), &r[i], err) < 0)
            return -1;
    }
    const size_t n = merge(r, v->count);

    for (size_t i = 0; i < n; i++) {
        if (r[i].merged)
            add_range(ctx, &l, r[i].first, r[i].last);
        else
            add_cidr(ctx, &l, &r[i].cidr);
    }
    return text_return(value_list_set(ctx->arena, &l), out, err);
}
