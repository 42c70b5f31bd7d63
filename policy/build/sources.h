/* policy/build/sources.h - the Rego and data files that activation compiles.
 *
 * Layer:   policy/build
 * Owns:    texts and names live in the arena given.
 * Errors:  ERR_SYSTEM, ERR_TRUST, ERR_LIMIT, ERR_INVALID, ERR_NOMEM.
 * Trust:   with `trusted`, each file and every component of its path belongs to root and nobody
 *          else may write it. Symbolic links in the last component are not followed otherwise.
 * Limits:  SOURCES_MAX files, SOURCES_DEPTH_MAX directories deep; hidden names are skipped.
 *
 * A bundle (bundle.h: an archive, a directory with .manifest) is taken as such.
 * A path is a file, or a directory walked by name: *.rego are modules (of them *_test.rego only
 * tests), data.json stands in the base document at the place its directory has below the path.
 * YAML holds Gatekeeper's templates and constraints (gatekeeper_gate.h); data.yaml is data. A
 * single file of another kind is an error: it would not take effect.
 */
#ifndef POLICY_BUILD_SOURCES_H
#define POLICY_BUILD_SOURCES_H

#include "policy/rego/rego.h"

enum { SOURCES_MAX = 4096, SOURCES_DEPTH_MAX = 16 };

struct source {
    struct rego_source text;
    char sha256[65];
    bool test;    /* *_test.rego */
    bool yaml;    /* Gatekeeper's documents, no Rego */
    bool shipped; /* one of ours */
};

struct opa_bundle_trust;

struct sources {
    struct source *at; /* SOURCES_MAX slots */
    size_t n;
    const struct value *data;             /* object */
    const struct opa_bundle_trust *trust; /* for bundles; NULL: only unsigned ones are taken */
    uint8_t dialect;                      /* of modules added now, as rego_source's; 0: v1 */
};

int sources_init(struct sources *s, struct arena *a, struct err *err) MUST_CHECK;
int sources_add(struct sources *s, struct arena *a, const char *path, bool trusted, bool shipped,
                struct err *err) MUST_CHECK;

/* Text made here, such as the aggregate. */
int sources_add_text(struct sources *s, const char *name, const char *text, size_t len,
                     struct err *err) MUST_CHECK;

/* The whole file, as activation believes it. */
int sources_read(struct arena *a, const char *path, bool trusted, size_t max, const char **text,
                 size_t *len, struct err *err) MUST_CHECK;

/* Names in a directory that end in `suffix`, sorted; array of strings. */
int sources_list(struct arena *a, const char *dir, const char *suffix, const struct value **names,
                 struct err *err) MUST_CHECK;

int sources_list_all(struct arena *a, const char *dir, const struct value **names,
                     struct err *err) MUST_CHECK; /* hidden ones too */

/* Objects join; two different values for one place are an error. NULL with *err. */
const struct value *sources_join(struct arena *a, const struct value *x, const struct value *y,
                                 struct err *err) MUST_CHECK;
/* The document below the names of "a/b". NULL: no memory. */
const struct value *sources_nest(struct arena *a, const struct value *doc,
                                 const char *below) MUST_CHECK;

/* [{"path", "sha256"}] of what was read, tests included. */
const struct value *sources_digests(const struct sources *s, struct arena *a) MUST_CHECK;

#endif
