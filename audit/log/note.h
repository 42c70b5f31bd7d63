/* audit/log/note.h - signed notes (C2SP signed-note) and checkpoints (C2SP tlog-checkpoint).
 *
 * Layer:   audit/log
 * Owns:    a struct note_key owns its OpenSSL key until note_key_close.
 * Errors:  ERR_SYSTEM, ERR_INVALID (text, key or signature malformed), ERR_TRUST (a signature that
 *          must hold does not; a secret key file that others can read).
 *
 * A checkpoint is   ORIGIN \n SIZE \n BASE64(root) \n   and its signatures after an empty line:
 *     (em dash) NAME BASE64(key id, 4 bytes, big endian || signature)
 * Keys are Ed25519 (type 0x01, over the text); a witness's (0x04) signs the text and a time.
 * ML-DSA-44 (type 0x06, tlog-cosignature over the subtree [0, size)) is added where OpenSSL has it.
 */
#ifndef AUDIT_LOG_NOTE_H
#define AUDIT_LOG_NOTE_H

#include "audit/log/merkle.h"
#include "base/buf.h"

enum { NOTE_MAX = 64 * 1024, NOTE_NAME_MAX = 200, NOTE_KEY_MAX = 1312 };
enum note_type { NOTE_ED25519 = 0x01, NOTE_COSIGNATURE = 0x04, NOTE_ML_DSA_44 = 0x06 };

struct checkpoint {
    char origin[NOTE_NAME_MAX + 1];
    uint64_t size;
    struct merkle_hash root;
};

struct note_key {
    char name[NOTE_NAME_MAX + 1];
    enum note_type type;
    uint32_t id;
    void *pkey; /* EVP_PKEY, secret or public */
    uint8_t public[NOTE_KEY_MAX];
    size_t public_len;
};
#define NOTE_KEY_INIT ((struct note_key){.pkey = NULL})
#define AUTO_NOTE_KEY __attribute__((cleanup(note_key_close)))

/* Make a secret key of this type in PEM file `path` (mode 0600, must not exist). ERR_INVALID when
 * OpenSSL does not have the type. */
int note_key_make(const char *path, const char *name, enum note_type type, struct note_key *out,
                  struct err *err) MUST_CHECK;
/* Read a secret key: root's file that nobody else can read. */
int note_key_read(const char *path, const char *name, struct note_key *out,
                  struct err *err) MUST_CHECK;
/* Parse NAME+HEXID+BASE64(type || public key). */
int note_key_parse(const char *vkey, struct note_key *out, struct err *err) MUST_CHECK;
/* The verifier's text of a key. */
void note_key_print(struct buf *b, const struct note_key *key);
/* The same key under another name, hence with another id. */
int note_key_rename(struct note_key *key, const char *name, struct err *err) MUST_CHECK;
void note_key_close(struct note_key *key);

/* The checkpoint's text (without signatures). */
void checkpoint_print(struct buf *b, const struct checkpoint *c);
/* Parse the text at the head of a note. */
int checkpoint_parse(const char *text, size_t len, struct checkpoint *out,
                     struct err *err) MUST_CHECK;

/* Append one signature line over the checkpoint. The note so far must end with its empty line. */
int note_sign(struct buf *note, const struct checkpoint *c, const struct note_key *key,
              struct err *err) MUST_CHECK;

/* Verify a whole note (text, empty line, signature lines) with `key`: ERR_TRUST when the key's
 * signature is absent or wrong. Unknown keys' lines are ignored. */
int note_verify(const char *note, size_t len, const struct note_key *key, struct checkpoint *out,
                struct err *err) MUST_CHECK;

/* Base64 (RFC 4648, padded). note_unbase64 returns bytes or -1. */
void note_base64(struct buf *b, const void *bytes, size_t len);
long note_unbase64(const char *text, size_t len, uint8_t *out, size_t max);

#endif
