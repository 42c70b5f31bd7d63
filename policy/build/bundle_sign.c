/* policy/build/opa_bundle_sign.c - signatures of bundles. The JWS itself is checked by the
 * language's own built-ins. See bundle.h. */
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "base/str.h"
#include "policy/build/bundle.h"
#include "policy/rego/eval.h"
#include "policy/rego/pem.h"
#include "policy/rego/yaml_read.h"
#include "policy/value/json.h"

#define SIGNATURES ".signatures.json"

/* --- hashes ------------------------------------------------------------------------------- */

/* clang-format off */
static const struct {
    const char *name, *digest; /* as bundles and as OpenSSL call it */
} digests[] = {
    { "MD5", "MD5" },         { "SHA-1", "SHA1" },     { "SHA-224", "SHA224" },
    { "SHA-256", "SHA256" },  { "SHA-384", "SHA384" }, { "SHA-512", "SHA512" },
    { "SHA-512-224", "SHA512-224" }, { "SHA-512-256", "SHA512-256" },
};
/* clang-format on */

static const EVP_MD *digest_of(const char *name)
{
    for (size_t i = 0; name && i < ARRAY_LEN(digests); i++)
        if (strcmp(digests[i].name, name) == 0)
            return EVP_get_digestbyname(digests[i].digest);
    return NULL;
}

/* Documents are hashed by what they mean: sorted fields, no white space. */
static int canonical(struct arena *a, const struct opa_bundle_file *f, struct buf *out,
                     struct err *err)
{
    const char *const slash = strrchr(f->name, '/');
    const char *const base = slash ? slash + 1 : f->name;
    const struct value *doc;
    const bool yaml = strcmp(base, "data.yaml") == 0 || strcmp(base, "data.yml") == 0;

    if (!yaml && strcmp(base, "data.json") != 0 && strcmp(base, ".manifest") != 0) {
        buf_add(out, f->bytes, f->len);
        return buf_check(out, err);
    }
    if ((yaml ? yaml_read(a, f->bytes, f->len, &doc, err)
              : json_parse(a, f->bytes, f->len, JSON_LAST_WINS, &doc, NULL, err)) < 0)
        return err_ctx(err, "%s", f->name);
    json_print(out, doc, JSON_COMPACT);
    return buf_check(out, err);
}

static int hash_file(struct arena *a, const struct opa_bundle_file *f, const EVP_MD *md,
                     char hex[129], struct err *err)
{
    AUTO_BUF struct buf text = BUF_INIT;
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned n = 0;

    if (canonical(a, f, &text, err) < 0)
        return -1;
    if (EVP_Digest(text.data ? text.data : "", text.len, sum, &n, md, NULL) != 1)
        return err_set(err, ERR_INVALID, "%s: cannot be hashed", f->name);
    for (unsigned i = 0; i < n; i++) {
        static const char digit[] = "0123456789abcdef";

        hex[2 * i] = digit[sum[i] >> 4];
        hex[2 * i + 1] = digit[sum[i] & 15];
    }
    hex[2 * n] = '\0';
    return 0;
}

/* --- the JWS ------------------------------------------------------------------------------ */

static const char *const algorithms[] = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512",
                                         "ES256", "ES384", "ES512", "HS256", "HS384", "HS512"};

static int check_algorithm(const char *name, struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(algorithms); i++)
        if (strcmp(algorithms[i], name) == 0)
            return 0;
    return err_set(err, ERR_INVALID, "%s is no signature algorithm of bundles", name);
}

/* The value of `x` in the only answer of the query; NULL: there is none. */
static int ask(struct arena *a, const char *query, const struct value *input,
               const struct value **out, struct err *err)
{
    const struct rego_eval_job job = {
        .query = query, .input = input, .rego = {.version = REGO_V1}, .machine = {.seed = 1}};
    struct rego_diags diags = {0};
    const struct value *answers;

    if (rego_eval_bindings(a, &job, &answers, &diags, err) < 0)
        return -1;
    *out = answers->count == 1 ? value_field(value_at(answers, 0), "x") : NULL;
    return 0;
}

