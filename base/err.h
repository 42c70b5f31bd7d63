/* base/err.h - the one shape of failure: a value that the caller owns.
 *
 * Layer:   base (includes nothing of ours)
 * Owns:    nothing; a struct err is plain storage, never a heap object.
 * Errors:  functions return >= 0 on success and -1 on failure, and say why in
 *          *err. The reason is set once where it happens (err_set, err_sys),
 *          gets its context on the way up (err_ctx) and is printed once, in
 *          main, by err_print or str_escape: messages may quote hostile bytes.
 * Threads: none.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>
#include <stddef.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))

/* What kind of failure, for exit codes and tests; the text says the rest. */
enum err_code {
    ERR_NONE = 0,
    ERR_SYSTEM,  /* a system call failed; err.sys holds errno */
    ERR_NOMEM,   /* memory or an arena's budget is used up */
    ERR_LIMIT,   /* a named limit was reached: bytes, depth, steps, tokens */
    ERR_INVALID, /* outside bytes are not what they must be */
    ERR_USAGE,   /* the command line is wrong */
    ERR_TRUST,   /* owner, mode or path of a file cannot be believed */
    ERR_PARSE,   /* rego_parse_error */
    ERR_COMPILE, /* rego_compile_error and its kin; text names code, file, line */
    ERR_EVAL,    /* eval_* error of the machine; err.eval names which */
    ERR_REFUSED, /* the policy says no: not a fault, a decision */
    ERR_BUG,     /* our own invariant is broken */
};

enum { ERR_TEXT_MAX = 1024 };

struct err {
    enum err_code code;
    int sys;          /* errno, for ERR_SYSTEM */
    const char *eval; /* static string: "eval_builtin_error", ... for ERR_EVAL; else NULL */
    char text[ERR_TEXT_MAX];
};

#define ERR_INIT ((struct err){.code = ERR_NONE})

/* Set code and text. Always returns -1, so that `return err_set(...)` reads well. */
int err_set(struct err *err, enum err_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Set ERR_SYSTEM with "TEXT: strerror(errno)". Reads errno as its first act. Returns -1. */
int err_sys(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Put "TEXT: " before what the error already says. Returns -1. */
int err_ctx(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Set ERR_EVAL with OPA's evaluation error code (static storage). Returns -1. */
int err_eval(struct err *err, const char *eval_code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Shorthand for the commonest failure. Returns -1. */
int err_nomem(struct err *err);

#endif
