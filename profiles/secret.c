/* facts.secrets: key material in the environment and arguments, by its published form. A value is
 * never copied: what leaves is its kind, where it stands and, with a key, its HMAC. */
#include <nettle/hmac.h>

#include "base/own.h"
#include "profiles/derive.h"
#include "profiles/doc.h"

enum { SECRETS_MAX = 64, HMAC_LEN = 32 };

enum alphabet { UPPER_DIGIT, ALNUM, ALNUM_DASH, BASE64 };

struct form {
    const char *prefix;
    enum alphabet alphabet;
    size_t least; /* bytes of the alphabet that follow the prefix */
    const char *kind;
};

/* clang-format off */
static const struct form forms[] = {
    { "AKIA",        UPPER_DIGIT, 16, "aws-access-key" },
    { "ASIA",        UPPER_DIGIT, 16, "aws-access-key" },
    { "ghp_",        ALNUM,       36, "github-token"   },
    { "gho_",        ALNUM,       36, "github-token"   },
    { "ghu_",        ALNUM,       36, "github-token"   },
    { "ghs_",        ALNUM,       36, "github-token"   },
    { "ghr_",        ALNUM,       36, "github-token"   },
    { "github_pat_", ALNUM_DASH,  40, "github-token"   },
    { "glpat-",      ALNUM_DASH,  20, "gitlab-token"   },
    { "xoxb-",       ALNUM_DASH,  20, "slack-token"    },
    { "xoxp-",       ALNUM_DASH,  20, "slack-token"    },
    { "xoxa-",       ALNUM_DASH,  20, "slack-token"    },
    { "xoxs-",       ALNUM_DASH,  20, "slack-token"    },
    { "AIza",        ALNUM_DASH,  35, "google-api-key" },
    { "sk_live_",    ALNUM,       24, "stripe-key"     },
    { "rk_live_",    ALNUM,       24, "stripe-key"     },
    { "npm_",        ALNUM,       36, "npm-token"      },
    { "pypi-AgEI",   ALNUM_DASH,  32, "pypi-token"     },
};

struct named {
    const char *suffix;
    const char *kind;
};

/* Ends of variable and option names, upper case. */
static const struct named names[] = {
    { "AWS_SECRET_ACCESS_KEY", "aws-secret-key" },
    { "PASSWORD", "password" }, { "PASSWD", "password" }, { "_PASS", "password" },
    { "_PWD", "password" }, { "PASSPHRASE", "password" },
    { "SECRET", "generic-token" }, { "SECRET_KEY", "generic-token" }, { "_TOKEN", "generic-token" },
    { "API_KEY", "generic-token" }, { "APIKEY", "generic-token" }, { "ACCESS_KEY", "generic-token" },
    { "PRIVATE_KEY", "generic-token" }, { "ENCRYPTION_KEY", "generic-token" },
};
/* clang-format on */

static bool in_alphabet(unsigned char c, enum alphabet set)
{
    const bool upper = c >= 'A' && c <= 'Z', lower = c >= 'a' && c <= 'z',
               digit = c >= '0' && c <= '9';

    switch (set) {
    case UPPER_DIGIT:
        return upper || digit;
    case ALNUM:
        return upper || lower || digit;
    case ALNUM_DASH:
        return upper || lower || digit || c == '-' || c == '_';
    case BASE64:
        return upper || lower || digit || c == '-' || c == '_' || c == '+' || c == '/' || c == '=';
    }
    return false;
}

static size_t span(const char *s, enum alphabet set)
{
    size_t n = 0;

    while (in_alphabet((unsigned char)s[n], set))
        n++;
    return n;
}

/* Three base64url parts, the first of which begins as {" does. */
static bool is_jwt(const char *s)
{
    const size_t head = span(s, ALNUM_DASH);

    if (head < 8 || s[head] != '.' || !doc_prefix(s + head + 1, "eyJ"))
        return false;
    const char *const body = s + head + 1;
    const size_t n = span(body, ALNUM_DASH);
    return body[n] == '.' && span(body + n + 1, ALNUM_DASH) >= 16;
}

/* scheme://user:password@host */
static bool has_url_password(const char *s)
{
    const char *const at = strstr(s, "://");

    if (!at)
        return false;
    const char *const authority = at + 3;
    const size_t len = strcspn(authority, "/?#");
    const char *const end = memchr(authority, '@', len);
    const char *const colon = end ? memchr(authority, ':', (size_t)(end - authority)) : NULL;
    return colon && end > colon + 1 && colon[1] != '$';
}