static const struct value *two_fields(struct arena *a, const char *k1, const struct value *v1,
                                      const char *k2, const struct value *v2)
{
    struct value_fields f = {0};

    value_fields_add(a, &f, k1, v1);
    value_fields_add(a, &f, k2, v2);
    return v1 && v2 ? value_fields_object(a, &f) : NULL;
}

/* The payload of a token whose signature holds. */
static int open_token(struct arena *a, const struct value *token,
                      const struct opa_bundle_trust *trust, const struct value **payload,
                      struct err *err)
{
    const char *const alg = trust->algorithm ? trust->algorithm : "RS256";
    char lower[8] = "";

    if (check_algorithm(alg, err) < 0)
        return -1;
    for (size_t i = 0; alg[i]; i++)
        lower[i] = (char)(alg[i] >= 'A' && alg[i] <= 'Z' ? alg[i] + ('a' - 'A') : alg[i]);
    const struct value *const input =
        two_fields(a, "token", token, "key", value_str(a, trust->key));
    const char *const query =
        arena_printf(a,
                     "io.jwt.verify_%s(input.token, input.key); [h, p, _] := "
                     "io.jwt.decode(input.token); h.alg == \"%s\"; x := "
                     "object.union({\"keyid\": object.get(h, \"kid\", \"\")}, p)",
                     lower, alg);

    if (!input || !query)
        return err_nomem(err);
    if (ask(a, query, input, payload, err) < 0)
        return -1;
    return *payload && value_is(*payload, VALUE_OBJECT)
               ? 0
               : err_set(err, ERR_INVALID, "the signature does not hold");
}

/* --- verification ------------------------------------------------------------------------- */

static int check_file(struct arena *a, const struct opa_bundle *b, const struct value *entry,
                      struct err *err)
{
    const char *name = value_cstr(value_field(entry, "name"));
    const char *const want = value_cstr(value_field(entry, "hash"));
    const EVP_MD *const md = digest_of(value_cstr(value_field(entry, "algorithm")));
    char hex[129];

    while (name && *name == '/')
        name++;
    if (!name || !want || !md)
        return err_set(err, ERR_INVALID,
                       "the signed list has an entry without name, hash or a "
                       "known algorithm");
    const struct opa_bundle_file *const f = opa_bundle_find(b, name);
    if (!f)
        return err_set(err, ERR_INVALID, "%s is signed but not there", name);
    if (hash_file(a, f, md, hex, err) < 0)
        return -1;
    return strcmp(hex, want) == 0
               ? 0
               : err_set(err, ERR_INVALID, "%s is not what was signed: digest mismatch", name);
}

static bool lists(const struct value *files, const char *name)
{
    for (size_t i = 0; i < files->count; i++) {
        const char *one = value_cstr(value_field(value_at(files, i), "name"));

        while (one && *one == '/')
            one++;
        if (one && strcmp(one, name) == 0)
            return true;
    }
    return false;
}

static int check_payload(struct arena *a, const struct opa_bundle *b, const struct value *payload,
                         const struct opa_bundle_trust *trust, struct err *err)
{
    const struct value *const files = value_field(payload, "files");

    if (trust->scope && !value_is_str(value_field(payload, "scope"), trust->scope))
        return err_set(err, ERR_INVALID, "the signature's scope is not %s", trust->scope);
    if (trust->key_id && !value_is_str(value_field(payload, "keyid"), trust->key_id))
        return err_set(err, ERR_INVALID, "the signature is not by key %s", trust->key_id);
    if (!files || !value_is(files, VALUE_ARRAY))
        return err_set(err, ERR_INVALID, "nothing is signed");
    for (size_t i = 0; i < files->count; i++)
        if (check_file(a, b, value_at(files, i), err) < 0)
            return -1;
    for (size_t i = 0; i < b->n; i++)
        if (strcmp(b->files[i].name, SIGNATURES) != 0 && !lists(files, b->files[i].name))
            return err_set(err, ERR_INVALID, "%s is not signed", b->files[i].name);
    return 0;
}

