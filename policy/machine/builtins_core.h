/* policy/machine/builtins_core.h - the core built-ins that the shim links, by row.
 *
 * Layer:   policy/machine
 */
#ifndef POLICY_MACHINE_BUILTINS_CORE_H
#define POLICY_MACHINE_BUILTINS_CORE_H

#include "policy/machine/builtin.h"

#define BUILTIN(name, fn, arity, flags) builtin_fn fn;
#include "policy/machine/builtins_core.def"
#undef BUILTIN

/* The number that a string stands for, of any size: to_number without its limit. */
int builtin_number_of_text(struct builtin_ctx *ctx, const struct value *v, const struct value **out,
                           struct err *err) MUST_CHECK;

#endif
