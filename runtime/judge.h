/* runtime/judge.h - bundle + facts + decide + record: what the three mains share.
 *
 * Layer:   runtime (hooks/ and cli/ may include this one header of it)
 * Owns:    a struct gate owns the active image and its log; a judgement lives in the arena given.
 * Errors:  every failure here is a refusal for the shim: judge_fail records it and words it.
 */
#ifndef RUNTIME_JUDGE_H
#define RUNTIME_JUDGE_H

#include "audit/spool.h"
#include "facts/facts.h"
#include "policy/decide/decide.h"

/* Where things are on this host; tests bind their own over these paths. */
#define SALLYPORT_SETTINGS "/etc/sallyport/sallyport.yaml"
#define SALLYPORT_IMAGE "/var/lib/sallyport/policy/active.img"
#define SALLYPORT_LOG "/var/log/sallyport"
#define SALLYPORT_STATE "/run/sallyport"

struct gate {
    struct image image;
    char image_digest[72];        /* "sha256:..." as activation stored it */
    const struct value *settings; /* compiled settings of the registration in force: runtime,
                                     family, mode, audit, ... */
    const char *caller;           /* "shim", "hook", "lint" */
};
#define GATE_INIT ((struct gate){.image = IMAGE_INIT})

/* Map the active image (believed only as root's file) and choose the registration (NULL: default).
 */
int gate_open(struct gate *g, const char *registration, const char *caller, struct arena *a,
              struct err *err) MUST_CHECK;
void gate_close(struct gate *g);

struct judgement {
    const struct value *input;
    struct decision decision;
    char id[32]; /* of the record */
};

/* Judge one request; nothing is written. */
int judge(struct gate *g, const struct facts_request *req, struct arena *a, struct judgement *out,
          struct err *err) MUST_CHECK;

/* Make it durable: input blob and record, one fdatasync. `before`/`after`: the document's bytes. */
int judge_record(struct gate *g, struct judgement *j, const char *before, size_t before_len,
                 const char *after, size_t after_len, struct arena *a, struct err *err) MUST_CHECK;

/* The one line a person reads: "sallyport: refused web: RULE: TEXT (+2 more); REMEDY. sallyport why
 * ID". Bytes from outside are escaped and cut; phrases on which engines change exit codes are
 * reworded; under 4 KiB, NUL-terminated. */
void judge_line(const struct judgement *j, const char *container, char *out, size_t size);

#endif
