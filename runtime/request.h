/* runtime/request.h - one judged call: its document read once, and handed on as it was judged.
 *
 * Layer:   runtime
 * Owns:    a struct request owns its bundle and bytes; values live in the arena given.
 * Errors:  ERR_SYSTEM, ERR_INVALID, ERR_LIMIT, ERR_TRUST, ERR_USAGE: all refusals.
 * Trust:   documents are hostile. A document where others could exchange it is handed on as a
 *          sealed file in memory.
 */
#ifndef RUNTIME_REQUEST_H
#define RUNTIME_REQUEST_H

#include "facts/facts.h"
#include "runtime/argv.h"
#include "runtime/judge.h"
#include "runtime/state.h"

enum document_kind { DOCUMENT_CONFIG, DOCUMENT_PROCESS, DOCUMENT_RESOURCES };

enum delivery {
    DELIVER_FILE,     /* replaced where it stands, owner and mode kept */
    DELIVER_STDIN,    /* update --resources -: a sealed file in memory as standard input */
    DELIVER_ARGUMENT, /* a sealed file in memory named in the arguments */
};

struct request {
    const struct argv_call *call;
    const struct gate *gate;
    enum document_kind kind;
    enum delivery delivery;
    struct bundle bundle;
    const char *file;  /* DELIVER_FILE: the name under file_dir */
    int file_dir;      /* borrowed: the bundle's, or AT_FDCWD */
    char *own_bytes;   /* process and resources; a config's are the bundle's */
    const char *bytes; /* as read; NULL for a document made from options */
    size_t len;
    struct stat st;
    const struct value *doc;
    const char *stage; /* a bundle of ours for what was judged; NULL: where the engine's stands */
    bool changeable;   /* others than root, or the caller, could change it after us */
    struct state state;
    int state_dir;             /* of state.open */
    const struct value *saved; /* what was admitted at create, or NULL */
    char root[512];
    struct facts_request facts;
};
#define REQUEST_INIT ((struct request){.bundle = BUNDLE_INIT, .file_dir = -1, .state_dir = -1})
#define AUTO_REQUEST __attribute__((cleanup(request_close)))

int request_read(struct request *r, const struct argv_call *c, const struct gate *g,
                 const struct value *environment_removed, struct arena *a,
                 struct err *err) MUST_CHECK;
void request_close(struct request *r);

/* Facts of a call without a document: its options and the environment. */
int request_options(struct request *r, const struct argv_call *c, const struct gate *g,
                    const struct value *environment_removed, struct arena *a,
                    struct err *err) MUST_CHECK;

/* An exec into a container that was not admitted here asks for no more than the container itself
 * was started with; false when that cannot be told. */
bool request_asks_no_more(const struct request *r, struct arena *a);

/* "/config", "/process" or "/resources" of the input document. */
const char *request_member(const struct request *r);

/* The arguments to run with, after the judged bytes are where the runtime will read them. */
int request_deliver(struct request *r, const char *bytes, size_t len, bool changed, struct arena *a,
                    char ***args, struct err *err) MUST_CHECK;

/* Where the family keeps its containers: --root, or its default, under the one name that every
 * spelling of it has. Empty: it cannot be told. */
void request_root(const struct argv_call *c, bool rootless, char *out, size_t size);

#endif
