#include "audit/log/note.h"

#include <fcntl.h>
#include <inttypes.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/own.h"

static const struct {
    enum note_type type;
    const char *evp;   /* OpenSSL's name */
    size_t public_len; /* bytes */
    size_t signature_len;
} kinds[] = {
    {NOTE_ED25519, "ED25519", 32, 64},
    {NOTE_COSIGNATURE, "ED25519", 32, 64}, /* of a witness: behind NOTE_ED25519, see take_key */
    {NOTE_ML_DSA_44, "ML-DSA-44", 1312, 2420},
};

static int fail(struct err *err, const char *what)
{
    const unsigned long code = ERR_get_error();
    char why[200] = "no reason given";

    if (code)
        ERR_error_string_n(code, why, sizeof(why));
    return err_set(err, ERR_INVALID, "%s: %s", what, why);
}

static size_t kind_of(enum note_type type)
{
    size_t i = 0;

    while (i < ARRAY_LEN(kinds) && kinds[i].type != type)
        i++;
    return i;
}

/* --- base64 ---------------------------------------------------------------------------------- */

void note_base64(struct buf *b, const void *bytes, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *const in = bytes;

    for (size_t i = 0; i < len; i += 3) {
        const size_t left = len - i;
        const uint32_t w = (uint32_t)in[i] << 16 | (left > 1 ? (uint32_t)in[i + 1] << 8 : 0) |
                           (left > 2 ? (uint32_t)in[i + 2] : 0);

        buf_putc(b, digits[w >> 18]);
        buf_putc(b, digits[(w >> 12) & 63]);
        buf_putc(b, left > 1 ? digits[(w >> 6) & 63] : '=');
        buf_putc(b, left > 2 ? digits[w & 63] : '=');
    }
}

static int digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

long note_unbase64(const char *text, size_t len, uint8_t *out, size_t max)
{
    size_t n = 0;

    if (len % 4 != 0)
        return -1;
    for (size_t i = 0; i < len; i += 4) {
        const int last = i + 4 == len;
        const int pad = !last ? 0 : (text[i + 3] == '=') + (text[i + 2] == '=');
        uint32_t w = 0;

        if (pad == 1 && text[i + 3] != '=')
            return -1;
        for (int k = 0; k < 4; k++) {
            const int d = k >= 4 - pad ? 0 : digit(text[i + (size_t)k]);

            if (d < 0)
                return -1;
            w = w << 6 | (uint32_t)d;
        }
        for (int k = 0; k < 3 - pad; k++) {
            if (n == max)
                return -1;
            out[n++] = (uint8_t)(w >> (16 - 8 * k));
        }
        if ((pad == 1 && (w & 0xff)) || (pad == 2 && (w & 0xffff)))
            return -1; /* stray bits: two texts for one value */
    }
    return (long)n;
}

/* --- keys ------------------------------------------------------------------------------------ */

static int check_name(const char *name, struct err *err)
{
    const size_t len = strlen(name);

    if (len == 0 || len > NOTE_NAME_MAX || strpbrk(name, " \t\n+"))
        return err_set(err, ERR_INVALID,
                       "key name '%s': must be 1 to %d bytes without white space or '+'", name,
                       NOTE_NAME_MAX);
    return 0;
}

/* SHA-256(name || \n || type || public key), its first four bytes. */
static void set_id(struct note_key *key)
{
    const uint8_t sep[2] = {'\n', (uint8_t)key->type};
    struct digest d;
    uint8_t sum[DIGEST_LEN];

    digest_init(&d);
    digest_update(&d, key->name, strlen(key->name));
    digest_update(&d, sep, sizeof(sep));
    digest_update(&d, key->public, key->public_len);
    digest_final(&d, sum);
    key->id = (uint32_t)sum[0] << 24 | (uint32_t)sum[1] << 16 | (uint32_t)sum[2] << 8 | sum[3];
}

