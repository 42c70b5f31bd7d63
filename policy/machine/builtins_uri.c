/* uri.*: references taken apart as Go's url.Parse does. */
#include <string.h>

#include "policy/machine/builtin_text.h"
#include "policy/machine/builtins_text.h"

struct part {
    const char *at;
    size_t len;
};

struct uri {
    struct part scheme, authority, path, query, fragment;
    struct part host, port; /* within the authority */
    bool opaque;
};

/* What a percent sign or a plain character may stand in. */
enum place { IN_PATH, IN_HOST, IN_FRAGMENT, IN_USER };

static bool alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int hex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static bool plain(char c, enum place where)
{
    static const char *const also[] = {[IN_PATH] = "$&+,/:;=@",
                                       [IN_HOST] = "!$&'()*+,;=:[]<>\"",
                                       [IN_FRAGMENT] = "!$&()*+,/:;=?@",
                                       [IN_USER] = "$&+,;="};

    return alnum(c) || (c != '\0' && (strchr("-_.~", c) != NULL || strchr(also[where], c) != NULL));
}

/* Decode s into b; NULL, or what is wrong with it (in `why`). */
static bool unescape(struct part s, enum place where, struct buf *b, struct buf *why)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] == '%') {
            const bool whole = i + 2 < s.len && hex(s.at[i + 1]) >= 0 && hex(s.at[i + 2]) >= 0;
            const int v = whole ? hex(s.at[i + 1]) * 16 + hex(s.at[i + 2]) : -1;

            /* in a host only bytes outside of ASCII may be escaped, and % itself */
            if (!whole || (where == IN_HOST && v < 0x80 && v != '%')) {
                const size_t n = s.len - i < 3 ? s.len - i : 3;

                buf_printf(why, "invalid URL escape \"%.*s\"", (int)n, s.at + i);
                return false;
            }
            buf_putc(b, (char)v);
            i += 2;
            continue;
        }
        if (where == IN_HOST && (unsigned char)s.at[i] < 0x80 && !plain(s.at[i], where)) {
            buf_printf(why, "invalid character \"%c\" in host name", s.at[i]);
            return false;
        }
        buf_putc(b, s.at[i]);
    }
    return true;
}

static struct part cut(struct part *s, char by, bool *found)
{
    const char *const hit = s->len > 0 ? memchr(s->at, by, s->len) : NULL;
    const struct part all = *s;

    if (found != NULL)
        *found = hit != NULL;
    if (hit == NULL) {
        *s = (struct part){all.at + all.len, 0};
        return all;
    }
    *s = (struct part){hit + 1, all.len - (size_t)(hit - all.at) - 1};
    return (struct part){all.at, (size_t)(hit - all.at)};
}

static const char *last_of(struct part s, char c)
{
    return s.len > 0 ? memrchr(s.at, c, s.len) : NULL;
}

/* The scheme and its colon off *s; NULL or what is wrong. */
static const char *read_scheme(struct part *s, struct part *scheme)
{
    for (size_t i = 0; i < s->len; i++) {
        const char c = s->at[i];

        if (c == ':') {
            if (i == 0)
                return "missing protocol scheme";
            *scheme = (struct part){s->at, i};
            *s = (struct part){s->at + i + 1, s->len - i - 1};
            return NULL;
        }
        if (!alnum(c) && (c == '\0' || strchr("+-.", c) == NULL))
            return NULL;
        if (i == 0 && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))
            return NULL;
    }
    return NULL;
}

static bool user_valid(struct part s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!alnum(s.at[i]) && (s.at[i] == '\0' || strchr("-._:~!$&'()*+,;=%@", s.at[i]) == NULL))
            return false;
    }
    return true;
}

static bool port_valid(struct part s)
{
    for (size_t i = 1; i < s.len; i++) {
        if (s.at[i] < '0' || s.at[i] > '9')
            return false;
    }
    return s.len == 0 || *s.at == ':';
}

/* user@[host]:port */
static bool read_authority(struct uri *u, struct buf *why)
{
    struct part host = u->authority;
    const char *const at = last_of(host, '@');
    AUTO_BUF struct buf ignored = BUF_INIT;

    if (at != NULL) {
        const struct part user = {host.at, (size_t)(at - host.at)};

        if (!user_valid(user)) {
            buf_puts(why, "net/url: invalid userinfo");
            return false;
        }
        if (!unescape(user, IN_USER, &ignored, why))
            return false;
        host = (struct part){at + 1, host.len - user.len - 1};
    }
    const char *const bracket = last_of(host, ']'), *const colon = last_of(host, ':');
    struct part port = {host.at + host.len, 0};

    if (host.len > 0 && *host.at == '[') {
        if (bracket == NULL) {
            buf_puts(why, "missing ']' in host");
            return false;
        }
        port = (struct part){bracket + 1, (size_t)(host.at + host.len - bracket) - 1};
    } else if (colon != NULL) {
        port = (struct part){colon, (size_t)(host.at + host.len - colon)};
    }
    if (!port_valid(port)) {
        buf_printf(why, "invalid port \"%.*s\" after host", (int)port.len, port.at);
        return false;
    }
    host.len -= port.len;
    u->port = port.len > 0 ? (struct part){port.at + 1, port.len - 1} : port;
    u->host = host;
    if (host.len > 1 && *host.at == '[')
        u->host = (struct part){host.at + 1, host.len - 2};
    return true;
}

