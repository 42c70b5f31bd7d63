/* policy/build/bundle.h - OPA bundles: directories and archives, their roots and signatures.
 *
 * Layer:   policy/build
 * Owns:    everything lives in the arena given.
 * Errors:  ERR_SYSTEM, ERR_TRUST, ERR_LIMIT, ERR_INVALID (malformed archive or manifest, a file
 *          outside the roots, a signature that is missing or does not hold), ERR_NOMEM.
 * Trust:   an archive is hostile: names are only names, nothing is written to disk, sizes are
 *          bounded. With a key, every file but .signatures.json is in the signed list with its
 *          hash, and every listed file is there; without one, a signed bundle is refused.
 * Limits:  BUNDLE_BYTES_MAX unpacked, BUNDLE_FILES_MAX files.
 * Sources: OPA's bundle file format: .manifest (roots, revision, rego_version, file_rego_versions,
 *          metadata), data.json and data.yaml, *.rego; signatures as compact JWS over a list of
 *          {name, hash, algorithm}.
 */
#ifndef POLICY_BUILD_BUNDLE_H
#define POLICY_BUILD_BUNDLE_H

#include "policy/rego/rego.h"

enum { BUNDLE_FILES_MAX = 10000, BUNDLE_BYTES_MAX = 256 * 1024 * 1024, BUNDLE_DEPTH_MAX = 32 };

struct opa_bundle_file {
    const char *name; /* "a/b.rego", without a slash before it */
    const char *bytes;
    size_t len;
};

struct opa_bundle {
    const char *path;
    struct opa_bundle_file *files; /* by name, .manifest and .signatures.json among them */
    size_t n;
    const struct value *manifest; /* object; NULL: none */
};

struct opa_bundle_trust {
    const char *key;       /* PEM of the public key, or the secret of HS*; NULL: none */
    const char *algorithm; /* NULL: RS256 */
    const char *key_id;    /* what the signature must name; NULL: any */
    const char *scope;     /* NULL: any */
    bool skip;             /* signatures are not looked at */
};

/* Is this path a bundle: an archive, or a directory with a .manifest? */
bool opa_bundle_is(const char *path);

/* Read, verify and check it. `trusted`: files must be root's alone. */
int opa_bundle_open(struct arena *a, const char *path, bool trusted,
                    const struct opa_bundle_trust *trust, struct opa_bundle *out,
                    struct err *err) MUST_CHECK;

const struct opa_bundle_file *opa_bundle_find(const struct opa_bundle *b, const char *name);

/* The modules, named PATH/FILE, with the version that the manifest gives them. */
int opa_bundle_modules(struct arena *a, const struct opa_bundle *b, struct rego_source **out,
                       size_t *n, struct err *err) MUST_CHECK;

/* data.json and data.yaml, each at its directory's place; an object. */
int opa_bundle_data(struct arena *a, const struct opa_bundle *b, const struct value **out,
                    struct err *err) MUST_CHECK;

/* --- opa_bundle_write.c ----------------------------------------------------------------------- */

struct opa_bundle_signing {
    const char *key;            /* PEM of the private key, or the secret of HS* */
    const char *algorithm;      /* NULL: RS256 */
    const struct value *claims; /* object, further claims; may be NULL */
};

/* tar.gz of the files; with `signing`, .signatures.json is made anew. */
int opa_bundle_write(struct arena *a, const struct opa_bundle *b,
                     const struct opa_bundle_signing *signing, struct buf *out,
                     struct err *err) MUST_CHECK;

/* --- opa_bundle_sign.c ------------------------------------------------------------------------ */

int opa_bundle_verify(struct arena *a, const struct opa_bundle *b,
                      const struct opa_bundle_trust *trust, struct err *err) MUST_CHECK;
/* {"signatures": [JWS]} */
int opa_bundle_sign(struct arena *a, const struct opa_bundle *b,
                    const struct opa_bundle_signing *signing, const struct value **out,
                    struct err *err) MUST_CHECK;

#endif
