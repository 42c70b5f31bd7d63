/* runtime/judge.h - bundle + facts + decide + record: what the three mains share.
 *
 * Layer:   runtime (hooks/ and cli/ may include this one header of it)
 * Owns:    a struct gate owns the active image and its log; a judgement lives in the arena given.
 * Errors:  every failure here is a refusal for the shim: judge_failed records it.
 */
#ifndef RUNTIME_JUDGE_H
#define RUNTIME_JUDGE_H

#include "audit/record.h"
#include "audit/spool.h"
#include "facts/facts.h"
#include "policy/decide/decide.h"

/* Where things are on this host; tests bind their own over these paths. */
#define SALLYPORT_SETTINGS "/etc/sallyport/sallyport.yaml"
#define SALLYPORT_IMAGE "/var/lib/sallyport/policy/active.img"
/* The image of another format, while programs of two versions stand side by side: activation keeps
 * it for those that read no other. */
#define SALLYPORT_IMAGE_OF SALLYPORT_IMAGE ".format-%u"
/* Lines of "PATH FAMILY" (the default runtime) and "PATH FAMILY REGISTRATION", written by
 * activation: passing verbs work even where the image does not. A line "lifecycle_events on" says
 * that the settings ask for records of start, kill and delete. */
#define SALLYPORT_RUNTIME "/var/lib/sallyport/policy/runtime"
/* What `sallyport emergency` declares: {"since", "until", "reason", "by", "record"}. */
#define SALLYPORT_EMERGENCY "/var/lib/sallyport/policy/emergency"
#define SALLYPORT_LOG "/var/log/sallyport"
#define SALLYPORT_STATE "/run/sallyport"

struct gate {
    struct image image;
    char image_digest[72];         /* "sha256:..." as activation stored it */
    const struct value *settings;  /* compiled settings of the registration in force: runtime,
                                      family, mode, audit, ... */
    const char *registration;      /* as asked, or "default" */
    const char *caller;            /* "shim", "hook", "lint" */
    const struct value *emergency; /* as declared, or NULL; the policy says whether it counts */
    bool rootless;             /* inside a user namespace: advisory, records to the user's log */
    char log[256], state[256]; /* directories in force */
    int policy_dir;            /* believed directory of the image; -1 until it was looked at */
};
#define GATE_INIT ((struct gate){.image = IMAGE_INIT, .policy_dir = -1})

/* Map the active image (believed only as root's file) and choose the registration (NULL: default).
 * On failure the gate still knows caller, rootless and the default directories: a refusal can be
 * recorded. */
int gate_open(struct gate *g, const char *registration, const char *caller, struct arena *a,
              struct err *err) MUST_CHECK;
void gate_close(struct gate *g);

/* Open a file of the policy's directory; inside a user namespace whoever it belongs to. */
int gate_file(struct gate *g, const char *path, struct err *err) MUST_CHECK;

/* The declared emergency in force or past, NULL when there is none. A file that cannot be believed
 * is told as {"unreadable": WHY}, which lowers nothing. The error is memory alone. */
int gate_emergency(struct arena *a, const struct value **out, struct err *err) MUST_CHECK;

/* Is this process inside a user namespace? */
bool gate_rootless(void);

/* A setting that is a string, or the fallback. */
const char *gate_setting(const struct gate *g, const char *name, const char *fallback);

/* Microseconds by stage; a stage not reached is negative. */
struct stages {
    int64_t read, facts, decide, patch;
};
#define STAGES_INIT ((struct stages){-1, -1, -1, -1})

struct judgement {
    const struct value *input;
    struct decision decision;
    char id[32];        /* of the record */
    int64_t now_ns;     /* the time judged */
    const char *remedy; /* of the first refusal, or NULL; in the image or the arena */
    struct stages stages;
    char after[65];    /* SHA-256 of the bytes that run, by judge_record; "" before */
    uint64_t repeated; /* identical decisions counted since the last record */
};

/* Judge one request; nothing is written. */
int judge(struct gate *g, const struct facts_request *req, struct arena *a, struct judgement *out,
          struct err *err) MUST_CHECK;

/* Make it durable: input blob and record, one fdatasync. `before`/`after`: the document's bytes. */
int judge_record(struct gate *g, struct judgement *j, const char *before, size_t before_len,
                 const char *after, size_t after_len, struct arena *a, struct err *err) MUST_CHECK;

/* The record as judge_record would append it; nothing is written. For tools that count. */
int judge_told(const struct gate *g, const struct judgement *j, struct arena *a,
               const struct value **record, struct err *err) MUST_CHECK;

/* Record what is no decision: verdict "refuse" (why no decision was reached), "admit" (settings
 * admit in spite of it) or "not-started" (the runtime could not be started after the record
 * `follows`). id receives the record's. Refusals may use the spool's reserve. */
struct failed {
    const char *operation, *container; /* NULL: unknown */
    const char *verdict, *why, *follows;
    const struct value *request; /* of record_parts, or NULL */
};
int judge_failed(struct gate *g, const struct failed *f, struct arena *a, char id[32],
                 struct err *err) MUST_CHECK;

/* Record a request that is passed on, not judged (verdict "pass"): best effort, spool_note. */
struct passed {
    const char *operation;         /* "start", "kill", "delete" */
    const struct value *container; /* input.container in short */
    const struct value *actor;     /* input.actor, or NULL */
    const struct value *request;   /* of record_parts, or NULL */
    const char *follows;           /* the record that admitted the container, or NULL */
};
int judge_passed(struct gate *g, const struct passed *p, struct arena *a,
                 struct err *err) MUST_CHECK;

/* The one line a person reads: "sallyport: refused web: RULE: TEXT (+2 more); REMEDY. sallyport why
 * ID". Bytes from outside are escaped and cut; phrases on which engines change exit codes are
 * reworded; under 4 KiB, NUL-terminated. */
void judge_line(const struct judgement *j, const char *container, char *out, size_t size);

#endif