static bool read_uri(struct part s, struct uri *u, struct buf *why)
{
    bool found = false;

    *u = (struct uri){0};
    u->fragment = s;
    s = cut(&u->fragment, '#', NULL);
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.at[i] < ' ' || s.at[i] == 0x7f) {
            buf_puts(why, "net/url: invalid control character in URL");
            return false;
        }
    }
    const char *const wrong = read_scheme(&s, &u->scheme);

    if (wrong != NULL) {
        buf_puts(why, wrong);
        return false;
    }
    u->query = s;
    s = cut(&u->query, '?', NULL);
    if (s.len == 0 || *s.at != '/') {
        struct part segment = s;

        if (u->scheme.len > 0) {
            u->opaque = true;
            return true;
        }
        segment = cut(&segment, '/', NULL);
        (void)cut(&segment, ':', &found);
        if (found) {
            buf_puts(why, "first path segment in URL cannot contain colon");
            return false;
        }
    }
    const bool three = s.len > 2 && memcmp(s.at, "///", 3) == 0;

    if (s.len > 1 && s.at[1] == '/' && *s.at == '/' && (u->scheme.len > 0 || !three)) {
        struct part rest = {s.at + 2, s.len - 2};
        const char *const slash = rest.len > 0 ? memchr(rest.at, '/', rest.len) : NULL;

        u->authority = slash == NULL ? rest : (struct part){rest.at, (size_t)(slash - rest.at)};
        s = (struct part){u->authority.at + u->authority.len, rest.len - u->authority.len};
        if (!read_authority(u, why))
            return false;
    }
    u->path = s;
    return true;
}

/* Whether s is what encoding its decoded form gives. */
static bool canonical_path(struct part s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] == '%') {
            const char c = (char)(hex(s.at[i + 1]) * 16 + hex(s.at[i + 2]));

            if (plain(c, IN_PATH) || (s.at[i + 1] >= 'a' && s.at[i + 1] <= 'f') ||
                (s.at[i + 2] >= 'a' && s.at[i + 2] <= 'f'))
                return false;
            i += 2;
        } else if (!plain(s.at[i], IN_PATH)) {
            return false;
        }
    }
    return true;
}

static void put(struct builtin_ctx *ctx, struct value_fields *f, const char *key, struct part s)
{
    if (s.len > 0)
        value_fields_add(ctx->arena, f, key, value_string(ctx->arena, s.at, s.len));
}

/* Decoded forms of host, path and fragment: 1, 0 with why, -1. */
static bool decode(const struct uri *u, struct buf *host, struct buf *path, struct buf *fragment,
                   struct buf *why)
{
    return unescape(u->host, IN_HOST, host, why) && unescape(u->path, IN_PATH, path, why) &&
           unescape(u->fragment, IN_FRAGMENT, fragment, why);
}

static struct part whole(const struct buf *b)
{
    return (struct part){b->data, b->len};
}

int builtin_uri_parse(struct builtin_ctx *ctx, const struct value *const *args,
                      const struct value **out, struct err *err)
{
    const struct value *text = NULL;
    struct uri u;
    struct value_fields f = {0};
    AUTO_BUF struct buf host = BUF_INIT, path = BUF_INIT, fragment = BUF_INIT, why = BUF_INIT;
    AUTO_BUF struct buf scheme = BUF_INIT;

    if (text_string(ctx, args, 0, &text, err) < 0)
        return -1;
    if (!read_uri((struct part){value_bytes(text), text->count}, &u, &why) ||
        !decode(&u, &host, &path, &fragment, &why))
        return builtin_error(ctx, err, "parse \"%s\": %s", value_bytes(text),
                             why.data != NULL ? why.data : "");
    for (size_t i = 0; i < u.scheme.len; i++) {
        const char c = u.scheme.at[i];

        buf_putc(&scheme, c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c);
    }
    if (buf_check(&host, err) < 0 || buf_check(&path, err) < 0 || buf_check(&fragment, err) < 0 ||
        buf_check(&scheme, err) < 0)
        return -1;
    put(ctx, &f, "scheme", whole(&scheme));
    put(ctx, &f, "hostname", whole(&host));
    put(ctx, &f, "port", u.port);
    put(ctx, &f, "path", whole(&path));
    put(ctx, &f, "raw_path", canonical_path(u.path) ? whole(&path) : u.path);
    put(ctx, &f, "raw_query", u.query);
    put(ctx, &f, "fragment", whole(&fragment));
    return text_return(value_fields_object(ctx->arena, &f), out, err);
}

int builtin_uri_is_valid(struct builtin_ctx *ctx, const struct value *const *args,
                         const struct value **out, struct err *err)
{
    struct uri u;
    AUTO_BUF struct buf host = BUF_INIT, path = BUF_INIT, fragment = BUF_INIT, why = BUF_INIT;
    const struct value *const v = args[0];

    (void)ctx;
    (void)err;
    *out = value_bool_of(value_is(v, VALUE_STRING) && v->count > 0 &&
                         read_uri((struct part){value_bytes(v), v->count}, &u, &why) &&
                         decode(&u, &host, &path, &fragment, &why));
    return 0;
}

bool text_uri(const char *bytes, size_t len, bool *scheme, struct buf *path)
{
    struct uri u;
    AUTO_BUF struct buf host = BUF_INIT, own = BUF_INIT, fragment = BUF_INIT, why = BUF_INIT;

    if (!read_uri((struct part){bytes, len}, &u, &why) ||
        !decode(&u, &host, path != NULL ? path : &own, &fragment, &why))
        return false;
    *scheme = u.scheme.len > 0;
    return true;
}