int opa_bundle_verify(struct arena *a, const struct opa_bundle *b,
                      const struct opa_bundle_trust *trust, struct err *err)
{
    const struct opa_bundle_file *const f = opa_bundle_find(b, SIGNATURES);
    const struct value *doc, *payload = NULL;

    if (trust && trust->skip)
        return 0;
    if (!trust || !trust->key)
        return f ? err_set(err, ERR_INVALID, "it is signed, and no verification key was given") : 0;
    if (!f)
        return err_set(err, ERR_INVALID, "it has no " SIGNATURES ", and a key was given");
    if (json_parse(a, f->bytes, f->len, JSON_LAST_WINS, &doc, NULL, err) < 0)
        return err_ctx(err, SIGNATURES);
    const struct value *const tokens = value_field(doc, "signatures");
    if (!tokens || !value_is(tokens, VALUE_ARRAY) || tokens->count != 1 ||
        !value_is(value_at(tokens, 0), VALUE_STRING))
        return err_set(err, ERR_INVALID, SIGNATURES ": expected exactly one signature");
    return open_token(a, value_at(tokens, 0), trust, &payload, err) < 0 ||
                   check_payload(a, b, payload, trust, err) < 0
               ? -1
               : 0;
}

/* --- signing ------------------------------------------------------------------------------ */

static const struct value *signed_list(struct arena *a, const struct opa_bundle *b, struct err *err)
{
    struct value_list l = {0};

    for (size_t i = 0; i < b->n; i++) {
        struct value_fields f = {0};
        char hex[129];

        if (strcmp(b->files[i].name, SIGNATURES) == 0)
            continue;
        if (hash_file(a, &b->files[i], digest_of("SHA-256"), hex, err) < 0)
            return NULL;
        value_fields_add(a, &f, "name", value_str(a, b->files[i].name));
        value_fields_add(a, &f, "hash", value_str(a, hex));
        value_fields_add(a, &f, "algorithm", value_str(a, "SHA-256"));
        value_list_add(a, &l, value_fields_object(a, &f));
    }
    const struct value *const list = value_list_array(a, &l);
    if (!list)
        (void)err_nomem(err);
    return list;
}

/* An ECDSA signature as JWS has it: r and s side by side. */
static int plain_ecdsa(struct buf *sig, size_t half, struct err *err)
{
    const unsigned char *der = (const unsigned char *)sig->data;
    ECDSA_SIG *const parts = d2i_ECDSA_SIG(NULL, &der, (long)sig->len);
    unsigned char out[132];

    if (!parts || 2 * half > sizeof(out) ||
        BN_bn2binpad(ECDSA_SIG_get0_r(parts), out, (int)half) < 0 ||
        BN_bn2binpad(ECDSA_SIG_get0_s(parts), out + half, (int)half) < 0) {
        ECDSA_SIG_free(parts);
        return err_set(err, ERR_INVALID, "the signing key is of another curve");
    }
    ECDSA_SIG_free(parts);
    buf_clear(sig);
    buf_add(sig, out, 2 * half);
    return buf_check(sig, err);
}

