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
 * "unknown_names"}. Our own evaluator over the OCI rules with libseccomp's tables of
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

/* facts.process of config.process or an exec's process; userns is facts.userns of the config. */
int derive_process(struct arena *a, const struct value *process, const struct value *config,
                   const struct value *userns, const struct value **out,
                   struct err *err) MUST_CHECK;

/* facts.userns from the namespaces and mappings of the document. */
int derive_userns(struct arena *a, const struct value *config, const struct value **out,
                  struct err *err) MUST_CHECK;

/* facts.namespaces: what needs no look: entries without a path, missing and repeated ones. An
 * entry with a path has neither state nor host: those are seen on the host. */
int derive_namespaces(struct arena *a, const struct value *config, const struct value **out,
                      struct err *err) MUST_CHECK;

/* facts.mounts: options, destinations, types; "backing" elements carry only their source. */
int derive_mounts(struct arena *a, const struct value *config, const struct value **out,
                  struct err *err) MUST_CHECK;

/* One option of an overlay: the directories it names are added to `out` as {"source": DIRECTORY}.
 * False when it names none. Source: kernel, Documentation/filesystems/overlayfs.rst. */
bool derive_layers(struct arena *a, const char *option, struct value_list *out);

/* facts.rootfs and facts.hooks: what the document says. */
int derive_rootfs(struct arena *a, const struct value *config, const struct value **out,
                  struct err *err) MUST_CHECK;
int derive_hooks(struct arena *a, const struct value *config, const struct value **out,
                 struct err *err) MUST_CHECK;

/* facts.resources of linux.resources or of an update; facts.cgroup (id: to tell what is foreign).
 */
int derive_resources(struct arena *a, const struct value *resources, const struct value **out,
                     struct err *err) MUST_CHECK;
int derive_cgroup(struct arena *a, const struct value *config, const char *id,
                  const struct value **out, struct err *err) MUST_CHECK;

/* facts.sysctls, facts.annotations, facts.lsm. */
int derive_sysctls(struct arena *a, const struct value *config, const struct value **out,
                   struct err *err) MUST_CHECK;
int derive_annotations(struct arena *a, const struct value *config, const struct value **out,
                       struct err *err) MUST_CHECK;
int derive_lsm(struct arena *a, const struct value *config, const struct value *process,
               const struct value **out, struct err *err) MUST_CHECK;

/* facts.secrets: key material in env and args of a process that stands at `base` ("/process").
 * With a key each carries the HMAC of its value; the value itself never leaves. */
int derive_secrets(struct arena *a, const struct value *process, const char *base,
                   const uint8_t *key, size_t key_len, const struct value **out,
                   struct err *err) MUST_CHECK;

/* Parts of a document that have the wrong type or an impossible value, and fields that the
 * specification does not have: pointers are added to both lists. */
enum derive_kind { DERIVE_CONFIG, DERIVE_PROCESS, DERIVE_RESOURCES };
/* `sound`: an earlier form of the document in which nothing of that kind was found; nodes that both
 * share are not looked at again. NULL: there is none. */
int derive_shape(struct arena *a, const struct value *doc, const struct value *sound,
                 enum derive_kind kind, const char *base, struct value_list *malformed,
                 struct value_list *unknown, struct err *err) MUST_CHECK;

/* A key equals a name of the specification only when case or Unicode folding is ignored: such a
 * document is read differently by different runtimes. NULL when there is none, else the key. */
const struct value *derive_folding_key(const struct value *doc, unsigned depth);

/* All of the above for one input document ({operation, config, process, resources, container.id,
 * host.arch}), as the object of facts that need no look at a host. With the facts of the document
 * that this one was made from by a patch, parts that read only nodes which both share are those
 * facts' own, what was seen on the host included; NULL: all is derived. */
struct derive_before {
    const struct value *input, *facts;
};
int derive_facts(struct arena *a, const struct value *input, const struct derive_before *before,
                 const uint8_t *key, size_t key_len, const struct value **out,
                 struct err *err) MUST_CHECK;

/* Fields of facts that come from looking, by where they stand: what facts_renew carries over. */
enum derive_seen { SEEN_SOURCE, SEEN_NAMESPACE, SEEN_HOOK, SEEN_ROOTFS, SEEN_CGROUP, SEEN_KINDS };
extern const char *const *const derive_seen_fields[SEEN_KINDS]; /* NULL-terminated lists */

/* Name of a capability's number, NULL past the last; why a device is dangerous (-1:
 * every number), NULL when it is not. */
const char *derive_capability_name(unsigned number);
/* Why a variable of the environment is dangerous: loader, shell, language, runtime; or NULL. */
const char *derive_env_danger(const char *name, size_t len);
const char *derive_device_danger(char type, int64_t major, int64_t minor);

#endif
