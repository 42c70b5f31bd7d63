/* policy/rego/builtins_tools.h - built-ins that only the tools link.
 *
 * Layer:   policy/rego (never in the shim: OpenSSL, YAML, files of time zones)
 */
#ifndef POLICY_REGO_BUILTINS_TOOLS_H
#define POLICY_REGO_BUILTINS_TOOLS_H

#include "policy/machine/builtin.h"

#define BUILTIN(name, fn, arity, flags) builtin_fn fn;
#include "policy/rego/builtins_tools.def"
#undef BUILTIN

/* Make them known to builtin_find, and time zones to time.*; once, at the program's start. */
void rego_builtins_register(void);

#endif
