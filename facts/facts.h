/* facts/facts.h - the eyes: what can be learned about a bundle by looking, once.
 *
 * Layer:   facts (may include policy/decide, profiles, policy/value, policy/schema, base)
 * Owns:    a struct bundle owns its descriptor and bytes; documents live in the arena given.
 * Errors:  ERR_SYSTEM, ERR_INVALID, ERR_LIMIT, ERR_TRUST, ERR_NOMEM. A fact that could not be had
 *          is no error: it is listed in facts.unknown, and rules that read it are undetermined.
 * Trust:   every byte of a bundle is hostile; so are the paths in it and the rootfs they name.
 *          Sources are looked at by openat2 (RESOLVE_NO_MAGICLINKS; inside a rootfs
 *          RESOLVE_IN_ROOT), never opened for reading unless regular, O_NONBLOCK, bounded.
 *          No walk of bind sources, no reading of whole mountinfo.
 * Limits:  BUNDLE_CONFIG_MAX bytes; FACTS_MOUNTS_MAX mounts looked at.
 */
#ifndef FACTS_FACTS_H
#define FACTS_FACTS_H

#include <sys/stat.h>

#include "policy/value/value.h"

enum { BUNDLE_CONFIG_MAX = 4 * 1024 * 1024, FACTS_MOUNTS_MAX = 4096 };

/* --- the bundle, read once --------------------------------------------------------------- */

struct bundle {
    int dirfd;   /* O_PATH on the bundle directory, -1 when closed */
    char *dir;   /* its path as the runtime will see it, absolute, for messages and records */
    char *bytes; /* the document as the engine wrote it */
    size_t len;
    struct stat st;          /* of the very file read */
    const struct value *doc; /* parsed strictly; in the arena given to bundle_open */
};
#define BUNDLE_INIT ((struct bundle){.dirfd = -1})
#define AUTO_BUNDLE __attribute__((cleanup(bundle_close)))

/* Open the bundle and read and parse `name` (config.json) in it: regular file, no symbolic link,
 * size unchanged while read, strict JSON, no key that folds to a key of the schema. When `trust`,
 * also ERR_TRUST when a user other than the host's root can change the directory or the file. */
int bundle_open(struct bundle *b, const char *path, const char *name, bool trust, struct arena *a,
                struct err *err) MUST_CHECK;
void bundle_close(struct bundle *b);

/* Strict parse of a document the runtime will read (config, process, resources): JSON_STRICT plus
 * keys that equal a key of the OCI schema only when case or Unicode folding is ignored. */
int document_parse(struct arena *a, const char *bytes, size_t len, const struct value **out,
                   struct err *err) MUST_CHECK;

/* --- the input document ------------------------------------------------------------------ */

enum facts_host {
    FACTS_LOOK,    /* look at this host: the shim, the hook, lint on the machine itself */
    FACTS_NO_HOST, /* another machine's bundle: everything host-bound is unknown */
};

struct facts_request {
    const char *operation;           /* "create", "run", "exec", "update", "restore" */
    const char *registration;        /* of the shim: input.gate.registration; NULL: "default" */
    const char *caller;              /* "shim", "hook", "lint": input.gate.caller */
    const struct value *host_labels; /* of the settings: input.host.labels; NULL: none */
    const struct value *emergency;   /* what root declared: input.gate.emergency; NULL: nothing */
    const char *id;                  /* container id, may be NULL for lint */
    const struct value *config;      /* may be NULL for exec/update of an unknown container */
    const struct value *process;     /* exec */
    const struct value *resources;   /* update */
    const struct value *admitted;    /* what was admitted at create, or NULL */
    const struct value *chosen;      /* whom it ran as at its first start, or NULL */
    const char *bundle;              /* absolute directory, or NULL */
    int bundle_fd;                   /* O_PATH, or -1 */
    const char *runtime;             /* real runtime's family: "runc", "crun", "youki" */
    const char *runtime_root;        /* --root as the runtime will take it */
    const struct value
        *argv; /* facts about judged options: {"no_pivot": true, "preserve_fds": 3, ...} */
    const uint8_t *hmac_key; /* the host's key for facts.secrets, NULL: no HMACs */
    size_t hmac_key_len;
    uint32_t map_base; /* first host id of a range for a user namespace of its own; 0: none */
    int64_t now_ns;    /* wall clock, read by the caller */
    enum facts_host host;
    bool trusted_host; /* false inside a user namespace (rootless): said in the document */
};

/* Build the whole input document of DESIGN.md 3.1 (version, time, operation, config, process,
 * resources, container, actor, host, facts). */
int facts_input(struct arena *a, const struct facts_request *req, const struct value **input,
                struct err *err) MUST_CHECK;

/* input.actor alone, of whoever called this process: for requests that are recorded, not judged. */
int facts_caller(struct arena *a, const struct value **actor, struct err *err) MUST_CHECK;

#endif
