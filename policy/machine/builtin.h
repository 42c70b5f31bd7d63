/* policy/machine/builtin.h - built-in functions: one table, one shape.
 *
 * Layer:   policy/machine
 * Owns:    results live in ctx->arena.
 * Errors:  0 with *out set: defined; 0 with *out NULL: undefined; -1: use builtin_error (OPA's
 *          eval_builtin_error) or builtin_type_error (eval_type_error), whose texts follow OPA's:
 *          "NAME: operand N must be one of {..} but got ..". The machine prefixes nothing.
 * Purity:  no clock, files, environment or network. Time and randomness come from ctx.
 *
 * The table is built from policy/machine/builtins_*.def (X-macros): what the shim links. Those
 * that need OpenSSL, YAML, the Rego parser or GraphQL stand in policy/rego/builtins_*.def and are
 * registered by the tools that link them (builtin_register), never by the shim.
 *
 *     BUILTIN(name, c_function, arity, flags)
 */
#ifndef POLICY_MACHINE_BUILTIN_H
#define POLICY_MACHINE_BUILTIN_H

#include "policy/value/value.h"

struct machine_options;

struct builtin_ctx {
    struct arena *arena;
    const char *name; /* of the built-in that is being called, for messages */
    const struct machine_options *opt;
    uint64_t random; /* state of the run's generator */
    void *cache;     /* regex and glob programs of this run, owned by the arena */
};

typedef int builtin_fn(struct builtin_ctx *ctx, const struct value *const *args,
                       const struct value **out, struct err *err);

enum builtin_flags {
    BUILTIN_NONDETERMINISTIC = 1u << 0,
    BUILTIN_RELATION = 1u << 1, /* returns an array whose elements are iterated (walk) */
    BUILTIN_DEPRECATED = 1u << 2,
};

struct builtin {
    const char *name;
    builtin_fn *fn;
    uint8_t arity;
    uint8_t flags;
    uint8_t len; /* of the name; 0: not said */
};

/* Row by name; NULL when the program does not link it. Linked rows first, then registered ones. */
const struct builtin *builtin_find(const char *name, size_t len);
const struct builtin *builtin_row(size_t index); /* NULL past the end */

/* Whether the shim has it: the linked table's rows, whatever was registered since. */
bool builtin_on_start_path(const char *name);

/* Add rows (static storage) of a tool that links more; at most BUILTIN_TABLES_MAX
 * times; n 0: forget them. */
enum { BUILTIN_TABLES_MAX = 4 };
void builtin_register(const struct builtin *rows, size_t n);

int builtin_error(struct builtin_ctx *ctx, struct err *err, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Operand `n` (1-based) is not what it must be: "NAME: operand N must be WANT but got TYPE". */
int builtin_type_error(struct builtin_ctx *ctx, struct err *err, unsigned n, const char *want,
                       const struct value *got);

#endif
