/* runtime/exec.h - the inner gate: the real runtime, by execve, on the very bytes judged.
 *
 * Layer:   runtime
 * Owns:    nothing; descriptors handed on are meant to survive execve.
 * Errors:  ERR_SYSTEM, ERR_TRUST (the runtime is Sallyport itself, or not root's alone).
 * Note:    no fork: parent-death signals, LISTEN_PID, consoles and pid files stay as the engine
 *          meant them. Signal dispositions, mask, umask, directory and descriptors are not touched.
 */
#ifndef RUNTIME_EXEC_H
#define RUNTIME_EXEC_H

#include "policy/value/value.h"

/* Is `path` a program that may be the real runtime? Absolute, regular, executable, not this very
 * program; when `trusted`, also root's and nobody else's to change. */
int exec_check(const char *path, bool trusted, struct err *err) MUST_CHECK;

/* Become it. args[0] is replaced by `name`, its path or the one that engines know it by. Returns
 * only on failure. */
int exec_runtime(const char *path, const char *name, char **args, char **env,
                 struct err *err) MUST_CHECK;

/* The environment without what would change the runtime itself (loader, Go and libcontainer
 * variables). names receives those removed (array of strings). */
char **exec_environment(struct arena *a, char **env, const struct value **names) MUST_CHECK;

/* A sealed file in memory with these bytes, offset 0, at descriptor `least` or above and not
 * closed by execve. */
int exec_memory(const void *bytes, size_t len, int least, struct err *err) MUST_CHECK;

#endif
