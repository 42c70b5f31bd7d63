/* policy/rego/builtin_decls.h - what the checker knows of built-in functions: names and types.
 *
 * Layer:   policy/rego
 * Owns:    nothing; rows are static.
 *
 * A declared built-in need not be linked: policy/machine/builtin.h tells which a program has.
 */
#ifndef POLICY_REGO_BUILTIN_DECLS_H
#define POLICY_REGO_BUILTIN_DECLS_H

#include <stdint.h>

#include "policy/machine/builtin.h"

struct builtin_decl {
    const char *name;
    const char *infix; /* "" unless written as an operator */
    uint8_t arity;
    uint8_t flags;      /* enum builtin_flags */
    const char *args;   /* "name: type, ...", as OPA prints them */
    const char *result; /* "name: type"; "" when the call has no value */
};

/* Row by name; NULL when neither OPA has it nor the program registered it. */
const struct builtin_decl *builtin_decl_find(const char *name);

/* All rows, in order of names; NULL past the end. */
const struct builtin_decl *builtin_decl_row(size_t index);

/* Declare more (static storage), which a program registers for itself; once, at its start. */
void builtin_decl_register(const struct builtin_decl *rows, size_t n);

#endif
