#include "cli/log_keys.h"

#include <fcntl.h>
#include <nettle/hmac.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/own.h"

enum { PUBLIC_MAX = 16 * 1024, PATH_LEN = 4096 };

void log_keys_close(struct log_keys *keys)
{
    for (size_t i = 0; i < keys->n; i++)
        note_key_close(&keys->key[i]);
    keys->n = 0;
}

static int beside(const char *file, const char *suffix, char out[PATH_LEN], struct err *err)
{
    const int n = snprintf(out, PATH_LEN, "%s%s", file, suffix);

    return n < 0 || n >= PATH_LEN ? err_set(err, ERR_LIMIT, "path too long") : 0;
}

int log_origin(char out[NOTE_NAME_MAX + 1], struct err *err)
{
    AUTO_FREE char *id = NULL;
    size_t len = 0;
    char host[128] = "";
    uint8_t mac[SHA256_DIGEST_SIZE];
    struct hmac_sha256_ctx ctx;

    if (file_read_at(AT_FDCWD, "/etc/machine-id", 256, &id, &len, NULL, err) < 0)
        return err_ctx(err, "there is no machine's id to make an origin of: give --origin");
    while (len > 0 && id[len - 1] == '\n')
        len--;
    if (len == 0)
        return err_set(err, ERR_INVALID, "/etc/machine-id is empty: give --origin");
    hmac_sha256_set_key(&ctx, len, (const uint8_t *)id);
    hmac_sha256_update(&ctx, 13, (const uint8_t *)"sallyport log");
    hmac_sha256_digest(&ctx, sizeof(mac), mac);
    if (gethostname(host, sizeof(host) - 1) < 0 || !*host || strpbrk(host, " \t\n+/"))
        (void)snprintf(host, sizeof(host), "localhost");
    const int head = snprintf(out, NOTE_NAME_MAX + 1, "%s/sallyport/", host);
    for (size_t i = 0; i < 8; i++)
        (void)snprintf(out + head + 2 * i, 3, "%02x", mac[i]);
    return 0;
}

static int write_public(const char *path, const struct log_keys *keys, struct err *err)
{
    AUTO_BUF struct buf b = BUF_INIT;

    for (size_t i = 0; i < keys->n; i++) {
        note_key_print(&b, &keys->key[i]);
        buf_putc(&b, '\n');
    }
    if (buf_check(&b, err) < 0)
        return -1;
    return file_replace_at(AT_FDCWD, path, b.data, b.len, NULL, 0644, 1, err);
}

/* A secret that stands without its public half is from a run that was cut short: it is taken up. */
static int make_or_read(const char *path, const char *origin, enum note_type type,
                        struct note_key *out, struct err *err)
{
    if (access(path, F_OK) == 0)
        return note_key_read(path, origin, out, err);
    return note_key_make(path, origin, type, out, err);
}

/* Witnesses of sigsum know a log by the hash of its key. */
static void sigsum_origin(const struct note_key *key, char out[NOTE_NAME_MAX + 1])
{
    char hex[DIGEST_HEX_LEN + 1];

    digest_hex(key->public, key->public_len, hex);
    (void)snprintf(out, NOTE_NAME_MAX + 1, "sigsum.org/v1/tree/%s", hex);
}

int log_keys_make(const char *file, const char *origin, struct log_keys *out, struct err *err)
{
    AUTO_LOG_KEYS struct log_keys keys = {.n = 0};
    char public[PATH_LEN], second[PATH_LEN], name[NOTE_NAME_MAX + 1];
    struct err why = ERR_INIT;

    if (beside(file, ".pub", public, err) < 0 || beside(file, ".mldsa44", second, err) < 0)
        return -1;
    if (access(public, F_OK) == 0)
        return err_set(err, ERR_USAGE, "%s: there are keys already; another key is another log",
                       public);
    if (make_or_read(file, origin, NOTE_ED25519, &keys.key[0], err) < 0)
        return -1;
    keys.n = 1;
    if (strcmp(origin, LOG_ORIGIN_SIGSUM) == 0) {
        sigsum_origin(&keys.key[0], name);
        if (note_key_rename(&keys.key[0], name, err) < 0)
            return -1;
        origin = name;
    }
    /* An OpenSSL without ML-DSA says so by ERR_INVALID. */
    if (make_or_read(second, origin, NOTE_ML_DSA_44, &keys.key[1], &why) == 0)
        keys.n = 2;
    else if (why.code != ERR_INVALID) {
        *err = why;
        return -1;
    }
    if (write_public(public, &keys, err) < 0)
        return -1;
    *out = keys;
    keys.n = 0;
    return 0;
}

/* Each line of `text` as a key. */
static int parse_lines(const char *text, struct log_keys *out, struct err *err)
{
    for (const char *line = text; *line && out->n < LOG_KEYS_MAX;) {
        const char *const end = line + strcspn(line, "\n");
        struct err why = ERR_INIT;

        if (*line != '#' && end > line) {
            if (note_key_parse(line, &out->key[out->n], &why) == 0)
                out->n++;
            else
                *err = why;
        }
        line = *end ? end + 1 : end;
    }
    if (out->n > 0)
        return 0;
    return err->code ? -1 : err_set(err, ERR_INVALID, "no verifier key in it");
}

int log_keys_public(const char *file, struct log_keys *out, struct err *err)
{
    AUTO_FREE char *text = NULL;
    size_t len = 0;

    *out = (struct log_keys){.n = 0};
    if (file_read_at(AT_FDCWD, file, PUBLIC_MAX, &text, &len, NULL, err) < 0)
        return err_ctx(err, "%s", file);
    return parse_lines(text, out, err) < 0 ? err_ctx(err, "%s", file) : 0;
}

int log_keys_secret(const char *file, struct log_keys *out, struct err *err)
{
    AUTO_LOG_KEYS struct log_keys public_keys = {.n = 0}, keys = {.n = 0};
    char public[PATH_LEN], second[PATH_LEN];

    if (beside(file, ".pub", public, err) < 0 || beside(file, ".mldsa44", second, err) < 0)
        return -1;
    if (log_keys_public(public, &public_keys, err) < 0)
        return err_ctx(err, "no key of the log (sallyport audit key makes one)");
    const char *const name = public_keys.key[0].name;
    if (note_key_read(file, name, &keys.key[0], err) < 0)
        return -1;
    keys.n = 1;
    if (keys.key[0].id != public_keys.key[0].id)
        return err_set(err, ERR_TRUST, "%s: is not the key that %s tells", file, public);
    if (access(second, F_OK) == 0) {
        if (note_key_read(second, name, &keys.key[1], err) < 0)
            return -1;
        keys.n = 2;
    }
    *out = keys;
    keys.n = 0;
    return 0;
}

int log_keys_of(const struct call *call, struct log_keys *out, struct err *err)
{
    return log_keys_public(call_value(call, "key", LOG_KEY ".pub"), out, err);
}
