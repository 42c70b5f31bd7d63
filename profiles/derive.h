/* profiles/derive.h - facts that follow from the document alone, by analysis. Pure.
 *
 * Layer:   profiles (may include policy/value, policy/schema, base)
 * Owns:    results live in the arena given.
 * Errors:  ERR_NOMEM, ERR_LIMIT. A document whose parts have wrong types yields facts that say so
 *          ("malformed": [pointers]); rules refuse them. Nothing is guessed.
 * Sources: OCI runtime-spec config.md, config-linux.md; capabilities(7); seccomp(2);
 *          kernel security/device_cgroup.c for the order of device rules.
 *
 * Each returns an object that becomes input.facts.<name>; policy/schema/input.schema.json
 * describes every field.
 */
#ifndef PROFILES_DERIVE_H
#define PROFILES_DERIVE_H

#include "policy/value/value.h"

/* facts.capabilities: {"sets": {bounding: [names sorted], ...}, "union": [...], "unknown_names":
 * [...], "gives": [...] what the process can come to hold with this uid, noNewPrivileges and user
 * namespace (uid 0 gains bounding at execve; ambient counts; file capabilities count unless
 * noNewPrivileges), "critical": [...], "default_excess": [...] beyond the engines' default set}.
 * `process` is config.process or an exec's process document; userns: a user namespace is made. */
int derive_capabilities(struct arena *a, const struct value *process, bool userns,
                        const struct value **out, struct err *err) MUST_CHECK;

/* facts.seccomp: {"present", "default_action", "architectures", "admits": {arch: [dangerous calls
 * that the filter lets through, with "via" for argument classes]}, "socketcall_hole", "x32",
 * "clone_namespaces", "clone3", "io_uring", "af_alg", "af_vsock", "tiocsti", "notify", "flags",
 * "unknown_names", "digest"}. Our own evaluator over the OCI rules with libseccomp's tables of
 * names and architectures; no filter is built. arch: this machine's ("x86_64"). */
int derive_seccomp(struct arena *a, const struct value *seccomp, const char *arch,
                   const struct value **out, struct err *err) MUST_CHECK;

/* facts.devices: what the cgroup's device rules amount to, evaluated in order as the kernel does,
 * runtime defaults included: {"allow_all", "default_deny", "allowed": [{type, major, minor,
 * access, "name"}], "dangerous": [...], "nodes": [{"index", "path", "type", "major", "minor",
 * "dangerous", "outside_dev"}]}. */
int derive_devices(struct arena *a, const struct value *config, const struct value **out,
                   struct err *err) MUST_CHECK;

/* facts.paths: maskedPaths and readonlyPaths after normalisation: {"masked": [...], "readonly":
 * [...], "missing_masked": [...], "missing_readonly": [...], "odd": [pointers to entries that are
 * not absolute and clean]}. */
int derive_paths(struct arena *a, const struct value *config, const struct value **out,
                 struct err *err) MUST_CHECK;

#endif
