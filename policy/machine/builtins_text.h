/* policy/machine/builtins_text.h - the text built-ins that the shim links, by row.
 *
 * Layer:   policy/machine
 */
#ifndef POLICY_MACHINE_BUILTINS_TEXT_H
#define POLICY_MACHINE_BUILTINS_TEXT_H

#include "policy/machine/builtin.h"

#define BUILTIN(name, fn, arity, flags) builtin_fn fn;
#include "policy/machine/builtins_text.def"
#undef BUILTIN

#endif