static int take_key(EVP_PKEY *pkey, const char *name, struct note_key *out, struct err *err)
{
    size_t i = 0;

    while (i < ARRAY_LEN(kinds) && !EVP_PKEY_is_a(pkey, kinds[i].evp))
        i++;
    if (i == ARRAY_LEN(kinds)) {
        EVP_PKEY_free(pkey);
        return err_set(err, ERR_INVALID, "not an Ed25519 or ML-DSA-44 key");
    }
    *out = (struct note_key){.type = kinds[i].type, .pkey = pkey};
    (void)snprintf(out->name, sizeof(out->name), "%s", name);
    out->public_len = sizeof(out->public);
    if (EVP_PKEY_get_raw_public_key(pkey, out->public, &out->public_len) != 1) {
        note_key_close(out);
        return fail(err, "public key");
    }
    set_id(out);
    return 0;
}

int note_key_make(const char *path, const char *name, enum note_type type, struct note_key *out,
                  struct err *err)
{
    const size_t kind = kind_of(type);

    if (check_name(name, err) < 0)
        return -1;
    if (kind == ARRAY_LEN(kinds))
        return err_set(err, ERR_INVALID, "no key of type %d", (int)type);
    EVP_PKEY *const pkey = EVP_PKEY_Q_keygen(NULL, NULL, kinds[kind].evp);
    if (!pkey)
        return fail(err, kinds[kind].evp);

    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    FILE *const file = fd < 0 ? NULL : fdopen(fd, "w");
    if (!file) {
        err_sys(err, "%s", path);
        EVP_PKEY_free(pkey);
        return -1;
    }
    const int wrote = PEM_write_PrivateKey(file, pkey, NULL, NULL, 0, NULL, NULL);
    const int flushed = fflush(file) == 0 && fsync(fd) == 0;
    if (fclose(file) != 0 || wrote != 1 || !flushed) {
        EVP_PKEY_free(pkey);
        (void)unlink(path);
        return err_set(err, ERR_SYSTEM, "%s: the key could not be written", path);
    }
    return take_key(pkey, name, out, err);
}

int note_key_read(const char *path, const char *name, struct note_key *out, struct err *err)
{
    struct stat st;

    if (check_name(name, err) < 0)
        return -1;
    const int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    FILE *const file = fd < 0 ? NULL : fdopen(fd, "r");
    if (!file)
        return err_sys(err, "%s", path);
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
        (st.st_mode & 077) != 0) {
        (void)fclose(file);
        return err_set(err, ERR_TRUST, "%s: must be a file of yours with mode 0600", path);
    }
    EVP_PKEY *const pkey = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    (void)fclose(file);
    if (!pkey)
        return fail(err, path);
    return take_key(pkey, name, out, err) < 0 ? err_ctx(err, "%s", path) : 0;
}

int note_key_parse(const char *vkey, struct note_key *out, struct err *err)
{
    const char *const plus = strchr(vkey, '+');
    const char *const second = plus ? strchr(plus + 1, '+') : NULL;
    uint8_t raw[1 + NOTE_KEY_MAX];
    char name[NOTE_NAME_MAX + 1], *end;

    if (!second || plus == vkey || (size_t)(plus - vkey) > NOTE_NAME_MAX || second - plus != 9)
        return err_set(err, ERR_INVALID, "verifier key: want NAME+8HEX+BASE64");
    memcpy(name, vkey, (size_t)(plus - vkey));
    name[plus - vkey] = '\0';
    const size_t text = strcspn(second + 1, "\r\n");
    const long n = note_unbase64(second + 1, text, raw, sizeof(raw));
    const size_t kind = n < 1 ? ARRAY_LEN(kinds) : kind_of((enum note_type)raw[0]);
    if (kind == ARRAY_LEN(kinds) || (size_t)n - 1 != kinds[kind].public_len)
        return err_set(err, ERR_INVALID, "verifier key '%s': unknown type or wrong length", name);

    EVP_PKEY *const pkey = EVP_PKEY_new_raw_public_key_ex(NULL, kinds[kind].evp, NULL, raw + 1,
                                                          kinds[kind].public_len);
    if (!pkey)
        return fail(err, "verifier key");
    if (take_key(pkey, name, out, err) < 0)
        return -1;
    out->type = kinds[kind].type; /* one kind of key signs in two ways */
    set_id(out);
    if (out->id != (uint32_t)strtoul(plus + 1, &end, 16) || end != second) {
        note_key_close(out);
        return err_set(err, ERR_INVALID, "verifier key '%s': its id does not match the key", name);
    }
    return 0;
}