static int sign_bytes(EVP_MD_CTX *ctx, EVP_PKEY *key, const char *alg, const EVP_MD *md,
                      const struct buf *text, struct buf *sig, struct err *err)
{
    EVP_PKEY_CTX *pctx = NULL;
    size_t len = 0;
    const bool pss = alg[0] == 'P';

    if (EVP_DigestSignInit(ctx, &pctx, md, NULL, key) != 1 ||
        (pss && (EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) != 1 ||
                 EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST) != 1)) ||
        EVP_DigestSign(ctx, NULL, &len, (const unsigned char *)text->data, text->len) != 1)
        return err_set(err, ERR_INVALID, "the signing key is none for %s", alg);
    AUTO_FREE unsigned char *bytes = malloc(len);
    if (!bytes)
        return err_nomem(err);
    if (EVP_DigestSign(ctx, bytes, &len, (const unsigned char *)text->data, text->len) != 1)
        return err_set(err, ERR_INVALID, "the signing key is none for %s", alg);
    buf_add(sig, bytes, len);
    const size_t half = strcmp(alg, "ES256") == 0 ? 32 : strcmp(alg, "ES384") == 0 ? 48 : 66;
    return alg[0] == 'E' ? plain_ecdsa(sig, half, err) : buf_check(sig, err);
}

static EVP_PKEY *signing_key(const char *text, const char *alg)
{
    EVP_PKEY *key;

    if (alg[0] == 'H')
        return EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, NULL, (const unsigned char *)text,
                                            strlen(text));
    BIO *const bio = BIO_new_mem_buf(text, -1);
    key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;
    BIO_free(bio);
    const int want = alg[0] == 'E' ? EVP_PKEY_EC : EVP_PKEY_RSA;
    if (key && EVP_PKEY_get_base_id(key) != want) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    return key;
}

static int sign_token(const struct opa_bundle_signing *s, const char *alg, struct buf *token,
                      struct err *err)
{
    AUTO_BUF struct buf sig = BUF_INIT;
    EVP_PKEY *const key = signing_key(s->key, alg);
    EVP_MD_CTX *const ctx = EVP_MD_CTX_new();
    const EVP_MD *const md = strcmp(alg + 2, "256") == 0   ? EVP_sha256()
                             : strcmp(alg + 2, "384") == 0 ? EVP_sha384()
                                                           : EVP_sha512();
    const int got = key && ctx ? sign_bytes(ctx, key, alg, md, token, &sig, err)
                               : err_set(err, ERR_INVALID, "the signing key is none for %s", alg);

    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    if (got < 0)
        return -1;
    buf_putc(token, '.');
    base64url_encode(token, sig.data, sig.len);
    return buf_check(token, err);
}

int opa_bundle_sign(struct arena *a, const struct opa_bundle *b,
                    const struct opa_bundle_signing *signing, const struct value **out,
                    struct err *err)
{
    AUTO_BUF struct buf token = BUF_INIT, payload = BUF_INIT;
    const char *const alg = signing->algorithm ? signing->algorithm : "RS256";
    const char *const head = arena_printf(a, "{\"alg\":\"%s\",\"typ\":\"JWT\"}", alg);
    const struct value *const list = signed_list(a, b, err);
    const struct value *const key = value_str(a, "files");
    const struct value *claims = signing->claims ? signing->claims : value_object(a, NULL, NULL, 0);
    struct value_list l = {0};
    struct value_fields f = {0};

    if (!list || check_algorithm(alg, err) < 0)
        return -1;
    if (claims && !value_is(claims, VALUE_OBJECT))
        return err_set(err, ERR_INVALID, "the claims are no object");
    claims = claims && key ? value_object_with(a, claims, key, list) : NULL;
    if (!head || !claims)
        return err_nomem(err);
    json_print(&payload, claims, JSON_COMPACT);
    base64url_encode(&token, head, strlen(head));
    buf_putc(&token, '.');
    base64url_encode(&token, payload.data, payload.len);
    if (buf_check(&payload, err) < 0 || buf_check(&token, err) < 0 ||
        sign_token(signing, alg, &token, err) < 0)
        return -1;
    value_list_add(a, &l, value_string(a, token.data, token.len));
    value_fields_add(a, &f, "signatures", value_list_array(a, &l));
    *out = value_fields_object(a, &f);
    return *out ? 0 : err_nomem(err);
}
