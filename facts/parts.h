/* facts/parts.h - the parts of an input document, for facts_input.
 *
 * Layer:   facts
 * Owns:    everything lives in the request's arena.
 */
#ifndef FACTS_PARTS_H
#define FACTS_PARTS_H

#include "facts/facts.h"
#include "facts/look.h"
#include "facts/managed.h"

struct parts {
    struct arena *a;
    const struct facts_request *req;
    bool host; /* look at this host */
    struct look look;
    struct managed managed;
    const char *root; /* absolute, clean root.path, or NULL */
    bool as_root;     /* a start as root of the host */
    bool gives;       /* which may become somebody else: whose its data is matters */
    struct value_list unknown;
    /* by facts_identity */
    const char *engine, *scope, *containerd_namespace, *daemon;
    bool builds; /* by facts_image: a step of an image build, by the engine's store */
};

/* Note that a fact could not be had. */
void parts_unknown(struct parts *p, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The object with the fields of `more` added (or replaced). */
const struct value *parts_merge(struct arena *a, const struct value *obj,
                                const struct value_fields *more) MUST_CHECK;

/* A small text file of the kernel: its first line, at most size - 1 bytes; false when unreadable.
 */
bool parts_read_line(const char *path, char *out, size_t size);

/* input.host; input.container; input.actor. */
int facts_host_part(struct parts *p, const struct value **out, struct err *err) MUST_CHECK;
int facts_identity(struct parts *p, const struct value **out, struct err *err) MUST_CHECK;
int facts_actor(struct parts *p, const struct value **out, struct err *err) MUST_CHECK;
/* container.image, name and labels from the engine's store; fields are added to f. */
int facts_image(struct parts *p, struct value_fields *f, struct err *err) MUST_CHECK;
/* The same from containerd's database; false when it could not be had. */
bool facts_containerd(struct parts *p, struct value_fields *f);
/* registry:5000/team/app:tag@sha256:... -> name, repository, tag, digest of an image. */
void facts_reference(struct parts *p, struct value_fields *f, const char *name);

/* What was seen, added to the derived facts given. */
int facts_mounts(struct parts *p, const struct value *derived, const struct value **out,
                 struct err *err) MUST_CHECK;
int facts_namespaces(struct parts *p, const struct value *derived, const struct value **out,
                     struct err *err) MUST_CHECK;
int facts_rootfs(struct parts *p, const struct value *derived, const struct value *process,
                 const struct value **out, struct err *err) MUST_CHECK;
/* facts.mapping, of what was seen of the host and the root file system. */
int facts_mapping(struct parts *p, const struct value *host, const struct value *rootfs,
                  const struct value **out, struct err *err) MUST_CHECK;
int facts_hooks(struct parts *p, const struct value *derived, const struct value **out,
                struct err *err) MUST_CHECK;
int facts_lsm(struct parts *p, const struct value *derived, const struct value *host,
              const struct value **out, struct err *err) MUST_CHECK;
int facts_cgroup(struct parts *p, const struct value *derived, const struct value *host,
                 const struct value **out, struct err *err) MUST_CHECK;
int facts_bundle_part(struct parts *p, const struct value **out, struct err *err) MUST_CHECK;

#endif
