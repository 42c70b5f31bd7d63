/* sallyport/rego.h - Rego for other C programs: compile once, evaluate often.
 *
 * Owns:    a struct sallyport_rego owns its modules, data and program until sallyport_rego_free.
 *          Results are malloc'ed texts and the caller's (free).
 * Errors:  -1, and sallyport_rego_error says why: "FILE:LINE: CODE: TEXT" of the compiler, or the
 *          evaluation's error. The text is the object's own, until the next call.
 * Trust:   modules, data and input may be hostile: steps, depth and memory are bounded, and no
 *          built-in reaches the network or the file system.
 * Limits:  SALLYPORT_REGO_BYTES of memory for an object and for an evaluation each.
 * Threads: an object belongs to one thread at a time; objects share nothing.
 *
 *     struct sallyport_rego *r = sallyport_rego_new();
 *     sallyport_rego_module(r, "a.rego", "package a\nallow if input.user == \"root\"");
 *     sallyport_rego_compile(r, "data.a.allow");
 *     sallyport_rego_eval(r, "{\"user\": \"root\"}", &json);       -> 1, "true"
 *
 * Link with `pkg-config --static --libs sallyport-rego`.
 */
#ifndef SALLYPORT_REGO_H
#define SALLYPORT_REGO_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SALLYPORT_REGO_BYTES ((size_t)1 << 30)

struct sallyport_rego;

/* NULL: no memory. */
struct sallyport_rego *sallyport_rego_new(void);
void sallyport_rego_free(struct sallyport_rego *r);

/* Modules are Rego v1, or v0 from here on. Before sallyport_rego_module. */
void sallyport_rego_v0(struct sallyport_rego *r);

/* Add a module; `name` is what errors call it. Both are copied. */
int sallyport_rego_module(struct sallyport_rego *r, const char *name, const char *text);

/* The base documents: a JSON object, in place of the one before. */
int sallyport_rego_data(struct sallyport_rego *r, const char *json);

/* Compile everything with one query, a term such as data.a.allow. Once for each object. */
int sallyport_rego_compile(struct sallyport_rego *r, const char *query);

/* Evaluate. `input` is JSON or NULL (undefined). 1: *json is the query's value; 0: the query is
 * undefined and *json NULL; -1: error. */
int sallyport_rego_eval(struct sallyport_rego *r, const char *input, char **json);

/* What went wrong last; "" when nothing did. */
const char *sallyport_rego_error(const struct sallyport_rego *r);

#ifdef __cplusplus
}
#endif

#endif