void note_key_print(struct buf *b, const struct note_key *key)
{
    uint8_t raw[1 + NOTE_KEY_MAX];

    raw[0] = (uint8_t)key->type;
    memcpy(raw + 1, key->public, key->public_len);
    buf_printf(b, "%s+%08" PRIx32 "+", key->name, key->id);
    note_base64(b, raw, 1 + key->public_len);
}

int note_key_rename(struct note_key *key, const char *name, struct err *err)
{
    if (check_name(name, err) < 0)
        return -1;
    (void)snprintf(key->name, sizeof(key->name), "%s", name);
    set_id(key);
    return 0;
}

void note_key_close(struct note_key *key)
{
    EVP_PKEY_free(key->pkey);
    *key = NOTE_KEY_INIT;
}

/* --- checkpoints ----------------------------------------------------------------------------- */

void checkpoint_print(struct buf *b, const struct checkpoint *c)
{
    buf_printf(b, "%s\n%" PRIu64 "\n", c->origin, c->size);
    note_base64(b, c->root.b, DIGEST_LEN);
    buf_putc(b, '\n');
}

/* The next line of [*at, end) without its newline; its length, or -1 when there is none. */
static long line_of(const char **at, const char *end, const char **line)
{
    const char *const nl = memchr(*at, '\n', (size_t)(end - *at));

    if (!nl)
        return -1;
    *line = *at;
    *at = nl + 1;
    return nl - *line;
}

int checkpoint_parse(const char *text, size_t len, struct checkpoint *out, struct err *err)
{
    const char *at = text, *line = NULL;
    const char *const end = text + len;
    struct checkpoint c = {0};

    long n = line_of(&at, end, &line);
    if (n < 1 || n > NOTE_NAME_MAX)
        return err_set(err, ERR_INVALID, "checkpoint line 1: no origin");
    memcpy(c.origin, line, (size_t)n);
    n = line_of(&at, end, &line);
    if (n < 1 || n > 19 || (n > 1 && line[0] == '0'))
        return err_set(err, ERR_INVALID, "checkpoint line 2: no tree size");
    for (long i = 0; i < n; i++) {
        if (line[i] < '0' || line[i] > '9')
            return err_set(err, ERR_INVALID, "checkpoint line 2: no tree size");
        c.size = c.size * 10 + (uint64_t)(line[i] - '0');
    }
    n = line_of(&at, end, &line);
    if (n < 0 || note_unbase64(line, (size_t)n, c.root.b, DIGEST_LEN) != DIGEST_LEN)
        return err_set(err, ERR_INVALID, "checkpoint line 3: no root hash");
    *out = c;
    return 0;
}

/* --- signatures ------------------------------------------------------------------------------ */

static void big_endian(uint8_t out[8], uint64_t n)
{
    for (int i = 0; i < 8; i++)
        out[i] = (uint8_t)(n >> (56 - 8 * i));
}

/* What is signed: the note's text; a witness puts a time before it; for ML-DSA-44 the cosigned
 * subtree. `time`: seconds since 1970, 0 by the log itself. */
static void message_of(struct buf *b, const struct checkpoint *c, const struct note_key *key,
                       uint64_t time)
{
    uint8_t eight[8];

    if (key->type == NOTE_COSIGNATURE)
        buf_printf(b, "cosignature/v1\ntime %" PRIu64 "\n", time);
    if (key->type != NOTE_ML_DSA_44) {
        checkpoint_print(b, c);
        return;
    }
    buf_add(b, "subtree/v1\n", 12); /* its NUL too */
    buf_putc(b, (char)strlen(key->name));
    buf_puts(b, key->name);
    big_endian(eight, time);
    buf_add(b, eight, 8);
    buf_putc(b, (char)strlen(c->origin));
    buf_puts(b, c->origin);
    big_endian(eight, 0);
    buf_add(b, eight, 8); /* start */
    big_endian(eight, c->size);
    buf_add(b, eight, 8); /* end */
    buf_add(b, c->root.b, DIGEST_LEN);
}

int note_sign(struct buf *note, const struct checkpoint *c, const struct note_key *key,
              struct err *err)
{
    AUTO_BUF struct buf message = BUF_INIT;
    uint8_t line[4 + 8 + 4096];
    const size_t stamp = key->type == NOTE_ED25519 ? 0 : 8;
    size_t len = 4096;

