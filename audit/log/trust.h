/* audit/log/trust.h - whom one believes about a log: C2SP tlog-policy files.
 *
 * Layer:   audit/log
 * Owns:    a struct trust owns its keys until trust_close.
 * Errors:  ERR_INVALID with the line, ERR_LIMIT, ERR_TRUST (a note that does not meet the policy).
 * Limits:  TRUST_MAX of each kind.
 *
 *     log VKEY [URL]
 *     witness NAME VKEY [URL]
 *     group NAME all|any|K MEMBER...      members: witnesses and groups named above
 *     quorum NAME|none                    exactly one
 */
#ifndef AUDIT_LOG_TRUST_H
#define AUDIT_LOG_TRUST_H

#include <stdbool.h>

#include "audit/log/note.h"

enum { TRUST_MAX = 64, TRUST_WORD_MAX = 200, TRUST_TEXT_MAX = 256 * 1024 };

struct trust {
    struct note_key logs[TRUST_MAX];
    size_t logs_n;
    struct trust_witness {
        char name[TRUST_WORD_MAX + 1], url[TRUST_WORD_MAX + 1]; /* url "": it is not asked */
        struct note_key key;
    } witnesses[TRUST_MAX];
    size_t witnesses_n;
    struct trust_group {
        char name[TRUST_WORD_MAX + 1];
        size_t needed, n;
        size_t member[TRUST_MAX * 2]; /* a witness's number, or TRUST_MAX and a group's */
    } groups[TRUST_MAX];
    size_t groups_n;
    size_t quorum; /* numbered as members are; TRUST_NONE: none is needed */
};
enum { TRUST_NONE = TRUST_MAX * 2 };

/* `*out` is malloc'ed: trust_close frees it. */
int trust_read(const char *path, struct trust **out, struct err *err) MUST_CHECK;
int trust_parse(const char *text, size_t len, struct trust **out, struct err *err) MUST_CHECK;
void trust_close(struct trust **t);
#define AUTO_TRUST __attribute__((cleanup(trust_close)))

/* Does the note bear a signature of one of the logs, and cosignatures that meet the quorum? */
int trust_verify(const struct trust *t, const char *note, size_t len, struct checkpoint *out,
                 struct err *err) MUST_CHECK;

#endif
