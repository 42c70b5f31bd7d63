/* cli/log_keys.h - the keys of the log: who signs, who verifies.
 *
 * Layer:   cli
 * Owns:    a struct log_keys owns its keys until log_keys_close.
 *
 *     FILE          Ed25519 secret key, PEM, 0600
 *     FILE.mldsa44  ML-DSA-44 secret key, where OpenSSL had it when the keys were made
 *     FILE.pub      the verifier's text of both, one a line: what others are given
 */
#ifndef CLI_LOG_KEYS_H
#define CLI_LOG_KEYS_H

#include "audit/log/note.h"
#include "cli/cli.h"

#define LOG_KEY "/etc/sallyport/log.key"

/* As an origin: sigsum.org/v1/tree/HASH, HASH of the key that is made. */
#define LOG_ORIGIN_SIGSUM "sigsum"

enum { LOG_KEYS_MAX = 2 };

struct log_keys {
    struct note_key key[LOG_KEYS_MAX];
    size_t n;
};
#define AUTO_LOG_KEYS __attribute__((cleanup(log_keys_close)))

/* Make the keys and FILE.pub. `origin` names them. ERR_USAGE when there are keys already. */
int log_keys_make(const char *file, const char *origin, struct log_keys *out,
                  struct err *err) MUST_CHECK;
/* Read the secret keys, whose name FILE.pub tells. */
int log_keys_secret(const char *file, struct log_keys *out, struct err *err) MUST_CHECK;
/* Read verifier keys. Keys of a kind that OpenSSL does not have are passed over; ERR_INVALID when
 * none is left. */
int log_keys_public(const char *file, struct log_keys *out, struct err *err) MUST_CHECK;
void log_keys_close(struct log_keys *keys);

/* HOST/sallyport/ID, ID made of the machine's id, which itself stays unknown. */
int log_origin(char out[NOTE_NAME_MAX + 1], struct err *err) MUST_CHECK;

/* The file of verifier keys that a command was told: --key, else LOG_KEY.pub. */
int log_keys_of(const struct call *call, struct log_keys *out, struct err *err) MUST_CHECK;

#endif