    message_of(&message, c, key, 0);
    if (buf_check(&message, err) < 0)
        return -1;
    for (int i = 0; i < 4; i++)
        line[i] = (uint8_t)(key->id >> (24 - 8 * i));
    memset(line + 4, 0, stamp);
    EVP_MD_CTX *const ctx = EVP_MD_CTX_new();
    const int done =
        ctx && EVP_DigestSignInit_ex(ctx, NULL, NULL, NULL, NULL, key->pkey, NULL) == 1 &&
        EVP_DigestSign(ctx, line + 4 + stamp, &len, (const uint8_t *)message.data, message.len) ==
            1;
    EVP_MD_CTX_free(ctx);
    if (!done)
        return fail(err, "sign");
    buf_printf(note, "\xe2\x80\x94 %s ", key->name);
    note_base64(note, line, 4 + stamp + len);
    buf_putc(note, '\n');
    return buf_check(note, err);
}

static int holds(const struct checkpoint *c, const struct note_key *key, const uint8_t *sig,
                 size_t len)
{
    AUTO_BUF struct buf message = BUF_INIT;
    struct err ignored = ERR_INIT;
    const size_t stamp = key->type == NOTE_ED25519 ? 0 : 8;
    uint64_t time = 0;

    if (len < stamp)
        return 0;
    for (size_t i = 0; i < stamp; i++)
        time = time << 8 | sig[i];
    message_of(&message, c, key, time);
    if (buf_check(&message, &ignored) < 0)
        return 0;
    EVP_MD_CTX *const ctx = EVP_MD_CTX_new();
    const int good = ctx &&
                     EVP_DigestVerifyInit_ex(ctx, NULL, NULL, NULL, NULL, key->pkey, NULL) == 1 &&
                     EVP_DigestVerify(ctx, sig + stamp, len - stamp, (const uint8_t *)message.data,
                                      message.len) == 1;
    EVP_MD_CTX_free(ctx);
    return good;
}

int note_verify(const char *note, size_t len, const struct note_key *key, struct checkpoint *out,
                struct err *err)
{
    const char *const end = note + len;
    const char *split = NULL, *line = NULL;
    struct checkpoint c;

    if (len > NOTE_MAX)
        return err_set(err, ERR_LIMIT, "note of more than %d bytes", NOTE_MAX);
    for (const char *p = note; p + 1 < end; p++) /* the last empty line parts text and signatures */
        if (p[0] == '\n' && p[1] == '\n')
            split = p + 1;
    if (!split)
        return err_set(err, ERR_INVALID, "note without signatures");
    if (checkpoint_parse(note, (size_t)(split - note), &c, err) < 0)
        return -1;

    AUTO_BUF struct buf text = BUF_INIT;
    checkpoint_print(&text, &c);
    if (buf_check(&text, err) < 0)
        return -1;
    if (text.len != (size_t)(split - note) || memcmp(text.data, note, text.len) != 0)
        return err_set(err, ERR_INVALID, "checkpoint with lines that this version does not know");

    const char *at = split + 1;
    int found = 0;
    for (long n = line_of(&at, end, &line); n >= 0; n = line_of(&at, end, &line)) {
        const size_t name = strlen(key->name);
        uint8_t raw[4 + 8 + 4096];

        if ((size_t)n < 3 + 1 + name + 1 || memcmp(line, "\xe2\x80\x94 ", 4) != 0 ||
            memcmp(line + 4, key->name, name) != 0 || line[4 + name] != ' ')
            continue;
        const long got = note_unbase64(line + 5 + name, (size_t)n - 5 - name, raw, sizeof(raw));
        if (got < 4)
            return err_set(err, ERR_INVALID, "signature line of '%s' is malformed", key->name);
        const uint32_t id =
            (uint32_t)raw[0] << 24 | (uint32_t)raw[1] << 16 | (uint32_t)raw[2] << 8 | raw[3];
        if (id != key->id)
            continue;
        if (!holds(&c, key, raw + 4, (size_t)got - 4))
            return err_set(err, ERR_TRUST, "the signature of '%s' does not hold", key->name);
        found = 1;
    }
    if (!found)
        return err_set(err, ERR_TRUST, "no signature of '%s'", key->name);
    *out = c;
    return 0;
}
