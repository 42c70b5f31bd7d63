/* profiles/seccomp.h - an evaluator over the seccomp rules of an OCI document.
 *
 * Layer:   profiles
 * Owns:    a struct seccomp lives in the arena it was read into and borrows the document.
 * Errors:  ERR_LIMIT, ERR_NOMEM. Rules of the wrong shape are skipped as a runtime would refuse
 *          them; derive_shape reports them.
 * Sources: seccomp(2); OCI runtime-spec config-linux.md "Seccomp"; how runc and crun hand rules to
 *          libseccomp: a rule whose action is the default one is dropped; conditions of one rule
 *          are all required unless two name the same argument, in which case each is a rule of
 *          its own; an unconditional rule of a call wins over its conditional ones.
 */
#ifndef PROFILES_SECCOMP_H
#define PROFILES_SECCOMP_H

#include "policy/value/value.h"

enum { SECCOMP_ARGS = 6, SECCOMP_NAMES_MAX = 65536 };

enum seccomp_action {
    SECCOMP_KILL,
    SECCOMP_TRAP,
    SECCOMP_ERRNO,
    SECCOMP_NOTIFY,
    SECCOMP_TRACE,
    SECCOMP_LOG,
    SECCOMP_ALLOW,
};

struct seccomp_verdict {
    enum seccomp_action action;
    unsigned errnum; /* of SECCOMP_ERRNO */
};

/* What is known of a call's arguments: bit i of `known` says that args[i] is fixed; the caller
 * chooses the rest as it likes. */
struct seccomp_call {
    const char *name;
    uint64_t args[SECCOMP_ARGS];
    unsigned known;
};

/* One condition of a rule, read once. */
enum seccomp_op {
    SECCOMP_EQ,
    SECCOMP_NE,
    SECCOMP_LT,
    SECCOMP_LE,
    SECCOMP_GT,
    SECCOMP_GE,
    SECCOMP_MASKED_EQ,
    SECCOMP_ODD, /* no such operator, or no such argument: taken to hold */
};
struct seccomp_condition {
    enum seccomp_op op;
    uint32_t index;
    uint64_t value, two;
};
struct seccomp_conditions {
    struct seccomp_condition *at;
    uint32_t n;
    uint32_t reads; /* bit i: argument i */
    bool any;       /* two name one argument: each is a rule of its own */
    bool odd;
};

struct seccomp_entry {
    const struct seccomp_conditions *when; /* of the rule; n 0: always */
    uint32_t index;                        /* of the rule in syscalls */
    uint32_t hash;
    const struct value *name;
    struct seccomp_verdict verdict;
    struct seccomp_entry *next; /* same bucket, in order of the document */
};

struct seccomp {
    const struct value *doc;
    struct seccomp_verdict fallback;
    struct seccomp_entry **bucket;
    uint32_t mask; /* buckets - 1 */
    size_t names;
};

int seccomp_read(struct arena *a, const struct value *doc, struct seccomp *out,
                 struct err *err) MUST_CHECK;

/* The weakest thing the filter does to such a call. */
struct seccomp_verdict seccomp_eval(const struct seccomp *s, const struct seccomp_call *call);

/* ALLOW, LOG, TRACE and NOTIFY let a call run, or leave that to somebody else. */
bool seccomp_runs(struct seccomp_verdict v);

/* The rule entries that name a call: first, then e = seccomp_next(s, e). */
const struct seccomp_entry *seccomp_first(const struct seccomp *s, const char *name);
const struct seccomp_entry *seccomp_next(const struct seccomp_entry *e, const char *name);

#endif
