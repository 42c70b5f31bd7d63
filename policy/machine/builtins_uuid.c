#include <string.h>
#include <strings.h>

#include "policy/machine/builtin_arg.h"
#include "policy/machine/builtins_core.h"
#include "policy/machine/machine.h"

enum { UUID_LEN = 16, UUID_TEXT = 36 };

/* --- parse ------------------------------------------------------------------------------- */

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    const char low = (char)(c | 0x20);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

/* "{...}", "urn:uuid:..." and 32 digits without dashes are read too. */
static bool read_uuid(const char *s, size_t len, uint8_t out[UUID_LEN])
{
    size_t n = 0;

    if (len == UUID_TEXT + 2) {
        s++;
        len -= 2;
    } else if (len == UUID_TEXT + 9) {
        if (strncasecmp(s, "urn:uuid:", 9) != 0)
            return false;
        s += 9;
        len -= 9;
    }
    if (len != UUID_TEXT && len != 2 * UUID_LEN)
        return false;
    for (size_t i = 0; i < len; i++) {
        const bool dash = len == UUID_TEXT && (i == 8 || i == 13 || i == 18 || i == 23);
        const int digit = hex_value(s[i]);
        if (dash ? s[i] != '-' : digit < 0)
            return false;
        if (dash)
            continue;
        out[n / 2] = (uint8_t)(n % 2 == 0 ? digit << 4 : out[n / 2] | digit);
        n++;
    }
    return true;
}

static const char *variant_of(uint8_t byte)
{
    return (byte & 0xc0) == 0x80   ? "RFC4122"
           : (byte & 0xe0) == 0xc0 ? "Microsoft"
           : (byte & 0xe0) == 0xe0 ? "Future"
                                   : "Reserved";
}

static const char *mac_kind(uint8_t byte)
{
    static const char *const kinds[] = {"global:unicast", "global:multicast", "local:unicast",
                                        "local:multicast"};

    return kinds[byte & 3];
}

static uint64_t big_endian(const uint8_t *p, size_t n)
{
    uint64_t v = 0;

    for (size_t i = 0; i < n; i++)
        v = v << 8 | p[i];
    return v;
}

/* Versions 1 and 2 tell time and place. The time counts 100 ns from 1582-10-15. */
static void add_origin(struct arena *a, struct value_fields *f, const uint8_t *u, unsigned version)
{
    static const char *const domains[] = {"Person", "Group", "Org"};
    const uint64_t low = big_endian(u, 4), mid = big_endian(u + 4, 2);
    const uint64_t high = big_endian(u + 6, 2) & 0x0fff;
    const int64_t ticks = (int64_t)(high << 48 | mid << 32 | low) - 0x01b21dd213814000;
    const uint8_t *const node = u + 10;

    /* Years that int64 nanoseconds do not reach come round, as in Go. */
    value_fields_add(a, f, "time", value_int(a, (int64_t)((uint64_t)ticks * 100)));
    value_fields_add(a, f, "nodeid",
                     value_strf(a, "%02x-%02x-%02x-%02x-%02x-%02x", node[0], node[1], node[2],
                                node[3], node[4], node[5]));
    value_fields_add(a, f, "macvariables", value_str(a, mac_kind(node[0])));
    value_fields_add(a, f, "clocksequence", value_int(a, (int64_t)big_endian(u + 8, 2) & 0x3fff));
    if (version == 2) {
        value_fields_add(a, f, "id", value_int(a, (int64_t)low));
        value_fields_add(a, f, "domain",
                         u[9] < 3 ? value_str(a, domains[u[9]])
                                  : value_strf(a, "Domain%d", (int)u[9]));
    }
}

/* Undefined when it is none. */
BUILTIN_FN(builtin_uuid_parse)
{
    struct value_fields fields = {0};
    uint8_t u[UUID_LEN];

    if (arg_string(ctx, args, 0, err) < 0)
        return -1;
    *out = NULL;
    if (!read_uuid(value_bytes(args[0]), args[0]->count, u))
        return 0;
    const unsigned version = u[6] >> 4;
    value_fields_add(ctx->arena, &fields, "version", value_int(ctx->arena, version));
    value_fields_add(ctx->arena, &fields, "variant", value_str(ctx->arena, variant_of(u[8])));
    if (version == 1 || version == 2)
        add_origin(ctx->arena, &fields, u, version);
    if (ctx->arena->failed)
        return err_nomem(err);
    return result(value_fields_object(ctx->arena, &fields), out, err);
}

/* --- make -------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* Version 4, a function of the run's seed and of the key: the same key gives the same throughout a
 * run. */
BUILTIN_FN(builtin_uuid_rfc4122)
{
    uint8_t u[UUID_LEN];

    if (arg_string(ctx, args, 0, err) < 0)
        return -1;
    const uint64_t key =
        (uint64_t)value_hash_bytes(value_bytes(args[0]), args[0]->count) << 32 | args[0]->count;
    const uint64_t first = mix((ctx->opt ? ctx->opt->seed : 0) + 0x9e3779b97f4a7c15u + key);
    const uint64_t second = mix(first + 0x9e3779b97f4a7c15u);
    memcpy(u, &first, 8);
    memcpy(u + 8, &second, 8);
    u[6] = (uint8_t)((u[6] & 0x0f) | 0x40);
    u[8] = (uint8_t)((u[8] & 0x3f) | 0x80);
    return result(value_strf(ctx->arena,
                             "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
                             u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10],
                             u[11], u[12], u[13], u[14], u[15]),
                  out, err);
}
