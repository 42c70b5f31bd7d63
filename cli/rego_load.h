/* cli/rego_load.h - Rego modules and data documents named on a command line.
 *
 * Layer:   cli
 * Owns:    texts and documents live in the arena given.
 * Errors:  ERR_SYSTEM, ERR_INVALID (malformed document, two documents for one place), ERR_LIMIT.
 * Follows: `opa eval -d` and `-b`: a file's document is merged at the root, a directory's files
 *          below the names of the directories passed; PREFIX:PATH puts it under data.PREFIX. A
 *          bundle gives its *.rego and data.json files.
 */
#ifndef CLI_REGO_LOAD_H
#define CLI_REGO_LOAD_H

#include "cli/cli.h"
#include "policy/build/bundle.h"
#include "policy/rego/rego.h"
#include "policy/value/value.h"

enum { REGO_LOAD_FILES_MAX = 10000, REGO_LOAD_DEPTH_MAX = 32 };

struct rego_load {
    struct rego_source *sources;
    size_t sources_n, sources_cap;
    const struct value *data; /* object; NULL: none yet */
    bool bundle;              /* what is read now is a bundle */
    bool modules_only;        /* documents are passed by */
    const struct call *call;  /* its --ignore; NULL: nothing is passed by */
    struct opa_bundle_trust trust;
};

int rego_load_path(struct rego_load *l, const char *path, struct arena *a,
                   struct err *err) MUST_CHECK;

/* The options that say what of a directory counts, and whose signature a bundle must bear. */
#define REGO_LOAD_OPTIONS                                                                          \
    {"ignore", 0, "PATTERN", "names of files and directories to pass by, once for each", NULL},    \
        {"verification-key", 0, "FILE|SECRET", "a bundle must be signed by this key", NULL},       \
        {"verification-key-id", 0, "NAME", "and name it", NULL},                                   \
        {"signing-alg", 0, "ALG", "RS256 unless said: RS, PS, ES, HS of 256, 384, 512", NULL},     \
        {"scope", 0, "NAME", "the signature's scope", NULL},                                       \
    {                                                                                              \
        "skip-verify", 0, NULL, "take signed bundles without a look at the signature", NULL        \
    }

/* All that the command line names: with `args` its arguments, then --data and --bundle. */
int rego_load_call(const struct call *call, bool args, struct rego_load *l, struct arena *a,
                   struct err *err) MUST_CHECK;

/* A key as options give it: the file's text, or the very word. */
int rego_load_key(const char *value, struct arena *a, const char **out, struct err *err) MUST_CHECK;

/* A module from standard input. */
int rego_load_stdin(struct rego_load *l, struct arena *a, struct err *err) MUST_CHECK;

/* The text of a file, or of standard input when path is NULL. */
int rego_load_text(const char *path, struct arena *a, const char **text, size_t *len,
                   struct err *err) MUST_CHECK;

/* One JSON document from a file, or from standard input when path is NULL. */
int rego_load_json(const char *path, struct arena *a, const struct value **out,
                   struct err *err) MUST_CHECK;

#endif