static const char *kind_of_value(const char *s)
{
    const char *const armour = strstr(s, "-----BEGIN ");

    if (armour && strstr(armour, "PRIVATE KEY-----"))
        return "private-key";
    for (const char *at = s; *at; at++) {
        /* A token begins where a word does. */
        if (at != s && in_alphabet((unsigned char)at[-1], ALNUM_DASH))
            continue;
        for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
            if (*at == forms[i].prefix[0] && doc_prefix(at, forms[i].prefix) &&
                span(at + strlen(forms[i].prefix), forms[i].alphabet) >= forms[i].least)
                return forms[i].kind;
        }
        if (at[0] == 'e' && doc_prefix(at, "eyJ") && is_jwt(at))
            return "jwt";
    }
    if (has_url_password(s))
        return "url-password";
    return strstr(s, "\"auths\"") && strstr(s, "\"auth\"") ? "docker-auth" : NULL;
}

/* Values that name a place, or switch something, are no secrets. */
static bool plain_value(const char *s)
{
    static const char *const words[] = {"true", "false", "yes", "no", "none", "null", "1", "0"};

    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (strcmp(words[i], s) == 0)
            return true;
    }
    return s[0] == '\0' || (s[0] == '/' && strchr(s + 1, '/')) || doc_prefix(s, "file:") ||
           doc_prefix(s, "${") || doc_prefix(s, "vault:");
}

static const char *kind_of_name(const char *name, size_t len)
{
    char upper[128];

    if (len == 0 || len >= sizeof(upper))
        return NULL;
    for (size_t i = 0; i < len; i++) {
        const char c = name[i];

        upper[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c == '-' ? '_' : c;
    }
    upper[len] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const size_t n = strlen(names[i].suffix);

        if (len >= n && strcmp(upper + len - n, names[i].suffix) == 0)
            return names[i].kind;
    }
    return NULL;
}

struct secrets {
    struct arena *a;
    struct value_list *out;
    const char *base;
    const uint8_t *key;
    size_t key_len;
};

static void add_secret(const struct secrets *s, const char *kind, const char *part, size_t index,
                       const char *name, size_t name_len, const char *value)
{
    struct value_fields f = {0};

    if (s->out->n >= SECRETS_MAX)
        return;
    doc_put_str(s->a, &f, "kind", kind);
    value_fields_add(s->a, &f, "where", value_strf(s->a, "%s/%s/%zu", s->base, part, index));
    if (name_len)
        value_fields_add(s->a, &f, "name", value_string(s->a, name, name_len));
    if (s->key) {
        struct hmac_sha256_ctx ctx;
        uint8_t mac[HMAC_LEN];
        char hex[2 * HMAC_LEN + 1];

        hmac_sha256_set_key(&ctx, s->key_len, s->key);
        hmac_sha256_update(&ctx, strlen(value), (const uint8_t *)value);
        hmac_sha256_digest(&ctx, HMAC_LEN, mac);
        for (size_t i = 0; i < HMAC_LEN; i++) {
            hex[2 * i] = "0123456789abcdef"[mac[i] >> 4];
            hex[2 * i + 1] = "0123456789abcdef"[mac[i] & 15];
        }
        hex[2 * HMAC_LEN] = '\0';
        doc_put_str(s->a, &f, "hmac", hex);
    }
    value_list_add(s->a, s->out, value_fields_object(s->a, &f));
}

static void look_at(const struct secrets *s, const char *part, size_t index, const char *text)
{
    const char *const eq = strchr(text, '=');
    const char *name = text;
    size_t name_len = eq ? (size_t)(eq - text) : 0;

    while (name_len && *name == '-') {
        name++;
        name_len--;
    }
    const char *const value = eq ? eq + 1 : text;
    const char *kind = kind_of_value(value);

    if (!kind && name_len && !plain_value(value))
        kind = kind_of_name(name, name_len);
    if (kind)
        add_secret(s, kind, part, index, name, name_len, value);
}

int derive_secrets(struct arena *a, const struct value *process, const char *base,
                   const uint8_t *key, size_t key_len, const struct value **out, struct err *err)
{
    static const char *const parts[] = {"env", "args"};
    struct value_list l = {0};
    const struct secrets s = {a, &l, base, key, key_len};

    for (size_t p = 0; p < ARRAY_LEN(parts); p++) {
        const struct value *const list = value_field(process, parts[p]);

        for (size_t i = 0; i < doc_len(list); i++) {
            const char *const text = value_cstr(value_at(list, i));

            if (text)
                look_at(&s, parts[p], i, text);
        }
    }
    return doc_finish_list(a, &l, out, err);
}
